//! How objects of a class are stored.

use std::ffi::CStr;

use pyo3::ffi;
use schema::TypeKind;

use super::{HEAP_TYPE, IMMUTABLE_TYPE, mro};
use crate::atoms::AtomKind;

/// How an object of a class is stored, and which atom it extends.
///
/// # Safety
/// `class` is alive.
pub(super) unsafe fn kind(class: *mut ffi::PyTypeObject) -> (TypeKind, Option<AtomKind>) {
    // SAFETY: flags and bases of a live class; subtype tests walk the mro and run no code.
    unsafe {
        let flags = (*class).tp_flags;
        let extends = |base: *mut ffi::PyTypeObject| ffi::PyType_IsSubtype(class, base) != 0;
        let has = |bit: u32| flags & (1 << bit) != 0;
        match () {
            () if has(25) => (TypeKind::List, None),
            () if has(26) => (TypeKind::Tuple, None),
            () if has(29) => (TypeKind::Dict, None),
            () if has(24) => (TypeKind::Atom, Some(AtomKind::Int)),
            () if has(28) => (TypeKind::Atom, Some(AtomKind::Str)),
            () if has(27) => (TypeKind::Atom, Some(AtomKind::Bytes)),
            () if has(30) => (TypeKind::Exception, None),
            () if has(31) => (TypeKind::Opaque, None),
            () if extends(&raw mut ffi::PyFloat_Type) => (TypeKind::Atom, Some(AtomKind::Float)),
            () if extends(&raw mut ffi::PyComplex_Type) => {
                (TypeKind::Atom, Some(AtomKind::Complex))
            }
            () if extends(&raw mut ffi::PySet_Type) => (TypeKind::Set, None),
            () if extends(&raw mut ffi::PyFrozenSet_Type) => (TypeKind::FrozenSet, None),
            () if extends(&raw mut ffi::PyByteArray_Type) => (TypeKind::ByteArray, None),
            () if mro(class).iter().any(|base| is_deque(*base)) => (TypeKind::Deque, None),
            () if flags & HEAP_TYPE != 0 && flags & IMMUTABLE_TYPE == 0 => {
                (TypeKind::Instance, None)
            }
            () => (TypeKind::Opaque, None),
        }
    }
}

unsafe fn is_deque(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as for `is_of_c`.
    unsafe { is_of_c(class, b"collections.deque") }
}

/// Whether a class is `array.array` itself.
///
/// # Safety
/// `class` is alive.
pub(super) unsafe fn is_array(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { is_of_c(class, b"array.array") }
}

/// Whether a class is one of C's with this name: only C code makes immutable heap types, so no class
/// of the program passes for it.
unsafe fn is_of_c(class: *mut ffi::PyTypeObject, name: &[u8]) -> bool {
    // SAFETY: the caller passes a live class.
    unsafe {
        (*class).tp_flags & IMMUTABLE_TYPE != 0
            && CStr::from_ptr((*class).tp_name).to_bytes() == name
    }
}
