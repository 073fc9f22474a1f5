//! `sum()` and `round()`, to the last bit as CPython computes them.

use num_bigint::{BigInt, Sign};
use ruff_python_ast::Operator;
use schema::Value;

use super::Datum;
use super::access::whole;
use super::eval::{Eval, python};
use super::numbers::Number;
use super::rounding::{self, to_float, truncated};
use super::shape::View;
use crate::error::Result;

impl Eval<'_> {
    /// `sum()`: small ints first, then floats with compensation of what rounding loses, then
    /// whatever else `+` knows. CPython never goes back from one kind to an earlier one.
    pub(super) fn sum(&self, datum: &Datum, start: Option<Datum>) -> Result<Datum> {
        let mut total = start.unwrap_or(Value::Int(0).into());
        match self.view(&total)? {
            View::Str(_) | View::StrCut(..) => {
                return Err(python(
                    "TypeError: sum() can't sum strings [use ''.join(seq) instead]",
                ));
            }
            View::Bytes(_) | View::BytesCut(..) => {
                return Err(python(
                    "TypeError: sum() can't sum bytes [use b''.join(seq) instead]",
                ));
            }
            _ => {}
        }
        let is_whole =
            |datum: &Datum| matches!(datum, Datum::Value(Value::Int(_) | Value::Bool(_)));
        let mut items = if self.iterate(datum)?.iter().all(is_whole) {
            self.iterate(datum)?.into_iter()
        } else {
            self.iterate_in_order(datum)?.into_iter()
        };
        while let Datum::Value(Value::Int(_)) = total {
            let Some(item) = items.next() else {
                return Ok(total);
            };
            total = self.binary(Operator::Add, &total, &item)?;
        }
        if let Datum::Value(Value::Float(first)) = total {
            let (mut sum, mut lost) = (first, 0.0_f64);
            let settled = |sum: f64, lost: f64| {
                if lost != 0.0 && lost.is_finite() {
                    sum + lost
                } else {
                    sum
                }
            };
            loop {
                match items.next() {
                    None => return Ok(Value::Float(settled(sum, lost)).into()),
                    Some(Datum::Value(Value::Float(item))) => {
                        let next = sum + item;
                        lost += if sum.abs() >= item.abs() {
                            (sum - next) + item
                        } else {
                            (item - next) + sum
                        };
                        sum = next;
                    }
                    Some(Datum::Value(Value::Int(item))) => sum += item as f64,
                    Some(Datum::Value(Value::Bool(item))) => sum += f64::from(u8::from(item)),
                    Some(item) => {
                        let settled = Value::Float(settled(sum, lost)).into();
                        total = self.binary(Operator::Add, &settled, &item)?;
                        break;
                    }
                }
            }
        }
        for item in items {
            total = self.binary(Operator::Add, &total, &item)?;
        }
        Ok(total)
    }

    /// `round()`
    pub(super) fn round(&self, datum: &Datum, digits: Option<&Datum>) -> Result<Datum> {
        let digits = match digits {
            None | Some(Datum::Value(Value::None)) => None,
            Some(digits) => Some(self.whole_number(digits)?),
        };
        self.asks("the rounded value of", datum, &["__round__"])?;
        let number = match self.view(datum)? {
            View::Number(number) => number,
            _ => {
                let name = self.type_name(datum);
                return Err(python(format!(
                    "TypeError: type {name} doesn't define __round__ method"
                )));
            }
        };
        match (number, digits) {
            (Number::Int(number), None) => Ok(whole(number)),
            (Number::Int(number), Some(digits)) => self.round_int(number, &digits),
            (Number::Float(number), None) => {
                let rounded = truncated(number.round_ties_even());
                rounded.map(whole).ok_or_else(|| cannot_convert(number))
            }
            (Number::Float(number), Some(digits)) => {
                let digits = i64::try_from(&digits).unwrap_or(if digits.sign() == Sign::Minus {
                    i64::MIN
                } else {
                    i64::MAX
                });
                Ok(Value::Float(round_float(number, digits)?).into())
            }
        }
    }

    fn round_int(&self, number: BigInt, digits: &BigInt) -> Result<Datum> {
        if digits.sign() != Sign::Minus {
            return Ok(whole(number));
        }
        let places = u32::try_from(digits.magnitude()).unwrap_or(u32::MAX);
        // Ten to the power of so many places is more than twice the number.
        if u64::from(places) > number.bits() / 3 + 2 {
            return Ok(Value::Int(0).into());
        }
        let unit = Number::Int(BigInt::from(10)).power(Number::Int(BigInt::from(places)))?;
        let Number::Int(unit) = unit else {
            return Ok(whole(number));
        };
        self.spend(unit.bits())?;
        Ok(whole(to_nearest(&number, &unit) * unit))
    }
}

/// `number / unit` to the nearest integer, ties to even.
fn to_nearest(number: &BigInt, unit: &BigInt) -> BigInt {
    let mut quotient = number / unit;
    let mut rest = number - &quotient * unit;
    if rest.sign() == Sign::Minus {
        rest += unit;
        quotient -= 1;
    }
    let twice: BigInt = rest * 2;
    if twice > *unit || (twice == *unit && quotient.bit(0)) {
        quotient += 1;
    }
    quotient
}

fn cannot_convert(number: f64) -> crate::error::Error {
    python(if number.is_nan() {
        "ValueError: cannot convert float NaN to integer"
    } else {
        "OverflowError: cannot convert float infinity to integer"
    })
}

/// As `float.__round__` in CPython: correctly rounded in decimal, ties of the exact value to even.
fn round_float(number: f64, digits: i64) -> Result<f64> {
    if !number.is_finite() || digits > 323 {
        return Ok(number);
    }
    if digits < -308 {
        return Ok(0.0_f64.copysign(number));
    }
    if let Ok(places) = usize::try_from(digits) {
        let rounded: f64 = format!("{number:.places$}").parse().unwrap_or(number);
        return overflow(rounded);
    }
    let places = u32::try_from(-digits).unwrap_or(0);
    let unit = BigInt::from(10).pow(places);
    // The fraction only says on which side of a tie the number is, so it becomes one more bit.
    let integer = truncated(number).unwrap_or_default() * 2;
    let beyond = if number.fract() == 0.0 {
        BigInt::ZERO
    } else {
        BigInt::from(if number > 0.0 { 1 } else { -1 })
    };
    let rounded = to_nearest(&(integer + beyond), &(&unit * 2)) * unit;
    let magnitude = to_float(&rounded).map(f64::abs);
    overflow(magnitude.unwrap_or(f64::INFINITY).copysign(number))
}

fn overflow(number: f64) -> Result<f64> {
    if number.is_infinite() {
        return Err(python(
            "OverflowError: rounded value too large to represent",
        ));
    }
    Ok(number)
}

/// The integer part of a float.
pub(super) fn integer_part(number: f64) -> Result<BigInt> {
    rounding::truncated(number).ok_or_else(|| cannot_convert(number))
}
