//! Exceptions: where they were raised, which one came of which, and which nobody caught.

use std::collections::HashSet;

use schema::{EventKind, Left, Link, ObjectId, Pos, Thrown, Uncaught, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::show::{self, Budget};
use crate::timeline::{Direction, Filter};
use crate::view::{CrashView, ExceptionView, Reason, StopView};

/// Longer chains of causes are cut.
const LONGEST: usize = 100;

impl Debugger {
    /// Goes to where the exception was raised that ended the program; else a thread, else a task.
    pub fn seek_crash(&mut self) -> Result<StopView> {
        match self.crash()? {
            Some(pos) => self.rest(pos, Reason::Moved),
            None => Err(Error::NoSuch(
                "no uncaught exception ended this program, or a thread or task of it".into(),
            )),
        }
    }

    /// What exceptions nobody caught, and where they were raised: what ended the program first.
    pub fn crashes(&self) -> Result<Vec<CrashView>> {
        let mut crashes = Vec::new();
        for uncaught in self.uncaught_in_order() {
            let name = self.thread_name(uncaught.thread);
            let Some(first) = uncaught.exceptions.first() else {
                continue;
            };
            let (thrown, raised) = match uncaught.origin() {
                Some((thrown, _)) => (thrown, self.way(thrown).first().copied()),
                None => (first, None),
            };
            let class = match std::ptr::eq(thrown, first) {
                true => first.class.clone(),
                false => format!("{} of {}", first.class, thrown.class),
            };
            crashes.push(CrashView {
                what: match uncaught.left {
                    Left::Program | Left::Exit => "the program ended".into(),
                    Left::Block => "what was recorded ended".into(),
                    Left::Thread => format!("thread {name} died"),
                    Left::Task => "a task or callback died".into(),
                },
                class,
                raised: raised.map(|pos| self.step_view(pos)).transpose()?,
                traceback: self
                    .way(thrown)
                    .into_iter()
                    .rev()
                    .map(|pos| pos.0)
                    .collect(),
            });
        }
        Ok(crashes)
    }

    /// The exceptions that nobody caught, as the trace tells them: those that ended the program, the
    /// last first, then those that ended threads, then tasks.
    fn uncaught_in_order(&self) -> Vec<&Uncaught> {
        let told = self.timeline.trace().uncaught().unwrap_or_default();
        let mut all: Vec<&Uncaught> = told.iter().collect();
        let rank = |uncaught: &Uncaught| match uncaught.left {
            Left::Program | Left::Exit | Left::Block => 0,
            Left::Thread => 1,
            Left::Task => 2,
        };
        let ends = told.iter().filter(|uncaught| rank(uncaught) == 0).count();
        all.sort_by_key(|uncaught| rank(uncaught));
        all[..ends].reverse();
        all
    }

    /// Where an exception was raised, or, where the trace holds only a part of the run, where it
    /// appeared first in that.
    fn origin_of(&self, uncaught: &Uncaught) -> Option<Pos> {
        self.way(uncaught.origin()?.0).first().copied()
    }

    /// A position, if the trace holds it and an exception is raised there.
    fn kept(&self, pos: Pos) -> Option<Pos> {
        let event = self.timeline.event(pos).ok()?;
        (event.kind == EventKind::Raise).then_some(pos)
    }

    /// Where the exception was raised that ended the program, if one did; else a thread or a task.
    fn crash(&self) -> Result<Option<Pos>> {
        if self.timeline.trace().uncaught().is_some() {
            let mut origins = self.uncaught_in_order().into_iter();
            return Ok(origins.find_map(|one| self.origin_of(one)));
        }
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

    /// Where the exception of an event was raised, in a trace that does not tell its traceback: the
    /// first raise of it that is known.
    fn origin(&self, at: Pos) -> Result<Option<Pos>> {
        let state = self.timeline.state_at(at)?;
        match state.event.as_ref() {
            Some((_, Some(Value::Object(id)))) => self.first_raise(*id, at),
            _ => Ok(None),
        }
    }

    /// Where exceptions were raised that nobody caught.
    pub(crate) fn uncaught(&self) -> Result<HashSet<Pos>> {
        let mut found = HashSet::new();
        if self.timeline.trace().uncaught().is_some() {
            let all = self.uncaught_in_order().into_iter();
            found.extend(all.filter_map(|one| self.origin_of(one)));
            return Ok(found);
        }
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
            chain.push(self.exception_view(word, value, id)?);
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
        self.add_groups(&mut chain)?;
        Ok(chain)
    }

    /// An exception with the places of its raise and of its way, if it is one that nobody caught.
    fn exception_view(
        &self,
        word: &'static str,
        value: String,
        id: ObjectId,
    ) -> Result<ExceptionView> {
        let told = self.timeline.trace().uncaught().unwrap_or_default();
        let told = told.iter().flat_map(|one| &one.exceptions);
        let mut told = told.filter(|one| one.object == id && !one.traceback.is_empty());
        let (way, origin) = match told.next() {
            Some(thrown) => (self.way(thrown), thrown.traceback.last().map(|at| at.pos)),
            None => {
                let first = self.first_raise(id, self.cursor.pos)?;
                (Vec::from_iter(first), first)
            }
        };
        let is_lost = way.first() != origin.as_ref();
        let mut way = way.into_iter().map(|pos| self.step_view(pos));
        let raised = if is_lost {
            None
        } else {
            way.next().transpose()?
        };
        Ok(ExceptionView {
            word,
            value,
            raised,
            is_lost,
            passed: way.collect::<Result<_>>()?,
        })
    }

    /// Where an exception appeared in frames, the innermost first.
    fn way(&self, thrown: &Thrown) -> Vec<Pos> {
        let inwards = thrown.traceback.iter().rev();
        inwards.filter_map(|at| self.kept(at.pos)).collect()
    }

    /// The groups that hold the exception that was raised here, if nobody caught them.
    fn add_groups(&self, chain: &mut Vec<ExceptionView>) -> Result<()> {
        let here = self.cursor.pos;
        let told = self.timeline.trace().uncaught().unwrap_or_default();
        let begins_here = |one: &&Uncaught| one.origin().is_some_and(|(_, at)| at.pos == here);
        let Some(uncaught) = told.iter().find(begins_here) else {
            return Ok(());
        };
        let mut part = uncaught.origin().map(|(thrown, _)| thrown);
        while let Some(thrown) = part.filter(|thrown| thrown.link == Link::Part)
            && let Some(group) = uncaught.exceptions.get(thrown.to as usize)
            && chain.len() < LONGEST
        {
            let mut way = self.way(group).into_iter().map(|pos| self.step_view(pos));
            chain.push(ExceptionView {
                word: "part of",
                value: group.class.clone(),
                raised: way.next().transpose()?,
                is_lost: false,
                passed: way.collect::<Result<_>>()?,
            });
            part = Some(group);
        }
        Ok(())
    }

    /// The first raise of an exception at or before a position.
    fn first_raise(&self, exception: ObjectId, here: Pos) -> Result<Option<Pos>> {
        let trace = self.timeline.trace();
        let wanted = Value::Object(exception);
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
