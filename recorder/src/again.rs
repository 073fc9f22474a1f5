//! Stores that gave a place what it held: nothing has changed there, and yet it was written to.
//!
//! What a line has stored is told from its instructions and the place that control has come to. A place
//! that was compared and found as it was, though such an instruction has run, was given an equal value.

use schema::encode;
use schema::{EventKind, NameId, Spot, TypeKind};

use crate::attributes::is_kept_in_instance;
use crate::effects::{self, Change, Deed, NameKey, Segment};
use crate::fields::slot_at;
use crate::follow::{Found, is_list};
use crate::frames::FrameRecord;
use crate::keys::Value;
use crate::layout::{FramePtr, Object};
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::sink::Sink;
use crate::tables;

/// A place that a line stores into, and what was seen there.
pub(crate) struct Stored {
    unit: u32,
    spot: Spot,
    index: u32,
    word: usize,
    was: Object,
}

impl Recorder {
    /// The running line goes on behind this event, perhaps: what it has stored until here was told.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn account(&mut self, kind: EventKind, place: FramePtr) {
        if matches!(kind, EventKind::Yield | EventKind::Raise)
            && let Some(top) = self.thread.top()
        {
            // SAFETY: as promised by the caller.
            top.accounted = unsafe { place.unit() };
        }
    }
}

impl FrameRecord {
    /// Where the line has come to.
    ///
    /// # Safety
    /// The frame is alive.
    unsafe fn stop(&self, until: u32) -> u32 {
        match until {
            // SAFETY: as promised by the caller.
            u32::MAX => unsafe { self.place.unit() },
            until => until,
        }
    }

    /// These variables hold what they held: tells which of them the line has bound to it.
    ///
    /// # Safety
    /// The frame is alive.
    #[cold]
    pub(crate) unsafe fn bound_again(
        &self,
        slots: u64,
        segment: &Segment,
        until: u32,
        heap: &Heap,
        out: &mut Sink,
    ) {
        // SAFETY: as promised by the caller.
        let stop = unsafe { self.stop(until) };
        for (unit, slot) in &segment.slot_stores {
            if slots & effects::bit(*slot as usize) != 0
                && *unit >= self.accounted
                && self.info.effects.has_run(segment, *unit, stop)
            {
                encode::again(out, self.spot_of(*slot, heap));
            }
        }
    }

    /// The names that the line binds, with what they stood for.
    pub(crate) fn names_before(&self, segment: &Segment, heap: &Heap) -> Vec<Stored> {
        let stores = segment.name_stores.iter();
        stores
            .filter_map(|(unit, name)| {
                let key = self.info.effects.keys.get(*name as usize)?;
                let is_global = self.info.effects.is_global_store(*unit);
                let space = match is_global || !self.info.has_namespace {
                    true => self.globals,
                    false => self.namespace,
                };
                let index = space.entry()?;
                let entry = heap.entry(index)?;
                let pair = key.pair_among(&entry.items)?;
                Some(Stored {
                    unit: *unit,
                    spot: Spot::Pair(entry.id, pair as u64),
                    index,
                    word: 2 * pair + 1,
                    was: *entry.items.raw.get(2 * pair + 1)?,
                })
            })
            .collect()
    }

    /// The attributes and items that the line binds, with what was seen there.
    ///
    /// # Safety
    /// As for [`follow`](Self::follow); no object was compared at this event but namespaces.
    pub(crate) unsafe fn places_before(&self, changes: &[Change], heap: &mut Heap) -> Vec<Stored> {
        let places = changes.iter().filter(|change| change.deed.is_store());
        // SAFETY: as promised by the caller.
        places
            .filter_map(|change| unsafe {
                match self.follow(&change.path, false, heap) {
                    Some(Found::Entry(index, object)) if heap.is_plain(index) => {
                        self.place_of_store(change, index, object, heap)
                    }
                    _ => None,
                }
            })
            .collect()
    }

    /// Tells which of these places hold what they held, though the line has stored into them.
    ///
    /// # Safety
    /// The frame is alive, and what was stored into has been compared.
    pub(crate) unsafe fn tell_stored(
        &self,
        segment: &Segment,
        until: u32,
        places: &[Stored],
        heap: &Heap,
        out: &mut Sink,
    ) {
        // SAFETY: as promised by the caller.
        let stop = unsafe { self.stop(until) };
        for place in places {
            let words = heap.entry(place.index).map(|entry| match place.spot {
                Spot::Field(..) => &entry.fields,
                _ => &entry.items,
            });
            let is_same = words.and_then(|words| words.raw.get(place.word)) == Some(&place.was);
            if is_same
                && place.unit >= self.accounted
                && self.info.effects.has_run(segment, place.unit, stop)
            {
                encode::again(out, place.spot);
            }
        }
    }

    /// The same for the one place that a line which is over has stored into, and that was compared.
    ///
    /// # Safety
    /// As for [`tell_stored`](Self::tell_stored); the object is the entry's.
    #[cold]
    pub(crate) unsafe fn stored_again(
        &self,
        change: &Change,
        (index, object): (u32, Object),
        heap: &mut Heap,
        out: &mut Sink,
    ) {
        // SAFETY: as promised by the caller.
        unsafe {
            if let Some(segment) = self.segment
                && let Some(place) = self.place_of_store(change, index, object, heap)
            {
                heap.tell(out);
                self.tell_stored(segment, u32::MAX, &[place], heap, out);
            }
        }
    }

    /// Where a store into an object goes, if something was seen there.
    unsafe fn place_of_store(
        &self,
        change: &Change,
        index: u32,
        object: Object,
        heap: &mut Heap,
    ) -> Option<Stored> {
        // SAFETY: as promised by the callers; the object is the entry's.
        unsafe {
            let (spot, word, was) = match &change.deed {
                Deed::SetAttribute(name, _) => {
                    let key = self.info.effects.keys.get(*name as usize)?;
                    let (name, word) = heap.field_word(index, object, key)?;
                    let entry = heap.entry(index)?;
                    let was = *entry.fields.raw.get(word)?;
                    (Spot::Field(entry.id, name), word, was)
                }
                Deed::SetItem(key) if is_list(object) => {
                    let place = self.place(key, object, heap)?;
                    let entry = heap.entry(index)?;
                    let was = *entry.items.raw.get(place)?;
                    (Spot::Item(entry.id, place as u64), place, was)
                }
                Deed::SetItem(key) => {
                    let entry = heap.entry(index)?;
                    if entry.class.kind != TypeKind::Dict || !tables::is_plain_dict(object) {
                        return None;
                    }
                    let key: Value = self.value(key, heap)?;
                    let pair = key.with(|key| tables::pair_of(object, key))?;
                    let at = heap.place_of(index, (pair.place, pair.key))?;
                    let was = *entry.items.raw.get(2 * at + 1)?;
                    (Spot::Pair(entry.id, at as u64), 2 * at + 1, was)
                }
                _ => return None,
            };
            (!was.is_null()).then_some(Stored {
                unit: change.unit,
                spot,
                index,
                word,
                was,
            })
        }
    }
}

impl Heap {
    /// The number of an attribute's name, and where its value stands among the words of an object.
    ///
    /// # Safety
    /// The object is the entry's and alive, and the GIL is held.
    unsafe fn field_word(
        &mut self,
        index: u32,
        object: Object,
        key: &NameKey,
    ) -> Option<(NameId, usize)> {
        let is_class = self.is_plain_class(index);
        let entry = self.entry(index)?;
        let class = entry.class;
        if !is_class && (class.kind != TypeKind::Instance || !class.has_plain_attributes) {
            return None;
        }
        let raw = &entry.fields.raw;
        // SAFETY: as promised by the caller.
        unsafe {
            if is_class || is_kept_in_instance(object, key) {
                let (head, slots) = match is_class {
                    true => (0, 0),
                    false => (class.head.len(), class.slots.len()),
                };
                let pairs = raw.get(head..raw.len().checked_sub(slots)?)?;
                let at = pairs.iter().step_by(2).position(|word| *word == key.text)?;
                return Some((self.classes.name(key.text), head + 2 * at + 1));
            }
            let (n, _) = slot_at(object, class, key)?;
            Some((
                class.slots.get(n)?.0,
                raw.len().checked_sub(class.slots.len())? + n,
            ))
        }
    }
}
