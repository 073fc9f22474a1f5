//! Which operations turn what was seen of an instance's attributes into what they are now.

use std::collections::HashMap;
use std::ptr::null_mut;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::{NameId, TypeKind, encode};

use crate::classes::{Class, Classes};
use crate::contents::Part;
use crate::effects::NameKey;
use crate::insides::{self, Attributes};
use crate::layout::{Object, read};
use crate::objects::{Entry, Heap};
use crate::same;
use crate::sink::Sink;
use crate::words::{self, Held};

/// Attributes, and where their values stand in the words.
type Places = HashMap<NameId, usize, FxBuildHasher>;

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

/// Which of the slots of its class keeps an attribute of an object, and what it holds.
///
/// # Safety
/// The object is alive and of that class, the name is interned, and the GIL is held.
pub(crate) unsafe fn slot_at(
    object: Object,
    class: &Class,
    key: &NameKey,
) -> Option<(usize, Object)> {
    // SAFETY: the object has all the slots of its class.
    unsafe {
        // For a version of a class, see `is_kept_in_instance`.
        let version = (*ffi::Py_TYPE(object)).tp_version_tag;
        let n = match key.slot.get() {
            (known, n) if known == version && version != 0 => n,
            _ => {
                let n = find_slot(object, class, key.text)?;
                // Looking it up has given the class a version, if it had none.
                key.slot.set(((*ffi::Py_TYPE(object)).tp_version_tag, n));
                n
            }
        };
        Some((n, read(object.cast(), class.slots.get(n)?.1)))
    }
}

/// The same, not known yet.
unsafe fn find_slot(object: Object, class: &Class, name: Object) -> Option<usize> {
    // SAFETY: the member descriptor that the class has under this name says where the slot is, and
    // it is one of those that an entry's words are read from.
    unsafe {
        let on_class = insides::on_class(ffi::Py_TYPE(object), name);
        if on_class.is_null()
            || !std::ptr::eq(ffi::Py_TYPE(on_class), &raw const ffi::PyMemberDescr_Type)
        {
            return None;
        }
        let offset = (*(*on_class.cast::<ffi::PyMemberDescrObject>()).d_member).offset as usize;
        class.slots.iter().position(|(_, known)| *known == offset)
    }
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
        key: &NameKey,
        hint: usize,
        out: &mut Sink,
    ) -> Option<usize> {
        let entry = self.entry(index)?;
        if !self.is_settled_instance(entry) || !entry.class.slots.is_empty() {
            return None;
        }
        let raw = &entry.fields.raw;
        let at = if hint.is_multiple_of(2) && raw.get(hint) == Some(&key.text) {
            hint
        } else {
            let known = raw.iter().step_by(2).position(|word| *word == key.text);
            known.map_or(raw.len(), |n| 2 * n)
        };
        let length = raw.len().max(at + 2);
        // SAFETY: as promised by the caller.
        let now = unsafe {
            match insides::attributes(object) {
                Attributes::Inline(values) if 2 * values.len() == length => values
                    .get(at / 2)
                    .and_then(|(name, value)| (name == key.text).then_some(value)),
                Attributes::Dict(dict) if 2 * ffi::PyDict_Size(dict) as usize == length => {
                    insides::value_at(dict, at / 2, key.text)
                }
                _ => None,
            }
        }?;
        if raw.get(at + 1) == Some(&now) {
            return Some(at);
        }
        self.changes += 1;
        // SAFETY: the item is alive and held before anything is written; the key is an exact str.
        unsafe {
            if key.id.get() == NameId(0) {
                key.id.set(self.classes.name(key.text));
            }
            if at == self.entry(index)?.fields.len() {
                let entry = self.entry_mut(index)?;
                if at == 0 {
                    entry.fields.reserve(FIRST_WORDS);
                }
                entry.fields.push(key.text, words::hold_atom(key.text));
                entry.fields.push(null_mut(), Held::ATOM);
            }
            self.set_word(index, at + 1, key.id.get(), now, out);
        }
        Some(at)
    }

    /// The same for an attribute that is kept in a slot of the class; whether it was simple.
    ///
    /// # Safety
    /// As for [`compare_attribute`](Self::compare_attribute).
    pub(crate) unsafe fn compare_slot(
        &mut self,
        index: u32,
        object: Object,
        key: &NameKey,
        out: &mut Sink,
    ) -> bool {
        let Some(entry) = self
            .entry(index)
            .filter(|entry| self.is_settled_instance(entry))
        else {
            return false;
        };
        let (slots, words) = (&entry.class.slots, &entry.fields.raw);
        // SAFETY: the object is alive, and of the entry's class.
        let Some((n, now)) = (unsafe { slot_at(object, entry.class, key) }) else {
            return false;
        };
        let at = words.len() + n - slots.len();
        // What is bound for the first time is shown last.
        let comes_last = words[at..].iter().all(|word| word.is_null());
        if now.is_null() || words[at].is_null() && !comes_last {
            return false;
        }
        if words[at] != now {
            let name = slots[n].0;
            self.changes += 1;
            // SAFETY: the item is alive.
            unsafe { self.set_word(index, at, name, now, out) };
        }
        true
    }

    /// Whether an entry is an instance whose attributes are as they were seen, but for what the line
    /// that runs binds.
    fn is_settled_instance(&self, entry: &Entry) -> bool {
        !self.shares_dicts
            && (entry.doubts == self.doubts || self.is_owed(entry))
            && entry.unfollowed.is_none()
            && entry.class.kind == TypeKind::Instance
            && entry.class.has_plain_attributes
            && entry.class.head.is_empty()
            && entry.fields.len() >= entry.class.slots.len()
    }

    /// Writes that an attribute, whose value stands at a place, has a new one.
    unsafe fn set_word(
        &mut self,
        index: u32,
        at: usize,
        name: NameId,
        value: Object,
        out: &mut Sink,
    ) {
        // SAFETY: the value is alive and held before anything is written.
        unsafe {
            let held = self.hold_part(index, Part::Fields, value, out);
            // The name can be new, too.
            self.tell(out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old = entry.fields.replace(at, value, held);
            encode::field_head(out, entry.id, name);
            self.write_held(value, held, out);
            self.let_go_one(index, old, out);
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
        for (at, &item) in live.iter().enumerate() {
            let known = self.entry(index).and_then(|entry| entry.fields.raw.get(at));
            if known.is_none_or(|known| *known == item) {
                continue;
            }
            // SAFETY: the item is alive; the keys are exact str.
            unsafe {
                let name = match at {
                    at if at < head => class.head[at].0,
                    at if pairs.contains(&at) => self.classes.name(live[at - 1]),
                    at => class.slots[at - pairs.end].0,
                };
                self.set_word(index, at, name, item, out);
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
            let (was, is): (Places, Places) = (
                before.iter().copied().collect(),
                now.iter().copied().collect(),
            );
            let names = before.iter().map(|(name, _)| *name);
            let kept: Vec<NameId> = names.filter(|name| is.contains_key(name)).collect();
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
                    if !is.contains_key(name) {
                        encode::unfield(out, entry.id, *name);
                    }
                }
                for (name, at) in &now {
                    // Another object can be at the old one's address.
                    if was.get(name).is_none_or(|place| {
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
