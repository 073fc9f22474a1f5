//! What can go wrong with a trace. Every message names the thing and the next move.

use std::fmt;
use std::path::PathBuf;

use crate::ids::ChunkId;
use crate::repr::size;

/// The result of an operation on a trace.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with a trace.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    NotFound(PathBuf),
    /// The file is there but is not an rdbg trace; the text says what it is.
    NotATrace(PathBuf, &'static str),
    /// The trace was written by a newer rdbg.
    Newer(PathBuf, i64),
    /// The file exists already and must not be replaced.
    Exists(PathBuf),
    /// The trace is being recorded by a process that runs.
    Busy(PathBuf),
    /// The log of a trace that is not there any more lies where that of a new one would.
    Leftover(PathBuf),
    /// The file that was written is not where it was, or another is there.
    Moved,
    /// There is no connection to the file.
    Closed,
    /// The file system does not do what SQLite's log needs.
    NoLog,
    /// A chunk cannot be read; the text says why.
    Damaged(u64, &'static str),
    /// A fact that events refer to is missing or malformed.
    BadFact(&'static str, u64),
    /// The system refused.
    Io(PathBuf, std::io::Error),
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The trace would take more bytes than it was allowed.
    Full(u64),
    /// Reading takes more work than a file of its size deserves.
    TooMuch,
    /// The bytes of an operation end too early.
    Incomplete,
    /// The bytes are not an operation.
    Malformed(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound(path) => {
                write!(
                    f,
                    "{}: no such trace; record one with `rdbg record`",
                    path.display()
                )
            }
            Error::NotATrace(path, what) => {
                write!(f, "{}: not an rdbg trace: {what}", path.display())
            }
            Error::Newer(path, version) => write!(
                f,
                "{}: format version {version} is newer than this rdbg reads ({}); upgrade rdbg",
                path.display(),
                crate::FORMAT_VERSION
            ),
            Error::Exists(path) => write!(
                f,
                "{}: exists already; name another file, or give --force to replace a trace",
                path.display()
            ),
            Error::Busy(path) => write!(
                f,
                "{}: is being recorded right now; name another file, or end that recording first",
                path.display()
            ),
            Error::Leftover(path) => write!(
                f,
                "{}: belongs to a trace that is not here any more; move it away, or name another file",
                path.display()
            ),
            Error::Moved => write!(f, "the trace was moved, deleted or replaced meanwhile"),
            Error::Closed => write!(f, "the trace's file is not open"),
            Error::NoLog => write!(
                f,
                "the trace's file system has no write-ahead log; name a file on a local disk"
            ),
            Error::Damaged(chunk, why) => {
                write!(
                    f,
                    "chunk {chunk} is damaged ({why}); `rdbg verify` shows what can be read"
                )
            }
            Error::BadFact(what, id) => {
                write!(
                    f,
                    "the trace's {what} {id} is missing or damaged; run `rdbg verify`"
                )
            }
            Error::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Error::Sqlite(error) => write!(f, "the trace's database: {error}"),
            Error::Full(max) => write!(f, "it reached its --max-size of {}", size(*max)),
            Error::TooMuch => write!(
                f,
                "this takes more work than a file of its size deserves, as if it were made to; \
                 --no-limit does it all the same"
            ),
            Error::Incomplete => write!(f, "an event is cut short; run `rdbg verify`"),
            Error::Malformed(what) => write!(f, "malformed event ({what}); run `rdbg verify`"),
        }
    }
}

impl Error {
    /// The same trouble as damage of a chunk.
    pub(crate) fn in_chunk(self, chunk: ChunkId) -> Error {
        match self {
            Error::Malformed(what) => Error::Damaged(chunk.0, what),
            Error::Incomplete => Error::Damaged(chunk.0, "an event is cut short"),
            Error::Sqlite(_) => Error::Damaged(chunk.0, "its rows cannot be read"),
            other => other,
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Sqlite(error)
    }
}
