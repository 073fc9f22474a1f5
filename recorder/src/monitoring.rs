//! The events and the callbacks. Only this file and `tool` speak `sys.monitoring`.
//!
//! Callbacks are callables of C. Nothing leaves them but `None` and, for the start of code that is
//! not recorded, `DISABLE`: no exception, no panic.

mod callable;
mod starting;
mod tool;
mod waiting;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use schema::EventKind;

use crate::atoms;
use crate::codes::CodeInfo;
use crate::judging::Verdict;
use crate::layout::Object;
use crate::recorder::Recorder;
use callable::Function;
pub(crate) use starting::start;
pub(crate) use tool::{Tool, claim, release, unclaim};
pub(crate) use waiting::Waiting;

struct Callback {
    event: &'static str,
    is_local: bool,
    function: Function,
}

const CALLBACKS: [Callback; 10] = [
    Callback {
        event: "PY_START",
        is_local: true,
        function: py_start,
    },
    Callback {
        event: "PY_RESUME",
        is_local: true,
        function: py_resume,
    },
    Callback {
        event: "PY_RETURN",
        is_local: true,
        function: py_return,
    },
    Callback {
        event: "PY_YIELD",
        is_local: true,
        function: py_yield,
    },
    Callback {
        event: "LINE",
        is_local: true,
        function: line,
    },
    Callback {
        event: "CALL",
        is_local: true,
        function: call,
    },
    Callback {
        event: "PY_THROW",
        is_local: false,
        function: py_throw,
    },
    Callback {
        event: "RAISE",
        is_local: false,
        function: raise,
    },
    Callback {
        event: "EXCEPTION_HANDLED",
        is_local: false,
        function: exception_handled,
    },
    Callback {
        event: "PY_UNWIND",
        is_local: false,
        function: py_unwind,
    },
];

/// What callbacks need; leaked, since a callback may still run while all else is torn down.
pub(crate) struct Active {
    pub(crate) recorder: Recorder,
    disable: Object,
    local_events: u64,
    /// Those of code in which no calls are to be told.
    local_events_without_calls: u64,
    /// What the callbacks are, while some of them only wait for the recording to begin.
    later: Option<starting::Later>,
}

impl Active {
    /// Ends recording if this line is where it is to end.
    #[inline(always)]
    fn stop_at(&mut self, is_there: bool) {
        if is_there {
            self.recorder.sink.end(self.recorder.stop_at.reason());
        }
    }

    /// Ends recording after a panic; the program goes on.
    fn give_up(&mut self) {
        self.recorder.sink.end(crate::panics::told());
    }
}

static ACTIVE: AtomicPtr<Active> = AtomicPtr::new(null_mut());
/// Callbacks are exchanged or taken back by the recorder itself.
static EXPECTED: AtomicBool = AtomicBool::new(false);

/// The recording, if there is one. To be used only while the GIL is held.
pub(crate) fn active() -> Option<&'static mut Active> {
    // SAFETY: the pointer came from a leaked box; the GIL makes the borrow the only one, as no
    // callback runs code that could lead to another.
    unsafe { ACTIVE.load(Ordering::Acquire).as_mut() }
}

/// Takes the recording away from the callbacks. They find none from then on.
pub(crate) fn stop() -> Option<&'static mut Active> {
    waiting::give_up();
    // SAFETY: as for `active`; whoever gets the pointer here is the last.
    unsafe { ACTIVE.swap(null_mut(), Ordering::AcqRel).as_mut() }
}

/// A callback is freed: nobody holds it any more. Before the interpreter ends, only the program can
/// have done that, or the recorder itself.
fn on_callback_gone() {
    if EXPECTED.load(Ordering::Relaxed) || crate::threads::is_finalizing() {
        return;
    }
    if let Some(active) = active() {
        let id = active.recorder.tool.id;
        active.recorder.sink.end(format!(
            "the program took rdbg's callbacks for tool id {id} out of sys.monitoring"
        ));
    }
}

/// The program names this moment. Nothing of it reaches the program, whatever goes wrong.
pub(crate) fn mark(name: Object) {
    let Some(active) = active().filter(|active| !active.recorder.sink.has_failed()) else {
        return;
    };
    // SAFETY: called from a function of Python, so the GIL is held and its caller runs.
    let act = AssertUnwindSafe(|| unsafe { active.recorder.on_mark(name) });
    if catch_unwind(act).is_err() {
        active.give_up();
    }
}

/// Runs a callback's work, given the recording and the callback's arguments; `true` from it means
/// `DISABLE`. A recording that has ended early disables what can be disabled, the local events, so
/// that the program runs on at nearly its own speed.
#[inline(always)]
unsafe fn guard<const IS_LOCAL: bool>(
    arguments: *const Object,
    count: usize,
    act: impl FnOnce(&mut Active, &[Object]) -> bool,
) -> Object {
    // SAFETY: the interpreter passes as many arguments as it says, and holds the GIL.
    unsafe {
        if let Some(active) = active() {
            let arguments = std::slice::from_raw_parts(arguments, callable::count(count));
            let has_ended = active.recorder.sink.has_failed();
            let work = || {
                if has_ended {
                    IS_LOCAL
                } else {
                    act(active, arguments)
                }
            };
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(false) => {}
                Ok(true) => {
                    ffi::Py_INCREF(active.disable);
                    return active.disable;
                }
                Err(_) => active.give_up(),
            }
        }
        // `None` is immortal from 3.12 on.
        ffi::Py_None()
    }
}

/// What is known of the code of an event that concerns a recorded frame.
#[inline(always)]
unsafe fn recorded(active: &mut Active, code: Object) -> Option<&'static CodeInfo> {
    // SAFETY: called from a callback about this code.
    match unsafe { active.recorder.judge(code) } {
        Verdict::Recorded(info) => Some(info),
        Verdict::New(info) => {
            // SAFETY: as above.
            unsafe { watch(active, code, info) };
            Some(info)
        }
        Verdict::LeftOut => None,
    }
}

/// Switches the local events of a code object on.
///
/// # Safety
/// The GIL is held; a code object.
unsafe fn watch(active: &mut Active, code: Object, info: &CodeInfo) {
    let local_events = match info.effects.told.is_empty() || !active.recorder.limits.lines {
        true => active.local_events_without_calls,
        false => active.local_events,
    };
    // SAFETY: as promised by the caller.
    unsafe {
        if !tool::set_local_events(&active.recorder.tool, code, local_events)
            // Code that refuses local events stays without lines, and nothing is raised.
            && let Some(why) = active.recorder.tool.lost(Python::assume_attached())
        {
            active.recorder.sink.end(why);
        }
    }
}

unsafe extern "C" fn py_start(
    _: Object,
    arguments: *const Object,
    count: usize,
    _: Object,
) -> Object {
    // SAFETY: called by the interpreter with (code, offset).
    unsafe {
        guard::<true>(arguments, count, |active, arguments| {
            let code = arguments[0];
            let info = recorded(active, code);
            // What starts a process is told of each time.
            let starts = active.recorder.children.note_start(code);
            match info {
                Some(info) => {
                    active.recorder.on_start(code, info);
                    active.stop_at(active.recorder.stop_at.is_start(code));
                    false
                }
                None => {
                    let is_told = active.recorder.on_foreign_start(code) || starts;
                    active.meet_foreign_stop(code);
                    !is_told
                }
            }
        })
    }
}

unsafe extern "C" fn py_resume(
    _: Object,
    arguments: *const Object,
    count: usize,
    _: Object,
) -> Object {
    // SAFETY: called by the interpreter with (code, offset).
    unsafe {
        guard::<true>(arguments, count, |active, arguments| {
            let Some(info) = recorded(active, arguments[0]) else {
                return true;
            };
            active.recorder.on_resume(arguments[0], info, None);
            false
        })
    }
}

unsafe extern "C" fn py_throw(
    _: Object,
    arguments: *const Object,
    count: usize,
    _: Object,
) -> Object {
    // SAFETY: called by the interpreter with (code, offset, exception).
    unsafe {
        guard::<false>(arguments, count, |active, arguments| {
            if let Some(info) = recorded(active, arguments[0]) {
                active
                    .recorder
                    .on_resume(arguments[0], info, Some(arguments[2]));
            }
            false
        })
    }
}

unsafe extern "C" fn line(_: Object, arguments: *const Object, count: usize, _: Object) -> Object {
    // SAFETY: called by the interpreter with (code, line).
    unsafe {
        guard::<true>(arguments, count, |active, arguments| {
            let (code, number) = (arguments[0], atoms::line_number(arguments[1]));
            let is_last = active.recorder.stop_at.is_line(code, number);
            let place = active.recorder.begin();
            let info = match active.recorder.still_runs(place, code) {
                Some(info) => info,
                None => {
                    let Some(info) = recorded(active, code) else {
                        active.stop_at(is_last);
                        return !is_last;
                    };
                    active.recorder.settle(place, code, info, number);
                    info
                }
            };
            let is_needless = active.recorder.on_line(place, info, number);
            active.stop_at(is_last);
            is_needless
        })
    }
}

unsafe extern "C" fn call(_: Object, arguments: *const Object, count: usize, _: Object) -> Object {
    // SAFETY: called by the interpreter with (code, offset, callable, its first argument).
    unsafe {
        guard::<true>(arguments, count, |active, arguments| {
            let Some(info) = recorded(active, arguments[0]) else {
                return true;
            };
            // Offsets are of bytes, and a code unit has two.
            let unit = atoms::small_int(arguments[1]).unwrap_or(0) as u32 / 2;
            let is_told = info.effects.told.contains(&unit);
            if is_told {
                active.recorder.on_call(arguments[0], unit, arguments[2]);
            }
            !is_told
        })
    }
}

macro_rules! value_event {
    ($name:ident, $kind:expr, $is_local:expr) => {
        unsafe extern "C" fn $name(
            _: Object,
            arguments: *const Object,
            count: usize,
            _: Object,
        ) -> Object {
            // SAFETY: called by the interpreter with (code, offset, value or exception).
            unsafe {
                guard::<$is_local>(arguments, count, |active, arguments| {
                    let code = arguments[0];
                    // The frame that runs now is nearly always the one of the event before.
                    let known = active.recorder.top_if_of(code);
                    if let Some(info) = known.or_else(|| recorded(active, code)) {
                        active.recorder.on_value($kind, code, info, arguments[2]);
                    }
                    if $kind == EventKind::Handle {
                        active.recorder.on_handler(code, arguments[2]);
                    }
                    false
                })
            }
        }
    };
}

value_event!(py_return, EventKind::Return, true);
value_event!(py_yield, EventKind::Yield, true);
value_event!(raise, EventKind::Raise, false);
value_event!(exception_handled, EventKind::Handle, false);
value_event!(py_unwind, EventKind::Unwind, false);
