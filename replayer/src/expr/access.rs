//! Items and slices.

use num_bigint::BigInt;
use ruff_python_ast::{Expr, ExprSlice, ExprSubscript};
use schema::{Spot, TypeKind, Value};

use super::compare::kind_name;
use super::eval::{Eval, python, refused};
use super::gate::Definer;
use super::numbers::{Number, int};
use super::operators::sequence;
use super::own::Given;
use super::shape::{Kind, View};
use super::{Datum, text};
use crate::error::Result;
use crate::reads::Reads;

impl<'s> Eval<'s> {
    /// `value[index]`
    pub(super) fn subscript(&self, node: &ExprSubscript, depth: usize) -> Result<Datum> {
        let datum = self.operand(&node.value, depth)?;
        if let Some(callee) = self.special(&datum, "__getitem__")? {
            if node.slice.is_slice_expr() {
                return Err(refused("a slice of an instance is not interpreted"));
            }
            let index = self.operand(&node.slice, depth)?;
            let given = Given::of(vec![self.boxed(index)?]);
            return self.invoke(&callee, given);
        }
        let mark = self.scope.reads.map(Reads::mark);
        if let View::Class(_) | View::Opaque(..) = self.view(&datum)? {
            return Err(self.would_run(node));
        }
        self.asks("an item of", &datum, &["__getitem__"])?;
        // An object's class stays; what of its contents matters, `item` notes.
        self.narrow(mark, None);
        if let Expr::Slice(slice) = &*node.slice {
            return self.slice(&datum, slice, depth);
        }
        let index = self.operand(&node.slice, depth)?;
        self.item(&datum, &index)
    }

    pub(super) fn item(&self, datum: &Datum, index: &Datum) -> Result<Datum> {
        let mark = self.scope.reads.map(Reads::mark);
        let id = match datum {
            Datum::Value(Value::Object(id)) => Some(*id),
            _ => None,
        };
        let found = match self.view(datum)? {
            View::Dict(pairs) => {
                self.hashable(index, "a dict key")?;
                let Some(at) = self.found_key(pairs, index)? else {
                    return self.missing(pairs.class, index);
                };
                if let Some(id) = id {
                    self.narrow(mark, Some(Spot::Pair(id, at as u64)));
                }
                return Ok(pairs.value(at).ok_or_else(|| pairs.cut())?.into_owned());
            }
            View::Items(kind, items) if !kind.is_set() => {
                let at = self.index_in(index, items.len(), kind_name(kind))?;
                // From the end, the place of an item depends on the length.
                if let (Some(id), Datum::Value(Value::Int(0..))) = (id, index) {
                    self.narrow(mark, Some(Spot::Item(id, at as u64)));
                }
                Some(items.item(at)?.into_owned())
            }
            View::Str(there) => {
                let at = self.index_in(index, text::length(there) as u64, "string")?;
                character(there, at)
            }
            View::StrCut(there, length) => {
                let at = self.index_in(index, length, "string")?;
                Some(character(there, at).ok_or_else(|| self.text_cut(datum))?)
            }
            View::Bytes(bytes) => {
                let is_array = match datum {
                    Datum::Value(Value::Object(id)) => {
                        self.object(*id)?.1.kind == TypeKind::ByteArray
                    }
                    _ => false,
                };
                let name = if is_array { "bytearray" } else { "index" };
                let at = self.index_in(index, bytes.len() as u64, name)?;
                bytes
                    .get(at)
                    .map(|byte| Value::Int(i64::from(*byte)).into())
            }
            View::BytesCut(there, length) => {
                let at = self.index_in(index, length, "index")?;
                let byte = there.get(at).ok_or_else(|| self.text_cut(datum))?;
                Some(Value::Int(i64::from(*byte)).into())
            }
            View::Range(parts) => Some(self.range_item(parts, index)?),
            _ => None,
        };
        found.ok_or_else(|| {
            let name = self.type_name(datum);
            python(format!("TypeError: '{name}' object is not subscriptable"))
        })
    }

    fn narrow(&self, mark: Option<usize>, spot: Option<Spot>) {
        if let (Some(reads), Some(mark)) = (self.scope.reads, mark) {
            reads.narrow(mark, spot);
        }
    }

    /// What a dict gives for a key that it does not have.
    fn missing(&self, class: Option<&'s schema::Type>, key: &Datum) -> Result<Datum> {
        let definer = class.map_or(Definer::Nobody, |class| self.definer(class, "__missing__"));
        let own = class.map_or("", |class| class.name.as_str());
        match definer {
            Definer::Nobody => {}
            Definer::Known if own == "collections.Counter" => return Ok(Value::Int(0).into()),
            Definer::Unknown if own == "collections.Counter" => return Ok(Value::Int(0).into()),
            Definer::Unknown if own == "collections.OrderedDict" => {}
            Definer::Other(base, bound) => {
                let (key, why) = (self.repr_of(key)?, self.says(base, bound, "__missing__"));
                return Err(refused(format!(
                    "what {own} gives for {key} cannot be known: {why}"
                )));
            }
            Definer::Known | Definer::Unknown => {
                return Err(refused(format!(
                    "KeyError: {}, unless {own} makes up a value (it may define __missing__)",
                    self.repr_of(key)?
                )));
            }
        }
        Err(python(format!("KeyError: {}", self.repr_of(key)?)))
    }

    /// An int that serves as an index.
    pub(super) fn index_number(&self, datum: &Datum) -> Result<Option<BigInt>> {
        Ok(match self.view(datum)? {
            View::Number(Number::Int(number)) => Some(number),
            _ => {
                self.asks("the index", datum, &["__index__"])?;
                None
            }
        })
    }

    /// A place from 0 on in a sequence; what it is called is for messages.
    pub(super) fn index_in(&self, index: &Datum, length: u64, name: &str) -> Result<usize> {
        let Some(index) = self.index_number(index)? else {
            let given = self.type_name(index);
            let (name, kinds) = match name {
                "string" => ("string", "integers"),
                "index" => ("byte", "integers or slices"),
                "deque" => ("sequence", "integers"),
                name => (name, "integers or slices"),
            };
            let given = if name == "string" {
                format!("'{given}'")
            } else {
                given
            };
            return Err(python(format!(
                "TypeError: {name} indices must be {kinds}, not {given}"
            )));
        };
        if i64::try_from(&index).is_err() {
            return Err(python(
                "IndexError: cannot fit 'int' into an index-sized integer",
            ));
        }
        let at = if index.sign() == num_bigint::Sign::Minus {
            index + length
        } else {
            index
        };
        match usize::try_from(&at) {
            Ok(place) if (place as u64) < length => Ok(place),
            _ if name == "index" => Err(python("IndexError: index out of range")),
            _ if name == "deque" => Err(python("IndexError: deque index out of range")),
            _ => Err(python(format!("IndexError: {name} index out of range"))),
        }
    }

    /// A part of a slice, brought into the range of machine integers as CPython does it.
    fn bound(&self, node: Option<&Expr>, depth: usize) -> Result<Option<i64>> {
        let Some(node) = node else { return Ok(None) };
        let datum = self.operand(node, depth)?;
        if matches!(datum, Datum::Value(Value::None)) {
            return Ok(None);
        }
        let number = self.index_number(&datum)?.ok_or_else(|| {
            let none = if self.is_since(15) { "" } else { "None or " };
            python(format!(
                "TypeError: slice indices must be integers or {none}have an __index__ method"
            ))
        })?;
        let extreme = if number.sign() == num_bigint::Sign::Minus {
            -i64::MAX
        } else {
            i64::MAX
        };
        Ok(Some(
            i64::try_from(&number).unwrap_or(extreme).max(-i64::MAX),
        ))
    }

    fn slice(&self, datum: &Datum, node: &ExprSlice, depth: usize) -> Result<Datum> {
        let start = self.bound(node.lower.as_deref(), depth)?;
        let stop = self.bound(node.upper.as_deref(), depth)?;
        let step = self.bound(node.step.as_deref(), depth)?.unwrap_or(1);
        if step == 0 {
            return Err(python("ValueError: slice step cannot be zero"));
        }
        let places = |length: u64| Places::new(start, stop, step, length);
        Ok(match self.view(datum)? {
            View::Items(kind @ (Kind::List | Kind::Tuple), items) => {
                let places = places(items.len());
                self.spend(places.count)?;
                let part: Result<Vec<Datum>> =
                    places.map(|at| Ok(items.item(at)?.into_owned())).collect();
                sequence(kind, part?)
            }
            View::Str(there) => {
                let places = places(text::length(there) as u64);
                text_slice(there, places).ok_or_else(|| self.text_cut(datum))?
            }
            View::StrCut(there, length) => {
                text_slice(there, places(length)).ok_or_else(|| self.text_cut(datum))?
            }
            View::Bytes(there) => {
                let part: Option<Vec<u8>> = places(there.len() as u64)
                    .map(|at| there.get(at).copied())
                    .collect();
                Value::Bytes(part.unwrap_or_default().into()).into()
            }
            View::BytesCut(there, length) => {
                let part: Option<Vec<u8>> =
                    places(length).map(|at| there.get(at).copied()).collect();
                Value::Bytes(part.ok_or_else(|| self.text_cut(datum))?.into()).into()
            }
            View::Range(parts) => {
                let length = u64::try_from(self.range_length(parts)?);
                let length = length.map_err(|_| refused("a range is too long to be sliced"))?;
                self.range_slice(parts, &places(length))?
            }
            View::Dict(pairs) => {
                let key = |node: &Option<Box<Expr>>| match node.as_deref() {
                    Some(node) => self.repr_of(&self.operand(node, depth)?),
                    None => Ok("None".into()),
                };
                let (start, stop, step) = (key(&node.lower)?, key(&node.upper)?, key(&node.step)?);
                for other in pairs.keys() {
                    if let View::Opaque(..) = self.view(&other)? {
                        return Err(refused("slices as keys are not supported"));
                    }
                }
                let class = pairs.class;
                if class.is_some_and(|class| {
                    !matches!(self.definer(class, "__missing__"), Definer::Nobody)
                }) {
                    return Err(refused("slices as keys are not supported"));
                }
                return Err(python(format!("KeyError: slice({start}, {stop}, {step})")));
            }
            View::Items(Kind::Deque, _) => {
                return Err(python(
                    "TypeError: sequence index must be integer, not 'slice'",
                ));
            }
            _ => {
                let name = self.type_name(datum);
                return Err(python(format!(
                    "TypeError: '{name}' object is not subscriptable"
                )));
            }
        })
    }
}

fn character(text: &[u8], at: usize) -> Option<Datum> {
    let start = text::offset(text, at);
    let end = text::offset(text, at + 1);
    let bytes = text.get(start..end).filter(|bytes| !bytes.is_empty())?;
    Some(Value::Str(bytes.into()).into())
}

fn text_slice(text: &[u8], places: Places) -> Option<Datum> {
    if places.step == 1 && text.is_ascii() {
        let start = usize::try_from(places.start).ok()?;
        let end = start.checked_add(usize::try_from(places.count).ok()?)?;
        return Some(Value::Str(text.get(start..end)?.into()).into());
    }
    let all: Vec<&[u8]> = text::characters(text).collect();
    let part: Option<Vec<&[u8]>> = places.map(|at| all.get(at).copied()).collect();
    Some(Value::Str(part?.concat().into()).into())
}

/// The places of a slice, as `PySlice_AdjustIndices` finds them.
pub(super) struct Places {
    pub(super) start: i64,
    pub(super) stop: i64,
    pub(super) step: i64,
    pub(super) count: u64,
}

impl Places {
    fn new(start: Option<i64>, stop: Option<i64>, step: i64, length: u64) -> Places {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let (low, high) = if step < 0 {
            (-1, length - 1)
        } else {
            (0, length)
        };
        let settle = |bound: i64| {
            let bound = if bound < 0 { bound + length } else { bound };
            bound.clamp(low, high)
        };
        let start = start.map_or(if step < 0 { high } else { low }, settle);
        let stop = stop.map_or(if step < 0 { low } else { high }, settle);
        let distance = if step < 0 { start - stop } else { stop - start };
        let count = if distance > 0 {
            (distance - 1).unsigned_abs() / step.unsigned_abs() + 1
        } else {
            0
        };
        Places {
            start,
            stop,
            step,
            count,
        }
    }
}

impl Iterator for Places {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = usize::try_from(self.start).ok();
        if self.count == 0 {
            return None;
        }
        self.count -= 1;
        self.start = self.start.saturating_add(self.step);
        at
    }
}

/// An int as a datum.
pub(super) fn whole(number: BigInt) -> Datum {
    int(number).into()
}
