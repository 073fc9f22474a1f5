//! Questions about the whole run: when did a value change, and what made it change.

use schema::{Pos, State, Value};

use crate::debugger::Debugger;
use crate::diff::Diff;
use crate::error::{Error, Result};
use crate::expr::Datum;
use crate::follow::{self, Changed, Seen, Subject};
use crate::show::{self, Budget};
use crate::view::{ChangeView, Reason, StepView, StopView};

/// One value of an expression's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Where it is first seen.
    pub pos: u64,
    /// The value; none if there is none from here on.
    pub value: Option<String>,
    /// The value itself.
    pub datum: Option<Datum>,
}

impl Debugger {
    /// What an expression means here, to be followed through the run.
    pub(crate) fn subject(&self, text: &str) -> Result<Subject> {
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

    /// Gives every value that an expression had to `take`, from the first on, until it has enough.
    pub fn history(
        &self,
        text: &str,
        budget: Budget,
        take: &mut dyn FnMut(Moment) -> bool,
    ) -> Result<()> {
        let subject = self.subject(text)?;
        let trace = self.timeline.trace();
        let visit = &mut |changed: Changed, state: &State, seen: &Seen| {
            let show = |datum| show::datum(trace, state, datum, budget);
            let value = seen.datum.as_ref().ok().map(show).transpose()?;
            Ok(take(Moment {
                pos: changed.pos.0,
                value,
                datum: seen.datum.as_ref().ok().cloned(),
            }))
        };
        let end = self.timeline.trace().end();
        follow::forward(&self.timeline, &subject, None, end, &self.interrupt, visit)
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
            source: self.line_of(code.file, event.line)?,
        })
    }
}
