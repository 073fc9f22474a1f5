//! Reads a trace. Every block has a checksum and a limit, and damage is met where it lies: the rest
//! of the trace stays readable.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use crate::block;
use crate::chunk::{Chunk, ChunkInfo};
use crate::error::{Error, Result};
use crate::facts::{Code, Thread, Type};
use crate::header::{Ending, Header};
use crate::ids::{ChunkId, CodeId, FileId, NameId, Pos, TypeId};
use crate::load::Facts;
use crate::open::{self, Opened};
use crate::touches::Touches;

/// No keyframe, and no chunk's operations, are longer than this before compression.
const MAX_PIECES: usize = 256 << 20;

/// An open trace.
pub struct TraceReader {
    path: PathBuf,
    opened: Opened,
    facts: Facts,
    no_header: Header,
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
            no_header: Header::default(),
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

    /// The run that was recorded.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.facts.header.as_ref().unwrap_or(&self.no_header)
    }

    /// How recording ended; `None` when the recorder was killed or still runs.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.facts.ending.as_ref()
    }

    /// How many events it holds.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.end().0 - self.first().0
    }

    /// The first position. It is not 0 when only the last part of the run was kept.
    #[must_use]
    pub fn first(&self) -> Pos {
        self.facts
            .chunks
            .first()
            .map_or(Pos(0), |chunk| chunk.first)
    }

    /// One past the last position.
    #[must_use]
    pub fn end(&self) -> Pos {
        Pos(self.facts.end())
    }

    /// The threads, in order of first event.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.facts.threads
    }

    /// The chunks, in order.
    #[must_use]
    pub fn chunks(&self) -> &[ChunkInfo] {
        &self.facts.chunks
    }

    /// All code objects, in no order.
    pub fn codes(&self) -> impl Iterator<Item = &Arc<Code>> {
        self.facts.codes.values()
    }

    /// All files, in no order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.facts.files.iter().map(|(id, path)| (*id, &**path))
    }

    /// A code object.
    pub fn code(&self, id: CodeId) -> Result<&Arc<Code>> {
        self.facts
            .codes
            .get(&id)
            .ok_or(Error::BadFact("code object", id.0.into()))
    }

    /// A file's path.
    pub fn file(&self, id: FileId) -> Result<&str> {
        self.facts
            .files
            .get(&id)
            .map(|path| &**path)
            .ok_or(Error::BadFact("file", id.0.into()))
    }

    /// The classes that the class of a name looks in for attributes, itself the first.
    pub fn line_of(&self, name: &str) -> Vec<String> {
        let mut known = self.facts.types.values();
        let known = known.find(|class| class.name == name);
        known.map_or_else(|| vec![name.to_owned()], |class| class.mro.clone())
    }

    /// A class.
    pub fn class(&self, id: TypeId) -> Result<&Arc<Type>> {
        self.facts
            .types
            .get(&id)
            .ok_or(Error::BadFact("type", id.0.into()))
    }

    /// An attribute's name.
    pub fn name(&self, id: NameId) -> Result<&str> {
        self.facts
            .names
            .get(&id)
            .map(|name| &**name)
            .ok_or(Error::BadFact("name", id.0.into()))
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

    /// Files whose code was left out: path, rule, how many code objects of it ran.
    #[must_use]
    pub fn left_out(&self) -> &[(String, String, u64)] {
        &self.facts.left_out
    }

    /// What was found damaged or missing when the trace was opened; the rest is readable.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.facts.problems
    }

    /// The chunk that holds an event.
    #[must_use]
    pub fn chunk_of(&self, pos: Pos) -> Option<ChunkId> {
        let after = self
            .facts
            .chunks
            .partition_point(|chunk| chunk.first <= pos);
        let chunk = self.facts.chunks.get(after.checked_sub(1)?)?;
        (pos.0 < chunk.first.0 + chunk.events).then_some(chunk.id)
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
    /// Decodes it.
    pub fn open(self) -> Result<Chunk> {
        let join =
            |blocks: &[Vec<u8>]| join(blocks).map_err(|error: Error| error.in_chunk(self.info.id));
        Chunk::new(self.info, join(&self.keyframe)?, join(&self.ops)?)
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
