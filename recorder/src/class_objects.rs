//! Classes of the program as objects: what is bound in them is followed like the attributes of an
//! instance.

use pyo3::ffi;
use schema::TypeKind;

use crate::atoms;
use crate::classes;
use crate::follow::Place;
use crate::insides;
use crate::layout::Object;
use crate::objects::{Entry, Heap, Version};
use crate::sink::Sink;
use crate::texts::characters;

/// The number that CPython gives a class until something in it or its bases is bound; 0 is none.
///
/// # Safety
/// `class` is a live class.
unsafe fn version(class: Object) -> Version {
    // SAFETY: as promised by the caller.
    let tag = unsafe { (*class.cast::<ffi::PyTypeObject>()).tp_version_tag };
    Version::new(tag.into())
}

/// Whether a name is the program's: not `__module__`, nor what `enum` and `abc` keep in classes. That
/// there is `__get__` tells that an instance which is bound in a class is a descriptor.
unsafe fn is_shown(name: Object) -> bool {
    // SAFETY: a key of a class's dict, checked to be an exact str.
    unsafe {
        if ffi::PyUnicode_CheckExact(name) == 0 {
            return false;
        }
        match characters(name) {
            (_, []) => false,
            (1, text @ ([b'_'] | [b'_', .., b'_'])) => text == b"__get__",
            (1, text) => text != b"_abc_impl",
            _ => {
                let name = atoms::to_string(name).unwrap_or_default();
                !(name.starts_with('_') && name.ends_with('_'))
            }
        }
    }
}

/// The names that are bound in a class, and what they stand for, in turn.
unsafe fn read_class(class: Object, live: &mut Vec<Object>) {
    // SAFETY: the caller passes a live class of the program, which has a dict.
    unsafe {
        for (name, value) in classes::pairs((*class.cast::<ffi::PyTypeObject>()).tp_dict) {
            if is_shown(name) {
                live.extend([name, value]);
            }
        }
    }
}

impl Entry {
    /// Whether it is a class of the program.
    pub(crate) fn is_class(&self) -> bool {
        self.version.is_some() && self.class.kind == TypeKind::Opaque
    }
}

impl Heap {
    /// Reads what is bound in a class of the program, and the class's version; no other object has
    /// one.
    ///
    /// # Safety
    /// The object is alive and the GIL is held.
    pub(crate) unsafe fn read_if_class(
        &mut self,
        object: Object,
        live: &mut Vec<Object>,
    ) -> Option<Version> {
        // SAFETY: as promised by the caller.
        unsafe {
            if ffi::PyType_Check(object) == 0 || !self.classes.get(object.cast()).is_own {
                return None;
            }
            read_class(object, live);
            Some(version(object))
        }
    }

    /// Compares a class of the program with what was seen of it.
    ///
    /// # Safety
    /// As for [`compare`](Self::compare).
    pub(crate) unsafe fn compare_class(&mut self, index: u32, out: &mut Sink) {
        let Some((object, seen)) = self
            .entry(index)
            .map(|entry| (entry.address, entry.version))
        else {
            return;
        };
        // SAFETY: the class was reached, so it is alive.
        unsafe {
            let now = version(object);
            if now != Version::NONE && seen == Some(now) {
                return;
            }
            let mut live = std::mem::take(&mut self.scratch);
            live.clear();
            read_class(object, &mut live);
            self.compare_fields(index, &live, out);
            self.scratch = live;
            if let Some(entry) = self.entry_mut(index) {
                entry.version = Some(now);
            }
        }
    }

    /// Whether an entry is a class of the program that is bound into like an instance.
    pub(crate) fn is_plain_class(&self, index: u32) -> bool {
        self.entry(index).is_some_and(|entry| {
            entry.is_class() && std::ptr::eq(entry.python_type, &raw const ffi::PyType_Type)
        })
    }

    /// What a class or one of its bases has under an interned name, if that is no descriptor.
    ///
    /// # Safety
    /// `class` is a live class, and the GIL is held.
    pub(crate) unsafe fn bound_in(
        &self,
        class: *mut ffi::PyTypeObject,
        key: Object,
    ) -> Option<Place> {
        // SAFETY: as promised by the caller.
        unsafe {
            let now = insides::on_class(class, key);
            if now.is_null() || (*ffi::Py_TYPE(now)).tp_descr_get.is_some() {
                return None;
            }
            if atoms::is_exact(now) {
                return Some(Place {
                    seen: None,
                    is_same: true,
                    now,
                });
            }
            let known = self.by_address.get(now as usize)?;
            self.is_firm(known).then_some(Place {
                seen: Some(known),
                is_same: true,
                now,
            })
        }
    }
}
