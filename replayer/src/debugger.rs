//! The one door for every interface: where are we, go there, what is this.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};

use schema::{Ending, EventInfo, EventKind, Header, Pos, State, ThreadId, Value};

use crate::breakpoint::Breakpoint;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::follow::Subject;
use crate::motion::{self, Motion};
use crate::timeline::{Direction, Filter, Timeline};
use crate::view::{Reason, StopView};

/// An open trace with a place in it.
pub struct Debugger {
    pub(crate) timeline: Timeline,
    pub(crate) cursor: Cursor,
    /// Where the last motion began, to tell what changed.
    pub(crate) before: Option<Cursor>,
    pub(crate) breakpoints: Vec<Breakpoint>,
    pub(crate) next_number: u32,
    pub(crate) interrupt: Arc<AtomicBool>,
    /// The last question about the past, and where its answer lies: asked again there, it goes on
    /// from there.
    pub(crate) asked: Option<(String, Subject, Pos)>,
}

impl Debugger {
    /// Opens a trace at its first step.
    pub fn open(path: &Path) -> Result<Debugger> {
        let timeline = Timeline::open(path)?;
        let interrupt = Arc::new(AtomicBool::new(false));
        let is_step = &mut |_: Pos, event: &EventInfo| event.kind.is_step();
        let first = timeline.find(
            None,
            Direction::Forward,
            &Filter::All,
            &interrupt,
            is_step,
            None,
        )?;
        let cursor = Cursor::at(&timeline, first.ok_or(Error::Empty)?)?;
        Ok(Debugger {
            timeline,
            cursor,
            before: None,
            breakpoints: Vec::new(),
            next_number: 1,
            interrupt,
            asked: None,
        })
    }

    /// Set this to end a search; it then returns to where it began.
    #[must_use]
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        self.interrupt.clone()
    }

    /// What was recorded.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.timeline.trace().reader().header()
    }

    /// How recording ended, unless it was cut off.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.timeline.trace().reader().ending()
    }

    /// How far a search is, in thousandths of the run.
    #[must_use]
    pub fn searched(&self) -> Arc<AtomicU32> {
        self.timeline.searched()
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.timeline.trace().events()
    }

    /// The present position.
    #[must_use]
    pub fn position(&self) -> Pos {
        self.cursor.pos
    }

    /// The state at the present position.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.cursor.state
    }

    pub(crate) fn rest(&mut self, pos: Pos, reason: Reason) -> Result<StopView> {
        let cursor = Cursor::at(&self.timeline, pos)?;
        self.before = Some(std::mem::replace(&mut self.cursor, cursor));
        self.stop(reason)
    }

    /// Goes one motion. At the end of history it stays and says so.
    pub fn go(&mut self, motion: Motion, direction: Direction) -> Result<StopView> {
        let found = motion::target(
            &self.timeline,
            &self.cursor,
            motion,
            direction,
            &self.interrupt,
        )?;
        match found {
            Some(pos) => self.rest(pos, Reason::Moved),
            None => {
                self.before = None;
                self.stop(end_of(direction))
            }
        }
    }

    /// Goes to a position, or to the nearest event of the run.
    pub fn seek(&mut self, pos: Pos) -> Result<StopView> {
        let last = self.events().saturating_sub(1);
        if pos.0 > last {
            return Err(Error::NoSuch(format!(
                "there is no @{pos}; the last position is @{last}"
            )));
        }
        self.rest(pos, Reason::Moved)
    }

    /// Goes to the first step, or the last.
    pub fn seek_end(&mut self, direction: Direction) -> Result<StopView> {
        let is_step = &mut |_: Pos, event: &EventInfo| event.kind.is_step();
        let from = match direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        let end = self
            .timeline
            .find(None, from, &Filter::All, &self.interrupt, is_step, None)?;
        self.rest(end.ok_or(Error::Empty)?, end_of(direction))
    }

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
        let is_uncaught = self
            .ending()
            .is_some_and(|ending| ending.how.starts_with("uncaught"));
        if !is_uncaught {
            return Ok(None);
        }
        let main = self
            .timeline
            .trace()
            .threads()
            .first()
            .map(|thread| thread.id);
        let find = |from, wants: &mut dyn FnMut(Pos, &EventInfo) -> bool| {
            let direction = Direction::Backward;
            self.timeline
                .find(from, direction, &Filter::All, &self.interrupt, wants, None)
        };
        let left = find(None, &mut |_, event| {
            event.kind == EventKind::Unwind && event.depth == 0 && Some(event.thread) == main
        })?;
        let Some(mut at) = left else {
            return Ok(None);
        };
        let exception = self.exception_at(at)?;
        let mut origin = None;
        loop {
            let raise = find(Some(at), &mut |_, event| {
                event.kind == EventKind::Raise && Some(event.thread) == main
            })?;
            match raise {
                Some(pos) if self.exception_at(pos)? == exception => {
                    origin = Some(pos);
                    at = pos;
                }
                _ => return Ok(origin),
            }
        }
    }

    fn exception_at(&self, pos: Pos) -> Result<Option<Value>> {
        let state = self.timeline.state_at(pos)?;
        Ok(state.event.as_ref().and_then(|(_, value)| value.clone()))
    }

    /// Selects a frame of the stack so many levels up (towards the caller) or down.
    pub fn select_frame(&mut self, up: i64) -> Result<()> {
        let depth = self.cursor.stack().len() as i64;
        let level = self.cursor.level as i64 - up;
        if level < 0 {
            return Err(Error::NoSuch("this is the oldest frame".into()));
        }
        if level >= depth {
            return Err(Error::NoSuch("this is the newest frame".into()));
        }
        self.cursor.level = level as usize;
        Ok(())
    }

    /// Looks at another thread at the same position.
    pub fn select_thread(&mut self, number: u32) -> Result<()> {
        let known = self
            .timeline
            .trace()
            .threads()
            .iter()
            .any(|thread| thread.id.0 == number);
        if !known {
            return Err(Error::NoSuch(format!(
                "there is no thread {number}; see `threads`"
            )));
        }
        self.cursor.select_thread(ThreadId(number));
        Ok(())
    }
}

pub(crate) fn end_of(direction: Direction) -> Reason {
    match direction {
        Direction::Forward => Reason::End,
        Direction::Backward => Reason::Start,
    }
}
