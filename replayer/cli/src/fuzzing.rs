//! Doors for the fuzzer, which tries what an enemy could send. Nothing that is shipped has them.

use std::path::Path;

/// Carries out what an editor's stream asks for, with a trace open; programs are not run.
pub fn dap(stream: &[u8], trace: &Path) {
    crate::dap::fuzzing::converse(stream, trace);
}

/// Reads the text of a pyproject.toml.
pub fn config(text: &str) {
    let _ = crate::settings::read(text);
}
