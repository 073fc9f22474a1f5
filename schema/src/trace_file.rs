//! The file of a trace that is being written: made, put aside, opened again, closed into one file.
//!
//! The program that is recorded may do what it likes to files meanwhile. So the file is known by its
//! identity, device and inode; where the path leads to another one, nothing there is touched.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::header::{Header, Kept};
use crate::{open, sql, store};

/// A reader that asks whether a trace is being recorded holds its lock for a moment.
const PATIENCE: Duration = Duration::from_millis(500);

/// What tells a file from all others, whatever it is called.
type Identity = (u64, u64);

/// What of that which is there already a new trace may take the place of.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum MayUse {
    Nothing,
    /// Files that hold nothing, such as `mktemp` makes.
    EmptyFiles,
    /// These, and traces that nobody records.
    Traces,
}

/// A trace's file, and the connection to it unless it was put aside.
pub(crate) struct TraceFile {
    /// Absolute, and without symbolic links in its folder.
    path: PathBuf,
    identity: Identity,
    log: Option<Identity>,
    open: Option<Open>,
    is_draft: bool,
}

/// The fields are dropped in this order: to close a file ends all of the process's record locks on it.
struct Open {
    db: Connection,
    /// Locked as long as it is open: this trace is being recorded.
    _lock: File,
}

impl TraceFile {
    /// Makes the file, for its owner only. What is there already is an error, but for what may be used.
    pub(crate) fn create(path: &Path, header: &Header, may: MayUse) -> Result<TraceFile> {
        let io = |error| Error::Io(path.into(), error);
        let place = absolute(path).map_err(io)?;
        if may == MayUse::Traces && place.symlink_metadata().is_ok_and(|file| file.len() > 0) {
            replace(path, &place)?;
        }
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&place);
        let (lock, is_new) = match made {
            Ok(file) => (file, true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match may {
                MayUse::Nothing => return Err(Error::Exists(path.into())),
                _ => (empty(path, &place)?, false),
            },
            Err(error) => return Err(io(error)),
        };
        let identity = of_file(&lock.metadata().map_err(io)?);
        let started = || {
            take_lock(&lock, path)?;
            if lock.metadata().map_err(io)?.len() > 0 {
                return Err(Error::Exists(path.into()));
            }
            for suffix in ["-wal", "-journal"] {
                let other = beside(&place, suffix);
                if other.symlink_metadata().is_ok() {
                    return Err(Error::Leftover(beside(path, suffix)));
                }
            }
            let db = connect(&place, identity)?;
            sql::prepare_writer(&db)?;
            store::put_header(&db, header)?;
            sql::begin_log(&db)?;
            Ok(db)
        };
        match started() {
            Ok(db) => Ok(TraceFile {
                log: identity_of(&beside(&place, "-wal")),
                path: place,
                identity,
                open: Some(Open { db, _lock: lock }),
                is_draft: false,
            }),
            Err(error) => {
                // Somebody else may have taken the file that was empty for a moment.
                let is_anothers = matches!(error, Error::Busy(_) | Error::Exists(_));
                if is_new && !is_anothers && identity_of(&place) == Some(identity) {
                    let _ = fs::remove_file(&place);
                }
                Err(error)
            }
        }
    }

    /// The connection.
    pub(crate) fn db(&self) -> Result<&Connection> {
        self.open.as_ref().map(|open| &open.db).ok_or(Error::Closed)
    }

    /// It will probably be thrown away: nothing waits for the disk. The death of the process loses no
    /// more for it, that of the machine does.
    pub(crate) fn set_draft(&mut self) -> Result<()> {
        self.is_draft = true;
        self.db()?.pragma_update(None, "synchronous", "OFF")?;
        Ok(())
    }

    /// The connection, for a transaction.
    pub(crate) fn db_mut(&mut self) -> Result<&mut Connection> {
        let open = self.open.as_mut();
        open.map(|open| &mut open.db).ok_or(Error::Closed)
    }

    /// Lets go of all descriptors. The log stays beside the file, and nothing is synchronised.
    pub(crate) fn put_aside(&mut self) {
        self.open = None;
    }

    /// Opens the same file again after it was put aside.
    pub(crate) fn open_again(&mut self) -> Result<()> {
        if self.open.is_some() {
            return Ok(());
        }
        if !self.is_in_place() {
            return Err(Error::Moved);
        }
        let io = |error| Error::Io(self.path.clone(), error);
        let lock = OpenOptions::new().read(true).write(true).open(&self.path);
        let lock = lock.map_err(io)?;
        take_lock(&lock, &self.path)?;
        let db = connect(&self.path, self.identity)?;
        sql::begin_log(&db)?;
        if self.is_draft {
            db.pragma_update(None, "synchronous", "OFF")?;
        }
        self.log = identity_of(&beside(&self.path, "-wal"));
        self.open = Some(Open { db, _lock: lock });
        Ok(())
    }

    /// Whether the paths lead to what was opened.
    fn is_in_place(&self) -> bool {
        let log = identity_of(&beside(&self.path, "-wal"));
        identity_of(&self.path) == Some(self.identity) && (log.is_none() || log == self.log)
    }

    /// Moves the log into the file, which is plain and alone from then on.
    pub(crate) fn finish(&mut self) -> Result<()> {
        let Some(Open { db, _lock }) = self.open.take() else {
            return Err(Error::Closed);
        };
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        // What follows makes and deletes files by their paths.
        let journal = beside(&self.path, "-journal");
        if !self.is_in_place() || journal.symlink_metadata().is_ok() {
            return Err(Error::Moved);
        }
        sql::set_journal_mode(&db, "DELETE")?;
        db.close().map_err(|(_, error)| error.into())
    }

    /// What a reader will find, by looking: events, and whether the log belongs to them.
    pub(crate) fn look(&self) -> Kept {
        if identity_of(&self.path) != Some(self.identity) {
            return Kept::Elsewhere;
        }
        let log = beside(&self.path, "-wal");
        let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
        let events = || -> Result<u64> {
            let db = match has_log {
                false => open::connect_closed(&self.path)?,
                true => {
                    let db = connect(&self.path, self.identity)?;
                    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
                    db
                }
            };
            store::count(&db, 0)?;
            store::held(&db)
        };
        match (events(), has_log) {
            (Ok(events), false) => Kept::File(events),
            (Ok(events), true) => Kept::WithLog(events),
            (Err(error), _) => Kept::Unreadable(error.to_string()),
        }
    }
}

/// Opens the file for SQLite if it is the one that is meant. Closing it leaves the log as it is.
fn connect(path: &Path, identity: Identity) -> Result<Connection> {
    // Without SQLITE_OPEN_URI, and absolute: a name is nothing but a name.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(path, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    match identity_of(path) == Some(identity) {
        true => Ok(db),
        false => Err(Error::Moved),
    }
}

/// Removes a trace that is to be replaced, with what lies beside it.
fn replace(path: &Path, place: &Path) -> Result<()> {
    crate::TraceReader::recognise(path)?;
    let io = |error| Error::Io(path.into(), error);
    let file = File::open(place).map_err(io)?;
    take_lock(&file, path)?;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(place, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Opens a file that is there and holds nothing, such as `mktemp` makes.
fn empty(path: &Path, place: &Path) -> Result<File> {
    let io = |error| Error::Io(path.into(), error);
    let is_empty = |file: &fs::Metadata| file.is_file() && file.len() == 0;
    let there = place.symlink_metadata().map_err(io)?;
    if !is_empty(&there) {
        return Err(Error::Exists(path.into()));
    }
    let file = OpenOptions::new().read(true).write(true).open(place);
    let file = file.map_err(io)?;
    let opened = file.metadata().map_err(io)?;
    if of_file(&opened) != of_file(&there) || !is_empty(&opened) {
        return Err(Error::Exists(path.into()));
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .map_err(io)?;
    Ok(file)
}

/// Says to others that this trace is being recorded. Where the file system has no locks, nobody
/// is told.
fn take_lock(file: &File, path: &Path) -> Result<()> {
    let began = Instant::now();
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        if began.elapsed() > PATIENCE {
            return Err(Error::Busy(path.into()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Some(name) = path.file_name() else {
        return Err(io::Error::from(ErrorKind::IsADirectory));
    };
    Ok(fs::canonicalize(folder)?.join(name))
}

/// The path with something after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn of_file(file: &fs::Metadata) -> Identity {
    (file.dev(), file.ino())
}

fn identity_of(path: &Path) -> Option<Identity> {
    let file = path.symlink_metadata().ok()?;
    Some(of_file(&file))
}
