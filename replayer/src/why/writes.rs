//! What a line wrote, as its source says.

use schema::{Object, Pos, State, TypeKind, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::follow::{Changed, Subject};
use crate::reading::{self, From, Reading, Shape, Target};
use crate::timeline::Filter;
use crate::view::{Variable, WhyLink};

/// Methods that put their last argument into a container.
const ADDERS: &[&str] = &[
    "append",
    "appendleft",
    "add",
    "insert",
    "put",
    "put_nowait",
    "setdefault",
];
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
        // A base that cannot be evaluated may be the object.
        let is_base = |base: &str| {
            let value = self.datum_at(next(String::new()), base);
            match (value, subject.object()) {
                (Some(Datum::Value(Value::Object(id))), Some(own)) => id == own,
                _ => true,
            }
        };
        let event = self.timeline.event(by)?;
        let code = self.timeline.trace().code(event.code)?;
        let is_class_body = !code.has_slots() && code.name != "<module>";
        let is_it = |target: &Target| match target {
            // What the body of a class binds are the attributes of the class.
            Target::Name(name) if is_class_body && subject.attribute() == Some(name) => true,
            Target::Name(name) => *name == quest.text,
            Target::Attribute(name, base) => subject.attribute() == Some(name) && is_base(base),
            Target::Item(base) => subject.is_item() && is_base(base),
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
                        Next::Follow(line) => Next::Follow(Quest {
                            part: *part,
                            ..line
                        }),
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
                    Next::End(String::new(), Vec::new())
                }
                From::Made(what) => {
                    push(&format!("made by `{what}`"), is_certain)?;
                    Next::End(String::new(), Vec::new())
                }
            });
        }
        let mut adds = reading.calls.iter().filter(|call| {
            subject.is_item() && ADDERS.contains(&call.name.as_str())
                || call.name == "setattr" && subject.attribute().is_some()
        });
        if let Some(call) = adds.next()
            && let Some(text) = call.positional.last()
        {
            push(
                &format!("put there by `{}`", call.text),
                adds.next().is_none(),
            )?;
            return Ok(next(text.clone()));
        }
        for write in reading.writes.iter().rev() {
            let Next::Follow(line) = next(String::new()) else {
                continue;
            };
            // As it is once the line is done.
            let after = Quest {
                pos: changed.pos,
                ..line
            };
            let whole = match &write.target {
                Target::Name(name) => self.datum_at(Next::Follow(after), name),
                Target::Attribute(name, base) => {
                    self.datum_at(Next::Follow(after), &format!("{base}.{name}"))
                }
                Target::Item(_) => None,
            };
            let is_it = matches!(whole, Some(Datum::Value(Value::Object(id)))
                if subject.object() == Some(id));
            match &write.from {
                From::Value(text) if is_it => {
                    push("came with its object, assigned", true)?;
                    return Ok(next(text.clone()));
                }
                From::Change(text) if is_it => {
                    push("put there in place", true)?;
                    return self.in_place(text, links, next);
                }
                _ => {}
            }
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
            push("came with its object, which this line makes", false)?;
            return Ok(Next::Follow(made));
        }
        if is_new {
            push(
                "it came with its object, which is first seen after this line",
                false,
            )?;
        } else {
            push("changed during this line", true)?;
        }
        Ok(Next::End(self.unshown(reading), Vec::new()))
    }

    /// A quest for what gave a value, which is known.
    fn expecting(&self, quest: &Quest, next: Next) -> Result<Next> {
        let Next::Follow(line) = next else {
            return Ok(next);
        };
        let is_name = matches!(reading::shape(&quest.text), Some(Shape::Name(_)));
        let there = Quest {
            pos: line.until,
            ..quest.clone()
        };
        // Where the name stands for something else by then, it says nothing.
        let given = match is_name && there.frame.frame == line.frame.frame {
            true => self.datum_at(Next::Follow(there), &quest.text),
            false => None,
        };
        let expected = match given {
            Some(Datum::Value(value)) => Some(value),
            _ => None,
        };
        Ok(Next::Follow(Quest { expected, ..line }))
    }

    /// How something was done that no expression of a line says.
    pub(super) fn unshown(&self, reading: &Reading) -> String {
        let codes = || self.timeline.trace().reader().codes();
        let is_recorded =
            |call: &&reading::Call| codes().any(|code| super::calls::is_call_of(call, code));
        match reading.calls.iter().find(|call| !is_recorded(call)) {
            Some(call) => format!("by code that was not recorded, called by `{}`", call.text),
            None => "in a way that the source does not show".into(),
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

    /// The attribute where a constructor that the line called ended: of an object of the same class
    /// with the same contents as the one that is new after the line.
    fn made(&self, line: &Quest, subject: &Subject) -> Result<Option<Quest>> {
        let trace = self.timeline.trace();
        let after = self.timeline.state_at(line.until)?;
        let object = subject.object().and_then(|id| after.objects.get(&id));
        let (Some(object), Some(name)) = (object, subject.attribute()) else {
            return Ok(None);
        };
        let is_constructor = |code| matches!(trace.code(code), Ok(code) if code.name == "__init__");
        let mut found = None;
        for (pos, event) in self.returns(line, &Filter::All, &is_constructor)? {
            let state = self.timeline.state_at(pos)?;
            let Some(frame) = state.frame(event.frame) else {
                continue;
            };
            let code = trace.code(event.code)?;
            let own = code.variables.first().zip(state.variable(frame, 0));
            let Some((own, Value::Object(id))) = own else {
                continue;
            };
            // What it holds may have another number as well, but not another class.
            let class = |state: &State, value: &Value| match value {
                Value::Object(id) => state.objects.get(id).map(|object| object.class),
                _ => None,
            };
            let is_alike = |made: &Object| {
                let was = made.fields.as_deref().unwrap_or(&[]);
                let is = object.fields.as_deref().unwrap_or(&[]);
                let mut pairs = was.iter().zip(is);
                made.class == object.class
                    && was.len() == is.len()
                    && pairs.all(|((a, old), (b, new))| {
                        let kind = class(&state, old);
                        a == b && (old == new || kind.is_some() && kind == class(&after, new))
                    })
            };
            if state.objects.get(id).is_some_and(|made| is_alike(made)) {
                found = Some(Quest {
                    text: format!("{}.{name}", own.name),
                    pos,
                    until: Pos(pos.0 + 1),
                    frame: frame.info,
                    expected: None,
                    part: None,
                });
            }
        }
        Ok(found)
    }

    /// The value of an expression where a quest goes on, if it can be known.
    fn datum_at(&self, next: Next, text: &str) -> Option<Datum> {
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
