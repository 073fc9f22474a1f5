//! What dicts told of their changes becomes changes of what was seen of them.

use schema::{TypeKind, encode};

use crate::layout::Object;
use crate::objects::{Entry, Heap};
use crate::sink::Sink;
use crate::tables;
use crate::watch::{self, Changes, Pair};

/// Dicts with fewer pairs are compared as fast.
const SMALLEST: usize = 16;

impl Entry {
    /// Whether it can change when it is read, and tells of it: what a `defaultdict` adds.
    pub(crate) fn is_told_of(&self) -> bool {
        self.is_watched && self.class.changes_when_read && !self.class.is_own
    }

    /// Whether it can change when it is read, without a word.
    pub(crate) fn changes_when_read(&self) -> bool {
        self.class.changes_when_read && !self.is_told_of()
    }
}

impl Heap {
    /// Writes what dicts told of their changes; how many of them changed, namespaces apart. A dict that is watched
    /// tells when it is freed, so it need not be reached to be looked at.
    ///
    /// # Safety
    /// The GIL is held, and no code of the program runs meanwhile.
    #[inline]
    pub(crate) unsafe fn apply_told(&mut self, out: &mut Sink) -> u64 {
        if !watch::has_noted() {
            return 0;
        }
        // SAFETY: as promised by the caller.
        unsafe { self.apply_all(out) }
    }

    #[cold]
    unsafe fn apply_all(&mut self, out: &mut Sink) -> u64 {
        let mut count = 0;
        let mut told = std::mem::take(&mut self.told);
        watch::take(&mut told);
        for (address, changes) in told.drain(..) {
            let dict = address as Object;
            let Some(index) = self.by_address.get(address) else {
                continue;
            };
            if !self.entry(index).is_some_and(|entry| entry.is_watched) {
                continue;
            }
            if changes.is_gone {
                self.detach(index, dict);
                continue;
            }
            let before = self.changes;
            // SAFETY: the dict has not told that it is gone.
            unsafe {
                let is_known = self.entry(index).is_some_and(|entry| {
                    entry.is_written
                        && entry.unfollowed.is_none()
                        && entry.class.kind == TypeKind::Dict
                });
                if is_known && !self.apply(index, dict, &changes, out) {
                    self.compare_whole(index, dict, out);
                }
            }
            // Names that are bound are no objects that a line was to change.
            let is_namespace = self.entry(index).is_some_and(|entry| entry.is_namespace);
            count += if is_namespace {
                0
            } else {
                self.changes - before
            };
        }
        self.told = told;
        count
    }

    /// Applies the changes of one dict, if what it holds now is what they lead to.
    unsafe fn apply(
        &mut self,
        index: u32,
        dict: Object,
        changes: &Changes,
        out: &mut Sink,
    ) -> bool {
        let limit = self.limit(index);
        let Some(entry) = self.entry_mut(index) else {
            return true;
        };
        // SAFETY: the dict is alive.
        let length = unsafe { tables::length(dict) };
        let (pairs, was) = (entry.items.len() / 2, entry.length as usize);
        let is_cut = pairs < was;
        if changes.is_more {
            return false;
        }
        // SAFETY: what is read of the dict is held before anything is written.
        unsafe {
            if let Some(pair) = changes.removed {
                let place = self.place_of(index, pair);
                return match place.filter(|_| !is_cut && length + 1 == was) {
                    Some(place) => {
                        self.remove_pair(index, place, out);
                        true
                    }
                    None => false,
                };
            }
            if length != was + changes.added || !is_cut && pairs + changes.added > limit {
                return false;
            }
            if changes.added > 0 {
                entry.length = length as u64;
                if is_cut {
                    encode::length(out, entry.id, length as u64);
                } else {
                    let Some(new) = tables::last_pairs(dict, changes.added) else {
                        return false;
                    };
                    self.changes += 1;
                    for (at, pair) in new.chunks_exact(2).enumerate() {
                        self.put(index, 2 * (pairs + at), 0, pair, out);
                    }
                }
            }
            for pair in changes.set() {
                let (Some(place), Some(now)) =
                    (self.place_of(index, pair), tables::pair_at(dict, pair.0))
                else {
                    // What is beyond the limit is not shown.
                    if is_cut && pair.0 >= pairs {
                        continue;
                    }
                    return false;
                };
                let words = self.entry(index).map(|entry| &entry.items.raw);
                if now.key != pair.1 {
                    return false;
                }
                if words.is_some_and(|words| words[2 * place + 1] != now.value) {
                    self.changes += 1;
                    self.put(index, 2 * place, 1, &[now.value], out);
                }
            }
        }
        true
    }

    /// Which of the pairs that were seen is at a place of the dict's table, where some are empty.
    pub(crate) fn place_of(&self, index: u32, (place, key): Pair) -> Option<usize> {
        let words = &self.entry(index)?.items.raw;
        let last = place.min((words.len() / 2).checked_sub(1)?);
        (0..=last).rev().find(|at| words[2 * at] == key)
    }

    /// Writes that a pair was removed.
    pub(crate) fn remove_pair(&mut self, index: u32, place: usize, out: &mut Sink) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        encode::remove(out, entry.id, place as u64);
        entry.length -= 1;
        let gone = entry.items.splice(2 * place, 2, &[], &[]);
        self.changes += 1;
        self.let_go(index, gone, out);
    }

    /// Asks a dict that was just read to tell of its changes, if it is worth while.
    ///
    /// # Safety
    /// The entry's object is alive, and the GIL is held.
    pub(crate) unsafe fn watch(&mut self, index: u32) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        let is_candidate = entry.class.kind == TypeKind::Dict
            && !entry.is_watched
            && !entry.class.is_ordered_dict
            && entry.unfollowed.is_none();
        if !is_candidate {
            return;
        }
        let is_worth_while = entry.items.len() / 2 >= SMALLEST
            || entry.class.changes_when_read
            || entry.is_namespace;
        // SAFETY: as promised by the caller.
        entry.is_watched = is_worth_while && unsafe { watch::watch(entry.address) };
        let is_told_of_now = entry.is_told_of();
        let told = usize::from(is_told_of_now);
        self.changing = self.changing.saturating_sub(told);
        self.changing_by_item = self.changing_by_item.saturating_sub(told);
    }
}
