//! Which operations turn what was seen of an instance's attributes into what they are now.

use pyo3::ffi;
use schema::{NameId, TypeKind, encode};

use crate::classes::{Class, Classes};
use crate::contents::Part;
use crate::insides::{self, Attributes};
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::sink::Sink;
use crate::words;

/// How much memory a first attribute takes: most instances have a few.
const FIRST_WORDS: usize = 8;

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
    /// Compares an instance at the attribute that a line bound, all else being as it was seen;
    /// `hint` is where it was found last. `None` if it was not as simple as that, else where it is.
    ///
    /// # Safety
    /// The object is the entry's, whose class does not say otherwise where that attribute is; it was
    /// reached just now, and the GIL is held.
    pub(crate) unsafe fn compare_attribute(
        &mut self,
        index: u32,
        object: Object,
        key: Object,
        hint: usize,
        out: &mut Sink,
    ) -> Option<usize> {
        let entry = self.entry(index)?;
        let class = entry.class;
        if self.shares_dicts
            || entry.doubts != self.doubts
            || entry.unfollowed.is_some()
            || class.kind != TypeKind::Instance
            || !class.has_plain_attributes
            || !class.head.is_empty()
            || !class.slots.is_empty()
        {
            return None;
        }
        let raw = &entry.fields.raw;
        let at = if hint.is_multiple_of(2) && raw.get(hint) == Some(&key) {
            hint
        } else {
            let known = raw.iter().step_by(2).position(|word| *word == key);
            known.map_or(raw.len(), |n| 2 * n)
        };
        let length = raw.len().max(at + 2);
        // SAFETY: as promised by the caller.
        let now = unsafe {
            match insides::attributes(object) {
                Attributes::Inline(values) if 2 * values.len() == length => values
                    .get(at / 2)
                    .and_then(|(name, value)| (name == key).then_some(value)),
                Attributes::Dict(dict) if 2 * ffi::PyDict_Size(dict) as usize == length => {
                    insides::value_at(dict, at / 2, key)
                }
                _ => None,
            }
        }?;
        if raw.get(at + 1) == Some(&now) {
            return Some(at);
        }
        self.changes += 1;
        // SAFETY: the item is alive and held before anything is written; the key is an exact str.
        unsafe { self.set_field(index, at, [key, now], out) };
        Some(at)
    }

    /// Binds the attribute at a place, or a new one behind the last.
    unsafe fn set_field(
        &mut self,
        index: u32,
        at: usize,
        [key, value]: [Object; 2],
        out: &mut Sink,
    ) {
        let reach = self.reach(index, Part::Fields);
        // SAFETY: as promised by the caller.
        unsafe {
            let name = self.classes.name(key);
            let held = self.hold_item(value, reach, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old = if at < entry.fields.len() {
                Some(entry.fields.replace(at + 1, value, held))
            } else {
                if at == 0 {
                    entry.fields.reserve(FIRST_WORDS);
                }
                entry.fields.push(key, words::hold_atom(key));
                entry.fields.push(value, held);
                None
            };
            self.tell(out);
            let Some(entry) = self.entry(index) else {
                return;
            };
            encode::field_head(out, entry.id, name);
            self.write_word(&entry.fields, at + 1, out);
            if let Some(old) = old {
                self.let_go_one(index, old, out);
            }
        }
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
                    // Another object can be at the old one's address.
                    if was.is_none_or(|(_, place)| {
                        old.raw[*place] != live[*at] || old.get(*place) != held[*at]
                    }) {
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
