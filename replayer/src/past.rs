//! Questions about the whole run: when did a value change, and what made it change.

use schema::{Pos, State, Value};

use crate::condition::Doubts;
use crate::debugger::Debugger;
use crate::diff::Diff;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::follow::{self, Changed, Seen, Subject};
use crate::show::{self, Budget};
use crate::view::{self, ChangeView, Reason, StepView, StopView};

/// So many of the stores of an equal value are told by position.
const TOLD: usize = 8;

/// One value of an expression's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Where it is first seen.
    pub pos: u64,
    /// The value; none if there is none from here on.
    pub value: Option<String>,
    /// The value itself.
    pub datum: Option<Datum>,
    /// Where an equal value was stored there again, the first few.
    pub again: Vec<u64>,
    /// How often that was, and where the last time.
    pub stores: u64,
    /// Where it was stored last.
    pub last: u64,
    /// The position after which it was given that value, where that was found late: code that was not
    /// recorded can have done it.
    pub late: Option<u64>,
}

impl Moment {
    /// What is to be said beside the value: that it was found late, and the stores of equal values.
    #[must_use]
    pub fn remarks(&self) -> String {
        let late = self.late.map(|since| view::late(since, self.pos));
        let again = Some(self.again()).filter(|again| !again.is_empty());
        let remarks: Vec<String> = late.into_iter().chain(again).collect();
        remarks.join("; ")
    }

    /// The positions of stores of equal values as a person would list them; nothing if there are none.
    fn again(&self) -> String {
        let told: Vec<String> = self.again.iter().map(|pos| format!("@{pos}")).collect();
        let more = self.stores - told.len() as u64;
        match (told.is_empty(), more) {
            (true, _) => String::new(),
            (_, 0) => format!("again {}", told.join(", ")),
            (_, 1) => format!("again {}, @{}", told.join(", "), self.last),
            (_, more) => format!(
                "again {}, and {more} more, last @{}",
                told.join(", "),
                self.last
            ),
        }
    }
}

impl Debugger {
    /// What an expression means here, to be followed through the run.
    pub(crate) fn subject(&self, text: &str) -> Result<Subject> {
        let found = self.meant(text);
        found.map_err(|error| self.advised(text, error))
    }

    fn meant(&self, text: &str) -> Result<Subject> {
        let scope = self.scope()?;
        let subject = Subject::new(text, &scope)?;
        let (seen, _) = subject.see(self.timeline.trace(), &self.cursor.state)?;
        match seen.datum {
            Ok(_) => Ok(subject),
            Err(why) => Err(Error::Expression(why)),
        }
    }

    /// Goes to the step that last changed the value of an expression. Asked again where that led,
    /// it goes to the change before.
    pub fn last(&mut self, text: &str) -> Result<StopView> {
        let text = text.trim();
        let again = self.asked.take();
        let again = again.filter(|(asked, _, at)| asked == text && *at == self.cursor.pos);
        let subject = match again {
            Some((_, subject, _)) => subject,
            None => self.subject(text)?,
        };
        let from = self.cursor.pos;
        let found = follow::backward(&self.timeline, &subject, from, None, &self.interrupt)?;
        let Some(changed) = found else {
            let text = &subject.text;
            return Err(Error::NoSuch(format!(
                "{text} did not change before @{from}: it had its value when recording saw it first"
            )));
        };
        self.show_change(text, subject, changed)
    }

    /// Goes to the step that first gave an expression a value.
    pub fn first(&mut self, text: &str) -> Result<StopView> {
        let subject = self.subject(text)?;
        let mut found = None;
        let visit = &mut |changed: Changed, _: &State, _: &Seen| {
            found = Some(changed);
            Ok(false)
        };
        let end = self.timeline.trace().end();
        follow::forward(&self.timeline, &subject, None, end, &self.interrupt, visit)?;
        let missing = || Error::NoSuch(format!("{} never changed", subject.text));
        let changed = found.ok_or_else(missing)?;
        self.show_change(text.trim(), subject, changed)
    }

    fn show_change(&mut self, text: &str, subject: Subject, changed: Changed) -> Result<StopView> {
        let view = self.change_view(&subject, changed)?;
        let pos = Pos(view.by.pos);
        let stop = self.rest(pos, Reason::Changed)?;
        self.asked = Some((text.to_owned(), subject, pos));
        // What changed is what was asked; that all else is as it was before says nothing.
        Ok(StopView {
            watched: vec![view],
            changes: Vec::new(),
            ..stop
        })
    }

    /// Gives every value that an expression had to `take`, from the first on, until it has enough. Stores
    /// of equal values are told with the value that was there. With a condition, only values at which it
    /// is true, in the frame whose names the expression has, or, where that is gone, the one that runs.
    /// Says at how many values that could not be evaluated, and why.
    pub fn history(
        &self,
        text: &str,
        condition: Option<&str>,
        budget: Budget,
        take: &mut dyn FnMut(Moment) -> bool,
    ) -> Result<Doubts> {
        let subject = self.subject(text)?;
        let condition = condition.map(Expr::parse).transpose()?;
        let trace = self.timeline.trace();
        let mut pending: Option<Moment> = None;
        let mut doubts = Doubts::default();
        let visit = &mut |changed: Changed, state: &State, seen: &Seen| {
            if let Some(moment) = pending.as_mut().filter(|_| changed.is_again) {
                moment.stores += 1;
                moment.last = changed.pos.0;
                if moment.again.len() < TOLD {
                    moment.again.push(changed.pos.0);
                }
                return Ok(true);
            }
            let goes_on = pending.take().is_none_or(&mut *take);
            if let Some(condition) = &condition {
                doubts.passes += 1;
                match subject.holds(condition, trace, state) {
                    Ok(true) => {}
                    Ok(false) => return Ok(goes_on),
                    Err(Error::Expression(why)) => {
                        doubts.note(why);
                        return Ok(goes_on);
                    }
                    Err(error) => return Err(error),
                }
            }
            let show = |datum| show::datum(trace, state, datum, budget);
            pending = Some(Moment {
                pos: changed.pos.0,
                value: seen.datum.as_ref().ok().map(show).transpose()?,
                datum: seen.datum.as_ref().ok().cloned(),
                again: Vec::new(),
                stores: 0,
                last: changed.pos.0,
                late: changed.late.map(|since| since.0),
            });
            Ok(goes_on)
        };
        let end = self.timeline.trace().end();
        follow::forward(&self.timeline, &subject, None, end, &self.interrupt, visit)?;
        if let Some(moment) = pending {
            take(moment);
        }
        Ok(doubts)
    }

    /// A change with its values and the step that made it.
    pub(crate) fn change_view(&self, subject: &Subject, changed: Changed) -> Result<ChangeView> {
        let trace = self.timeline.trace();
        let before = self.timeline.state_before(changed.pos)?;
        let after = self.timeline.state_at(changed.pos)?;
        let (old, _) = subject.see(trace, &before)?;
        let (new, _) = subject.see(trace, &after)?;
        let text = |state: &State, seen: &Seen| {
            let show = |datum| show::datum(trace, state, datum, Budget::SHORT);
            seen.datum.as_ref().ok().map(show).transpose()
        };
        let mut parts = Vec::new();
        if let (Ok(Datum::Value(old)), Ok(Datum::Value(new))) = (&old.datum, &new.datum)
            && matches!(new, Value::Object(_))
            && old == new
        {
            let mut diff = Diff::new(trace, &before, &after);
            let name = subject.text.split(" (").next().unwrap_or_default();
            diff.value(name, Some(old), Some(new), 0)?;
            parts = diff.finish();
        }
        let by = follow::doer(&self.timeline, changed, &self.interrupt)?;
        Ok(ChangeView {
            text: subject.text.clone(),
            pos: changed.pos.0,
            old: text(&before, &old)?,
            new: text(&after, &new)?,
            parts,
            by: self.step_view(by)?,
            is_known: trace.has_lines(),
            late: changed.late.map(|since| since.0),
        })
    }

    /// A step, short.
    pub(crate) fn step_view(&self, pos: Pos) -> Result<StepView> {
        let trace = self.timeline.trace();
        let event = self.timeline.event(pos)?;
        let code = trace.code(event.code)?;
        Ok(StepView {
            pos: pos.0,
            thread: self.thread_name(event.thread),
            file: trace.file(code.file)?.to_owned(),
            line: event.line,
            function: code.qualname.clone(),
            source: self.line_of(code, event.line)?,
        })
    }
}
