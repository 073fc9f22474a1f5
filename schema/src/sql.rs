//! The tables of a trace, and the settings of its two kinds of connection.

use std::fmt::{Display, Write as _};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::Result;

/// Version of the format, in `user_version`.
///
/// * 1: the first.
/// * 2: `keyframe` and `block` have row ids. Their keys lie apart from the data, which SQLite read
///   whole at every comparison of two keys.
/// * 3: `Op::Reenter`, `Op::Suspend` and `Op::Share`.
/// * 4: `Op::Again`, `Op::Cell` and `Op::Late`; what is bound in classes; the table `uncaught`.
pub const FORMAT_VERSION: i64 = 4;

/// `application_id`: "rdbg".
pub(crate) const APPLICATION_ID: i64 = 0x7264_6267;

/// One statement for each table; a reader compares them textually with what the file has.
///
/// `sum` guards the columns before it ([`row_sum`]); what is sealed in a block has a checksum there.
pub(crate) const SCHEMA: &[(&str, &str)] = &[
    // What the trace says of itself: the header when recording began, the ending when it ended.
    (
        "meta",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT",
    ),
    // Source files; `source` is a block (see FORMAT.md), NULL where there was no text.
    (
        "file",
        "CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT NOT NULL, source BLOB, \
         sum INTEGER NOT NULL) STRICT",
    ),
    // Code objects; `detail` holds variables and lines.
    (
        "code",
        "CREATE TABLE code (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, name TEXT NOT NULL, \
         qualname TEXT NOT NULL, first_line INTEGER NOT NULL, flags INTEGER NOT NULL, \
         arguments INTEGER NOT NULL, detail BLOB NOT NULL, sum INTEGER NOT NULL) STRICT",
    ),
    // Classes; `detail` holds the kind, the names of the mro, the fields of a namedtuple and the body.
    (
        "type",
        "CREATE TABLE type (id INTEGER PRIMARY KEY, name TEXT NOT NULL, detail BLOB NOT NULL, \
         sum INTEGER NOT NULL) STRICT",
    ),
    // Names of attributes.
    (
        "name",
        "CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sum INTEGER NOT NULL) \
         STRICT",
    ),
    // Threads in order of first event.
    (
        "thread",
        "CREATE TABLE thread (id INTEGER PRIMARY KEY, name TEXT NOT NULL, native INTEGER NOT NULL, \
         sum INTEGER NOT NULL) STRICT",
    ),
    // Files whose code was not recorded, the rule that said so, and how many code objects of it ran.
    (
        "left_out",
        "CREATE TABLE left_out (path TEXT PRIMARY KEY, rule TEXT NOT NULL, codes INTEGER NOT NULL, \
         sum INTEGER NOT NULL) WITHOUT ROWID, STRICT",
    ),
    // Chunks: events [first, first + events), of these so many lines; bit n of `kinds` is set if
    // there are events of kind n; `sealed` is 1 when the counts and the line table are final.
    (
        "chunk",
        "CREATE TABLE chunk (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, \
         events INTEGER NOT NULL, lines INTEGER NOT NULL, kinds INTEGER NOT NULL, \
         sealed INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT",
    ),
    // The state before a chunk's first event, as operations, in pieces in order of `seq`.
    (
        "keyframe",
        "CREATE TABLE keyframe (chunk INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, \
         PRIMARY KEY (chunk, seq)) STRICT",
    ),
    // The operations of a chunk, in pieces in order of `seq`; the last one ends with an event.
    (
        "block",
        "CREATE TABLE block (chunk INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, \
         PRIMARY KEY (chunk, seq)) STRICT",
    ),
    // Which sealed chunks hold a line of a code object.
    (
        "line",
        "CREATE TABLE line (code INTEGER NOT NULL, line INTEGER NOT NULL, chunk INTEGER NOT NULL, \
         PRIMARY KEY (code, line, chunk)) WITHOUT ROWID, STRICT",
    ),
    // What sealed chunks touch of the frames and objects that are older than they are.
    (
        "touch",
        "CREATE TABLE touch (chunk INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
    ),
    // Exceptions that nobody caught, in order; `detail` holds what they left and their tracebacks.
    (
        "uncaught",
        "CREATE TABLE uncaught (id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, \
         detail BLOB NOT NULL, sum INTEGER NOT NULL) STRICT",
    ),
];

/// The checksum of a row: the xxh3-64 of its columns as text (a blob stands as its length, NULL as
/// -1), each followed by a NUL. SQLite itself would not notice a changed bit in a name.
pub(crate) fn row_sum(columns: &[&dyn Display]) -> i64 {
    let mut text = String::new();
    for column in columns {
        // Writing to a String cannot fail.
        let _ = write!(text, "{column}\0");
    }
    xxh3_64(text.as_bytes()) as i64
}

/// Makes the tables of a new trace. They do not go through the log, so that the file is a trace by
/// itself, and nothing is synchronised yet: there is nothing to lose.
pub(crate) fn prepare_writer(db: &Connection) -> Result<()> {
    db.pragma_update(None, "page_size", 4096)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "journal_mode", "MEMORY")?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", FORMAT_VERSION)?;
    for (_, statement) in SCHEMA {
        db.execute_batch(statement)?;
    }
    Ok(())
}

/// Changes the journal's mode; returns what it is then. What the change writes is written when the
/// statement has run to its end, so whoever asks for its first row alone does not hear of an error.
pub(crate) fn set_journal_mode(db: &Connection, mode: &str) -> Result<String> {
    let mut statement = db.prepare(&format!("PRAGMA journal_mode={mode}"))?;
    let mut rows = statement.query([])?;
    let mut now = String::new();
    while let Some(row) = rows.next()? {
        now = row.get(0)?;
    }
    Ok(now)
}

/// Settings of a connection that writes events.
///
/// WAL with `synchronous=NORMAL`: of the journal modes tried under SIGKILL, it lost no committed
/// row and damaged no file; exclusive locking keeps the `-shm` file away.
pub(crate) fn begin_log(db: &Connection) -> Result<()> {
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    if set_journal_mode(db, "WAL")? != "wal" {
        return Err(crate::Error::NoLog);
    }
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "wal_autocheckpoint", 4000)?;
    // Whoever reads first makes the log.
    db.query_row("SELECT count(*) FROM meta", [], |_| Ok(()))?;
    Ok(())
}

/// Settings of a reading connection: the file may come from a stranger.
pub(crate) fn defend_reader(db: &Connection) -> Result<()> {
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        db.set_db_config(setting, on)?;
    }
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, 128 << 20),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 20),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    ] {
        db.set_limit(limit, value)?;
    }
    db.execute_batch("PRAGMA query_only=1; PRAGMA cell_size_check=1; PRAGMA mmap_size=0;")?;
    Ok(())
}

/// The statement of a table in a version of the format, if it has the table.
fn statement_of(version: i64, table: &str, newest: &str) -> Option<String> {
    match (version, table) {
        (1, "keyframe" | "block") => Some(newest.replace(") STRICT", ") WITHOUT ROWID, STRICT")),
        (..4, "uncaught") => None,
        _ => Some(newest.into()),
    }
}

/// The version of the format that a trace is in.
pub(crate) fn version(db: &Connection) -> Result<i64> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Whether the file has the tables of its version, word for word, and nothing else.
pub(crate) fn has_our_schema(db: &Connection) -> Result<bool> {
    let version = version(db)?;
    let mut statement =
        db.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")?;
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let ours = SCHEMA.iter().filter_map(|(table, newest)| {
        Some(((*table).to_owned(), statement_of(version, table, newest)?))
    });
    Ok(rows.into_iter().eq(ours))
}
