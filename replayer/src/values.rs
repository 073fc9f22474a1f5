//! Events and values as they were recorded, for interfaces that show them as values of their own.

use std::sync::Arc;

use schema::{EventKind, NameId, Pos, State, Type, TypeId, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::Datum;
use crate::raised::of_kind;
use crate::scope::Scope;
use crate::timeline::Direction;

/// Where an event stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// Its name: `line`, `return`, `raise` …
    pub kind: &'static str,
    /// The number of the thread.
    pub thread: u32,
    /// The whole path.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function's qualified name.
    pub function: String,
    /// The number of the frame.
    pub frame: u64,
    /// Recorded frames of the thread below it.
    pub depth: u32,
}

impl Debugger {
    /// Where the event at a position stands.
    pub fn event(&self, pos: Pos) -> Result<EventView> {
        let trace = self.timeline.trace();
        let event = self.timeline.event(pos)?;
        let code = trace.code(event.code)?;
        Ok(EventView {
            kind: event.kind.name(),
            thread: event.thread.0,
            file: trace.file(code.file)?.to_owned(),
            line: event.line,
            function: code.qualname.clone(),
            frame: event.frame.0,
            depth: event.depth,
        })
    }

    /// The state once the event at a position has happened.
    pub fn state_at(&self, pos: Pos) -> Result<Arc<State>> {
        self.timeline.state_at(pos)
    }

    /// The stack of the event's thread at a position, outermost frame first: file, line, function
    /// and number of each frame.
    pub fn frames_at(&self, pos: Pos) -> Result<Vec<(String, u32, String, u64)>> {
        let trace = self.timeline.trace();
        let thread = self.timeline.event(pos)?.thread;
        let state = self.timeline.state_at(pos)?;
        let frames = state.stacks.of(thread).iter();
        frames
            .map(|frame| {
                let code = trace.code(frame.info.code)?;
                let file = trace.file(code.file)?.to_owned();
                let function = code.qualname.clone();
                Ok((file, frame.info.line, function, frame.info.frame.0))
            })
            .collect()
    }

    /// The bound names of a frame of that stack, in order.
    pub fn locals_at(&self, pos: Pos, level: usize) -> Result<Vec<(String, Value)>> {
        let thread = self.timeline.event(pos)?.thread;
        let state = self.timeline.state_at(pos)?;
        let missing = || Error::NoSuch(format!("there is no frame {level} at @{}", pos.0));
        let frame = state.stacks.of(thread).get(level).ok_or_else(missing)?;
        Scope::new(self.timeline.trace(), &state, frame).locals()
    }

    /// A class by its number.
    pub fn class(&self, id: TypeId) -> Result<&Type> {
        Ok(self.timeline.trace().class(id)?)
    }

    /// The name of an attribute by its number.
    pub fn attribute(&self, id: NameId) -> Result<&str> {
        Ok(self.timeline.trace().name(id)?)
    }

    /// The value of an expression in the selected frame.
    pub fn value_of(&self, text: &str) -> Result<Datum> {
        self.datum(text)
    }

    /// The moments that the program named, in order.
    pub fn marks(&self) -> Result<Vec<(String, Pos)>> {
        let mut found = Vec::new();
        let mut from = None;
        while let Some(pos) = self.timeline.find(
            from,
            Direction::Forward,
            &of_kind(EventKind::Mark),
            &self.interrupt,
            &mut |_, event| event.kind == EventKind::Mark,
            None,
        )? {
            let state = self.timeline.state_at(pos)?;
            if let Some((_, Some(Value::Str(name)))) = &state.event {
                found.push((String::from_utf8_lossy(name).into_owned(), pos));
            }
            from = Some(pos);
        }
        Ok(found)
    }
}
