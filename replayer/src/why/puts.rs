//! How a line put something where it is: by a statement, by a method, by moving it.

use schema::{Code, Object, Value};

use super::calls::is_call_of;
use super::{Next, Quest};
use crate::debugger::Debugger;
use crate::error::Result;
use crate::expr::Datum;
use crate::follow::{Changed, Subject};
use crate::reading::{self, Call, From, Reading, Target};

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
/// What a statement that stores calls with the value, last.
const SETTERS: &[&str] = &["__setattr__", "__setitem__", "__set__"];

impl Debugger {
    /// Whether a target of a line is what a subject is about. What cannot be evaluated may be it.
    pub(super) fn is_target(
        &self,
        quest: &Quest,
        subject: &Subject,
        line: &Quest,
        target: &Target,
    ) -> bool {
        match target {
            Target::Name(name) => *name == quest.text,
            Target::Attribute(name, base) => {
                subject.attribute() == Some(name) && self.is_base(subject, line, base)
            }
            Target::Item(base, key) => {
                subject.is_item()
                    && self.is_base(subject, line, base)
                    && self.is_key(subject, line, key)
            }
            Target::Entry(Some(base), key) => subject.attribute().is_some_and(|name| {
                self.is_base(subject, line, base) && self.may_say(line, key, name)
            }),
            Target::Entry(None, key) => {
                let is_name = matches!(reading::shape(&quest.text), Some(reading::Shape::Name(_)));
                is_name && self.may_say(line, key, &quest.text)
            }
        }
    }

    fn is_base(&self, subject: &Subject, line: &Quest, base: &str) -> bool {
        match (
            self.datum_at(Next::Follow(line.clone()), base),
            subject.object(),
        ) {
            (Some(Datum::Value(Value::Object(id))), Some(own)) => id == own,
            _ => true,
        }
    }

    /// Whether an expression may give this text.
    fn may_say(&self, line: &Quest, text: &str, name: &str) -> bool {
        match self.datum_at(Next::Follow(line.clone()), text) {
            Some(Datum::Value(Value::Str(said))) => *said == *name.as_bytes(),
            _ => true,
        }
    }

    /// Whether an expression may give the key of a subject.
    fn is_key(&self, subject: &Subject, line: &Quest, key: &str) -> bool {
        let known = |text: &str| self.datum_at(Next::Follow(line.clone()), text);
        let Some(wanted) = subject.key() else {
            return true;
        };
        if let (Some(Datum::Value(Value::Int(wanted))), Some(Datum::Value(Value::Int(own)))) =
            (known(wanted), known(key))
            && (wanted < 0) != (own < 0)
        {
            // Counted from the other end: they are the same if the container is that long.
            let length = subject.object().map(|id| known(&format!("len(#{id})")));
            return match length.flatten() {
                Some(Datum::Value(Value::Int(length))) => (wanted - own).abs() == length,
                _ => true,
            };
        }
        let is_same = known(&format!("({key}) == ({wanted})"));
        !matches!(is_same, Some(Datum::Value(Value::Bool(false))))
    }

    /// What a method put where a subject is: the expression, the call, and whether it must be that.
    pub(super) fn put(
        &self,
        quest: &Quest,
        subject: &Subject,
        changed: Changed,
        line: &Quest,
        reading: &Reading,
    ) -> Result<Option<(String, String, bool)>> {
        let held = self.held(quest)?;
        let before = self.timeline.state_at(line.pos)?;
        let after = self.timeline.state_at(changed.pos)?;
        let items = |objects: Option<&std::sync::Arc<Object>>| {
            objects.and_then(|object| object.items.as_ref().map(Vec::len))
        };
        let object = subject.object();
        let was = object.and_then(|id| items(before.objects.get(&id)));
        let is = object.and_then(|id| items(after.objects.get(&id)));
        let at = subject.key().and_then(|key| key.parse::<i64>().ok());
        let at = at
            .zip(is)
            .map(|(at, is)| if at < 0 { at + is as i64 } else { at });
        let mut found = Vec::new();
        let mut appended = was.unwrap_or_default() as i64;
        for call in &reading.calls {
            let is_setattr = call.name == "setattr" && subject.attribute().is_some();
            let is_adder = subject.is_item() && ADDERS.contains(&call.name.as_str());
            let on = match (is_setattr, &call.receiver) {
                (true, _) => call.positional.first(),
                (_, receiver) => receiver.as_ref(),
            };
            let (true, Some(on), Some(text)) = (is_setattr || is_adder, on, call.positional.last())
            else {
                continue;
            };
            if call.has_star || !self.is_base(subject, line, on) {
                continue;
            }
            let is_there = match (call.name.as_str(), &call.positional[..]) {
                ("setattr", [_, name, _]) => subject
                    .attribute()
                    .is_none_or(|own| self.may_say(line, name, own)),
                ("setdefault", [key, _]) => self.is_key(subject, line, key),
                ("append", _) if was.is_some() => {
                    appended += 1;
                    // One of several on the line, or the last, if the container is of fixed length.
                    let is_last =
                        is == was && Some(at.unwrap_or_default() + 1) == is.map(|is| is as i64);
                    at.is_none_or(|at| at == appended - 1 || is_last)
                }
                ("appendleft", _) => at.is_none_or(|at| at == 0),
                ("insert", [index, _]) => {
                    let index = self.datum_at(Next::Follow(line.clone()), index);
                    let was = was.unwrap_or_default() as i64;
                    match (index, at) {
                        (Some(Datum::Value(Value::Int(index))), Some(at)) => {
                            let index = if index < 0 { index + was } else { index };
                            index.clamp(0, was) == at
                        }
                        _ => true,
                    }
                }
                _ => true,
            };
            let given = self.datum_at(Next::Follow(line.clone()), text);
            let is_other = matches!((&given, &held), (Some(Datum::Value(given)), Some(held))
                if given != held && !matches!((given, held), (Value::Object(_), Value::Object(_))));
            if is_there && !is_other {
                found.push((text.clone(), call.text.clone()));
            }
        }
        let is_certain = found.len() == 1;
        Ok(found
            .into_iter()
            .next()
            .map(|(text, call)| (text, call, is_certain)))
    }

    /// For an item of a list that was in it before, elsewhere, and was moved by a change: where it was, if
    /// it can be but one.
    pub(super) fn moved(
        &self,
        subject: &Subject,
        changed: Changed,
    ) -> Result<Option<Option<String>>> {
        let (Some(id), Some(key)) = (subject.object(), subject.key()) else {
            return Ok(None);
        };
        let before = self.timeline.state_before(changed.pos)?;
        let after = self.timeline.state_at(changed.pos)?;
        let items = |objects: Option<&std::sync::Arc<Object>>| {
            objects.and_then(|object| object.items.clone())
        };
        let (Some(was), Some(is)) = (
            items(before.objects.get(&id)),
            items(after.objects.get(&id)),
        ) else {
            return Ok(None);
        };
        let Ok(at) = key.parse::<i64>() else {
            return Ok(None);
        };
        let at = if at < 0 { at + is.len() as i64 } else { at };
        let Some(value) = usize::try_from(at).ok().and_then(|at| is.get(at)) else {
            return Ok(None);
        };
        let mut places = was.iter().enumerate().filter(|(_, old)| *old == value);
        Ok(match (places.next(), places.next()) {
            (None, _) => None,
            (Some((from, _)), None) => Some(Some(format!("#{id}[{from}]"))),
            _ => Some(None),
        })
    }

    /// What a statement that stores passes to code of the program for a parameter: a property's setter,
    /// `__setattr__`, `__setitem__`, `__set__`.
    pub(super) fn passed_by_statement(
        &self,
        quest: &Quest,
        line: &Quest,
        code: &Code,
        index: usize,
        reading: &Reading,
    ) -> Result<Option<String>> {
        let mut found = Vec::new();
        for write in &reading.writes {
            let (base, name) = match &write.target {
                Target::Attribute(name, base) => (base, Some(name)),
                Target::Item(base, _) => (base, None),
                _ => continue,
            };
            let is_special = SETTERS.contains(&code.name.as_str())
                && (code.name == "__setitem__") == name.is_none();
            let From::Value(text) = &write.from else {
                continue;
            };
            if !is_special && name != Some(&code.name) {
                continue;
            }
            if index == 0 && code.name != "__set__" {
                found.push(base.clone());
            } else if index + 1 == code.arguments as usize {
                found.push(text.clone());
            }
        }
        let held = self.held(quest)?;
        found.retain(|text| {
            let given = self.datum_at(Next::Follow(line.clone()), text);
            !matches!((given, &held), (Some(Datum::Value(given)), Some(held)) if given != *held)
        });
        Ok(found.pop().filter(|_| found.is_empty()))
    }

    /// How code of the program was called that no call on a line calls.
    pub(super) fn uncalled(&self, code: &Code, reading: &Reading) -> String {
        let is_special = code.name.starts_with("__") && code.name.ends_with("__");
        match reading.calls.len() {
            _ if is_special => format!("by what stands for `{}` there", code.name),
            0 => "in a way that the source does not show".into(),
            _ => "by code that was not recorded".into(),
        }
    }

    /// How something was done that no expression of a line says.
    pub(super) fn unshown(&self, subject: &Subject, line: &Quest, reading: &Reading) -> String {
        let codes = || self.timeline.trace().reader().codes();
        let is_unknown = |call: &&Call| !codes().any(|code| is_call_of(call, code));
        let mut calls: Vec<&Call> = reading.calls.iter().filter(is_unknown).collect();
        let is_about = |call: &&Call| {
            let of = call.receiver.iter().chain(&call.positional);
            subject.object().is_some_and(|own| {
                let mut of = of.filter_map(|text| self.datum_at(Next::Follow(line.clone()), text));
                of.any(|datum| datum == Datum::Value(Value::Object(own)))
            })
        };
        if calls.iter().any(is_about) {
            calls.retain(is_about);
        }
        let texts: Vec<String> = calls
            .iter()
            .map(|call| format!("`{}`", call.text))
            .collect();
        match texts.is_empty() {
            true => "in a way that the source does not show".into(),
            false => format!(
                "by code that was not recorded, called by {}",
                texts.join(" or ")
            ),
        }
    }
}
