//! `rdbg record`: becomes Python, which runs the program under the recorder.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::arguments::{Level, Record};
use crate::settings::{self, Settings};
use crate::{Failure, NOT_RUN, Recorder, USAGE};

/// Replaces this process; returns only when that failed.
pub(crate) fn run(
    options: &Record,
    rest: Vec<OsString>,
    original: &[OsString],
    recorder: &Recorder,
) -> Result<i32, Failure> {
    let mut command = match (&options.python, &recorder.python, &recorder.script) {
        (None, Some(python), Some(script)) => {
            let mut command = Command::new(python);
            command.arg(script).arg(request(options)?).args(rest);
            command
        }
        // The recorder is made for one interpreter: another one has its own, which reads the
        // arguments again.
        (python, ..) => {
            let usual = || {
                recorder
                    .python
                    .clone()
                    .unwrap_or_else(|| PathBuf::from("python3"))
            };
            elsewhere(&python.clone().unwrap_or_else(usual), original)?
        }
    };
    let error = command.exec();
    Err(cannot_start(Path::new(command.get_program()), &error))
}

/// The command of another interpreter's rdbg.
fn elsewhere(python: &Path, original: &[OsString]) -> Result<Command, Failure> {
    // -P keeps a folder called rdbg in the working directory from being taken for ours.
    let probe = Command::new(python)
        .args(["-P", "-c", "import rdbg._rdbg"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !probe
        .map_err(|error| cannot_start(python, &error))?
        .success()
    {
        let name = python.display();
        let text =
            format!("{name} cannot import rdbg; install it there: {name} -m pip install rdbg");
        return Err(Failure::Other(NOT_RUN, text));
    }
    let mut command = Command::new(python);
    command
        .args(["-P", "-m", "rdbg"])
        .args(without_python(original));
    Ok(command)
}

fn cannot_start(python: &Path, error: &std::io::Error) -> Failure {
    let text = format!("cannot start {}: {error}", python.display());
    Failure::Other(NOT_RUN, text)
}

/// The arguments but rdbg's own name and the first `--python`, which would be followed again.
fn without_python(original: &[OsString]) -> Vec<OsString> {
    let mut all: Vec<OsString> = original.iter().skip(1).cloned().collect();
    if let Some(at) = all.iter().position(|word| word == "--python") {
        all.drain(at..(at + 2).min(all.len()));
    } else {
        let is_it = |word: &OsString| word.to_string_lossy().starts_with("--python=");
        if let Some(at) = all.iter().position(is_it) {
            all.remove(at);
        }
    }
    all
}

/// What the recorder is asked to do, as its first argument.
fn request(options: &Record) -> Result<String, Failure> {
    let (mode, program) = match (&options.module, &options.code, &options.script) {
        (Some(module), ..) => ("module", module.as_str().into()),
        (None, Some(code), _) => ("command", code.as_str().into()),
        (None, None, Some(script)) => ("script", word(script)),
        (None, None, None) => ("script", "".into()),
    };
    let mut said = Settings::new();
    let flags = [
        ("force", options.force),
        ("all", options.all),
        ("env", options.env),
        ("quiet", options.quiet),
    ];
    let numbers = [
        ("max_string", options.max_string),
        ("max_items", options.max_items),
        ("max_depth", options.max_depth.map(u64::from)),
        ("max_size", options.max_size),
        ("ring", options.ring),
    ];
    let lists = [("include", &options.include), ("exclude", &options.exclude)];
    said.extend(flags.into_iter().filter(|(_, flag)| *flag).map(entry));
    said.extend(
        numbers
            .into_iter()
            .filter_map(|(key, number)| Some(entry((key, number?)))),
    );
    said.extend(
        lists
            .into_iter()
            .filter(|(_, globs)| !globs.is_empty())
            .map(|(key, globs)| entry((key, globs.clone()))),
    );
    if let Some(output) = &options.output {
        said.extend([entry(("output", word(output.as_os_str())))]);
    }
    if options.no_locals {
        said.extend([entry(("locals", false))]);
    }
    if let Some(level) = options.level {
        said.extend([entry(("lines", level == Level::Lines))]);
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let mut request =
        settings::complete(said, &folder).map_err(|what| Failure::Other(USAGE, what))?;
    request.extend([entry(("mode", mode)), entry(("program", program))]);
    Ok(Json::Object(request).to_string())
}

fn entry<T: Into<Json>>((key, value): (&str, T)) -> (String, Json) {
    (key.to_owned(), value.into())
}

/// A word of the command line: text, or the bytes of what is none.
fn word(word: &OsStr) -> Json {
    match word.to_str() {
        Some(text) => text.into(),
        None => word.as_bytes().into(),
    }
}
