//! Following the paths of a line to the objects that it changed, so that only those are compared.
//!
//! A path is followed by what was recorded, and every step is checked against live memory before
//! the next: where the two differ, the line (or something unseen) bound that very place anew, and
//! the caller falls back on comparing all that the line could reach.

use pyo3::ffi;
use schema::TypeKind;

use crate::atoms::Seen;
use crate::effects::{Change, Deed, Key, Path, Root, Step};
use crate::fields::slot_at;
use crate::frames::FrameRecord;
use crate::insides::{self, Attributes};
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::sink::Sink;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    /// Something that cannot change.
    Atom,
    /// An object that is alive, and its entry.
    Entry(u32, Object),
}

/// A place in a container or instance: what was seen there, and what is there.
struct Place {
    seen: Option<u32>,
    is_same: bool,
    now: Object,
}

impl FrameRecord {
    /// Compares the objects that a line changed before a code unit. `false` if one was not found:
    /// then what the line can have changed is not known so precisely.
    ///
    /// # Safety
    /// The frame is alive, its namespaces were compared if a path begins there, and the GIL is held.
    pub(crate) unsafe fn visit_changes(
        &self,
        changes: &[Change],
        until: u32,
        loops: bool,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // What one change frees, the next can replace by another at the same address.
        let count = changes
            .iter()
            .filter(|change| change.deed != Deed::InPlace)
            .count();
        let levels = count.max(1) as u8 + u8::from(loops);
        for change in changes.iter().filter(|change| loops || change.unit < until) {
            // SAFETY: as promised by the caller.
            unsafe {
                match self.follow(&change.path, change.deed == Deed::InPlace, heap) {
                    Some(Found::Atom) => {}
                    Some(Found::Entry(index, object)) if heap.is_plain(index) => {
                        let is_told =
                            levels == 1 && self.tell_change(&change.deed, index, object, heap, out);
                        if !is_told {
                            heap.visit(index, levels);
                            heap.refresh(out);
                        }
                    }
                    _ => return false,
                }
            }
        }
        true
    }

    /// Compares the list that a call sorts which has not returned yet: it shows nothing meanwhile.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn visit_sorted(&self, unit: u32, heap: &mut Heap, out: &mut Sink) {
        let Some(path) = self.info.effects.sorts(unit) else {
            return;
        };
        // SAFETY: as promised by the caller.
        unsafe {
            if matches!(path.root, Root::Name(_)) {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
            }
            if let Some(Found::Entry(index, _)) = self.follow(path, false, heap) {
                heap.visit(index, 1);
                heap.refresh(out);
            }
        }
    }

    /// Writes a change of an instance or a list, if it is known where in it that is.
    unsafe fn tell_change(
        &self,
        deed: &Deed,
        index: u32,
        object: Object,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // SAFETY: the object was reached just now.
        unsafe {
            if let Deed::SetAttribute(name, hint) = deed {
                let Some((key, _)) = self.info.effects.keys.get(*name as usize) else {
                    return false;
                };
                if !is_kept_in_instance(object, *key) {
                    return heap.compare_slot(index, object, *key, out);
                }
                let found = heap.compare_attribute(index, object, *key, hint.get(), out);
                found.inspect(|at| hint.set(*at));
                return found.is_some();
            }
            let place = match deed {
                _ if !is_list(object) => None,
                Deed::Append => heap.entry(index).map(|entry| entry.items.len()),
                Deed::SetItem(key) => self.place(*key, object),
                _ => None,
            };
            place.is_some_and(|place| {
                heap.compare_at(index, object, place, *deed == Deed::Append, out)
            })
        }
    }

    unsafe fn follow(&self, path: &Path, is_in_place: bool, heap: &mut Heap) -> Option<Found> {
        // SAFETY: as promised by the caller of `visit_changes`.
        unsafe {
            let (mut index, mut object) = match path.root {
                Root::Slot(slot) => match self.slots.get(slot)? {
                    Seen::Object(index) => {
                        (*index, self.place.variable(slot, self.info.in_cell[slot]))
                    }
                    Seen::Unbound => return None,
                    _ => return path.steps.is_empty().then_some(Found::Atom),
                },
                Root::Name(name) => {
                    let found = self.word_of(name, heap)?;
                    match found.entry {
                        Some(index) => (index, found.value),
                        None => return path.steps.is_empty().then_some(Found::Atom),
                    }
                }
            };
            if object.is_null() || !heap.is_entry(index, object) {
                return None;
            }
            for (at, step) in path.steps.iter().enumerate() {
                let is_last = at + 1 == path.steps.len();
                let place = match step {
                    Step::Attribute(name, hint) => {
                        let key = self.info.effects.keys.get(*name as usize)?.0;
                        let (place, found) = attribute(index, object, key, hint.get(), heap)?;
                        hint.set(found);
                        place
                    }
                    Step::Item(key) => {
                        let entry = heap.entry(index)?;
                        if !is_list(object) && ffi::PyTuple_CheckExact(object) == 0 {
                            let is_dict = ffi::PyDict_CheckExact(object) != 0;
                            let has_atoms = is_dict && entry.items.has_atoms_only();
                            return (has_atoms && is_last && is_in_place).then_some(Found::Atom);
                        }
                        if entry.items.has_atoms_only() {
                            return (is_last && is_in_place).then_some(Found::Atom);
                        }
                        let at = self.place(*key, object)?;
                        let (items, _) = same::array(object, entry.class.kind, usize::MAX)?;
                        let (seen, now) = (entry.items.raw.get(at)?, *items.get(at)?);
                        Place {
                            seen: entry.items.get(at).entry(),
                            is_same: *seen == now,
                            now,
                        }
                    }
                };
                match place.seen {
                    // An operator in place leaves an atom as it is, and binds the place anew.
                    None if is_last && (is_in_place || place.is_same) => return Some(Found::Atom),
                    Some(child) if place.is_same && heap.is_entry(child, place.now) => {
                        (index, object) = (child, place.now);
                    }
                    _ => return None,
                }
            }
            Some(Found::Entry(index, object))
        }
    }

    /// The place in a list or tuple that a key means.
    unsafe fn place(&self, key: Key, object: Object) -> Option<usize> {
        let place = match key {
            Key::Slot(slot) => match self.slots.get(slot)? {
                Seen::Int(place) => *place,
                _ => return None,
            },
            Key::Place(place) => place,
            Key::Unknown => return None,
        };
        // SAFETY: a list or tuple that is alive.
        let length = unsafe { (*object.cast::<ffi::PyVarObject>()).ob_size } as i64;
        let place = if place < 0 { place + length } else { place };
        usize::try_from(place).ok()
    }
}

unsafe fn is_list(object: Object) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { ffi::PyList_CheckExact(object) != 0 }
}

/// Whether an attribute is kept where an instance's attributes are: its class has none of that name
/// that would be asked instead.
///
/// # Safety
/// The object is alive, and the name interned.
unsafe fn is_kept_in_instance(object: Object, key: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        let on_class = insides::on_class(ffi::Py_TYPE(object), key);
        on_class.is_null() || (*ffi::Py_TYPE(on_class)).tp_descr_set.is_none()
    }
}

/// An attribute of an instance that keeps it where its class does not say otherwise, and where
/// among the words it was found.
unsafe fn attribute(
    index: u32,
    object: Object,
    key: Object,
    hint: usize,
    heap: &Heap,
) -> Option<(Place, usize)> {
    let entry = heap.entry(index)?;
    let class = entry.class;
    if class.kind != TypeKind::Instance || !class.has_plain_attributes {
        return None;
    }
    let raw = &entry.fields.raw;
    let pairs = raw.len().checked_sub(class.slots.len())?;
    let is_there = |at: usize| at.is_multiple_of(2) && at < pairs && raw[at] == key;
    let at = if is_there(hint) {
        hint
    } else {
        match raw[..pairs].iter().step_by(2).position(|word| *word == key) {
            Some(place) => 2 * place,
            // SAFETY: the object is alive and of the entry's class.
            None => return unsafe { slot(index, object, key, heap) },
        }
    };
    let seen = *raw.get(at + 1)?;
    // SAFETY: the object is alive; the name is one of its code's, which are interned.
    let now = unsafe {
        if !is_kept_in_instance(object, key) {
            return None;
        }
        match insides::attributes(object) {
            Attributes::Inline(values) => match values.get(at / 2) {
                Some((name, value)) if name == key => value,
                _ => return None,
            },
            Attributes::Dict(dict) if let Some(value) = insides::value_at(dict, at / 2, key) => {
                value
            }
            _ if same::has_fields(object, class, raw) => seen,
            _ => return None,
        }
    };
    let place = Place {
        seen: entry.fields.get(at + 1).entry(),
        is_same: seen == now,
        now,
    };
    Some((place, at))
}

/// An attribute that is kept in one of the slots of a class.
///
/// # Safety
/// The object is alive and of the entry's class.
unsafe fn slot(index: u32, object: Object, key: Object, heap: &Heap) -> Option<(Place, usize)> {
    let entry = heap.entry(index)?;
    // SAFETY: as promised by the caller.
    let (n, now) = unsafe { slot_at(object, entry.class, key)? };
    let at = entry.fields.len().checked_sub(entry.class.slots.len())? + n;
    let place = Place {
        seen: entry.fields.get(at).entry(),
        is_same: entry.fields.raw.get(at) == Some(&now),
        now,
    };
    Some((place, 0))
}
