//! A state as operations, and back.

use std::sync::Arc;

use super::State;
use super::room::Room;
use crate::allowance::Meter;
use crate::decode::Decoder;
use crate::encode;
use crate::error::{Error, Result};
use crate::event::{EventKind, Op};
use crate::facts::Facts;
use crate::fold::Extent;
use crate::ids::{FrameId, IdMap, Pos};
use crate::state::Frame;
use crate::value::Value;

impl State {
    /// The operations that build this state from an empty one, encoded: a keyframe.
    #[must_use]
    pub fn keyframe(&self) -> Vec<u8> {
        // A frame that the last event left is in the keyframe what the next operation makes of it.
        let leaving = match self.event {
            Some((kind, _)) if kind.leaves() => Some(kind),
            _ => None,
        };
        let is_yielding = leaving == Some(EventKind::Yield);
        let yielding = self.top().filter(|_| is_yielding);
        let mut out = Vec::new();
        // In order of number: the same run gives the same bytes, and they compress better.
        for (id, object) in in_order(&self.objects) {
            encode::object(&mut out, id, object);
        }
        // One that yields now stands among those that did before: in the next chunk it is one of them.
        let mut suspended: Vec<&Frame> = self.suspended.values().chain(yielding).collect();
        suspended.sort_unstable_by_key(|frame| frame.info.frame);
        for frame in suspended {
            encode::push(&mut out, &frame.info);
            slots(&mut out, frame);
            // As after any yield, the frame is suspended from the next operation on.
            encode::op(&mut out, &Op::Yield(Value::None));
        }
        for (id, stack) in self.stacks.iter() {
            encode::thread(&mut out, id);
            let leaves = leaving.is_some() && id == self.stacks.running();
            let running = stack.len().saturating_sub(usize::from(leaves));
            for frame in stack.iter().take(running) {
                encode::push(&mut out, &frame.info);
                slots(&mut out, frame);
            }
        }
        encode::thread(&mut out, self.stacks.running());
        encode::time(&mut out, self.time);
        out
    }

    /// The state before event `next`, from a keyframe of which nothing is known.
    pub fn from_keyframe(next: Pos, keyframe: &[u8], extent: Extent) -> Result<State> {
        State::new(next).restored(Decoder::new(keyframe, 0), extent)
    }

    /// The state before a chunk's first event, within the room that the chunk leaves it.
    pub(crate) fn before(
        next: Pos,
        keyframe: Decoder<'_>,
        extent: Extent,
        (held_to, room): ((&Arc<Facts>, &Arc<Meter>), u64),
    ) -> Result<State> {
        let mut state = State::new(next);
        state.room = Room::new(held_to, room);
        let mut state = state.restored(keyframe, extent)?;
        state.settle_room();
        Ok(state)
    }

    fn restored(mut self, mut decoder: Decoder<'_>, extent: Extent) -> Result<State> {
        let next = self.next;
        while !decoder.is_at_end() {
            self.take_next(&mut decoder, extent)?;
        }
        self.next = next;
        self.stacks.forget_zero();
        Ok(self)
    }

    /// Applies the next operation of a decoder, the most frequent ones without building them.
    #[inline]
    pub(crate) fn take_next(&mut self, decoder: &mut Decoder<'_>, extent: Extent) -> Result<()> {
        if let Some(line) = decoder.next_line() {
            return self.apply_line(line).map(drop);
        }
        if self.take_set(decoder)?.is_some() {
            return self.within();
        }
        if extent == Extent::Stacks && decoder.skip_of_object()? {
            self.settle();
            return Ok(());
        }
        let start = decoder.position();
        match decoder.next_op()? {
            Some(op) => self.apply(op)?,
            None => return Err(Error::Malformed("fewer events than promised")),
        };
        self.room.grow(decoder.position() - start);
        self.within()
    }

    /// Applies the next operation of a decoder if it is a whole `Op::Set`, without an operation
    /// being built; says of which frame and slot.
    #[inline]
    pub(crate) fn take_set(&mut self, decoder: &mut Decoder<'_>) -> Result<Option<(FrameId, u32)>> {
        // A value goes into its place straight from registers. One that is put together elsewhere
        // and moved as a whole waits until its parts have arrived there.
        let start = decoder.position();
        let set = if let Some((slot, number)) = decoder.next_set_of_number() {
            let (place, frame) = self.place_to_set(slot)?;
            *place = Some(number);
            (frame, slot)
        } else if let Some((slot, value)) = decoder.next_set() {
            let (place, frame) = self.place_to_set(slot)?;
            *place = Some(value);
            self.room.grow(decoder.position() - start);
            (frame, slot)
        } else {
            return Ok(None);
        };
        Ok(Some(set))
    }

    /// Compares what the state says, not how it was reached: whether the last event's value is
    /// still known does not matter.
    #[must_use]
    pub fn same(&self, other: &State) -> bool {
        let mut a = self.clone();
        let mut b = other.clone();
        a.settle();
        b.settle();
        a == b
    }
}

fn in_order<K: Copy + Ord, V>(map: &IdMap<K, V>) -> Vec<(K, &V)> {
    let mut all: Vec<(K, &V)> = map.iter().map(|(id, item)| (*id, item)).collect();
    all.sort_unstable_by_key(|(id, _)| *id);
    all
}

fn slots(out: &mut Vec<u8>, frame: &Frame) {
    for (slot, cell) in &frame.cells {
        encode::cell(out, *slot, *cell);
    }
    for (slot, value) in frame.slots.iter().enumerate() {
        if let Some(value) = value {
            encode::set_head(out, slot as u32);
            encode::value(out, value);
        }
    }
}
