//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use schema::Allowance;

use crate::settings::size;

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
    Record(Box<Record>),
    /// Step through a recorded run, forwards and backwards
    Replay(Replay),
    /// Say what a trace is
    Info(Info),
    /// Print every event as a line of JSON
    Dump(Dump),
    /// Read all of a trace and look for damage
    Verify(Verify),
    /// Serve an editor by the Debug Adapter Protocol
    Dap(Dap),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
        rdbg record app.py arg1 --its-own-option\n  \
        rdbg record pytest -q tests\n  \
        rdbg record python -X dev -m flask run\n  \
        rdbg record -o run.db -m package.module\n  \
        rdbg record --include 'requests.*' -c 'import app; app.main()'\n  \
        rdbg record --start-at 'app.py:30 if order.total < 0' app.py\n  \
        rdbg record --keep-on failure --ring 50MB server.py\n\n\
        Everything after the program, -m MOD or -c CODE belongs to it. A name that is no file here is\n\
        looked for as a shell does; it is to be python, or a script with a #! line of Python's.\n\
        Defaults for these options may stand in [tool.rdbg] of pyproject.toml.\n\
        The exit status is the program's own; 125 says that it was not run.")]
pub(crate) struct Record {
    /// Where the trace goes [default: trace.db, or trace-2.db and so on]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace FILE if it is a trace
    #[arg(long)]
    pub(crate) force: bool,
    /// Record these modules or paths, and all below them, too (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Do not record these modules or paths, nor what is below them (repeatable)
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
    /// End recording when the trace takes SIZE (5MB, 1GB …); the program goes on
    #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with = "ring")]
    pub(crate) max_size: Option<u64>,
    /// Keep only the last part of the run, as much as takes SIZE
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) ring: Option<u64>,
    /// Record every line, or calls, returns and exceptions alone [default: lines]
    #[arg(long, value_enum)]
    pub(crate) level: Option<Level>,
    /// Begin at FILE:LINE or FUNCTION, if EXPR is given where it holds; until then nothing is slower
    #[arg(long, value_name = "PLACE [if EXPR]")]
    pub(crate) start_at: Option<String>,
    /// End recording at FILE:LINE or FUNCTION; the program goes on
    #[arg(long, value_name = "PLACE")]
    pub(crate) stop_at: Option<String>,
    /// Record this function, or the methods of this class, and nothing else (repeatable)
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) only: Vec<String>,
    /// Remove the trace at the end unless the program ended so
    #[arg(long, value_name = "END", value_enum)]
    pub(crate) keep_on: Option<KeepOn>,
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
    /// The program, a script or a command, then its arguments
    #[arg(
        value_name = "PROGRAM [ARGS]…",
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
    /// The trace [default: the newest in this folder, else in its .rdbg]
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
    #[command(flatten)]
    pub(crate) cost: Cost,
}

/// What reading a trace may cost.
#[derive(Args)]
pub(crate) struct Cost {
    /// Read the trace whatever memory and time that takes: it is one's own
    #[arg(long)]
    no_limit: bool,
}

impl Cost {
    pub(crate) fn allowance(&self) -> Allowance {
        match self.no_limit {
            true => Allowance::Unbounded,
            false => Allowance::OfSize,
        }
    }
}

#[derive(Args)]
#[command(after_help = "Example:\n  rdbg info trace.db --json")]
pub(crate) struct Info {
    /// The trace
    pub(crate) trace: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) cost: Cost,
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
    #[command(flatten)]
    pub(crate) cost: Cost,
}

#[derive(Args)]
#[command(after_help = "Example:\n  rdbg verify trace.db && echo sound")]
pub(crate) struct Verify {
    /// The trace
    pub(crate) trace: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) cost: Cost,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
        rdbg dap                 on standard input and output, as editors start it\n  \
        rdbg dap --port 4711     stays, and serves one editor after another\n  \
        rdbg dap --connect 4711  what an editor starts to reach that one\n\n\
        A server listens on 127.0.0.1 and wants a token, which it prints and keeps in a file that\n\
        only its owner can read: $XDG_RUNTIME_DIR/rdbg/port-PORT.token, else below\n\
        ~/.local/state/rdbg. --connect says it; another client begins with the header line\n\
        `Authorization: Bearer TOKEN`.")]
pub(crate) struct Dap {
    /// Listen on this port of this machine instead; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Join standard input and output with the server on this port
    #[arg(long, value_name = "PORT", conflicts_with = "port")]
    pub(crate) connect: Option<u16>,
    /// Keep the server's token in this file, or take it from there
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// How many events are recorded.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Level {
    /// Every line
    Lines,
    /// The first line of each call, its end, and exceptions
    Calls,
}

/// After which endings a trace is kept.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum KeepOn {
    /// A status that is not 0, an exception that nobody caught, a signal
    Failure,
    /// An exception that nobody caught, a segmentation fault and its kin
    Crash,
    /// A signal: SIGTERM, Ctrl-C, a segmentation fault …
    Signal,
}

impl KeepOn {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            KeepOn::Failure => "failure",
            KeepOn::Crash => "crash",
            KeepOn::Signal => "signal",
        }
    }
}

fn position(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix('@').unwrap_or(text);
    number
        .parse()
        .map_err(|_| "a position looks like @812".into())
}

/// Long options of `record` that take a value.
const VALUED: &[&str] = &[
    "--output",
    "--include",
    "--exclude",
    "--max-string",
    "--max-items",
    "--max-depth",
    "--max-size",
    "--ring",
    "--level",
    "--keep-on",
    "--start-at",
    "--stop-at",
    "--only",
    "--python",
];

/// Takes the recorded program's own arguments off the end of `record`'s, so that its options are
/// never read as rdbg's. Python's rule: the first thing that is no option begins the program, and
/// so does what follows `-m` or `-c`.
pub(crate) fn split_program(arguments: &mut Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_none_or(|word| word != "record") {
        return Vec::new();
    }
    let mut at = 2;
    while let Some(word) = arguments.get(at) {
        let text = word.to_string_lossy();
        at += 1;
        if text == "--" {
            // Then a script called `--x` is no option.
            at += 1;
            break;
        }
        if text.starts_with("--") {
            at += usize::from(VALUED.contains(&&*text));
            continue;
        }
        let Some(short) = text.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            break;
        };
        // Short options may stand together; one that takes a value takes the rest of the word.
        let Some(valued) = short.find(['o', 'm', 'c']) else {
            continue;
        };
        at += usize::from(valued + 1 == short.len());
        if !short[valued..].starts_with('o') {
            break;
        }
    }
    let at = at.min(arguments.len());
    arguments.split_off(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> (String, String) {
        let words = format!("rdbg record {line}");
        let mut own: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let rest = split_program(&mut own);
        let join = |words: &[OsString]| {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        (join(&own[2..]), join(&rest))
    }

    #[test]
    fn the_program_begins_where_python_says() {
        for (line, own, rest) in [
            ("app.py -o x -m y", "app.py", "-o x -m y"),
            ("-o t.db app.py --force", "-o t.db app.py", "--force"),
            ("-ot.db app.py -q", "-ot.db app.py", "-q"),
            ("--output=t.db app.py -- x", "--output=t.db app.py", "-- x"),
            ("--include a* -q app.py a", "--include a* -q app.py", "a"),
            ("-m mod -q --all", "-m mod", "-q --all"),
            ("-mmod -q", "-mmod", "-q"),
            ("-c print(1) -c x", "-c print(1)", "-c x"),
            ("-cprint(1) -c x", "-cprint(1)", "-c x"),
            ("-qm mod a.py", "-qm mod", "a.py"),
            ("-qmmod a.py", "-qmmod", "a.py"),
            ("-qo t.db -m mod -m", "-qo t.db -m mod", "-m"),
            ("-- --odd.py --force", "-- --odd.py", "--force"),
            ("- a b", "-", "a b"),
            ("-m", "-m", ""),
            ("--quiet", "--quiet", ""),
        ] {
            assert_eq!(split(line), (own.to_owned(), rest.to_owned()), "{line}");
        }
    }

    #[test]
    fn other_commands_are_left_alone() {
        let mut words: Vec<OsString> = ["rdbg", "dump", "t.db"].map(OsString::from).into();
        assert!(split_program(&mut words).is_empty());
        assert_eq!(words.len(), 3);
    }
}
