//! Which operations turn what was seen of a container into what it holds now.

use std::ops::Range;

use schema::{TypeKind, encode};

use crate::contents::Part;
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::sink::Sink;
use crate::words::{Held, Words};

impl Heap {
    /// Writes what changed among the items of a container, given what it holds now.
    ///
    /// # Safety
    /// `live` was read from the entry's object just now, and the GIL is held.
    pub(crate) unsafe fn compare_items(
        &mut self,
        index: u32,
        live: &[Object],
        length: u64,
        out: &mut Sink,
    ) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        let old_length = std::mem::replace(&mut entry.length, length);
        if same::is_equal(&entry.items.raw, live) {
            if old_length != length {
                let id = entry.id;
                encode::length(out, id, length);
            }
            return;
        }
        entry.order = None;
        // It may be the dict of an instance, which has then changed too and was not looked at.
        let is_dict = entry.class.kind == TypeKind::Dict;
        self.changes += u64::from(!(self.shares_dicts && is_dict));
        let Some(entry) = self.entry(index) else {
            return;
        };
        let step = if entry.class.kind == TypeKind::Dict {
            2
        } else {
            1
        };
        let holds = (live.len() / step) as u64;
        let was_cut = ((entry.items.len() / step) as u64) < old_length;
        if was_cut != (holds < length) {
            // SAFETY: as promised by the caller.
            unsafe { self.write_whole(index, out) };
            return;
        }
        let id = entry.id;
        // SAFETY: as promised by the caller.
        unsafe {
            if step == 2 {
                self.change_pairs(index, live, out);
            } else if let Some(runs) = same::runs(&entry.items.raw, live) {
                self.change_runs(index, &runs, live, out);
            } else {
                let (prefix, suffix) = same::common(&entry.items.raw, live);
                let deleted = entry.items.len() - prefix - suffix;
                self.change_items(
                    index,
                    prefix,
                    deleted,
                    &live[prefix..live.len() - suffix],
                    out,
                );
            }
        }
        // What is not cut has as many items as are told.
        if old_length != length && was_cut {
            encode::length(out, id, length);
        }
    }

    /// Compares a list at one place, or at its end, all else being as it was seen. `false` if it
    /// was not as simple as that.
    ///
    /// # Safety
    /// The object is the entry's, an exact list that was reached just now, and the GIL is held.
    pub(crate) unsafe fn compare_at(
        &mut self,
        index: u32,
        object: Object,
        place: usize,
        is_append: bool,
        out: &mut Sink,
    ) -> bool {
        let limit = self.limit(index);
        // SAFETY: as promised by the caller.
        let now = unsafe { same::array(object, TypeKind::List, limit) };
        let (Some((now, length)), Some(entry)) = (now, self.entry_mut(index)) else {
            return false;
        };
        let was = entry.length as usize;
        let grown = usize::from(is_append);
        if is_append && was >= limit && length == was + 1 && entry.items.len() == now.len() {
            entry.length = length as u64;
            encode::length(out, entry.id, length as u64);
            return true;
        }
        if !is_append && place >= limit && length == was && entry.items.len() == now.len() {
            // It is beyond what is shown.
            return true;
        }
        if place >= now.len() || length != was + grown || entry.items.len() + grown != now.len() {
            return false;
        }
        if !is_append && entry.items.raw[place] == now[place] {
            return true;
        }
        entry.length = length as u64;
        self.changes += 1;
        // SAFETY: as promised by the caller.
        unsafe {
            match is_append {
                true => self.append_item(index, now[place], out),
                false => self.replace_item(index, place, now[place], out),
            }
        }
        true
    }

    /// Compares a list that has lost its last item, all else being as it was seen. `false` if it was
    /// not as simple as that.
    ///
    /// # Safety
    /// As for [`compare_at`](Self::compare_at).
    pub(crate) unsafe fn compare_popped(
        &mut self,
        index: u32,
        object: Object,
        out: &mut Sink,
    ) -> bool {
        // SAFETY: as promised by the caller.
        let now = unsafe { same::array(object, TypeKind::List, self.limit(index)) };
        let (Some((now, length)), Some(entry)) = (now, self.entry_mut(index)) else {
            return false;
        };
        let is_cut = entry.items.len() < entry.length as usize;
        if is_cut || now.len() != length || length + 1 != entry.items.len() {
            return false;
        }
        entry.length = length as u64;
        if let Some(last) = entry.items.pop() {
            encode::splice_head(out, entry.id, length as u64, 1, 0);
            // SAFETY: the item was held.
            unsafe { self.let_go_one(index, last, out) };
        }
        self.changes += 1;
        true
    }

    /// Replaces one item.
    ///
    /// # Safety
    /// The new item is alive, and the GIL is held.
    unsafe fn replace_item(&mut self, index: u32, at: usize, item: Object, out: &mut Sink) {
        // SAFETY: the item is held before anything is written.
        unsafe {
            let held = self.hold_part(index, Part::Items, item, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old = entry.items.replace(at, item, held);
            encode::splice_head(out, entry.id, at as u64, 1, 1);
            self.write_held(item, held, out);
            self.let_go_one(index, old, out);
        }
    }

    /// Adds one item at the end.
    ///
    /// # Safety
    /// As for [`replace_item`](Self::replace_item).
    unsafe fn append_item(&mut self, index: u32, item: Object, out: &mut Sink) {
        // SAFETY: the item is held before anything is written.
        unsafe {
            let held = self.hold_part(index, Part::Items, item, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let at = entry.items.len() as u64;
            entry.items.push(item, held);
            encode::splice_head(out, entry.id, at, 0, 1);
            self.write_held(item, held, out);
        }
    }

    /// Replaces a stretch of items.
    ///
    /// # Safety
    /// The new items are alive, and the GIL is held.
    pub(crate) unsafe fn change_items(
        &mut self,
        index: u32,
        at: usize,
        deleted: usize,
        inserted: &[Object],
        out: &mut Sink,
    ) {
        // SAFETY: the items are alive; they are held before anything is written.
        unsafe {
            if deleted == inserted.len() {
                self.replace_items(index, at, inserted, out);
                return;
            }
            let held = self.hold_new(index, Part::Items, inserted, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old = entry.items.splice(at, deleted, inserted, &held);
            self.tell(out);
            let Some(entry) = self.entry(index) else {
                return;
            };
            let count = inserted.len();
            encode::splice_head(out, entry.id, at as u64, deleted as u64, count as u64);
            for place in at..at + count {
                self.write_word(&entry.items, place, out);
            }
            self.let_go(index, old, out);
        }
    }

    /// Replaces a stretch of items by as many.
    unsafe fn replace_items(&mut self, index: u32, at: usize, new: &[Object], out: &mut Sink) {
        let reach = self.reach(index, Part::Items);
        let mut replaced = std::mem::take(&mut self.replaced);
        // SAFETY: the items are alive; all are held before the first is replaced or written.
        unsafe {
            for &item in new {
                replaced.push((item, self.hold_item(item, reach, out)));
            }
            if let Some(entry) = self.entry_mut(index) {
                for (place, item) in (at..).zip(&mut replaced) {
                    *item = entry.items.replace(place, item.0, item.1);
                }
            }
            self.tell(out);
            if let Some(entry) = self.entry(index) {
                let count = new.len() as u64;
                encode::splice_head(out, entry.id, at as u64, count, count);
                for place in at..at + new.len() {
                    self.write_word(&entry.items, place, out);
                }
            }
            for old in replaced.drain(..) {
                self.let_go_one(index, old, out);
            }
        }
        self.replaced = replaced;
    }

    /// Replaces items here and there by as many, and adds what is new at the end.
    unsafe fn change_runs(
        &mut self,
        index: u32,
        runs: &[Range<usize>],
        live: &[Object],
        out: &mut Sink,
    ) {
        let reach = self.reach(index, Part::Items);
        let mut replaced = std::mem::take(&mut self.replaced);
        let places = || runs.iter().cloned().flatten();
        // SAFETY: the items are alive; all are held before the first is replaced or written, since
        // what moves from one place to another must not be let go meanwhile.
        unsafe {
            for at in places() {
                replaced.push((live[at], self.hold_item(live[at], reach, out)));
            }
            let length = self.entry(index).map_or(0, |entry| entry.items.len());
            let added = live.get(length..).unwrap_or_default();
            let held = self.hold_all(added, reach, out);
            let mut gone = Words::default();
            if let Some(entry) = self.entry_mut(index) {
                for (at, item) in places().zip(&mut replaced) {
                    *item = entry.items.replace(at, item.0, item.1);
                }
                let removed = length.saturating_sub(live.len());
                gone = entry.items.splice(length - removed, removed, added, &held);
            }
            self.tell(out);
            if let Some(entry) = self.entry(index) {
                let end = length.min(live.len());
                let mut splice = |run: Range<usize>, deleted: usize| {
                    let (at, count) = (run.start as u64, run.len() as u64);
                    encode::splice_head(out, entry.id, at, deleted as u64, count);
                    for place in run {
                        self.write_word(&entry.items, place, out);
                    }
                };
                for run in runs {
                    splice(run.clone(), run.len());
                }
                if length != live.len() {
                    splice(end..live.len(), length - end);
                }
            }
            for old in replaced.drain(..) {
                self.let_go_one(index, old, out);
            }
            self.let_go(index, gone, out);
        }
        self.replaced = replaced;
    }

    /// Turns the pairs of a dict into those it has now. A dict keeps the order of insertion, so an
    /// old key that does not stand where it should was removed (and perhaps added again).
    unsafe fn change_pairs(&mut self, index: u32, live: &[Object], out: &mut Sink) {
        let mut at = 0;
        // SAFETY: the items are alive; they are held before anything is written.
        unsafe {
            loop {
                let Some(entry) = self.entry(index) else {
                    return;
                };
                let (old, id) = (&entry.items.raw, entry.id);
                let (old_key, new_key) = (old.get(at).copied(), live.get(at).copied());
                match (old_key, new_key) {
                    (None, None) => return,
                    (Some(a), Some(b)) if a == b => {
                        let same = old[at..].iter().zip(&live[at..]);
                        let same = same.take_while(|(a, b)| a == b).count() / 2 * 2;
                        if same == 0 {
                            self.put(index, at, 1, &live[at + 1..at + 2], out);
                            at += 2;
                        }
                        at += same;
                    }
                    (Some(_), _) => {
                        encode::remove(out, id, at as u64 / 2);
                        if let Some(entry) = self.entry_mut(index) {
                            let gone = entry.items.splice(at, 2, &[], &[]);
                            self.let_go(index, gone, out);
                        }
                    }
                    (None, Some(_)) => {
                        self.put(index, at, 0, &live[at..at + 2], out);
                        at += 2;
                    }
                }
            }
        }
    }

    /// Writes the pair at `at`: its value alone is new, or (when nothing is deleted) all of it.
    ///
    /// # Safety
    /// The new items are alive, and the GIL is held.
    pub(crate) unsafe fn put(
        &mut self,
        index: u32,
        at: usize,
        deleted: usize,
        new: &[Object],
        out: &mut Sink,
    ) {
        // SAFETY: the items are alive; they are held before anything is written.
        unsafe {
            let held = self.hold_new(index, Part::Items, new, out);
            let place = if deleted == 0 { at } else { at + 1 };
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old = entry.items.splice(place, deleted, new, &held);
            self.tell(out);
            let Some(entry) = self.entry(index) else {
                return;
            };
            encode::put_head(out, entry.id, at as u64 / 2);
            self.write_word(&entry.items, at, out);
            self.write_word(&entry.items, at + 1, out);
            self.let_go(index, old, out);
        }
    }

    pub(crate) unsafe fn hold_new(
        &mut self,
        index: u32,
        part: Part,
        new: &[Object],
        out: &mut Sink,
    ) -> Vec<Held> {
        let reach = self.reach(index, part);
        // SAFETY: a live container holds the items.
        unsafe { self.hold_all(new, reach, out) }
    }
}
