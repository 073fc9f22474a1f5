//! A chunk: a keyframe and the operations after it, and where the events in them are.

use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, Op};
use crate::fold::Extent;
use crate::ids::{ChunkId, FrameId, Pos};
use crate::places::{Places, Walk};
use crate::state::State;
use crate::touches::Spots;

/// Where a chunk lies, without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkInfo {
    /// Its number.
    pub id: ChunkId,
    /// Position of its first event.
    pub first: Pos,
    /// How many events it holds.
    pub events: u64,
    /// Of these, lines.
    pub lines: u64,
    /// Bit n is set when it holds an event of kind number n.
    pub kinds: u64,
    /// Whether its line table is complete.
    pub sealed: bool,
}

impl ChunkInfo {
    /// Whether it may hold an event of this kind.
    #[must_use]
    pub fn may_hold(&self, kind: EventKind) -> bool {
        self.kinds & (1 << kind as u8) != 0
    }
}

/// A decoded chunk: its keyframe, its operations and where the events in them are.
#[derive(Debug)]
pub struct Chunk {
    /// Where it lies.
    pub info: ChunkInfo,
    keyframe: Vec<u8>,
    ops: Vec<u8>,
    /// Its events, in order.
    pub events: Vec<EventInfo>,
}

impl Chunk {
    /// A chunk from its bytes, if its events are where `info` says.
    pub(crate) fn new(info: ChunkInfo, keyframe: Vec<u8>, ops: Vec<u8>) -> Result<Chunk> {
        let mut places = Places::default();
        let located = places.walk(&keyframe, &mut Vec::new()).and_then(|()| {
            places.settle();
            let mut events = Vec::with_capacity(ops.len().min(info.events as usize));
            places.walk(&ops, &mut events).map(|()| events)
        });
        let events = located.map_err(|error| error.in_chunk(info.id))?;
        if events.len() as u64 != info.events {
            return Err(Error::Damaged(
                info.id.0,
                "its events are not as many as promised",
            ));
        }
        Ok(Chunk {
            info,
            keyframe,
            ops,
            events,
        })
    }

    /// The state before its first event.
    pub fn start(&self) -> Result<State> {
        State::from_keyframe(self.info.first, &self.keyframe, Extent::Whole)
            .map_err(|error| error.in_chunk(self.info.id))
    }

    /// Moves `state`, which must be within this chunk or at its start, forward until the event
    /// at `pos` was applied.
    pub fn advance(&self, state: &mut State, pos: Pos) -> Result<()> {
        let done = state.next.0.saturating_sub(self.info.first.0);
        let at = match done.checked_sub(1) {
            None => 0,
            Some(last) => self
                .events
                .get(last as usize)
                .map_or(self.ops.len(), |e| e.end as usize),
        };
        let mut decoder = Decoder::new(&self.ops, at);
        while state.next <= pos {
            state
                .take_next(&mut decoder, Extent::Whole)
                .map_err(|error| error.in_chunk(self.info.id))?;
        }
        Ok(())
    }

    /// Looks for changes of spots from the chunk's first event on.
    pub fn walk(&self) -> Result<Walk<'_>> {
        let mut places = Places::default();
        places
            .walk(&self.keyframe, &mut Vec::new())
            .map_err(|error| error.in_chunk(self.info.id))?;
        places.settle();
        Ok(Walk::new(self.info, &self.ops, places))
    }

    /// The positions whose operations change one of the spots, and the frame that
    /// ran then.
    pub fn changes(&self, spots: &Spots) -> Result<Vec<(Pos, FrameId)>> {
        let mut walk = self.walk()?;
        let mut found = Vec::new();
        while let Some(change) = walk.next(spots)? {
            found.push(change);
        }
        Ok(found)
    }

    /// Calls `take` with each operation of the chunk and the position of the event it leads to.
    pub fn each_op(&self, mut take: impl FnMut(Pos, &Op)) -> Result<()> {
        let mut decoder = Decoder::new(&self.ops, 0);
        let mut pos = self.info.first;
        while let Some(op) = decoder.next_op()? {
            take(pos, &op);
            pos.0 += u64::from(op.event().is_some());
        }
        Ok(())
    }
}
