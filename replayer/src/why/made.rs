//! What came with an object, and what came out of one.

use schema::{EventKind, Object, Pos, State, TypeKind, Value};

use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{Datum, Expr};
use crate::follow::{Changed, Subject};
use crate::reading::{Call, From, Reading};
use crate::timeline::Filter;
use crate::view::WhyLink;

impl Debugger {
    /// What the call of a class gave: a new object, or one that it had given before.
    pub(super) fn instance(
        &self,
        quest: &Quest,
        call: &Call,
        links: &mut Vec<WhyLink>,
    ) -> Result<Next> {
        let trace = self.timeline.trace();
        let is_maker = |code| matches!(trace.code(code), Ok(code) if code.name == "__new__");
        let inputs = call.inputs.clone();
        if let Some(Value::Object(id)) = quest.whole()
            && self.timeline.state_at(quest.pos)?.objects.contains_key(id)
        {
            let mut made = self.returns(quest, &Filter::All, &is_maker)?;
            self.keep_expected(quest, &mut made)?;
            if let Some(returned) = made.pop() {
                return self.came_from(quest, returned, made.is_empty(), links);
            }
            let how = format!("an object that was there before, given by `{}`", call.text);
            return Ok(Next::End(how, inputs));
        }
        let how = match quest.whole() {
            Some(Value::Object(_)) | None => format!("a new object, made by `{}`", call.text),
            Some(_) => format!("computed by `{}`", call.text),
        };
        Ok(Next::End(how, inputs))
    }

    /// What a call took out of a container or read in it: where that was.
    pub(super) fn taken(&self, quest: &Quest, call: &Call, kind: TypeKind) -> Result<Option<Next>> {
        let Some(receiver) = &call.receiver else {
            return Ok(None);
        };
        if call.has_star || !call.keywords.is_empty() {
            return Ok(None);
        }
        let first = call.positional.first().map(String::as_str);
        let (item, is_dict) = match (kind, call.name.as_str(), first) {
            (TypeKind::Dict, "get" | "pop" | "setdefault", Some(key)) => (key, true),
            (TypeKind::List | TypeKind::Deque, "pop", None) => ("-1", false),
            (TypeKind::List, "pop", Some(at)) => (at, false),
            (TypeKind::Deque, "popleft", None) => ("0", false),
            _ => return Ok(None),
        };
        let next = |text: String| {
            Next::Follow(Quest {
                text,
                ..quest.clone()
            })
        };
        let place = format!("{receiver}[{item}]");
        let read = self.at(quest, |scope| Expr::parse(&place)?.evaluate(scope));
        match read {
            Ok(Datum::Value(value)) if quest.whole().is_none_or(|whole| *whole == value) => {
                Ok(Some(next(place)))
            }
            Err(Error::Expression(why)) if is_dict && why.starts_with("KeyError") => {
                Ok(Some(match call.positional.get(1) {
                    Some(default) => next(default.clone()),
                    None => Next::End(format!("`{receiver}` had no such key"), call.inputs.clone()),
                }))
            }
            Ok(_) | Err(Error::Expression(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What came with an object that a frame returned or yielded, and what the line asked code of the
    /// program for.
    #[expect(clippy::too_many_arguments, reason = "all that is known of one change")]
    pub(super) fn given_out(
        &self,
        quest: &Quest,
        subject: &Subject,
        changed: Changed,
        by: Pos,
        reading: &Reading,
        links: &mut Vec<WhyLink>,
        next: &dyn Fn(String) -> Next,
    ) -> Result<Option<Next>> {
        let event = self.timeline.event(changed.pos)?;
        let given = super::given::result(&*self.timeline.state_at(changed.pos)?);
        let text = match (event.kind, &reading.yielded[..]) {
            (EventKind::Return, _) => reading.returned.clone(),
            (EventKind::Yield, [only]) => Some(only.clone()),
            _ => None,
        };
        if let (Some(Value::Object(id)), Some(text)) = (given, text)
            && event.frame == changed.frame
            && subject.object() == Some(id)
            && let Next::Follow(line) = self.expecting(quest, next(text.clone()))?
        {
            let how = "came with its object, made there".to_owned();
            links.push(self.link(quest, by, how, true)?);
            return self.part_of(line, text, subject).map(Some);
        }
        let Some(name) = subject.attribute() else {
            return Ok(None);
        };
        let trace = self.timeline.trace();
        if reading
            .writes
            .iter()
            .any(|write| write.from == From::Made("class"))
            && let Next::Follow(line) = next(quest.text.clone())
        {
            let is_body = |code| matches!(trace.code(code), Ok(code) if !code.has_slots());
            if let Some((pos, event)) = self.returns(&line, &Filter::All, &is_body)?.pop()
                && let Some(frame) = self.timeline.state_at(pos)?.frame(event.frame)
            {
                let body = Quest {
                    text: name.to_owned(),
                    pos,
                    until: Pos(pos.0 + 1),
                    frame: frame.info,
                    expected: None,
                    part: None,
                };
                if self.held(&body)?.is_some() {
                    return Ok(Some(Next::Follow(body)));
                }
            }
        }
        // As `cached_property` does it.
        let is_its = |code| matches!(trace.code(code), Ok(code) if code.name == name);
        let Next::Follow(line) = self.expecting(quest, next(quest.text.clone()))? else {
            return Ok(None);
        };
        let mut found = self.returns(&line, &Filter::All, &is_its)?;
        self.keep_expected(&line, &mut found)?;
        match found.pop() {
            Some(returned) => {
                let how = "kept by code that was not recorded".to_owned();
                links.push(self.link(quest, by, how, true)?);
                self.came_from(&line, returned, found.is_empty(), links)
                    .map(Some)
            }
            None => Ok(None),
        }
    }

    /// The attribute where a constructor that the line called ended: of an object of the same class
    /// with the same contents as the one that is new after the line.
    pub(super) fn made(&self, line: &Quest, subject: &Subject) -> Result<Option<Quest>> {
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
}
