//! Methods of builtin types that only read.

use std::borrow::Cow;

use ruff_python_ast::{CmpOp, Operator};
use ruff_text_size::Ranged;
use schema::{Type, Value};

use super::Datum;
use super::arguments::Arguments;
use super::compare::kind_name;
use super::eval::{Eval, lost, python, refused};
use super::gate::Definer;
use super::numbers::Number;
use super::shape::{Items, Kind, Pairs, View};
use super::text;
use crate::error::Result;

/// Classes of the standard library whose reading methods are those of the class they extend.
const FAITHFUL: &[&str] = &[
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
];

impl Eval<'_> {
    /// `object.name(arguments)`; the node is for messages.
    pub(super) fn method(
        &self,
        node: &impl Ranged,
        object: &Datum,
        arguments: Arguments<'_>,
    ) -> Result<Datum> {
        if let Datum::Value(Value::Object(id)) = object {
            let (recorded, class) = self.object(*id)?;
            // A recorded attribute of that name is what would be called.
            if self.field(*id, recorded, arguments.name)?.is_some() {
                return Err(self.would_run(node));
            }
            if class.body.is_some() {
                self.asks("the attributes of", object, &["__getattribute__"])?;
            }
            match self.definer(class, arguments.name) {
                Definer::Known => {}
                Definer::Unknown if is_faithful(class) => {}
                Definer::Unknown => return Err(self.would_run(node)),
                Definer::Other(base, bound) => {
                    return Err(refused(format!(
                        "cannot evaluate `{}`: {}",
                        self.source(node),
                        self.says(base, bound, arguments.name)
                    )));
                }
                Definer::Nobody => {
                    self.attribute_of(object, arguments.name)?;
                    return Err(self.would_run(node));
                }
            }
            if arguments.name == "copy" {
                self.asks("the copy of", object, &["__iter__"])?;
            }
        }
        let found = match self.view(object)? {
            View::Str(text) => self.str_method(text, arguments)?,
            View::StrCut(text, _) => self.cut_method(object, text, arguments)?,
            View::Bytes(bytes) => self.bytes_method(bytes, &arguments)?,
            View::BytesCut(..) => return Err(self.text_cut(object)),
            View::Number(number) => number_method(number, &arguments)?,
            View::Items(kind, items) if kind.is_set() => {
                self.set_method(object, kind, items, &arguments)?
            }
            View::Items(kind, items) => self.sequence_method(object, kind, items, &arguments)?,
            View::Dict(pairs) => self.dict_method(pairs, &arguments)?,
            View::Range(_) => {
                let items = self.iterate(object)?;
                self.sequence_method(object, Kind::Tuple, Items::of(&items), &arguments)?
            }
            _ => None,
        };
        found.ok_or_else(|| self.would_run(node))
    }

    /// Of a text that is cut, what its beginning tells.
    fn cut_method(
        &self,
        object: &Datum,
        there: &[u8],
        arguments: Arguments<'_>,
    ) -> Result<Option<Datum>> {
        if arguments.name == "startswith"
            && let [prefix] = arguments.positional.as_slice()
            && self.text_of(prefix, "prefix")?.len() <= there.len()
        {
            return self.str_method(there, arguments);
        }
        Err(self.text_cut(object))
    }

    /// `index(item[, start[, stop]])`, `count(item)`, `copy()`
    fn sequence_method(
        &self,
        object: &Datum,
        kind: Kind,
        items: Items<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Datum>> {
        Ok(Some(match arguments.name {
            "count" => {
                let wanted = arguments.one()?;
                items.whole()?;
                let mut count = 0;
                for item in items.iter() {
                    count += i64::from(self.equal_item(&item, wanted, 0)?);
                }
                Value::Int(count).into()
            }
            "index" => {
                arguments.check(1, 3)?;
                let Some(wanted) = arguments.get(0) else {
                    return Ok(None);
                };
                let (start, stop) = self.part(arguments, 1, items.len())?;
                let mut places = (start..stop).filter_map(|at| Some((at, items.get(at)?)));
                let at = places.find_map(|(at, item)| {
                    let is_equal = self.equal_item(&item, wanted, 0);
                    is_equal.map(|is_it| is_it.then_some(at)).transpose()
                });
                match at.transpose()? {
                    Some(at) => Value::Int(i64::try_from(at).unwrap_or(i64::MAX)).into(),
                    None => {
                        items.whole()?;
                        let message = match (kind, self.view(object)?, self.view(wanted)?) {
                            (_, View::Range(_), View::Number(Number::Int(_)))
                                if self.is_since(14) =>
                            {
                                "range.index(x): x not in range".into()
                            }
                            (_, View::Range(_), View::Number(Number::Int(number))) => {
                                format!("{number} is not in range")
                            }
                            (_, View::Range(_), _) => "sequence.index(x): x not in sequence".into(),
                            (Kind::Tuple, ..) => "tuple.index(x): x not in tuple".into(),
                            (Kind::List, ..) if self.is_since(14) => {
                                "list.index(x): x not in list".into()
                            }
                            _ => format!("{} is not in {}", self.repr_of(wanted)?, kind_name(kind)),
                        };
                        return Err(python(format!("ValueError: {message}")));
                    }
                }
            }
            "copy" if kind != Kind::Tuple => {
                arguments.check(0, 0)?;
                if kind == Kind::Deque {
                    return Err(lost(
                        "the copy of a deque cannot be shown: it may have a maxlen",
                    ));
                }
                items.whole()?;
                Datum::List(items.iter().map(Cow::into_owned).collect())
            }
            _ => return Ok(None),
        }))
    }

    /// The start and end that two arguments from an index on choose of a sequence.
    pub(super) fn part(
        &self,
        arguments: &Arguments<'_>,
        from: usize,
        length: u64,
    ) -> Result<(usize, usize)> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bound = |at: usize, default: usize, most: usize| -> Result<usize> {
            match arguments.get(at) {
                None | Some(Datum::Value(Value::None)) => Ok(default),
                Some(datum) => {
                    let number = self.whole_number(datum)?;
                    let number = if number.sign() == num_bigint::Sign::Minus {
                        (number + length).max(num_bigint::BigInt::ZERO)
                    } else {
                        number
                    };
                    Ok(usize::try_from(&number).unwrap_or(usize::MAX).min(most))
                }
            }
        };
        // A start past the end stays there: not even the empty text is found then.
        let start = bound(from, 0, length.saturating_add(1))?;
        Ok((start, bound(from + 1, length, length)?))
    }

    fn dict_method(&self, pairs: Pairs<'_>, arguments: &Arguments<'_>) -> Result<Option<Datum>> {
        let listed = |item: &dyn Fn(Datum, Datum) -> Datum| -> Result<Option<Datum>> {
            arguments.check(0, 0)?;
            pairs.whole()?;
            self.spend(pairs.len())?;
            let all = pairs.iter();
            let items = all.map(|(key, value)| item(key.into_owned(), value.into_owned()));
            Ok(Some(Datum::List(items.collect())))
        };
        match arguments.name {
            "get" => {
                arguments.check(1, 2)?;
                let Some(key) = arguments.get(0) else {
                    return Ok(None);
                };
                self.hashable(key, "a dict key")?;
                let default = arguments.get(1).cloned();
                match self.found(pairs.keys(), key, || pairs.whole())? {
                    Some(at) => pairs
                        .value(at)
                        .map(|value| Some(value.into_owned()))
                        .ok_or_else(|| pairs.cut()),
                    None => Ok(Some(default.unwrap_or(Value::None.into()))),
                }
            }
            "keys" => listed(&|key, _| key),
            "values" => listed(&|_, value| value),
            "items" => listed(&|key, value| Datum::Tuple(vec![key, value])),
            "copy" => {
                arguments.check(0, 0)?;
                pairs.whole()?;
                let all = pairs.iter();
                let all = all.map(|(key, value)| (key.into_owned(), value.into_owned()));
                Ok(Some(Datum::Dict(all.collect())))
            }
            _ => Ok(None),
        }
    }

    fn set_method(
        &self,
        object: &Datum,
        kind: Kind,
        items: Items<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Datum>> {
        // The operators want sets, the methods take any iterable.
        let as_set = |datum: &Datum| self.set(self.iterate(datum)?);
        let op = match arguments.name {
            "union" => Operator::BitOr,
            "intersection" => Operator::BitAnd,
            "difference" => Operator::Sub,
            "symmetric_difference" => {
                arguments.check(1, 1)?;
                Operator::BitXor
            }
            "issubset" => {
                let other = as_set(arguments.one()?)?;
                return Ok(Some(self.ordered_sets(CmpOp::LtE, object, &other)?.into()));
            }
            "issuperset" => {
                let other = as_set(arguments.one()?)?;
                return Ok(Some(self.ordered_sets(CmpOp::GtE, object, &other)?.into()));
            }
            "isdisjoint" => {
                let other = as_set(arguments.one()?)?;
                let common = self.set_operator(Operator::BitAnd, object, &other)?;
                return Ok(match common {
                    Some(common) => Some((!self.truth(&common)?).into()),
                    None => None,
                });
            }
            "copy" => {
                arguments.check(0, 0)?;
                items.whole()?;
                let copied = items.iter().map(Cow::into_owned).collect();
                return Ok(Some(match kind {
                    Kind::FrozenSet => Datum::FrozenSet(copied),
                    _ => Datum::Set(copied),
                }));
            }
            _ => return Ok(None),
        };
        arguments.check(0, usize::MAX)?;
        items.whole()?;
        let all: Vec<Datum> = items.iter().map(Cow::into_owned).collect();
        let mut result = match kind {
            Kind::FrozenSet => Datum::FrozenSet(all),
            _ => Datum::Set(all),
        };
        for other in &arguments.positional {
            let is_set = matches!(self.view(other)?, View::Items(kind, _) if kind.is_set());
            let other = as_set(other)?;
            if op == Operator::BitAnd && !is_set {
                result = self.intersection(&result, &other)?;
                continue;
            }
            match self.set_operator(op, &result, &other)? {
                Some(next) => result = next,
                None => return Ok(None),
            }
        }
        Ok(Some(result))
    }

    fn bytes_method(&self, bytes: &[u8], arguments: &Arguments<'_>) -> Result<Option<Datum>> {
        Ok(Some(match arguments.name {
            "hex" => {
                arguments.check(0, 0)?;
                self.sized(2 * bytes.len() as u64)?;
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Value::text(&digits).into()
            }
            "decode" => {
                arguments.check(0, 1)?;
                if let Some(encoding) = arguments.get(0)
                    && !is_utf8(&self.text_of(encoding, "encoding")?)
                {
                    return Ok(None);
                }
                let text = std::str::from_utf8(bytes)
                    .map_err(|problem| python(undecodable(bytes, problem)))?;
                Value::text(text).into()
            }
            "startswith" | "endswith" | "find" | "count" => {
                let part = arguments.one()?;
                let View::Bytes(part) = self.view(part)? else {
                    return Ok(None);
                };
                match arguments.name {
                    "startswith" => bytes.starts_with(part).into(),
                    "endswith" => bytes.ends_with(part).into(),
                    "find" => place(text::find(bytes, part, 0)),
                    _ if part.is_empty() => place(Some(bytes.len() + 1)),
                    _ => place(Some(text::count(bytes, part))),
                }
            }
            _ => return Ok(None),
        }))
    }
}

/// What CPython says of bytes that are not UTF-8.
fn undecodable(bytes: &[u8], problem: std::str::Utf8Error) -> String {
    let at = problem.valid_up_to();
    let first = bytes.get(at).copied().unwrap_or_default();
    let (count, why) = match problem.error_len() {
        None => (bytes.len() - at, "unexpected end of data"),
        Some(count) if matches!(first, 0xc2..=0xf4) => (count, "invalid continuation byte"),
        Some(_) => (1, "invalid start byte"),
    };
    let place = match count {
        1 => format!("byte 0x{first:02x} in position {at}"),
        _ => format!("bytes in position {at}-{}", at + count - 1),
    };
    format!("UnicodeDecodeError: 'utf-8' codec can't decode {place}: {why}")
}

/// The name of an encoding that is UTF-8.
pub(super) fn is_utf8(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_slice(), b"utf-8" | b"utf8" | b"utf_8")
}

/// A place in a text, or -1.
pub(super) fn place(at: Option<usize>) -> Datum {
    let at = at.and_then(|at| i64::try_from(at).ok());
    Value::Int(at.unwrap_or(-1)).into()
}

fn is_faithful(class: &Type) -> bool {
    let name = class.mro.first();
    name.is_some_and(|name| FAITHFUL.contains(&name.as_str()))
}

fn number_method(number: Number, arguments: &Arguments<'_>) -> Result<Option<Datum>> {
    let found = match (number, arguments.name) {
        (Number::Int(number), "bit_length") => {
            Value::Int(i64::try_from(number.bits()).unwrap_or(i64::MAX)).into()
        }
        (Number::Int(number), "bit_count") => {
            Value::Int(i64::try_from(number.magnitude().count_ones()).unwrap_or(i64::MAX)).into()
        }
        (Number::Int(number), "conjugate") => Number::Int(number).datum(),
        (Number::Float(number), "conjugate") => Value::Float(number).into(),
        (Number::Float(number), "is_integer") => {
            (number.is_finite() && number.fract() == 0.0).into()
        }
        _ => return Ok(None),
    };
    arguments.check(0, 0)?;
    Ok(Some(found))
}
