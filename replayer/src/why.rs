//! Where a value came from: a chain of assignments, arguments, results and reads, back to a
//! literal, a computation, input, or code that was not recorded.
//!
//! What happened is recorded; which part of a line did it is read off the source. Where that
//! leaves room for doubt, the link says so.

mod callee;
mod calls;
mod given;
mod made;
mod puts;
mod reads;
mod writes;

use schema::{EventInfo, EventKind, Frame, NewFrame, Pos, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::follow::{self, Subject};
use crate::reading::{self, Reading, Shape};
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::view::{self, Variable, WhyLink};

/// Longer chains are cut.
const LONGEST: usize = 60;

/// An expression that was evaluated by the line at a position, and was done before another.
#[derive(Clone)]
struct Quest {
    text: String,
    pos: Pos,
    until: Pos,
    frame: NewFrame,
    /// What it, or the part that is asked about, gave, where that is known without it.
    expected: Option<Value>,
    /// Not all of what it gave is asked about, but this part.
    part: Option<usize>,
}

impl Quest {
    /// What all of it gave, where that is known without it.
    fn whole(&self) -> Option<&Value> {
        self.expected.as_ref().filter(|_| self.part.is_none())
    }
}

/// What comes after a link.
enum Next {
    Follow(Quest),
    /// The chain ends: how, and what went in there.
    End(String, Vec<String>),
}
impl Debugger {
    /// Where the value of an expression came from, the latest step first.
    pub fn why(&self, text: &str) -> Result<Vec<WhyLink>> {
        let frame = self.cursor.frame()?.info;
        self.scope()
            .and_then(|scope| Expr::parse(text)?.evaluate(&scope))?;
        let here = self.cursor.pos;
        let mut links: Vec<WhyLink> = Vec::new();
        let mut quest = Quest {
            text: text.trim().to_owned(),
            pos: here,
            until: Pos(here.0 + 1),
            frame,
            expected: None,
            part: None,
        };
        loop {
            if links.len() >= LONGEST {
                end(
                    &mut links,
                    format!("and so on; the chain is cut after {LONGEST} links"),
                );
                return Ok(links);
            }
            match self.one(&quest, &mut links)? {
                Next::Follow(next) => quest = next,
                Next::End(how, inputs) => {
                    if links.is_empty() {
                        links.push(self.link(&quest, quest.pos, String::new(), true)?);
                    }
                    let inputs = self.values(&quest, inputs)?;
                    end(&mut links, how);
                    if let Some(last) = links.last_mut() {
                        last.inputs.extend(inputs);
                    }
                    return Ok(links);
                }
            }
        }
    }

    /// Follows an expression by one link.
    fn one(&self, quest: &Quest, links: &mut Vec<WhyLink>) -> Result<Next> {
        let Some(shape) = reading::shape(&self.plain(&quest.text)) else {
            return Ok(Next::End(
                format!("`{}` cannot be read", quest.text),
                Vec::new(),
            ));
        };
        if let Some(part) = quest.part {
            let text = match &shape {
                Shape::Display(_) => reading::element(&quest.text, part),
                Shape::Name(_) | Shape::Place => Some(format!("{}[{part}]", quest.text)),
                _ => None,
            };
            if let Some(text) = text {
                let part = None;
                return Ok(Next::Follow(Quest {
                    text,
                    part,
                    ..quest.clone()
                }));
            }
        }
        match shape {
            Shape::Literal => Ok(Next::End(
                format!("the literal `{}`", quest.text),
                Vec::new(),
            )),
            // As a variable of a comprehension: it comes and goes within the line.
            Shape::Name(name) if self.value(quest, &name)?.is_none() => Ok(Next::End(
                format!("`{name}`, which is bound within that line"),
                Vec::new(),
            )),
            Shape::Name(_) => self.change(quest, links),
            Shape::Place => self.place(quest, links),
            Shape::Call(call) => self.call(quest, &call, links),
            Shape::Choice(test, yes, no) => {
                let truth = self.at(quest, |scope| Expr::parse(&test)?.holds(scope));
                match truth {
                    Ok(is_true) => {
                        let text = if is_true { yes } else { no };
                        Ok(Next::Follow(Quest {
                            text,
                            ..quest.clone()
                        }))
                    }
                    Err(Error::Expression(_)) => Ok(Next::End(
                        format!("chosen by `{test}`, which cannot be known"),
                        vec![yes, no],
                    )),
                    Err(error) => Err(error),
                }
            }
            Shape::Handed(text) => self.handed(quest, &text, links),
            Shape::Sent => self.sent(quest, links),
            Shape::Display(inputs) => Ok(Next::End("written out there".into(), inputs)),
            Shape::Computed(inputs) => Ok(Next::End("computed".into(), inputs)),
        }
    }

    /// `#17` is no Python; as far as shapes go it is a name.
    fn plain(&self, text: &str) -> String {
        text.replace('#', "_")
    }

    /// Something in the state at the quest's position, in its frame.
    fn at<T>(&self, quest: &Quest, act: impl FnOnce(&Scope<'_>) -> Result<T>) -> Result<T> {
        let state = self.timeline.state_at(quest.pos)?;
        let gone = Frame::new(quest.frame);
        let frame = state.frame(quest.frame.frame).unwrap_or(&gone);
        act(&Scope::new(self.timeline.trace(), &state, frame))
    }

    /// Those of the expressions whose values are known, with them.
    fn values(&self, quest: &Quest, texts: Vec<String>) -> Result<Vec<Variable>> {
        let mut values = Vec::new();
        for name in texts {
            if let Some(value) = self.value(quest, &name)? {
                values.push(Variable { name, value });
            }
        }
        Ok(values)
    }

    fn value(&self, quest: &Quest, text: &str) -> Result<Option<String>> {
        self.at(quest, |scope| {
            let datum = Expr::parse(text).and_then(|expr| expr.evaluate(scope));
            match datum {
                Ok(datum) => show::datum(scope.facts, scope.state, &datum, Budget::SHORT).map(Some),
                Err(Error::Expression(_)) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn link(&self, quest: &Quest, pos: Pos, how: String, is_certain: bool) -> Result<WhyLink> {
        Ok(WhyLink {
            step: self.step_view(pos)?,
            text: quest.text.clone(),
            value: self.value(quest, &quest.text)?,
            how,
            is_certain,
            end: None,
            inputs: Vec::new(),
        })
    }

    /// A name, an attribute or an item: the change that gave it its value.
    fn change(&self, quest: &Quest, links: &mut Vec<WhyLink>) -> Result<Next> {
        let subject = self.at(quest, |scope| {
            // What an object has from its class is stored there.
            let inherited = Expr::parse(&quest.text)?.inherited(scope)?;
            Subject::binding(inherited.as_ref().unwrap_or(&quest.text), scope)
        })?;
        let found = follow::backward(&self.timeline, &subject, quest.pos, None, &self.interrupt)?;
        let Some(changed) = found else {
            let how = format!("`{}` had its value when recording first saw it", quest.text);
            return Ok(Next::End(how, Vec::new()));
        };
        let by = follow::doer(&self.timeline, changed, &self.interrupt)?;
        if let Some(since) = changed.late {
            let how = view::late(since.0, changed.pos.0);
            links.push(self.link(quest, by, how, false)?);
            let how = "it came from code that was not recorded";
            return Ok(Next::End(how.into(), Vec::new()));
        }
        if !self.timeline.trace().has_lines() {
            links.push(self.link(quest, by, "changed before this".into(), false)?);
            let how = "the line was not recorded (--level calls)";
            return Ok(Next::End(how.into(), Vec::new()));
        }
        let event = self.timeline.event(by)?;
        let state = self.timeline.state_at(by)?;
        let frame = state.frame(event.frame).map(|frame| frame.info);
        let (EventKind::Line, Some(frame)) = (event.kind, frame) else {
            links.push(self.link(quest, by, String::new(), true)?);
            let how = "it came from code that was not recorded";
            return Ok(Next::End(how.into(), Vec::new()));
        };
        let next = |text: String| {
            Next::Follow(Quest {
                text,
                pos: by,
                until: changed.pos,
                frame,
                expected: None,
                part: None,
            })
        };
        if event.frame != changed.frame {
            return self.argument(quest, changed, by, links, &next);
        }
        let reading = self.reading(&event)?;
        let Some(reading) = reading else {
            if let Some(name) = subject.attribute()
                && let Next::Follow(line) = next(name.to_owned())
                && let Some(value) = self.datum_at(next(name.to_owned()), name)
                && Some(value) == self.datum_at(Next::Follow(quest.clone()), &quest.text)
            {
                let how = "set by generated code, from its argument of this name";
                links.push(self.link(quest, by, how.into(), true)?);
                return Ok(Next::Follow(line));
            }
            links.push(self.link(quest, by, "set by generated code".into(), true)?);
            return Ok(Next::End(
                "whose source is not in the trace".into(),
                Vec::new(),
            ));
        };
        self.written(quest, &subject, changed, by, &reading, links, &next)
    }

    fn reading(&self, event: &EventInfo) -> Result<Option<Reading>> {
        let trace = self.timeline.trace();
        let code = trace.code(event.code)?;
        let source = trace.text_of(code)?;
        Ok(source.and_then(|lines| reading::line(&lines.join("\n"), event.line)))
    }
}

/// Says how a chain ends, unless that was said.
fn end(links: &mut [WhyLink], how: String) {
    if let Some(last) = links.last_mut()
        && last.end.is_none()
        && !how.is_empty()
    {
        last.end = Some(how);
    }
}

impl Subject {
    /// As [`Subject::new`], but about what is bound there, not about its contents.
    fn binding(text: &str, scope: &Scope<'_>) -> Result<Subject> {
        let mut subject = Subject::new(text, scope)?;
        subject.is_binding = true;
        Ok(subject)
    }
}
