//! Reads a trace. Every block has a checksum and a limit, and damage is met where it lies: the rest
//! of the trace stays readable.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use crate::allowance::{Allowance, Meter, too_large};
use crate::block;
use crate::chunk::{Chunk, ChunkInfo};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::fold::{Extent, Fold};
use crate::ids::{ChunkId, CodeId, FileId};
use crate::open::{self, Opened};
use crate::touches::Touches;

/// No block of what a chunk touches is longer than this before compression.
const MAX_TOUCHES: usize = 8 << 20;

/// An open trace.
pub struct TraceReader {
    path: PathBuf,
    opened: Opened,
    facts: Arc<Facts>,
    meter: Arc<Meter>,
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

    /// Opens a trace. What its recorder closed is never written to; into one whose recorder was killed
    /// the log is folded, if it is ours to write. What is read may cost no
    /// more than the file's size allows.
    pub fn open(path: &Path) -> Result<TraceReader> {
        Self::open_with(path, Allowance::OfSize)
    }

    /// Opens a trace that may cost so much.
    pub fn open_with(path: &Path, allowance: Allowance) -> Result<TraceReader> {
        let opened = open::open(path)?;
        let meter = Arc::new(Meter::new(allowance, opened.bytes + open::log_size(path)));
        let mut facts = Facts::load(&opened.db, &meter);
        facts.lacks_log = opened.is_without_log;
        if facts.header.is_none() {
            if facts.chunks.is_empty() && facts.problems.is_empty() {
                return Err(Error::NotATrace(path.into(), "recording never started"));
            }
            facts.problems.push("the header is missing".into());
        }
        Ok(TraceReader {
            path: path.into(),
            opened,
            facts: Arc::new(facts),
            meter,
        })
    }

    /// Begins to count the work of another command.
    pub fn renew(&self) {
        self.meter.renew();
    }

    /// Counts work that is done with what was read, in units of about ten nanoseconds.
    pub fn work(&self, units: u64) -> Result<()> {
        self.meter.work(units)
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
        let packed = PackedSource {
            file: id,
            meter: self.meter.clone(),
            block,
        };
        packed.open().map(Some)
    }

    /// All sources as they lie in the file.
    pub fn packed_sources(&self) -> Result<Vec<PackedSource>> {
        let sql = "SELECT id, source FROM file WHERE source IS NOT NULL";
        let mut statement = self.db().prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (file, block) = row?;
            Ok(PackedSource {
                file: FileId(file),
                meter: self.meter.clone(),
                block,
            })
        })
        .collect()
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
        let length = block::length(&block).unwrap_or(0);
        self.meter.work(length as u64 / 4)?;
        if length > MAX_TOUCHES {
            return Err(Error::Damaged(chunk.0, "what it touches exceeds the limit"));
        }
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
            facts: self.facts.clone(),
            meter: self.meter.clone(),
            keyframe: blocks(keyframe)?,
            ops: blocks(ops)?,
        })
    }

    fn blocks(&self, id: ChunkId, sql: &str) -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        let mut statement = self.db().prepare_cached(sql)?;
        let mut rows = statement.query([id.0])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, u64>(0)? != all.len() as u64 {
                return Err(Error::Malformed("a block is missing"));
            }
            all.push(row.get(1)?);
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

/// A source text as it lies in the file.
pub struct PackedSource {
    file: FileId,
    meter: Arc<Meter>,
    block: Vec<u8>,
}

impl PackedSource {
    /// The file whose text it is.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The text.
    pub fn open(&self) -> Result<String> {
        let bad = || Error::BadFact("source of file", self.file.0.into());
        let length = block::length(&self.block).map_err(|_| bad())?;
        self.meter.work(length as u64 / 8)?;
        if !self.meter.takes_source(length as u64) {
            return Err(bad());
        }
        let text = block::open(&self.block).map_err(|_| bad())?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// A chunk as it lies in the file.
pub struct PackedChunk {
    info: ChunkInfo,
    facts: Arc<Facts>,
    meter: Arc<Meter>,
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
        let (keyframe, ops) = self.unpacked()?;
        Chunk::new(self.info, (&self.facts, &self.meter), keyframe, ops)
    }

    /// Begins to go through its states.
    pub fn fold(&self, extent: Extent) -> Result<Fold> {
        let (keyframe, ops) = self.unpacked()?;
        let held_to = (&self.facts, &self.meter);
        Fold::new(self.info, held_to, &keyframe, ops, extent)
    }

    /// Its keyframe and its operations. That they swell too much is found before they do.
    fn unpacked(&self) -> Result<(Vec<u8>, Vec<u8>)> {
        let unpack = || {
            let (keyframe, ops) = (length(&self.keyframe)?, length(&self.ops)?);
            if (keyframe + ops) as u64 > self.meter.chunk() {
                return Err(too_large());
            }
            self.meter.work(((keyframe + ops) / 8) as u64)?;
            Ok((join(&self.keyframe, keyframe)?, join(&self.ops, ops)?))
        };
        unpack().map_err(|error: Error| error.in_chunk(self.info.id))
    }
}

/// How long blocks are when they are joined.
fn length(blocks: &[Vec<u8>]) -> Result<usize> {
    let lengths = blocks.iter().map(|block| block::length(block));
    lengths
        .sum::<std::result::Result<usize, _>>()
        .map_err(Error::Malformed)
}

/// What the blocks of a keyframe or of operations amount to.
fn join(blocks: &[Vec<u8>], length: usize) -> Result<Vec<u8>> {
    let mut all = Vec::with_capacity(length);
    for block in blocks {
        block::open_into(block, &mut all).map_err(Error::Malformed)?;
    }
    Ok(all)
}
