//! Callables of C that the interpreter calls at once: not even a builtin function stands between.
//!
//! A builtin function would cost a check of the C stack and a few jumps at every event, and could
//! raise where the stack is nearly used up.

use std::ffi::{CStr, c_int, c_void};
use std::mem::{offset_of, size_of};

use pyo3::ffi;
use pyo3::prelude::*;

use crate::layout::Object;

/// What is called with arguments and their [`count`]; names of arguments are never passed.
pub(super) type Function = unsafe extern "C" fn(Object, *const Object, usize, Object) -> Object;

/// An instance of the type that [`class`] makes.
#[repr(C)]
struct Callable {
    head: ffi::PyObject,
    function: Function,
}

const NAME: &CStr = c"rdbg.callback";

/// How many arguments there are: the highest bit of what the interpreter passes says something else.
#[inline(always)]
pub(super) fn count(passed: usize) -> usize {
    passed & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET
}

/// The type of the callables.
pub(super) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let members = Box::leak(Box::new([
        ffi::PyMemberDef {
            name: c"__vectorcalloffset__".as_ptr(),
            type_code: ffi::Py_T_PYSSIZET,
            offset: offset_of!(Callable, function) as ffi::Py_ssize_t,
            flags: ffi::Py_READONLY,
            doc: std::ptr::null(),
        },
        ffi::PyMemberDef::default(),
    ]));
    let mut slots = [
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void),
        slot(ffi::Py_tp_dealloc, free as *mut c_void),
        slot(0, std::ptr::null_mut()),
    ];
    let mut spec = ffi::PyType_Spec {
        name: NAME.as_ptr(),
        basicsize: size_of::<Callable>() as c_int,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT
            | ffi::Py_TPFLAGS_HAVE_VECTORCALL
            | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION) as u32,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: a complete specification, whose members are never freed; a new reference or an error.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&mut spec)) }
}

/// A Python callable for a callback.
///
/// # Safety
/// The class is one that [`class`] made.
pub(super) unsafe fn new<'py>(
    class: &Bound<'py, PyAny>,
    function: Function,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: an instance begins with its head and has room for the function, which is written
    // before anything can call it (checked on 3.12, 3.13 and 3.14).
    unsafe {
        let object = ffi::PyType_GenericAlloc(class.as_ptr().cast(), 0);
        let callable = Bound::from_owned_ptr_or_err(class.py(), object)?;
        (*object.cast::<Callable>()).function = function;
        Ok(callable)
    }
}

/// Whether an object is one of them, of whichever recording.
pub(super) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: types have slots; this one belongs to no other.
    unsafe {
        ffi::PyType_GetSlot(ffi::Py_TYPE(object.as_ptr()), ffi::Py_tp_dealloc)
            == free as *mut c_void
    }
}

/// The last reference is gone.
unsafe extern "C" fn free(object: Object) {
    let _ = std::panic::catch_unwind(super::on_callback_gone);
    // SAFETY: as every type made at run time frees its instances.
    unsafe {
        let class = ffi::Py_TYPE(object);
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}

fn slot(slot: c_int, pfunc: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc }
}
