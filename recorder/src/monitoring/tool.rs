//! The tool's number: how it is taken, and how nothing of a recording is left behind.

use std::ffi::c_int;

use pyo3::ffi;
use pyo3::prelude::*;

use super::{Active, CALLBACKS};
use crate::watch;

/// The tool ids nobody is known to use come first; 0 to 2 belong to debuggers, coverage, profilers.
const TOOL_IDS: [i32; 3] = [3, 4, 5];

/// Takes a tool id of `sys.monitoring`.
pub(crate) fn claim(py: Python<'_>) -> PyResult<c_int> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let taken = |id: &i32| {
        monitoring
            .call_method1("use_tool_id", (*id, "rdbg"))
            .is_err()
    };
    let tool = TOOL_IDS.into_iter().find(|id| !taken(id));
    tool.ok_or_else(|| no_tool_id(&monitoring))
}

/// Gives a tool id back that is not used.
pub(crate) fn unclaim(py: Python<'_>, tool: c_int) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    monitoring.call_method1("free_tool_id", (tool,))?;
    Ok(())
}

/// Why no tool id is to be had.
fn no_tool_id(monitoring: &Bound<'_, PyAny>) -> PyErr {
    let holder = |id: &i32| {
        let name = monitoring.call_method1("get_tool", (*id,));
        name.map_or_else(|_| "?".into(), |name| name.to_string())
    };
    let holders: Vec<String> = TOOL_IDS.iter().map(holder).collect();
    pyo3::exceptions::PyRuntimeError::new_err(format!(
        "sys.monitoring has no free tool id: {} hold all that rdbg may use; end one of them",
        holders.join(", ")
    ))
}

/// Switches all events of a recording off that was [stopped](stop), and frees its tool id and its
/// memory. Not called from a callback.
pub(crate) fn release(py: Python<'_>, active: &'static mut Active) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let tool = active.tool;
    // SAFETY: the GIL is held.
    unsafe { watch::end() };
    monitoring.call_method1("set_events", (tool, 0))?;
    for code in active.recorder.codes.recorded() {
        // SAFETY: recorded code objects are kept alive.
        let code = unsafe { Bound::from_borrowed_ptr(py, code) };
        monitoring.call_method1("set_local_events", (tool, code, 0))?;
    }
    for callback in &CALLBACKS {
        let bit = monitoring.getattr("events")?.getattr(callback.event)?;
        monitoring.call_method1("register_callback", (tool, bit, py.None()))?;
    }
    monitoring.call_method1("free_tool_id", (tool,))?;
    let (disable, set_local_events) = (active.disable, active.set_local_events);
    active.recorder.sink.abandon();
    // SAFETY: `start` leaked the box, `stop` took it from the callbacks, none of which runs while
    // this one call holds the GIL; the references were taken by `start` and by the recorder.
    unsafe {
        let active = Box::from_raw(std::ptr::from_mut(active));
        active.recorder.release();
        ffi::Py_DECREF(disable);
        ffi::Py_DECREF(set_local_events);
    }
    Ok(())
}
