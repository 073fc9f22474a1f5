//! `rdbg record`: becomes Python, which runs the program under the recorder.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::arguments::Record;
use crate::{NOT_RUN, Recorder};

/// Replaces this process; returns only when that failed.
pub(crate) fn run(
    options: Record,
    rest: Vec<OsString>,
    original: &[OsString],
    recorder: &Recorder,
) -> i32 {
    let python = options.python.clone().or_else(|| recorder.python.clone());
    let python = python.unwrap_or_else(|| PathBuf::from("python3"));
    let mut command = Command::new(&python);
    match &recorder.script {
        Some(script) => command.arg(script).arg(request(&options)).args(rest),
        // The wheel installed beside that interpreter reads the arguments again.
        None => command.args(["-m", "rdbg"]).args(original.iter().skip(1)),
    };
    let error = command.exec();
    let name = python.display().to_string();
    anstream::eprintln!(
        "rdbg: cannot start {}: {error}",
        schema::escape_control(&name)
    );
    NOT_RUN
}

/// What the recorder is asked to do, as its first argument.
fn request(options: &Record) -> String {
    let (mode, program) = match (&options.module, &options.code, &options.script) {
        (Some(module), ..) => ("module", module.clone()),
        (None, Some(code), _) => ("command", code.clone()),
        (None, None, Some(script)) => ("script", script.to_string_lossy().into_owned()),
        (None, None, None) => ("script", String::new()),
    };
    json!({
        "output": options.output.as_ref().map(|path| path.to_string_lossy()),
        "force": options.force,
        "include": options.include,
        "exclude": options.exclude,
        "all": options.all,
        "locals": !options.no_locals,
        "max_string": options.max_string,
        "max_items": options.max_items,
        "max_depth": options.max_depth,
        "quiet": options.quiet,
        "env": options.env,
        "mode": mode,
        "program": program,
    })
    .to_string()
}
