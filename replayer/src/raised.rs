//! Exceptions: where they were raised, which one came of which, and which nobody caught.

use std::collections::HashSet;

use schema::{EventKind, ObjectId, Pos, ThreadId, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::show::{self, Budget};
use crate::timeline::{Direction, Filter};
use crate::view::{ExceptionView, Reason, StopView};

/// Longer chains of causes are cut.
const LONGEST: usize = 100;

impl Debugger {
    /// Goes to where the exception was raised that ended the program.
    pub fn seek_crash(&mut self) -> Result<StopView> {
        match self.crash()? {
            Some(pos) => self.rest(pos, Reason::Moved),
            None => Err(Error::NoSuch(
                "no uncaught exception ended this program".into(),
            )),
        }
    }

    /// Where the exception was raised that ended the program, if one did.
    fn crash(&self) -> Result<Option<Pos>> {
        let how = self.ending().map(|ending| ending.how.as_str());
        if !how.is_some_and(|how| how.starts_with("uncaught")) {
            return Ok(None);
        }
        let threads = self.timeline.trace().threads();
        let Some(main) = threads.first().map(|thread| thread.id) else {
            return Ok(None);
        };
        let is_last =
            |kind, depth, thread| kind == EventKind::Unwind && depth == 0 && thread == main;
        let left = self.timeline.find(
            None,
            Direction::Backward,
            &of_kind(EventKind::Unwind),
            &self.interrupt,
            &mut |_, event| is_last(event.kind, event.depth, event.thread),
            None,
        )?;
        match left {
            Some(pos) => self.origin(pos),
            None => Ok(None),
        }
    }

    /// Where the exception of an event was raised: the first of the raises of it, one after
    /// another in its thread, that led there.
    fn origin(&self, at: Pos) -> Result<Option<Pos>> {
        let exception = self.exception_at(at)?;
        let thread = self.timeline.event(at)?.thread;
        let mut origin = None;
        let mut from = at;
        while let Some(pos) = self.raise_before(from, thread)? {
            if self.exception_at(pos)? != exception {
                break;
            }
            origin = Some(pos);
            from = pos;
        }
        Ok(origin)
    }

    fn raise_before(&self, from: Pos, thread: ThreadId) -> Result<Option<Pos>> {
        self.timeline.find(
            Some(from),
            Direction::Backward,
            &of_kind(EventKind::Raise),
            &self.interrupt,
            &mut |_, event| event.kind == EventKind::Raise && event.thread == thread,
            None,
        )
    }

    fn exception_at(&self, pos: Pos) -> Result<Option<Value>> {
        let state = self.timeline.state_at(pos)?;
        Ok(state.event.as_ref().and_then(|(_, value)| value.clone()))
    }

    /// Where exceptions were raised that left the first frame of their thread.
    pub(crate) fn uncaught(&self) -> Result<HashSet<Pos>> {
        let mut found = HashSet::new();
        let mut from = None;
        loop {
            let left = self.timeline.find(
                from,
                Direction::Forward,
                &of_kind(EventKind::Unwind),
                &self.interrupt,
                &mut |_, event| event.kind == EventKind::Unwind && event.depth == 0,
                None,
            )?;
            let Some(pos) = left else {
                return Ok(found);
            };
            found.extend(self.origin(pos)?);
            from = Some(pos);
        }
    }

    /// The exception here and those it came from, each with the place of its raise.
    pub fn exceptions(&self) -> Result<Vec<ExceptionView>> {
        let trace = self.timeline.trace();
        let state = &self.cursor.state;
        let mut chain: Vec<ExceptionView> = Vec::new();
        let mut word = "exception";
        let mut next = match &state.event {
            Some((EventKind::Raise | EventKind::Handle | EventKind::Unwind, value)) => {
                value.clone()
            }
            _ => None,
        };
        let mut seen = HashSet::new();
        while let Some(Value::Object(id)) = next.take() {
            if chain.len() >= LONGEST || !seen.insert(id) {
                break;
            }
            let value = show::value(trace, state, &Value::Object(id), Budget::USUAL)?;
            let raised = self.first_raise(id)?;
            chain.push(ExceptionView {
                word,
                value,
                raised: raised.map(|pos| self.step_view(pos)).transpose()?,
            });
            let Some(object) = state.objects.get(&id) else {
                break;
            };
            for (name, joined) in [
                ("__cause__", "caused by"),
                ("__context__", "while handling"),
            ] {
                let value = self.scope()?.field(id, object, name)?;
                if let Some(Value::Object(_)) = value {
                    word = joined;
                    next = value;
                    break;
                }
            }
        }
        Ok(chain)
    }

    /// The first raise of an exception at or before the present position.
    fn first_raise(&self, exception: ObjectId) -> Result<Option<Pos>> {
        let trace = self.timeline.trace();
        let wanted = Value::Object(exception);
        let here = self.cursor.pos;
        let mut first = None;
        // An object's number is higher than those before its chunk, so the search ends there.
        for info in self.timeline.between(0, here.0 + 1).rev() {
            if of_kind(EventKind::Raise).lets(trace, info)? {
                let mut found = None;
                trace.chunk(info.id)?.each_op(|pos, op| {
                    if let schema::Op::Raise(value) = op
                        && *value == wanted
                        && pos <= here
                        && found.is_none()
                    {
                        found = Some(pos);
                    }
                })?;
                first = found.or(first);
            }
            let touches = trace.touches(info.id)?;
            if touches.is_some_and(|touches| exception.0 > touches.objects_before) {
                break;
            }
        }
        Ok(first)
    }
}

/// The chunks with events of a kind.
pub(crate) fn of_kind(kind: EventKind) -> Filter {
    Filter::Only {
        kinds: 1 << kind as u8,
        chunks: HashSet::new(),
    }
}
