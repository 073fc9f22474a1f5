//! How much memory a state takes, and how much work it was, where a file that may be hostile says
//! what it holds. A recorder's own state is not measured.

use std::fmt;
use std::sync::Arc;

use super::{Frame, Object, State};
use crate::allowance::{self, Meter};
use crate::error::Result;
use crate::facts::Facts;
use crate::ids::ObjectId;
use crate::value::Value;

/// No byte of an operation makes more bytes of state than this: an object is four bytes, and takes
/// two hundred and a place in a table.
const BYTES_A_BYTE: usize = 64;
/// So many bytes are moved by a unit of work.
const BYTES_A_UNIT: usize = 128;
/// A state that has grown by so much since it was measured is measured again.
const STEP: u64 = 32 << 20;
/// A state of no more bytes is not looked at closely.
const SMALL: u64 = 1 << 20;
/// Work is counted here until it is so much.
const WORTH_TELLING: u64 = 1 << 16;

/// The measure of a state. All are equal: what a state costs is no part of what it says.
#[derive(Clone, Default)]
pub(crate) struct Room {
    /// Bytes it takes at most.
    used: u64,
    /// From how many on it is measured.
    next: u64,
    limit: u64,
    /// Work that the meter does not know of yet.
    moved: u64,
    meter: Option<Arc<Meter>>,
    /// What codes have how many variables.
    facts: Option<Arc<Facts>>,
}

impl PartialEq for Room {
    fn eq(&self, _: &Room) -> bool {
        true
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
    }
}

impl Room {
    pub(super) fn new((facts, meter): (&Arc<Facts>, &Arc<Meter>), limit: u64) -> Room {
        Room {
            facts: Some(facts.clone()),
            next: STEP.min(limit),
            limit,
            meter: Some(meter.clone()),
            ..Room::default()
        }
    }

    /// An operation of so many bytes was applied.
    #[inline]
    pub(super) fn grow(&mut self, bytes: usize) {
        self.used += (bytes * BYTES_A_BYTE) as u64;
    }

    /// A frame gets room for a variable that it has not had so far, and for those before it.
    pub(super) fn widen(&mut self, frame: &Frame, slot: u32) -> Result<()> {
        let slots = (slot as usize + 1).saturating_sub(frame.slots.len());
        self.used += (slots * 2 * size_of::<Option<Value>>()) as u64;
        match &self.facts {
            Some(facts) => facts.has_variable(frame.info.code, slot),
            None => Ok(()),
        }
    }

    /// So many things of a size were moved or looked at.
    #[inline]
    pub(super) fn moved(&mut self, count: usize, size: usize) {
        self.moved += (count.saturating_mul(size) / BYTES_A_UNIT) as u64;
    }

    /// A text of so many bytes was made by appending.
    #[inline]
    pub(super) fn joined(&mut self, bytes: usize) {
        self.used += bytes as u64;
        self.moved += (bytes / BYTES_A_UNIT) as u64;
    }

    #[inline]
    fn wants_a_look(&self) -> bool {
        (self.used > self.next || self.moved > WORTH_TELLING) && self.meter.is_some()
    }
}

impl State {
    /// Refuses to go on where the state has become too large, or cost too much.
    #[inline]
    pub(super) fn within(&mut self) -> Result<()> {
        match self.room.wants_a_look() {
            true => self.measure(),
            false => Ok(()),
        }
    }

    #[cold]
    fn measure(&mut self) -> Result<()> {
        let Some(meter) = self.room.meter.clone() else {
            return Ok(());
        };
        meter.work(std::mem::take(&mut self.room.moved))?;
        if self.room.used <= self.room.next {
            return Ok(());
        }
        let used = self.bytes();
        if used > self.room.limit {
            return Err(allowance::too_large());
        }
        self.room.used = used;
        self.room.next = (used + STEP.max(used / 2)).min(self.room.limit);
        if self.room.next - used < STEP / 4 {
            // Nearly full: not at each operation from now on.
            self.room.next = used + STEP / 4;
        }
        meter.work(used / BYTES_A_UNIT as u64)
    }

    /// Makes the measure exact, unless the state is small in any case.
    pub(super) fn settle_room(&mut self) {
        if self.room.used > SMALL {
            self.room.used = self.bytes();
        }
    }

    /// About how many bytes the state takes beside one that it may share objects with.
    #[must_use]
    pub fn bytes_beside(&self, other: Option<&State>) -> u64 {
        if self.room.used <= SMALL {
            return self.room.used;
        }
        let Some(other) = other else {
            return self.bytes();
        };
        let own = self.objects.iter().filter(|(id, object)| {
            let there = other.objects.get(id);
            there.is_none_or(|there| !Arc::ptr_eq(object, there))
        });
        let own: usize = own.map(|(_, object)| bytes_of_object(object)).sum();
        let running = self.stacks.iter().flat_map(|(_, stack)| stack);
        let frames = running.chain(self.suspended.values()).map(bytes_of_frame);
        (own + frames.sum::<usize>() + 32 * self.objects.len()) as u64
    }

    /// About how many bytes the state takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let objects = self.objects.values().map(|object| bytes_of_object(object));
        let running = self.stacks.iter().flat_map(|(_, stack)| stack);
        let frames = running.chain(self.suspended.values()).map(bytes_of_frame);
        objects.chain(frames).sum::<usize>() as u64
    }
}

/// What an object takes, with its place in the table of objects.
fn bytes_of_object(object: &Object) -> usize {
    let items = object.items.iter().map(|items| {
        items.capacity() * size_of::<Value>() + items.iter().map(bytes_apart).sum::<usize>()
    });
    let pairs = object.pairs.iter().map(|pairs| {
        let apart = pairs
            .iter()
            .map(|(key, value)| bytes_apart(key) + bytes_apart(value));
        pairs.capacity() * size_of::<(Value, Value)>() + apart.sum::<usize>()
    });
    let fields = object.fields.iter().map(|fields| {
        let apart = fields.iter().map(|(_, value)| bytes_apart(value));
        fields.capacity() * size_of::<(u64, Value)>() + apart.sum::<usize>()
    });
    let text = object.text.iter().map(|text| 32 + text.len());
    let base = object.base.iter().map(bytes_apart);
    let parts = items.chain(pairs).chain(fields).chain(text).chain(base);
    size_of::<Object>() + 64 + parts.sum::<usize>()
}

fn bytes_of_frame(frame: &Frame) -> usize {
    let apart = frame.slots.iter().flatten().map(bytes_apart);
    size_of::<Frame>()
        + 32
        + frame.cells.capacity() * size_of::<(u32, ObjectId)>()
        + frame.slots.capacity() * size_of::<Option<Value>>()
        + apart.sum::<usize>()
}

/// What a value takes beside its own place.
fn bytes_apart(value: &Value) -> usize {
    match value {
        Value::Str(bytes) | Value::Bytes(bytes) => 32 + bytes.len(),
        Value::StrCut(cut) | Value::BytesCut(cut) => 80 + cut.0.len(),
        Value::BigInt(number) => 80 + number.1.len(),
        Value::Complex(_) => 32,
        Value::Range(parts) => 96 + parts.iter().map(bytes_apart).sum::<usize>(),
        _ => 0,
    }
}
