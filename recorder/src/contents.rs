//! What objects hold: reading it from live memory, writing it whole, and writing what changed.

use schema::encode::{self, Out, part};
use schema::{NameId, Reason, TypeKind};

use crate::atoms;
use crate::classes::Class;
use crate::fields;
use crate::insides;
use crate::layout::Object;
use crate::objects::{Heap, Reach};
use crate::opaque;
use crate::reading::{is_container, read_fields, read_items};
use crate::seen::Seen;
use crate::sink::Sink;
use crate::words::{self, Held, Memory, Words};

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
    pub(crate) fn limit(&self, index: u32) -> usize {
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
        let mut held = Vec::new();
        // SAFETY: as promised by the caller.
        unsafe { self.hold_all_into(items, reach, &mut held, out) };
        held
    }

    /// The same, with memory given.
    unsafe fn hold_all_into(
        &mut self,
        items: &[Object],
        reach: Reach,
        held: &mut Vec<Held>,
        out: &mut Sink,
    ) {
        held.reserve(items.len());
        for (at, &item) in items.iter().enumerate() {
            // What every module has in common is no business of the program's.
            let is_common = reach.is_module && at > 0 && self.common_names.contains(&items[at - 1]);
            let reach = Reach {
                is_foreign: reach.is_foreign || is_common,
                ..reach
            };
            // SAFETY: a live container holds the item.
            held.push(unsafe { self.hold_item(item, reach, out) });
        }
    }

    /// Holds one item that was just read.
    ///
    /// # Safety
    /// A live container holds the item, or it is null; the GIL is held.
    #[inline]
    pub(crate) unsafe fn hold_item(&mut self, item: Object, reach: Reach, out: &mut Sink) -> Held {
        // SAFETY: as promised by the caller.
        unsafe {
            if item.is_null() || atoms::is_exact(item) {
                words::hold_atom(item)
            } else {
                Held::object(self.hold_object(item, reach, out))
            }
        }
    }

    /// Holds one item or attribute of an object that was just read, and tells what is new of it.
    ///
    /// # Safety
    /// As for [`hold_item`](Self::hold_item).
    #[inline(always)]
    pub(crate) unsafe fn hold_part(
        &mut self,
        index: u32,
        part: Part,
        item: Object,
        out: &mut Sink,
    ) -> Held {
        // SAFETY: as promised by the caller.
        unsafe {
            if item.is_null() || atoms::is_exact(item) {
                return words::hold_atom(item);
            }
            let reach = self.reach(index, part);
            let held = Held::object(self.hold_object(item, reach, out));
            self.tell(out);
            held
        }
    }

    /// How the parts of an object are reached from it.
    pub(crate) fn reach(&self, index: u32, part: Part) -> Reach {
        let Some(entry) = self.entry(index) else {
            return Reach::VARIABLE;
        };
        let class = entry.class;
        let is_followed = class.is_own
            || class.kind == TypeKind::Exception
            || part == Part::Items
            || entry.is_class();
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
        let doubts = self.doubts;
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        entry.is_written = true;
        entry.doubts = doubts;
        let (object, class, unfollowed) = (entry.address, entry.class, entry.unfollowed);
        let Memory {
            raw: mut items,
            held: mut held_items,
        } = self.piece_if(is_container(class.kind));
        let Memory {
            raw: mut fields,
            held: mut held_fields,
        } = self.piece_if(class.has_attributes);
        let (mut length, mut text, mut base, mut version) = (0, None, Seen::UNBOUND, None);
        // SAFETY: the object is alive, and nothing runs until its items are held.
        unsafe {
            if class.kind == TypeKind::Opaque {
                text = Some(opaque::describe(object));
                self.read_captured(object, &mut items);
                version = self.read_if_class(object, &mut fields);
            } else if unfollowed.is_none() {
                let limit = self.limit(index);
                version = insides::dict_version_of(object, class);
                length = read_items(object, class, limit, &mut items);
                if class.has_attributes {
                    read_fields(object, class, &mut fields);
                }
                base = self.look_base(object, class);
            } else if is_container(class.kind) {
                length = read_items(object, class, 0, &mut items);
            }
            let reach = self.reach(index, Part::Items);
            self.hold_all_into(&items, reach, &mut held_items, out);
            let reach = self.reach(index, Part::Fields);
            self.hold_all_into(&fields, reach, &mut held_fields, out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let old_items = std::mem::replace(&mut entry.items, Words::new(items, held_items));
            let old_fields = std::mem::replace(&mut entry.fields, Words::new(fields, held_fields));
            entry.base = base;
            entry.length = length as u64;
            entry.version = version;
            entry.order = None;
            self.write_object(index, text.as_deref(), out);
            self.let_go(index, old_items, out);
            self.let_go(index, old_fields, out);
            self.watch(index);
        }
    }

    /// Lets go what a container no longer holds.
    pub(crate) fn let_go(&mut self, index: u32, words: Words, out: &mut Sink) {
        let piece = words.release(|child| self.release_object(child, Some(index), out));
        self.pieces.give(piece);
    }

    fn piece_if(&mut self, is_needed: bool) -> Memory {
        match is_needed {
            true => self.pieces.take(),
            false => Memory::default(),
        }
    }

    /// The same for one item.
    ///
    /// # Safety
    /// The item was held by the container, and the GIL is held.
    #[inline]
    pub(crate) unsafe fn let_go_one(
        &mut self,
        index: u32,
        (object, held): (Object, Held),
        out: &mut Sink,
    ) {
        match held.entry() {
            Some(child) => self.release_object(child, Some(index), out),
            // SAFETY: as promised by the caller.
            None => unsafe { words::release_atom(object) },
        }
    }

    /// The atom an object extends, or the bytes of a bytearray.
    unsafe fn look_base(&self, object: Object, class: &Class) -> Seen {
        // SAFETY: the class says which atom the object extends.
        unsafe {
            match (class.atom, class.kind) {
                (Some(kind), _) => atoms::look_as(object, kind, &self.limits),
                (None, TypeKind::ByteArray) => atoms::look_array(object, &self.limits),
                _ => Seen::UNBOUND,
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
        let class = entry.class;
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
        if entry.base != Seen::UNBOUND {
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
        unsafe { fields::names(&entry.fields.raw, entry.class, &mut self.classes) }
    }

    /// Writes one item.
    ///
    /// # Safety
    /// The words were compared with live memory at this event.
    pub(crate) unsafe fn write_word(&self, words: &Words, at: usize, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe { self.write_held(words.raw[at], words.get(at), out) };
    }

    /// The same, given the item and how it is held.
    ///
    /// # Safety
    /// The item is held, and not null.
    #[inline]
    pub(crate) unsafe fn write_held(&self, atom: Object, held: Held, out: &mut Sink) {
        match held.entry().map(|index| self.entry(index)) {
            Some(Some(entry)) => encode::object_ref(out, entry.id),
            Some(None) => encode::unknown(out, Reason::Layout),
            // SAFETY: an atom, held by reference.
            None => unsafe {
                match atoms::look(atom, &self.limits) {
                    Some(seen) => atoms::write(out, atom, seen, &self.limits),
                    None => encode::unknown(out, Reason::Layout),
                }
            },
        }
    }
}

fn has_only_fields(class: &Class) -> bool {
    matches!(class.kind, TypeKind::Instance | TypeKind::Exception)
}
