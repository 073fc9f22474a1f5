//! Reads a trace. The file may come from a stranger: it is checked before SQLite sees it, opened
//! without trust, and every block has a checksum and a limit.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bincode::Options;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::de::DeserializeOwned;

use crate::block;
use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, Op};
use crate::facts::{Code, Thread, Type, TypeKind, Variable};
use crate::header::{Ending, Header};
use crate::ids::{ChunkId, CodeId, FileId, FrameId, NameId, Pos, ThreadId, TypeId};
use crate::sql;
use crate::state::State;

/// `O_NONBLOCK`, so that a FIFO given as a trace does not block.
const O_NONBLOCK: i32 = 0o4000;

/// Where a chunk lies, without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkInfo {
    /// Its number.
    pub id: ChunkId,
    /// Position of its first event.
    pub first: Pos,
    /// How many events it holds.
    pub events: u64,
    /// Of these, lines.
    pub lines: u64,
    /// Bit n is set when it holds an event of kind number n.
    pub kinds: u64,
    /// Whether its line table is complete.
    pub sealed: bool,
}

impl ChunkInfo {
    /// Whether it may hold an event of this kind.
    #[must_use]
    pub fn may_hold(&self, kind: EventKind) -> bool {
        self.kinds & (1 << kind as u8) != 0
    }
}

/// A decoded chunk: its keyframe, its operations and where the events in them are.
#[derive(Debug)]
pub struct Chunk {
    /// Where it lies.
    pub info: ChunkInfo,
    keyframe: Vec<u8>,
    ops: Vec<u8>,
    /// Its events, in order.
    pub events: Vec<EventInfo>,
}

impl Chunk {
    /// The state before its first event.
    pub fn start(&self) -> Result<State> {
        State::from_keyframe(self.info.first, &self.keyframe)
    }

    /// Moves `state`, which must be within this chunk or at its start, forward until the event
    /// at `pos` was applied.
    pub fn advance(&self, state: &mut State, pos: Pos) -> Result<()> {
        let done = state.next.0.saturating_sub(self.info.first.0);
        let at = match done.checked_sub(1) {
            None => 0,
            Some(last) => self
                .events
                .get(last as usize)
                .map_or(self.ops.len(), |e| e.end as usize),
        };
        let mut decoder = Decoder::new(&self.ops, at);
        while state.next <= pos {
            match decoder.next_op()? {
                Some(op) => state.apply(op)?,
                None => return Err(Error::Damaged(self.info.id.0, "fewer events than promised")),
            };
        }
        Ok(())
    }
}

/// An open trace.
pub struct TraceReader {
    path: PathBuf,
    db: Connection,
    /// Keeps the private copy of an unfinished trace.
    _copy: Option<tempfile::TempDir>,
    bytes: u64,
    header: Header,
    ending: Option<Ending>,
    files: HashMap<FileId, Arc<str>>,
    codes: HashMap<CodeId, Arc<Code>>,
    types: HashMap<TypeId, Arc<Type>>,
    names: HashMap<NameId, Arc<str>>,
    threads: Vec<Thread>,
    chunks: Vec<ChunkInfo>,
}

impl TraceReader {
    /// Whether the file is a trace this version reads, by its first bytes alone.
    pub fn recognise(path: &Path) -> Result<()> {
        let opened = fs::OpenOptions::new()
            .read(true)
            .custom_flags(O_NONBLOCK)
            .open(path);
        let mut file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound(path.into()),
            _ => Error::Io(path.into(), error),
        })?;
        let io = |error| Error::Io(path.into(), error);
        let not = |what| Err(Error::NotATrace(path.into(), what));
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return not("it is a directory");
        }
        if !metadata.is_file() {
            return not("it is not a regular file");
        }
        let mut head = Vec::with_capacity(100);
        file.by_ref().take(100).read_to_end(&mut head).map_err(io)?;
        let word = |at: usize| {
            head.get(at..at + 4).map_or(0, |b| {
                i64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
            })
        };
        if head.is_empty() {
            return not("it is empty; recording never started");
        }
        if head.starts_with(&[0x1f, 0x8b]) {
            return not("it is gzip-compressed; unpack it with `gunzip` first");
        }
        if head.starts_with(b"PK\x03\x04") {
            return not("it is a zip archive; unpack it with `unzip` first");
        }
        if !head.starts_with(b"SQLite format 3\0") || head.len() < 100 {
            return not("it is not even an SQLite file");
        }
        if word(68) != sql::APPLICATION_ID {
            return not("it is another program's SQLite file");
        }
        let version = i64::from(word(60) as i32);
        if version > sql::FORMAT_VERSION {
            return Err(Error::Newer(path.into(), version));
        }
        if version < 1 {
            return not("its format version is not valid");
        }
        let page = match u64::from(head[16]) << 8 | u64::from(head[17]) {
            1 => 65_536,
            size => size,
        };
        if !page.is_power_of_two() || page < 512 {
            return not("its page size is not valid");
        }
        let is_finished = head[18] == 1;
        if is_finished && metadata.len() != page * word(28) as u64 {
            return not("it was truncated or padded; get the whole file");
        }
        Ok(())
    }

    /// Opens a trace. The file and its folder are never written to.
    pub fn open(path: &Path) -> Result<TraceReader> {
        Self::recognise(path)?;
        let io = |error| Error::Io(path.into(), error);
        let mut head = [0; 20];
        fs::File::open(path)
            .and_then(|mut f| f.read_exact(&mut head))
            .map_err(io)?;
        let bytes = fs::metadata(path).map_err(io)?.len();
        // A file left in WAL mode belongs to a recorder that was killed or still runs. Reading it
        // in place would write beside it, so a private copy is recovered instead.
        let copy = if head[18] == 2 {
            Some(private_copy(path)?)
        } else {
            None
        };
        let target = copy
            .as_ref()
            .map_or(path.to_path_buf(), |dir| dir.path().join("trace.db"));
        let flags = if copy.is_some() {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        } else {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        };
        let db = Connection::open_with_flags(&target, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        sql::defend_reader(&db)?;
        let damaged = |_| Error::NotATrace(path.into(), "its database is damaged");
        if !sql::has_our_schema(&db).map_err(damaged)? {
            return Err(Error::NotATrace(path.into(), "its tables are not rdbg's"));
        }
        let mut reader = TraceReader {
            path: path.into(),
            db,
            _copy: copy,
            bytes,
            header: Header::default(),
            ending: None,
            files: HashMap::new(),
            codes: HashMap::new(),
            types: HashMap::new(),
            names: HashMap::new(),
            threads: Vec::new(),
            chunks: Vec::new(),
        };
        reader.load()?;
        Ok(reader)
    }

    fn load(&mut self) -> Result<()> {
        self.header = self.meta("header")?.ok_or(Error::NotATrace(
            self.path.clone(),
            "recording never started",
        ))?;
        self.ending = self.meta("ending")?;
        self.load_facts()?;
        let mut statement = self
            .db
            .prepare("SELECT id, first, events, lines, kinds, sealed FROM chunk ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut next = 0;
        while let Some(row) = rows.next()? {
            let info = ChunkInfo {
                id: ChunkId(row.get(0)?),
                first: Pos(row.get(1)?),
                events: row.get(2)?,
                lines: row.get(3)?,
                kinds: row.get::<_, i64>(4)? as u64,
                sealed: row.get(5)?,
            };
            if info.id.0 != self.chunks.len() as u64 || info.first.0 != next {
                return Err(Error::Damaged(
                    info.id.0,
                    "chunks do not follow one another",
                ));
            }
            next += info.events;
            self.chunks.push(info);
        }
        Ok(())
    }

    fn load_facts(&mut self) -> Result<()> {
        let db = &self.db;
        each(db, "SELECT id, path FROM file", |row| {
            self.files
                .insert(FileId(row.get(0)?), row.get::<_, String>(1)?.into());
            Ok(())
        })?;
        each(
            db,
            "SELECT id, file, name, qualname, first_line, flags, arguments, detail FROM code",
            |row| {
                let id = row.get(0)?;
                let (variables, lines): (Vec<Variable>, Vec<u32>) =
                    detail(&row.get::<_, Vec<u8>>(7)?, "code", id)?;
                let code = Code {
                    id: CodeId(id),
                    file: FileId(row.get(1)?),
                    name: row.get(2)?,
                    qualname: row.get(3)?,
                    first_line: row.get(4)?,
                    flags: row.get(5)?,
                    arguments: row.get(6)?,
                    variables,
                    lines,
                };
                self.codes.insert(code.id, Arc::new(code));
                Ok(())
            },
        )?;
        each(db, "SELECT id, name, detail FROM type", |row| {
            let id = row.get(0)?;
            let (kind, mro, tuple_fields): (TypeKind, Vec<String>, Vec<String>) =
                detail(&row.get::<_, Vec<u8>>(2)?, "type", id)?;
            let class = Type {
                id: TypeId(id),
                name: row.get(1)?,
                kind,
                mro,
                tuple_fields,
            };
            self.types.insert(class.id, Arc::new(class));
            Ok(())
        })?;
        each(db, "SELECT id, name FROM name", |row| {
            self.names
                .insert(NameId(row.get(0)?), row.get::<_, String>(1)?.into());
            Ok(())
        })?;
        each(
            db,
            "SELECT id, name, native FROM thread ORDER BY id",
            |row| {
                self.threads.push(Thread {
                    id: ThreadId(row.get(0)?),
                    name: row.get(1)?,
                    native: row.get::<_, i64>(2)? as u64,
                });
                Ok(())
            },
        )
    }

    fn meta<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let block: Option<Vec<u8>> = self
            .db
            .query_row("SELECT value FROM meta WHERE key = ?", [key], |row| {
                row.get(0)
            })
            .optional()?;
        block.map(|block| detail(&block, "metadata", 0)).transpose()
    }

    /// The file that was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The run that was recorded.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How recording ended; `None` when the recorder was killed or still runs.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.chunks
            .last()
            .map_or(0, |chunk| chunk.first.0 + chunk.events)
    }

    /// The threads, in order of first event.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// The chunks, in order.
    #[must_use]
    pub fn chunks(&self) -> &[ChunkInfo] {
        &self.chunks
    }

    /// All code objects, in no order.
    pub fn codes(&self) -> impl Iterator<Item = &Arc<Code>> {
        self.codes.values()
    }

    /// All files, in no order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.files.iter().map(|(id, path)| (*id, &**path))
    }

    /// A code object.
    pub fn code(&self, id: CodeId) -> Result<&Arc<Code>> {
        self.codes
            .get(&id)
            .ok_or(Error::BadFact("code object", id.0.into()))
    }

    /// A file's path.
    pub fn file(&self, id: FileId) -> Result<&str> {
        self.files
            .get(&id)
            .map(|path| &**path)
            .ok_or(Error::BadFact("file", id.0.into()))
    }

    /// A class.
    pub fn class(&self, id: TypeId) -> Result<&Arc<Type>> {
        self.types
            .get(&id)
            .ok_or(Error::BadFact("type", id.0.into()))
    }

    /// An attribute's name.
    pub fn name(&self, id: NameId) -> Result<&str> {
        self.names
            .get(&id)
            .map(|name| &**name)
            .ok_or(Error::BadFact("name", id.0.into()))
    }

    /// The source of a file as it was recorded.
    pub fn source(&self, id: FileId) -> Result<Option<String>> {
        let block: Option<Option<Vec<u8>>> = self
            .db
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
    pub fn left_out(&self) -> Result<Vec<(String, String, u64)>> {
        let mut all = Vec::new();
        each(
            &self.db,
            "SELECT path, rule, codes FROM left_out ORDER BY path",
            |row| {
                all.push((row.get(0)?, row.get(1)?, row.get(2)?));
                Ok(())
            },
        )?;
        Ok(all)
    }

    /// The chunk that holds an event.
    #[must_use]
    pub fn chunk_of(&self, pos: Pos) -> Option<ChunkId> {
        let after = self.chunks.partition_point(|chunk| chunk.first <= pos);
        let chunk = self.chunks.get(after.checked_sub(1)?)?;
        (pos.0 < chunk.first.0 + chunk.events).then_some(chunk.id)
    }

    /// The chunks that may hold a line of a code object, ascending: those the line table names and
    /// those without one.
    pub fn chunks_with_line(&self, code: CodeId, line: u32) -> Result<Vec<ChunkId>> {
        let mut chunks = Vec::new();
        let mut statement = self
            .db
            .prepare_cached("SELECT chunk FROM line WHERE code = ? AND line = ? ORDER BY chunk")?;
        let mut rows = statement.query(params![code.0, line])?;
        while let Some(row) = rows.next()? {
            chunks.push(ChunkId(row.get(0)?));
        }
        chunks.extend(
            self.chunks
                .iter()
                .filter(|chunk| !chunk.sealed)
                .map(|chunk| chunk.id),
        );
        Ok(chunks)
    }

    /// Reads and decodes a chunk.
    pub fn chunk(&self, id: ChunkId) -> Result<Chunk> {
        let damaged = |why| Error::Damaged(id.0, why);
        let info = *self
            .chunks
            .get(id.0 as usize)
            .ok_or(damaged("there is no such chunk"))?;
        let keyframe: Vec<u8> =
            self.db
                .query_row("SELECT keyframe FROM chunk WHERE id = ?", [id.0], |row| {
                    row.get(0)
                })?;
        let keyframe = block::open(&keyframe).map_err(damaged)?;
        let mut ops = Vec::new();
        let mut statement = self
            .db
            .prepare_cached("SELECT seq, data FROM block WHERE chunk = ? ORDER BY seq")?;
        let mut rows = statement.query([id.0])?;
        let mut next = 0;
        while let Some(row) = rows.next()? {
            if row.get::<_, u64>(0)? != next {
                return Err(damaged("a block is missing"));
            }
            next += 1;
            ops.extend(block::open(&row.get::<_, Vec<u8>>(1)?).map_err(damaged)?);
        }
        let events = locate(&State::from_keyframe(info.first, &keyframe)?, &ops)?;
        if events.len() as u64 != info.events {
            return Err(damaged("its events are not as many as promised"));
        }
        Ok(Chunk {
            info,
            keyframe,
            ops,
            events,
        })
    }

    /// SQLite's own check of the file: `None` when it is sound.
    pub fn database_check(&self) -> Result<Option<String>> {
        let answer: String = self
            .db
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((answer != "ok").then_some(answer))
    }
}

fn private_copy(path: &Path) -> Result<tempfile::TempDir> {
    let io = |error| Error::Io(path.into(), error);
    let folder = tempfile::Builder::new()
        .prefix("rdbg-")
        .tempdir()
        .map_err(io)?;
    fs::copy(path, folder.path().join("trace.db")).map_err(io)?;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if Path::new(&wal).is_file() {
        fs::copy(&wal, folder.path().join("trace.db-wal")).map_err(io)?;
    }
    Ok(folder)
}

fn each(
    db: &Connection,
    sql: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn detail<T: DeserializeOwned>(block: &[u8], what: &'static str, id: u32) -> Result<T> {
    let bad = || Error::BadFact(what, id.into());
    let raw = block::open(block).map_err(|_| bad())?;
    // The limit keeps a hostile length from allocating more than the block holds.
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_limit(block::MAX_LENGTH as u64)
        .deserialize(&raw)
        .map_err(|_| bad())
}

/// Where each event is, and in which frame: a fold of stacks alone.
fn locate(start: &State, ops: &[u8]) -> Result<Vec<EventInfo>> {
    #[derive(Clone, Copy)]
    struct Place {
        frame: FrameId,
        code: CodeId,
        line: u32,
    }
    let place = |frame: &crate::state::Frame| Place {
        frame: frame.info.frame,
        code: frame.info.code,
        line: frame.info.line,
    };
    let mut stacks: HashMap<ThreadId, Vec<Place>> = start
        .threads
        .iter()
        .map(|(id, thread)| (*id, thread.stack.iter().map(place).collect()))
        .collect();
    let mut suspended: HashMap<FrameId, Place> = start
        .suspended
        .iter()
        .map(|(id, frame)| (*id, place(frame)))
        .collect();
    let mut thread = start.current;
    let mut stack = stacks.remove(&thread).unwrap_or_default();
    let mut leaving = None;
    let mut events = Vec::new();
    let mut decoder = Decoder::new(ops, 0);
    while let Some(op) = decoder.next_op()? {
        if let Some(kind) = leaving.take()
            && let Some(place) = stack.pop()
            && kind == EventKind::Yield
        {
            suspended.insert(place.frame, place);
        }
        match &op {
            Op::Thread(id) => {
                stacks.insert(thread, std::mem::take(&mut stack));
                thread = *id;
                stack = stacks.remove(&thread).unwrap_or_default();
            }
            Op::Push(new) | Op::Start(new) => {
                stack.push(Place {
                    frame: new.frame,
                    code: new.code,
                    line: new.line,
                });
            }
            Op::Gone(id) => {
                stack.retain(|place| place.frame != *id);
                suspended.remove(id);
            }
            Op::Resume(id) | Op::Throw(id, _) => stack.extend(suspended.remove(id)),
            Op::Moved(line) | Op::Line(line) => {
                if let Some(top) = stack.last_mut() {
                    top.line = *line;
                }
            }
            _ => {}
        }
        let Some(kind) = op.event() else { continue };
        let top = stack
            .last()
            .ok_or(Error::Malformed("no frame is running"))?;
        let depth = stack.len() as u32 - 1;
        let end = u32::try_from(decoder.position()).map_err(|_| Error::Malformed("chunk"))?;
        events.push(EventInfo {
            kind,
            thread,
            frame: top.frame,
            code: top.code,
            line: top.line,
            depth,
            end,
        });
        leaving = kind.leaves().then_some(kind);
    }
    Ok(events)
}
