//! Comparing an object that was reached with what was seen of it, and reaching what it holds.

use pyo3::ffi;
use schema::{Reason, TypeKind, encode};

use crate::atoms;
use crate::contents::Part;
use crate::insides;
use crate::layout::Object;
use crate::objects::{DEEP, Heap};
use crate::reading::{is_container, is_fixed, read_fields, read_items};
use crate::same;
use crate::sink::Sink;
use crate::watch;
use crate::words::{Followed, Words};

impl Heap {
    /// Compares an object that was reached with what was seen of it, and writes the difference, and
    /// that it may have been made earlier. If it holds more than `budget` objects, only so many of them
    /// are reached: `false`.
    ///
    /// # Safety
    /// The entry was reached from a live frame at this event, and the GIL is held.
    pub(crate) unsafe fn compare(
        &mut self,
        index: u32,
        levels: u8,
        budget: usize,
        out: &mut Sink,
    ) -> bool {
        let Some((doubts, id)) = self.entry(index).map(|entry| (entry.doubts, entry.id)) else {
            return true;
        };
        let before = self.changes;
        self.is_cut = false;
        // SAFETY: as promised by the caller.
        unsafe { self.compare_now(index, levels, budget, out) };
        if self.changes != before
            && let Some(since) = self.late_since(doubts, out)
        {
            encode::late(out, id, since);
        }
        !self.is_cut
    }

    unsafe fn compare_now(&mut self, index: u32, levels: u8, budget: usize, out: &mut Sink) {
        let below = if levels == DEEP { DEEP } else { levels - 1 };
        let (limit, doubts) = (self.limit(index), self.doubts);
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        entry.doubts = doubts;
        let (object, class) = (entry.address, entry.class);
        // SAFETY: the object was reached, so it is alive.
        unsafe {
            if ffi::Py_TYPE(object) != entry.python_type {
                // `__class__` was assigned.
                entry.python_type = ffi::Py_TYPE(object);
                let python_type = entry.python_type;
                let is_counted = entry.unfollowed != Some(Reason::ForeignClass);
                let new = self.classes.get(python_type);
                if is_counted {
                    self.count(class, -1);
                    self.count(new, 1);
                }
                if let Some(entry) = self.entry_mut(index) {
                    entry.class = new;
                }
                self.hides_anew |= new.hides_effects && !class.hides_effects;
                self.changes += 1;
                self.write_whole(index, out);
                return;
            }
            if class.kind == TypeKind::Opaque {
                if entry.is_class() {
                    self.compare_class(index, out);
                    self.visit_held(index, Part::Fields, below, budget, out);
                } else {
                    self.compare_captured(index, out);
                }
                return;
            }
            if entry.unfollowed.is_some() {
                return;
            }
            if is_container(class.kind) {
                let has_items = self.has_items(index, object, limit);
                if !has_items && is_fixed(class.kind) {
                    // Another one has taken its place and name.
                    self.write_whole(index, out);
                } else if !has_items {
                    self.compare_whole(index, object, out);
                }
                self.visit_held(index, Part::Items, below, budget, out);
            }
            if class.has_attributes {
                let entry = self.entry(index);
                if !entry.is_some_and(|entry| same::has_fields(object, class, &entry.fields.raw)) {
                    let mut live = std::mem::take(&mut self.scratch);
                    live.clear();
                    read_fields(object, class, &mut live);
                    self.compare_fields(index, &live, out);
                    self.scratch = live;
                }
                if self.shares_dicts
                    && let insides::Attributes::Dict(dict) = insides::attributes(object)
                    && let Some(dict) = self.by_address.get(dict as usize)
                {
                    self.visit(dict, 1);
                }
                self.visit_held(index, Part::Fields, below, budget, out);
            }
            if class.kind == TypeKind::ByteArray {
                let base = atoms::look_array(object, &self.limits);
                if self.entry(index).is_some_and(|entry| entry.base != base) {
                    self.changes += 1;
                    self.write_whole(index, out);
                }
            }
        }
    }

    /// Compares all that a container holds.
    ///
    /// # Safety
    /// The object is the entry's and alive, and the GIL is held.
    pub(crate) unsafe fn compare_whole(&mut self, index: u32, object: Object, out: &mut Sink) {
        let limit = self.limit(index);
        let Some(class) = self.entry(index).map(|entry| entry.class) else {
            return;
        };
        // SAFETY: the object is alive, and of the entry's class; nothing of the program runs until
        // its items are held.
        unsafe {
            if class.kind == TypeKind::List
                && let Some((live, length)) = same::array(object, class.kind, limit)
            {
                self.compare_items(index, live, length as u64, out);
                return;
            }
            let mut live = std::mem::take(&mut self.scratch);
            live.clear();
            let version = insides::dict_version_of(object, class);
            let length = read_items(object, class, limit, &mut live);
            self.compare_items(index, &live, length as u64, out);
            self.scratch = live;
            if let Some(entry) = self.entry_mut(index) {
                entry.version = version;
            }
            self.watch(index);
        }
    }

    /// Whether a container holds what was seen.
    #[inline]
    unsafe fn has_items(&self, index: u32, object: Object, limit: usize) -> bool {
        let Some(entry) = self.entry(index) else {
            return true;
        };
        if entry.is_watched {
            return !watch::has_noted_of(object);
        }
        // SAFETY: the object was reached, so it is alive, and its class was compared.
        unsafe {
            match insides::dict_version_of(object, entry.class) {
                Some(version) => entry.version == Some(version),
                None => {
                    let (items, length) = (&entry.items.raw, entry.length);
                    same::has_items(object, entry.class, limit, items, length)
                }
            }
        }
    }

    /// Reaches the objects that a container holds and that can change. One that is at the old
    /// address but cannot be the old one is new.
    unsafe fn visit_held(
        &mut self,
        index: u32,
        part: Part,
        levels: u8,
        budget: usize,
        out: &mut Sink,
    ) {
        if levels == 0 && part == Part::Items {
            return;
        }
        let Some(words) = self.words_mut(index, part) else {
            return;
        };
        if words.has_atoms_only() && part == Part::Fields {
            return;
        }
        if words.count_objects() > budget {
            // All of them are not looked at, so they need not be gone through either.
            let nearest = words.first_objects(budget);
            self.is_cut |= levels > 0;
            for (object, child) in nearest {
                // SAFETY: the words were just compared with live memory, so the item is alive.
                if levels > 0 && unsafe { self.is_entry(child, object) } {
                    self.visit(child, levels);
                }
            }
            return;
        }
        let (mut followed, mut has_settled) = match words.take_followed() {
            Followed::Known(known) => (known, false),
            Followed::New(all) => (all, true),
        };
        let mut replaced = Vec::new();
        for &(at, child) in &followed {
            let Some(object) = self.words(index, part).map(|words| words.raw[at as usize]) else {
                return;
            };
            // SAFETY: the words were just compared with live memory, so the item is alive.
            if unsafe { self.is_entry(child, object) } {
                if levels > 0 {
                    self.visit(child, levels);
                }
            } else {
                replaced.push((at, object));
            }
            has_settled |= self.entry(child).is_some_and(|entry| entry.is_settled);
        }
        if has_settled {
            // Another tuple can take the place of one, so those are looked at in any case.
            followed.retain(|(_, child)| {
                self.entry(*child)
                    .is_some_and(|entry| !entry.is_settled || is_fixed(entry.class.kind))
            });
        }
        let is_fixed = self.entry(index).is_some_and(|entry| {
            followed.is_empty() && is_fixed(entry.class.kind) && !entry.class.has_attributes
        });
        if is_fixed && let Some(entry) = self.entry_mut(index) {
            entry.is_settled = true;
        }
        if let Some(words) = self.words_mut(index, part) {
            words.keep_followed(followed);
        }
        for (at, object) in replaced {
            // SAFETY: as above.
            unsafe { self.replace(index, part, at as usize, object, out) };
        }
    }

    fn words(&self, index: u32, part: Part) -> Option<&Words> {
        let entry = self.entry(index)?;
        Some(match part {
            Part::Items => &entry.items,
            Part::Fields => &entry.fields,
        })
    }

    fn words_mut(&mut self, index: u32, part: Part) -> Option<&mut Words> {
        let entry = self.entry_mut(index)?;
        Some(match part {
            Part::Items => &mut entry.items,
            Part::Fields => &mut entry.fields,
        })
    }

    /// The item at a place is another object than before, at the same address.
    unsafe fn replace(
        &mut self,
        index: u32,
        part: Part,
        at: usize,
        object: Object,
        out: &mut Sink,
    ) {
        let reach = self.reach(index, part);
        // SAFETY: the item is alive.
        let held = unsafe { self.hold_all(&[object], reach, out) };
        let Some(words) = self.words_mut(index, part) else {
            return;
        };
        let old = words.splice(at, 1, &[object], &held);
        // SAFETY: the words were compared with live memory.
        unsafe {
            self.write_object(index, None, out);
        }
        self.let_go(index, old, out);
    }
}
