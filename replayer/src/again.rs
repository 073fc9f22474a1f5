//! A recorded call, made again by the interpreter: what it gives then must be what it gave.
//!
//! The recording is the interpreter's judge: it saw what CPython did with the same arguments and the
//! same objects.

use schema::{EventKind, Facts, Object, Pos, State, TypeKind, Value};

use crate::debugger::Debugger;
use crate::error::{Error, Result};
use crate::expr::{self, Datum};
use crate::scope::Scope;

/// What came of a call that was made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// It gives what was recorded.
    Agrees,
    /// It cannot be interpreted, or what was recorded is not all there, and why.
    Refused(String),
    /// It gives something else; the text says what.
    Differs(String),
}

impl Debugger {
    /// Makes a call again: from its first line, with what the trace holds there, and compares with how
    /// it ended.
    pub fn again(&self, line: Pos, end: Pos) -> Result<Again> {
        let trace = self.timeline.trace();
        let state = self.timeline.state_at(line)?;
        let frame = state.top().ok_or(Error::Empty)?;
        let found = expr::again(&Scope::new(trace, &state, frame));
        let state = self.timeline.state_at(end)?;
        let (kind, recorded) = match &state.event {
            Some((kind, Some(value))) => (*kind, value),
            _ => return Ok(Again::Refused("how it ended is not recorded".into())),
        };
        let is_raised = kind == EventKind::Unwind;
        match found {
            Err(Error::Expression(why)) => Ok(Again::Refused(why)),
            Err(Error::Python(text)) if is_raised => {
                let name = match recorded {
                    Value::Object(id) => match state.objects.get(id) {
                        Some(object) => trace.class(object.class)?.name.clone(),
                        None => return Ok(Again::Refused("the exception is not recorded".into())),
                    },
                    _ => return Ok(Again::Refused("the exception is not recorded".into())),
                };
                let again = text.split(':').next().unwrap_or_default();
                match name.rsplit('.').next() == Some(again) {
                    true => Ok(Again::Agrees),
                    false => Ok(Again::Differs(format!("raised {name}, again {text}"))),
                }
            }
            Err(Error::Python(text)) => Ok(Again::Differs(format!("returned, again {text}"))),
            Err(error) => Err(error),
            Ok(_) if is_raised => Ok(Again::Differs("raised, again returned".into())),
            Ok(datum) => Ok(match same(trace, &state, recorded, &datum, 0) {
                Some(true) => Again::Agrees,
                Some(false) => Again::Differs(format!("gave {recorded:?}, again {datum:?}")),
                None => Again::Refused("what it gave is not all recorded".into()),
            }),
        }
    }
}

/// Whether what was recorded is what was computed; `None` where the trace does not say.
fn same(facts: &Facts, state: &State, value: &Value, datum: &Datum, depth: usize) -> Option<bool> {
    if depth > 50 {
        return None;
    }
    let object = match (value, datum) {
        (Value::Unknown(_) | Value::Redacted | Value::StrCut(_) | Value::BytesCut(_), _) => {
            return None;
        }
        (Value::Object(a), Datum::Value(Value::Object(b))) if a == b => return Some(true),
        (Value::Object(id), Datum::Value(Value::Object(other))) => {
            // A tuple of constants is one object in CPython, and may be another here.
            let (a, b) = (state.objects.get(id)?, state.objects.get(other));
            return match b {
                Some(b) if a.class == b.class && a.items.is_some() => Some(a.items == b.items),
                _ => Some(false),
            };
        }
        (value, Datum::Value(computed)) => return Some(value == computed),
        (Value::Object(id), _) => state.objects.get(id)?,
        _ => return Some(false),
    };
    let class = facts.class(object.class).ok()?;
    if object.unknown.is_some() || object.cut {
        return None;
    }
    let all = |kind: TypeKind, items: &[Datum]| {
        items_same(facts, state, (class.kind == kind, object), items, depth)
    };
    match datum {
        Datum::Value(_) => Some(false),
        Datum::Tuple(items) => all(TypeKind::Tuple, items),
        Datum::List(items) => all(TypeKind::List, items),
        Datum::Set(items) | Datum::FrozenSet(items) => {
            let there = object.items.as_deref().unwrap_or_default();
            let is_in = |item: &Datum| {
                there
                    .iter()
                    .any(|value| same(facts, state, value, item, depth + 1) == Some(true))
            };
            Some(there.len() == items.len() && items.iter().all(is_in))
        }
        Datum::Dict(pairs) => {
            let there = object.pairs.as_deref().unwrap_or_default();
            if there.len() != pairs.len() {
                return Some(false);
            }
            for ((a, b), (c, d)) in there.iter().zip(pairs) {
                if !same(facts, state, a, c, depth + 1)? || !same(facts, state, b, d, depth + 1)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        Datum::Class(known) => {
            let text = object.text.as_deref().unwrap_or_default();
            Some(text == format!("<class '{}'>", known.name))
        }
        Datum::Instance(known, fields) => {
            let there = object.fields.as_deref().unwrap_or_default();
            if known.id != object.class || there.len() != fields.len() {
                return Some(false);
            }
            for (number, value) in there {
                let name = facts.name(*number).ok()?;
                let (_, field) = fields.iter().find(|(other, _)| other == name)?;
                if !same(facts, state, value, field, depth + 1)? {
                    return Some(false);
                }
            }
            Some(true)
        }
    }
}

fn items_same(
    facts: &Facts,
    state: &State,
    (is_kind, object): (bool, &Object),
    items: &[Datum],
    depth: usize,
) -> Option<bool> {
    let there = object.items.as_deref().unwrap_or_default();
    if !is_kind || there.len() != items.len() {
        return Some(false);
    }
    for (value, item) in there.iter().zip(items) {
        if !same(facts, state, value, item, depth + 1)? {
            return Some(false);
        }
    }
    Some(true)
}
