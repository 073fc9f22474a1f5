//! Which operations turn what was seen of an object into what it holds now.

use schema::{NameId, TypeKind, encode};

use crate::classes::{Class, Classes};
use crate::contents::Part;
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::sink::Sink;
use crate::words::Held;

/// The attributes that are set among these words: their names, and where their values stand.
///
/// # Safety
/// Keys of the instance dict are exact str and alive.
pub(crate) unsafe fn names(
    words: &[Object],
    class: &Class,
    classes: &mut Classes,
) -> Vec<(NameId, usize)> {
    let (head, slots) = (class.head.len(), class.slots.len());
    let Some(rest) = words.len().checked_sub(head + slots) else {
        return Vec::new();
    };
    let mut names = Vec::with_capacity(head + slots + rest / 2);
    let mut set = |name: NameId, at: usize| {
        if !words[at].is_null() {
            names.push((name, at));
        }
    };
    for (at, (name, _)) in class.head.iter().enumerate() {
        set(*name, at);
    }
    for at in (head..head + rest).step_by(2) {
        // SAFETY: as promised by the caller.
        set(unsafe { classes.name(words[at]) }, at + 1);
    }
    for (at, (name, _)) in class.slots.iter().enumerate() {
        set(*name, head + rest + at);
    }
    names
}

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
        if place >= now.len() || length != was + grown || entry.items.len() + grown != now.len() {
            return false;
        }
        if !is_append && entry.items.raw[place] == now[place] {
            return true;
        }
        entry.length = length as u64;
        self.changes += 1;
        // SAFETY: as promised by the caller.
        unsafe { self.change_items(index, place, 1 - grown, &now[place..=place], out) };
        true
    }

    /// Replaces a stretch of items.
    unsafe fn change_items(
        &mut self,
        index: u32,
        at: usize,
        deleted: usize,
        inserted: &[Object],
        out: &mut Sink,
    ) {
        // SAFETY: the items are alive; they are held before anything is written.
        unsafe {
            if let (1, &[item]) = (deleted, inserted) {
                let reach = self.reach(index, Part::Items);
                let held = self.hold_item(item, reach, out);
                let Some(entry) = self.entry_mut(index) else {
                    return;
                };
                let old = entry.items.replace(at, item, held);
                self.tell(out);
                let Some(entry) = self.entry(index) else {
                    return;
                };
                encode::splice_head(out, entry.id, at as u64, 1, 1);
                self.write_word(&entry.items, at, out);
                self.let_go_one(index, old, out);
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
    unsafe fn put(
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

    unsafe fn hold_new(
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

    /// Writes the attributes that have new values, if the instance has the attributes it had.
    unsafe fn change_values(&mut self, index: u32, live: &[Object], out: &mut Sink) -> bool {
        let Some(entry) = self.entry(index) else {
            return true;
        };
        let (class, old) = (entry.class, &entry.fields.raw);
        let (head, slots) = (class.head.len(), class.slots.len());
        let pairs = head..live.len() - slots;
        let is_key = |at: usize| pairs.contains(&at) && (at - head).is_multiple_of(2);
        let is_alike = |at: usize| match is_key(at) {
            true => old[at] == live[at],
            false => old[at].is_null() == live[at].is_null(),
        };
        if old.len() != live.len() || !(0..live.len()).all(is_alike) {
            return false;
        }
        let reach = self.reach(index, Part::Fields);
        for (at, &item) in live.iter().enumerate() {
            let Some(entry) = self.entry(index) else {
                return true;
            };
            if entry.fields.raw[at] == item {
                continue;
            }
            // SAFETY: the item is alive and held before anything is written; the keys are exact str.
            unsafe {
                let name = match at {
                    at if at < head => class.head[at].0,
                    at if pairs.contains(&at) => self.classes.name(live[at - 1]),
                    at => class.slots[at - pairs.end].0,
                };
                let held = self.hold_item(item, reach, out);
                let Some(entry) = self.entry_mut(index) else {
                    return true;
                };
                let old = entry.fields.replace(at, item, held);
                self.tell(out);
                let Some(entry) = self.entry(index) else {
                    return true;
                };
                encode::field_head(out, entry.id, name);
                self.write_word(&entry.fields, at, out);
                self.let_go_one(index, old, out);
            }
        }
        true
    }

    /// Writes what changed among the attributes of an instance.
    ///
    /// # Safety
    /// As for [`compare_items`](Self::compare_items).
    pub(crate) unsafe fn compare_fields(&mut self, index: u32, live: &[Object], out: &mut Sink) {
        let Some(entry) = self.entry(index) else {
            return;
        };
        if same::is_equal(&entry.fields.raw, live) {
            return;
        }
        self.changes += 1;
        // SAFETY: as promised by the caller.
        if unsafe { self.change_values(index, live, out) } {
            return;
        }
        let Some(entry) = self.entry(index) else {
            return;
        };
        // SAFETY: the old words hold their keys, the new ones were read just now.
        unsafe {
            let class = entry.class;
            let before = self.field_names(index);
            let now = names(live, class, &mut self.classes);
            let held = self.hold_new(index, Part::Fields, live, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let all = entry.fields.len();
            let old = entry.fields.splice(0, all, live, &held);
            let kept: Vec<NameId> = before
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| now.iter().any(|(other, _)| other == name))
                .collect();
            // A field that is set again keeps its place, and a new one comes last.
            let is_in_order = now
                .iter()
                .map(|(name, _)| name)
                .zip(&kept)
                .all(|(a, b)| a == b);
            if is_in_order {
                self.tell(out);
                let Some(entry) = self.entry(index) else {
                    return;
                };
                for (name, _) in &before {
                    if !kept.contains(name) {
                        encode::unfield(out, entry.id, *name);
                    }
                }
                for (name, at) in &now {
                    let was = before.iter().find(|(other, _)| other == name);
                    if was.is_none_or(|(_, place)| old.raw[*place] != live[*at]) {
                        encode::field_head(out, entry.id, *name);
                        self.write_word(&entry.fields, *at, out);
                    }
                }
            } else {
                self.write_object(index, None, out);
            }
            self.let_go(index, old, out);
        }
    }
}
