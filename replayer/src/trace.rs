//! The trace with a small cache of decoded chunks. In the library, the only user of the reader.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use schema::{Allowance, Chunk, ChunkId, Code, CodeId, Facts, FileId, Pos, Touches, TraceReader};

use crate::error::Result;
use crate::expr::Program;
use crate::generated::generated;
use crate::ink::{self, Inks};

/// How many decoded chunks are kept, as long as they take no more bytes than this.
const KEPT: usize = 6;
const KEPT_BYTES: u64 = 48 << 20;
/// How many bytes of what chunks touch are kept, and of how many sources the lines.
const KEPT_TOUCHES: usize = 32 << 20;
const KEPT_SOURCES: usize = 256;
/// A source of more lines has none to show: each takes memory of its own.
const MOST_LINES: usize = 1_000_000;

/// An open trace whose chunks and sources are decoded once.
pub(crate) struct Trace {
    reader: TraceReader,
    /// The most recently used last.
    chunks: RefCell<Vec<Arc<Chunk>>>,
    /// A chunk that is being decoded on another thread.
    ahead: RefCell<Option<(ChunkId, JoinHandle<schema::Result<Chunk>>)>>,
    sources: RefCell<HashMap<FileId, Option<Arc<[String]>>>>,
    inks: RefCell<HashMap<FileId, Arc<[Inks]>>>,
    generated: OnceCell<HashSet<CodeId>>,
    touches: RefCell<HashMap<ChunkId, Option<Arc<Touches>>>>,
    /// How many bytes these take.
    kept_touches: Cell<usize>,
}

/// Whoever needs no events needs no more than this.
impl Deref for Trace {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.reader
    }
}

impl Trace {
    pub(crate) fn open(path: &Path, allowance: Allowance) -> Result<Trace> {
        let reader = TraceReader::open_with(path, allowance)?;
        reader.keep(Arc::new(Program::new(reader.packed_sources()?)));
        Ok(Trace {
            reader,
            chunks: RefCell::default(),
            ahead: RefCell::default(),
            sources: RefCell::default(),
            inks: RefCell::default(),
            generated: OnceCell::new(),
            touches: RefCell::default(),
            kept_touches: Cell::default(),
        })
    }

    pub(crate) fn reader(&self) -> &TraceReader {
        &self.reader
    }

    /// Whether every line was recorded.
    pub(crate) fn has_lines(&self) -> bool {
        self.reader.header().limits.lines
    }

    /// The lines of a file as recorded, where its text is there.
    pub(crate) fn source(&self, id: FileId) -> Result<Option<Arc<[String]>>> {
        if let Some(known) = self.sources.borrow().get(&id) {
            return Ok(known.clone());
        }
        let text = self.reader.source(id)?;
        let text = text.filter(|text| text.split('\n').nth(MOST_LINES).is_none());
        let lines: Option<Arc<[String]>> = text.map(|text| {
            text.split('\n')
                .map(|l| l.trim_end_matches('\r').to_owned())
                .collect()
        });
        let mut sources = self.sources.borrow_mut();
        let size = |lines: &Option<Arc<[String]>>| lines.as_ref().map_or(0, |lines| lines.len());
        let kept: usize = sources.values().map(size).sum();
        if sources.len() >= KEPT_SOURCES || kept + size(&lines) > MOST_LINES {
            sources.clear();
            self.inks.borrow_mut().clear();
        }
        sources.insert(id, lines.clone());
        Ok(lines)
    }

    /// The code objects that the program made while it ran, which have no text to show.
    pub(crate) fn generated(&self) -> Result<&HashSet<CodeId>> {
        if let Some(known) = self.generated.get() {
            return Ok(known);
        }
        let found = generated(self)?;
        Ok(self.generated.get_or_init(|| found))
    }

    /// The lines of the file that a code object comes from, where it does.
    pub(crate) fn text_of(&self, code: &Code) -> Result<Option<Arc<[String]>>> {
        match self.generated()?.contains(&code.id) {
            true => Ok(None),
            false => self.source(code.file),
        }
    }

    /// What the parts of a file's lines are.
    pub(crate) fn inks(&self, id: FileId) -> Result<Arc<[Inks]>> {
        if let Some(known) = self.inks.borrow().get(&id) {
            return Ok(known.clone());
        }
        let lines = self.source(id)?;
        let inks: Arc<[Inks]> = ink::inks(lines.as_deref().unwrap_or(&[])).into();
        self.inks.borrow_mut().insert(id, inks.clone());
        Ok(inks)
    }

    pub(crate) fn chunk(&self, id: ChunkId) -> Result<Arc<Chunk>> {
        let mut kept = self.chunks.borrow_mut();
        let chunk = match kept.iter().position(|chunk| chunk.info.id == id) {
            Some(at) => kept.remove(at),
            None => Arc::new(self.decoded(id)?),
        };
        kept.push(chunk.clone());
        let mut bytes: u64 = kept.iter().map(|chunk| chunk.bytes()).sum();
        while kept.len() > KEPT || kept.len() > 1 && bytes > KEPT_BYTES {
            bytes -= kept.remove(0).bytes();
        }
        Ok(chunk)
    }

    fn decoded(&self, id: ChunkId) -> Result<Chunk> {
        let ahead = self.ahead.borrow_mut().take_if(|(ahead, _)| *ahead == id);
        match ahead.map(|(_, thread)| thread.join()) {
            Some(Ok(decoded)) => Ok(decoded?),
            _ => Ok(self.reader.chunk(id)?),
        }
    }

    /// Begins to decode a chunk that will be asked for next.
    pub(crate) fn prefetch(&self, id: ChunkId) -> Result<()> {
        let is_kept = self.chunks.borrow().iter().any(|chunk| chunk.info.id == id);
        let mut ahead = self.ahead.borrow_mut();
        // Two large ones at a time would be too many.
        let is_large = self
            .reader
            .chunks()
            .iter()
            .any(|info| info.id == id && info.events > 1 << 20);
        if !is_kept && !is_large && ahead.as_ref().is_none_or(|(other, _)| *other != id) {
            let packed = self.reader.packed(id)?;
            let decode = move || packed.open();
            // Without a thread to spare it is decoded when it is asked for.
            *ahead = std::thread::Builder::new()
                .spawn(decode)
                .ok()
                .map(|thread| (id, thread));
        }
        Ok(())
    }

    /// What a chunk touches, where the trace says so.
    pub(crate) fn touches(&self, id: ChunkId) -> Result<Option<Arc<Touches>>> {
        if let Some(known) = self.touches.borrow().get(&id) {
            return Ok(known.clone());
        }
        let found = self.reader.touches(id)?.map(Arc::new);
        let mut touches = self.touches.borrow_mut();
        let bytes = found.as_ref().map_or(0, |found| found.bytes());
        let kept = self.kept_touches.get() + bytes + 64;
        self.kept_touches.set(kept);
        if kept > KEPT_TOUCHES {
            touches.clear();
            self.kept_touches.set(bytes);
        }
        touches.insert(id, found.clone());
        Ok(found)
    }

    /// The chunk that holds an event.
    pub(crate) fn chunk_at(&self, pos: Pos) -> Result<Option<Arc<Chunk>>> {
        self.reader
            .chunk_of(pos)
            .map(|id| self.chunk(id))
            .transpose()
    }
}
