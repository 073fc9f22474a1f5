//! The command `rdbg`: its arguments, what it prints, and its exit codes.
//!
//! `info`, `dump` and `verify` show the file and read it with `schema` alone; `replay` sees a run
//! only through `replayer`'s `Debugger`; `record` becomes Python and links nothing of the recorder.
#![forbid(unsafe_code)]

mod arguments;
mod dap;
mod door;
mod dump;
mod found;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod inert;
mod info;
mod json;
mod lookup;
mod record;
mod repl;
mod settings;
mod verify;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::Parser;

use arguments::{Arguments, Command};
pub use settings::{Setting, request};

/// Which interpreter runs the recorder, and by which script. The wheel knows both; without them
/// `python3 -m rdbg` is asked.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// The interpreter.
    pub python: Option<PathBuf>,
    /// The script that starts a program under the recorder.
    pub script: Option<PathBuf>,
}

impl Recorder {
    /// The command `rdbg` in a process of its own.
    fn command(&self) -> std::process::Command {
        let python = self.python.clone().unwrap_or_else(|| "python3".into());
        let mut command = std::process::Command::new(python);
        // -P keeps a folder called rdbg in the working directory from being taken for ours.
        command.args(["-P", "-m", "rdbg"]);
        command
    }
}

/// All went well.
const FINE: i32 = 0;
/// Damage was found, or a command failed.
const FOUND: i32 = 1;
/// Wrong usage.
const USAGE: i32 = 2;
/// Not a readable trace.
const UNREADABLE: i32 = 65;
/// No such file.
const NO_FILE: i32 = 66;
/// The program was not run.
const NOT_RUN: i32 = 125;

/// Why a command ended early.
enum Failure {
    /// The trace.
    Trace(schema::Error),
    /// Writing the output.
    Output(io::Error),
    /// Anything else: the exit status and the line to say.
    Other(i32, String),
}

impl From<schema::Error> for Failure {
    fn from(error: schema::Error) -> Self {
        Failure::Trace(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<replayer::Error> for Failure {
    fn from(error: replayer::Error) -> Self {
        match error {
            replayer::Error::Trace(error) => Failure::Trace(*error),
            other => Failure::Other(UNREADABLE, other.to_string()),
        }
    }
}

impl Failure {
    /// The exit status, and what is said.
    fn told(self) -> (i32, String) {
        match self {
            Failure::Output(error) => (FOUND, format!("cannot write the output: {error}")),
            Failure::Trace(error) => (status_of(&error), error.to_string()),
            Failure::Other(status, text) => (status, text),
        }
    }

    /// Says what happened, and returns the exit status.
    fn report(self) -> i32 {
        if let Failure::Output(error) = &self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            return FINE;
        }
        let (status, text) = self.told();
        let line = schema::escape_control(&text).replace('\n', " ");
        anstream::eprintln!("rdbg: {line}");
        status
    }
}

fn status_of(error: &schema::Error) -> i32 {
    use schema::Error;
    match error {
        Error::NotFound(_) => NO_FILE,
        // A folder, a device, a loop of links.
        Error::NotATrace(path, _) | Error::Io(path, _) if !path.is_file() => NO_FILE,
        Error::Damaged(..) | Error::BadFact(..) | Error::TooMuch => FOUND,
        Error::Malformed(_) | Error::Incomplete => FOUND,
        _ => UNREADABLE,
    }
}

/// Anstream takes any terminal of a CI machine (`CI` is set) for one with colours.
fn spare_dumb_terminals() {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| value != "0");
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") && !is_set("CLICOLOR_FORCE") {
        anstream::ColorChoice::Never.write_global();
    }
}

/// Runs `rdbg` with these arguments, its own name first; returns the exit status.
pub fn main(mut arguments: Vec<OsString>, recorder: Recorder) -> i32 {
    // Once rdbg becomes Python, the program's own arguments must not be read as rdbg's.
    let original = arguments.clone();
    let rest = arguments::split_program(&mut arguments);
    spare_dumb_terminals();
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return error.exit_code();
        }
    };
    let outcome = match parsed.command {
        Command::Record(options) => record::run(&options, rest, &original, &recorder),
        Command::Replay(options) => repl::run(options),
        Command::Info(options) => info::run(&options),
        Command::Dump(options) => dump::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Dap(options) => dap::run(&options, &recorder),
    };
    outcome.unwrap_or_else(Failure::report)
}
