//! What is bound in a class, for who asks which of its operations are the interpreter's own.

use std::ffi::CStr;

use pyo3::ffi;
use schema::{Body, Bound, Maker, NameId, TypeId};

use super::{Classes, HEAP_TYPE, IMMUTABLE_TYPE, pairs};
use crate::atoms;
use crate::layout::Object;

/// `T_OBJECT_EX` and `T_OBJECT` of `structmember.h`.
const MEMBER_KINDS: [i32; 2] = [16, 6];

unsafe extern "C" {
    fn PyType_GetDict(class: *mut ffi::PyTypeObject) -> Object;
}

impl Classes {
    /// What is bound in a class, and the classes of its mro, which get numbers by that.
    ///
    /// # Safety
    /// The class is alive and `mro` is its own; the GIL is held.
    pub(super) unsafe fn body(
        &mut self,
        class: *mut ffi::PyTypeObject,
        mro: &[*mut ffi::PyTypeObject],
    ) -> Body {
        // SAFETY: as promised by the caller; the bases of a live class are alive.
        unsafe {
            let called = CStr::from_ptr((*class).tp_name).to_string_lossy();
            let flags = (*class).tp_flags;
            let maker = match () {
                () if flags & HEAP_TYPE == 0 && !called.contains('.') => Maker::Interpreter,
                () if flags & HEAP_TYPE == 0 || flags & IMMUTABLE_TYPE != 0 => Maker::Native,
                () => Maker::Python,
            };
            // A metaclass can put any classes in an mro, in a circle, too.
            self.described.push(class as usize);
            let mut line = Vec::with_capacity(mro.len());
            for base in mro {
                let is_known = *base == class || self.described.contains(&(*base as usize));
                line.push(if is_known {
                    TypeId(0)
                } else {
                    self.get(*base).id
                });
            }
            self.described.pop();
            Body {
                called: called.into_owned(),
                maker,
                line,
                names: names(class),
            }
        }
    }

    /// The places that a class gives its instances: `__slots__`, and what exceptions of the
    /// interpreter have (`errno`, `value`).
    ///
    /// # Safety
    /// As for [`bindings`].
    pub(super) unsafe fn slots(
        &mut self,
        class: *mut ffi::PyTypeObject,
        is_exception: bool,
        slots: &mut Vec<(NameId, usize)>,
    ) {
        // SAFETY: member descriptors are checked exactly before they are read.
        unsafe {
            if (*class).tp_flags & HEAP_TYPE == 0 && !is_exception {
                return;
            }
            for (_, value) in bindings(class) {
                if ffi::Py_TYPE(value) != &raw mut ffi::PyMemberDescr_Type {
                    continue;
                }
                let member = (*value.cast::<ffi::PyMemberDescrObject>()).d_member;
                if MEMBER_KINDS.contains(&(*member).type_code) {
                    let name = CStr::from_ptr((*member).name).to_string_lossy();
                    // What an AttributeError is about can be the whole program.
                    if is_exception && name == "obj" {
                        continue;
                    }
                    slots.push((self.name_of(&name), (*member).offset as usize));
                }
            }
        }
    }
}

/// What is bound in a class, borrowed from it.
///
/// # Safety
/// The class is alive, and not changed while this is used; the GIL is held.
pub(super) unsafe fn bindings(class: *mut ffi::PyTypeObject) -> Vec<(Object, Object)> {
    // SAFETY: as promised by the caller. The dicts of static classes are the interpreter's, which
    // this function finds; the class keeps its dict.
    unsafe {
        let dict = PyType_GetDict(class);
        let all = pairs(dict);
        ffi::Py_XDECREF(dict);
        all
    }
}

unsafe fn names(class: *mut ffi::PyTypeObject) -> Vec<(String, Bound)> {
    // SAFETY: the caller passes a live class; its dict is only walked.
    unsafe {
        let mut names = Vec::new();
        for (name, value) in bindings(class) {
            if let Some(name) = atoms::to_string(name) {
                names.push((name, bound(value)));
            }
        }
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        names
    }
}

/// How a class's value gives an attribute of its instances.
unsafe fn bound(value: Object) -> Bound {
    // SAFETY: the caller passes a live object, so its class is alive.
    unsafe {
        let class = ffi::Py_TYPE(value);
        let is = |other: *const ffi::PyTypeObject| std::ptr::eq(class, other);
        let (gets, sets) = (
            (*class).tp_descr_get.is_some(),
            (*class).tp_descr_set.is_some(),
        );
        match () {
            () if value == ffi::Py_None() => Bound::None,
            () if is(&raw const ffi::PyFunction_Type) => Bound::Function,
            () if is(&raw const ffi::PyProperty_Type) => Bound::Property,
            () if is(&raw const ffi::PyMemberDescr_Type) => Bound::Slot,
            () if is(&raw const PyStaticMethod_Type) => Bound::Static,
            () if is(&raw const PyClassMethod_Type) => Bound::Class,
            () if sets => Bound::Data,
            () if gets && (*class).tp_flags & HEAP_TYPE == 0 => Bound::Function,
            () if gets => Bound::Getter,
            () => Bound::Value,
        }
    }
}

unsafe extern "C" {
    static mut PyStaticMethod_Type: ffi::PyTypeObject;
    static mut PyClassMethod_Type: ffi::PyTypeObject;
}
