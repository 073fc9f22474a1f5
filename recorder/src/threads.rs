//! Names of threads, read without asking them.

use pyo3::ffi;
use schema::{Thread, ThreadId};

use crate::atoms;
use crate::classes;
use crate::insides::{self, Attributes};
use crate::layout::Object;

/// What the trace says of the calling thread.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn describe(id: ThreadId) -> Thread {
    // SAFETY: plain queries about the calling thread.
    let (ident, native) = unsafe {
        let ident = ffi::PyThread_get_thread_ident();
        (ident as i64, libc::syscall(libc::SYS_gettid) as u64)
    };
    // SAFETY: as promised by the caller.
    let name = unsafe { name(ident) }.unwrap_or_else(|| {
        if id == ThreadId(1) {
            "MainThread".into()
        } else {
            format!("Thread {native}")
        }
    });
    Thread { id, name, native }
}

/// `threading._active[ident]._name`, by raw reads: `current_thread()` would register a stand-in
/// for a thread that `threading` does not know.
unsafe fn name(ident: i64) -> Option<String> {
    // SAFETY: dicts are walked, and types are checked before anything is read as such.
    unsafe {
        let modules = ffi::PyImport_GetModuleDict();
        let threading = classes::find(modules, "threading")?;
        if ffi::PyModule_Check(threading) == 0 {
            return None;
        }
        let active = classes::find(ffi::PyModule_GetDict(threading), "_active")?;
        if ffi::PyDict_CheckExact(active) == 0 {
            return None;
        }
        for (key, thread) in classes::pairs(active) {
            if ffi::PyLong_CheckExact(key) != 0 && atoms::small_int(key) == Some(ident) {
                return attribute(thread, "_name").and_then(|name| atoms::to_string(name));
            }
        }
        None
    }
}

unsafe fn attribute(object: Object, name: &str) -> Option<Object> {
    // SAFETY: the caller passes a live instance.
    unsafe {
        match insides::attributes(object) {
            Attributes::None => None,
            Attributes::Dict(dict) => classes::find(dict, name),
            Attributes::Inline(values) => (0..values.len())
                .filter_map(|n| values.get(n))
                .find(|(key, _)| atoms::is_text(*key, name))
                .map(|(_, value)| value),
        }
    }
}
