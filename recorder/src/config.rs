//! What the command line asks of the recorder.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use schema::Limits;
use serde::Deserialize;

use crate::keep::KeepOn;

/// A word of the command line: text, or the bytes of what is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Word {
    Text(String),
    Bytes(Vec<u8>),
}

impl Default for Word {
    fn default() -> Word {
        Word::Text(String::new())
    }
}

impl Word {
    /// As the system has it.
    pub(crate) fn system(&self) -> OsString {
        match self {
            Word::Text(text) => text.into(),
            Word::Bytes(bytes) => OsString::from_vec(bytes.clone()),
        }
    }

    /// As a person reads it.
    pub(crate) fn shown(&self) -> String {
        crate::texts::of_path(&PathBuf::from(self.system()))
    }
}

/// The request that `rdbg record` hands over, as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// Where the trace goes; by default `trace.db` or the first `trace-N.db` that is free.
    pub(crate) output: Option<Word>,
    /// `output` is the first of many: where it exists, `name-2.db` and so on.
    pub(crate) numbered: bool,
    /// Replace an existing trace.
    pub(crate) force: bool,
    /// Globs of modules and paths to record besides the program's own.
    pub(crate) include: Vec<String>,
    /// Globs of modules and paths not to record.
    pub(crate) exclude: Vec<String>,
    /// Record the standard library and site-packages too.
    pub(crate) all: bool,
    /// Record values.
    pub(crate) locals: Option<bool>,
    /// Bytes of a string.
    pub(crate) max_string: Option<u64>,
    /// Items of a container.
    pub(crate) max_items: Option<u64>,
    /// Levels of containers.
    pub(crate) max_depth: Option<u32>,
    /// Record every line, or only the first of each call.
    pub(crate) lines: Option<bool>,
    /// Bytes of the trace, at which recording ends.
    pub(crate) max_size: Option<u64>,
    /// Bytes of the trace, at which the oldest part goes.
    pub(crate) ring: Option<u64>,
    /// Say nothing at the end.
    pub(crate) quiet: bool,
    /// Begin at this place, if what stands behind `if` holds there.
    pub(crate) start_at: Option<String>,
    /// End at this place.
    pub(crate) stop_at: Option<String>,
    /// Record the code of these functions and classes alone.
    pub(crate) only: Vec<String>,
    /// Keep the trace after such ends only.
    pub(crate) keep_on: Option<KeepOn>,
    /// Record the environment.
    pub(crate) env: bool,
    /// `script`, `module`, `command`, or `block` for a part of a program that runs already.
    pub(crate) mode: String,
    /// The script's path, the module's name or the code.
    pub(crate) program: Word,
    /// The function at whose first call the recorder panics; said by tests only.
    pub(crate) panics_at: Option<String>,
}

impl Config {
    /// Limits of the capture, with defaults where nothing was asked.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            string: self.max_string.unwrap_or(usual.string),
            items: self.max_items.unwrap_or(usual.items),
            depth: self.max_depth.unwrap_or(usual.depth),
            locals: self.locals.unwrap_or(true),
            lines: self.lines.unwrap_or(true),
            max_size: self.max_size,
            ring: self.ring,
        }
    }

    /// The program as a person would name it.
    pub(crate) fn program_name(&self) -> String {
        match self.mode.as_str() {
            "module" => format!("-m {}", self.program.shown()),
            "command" => "-c".into(),
            _ => self.program.shown(),
        }
    }
}
