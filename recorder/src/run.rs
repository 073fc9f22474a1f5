//! Runs the program as the interpreter would have run it.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::ffi;
use pyo3::prelude::*;
use schema::Left;

use crate::layout::{self, Object};
use crate::offsets::OFFSETS;
use crate::{monitoring, panics, session};

unsafe extern "C" {
    // Not declared by pyo3 with its flags as a pointer to nothing in particular.
    fn Py_CompileStringObject(
        source: *const std::ffi::c_char,
        name: Object,
        start: std::ffi::c_int,
        flags: *mut std::ffi::c_void,
        optimize: std::ffi::c_int,
    ) -> Object;
}

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
        // Later, atexit and daemon threads may have events; nothing can be asked then.
        if let Some(active) = monitoring::active() {
            let error = PyErr::take(py);
            panics::caught(|| active.examine(py));
            if let Some(error) = error {
                error.restore(py);
            }
        }
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
        let how = ending(exception);
        if let Some(active) = monitoring::active().filter(|_| how != "exit 0") {
            let left = match how.starts_with("exit") {
                true => Left::Exit,
                false => Left::Program,
            };
            active.recorder.note_uncaught(exception, left);
        }
        session::set_ending(how);
        if has_not_begun(&error, py) {
            session::discard();
        }
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

/// Whether runpy gave up before it ran anything: it says so by a `SystemExit` of its own.
fn has_not_begun(error: &PyErr, py: Python<'_>) -> bool {
    let name = || -> PyResult<Option<String>> {
        let Some(traceback) = error.traceback(py) else {
            return Ok(None);
        };
        if !traceback.getattr("tb_next")?.is_none() {
            return Ok(None);
        }
        let code = traceback.getattr("tb_frame")?.getattr("f_code")?;
        let is_runpy = code
            .getattr("co_filename")?
            .extract::<String>()?
            .contains("runpy");
        let name = code.getattr("co_name")?.extract()?;
        Ok(is_runpy.then_some(name))
    };
    error.is_instance_of::<pyo3::exceptions::PySystemExit>(py)
        && name().is_ok_and(|name| name.as_deref() == Some("_run_module_as_main"))
}

/// How a run ended that an exception left.
unsafe fn ending(exception: Object) -> String {
    // SAFETY: a live exception; `code` is of every SystemExit.
    unsafe {
        let class = ffi::Py_TYPE(exception);
        if ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_SystemExit) == 0 {
            return format!("uncaught {}", crate::classes::full_name(class));
        }
        let code = *exception
            .cast::<u8>()
            .add(OFFSETS.exit_code)
            .cast::<Object>();
        if code.is_null() || code == ffi::Py_None() {
            return "exit 0".into();
        }
        // As the interpreter has it: ints of subclasses count, and one that is too large is -1.
        match ffi::PyLong_Check(code) != 0 {
            true => format!(
                "exit {}",
                crate::atoms::small_int(code).unwrap_or(-1) & 0xff
            ),
            false => "exit 1".into(),
        }
    }
}

/// Nobody caught an exception in what is recorded: a block, or a test.
#[pyfunction]
pub(crate) fn uncaught(exception: &Bound<'_, PyAny>) {
    if let Some(active) = monitoring::active()
        && exception.is_instance_of::<pyo3::exceptions::PyBaseException>()
    {
        // SAFETY: a live exception, and the GIL is held.
        unsafe {
            active
                .recorder
                .note_uncaught(exception.as_ptr(), Left::Block)
        };
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

/// Compiles a program as the interpreter does: the function `compile` would leave classes behind that
/// the program does not expect.
#[pyfunction]
pub(crate) fn compile(
    py: Python<'_>,
    source: &[u8],
    name: &Bound<'_, PyAny>,
) -> PyResult<Py<PyAny>> {
    let source = std::ffi::CString::new(source)
        .map_err(|_| pyo3::exceptions::PySyntaxError::new_err("null bytes"))?;
    // SAFETY: a text that ends with NUL, a name, no flags; a new reference or an error.
    unsafe {
        let code = Py_CompileStringObject(
            source.as_ptr(),
            name.as_ptr(),
            ffi::Py_file_input,
            std::ptr::null_mut(),
            -1,
        );
        Ok(Bound::from_owned_ptr_or_err(py, code)?.unbind())
    }
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
