//! A chunk's states one after another, in one pass over its bytes.

use std::sync::Arc;

use crate::allowance::Meter;
use crate::chunk::{ChunkInfo, WORK_A_STEP, each_op, left};
use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::Op;
use crate::facts::Facts;
use crate::ids::Pos;
use crate::state::State;

/// How much of the states a fold keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All there is.
    Whole,
    /// Threads, frames and their variables; of objects nothing but the numbers in variables.
    Stacks,
}

/// Goes from event to event of a chunk. Nothing is kept of where events are: who looks at each
/// state once gets it at half the price of a [`Chunk`](crate::Chunk).
#[derive(Debug)]
pub struct Fold {
    info: ChunkInfo,
    extent: Extent,
    facts: Arc<Facts>,
    meter: Arc<Meter>,
    state: State,
    ops: Vec<u8>,
    /// How many of the bytes are applied.
    at: usize,
}

/// How many events go by before the meter is told.
const TOLD: u64 = 1 << 12;

impl Fold {
    pub(crate) fn new(
        info: ChunkInfo,
        (facts, meter): (&Arc<Facts>, &Arc<Meter>),
        keyframe: &[u8],
        ops: Vec<u8>,
        extent: Extent,
    ) -> Result<Fold> {
        let decoder = Decoder::new(keyframe, 0).knowing(facts, meter);
        let state = meter
            .work(((keyframe.len() + ops.len()) / 4) as u64)
            .and_then(|()| left(meter, keyframe, &ops, 0))
            .and_then(|room| State::before(info.first, decoder, extent, ((facts, meter), room)));
        Ok(Fold {
            info,
            extent,
            facts: facts.clone(),
            meter: meter.clone(),
            state: state.map_err(|error| error.in_chunk(info.id))?,
            ops,
            at: 0,
        })
    }

    /// The state after the last event that [`step`](Self::step) came to, at first that before all.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Goes to the next event; `false` after the chunk's last.
    pub fn step(&mut self) -> Result<bool> {
        if self.state.next.0 == self.info.first.0 + self.info.events {
            return Ok(false);
        }
        if self.state.next.0.is_multiple_of(TOLD) {
            self.meter.work(TOLD * WORK_A_STEP)?;
        }
        self.advance()
            .map_err(|error| error.in_chunk(self.info.id))?;
        Ok(true)
    }

    #[inline]
    fn advance(&mut self) -> Result<()> {
        let mut decoder = Decoder::new(&self.ops, self.at).knowing(&self.facts, &self.meter);
        let next = self.state.next;
        while self.state.next == next {
            self.state.take_next(&mut decoder, self.extent)?;
        }
        self.at = decoder.position();
        Ok(())
    }
    /// That nothing follows the chunk's last event.
    pub fn ends(&self) -> Result<()> {
        let mut decoder = Decoder::new(&self.ops, self.at).knowing(&self.facts, &self.meter);
        while let Some(op) = decoder
            .next_op()
            .map_err(|error| error.in_chunk(self.info.id))?
        {
            if op.event().is_some() {
                let why = "its events are not as many as promised";
                return Err(Error::Damaged(self.info.id.0, why));
            }
        }
        Ok(())
    }

    /// Calls `take` with each operation of the chunk and the position of the event it leads to.
    pub fn each_op(&self, mut take: impl FnMut(Pos, &Op)) -> Result<()> {
        each_op(&self.ops, self.info.first, &mut take)
    }
}
