//! The chunks that a search goes through, one after another in its direction.

use std::collections::VecDeque;
use std::slice::Iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use schema::{Chunk, ChunkInfo};

use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::sieve::Sieve;
use crate::timeline::{Direction, Timeline};

/// How many chunks are asked of the filter to find the next one to decode.
const LOOK_AHEAD: usize = 16;
/// More cores than this would wait for the file.
const MOST_THREADS: usize = 8;
/// How many chunks a thread sifts at most before the search goes on.
const SIFTED: usize = 4;

/// What a search has still to look into.
pub(crate) struct Ahead<'t> {
    timeline: &'t Timeline,
    direction: Direction,
    chunks: Iter<'t, ChunkInfo>,
    filter: &'t Filter,
    sieve: Option<&'t Sieve<'t>>,
    interrupt: &'t AtomicBool,
    /// Chunks that the sieve let through.
    sifted: VecDeque<&'t ChunkInfo>,
    /// How many chunks to sift next; none before the first chunk was looked into, as most searches
    /// end where they begin.
    batch: usize,
}

impl<'t> Ahead<'t> {
    /// The chunks with positions from `low` to before `high`.
    pub(crate) fn new(
        timeline: &'t Timeline,
        (low, high): (u64, u64),
        direction: Direction,
        filter: &'t Filter,
        sieve: Option<&'t Sieve<'t>>,
        interrupt: &'t AtomicBool,
    ) -> Ahead<'t> {
        Ahead {
            timeline,
            direction,
            chunks: timeline.between(low, high),
            filter,
            sieve,
            interrupt,
            sifted: VecDeque::new(),
            batch: 0,
        }
    }

    /// The next chunk that may hold what is looked for.
    pub(crate) fn next(&mut self) -> Result<Option<(&'t ChunkInfo, Arc<Chunk>)>> {
        let sieve = self.sieve.filter(|_| self.batch > 0);
        let info = match sieve {
            Some(sieve) => self.next_sifted(sieve)?,
            None => self.next_info()?,
        };
        let Some(info) = info else {
            return Ok(None);
        };
        self.timeline.progress(info);
        let trace = self.timeline.trace();
        let chunk = trace.chunk(info.id)?;
        if self.batch > 0 && sieve.is_none() {
            match self.direction {
                Direction::Forward => self.prefetch(self.chunks.clone())?,
                Direction::Backward => self.prefetch(self.chunks.clone().rev())?,
            }
        }
        self.batch = self.batch.max(1);
        Ok(Some((info, chunk)))
    }

    /// The next one that the filter lets through.
    fn next_info(&mut self) -> Result<Option<&'t ChunkInfo>> {
        loop {
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let next = match self.direction {
                Direction::Forward => self.chunks.next(),
                Direction::Backward => self.chunks.next_back(),
            };
            let Some(info) = next else {
                return Ok(None);
            };
            if self.filter.lets(self.timeline.trace(), info)? {
                return Ok(Some(info));
            }
        }
    }

    /// The next one that the sieve lets through, too.
    fn next_sifted(&mut self, sieve: &Sieve<'_>) -> Result<Option<&'t ChunkInfo>> {
        while self.sifted.is_empty() {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let threads = threads.min(MOST_THREADS);
            self.batch = (self.batch * 2).min(threads * SIFTED);
            let mut batch = Vec::new();
            let mut packed = Vec::new();
            while batch.len() < self.batch
                && let Some(info) = self.next_info()?
            {
                packed.push(self.timeline.trace().reader().packed(info.id)?);
                batch.push(info);
            }
            let Some(first) = batch.first() else {
                return Ok(None);
            };
            self.timeline.progress(first);
            let lets = sieve.sift(&packed, threads);
            let passed = batch.into_iter().zip(lets).filter(|(_, lets)| *lets);
            self.sifted.extend(passed.map(|(info, _)| info));
        }
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        Ok(self.sifted.pop_front())
    }

    /// Has the next chunk decoded on another thread.
    fn prefetch(&self, ahead: impl Iterator<Item = &'t ChunkInfo>) -> Result<()> {
        self.timeline.prefetch(ahead.take(LOOK_AHEAD), self.filter)
    }
}
