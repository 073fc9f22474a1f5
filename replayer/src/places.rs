//! Places of the program, told for interfaces that have files beside them: which files there are,
//! which lines have code, and where in the run a line is visited.

use std::collections::BTreeSet;

use schema::{Code, EventInfo, EventKind, FileId, Pos};

use crate::breakpoint::{self, Location};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::locate;
use crate::timeline::{Direction, Filter};
use crate::view::{Reason, SourceLine, StepView, StopView};

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

    /// The lines of the selected frame's function: first and last.
    pub fn function_lines(&self) -> Result<(u32, u32)> {
        let code = self.timeline.trace().code(self.cursor.frame()?.info.code)?;
        Ok(extent(code))
    }

    /// The source that a place means (see [`break_at`](Self::break_at)): the file, and the line or
    /// the lines of the function.
    pub fn source_at(&self, place: &str) -> Result<(FileId, u32, u32)> {
        let trace = self.timeline.trace();
        let missing = || Error::NoSuch(format!("{place} is no place in the source"));
        match self.breakpoint_at(place, None)?.location {
            Location::Lines(lines) => {
                let (code, line) = lines.iter().next().ok_or_else(missing)?;
                Ok((trace.code(*code)?.file, *line, *line))
            }
            Location::Function(codes) => {
                let first = codes.keys().min().ok_or_else(missing)?;
                let code = trace.code(*first)?;
                let (first, last) = extent(code);
                Ok((code.file, first, last))
            }
            _ => Err(missing()),
        }
    }

    /// Lines of a file, as recorded, from `first` to `last` where they exist.
    pub fn listing_of(&self, file: FileId, first: u32, last: u32) -> Result<Vec<SourceLine>> {
        self.lines_of_file(file, first, last)
    }

    /// How many lines the selected frame's file has, as recorded.
    pub fn file_length(&self) -> Result<u32> {
        let trace = self.timeline.trace();
        let code = trace.code(self.cursor.frame()?.info.code)?;
        let lines = trace.text_of(code)?.map_or(0, |lines| lines.len());
        Ok(u32::try_from(lines).unwrap_or(u32::MAX))
    }

    /// The qualified names of the functions that ran, with their places.
    pub fn functions(&self) -> Result<Vec<(String, String)>> {
        let trace = self.timeline.trace();
        let mut all = Vec::new();
        for code in trace.reader().codes() {
            let file = locate::short(trace.file(code.file)?);
            all.push((code.qualname.clone(), format!("{file}:{}", code.first_line)));
        }
        Ok(all)
    }

    /// The step at a position, short.
    pub fn step_at(&self, pos: Pos) -> Result<StepView> {
        self.step_view(pos)
    }
}

/// The first and the last line of a function.
fn extent(code: &Code) -> (u32, u32) {
    let last = code.lines.last().copied().unwrap_or(code.first_line);
    (code.first_line, last)
}

/// The line that a breakpoint on lines stops at.
#[must_use]
pub fn line_of(location: &Location) -> Option<u32> {
    match location {
        Location::Lines(lines) => lines.values().min().copied(),
        _ => None,
    }
}
