//! Lists over the whole run: every hit of a place, every place of a value.

use std::sync::atomic::Ordering;

use schema::{Chunk, ChunkInfo, EventKind, FrameId, Op, Pos, Spot, State, Value};

use crate::ahead::Ahead;
use crate::breakpoint::{self, Breakpoint};
use crate::condition::{Doubts, Truth};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::locate;
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::sieve::Sieve;
use crate::timeline::{Direction, Filter};
use crate::view::{FoundView, StepView};

/// Takes one line of a list; `false` ends it.
pub type Take<'t, T> = dyn FnMut(T) -> bool + 't;

impl Debugger {
    /// The chunks of the run that a filter lets through, in order, as long as nobody interrupts.
    pub(crate) fn each_chunk(
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
    /// Says at how many passes the condition could not be evaluated.
    pub fn trace_at(
        &self,
        place: &str,
        text: &str,
        condition: Option<&str>,
        take: &mut Take<'_, (StepView, std::result::Result<String, String>)>,
    ) -> Result<Doubts> {
        let expr = Expr::parse(text)?;
        let breakpoint = self.breakpoint_at(place, condition)?;
        let trace = self.timeline.trace();
        let filter = breakpoint::filter(trace, &[&breakpoint])?;
        let places = [&breakpoint];
        let sieve = Sieve::new(trace, &places, &self.interrupt);
        let sieve = condition.map(|_| &sieve);
        let mut doubts = Doubts::default();
        let mut last = None;
        let mut is_over = true;
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
                last = Some(pos);
                match breakpoint.holds(trace, state, None)? {
                    Truth::True => {}
                    Truth::False => continue,
                    Truth::Unknown(why) => {
                        doubts.note(why);
                        continue;
                    }
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
                    is_over = false;
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if doubts.failed > 0 {
            let last = last.filter(|_| !is_over);
            doubts.passes = self.passes(&breakpoint, &filter, last)?;
        }
        Ok(doubts)
    }

    /// How often a place is passed, up to a position or in all. What a search held back for certain
    /// is counted here.
    fn passes(&self, place: &Breakpoint, filter: &Filter, last: Option<Pos>) -> Result<u64> {
        let mut passes = 0;
        self.each_chunk(filter, None, &mut |info, chunk| {
            for (pos, event) in (info.first.0..).map(Pos).zip(&chunk.events) {
                if last.is_some_and(|last| pos > last) {
                    return Ok(false);
                }
                passes += u64::from(place.wants(&self.timeline, pos, event));
            }
            Ok(true)
        })?;
        Ok(passes)
    }

    pub(crate) fn breakpoint_at(&self, place: &str, condition: Option<&str>) -> Result<Breakpoint> {
        let file = self.file();
        let (location, text) = locate::locate(self.timeline.trace(), place, file.as_deref())?;
        Breakpoint::new(0, location, text, condition, false)
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
