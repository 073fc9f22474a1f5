//! The fold, and that keyframes say the same.

use super::*;
use crate::event::Op::{Line, Object as Obj, Put, Return, Set, Splice, Start, Yield};
use crate::ids::ThreadId;
use crate::touches::Spot;
use crate::{Extent, decode, encode};

fn frame(number: u64) -> NewFrame {
    NewFrame {
        frame: FrameId(number),
        code: CodeId(1),
        line: 1,
        globals: ObjectId(0),
        namespace: ObjectId(0),
    }
}

fn history() -> Vec<Op> {
    let mut list = Object::new(TypeId(1));
    list.items = Some(vec![]);
    let mut dict = Object::new(TypeId(2));
    dict.pairs = Some(vec![]);
    vec![
        Op::Thread(ThreadId(1)),
        Start(frame(1)),
        Obj(ObjectId(1), Box::new(list)),
        Obj(ObjectId(2), Box::new(dict)),
        Set(0, Value::Object(ObjectId(1))),
        Line(2),
        Splice(ObjectId(1), 0, 0, vec![Value::Int(-7), Value::text("a")]),
        Start(frame(2)),
        Set(1, Value::Float(0.5)),
        Op::Share(1, FrameId(1), 2),
        Op::Share(0, FrameId(1), 0),
        Op::Again(Spot::Slot(FrameId(0), 1)),
        Op::Cell(3, ObjectId(1)),
        Op::Again(Spot::Item(ObjectId(1), 1)),
        Op::Again(Spot::Pair(ObjectId(2), 0)),
        Op::Again(Spot::Field(ObjectId(2), NameId(3))),
        Op::Late(ObjectId(2), Pos(1)),
        Line(9),
        Yield(Value::Int(3)),
        Put(ObjectId(2), 0, Value::Int(1), Value::Bool(true)),
        Line(3),
        Op::Resume(FrameId(2)),
        Op::Thread(ThreadId(2)),
        Start(frame(3)),
        Return(Value::None),
        Op::Thread(ThreadId(1)),
        Line(10),
        Yield(Value::None),
        Line(5),
        Op::Reenter(FrameId(2)),
        Start(frame(4)),
        Return(Value::None),
        Op::Suspend(FrameId(2)),
        Line(6),
        Op::Throw(FrameId(2), Value::None),
        Return(Value::None),
        Op::Drop(ObjectId(2)),
        Line(4),
    ]
}

#[test]
fn a_frame_that_yields_stands_in_order_among_the_suspended() {
    let yields = |number| [Start(frame(number)), Yield(Value::None)];
    let mut state = State::new(Pos(0));
    let ops = [Op::Thread(ThreadId(1)), Start(frame(1))].into_iter();
    // The last one to yield is older than one that is suspended.
    let ops = ops
        .chain(yields(2))
        .chain(yields(3))
        .chain([Op::Resume(FrameId(2))]);
    for op in ops.chain([Yield(Value::None)]) {
        state.apply(op).expect("applies");
    }
    let before = state.keyframe();
    let again = State::from_keyframe(Pos(0), &before, Extent::Whole).expect("decodes");
    assert_eq!(again.keyframe(), before);
}

#[test]
fn operations_survive_encoding() {
    let mut bytes = Vec::new();
    history().iter().for_each(|op| encode::op(&mut bytes, op));
    let mut decoder = decode::Decoder::new(&bytes, 0);
    let mut ops = Vec::new();
    while let Some(op) = decoder.next_op().expect("decodes") {
        ops.push(op);
    }
    assert_eq!(ops, history());
}

#[test]
fn every_cut_is_noticed() {
    let mut bytes = Vec::new();
    history().iter().for_each(|op| encode::op(&mut bytes, op));
    for end in 0..bytes.len() {
        let mut decoder = decode::Decoder::new(&bytes[..end], 0);
        let outcome = loop {
            match decoder.next_op() {
                Ok(Some(_)) => {}
                other => break other,
            }
        };
        assert!(
            matches!(outcome, Ok(None) | Err(Error::Incomplete)),
            "at {end}: {outcome:?}"
        );
    }
}

#[test]
fn state_by_keyframe_is_state_by_fold() {
    let ops = history();
    for split in 0..=ops.len() {
        let mut folded = State::new(Pos(0));
        for op in &ops[..split] {
            folded.apply(op.clone()).expect("applies");
        }
        let restored = State::from_keyframe(folded.next, &folded.keyframe(), Extent::Whole)
            .expect("keyframe applies");
        assert!(restored.same(&folded), "after {split} operations");
    }
}

#[test]
fn what_is_late_is_so_at_one_event() {
    let mut state = State::new(Pos(0));
    for op in [
        Op::Thread(ThreadId(1)),
        Start(frame(1)),
        Op::Late(ObjectId(7), Pos(5)),
        Op::Late(ObjectId(7), Pos(3)),
        Line(2),
    ] {
        state.apply(op).expect("applies");
    }
    assert_eq!(state.late(ObjectId(7)), Some(Pos(3)));
    assert_eq!(state.late(ObjectId(8)), None);
    state.apply(Line(3)).expect("applies");
    assert_eq!(state.late(ObjectId(7)), None);
    assert_eq!(state.all_late().count(), 0);
}
