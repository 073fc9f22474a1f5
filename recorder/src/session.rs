//! One recording from its request to its summary, and what happens when the process forks or ends.

mod forks;
mod summary;

use std::ffi::{OsString, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use schema::{Fact, Header, Summary, TraceWriter};

use crate::collector::Collector;
use crate::config::Config;
use crate::filter::{Filter, Places};
use crate::monitoring::Waiting;
use crate::offsets::OFFSETS;
use crate::places::Place;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::sink::Sink;
use crate::{exits, keep, last_words, monitoring, panics, probes, saying};
use forks::watch_forks;
use summary::conclude;

/// How a recording is to be reported when the process ends.
struct Report {
    path: PathBuf,
    quiet: bool,
    how: String,
    /// Which recording of this process it is.
    number: u64,
    /// The program never began: nothing is to be left.
    is_unwanted: bool,
    /// Where recording was to begin.
    start_at: String,
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

/// The program could not begin: no trace is left, and nothing is said.
pub(crate) fn discard() {
    if let Some(report) = report().as_mut() {
        report.is_unwanted = true;
    }
}

fn failed(why: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(why.to_string())
}

/// Checks that this interpreter keeps things where the recorder looks for them.
///
/// Raises `RuntimeError` with one line for a person if it does not.
#[pyfunction]
pub(crate) fn check_layout(py: Python<'_>) -> PyResult<()> {
    probes::prove(py, &OFFSETS)
}

/// How a request says the program is to be found (`script`, `module`, `command`), and its name.
#[pyfunction]
pub(crate) fn program(request: &str) -> PyResult<(String, OsString)> {
    let config: Config = serde_json::from_str(request).map_err(failed)?;
    Ok((config.mode, config.program.system()))
}

/// Creates the trace and starts to record; returns the recording's number. `argv` and `flags` are
/// told to the trace. `is_fresh` leaves out the code that runs now on this thread, and expects that
/// the trace is thrown away: tests are recorded so.
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
    let until = config.start_at.as_deref();
    let until = until.map(|text| Waiting::new(py, text)).transpose();
    let until = until.map_err(failed)?;
    let number = set_up(py)?;
    let collector = Collector::new(py)?;
    let tool = monitoring::claim(py)?;
    let progress = if config.quiet { None } else { Progress::new() };
    let output = config.output.as_ref();
    let wanted = Wanted {
        base: output.map_or_else(|| "trace.db".into(), |output| output.system().into()),
        is_numbered: config.numbered || config.output.is_none(),
        force: config.force,
        is_draft: is_fresh,
    };
    let (path, sink) = match Sink::open(move || create(&wanted, &header), progress) {
        Ok(opened) => opened,
        Err(why) => {
            monitoring::unclaim(py, &tool)?;
            return Err(failed(why));
        }
    };
    saying::remember_stderr();
    // What is a draft has an owner who decides.
    keep::begin(config.keep_on.filter(|_| !is_fresh));
    // SAFETY: the GIL is held.
    let mut recorder = unsafe { Recorder::new(sink, filter, limits, collector, tool) };
    recorder.panics_at = config.panics_at;
    recorder.stop_at.place = config.stop_at.as_deref().map(Place::new);
    if let Some(until) = &until {
        let text = format!("what ran before {}", until.place());
        recorder.sink.define(Fact::LeftOut(text, "--start-at"));
    }
    if config.mode == "command" {
        recorder
            .codes
            .know_source("<string>".into(), config.program.shown());
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
        is_unwanted: false,
        start_at: until
            .as_ref()
            .map_or_else(String::new, |until| until.place().into()),
    });
    monitoring::start(py, recorder, is_block, until)?;
    last_words::install();
    // SAFETY: the GIL is held.
    unsafe { exits::install() };
    Ok(number)
}

/// Makes sure that forks and the end of the process are noticed; returns a recording's number.
fn set_up(py: Python<'_>) -> PyResult<u64> {
    let mut set_up = SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if !set_up.0 {
        panics::hush();
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
/// events and of threads, and why recording ended before; nothing if that recording is over, belongs
/// to the process that forked this one, or has left no trace since such an end is not one to keep.
#[pyfunction]
pub(crate) fn finish(py: Python<'_>, number: u64, how: String) -> PyResult<Option<Done>> {
    let Some(mut ended) = report().take_if(|report| report.number == number) else {
        return Ok(None);
    };
    if let Some(active) = monitoring::active() {
        panics::caught(|| active.examine(py));
    }
    let Some(active) = monitoring::stop() else {
        return Ok(None);
    };
    ended.how = how;
    let path = ended.path.clone();
    // SAFETY: the GIL is held.
    unsafe { exits::uninstall() };
    let (summary, lines) = conclude(active, ended);
    monitoring::release(py, active);
    saying::say(&lines);
    let told = |summary: Summary| (path, summary.events, summary.threads, summary.stopped);
    Ok(summary.map(told))
}

/// Ends the recording of this number and removes its trace.
#[pyfunction]
pub(crate) fn drop_trace(py: Python<'_>, number: u64) {
    let ours = report().take_if(|report| report.number == number);
    let Some(active) = ours.and_then(|_| monitoring::stop()) else {
        return;
    };
    // SAFETY: the GIL is held.
    unsafe { exits::uninstall() };
    last_words::uninstall();
    panics::caught(|| active.recorder.sink.remove());
    panics::caught(|| monitoring::release(py, active));
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

/// Where the trace is to go.
struct Wanted {
    base: PathBuf,
    /// Where there is something, the next number will do.
    is_numbered: bool,
    force: bool,
    is_draft: bool,
}

/// The file that was asked for, or the first free one of `trace.db`, `trace-2.db` and so on.
fn create(wanted: &Wanted, header: &Header) -> Result<TraceWriter, String> {
    let mut number = 1;
    loop {
        let path = nth(&wanted.base, number);
        let made = match wanted.is_numbered {
            true => TraceWriter::create_new(&path, header),
            false => TraceWriter::create(&path, header, wanted.force),
        };
        match made {
            Err(schema::Error::Exists(_) | schema::Error::Leftover(_)) if wanted.is_numbered => {
                number += 1;
            }
            other => {
                let mut writer = other.map_err(|error| error.to_string())?;
                if wanted.is_draft {
                    writer.set_draft().map_err(|error| error.to_string())?;
                }
                return Ok(writer);
            }
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

/// The interpreter is gone: writes the end of the trace, and says what was recorded.
extern "C" fn at_exit() {
    let Some(active) = monitoring::stop() else {
        return;
    };
    let Some(report) = report().take() else {
        return;
    };
    if report.is_unwanted {
        last_words::uninstall();
        panics::caught(|| active.recorder.sink.remove());
        return;
    }
    let (_, lines) = conclude(active, report);
    saying::say(&lines);
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
