//! What a line read: parts of what was written out, and what code of the program answers for.

use schema::{CodeId, EventInfo, EventKind, Pos, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::follow::Subject;
use crate::reading::{self, Shape};
use crate::timeline::Filter;
use crate::view::WhyLink;

/// What answers for attributes, beside code of their names; and for items.
const ATTRIBUTES: &[&str] = &["__getattr__", "__getattribute__", "__get__"];
const ITEMS: &[&str] = &["__getitem__", "__missing__", "__class_getitem__"];
/// What gives a `with` its value.
const ENTRIES: &[&str] = &["__enter__", "__aenter__"];

impl Debugger {
    /// An attribute or an item.
    pub(super) fn place(&self, quest: &Quest, links: &mut Vec<WhyLink>) -> Result<Next> {
        if let Some((found, is_certain)) = self.answered(quest)? {
            return self.came_from(quest, found, is_certain, links);
        }
        if let Some((base, key)) = reading::item_of(&self.plain(&quest.text))
            && !quest.text.contains('#')
        {
            let follow = |text: String, part: Option<usize>| {
                Next::Follow(Quest {
                    text,
                    part,
                    ..quest.clone()
                })
            };
            match reading::shape(&base) {
                Some(Shape::Display(inputs)) => {
                    return Ok(match self.element(quest, &base, &key)? {
                        Some(text) => follow(text, None),
                        None => Next::End(format!("read by `{}`", quest.text), inputs),
                    });
                }
                Some(Shape::Literal) => {
                    let how = format!("read by `{}`", quest.text);
                    return Ok(Next::End(how, vec![key]));
                }
                Some(Shape::Call(_) | Shape::Handed(_)) if quest.part.is_none() => {
                    if let Ok(part) = key.parse() {
                        return Ok(follow(base, Some(part)));
                    }
                }
                _ => {}
            }
        }
        match self.value(quest, &quest.text)? {
            Some(_) => self.change(quest, links),
            None => Ok(Next::End(
                format!("read by `{}`, which cannot be followed", quest.text),
                Vec::new(),
            )),
        }
    }

    /// Which part of a container that is written out has a key.
    pub(super) fn element(&self, quest: &Quest, text: &str, key: &str) -> Result<Option<String>> {
        let Some(elements) = reading::elements(text) else {
            return Ok(None);
        };
        let is_dict = elements.iter().any(|(key, _)| key.is_some());
        if !is_dict {
            let index: Option<usize> = key.parse().ok();
            let found = index.and_then(|index| elements.into_iter().nth(index));
            return Ok(found.map(|(_, text)| text));
        }
        let wanted = self.value(quest, key)?;
        for (key, text) in elements {
            match key
                .map(|key| self.value(quest, &key))
                .transpose()?
                .flatten()
            {
                Some(key) if Some(&key) == wanted.as_ref() => return Ok(Some(text)),
                Some(_) => {}
                // A key that cannot be known may be it.
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The part of what an expression on a line made that a subject is, to be followed.
    pub(super) fn part_of(&self, line: Quest, text: String, subject: &Subject) -> Result<Next> {
        let Some(key) = subject.key() else {
            return Ok(Next::Follow(Quest { text, ..line }));
        };
        if let Some(text) = self.element(&line, &text, key)? {
            return Ok(Next::Follow(Quest { text, ..line }));
        }
        let is_given = matches!(
            reading::shape(&text),
            Some(Shape::Call(_) | Shape::Handed(_))
        );
        let part = key.parse().ok().filter(|_| is_given);
        Ok(Next::Follow(Quest { text, part, ..line }))
    }

    /// Code of the program that gave an attribute or an item to the quest's line: a property, a
    /// descriptor, `__getattr__`, `__getitem__`; and whether it must be that.
    fn answered(&self, quest: &Quest) -> Result<Option<((Pos, EventInfo), bool)>> {
        let text = self.plain(&quest.text);
        let (base, name, special) = match (reading::attribute_of(&text), reading::item_of(&text)) {
            (Some((base, name)), _) => (base, Some(name), ATTRIBUTES),
            (_, Some((base, _))) => (base, None, ITEMS),
            _ => return Ok(None),
        };
        let trace = self.timeline.trace();
        let is_its = |code: CodeId| {
            trace.code(code).is_ok_and(|code| {
                special.contains(&code.name.as_str()) || Some(&code.name) == name.as_ref()
            })
        };
        if quest.until.0 <= quest.pos.0 + 1 || !trace.reader().codes().any(|code| is_its(code.id)) {
            return Ok(None);
        }
        // `#17` is of the debugger, and no line reads it.
        let object = self.at(quest, |scope| {
            let Datum::Value(Value::Object(id)) = Expr::parse(&base)?.evaluate(scope)? else {
                return Ok(None);
            };
            let own = match (scope.objects().get(&id), &name) {
                (Some(object), Some(name)) => scope.field(id, object, name)?,
                _ => None,
            };
            Ok(own.is_none().then_some(id))
        });
        let object = match object {
            Ok(Some(id)) => Some(id),
            Ok(None) => return Ok(None),
            Err(Error::Expression(_)) => None,
            Err(error) => return Err(error),
        };
        let mut found = self.returns(quest, &Filter::All, &is_its)?;
        self.keep_plausible(quest, &mut found)?;
        let mut kept = Vec::new();
        for (pos, event) in found {
            let state = self.timeline.state_at(pos)?;
            let first = state
                .frame(event.frame)
                .and_then(|frame| state.variable(frame, 0));
            let is_descriptor = trace.code(event.code)?.name == "__get__";
            if is_descriptor || object.is_none() || first == object.map(Value::Object).as_ref() {
                kept.push((pos, event));
            }
        }
        let is_certain = kept.len() == 1;
        Ok(kept.pop().map(|found| (found, is_certain)))
    }

    /// What gave `with` on the quest's line its value, if that was recorded.
    pub(super) fn entered(&self, quest: &Quest) -> Result<Option<((Pos, EventInfo), bool)>> {
        let trace = self.timeline.trace();
        let is_entry = |code: CodeId| {
            trace
                .code(code)
                .is_ok_and(|code| ENTRIES.contains(&code.name.as_str()))
        };
        let mut found = self.returns(quest, &Filter::All, &is_entry)?;
        // What `contextmanager` makes is a generator that is asked by code of the library.
        found.extend(self.given(quest, EventKind::Yield, &Filter::All, &|_| true)?);
        self.keep_expected(quest, &mut found)?;
        let is_certain = found.len() == 1;
        Ok(found.pop().map(|found| (found, is_certain)))
    }

    /// What ran elsewhere while the quest's line waited and ended with what that got: the only coroutine,
    /// or function that the line names.
    pub(super) fn elsewhere(&self, quest: &Quest, text: &str) -> Result<Option<(Pos, EventInfo)>> {
        let Some(expected) = &quest.expected else {
            return Ok(None);
        };
        let trace = self.timeline.trace();
        let is_named = |name: &str| {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == name)
        };
        let mut codes = Vec::new();
        for code in trace.reader().codes() {
            if code.flags & 0x80 != 0 || is_named(&code.name) {
                codes.push(code.id);
            }
        }
        let mut only = None;
        let mut from = quest.pos;
        while from < quest.until && !codes.is_empty() {
            let mut is_end = |event: &EventInfo| {
                event.kind == EventKind::Return
                    && event.frame != quest.frame.frame
                    && codes.contains(&event.code)
            };
            let interrupt = &self.interrupt;
            let found = self.timeline.find_until(
                from,
                quest.until,
                &Filter::All,
                interrupt,
                &mut is_end,
            )?;
            let Some(pos) = found else { break };
            from = pos;
            if super::given::result(&*self.timeline.state_at(pos)?).as_ref() == Some(expected)
                && only.replace((pos, self.timeline.event(pos)?)).is_some()
            {
                return Ok(None);
            }
        }
        Ok(only)
    }
}
