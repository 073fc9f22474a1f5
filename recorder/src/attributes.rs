//! Where an instance keeps an attribute: among its words, and in live memory.

use pyo3::ffi;
use schema::TypeKind;

use crate::effects::NameKey;
use crate::fields::slot_at;
use crate::follow::Place;
use crate::insides::{self, Attributes};
use crate::layout::Object;
use crate::objects::Heap;
use crate::same;

/// Whether an attribute is kept where an instance's attributes are: its class has none of that name
/// that would be asked instead.
///
/// # Safety
/// The object is alive, and the GIL is held.
#[inline]
pub(crate) unsafe fn is_kept_in_instance(object: Object, key: &NameKey) -> bool {
    // SAFETY: as promised by the caller. A class has another version as soon as it or one of its
    // bases was changed, and 0 while it has none; no number is given twice (`typeobject.c`, 3.12 to
    // 3.15).
    unsafe {
        let class = ffi::Py_TYPE(object);
        let version = (*class).tp_version_tag;
        let is_known = |known| version != 0 && version == known;
        is_known(key.kept_by.get()) || !is_known(key.slot.get().0) && looks_kept(class, key)
    }
}

/// The same, not known yet.
unsafe fn looks_kept(class: *mut ffi::PyTypeObject, key: &NameKey) -> bool {
    // SAFETY: the caller passes a live class.
    unsafe {
        let on_class = insides::on_class(class, key.text);
        if on_class.is_null() {
            key.kept_by.set((*class).tp_version_tag);
            return true;
        }
        (*ffi::Py_TYPE(on_class)).tp_descr_set.is_none()
    }
}

/// An attribute of an instance that keeps it where its class does not say otherwise, and where
/// among the words it was found.
///
/// # Safety
/// The object is the entry's and alive, and the GIL is held.
pub(crate) unsafe fn attribute(
    index: u32,
    object: Object,
    key: &NameKey,
    hint: usize,
    heap: &Heap,
) -> Option<(Place, usize)> {
    let entry = heap.entry(index)?;
    let class = entry.class;
    if heap.is_plain_class(index) {
        // SAFETY: as promised by the caller.
        return unsafe { Some((heap.bound_in(object.cast(), key.text)?, 0)) };
    }
    if class.kind != TypeKind::Instance || !class.has_plain_attributes {
        // SAFETY: as promised by the caller.
        return unsafe { Some((heap.in_module(object, key)?, 0)) };
    }
    let raw = &entry.fields.raw;
    let pairs = raw.len().checked_sub(class.slots.len())?;
    let is_there = |at: usize| at.is_multiple_of(2) && at < pairs && raw[at] == key.text;
    let at = if is_there(hint) {
        hint
    } else {
        match raw[..pairs]
            .iter()
            .step_by(2)
            .position(|word| *word == key.text)
        {
            Some(place) => 2 * place,
            // SAFETY: the object is alive and of the entry's class.
            None => unsafe {
                let found = slot(index, object, key, heap);
                return found.or_else(|| Some((heap.bound_in(ffi::Py_TYPE(object), key.text)?, 0)));
            },
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
                Some((name, value)) if name == key.text => value,
                _ => return None,
            },
            Attributes::Dict(dict)
                if let Some(value) = insides::value_at(dict, at / 2, key.text) =>
            {
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
unsafe fn slot(index: u32, object: Object, key: &NameKey, heap: &Heap) -> Option<(Place, usize)> {
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
