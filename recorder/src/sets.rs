//! Sets to which one item is added, or from which one is removed: where that is among the others is
//! found as CPython finds it, and only where that runs no code of the program.

use schema::encode;

use crate::insides;
use crate::keys::Value;
use crate::layout::{Object, read};
use crate::objects::Heap;
use crate::offsets::OFFSETS;
use crate::sink::Sink;
use crate::tables::{compares, hash_of, hashes_plainly};

/// How many items a set has.
///
/// # Safety
/// The set is alive.
unsafe fn length(set: Object) -> usize {
    // SAFETY: as promised by the caller.
    unsafe { read(set.cast(), OFFSETS.set_used) }
}

/// What changes whenever the items are laid out anew.
///
/// # Safety
/// The set is alive.
unsafe fn layout_of(set: Object) -> u64 {
    // SAFETY: as promised by the caller.
    unsafe { read(set.cast(), OFFSETS.set_mask) }
}

/// In which slot an object is that a set has or had, and the object itself. None also where only
/// code of the program could tell. So many slots are looked at in a row (`LINEAR_PROBES`).
///
/// # Safety
/// The set and the object are alive, and the GIL is held.
pub(crate) unsafe fn slot_of(set: Object, item: Object, probes: usize) -> Option<(usize, Object)> {
    // SAFETY: as promised by the caller; slots are below the mask. There is always an empty one, and
    // so many steps are more than enough to get there.
    unsafe {
        if !hashes_plainly(item) {
            return None;
        }
        let mask: usize = read(set.cast(), OFFSETS.set_mask);
        let slots: *const u8 = read(set.cast(), OFFSETS.set_slots);
        let hash = hash_of(item);
        let (mut first, mut perturb) = (hash as usize & mask, hash as usize);
        for _ in 0..=mask.saturating_add(64) {
            let last = if first + probes <= mask {
                first + probes
            } else {
                first
            };
            for slot in first..=last {
                let [key, known]: [usize; 2] = read(slots, 16 * slot);
                if key == 0 && known == 0 {
                    return None;
                }
                let key = key as Object;
                if key == item {
                    return Some((slot, key));
                }
                if known as isize == hash && hash != -1 {
                    match compares(key, item) {
                        Some(false) => {}
                        Some(true) => return Some((slot, key)),
                        None => return None,
                    }
                }
            }
            perturb >>= 5;
            first = first.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
        None
    }
}

/// The slots of the first items of a set, in their order.
///
/// # Safety
/// The set is alive, and the GIL is held.
unsafe fn slots_of(set: Object, limit: usize) -> Vec<u32> {
    let mut slots = Vec::new();
    let (mut position, mut key, mut hash) = (0, std::ptr::null_mut(), 0);
    // SAFETY: as promised by the caller; the position is one more than the slot of the item.
    unsafe {
        while slots.len() < limit
            && insides::_PySet_NextEntry(set, &mut position, &mut key, &mut hash) != 0
        {
            slots.push(position as u32 - 1);
        }
    }
    slots
}

/// Where the items of a set lie that were seen: so one that is added finds its place among them.
#[derive(Debug)]
pub(crate) struct Order {
    layout: u64,
    slots: Vec<u32>,
}

impl Heap {
    /// Compares a set to which a line has added this, if it was not there, all else being as it was
    /// seen. `false` if it was not as simple as that.
    ///
    /// # Safety
    /// The object is the entry's, a set that was reached just now; the value is alive, and the GIL
    /// is held.
    pub(crate) unsafe fn compare_added(
        &mut self,
        index: u32,
        set: Object,
        value: Value,
        out: &mut Sink,
    ) -> bool {
        let limit = self.limit(index);
        let Some(entry) = self.entry_mut(index) else {
            return false;
        };
        // SAFETY: as promised by the caller.
        let (length, layout) = unsafe { (length(set), layout_of(set)) };
        let (was, count) = (entry.length as usize, entry.items.len());
        if length == was {
            return true;
        }
        let order = entry.order.as_mut();
        let Some(order) = order.filter(|order| order.layout == layout && length == was + 1) else {
            // SAFETY: as promised by the caller.
            unsafe { self.compare_set(index, set, out) };
            return true;
        };
        // SAFETY: as promised by the caller.
        let Some((slot, item)) =
            (unsafe { value.with(|item| slot_of(set, item, OFFSETS.set_probes)) })
        else {
            return false;
        };
        let place = order
            .slots
            .partition_point(|known| (*known as usize) < slot);
        let is_cut = count < was;
        if !is_cut && length > limit {
            return false;
        }
        entry.length = length as u64;
        let id = entry.id;
        if place < count || !is_cut {
            order.slots.insert(place, slot as u32);
            order.slots.truncate(limit);
            self.changes += 1;
            // SAFETY: the set holds the item, and those that were seen.
            unsafe {
                self.change_items(index, place, 0, &[item], out);
                if is_cut {
                    // It pushes the last one out that was shown.
                    self.change_items(index, count, 1, &[], out);
                }
            }
        }
        if is_cut {
            encode::length(out, id, length as u64);
        }
        true
    }

    /// The same where the line has removed it.
    ///
    /// # Safety
    /// As for [`compare_added`](Self::compare_added).
    pub(crate) unsafe fn compare_removed(
        &mut self,
        index: u32,
        set: Object,
        value: Value,
        out: &mut Sink,
    ) -> bool {
        let Some(entry) = self.entry_mut(index) else {
            return false;
        };
        // SAFETY: as promised by the caller.
        let (length, layout) = unsafe { (length(set), layout_of(set)) };
        let was = entry.length as usize;
        if length == was {
            return true;
        }
        let Value::Object(item) = value else {
            return false;
        };
        let items = &entry.items.raw;
        let place = items.iter().position(|known| *known == item);
        let (Some(place), Some(order)) = (place, entry.order.as_mut()) else {
            return false;
        };
        if order.layout != layout || length + 1 != was || items.len() != was {
            return false;
        }
        order.slots.remove(place);
        entry.length = length as u64;
        self.changes += 1;
        // SAFETY: as promised by the caller.
        unsafe { self.change_items(index, place, 1, &[], out) };
        true
    }

    /// Compares all that a set holds, and remembers where it lies.
    unsafe fn compare_set(&mut self, index: u32, set: Object, out: &mut Sink) {
        // SAFETY: the set is alive.
        let order = unsafe {
            self.compare_whole(index, set, out);
            Order {
                layout: layout_of(set),
                slots: slots_of(set, self.limit(index)),
            }
        };
        if let Some(entry) = self.entry_mut(index) {
            entry.order = Some(Box::new(order));
        }
    }
}
