//! Running from stop to stop: breakpoints, catchpoints and watchpoints, in either direction.

use schema::{EventInfo, Pos, State};

use crate::breakpoint::{self, Breakpoint, Location, Wanted, Watch};
use crate::condition::Truth;
use crate::debugger::{Debugger, end_of};
use crate::error::{Error, Result};
use crate::follow::{self, Changed, Subject};
use crate::locate;
use crate::sieve::Sieve;
use crate::timeline::{Direction, Filter};
use crate::view::{ChangeView, StopView};

/// Decides, resting at a hit of the breakpoint of this number, whether the stop is wanted.
pub type Decide<'d> = dyn FnMut(&Debugger, u32, &StopView) -> Result<bool> + 'd;

/// Why it cannot be told whether a breakpoint's condition holds, if it cannot.
type Doubt = Option<String>;

/// Where breakpoints hold: the position, their numbers, and what watchpoints saw.
struct Hit {
    pos: Pos,
    numbers: Vec<(u32, Doubt)>,
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
            for (number, doubt) in hit.numbers {
                if let Some(hit) = self.breakpoints.iter_mut().find(|b| b.number == number) {
                    hit.hits += 1;
                    // As in pdb, what cannot be told stops whatever is to be passed over.
                    if hit.ignore > 0 && doubt.is_none() {
                        hit.ignore -= 1;
                    } else {
                        wanting.push((number, hit.reason(), doubt));
                    }
                }
            }
            for (number, reason, doubt) in wanting {
                let is_certain = doubt.is_none();
                let stop = self.rest(hit.pos, reason)?;
                let doubt = doubt.map(|why| self.explained(number, why));
                let stop = StopView { doubt, ..stop };
                if decide(self, number, &stop)? {
                    self.before = Some(origin);
                    // A temporary one that may not have been meant stays.
                    self.breakpoints
                        .retain(|b| b.number != number || !b.is_temporary || !is_certain);
                    let watched = self.watched(&hit.changes)?;
                    return Ok(Some(StopView { watched, ..stop }));
                }
                self.cursor = origin.clone();
            }
            from = hit.pos;
        }
        Ok(None)
    }

    /// Why the condition of a breakpoint cannot be evaluated here, and what to do next.
    fn explained(&self, number: u32, why: String) -> String {
        let set = self.breakpoints.iter().find(|b| b.number == number);
        match set.and_then(|b| b.condition.as_ref()) {
            Some(condition) => {
                let error = Error::Expression(why);
                self.advised(condition.text(), error).to_string()
            }
            None => why,
        }
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
        let mut best = self.next_hit(from, limit, direction)?;
        for watch in self.breakpoints.iter().filter(|b| b.is_enabled) {
            let Location::Watch(Watch(subject)) = &watch.location else {
                continue;
            };
            let nearest = best.as_ref().map(|hit| hit.pos).or(limit);
            let found = self.next_change(watch, subject, from, nearest, direction)?;
            let found = found.filter(|(changed, _)| Some(changed.pos) != limit);
            let Some((changed, doubt)) = found else {
                continue;
            };
            match &mut best {
                Some(hit) if hit.pos == changed.pos => {
                    hit.numbers.push((watch.number, doubt));
                    hit.changes.push((watch.number, changed));
                }
                // Not further than the best so far, as the search ended there.
                best => {
                    *best = Some(Hit {
                        pos: changed.pos,
                        numbers: vec![(watch.number, doubt)],
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
    ) -> Result<Option<(Changed, Doubt)>> {
        let trace = self.timeline.trace();
        if direction == Direction::Forward {
            let until = limit.map_or(self.timeline.trace().end().0, |limit| limit.0 + 1);
            let mut found = None;
            let visit = &mut |changed: Changed, state: &State, _: &follow::Seen| {
                found = stops(watch.holds(trace, state, None)?).map(|doubt| (changed, doubt));
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
            let state = self.timeline.state_at(changed.pos)?;
            if let Some(doubt) = stops(watch.holds(trace, &state, None)?) {
                return Ok(Some((changed, doubt)));
            }
            from = changed.pos;
        }
        Ok(None)
    }

    /// The next event before `limit` at which breakpoints or catchpoints hold, and which.
    fn next_hit(&self, from: Pos, limit: Option<Pos>, direction: Direction) -> Result<Option<Hit>> {
        let is_here = |b: &&Breakpoint| b.is_enabled && !matches!(b.location, Location::Watch(_));
        let enabled: Vec<&Breakpoint> = self.breakpoints.iter().filter(is_here).collect();
        if enabled.is_empty() {
            return Ok(None);
        }
        let trace = self.timeline.trace();
        let filter = breakpoint::filter(trace, &enabled)?;
        let is_plain = |b: &&Breakpoint| {
            b.condition.is_none()
                && !matches!(&b.location, Location::Raise(wanted) if *wanted != Wanted::All)
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
                if b.wants(&self.timeline, pos, event)
                    && b.stops(&self.timeline, state, pos, event)? != Truth::False
                {
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
            if b.wants(&self.timeline, pos, &event) {
                let truth = b.stops(&self.timeline, &state, pos, &event)?;
                numbers.extend(stops(truth).map(|doubt| (b.number, doubt)));
            }
        }
        Ok(Some(Hit {
            pos,
            numbers,
            changes: Vec::new(),
        }))
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

    /// Stops where exceptions are raised.
    pub fn catch(&mut self, wanted: Wanted, condition: Option<&str>) -> Result<&Breakpoint> {
        let text = match &wanted {
            Wanted::Most => "raise of any exception but those that only end loops".to_owned(),
            Wanted::All => "raise of any exception".to_owned(),
            Wanted::Class(name) => format!("raise of {name}"),
        };
        self.add(Location::Raise(wanted), text, condition, false)
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
        let mut new = Breakpoint::new(number, location, text, condition, is_temporary)?;
        new.warning = self.warning(&new)?;
        self.next_number += 1;
        self.breakpoints.push(new);
        self.breakpoints.last().ok_or(Error::Empty)
    }

    /// What is to be said of the condition of a breakpoint.
    fn warning(&self, of: &Breakpoint) -> Result<Option<String>> {
        match &of.condition {
            Some(condition) => self.unknown_name(&of.location, condition),
            None => Ok(None),
        }
    }

    /// Gives a breakpoint another condition; without one, it always stops.
    pub fn set_condition(&mut self, number: u32, condition: Option<&str>) -> Result<&Breakpoint> {
        self.breakpoint_mut(number)?.set_condition(condition)?;
        let at = self.breakpoints.iter().position(|b| b.number == number);
        let at = at.ok_or(Error::Empty)?;
        let warning = self.warning(&self.breakpoints[at])?;
        self.breakpoints[at].warning = warning;
        Ok(&self.breakpoints[at])
    }

    /// All breakpoints.
    #[must_use]
    pub fn breakpoints(&self) -> &[Breakpoint] {
        &self.breakpoints
    }

    /// The numbers of the breakpoints at a place (see [`break_at`](Self::break_at)).
    pub fn breakpoints_at(&self, place: &str) -> Result<Vec<u32>> {
        let there = self.breakpoint_at(place, None)?.location;
        let is_same = |b: &&Breakpoint| match (&b.location, &there) {
            (Location::Lines(set), Location::Lines(asked)) => {
                asked.iter().any(|(code, line)| set.get(code) == Some(line))
            }
            (Location::Function(set), Location::Function(asked)) => {
                asked.keys().any(|code| set.contains_key(code))
            }
            _ => false,
        };
        let found = self.breakpoints.iter().filter(is_same);
        Ok(found.map(|b| b.number).collect())
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

/// Whether a breakpoint stops, and what is not certain of that.
fn stops(truth: Truth) -> Option<Doubt> {
    match truth {
        Truth::True => Some(None),
        Truth::False => None,
        Truth::Unknown(why) => Some(Some(why)),
    }
}
