//! An expression followed through the run: when its value changed, either way.
//!
//! It is not evaluated at each step. What one evaluation looked at tells which changes can give
//! another value; the next of those is found without values, and only there it is evaluated again.

use std::sync::atomic::{AtomicBool, Ordering};

use schema::{ChunkInfo, EventKind, FrameId, Pos, Spot, Spots, State, Touch};

use crate::error::{Error, Result};
use crate::timeline::{Direction, Filter, Timeline};

/// So many places of a chunk are looked at one by one, going back, before all of it is gone through.
const TRIED: usize = 8;

/// An event that found a subject changed, and the frame that ran when it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) pos: Pos,
    pub(crate) frame: FrameId,
    /// It was given a value that is equal to what it had.
    pub(crate) is_again: bool,
    /// Since when it can have changed, where what ran before the event may not have done it.
    pub(crate) late: Option<Pos>,
}

/// Takes a change on the way; `false` ends the search.
pub(crate) type Visit<'v> = dyn FnMut(Changed, &State, &Seen) -> Result<bool> + 'v;

/// The spots of a search, rebuilt only when they are others.
#[derive(Default)]
struct Followed {
    list: Vec<Spot>,
    place: Option<Spot>,
    filter: Filter,
}

impl Followed {
    /// Takes the spots; says whether they are others than before.
    fn set(&mut self, list: Vec<Spot>, place: Option<Spot>) -> bool {
        if list == self.list && place == self.place {
            return false;
        }
        let spots: Spots = list.iter().copied().collect();
        self.filter = Filter::Spots(spots.about(place));
        (self.list, self.place) = (list, place);
        true
    }

    fn spots(&self) -> &Spots {
        match &self.filter {
            Filter::Spots(spots) => spots,
            _ => Spots::NONE,
        }
    }
}

/// Follows a subject from just after `from` (or from the beginning) to before `until`.
pub(crate) fn forward(
    timeline: &Timeline,
    subject: &Subject,
    from: Option<Pos>,
    until: Pos,
    interrupt: &AtomicBool,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let trace = timeline.trace();
    let mut followed = Followed::default();
    let begin = match from {
        Some(from) => timeline.state_at(from)?,
        None => timeline.state_before(trace.reader().first())?,
    };
    let (mut old, list) = subject.see(trace, &begin)?;
    followed.set(list, old.place);
    let low = from.map_or(0, |from| from.0 + 1);
    let mut ahead = timeline.between(low, until.0);
    let mut is_first = true;
    while let Some(info) = ahead.next() {
        if interrupt.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        if !followed.filter.lets(trace, info)? {
            continue;
        }
        timeline.progress(info);
        let chunk = trace.chunk(info.id)?;
        if !is_first {
            timeline.prefetch(ahead.clone(), &followed.filter)?;
        }
        is_first = false;
        let mut state = if begin.next > info.first && from.is_some() {
            State::clone(&begin)
        } else {
            chunk.start()?
        };
        let mut walk = chunk.walk()?;
        while let Some(touch) = walk.next(followed.spots())? {
            let pos = touch.pos;
            if pos.0 < low {
                continue;
            }
            if pos >= until {
                return Ok(());
            }
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            chunk.advance(&mut state, pos)?;
            let (new, list) = subject.see(trace, &state)?;
            followed.set(list, new.place);
            let changed = changed(touch, &old, &new);
            old = new;
            if let Some(changed) = changed
                && !visit(changed, &state, &old)?
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What an event that touched what a subject looks at was for it: a change, a store of an equal value, or
/// nothing.
fn changed(touch: Touch, old: &Seen, new: &Seen) -> Option<Changed> {
    let is_other = new.differs(old);
    let is_store = touch.is_store && new.datum.is_ok() && new.place == old.place;
    (is_other || is_store).then_some(Changed {
        pos: touch.pos,
        frame: touch.frame,
        is_again: !is_other,
        late: new.late.filter(|_| is_other),
    })
}

/// The last change of a subject at or before `from` and after `low`.
pub(crate) fn backward(
    timeline: &Timeline,
    subject: &Subject,
    from: Pos,
    low: Option<Pos>,
    interrupt: &AtomicBool,
) -> Result<Option<Changed>> {
    let trace = timeline.trace();
    let low = low.map_or(0, |low| low.0 + 1);
    let mut followed = Followed::default();
    let (seen, list) = subject.see(trace, &*timeline.state_at(from)?)?;
    followed.set(list, seen.place);
    let mut until = from.0 + 1;
    let infos: Vec<ChunkInfo> = timeline.between(low, until).copied().collect();
    for info in infos.iter().rev() {
        let mut tried = 0;
        let mut candidates: Option<Vec<Touch>> = None;
        loop {
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            if candidates.is_none() {
                if !followed.filter.lets(trace, info)? {
                    break;
                }
                timeline.progress(info);
                let mut all = trace.chunk(info.id)?.changes(followed.spots())?;
                all.retain(|touch| touch.pos.0 >= low && touch.pos.0 < until);
                candidates = Some(all);
            }
            let Some(touch) = candidates.as_mut().and_then(Vec::pop) else {
                break;
            };
            if tried == TRIED {
                // One pass over the rest of the chunk costs less than a look at each.
                let (found, list, place) =
                    last_between(timeline, subject, info, (low, until), interrupt)?;
                if found.is_some() {
                    return Ok(found);
                }
                until = info.first.0;
                followed.set(list, place);
                break;
            }
            tried += 1;
            let (new, _) = subject.see(trace, &*timeline.state_at(touch.pos)?)?;
            let (old, list) = subject.see(trace, &*timeline.state_before(touch.pos)?)?;
            if let Some(changed) = changed(touch, &old, &new) {
                return Ok(Some(changed));
            }
            until = touch.pos.0;
            if followed.set(list, old.place) {
                candidates = None;
            }
        }
    }
    Ok(None)
}

/// The last change of a subject in a chunk, between two positions, found in one pass; and what it looks at
/// when the chunk begins.
fn last_between(
    timeline: &Timeline,
    subject: &Subject,
    info: &ChunkInfo,
    (low, until): (u64, u64),
    interrupt: &AtomicBool,
) -> Result<(Option<Changed>, Vec<Spot>, Option<Spot>)> {
    let trace = timeline.trace();
    let chunk = trace.chunk(info.id)?;
    let mut state = chunk.start()?;
    let (mut old, list) = subject.see(trace, &state)?;
    let place = old.place;
    let mut followed = Followed::default();
    followed.set(list.clone(), place);
    let mut walk = chunk.walk()?;
    let mut found = None;
    while let Some(touch) = walk.next(followed.spots())? {
        if touch.pos.0 >= until {
            break;
        }
        if interrupt.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        chunk.advance(&mut state, touch.pos)?;
        let (new, list) = subject.see(trace, &state)?;
        followed.set(list, new.place);
        if touch.pos.0 >= low {
            found = changed(touch, &old, &new).or(found);
        }
        old = new;
    }
    Ok((found, list, place))
}

/// The step that made a change: the last line that the frame which ran then had begun, or the call
/// if it had begun none; the event itself if that, or every line, was not recorded, or if the change was
/// found late.
pub(crate) fn doer(timeline: &Timeline, changed: Changed, interrupt: &AtomicBool) -> Result<Pos> {
    if !timeline.trace().has_lines() || changed.late.is_some() {
        return Ok(changed.pos);
    }
    let last_line = |frame: FrameId, kinds: &dyn Fn(EventKind) -> bool| {
        timeline.find(
            Some(changed.pos),
            Direction::Backward,
            &Filter::Frames(vec![frame]),
            interrupt,
            &mut |_, event| event.frame == frame && kinds(event.kind),
            None,
        )
    };
    if let Some(found) = last_line(changed.frame, &|kind| kind == EventKind::Line)? {
        return Ok(found);
    }
    let state = timeline.state_at(changed.pos)?;
    let caller = state.stacks.iter().find_map(|(_, stack)| {
        let at = stack
            .iter()
            .position(|frame| frame.info.frame == changed.frame)?;
        stack.get(at.checked_sub(1)?)
    });
    if let Some(caller) = caller
        && let Some(found) = last_line(caller.info.frame, &|kind| kind == EventKind::Line)?
    {
        return Ok(found);
    }
    Ok(changed.pos)
}

mod subject;
#[cfg(test)]
mod tests;

pub(crate) use subject::{Seen, Subject};
