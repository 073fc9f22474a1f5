//! The extension module `rdbg._rdbg`: the recorder, and the command.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

/// Runs the `rdbg` command; returns its exit status.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>, python: PathBuf, script: PathBuf) -> i32 {
    recorder::restore_interrupts();
    let recorder = cli::Recorder {
        python: Some(python),
        script: Some(script),
    };
    py.detach(|| cli::main(arguments, recorder))
}

#[pymodule]
fn _rdbg(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(main, module)?)?;
    recorder::register(module)
}
