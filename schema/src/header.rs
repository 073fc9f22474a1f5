//! What a trace says of itself: the run it recorded, and how it ended.

use serde::{Deserialize, Serialize};

/// The run that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The script, module or command.
    pub program: String,
    /// `sys.argv` of the program.
    pub argv: Vec<String>,
    /// The working directory.
    pub cwd: String,
    /// `sys.version`.
    pub python: String,
    /// Command-line flags of the interpreter.
    pub flags: Vec<String>,
    /// `platform.platform()`.
    pub platform: String,
    /// Start, in seconds since 1970.
    pub started: f64,
    /// The process.
    pub pid: u32,
    /// Version of the recorder.
    pub recorder: String,
    /// What the recorder followed.
    pub limits: Limits,
    /// The environment, if it was asked for.
    pub environment: Vec<(String, String)>,
}

/// How much is recorded; a value that is past a limit is marked as cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of a string.
    pub string: u64,
    /// Items of a container.
    pub items: u64,
    /// Levels of containers below a variable.
    pub depth: u32,
    /// Whether values are recorded at all.
    pub locals: bool,
    /// Whether every line is recorded, or only the first of each call.
    pub lines: bool,
    /// Recording ends when the trace takes so many bytes.
    pub max_size: Option<u64>,
    /// Only the last events are kept, as many as take so many bytes.
    pub ring: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            string: 65_536,
            items: 10_000,
            depth: 100,
            locals: true,
            lines: true,
            max_size: None,
            ring: None,
        }
    }
}

/// How a recording ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// `exit 0`, `uncaught ValueError`, `recording stopped: …`.
    pub how: String,
    /// Seconds of the run.
    pub seconds: f64,
}

impl Ending {
    /// What a reader writes for a recorder that was killed, when it folds the log in.
    pub const KILLED: &str =
        "incomplete: the process was killed while it was recorded, or its disk was full";
}

/// What a recording amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events.
    pub events: u64,
    /// Of these, lines.
    pub lines: u64,
    /// Threads.
    pub threads: u64,
    /// Why recording ended before the program did.
    pub stopped: Option<String>,
    /// Where the events are.
    pub kept: Kept,
}

/// What a look at the file found once it was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Nobody has looked.
    #[default]
    Unseen,
    /// The file holds so many events.
    File(u64),
    /// The file holds so many events together with its log, the file ending in `-wal`.
    WithLog(u64),
    /// The file is not where it was made: the program moved, deleted or replaced it.
    Elsewhere,
    /// The file cannot be read; the text says why.
    Unreadable(String),
}

/// How many rows a finished trace has: what is lost without a trace would not be missed otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) files: u64,
    pub(crate) codes: u64,
    pub(crate) types: u64,
    pub(crate) names: u64,
    pub(crate) threads: u64,
    pub(crate) left_out: u64,
    pub(crate) chunks: u64,
    pub(crate) events: u64,
}
