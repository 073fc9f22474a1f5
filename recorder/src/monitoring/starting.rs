//! How events come to the recorder: at once, or when the program has reached a place.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use super::waiting::{self, Waiting};
use super::{ACTIVE, Active, CALLBACKS, EXPECTED, callable, tool, watch};
use crate::known_callees;
use crate::layout::Object;
use crate::recorder::Recorder;

/// The callbacks that take the places of those that wait, and then those that have waited: one of
/// them may be running.
pub(super) struct Later(Vec<(u64, Py<PyAny>)>);

/// Starts to send events to a recorder, by the tool id that it holds. `is_midway` says that the
/// program runs already; with `until`, it runs as it would without a recorder until it comes there.
pub(crate) fn start(
    py: Python<'_>,
    recorder: Recorder,
    is_midway: bool,
    until: Option<Waiting>,
) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let events = monitoring.getattr("events")?;
    let class = callable::class(py)?;
    let tool = recorder.tool.id;
    let (mut local, mut global) = (0u64, 0u64);
    let bit = |event: &str| events.getattr(event)?.extract::<u64>();
    let call = bit("CALL")?;
    let mut later = Vec::new();
    for callback in &CALLBACKS {
        let event = bit(callback.event)?;
        if callback.is_local {
            local |= event;
        } else {
            global |= event;
        }
        // A generator may have been suspended before recording: it is met when it goes on.
        let is_late = is_midway || until.is_some();
        if callback.event == "PY_START" || (is_late && callback.event == "PY_RESUME") {
            global |= event;
        }
        // SAFETY: made above.
        let mut callable = unsafe { callable::new(&class, callback.function)? };
        if until.is_some()
            && let Some(function) = waiting::callback(callback.event)
        {
            later.push((event, callable.unbind()));
            // SAFETY: made above.
            callable = unsafe { callable::new(&class, function)? };
        }
        monitoring.call_method1("register_callback", (tool, event, callable))?;
    }
    let active = Box::new(Active {
        recorder,
        disable: monitoring.getattr("DISABLE")?.into_ptr(),
        local_events: local,
        local_events_without_calls: local & !call,
        later: (!later.is_empty()).then_some(Later(later)),
    });
    let active = Box::into_raw(active);
    ACTIVE.store(active, Ordering::Release);
    // SAFETY: the box is leaked, and nothing else uses it while no event is switched on.
    let active = unsafe { &mut *active };
    match until {
        None => switch_on(py, active, is_midway, global),
        Some(mut until) => {
            until.global = global;
            until.line_event = bit("LINE")?;
            until.install();
            let start = bit("PY_START")?;
            active.recorder.tool.global = Some(start);
            monitoring.call_method1("set_events", (tool, start))?;
            monitoring.call_method0("restart_events")?;
            Ok(())
        }
    }
}

/// Begins to record, now.
fn switch_on(py: Python<'_>, active: &mut Active, is_midway: bool, global: u64) -> PyResult<()> {
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let tool = active.recorder.tool.id;
    if is_midway {
        // SAFETY: the GIL is held.
        for (code, info) in unsafe { active.recorder.judge_running() } {
            // SAFETY: a code object that runs.
            unsafe { watch(active, code, info) };
        }
    }
    // SAFETY: the GIL is held, and no event is switched on yet.
    unsafe {
        known_callees::find();
        crate::watch::begin();
    }
    active.recorder.tool.global = Some(global);
    monitoring.call_method1("set_events", (tool, global))?;
    // Places that an earlier recording had switched off.
    monitoring.call_method0("restart_events")?;
    Ok(())
}

impl Active {
    /// The place is reached: begins to record in the midst of the program.
    pub(super) fn begin_here(&mut self, py: Python<'_>, global: u64) -> PyResult<()> {
        let monitoring = py.import("sys")?.getattr("monitoring")?;
        let tool = self.recorder.tool.id;
        if let Some(Later(callbacks)) = &mut self.later {
            EXPECTED.store(true, Ordering::Relaxed);
            for (event, callback) in callbacks {
                let arguments = (tool, *event, callback.clone_ref(py));
                let before = monitoring.call_method1("register_callback", arguments);
                // One of them runs now, and is held here until the recording is over.
                if let Ok(before) = before {
                    *callback = before.unbind();
                }
            }
            EXPECTED.store(false, Ordering::Relaxed);
        }
        switch_on(py, self, true, global)
    }

    /// Code that is not recorded has begun: its lines are told if one of them is where to end.
    #[inline(always)]
    pub(super) fn meet_foreign_stop(&mut self, code: Object) {
        if self.recorder.stop_at.is_within(code) {
            self.tell_lines(code, self.local_events);
        }
        self.stop_at(self.recorder.stop_at.is_start(code));
    }

    #[cold]
    pub(super) fn tell_lines(&self, code: Object, events: u64) {
        // SAFETY: called from a callback about this code, with the GIL held.
        unsafe { tool::set_local_events(&self.recorder.tool, code, events) };
    }
}
