//! Places of the program, told for interfaces that have files beside them: which files there are,
//! which lines have code, and where in the run a line is visited.

use std::collections::BTreeSet;

use schema::{EventInfo, EventKind, Pos};

use crate::breakpoint::{self, Location};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::timeline::{Direction, Filter};
use crate::view::{Reason, StepView, StopView};

impl Debugger {
    /// The paths of all recorded files.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&str> {
        let files = self.timeline.trace().reader().files();
        files.map(|(_, path)| path).collect()
    }

    /// The text of a recorded file, if the trace has it.
    pub fn source_text(&self, path: &str) -> Result<Option<String>> {
        let reader = self.timeline.trace().reader();
        let file = reader.files().find(|(_, other)| *other == path);
        match file {
            Some((id, _)) => Ok(reader.source(id)?),
            None => Ok(None),
        }
    }

    /// The lines of a recorded file that have code.
    #[must_use]
    pub fn code_lines(&self, path: &str) -> BTreeSet<u32> {
        let reader = self.timeline.trace().reader();
        let is_here = |file| reader.file(file).is_ok_and(|other| other == path);
        let codes = reader.codes().filter(|code| is_here(code.file));
        codes.flat_map(|code| code.lines.iter().copied()).collect()
    }

    /// The nearest visit of a place (see [`break_at`](Self::break_at)) before or behind the present
    /// position.
    pub fn nearest(&self, place: &str, direction: Direction) -> Result<Option<u64>> {
        let wanted = self.breakpoint_at(place, None)?;
        let trace = self.timeline.trace();
        let found = self.timeline.find(
            Some(self.cursor.pos),
            direction,
            &breakpoint::filter(trace, &[&wanted])?,
            &self.interrupt,
            &mut |pos, event| wanted.wants(&self.timeline, pos, event),
            None,
        )?;
        Ok(found.map(|pos| pos.0))
    }

    /// Goes to the first line of the selected frame's run.
    pub fn seek_frame_start(&mut self) -> Result<StopView> {
        let frame = self.cursor.frame()?.info.frame;
        let thread = self.cursor.thread;
        let find = |from: Pos, direction, filter: &Filter, kind: fn(EventKind) -> bool| {
            let is_it = &mut |_: Pos, event: &EventInfo| event.frame == frame && kind(event.kind);
            self.timeline
                .find(Some(from), direction, filter, &self.interrupt, is_it, None)
        };
        let here = Pos(self.cursor.pos.0 + 1);
        let begin = find(here, Direction::Backward, &Filter::Begin(frame), |kind| {
            kind == EventKind::Start
        })?;
        let missing = || Error::NoSuch("the start of this frame was not recorded".into());
        let begin = begin.ok_or_else(missing)?;
        let first = find(
            begin,
            Direction::Forward,
            &Filter::Thread(thread),
            EventKind::is_step,
        )?;
        self.rest(first.unwrap_or(begin), Reason::Moved)
    }

    /// The step at a position, short.
    pub fn step_at(&self, pos: Pos) -> Result<StepView> {
        self.step_view(pos)
    }
}

/// The line that a breakpoint on lines stops at.
#[must_use]
pub fn line_of(location: &Location) -> Option<u32> {
    match location {
        Location::Lines(lines) => lines.values().min().copied(),
        _ => None,
    }
}
