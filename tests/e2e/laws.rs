//! The laws of time travel, for every program of `tests/programs`.
//!
//! 1. The state reached through a keyframe is the state folded from the start.
//! 2. A step forward and a step back lead to where one was.
//! 3. The stops of `continue`, reversed, are the stops of `reverse-continue`; so are those of
//!    watchpoints, and they are what the history of the value says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use replayer::{Budget, Debugger, Direction, Moment, Motion, Reason};
use schema::{EventInfo, EventKind, Extent, Pos, State, ThreadId, TraceReader};
use tests::recordings;

/// Every position up to here is looked at, …
const ALL: u64 = 20_000;
/// … and after that every so many: a whole state is compared at each.
const STRIDE: u64 = 97;

/// Whether a law is tried at a position.
fn is_tried(pos: u64) -> bool {
    pos < ALL || pos.is_multiple_of(STRIDE)
}

#[test]
fn the_state_by_keyframe_is_the_state_by_fold() {
    for (name, trace) in recordings() {
        let reader = TraceReader::open(trace).expect(name);
        assert!(reader.events() > 0, "{name} has no events");
        let mut folded = State::new(Pos(0));
        for info in reader.chunks() {
            let chunk = reader.chunk(info.id).expect(name);
            let mut state = chunk.start().expect(name);
            assert!(
                state.same(&folded),
                "{name}: the keyframe of chunk {}",
                info.id
            );
            for pos in info.first.0..info.first.0 + info.events {
                chunk.advance(&mut state, Pos(pos)).expect(name);
                chunk.advance(&mut folded, Pos(pos)).expect(name);
                if is_tried(pos) {
                    assert!(state.same(&folded), "{name} @{pos}");
                    // Most programs fill no chunk, so a keyframe is made here as well.
                    let restored =
                        State::from_keyframe(state.next, &state.keyframe(), Extent::Whole);
                    assert!(
                        restored.expect(name).same(&folded),
                        "{name}: a keyframe at @{pos}"
                    );
                }
            }
        }
        assert_eq!(folded.next.0, reader.events(), "{name}");
        assert!(
            name != "long" || reader.chunks().len() > 2,
            "the long program is short"
        );
    }
}

/// Every event of a trace with its position, read without the debugger.
fn events(trace: &Path, name: &str) -> Vec<(Pos, EventInfo)> {
    let reader = TraceReader::open(trace).expect(name);
    let mut events = Vec::new();
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect(name);
        events.extend((info.first.0..).map(Pos).zip(chunk.events.iter().copied()));
    }
    events
}

#[test]
fn a_step_forward_and_a_step_back_lead_to_where_one_was() {
    for (name, trace) in recordings() {
        let mut debugger = Debugger::open(trace).expect(name);
        let mut threads: BTreeMap<ThreadId, Vec<Pos>> = BTreeMap::new();
        let reader = TraceReader::open(trace).expect(name);
        for (pos, event) in events(trace, name) {
            // Code without text is stepped over.
            if event.kind.is_step() && crate::has_text(&reader, &event) {
                threads.entry(event.thread).or_default().push(pos);
            }
        }
        for steps in threads.values() {
            for pair in steps.windows(2).filter(|pair| is_tried(pair[0].0)) {
                debugger.seek(pair[0]).expect(name);
                debugger.go(Motion::Into, Direction::Forward).expect(name);
                assert_eq!(
                    debugger.position(),
                    pair[1],
                    "{name}: forward from {pair:?}"
                );
                debugger.go(Motion::Into, Direction::Backward).expect(name);
                assert_eq!(debugger.position(), pair[0], "{name}: back from {pair:?}");
            }
            // At either end of the thread's history there is nowhere to go.
            for (end, direction) in [
                (steps.first(), Direction::Backward),
                (steps.last(), Direction::Forward),
            ] {
                let end = *end.expect(name);
                debugger.seek(end).expect(name);
                debugger.go(Motion::Into, direction).expect(name);
                assert_eq!(debugger.position(), end, "{name}: past the end");
            }
        }
    }
}

/// Breakpoints with more hits than this are left out: each hit is a search of its own.
const HITS: usize = 200;

/// Where `continue` stops, going one way from one end of the run to the other.
fn stops(debugger: &mut Debugger, direction: Direction, name: &str) -> Vec<Pos> {
    let from = match direction {
        Direction::Forward => Direction::Backward,
        Direction::Backward => Direction::Forward,
    };
    debugger.seek_end(from).expect(name);
    let mut stops = Vec::new();
    while let Reason::Breakpoint(_) = debugger.run(direction).expect(name).reason {
        stops.push(debugger.position());
    }
    stops
}

#[test]
fn the_stops_of_continue_are_those_of_reverse_continue() {
    let mut total = 0;
    for (name, trace) in recordings() {
        let all = events(trace, name);
        let reader = TraceReader::open(trace).expect(name);
        let mut debugger = Debugger::open(trace).expect(name);
        let program = format!("{name}.py");
        let is_line = |event: &EventInfo| {
            let file = reader
                .code(event.code)
                .and_then(|code| reader.file(code.file));
            event.kind == EventKind::Line && file.expect(name).ends_with(&program)
        };
        let mut hits: BTreeMap<u32, Vec<Pos>> = BTreeMap::new();
        for (pos, event) in all.iter().filter(|(_, event)| is_line(event)) {
            hits.entry(event.line).or_default().push(*pos);
        }
        let mut expected = BTreeSet::new();
        for (line, hits) in hits
            .into_iter()
            .filter(|(_, hits)| hits.len() <= HITS)
            .step_by(3)
        {
            debugger
                .break_at(&format!("{program}:{line}"), None, false)
                .expect(name);
            expected.extend(hits);
        }
        let steps = all
            .iter()
            .filter(|(_, event)| event.kind.is_step())
            .map(|(pos, _)| *pos);
        let (first, last) = (steps.clone().min().expect(name), steps.max().expect(name));
        let forward = stops(&mut debugger, Direction::Forward, name);
        let mut backward = stops(&mut debugger, Direction::Backward, name);
        backward.reverse();
        // One does not stop where one is already.
        let but = |gone: Pos| expected.iter().copied().filter(move |pos| *pos != gone);
        assert_eq!(forward, but(first).collect::<Vec<_>>(), "{name}");
        assert_eq!(backward, but(last).collect::<Vec<_>>(), "{name}");
        total += forward.len();
    }
    assert!(total > 500, "{total} stops are too few to say anything");
}

/// Names of a program that are watched; each change is a search of its own.
const WATCHED: usize = 6;

#[test]
fn watchpoints_stop_at_the_changes_of_the_history() {
    let mut total = 0;
    for (name, trace) in recordings() {
        let mut debugger = Debugger::open(trace).expect(name);
        debugger.seek_end(Direction::Forward).expect(name);
        let locals = debugger.locals(Budget::BRIEF).expect(name);
        for variable in locals.into_iter().rev().take(WATCHED) {
            let text = &variable.name;
            let mut history = Vec::new();
            debugger.seek_end(Direction::Forward).expect(name);
            let take = &mut |moment: Moment| {
                history.push(Pos(moment.pos));
                // Stores of an equal value are folded, and only the first few are listed.
                history.extend(moment.again.iter().copied().map(Pos));
                if moment.stores as usize > moment.again.len() {
                    history.resize(HITS + 1, Pos(moment.last));
                }
                history.len() <= HITS
            };
            debugger
                .history(text, None, Budget::BRIEF, take)
                .expect(name);
            if history.len() > HITS {
                continue;
            }
            assert!(!history.is_empty(), "{name}: {text} has no history");
            debugger.watch(text, None).expect(name);
            let mut stops = [Vec::new(), Vec::new()];
            for (stops, direction) in stops
                .iter_mut()
                .zip([Direction::Backward, Direction::Forward])
            {
                // The search before ended at one end, so that this one begins there.
                loop {
                    let stop = debugger.run(direction).expect(name);
                    let Reason::Watchpoint(_) = stop.reason else {
                        break;
                    };
                    let change = stop.watched.first().expect(name);
                    assert!(change.by.pos <= stop.pos, "{name}: {text} {change:?}");
                    stops.push(debugger.position());
                }
            }
            let [mut backward, forward] = stops;
            backward.reverse();
            let first = debugger.seek_end(Direction::Backward).expect(name).pos;
            debugger.clear_all();
            // One does not stop where one is already, nor before the first step.
            let after: Vec<Pos> = history
                .iter()
                .copied()
                .filter(|pos| pos.0 > first)
                .collect();
            assert_eq!(forward, after, "{name}: {text}");
            let last = debugger.seek_end(Direction::Forward).expect(name).pos;
            history.retain(|pos| pos.0 < last);
            assert_eq!(backward, history, "{name}: {text}, backward");
            total += backward.len();
        }
    }
    assert!(total > 300, "{total} changes are too few to say anything");
}
