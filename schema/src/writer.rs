//! Writes a trace: takes facts and encoded operations, cuts chunks, folds keyframes and indexes.

use std::collections::hash_map::HashMap;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::{EventKind, NewFrame, Op};
use crate::facts::Fact;
use crate::header::{Ending, Header, Summary};
use crate::open_chunk::OpenChunk;
use crate::sql;
use crate::state::State;
use crate::store;
use crate::touches::Toucher;

/// Writes one trace. Dropped without [`finish`](Self::finish) it leaves an honest incomplete one.
pub struct TraceWriter {
    path: PathBuf,
    db: Connection,
    facts: Vec<Fact>,
    /// Rule and number of code objects left out of files, and whether that is in the database.
    left_out: HashMap<String, (&'static str, u64, bool)>,
    /// Bytes not yet folded: the beginning of an operation.
    pending: Vec<u8>,
    /// How many pending bytes are worth another look.
    enough: usize,
    /// Folded operations of the present chunk that are in no block yet.
    block: Vec<u8>,
    /// How many bytes of `block` end with an event.
    whole: usize,
    state: State,
    chunk: OpenChunk,
    /// Full chunks that are not in the database yet.
    sealed: Vec<OpenChunk>,
    /// Recording ends when the trace would take more bytes.
    max_size: Option<u64>,
    /// The oldest chunks go when the trace takes more bytes.
    ring: Option<u64>,
    summary: Summary,
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
        store::put_meta(&db, "header", header)?;
        let state = State::default();
        Ok(TraceWriter {
            path: path.into(),
            db,
            facts: Vec::new(),
            left_out: HashMap::new(),
            pending: Vec::new(),
            enough: 0,
            block: Vec::new(),
            whole: 0,
            chunk: OpenChunk::new(0, &state, Toucher::new(0, 0, state.stacks.running())),
            state,
            sealed: Vec::new(),
            max_size: header.limits.max_size,
            ring: header.limits.ring,
            summary: Summary::default(),
        })
    }

    /// Where the trace is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the trace takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        store::used(&self.db).unwrap_or(0)
    }

    /// What was written so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Defines a fact; it reaches the file no later than the operations appended after it.
    pub fn define(&mut self, fact: Fact) {
        match fact {
            Fact::LeftOut(path, rule) => {
                let (_, codes, is_written) = self.left_out.entry(path).or_insert((rule, 0, false));
                *codes += 1;
                *is_written = false;
            }
            Fact::Thread(_) => {
                self.summary.threads += 1;
                self.facts.push(fact);
            }
            fact => self.facts.push(fact),
        }
    }

    /// Appends encoded operations; they may end within one.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if self.pending.is_empty() {
            let used = self.fold(bytes)?;
            self.keep(&bytes[used..]);
            return Ok(());
        }
        self.pending.extend_from_slice(bytes);
        // An operation that spans many calls is not decoded from its beginning in each of them.
        if self.pending.len() >= self.enough {
            self.retry()?;
        }
        Ok(())
    }

    fn keep(&mut self, rest: &[u8]) {
        self.pending.extend_from_slice(rest);
        self.enough = 2 * rest.len();
    }

    fn retry(&mut self) -> Result<()> {
        let input = std::mem::take(&mut self.pending);
        let used = self.fold(&input)?;
        self.keep(&input[used..]);
        Ok(())
    }

    /// Folds the whole operations of `input`; returns how many bytes they take.
    fn fold(&mut self, input: &[u8]) -> Result<usize> {
        let mut decoder = Decoder::new(input, 0);
        let mut start = 0;
        loop {
            let kind = if let Some(line) = decoder.next_line() {
                let NewFrame { frame, code, .. } = self.state.apply_line(line)?;
                self.chunk.note(code, line);
                self.chunk.touches.event(frame, EventKind::Line);
                EventKind::Line
            } else if let Some((frame, slot)) = self.state.take_set(&mut decoder)? {
                self.chunk.touches.slot(frame, slot);
                continue;
            } else {
                let op = match decoder.next_op() {
                    Ok(Some(op)) => op,
                    Ok(None) | Err(Error::Incomplete) => break,
                    Err(error) => return Err(error),
                };
                self.chunk.touches.operation(&op);
                let slot = match op {
                    Op::Set(slot, _) | Op::Append(slot, ..) | Op::Unset(slot) => Some(slot),
                    _ => None,
                };
                if let Op::Share(_, frame, slot) = op {
                    self.chunk.touches.slot(frame, slot);
                }
                let kind = self.state.apply(op)?;
                let Some(top) = self.state.top().map(|frame| frame.info) else {
                    continue;
                };
                if let Some(slot) = slot {
                    self.chunk.touches.slot(top.frame, slot);
                }
                let Some(kind) = kind else {
                    continue;
                };
                self.chunk.touches.event(top.frame, kind);
                if kind == EventKind::Line {
                    self.chunk.note(top.code, top.line);
                }
                kind
            };
            let line = u64::from(kind == EventKind::Line);
            self.summary.events += 1;
            self.summary.lines += line;
            let row = &mut self.chunk.row;
            row.events += 1;
            row.lines += line;
            row.kinds |= 1 << kind as u8;
            self.whole = self.block.len() + decoder.position() - start;
            if self.whole + self.chunk.written >= self.chunk.room {
                self.block
                    .extend_from_slice(&input[start..decoder.position()]);
                start = decoder.position();
                self.seal();
                let touches = self.chunk.touches.next(self.state.stacks.running());
                let next = OpenChunk::new(self.chunk.row.id + 1, &self.state, touches);
                self.sealed.push(std::mem::replace(&mut self.chunk, next));
            }
        }
        self.block
            .extend_from_slice(&input[start..decoder.position()]);
        Ok(decoder.position())
    }

    /// Makes the present chunk ready to be written for the last time.
    fn seal(&mut self) {
        self.cut_block();
        self.chunk.row.sealed = true;
    }

    /// Hands over what ends with an event.
    fn cut_block(&mut self) {
        if self.whole == 0 {
            return;
        }
        let rest = self.block.split_off(self.whole);
        let block = std::mem::replace(&mut self.block, rest);
        self.chunk.operations = block;
        self.whole = 0;
    }

    /// Whether enough has come together for a commit, whatever the time.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.sealed.len() >= 4
    }

    /// Makes all that was appended durable against the death of the process.
    pub fn commit(&mut self) -> Result<()> {
        if !self.pending.is_empty() {
            self.retry()?;
        }
        self.cut_block();
        let transaction = self.db.transaction()?;
        for fact in self.facts.drain(..) {
            store::put_fact(&transaction, fact)?;
        }
        for (path, (rule, codes, is_written)) in &mut self.left_out {
            if !std::mem::replace(is_written, true) {
                store::put_left_out(&transaction, path, rule, *codes)?;
            }
        }
        transaction.commit()?;
        let row = &self.chunk.row;
        let is_new = row.events > 0 && (row.sealed || !self.chunk.operations.is_empty());
        let present = is_new.then_some(&mut self.chunk);
        for chunk in self.sealed.iter_mut().chain(present) {
            // If there is no room for one chunk, those before it stay.
            let transaction = self.db.transaction()?;
            chunk.put(&transaction)?;
            if let Some(ring) = self.ring {
                store::trim(&transaction, ring)?;
            }
            if let Some(max) = self.max_size
                && store::used(&transaction)? > max
            {
                return Err(Error::Full(max));
            }
            transaction.commit()?;
        }
        self.sealed.clear();
        Ok(())
    }

    /// Ends recording before the program ends. What was committed stays, and the trace says why
    /// there is no more, if there is room left to say it. Nothing is to be appended after it.
    pub fn stop(&mut self, why: &str, seconds: f64) {
        if self.summary.stopped.is_some() {
            return;
        }
        let ending = Ending {
            how: format!("recording stopped: {why}"),
            seconds,
        };
        self.sealed.clear();
        if let Ok((events, lines)) = store::committed(&self.db) {
            (self.summary.events, self.summary.lines) = (events, lines);
        }
        self.summary.stopped = Some(why.to_owned());
        let _ = self.put_ending(&ending);
    }

    /// Ends the trace: seals the last chunk, writes the ending, and leaves one plain file. What
    /// goes wrong, now or since [`stop`](Self::stop), is in the summary.
    #[must_use]
    pub fn finish(mut self, ending: &Ending) -> Summary {
        if self.summary.stopped.is_none()
            && let Err(error) = self.end(ending)
        {
            self.stop(&error.to_string(), ending.seconds);
        }
        let mut summary = std::mem::take(&mut self.summary);
        if let Err(error) = self.close() {
            let why = format!("{error}; the file ending in -wal belongs to it");
            summary.stopped.get_or_insert(why);
        }
        summary
    }

    fn end(&mut self, ending: &Ending) -> Result<()> {
        if !self.pending.is_empty() {
            self.retry()?;
        }
        self.seal();
        self.commit()?;
        self.put_ending(ending)
    }

    fn put_ending(&self, ending: &Ending) -> Result<()> {
        let counts = store::count(&self.db, self.summary.events)?;
        store::put_meta(&self.db, "ending", &(ending, counts))
    }

    fn close(self) -> Result<()> {
        self.db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.db.pragma_update(None, "journal_mode", "DELETE")?;
        self.db.close().map_err(|(_, error)| error.into())
    }
}
