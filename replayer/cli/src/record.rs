//! `rdbg record`: becomes Python, which runs the program under the recorder.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::arguments::{Level, Record};
use crate::lookup::{self, Mode, Places, Program};
use crate::settings::{self, Settings};
use crate::{Failure, NOT_RUN, Recorder, USAGE};

/// Replaces this process; returns only when that failed.
pub(crate) fn run(
    options: &Record,
    rest: Vec<OsString>,
    original: &[OsString],
    recorder: &Recorder,
) -> Result<i32, Failure> {
    let mut program = program(options, rest, recorder)?;
    if let Some(python) = &options.python {
        program.interpreter = Some(python.into());
    }
    let mut command = match (&recorder.python, &recorder.script) {
        (Some(own), Some(script)) => {
            let named = program.interpreter.as_deref().map(Path::new);
            let probed = match named.filter(|named| !is_same(named, own)) {
                Some(other) => Some((other, Probe::of(other)?)),
                None => None,
            };
            match probed {
                // The recorder is made for one interpreter: another one has its own, which reads
                // the arguments again.
                Some((other, probe)) if !is_same(&probe.executable, own) => {
                    elsewhere(other, &probe, options, original)?
                }
                _ => {
                    let mut command = Command::new(named.unwrap_or(own));
                    command.args(&program.flags).arg(script);
                    command.arg(request(options, &program)?);
                    command.args(&program.arguments);
                    command
                }
            }
        }
        _ => {
            let usual = || recorder.python.clone().map(OsString::from);
            let named = program.interpreter.clone().or_else(usual);
            let other = PathBuf::from(named.unwrap_or_else(|| "python3".into()));
            elsewhere(&other, &Probe::of(&other)?, options, original)?
        }
    };
    let error = command.exec();
    Err(cannot_start(Path::new(command.get_program()), &error))
}

/// What is to be run.
fn program(options: &Record, rest: Vec<OsString>, recorder: &Recorder) -> Result<Program, Failure> {
    match (&options.module, &options.code, &options.script) {
        (Some(module), ..) => Ok(Program::new(Mode::Module, module.into(), rest)),
        (None, Some(code), _) => Ok(Program::new(Mode::Code, code.into(), rest)),
        (None, None, script) => {
            let python = options.python.as_deref().or(recorder.python.as_deref());
            let places = Places {
                path: std::env::var_os("PATH"),
                beside: python.and_then(Path::parent).map(Path::to_owned),
            };
            lookup::find(script.as_deref().unwrap_or_default(), rest, &places)
        }
    }
}

/// Whether two names of interpreters mean the same one. A virtual environment's is another than the
/// one that it links to.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        let folder = path.parent()?.canonicalize().ok()?;
        Some((folder, path.canonicalize().ok()?))
    };
    one == other || whole(one).is_some_and(|one| whole(other) == Some(one))
}

/// What an interpreter says of itself.
struct Probe {
    /// Where it is: its name may be that of a script that looks for it.
    executable: PathBuf,
    has_rdbg: bool,
    /// It has no GIL, or can do without.
    is_free_threaded: bool,
}

impl Probe {
    fn of(python: &Path) -> Result<Probe, Failure> {
        // Each answer ends with what no path has in it.
        let code = "import os, sys\n\
                    os.write(1, os.fsencode(sys.executable) + b'\\0')\n\
                    if 't' in sys.abiflags: os.write(1, b'free\\0')\n\
                    import rdbg._rdbg\nos.write(1, b'rdbg\\0')";
        // -P keeps a folder called rdbg in the working directory from being taken for ours.
        let told = Command::new(python)
            .args(["-P", "-c", code])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(|error| cannot_start(python, &error))?;
        let mut told = told.stdout.split(|byte| *byte == 0);
        let executable = told.next().unwrap_or_default();
        let told: Vec<&[u8]> = told.collect();
        Ok(Probe {
            executable: OsStr::from_bytes(executable).into(),
            has_rdbg: told.contains(&&b"rdbg"[..]),
            is_free_threaded: told.contains(&&b"free"[..]),
        })
    }
}

/// The command of another interpreter's rdbg.
fn elsewhere(
    python: &Path,
    probe: &Probe,
    options: &Record,
    original: &[OsString],
) -> Result<Command, Failure> {
    let name = python.display();
    if probe.is_free_threaded {
        let text = format!(
            "{name} is a free-threaded build of CPython, which rdbg does not support yet; \
             record the program with a build that has the GIL"
        );
        return Err(Failure::Other(NOT_RUN, text));
    }
    if !probe.has_rdbg {
        let text =
            format!("{name} cannot import rdbg; install it there: {name} -m pip install rdbg");
        return Err(Failure::Other(NOT_RUN, text));
    }
    let mut command = Command::new(python);
    command.args(["-P", "-m", "rdbg"]);
    match options.python {
        Some(_) => command.args(with_python(original, &probe.executable)),
        None => command.args(&original[1..]),
    };
    Ok(command)
}

fn cannot_start(python: &Path, error: &std::io::Error) -> Failure {
    let text = format!("cannot start {}: {error}", python.display());
    Failure::Other(NOT_RUN, text)
}

/// The arguments but rdbg's own name; the first `--python` names the interpreter as it names itself, so
/// that it knows that it is meant.
fn with_python(original: &[OsString], executable: &Path) -> Vec<OsString> {
    let mut all: Vec<OsString> = original.iter().skip(1).cloned().collect();
    let joined = |word: &OsString| word.as_bytes().starts_with(b"--python=");
    let first = all
        .iter()
        .position(|word| word == "--python" || joined(word));
    if let Some(at) = first {
        let count = if joined(&all[at]) { 1 } else { 2 };
        let end = (at + count).min(all.len());
        all.splice(at..end, ["--python".into(), executable.into()]);
    }
    all
}

/// What the recorder is asked to do, as its first argument.
fn request(options: &Record, program: &Program) -> Result<String, Failure> {
    let mode = match program.mode {
        Mode::Module => "module",
        Mode::Code => "command",
        Mode::Script => "script",
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
    let lists = [
        ("include", &options.include),
        ("exclude", &options.exclude),
        ("only", &options.only),
    ];
    let places = [
        ("start_at", &options.start_at),
        ("stop_at", &options.stop_at),
    ];
    said.extend(
        places
            .into_iter()
            .filter_map(|(key, place)| Some(entry((key, place.clone()?)))),
    );
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
    if let Some(keep_on) = options.keep_on {
        said.extend([entry(("keep_on", keep_on.word()))]);
    }
    if let Some(level) = options.level {
        said.extend([entry(("lines", level == Level::Lines))]);
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let mut request =
        settings::complete(said, &folder).map_err(|what| Failure::Other(USAGE, what))?;
    request.extend([
        entry(("mode", mode)),
        entry(("program", word(&program.what))),
    ]);
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
