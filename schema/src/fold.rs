//! A chunk's states one after another, in one pass over its bytes.

use crate::chunk::ChunkInfo;
use crate::decode::Decoder;
use crate::error::Result;
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
    state: State,
    ops: Vec<u8>,
    /// How many of the bytes are applied.
    at: usize,
}

impl Fold {
    pub(crate) fn new(
        info: ChunkInfo,
        keyframe: &[u8],
        ops: Vec<u8>,
        extent: Extent,
    ) -> Result<Fold> {
        let state = State::from_keyframe(info.first, keyframe, extent);
        Ok(Fold {
            info,
            extent,
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
        self.advance()
            .map_err(|error| error.in_chunk(self.info.id))?;
        Ok(true)
    }

    #[inline]
    fn advance(&mut self) -> Result<()> {
        let mut decoder = Decoder::new(&self.ops, self.at);
        let next = self.state.next;
        while self.state.next == next {
            self.state.take_next(&mut decoder, self.extent)?;
        }
        self.at = decoder.position();
        Ok(())
    }
}
