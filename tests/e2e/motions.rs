//! Every motion, forward and back, from random positions of every program of `tests/programs`.
//!
//! Where a motion must end is found anew here by looking at one event after another, without the
//! chunks, indexes and cursors of the debugger.

use std::path::Path;

use replayer::{Debugger, Direction, Motion};
use schema::{EventInfo, EventKind, Extent, FrameId, Pos, ThreadId, TraceReader};
use tests::recordings;

/// Positions tried in each program.
const TRIED: usize = 40;

/// An event with the frames of its thread's stack, its own last.
struct Seen {
    pos: Pos,
    event: EventInfo,
    chain: Vec<FrameId>,
    /// It is of code that the program made, without text.
    is_generated: bool,
}

/// The events of each thread.
fn threads(trace: &Path, name: &str) -> Vec<Vec<Seen>> {
    let reader = TraceReader::open(trace).expect(name);
    let mut threads: Vec<(ThreadId, Vec<Seen>)> = Vec::new();
    for info in reader.chunks() {
        let chunk = reader.chunk(info.id).expect(name);
        let packed = reader.packed(info.id).expect(name);
        let mut fold = packed.fold(Extent::Stacks).expect(name);
        for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
            let known = threads.iter().position(|(id, _)| *id == event.thread);
            let at = known.unwrap_or_else(|| {
                threads.push((event.thread, Vec::new()));
                threads.len() - 1
            });
            let seen = &mut threads[at].1;
            let is_there = fold.step().expect(name);
            let stack = fold.state().stacks.of(event.thread);
            let chain: Vec<FrameId> = stack.iter().map(|frame| frame.info.frame).collect();
            assert!(
                is_there && chain.last() == Some(&event.frame),
                "{name}: {pos:?}"
            );
            let event = *event;
            let is_generated = !crate::has_text(&reader, &event);
            seen.push(Seen {
                pos,
                event,
                chain,
                is_generated,
            });
        }
    }
    threads.into_iter().map(|(_, seen)| seen).collect()
}

/// The first of the events that lie one way from a place.
fn first(
    seen: &[Seen],
    from: usize,
    direction: Direction,
    wants: impl Fn(&EventInfo) -> bool,
) -> Option<Pos> {
    // Unless one is in it, what has no text to show is stepped over.
    let wants = |one: &&Seen| wants(&one.event) && (seen[from].is_generated || !one.is_generated);
    let found = match direction {
        Direction::Forward => seen[from + 1..].iter().find(wants),
        Direction::Backward => seen[..from].iter().rev().find(wants),
    };
    found.map(|one| one.pos)
}

/// Where a motion ends: by the words of `help`, event by event.
fn expected(seen: &[Seen], from: usize, motion: Motion, direction: Direction) -> Option<Pos> {
    let here = &seen[from];
    let own = here.event.frame;
    let callers = &here.chain[..here.chain.len() - 1];
    let any = || first(seen, from, direction, |event| event.kind.is_step());
    let in_callers = || {
        first(seen, from, direction, |event| {
            event.kind.is_step() && callers.contains(&event.frame)
        })
    };
    match (motion, direction) {
        (Motion::Into, _) => any(),
        (Motion::Over, _) => first(seen, from, direction, |event| {
            event.kind.is_step() && here.chain.contains(&event.frame)
        })
        .or_else(any),
        (Motion::Out, Direction::Forward) => first(seen, from, direction, |event| {
            event.frame == own && matches!(event.kind, EventKind::Return | EventKind::Unwind)
        })
        .or_else(in_callers)
        .or_else(any),
        (Motion::Out, Direction::Backward) => in_callers().or_else(|| {
            let start = seen[..from]
                .iter()
                .rposition(|one| one.event.frame == own && one.event.kind == EventKind::Start)?;
            let found = seen[start..from]
                .iter()
                .find(|one| one.event.frame == own && one.event.kind.is_step());
            found.map(|one| one.pos)
        }),
        (Motion::Until(line), _) => first(seen, from, direction, |event| {
            let is_past = match (line, direction) {
                (Some(line), Direction::Forward) => event.line >= line,
                (Some(line), Direction::Backward) => event.line <= line,
                (None, Direction::Forward) => event.line > here.event.line,
                (None, Direction::Backward) => event.line < here.event.line,
            };
            let is_plain = event.frame == own && event.kind == EventKind::Line;
            event.kind.is_step() && here.chain.contains(&event.frame) && (is_past || !is_plain)
        })
        .or_else(any),
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn every_motion_ends_where_a_look_at_each_event_says() {
    let mut dice = Dice(20);
    let mut moved = 0;
    for (name, trace) in recordings() {
        let mut debugger = Debugger::open(trace).expect(name);
        for seen in threads(trace, name) {
            let steps: Vec<usize> = (0..seen.len())
                .filter(|at| seen[*at].event.kind.is_step())
                .collect();
            for _ in 0..TRIED.min(steps.len()) {
                let from = steps[dice.below(steps.len())];
                let here = &seen[from];
                let near = here.event.line + dice.below(7) as u32;
                let motions = [
                    Motion::Into,
                    Motion::Over,
                    Motion::Out,
                    Motion::Until(None),
                    Motion::Until(Some(near.saturating_sub(3))),
                ];
                for motion in motions {
                    for direction in [Direction::Forward, Direction::Backward] {
                        debugger.seek(here.pos).expect(name);
                        debugger.go(motion, direction).expect(name);
                        let end = expected(&seen, from, motion, direction).unwrap_or(here.pos);
                        assert_eq!(
                            debugger.position(),
                            end,
                            "{name}: {motion:?} {direction:?} from @{}",
                            here.pos
                        );
                        moved += usize::from(end != here.pos);
                    }
                }
            }
        }
    }
    assert!(moved > 5_000, "{moved} moves are too few to say anything");
}

#[test]
fn a_breakpoint_on_the_way_stops_a_motion() {
    let mut dice = Dice(4);
    let mut stopped = 0;
    for (name, trace) in recordings() {
        let mut debugger = Debugger::open(trace).expect(name);
        let reader = TraceReader::open(trace).expect(name);
        let program = format!("{name}.py");
        let is_own = |event: &EventInfo| {
            let code = reader.code(event.code);
            let file = code.and_then(|code| reader.file(code.file));
            event.kind == EventKind::Line && file.expect(name).ends_with(&program)
        };
        let threads = threads(trace, name);
        let all = || threads.iter().flatten();
        let lines: Vec<&Seen> = all().filter(|one| is_own(&one.event)).collect();
        for _ in 0..TRIED / 2 {
            let line = lines[dice.below(lines.len())].event.line;
            debugger.clear_all();
            debugger
                .break_at(&format!("{program}:{line}"), None, false)
                .expect(name);
            let seen = &threads[dice.below(threads.len())];
            let from = dice.below(seen.len());
            let here = seen[from].pos;
            if !seen[from].event.kind.is_step() {
                continue;
            }
            for motion in [Motion::Over, Motion::Out] {
                for direction in [Direction::Forward, Direction::Backward] {
                    let Some(end) = expected(seen, from, motion, direction) else {
                        continue;
                    };
                    let between = all()
                        .filter(|one| is_own(&one.event) && one.event.line == line)
                        .map(|one| one.pos)
                        .filter(|pos| (here.min(end) < *pos) && (*pos < here.max(end)));
                    let hit = match direction {
                        Direction::Forward => between.min(),
                        Direction::Backward => between.max(),
                    };
                    debugger.seek(here).expect(name);
                    debugger.go(motion, direction).expect(name);
                    let text = format!("{name}: {motion:?} {direction:?} from @{here}, {line}");
                    assert_eq!(debugger.position(), hit.unwrap_or(end), "{text}");
                    stopped += usize::from(hit.is_some());
                }
            }
        }
    }
    assert!(stopped > 100, "{stopped} stops are too few to say anything");
}

#[test]
fn a_line_over_calls_is_undone_by_its_reverse() {
    let mut undone = 0;
    for (name, trace) in recordings() {
        let mut debugger = Debugger::open(trace).expect(name);
        for seen in threads(trace, name) {
            let steps: Vec<&Seen> = seen.iter().filter(|one| one.event.kind.is_step()).collect();
            for here in steps.iter().step_by(1 + steps.len() / TRIED) {
                debugger.seek(here.pos).expect(name);
                debugger.go(Motion::Over, Direction::Forward).expect(name);
                let there = debugger.position();
                let landed = seen.iter().find(|one| one.pos == there).expect(name);
                // Out of the frame, back leads to the line of the caller instead.
                if there > here.pos && landed.event.frame == here.event.frame {
                    debugger.go(Motion::Over, Direction::Backward).expect(name);
                    assert_eq!(debugger.position(), here.pos, "{name}: back from @{there}");
                    undone += 1;
                }
            }
        }
    }
    assert!(undone > 500, "{undone} lines are too few to say anything");
}
