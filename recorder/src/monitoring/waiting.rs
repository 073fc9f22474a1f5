//! Recording that begins late: the program runs as without a recorder until it comes to a place.
//!
//! Until then the interpreter tells of the first start of each code object, once, and of the lines of
//! the code that the place is in; each of these is switched off when it turns out to be another one.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::callable::{self, Function};
use super::{active, line, py_start};
use crate::layout::{FramePtr, Object};
use crate::places::{self, Place};
use crate::{atoms, classes, codes, keep, panics, saying};

/// What is waited for.
pub(crate) struct Waiting {
    place: Place,
    condition: Option<Py<PyAny>>,
    pub(super) global: u64,
    pub(super) line_event: u64,
}

/// Leaked: a thread may be in the midst of a condition when another one comes to the place.
static WAITING: AtomicPtr<Waiting> = AtomicPtr::new(null_mut());
/// A condition is being evaluated; what it runs is not looked at.
static IS_ASKING: AtomicBool = AtomicBool::new(false);

impl Waiting {
    /// Reads `PLACE [if EXPR]`; the error is a line for a person.
    pub(crate) fn new(py: Python<'_>, text: &str) -> Result<Waiting, String> {
        let place = Place::new(text);
        let condition = match &place.condition {
            None => None,
            Some(condition) => {
                let compiled = py
                    .import("builtins")
                    .and_then(|module| module.getattr("compile"))
                    .and_then(|compile| compile.call1((condition, "<--start-at>", "eval")));
                let why = |error: PyErr| {
                    format!(
                        "--start-at: {condition} is no expression: {}",
                        error.value(py)
                    )
                };
                Some(compiled.map_err(why)?.unbind())
            }
        };
        Ok(Waiting {
            place,
            condition,
            global: 0,
            line_event: 0,
        })
    }

    /// The place, as it was said.
    pub(crate) fn place(&self) -> &str {
        &self.place.text
    }

    pub(super) fn install(self) {
        keep::set_waiting(true);
        WAITING.store(Box::into_raw(Box::new(self)), Ordering::Release);
    }

    /// Whether what was asked for holds in the running frame. What cannot be evaluated is said, and
    /// taken for the moment that was meant.
    fn holds(&self, py: Python<'_>) -> bool {
        let Some(condition) = &self.condition else {
            return true;
        };
        IS_ASKING.store(true, Ordering::Relaxed);
        let outcome = evaluate(py, condition.as_ptr());
        IS_ASKING.store(false, Ordering::Relaxed);
        outcome.unwrap_or_else(|error| {
            let kind = error.get_type(py).qualname();
            let kind = kind.map_or_else(|_| "error".into(), |name| name.to_string());
            let text = format!(
                "rdbg: {}: the condition of --start-at cannot be evaluated ({kind}: {}); recording begins",
                self.place.text,
                error.value(py),
            );
            saying::say(&format!("{}\n", schema::escape_control(&text)));
            true
        })
    }
}

/// The callback that waits in the place of the one for an event.
pub(super) fn callback(event: &str) -> Option<Function> {
    match event {
        "PY_START" => Some(on_start),
        "LINE" => Some(on_line),
        _ => None,
    }
}

/// Nothing is waited for any more.
pub(super) fn give_up() {
    WAITING.store(null_mut(), Ordering::Release);
}

fn waiting() -> Option<&'static Waiting> {
    // SAFETY: the box is leaked.
    unsafe { WAITING.load(Ordering::Acquire).as_ref() }
}

/// Evaluates an expression in the running frame, with copies of its variables.
fn evaluate(py: Python<'_>, code: Object) -> PyResult<bool> {
    // SAFETY: the frame of the program that runs now; new references are owned at once.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        let globals = Bound::from_owned_ptr_or_err(py, ffi::PyFrame_GetGlobals(frame))?;
        let locals = Bound::from_owned_ptr_or_err(py, ffi::PyFrame_GetLocals(frame))?;
        let copy = pyo3::types::PyDict::new(py);
        copy.call_method1("update", (locals,))?;
        let value = ffi::PyEval_EvalCode(code, globals.as_ptr(), copy.as_ptr());
        Bound::from_owned_ptr_or_err(py, value)?.is_truthy()
    }
}

/// Runs a callback's work while the place is waited for. `None` from it means that the place is
/// reached: recording has begun, and the event is its first.
unsafe fn guard(
    arguments: (*const Object, usize),
    first: Function,
    act: impl FnOnce(Python<'_>, &'static Waiting, &[Object]) -> Answer,
) -> Object {
    // SAFETY: the interpreter passes as many arguments as it says, and holds the GIL.
    unsafe {
        let py = Python::assume_attached();
        let told = std::slice::from_raw_parts(arguments.0, callable::count(arguments.1));
        let answer = match waiting() {
            Some(_) if IS_ASKING.load(Ordering::Relaxed) => Answer::Not,
            Some(waiting) => panics::caught(|| act(py, waiting, told)).unwrap_or(Answer::Never),
            None => Answer::Not,
        };
        match answer {
            Answer::Never => {
                if let Some(active) = active() {
                    ffi::Py_INCREF(active.disable);
                    return active.disable;
                }
            }
            Answer::Not => {}
            Answer::Reached(global) => {
                if let Some(active) = active()
                    && panics::caught(|| active.begin_here(py, global)).is_some_and(|ok| ok.is_ok())
                {
                    return first(null_mut(), arguments.0, arguments.1, null_mut());
                }
            }
        }
        ffi::Py_None()
    }
}

/// What an event is, seen from the place.
enum Answer {
    /// Another place: it need not be told again.
    Never,
    /// The place, but not as it was asked for.
    Not,
    Reached(u64),
}

/// The place is there: whether this is the moment. One thread alone is told that it is.
fn ask(py: Python<'_>, waiting: &'static Waiting) -> Answer {
    if !waiting.holds(py) {
        return Answer::Not;
    }
    let ours = std::ptr::from_ref(waiting).cast_mut();
    let taken = WAITING.compare_exchange(ours, null_mut(), Ordering::AcqRel, Ordering::Acquire);
    match taken {
        Ok(_) => {
            keep::set_waiting(false);
            Answer::Reached(waiting.global)
        }
        Err(_) => Answer::Not,
    }
}

unsafe extern "C" fn on_start(
    _: Object,
    arguments: *const Object,
    count: usize,
    _: Object,
) -> Object {
    // SAFETY: called by the interpreter with (code, offset); the frame runs it, and its globals are a
    // dict that is only walked.
    unsafe {
        guard((arguments, count), py_start, |py, waiting, arguments| {
            let object = arguments[0];
            let frame = FramePtr::current(ffi::PyThreadState_Get());
            let module = classes::find(frame.globals(), "__name__");
            let module = module.and_then(|name| atoms::to_string(name));
            let code = places::Code {
                object,
                file: &codes::text_of(object, c"co_filename"),
                module: &module.unwrap_or_default(),
            };
            match waiting.place.is_in(&code) {
                None => Answer::Never,
                Some(None) => ask(py, waiting),
                Some(Some(_)) => {
                    if let Some(active) = active() {
                        active.tell_lines(object, waiting.line_event);
                    }
                    Answer::Never
                }
            }
        })
    }
}

unsafe extern "C" fn on_line(
    _: Object,
    arguments: *const Object,
    count: usize,
    _: Object,
) -> Object {
    // SAFETY: called by the interpreter with (code, line).
    unsafe {
        guard(
            (arguments, count),
            line,
            |py, waiting, arguments| match waiting.place.is_line(atoms::line_number(arguments[1])) {
                true => ask(py, waiting),
                false => Answer::Never,
            },
        )
    }
}
