//! The whole run at a glance: how many events of each thread in each stretch of it, how deep calls
//! were, and where exceptions were raised.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use schema::{ChunkInfo, EventKind, Pos};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::show::{self, Budget};

/// Of a longer trace, this many chunks are looked into, evenly spread.
const MOST_CHUNKS: usize = 150;
/// So many exceptions are described.
const MOST_RAISED: usize = 200;

/// A stretch of the run: of the positions from `from` on, up to `to` and without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Its first position.
    pub from: u64,
    /// One past its last.
    pub to: u64,
    /// How many events each thread had, by the thread's number.
    pub counts: BTreeMap<u32, u64>,
    /// How deep each thread's stack was at most.
    pub depth: BTreeMap<u32, u32>,
}

/// An exception where it was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The position.
    pub pos: u64,
    /// The number of the thread.
    pub thread: u32,
    /// The exception.
    pub value: String,
}

/// The whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Stretches of equal length, in order.
    pub buckets: Vec<Bucket>,
    /// The exceptions that were looked at, in order.
    pub raised: Vec<Raised>,
    /// How many were seen.
    pub raised_total: u64,
    /// All of the trace was looked into; else counts are estimates and exceptions a part.
    pub is_exact: bool,
}

impl Debugger {
    /// The run in so many stretches.
    pub fn overview(&self, buckets: usize) -> Result<Overview> {
        let trace = self.timeline.trace();
        let (first, events) = (self.first_position().0, self.events());
        let count = (buckets as u64).clamp(1, events.max(1));
        let edge =
            |at: u64| first + (u128::from(events) * u128::from(at) / u128::from(count)) as u64;
        let mut all: Vec<Bucket> = (0..count)
            .map(|at| Bucket {
                from: edge(at),
                to: edge(at + 1),
                ..Bucket::default()
            })
            .collect();
        let infos = trace.chunks();
        let step = infos.len().div_ceil(MOST_CHUNKS).max(1);
        let mut raises: Vec<(Pos, u32)> = Vec::new();
        let mut raised_total = 0;
        for info in infos.iter().step_by(step) {
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let chunk = trace.chunk(info.id)?;
            let mut was_unwinding = BTreeMap::new();
            for (pos, event) in (info.first.0..).zip(&chunk.events) {
                let at = all.partition_point(|bucket| bucket.to <= pos);
                let Some(bucket) = all.get_mut(at) else { break };
                *bucket.counts.entry(event.thread.0).or_default() += 1;
                let depth = bucket.depth.entry(event.thread.0).or_default();
                *depth = event.depth.saturating_add(1).max(*depth);
                let was = was_unwinding.insert(event.thread, event.kind == EventKind::Unwind);
                if event.kind == EventKind::Raise && was != Some(true) {
                    raised_total += 1;
                    raises.push((Pos(pos), event.thread.0));
                }
            }
        }
        if step > 1 {
            spread(&mut all, infos, step);
        }
        let every = raises.len().div_ceil(MOST_RAISED).max(1);
        let raises = raises.into_iter().step_by(every);
        Ok(Overview {
            buckets: all,
            raised: raises
                .map(|(pos, thread)| self.raised_at(pos, thread))
                .collect::<Result<_>>()?,
            raised_total,
            is_exact: step == 1,
        })
    }

    fn raised_at(&self, pos: Pos, thread: u32) -> Result<Raised> {
        let state = self.timeline.state_at(pos)?;
        let value = match &state.event {
            Some((_, Some(value))) => {
                show::value(self.timeline.trace(), &state, value, Budget::BRIEF)?
            }
            _ => "?".into(),
        };
        Ok(Raised {
            pos: pos.0,
            thread,
            value,
        })
    }
}

/// Fills what was not looked into with what the nearest part before it that was looks like.
fn spread(buckets: &mut [Bucket], infos: &[ChunkInfo], step: usize) {
    let mut last = Bucket::default();
    let is_sampled = |bucket: &Bucket| {
        infos
            .iter()
            .step_by(step)
            .any(|info| info.first.0 < bucket.to && bucket.from < info.first.0 + info.events)
    };
    for bucket in buckets {
        if !is_sampled(bucket) {
            bucket.counts.clone_from(&last.counts);
            bucket.depth.clone_from(&last.depth);
            continue;
        }
        // What was seen of it stands for all of it.
        let seen: u64 = bucket.counts.values().sum();
        let length = bucket.to - bucket.from;
        for count in bucket.counts.values_mut() {
            *count = (u128::from(*count) * u128::from(length) / u128::from(seen.max(1))) as u64;
        }
        last = bucket.clone();
    }
}
