//! Writes a trace: takes facts and encoded operations, cuts chunks, folds keyframes and indexes.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, params};

use crate::block;
use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::EventKind;
use crate::facts::Fact;
use crate::header::{Ending, Header, Summary};
use crate::ids::{CodeId, Pos};
use crate::sql;
use crate::state::State;

/// A chunk is closed when its operations take this many bytes, or twice its keyframe if that is
/// more, so that keyframes cost a bounded share.
const CHUNK: usize = 512 << 10;

/// A block is written when it reaches this many bytes, or at a commit.
const BLOCK: usize = 256 << 10;

/// Writes one trace. Dropped without [`finish`](Self::finish) it leaves an honest incomplete one.
pub struct TraceWriter {
    path: PathBuf,
    db: Connection,
    facts: Vec<Fact>,
    /// Bytes not yet folded: the operations after the last whole one.
    pending: Vec<u8>,
    /// Folded operations of the present chunk that are in no block yet.
    block: Vec<u8>,
    /// How many bytes of `block` end with an event.
    whole: usize,
    seq: u64,
    state: State,
    chunk: OpenChunk,
    sealed: Vec<OpenChunk>,
    summary: Summary,
}

#[derive(Default)]
struct OpenChunk {
    id: u64,
    first: Pos,
    keyframe: Vec<u8>,
    is_new: bool,
    bytes: usize,
    events: u64,
    lines: u64,
    kinds: u64,
    places: HashSet<(CodeId, u32)>,
    blocks: Vec<(u64, Vec<u8>)>,
}

impl OpenChunk {
    fn new(id: u64, state: &State) -> Self {
        OpenChunk {
            id,
            first: state.next,
            keyframe: state.keyframe(),
            is_new: true,
            ..OpenChunk::default()
        }
    }
}

impl TraceWriter {
    /// Creates the file, for its owner only. A file that is there is an error, unless `force` is
    /// given and it is a trace.
    pub fn create(path: &Path, header: &Header, force: bool) -> Result<Self> {
        if force && path.exists() {
            crate::TraceReader::recognise(path)?;
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let mut file = path.as_os_str().to_owned();
                file.push(suffix);
                if let Err(error) = fs::remove_file(&file)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    return Err(Error::Io(path.into(), error));
                }
            }
        }
        let created = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        created.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists(path.into()),
            _ => Error::Io(path.into(), error),
        })?;
        match Self::start(path, header) {
            Ok(writer) => Ok(writer),
            Err(error) => {
                let _ = fs::remove_file(path);
                Err(error)
            }
        }
    }

    fn start(path: &Path, header: &Header) -> Result<Self> {
        let db = Connection::open(path)?;
        sql::prepare_writer(&db)?;
        put_meta(&db, "header", header)?;
        let state = State::default();
        Ok(TraceWriter {
            path: path.into(),
            db,
            facts: Vec::new(),
            pending: Vec::new(),
            block: Vec::new(),
            whole: 0,
            seq: 0,
            chunk: OpenChunk::new(0, &state),
            state,
            sealed: Vec::new(),
            summary: Summary::default(),
        })
    }

    /// Where the trace is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was written so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Defines a fact; it reaches the file no later than the operations appended after it.
    pub fn define(&mut self, fact: Fact) {
        if matches!(fact, Fact::Thread(_)) {
            self.summary.threads += 1;
        }
        self.facts.push(fact);
    }

    /// Appends encoded operations; they may end within one.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let mut input = std::mem::take(&mut self.pending);
        input.extend_from_slice(bytes);
        let mut decoder = Decoder::new(&input, 0);
        loop {
            let start = decoder.position();
            let op = match decoder.next_op() {
                Ok(Some(op)) => op,
                Ok(None) | Err(Error::Incomplete) => break,
                Err(error) => return Err(error),
            };
            let event = self.state.apply(op)?;
            self.block
                .extend_from_slice(&input[start..decoder.position()]);
            if let Some(kind) = event {
                self.count(kind);
            }
        }
        self.pending = input.split_off(decoder.position());
        Ok(())
    }

    fn count(&mut self, kind: EventKind) {
        self.chunk.bytes += self.block.len() - self.whole;
        self.whole = self.block.len();
        self.chunk.events += 1;
        self.summary.events += 1;
        self.chunk.kinds |= 1 << kind as u8;
        if kind == EventKind::Line {
            self.chunk.lines += 1;
            self.summary.lines += 1;
            if let Some(frame) = self.state.top() {
                self.chunk.places.insert((frame.info.code, frame.info.line));
            }
        }
        if self.whole >= BLOCK {
            self.cut_block();
        }
        if self.chunk.bytes >= CHUNK.max(2 * self.chunk.keyframe.len()) {
            self.cut_block();
            let next = OpenChunk::new(self.chunk.id + 1, &self.state);
            self.sealed.push(std::mem::replace(&mut self.chunk, next));
            self.seq = 0;
        }
    }

    fn cut_block(&mut self) {
        if self.whole == 0 {
            return;
        }
        let rest = self.block.split_off(self.whole);
        let block = std::mem::replace(&mut self.block, rest);
        self.chunk.blocks.push((self.seq, block));
        self.seq += 1;
        self.whole = 0;
    }

    /// Whether enough has come together for a commit, whatever the time.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.sealed.len() >= 4
    }

    /// Makes all that was appended durable against the death of the process.
    pub fn commit(&mut self) -> Result<()> {
        self.cut_block();
        let transaction = self.db.transaction()?;
        for fact in self.facts.drain(..) {
            put_fact(&transaction, fact)?;
        }
        for mut chunk in self.sealed.drain(..) {
            put_chunk(&transaction, &mut chunk, true)?;
        }
        if self.chunk.events > 0 {
            put_chunk(&transaction, &mut self.chunk, false)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Ends the trace: seals the last chunk, writes the ending, and leaves one plain file.
    pub fn finish(mut self, ending: &Ending) -> Result<Summary> {
        self.cut_block();
        if self.chunk.events > 0 {
            let next = OpenChunk {
                id: self.chunk.id + 1,
                ..OpenChunk::default()
            };
            self.sealed.push(std::mem::replace(&mut self.chunk, next));
        }
        self.commit()?;
        put_meta(&self.db, "ending", ending)?;
        self.db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.db.pragma_update(None, "journal_mode", "DELETE")?;
        let summary = self.summary.clone();
        self.db.close().map_err(|(_, error)| error)?;
        Ok(summary)
    }
}

fn put_meta(db: &Connection, key: &str, value: &impl serde::Serialize) -> Result<()> {
    let bytes = bincode::serialize(value).map_err(|_| Error::Malformed("metadata"))?;
    db.execute(
        "INSERT INTO meta VALUES (?, ?)",
        params![key, sealed(&bytes)?],
    )?;
    Ok(())
}

fn sealed(raw: &[u8]) -> Result<Vec<u8>> {
    block::seal(raw).map_err(|error| Error::Io(PathBuf::from("zstd"), error))
}

fn detail(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    sealed(&bincode::serialize(value).map_err(|_| Error::Malformed("fact"))?)
}

fn put_fact(db: &Transaction<'_>, fact: Fact) -> Result<()> {
    match fact {
        Fact::File(file) => {
            let source = file
                .source
                .map(|text| sealed(text.as_bytes()))
                .transpose()?;
            db.prepare_cached("INSERT INTO file VALUES (?, ?, ?)")?
                .execute(params![file.id.0, file.path, source])?;
        }
        Fact::Code(code) => {
            db.prepare_cached("INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
                .execute(params![
                    code.id.0,
                    code.file.0,
                    code.name,
                    code.qualname,
                    code.first_line,
                    code.flags,
                    code.arguments,
                    detail(&(&code.variables, &code.lines))?
                ])?;
        }
        Fact::Type(class) => {
            db.prepare_cached("INSERT INTO type VALUES (?, ?, ?)")?
                .execute(params![
                    class.id.0,
                    class.name,
                    detail(&(class.kind, &class.mro, &class.tuple_fields))?
                ])?;
        }
        Fact::Thread(thread) => {
            db.prepare_cached("INSERT INTO thread VALUES (?, ?, ?)")?
                .execute(params![thread.id.0, thread.name, thread.native as i64])?;
        }
        Fact::Name(id, name) => {
            db.prepare_cached("INSERT INTO name VALUES (?, ?)")?
                .execute(params![id.0, &*name])?;
        }
        Fact::LeftOut(path, rule) => {
            db.prepare_cached(
                "INSERT INTO left_out VALUES (?, ?, 1) \
                 ON CONFLICT (path) DO UPDATE SET codes = codes + 1",
            )?
            .execute(params![path, rule])?;
        }
    }
    Ok(())
}

fn put_chunk(db: &Transaction<'_>, chunk: &mut OpenChunk, seal: bool) -> Result<()> {
    if std::mem::take(&mut chunk.is_new) {
        db.prepare_cached("INSERT INTO chunk VALUES (?, ?, 0, 0, 0, 0, ?)")?
            .execute(params![chunk.id, chunk.first.0, sealed(&chunk.keyframe)?])?;
    }
    for (seq, data) in chunk.blocks.drain(..) {
        db.prepare_cached("INSERT INTO block VALUES (?, ?, ?)")?
            .execute(params![chunk.id, seq, sealed(&data)?])?;
    }
    db.prepare_cached(
        "UPDATE chunk SET events = ?, lines = ?, kinds = ?, sealed = ? WHERE id = ?",
    )?
    .execute(params![
        chunk.events,
        chunk.lines,
        chunk.kinds as i64,
        seal,
        chunk.id
    ])?;
    if seal {
        let mut insert = db.prepare_cached("INSERT INTO line VALUES (?, ?, ?)")?;
        let mut places: Vec<_> = chunk.places.drain().collect();
        places.sort_unstable();
        for (code, line) in places {
            insert.execute(params![code.0, line, chunk.id])?;
        }
    }
    Ok(())
}
