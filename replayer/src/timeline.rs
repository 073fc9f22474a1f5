//! The recorded run: the state at any position, and searches in either direction.
//!
//! Nothing is ever undone: going back is the nearest known state before, and forward from there.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use schema::{Allowance, Chunk, ChunkInfo, EventInfo, Pos, State, ThreadId};

use crate::ahead::Ahead;
use crate::error::{Error, Result};
pub(crate) use crate::filter::Filter;
use crate::sieve::Sieve;
use crate::trace::Trace;

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end of the run.
    Forward,
    /// Towards its start.
    Backward,
}

/// How many states are kept, as long as they take no more bytes than this.
const KEPT: usize = 24;
const KEPT_BYTES: u64 = 64 << 20;

/// A long fold leaves states behind at these distances before its end, so that stepping back from
/// there is short.
const WAYPOINTS: [u64; 4] = [8192, 1024, 128, 16];

/// Decides on an event from what stands in it alone.
pub(crate) type Wants<'a> = dyn FnMut(Pos, &EventInfo) -> bool + 'a;
/// Decides on an event that was wanted, with the state at it.
pub(crate) type Check<'a> = dyn FnMut(&State, Pos, &EventInfo) -> Result<bool> + 'a;

/// The recorded run, immutable, with random access.
pub(crate) struct Timeline {
    trace: Trace,
    /// The most recently used last, with the bytes that each adds to the one before.
    states: RefCell<Vec<(Arc<State>, u64)>>,
    searched: Arc<AtomicU32>,
}

impl Timeline {
    pub(crate) fn open(path: &Path, allowance: Allowance) -> Result<Timeline> {
        Ok(Timeline {
            trace: Trace::open(path, allowance)?,
            states: RefCell::default(),
            searched: Arc::default(),
        })
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Where an event stands.
    pub(crate) fn event(&self, pos: Pos) -> Result<EventInfo> {
        let chunk = self.chunk_at(pos)?;
        event_in(&chunk, pos).copied().ok_or_else(|| no_such(pos))
    }

    /// The first step; chunks that cannot be read are passed over as long as another can.
    pub(crate) fn first_step(&self) -> Result<Option<Pos>> {
        let mut damage = None;
        for info in self.trace.chunks() {
            match self.trace.chunk(info.id) {
                Ok(chunk) => {
                    let mut events = (info.first.0..).zip(&chunk.events);
                    if let Some((pos, _)) = events.find(|(_, event)| event.kind.is_step()) {
                        return Ok(Some(Pos(pos)));
                    }
                }
                Err(error) => {
                    damage.get_or_insert(error);
                }
            }
        }
        damage.map_or(Ok(None), Err)
    }

    /// The event before a position in its thread.
    pub(crate) fn before(&self, pos: Pos, thread: ThreadId) -> Result<Option<EventInfo>> {
        for info in self.between(0, pos.0).rev() {
            if !Filter::Thread(thread).lets(&self.trace, info)? {
                continue;
            }
            let chunk = self.trace.chunk(info.id)?;
            let held = usize::try_from(pos.0 - info.first.0).unwrap_or(usize::MAX);
            let mut earlier = chunk.events.iter().take(held).rev();
            if let Some(found) = earlier.find(|event| event.thread == thread) {
                return Ok(Some(*found));
            }
        }
        Ok(None)
    }

    fn chunk_at(&self, pos: Pos) -> Result<Arc<Chunk>> {
        self.trace.chunk_at(pos)?.ok_or_else(|| no_such(pos))
    }

    /// The state before an event.
    pub(crate) fn state_before(&self, pos: Pos) -> Result<Arc<State>> {
        if pos > self.trace.reader().first() {
            return self.state_at(Pos(pos.0 - 1));
        }
        // Nothing, or what the trace began with if it is the last part of a run.
        let first = self.trace.chunks().first().ok_or_else(|| no_such(pos))?;
        Ok(Arc::new(self.trace.chunk(first.id)?.start()?))
    }

    /// The state once the event at `pos` has happened.
    pub(crate) fn state_at(&self, pos: Pos) -> Result<Arc<State>> {
        let chunk = self.chunk_at(pos)?;
        let first = chunk.info.first;
        let base = {
            let mut kept = self.states.borrow_mut();
            let best = (0..kept.len())
                .filter(|&at| kept[at].0.next > first && kept[at].0.next.0 <= pos.0 + 1)
                .max_by_key(|&at| kept[at].0.next);
            best.map(|at| {
                let (state, bytes) = kept.remove(at);
                kept.push((state.clone(), bytes));
                state
            })
        };
        let mut state = match base {
            Some(state) if state.next.0 == pos.0 + 1 => return Ok(state),
            Some(state) => State::clone(&state),
            None => chunk.start()?,
        };
        for distance in WAYPOINTS {
            if let Some(stop) = pos.0.checked_sub(distance)
                && stop > state.next.0 + distance
            {
                chunk.advance(&mut state, Pos(stop))?;
                self.keep(Arc::new(state.clone()));
            }
        }
        chunk.advance(&mut state, pos)?;
        let state = Arc::new(state);
        self.keep(state.clone());
        Ok(state)
    }

    fn keep(&self, state: Arc<State>) {
        let mut kept = self.states.borrow_mut();
        kept.retain(|(other, _)| other.next != state.next);
        let bytes = state.bytes_beside(kept.last().map(|(other, _)| &**other));
        let mut all = bytes + kept.iter().map(|(_, bytes)| bytes).sum::<u64>();
        kept.push((state, bytes));
        while kept.len() > KEPT || kept.len() > 1 && all > KEPT_BYTES {
            all -= kept.remove(0).1;
        }
    }

    /// The nearest event after (or before) `from` that `wants` names and, if given, `check`
    /// confirms on the state there, which a sieve may have ruled out for whole chunks.
    pub(crate) fn find(
        &self,
        from: Option<Pos>,
        direction: Direction,
        filter: &Filter,
        interrupt: &AtomicBool,
        wants: &mut Wants<'_>,
        mut check: Option<(&mut Check<'_>, &Sieve<'_>)>,
    ) -> Result<Option<Pos>> {
        let range = match (direction, from) {
            (Direction::Forward, Some(from)) => (from.0 + 1, self.trace.end().0),
            (Direction::Backward, Some(from)) => (0, from.0),
            (_, None) => (0, self.trace.end().0),
        };
        let sieve = check.as_ref().map(|(_, sieve)| *sieve);
        let mut ahead = Ahead::new(self, range, direction, filter, sieve, interrupt);
        let (low, high) = range;
        while let Some((info, chunk)) = ahead.next()? {
            let range = low.max(info.first.0)..high.min(info.first.0 + info.events);
            let mut wanted = |pos: &u64| {
                event_in(&chunk, Pos(*pos)).is_some_and(|event| wants(Pos(*pos), event))
            };
            let found = match (&mut check, direction) {
                (None, Direction::Forward) => range.clone().find(&mut wanted).map(Pos),
                (None, Direction::Backward) => range.rev().find(&mut wanted).map(Pos),
                (Some((check, _)), _) => {
                    let wanted: Vec<u64> = range.filter(&mut wanted).collect();
                    self.check_all(&chunk, &wanted, direction, interrupt, *check)?
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first event between two positions that `wants` names.
    pub(crate) fn find_until(
        &self,
        after: Pos,
        until: Pos,
        filter: &Filter,
        interrupt: &AtomicBool,
        wants: &mut dyn FnMut(&EventInfo) -> bool,
    ) -> Result<Option<Pos>> {
        let mut is_over = false;
        let found = self.find(
            Some(after),
            Direction::Forward,
            filter,
            interrupt,
            &mut |pos, event| {
                is_over = pos >= until;
                is_over || wants(event)
            },
            None,
        )?;
        Ok(found.filter(|_| !is_over))
    }

    /// The chunks that hold positions from `low` to before `high`.
    pub(crate) fn between(&self, low: u64, high: u64) -> std::slice::Iter<'_, ChunkInfo> {
        let infos = self.trace.chunks();
        let begin = infos.partition_point(|info| info.first.0 + info.events <= low);
        let end = infos.partition_point(|info| info.first.0 < high);
        infos.get(begin..end).unwrap_or(&[]).iter()
    }

    /// Has the next chunk of a search decoded on another thread.
    pub(crate) fn prefetch<'i>(
        &self,
        ahead: impl Iterator<Item = &'i ChunkInfo>,
        filter: &Filter,
    ) -> Result<()> {
        for info in ahead {
            if filter.lets(&self.trace, info)? {
                return self.trace.prefetch(info.id);
            }
        }
        Ok(())
    }

    /// Says how far a search is.
    pub(crate) fn progress(&self, info: &ChunkInfo) {
        let share = info.first.0 * 1000 / self.trace.end().0.max(1);
        self.searched.store(share as u32, Ordering::Relaxed);
    }

    /// Where the present search is, in thousandths of the run.
    pub(crate) fn searched(&self) -> Arc<AtomicU32> {
        self.searched.clone()
    }

    /// Looks at candidates of one chunk. Going back, one pass forward over each stretch of
    /// candidates keeps the last that holds, so that no stretch is folded twice.
    fn check_all(
        &self,
        chunk: &Chunk,
        wanted: &[u64],
        direction: Direction,
        interrupt: &AtomicBool,
        check: &mut Check<'_>,
    ) -> Result<Option<Pos>> {
        let Some(&first) = wanted.first() else {
            return Ok(None);
        };
        if let (1, Direction::Backward) = (wanted.len(), direction) {
            let state = self.state_at(Pos(first))?;
            let event = event_in(chunk, Pos(first)).ok_or_else(|| no_such(Pos(first)))?;
            return Ok(check(&state, Pos(first), event)?.then_some(Pos(first)));
        }
        let mut state = State::clone(&*self.state_at(Pos(first))?);
        let mut found = None;
        for &pos in wanted {
            if interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let pos = Pos(pos);
            let event = event_in(chunk, pos).ok_or_else(|| no_such(pos))?;
            chunk.advance(&mut state, pos)?;
            if check(&state, pos, event)? {
                found = Some(pos);
                if direction == Direction::Forward {
                    break;
                }
            }
        }
        Ok(found)
    }
}

fn event_in(chunk: &Chunk, pos: Pos) -> Option<&EventInfo> {
    chunk
        .events
        .get(usize::try_from(pos.0.checked_sub(chunk.info.first.0)?).ok()?)
}

fn no_such(pos: Pos) -> Error {
    Error::NoSuch(format!("there is no position @{pos}"))
}
