//! Traces as an enemy makes them: any bytes, with the sums that belong to them. For tests and fuzzing
//! alone; nothing that records or reads uses it.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::block;
use crate::error::Result;
use crate::facts::Fact;
use crate::header::{Ending, Header};
use crate::store::{self, ChunkRow};
use crate::{sql, touches};

/// A chunk: the bytes of its keyframe and operations, and what its row says of them.
#[derive(Clone, Debug, Default)]
pub struct Forged {
    /// The keyframe, in pieces.
    pub keyframe: Vec<Vec<u8>>,
    /// The operations, in pieces.
    pub operations: Vec<Vec<u8>>,
    /// Position of the first event.
    pub first: u64,
    /// How many there are, it says.
    pub events: u64,
    /// Of these, lines.
    pub lines: u64,
    /// The set of their kinds.
    pub kinds: u64,
    /// Places that the line table has of it.
    pub places: Vec<(u32, u32)>,
    /// The bytes of what it touches.
    pub touches: Option<Vec<u8>>,
}

/// A block of these bytes.
///
/// # Errors
///
/// If they cannot be compressed.
pub fn sealed(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    block::seal(raw)
}

/// Reads a block; for fuzzing.
///
/// # Errors
///
/// If it is damaged.
pub fn opened(block: &[u8]) -> std::result::Result<Vec<u8>, &'static str> {
    block::open(block)
}

/// What reading a list of what a chunk touches gives; for fuzzing.
///
/// # Errors
///
/// If it is malformed.
pub fn touched(bytes: &[u8]) -> Result<touches::Touches> {
    touches::Touches::decode(bytes)
}

/// Writes a closed trace.
///
/// # Errors
///
/// If the file cannot be written.
pub fn forge(path: &Path, header: &Header, facts: Vec<Fact>, chunks: &[Forged]) -> Result<()> {
    let db = Connection::open(path)?;
    sql::prepare_writer(&db)?;
    store::put_meta(&db, "header", header)?;
    for fact in facts {
        store::put_fact(&db, fact)?;
    }
    for (id, chunk) in (0u64..).zip(chunks) {
        for (table, pieces) in [("keyframe", &chunk.keyframe), ("block", &chunk.operations)] {
            let insert = format!("INSERT INTO {table} VALUES (?, ?, ?)");
            for (seq, piece) in (0u64..).zip(pieces) {
                let block = block::seal(piece).unwrap_or_default();
                db.prepare_cached(&insert)?
                    .execute(params![id, seq, block])?;
            }
        }
        let row = ChunkRow {
            id,
            first: chunk.first,
            events: chunk.events,
            lines: chunk.lines,
            kinds: chunk.kinds,
            sealed: true,
        };
        store::put_chunk(&db, row)?;
        store::put_lines(&db, id, &chunk.places)?;
        if let Some(touches) = &chunk.touches {
            let block = block::seal(touches).unwrap_or_default();
            db.execute("INSERT INTO touch VALUES (?, ?)", params![id, block])?;
        }
    }
    let events = chunks.last().map_or(0, |chunk| chunk.first + chunk.events);
    let ending = Ending {
        how: "exit 0".into(),
        seconds: 0.5,
    };
    store::put_meta(&db, "ending", &(ending, store::count(&db, events)?))?;
    db.execute_batch("COMMIT")?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    db.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(())
}
