//! Lists over the whole run: every hit of a place, every call of a function, every place of a value.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;

use schema::{Chunk, ChunkInfo, CodeId, EventKind, FrameId, IdMap, Op, Pos, Spot, State, Value};

use crate::ahead::Ahead;
use crate::breakpoint::{self, Breakpoint, Location};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::locate;
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::sieve::Sieve;
use crate::timeline::{Direction, Filter};
use crate::view::{CallView, FoundView, StepView};

/// Takes one line of a list; `false` ends it.
pub type Take<'t, T> = dyn FnMut(T) -> bool + 't;

impl Debugger {
    /// The chunks of the run that a filter lets through, in order, as long as nobody interrupts.
    fn each_chunk(
        &self,
        filter: &Filter,
        sieve: Option<&Sieve<'_>>,
        visit: &mut dyn FnMut(&ChunkInfo, &Chunk) -> Result<bool>,
    ) -> Result<()> {
        let whole = (0, u64::MAX);
        let forward = Direction::Forward;
        let mut ahead = Ahead::new(
            &self.timeline,
            whole,
            forward,
            filter,
            sieve,
            &self.interrupt,
        );
        while let Some((info, chunk)) = ahead.next()? {
            if !visit(info, &chunk)? {
                break;
            }
        }
        Ok(())
    }

    /// Evaluates an expression, an f-string for example, at every hit of a place in the whole run.
    pub fn trace_at(
        &self,
        place: &str,
        text: &str,
        condition: Option<&str>,
        take: &mut Take<'_, (StepView, std::result::Result<String, String>)>,
    ) -> Result<()> {
        let expr = Expr::parse(text)?;
        let breakpoint = self.breakpoint_at(place, condition)?;
        let trace = self.timeline.trace();
        let filter = breakpoint::filter(trace, &[&breakpoint])?;
        let places = [&breakpoint];
        let sieve = Sieve::new(trace, &places, &self.interrupt);
        let sieve = condition.map(|_| &sieve);
        self.each_chunk(&filter, sieve, &mut |info, chunk| {
            let mut state: Option<State> = None;
            for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
                if !breakpoint.wants(&self.timeline, pos, event) {
                    continue;
                }
                if self.interrupt.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                let state = match &mut state {
                    Some(state) => state,
                    none => none.insert(chunk.start()?),
                };
                chunk.advance(state, pos)?;
                if !breakpoint.holds(trace, state, None)? {
                    continue;
                }
                let Some(frame) = state.top() else { continue };
                let value = match expr.evaluate(&Scope::new(trace, state, frame)) {
                    // What an f-string says is text, to be shown as it is.
                    Ok(Datum::Value(Value::Str(text))) => {
                        Ok(schema::escape_control(&String::from_utf8_lossy(&text)))
                    }
                    Ok(datum) => Ok(show::datum(trace, state, &datum, Budget::SHORT)?),
                    Err(Error::Expression(why)) => Err(why),
                    Err(error) => return Err(error),
                };
                if !take((self.step_view(pos)?, value)) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    pub(crate) fn breakpoint_at(&self, place: &str, condition: Option<&str>) -> Result<Breakpoint> {
        let file = self.file();
        let (location, text) = locate::locate(self.timeline.trace(), place, file.as_deref())?;
        Breakpoint::new(0, location, text, condition, false)
    }

    /// Every call of a function, in order, with its arguments and how it ended.
    pub fn calls(&self, function: &str, take: &mut Take<'_, CallView>) -> Result<()> {
        let breakpoint = self.breakpoint_at(function, None)?;
        let Location::Function(codes) = &breakpoint.location else {
            return Err(Error::NoSuch(format!("{function} is no function")));
        };
        let mut calls = Calls::default();
        let filter = self.around_calls(&breakpoint)?;
        self.each_chunk(&filter, None, &mut |info, chunk| {
            self.calls_in(info, chunk, codes, &mut calls)?;
            while let Some(call) = calls.finished() {
                if !take(call) {
                    calls.queue.clear();
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        for call in calls.queue {
            if !take(call) {
                break;
            }
        }
        Ok(())
    }

    /// The chunks with lines of a function, and those before and after: a frame may begin before
    /// its first line and end after its last.
    fn around_calls(&self, breakpoint: &Breakpoint) -> Result<Filter> {
        let trace = self.timeline.trace();
        let mut filter = breakpoint::filter(trace, &[breakpoint])?;
        if let Filter::Only { chunks, .. } = &mut filter {
            let near = chunks
                .iter()
                .flat_map(|id| [id.0.saturating_sub(1), id.0 + 1]);
            let near: Vec<u64> = near.collect();
            chunks.extend(near.into_iter().map(schema::ChunkId));
        }
        Ok(filter)
    }

    fn calls_in(
        &self,
        info: &ChunkInfo,
        chunk: &Chunk,
        codes: &IdMap<CodeId, ()>,
        calls: &mut Calls,
    ) -> Result<()> {
        let trace = self.timeline.trace();
        let mut state: Option<State> = None;
        for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
            if !codes.contains_key(&event.code) {
                continue;
            }
            if event.kind == EventKind::Start {
                calls.begin(
                    event.frame,
                    pos,
                    self.thread_name(event.thread),
                    event.depth,
                );
                continue;
            }
            let is_end = matches!(event.kind, EventKind::Return | EventKind::Unwind);
            let needs_arguments = calls.new.contains(&event.frame);
            if !is_end && !needs_arguments {
                continue;
            }
            let state = match &mut state {
                Some(state) => state,
                none => none.insert(chunk.start()?),
            };
            chunk.advance(state, pos)?;
            if needs_arguments && let Some(frame) = state.top() {
                let mut shown = Vec::new();
                for (name, value) in Scope::new(trace, state, frame).arguments()? {
                    let value = show::value(trace, state, &value, Budget::BRIEF)?;
                    shown.push(format!("{name}={value}"));
                }
                let function = trace.code(event.code)?.qualname.clone();
                calls.arguments(event.frame, format!("{function}({})", shown.join(", ")));
            }
            if is_end {
                let value = match &state.event {
                    Some((_, Some(value))) => show::value(trace, state, value, Budget::SHORT)?,
                    _ => "?".into(),
                };
                calls.end(event.frame, pos, event.kind == EventKind::Return, value);
            }
        }
        Ok(())
    }

    /// Every place that ever held a value, from the first on.
    pub fn find_value(&self, text: &str, take: &mut Take<'_, FoundView>) -> Result<()> {
        let scope = self.scope()?;
        let wanted = match Expr::parse(text)?.evaluate(&scope)? {
            Datum::Value(value) if !matches!(value, Value::Unknown(_) | Value::Redacted) => value,
            _ => {
                return Err(Error::Expression(format!(
                    "{text} is computed here; find looks for an atom or an object of the program"
                )));
            }
        };
        self.each_chunk(&Filter::All, None, &mut |_, chunk| {
            let mut found: Vec<(Pos, Place)> = Vec::new();
            chunk.each_op(|pos, op| {
                places(op, &wanted, &mut |place| found.push((pos, place)));
            })?;
            for (pos, place) in found {
                if self.interrupt.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                if let Place::Grown(slot) = place
                    && !self.is_in_slot(pos, slot, &wanted)?
                {
                    continue;
                }
                let text = self.place_text(pos, &place)?;
                if !take(FoundView { pos: pos.0, text }) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Whether a variable of the frame that ran up to a position holds a value there.
    fn is_in_slot(&self, pos: Pos, slot: u32, wanted: &Value) -> Result<bool> {
        let state = self.timeline.state_at(pos)?;
        let stack = state.stacks.of(state.stacks.running());
        let is_start = matches!(&state.event, Some((kind, _)) if kind.enters());
        let frame = stack.len().checked_sub(1 + usize::from(is_start));
        let frame = frame.and_then(|at| stack.get(at));
        let value = frame.and_then(|frame| frame.slots.get(slot as usize)?.as_ref());
        Ok(value == Some(wanted))
    }

    fn place_text(&self, pos: Pos, place: &Place) -> Result<String> {
        let trace = self.timeline.trace();
        let state = self.timeline.state_at(pos)?;
        // What is found at a frame's start was still done by its caller.
        let stack = state.stacks.of(state.stacks.running());
        let is_start = matches!(&state.event, Some((kind, _)) if kind.enters());
        let running = stack.len().checked_sub(1 + usize::from(is_start));
        let code = running
            .and_then(|at| stack.get(at))
            .map(|frame| trace.code(frame.info.code))
            .transpose()?;
        let function = code.map_or("?", |code| code.qualname.as_str());
        Ok(match place {
            Place::Event(kind) => format!("{} in {function}", kind.name()),
            Place::Spot(Spot::Slot(_, slot)) | Place::Grown(slot) => {
                let variables = code.map(|code| code.variables.as_slice());
                let variable = variables.and_then(|all| all.get(*slot as usize));
                let name = variable.map_or("?", |variable| variable.name.as_str());
                format!("{name} in {function}")
            }
            Place::Spot(Spot::Field(id, name)) => format!("#{id}.{}", trace.name(*name)?),
            Place::Spot(Spot::Item(id, at)) => format!("#{id}[{at}]"),
            Place::Spot(Spot::Pair(id, at)) => {
                let object = state.objects.get(id);
                let pairs = object.and_then(|object| object.pairs.as_deref());
                let index = usize::try_from(*at).unwrap_or(usize::MAX);
                match pairs.and_then(|pairs| pairs.get(index)) {
                    Some((key, _)) => {
                        format!("#{id}[{}]", show::value(trace, &state, key, Budget::BRIEF)?)
                    }
                    None => format!("#{id}"),
                }
            }
            Place::Spot(Spot::Object(id)) => format!("#{id}"),
        })
    }
}

/// Where a value was put.
enum Place {
    Spot(Spot),
    /// A variable whose text got longer, perhaps to what is looked for.
    Grown(u32),
    Event(EventKind),
}

/// The places that an operation gives a value.
fn places(op: &Op, wanted: &Value, found: &mut dyn FnMut(Place)) {
    let mut spot = |spot, value: &Value| {
        if value == wanted {
            found(Place::Spot(spot));
        }
    };
    match op {
        Op::Set(slot, value) => spot(Spot::Slot(FrameId(0), *slot), value),
        Op::Append(slot, ..) if matches!(wanted, Value::Str(_) | Value::StrCut(_)) => {
            found(Place::Grown(*slot));
        }
        Op::Put(id, at, _, value) => spot(Spot::Pair(*id, *at), value),
        Op::Field(id, name, value) => spot(Spot::Field(*id, *name), value),
        Op::Splice(id, at, _, values) => {
            for (index, value) in (*at..).zip(values) {
                spot(Spot::Item(*id, index), value);
            }
        }
        Op::Object(id, object) => {
            for (index, value) in (0..).zip(object.items.iter().flatten()) {
                spot(Spot::Item(*id, index), value);
            }
            for (index, (_, value)) in (0..).zip(object.pairs.iter().flatten()) {
                spot(Spot::Pair(*id, index), value);
            }
            for (name, value) in object.fields.iter().flatten() {
                spot(Spot::Field(*id, *name), value);
            }
        }
        Op::Return(value) | Op::Yield(value) | Op::Raise(value) if value == wanted => {
            if let Some(kind) = op.event() {
                found(Place::Event(kind));
            }
        }
        _ => {}
    }
}

/// Calls that began, in order, and what is known of them so far.
#[derive(Default)]
struct Calls {
    queue: VecDeque<CallView>,
    /// Where in the queue an open frame's call is, counted from the first call of all.
    open: HashMap<FrameId, usize>,
    /// Frames whose arguments are still to be bound.
    new: HashSet<FrameId>,
    given: usize,
}

impl Calls {
    fn begin(&mut self, frame: FrameId, pos: Pos, thread: String, depth: u32) {
        self.open.insert(frame, self.given + self.queue.len());
        self.new.insert(frame);
        self.queue.push_back(CallView {
            pos: pos.0,
            thread,
            depth,
            call: String::new(),
            end: None,
        });
    }

    fn get(&mut self, frame: FrameId) -> Option<&mut CallView> {
        let at = self.open.get(&frame)?.checked_sub(self.given)?;
        self.queue.get_mut(at)
    }

    fn arguments(&mut self, frame: FrameId, call: String) {
        self.new.remove(&frame);
        if let Some(known) = self.get(frame) {
            known.call = call;
        }
    }

    fn end(&mut self, frame: FrameId, pos: Pos, returned: bool, value: String) {
        if let Some(known) = self.get(frame) {
            known.end = Some((pos.0, returned, value));
        }
        self.open.remove(&frame);
    }

    /// The next call in order, if it has ended.
    fn finished(&mut self) -> Option<CallView> {
        self.queue.front()?.end.as_ref()?;
        self.given += 1;
        self.queue.pop_front()
    }
}
