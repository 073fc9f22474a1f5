//! Where a value came from: a chain of assignments, arguments, results and reads, back to a
//! literal, a computation, input, or code that was not recorded.
//!
//! What happened is recorded; which part of a line did it is read off the source. Where that
//! leaves room for doubt, the link says so.

use schema::{Code, EventInfo, EventKind, Frame, NewFrame, Pos, State, Value};

use crate::breakpoint::{self, Breakpoint, Location};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::follow::{self, Changed, Subject};
use crate::reading::{self, Call, From, Reading, Shape, Target};
use crate::scope::Scope;
use crate::show::{self, Budget};
use crate::timeline::Filter;
use crate::view::{Variable, WhyLink};

/// Longer chains are cut.
const LONGEST: usize = 60;

/// Functions that read what the program is given from outside.
const INPUTS: &[&str] = &[
    "input",
    "read",
    "readline",
    "readlines",
    "recv",
    "getenv",
    "urlopen",
    "read_text",
    "read_bytes",
];

/// Builtins that give what their arguments say.
const PURE: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "int",
    "len",
    "list",
    "map",
    "max",
    "min",
    "pow",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];

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

/// An expression that was evaluated by the line at a position, and was done before another.
struct Quest {
    text: String,
    pos: Pos,
    until: Pos,
    frame: NewFrame,
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
        match shape {
            Shape::Literal => Ok(Next::End(
                format!("the literal `{}`", quest.text),
                Vec::new(),
            )),
            Shape::Name(_) | Shape::Place => self.change(quest, links),
            Shape::Call(call) => self.call(quest, &call, links),
            Shape::Choice(test, yes, no) => {
                let truth = self.at(quest, |scope| {
                    let datum = Expr::parse(&test)?.evaluate(scope)?;
                    Expr::is_true(&datum, scope)
                });
                match truth {
                    Ok(is_true) => {
                        let text = if is_true { yes } else { no };
                        Ok(Next::Follow(Quest { text, ..*quest }))
                    }
                    Err(Error::Expression(_)) => Ok(Next::End(
                        format!("chosen by `{test}`, which cannot be known"),
                        vec![yes, no],
                    )),
                    Err(error) => Err(error),
                }
            }
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
        let gone = Frame {
            info: quest.frame,
            slots: Vec::new(),
        };
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
                Ok(datum) => show::datum(scope.trace, scope.state, &datum, Budget::SHORT).map(Some),
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
        let subject = self.at(quest, |scope| Subject::binding(&quest.text, scope))?;
        let found = follow::backward(&self.timeline, &subject, quest.pos, None, &self.interrupt)?;
        let Some(changed) = found else {
            let how = format!("`{}` had its value when recording first saw it", quest.text);
            return Ok(Next::End(how, Vec::new()));
        };
        let by = follow::doer(&self.timeline, changed, &self.interrupt)?;
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
            })
        };
        if event.frame != changed.frame {
            return self.argument(quest, changed, by, links, &next);
        }
        let reading = self.reading(&event)?;
        let Some(reading) = reading else {
            links.push(self.link(quest, by, "changed by this line".into(), true)?);
            return Ok(Next::End(
                "its source is not in the trace".into(),
                Vec::new(),
            ));
        };
        self.written(quest, &subject, changed, by, &reading, links, &next)
    }

    fn reading(&self, event: &EventInfo) -> Result<Option<Reading>> {
        let trace = self.timeline.trace();
        let code = trace.code(event.code)?;
        let source = trace.source(code.file)?;
        Ok(source.and_then(|lines| reading::line(&lines.join("\n"), event.line)))
    }

    /// What the line wrote there.
    #[expect(clippy::too_many_arguments, reason = "all that is known of one change")]
    fn written(
        &self,
        quest: &Quest,
        subject: &Subject,
        changed: Changed,
        by: Pos,
        reading: &Reading,
        links: &mut Vec<WhyLink>,
        next: &dyn Fn(String) -> Next,
    ) -> Result<Next> {
        let is_it = |target: &Target| match target {
            Target::Name(name) => *name == quest.text,
            Target::Attribute(name) => subject.ends_with_attribute(name),
            Target::Item => subject.is_item(),
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
                    next(text.clone())
                }
                From::Part(text) => {
                    push(&format!("unpacked from `{text}`"), is_certain)?;
                    next(text.clone())
                }
                From::Change(text) => {
                    push("changed in place", is_certain)?;
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
                    return Ok(Next::End(String::new(), Vec::new()));
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
                    return Ok(Next::End(String::new(), Vec::new()));
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
                || call.name == "setattr" && subject.is_attribute()
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
        let before = follow::before(&self.timeline, changed.pos)?;
        let is_new = subject
            .object()
            .is_some_and(|id| !before.objects.contains_key(&id));
        if is_new {
            push(
                "it came with its object, which is first seen after this line",
                false,
            )?;
        } else {
            push("changed during this line", true)?;
        }
        let how = "by code that was not recorded, or in a way the source does not show";
        Ok(Next::End(how.into(), Vec::new()))
    }

    fn inputs_at(&self, next: Next, inputs: Vec<String>) -> Result<Vec<Variable>> {
        match next {
            Next::Follow(quest) => self.values(&quest, inputs),
            Next::End(..) => Ok(Vec::new()),
        }
    }

    /// A parameter: what the line of the caller passed for it.
    fn argument(
        &self,
        quest: &Quest,
        changed: Changed,
        by: Pos,
        links: &mut Vec<WhyLink>,
        next: &dyn Fn(String) -> Next,
    ) -> Result<Next> {
        let trace = self.timeline.trace();
        let code = trace.code(self.timeline.event(changed.pos)?.code)?.clone();
        let reading = self.reading(&self.timeline.event(by)?)?.unwrap_or_default();
        let names: Vec<&str> = code.variables.iter().map(|v| v.name.as_str()).collect();
        let arguments = names.get(..code.arguments as usize).unwrap_or(&names);
        let index = arguments.iter().position(|name| *name == quest.text);
        let mut push = |how: String, is_certain| -> Result<()> {
            links.push(self.link(quest, by, how, is_certain)?);
            Ok(())
        };
        let calls: Vec<&Call> = reading
            .calls
            .iter()
            .filter(|call| is_call_of(call, &code))
            .collect();
        let (Some(index), Some(call)) = (index, calls.first()) else {
            push(
                format!("passed to {} during this line", code.qualname),
                true,
            )?;
            let how = "by code that was not recorded, or in a way the source does not show";
            return Ok(Next::End(how.into(), Vec::new()));
        };
        let is_certain = calls.len() == 1;
        let is_constructor = code.name == "__init__" && call.name != "__init__";
        let is_method =
            call.receiver.is_some() && names.first().is_some_and(|n| *n == "self" || *n == "cls");
        let skipped = usize::from(is_constructor || is_method);
        if index < skipped {
            return Ok(match (&call.receiver, is_constructor) {
                (Some(receiver), false) => {
                    push(
                        format!("the object that {} was called on", code.qualname),
                        is_certain,
                    )?;
                    next(receiver.clone())
                }
                _ => {
                    push(format!("a new object, made by `{}`", call.text), is_certain)?;
                    Next::End(String::new(), Vec::new())
                }
            });
        }
        let keyword = call.keywords.iter().find(|(name, _)| *name == quest.text);
        let passed = keyword.map(|(_, text)| text);
        let passed = passed.or_else(|| call.positional.get(index - skipped));
        if let Some(text) = passed.filter(|_| !call.has_star || keyword.is_some()) {
            push(format!("passed to {}", code.qualname), is_certain)?;
            return Ok(next(text.clone()));
        }
        if call.has_star {
            push(
                format!("passed to {} through `*` or `**`", code.qualname),
                false,
            )?;
            return Ok(Next::End(format!("by `{}`", call.text), Vec::new()));
        }
        let source = trace.source(code.file)?.map(|lines| lines.join("\n"));
        let default =
            source.and_then(|text| reading::default_of(&text, code.first_line, &quest.text));
        push(format!("not passed to {}", code.qualname), is_certain)?;
        Ok(match default {
            Some(text) => Next::End(format!("its default `{text}`"), Vec::new()),
            None => Next::End("no argument of the call is it".into(), Vec::new()),
        })
    }

    /// The result of a call: what the function returned, if it was recorded.
    fn call(&self, quest: &Quest, call: &Call, links: &mut Vec<WhyLink>) -> Result<Next> {
        let trace = self.timeline.trace();
        let is_it = |code: &&std::sync::Arc<Code>| is_call_of(call, code);
        let codes = trace.reader().codes().filter(is_it);
        let codes = codes.map(|code| (code.id, ()));
        let location = Location::Function(codes.collect());
        let Location::Function(codes) = &location else {
            return Ok(Next::End(String::new(), Vec::new()));
        };
        let called = Breakpoint::new(0, location.clone(), String::new(), None, false)?;
        let mut filter = breakpoint::filter(trace, &[&called])?;
        if let Filter::Only { kinds, .. } = &mut filter {
            // A function may return in a chunk that has none of its lines.
            *kinds = if codes.is_empty() {
                0
            } else {
                1 << EventKind::Return as u8
            };
        }
        let line = self.timeline.event(quest.pos)?;
        let mut found: Option<(Pos, EventInfo)> = None;
        let mut is_certain = true;
        let mut from = quest.pos;
        while from < quest.until && line.frame == quest.frame.frame {
            let returned = self.timeline.find_until(
                from,
                quest.until,
                &filter,
                &self.interrupt,
                &mut |event| {
                    event.kind == EventKind::Return
                        && event.thread == line.thread
                        && event.depth == line.depth + 1
                        && codes.contains_key(&event.code)
                },
            )?;
            let Some(pos) = returned else { break };
            is_certain = found.is_none();
            found = Some((pos, self.timeline.event(pos)?));
            from = pos;
        }
        let inputs = call.inputs.clone();
        let Some((pos, event)) = found else {
            if INPUTS.contains(&call.name.as_str()) {
                return Ok(Next::End(format!("input, by `{}`", call.text), inputs));
            }
            let is_pure = call.receiver.is_none() && PURE.contains(&call.name.as_str());
            let how = if is_pure {
                format!("computed by `{}`", call.text)
            } else {
                format!("the result of `{}`, which was not recorded", call.text)
            };
            return Ok(Next::End(how, inputs));
        };
        let code = trace.code(event.code)?;
        if code.name == "__init__" && call.name != "__init__" {
            return Ok(Next::End(
                format!("a new object, made by `{}`", call.text),
                inputs,
            ));
        }
        let state = self.timeline.state_at(pos)?;
        let value = result(&state);
        let value = value.map(|value| show::value(trace, &state, &value, Budget::SHORT));
        let mut link = self.link(
            quest,
            pos,
            format!("returned by {}", code.qualname),
            is_certain,
        )?;
        link.value = value.transpose()?;
        links.push(link);
        let returned = self.reading(&event)?.and_then(|reading| reading.returned);
        let begun = Changed {
            pos,
            frame: event.frame,
        };
        let at = follow::doer(&self.timeline, begun, &self.interrupt)?;
        let frame = state.frame(event.frame).map(|frame| frame.info);
        Ok(match (returned, frame) {
            (Some(text), Some(frame)) => Next::Follow(Quest {
                text,
                pos: at,
                until: pos,
                frame,
            }),
            _ => Next::End("without a `return`".into(), Vec::new()),
        })
    }
}

fn result(state: &State) -> Option<Value> {
    state.event.as_ref().and_then(|(_, value)| value.clone())
}

/// Whether a call can be one of a code object, by its name.
fn is_call_of(call: &Call, code: &Code) -> bool {
    let class = code.qualname.strip_suffix(".__init__");
    let class = class.and_then(|class| class.rsplit('.').next());
    code.name == call.name || class == Some(call.name.as_str())
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
