//! Subjects over a run of several chunks that is written for the tests.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use schema::{
    Code, CodeId, Ending, Fact, FileId, Header, NameId, NewFrame, Object, ObjectId, Op, SourceFile,
    Thread, ThreadId, TraceWriter, Type, TypeId, TypeKind, Value, Variable,
};

use super::*;
use crate::scope::Scope;

/// A trace that goes with the test.
struct Run {
    timeline: Timeline,
    path: PathBuf,
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Every so many rounds the rare things change.
const RARELY: u64 = 9_000;
const ROUNDS: u64 = 30_000;

fn frame(number: u64, code: u32) -> NewFrame {
    NewFrame {
        frame: FrameId(number),
        code: CodeId(code),
        line: 1,
        globals: ObjectId(9),
        namespace: ObjectId(0),
    }
}

/// A loop that changes `often` each round and `rare` seldom; `holder.rare` and `holder.often` as
/// well; a call each round, whose `often` is another variable.
fn operations() -> Vec<Op> {
    let mut ops = vec![Op::Thread(ThreadId(1)), Op::Start(frame(1, 1))];
    let mut globals = Object::new(TypeId(2));
    globals.pairs = Some(vec![(Value::text("shared"), Value::Int(0))]);
    ops.push(Op::Object(ObjectId(9), Box::new(globals)));
    ops.push(Op::Object(ObjectId(1), Box::new(Object::new(TypeId(1)))));
    ops.extend([Op::Set(2, Value::Object(ObjectId(1))), Op::Line(2)]);
    for round in 0..ROUNDS {
        let number = Value::Int(round as i64);
        ops.extend([Op::Set(0, number.clone()), Op::Line(3)]);
        ops.push(Op::Field(ObjectId(1), NameId(1), number.clone()));
        if round % RARELY == 7 {
            // What is equal is stored again.
            ops.push(Op::Again(Spot::Slot(FrameId(0), 1)));
            ops.push(Op::Again(Spot::Field(ObjectId(1), NameId(2))));
            ops.push(Op::Again(Spot::Pair(ObjectId(9), 0)));
        }
        if round % RARELY == 5 {
            ops.push(Op::Set(1, number.clone()));
            ops.push(Op::Field(ObjectId(1), NameId(2), number.clone()));
            ops.push(Op::Put(
                ObjectId(9),
                0,
                Value::text("shared"),
                number.clone(),
            ));
        }
        ops.push(Op::Line(4));
        ops.push(Op::Start(frame(round + 2, 2)));
        ops.extend([Op::Set(0, Value::text("an argument")), Op::Line(8)]);
        ops.push(Op::Return(Value::None));
    }
    ops.extend([Op::Line(5), Op::Return(Value::None)]);
    ops
}

fn run() -> Run {
    let run = run_of(&operations());
    let chunks = run.timeline.trace().chunks().len();
    assert!(chunks > 2, "one chunk shows nothing");
    run
}

fn run_of(operations: &[Op]) -> Run {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("rdbg-follow-{}-{number}.db", std::process::id());
    let path = std::env::temp_dir().join(name);
    let _ = std::fs::remove_file(&path);
    let mut writer = TraceWriter::create(&path, &Header::default(), false).expect("created");
    writer.define(Fact::File(SourceFile {
        id: FileId(1),
        path: "/app.py".into(),
        source: None,
    }));
    for (id, name) in [(1, "work"), (2, "step")] {
        let names = ["often", "rare", "holder"];
        writer.define(Fact::Code(Code {
            id: CodeId(id),
            file: FileId(1),
            name: name.into(),
            qualname: name.into(),
            first_line: 1,
            flags: 3,
            arguments: 0,
            variables: names
                .map(|name| Variable {
                    name: name.into(),
                    kind: 0x20,
                })
                .to_vec(),
            lines: vec![2, 3, 4, 5],
        }));
    }
    for (id, name, kind) in [
        (1, "Holder", TypeKind::Instance),
        (2, "dict", TypeKind::Dict),
    ] {
        writer.define(Fact::Type(Type {
            id: TypeId(id),
            name: name.into(),
            kind,
            mro: vec![name.into(), "object".into()],
            tuple_fields: vec![],
            body: None,
        }));
    }
    writer.define(Fact::Thread(Thread {
        id: ThreadId(1),
        name: "MainThread".into(),
        native: 1,
    }));
    writer.define(Fact::Name(NameId(1), "often".into()));
    writer.define(Fact::Name(NameId(2), "rare".into()));
    let mut bytes = Vec::new();
    for op in operations {
        schema::encode::op(&mut bytes, op);
    }
    writer.append(&bytes).expect("appended");
    let ending = Ending {
        how: "exit 0".into(),
        seconds: 1.0,
    };
    assert_eq!(writer.finish(&ending).stopped, None);
    let timeline = Timeline::open(&path, schema::Allowance::OfSize).expect("opens");
    Run { timeline, path }
}

impl Run {
    /// The subject that a text means at the last line of the loop's frame.
    fn subject(&self, text: &str) -> Subject {
        let state = self.timeline.state_at(self.end()).expect("a state");
        let frame = state.frame(FrameId(1)).expect("the loop's frame");
        let scope = Scope::new(self.timeline.trace(), &state, frame);
        Subject::new(text, &scope).expect("an expression")
    }

    fn end(&self) -> Pos {
        Pos(self.timeline.trace().end().0 - 2)
    }

    fn forward(&self, subject: &Subject, from: Option<Pos>) -> Vec<Pos> {
        let mut found = Vec::new();
        let visit = &mut |changed: Changed, _: &State, _: &Seen| {
            found.push(changed.pos);
            Ok(true)
        };
        let end = self.timeline.trace().end();
        let flag = AtomicBool::new(false);
        super::forward(&self.timeline, subject, from, end, &flag, visit).expect("a search");
        found
    }

    fn backward(&self, subject: &Subject, count: usize) -> Vec<Pos> {
        let mut found = Vec::new();
        let mut from = Some(Pos(self.timeline.trace().end().0 - 1));
        let flag = AtomicBool::new(false);
        while let Some(at) = from
            && found.len() < count
        {
            let changed = super::backward(&self.timeline, subject, at, None, &flag);
            let Some(changed) = changed.expect("a search") else {
                break;
            };
            found.push(changed.pos);
            from = changed.pos.0.checked_sub(1).map(Pos);
        }
        found
    }
}

/// Where the rare things change: five events a round after a start and a line, in the second one.
fn rarely() -> Vec<Pos> {
    in_rounds(&[5])
}

/// The same, and where an equal value is stored.
fn stored() -> Vec<Pos> {
    in_rounds(&[5, 7])
}

fn in_rounds(of: &[u64]) -> Vec<Pos> {
    let rounds = (0..ROUNDS).filter(|round| of.contains(&(round % RARELY)));
    rounds.map(|round| Pos(2 + 5 * round + 1)).collect()
}

#[test]
fn changes_are_found_both_ways() {
    let run = run();
    for text in ["rare", "holder.rare", "#1.rare", "rare + 1", "[rare, 5][0]"] {
        let subject = run.subject(text);
        let forward = run.forward(&subject, None);
        // What is no place has changes, and no stores.
        let expected = match text.contains([' ']) {
            true => rarely(),
            false => stored(),
        };
        assert_eq!(forward, expected, "{text}");
        let mut backward = run.backward(&subject, usize::MAX);
        backward.reverse();
        assert_eq!(backward, forward, "{text}");
    }
    // A global has a value from the first; that it appears with the globals is a change as well.
    let subject = run.subject("shared");
    let forward = run.forward(&subject, None);
    assert_eq!(forward[1..], stored());
    assert_eq!(
        run.backward(&subject, 8),
        stored().into_iter().rev().collect::<Vec<_>>()
    );
}

#[test]
fn a_name_is_that_of_its_own_frame() {
    let run = run();
    let subject = run.subject("often");
    // Each round has one change; the argument of that name in the function called is another.
    let all = run.forward(&subject, None);
    assert_eq!(all.len() as u64, ROUNDS);
    assert_eq!(all[..3], [Pos(2), Pos(7), Pos(12)]);
    assert_eq!(
        run.backward(&subject, 3),
        all.iter().rev().take(3).copied().collect::<Vec<_>>()
    );
    // From within, only what comes after counts.
    assert_eq!(run.forward(&subject, Some(Pos(7)))[0], Pos(12));
}

#[test]
fn conditions_change_seldom() {
    let run = run();
    let half = ROUNDS / 2;
    let subject = run.subject(&format!("often >= {half}"));
    let expected = [Pos(2), Pos(2 + 5 * half)];
    assert_eq!(run.forward(&subject, None), expected);
}

#[test]
fn the_step_that_did_it_is_a_line_of_the_frame_that_ran() {
    let run = run();
    let subject = run.subject("rare");
    let flag = AtomicBool::new(false);
    let end = Pos(run.timeline.trace().end().0 - 1);
    let changed = super::backward(&run.timeline, &subject, end, None, &flag);
    let changed = changed.expect("a search").expect("a change");
    let by = doer(&run.timeline, changed, &flag).expect("a step");
    assert!(changed.is_again);
    assert_eq!(by.0, changed.pos.0 - 1);
    let event = run.timeline.event(by).expect("an event");
    assert_eq!(
        (event.kind, event.line, event.frame),
        (EventKind::Line, 3, FrameId(1))
    );
}

#[test]
fn a_search_can_be_interrupted() {
    let run = run();
    let flag = AtomicBool::new(true);
    let subject = run.subject("rare");
    let found = super::backward(&run.timeline, &subject, run.end(), None, &flag);
    assert!(matches!(found, Err(Error::Interrupted)));
}

#[test]
fn what_was_found_late_is_no_line_s_doing() {
    let mut ops = vec![Op::Thread(ThreadId(1)), Op::Start(frame(1, 1))];
    let mut holder = Object::new(TypeId(1));
    holder.fields = Some(vec![(NameId(2), Value::Int(0))]);
    ops.push(Op::Object(ObjectId(1), Box::new(holder)));
    ops.extend([Op::Set(2, Value::Object(ObjectId(1))), Op::Line(2)]);
    ops.extend([Op::Line(3), Op::Line(4)]);
    ops.push(Op::Field(ObjectId(1), NameId(2), Value::Int(1)));
    ops.push(Op::Late(ObjectId(1), Pos(1)));
    ops.extend([Op::Line(5), Op::Return(Value::None)]);
    let run = run_of(&ops);
    let subject = run.subject("holder.rare");
    let flag = AtomicBool::new(false);
    let changed = super::backward(&run.timeline, &subject, run.end(), None, &flag);
    let changed = changed.expect("a search").expect("a change");
    assert_eq!((changed.pos, changed.late), (Pos(4), Some(Pos(1))));
    assert_eq!(doer(&run.timeline, changed, &flag).expect("a step"), Pos(4));
}
