//! One recording from its request to its summary, and what happens when the process forks or ends.

use std::ffi::{OsString, c_int};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use schema::{Ending, Header, Summary, TraceWriter, size};

use crate::collector::Collector;
use crate::config::Config;
use crate::filter::{Filter, Places};
use crate::layout;
use crate::monitoring;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::sink::Sink;

/// How a recording is to be reported when the process ends.
struct Report {
    path: PathBuf,
    quiet: bool,
    how: String,
    /// Which recording of this process it is.
    number: u64,
}

/// What is done once in the life of a process, and how many recordings there were.
static SET_UP: Mutex<(bool, u64)> = Mutex::new((false, 0));

static REPORT: Mutex<Option<Report>> = Mutex::new(None);

fn report() -> std::sync::MutexGuard<'static, Option<Report>> {
    REPORT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says how the program ended.
pub(crate) fn set_ending(how: String) {
    if let Some(report) = report().as_mut() {
        report.how = how;
    }
}

fn failed(why: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(why.to_string())
}

/// Checks that this interpreter keeps frames where the recorder looks for them; called by a
/// Python function with the value of its first local.
#[pyfunction]
pub(crate) fn check_layout(marker: &Bound<'_, PyAny>) -> PyResult<()> {
    // SAFETY: the GIL is held.
    unsafe { layout::check(marker.as_ptr()) }.map_err(|what| {
        failed(format!(
            "this CPython does not keep {what} where rdbg expects it; no trace was made"
        ))
    })
}

/// How a request says the program is to be found (`script`, `module`, `command`), and its name.
#[pyfunction]
pub(crate) fn program(request: &str) -> PyResult<(String, String)> {
    let config: Config = serde_json::from_str(request).map_err(failed)?;
    Ok((config.mode, config.program))
}

/// Creates the trace and starts to record; returns the recording's number. `argv` and `flags` are
/// told to the trace. `is_fresh` leaves out the code that runs now on this thread.
///
/// Raises `RuntimeError` with one line for a person if it cannot.
#[pyfunction]
#[pyo3(signature = (request, argv, flags, standard, own, is_fresh = false))]
pub(crate) fn begin(
    py: Python<'_>,
    request: &str,
    argv: Vec<OsString>,
    flags: Vec<OsString>,
    standard: Vec<PathBuf>,
    own: Vec<PathBuf>,
    is_fresh: bool,
) -> PyResult<u64> {
    if let Some(path) = recording() {
        let path = path.display();
        let text = format!("{path} is being recorded; end that recording with rdbg.stop() first");
        return Err(failed(text));
    }
    let config: Config = serde_json::from_str(request).map_err(failed)?;
    let limits = config.limits();
    let filter = Filter::new(&config, Places { standard, own }).map_err(failed)?;
    let header = Header {
        program: config.program_name(),
        argv: texts(argv),
        cwd: std::env::current_dir()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        python: Python::version_str().to_owned(),
        flags: texts(flags),
        platform: platform(),
        started: std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0.0, |time| time.as_secs_f64()),
        pid: std::process::id(),
        recorder: env!("CARGO_PKG_VERSION").into(),
        limits,
        environment: if config.env {
            let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
            std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .collect()
        } else {
            Vec::new()
        },
    };
    let number = set_up(py)?;
    let collector = Collector::new(py)?;
    let tool = monitoring::claim(py)?;
    let writer = match create(&config, &header) {
        Ok(writer) => writer,
        Err(error) => {
            monitoring::unclaim(py, tool)?;
            return Err(error);
        }
    };
    let path = writer.path().to_owned();
    let progress = if config.quiet { None } else { Progress::new() };
    let sink = Sink::new(writer, progress);
    // SAFETY: the GIL is held.
    let mut recorder = unsafe { Recorder::new(sink, filter, limits, collector) };
    if config.mode == "command" {
        recorder
            .codes
            .know_source("<string>".into(), config.program.clone());
    }
    if is_fresh {
        // SAFETY: the GIL is held.
        unsafe { recorder.leave_out_running() };
    }
    let is_block = config.mode == "block";
    let how = if is_block {
        "the process ended while it was recorded"
    } else {
        "exit 0"
    };
    *report() = Some(Report {
        path,
        quiet: config.quiet,
        how: how.into(),
        number,
    });
    monitoring::start(py, recorder, tool, is_block)?;
    Ok(number)
}

/// Makes sure that forks and the end of the process are noticed; returns a recording's number.
fn set_up(py: Python<'_>) -> PyResult<u64> {
    let mut set_up = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if !set_up.0 {
        watch_forks(py)?;
        // SAFETY: the GIL is held; the function is called without Python, once, at the very end.
        if unsafe { ffi::Py_AtExit(Some(at_exit)) } != 0 {
            return Err(failed("this process has no room for another exit function"));
        }
        set_up.0 = true;
    }
    set_up.1 += 1;
    Ok(set_up.1)
}

/// The trace that is being written.
#[pyfunction]
pub(crate) fn recording() -> Option<PathBuf> {
    report().as_ref().map(|report| report.path.clone())
}

/// Path, events, threads, and why recording ended early.
type Done = (PathBuf, u64, u64, Option<String>);

/// Ends the recording of this number, saying how the block ended. Returns the path, the numbers of
/// events and of threads, and why recording ended before; nothing if that recording is over, or
/// belongs to the process that forked this one.
#[pyfunction]
pub(crate) fn finish(py: Python<'_>, number: u64, how: String) -> PyResult<Option<Done>> {
    let Some(mut ended) = report().take_if(|report| report.number == number) else {
        return Ok(None);
    };
    let Some(active) = monitoring::stop() else {
        return Ok(None);
    };
    ended.how = how;
    let path = ended.path.clone();
    let (summary, lines) = conclude(active, ended);
    let released = monitoring::release(py, active);
    let _ = std::io::stderr().write_all(lines.as_bytes());
    released?;
    Ok(Some((
        path,
        summary.events,
        summary.threads,
        summary.stopped,
    )))
}

/// Gives this moment of the recording a name. Does nothing while nothing is recorded.
#[pyfunction]
pub(crate) fn mark(name: &Bound<'_, pyo3::types::PyString>) {
    if monitoring::active().is_some() {
        // An exact `str`: what an instance of a subclass shows would be its own affair.
        let name = pyo3::types::PyString::new(name.py(), &name.to_string_lossy());
        monitoring::mark(name.as_ptr());
    }
}

/// Words of a command line as text; what is not UTF-8 shows as such.
fn texts(words: Vec<OsString>) -> Vec<String> {
    words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// The file that was asked for, or the first free one of `trace.db`, `trace-2.db` and so on.
fn create(config: &Config, header: &Header) -> PyResult<TraceWriter> {
    let base = match &config.output {
        Some(path) if !config.numbered => {
            return TraceWriter::create(path, header, config.force).map_err(failed);
        }
        Some(path) => path.clone(),
        None => "trace.db".into(),
    };
    let mut number = 1;
    loop {
        match TraceWriter::create(&nth(&base, number), header, false) {
            Err(schema::Error::Exists(_)) => number += 1,
            other => return other.map_err(failed),
        }
    }
}

/// `name.db`, `name-2.db`, `name-3.db` …
fn nth(base: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return base.to_owned();
    }
    let mut name = base.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(end) = base.extension() {
        name.push(".");
        name.push(end);
    }
    base.with_file_name(name)
}

/// What `platform.platform()` would say, without importing it.
fn platform() -> String {
    // SAFETY: `uname` fills the structure with C strings.
    unsafe {
        let mut name: libc::utsname = std::mem::zeroed();
        if libc::uname(&raw mut name) != 0 {
            return std::env::consts::OS.into();
        }
        let text = |field: &[libc::c_char]| {
            std::ffi::CStr::from_ptr(field.as_ptr())
                .to_string_lossy()
                .into_owned()
        };
        format!(
            "{}-{}-{}",
            text(&name.sysname),
            text(&name.release),
            text(&name.machine)
        )
    }
}

fn watch_forks(py: Python<'_>) -> PyResult<()> {
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
        active.recorder.sink.pause();
    }
}

/// A forked child does not record; the trace belongs to its parent.
#[pyfunction]
fn after_fork(py: Python<'_>) -> PyResult<()> {
    *report() = None;
    match monitoring::stop() {
        Some(active) => {
            active.recorder.sink.abandon();
            monitoring::release(py, active)
        }
        None => Ok(()),
    }
}

/// The interpreter is gone: writes the end of the trace, and says what was recorded.
extern "C" fn at_exit() {
    let Some(active) = monitoring::stop() else {
        return;
    };
    let Some(report) = report().take() else {
        return;
    };
    let (_, lines) = conclude(active, report);
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// Writes the end of the trace; says what was recorded, and what a person is to be told.
fn conclude(active: &mut monitoring::Active, report: Report) -> (Summary, String) {
    let seconds = active.recorder.clock.seconds();
    let ending = Ending {
        how: report.how,
        seconds,
    };
    let path = report.path.display().to_string();
    let path = schema::escape_control(&path);
    let mut lines = String::new();
    let summary = match active.recorder.sink.finish(&ending) {
        Ok(summary) => {
            if let Some(why) = &summary.stopped {
                lines = format!(
                    "rdbg: recording stopped: {}; {path} holds the first {}\n",
                    schema::escape_control(why),
                    count(summary.events, "event"),
                );
            } else if !report.quiet {
                let bytes = std::fs::metadata(&report.path).map_or(0, |file| file.len());
                lines = format!(
                    "rdbg: {} in {}, {}: {path}; open it with: rdbg replay {}\n",
                    count(summary.events, "event"),
                    count(summary.threads, "thread"),
                    size(bytes),
                    quoted(&path),
                );
            }
            summary
        }
        Err(why) => {
            lines = format!(
                "rdbg: recording stopped: {}; {path} holds what came before\n",
                schema::escape_control(&why)
            );
            Summary {
                stopped: Some(why),
                ..Summary::default()
            }
        }
    };
    (summary, lines)
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

fn count(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if number == 1 { "" } else { "s" };
    format!("{grouped} {noun}{plural}")
}

/// Ends this process by the signal that ended another; used when a program cannot be recorded.
pub(crate) fn restore_interrupts() {
    // SAFETY: sets a signal's disposition to the default, or leaves it ignored.
    unsafe {
        if libc::signal(libc::SIGINT as c_int, libc::SIG_DFL) == libc::SIG_IGN {
            libc::signal(libc::SIGINT as c_int, libc::SIG_IGN);
        }
    }
}
