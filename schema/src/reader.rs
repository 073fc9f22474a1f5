//! Reads a trace. Every block has a checksum and a limit, and damage is met where it lies: the rest
//! of the trace stays readable.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use crate::block;
use crate::chunk::{Chunk, ChunkInfo};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::fold::{Extent, Fold};
use crate::ids::{ChunkId, CodeId, FileId};
use crate::open::{self, Opened};
use crate::touches::Touches;

/// No keyframe, and no chunk's operations, are longer than this before compression.
const MAX_PIECES: usize = 256 << 20;

/// An open trace.
pub struct TraceReader {
    path: PathBuf,
    opened: Opened,
    facts: Facts,
}

/// What a trace says of itself; unlike the reader, threads can share it.
impl Deref for TraceReader {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl TraceReader {
    /// Whether the file is a trace this version reads, by its first bytes alone.
    pub fn recognise(path: &Path) -> Result<()> {
        open::recognise(path)
    }

    /// Opens a trace. The file and its folder are never written to.
    pub fn open(path: &Path) -> Result<TraceReader> {
        let opened = open::open(path)?;
        let mut facts = Facts::load(&opened.db);
        if facts.header.is_none() {
            if facts.chunks.is_empty() && facts.problems.is_empty() {
                return Err(Error::NotATrace(path.into(), "recording never started"));
            }
            facts.problems.push("the header is missing".into());
        }
        Ok(TraceReader {
            path: path.into(),
            opened,
            facts,
        })
    }

    fn db(&self) -> &Connection {
        &self.opened.db
    }

    /// The file that was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.opened.bytes
    }

    /// Whether the recorder closed the file, as it does after the ending.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.opened.is_closed
    }

    /// The source of a file as it was recorded.
    pub fn source(&self, id: FileId) -> Result<Option<String>> {
        let block: Option<Option<Vec<u8>>> = self
            .db()
            .query_row("SELECT source FROM file WHERE id = ?", [id.0], |row| {
                row.get(0)
            })
            .optional()?;
        let Some(block) = block.flatten() else {
            return Ok(None);
        };
        let text =
            block::open(&block).map_err(|_| Error::BadFact("source of file", id.0.into()))?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }

    /// The chunks that may hold a line of a code object, ascending: those the line table names and
    /// those without one.
    pub fn chunks_with_line(&self, code: CodeId, line: u32) -> Result<Vec<ChunkId>> {
        let mut chunks = Vec::new();
        let sql = "SELECT chunk FROM line WHERE code = ? AND line = ? ORDER BY chunk";
        let mut statement = self.db().prepare_cached(sql)?;
        let mut rows = statement.query(params![code.0, line])?;
        while let Some(row) = rows.next()? {
            chunks.push(ChunkId(row.get(0)?));
        }
        let open = self.chunks().iter().filter(|chunk| !chunk.sealed);
        chunks.extend(open.map(|chunk| chunk.id));
        chunks.sort_unstable();
        chunks.dedup();
        Ok(chunks)
    }

    /// What a sealed chunk touches of what is older than it; `None` if nothing says.
    pub fn touches(&self, chunk: ChunkId) -> Result<Option<Touches>> {
        let block: Option<Vec<u8>> = self
            .db()
            .prepare_cached("SELECT data FROM touch WHERE chunk = ?")?
            .query_row([chunk.0], |row| row.get(0))
            .optional()?;
        let Some(block) = block else {
            return Ok(None);
        };
        let decode = |raw: Vec<u8>| Touches::decode(&raw).map_err(|error| error.in_chunk(chunk));
        block::open(&block)
            .map_err(|problem| Error::Damaged(chunk.0, problem))
            .and_then(decode)
            .map(Some)
    }

    /// Every row of the line table, ordered by chunk.
    pub fn line_table(&self) -> Result<Vec<(ChunkId, CodeId, u32)>> {
        let sql = "SELECT chunk, code, line FROM line ORDER BY chunk, code, line";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map([], |row| {
            Ok((ChunkId(row.get(0)?), CodeId(row.get(1)?), row.get(2)?))
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// Reads and decodes a chunk.
    pub fn chunk(&self, id: ChunkId) -> Result<Chunk> {
        self.packed(id)?.open()
    }

    /// Reads a chunk, to be decoded on whatever thread has the time.
    pub fn packed(&self, id: ChunkId) -> Result<PackedChunk> {
        let no_chunk = Error::Damaged(id.0, "there is no such chunk");
        let chunks = self.chunks();
        let oldest = chunks.first().map_or(0, |chunk| chunk.id.0);
        let at = id.0.checked_sub(oldest).map(usize::try_from);
        let info = at.and_then(|at| chunks.get(at.ok()?));
        let info = *info.ok_or(no_chunk)?;
        let keyframe = "SELECT seq, data FROM keyframe WHERE chunk = ? ORDER BY seq";
        let ops = "SELECT seq, data FROM block WHERE chunk = ? ORDER BY seq";
        let blocks = |sql| self.blocks(id, sql).map_err(|error| error.in_chunk(id));
        Ok(PackedChunk {
            info,
            keyframe: blocks(keyframe)?,
            ops: blocks(ops)?,
        })
    }

    fn blocks(&self, id: ChunkId, sql: &str) -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        let mut bytes = 0;
        let mut statement = self.db().prepare_cached(sql)?;
        let mut rows = statement.query([id.0])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, u64>(0)? != all.len() as u64 {
                return Err(Error::Malformed("a block is missing"));
            }
            let block: Vec<u8> = row.get(1)?;
            bytes += block.len();
            if bytes > MAX_PIECES {
                return Err(Error::Malformed("it exceeds the limit"));
            }
            all.push(block);
        }
        Ok(all)
    }

    /// SQLite's own check of the file: `None` when it is sound.
    pub fn database_check(&self) -> Result<Option<String>> {
        let answer: String = self
            .db()
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((answer != "ok").then_some(answer))
    }
}

/// A chunk as it lies in the file.
pub struct PackedChunk {
    info: ChunkInfo,
    keyframe: Vec<Vec<u8>>,
    ops: Vec<Vec<u8>>,
}

impl PackedChunk {
    /// Where it lies.
    #[must_use]
    pub fn info(&self) -> &ChunkInfo {
        &self.info
    }

    /// Decodes it.
    pub fn open(&self) -> Result<Chunk> {
        Chunk::new(self.info, self.join(&self.keyframe)?, self.join(&self.ops)?)
    }

    /// Begins to go through its states.
    pub fn fold(&self, extent: Extent) -> Result<Fold> {
        let keyframe = self.join(&self.keyframe)?;
        Fold::new(self.info, &keyframe, self.join(&self.ops)?, extent)
    }

    fn join(&self, blocks: &[Vec<u8>]) -> Result<Vec<u8>> {
        join(blocks).map_err(|error| error.in_chunk(self.info.id))
    }
}

/// What the blocks of a keyframe or of operations amount to.
fn join(blocks: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for block in blocks {
        let piece = block::open(block).map_err(Error::Malformed)?;
        if all.len() + piece.len() > MAX_PIECES {
            return Err(Error::Malformed("it exceeds the limit"));
        }
        if all.is_empty() {
            all = piece;
        } else {
            all.extend(piece);
        }
    }
    Ok(all)
}
