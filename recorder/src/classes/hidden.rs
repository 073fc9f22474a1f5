//! What classes can do without being seen.

use pyo3::ffi;

use super::{HEAP_TYPE, find, pairs};
use crate::atoms;
use crate::iterators;

/// The names of attributes of classes that have a `__get__` written in Python (`cached_property`, an
/// ORM's columns); functions, properties, class and static methods are the interpreter's, and those that
/// `enum` makes of a member's `name` and `value` change nothing.
pub(super) unsafe fn descriptors(mro: &[*mut ffi::PyTypeObject]) -> Vec<String> {
    let mut names = Vec::new();
    // SAFETY: raw reads of the classes' own dicts.
    unsafe {
        for class in mro {
            if (**class).tp_flags & HEAP_TYPE == 0 {
                continue;
            }
            for (name, value) in pairs((**class).tp_dict) {
                let kind = ffi::Py_TYPE(value);
                if (*kind).tp_flags & HEAP_TYPE != 0
                    && (*kind).tp_descr_get.is_some()
                    && !is_of_enum(kind)
                {
                    names.extend(atoms::to_string(name));
                }
            }
        }
    }
    names
}

/// Whether a class is `enum.property`, by identity.
unsafe fn is_of_enum(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: dicts are only walked; the exact type is compared before it is read.
    unsafe {
        let module = find(ffi::PyImport_GetModuleDict(), "enum");
        let module = module.filter(|module| ffi::PyModule_CheckExact(*module) != 0);
        let found = module.and_then(|module| find(ffi::PyModule_GetDict(module), "property"));
        found == Some(class.cast())
    }
}

/// Whether any of the classes has an attribute of that name in its own dict.
pub(super) unsafe fn defines(mro: &[*mut ffi::PyTypeObject], name: &str) -> bool {
    // SAFETY: raw reads of the classes' own dicts; those of static builtin types are elsewhere, and
    // no such type extends `dict`.
    mro.iter()
        .any(|class| unsafe { find((**class).tp_dict, name).is_some() })
}

/// Whether what sets up the instances of a class of the program, if it has that itself, is a function.
///
/// # Safety
/// The class is a heap type and alive.
pub(super) unsafe fn is_set_up_plainly(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        find((*class).tp_dict, "__init__")
            .is_none_or(|init| std::ptr::eq(ffi::Py_TYPE(init), &raw const ffi::PyFunction_Type))
    }
}

/// Whether what is done with an object that is not followed can change others.
pub(super) unsafe fn has_parts(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the slots of a live class.
    unsafe {
        let is_plain = [
            &raw mut ffi::PyFunction_Type,
            &raw mut ffi::PyType_Type,
            &raw mut ffi::PyModule_Type,
            &raw mut ffi::PyGen_Type,
        ];
        let mapping = (*class).tp_as_mapping;
        !is_plain.contains(&class)
            && !iterators::is_plain_type(class)
            && ((*class).tp_iternext.is_some()
                || (!mapping.is_null() && (*mapping).mp_ass_subscript.is_some()))
    }
}

/// Whether a class finds attributes the way `object` does.
///
/// # Safety
/// The class is alive.
pub(crate) unsafe fn has_plain_attributes(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        (*class)
            .tp_getattro
            .is_some_and(|get| get as usize == ffi::PyObject_GenericGetAttr as *const () as usize)
    }
}
