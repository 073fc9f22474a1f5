//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "rdbg",
    version,
    about = "A time-travel debugger for Python",
    after_help = "Examples:\n  \
        rdbg record app.py arg1      record a run into trace.db\n  \
        rdbg replay                  debug the newest trace in this folder\n  \
        rdbg replay trace.db -e where -e 'p total'"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run a Python program and record it
    Record(Record),
    /// Step through a recorded run, forwards and backwards
    Replay(Replay),
    /// Say what a trace is
    Info(Info),
    /// Print every event as a line of JSON
    Dump(Dump),
    /// Read all of a trace and look for damage
    Verify(Verify),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
        rdbg record app.py arg1 --its-own-option\n  \
        rdbg record -o run.db -m package.module\n  \
        rdbg record --include 'requests.*' -c 'import app; app.main()'\n\n\
        Everything after the script, -m MOD or -c CODE belongs to the program.\n\
        The exit status is the program's own; 125 says that it was not run.")]
pub(crate) struct Record {
    /// Where the trace goes [default: trace.db, or trace-2.db and so on]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace FILE if it is a trace
    #[arg(long)]
    pub(crate) force: bool,
    /// Record these modules or paths too (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Do not record these modules or paths (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Record the standard library and site-packages too
    #[arg(long)]
    pub(crate) all: bool,
    /// Record steps and exceptions but no values
    #[arg(long)]
    pub(crate) no_locals: bool,
    /// Cut strings to this many bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_string: Option<u64>,
    /// Cut containers to this many items
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_items: Option<u64>,
    /// Follow containers to this many levels
    #[arg(long, value_name = "LEVELS")]
    pub(crate) max_depth: Option<u32>,
    /// Record the environment variables
    #[arg(long)]
    pub(crate) env: bool,
    /// Do not print the summary line
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// The interpreter that runs the program
    #[arg(long, value_name = "PYTHON")]
    pub(crate) python: Option<PathBuf>,
    /// Run a module, as python -m does
    #[arg(short = 'm', value_name = "MOD", conflicts_with = "code")]
    pub(crate) module: Option<String>,
    /// Run this code, as python -c does
    #[arg(short = 'c', value_name = "CODE", allow_hyphen_values = true)]
    pub(crate) code: Option<String>,
    /// The program, then its arguments
    #[arg(
        value_name = "SCRIPT [ARGS]…",
        required_unless_present_any = ["module", "code"],
        conflicts_with_all = ["module", "code"]
    )]
    pub(crate) script: Option<OsString>,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
        rdbg replay trace.db\n  \
        rdbg replay trace.db -e 'break 36 if total < 0' -e reverse-continue -e locals\n  \
        rdbg replay trace.db -x walk.rdbg --at start")]
pub(crate) struct Replay {
    /// The trace [default: the newest in this folder]
    pub(crate) trace: Option<PathBuf>,
    /// Run this command instead of reading from the terminal (repeatable)
    #[arg(short = 'e', value_name = "CMD", allow_hyphen_values = true)]
    pub(crate) commands: Vec<String>,
    /// Run the commands of this file, one a line
    #[arg(short = 'x', value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Where to begin: start, end, crash, @N or N%
    #[arg(long, value_name = "PLACE")]
    pub(crate) at: Option<String>,
}

#[derive(Args)]
#[command(after_help = "Example:\n  rdbg info trace.db --json")]
pub(crate) struct Info {
    /// The trace
    pub(crate) trace: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(after_help = "Example:\n  rdbg dump trace.db --from @100 --to @200 | jq .locals")]
pub(crate) struct Dump {
    /// The trace
    pub(crate) trace: PathBuf,
    /// Only this thread, by number or name
    #[arg(long, value_name = "T")]
    pub(crate) thread: Option<String>,
    /// Begin at this position
    #[arg(long, value_name = "@A", value_parser = position)]
    pub(crate) from: Option<u64>,
    /// End with this position
    #[arg(long, value_name = "@B", value_parser = position)]
    pub(crate) to: Option<u64>,
    /// How deep values are shown
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(..=50))]
    pub(crate) depth: u32,
}

#[derive(Args)]
#[command(after_help = "Example:\n  rdbg verify trace.db && echo sound")]
pub(crate) struct Verify {
    /// The trace
    pub(crate) trace: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

fn position(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix('@').unwrap_or(text);
    number
        .parse()
        .map_err(|_| "a position looks like @812".into())
}

/// Options of `record` that take a value.
const VALUED: &[&str] = &[
    "-o",
    "--output",
    "--include",
    "--exclude",
    "--max-string",
    "--max-items",
    "--max-depth",
    "--python",
];

/// Takes the recorded program's own arguments off the end of `record`'s, so that its options are
/// never read as rdbg's. Python's rule: the first thing that is no option begins the program.
pub(crate) fn split_program(arguments: &mut Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_none_or(|word| word != "record") {
        return Vec::new();
    }
    let mut at = 2;
    while let Some(word) = arguments.get(at) {
        let text = word.to_string_lossy();
        at += 1;
        if text == "--" || text == "-m" || text == "-c" {
            at += 1;
            break;
        }
        if text.starts_with("-m") || text.starts_with("-c") {
            break;
        }
        if VALUED.contains(&&*text) {
            at += 1;
        } else if !text.starts_with('-') || text == "-" {
            // `--` keeps a script called `--x` from being an option; it has none, being first.
            break;
        }
    }
    let at = at.min(arguments.len());
    arguments.split_off(at)
}
