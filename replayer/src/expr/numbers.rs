//! Arithmetic on ints of any size and floats, as CPython computes it.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use ruff_python_ast::Number as Literal;
use schema::Value;

use super::Datum;
use super::eval::{python, refused};
use super::rounding;
use crate::error::Result;

/// About a million digits: the most that a result may have.
const MOST_BITS: u64 = 3_300_000;
/// The most products of 64-bit digits that one division may take: about a second.
const MOST_DIVISION: u64 = 500_000_000;

/// A real number; `True` and `False` are ints.
#[derive(Clone, Debug)]
pub(super) enum Number {
    Int(BigInt),
    Float(f64),
}

/// The value of an int.
pub(super) fn int(number: BigInt) -> Value {
    match i64::try_from(&number) {
        Ok(small) => Value::Int(small),
        Err(_) => {
            let (sign, magnitude) = number.to_bytes_le();
            Value::BigInt((sign == Sign::Minus, magnitude.into()).into())
        }
    }
}

fn zero_division() -> crate::error::Error {
    python("ZeroDivisionError: division by zero")
}

fn too_large() -> crate::error::Error {
    refused("the result would have more than 1 million digits")
}

impl Number {
    pub(super) fn of(value: &Value) -> Option<Number> {
        Some(match value {
            Value::Bool(truth) => Number::Int(BigInt::from(u8::from(*truth))),
            Value::Int(number) => Number::Int(BigInt::from(*number)),
            Value::BigInt(int) => {
                let (negative, magnitude) = &**int;
                let sign = if *negative { Sign::Minus } else { Sign::Plus };
                Number::Int(BigInt::from_bytes_le(sign, magnitude))
            }
            Value::Float(number) => Number::Float(*number),
            _ => return None,
        })
    }

    pub(super) fn value(self) -> Value {
        match self {
            Number::Int(number) => int(number),
            Number::Float(number) => Value::Float(number),
        }
    }

    pub(super) fn datum(self) -> Datum {
        Datum::Value(self.value())
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Number::Int(number) => number.sign() == Sign::NoSign,
            Number::Float(number) => *number == 0.0,
        }
    }

    pub(super) fn float(&self) -> Result<f64> {
        match self {
            Number::Float(number) => Ok(*number),
            Number::Int(number) => rounding::to_float(number)
                .ok_or_else(|| python("OverflowError: int too large to convert to float")),
        }
    }

    /// Exact, also between an int and a float; `None` with a NaN.
    pub(super) fn compare(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => Some(left.cmp(right)),
            (Number::Float(left), Number::Float(right)) => left.partial_cmp(right),
            (Number::Int(left), Number::Float(right)) => compare_mixed(left, *right),
            (Number::Float(left), Number::Int(right)) => {
                compare_mixed(right, *left).map(Ordering::reverse)
            }
        }
    }

    pub(super) fn add(self, other: Number) -> Result<Number> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => Ok(Number::Int(left + right)),
            (left, right) => Ok(Number::Float(left.float()? + right.float()?)),
        }
    }

    pub(super) fn subtract(self, other: Number) -> Result<Number> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => Ok(Number::Int(left - right)),
            (left, right) => Ok(Number::Float(left.float()? - right.float()?)),
        }
    }

    pub(super) fn multiply(self, other: Number) -> Result<Number> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => {
                if left.bits() + right.bits() > MOST_BITS {
                    return Err(too_large());
                }
                Ok(Number::Int(left * right))
            }
            (left, right) => Ok(Number::Float(left.float()? * right.float()?)),
        }
    }

    pub(super) fn divide(self, other: Number) -> Result<Number> {
        if other.is_zero() {
            // CPython converts the operands first.
            other.float().and(self.float())?;
            return Err(zero_division());
        }
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => {
                division_cost(&left, &right)?;
                let ratio = rounding::ratio(&left, &right);
                ratio.map(Number::Float).ok_or_else(|| {
                    python("OverflowError: integer division result too large for a float")
                })
            }
            (left, right) => Ok(Number::Float(left.float()? / right.float()?)),
        }
    }

    /// `//` and `%`, whose results have the sign of the divisor.
    pub(super) fn divide_floor(self, other: Number) -> Result<(Number, Number)> {
        if other.is_zero() {
            return Err(zero_division());
        }
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => {
                division_cost(&left, &right)?;
                let (mut quotient, mut rest) = (&left / &right, BigInt::ZERO);
                rest += &left - &quotient * &right;
                if rest.sign() != Sign::NoSign && rest.sign() != right.sign() {
                    rest += &right;
                    quotient -= 1;
                }
                Ok((Number::Int(quotient), Number::Int(rest)))
            }
            (left, right) => {
                let (quotient, rest) = divide_floats(left.float()?, right.float()?);
                Ok((Number::Float(quotient), Number::Float(rest)))
            }
        }
    }

    pub(super) fn power(self, other: Number) -> Result<Number> {
        if let (Number::Int(base), Number::Int(exponent)) = (&self, &other)
            && exponent.sign() != Sign::Minus
        {
            return power(base, exponent).map(Number::Int);
        }
        let (base, exponent) = (self.float()?, other.float()?);
        if base == 0.0 && exponent < 0.0 {
            return Err(zero_division());
        }
        let is_finite = base.is_finite() && exponent.is_finite();
        if is_finite && base < 0.0 && exponent.fract() != 0.0 {
            return Err(refused("the result is complex, which is not computed here"));
        }
        let result = base.powf(exponent);
        if is_finite && result.is_infinite() {
            return Err(python(
                "OverflowError: (34, 'Numerical result out of range')",
            ));
        }
        Ok(Number::Float(result))
    }
}

fn compare_mixed(left: &BigInt, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    let Some(whole) = rounding::truncated(right) else {
        return Some(if right > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    };
    let fraction = right.fract();
    Some(left.cmp(&whole).then_with(|| {
        // Equal integer parts: the float's fraction decides.
        0.0_f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal)
    }))
}

fn division_cost(left: &BigInt, right: &BigInt) -> Result<()> {
    let (over, under) = (left.bits() / 64, right.bits() / 64);
    if over.saturating_sub(under).saturating_mul(under) > MOST_DIVISION {
        return Err(refused("dividing ints of so many digits takes too long"));
    }
    Ok(())
}

/// As `float_divmod` in CPython does it, for a divisor that is not zero.
fn divide_floats(left: f64, right: f64) -> (f64, f64) {
    let mut rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(right);
    } else if (right < 0.0) != (rest < 0.0) {
        rest += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(left / right), rest);
    }
    let floor = quotient.floor();
    let up = if quotient - floor > 0.5 { 1.0 } else { 0.0 };
    (floor + up, rest)
}

fn power(base: &BigInt, exponent: &BigInt) -> Result<BigInt> {
    if base.bits() <= 1 {
        // 0, 1 and -1 stay small whatever the exponent.
        let is_one =
            exponent.sign() == Sign::NoSign || (base.sign() == Sign::Minus && !exponent.bit(0));
        return Ok(if is_one {
            BigInt::from(1)
        } else {
            base.clone()
        });
    }
    let exponent = u32::try_from(exponent).map_err(|_| too_large())?;
    if (base.bits() - 1).saturating_mul(u64::from(exponent)) > MOST_BITS {
        return Err(too_large());
    }
    Ok(base.pow(exponent))
}

/// `<<`, or `>>` if `is_right`.
pub(super) fn shift(number: &BigInt, by: &BigInt, is_right: bool) -> Result<BigInt> {
    if by.sign() == Sign::Minus {
        return Err(python("ValueError: negative shift count"));
    }
    let by = u64::try_from(by).unwrap_or(u64::MAX);
    if is_right {
        // Nothing but the sign is left of a number that is shifted past its end.
        return Ok(number >> by.min(number.bits() + 1));
    }
    if number.sign() == Sign::NoSign {
        return Ok(BigInt::ZERO);
    }
    if number.bits().saturating_add(by) > MOST_BITS {
        return Err(too_large());
    }
    Ok(number << by)
}

/// The value of a number in the text.
pub(super) fn literal_number(literal: &Literal) -> Result<Value> {
    Ok(match literal {
        Literal::Int(number) => match number.as_i64() {
            Some(small) => Value::Int(small),
            None => {
                let digits = number.to_string().replace('_', "").to_ascii_lowercase();
                let (digits, radix) = match digits.get(..2) {
                    Some("0x") => (digits.get(2..), 16),
                    Some("0o") => (digits.get(2..), 8),
                    Some("0b") => (digits.get(2..), 2),
                    _ => (Some(&*digits), 10),
                };
                let number = digits.and_then(|d| BigInt::parse_bytes(d.as_bytes(), radix));
                int(number.ok_or_else(|| refused("a number is not readable"))?)
            }
        },
        Literal::Float(number) => Value::Float(*number),
        Literal::Complex { real, imag } => Value::Complex((*real, *imag).into()),
    })
}
