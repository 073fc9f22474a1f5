//! The tool's number: how it is taken, how it is noticed that the program took it away, and how
//! nothing of a recording is left behind.
//!
//! Nothing is wrapped to notice it. A callback that is put out of its place is freed, and says so
//! at once; the name, and the events that were asked for, are looked at once in a while; and at the
//! end the callbacks and the events of each code object are.

use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{Active, CALLBACKS, callable};
use crate::layout::Object;
use crate::watch;

/// The tool ids that nobody is known to use come first; 3 is that of Hypothesis. 0 to 2 belong to
/// debuggers, coverage and profilers, which the program may start.
const TOOL_IDS: [i32; 3] = [4, 5, 3];

/// A tool id that was taken.
pub(crate) struct Tool {
    pub(super) id: c_int,
    /// What it was taken with: nobody else has this very object.
    name: Py<PyString>,
    get_tool: Py<PyAny>,
    get_events: Py<PyAny>,
    get_local_events: Py<PyAny>,
    pub(super) set_local_events: Py<PyAny>,
    /// The events that are told of all code, as the interpreter names them.
    pub(super) global: Option<u64>,
}

/// Takes a tool id of `sys.monitoring`.
pub(crate) fn claim(py: Python<'_>) -> PyResult<Tool> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let name = PyString::new(py, "rdbg");
    let is_free = |id: &i32| monitoring.call_method1("use_tool_id", (*id, &name)).is_ok();
    let id = TOOL_IDS.into_iter().find(is_free);
    let id = id.ok_or_else(|| no_tool_id(&monitoring))?;
    let function = |name: &str| Ok::<_, PyErr>(monitoring.getattr(name)?.unbind());
    Ok(Tool {
        id,
        name: name.unbind(),
        get_tool: function("get_tool")?,
        get_events: function("get_events")?,
        get_local_events: function("get_local_events")?,
        set_local_events: function("set_local_events")?,
        global: None,
    })
}

/// Gives a tool id back that is not used.
pub(crate) fn unclaim(py: Python<'_>, tool: &Tool) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    monitoring.call_method1("free_tool_id", (tool.id,))?;
    Ok(())
}

/// Why no tool id is to be had.
fn no_tool_id(monitoring: &Bound<'_, PyAny>) -> PyErr {
    let holder = |id: &i32| {
        let name = monitoring.call_method1("get_tool", (*id,));
        let name = name.map_or_else(|_| "?".into(), |name| name.to_string());
        format!("{name} holds {id}")
    };
    let mut ids = TOOL_IDS;
    ids.sort_unstable();
    let holders: Vec<String> = ids.iter().map(holder).collect();
    pyo3::exceptions::PyRuntimeError::new_err(format!(
        "sys.monitoring has no free tool id ({}); end one of these tools",
        holders.join(", ")
    ))
}

impl Tool {
    /// What became of the tool id and of what it was to be told: `None` if they are as they were.
    pub(crate) fn lost(&self, py: Python<'_>) -> Option<String> {
        let id = self.id;
        // Not the program's affair, and it is seen at once: errors are those of an id that is free.
        let held = self.get_tool.bind(py).call1((id,)).ok()?;
        if held.is_none() {
            return Some(format!(
                "the program freed tool id {id} of sys.monitoring, which was rdbg's"
            ));
        }
        if !held.is(&self.name) {
            let name = held.cast_exact::<PyString>().ok();
            let name = name.map_or("another tool".into(), |name| name.to_string());
            return Some(format!(
                "the program gave rdbg's tool id {id} of sys.monitoring to {name}"
            ));
        }
        let events: u64 = self.get_events.bind(py).call1((id,)).ok()?.extract().ok()?;
        (self.global.is_some_and(|global| global != events)).then(|| {
            format!(
                "the program changed which events rdbg's tool id {id} gets, by \
                 sys.monitoring.set_events; shortly before the end some may be missing"
            )
        })
    }

    /// The local events of a code object.
    pub(super) fn local_events(&self, py: Python<'_>, code: Object) -> Option<u64> {
        // SAFETY: a recorded code object, which is kept alive.
        let code = unsafe { Bound::from_borrowed_ptr(py, code) };
        let events = self.get_local_events.bind(py).call1((self.id, code));
        events.ok()?.extract().ok()
    }
}

impl Active {
    /// Looks whether all is as it was set up; recording ends if not, with the reason. To be called
    /// when the program, or the part of it that is recorded, is over.
    pub(crate) fn examine(&mut self, py: Python<'_>) {
        if self.recorder.sink.has_failed() {
            return;
        }
        let tool = &self.recorder.tool;
        let codes = self.recorder.codes.recorded();
        let mut codes = codes.filter(|code| {
            let events = tool.local_events(py, *code);
            events.is_some_and(|events| {
                events != self.local_events && events != self.local_events_without_calls
            })
        });
        let lost = tool.lost(py).or_else(|| {
            let code = codes.next()?;
            // SAFETY: a recorded code object, which is kept alive.
            let code = unsafe { Bound::from_borrowed_ptr(py, code) };
            let name = code.getattr("co_qualname").ok()?;
            Some(format!(
                "the program switched events of {name} off, by sys.monitoring.set_local_events; \
                 some lines of it may be missing"
            ))
        });
        drop(codes);
        let lost = lost.or_else(|| {
            let event = missing_callback(py, self.recorder.tool.id)?;
            Some(format!(
                "the program took rdbg's callback for {event} out of sys.monitoring and kept it; \
                 from then on such events are missing"
            ))
        });
        if let Some(why) = lost {
            self.recorder.sink.end(why);
        }
    }
}

/// An event whose callback is not ours any more. It cannot be asked for, only exchanged.
fn missing_callback(py: Python<'_>, id: c_int) -> Option<&'static str> {
    let monitoring = py.import("sys").ok()?.getattr("monitoring").ok()?;
    CALLBACKS.iter().find_map(|callback| {
        let bit = monitoring.getattr("events").ok()?.getattr(callback.event);
        let bit = bit.ok()?;
        super::EXPECTED.store(true, Ordering::Relaxed);
        let place = |new| monitoring.call_method1("register_callback", (id, &bit, new));
        let before = place(py.None().into_bound(py)).ok();
        let is_ours = before.as_ref().is_none_or(callable::is_one);
        if let Some(before) = before {
            let _ = place(before);
        }
        super::EXPECTED.store(false, Ordering::Relaxed);
        (!is_ours).then_some(callback.event)
    })
}

/// Switches all events of a recording off that was [stopped](super::stop), and frees its tool id and
/// its memory. What the program took away meanwhile is left to it. Not called from a callback.
pub(crate) fn release(py: Python<'_>, active: &'static mut Active) {
    // SAFETY: the GIL is held.
    unsafe { watch::end() };
    super::EXPECTED.store(true, Ordering::Relaxed);
    // What is not rdbg's any more is not touched; nothing of it is an error of the program.
    let _ = hand_back(py, active);
    super::EXPECTED.store(false, Ordering::Relaxed);
    let disable = active.disable;
    active.recorder.sink.abandon();
    // SAFETY: `start` leaked the box, `stop` took it from the callbacks, none of which runs while
    // this one call holds the GIL; the reference was taken by `start`.
    unsafe {
        let active = Box::from_raw(std::ptr::from_mut(active));
        active.recorder.release();
        ffi::Py_DECREF(disable);
    }
}

fn hand_back(py: Python<'_>, active: &Active) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let tool = &active.recorder.tool;
    let held = tool.get_tool.bind(py).call1((tool.id,))?;
    let is_free = held.is_none();
    if is_free {
        // Events go on where only the id was freed: they are switched off by taking it again.
        monitoring.call_method1("use_tool_id", (tool.id, &tool.name))?;
    }
    let is_ours = is_free || held.is(&tool.name);
    if is_ours {
        monitoring.call_method1("set_events", (tool.id, 0))?;
        for code in active.recorder.codes.recorded() {
            // SAFETY: recorded code objects are kept alive.
            let code = unsafe { Bound::from_borrowed_ptr(py, code) };
            let _ = monitoring.call_method1("set_local_events", (tool.id, code, 0));
        }
    }
    for callback in &CALLBACKS {
        let bit = monitoring.getattr("events")?.getattr(callback.event)?;
        let before = monitoring.call_method1("register_callback", (tool.id, &bit, py.None()))?;
        if !before.is_none() && !callable::is_one(&before) {
            monitoring.call_method1("register_callback", (tool.id, &bit, before))?;
        }
    }
    if is_ours {
        monitoring.call_method1("free_tool_id", (tool.id,))?;
    }
    Ok(())
}

/// Asks the interpreter for the local events of a code object. `false` if it did not take them.
///
/// # Safety
/// The GIL is held; a code object.
pub(super) unsafe fn set_local_events(tool: &Tool, code: Object, events: u64) -> bool {
    // SAFETY: arguments of the right types; references that the calls return are dropped.
    unsafe {
        let id = ffi::PyLong_FromLong(tool.id.into());
        let events = ffi::PyLong_FromUnsignedLongLong(events);
        let arguments = [id, code, events];
        let result = ffi::PyObject_Vectorcall(
            tool.set_local_events.as_ptr(),
            arguments.as_ptr(),
            arguments.len(),
            null_mut(),
        );
        ffi::Py_XDECREF(result);
        ffi::Py_XDECREF(id);
        ffi::Py_XDECREF(events);
        ffi::PyErr_Clear();
        !result.is_null()
    }
}
