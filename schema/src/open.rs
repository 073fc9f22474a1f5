//! From a path to a connection. The file may come from a stranger: it is looked at before SQLite
//! sees it, and opened without trust. What its recorder closed is never written to.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::sql;
use crate::trace_file::beside;

mod fold_in;

/// How often an unfinished trace is copied before the copy is taken as it is.
const ATTEMPTS: usize = 5;

/// Size of SQLite's header of a database file.
const HEAD: usize = 100;

/// A trace's database, open for reading.
pub(crate) struct Opened {
    pub(crate) db: Connection,
    /// Keeps the private copy of an unfinished trace.
    _copy: Option<tempfile::TempDir>,
    pub(crate) bytes: u64,
    pub(crate) is_closed: bool,
    /// It is not closed, and its log is not there.
    pub(crate) is_without_log: bool,
}

/// Whether the file is a trace this version reads, by its first bytes alone.
pub(crate) fn recognise(path: &Path) -> Result<()> {
    look(path).map(|_| ())
}

/// Looks at the first bytes; returns whether the file was closed by its recorder, and its size.
fn look(path: &Path) -> Result<(bool, u64)> {
    let io = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::NotFound(path.into()),
        _ => Error::Io(path.into(), error),
    };
    let not = |what| Err(Error::NotATrace(path.into(), what));
    // Asked before it is opened: to open a FIFO would wait for its other end.
    let metadata = fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return not("it is a directory");
    }
    if !metadata.is_file() {
        return not("it is not a regular file");
    }
    let mut head = Vec::with_capacity(HEAD);
    let file = fs::File::open(path).map_err(io)?;
    file.take(HEAD as u64).read_to_end(&mut head).map_err(io)?;
    let word = |at: usize| {
        let bytes = head.get(at..at + 4).unwrap_or(&[0; 4]);
        bytes
            .iter()
            .fold(0, |word, byte| word << 8 | i64::from(*byte))
    };
    if head.is_empty() {
        return not("it is empty; recording never started");
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return not("it is gzip-compressed; unpack it with `gunzip` first");
    }
    if head.starts_with(b"PK\x03\x04") {
        return not("it is a zip archive; unpack it with `unzip` first");
    }
    if !head.starts_with(b"SQLite format 3\0") || head.len() < HEAD {
        return not("it is not even an SQLite file");
    }
    if word(68) != sql::APPLICATION_ID {
        return not("it is another program's SQLite file");
    }
    let version = i64::from(word(60) as i32);
    if version > sql::FORMAT_VERSION {
        return Err(Error::Newer(path.into(), version));
    }
    if version < 1 {
        return not("its format version is not valid");
    }
    let page = match word(16) >> 16 {
        1 => 65_536,
        size => size,
    };
    if page < 512 || page & (page - 1) != 0 {
        return not("its page size is not valid");
    }
    // The write-ahead log is in use (2) until the recorder closes the file.
    let is_closed = head.get(18) != Some(&2);
    if is_closed && metadata.len() != page as u64 * word(28) as u64 {
        return not("it was truncated or padded; get the whole file");
    }
    Ok((is_closed, metadata.len()))
}

/// Opens a trace.
pub(crate) fn open(path: &Path) -> Result<Opened> {
    let (mut is_closed, mut bytes) = look(path)?;
    if !is_closed && fold_in::fold_in(path) {
        (is_closed, bytes) = look(path)?;
    }
    let has_log = || log_of(path).is_some_and(|log| log.is_file());
    // What is left is a trace that is being recorded, or one that cannot be written to. Reading it in
    // place would write beside it, so a private copy is recovered instead. (A rollback journal is
    // never copied: one from a stranger can name any file to be deleted. A log cannot.)
    let copy = if is_closed || !has_log() {
        None
    } else {
        Some(private_copy(path)?)
    };
    let db = match &copy {
        Some(folder) => {
            let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(copied(folder), mode)?
        }
        None => connect_closed(path)?,
    };
    check(&db, path)?;
    Ok(Opened {
        db,
        is_without_log: !is_closed && copy.is_none(),
        _copy: copy,
        bytes,
        is_closed,
    })
}

/// Opens a file alone: without locks, and without looking at a log or journal beside it.
pub(crate) fn connect_closed(path: &Path) -> Result<Connection> {
    let mode = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = immutable(path);
    Ok(Connection::open_with_flags(
        uri,
        mode | OpenFlags::SQLITE_OPEN_URI,
    )?)
}

/// Makes the connection safe, and makes sure that the file has our tables and no others.
fn check(db: &Connection, path: &Path) -> Result<()> {
    sql::defend_reader(db)?;
    match sql::has_our_schema(db) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NotATrace(path.into(), "its tables are not rdbg's")),
        Err(_) => Err(Error::NotATrace(path.into(), "its database is damaged")),
    }
}

/// Where the log lies: beside the file itself, not beside a link to it.
fn log_of(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path)
        .ok()
        .map(|path| beside(&path, "-wal"))
}

/// The name under which SQLite reads a closed file alone: without locks, and without looking at a
/// log or journal beside it, which could only be another file's. Whatever the path is made of, it
/// is no part of the URI's syntax.
fn immutable(path: &Path) -> String {
    // Absolute: SQLite gives some names a meaning of their own.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        // Writing to a String cannot fail.
        let _ = match byte {
            b'/' | b'.' | b'-' | b'_' => write!(uri, "{}", char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => write!(uri, "{}", char::from(*byte)),
            byte => write!(uri, "%{byte:02x}"),
        };
    }
    uri + "?immutable=1"
}

fn copied(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("trace.db")
}

/// Copies an unfinished trace with its log. A recorder that still runs may move pages from the log
/// into the file between the two copies; then both are copied again.
fn private_copy(path: &Path) -> Result<tempfile::TempDir> {
    let io = |error| Error::Io(path.into(), error);
    // The log lies beside the file itself, not beside a link to it.
    let path = fs::canonicalize(path).map_err(io)?;
    let folder = tempfile::Builder::new()
        .prefix("rdbg-")
        .tempdir()
        .map_err(io)?;
    let (log, target) = (beside(&path, "-wal"), copied(&folder));
    for _ in 0..ATTEMPTS {
        let before = stamp(&path, &log);
        fs::copy(&path, &target).map_err(io)?;
        if log.is_file() {
            fs::copy(&log, beside(&target, "-wal")).map_err(io)?;
        }
        if stamp(&path, &log) == before {
            break;
        }
    }
    Ok(folder)
}

/// What changes when pages move from the log into the file: the file, and the head of the log.
fn stamp(path: &Path, log: &Path) -> (Option<(SystemTime, u64)>, Vec<u8>) {
    let of_file = fs::metadata(path).and_then(|file| Ok((file.modified()?, file.len())));
    let mut head = Vec::new();
    // A FIFO of that name would wait for its other end.
    if log.is_file()
        && let Ok(log) = fs::File::open(log)
    {
        let _ = log.take(32).read_to_end(&mut head);
    }
    (of_file.ok(), head)
}

/// How many bytes of an unfinished trace are in its log.
pub(crate) fn log_size(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len())
}
