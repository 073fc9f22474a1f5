//! Exceptions that only end a loop or close a generator: the interpreter takes them itself, and who
//! asks for exceptions does not mean them.

use schema::{EventInfo, EventKind, Pos, State, Value};

use crate::breakpoint::Wanted;
use crate::error::Result;
use crate::timeline::Timeline;

/// How many events behind a raise are looked at; what is not settled by then counts as an error.
const MOST_EVENTS: u64 = 2000;

/// Whether the exception that is raised at an event does no more than that, and is not asked for by
/// the name of its own class.
pub(crate) fn is_one(
    timeline: &Timeline,
    state: &State,
    pos: Pos,
    event: &EventInfo,
    wanted: &Wanted,
) -> Result<bool> {
    let Some((_, Some(Value::Object(id)))) = &state.event else {
        return Ok(false);
    };
    let trace = timeline.trace();
    let Some(object) = state.objects.get(id) else {
        return Ok(false);
    };
    let line = &trace.class(object.class)?.mro;
    if let (Wanted::Class(name), Some(own)) = (wanted, line.first())
        && (own == name || own.rsplit('.').next() == Some(name))
    {
        return Ok(false);
    }
    let is_a = |name: &str| line.iter().any(|base| base == name);
    if is_a("GeneratorExit") {
        return Ok(true);
    }
    // A loop over an object with `__getitem__` ends with an IndexError of that.
    let is_item = is_a("IndexError") && trace.code(event.code)?.name == "__getitem__";
    if !is_item && !is_a("StopIteration") && !is_a("StopAsyncIteration") {
        return Ok(false);
    }
    is_taken(timeline, pos, event)
}

/// Whether an exception goes no further than to the interpreter, or to C code: the frames that it
/// leaves are followed by neither a handler of the program nor the end of the thread.
fn is_taken(timeline: &Timeline, pos: Pos, event: &EventInfo) -> Result<bool> {
    let end = timeline
        .trace()
        .end()
        .0
        .min(pos.0.saturating_add(MOST_EVENTS));
    // A coroutine has a handler of the interpreter's around all of it, which lets through.
    let mut handled = false;
    for next in (pos.0 + 1..end).map(Pos) {
        let next = timeline.event(next)?;
        if next.thread != event.thread {
            continue;
        }
        match next.kind {
            EventKind::Unwind if next.depth == 0 => return Ok(false),
            EventKind::Unwind => handled = false,
            _ if handled => return Ok(false),
            EventKind::Raise => {}
            EventKind::Handle if is_async_loop(timeline, &next)? => return Ok(true),
            EventKind::Handle => handled = true,
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// Whether an event is on a line with an `async for`, which has a handler that ends it.
fn is_async_loop(timeline: &Timeline, event: &EventInfo) -> Result<bool> {
    let trace = timeline.trace();
    let source = trace.text_of(trace.code(event.code)?)?;
    let at = (event.line as usize).checked_sub(1);
    let line = source
        .as_ref()
        .zip(at)
        .and_then(|(lines, at)| lines.get(at));
    let mut words = line.into_iter().flat_map(|line| line.split_whitespace());
    Ok(
        words.any(|word| word.trim_start_matches(['[', '(', '{']) == "async")
            && words.next() == Some("for"),
    )
}
