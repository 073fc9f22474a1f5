//! Segments of hand-written bytecode.

use std::cell::Cell;

use super::acts::OPCODES;
use super::*;

fn unit(name: &str, argument: u8) -> [u8; 2] {
    let number = OPCODES
        .iter()
        .find(|(other, _)| *other == name)
        .expect("an opcode")
        .1;
    [number as u8, argument]
}

fn effects(program: &[(&str, u8, u32)], names: &[&str]) -> Effects {
    let code: Vec<u8> = program
        .iter()
        .flat_map(|(name, arg, _)| unit(name, *arg))
        .collect();
    let lines: Vec<u32> = program.iter().map(|(_, _, line)| *line).collect();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Effects::new(&code, &lines, names, Vec::new(), Vec::new())
}

#[test]
fn arithmetic_changes_a_slot_and_nothing_else() {
    let effects = effects(
        &[
            ("LOAD_FAST", 0, 1),
            ("LOAD_CONST", 0, 1),
            ("BINARY_OP", 0, 1),
            ("STORE_FAST", 1, 1),
            ("NOP", 0, 2),
        ],
        &[],
    );
    let expected = Segment {
        end: 4,
        is_straight: true,
        slot_stores: vec![(3, 1)],
        stored: 2,
        loads: 1,
        stores: 2,
        changes: Some(Vec::new()),
        is_still: true,
        is_still_on_atoms: true,
        operates: true,
        first_let_go: Some(3),
        lets_go_last: true,
        binds_answer: Some(2),
        ..Segment::default()
    };
    assert_eq!(effects.segment(0), Some(&expected));
}

#[test]
fn what_is_bound_is_older_than_what_goes() {
    let sure = |code: &[_]| {
        let effects = effects(code, &["update", "append"]);
        let segment = effects.segment(0).expect("a segment");
        (segment.lets_go_last, segment.binds_result)
    };
    let bind = [("LOAD_FAST", 0, 1), ("STORE_FAST", 1, 1)];
    assert_eq!(sure(&bind), (true, true));
    let make_then_bind = [("BUILD_LIST", 0, 1), ("STORE_FAST", 1, 1)];
    assert_eq!(sure(&make_then_bind), (true, false));
    let bind_then_make = [
        ("LOAD_FAST", 0, 1),
        ("STORE_FAST", 1, 1),
        ("BUILD_LIST", 0, 1),
        ("STORE_FAST", 2, 1),
    ];
    assert_eq!(sure(&bind_then_make), (false, false));
    let store = [
        ("BUILD_LIST", 0, 1),
        ("LOAD_FAST", 0, 1),
        ("STORE_ATTR", 0, 1),
    ];
    assert_eq!(sure(&store), (true, false));
}

#[test]
fn a_store_reaches_as_deep_as_it_names() {
    let effects = effects(
        &[
            ("LOAD_FAST", 0, 1),
            ("LOAD_FAST", 1, 1),
            ("BINARY_OP", 26, 1),
            ("LOAD_CONST", 0, 1),
            ("STORE_SUBSCR", 0, 1),
        ],
        &[],
    );
    assert_eq!(effects.segment(0).map(|segment| segment.levels), Some(2));
}

#[test]
fn methods_of_containers_are_no_calls() {
    let program = [
        ("LOAD_FAST", 0, 1),
        ("LOAD_ATTR", 1, 1),
        ("LOAD_FAST", 1, 1),
        ("CALL", 1, 1),
    ];
    let known = effects(&program, &["append"]);
    let segment = known.segment(0).expect("a segment");
    assert_eq!((segment.levels, segment.calls.len()), (1, 0));
    let unknown = effects(&program, &["transmogrify"]);
    let segment = unknown.segment(0).expect("a segment");
    assert_eq!(
        segment.calls,
        [Call {
            unit: 3,
            slots: 3,
            names: vec![],
            members: vec![Path {
                root: Root::Slot(0),
                steps: vec![Step::Attribute(0, Cell::new(0))],
            }],
            callee: Callee::Method(0),
            hints: Default::default(),
            runs: Runs::Once,
        }]
    );
}

#[test]
fn a_name_only_makes_a_candidate() {
    let checks = |code: &[_], names: &[&str]| {
        let effects = effects(code, names);
        let segment = effects.segment(0).expect("a segment");
        let checks = segment.assumed.iter().map(|assumed| assumed.check.clone());
        (checks.collect::<Vec<_>>(), effects.told.clone())
    };
    let named = |first: (&'static str, u8, u32)| {
        [
            first,
            ("LOAD_ATTR", 1, 1),
            ("LOAD_FAST", 1, 1),
            ("CALL", 1, 1),
        ]
    };
    let (of_variable, told) = checks(&named(("LOAD_FAST", 0, 1)), &["get"]);
    assert!(
        matches!(&of_variable[..], [Check::Method { path, name: 0, of_text: false }]
        if path.root == Root::Slot(0) && path.steps.is_empty())
    );
    assert!(told.is_empty());
    let of_constant = checks(&named(("LOAD_CONST", 0, 1)), &["get"]);
    assert_eq!(of_constant, (vec![], vec![]));
    let mut of_result = vec![("LOAD_FAST", 0, 1), ("PUSH_NULL", 0, 1), ("CALL", 0, 1)];
    of_result.extend(&named(("NOP", 0, 1))[1..]);
    assert_eq!(checks(&of_result, &["get"]), (vec![Check::Told], vec![5]));
}

#[test]
fn operands_from_an_earlier_line_may_be_anything() {
    let program = [
        ("LOAD_FAST", 0, 1),
        ("LOAD_FAST", 1, 2),
        ("LOAD_CONST", 0, 2),
        ("STORE_SUBSCR", 0, 1),
    ];
    let effects = effects(&program, &[]);
    assert_eq!(
        effects.segment(3).map(|segment| segment.loads),
        Some(u64::MAX)
    );
}

#[test]
fn a_loop_begins_by_asking_its_iterator() {
    let program = [
        ("FOR_ITER", 2, 1),
        ("STORE_FAST", 0, 1),
        ("NOP", 0, 2),
        ("NOP", 0, 3),
    ];
    let effects = effects(&program, &[]);
    assert!(
        effects
            .segment(0)
            .is_some_and(|segment| segment.asks_iterator)
    );
    assert!(
        effects
            .segment(1)
            .is_some_and(|segment| !segment.asks_iterator)
    );
}

/// The change that a program's last instruction makes.
fn change(program: &[(&str, u8, u32)], names: &[&str]) -> Option<(Deed, Path)> {
    let effects = effects(program, names);
    let changes = effects.segment(0)?.changes.clone()?;
    changes
        .last()
        .map(|change| (change.deed.clone(), change.path.clone()))
}

fn path(slot: usize, steps: &[Step]) -> Path {
    Path {
        root: Root::Slot(slot),
        steps: steps.to_vec(),
    }
}

fn attribute(name: u32) -> Step {
    Step::Attribute(name, Cell::new(0))
}

#[test]
fn paths_are_read_from_expressions() {
    let append = [
        ("LOAD_FAST", 0, 1),
        ("LOAD_ATTR", 0, 1),
        ("LOAD_ATTR", 3, 1),
        ("LOAD_FAST", 1, 1),
        ("CALL", 1, 1),
    ];
    let found = change(&append, &["items", "append"]);
    assert_eq!(found, Some((Deed::Append, path(0, &[attribute(0)]))));

    let item = [
        ("LOAD_FAST", 2, 1),
        ("LOAD_FAST", 0, 1),
        ("LOAD_FAST", 1, 1),
        ("STORE_SUBSCR", 0, 1),
    ];
    let found = change(&item, &[]);
    assert_eq!(
        found,
        Some((Deed::SetItem(Key::At(path(1, &[]))), path(0, &[])))
    );
}

#[test]
fn operators_in_place_keep_what_they_store_into() {
    let attribute_grows = [
        ("LOAD_FAST", 3, 1),
        ("COPY", 1, 1),
        ("LOAD_ATTR", 0, 1),
        ("LOAD_FAST", 1, 1),
        ("BINARY_OP", 13, 1),
        ("SWAP", 2, 1),
        ("STORE_ATTR", 0, 1),
    ];
    let effects = effects(&attribute_grows, &["x"]);
    let changes = effects
        .segment(0)
        .and_then(|segment| segment.changes.clone());
    let found: Vec<_> = changes
        .unwrap_or_default()
        .into_iter()
        .map(|change| (change.deed, change.path))
        .collect();
    let expected = [
        (Deed::InPlace, path(3, &[attribute(0)])),
        (Deed::SetAttribute(0, Cell::new(0)), path(3, &[])),
    ];
    assert_eq!(found, expected);

    let item_grows = [
        ("LOAD_FAST", 0, 1),
        ("LOAD_FAST", 1, 1),
        ("COPY", 2, 1),
        ("COPY", 2, 1),
        ("BINARY_OP", 26, 1),
        ("LOAD_FAST", 2, 1),
        ("BINARY_OP", 13, 1),
        ("SWAP", 3, 1),
        ("SWAP", 2, 1),
        ("STORE_SUBSCR", 0, 1),
    ];
    let found = change(&item_grows, &[]);
    assert_eq!(
        found,
        Some((Deed::SetItem(Key::At(path(1, &[]))), path(0, &[])))
    );
}

#[test]
fn what_can_be_one_of_two_has_no_path() {
    let either = [
        ("LOAD_FAST", 3, 1),
        ("LOAD_FAST", 2, 1),
        ("POP_JUMP_IF_FALSE", 2, 1),
        ("LOAD_FAST", 0, 1),
        ("JUMP_FORWARD", 1, 1),
        ("LOAD_FAST", 1, 1),
        ("STORE_ATTR", 0, 1),
    ];
    assert_eq!(change(&either, &["x"]), None);
    // The variable is bound on the line: it may have been another one.
    let rebound = [
        ("LOAD_FAST", 1, 1),
        ("COPY", 1, 1),
        ("LOAD_FAST", 0, 1),
        ("STORE_ATTR", 0, 1),
        ("STORE_FAST", 0, 1),
    ];
    assert_eq!(change(&rebound, &["x"]), None);
}

#[test]
fn results_are_carried_to_the_call_that_takes_them() {
    let effects = effects(
        &[
            ("PUSH_NULL", 0, 1),
            ("LOAD_NAME", 0, 1),
            ("PUSH_NULL", 0, 1),
            ("LOAD_NAME", 1, 1),
            ("CALL", 0, 1),
            ("PUSH_NULL", 0, 1),
            ("LOAD_NAME", 2, 1),
            ("CALL", 0, 1),
            ("BUILD_LIST", 2, 1),
            ("CALL", 1, 1),
            ("STORE_FAST", 0, 1),
        ],
        &["take", "one", "two"],
    );
    let first = effects.carried(4).expect("it lies below the other call");
    assert!(first.is_held_at(7) && first.is_held_at(9) && !first.is_held_at(10));
    assert!(first.is_taken_by(9) && !first.is_taken_by(7));
    assert!(
        effects
            .carried(7)
            .is_some_and(|second| second.is_taken_by(9))
    );
    // What it gives is bound at once.
    assert_eq!(effects.carried(9), None);
    assert!(effects.segment(0).is_some_and(|line| line.carries));
}

#[test]
fn what_is_awaited_is_asked_once_each_time_the_frame_goes_on() {
    // `take(await one)`, and the handler that an exception thrown in meets.
    let effects = effects(
        &[
            ("LOAD_NAME", 0, 1),
            ("PUSH_NULL", 0, 1),
            ("LOAD_NAME", 1, 1),
            ("GET_AWAITABLE", 0, 1),
            ("LOAD_CONST", 0, 1),
            ("SEND", 3, 1),
            ("CACHE", 0, 1),
            ("YIELD_VALUE", 1, 1),
            ("RESUME", 3, 1),
            ("JUMP_BACKWARD_NO_INTERRUPT", 5, 1),
            ("END_SEND", 0, 1),
            ("CALL", 1, 1),
            ("STORE_FAST", 0, 1),
            ("LOAD_FAST", 0, 2),
            ("CLEANUP_THROW", 0, 1),
            ("JUMP_BACKWARD_NO_INTERRUPT", 6, 1),
        ],
        &["take", "one"],
    );
    let segment = effects.segment(0).expect("a segment");
    let calls = segment.calls.iter().map(|call| (call.unit, call.runs));
    let expected = [(3, Runs::Once), (5, Runs::Resumed), (11, Runs::Once)];
    assert!(calls.eq(expected));
    assert_eq!((segment.once, segment.resumed), (0b111, 0b10));
    assert!(!segment.loops && effects.told.is_empty());
    assert_eq!(effects.awaited(5), Some(3));
}

#[test]
fn taking_out_and_binding_makes_nothing_in_between() {
    let taken = |behind: &str| {
        let effects = effects(
            &[
                ("LOAD_FAST", 0, 1),
                ("LOAD_ATTR", 1, 1),
                ("CALL", 0, 1),
                (behind, 1, 1),
            ],
            &["pop"],
        );
        effects.segment(0).is_some_and(|line| line.parts_last)
    };
    assert!(taken("STORE_FAST"));
    assert!(!taken("BUILD_LIST"));
}

#[test]
fn slots_beyond_the_last_bit_share_it() {
    let set = bit(0) | bit(5) | bit(LAST_BIT);
    let slots: Vec<usize> = slots_of(set, 66).collect();
    assert_eq!(slots, [0, 5, 63, 64, 65]);
    assert_eq!(slots_of(set, 6).collect::<Vec<_>>(), [0, 5]);
    assert_eq!(slots_of(0, 66).count(), 0);
}
