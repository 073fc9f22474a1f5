//! Writes a trace: takes facts and encoded operations, cuts chunks, folds keyframes and indexes.

use std::collections::hash_map::HashMap;
use std::path::{Path, PathBuf};

use crate::decode::Decoder;
use crate::error::{Error, Result};
use crate::event::{EventKind, NewFrame, Op};
use crate::facts::Fact;
use crate::header::{Ending, Header, Kept, Summary};
use crate::open_chunk::OpenChunk;
use crate::state::State;
use crate::store;
use crate::touches::{Spot, Toucher};
use crate::trace_file::{MayUse, TraceFile};

/// Writes one trace. Dropped without [`finish`](Self::finish) it leaves an honest incomplete one.
pub struct TraceWriter {
    path: PathBuf,
    file: TraceFile,
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
    /// The ending of a recording that was stopped, as long as it could not be written.
    unsaid: Option<Ending>,
}

impl TraceWriter {
    /// Creates the file, for its owner only. A file that is there is an error, unless it is empty, or
    /// `force` is given and it is a trace that nobody records.
    pub fn create(path: &Path, header: &Header, force: bool) -> Result<Self> {
        let may = if force {
            MayUse::Traces
        } else {
            MayUse::EmptyFiles
        };
        Self::with_file(TraceFile::create(path, header, may)?, path, header)
    }

    /// Creates a file of a name that nobody has asked for: whatever is there is an error.
    pub fn create_new(path: &Path, header: &Header) -> Result<Self> {
        let file = TraceFile::create(path, header, MayUse::Nothing)?;
        Self::with_file(file, path, header)
    }

    fn with_file(file: TraceFile, path: &Path, header: &Header) -> Result<Self> {
        let state = State::default();
        Ok(TraceWriter {
            path: path.into(),
            file,
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
            unsaid: None,
        })
    }

    /// The trace will probably be thrown away: from now on, nothing waits for the disk.
    pub fn set_draft(&mut self) -> Result<()> {
        self.file.set_draft()
    }

    /// Where the trace is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the trace takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.file.db().and_then(store::used).unwrap_or(0)
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
                    Op::Set(slot, _)
                    | Op::Append(slot, ..)
                    | Op::Unset(slot)
                    | Op::Cell(slot, _)
                    | Op::Again(Spot::Slot(_, slot)) => Some(slot),
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
        let transaction = self.file.db_mut()?.transaction()?;
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
            let transaction = self.file.db_mut()?.transaction()?;
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
        if let Ok((events, lines)) = self.file.db().and_then(store::committed) {
            (self.summary.events, self.summary.lines) = (events, lines);
        }
        self.summary.stopped = Some(why.to_owned());
        self.unsaid = Some(ending);
        self.say_ending();
    }

    /// Writes the ending of a recording that was stopped, if that was not possible yet; whether it is
    /// written.
    fn say_ending(&mut self) -> bool {
        self.unsaid = self
            .unsaid
            .take()
            .filter(|ending| self.put_ending(ending).is_err());
        self.unsaid.is_none()
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
        let is_said = self.say_ending();
        let mut summary = std::mem::take(&mut self.summary);
        if !is_said {
            // Without its ending it is not to look complete.
            self.file.put_aside();
        } else if let Err(error) = self.file.finish() {
            summary.stopped.get_or_insert(error.to_string());
        }
        summary.kept = self.look();
        let is_whole = match summary.kept {
            Kept::File(events) | Kept::WithLog(events) => {
                self.ring.is_some() || events == summary.events
            }
            _ => false,
        };
        if !is_whole {
            let why = "the trace's file was changed by somebody else";
            summary.stopped.get_or_insert(why.into());
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
        let db = self.file.db()?;
        let counts = store::count(db, self.summary.events)?;
        store::put_meta(db, "ending", &(ending, counts))
    }

    /// Makes the file whole by itself, with an ending that is taken back when it is opened again.
    pub fn end_for_now(&mut self, ending: &Ending) -> Result<()> {
        self.commit()?;
        self.put_ending(ending)?;
        self.file.finish()
    }

    /// What a reader will find in the file, which is closed or put aside.
    #[must_use]
    pub fn look(&self) -> Kept {
        self.file.look()
    }

    /// Lets go of the file for a while: the process is about to fork. Nothing is written by it.
    pub fn put_aside(&mut self) {
        self.file.put_aside();
    }

    /// Opens the file again after [`put_aside`](Self::put_aside).
    pub fn open_again(&mut self) -> Result<()> {
        self.file.open_again()?;
        // That of `end_for_now`, or of a reader who took the recorder for dead.
        match self.summary.stopped {
            None => store::drop_ending(self.file.db()?),
            Some(_) => Ok(()),
        }
    }
}
