//! What objects hold: reading it from live memory, writing it whole, and writing what changed.

use pyo3::ffi;
use schema::encode::{self, Out, part};
use schema::{NameId, Reason, TypeKind};

use crate::atoms::{self, Seen};
use crate::classes::Class;
use crate::diff;
use crate::insides;
use crate::layout::Object;
use crate::objects::{DEEP, Heap, Reach};
use crate::opaque;
use crate::reading::{is_container, is_fixed, read_fields, read_items};
use crate::sink::Sink;
use crate::words::{self, Followed, Held, Words};

/// Which of the two lists of an object's items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Items, or keys and values in turn.
    Items,
    /// Attributes: those at fixed places first, then names and values of the instance dict in
    /// turn, then the slots.
    Fields,
}

impl Heap {
    /// How many items are read: all names of a module or class, they are the program's words.
    fn limit(&self, index: u32) -> usize {
        match self.entry(index) {
            Some(entry) if entry.is_namespace => usize::MAX,
            _ => self.limits.items as usize,
        }
    }

    /// Holds items that were just read.
    pub(crate) unsafe fn hold_all(
        &mut self,
        items: &[Object],
        reach: Reach,
        out: &mut Sink,
    ) -> Vec<Held> {
        let mut held = Vec::with_capacity(items.len());
        for (at, &item) in items.iter().enumerate() {
            // What every module has in common is no business of the program's.
            let is_common = reach.is_module && at > 0 && self.common_names.contains(&items[at - 1]);
            let reach = Reach {
                is_foreign: reach.is_foreign || is_common,
                ..reach
            };
            // SAFETY: a live container holds the item.
            held.push(unsafe {
                if item.is_null() || atoms::is_exact(item) {
                    words::hold_atom(item)
                } else {
                    Held::object(self.hold_object(item, reach, out))
                }
            });
        }
        held
    }

    /// How the parts of an object are reached from it.
    pub(crate) fn reach(&self, index: u32, part: Part) -> Reach {
        let Some(entry) = self.entry(index) else {
            return Reach::VARIABLE;
        };
        let class = &entry.class;
        let is_followed = class.is_own || class.kind == TypeKind::Exception || part == Part::Items;
        Reach {
            depth: entry.depth + 1,
            is_foreign: !is_followed,
            is_module: entry.is_module && part == Part::Items,
            owner: Some(index),
        }
    }

    /// Writes the whole contents of an object, and holds all that it holds.
    ///
    /// # Safety
    /// The entry's object is alive and the GIL is held.
    pub(crate) unsafe fn write_whole(&mut self, index: u32, out: &mut Sink) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        entry.is_written = true;
        let (object, class, unfollowed) = (entry.address, entry.class.clone(), entry.unfollowed);
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        let (mut length, mut text, mut base, mut version) = (0, None, Seen::Unbound, None);
        // SAFETY: the object is alive, and nothing runs until its items are held.
        unsafe {
            if class.kind == TypeKind::Opaque {
                text = Some(opaque::describe(object));
            } else if unfollowed.is_none() {
                let limit = self.limit(index);
                version = insides::dict_version_of(object, &class);
                length = read_items(object, &class, limit, &mut items);
                if class.has_attributes {
                    read_fields(object, &class, &mut fields);
                }
                base = self.look_base(object, &class);
            } else if is_container(class.kind) {
                length = read_items(object, &class, 0, &mut items);
            }
            let reach = self.reach(index, Part::Items);
            let held_items = self.hold_all(&items, reach, out);
            let reach = self.reach(index, Part::Fields);
            let held_fields = self.hold_all(&fields, reach, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let all = (entry.items.len(), entry.fields.len());
            let old_items = entry.items.splice(0, all.0, &items, &held_items);
            let old_fields = entry.fields.splice(0, all.1, &fields, &held_fields);
            entry.base = base;
            entry.length = length as u64;
            entry.version = version;
            self.write_object(index, text.as_deref(), out);
            self.let_go(index, old_items, out);
            self.let_go(index, old_fields, out);
        }
    }

    /// Lets go what a container no longer holds.
    pub(crate) fn let_go(&mut self, index: u32, words: Words, out: &mut Sink) {
        words.release(|child| self.release_object(child, Some(index), out));
    }

    /// The atom an object extends, or the bytes of a bytearray.
    unsafe fn look_base(&self, object: Object, class: &Class) -> Seen {
        // SAFETY: the class says which atom the object extends.
        unsafe {
            match (class.atom, class.kind) {
                (Some(kind), _) => atoms::look_as(object, kind, &self.limits),
                (None, TypeKind::ByteArray) => atoms::look_array(object, &self.limits),
                _ => Seen::Unbound,
            }
        }
    }

    /// Writes `Op::Object` for what the entry says.
    pub(crate) unsafe fn write_object(&mut self, index: u32, text: Option<&str>, out: &mut Sink) {
        let names = self.field_names(index);
        self.tell(out);
        let Some(entry) = self.entry(index) else {
            return;
        };
        let class = &entry.class;
        let is_followed = entry.unfollowed.is_none();
        let is_dict = class.kind == TypeKind::Dict;
        let holds = entry.items.len() / if is_dict { 2 } else { 1 };
        let mut parts = 0;
        if is_container(class.kind) && is_followed {
            parts |= if is_dict { part::PAIRS } else { part::ITEMS };
            if (holds as u64) < entry.length {
                parts |= part::CUT;
            }
        }
        if is_followed && (!names.is_empty() || has_only_fields(class)) {
            parts |= part::FIELDS;
        }
        if text.is_some() {
            parts |= part::TEXT;
        }
        if entry.base != Seen::Unbound {
            parts |= part::BASE;
        }
        let length = is_container(class.kind).then_some(entry.length);
        encode::object_head(out, entry.id, class.id, parts, length, entry.unfollowed);
        // SAFETY: the items were read and held just now.
        unsafe {
            if parts & (part::ITEMS | part::PAIRS) != 0 {
                out.number(holds as u64);
                for at in 0..entry.items.len() {
                    self.write_word(&entry.items, at, out);
                }
            }
            if parts & part::FIELDS != 0 {
                out.number(names.len() as u64);
                for (name, at) in &names {
                    out.number(u64::from(name.0));
                    self.write_word(&entry.fields, *at, out);
                }
            }
            if let Some(text) = text {
                out.number(text.len() as u64);
                out.bytes(text.as_bytes());
            }
            if parts & part::BASE != 0 {
                if class.kind == TypeKind::ByteArray {
                    atoms::write_bytes(out, atoms::byte_array(entry.address), &self.limits);
                } else {
                    atoms::write(out, entry.address, entry.base, &self.limits);
                }
            }
        }
    }

    /// The attributes that are set: their names, and where their values stand in the words.
    pub(crate) fn field_names(&mut self, index: u32) -> Vec<(NameId, usize)> {
        let Some(entry) = self.entries.get(index as usize).and_then(Option::as_ref) else {
            return Vec::new();
        };
        // SAFETY: keys of the instance dict are exact str, held by the words.
        unsafe { diff::names(&entry.fields.raw, &entry.class, &mut self.classes) }
    }

    /// Writes one item.
    ///
    /// # Safety
    /// The words were compared with live memory at this event.
    pub(crate) unsafe fn write_word(&self, words: &Words, at: usize, out: &mut Sink) {
        match words.get(at).entry().map(|index| self.entry(index)) {
            Some(Some(entry)) => encode::object_ref(out, entry.id),
            Some(None) => encode::unknown(out, Reason::Layout),
            // SAFETY: an atom, held by reference.
            None => unsafe {
                let atom = words.raw[at];
                match atoms::look(atom, &self.limits) {
                    Some(seen) => atoms::write(out, atom, seen, &self.limits),
                    None => encode::unknown(out, Reason::Layout),
                }
            },
        }
    }

    /// Compares an object that was reached with what was seen of it, and writes the difference.
    ///
    /// # Safety
    /// The entry was reached from a live frame at this event, and the GIL is held.
    pub(crate) unsafe fn compare(&mut self, index: u32, levels: u8, out: &mut Sink) {
        let below = if levels == DEEP { DEEP } else { levels - 1 };
        let limit = self.limit(index);
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        let (object, class) = (entry.address, entry.class.clone());
        // SAFETY: the object was reached, so it is alive.
        unsafe {
            if ffi::Py_TYPE(object) != entry.python_type {
                // `__class__` was assigned.
                entry.python_type = ffi::Py_TYPE(object);
                let python_type = entry.python_type;
                let is_counted = entry.unfollowed != Some(Reason::ForeignClass);
                let new = self.classes.get(python_type);
                if is_counted {
                    self.count(&class, -1);
                    self.count(&new, 1);
                }
                if let Some(entry) = self.entry_mut(index) {
                    entry.class = new;
                }
                self.changes += 1;
                self.write_whole(index, out);
                return;
            }
            if class.kind == TypeKind::Opaque {
                entry.is_settled = true;
                return;
            }
            if entry.unfollowed.is_some() {
                return;
            }
            let mut live = std::mem::take(&mut self.scratch);
            if is_container(class.kind) {
                let version = insides::dict_version_of(object, &class);
                let is_unchanged = match self.entry(index) {
                    Some(entry) => version.is_some() && version == entry.version,
                    None => false,
                };
                if !is_unchanged && !is_fixed(class.kind) {
                    live.clear();
                    let length = read_items(object, &class, limit, &mut live);
                    self.compare_items(index, &live, length as u64, out);
                    if let Some(entry) = self.entry_mut(index) {
                        entry.version = version;
                    }
                }
                self.visit_held(index, Part::Items, below, out);
            }
            if class.has_attributes {
                live.clear();
                read_fields(object, &class, &mut live);
                self.compare_fields(index, &live, out);
                if self.shares_dicts
                    && let insides::Attributes::Dict(dict) = insides::attributes(object)
                    && let Some(dict) = self.by_address.get(&(dict as usize))
                {
                    self.visit(*dict, 1);
                }
                self.visit_held(index, Part::Fields, below, out);
            }
            self.scratch = live;
            if class.kind == TypeKind::ByteArray {
                let base = atoms::look_array(object, &self.limits);
                if self.entry(index).is_some_and(|entry| entry.base != base) {
                    self.changes += 1;
                    self.write_whole(index, out);
                }
            }
        }
    }

    /// Reaches the objects that a container holds and that can change. One that is at the old
    /// address but cannot be the old one is new.
    unsafe fn visit_held(&mut self, index: u32, part: Part, levels: u8, out: &mut Sink) {
        if levels == 0 {
            return;
        }
        let Some(words) = self.words_mut(index, part) else {
            return;
        };
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
                self.visit(child, levels);
            } else {
                replaced.push((at, object));
            }
            has_settled |= self.entry(child).is_some_and(|entry| entry.is_settled);
        }
        if has_settled {
            followed.retain(|(_, child)| self.entry(*child).is_some_and(|entry| !entry.is_settled));
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

fn has_only_fields(class: &Class) -> bool {
    matches!(class.kind, TypeKind::Instance | TypeKind::Exception)
}
