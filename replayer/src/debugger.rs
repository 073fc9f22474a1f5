//! The one door for every interface: where are we, go there, what is this.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};

use schema::{Allowance, Ending, EventInfo, Header, Pos, State, ThreadId};

use crate::breakpoint::Breakpoint;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::follow::Subject;
use crate::motion::{self, Motion};
use crate::run::Decide;
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
    /// Whether motions follow the one order of all threads instead of the selected one.
    moves_in_all: bool,
}

impl Debugger {
    /// Opens a trace at its first step that can be read. What is read may cost no more than the
    /// file's size allows.
    pub fn open(path: &Path) -> Result<Debugger> {
        Self::open_with(path, Allowance::OfSize)
    }

    /// Opens a trace that may cost so much.
    pub fn open_with(path: &Path, allowance: Allowance) -> Result<Debugger> {
        let timeline = Timeline::open(path, allowance)?;
        let interrupt = Arc::new(AtomicBool::new(false));
        let first = timeline.first_step()?;
        let cursor = Cursor::at(&timeline, first.ok_or(Error::Empty)?)?;
        Ok(Debugger {
            timeline,
            cursor,
            before: None,
            breakpoints: Vec::new(),
            next_number: 1,
            interrupt,
            asked: None,
            moves_in_all: false,
        })
    }

    /// Begins another command: what the one before did is no longer counted.
    pub fn renew(&self) {
        self.timeline.trace().reader().renew();
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

    /// How recording ended, in words, also where it was cut off.
    #[must_use]
    pub fn how_it_ended(&self) -> &str {
        self.timeline.trace().reader().how_it_ended()
    }

    /// How far a search is, in thousandths of the run.
    #[must_use]
    pub fn searched(&self) -> Arc<AtomicU32> {
        self.timeline.searched()
    }

    /// How many events the trace holds.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.timeline.trace().reader().events()
    }

    /// The first position. It is not 0 when only the last part of the run was kept.
    #[must_use]
    pub fn first_position(&self) -> Pos {
        self.timeline.trace().reader().first()
    }

    /// The last position.
    #[must_use]
    pub fn last_position(&self) -> Pos {
        Pos(self.timeline.trace().end().0.saturating_sub(1))
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
        self.go_with(motion, direction, &mut |_, _, _| Ok(true))
    }

    /// The same with hits of breakpoints on the way decided on one by one.
    pub fn go_with(
        &mut self,
        motion: Motion,
        direction: Direction,
        decide: &mut Decide<'_>,
    ) -> Result<StopView> {
        let found = motion::target(
            &self.timeline,
            &self.cursor,
            motion,
            direction,
            self.moves_in_all,
            &self.interrupt,
        )?;
        match found {
            Some(pos) => {
                // What is passed over on the way may hold a breakpoint: one stops there, as in pdb.
                let stop = match motion {
                    Motion::Into => None,
                    _ => self.run_until(Some(pos), direction, decide)?,
                };
                stop.map_or_else(|| self.rest(pos, Reason::Moved), Ok)
            }
            None => {
                self.before = None;
                self.stop(end_of(direction))
            }
        }
    }

    /// Goes to a position, or to the nearest event of the run.
    pub fn seek(&mut self, pos: Pos) -> Result<StopView> {
        let (first, last) = (self.first_position(), self.last_position());
        if pos > last {
            return Err(Error::NoSuch(format!(
                "there is no @{pos}; the last position is @{last}"
            )));
        }
        if pos < first {
            return Err(Error::NoSuch(format!(
                "@{pos} was not kept; the trace is the last part of a run, from @{first} on"
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

    /// Whether motions follow the one order of all threads, or the selected thread.
    pub fn move_in_all_threads(&mut self, all: bool) {
        self.moves_in_all = all;
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
