//! Where the text of code is found.

use pyo3::ffi;

use crate::atoms;
use crate::classes;

/// Source text as characters. Other encodings than UTF-8 are rare: Latin-1 keeps the lines.
pub(crate) fn decode(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        error
            .into_bytes()
            .iter()
            .map(|byte| *byte as char)
            .collect()
    });
    text.strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text)
}

/// The text that `linecache` knows of a file that is on no disk: a cell of IPython, a doctest.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn cached(path: &str) -> Option<String> {
    // SAFETY: dicts are only walked, and types are checked before anything is read as such.
    unsafe {
        let module = classes::find(ffi::PyImport_GetModuleDict(), "linecache")?;
        if ffi::PyModule_Check(module) == 0 {
            return None;
        }
        let cache = classes::find(ffi::PyModule_GetDict(module), "cache")?;
        if ffi::PyDict_CheckExact(cache) == 0 {
            return None;
        }
        // Size, time, lines, name.
        let entry = classes::find(cache, path)?;
        if ffi::PyTuple_CheckExact(entry) == 0 || ffi::PyTuple_Size(entry) != 4 {
            return None;
        }
        let lines = ffi::PyTuple_GetItem(entry, 2);
        if ffi::PyList_CheckExact(lines) == 0 {
            return None;
        }
        (0..ffi::PyList_Size(lines))
            .map(|at| atoms::to_string(ffi::PyList_GetItem(lines, at)))
            .collect()
    }
}
