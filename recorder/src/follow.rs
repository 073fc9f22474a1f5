//! Following the paths of a line to the objects that it changed, so that only those are compared.
//!
//! A path is followed by what was recorded, and every step is checked against live memory before
//! the next: where the two differ, the line (or something unseen) bound that very place anew, and
//! the caller falls back on comparing all that the line could reach.

use std::ptr::null_mut;

use pyo3::ffi;
use schema::TypeKind;

use crate::attributes::{attribute, is_kept_in_instance};
use crate::effects::{Change, Const, Deed, Key, Path, Root, Step};
use crate::frames::FrameRecord;
use crate::keys::{self, Value};
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;
use crate::seen::Seen;
use crate::sink::Sink;
use crate::tables;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq)]
enum Found {
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
        let mut done = changes.iter().filter(|change| loops || change.unit < until);
        done.all(|change| {
            let is_late = loops && self.entered.is_some() || self.is_late(change);
            if is_late && self.can_lead_elsewhere(&change.path)
                || count > 1 && matches!(change.path.root, Root::Result(_))
            {
                return false;
            }
            // SAFETY: as promised by the caller.
            unsafe { self.visit_change(change, levels, heap, out) }
        })
    }

    /// The same where a line that is over makes one change.
    ///
    /// # Safety
    /// As for [`visit_changes`](Self::visit_changes).
    pub(crate) unsafe fn visit_only_change(
        &self,
        change: &Change,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let is_astray = self.is_late(change) && self.can_lead_elsewhere(&change.path);
        // SAFETY: as promised by the caller.
        !is_astray && unsafe { self.visit_change(change, 1, heap, out) }
    }

    /// Whether recorded frames were entered between finding what is changed and changing it.
    #[inline]
    fn is_late(&self, change: &Change) -> bool {
        self.entered.is_some_and(|(first, last)| {
            let is_behind = |from| first < change.unit && last >= from;
            change.late_from.is_some_and(is_behind)
        })
    }

    /// Compares what was changed, and so many levels of it where it is not known what in it was.
    unsafe fn visit_change(
        &self,
        change: &Change,
        levels: u8,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // SAFETY: as promised to `visit_changes`.
        unsafe {
            match self.follow(&change.path, change.deed == Deed::InPlace, heap) {
                // Nothing else is done to an atom: the path leads elsewhere by now.
                Some(Found::Atom) => change.deed == Deed::InPlace,
                Some(Found::Entry(index, object)) if heap.is_plain(index) => {
                    if levels == 1 && self.tell_change(&change.deed, index, object, heap, out) {
                        return true;
                    }
                    let before = heap.changes;
                    heap.visit(index, levels);
                    heap.refresh(out);
                    let is_elsewhere = heap.changes == before && is_list(object);
                    !is_elsewhere || !matches!(change.deed, Deed::Append | Deed::Pop)
                }
                _ => false,
            }
        }
    }

    /// Compares the list that a call sorts which has not returned yet: it shows nothing meanwhile, and
    /// has its items again when the line is over.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn visit_sorted(&mut self, unit: u32, heap: &mut Heap, out: &mut Sink) {
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
                heap.keeps_parted = true;
                heap.visit(index, 1);
                heap.refresh(out);
                heap.keeps_parted = false;
                self.made.extend(heap.parted.drain(..).map(Seen::object));
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
                let Some(key) = self.info.effects.keys.get(*name as usize) else {
                    return false;
                };
                if !is_kept_in_instance(object, key) {
                    return heap.compare_slot(index, object, key.text, out);
                }
                let found = heap.compare_attribute(index, object, key, hint.get(), out);
                found.inspect(|at| hint.set(*at));
                return found.is_some();
            }
            if heap
                .entry(index)
                .is_some_and(|entry| entry.class.kind == TypeKind::Set)
            {
                let value = |key| self.value(key, heap);
                return match deed {
                    Deed::Add(key) => value(key)
                        .is_some_and(|value| heap.compare_added(index, object, value, out)),
                    Deed::Remove(key) => value(key)
                        .is_some_and(|value| heap.compare_removed(index, object, value, out)),
                    _ => false,
                };
            }
            let place = match deed {
                _ if !is_list(object) => None,
                Deed::Append => heap.entry(index).map(|entry| entry.items.len()),
                Deed::Pop => return heap.compare_popped(index, object, out),
                Deed::SetItem(key) => self.place(key, object, heap),
                _ => None,
            };
            place.is_some_and(|place| {
                heap.compare_at(index, object, place, *deed == Deed::Append, out)
            })
        }
    }

    /// Whether a recorded frame above can have changed where a path leads.
    fn can_lead_elsewhere(&self, path: &Path) -> bool {
        match path.root {
            Root::Slot(slot) => !path.steps.is_empty() || self.info.in_cell[slot],
            Root::Result(_) => !path.steps.is_empty(),
            Root::Name(_) => true,
        }
    }

    #[inline(always)]
    unsafe fn follow(&self, path: &Path, is_in_place: bool, heap: &Heap) -> Option<Found> {
        // SAFETY: as promised by the caller of `visit_changes`.
        unsafe {
            let root = self.root(path, heap)?;
            match &path.steps[..] {
                [] => Some(root),
                steps => self.follow_steps(root, steps, is_in_place, heap),
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
                if is_last && is_in_place && has_atoms(index, object, step, heap) {
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
    unsafe fn step(&self, index: u32, object: Object, step: &Step, heap: &Heap) -> Option<Place> {
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
                let (items, _) = same::array(object, entry.class.kind, usize::MAX)?;
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
    unsafe fn place(&self, key: &Key, object: Object, heap: &Heap) -> Option<usize> {
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
    unsafe fn value(&self, key: &Key, heap: &Heap) -> Option<Value> {
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
            let Some((last, before)) = path.steps.split_last() else {
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
            };
            let root = self.root(path, heap)?;
            let Found::Entry(index, object) = self.follow_steps(root, before, false, heap)? else {
                return None;
            };
            let place = self.step(index, object, last, heap)?;
            place.is_same.then(|| Value::of(place.now))?
        }
    }
}

/// Whether an item of a container, whichever it is, is an atom.
unsafe fn has_atoms(index: u32, object: Object, step: &Step, heap: &Heap) -> bool {
    // SAFETY: the caller passes a live object.
    let is_known = unsafe {
        is_list(object)
            || ffi::PyTuple_CheckExact(object) != 0
            || ffi::PyDict_CheckExact(object) != 0
    };
    let has_atoms = |index| {
        heap.entry(index)
            .is_some_and(|entry| entry.items.has_atoms_only())
    };
    matches!(step, Step::Item(_)) && is_known && has_atoms(index)
}

unsafe fn is_list(object: Object) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { ffi::PyList_CheckExact(object) != 0 }
}
