//! Builtin functions that look at one value: `len()`, `abs()`, `ord()`, `vars()` and their like.

use num_bigint::{BigInt, Sign};
use schema::Value;

use super::Datum;
use super::access::whole;
use super::arguments::Arguments;
use super::eval::{Eval, python, refused};
use super::numbers::Number;
use super::shape::View;
use super::text;
use crate::error::Result;

impl Eval<'_> {
    /// `len()`
    pub(super) fn length(&self, datum: &Datum) -> Result<Datum> {
        if let Some(length) = self.own_length(datum)? {
            return Ok(length);
        }
        self.asks("the length of", datum, &["__len__"])?;
        Ok(match self.view(datum)? {
            View::Str(_) | View::StrCut(..) => whole(BigInt::from(self.str_length(datum)?)),
            View::Bytes(_) | View::BytesCut(..) => whole(BigInt::from(self.bytes_length(datum)?)),
            View::Items(_, items) => whole(BigInt::from(items.len())),
            View::Dict(pairs) => whole(BigInt::from(pairs.len())),
            View::Range(parts) => {
                let length = self.range_length(parts)?;
                if i64::try_from(&length).is_err() {
                    return Err(python(
                        "OverflowError: Python int too large to convert to C ssize_t",
                    ));
                }
                whole(length)
            }
            _ => {
                let name = self.type_name(datum);
                return Err(python(format!(
                    "TypeError: object of type '{name}' has no len()"
                )));
            }
        })
    }

    pub(super) fn absolute(&self, datum: &Datum) -> Result<Datum> {
        if let Some(found) = self.ask(datum, "__abs__", Vec::new())? {
            return Ok(found);
        }
        self.asks("the absolute value of", datum, &["__abs__"])?;
        match self.view(datum)? {
            View::Number(Number::Float(number)) => Ok(Value::Float(number.abs()).into()),
            View::Number(Number::Int(number)) => Ok(whole(if number.sign() == Sign::Minus {
                -number
            } else {
                number
            })),
            View::Complex(..) => Err(refused("arithmetic on complex numbers is not supported")),
            _ => {
                let name = self.type_name(datum);
                Err(python(format!(
                    "TypeError: bad operand type for abs(): '{name}'"
                )))
            }
        }
    }

    /// An int, or an error that says what is given instead.
    pub(super) fn whole_number(&self, datum: &Datum) -> Result<BigInt> {
        self.index_number(datum)?.ok_or_else(|| {
            let name = self.type_name(datum);
            python(format!(
                "TypeError: '{name}' object cannot be interpreted as an integer"
            ))
        })
    }

    pub(super) fn in_radix(&self, function: &str, datum: &Datum) -> Result<Datum> {
        let number = self.whole_number(datum)?;
        self.sized(number.bits())?;
        let (prefix, radix) = match function {
            "bin" => ("0b", 2),
            "oct" => ("0o", 8),
            _ => ("0x", 16),
        };
        let sign = if number.sign() == Sign::Minus {
            "-"
        } else {
            ""
        };
        let digits = number.magnitude().to_str_radix(radix);
        Ok(Value::text(&format!("{sign}{prefix}{digits}")).into())
    }

    pub(super) fn ordinal(&self, datum: &Datum) -> Result<Datum> {
        let length = match self.view(datum)? {
            View::Str(text) => {
                let mut points = text::points(text);
                if let (Some(point), None) = (points.next(), points.next()) {
                    return Ok(whole(BigInt::from(point)));
                }
                text::length(text) as u64
            }
            View::Bytes([byte]) => return Ok(whole(BigInt::from(*byte))),
            View::Bytes(bytes) => bytes.len() as u64,
            View::StrCut(_, length) | View::BytesCut(_, length) => length,
            _ => {
                let name = self.type_name(datum);
                return Err(python(format!(
                    "TypeError: ord() expected string of length 1, but {name} found"
                )));
            }
        };
        Err(python(format!(
            "TypeError: ord() expected a character, but string of length {length} found"
        )))
    }

    pub(super) fn attribute_call(&self, arguments: &Arguments<'_>) -> Result<Datum> {
        let is_test = arguments.name == "hasattr";
        arguments.check(2, if is_test { 2 } else { 3 })?;
        let (Some(object), Some(name)) = (arguments.get(0), arguments.get(1)) else {
            return Err(refused("an argument is missing"));
        };
        if !matches!(self.view(name)?, View::Str(_) | View::StrCut(..)) {
            let given = self.type_name(name);
            return Err(python(format!(
                "TypeError: attribute name must be string, not '{given}'"
            )));
        }
        let name = self.text_of(name, "attribute name")?;
        let name = String::from_utf8_lossy(&name);
        let found = match self.method_datum(object, &name)? {
            Some(method) => Ok(method),
            None => self.attribute_of(object, &name),
        };
        let is_missing = match &found {
            Err(error) => Self::is_exception(error, "AttributeError"),
            Ok(_) => false,
        };
        if is_missing && (is_test || arguments.get(2).is_some()) {
            self.heap.raised.take();
        }
        match (&found, arguments.get(2)) {
            (Err(_), _) if !is_missing => found,
            (Err(_), Some(default)) => Ok(default.clone()),
            _ if is_test => Ok((!is_missing).into()),
            _ => found,
        }
    }
}
