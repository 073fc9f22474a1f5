//! What a line wrote, as its source says.

use schema::{EventInfo, EventKind, Pos, TypeKind, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::follow::{Changed, Subject};
use crate::reading::{self, From, Reading, Shape, Target};
use crate::timeline::Filter;
use crate::view::{Variable, WhyLink};

impl Debugger {
    /// What the line wrote there.
    #[expect(clippy::too_many_arguments, reason = "all that is known of one change")]
    pub(super) fn written(
        &self,
        quest: &Quest,
        subject: &Subject,
        changed: Changed,
        by: Pos,
        reading: &Reading,
        links: &mut Vec<WhyLink>,
        next: &dyn Fn(String) -> Next,
    ) -> Result<Next> {
        let event = self.timeline.event(by)?;
        let code = self.timeline.trace().code(event.code)?;
        let is_class_body = !code.has_slots() && code.name != "<module>";
        let Next::Follow(line) = next(String::new()) else {
            return Ok(Next::End(String::new(), Vec::new()));
        };
        let is_it = |target: &Target| match target {
            // What the body of a class binds are the attributes of the class.
            Target::Name(name) if is_class_body && subject.attribute() == Some(name) => true,
            target => self.is_target(quest, subject, &line, target),
        };
        let mut writes = reading.writes.iter().filter(|write| is_it(&write.target));
        let last = writes.next_back();
        let is_certain = writes.next().is_none();
        let mut push = |how: &str, is_certain| -> Result<()> {
            links.push(self.link(quest, by, how.to_owned(), is_certain)?);
            Ok(())
        };
        if let Some(write) = last {
            return Ok(match &write.from {
                From::Value(text) => {
                    push("assigned", is_certain)?;
                    self.expecting(quest, next(text.clone()))?
                }
                From::Part(text, part) => {
                    push(&format!("unpacked from `{text}`"), is_certain)?;
                    match next(text.clone()) {
                        Next::Follow(line) => {
                            let expected = self.held(quest)?;
                            Next::Follow(Quest {
                                part: *part,
                                expected,
                                ..line
                            })
                        }
                        end => end,
                    }
                }
                From::Change(text) => {
                    push("changed in place", is_certain)?;
                    return self.in_place(text, links, next);
                }
                From::Loop(text) => {
                    push(
                        &format!("an item of `{text}`, taken by the loop"),
                        is_certain,
                    )?;
                    let values = self.inputs_at(next(String::new()), vec![text.clone()])?;
                    if let Some(last) = links.last_mut() {
                        last.inputs = values;
                    }
                    let taken = self.expecting(quest, next(text.clone()))?;
                    if let Next::Follow(line) = &taken
                        && let Some(yielded) = self.taken_from_generator(line)?
                    {
                        return self.came_from(line, yielded, true, links);
                    }
                    match self.item_taken(quest, taken)? {
                        Some(item) => next(item),
                        None => Next::End(String::new(), Vec::new()),
                    }
                }
                From::With(text) => {
                    push(&format!("given by `with {text}`"), is_certain)?;
                    if let Next::Follow(line) = self.expecting(quest, next(text.clone()))?
                        && let Some((found, is_certain)) = self.entered(&line)?
                    {
                        return self.came_from(&line, found, is_certain, links);
                    }
                    Next::End(String::new(), Vec::new())
                }
                From::Made(what) => {
                    push(&format!("made by `{what}`"), is_certain)?;
                    Next::End(String::new(), Vec::new())
                }
            });
        }
        if let Some(put) = self.put(quest, subject, changed, &line, reading)? {
            let (text, call, is_certain) = put;
            push(&format!("put there by `{call}`"), is_certain)?;
            return self.expecting(quest, next(text));
        }
        if let Some(from) = self.moved(subject, changed)? {
            push("moved there by this line", from.is_some())?;
            return Ok(match from {
                Some(text) => next(text),
                None => Next::End(self.unshown(subject, &line, reading), Vec::new()),
            });
        }
        // As it is once the line is done.
        let mut is_next = |event: &EventInfo| {
            let ends = [EventKind::Line, EventKind::Return, EventKind::Unwind];
            event.frame == changed.frame && ends.contains(&event.kind)
        };
        let frames = Filter::Frames(vec![changed.frame]);
        let before = Pos(changed.pos.0.saturating_sub(1));
        let end = self.timeline.trace().end();
        let done = self
            .timeline
            .find_until(before, end, &frames, &self.interrupt, &mut is_next)?;
        for write in reading.writes.iter().rev() {
            let Next::Follow(line) = next(String::new()) else {
                continue;
            };
            let after = Quest {
                pos: done.unwrap_or(changed.pos),
                ..line
            };
            let whole = match &write.target {
                Target::Name(name) => self.datum_at(Next::Follow(after), name),
                Target::Attribute(name, base) => {
                    self.datum_at(Next::Follow(after), &format!("{base}.{name}"))
                }
                Target::Item(..) | Target::Entry(..) => None,
            };
            let is_it = matches!(whole, Some(Datum::Value(Value::Object(id)))
                if subject.object() == Some(id));
            match &write.from {
                From::Value(text) if is_it => {
                    push("came with its object, assigned", true)?;
                    return match self.expecting(quest, next(text.clone()))? {
                        Next::Follow(line) => self.part_of(line, text.clone(), subject),
                        end => Ok(end),
                    };
                }
                From::Change(text) if is_it => {
                    push("put there in place", true)?;
                    return self.in_place(text, links, next);
                }
                _ => {}
            }
        }
        if let Some(done) = self.given_out(quest, subject, changed, by, reading, links, next)? {
            return Ok(done);
        }
        let before = self.timeline.state_before(changed.pos)?;
        let is_new = subject
            .object()
            .is_some_and(|id| !before.objects.contains_key(&id));
        if is_new
            && let Next::Follow(line) = next(String::new())
            && let Some(made) = self.made(&line, subject)?
        {
            // Between its constructor and here nothing recorded held it, so its number is another.
            links.push(self.link(
                quest,
                by,
                "came with its object, which this line makes".into(),
                false,
            )?);
            return Ok(Next::Follow(made));
        }
        if is_new {
            links.push(self.link(
                quest,
                by,
                "it came with its object, which is first seen after this line".into(),
                false,
            )?);
        } else {
            links.push(self.link(quest, by, "changed during this line".into(), true)?);
        }
        Ok(Next::End(self.unshown(subject, &line, reading), Vec::new()))
    }

    /// A quest for what gave a value, which is known.
    pub(super) fn expecting(&self, quest: &Quest, next: Next) -> Result<Next> {
        let Next::Follow(line) = next else {
            return Ok(next);
        };
        let expected = self.held(quest)?;
        Ok(Next::Follow(Quest { expected, ..line }))
    }

    /// What a quest's expression is bound to.
    pub(super) fn held(&self, quest: &Quest) -> Result<Option<Value>> {
        match self.at(quest, |scope| Expr::parse(&quest.text)?.evaluate(scope)) {
            Ok(Datum::Value(value)) => Ok(Some(value)),
            Ok(_) | Err(Error::Expression(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The end of a chain at an operator in place, with what went in there.
    fn in_place(
        &self,
        text: &str,
        links: &mut [WhyLink],
        next: &dyn Fn(String) -> Next,
    ) -> Result<Next> {
        let parts = reading::shape(&format!("({text})"));
        let inputs = match parts {
            Some(Shape::Display(inputs)) => inputs,
            _ => Vec::new(),
        };
        // The inputs are those of the line, not of what was asked about.
        let values = self.inputs_at(next(String::new()), inputs)?;
        if let Some(last) = links.last_mut() {
            last.inputs = values;
            last.end = Some("computed".into());
        }
        Ok(Next::End(String::new(), Vec::new()))
    }

    /// Which item of what a loop goes over was taken, as an expression, if only one of a list or tuple
    /// is what was taken.
    fn item_taken(&self, quest: &Quest, taken_from: Next) -> Result<Option<String>> {
        let Next::Follow(line) = taken_from else {
            return Ok(None);
        };
        let is_place = matches!(
            reading::shape(&self.plain(&line.text)),
            Some(Shape::Name(_) | Shape::Place)
        );
        let taken = self.at(quest, |scope| Expr::parse(&quest.text)?.evaluate(scope));
        let (true, Ok(Datum::Value(taken))) = (is_place, taken) else {
            return Ok(None);
        };
        let at = self.at(&line, |scope| {
            let Datum::Value(Value::Object(id)) = Expr::parse(&line.text)?.evaluate(scope)? else {
                return Ok(None);
            };
            let Some(object) = scope.objects().get(&id) else {
                return Ok(None);
            };
            let kind = scope.facts.class(object.class)?.kind;
            if !matches!(kind, TypeKind::List | TypeKind::Tuple | TypeKind::Deque) {
                return Ok(None);
            }
            let items = object.items.as_deref().unwrap_or(&[]);
            let mut found = (0..items.len()).filter(|at| items[*at] == taken);
            Ok(found.next().filter(|_| found.next().is_none()))
        });
        match at {
            Ok(at) => Ok(at.map(|at| format!("{}[{at}]", line.text))),
            Err(Error::Expression(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The value of an expression where a quest goes on, if it can be known.
    pub(super) fn datum_at(&self, next: Next, text: &str) -> Option<Datum> {
        let Next::Follow(quest) = next else {
            return None;
        };
        self.at(&quest, |scope| Expr::parse(text)?.evaluate(scope))
            .ok()
    }

    fn inputs_at(&self, next: Next, inputs: Vec<String>) -> Result<Vec<Variable>> {
        match next {
            Next::Follow(quest) => self.values(&quest, inputs),
            Next::End(..) => Ok(Vec::new()),
        }
    }
}
