//! Runs the program as the interpreter would have run it.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::layout::{self, Object};
use crate::session;

/// Hides the frames that are running now, and gives back the depth they took, until dropped.
struct Alone {
    slot: *mut *const u8,
    frame: *const u8,
}

impl Alone {
    /// # Safety
    /// The GIL is held by the calling thread.
    unsafe fn new() -> Alone {
        // SAFETY: as promised by the caller.
        unsafe {
            let thread = ffi::PyThreadState_Get();
            layout::restore_recursion(thread);
            let slot = layout::current_frame_slot(thread);
            let frame = *slot;
            *slot = std::ptr::null();
            Alone { slot, frame }
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // SAFETY: the same thread, whose state outlives the call that made this.
        unsafe { *self.slot = self.frame };
    }
}

/// Calls something as if nothing of Python ran below it. Returns the status to exit with; a
/// `SystemExit` ends the process here, as it does in the interpreter itself.
fn alone(py: Python<'_>, call: impl FnOnce() -> Object) -> PyResult<i32> {
    // SAFETY: the GIL is held (`py`); the result is a new reference or null.
    unsafe {
        let hidden = Alone::new();
        let result = call();
        if !result.is_null() {
            drop(hidden);
            ffi::Py_DECREF(result);
            session::set_ending("exit 0".into());
            return Ok(0);
        }
        let Some(error) = PyErr::take(py) else {
            return Ok(1);
        };
        let exception = error.value(py).as_ptr();
        let is_interrupt =
            ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_KeyboardInterrupt) != 0;
        session::set_ending(ending(exception));
        error.restore(py);
        ffi::PyErr_Print();
        drop(hidden);
        if is_interrupt && PyErr::take(py).is_none() {
            // The interpreter notes an unhandled KeyboardInterrupt of code that it ran itself,
            // and then dies by SIGINT.
            note_interrupt(py);
            return Ok(0);
        }
        Ok(1)
    }
}

/// How a run ended that an exception left.
unsafe fn ending(exception: Object) -> String {
    // SAFETY: a live exception; `code` lies behind the head of `PyBaseExceptionObject`.
    unsafe {
        let class = ffi::Py_TYPE(exception);
        if ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_SystemExit) == 0 {
            return format!("uncaught {}", crate::classes::full_name(class));
        }
        let code = *exception
            .cast::<u8>()
            .add(layout::SYSTEM_EXIT_CODE)
            .cast::<Object>();
        if code.is_null() || code == ffi::Py_None() {
            return "exit 0".into();
        }
        let number = (ffi::PyLong_CheckExact(code) != 0).then(|| crate::atoms::small_int(code));
        match number.flatten() {
            Some(number) => format!("exit {}", number & 0xff),
            None => "exit 1".into(),
        }
    }
}

#[pyfunction]
fn interrupt() -> PyResult<()> {
    Err(PyKeyboardInterrupt::new_err(()))
}

fn note_interrupt(py: Python<'_>) {
    let note = || -> PyResult<()> {
        let globals = pyo3::types::PyDict::new(py);
        globals.set_item("interrupt", wrap_pyfunction!(interrupt, py)?)?;
        let code = c"interrupt()";
        // SAFETY: valid text, dicts of our own; the call fails as it is meant to.
        unsafe {
            let dict = globals.as_ptr();
            let result = ffi::PyRun_StringFlags(
                code.as_ptr(),
                ffi::Py_file_input,
                dict,
                dict,
                std::ptr::null_mut(),
            );
            ffi::Py_XDECREF(result);
            ffi::PyErr_Clear();
        }
        Ok(())
    };
    let _ = note();
}

/// Runs a code object in a namespace; returns the status to exit with.
#[pyfunction]
pub(crate) fn execute(
    py: Python<'_>,
    code: &Bound<'_, PyAny>,
    namespace: &Bound<'_, PyAny>,
) -> PyResult<i32> {
    // SAFETY: a code object and a dict, alive during the call.
    alone(py, || unsafe {
        ffi::PyEval_EvalCode(code.as_ptr(), namespace.as_ptr(), namespace.as_ptr())
    })
}

/// Calls a function with arguments; returns the status to exit with.
#[pyfunction]
#[pyo3(signature = (function, *arguments))]
pub(crate) fn call(
    py: Python<'_>,
    function: &Bound<'_, PyAny>,
    arguments: &Bound<'_, pyo3::types::PyTuple>,
) -> PyResult<i32> {
    // SAFETY: a callable and a tuple, alive during the call.
    alone(py, || unsafe {
        ffi::PyObject_CallObject(function.as_ptr(), arguments.as_ptr())
    })
}
