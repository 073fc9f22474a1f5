//! A chunk: a keyframe and the operations after it, and where the events in them are.

use std::sync::Arc;

use crate::allowance::{Meter, too_large};
use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, Op};
use crate::facts::Facts;
use crate::fold::Extent;
use crate::ids::{ChunkId, Pos};
use crate::places::{Check, Places, Touch, Walk};
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
    facts: Arc<Facts>,
    meter: Arc<Meter>,
    keyframe: Vec<u8>,
    ops: Vec<u8>,
    /// Its events, in order.
    pub events: Vec<EventInfo>,
}

impl Chunk {
    /// A chunk from its bytes, if its events are where `info` says and all that it names is there.
    pub(crate) fn new(
        info: ChunkInfo,
        (facts, meter): (&Arc<Facts>, &Arc<Meter>),
        keyframe: Vec<u8>,
        ops: Vec<u8>,
    ) -> Result<Chunk> {
        let located = Self::locate(&info, facts, meter, &keyframe, &ops);
        let events = located.map_err(|error| error.in_chunk(info.id))?;
        if events.len() as u64 != info.events {
            return Err(Error::Damaged(
                info.id.0,
                "its events are not as many as promised",
            ));
        }
        Ok(Chunk {
            info,
            facts: facts.clone(),
            meter: meter.clone(),
            keyframe,
            ops,
            events,
        })
    }

    fn locate(
        info: &ChunkInfo,
        facts: &Facts,
        meter: &Meter,
        keyframe: &[u8],
        ops: &[u8],
    ) -> Result<Vec<EventInfo>> {
        let count = ops
            .len()
            .min(usize::try_from(info.events).unwrap_or(usize::MAX));
        let room = left(meter, keyframe, ops, count)?;
        meter.work((2 * count + (keyframe.len() + ops.len()) / 4) as u64)?;
        let mut places = Places::held_to(Check { facts, meter, room });
        places.walk(keyframe, &mut Vec::new(), u64::MAX)?;
        places.settle();
        let mut events = Vec::with_capacity(count);
        places.walk(ops, &mut events, info.events)?;
        Ok(events)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let events = self.events.capacity() * size_of::<EventInfo>();
        (self.keyframe.len() + self.ops.len() + events) as u64
    }

    /// The state before its first event.
    pub fn start(&self) -> Result<State> {
        let room = left(&self.meter, &self.keyframe, &self.ops, self.events.len());
        let decoder = Decoder::new(&self.keyframe, 0).knowing(&self.facts, &self.meter);
        let first = self.info.first;
        let held_to = (&self.facts, &self.meter);
        room.and_then(|room| State::before(first, decoder, Extent::Whole, (held_to, room)))
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
        let mut decoder = Decoder::new(&self.ops, at).knowing(&self.facts, &self.meter);
        let steps = (pos.0 + 1).saturating_sub(state.next.0);
        self.meter.work(steps.saturating_mul(WORK_A_STEP))?;
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
        self.meter
            .work(self.events.len() as u64 + (self.keyframe.len() / 4) as u64)?;
        places
            .walk(&self.keyframe, &mut Vec::new(), u64::MAX)
            .map_err(|error| error.in_chunk(self.info.id))?;
        places.settle();
        Ok(Walk::new(self.info, &self.ops, places))
    }

    /// The events that find one of the spots touched.
    pub fn changes(&self, spots: &Spots) -> Result<Vec<Touch>> {
        let mut walk = self.walk()?;
        let mut found = Vec::new();
        while let Some(change) = walk.next(spots)? {
            found.push(change);
        }
        Ok(found)
    }

    /// Calls `take` with each operation of the chunk and the position of the event it leads to.
    pub fn each_op(&self, mut take: impl FnMut(Pos, &Op)) -> Result<()> {
        each_op(&self.ops, self.info.first, &mut take)
    }
}

/// Calls `take` with each of a chunk's operations.
pub(crate) fn each_op(ops: &[u8], first: Pos, take: &mut dyn FnMut(Pos, &Op)) -> Result<()> {
    let mut decoder = Decoder::new(ops, 0);
    let mut pos = first;
    while let Some(op) = decoder.next_op()? {
        take(pos, &op);
        pos.0 += u64::from(op.event().is_some());
    }
    Ok(())
}

/// Work of going to the next event with all its values.
pub(crate) const WORK_A_STEP: u64 = 16;

/// How many bytes a chunk of these bytes, and so many noted events, leaves to its states.
pub(crate) fn left(meter: &Meter, keyframe: &[u8], ops: &[u8], events: usize) -> Result<u64> {
    let own = keyframe.len() + ops.len() + events * size_of::<EventInfo>();
    meter.chunk().checked_sub(own as u64).ok_or_else(too_large)
}
