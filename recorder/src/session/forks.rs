//! What happens when the process forks.

use pyo3::prelude::*;

use super::report;
use crate::{exits, last_words, monitoring, panics};

/// Lets the recorder know of forks from now on.
pub(super) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let hooks = pyo3::types::PyDict::new(py);
    hooks.set_item("before", wrap_pyfunction!(before_fork, py)?)?;
    hooks.set_item("after_in_child", wrap_pyfunction!(after_fork, py)?)?;
    py.import("posix")?
        .call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
}

/// The writer's thread must not run while the process forks: CPython would warn, and the child
/// would have half of it.
#[pyfunction]
fn before_fork() {
    if let Some(active) = monitoring::active() {
        panics::caught(|| {
            // SAFETY: called by the interpreter, with the GIL held.
            unsafe { active.recorder.children.note_fork() };
            active.recorder.sink.pause(None);
        });
    }
}

/// A forked child does not record; the trace belongs to its parent.
#[pyfunction]
fn after_fork(py: Python<'_>) {
    *report() = None;
    last_words::uninstall();
    // SAFETY: the GIL is held.
    unsafe { exits::uninstall() };
    if let Some(active) = monitoring::stop() {
        panics::caught(|| {
            active.recorder.sink.abandon();
            monitoring::release(py, active);
        });
    }
}
