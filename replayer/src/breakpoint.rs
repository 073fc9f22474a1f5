//! Breakpoints and catchpoints: which events they are about, told without looking at values, and
//! what must hold there.

use std::cell::Cell;
use std::collections::HashSet;

use schema::{ChunkId, CodeId, EventInfo, EventKind, Facts, IdMap, Pos, State, Value};

use crate::condition::{Condition, Truth};
use crate::error::Result;
use crate::follow::Subject;
use crate::loop_ends;
use crate::timeline::{Filter, Timeline};
use crate::trace::Trace;
use crate::view::Reason;

/// Where a breakpoint stops.
#[derive(Clone)]
pub enum Location {
    /// At lines: of each code object that has code there, which one.
    Lines(IdMap<CodeId, u32>),
    /// At the first line of functions.
    Function(IdMap<CodeId, ()>),
    /// Where exceptions are raised.
    Raise(Wanted),
    /// At these positions: raises of exceptions that nobody caught.
    Uncaught(HashSet<Pos>),
    /// Where the value of an expression is another than before.
    Watch(Watch),
}

/// Which exceptions a catchpoint is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All but those that only end a loop or close a generator.
    Most,
    /// All.
    All,
    /// Those of a class or a subclass. What only ends a loop counts if its own class is named.
    Class(String),
}

/// What a watchpoint watches.
#[derive(Clone)]
pub struct Watch(pub(crate) Subject);

/// A place to stop, in either direction.
#[derive(Clone)]
pub struct Breakpoint {
    /// Its number, from 1.
    pub number: u32,
    /// Where.
    pub location: Location,
    /// The location as a person would say it.
    pub text: String,
    /// Only if this is true there.
    pub condition: Option<Condition>,
    /// What is wrong with the condition, if no code there can know a name of it.
    pub warning: Option<String>,
    /// It goes with its first hit.
    pub is_temporary: bool,
    /// It is taken into account.
    pub is_enabled: bool,
    /// So many hits are still to be passed over.
    pub ignore: u64,
    /// How often it was hit.
    pub hits: u64,
    /// What to do at a stop here, for the interface.
    pub commands: Vec<String>,
}

impl Breakpoint {
    pub(crate) fn new(
        number: u32,
        location: Location,
        text: String,
        condition: Option<&str>,
        is_temporary: bool,
    ) -> Result<Breakpoint> {
        let mut new = Breakpoint {
            number,
            location,
            text,
            condition: None,
            warning: None,
            is_temporary,
            is_enabled: true,
            ignore: 0,
            hits: 0,
            commands: Vec::new(),
        };
        new.set_condition(condition)?;
        Ok(new)
    }

    /// Replaces the condition; without one, it always stops.
    pub(crate) fn set_condition(&mut self, condition: Option<&str>) -> Result<()> {
        self.condition = condition.map(Condition::parse).transpose()?;
        self.warning = None;
        Ok(())
    }

    /// Why there is a stop when it is hit.
    pub(crate) fn reason(&self) -> Reason {
        match self.location {
            Location::Raise(_) | Location::Uncaught(_) => Reason::Catchpoint(self.number),
            Location::Watch(_) => Reason::Watchpoint(self.number),
            _ => Reason::Breakpoint(self.number),
        }
    }

    /// Whether it may stop at an event of this kind that finds a frame there.
    pub(crate) fn may_want(&self, pos: Pos, kind: EventKind, code: CodeId, line: u32) -> bool {
        match &self.location {
            Location::Lines(lines) => kind == EventKind::Line && lines.get(&code) == Some(&line),
            Location::Function(codes) => kind == EventKind::Line && codes.contains_key(&code),
            Location::Raise(_) => kind == EventKind::Raise,
            Location::Uncaught(positions) => positions.contains(&pos),
            Location::Watch(_) => false,
        }
    }

    /// Whether it stops at an event if the condition holds there.
    pub(crate) fn wants(&self, timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
        self.may_want(pos, event.kind, event.code, event.line)
            && match &self.location {
                Location::Function(_) => is_first_line(timeline, pos, event),
                Location::Raise(_) => is_origin(timeline, pos, event),
                _ => true,
            }
    }

    /// Whether it stops there, given the state, as far as that tells. If objects were left out of
    /// that, `missing` is set where one was asked for, and what is said then is worth nothing.
    pub(crate) fn holds(
        &self,
        facts: &Facts,
        state: &State,
        missing: Option<&Cell<bool>>,
    ) -> Result<Truth> {
        if let Location::Raise(Wanted::Class(name)) = &self.location {
            match is_exception(facts, state, name)? {
                Truth::True => {}
                other => return Ok(other),
            }
        }
        match &self.condition {
            None => Ok(Truth::True),
            Some(condition) => condition.at(facts, state, missing),
        }
    }

    /// Whether it stops at an event that it [`wants`](Self::wants), given the state there.
    pub(crate) fn stops(
        &self,
        timeline: &Timeline,
        state: &State,
        pos: Pos,
        event: &EventInfo,
    ) -> Result<Truth> {
        let holds = self.holds(timeline.trace(), state, None)?;
        if let Location::Raise(wanted) = &self.location
            && holds != Truth::False
            && *wanted != Wanted::All
            && loop_ends::is_one(timeline, state, pos, event, wanted)?
        {
            return Ok(Truth::False);
        }
        Ok(holds)
    }
}

/// Whether a line is the first of its frame: its thread's event before is the frame's start.
fn is_first_line(timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
    matches!(timeline.before(pos, event.thread), Ok(Some(before))
        if before.kind == EventKind::Start && before.frame == event.frame)
}

/// Whether an exception was raised here and not in a frame that was left for this one.
fn is_origin(timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
    !matches!(timeline.before(pos, event.thread), Ok(Some(before))
        if before.kind == EventKind::Unwind)
}

/// Whether the exception of the last event is of a class, by its short or full name.
fn is_exception(facts: &Facts, state: &State, name: &str) -> Result<Truth> {
    let object = match &state.event {
        Some((_, Some(Value::Object(id)))) => state.objects.get(id),
        _ => None,
    };
    let Some(object) = object else {
        return Ok(Truth::Unknown(
            "the class of the exception is not recorded".into(),
        ));
    };
    let mut line = facts.class(object.class)?.mro.iter();
    let is_it = line.any(|base| base == name || base.rsplit('.').next() == Some(name));
    Ok(if is_it { Truth::True } else { Truth::False })
}

/// Which chunks can hold a hit of any of the breakpoints.
pub(crate) fn filter(trace: &Trace, breakpoints: &[&Breakpoint]) -> Result<Filter> {
    let mut kinds = 0;
    let mut chunks: HashSet<ChunkId> = HashSet::new();
    for breakpoint in breakpoints {
        match &breakpoint.location {
            Location::Lines(lines) => {
                for (code, line) in lines {
                    chunks.extend(trace.reader().chunks_with_line(*code, *line)?);
                }
            }
            Location::Function(codes) => {
                for id in codes.keys() {
                    for line in &trace.code(*id)?.lines {
                        chunks.extend(trace.reader().chunks_with_line(*id, *line)?);
                    }
                }
            }
            Location::Raise(_) => kinds |= 1 << EventKind::Raise as u8,
            Location::Uncaught(positions) => {
                chunks.extend(
                    positions
                        .iter()
                        .filter_map(|pos| trace.reader().chunk_of(*pos)),
                );
            }
            Location::Watch(_) => {}
        }
    }
    Ok(Filter::Only { kinds, chunks })
}
