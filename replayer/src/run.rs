//! Running from stop to stop: breakpoints, catchpoints and watchpoints, in either direction.

use schema::{EventInfo, Pos, State};

use crate::breakpoint::{self, Breakpoint, Location, Watch};
use crate::debugger::{Debugger, end_of};
use crate::error::{Error, Result};
use crate::follow::{self, Changed, Subject};
use crate::locate;
use crate::sieve::Sieve;
use crate::timeline::{Direction, Filter};
use crate::view::{ChangeView, StopView};

/// Decides, resting at a hit of the breakpoint of this number, whether the stop is wanted.
pub type Decide<'d> = dyn FnMut(&Debugger, u32, &StopView) -> Result<bool> + 'd;

/// Where breakpoints hold: the position, their numbers, and what watchpoints saw.
struct Hit {
    pos: Pos,
    numbers: Vec<u32>,
    changes: Vec<(u32, Changed)>,
}

impl Debugger {
    /// Goes to the next stop of any breakpoint, or to the end of history.
    pub fn run(&mut self, direction: Direction) -> Result<StopView> {
        self.run_with(direction, &mut |_, _, _| Ok(true))
    }

    /// The same with hits that a stop is wanted at decided on one by one.
    pub fn run_with(&mut self, direction: Direction, decide: &mut Decide<'_>) -> Result<StopView> {
        if let Some(stop) = self.run_until(None, direction, decide)? {
            return Ok(stop);
        }
        let is_step = &mut |_: Pos, event: &EventInfo| event.kind.is_step();
        let opposite = match direction {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        };
        let end =
            self.timeline
                .find(None, opposite, &Filter::All, &self.interrupt, is_step, None)?;
        self.rest(end.ok_or(Error::Empty)?, end_of(direction))
    }

    /// Goes to the next stop of any breakpoint that lies before a position, if there is one.
    pub(crate) fn run_until(
        &mut self,
        limit: Option<Pos>,
        direction: Direction,
        decide: &mut Decide<'_>,
    ) -> Result<Option<StopView>> {
        let origin = self.cursor.clone();
        let mut from = origin.pos;
        while let Some(hit) = self.next_stop(from, limit, direction)? {
            let mut wanting = Vec::new();
            for number in &hit.numbers {
                if let Some(hit) = self.breakpoints.iter_mut().find(|b| b.number == *number) {
                    hit.hits += 1;
                    if hit.ignore > 0 {
                        hit.ignore -= 1;
                    } else {
                        wanting.push((*number, hit.reason()));
                    }
                }
            }
            for (number, reason) in wanting {
                let stop = self.rest(hit.pos, reason)?;
                if decide(self, number, &stop)? {
                    self.before = Some(origin);
                    self.breakpoints
                        .retain(|b| b.number != number || !b.is_temporary);
                    let watched = self.watched(&hit.changes)?;
                    return Ok(Some(StopView { watched, ..stop }));
                }
                self.cursor = origin.clone();
            }
            from = hit.pos;
        }
        Ok(None)
    }

    /// What the watchpoints of a hit saw.
    fn watched(&self, changes: &[(u32, Changed)]) -> Result<Vec<ChangeView>> {
        let mut watched = Vec::new();
        for (number, changed) in changes {
            let breakpoint = self.breakpoints.iter().find(|b| b.number == *number);
            if let Some(Location::Watch(Watch(subject))) = breakpoint.map(|b| &b.location) {
                watched.push(self.change_view(subject, *changed)?);
            }
        }
        Ok(watched)
    }

    /// The nearest event before `limit` at which breakpoints or watchpoints hold.
    fn next_stop(
        &self,
        from: Pos,
        limit: Option<Pos>,
        direction: Direction,
    ) -> Result<Option<Hit>> {
        let hit = self.next_hit(from, limit, direction)?;
        let mut best = hit.map(|(pos, numbers)| Hit {
            pos,
            numbers,
            changes: Vec::new(),
        });
        for watch in self.breakpoints.iter().filter(|b| b.is_enabled) {
            let Location::Watch(Watch(subject)) = &watch.location else {
                continue;
            };
            let nearest = best.as_ref().map(|hit| hit.pos).or(limit);
            let changed = self.next_change(watch, subject, from, nearest, direction)?;
            let Some(changed) = changed.filter(|changed| Some(changed.pos) != limit) else {
                continue;
            };
            match &mut best {
                Some(hit) if hit.pos == changed.pos => {
                    hit.numbers.push(watch.number);
                    hit.changes.push((watch.number, changed));
                }
                // Not further than the best so far, as the search ended there.
                best => {
                    *best = Some(Hit {
                        pos: changed.pos,
                        numbers: vec![watch.number],
                        changes: vec![(watch.number, changed)],
                    });
                }
            }
        }
        Ok(best)
    }

    /// The next change of a watched subject at which the condition holds, up to `limit`.
    fn next_change(
        &self,
        watch: &Breakpoint,
        subject: &Subject,
        from: Pos,
        limit: Option<Pos>,
        direction: Direction,
    ) -> Result<Option<Changed>> {
        let trace = self.timeline.trace();
        if direction == Direction::Forward {
            let until = limit.map_or(self.timeline.trace().end().0, |limit| limit.0 + 1);
            let mut found = None;
            let visit = &mut |changed: Changed, state: &State, _: &follow::Seen| {
                if watch.holds(trace, state, None)? {
                    found = Some(changed);
                }
                Ok(found.is_none())
            };
            let until = Pos(until);
            follow::forward(
                &self.timeline,
                subject,
                Some(from),
                until,
                &self.interrupt,
                visit,
            )?;
            return Ok(found);
        }
        let low = limit.and_then(|limit| limit.0.checked_sub(1)).map(Pos);
        let mut from = from;
        while let Some(before) = from.0.checked_sub(1).map(Pos) {
            let found = follow::backward(&self.timeline, subject, before, low, &self.interrupt)?;
            let Some(changed) = found else {
                return Ok(None);
            };
            if watch.holds(trace, &*self.timeline.state_at(changed.pos)?, None)? {
                return Ok(Some(changed));
            }
            from = changed.pos;
        }
        Ok(None)
    }

    /// The next event before `limit` at which breakpoints or catchpoints hold, and which.
    fn next_hit(
        &self,
        from: Pos,
        limit: Option<Pos>,
        direction: Direction,
    ) -> Result<Option<(Pos, Vec<u32>)>> {
        let is_here = |b: &&Breakpoint| b.is_enabled && !matches!(b.location, Location::Watch(_));
        let enabled: Vec<&Breakpoint> = self.breakpoints.iter().filter(is_here).collect();
        if enabled.is_empty() {
            return Ok(None);
        }
        let trace = self.timeline.trace();
        let filter = breakpoint::filter(trace, &enabled)?;
        let is_plain = |b: &&Breakpoint| {
            b.condition.is_none() && !matches!(b.location, Location::Raise(Some(_)))
        };
        let needs_state = !enabled.iter().all(is_plain);
        // The search ends where there is nothing more to find.
        let is_past = |pos: Pos| {
            limit.is_some_and(|limit| match direction {
                Direction::Forward => pos >= limit,
                Direction::Backward => pos <= limit,
            })
        };
        let mut wants = |pos: Pos, event: &EventInfo| {
            is_past(pos) || enabled.iter().any(|b| b.wants(&self.timeline, pos, event))
        };
        let mut check = |state: &State, pos: Pos, event: &EventInfo| {
            if is_past(pos) {
                return Ok(true);
            }
            for b in &enabled {
                if b.wants(&self.timeline, pos, event) && b.holds(trace, state, None)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let sieve = Sieve::new(trace, &enabled, &self.interrupt);
        let found = self.timeline.find(
            Some(from),
            direction,
            &filter,
            &self.interrupt,
            &mut wants,
            if needs_state {
                Some((&mut check, &sieve))
            } else {
                None
            },
        )?;
        let Some(pos) = found.filter(|pos| !is_past(*pos)) else {
            return Ok(None);
        };
        let event = self.timeline.event(pos)?;
        let state = self.timeline.state_at(pos)?;
        let mut numbers = Vec::new();
        for b in &enabled {
            if b.wants(&self.timeline, pos, &event) && b.holds(trace, &state, None)? {
                numbers.push(b.number);
            }
        }
        Ok(Some((pos, numbers)))
    }

    /// Watches the value of an expression, as it is meant here.
    pub fn watch(&mut self, text: &str, condition: Option<&str>) -> Result<&Breakpoint> {
        let subject = self.subject(text)?;
        let shown = subject.text.clone();
        self.add(Location::Watch(Watch(subject)), shown, condition, false)
    }

    /// Sets a breakpoint at `FILE:LINE`, a line of the selected frame's file, or a function.
    pub fn break_at(
        &mut self,
        place: &str,
        condition: Option<&str>,
        is_temporary: bool,
    ) -> Result<&Breakpoint> {
        let file = self.file();
        let trace = self.timeline.trace();
        let (location, text) = locate::locate(trace, place, file.as_deref())?;
        self.add(location, text, condition, is_temporary)
    }

    /// Stops where exceptions of a class are raised; without a name, any.
    pub fn catch(&mut self, name: Option<&str>, condition: Option<&str>) -> Result<&Breakpoint> {
        let text = format!("raise of {}", name.unwrap_or("any exception"));
        let location = Location::Raise(name.map(str::to_owned));
        self.add(location, text, condition, false)
    }

    /// Stops where exceptions are raised that leave their thread's first frame.
    pub fn catch_uncaught(&mut self, condition: Option<&str>) -> Result<&Breakpoint> {
        let positions = self.uncaught()?;
        let text = format!(
            "raise of an exception that nobody caught ({})",
            positions.len()
        );
        self.add(Location::Uncaught(positions), text, condition, false)
    }

    fn add(
        &mut self,
        location: Location,
        text: String,
        condition: Option<&str>,
        is_temporary: bool,
    ) -> Result<&Breakpoint> {
        let number = self.next_number;
        let new = Breakpoint::new(number, location, text, condition, is_temporary)?;
        self.next_number += 1;
        self.breakpoints.push(new);
        self.breakpoints.last().ok_or(Error::Empty)
    }

    /// All breakpoints.
    #[must_use]
    pub fn breakpoints(&self) -> &[Breakpoint] {
        &self.breakpoints
    }

    /// Removes a breakpoint.
    pub fn clear(&mut self, number: u32) -> Result<()> {
        self.breakpoint_mut(number)?;
        self.breakpoints.retain(|b| b.number != number);
        Ok(())
    }

    /// Removes all breakpoints.
    pub fn clear_all(&mut self) {
        self.breakpoints.clear();
    }

    /// A breakpoint, to be changed.
    pub fn breakpoint_mut(&mut self, number: u32) -> Result<&mut Breakpoint> {
        let found = self.breakpoints.iter_mut().find(|b| b.number == number);
        found.ok_or_else(|| {
            Error::NoSuch(format!(
                "there is no breakpoint {number}; `break` lists them"
            ))
        })
    }
}
