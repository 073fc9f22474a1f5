//! Which chunks no breakpoint can stop in, found out on all cores: a search looks into the others.
//!
//! What passes is not yet a hit. The sieve knows nothing of the events before a chunk, and reads
//! objects only if a condition asks for them; a chunk that it holds back has no hit for certain.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use schema::{EventKind, Extent, Facts, Frame, FrameId, IdMap, PackedChunk, Pos, State, ThreadId};

use crate::breakpoint::{Breakpoint, Location, Wanted};
use crate::condition::Truth;
use crate::error::{Error, Result};

/// Holds back chunks without a hit.
pub(crate) struct Sieve<'s> {
    facts: &'s Facts,
    breakpoints: &'s [&'s Breakpoint],
    interrupt: &'s AtomicBool,
    /// Whether conditions were seen to ask for objects.
    reads_objects: AtomicBool,
}

impl<'s> Sieve<'s> {
    /// A sieve for these breakpoints, none of which watches.
    pub(crate) fn new(
        facts: &'s Facts,
        breakpoints: &'s [&'s Breakpoint],
        interrupt: &'s AtomicBool,
    ) -> Sieve<'s> {
        let reads = |b: &&Breakpoint| matches!(b.location, Location::Raise(Wanted::Class(_)));
        Sieve {
            facts,
            breakpoints,
            interrupt,
            reads_objects: AtomicBool::new(breakpoints.iter().any(reads)),
        }
    }

    /// Which of the chunks may hold a hit, in their order.
    pub(crate) fn sift(&self, chunks: &[PackedChunk], threads: usize) -> Vec<bool> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((chunk.info().id, self.lets(chunk)));
            }
            done
        };
        let mut done = Vec::new();
        std::thread::scope(|scope| {
            // A thread that cannot be had is made up for by this one.
            let others: Vec<_> = (1..threads.min(chunks.len()))
                .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            done.extend(work());
            for other in others {
                done.extend(other.join().unwrap_or_default());
            }
        });
        // What nobody looked at may hold anything.
        let lets = |chunk: &PackedChunk| done.iter().find(|(id, _)| *id == chunk.info().id);
        let lets = chunks.iter().map(lets);
        lets.map(|found| found.is_none_or(|(_, lets)| *lets))
            .collect()
    }

    /// Whether a chunk may hold a hit. One that is damaged may: who looks into it will say so.
    fn lets(&self, chunk: &PackedChunk) -> bool {
        if !self.reads_objects.load(Ordering::Relaxed) {
            match self.find(chunk, Extent::Stacks) {
                Ok(Found::Unknown) => self.reads_objects.store(true, Ordering::Relaxed),
                found => return !matches!(found, Ok(Found::None)),
            }
        }
        !matches!(self.find(chunk, Extent::Whole), Ok(Found::None))
    }

    fn find(&self, chunk: &PackedChunk, extent: Extent) -> Result<Found> {
        let missing = Cell::new(false);
        let missing = (extent == Extent::Stacks).then_some(&missing);
        let mut fold = chunk.fold(extent)?;
        let mut beginning = self.beginning(fold.state());
        while fold.step()? {
            let state = fold.state();
            let (Some((kind, _)), Some(frame)) = (&state.event, state.top()) else {
                continue;
            };
            let (pos, code, line) = (Pos(state.next.0 - 1), frame.info.code, frame.info.line);
            let is_first_line = beginning
                .as_mut()
                .is_some_and(|frames| is_first_line(frames, *kind, state.stacks.running(), frame));
            for breakpoint in self.breakpoints {
                let is_function = matches!(breakpoint.location, Location::Function(_));
                if is_function && !is_first_line || !breakpoint.may_want(pos, *kind, code, line) {
                    continue;
                }
                if self.interrupt.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                let holds = breakpoint.holds(self.facts, state, missing);
                if missing.is_some_and(Cell::get) {
                    return Ok(Found::Unknown);
                }
                if holds? != Truth::False {
                    return Ok(Found::Perhaps);
                }
            }
        }
        Ok(Found::None)
    }

    /// The frame of each thread that may not have come to its first line, if that matters.
    fn beginning(&self, state: &State) -> Option<IdMap<ThreadId, FrameId>> {
        let is_function = |b: &&Breakpoint| matches!(b.location, Location::Function(_));
        let top = |(id, stack): (ThreadId, &[Frame])| stack.last().map(|top| (id, top.info.frame));
        let matters = self.breakpoints.iter().any(is_function);
        matters.then(|| state.stacks.iter().filter_map(top).collect())
    }
}

/// Whether an event may be the first line of its frame.
fn is_first_line(
    beginning: &mut IdMap<ThreadId, FrameId>,
    kind: EventKind,
    thread: ThreadId,
    frame: &Frame,
) -> bool {
    let frame = frame.info.frame;
    if kind == EventKind::Start {
        beginning.insert(thread, frame);
    }
    kind == EventKind::Line
        && beginning.get(&thread) == Some(&frame)
        && beginning.remove(&thread).is_some()
}

/// What a look through a chunk found.
enum Found {
    /// No hit.
    None,
    /// What may be one.
    Perhaps,
    /// A condition asked for objects, and they were left out.
    Unknown,
}
