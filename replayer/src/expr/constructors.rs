//! Calls of builtin classes: `int('17')`, `list(…)`, `range(…)`.

use num_bigint::{BigInt, Sign};
use ruff_python_ast::Expr;
use schema::Value;

use super::Datum;
use super::access::whole;
use super::arguments::Arguments;
use super::eval::{Eval, python, refused};
use super::iterate::transposed;
use super::numbers::{Number, int};
use super::shape::View;
use super::text;
use super::totals::integer_part;
use crate::error::Result;

/// CPython's default for `sys.set_int_max_str_digits()`.
pub(super) const MOST_DIGITS: usize = 4300;

impl Eval<'_> {
    /// A builtin class, called; the node is for messages.
    pub(super) fn construct(&self, node: &Expr, mut arguments: Arguments<'_>) -> Result<Datum> {
        let name = arguments.name;
        if name == "dict" {
            return self.make_dict(arguments);
        }
        if arguments.positional.is_empty()
            && let Some(empty) = empty(name)
        {
            arguments.check(0, 0)?;
            return Ok(empty);
        }
        match name {
            "bool" => Ok(self.truth(arguments.one()?)?.into()),
            "type" => Ok(Datum::Class(self.class_of(arguments.one()?)?)),
            "str" => Ok(Value::Str(self.str_of(arguments.one()?)?.into()).into()),
            "int" => {
                let base = arguments.second("base")?;
                self.make_int(arguments.one()?, base.as_ref())
            }
            "float" => self.make_float(arguments.one()?),
            "bytes" => self.make_bytes(node, arguments.one()?),
            "list" => Ok(Datum::List(self.iterate_in_order(arguments.one()?)?)),
            "tuple" => Ok(Datum::Tuple(self.iterate_in_order(arguments.one()?)?)),
            "set" => self.set(self.iterate(arguments.one()?)?),
            "frozenset" => match self.set(self.iterate(arguments.one()?)?)? {
                Datum::Set(items) => Ok(Datum::FrozenSet(items)),
                other => Ok(other),
            },
            "reversed" => {
                let datum = arguments.one()?;
                if !self.asks("the items of", datum, &["__reversed__"])? {
                    for method in ["__len__", "__getitem__"] {
                        self.asks("the items of", datum, &[method])?;
                    }
                }
                match self.view(datum)? {
                    View::Items(kind, _) if kind.is_set() => {
                        let name = self.type_name(datum);
                        Err(python(format!(
                            "TypeError: '{name}' object is not reversible"
                        )))
                    }
                    _ => {
                        let mut items = self.iterate_or(datum, |name| {
                            format!("TypeError: '{name}' object is not reversible")
                        })?;
                        items.reverse();
                        Ok(Datum::List(items))
                    }
                }
            }
            "enumerate" => {
                let start = match arguments.second("start")? {
                    Some(start) => self.whole_number(&start)?,
                    None => BigInt::ZERO,
                };
                let items = self.iterate_in_order(arguments.one()?)?;
                let pairs = items.into_iter().enumerate();
                let numbered = pairs
                    .map(|(at, item)| Datum::Tuple(vec![whole(&start + BigInt::from(at)), item]));
                Ok(Datum::List(numbered.collect()))
            }
            "zip" => {
                let is_strict = match arguments.keyword("strict") {
                    Some(datum) => self.truth(&datum)?,
                    None => false,
                };
                arguments.check(0, usize::MAX)?;
                let lists = arguments.positional.iter();
                let lists: Vec<Vec<Datum>> = lists
                    .map(|datum| self.iterate_in_order(datum))
                    .collect::<Result<_>>()?;
                let first = lists.first().map_or(0, Vec::len);
                let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
                let odd = match lists.iter().position(|list| list.len() == shortest) {
                    // The first that ends is the shortest; else a later one goes on.
                    Some(0) => lists
                        .iter()
                        .position(|list| list.len() > first)
                        .map(|at| (at, "longer")),
                    shorter => shorter.map(|at| (at, "shorter")),
                };
                if is_strict && let Some((at, how)) = odd {
                    let before = if at == 1 {
                        " 1".to_owned()
                    } else {
                        format!("s 1-{at}")
                    };
                    return Err(python(format!(
                        "ValueError: zip() argument {} is {how} than argument{before}",
                        at + 1
                    )));
                }
                let rows = transposed(lists).into_iter().map(Datum::Tuple);
                Ok(Datum::List(rows.collect()))
            }
            "range" => self.make_range(&arguments),
            _ => Err(self.would_run(node)),
        }
    }

    fn make_dict(&self, mut arguments: Arguments<'_>) -> Result<Datum> {
        let named = arguments.take_keywords();
        arguments.check(0, 1)?;
        let mut pairs = Vec::new();
        if let Some(given) = arguments.get(0) {
            self.asks("the items of", given, &["keys"])?;
            match self.view(given)? {
                View::Dict(there) => {
                    self.asks("the items of", given, &["__iter__"])?;
                    there.whole()?;
                    let there = there.iter();
                    pairs.extend(there.map(|(key, value)| (key.into_owned(), value.into_owned())));
                }
                _ => {
                    for (at, item) in self.iterate_in_order(given)?.iter().enumerate() {
                        let both = self.iterate_or(item, |_| match self.is_since(14) {
                            true => "TypeError: object is not iterable".into(),
                            false => format!(
                                "TypeError: cannot convert dictionary update sequence element #{at} to \
                                 a sequence"
                            ),
                        })?;
                        let [key, value] = both.as_slice() else {
                            return Err(python(format!(
                                "ValueError: dictionary update sequence element #{at} has length \
                                 {}; 2 is required",
                                both.len()
                            )));
                        };
                        pairs.push((key.clone(), value.clone()));
                    }
                }
            }
        }
        pairs.extend(named);
        self.dict(pairs)
    }

    fn make_range(&self, arguments: &Arguments<'_>) -> Result<Datum> {
        arguments.check(1, 3)?;
        let numbers = arguments.positional.iter();
        let numbers: Vec<BigInt> = numbers
            .map(|datum| self.whole_number(datum))
            .collect::<Result<_>>()?;
        let (zero, one) = (BigInt::ZERO, BigInt::from(1));
        let (start, stop, step) = match numbers.as_slice() {
            [stop] => (&zero, stop, &one),
            [start, stop] => (start, stop, &one),
            [start, stop, step] => (start, stop, step),
            _ => return Err(python("TypeError: range expected 1 to 3 arguments")),
        };
        if step.sign() == Sign::NoSign {
            return Err(python("ValueError: range() arg 3 must not be zero"));
        }
        let parts = [start, stop, step].map(|number| int(number.clone()));
        Ok(Value::Range(parts.into()).into())
    }

    fn make_bytes(&self, node: &Expr, datum: &Datum) -> Result<Datum> {
        match self.view(datum)? {
            View::Bytes(bytes) => Ok(Value::Bytes(bytes.into()).into()),
            View::Items(..) | View::Range(_) => {
                let mut bytes = Vec::new();
                for item in self.iterate_in_order(datum)? {
                    let byte = u8::try_from(&self.whole_number(&item)?);
                    bytes.push(
                        byte.map_err(|_| python("ValueError: bytes must be in range(0, 256)"))?,
                    );
                }
                Ok(Value::Bytes(bytes.into()).into())
            }
            _ => Err(self.would_run(node)),
        }
    }

    fn make_int(&self, datum: &Datum, base: Option<&Datum>) -> Result<Datum> {
        for method in ["__int__", "__index__", "__trunc__"] {
            self.asks("the int of", datum, &[method])?;
        }
        let written = match self.view(datum)? {
            View::Str(text) => Some(text),
            View::Bytes(bytes) => Some(bytes),
            View::StrCut(..) | View::BytesCut(..) => return Err(self.text_cut(datum)),
            _ => None,
        };
        let Some(written) = written else {
            if base.is_some() {
                return Err(python(
                    "TypeError: int() can't convert non-string with explicit base",
                ));
            }
            return match self.view(datum)? {
                View::Number(Number::Int(number)) => Ok(whole(number)),
                View::Number(Number::Float(number)) => Ok(whole(integer_part(number)?)),
                _ => Err(python(format!(
                    "TypeError: int() argument must be a string, a bytes-like object or a real \
                     number, not '{}'",
                    self.type_name(datum)
                ))),
            };
        };
        let base = match base {
            None => 10,
            Some(base) => match u32::try_from(&self.whole_number(base)?) {
                Ok(base @ (0 | 2..=36)) => base,
                _ => {
                    return Err(python(
                        "ValueError: int() base must be >= 2 and <= 36, or 0",
                    ));
                }
            },
        };
        let Some(ascii) = plain(written) else {
            return Err(refused(
                "int() of digits that are not ASCII is not supported",
            ));
        };
        self.sized(ascii.len() as u64)?;
        match parse_int(ascii, base) {
            Some((digits, _)) if digits > MOST_DIGITS && !is_binary(base, ascii) => {
                Err(python(format!(
                    "ValueError: Exceeds the limit ({MOST_DIGITS} digits) for integer string \
                     conversion: value has {digits} digits; use sys.set_int_max_str_digits() to \
                     increase the limit"
                )))
            }
            Some((_, number)) => Ok(whole(number)),
            None => {
                let literal = self.repr_of(datum)?;
                Err(python(format!(
                    "ValueError: invalid literal for int() with base {base}: {literal}"
                )))
            }
        }
    }

    fn make_float(&self, datum: &Datum) -> Result<Datum> {
        for method in ["__float__", "__index__"] {
            self.asks("the float of", datum, &[method])?;
        }
        let written = match self.view(datum)? {
            View::Number(number) => return Ok(Value::Float(number.float()?).into()),
            View::Str(text) => text,
            View::Bytes(bytes) => bytes,
            View::StrCut(..) | View::BytesCut(..) => return Err(self.text_cut(datum)),
            _ => {
                return Err(python(format!(
                    "TypeError: float() argument must be a string or a real number, not '{}'",
                    self.type_name(datum)
                )));
            }
        };
        let Some(ascii) = plain(written) else {
            return Err(refused(
                "float() of digits that are not ASCII is not supported",
            ));
        };
        let number = without_underscores(ascii).and_then(|digits| digits.parse::<f64>().ok());
        let number = number.ok_or_else(|| match self.repr_of(datum) {
            Ok(literal) => python(format!(
                "ValueError: could not convert string to float: {literal}"
            )),
            Err(error) => error,
        })?;
        Ok(Value::Float(number).into())
    }
}

/// What a builtin class gives without an argument.
fn empty(name: &str) -> Option<Datum> {
    Some(match name {
        "bool" => false.into(),
        "int" => Value::Int(0).into(),
        "float" => Value::Float(0.0).into(),
        "str" => Value::text("").into(),
        "bytes" => Value::Bytes([].as_slice().into()).into(),
        "list" => Datum::List(Vec::new()),
        "tuple" => Datum::Tuple(Vec::new()),
        "set" => Datum::Set(Vec::new()),
        "frozenset" => Datum::FrozenSet(Vec::new()),
        _ => return None,
    })
}

/// A text without space around it, if what is left is ASCII.
fn plain(written: &[u8]) -> Option<&str> {
    let inner = text::strip(written, true, true, text::is_space);
    std::str::from_utf8(inner)
        .ok()
        .filter(|text| text.is_ascii())
}

/// Digits whose underscores stand singly between digits, without these.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    let mut underscores = (0..bytes.len()).filter(|at| bytes.get(*at) == Some(&b'_'));
    let is_fine = underscores.all(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    is_fine.then(|| text.replace('_', ""))
}

/// The base that a prefix tells, and the rest.
fn prefixed(digits: &str) -> Option<(u32, &str)> {
    let (prefix, rest) = digits.split_at_checked(2)?;
    let base = match prefix.to_ascii_lowercase().as_str() {
        "0x" => 16,
        "0o" => 8,
        "0b" => 2,
        _ => return None,
    };
    Some((base, rest))
}

fn is_binary(base: u32, text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    base.is_power_of_two() || (base == 0 && prefixed(unsigned).is_some())
}

/// How many digits there are, and the number; `None` if it is none.
fn parse_int(text: &str, base: u32) -> Option<(usize, BigInt)> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match prefixed(unsigned) {
        Some((told, rest)) if base == 0 || base == told => {
            (told, rest.strip_prefix('_').unwrap_or(rest))
        }
        _ if base == 0 => {
            // Zeros may not lead a number that is not zero: in old Python it was octal.
            let is_odd =
                unsigned.starts_with('0') && unsigned.contains(|c| !matches!(c, '0' | '_'));
            if is_odd {
                return None;
            }
            (10, unsigned)
        }
        _ => (base, unsigned),
    };
    let digits = without_underscores(digits)?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    if digits.len() > MOST_DIGITS && !base.is_power_of_two() {
        return Some((digits.len(), BigInt::ZERO));
    }
    let number = BigInt::parse_bytes(digits.as_bytes(), base)?;
    Some((digits.len(), if is_negative { -number } else { number }))
}
