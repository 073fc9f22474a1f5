//! Motions: where a step into, over or out of calls comes to rest, either way.
//!
//! They are defined by frames, never by how deep the stack is, so that generators, `await` and
//! recursion behave: a step over calls rests in the frame it began in or in one that called it.

use std::sync::atomic::AtomicBool;

use schema::{EventInfo, EventKind, FrameId, Pos};

use crate::cursor::Cursor;
use crate::error::Result;
use crate::timeline::{Direction, Filter, Timeline};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// To the next step of the thread, in whatever frame.
    Into,
    /// To the next step of the selected frame or of one that called it.
    Over,
    /// To the end of the selected frame; back, to the line that called it.
    Out,
    /// As `Over`, but past this line, or past the present one.
    Until(Option<u32>),
}

/// Where a motion from the cursor ends; `None` at the end of history.
pub(crate) fn target(
    timeline: &Timeline,
    from: &Cursor,
    motion: Motion,
    direction: Direction,
    is_all: bool,
    interrupt: &AtomicBool,
) -> Result<Option<Pos>> {
    if is_all {
        return target_of_all(timeline, from, motion, direction, interrupt);
    }
    let thread = from.thread;
    let chain = from.chain();
    let own = chain.last().copied();
    let callers: Vec<FrameId> = chain
        .split_last()
        .map_or(Vec::new(), |(_, below)| below.to_vec());
    let line = from.frame().map_or(0, |frame| frame.info.line);
    let find = |filter: Filter, wants: &mut dyn FnMut(&EventInfo) -> bool| {
        timeline.find(
            Some(from.pos),
            direction,
            &filter,
            interrupt,
            &mut |_, event| event.thread == thread && wants(event),
            None,
        )
    };
    let is_own = |event: &EventInfo| Some(event.frame) == own;
    // Code without text is stepped over, unless one is in it.
    let generated = timeline.trace().generated()?;
    let is_within = from
        .frame()
        .is_ok_and(|frame| generated.contains(&frame.info.code));
    let is_step =
        |event: &EventInfo| event.kind.is_step() && (is_within || !generated.contains(&event.code));
    let found = match (motion, direction) {
        (Motion::Into, _) => {
            return find(Filter::Thread(thread), &mut |event| is_step(event));
        }
        (Motion::Over, _) => find(Filter::Frames(chain.clone()), &mut |event| {
            is_step(event) && chain.contains(&event.frame)
        })?,
        (Motion::Out, Direction::Forward) => {
            let ends = |kind| matches!(kind, EventKind::Return | EventKind::Unwind);
            let filter = own.map_or(Filter::All, Filter::End);
            let found = find(filter, &mut |event| is_own(event) && ends(event.kind))?;
            if found.is_none() {
                find(Filter::Frames(callers.clone()), &mut |event| {
                    is_step(event) && callers.contains(&event.frame)
                })?
            } else {
                found
            }
        }
        (Motion::Out, Direction::Backward) => {
            let found = find(Filter::Frames(callers.clone()), &mut |event| {
                is_step(event) && callers.contains(&event.frame)
            })?;
            if found.is_none() {
                return first_step(timeline, from, own, interrupt);
            }
            found
        }
        (Motion::Until(wanted), _) => {
            let is_past = |at: u32| match (wanted, direction) {
                (Some(wanted), Direction::Forward) => at >= wanted,
                (Some(wanted), Direction::Backward) => at <= wanted,
                (None, Direction::Forward) => at > line,
                (None, Direction::Backward) => at < line,
            };
            find(Filter::Frames(chain.clone()), &mut |event| {
                is_step(event)
                    && chain.contains(&event.frame)
                    && (!is_own(event) || is_past(event.line) || event.kind != EventKind::Line)
            })?
        }
    };
    // Where all frames of the chain are gone, the thread may still run others: exit handlers.
    match found {
        Some(found) => Ok(Some(found)),
        None => find(Filter::Thread(thread), &mut |event| is_step(event)),
    }
}

/// Where a motion ends in the one order of all threads: at a step of another thread, or where it
/// would end in this one.
fn target_of_all(
    timeline: &Timeline,
    from: &Cursor,
    motion: Motion,
    direction: Direction,
    interrupt: &AtomicBool,
) -> Result<Option<Pos>> {
    let own = match motion {
        Motion::Into => None,
        _ => target(timeline, from, motion, direction, false, interrupt)?,
    };
    let generated = timeline.trace().generated()?;
    let is_within = from
        .frame()
        .is_ok_and(|frame| generated.contains(&frame.info.code));
    let wants = &mut |pos: Pos, event: &EventInfo| {
        let is_other = motion == Motion::Into || event.thread != from.thread;
        let is_shown = is_within || !generated.contains(&event.code);
        event.kind.is_step() && is_other && is_shown || Some(pos) == own
    };
    timeline.find(
        Some(from.pos),
        direction,
        &Filter::All,
        interrupt,
        wants,
        None,
    )
}

/// The first step of a frame that nothing recorded has called.
fn first_step(
    timeline: &Timeline,
    from: &Cursor,
    own: Option<FrameId>,
    interrupt: &AtomicBool,
) -> Result<Option<Pos>> {
    let Some(frame) = own else {
        return Ok(None);
    };
    let find = |from: Option<Pos>, direction, filter: Filter, kinds: &dyn Fn(EventKind) -> bool| {
        timeline.find(
            from,
            direction,
            &filter,
            interrupt,
            &mut |_, event| event.frame == frame && kinds(event.kind),
            None,
        )
    };
    let begin = Filter::Begin(frame);
    let start = find(Some(from.pos), Direction::Backward, begin, &|kind| {
        kind == EventKind::Start
    })?;
    let own = Filter::Frames(vec![frame]);
    let first = find(start, Direction::Forward, own, &|kind| kind.is_step())?;
    Ok(first.filter(|first| *first < from.pos))
}
