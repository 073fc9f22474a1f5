//! Following the paths of a line to the objects that it changed, so that only those are compared.
//!
//! A path is followed by what was recorded, and every step is checked against live memory before
//! the next: where the two differ, the line (or something unseen) bound that very place anew, and
//! the caller falls back on comparing all that the line could reach.

use std::ptr::null_mut;

use pyo3::ffi;
use schema::TypeKind;

use crate::attributes::{attribute, is_kept_in_instance};
use crate::effects::{Const, Key, Path, Root, Step};
use crate::frames::FrameRecord;
use crate::keys::{self, Value};
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::seen::Seen;
use crate::tables;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Found {
    /// Something that cannot change.
    Atom,
    /// An object that is alive, and its entry.
    Entry(u32, Object),
}

/// A place in a container or instance: what was seen there, and what is there.
pub(crate) struct Place {
    pub(crate) seen: Option<u32>,
    pub(crate) is_same: bool,
    pub(crate) now: Object,
}

impl FrameRecord {
    /// Follows a path. `is_in_place`: what is there was changed by an operator that binds the place anew.
    ///
    /// # Safety
    /// The frame is alive, its namespaces were compared if the path begins there, and the GIL is held.
    #[inline(always)]
    pub(crate) unsafe fn follow(
        &self,
        path: &Path,
        is_in_place: bool,
        heap: &Heap,
    ) -> Option<Found> {
        // SAFETY: as promised by the caller.
        unsafe {
            let root = self.root(path, heap)?;
            match &path.steps[..] {
                [] => Some(root),
                steps => self.follow_steps(root, steps, is_in_place, heap),
            }
        }
    }

    /// Follows a path but for its last step: the entry and object that this leads on from, and the step.
    /// Nothing for a path without steps.
    ///
    /// # Safety
    /// As for [`follow`](Self::follow).
    pub(crate) unsafe fn follow_to_last<'a>(
        &self,
        path: &'a Path,
        heap: &Heap,
    ) -> Option<(u32, Object, &'a Step)> {
        let (last, before) = path.steps.split_last()?;
        // SAFETY: as promised by the caller.
        unsafe {
            let root = self.root(path, heap)?;
            match self.follow_steps(root, before, false, heap)? {
                Found::Entry(index, object) => Some((index, object, last)),
                Found::Atom => None,
            }
        }
    }

    /// Follows steps from where a path begins.
    unsafe fn follow_steps(
        &self,
        mut found: Found,
        steps: &[Step],
        is_in_place: bool,
        heap: &Heap,
    ) -> Option<Found> {
        for (at, step) in steps.iter().enumerate() {
            let is_last = at + 1 == steps.len();
            let Found::Entry(index, object) = found else {
                return None;
            };
            // SAFETY: as for `follow`.
            unsafe {
                if is_last && is_in_place && self.has_atom(index, object, step, heap) {
                    return Some(Found::Atom);
                }
                let place = self.step(index, object, step, heap)?;
                found = match place.seen {
                    // An operator in place leaves an atom as it is, and binds the place anew.
                    None if is_last && (is_in_place || place.is_same) => Found::Atom,
                    Some(child) if place.is_same && heap.is_entry(child, place.now) => {
                        Found::Entry(child, place.now)
                    }
                    _ => return None,
                };
            }
        }
        Some(found)
    }

    /// What a path begins with.
    #[inline(always)]
    unsafe fn root(&self, path: &Path, heap: &Heap) -> Option<Found> {
        // SAFETY: as for `follow`.
        unsafe {
            let (entry, object) = match path.root {
                Root::Slot(slot) => {
                    let seen = self.slots.get(slot)?;
                    if *seen == Seen::UNBOUND {
                        return None;
                    }
                    (
                        seen.entry(),
                        self.place.variable(slot, self.info.in_cell[slot]),
                    )
                }
                Root::Name(name) => {
                    let found = self.word_of(name, heap)?;
                    (found.entry, found.value)
                }
                Root::Result(unit) => match self.result_of(unit)?.entry() {
                    // Nothing but the line held it, unless something else is known to.
                    Some(index) if heap.is_firm(index) => (Some(index), heap.entry(index)?.address),
                    Some(_) => return None,
                    None => (None, null_mut()),
                },
            };
            match entry {
                None => Some(Found::Atom),
                Some(index) if !object.is_null() && heap.is_entry(index, object) => {
                    Some(Found::Entry(index, object))
                }
                Some(_) => None,
            }
        }
    }

    /// Where one step leads to from an object.
    pub(crate) unsafe fn step(
        &self,
        index: u32,
        object: Object,
        step: &Step,
        heap: &Heap,
    ) -> Option<Place> {
        // SAFETY: as for `follow`.
        unsafe {
            let key = match step {
                Step::Attribute(name, hint) => {
                    let key = self.info.effects.keys.get(*name as usize)?;
                    let (place, found) = attribute(index, object, key, hint.get(), heap)?;
                    hint.set(found);
                    return Some(place);
                }
                Step::Item(key) => key,
            };
            let entry = heap.entry(index)?;
            let (at, now) = if entry.class.kind == TypeKind::Dict {
                if !tables::is_plain_dict(object) {
                    return None;
                }
                let key = self.value(key, heap)?;
                let pair = key.with(|key| tables::pair_of(object, key))?;
                let at = heap.place_of(index, (pair.place, pair.key))?;
                (2 * at + 1, pair.value)
            } else {
                let at = self.place(key, object, heap)?;
                let (items, length) = same::array(object, entry.class.kind, usize::MAX)?;
                if entry.length != length as u64 {
                    // The line itself has changed it, and what is counted from its end is elsewhere.
                    return None;
                }
                (at, *items.get(at)?)
            };
            Some(Place {
                seen: entry.items.get(at).entry(),
                is_same: *entry.items.raw.get(at)? == now,
                now,
            })
        }
    }

    /// The place in a list or tuple that a key means.
    pub(crate) unsafe fn place(&self, key: &Key, object: Object, heap: &Heap) -> Option<usize> {
        // SAFETY: a list or tuple that is alive.
        let (key, length) = unsafe {
            let length = (*object.cast::<ffi::PyVarObject>()).ob_size as i64;
            (self.value(key, heap)?, length)
        };
        let Value::Int(place) = key else {
            return None;
        };
        let place = if place < 0 { place + length } else { place };
        usize::try_from(place).ok()
    }

    /// What a key is now; it was the same when the line used it, or it is not told.
    pub(crate) unsafe fn value(&self, key: &Key, heap: &Heap) -> Option<Value> {
        let path = match key {
            Key::Unknown | Key::Const(Const::Other) => return None,
            Key::Const(Const::Int(value)) => return Some(Value::Int(*value)),
            Key::Const(Const::Text(text)) => return Some(Value::Object(*text)),
            Key::Of(operator, sides) => {
                let [left, right] = &**sides;
                // SAFETY: as for `follow`.
                let sides = unsafe { (self.value(left, heap)?, self.value(right, heap)?) };
                return match sides {
                    (Value::Int(left), Value::Int(right)) => {
                        keys::operate(*operator, left, right).map(Value::Int)
                    }
                    _ => None,
                };
            }
            Key::At(path) => path,
        };
        // SAFETY: as for `follow`; what is at the end is held by what was reached before it.
        unsafe {
            if path.steps.is_empty() {
                return match path.root {
                    Root::Slot(slot) => match self.slots.get(slot)? {
                        &Seen::UNBOUND => None,
                        seen => seen.as_int().map(Value::Int).or_else(|| {
                            let object = self.place.variable(slot, self.info.in_cell[slot]);
                            Value::of(object)
                        }),
                    },
                    Root::Name(name) => Value::of(self.word_of(name, heap)?.value),
                    Root::Result(unit) => {
                        let int = self.result_of(unit)?.as_int();
                        match (int, self.root(path, heap)?) {
                            (Some(value), _) => Some(Value::Int(value)),
                            (None, Found::Entry(_, object)) => Some(Value::Object(object)),
                            _ => None,
                        }
                    }
                };
            }
            let (index, object, last) = self.follow_to_last(path, heap)?;
            let place = self.step(index, object, last, heap)?;
            place.is_same.then(|| Value::of(place.now))?
        }
    }

    /// Whether an atom was seen where a step leads, at first sight: as the attribute that is named, or as
    /// each of the items.
    ///
    /// # Safety
    /// As for [`follow`](Self::follow); the object is the entry's.
    pub(crate) unsafe fn has_atom(
        &self,
        index: u32,
        object: Object,
        step: &Step,
        heap: &Heap,
    ) -> bool {
        let Some(entry) = heap.entry(index) else {
            return false;
        };
        // SAFETY: as for `follow`; the object is the entry's.
        unsafe {
            match step {
                Step::Attribute(name, hint) => {
                    let (at, fields) = (hint.get(), &entry.fields);
                    let key = self.info.effects.keys.get(*name as usize);
                    key.is_some_and(|key| {
                        entry.class.kind == TypeKind::Instance
                            && entry.class.has_plain_attributes
                            && at.is_multiple_of(2)
                            && fields.raw.get(at) == Some(&key.text)
                            && at + 1 + entry.class.slots.len() < fields.len()
                            && fields.get(at + 1).entry().is_none()
                            && is_kept_in_instance(object, key)
                    })
                }
                Step::Item(_) => {
                    (is_list(object)
                        || ffi::PyTuple_CheckExact(object) != 0
                        || ffi::PyDict_CheckExact(object) != 0)
                        && entry.items.has_atoms_only()
                }
            }
        }
    }
}

pub(crate) unsafe fn is_list(object: Object) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { ffi::PyList_CheckExact(object) != 0 }
}
