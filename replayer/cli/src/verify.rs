//! `rdbg verify`: reads all of a trace and looks for damage.

mod report;

use std::collections::{BTreeSet, HashSet};

use schema::{
    ChunkId, ChunkInfo, CodeId, EventKind, Extent, FrameId, IdMap, Passed, Pos, State, ThreadId,
    TraceReader,
};

use crate::arguments::Verify;
use crate::{FINE, FOUND, Failure};
use report::Report;

pub(crate) fn run(options: &Verify) -> Result<i32, Failure> {
    let reader = TraceReader::open_with(&options.trace, options.cost.allowance())?;
    let mut check = Check {
        reader: &reader,
        report: Report::default(),
        open: IdMap::default(),
        raises: IdMap::default(),
    };
    let told = reader.uncaught().unwrap_or_default().iter();
    let thrown = told.flat_map(|one| &one.exceptions);
    for at in thrown.flat_map(|one| &one.traceback) {
        check.raises.entry(at.pos).or_default().push(*at);
    }
    check.database();
    check.facts();
    let lines = check.line_table();
    let mut last = None;
    for info in reader.chunks() {
        let wanted = lines.get(&info.id);
        last = match check.chunk(info, last.as_deref(), wanted) {
            Ok(end) => {
                check.report.readable(info);
                Some(end)
            }
            Err(error) => {
                check.report.problem(error.to_string());
                if matches!(error, schema::Error::TooMuch) {
                    break;
                }
                // What became of these cannot be read.
                check.report.never_ended += check.open.len() as u64;
                check.open.clear();
                None
            }
        };
    }
    let mut report = check.report;
    report.never_ended += check.open.len() as u64;
    report.say(&reader, options.json)?;
    Ok(if report.is_sound() { FINE } else { FOUND })
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
    /// The raises that tracebacks name.
    raises: IdMap<Pos, Vec<Passed>>,
}

/// What of an event is checked.
struct Event {
    kind: EventKind,
    thread: ThreadId,
    frame: FrameId,
    code: CodeId,
    line: u32,
}

impl Event {
    fn ends(&self) -> bool {
        matches!(self.kind, EventKind::Return | EventKind::Unwind)
    }
}

/// The event that a state was just brought to.
fn event_of(state: &State) -> schema::Result<Event> {
    match (&state.event, state.top()) {
        (Some((kind, _)), Some(frame)) => Ok(Event {
            kind: *kind,
            thread: state.stacks.running(),
            frame: frame.info.frame,
            code: frame.info.code,
            line: frame.info.line,
        }),
        _ => Err(schema::Error::Malformed("no frame is running")),
    }
}

/// What a chunk's events amount to.
struct Events {
    lines: u64,
    kinds: u64,
    places: BTreeSet<(CodeId, u32)>,
    recent: [(CodeId, u32); 16],
    /// Whether the list of what the chunk touches has all that it touched so far.
    are_told: bool,
}

impl Default for Events {
    fn default() -> Events {
        Events {
            lines: 0,
            kinds: 0,
            places: BTreeSet::new(),
            recent: [(CodeId(u32::MAX), 0); 16],
            are_told: true,
        }
    }
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

    /// Decodes and folds a chunk; returns the state at its end, as a keyframe would hold it.
    fn chunk(
        &mut self,
        info: &ChunkInfo,
        before: Option<&[u8]>,
        lines: Option<&BTreeSet<(CodeId, u32)>>,
    ) -> schema::Result<Vec<u8>> {
        let touches = self.reader.touches(info.id);
        let touches = touches.unwrap_or_else(|error| {
            self.report.problem(error.to_string());
            None
        });
        if touches.is_none() && info.sealed {
            let text = format!("chunk {}: nothing says what it touches", info.id);
            self.report.problem(text);
        }
        let mut fold = self.reader.packed(info.id)?.fold(Extent::Whole)?;
        match before {
            // One state at a time: two large ones need not find room.
            Some(before) if fold.state().keyframe() != before => {
                let text = format!("chunk {}: its keyframe is not the state before it", info.id);
                self.report.problem(text);
            }
            Some(_) => {}
            None => self.begin_with(fold.state()),
        }
        let mut events = Events::default();
        while fold.step()? {
            let event = event_of(fold.state())?;
            self.event(fold.state().next.0 - 1, &event, &mut events);
            if let Some(touches) = &touches {
                events.are_told &= touches.has_thread(event.thread)
                    && touches.has_frame(event.frame)
                    && (!event.ends() || touches.ends(event.frame));
            }
        }
        fold.ends()?;
        if let Some(touches) = &touches {
            fold.each_op(|_, op| {
                events.are_told &= op.spot().is_none_or(|spot| touches.has(&spot));
            })?;
        }
        self.compare(info, &events, lines);
        self.forget(fold.state());
        Ok(fold.state().keyframe())
    }

    /// Each entry of a traceback that nobody caught stands for a raise in its frame, on its line.
    fn traceback(&mut self, pos: u64, event: &Event) {
        for at in self.raises.get(&Pos(pos)).into_iter().flatten() {
            let is_raise = event.kind == EventKind::Raise;
            if !is_raise || (event.frame, event.code, event.line) != (at.frame, at.code, at.line) {
                let text = format!("@{pos}: it is not the raise that a traceback says");
                self.report.problem(text);
            }
        }
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
        self.report.found += self.open.len() as u64;
    }

    /// Forgets frames that went without an event: generators freed while they were suspended.
    fn forget(&mut self, state: &State) {
        let running = state.stacks.iter().flat_map(|(_, stack)| stack);
        let mut alive: HashSet<FrameId> = running.map(|frame| frame.info.frame).collect();
        alive.extend(state.suspended.keys());
        let before = self.open.len();
        self.open.retain(|frame, _| alive.contains(frame));
        self.report.freed += (before - self.open.len()) as u64;
    }

    fn event(&mut self, pos: u64, event: &Event, events: &mut Events) {
        events.kinds |= 1u64 << event.kind as u8;
        if event.kind == EventKind::Line {
            events.lines += 1;
            let place = (event.code, event.line);
            // A loop comes to the same few lines.
            if !events.recent.contains(&place) {
                events.recent[event.line as usize % events.recent.len()] = place;
                events.places.insert(place);
            }
        }
        self.traceback(pos, event);
        if let Some(what) = self.balance(event) {
            let text = format!("@{pos}: frame {} {what}", event.frame);
            self.report.problem(text);
        }
    }

    /// Compares a chunk's events with what its row, the line table and the list of what it touches
    /// say of them. That it touches less than is told does no harm; more would hide it from searches.
    fn compare(
        &mut self,
        info: &ChunkInfo,
        events: &Events,
        promised: Option<&BTreeSet<(CodeId, u32)>>,
    ) {
        let mut problem = |what| self.report.problem(format!("chunk {}: {what}", info.id));
        if (events.lines, events.kinds) != (info.lines, info.kinds) {
            problem("its row does not say what it holds");
        }
        if info.sealed && promised.unwrap_or(&BTreeSet::new()) != &events.places {
            problem("the line table does not say what it holds");
        }
        if !events.are_told {
            problem("it touches more than the trace says");
        }
    }

    /// Follows a frame from its start to its end; says what cannot be.
    fn balance(&mut self, event: &Event) -> Option<&'static str> {
        let here = Place::Runs(event.thread);
        let before = self.open.insert(event.frame, here);
        if before.is_none() && event.kind != EventKind::Start {
            self.report.found += 1;
        }
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
