//! Facts and chunks to rows.

use std::fmt::Display;
use std::path::PathBuf;

use rusqlite::{Connection, params};

use crate::block;
use crate::error::{Error, Result};
use crate::facts::Fact;
use crate::header::{Counts, Header};
use crate::sql::row_sum;
use crate::touches::Touches;

/// How much of a keyframe or of operations goes into one block.
const PIECE: usize = 4 << 20;

/// Writes the header, which ends the transaction that made the tables.
pub(crate) fn put_header(db: &Connection, header: &Header) -> Result<()> {
    put_meta(db, "header", header)?;
    db.execute_batch("COMMIT")?;
    Ok(())
}

pub(crate) fn put_meta(db: &Connection, key: &str, value: &impl serde::Serialize) -> Result<()> {
    db.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        params![key, detail(value)?],
    )?;
    Ok(())
}

fn sealed(raw: &[u8]) -> Result<Vec<u8>> {
    block::seal(raw).map_err(|error| Error::Io(PathBuf::from("zstd"), error))
}

fn detail(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    sealed(&bincode::serialize(value).map_err(|_| Error::Malformed("fact"))?)
}

pub(crate) fn put_fact(db: &Connection, fact: Fact) -> Result<()> {
    match fact {
        Fact::File(file) => {
            let source = file.source.filter(|text| text.len() <= block::MAX_LENGTH);
            let source = source.map(|text| sealed(text.as_bytes())).transpose()?;
            let length = source.as_ref().map_or(-1, |block| block.len() as i64);
            let sum = row_sum(&[&file.id, &file.path, &length]);
            db.prepare_cached("INSERT INTO file VALUES (?, ?, ?, ?)")?
                .execute(params![file.id.0, file.path, source, sum])?;
        }
        Fact::Code(code) => {
            let detail = detail(&(&code.variables, &code.lines))?;
            let sum: [&dyn Display; 8] = [
                &code.id,
                &code.file,
                &code.name,
                &code.qualname,
                &code.first_line,
                &code.flags,
                &code.arguments,
                &detail.len(),
            ];
            db.prepare_cached("INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?
                .execute(params![
                    code.id.0,
                    code.file.0,
                    code.name,
                    code.qualname,
                    code.first_line,
                    code.flags,
                    code.arguments,
                    detail,
                    row_sum(&sum)
                ])?;
        }
        Fact::Type(class) => {
            let detail = detail(&(class.kind, &class.mro, &class.tuple_fields, &class.body))?;
            let sum = row_sum(&[&class.id, &class.name, &detail.len()]);
            db.prepare_cached("INSERT INTO type VALUES (?, ?, ?, ?)")?
                .execute(params![class.id.0, class.name, detail, sum])?;
        }
        Fact::Thread(thread) => {
            let native = thread.native as i64;
            let sum = row_sum(&[&thread.id, &thread.name, &native]);
            db.prepare_cached("INSERT INTO thread VALUES (?, ?, ?, ?)")?
                .execute(params![thread.id.0, thread.name, native, sum])?;
        }
        Fact::Name(id, name) => {
            let sum = row_sum(&[&id, &name]);
            db.prepare_cached("INSERT INTO name VALUES (?, ?, ?)")?
                .execute(params![id.0, &*name, sum])?;
        }
        Fact::Uncaught(uncaught) => {
            let detail = detail(&uncaught)?;
            let last = "SELECT coalesce(max(id), 0) FROM uncaught";
            let id = 1 + db.query_row(last, [], |row| row.get::<_, u32>(0))?;
            let sum = row_sum(&[&id, &uncaught.thread, &detail.len()]);
            db.prepare_cached("INSERT INTO uncaught VALUES (?, ?, ?, ?)")?
                .execute(params![id, uncaught.thread.0, detail, sum])?;
        }
        // The writer counts these and writes them with `put_left_out`.
        Fact::LeftOut(..) => {}
    }
    Ok(())
}

pub(crate) fn put_left_out(db: &Connection, path: &str, rule: &str, codes: u64) -> Result<()> {
    let sum = row_sum(&[&path, &rule, &codes]);
    db.prepare_cached("INSERT OR REPLACE INTO left_out VALUES (?, ?, ?, ?)")?
        .execute(params![path, rule, codes, sum])?;
    Ok(())
}

/// What stands in a chunk's own row.
#[derive(Clone, Copy)]
pub(crate) struct ChunkRow {
    pub(crate) id: u64,
    pub(crate) first: u64,
    pub(crate) events: u64,
    pub(crate) lines: u64,
    pub(crate) kinds: u64,
    pub(crate) sealed: bool,
}

pub(crate) fn put_chunk(db: &Connection, row: ChunkRow) -> Result<()> {
    let (kinds, is_sealed) = (row.kinds as i64, u8::from(row.sealed));
    let sum = row_sum(&[
        &row.id,
        &row.first,
        &row.events,
        &row.lines,
        &kinds,
        &is_sealed,
    ]);
    db.prepare_cached("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            row.id, row.first, row.events, row.lines, kinds, is_sealed, sum
        ])?;
    Ok(())
}

/// Writes bytes as blocks of a keyframe, from its first.
pub(crate) fn put_keyframe(db: &Connection, chunk: u64, raw: &[u8]) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO keyframe VALUES (?, ?, ?)")?;
    for (seq, piece) in (0u64..).zip(raw.chunks(PIECE)) {
        insert.execute(params![chunk, seq, sealed(piece)?])?;
    }
    Ok(())
}

/// Writes operations as blocks of a chunk, from number `seq`; returns the next number.
pub(crate) fn put_operations(db: &Connection, chunk: u64, seq: u64, raw: &[u8]) -> Result<u64> {
    let mut insert = db.prepare_cached("INSERT INTO block VALUES (?, ?, ?)")?;
    let mut next = seq;
    for piece in raw.chunks(PIECE) {
        insert.execute(params![chunk, next, sealed(piece)?])?;
        next += 1;
    }
    Ok(next)
}

/// Says that a chunk holds these lines of code objects.
pub(crate) fn put_lines(db: &Connection, chunk: u64, places: &[(u32, u32)]) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO line VALUES (?, ?, ?)")?;
    for (code, line) in places {
        insert.execute(params![code, line, chunk])?;
    }
    Ok(())
}

/// Says what a chunk touches.
pub(crate) fn put_touches(db: &Connection, chunk: u64, touches: &Touches) -> Result<()> {
    db.prepare_cached("INSERT INTO touch VALUES (?, ?)")?
        .execute(params![chunk, sealed(&touches.encode())?])?;
    Ok(())
}

/// How many rows there are.
pub(crate) fn count(db: &Connection, events: u64) -> Result<Counts> {
    let rows = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0));
    Ok(Counts {
        files: rows("SELECT count(*) FROM file")?,
        codes: rows("SELECT count(*) FROM code")?,
        types: rows("SELECT count(*) FROM type")?,
        names: rows("SELECT count(*) FROM name")?,
        threads: rows("SELECT count(*) FROM thread")?,
        left_out: rows("SELECT count(*) FROM left_out")?,
        chunks: rows("SELECT count(*) FROM chunk")?,
        events,
    })
}

/// How many events, and lines among them, are in the database.
pub(crate) fn committed(db: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT coalesce(max(first + events), 0), coalesce(sum(lines), 0) FROM chunk";
    Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Takes back that recording has ended.
pub(crate) fn drop_ending(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM meta WHERE key = 'ending'", [])?;
    Ok(())
}

/// How many events a reader finds.
pub(crate) fn held(db: &Connection) -> Result<u64> {
    let sql = "SELECT coalesce(sum(events), 0) FROM chunk";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

/// How many bytes the database takes, with what was not committed yet.
pub(crate) fn used(db: &Connection) -> Result<u64> {
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0));
    let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
    Ok(pages * number("PRAGMA page_size")?)
}

/// Forgets the oldest chunks until the database takes no more than so many bytes.
pub(crate) fn trim(db: &Connection, bytes: u64) -> Result<()> {
    while used(db)? > bytes {
        let ends = "SELECT min(id), max(id) FROM chunk";
        let (oldest, newest): (u64, u64) =
            db.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if oldest == newest {
            break;
        }
        db.execute("DELETE FROM chunk WHERE id = ?", [oldest])?;
        for table in ["keyframe", "block", "line", "touch"] {
            db.execute(&format!("DELETE FROM {table} WHERE chunk = ?"), [oldest])?;
        }
    }
    Ok(())
}
