//! The extension module `rdbg._rdbg`: the recorder, and the command.

mod reading;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use cli::Setting;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// The recorder lives in somebody's program: when memory runs out, only recording ends.
#[global_allocator]
static MEMORY: recorder::Memory = recorder::Memory;

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

/// The request for the recorder of a block: options of the API over those of pyproject.toml.
#[pyfunction]
fn request(options: Vec<(String, Bound<'_, PyAny>)>, program: &str) -> PyResult<String> {
    let options = options.into_iter().filter(|(_, value)| !value.is_none());
    let options = options.map(|(key, value)| (key, setting(&value)));
    let folder = std::env::current_dir().unwrap_or_default();
    cli::request(options.collect(), program, &folder).map_err(PyValueError::new_err)
}

fn setting(value: &Bound<'_, PyAny>) -> Setting {
    if let Ok(flag) = value.cast::<PyBool>() {
        return Setting::Flag(flag.is_true());
    }
    if let Ok(number) = value.extract() {
        return Setting::Number(number);
    }
    if let Ok(text) = value.extract() {
        return Setting::Text(text);
    }
    if let Ok(list) = value.extract() {
        return Setting::List(list);
    }
    // Whatever says that it is a path.
    let path = value.extract::<PathBuf>().ok();
    match path.and_then(|path| path.into_os_string().into_string().ok()) {
        Some(path) => Setting::Text(path),
        None => Setting::Other("value".into()),
    }
}

#[pymodule]
fn _rdbg(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_function(wrap_pyfunction!(request, module)?)?;
    module.add_class::<reading::Reader>()?;
    recorder::register(module)
}
