//! A trace whose recorder was killed becomes one file: its log is folded in by the first reader that
//! can write, so that whoever passes the trace on has one file to pass.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use rusqlite::{Connection, OpenFlags};

use super::{beside, check};
use crate::allowance::{Allowance, Meter};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::header::Ending;
use crate::{sql, store};

/// Folds the log in if there is one, the trace is ours and sound, and nobody records it. Whatever
/// stands against it: then the trace stays as it is, and is read in another way.
pub(super) fn fold_in(path: &Path) -> bool {
    attempt(path).unwrap_or(false)
}

fn attempt(path: &Path) -> Result<bool> {
    let io = |error| Error::Io(path.into(), error);
    let path = fs::canonicalize(path).map_err(io)?;
    let file = File::options().read(true).write(true).open(&path);
    let file = file.map_err(io)?;
    let log = beside(&path, "-wal").symlink_metadata().map_err(io)?;
    let there = file.metadata().map_err(io)?;
    // A rollback journal beside it would be played back, and may be a stranger's. A file with another
    // name too would lose its log under that name.
    let has_journal = beside(&path, "-journal").symlink_metadata().is_ok();
    let is_ours = log.is_file() && log.uid() == there.uid() && there.nlink() == 1;
    if !is_ours || has_journal {
        return Ok(false);
    }
    // Held until this function returns, so that nobody begins to record, or to fold in, meanwhile.
    if file.try_lock().is_err() {
        return Ok(false);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(&path, flags)?;
    // A recorder of an older rdbg tells by SQLite's own locks that it is at work.
    db.busy_timeout(std::time::Duration::ZERO)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    check(&db, &path)?;
    let meter = Meter::new(Allowance::OfSize, there.len() + log.len());
    let facts = Facts::load(&db, &meter);
    if !facts.problems.is_empty() || facts.header.is_none() {
        return Ok(false);
    }
    db.pragma_update(None, "query_only", false)?;
    if facts.ending.is_none() {
        let ended = log.modified().map_err(io)?.duration_since(UNIX_EPOCH);
        let ended = ended.map_or(0.0, |time| time.as_secs_f64());
        let ending = Ending {
            how: Ending::KILLED.into(),
            seconds: (ended - facts.header().started).max(0.0),
        };
        let counts = store::count(&db, facts.end().0)?;
        store::put_meta(&db, "ending", &(ending, counts))?;
    }
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mode = sql::set_journal_mode(&db, "DELETE")?;
    drop(db);
    Ok(mode == "delete")
}
