//! Which code can change an object by reading an attribute: one that has a `__get__` of its own, written in
//! Python, as `cached_property` has.

use std::collections::HashSet;

use pyo3::ffi;

use crate::atoms;
use crate::codes::CodeInfo;
use crate::layout::Object;

/// Functions that read attributes by name.
const BY_NAME: &[&str] = &["getattr", "hasattr", "attrgetter", "vars"];

impl CodeInfo {
    /// Whether it reads, as far as can be told, an attribute of one of these names.
    #[inline]
    pub(crate) fn reads_any(&self, names: &HashSet<String>) -> bool {
        let (known, reads) = self.reads.get();
        if known == names.len() {
            return reads;
        }
        let reads = self.effects.names_any(BY_NAME)
            || self.effects.names_among(names)
            || self.matched.iter().any(|name| names.contains(name));
        self.reads.set((names.len(), reads));
        reads
    }
}

/// The names in tuples among the constants of a code object: those of attributes that patterns match.
///
/// # Safety
/// The code object is alive, and the GIL is held.
pub(crate) unsafe fn matched(code: Object) -> Vec<String> {
    let mut names = Vec::new();
    // SAFETY: the caller passes a live code object, whose constants are a tuple that it holds.
    unsafe {
        let constants = ffi::PyObject_GetAttrString(code, c"co_consts".as_ptr());
        if constants.is_null() {
            ffi::PyErr_Clear();
            return names;
        }
        for at in 0..ffi::PyTuple_Size(constants) {
            let constant = ffi::PyTuple_GetItem(constants, at);
            if ffi::PyTuple_CheckExact(constant) != 0 {
                let words = (0..ffi::PyTuple_Size(constant))
                    .filter_map(|at| atoms::to_string(ffi::PyTuple_GetItem(constant, at)));
                names.extend(words);
            }
        }
        ffi::Py_DECREF(constants);
    }
    names
}
