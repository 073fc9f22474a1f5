//! `rdbg verify`: reads all of a trace and looks for damage.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;

use schema::{
    Chunk, ChunkId, ChunkInfo, CodeId, EventInfo, EventKind, FrameId, IdMap, Pos, State, ThreadId,
    TraceReader, escape_control,
};
use serde_json::json;

use crate::arguments::Verify;
use crate::{FINE, FOUND, Failure};

/// Problems beyond this many are counted, not listed.
const LISTED: usize = 50;

pub(crate) fn run(options: &Verify) -> Result<i32, Failure> {
    let reader = TraceReader::open(&options.trace)?;
    let mut check = Check {
        reader: &reader,
        report: Report::default(),
        open: IdMap::default(),
    };
    check.database();
    check.facts();
    let lines = check.line_table();
    let mut last: Option<State> = None;
    for info in reader.chunks() {
        let wanted = lines.get(&info.id);
        last = match check.chunk(info, last.as_ref(), wanted) {
            Ok(state) => {
                check.report.readable(info);
                Some(state)
            }
            Err(error) => {
                check.report.problem(error.to_string());
                check.open.clear();
                None
            }
        };
    }
    let mut report = check.report;
    report.never_ended = check.open.len();
    report.say(&reader, options.json)?;
    Ok(if report.is_sound() { FINE } else { FOUND })
}

/// What was found.
#[derive(Default)]
struct Report {
    problems: Vec<String>,
    more_problems: u64,
    chunks: usize,
    events: u64,
    /// First and last position of each stretch that can be read.
    stretches: Vec<(u64, u64)>,
    begun: u64,
    ended: u64,
    never_ended: usize,
}

/// Where a frame that has begun and not ended is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Runs(ThreadId),
    Suspended,
}

/// A trace being read from its start.
struct Check<'a> {
    reader: &'a TraceReader,
    report: Report,
    open: IdMap<FrameId, Place>,
}

impl Check<'_> {
    fn database(&mut self) {
        match self.reader.database_check() {
            Ok(None) => {}
            Ok(Some(what)) => self.report.problem(format!("the database: {what}")),
            Err(error) => self.report.problem(error.to_string()),
        }
        for problem in self.reader.problems() {
            self.report.problem(problem.clone());
        }
        if self.reader.is_closed() && self.reader.ending().is_none() {
            self.report
                .problem("the file was closed, but its ending is missing".into());
        }
    }

    fn facts(&mut self) {
        for (id, _) in self.reader.files() {
            if let Err(error) = self.reader.source(id) {
                self.report.problem(error.to_string());
            }
        }
        for code in self.reader.codes() {
            if let Err(error) = self.reader.file(code.file) {
                let text = format!("code object {}: {error}", code.id);
                self.report.problem(text);
            }
        }
    }

    /// The lines that the table promises of each chunk.
    fn line_table(&mut self) -> IdMap<ChunkId, BTreeSet<(CodeId, u32)>> {
        let mut lines: IdMap<ChunkId, BTreeSet<_>> = IdMap::default();
        match self.reader.line_table() {
            Ok(rows) => {
                for (chunk, code, line) in rows {
                    lines.entry(chunk).or_default().insert((code, line));
                }
            }
            Err(error) => self.report.problem(format!("the line table: {error}")),
        }
        lines
    }

    /// Decodes and folds a chunk; returns the state at its end.
    fn chunk(
        &mut self,
        info: &ChunkInfo,
        before: Option<&State>,
        lines: Option<&BTreeSet<(CodeId, u32)>>,
    ) -> schema::Result<State> {
        let chunk = self.reader.chunk(info.id)?;
        let mut state = chunk.start()?;
        match before {
            Some(before) if !state.same(before) => {
                let text = format!("chunk {}: its keyframe is not the state before it", info.id);
                self.report.problem(text);
            }
            Some(_) => {}
            None => self.begin_with(&state),
        }
        if let Some(last) = info.events.checked_sub(1) {
            chunk.advance(&mut state, Pos(info.first.0 + last))?;
        }
        self.events(&chunk, lines)?;
        self.touches(&chunk)?;
        self.forget(&state);
        for object in state.objects.values() {
            self.reader.class(object.class)?;
        }
        Ok(state)
    }

    /// Compares a chunk with what the trace says it touches: more does no harm, less would hide it
    /// from searches.
    fn touches(&mut self, chunk: &Chunk) -> schema::Result<()> {
        let info = &chunk.info;
        let touches = match self.reader.touches(info.id) {
            Ok(Some(touches)) => touches,
            Ok(None) if !info.sealed => return Ok(()),
            Ok(None) => {
                let text = format!("chunk {}: nothing says what it touches", info.id);
                self.report.problem(text);
                return Ok(());
            }
            Err(error) => {
                self.report.problem(error.to_string());
                return Ok(());
            }
        };
        let mut is_told = chunk.events.iter().all(|event| {
            let ends = matches!(event.kind, EventKind::Return | EventKind::Unwind);
            touches.has_thread(event.thread)
                && touches.has_frame(event.frame)
                && (!ends || touches.ends(event.frame))
        });
        chunk.each_op(|_, op| is_told &= op.spot().is_none_or(|spot| touches.has(&spot)))?;
        if !is_told {
            let text = format!("chunk {}: it touches more than the trace says", info.id);
            self.report.problem(text);
        }
        Ok(())
    }

    /// Takes the frames of a state as known, when the events before it are not.
    fn begin_with(&mut self, state: &State) {
        for (thread, stack) in state.stacks.iter() {
            let running = stack.iter();
            self.open
                .extend(running.map(|frame| (frame.info.frame, Place::Runs(thread))));
        }
        let suspended = state.suspended.keys();
        self.open
            .extend(suspended.map(|id| (*id, Place::Suspended)));
    }

    /// Forgets frames that went without an event: generators freed while they were suspended.
    fn forget(&mut self, state: &State) {
        let running = state.stacks.iter().flat_map(|(_, stack)| stack);
        let mut alive: HashSet<FrameId> = running.map(|frame| frame.info.frame).collect();
        alive.extend(state.suspended.keys());
        self.open.retain(|frame, _| alive.contains(frame));
    }

    /// Compares a chunk's events with what its row and the line table say of them.
    fn events(
        &mut self,
        chunk: &Chunk,
        promised: Option<&BTreeSet<(CodeId, u32)>>,
    ) -> schema::Result<()> {
        let info = &chunk.info;
        let (mut lines, mut kinds) = (0, 0);
        let mut places = BTreeSet::new();
        for (pos, event) in (info.first.0..).zip(&chunk.events) {
            self.reader.code(event.code)?;
            kinds |= 1u64 << event.kind as u8;
            if event.kind == EventKind::Line {
                lines += 1;
                places.insert((event.code, event.line));
            }
            if let Some(what) = self.balance(event) {
                let text = format!("@{pos}: frame {} {what}", event.frame);
                self.report.problem(text);
            }
        }
        if (lines, kinds) != (info.lines, info.kinds) {
            let text = format!("chunk {}: its row does not say what it holds", info.id);
            self.report.problem(text);
        }
        if info.sealed && promised.unwrap_or(&BTreeSet::new()) != &places {
            let text = format!(
                "chunk {}: the line table does not say what it holds",
                info.id
            );
            self.report.problem(text);
        }
        Ok(())
    }

    /// Follows a frame from its start to its end; says what cannot be.
    fn balance(&mut self, event: &EventInfo) -> Option<&'static str> {
        let here = Place::Runs(event.thread);
        let before = self.open.insert(event.frame, here);
        let what = match (event.kind, before) {
            (EventKind::Start, None) => {
                self.report.begun += 1;
                None
            }
            (EventKind::Start, Some(_)) => Some("starts a second time"),
            // A frame may run that was not seen to start; one that waits goes on by an event.
            (EventKind::Resume | EventKind::Throw, None | Some(Place::Suspended)) => None,
            (EventKind::Resume | EventKind::Throw, Some(place)) if place != here => {
                Some("goes on while another thread runs it")
            }
            (EventKind::Resume | EventKind::Throw, Some(_)) => None,
            (_, Some(Place::Suspended)) => Some("runs without having been resumed"),
            (_, Some(place)) if place != here => Some("runs in two threads"),
            _ => None,
        };
        match event.kind {
            EventKind::Yield => {
                self.open.insert(event.frame, Place::Suspended);
            }
            EventKind::Return | EventKind::Unwind => {
                self.open.remove(&event.frame);
                self.report.ended += 1;
            }
            _ => {}
        }
        what
    }
}

impl Report {
    fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < LISTED {
            self.problems.push(text);
        } else {
            self.more_problems += 1;
        }
    }

    fn readable(&mut self, info: &ChunkInfo) {
        self.chunks += 1;
        self.events += info.events;
        let Some(end) = (info.first.0 + info.events).checked_sub(1) else {
            return;
        };
        match self.stretches.last_mut() {
            Some((_, last)) if *last + 1 == info.first.0 => *last = end,
            _ => self.stretches.push((info.first.0, end)),
        }
    }

    fn say(&self, reader: &TraceReader, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let is_complete = reader.ending().is_some();
        let never = self.never_ended;
        if as_json {
            let all = json!({
                "sound": self.is_sound(),
                "complete": is_complete,
                "events": reader.events(),
                "readable": self.events,
                "readable_positions": self.stretches,
                "chunks": reader.chunks().len(),
                "readable_chunks": self.chunks,
                "frames_begun": self.begun,
                "frames_ended": self.ended,
                "frames_open": never,
                "problems": self.problems,
                "more_problems": self.more_problems,
            });
            return writeln!(out, "{all}");
        }
        for problem in &self.problems {
            let line = escape_control(problem).replace('\n', " ");
            writeln!(out, "damaged: {line}")?;
        }
        if self.more_problems > 0 {
            writeln!(out, "damaged: {} more of these", self.more_problems)?;
        }
        let verdict = match (self.is_sound(), is_complete) {
            (true, true) => "sound",
            (true, false) => "sound but incomplete: the recorder was killed or still runs",
            (false, _) => "damaged",
        };
        let (events, chunks) = (reader.events(), reader.chunks().len());
        let (held, whole) = (self.events, self.chunks);
        writeln!(
            out,
            "{verdict}: {held} of {events} events readable, {whole} of {chunks} chunks"
        )?;
        if !self.is_sound() {
            let stretches = self.stretches.iter().map(|(a, b)| format!("@{a} to @{b}"));
            let all: Vec<_> = stretches.collect();
            let all = if all.is_empty() {
                "nothing".into()
            } else {
                all.join(", ")
            };
            writeln!(out, "readable: {all}")?;
        }
        let (begun, ended) = (self.begun, self.ended);
        let rest = if never == 0 {
            String::new()
        } else {
            format!(", {never} never ended")
        };
        writeln!(out, "frames: {begun} begun, {ended} ended{rest}")
    }
}
