//! Iterators: asking one for its next item can run code that nobody sees.

use std::ffi::CStr;

use pyo3::ffi;

use crate::classes::IMMUTABLE_TYPE;
use crate::codes::Codes;
use crate::layout::{Object, read};
use crate::offsets::OFFSETS;

/// Nobody nests iterators deeper.
const DEEPEST: u32 = 8;

/// Iterators over builtin containers, texts and files, by the names of their types.
const PLAIN: [&[u8]; 17] = [
    b"range_iterator",
    b"longrange_iterator",
    b"list_iterator",
    b"list_reverseiterator",
    b"tuple_iterator",
    b"dict_keyiterator",
    b"dict_valueiterator",
    b"dict_itemiterator",
    b"dict_reversekeyiterator",
    b"dict_reversevalueiterator",
    b"dict_reverseitemiterator",
    b"set_iterator",
    b"str_iterator",
    b"str_ascii_iterator",
    b"bytes_iterator",
    b"_io.TextIOWrapper",
    b"_io.BufferedReader",
];

unsafe extern "C" {
    fn PyGen_GetCode(generator: Object) -> Object;
}

/// What is known of types of iterators.
#[derive(Default)]
pub(crate) struct Iterators {
    /// Types of C (only those are immutable), which never go, whose instances change nothing but themselves.
    plain: Vec<*mut ffi::PyTypeObject>,
}

impl Iterators {
    /// Whether asking an iterator for its next item changes nothing but the iterator, or runs code
    /// that is recorded.
    ///
    /// # Safety
    /// `iterator` is alive and the GIL is held.
    pub(crate) unsafe fn is_plain(&mut self, iterator: Object, codes: &mut Codes) -> bool {
        // SAFETY: as promised by the caller.
        unsafe { self.is_plain_within(iterator, codes, DEEPEST) }
    }

    unsafe fn is_plain_within(&mut self, iterator: Object, codes: &mut Codes, depth: u32) -> bool {
        if depth == 0 || iterator.is_null() {
            return false;
        }
        // SAFETY: exact types are compared before their insides are read.
        unsafe {
            let kind = ffi::Py_TYPE(iterator);
            if self.is_known_plain(kind) {
                return true;
            }
            // From 3.15 on a loop goes through these by place, without an iterator.
            if ffi::PyList_CheckExact(iterator) != 0 || ffi::PyTuple_CheckExact(iterator) != 0 {
                return true;
            }
            if ffi::PyGen_CheckExact(iterator) != 0 {
                let code = PyGen_GetCode(iterator);
                ffi::Py_XDECREF(code);
                return matches!(codes.get(code), Some(Some(_)));
            }
            let inner = || read::<Object>(iterator.cast(), OFFSETS.iterator_inner);
            if kind == &raw mut ffi::PyEnum_Type {
                return self.is_plain_within(inner(), codes, depth - 1);
            }
            if kind == &raw mut ffi::PyReversed_Type {
                // It asks a sequence by place; only those of C change nothing.
                let sequence = inner();
                return !sequence.is_null()
                    && (ffi::PyTuple_CheckExact(sequence) != 0
                        || ffi::PyUnicode_CheckExact(sequence) != 0
                        || ffi::PyBytes_CheckExact(sequence) != 0);
            }
            if kind == &raw mut ffi::PyZip_Type {
                let all = inner();
                if all.is_null() || ffi::PyTuple_CheckExact(all) == 0 {
                    return false;
                }
                let mut items = (0..ffi::PyTuple_Size(all)).map(|at| ffi::PyTuple_GetItem(all, at));
                return items.all(|item| self.is_plain_within(item, codes, depth - 1));
            }
        }
        false
    }

    unsafe fn is_known_plain(&mut self, kind: *mut ffi::PyTypeObject) -> bool {
        if self.plain.contains(&kind) {
            return true;
        }
        // SAFETY: the type is alive, since an instance of it is.
        let is_plain = unsafe { is_plain_type(kind) };
        if is_plain {
            self.plain.push(kind);
        }
        is_plain
    }
}

/// Whether the instances of a type are iterators that change nothing but themselves.
///
/// # Safety
/// The type is alive.
pub(crate) unsafe fn is_plain_type(kind: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        (*kind).tp_flags & IMMUTABLE_TYPE != 0
            && PLAIN.contains(&CStr::from_ptr((*kind).tp_name).to_bytes())
    }
}
