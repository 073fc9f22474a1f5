//! Arithmetic operators on every type that has them.

use num_bigint::BigInt;
use ruff_python_ast::{Operator, UnaryOp};
use schema::Value;

use super::Datum;
use super::eval::{Eval, MOST_ITEMS, python, refused};
use super::numbers::{Number, int, shift};
use super::shape::{Kind, View};
use crate::error::{Error, Result};

impl Eval<'_> {
    /// A unary operator other than `not`.
    pub(super) fn unary(&self, op: UnaryOp, operand: &Datum) -> Result<Datum> {
        // The sign of a small number in a condition, millions of times.
        if let (UnaryOp::USub, Datum::Value(Value::Int(number))) = (op, operand)
            && let Some(number) = number.checked_neg()
        {
            return Ok(Value::Int(number).into());
        }
        let zero = || Number::Int(BigInt::ZERO);
        match (op, self.view(operand)?) {
            (UnaryOp::UAdd, View::Number(number)) => Ok(number.datum()),
            (UnaryOp::USub, View::Number(Number::Float(number))) => {
                Ok(Value::Float(-number).into())
            }
            (UnaryOp::USub, View::Number(number)) => Ok(zero().subtract(number)?.datum()),
            (UnaryOp::USub, View::Complex(real, imaginary)) => {
                Ok(Value::Complex((-real, -imaginary).into()).into())
            }
            (UnaryOp::UAdd, View::Complex(..)) => Ok(operand.clone()),
            (UnaryOp::Invert, View::Number(Number::Int(number))) => Ok(int(!number).into()),
            (op, View::Instance | View::Opaque(..)) => {
                Err(self.unknowable(&format!("`{}` of", op.as_str()), operand, "it"))
            }
            (op, _) => Err(python(format!(
                "TypeError: bad operand type for unary {}: '{}'",
                op.as_str(),
                self.type_name(operand)
            ))),
        }
    }

    /// A binary operator.
    pub(super) fn binary(&self, op: Operator, left: &Datum, right: &Datum) -> Result<Datum> {
        let (view_left, view_right) = (self.view(left)?, self.view(right)?);
        match (view_left, view_right) {
            (View::Instance | View::Opaque(..), _) => {
                Err(self.unknowable(&format!("`{}` with", op.as_str()), left, "it"))
            }
            (_, View::Instance | View::Opaque(..)) => {
                Err(self.unknowable(&format!("`{}` with", op.as_str()), right, "it"))
            }
            (View::Complex(..), View::Number(_) | View::Complex(..))
            | (View::Number(_), View::Complex(..)) => {
                Err(refused("arithmetic on complex numbers is not supported"))
            }
            (View::Number(a), View::Number(b)) => {
                if let (Datum::Value(Value::Bool(a)), Datum::Value(Value::Bool(b))) = (left, right)
                    && let Some(truth) = logical(op, *a, *b)
                {
                    return Ok(truth.into());
                }
                let result = arithmetic(op, a, b)?;
                if let Some(Number::Int(number)) = &result {
                    self.spend(number.bits() / 8)?;
                }
                result
                    .map(Number::datum)
                    .ok_or_else(|| self.unsupported(op, left, right))
            }
            (View::StrCut(..) | View::BytesCut(..), _) => Err(self.text_cut(left)),
            (_, View::StrCut(..) | View::BytesCut(..)) => Err(self.text_cut(right)),
            (View::Str(_) | View::Bytes(_), _) if op == Operator::Mod => {
                Err(refused("formatting with `%` is not supported"))
            }
            (View::Str(a), View::Str(b)) if op == Operator::Add => {
                Ok(Value::Str(self.joined(a, b)?.into()).into())
            }
            (View::Bytes(a), View::Bytes(b)) if op == Operator::Add => {
                Ok(Value::Bytes(self.joined(a, b)?.into()).into())
            }
            (View::Items(a, x), View::Items(b, y))
                if op == Operator::Add && a == b && matches!(a, Kind::List | Kind::Tuple) =>
            {
                x.whole().and(y.whole())?;
                self.spend(x.len() + y.len())?;
                let items = x.iter().chain(y.iter()).map(|item| item.into_owned());
                Ok(sequence(a, items.collect()))
            }
            (View::Items(a, _), View::Items(b, _)) if a.is_set() && b.is_set() => self
                .set_operator(op, left, right)?
                .ok_or_else(|| self.unsupported(op, left, right)),
            (View::Dict(a), View::Dict(b)) if op == Operator::BitOr => {
                a.whole().and(b.whole())?;
                let pairs = a.iter().chain(b.iter());
                self.dict(
                    pairs
                        .map(|(k, v)| (k.into_owned(), v.into_owned()))
                        .collect(),
                )
            }
            (_, View::Number(Number::Int(count))) if op == Operator::Mult => self
                .repeated(left, &count)?
                .ok_or_else(|| self.unsupported(op, left, right)),
            (View::Number(Number::Int(count)), _) if op == Operator::Mult => self
                .repeated(right, &count)?
                .ok_or_else(|| self.unsupported(op, left, right)),
            _ => Err(self.unsupported(op, left, right)),
        }
    }

    fn unsupported(&self, op: Operator, left: &Datum, right: &Datum) -> Error {
        let name = if op == Operator::Pow {
            "** or pow()"
        } else {
            op.as_str()
        };
        python(format!(
            "TypeError: unsupported operand type(s) for {name}: '{}' and '{}'",
            self.type_name(left),
            self.type_name(right)
        ))
    }

    fn joined(&self, left: &[u8], right: &[u8]) -> Result<Vec<u8>> {
        self.sized(left.len() as u64 + right.len() as u64)?;
        Ok([left, right].concat())
    }

    /// Refuses a result of too many items.
    pub(super) fn sized(&self, length: u64) -> Result<()> {
        if length > MOST_ITEMS {
            return Err(refused("the result would have more than 10 million items"));
        }
        self.spend(length)
    }

    /// A sequence so many times, if it is one.
    fn repeated(&self, datum: &Datum, count: &BigInt) -> Result<Option<Datum>> {
        let times = |length: u64| -> Result<usize> {
            let count = BigInt::ZERO.max(count.clone());
            if length == 0 {
                return Ok(0);
            }
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.sized(length.saturating_mul(count))?;
            usize::try_from(count).map_err(|_| refused("the result would be too long"))
        };
        Ok(Some(match self.view(datum)? {
            View::Str(text) => Value::Str(text.repeat(times(text.len() as u64)?).into()).into(),
            View::Bytes(b) => Value::Bytes(b.repeat(times(b.len() as u64)?).into()).into(),
            View::Items(kind @ (Kind::List | Kind::Tuple), items) => {
                items.whole()?;
                let times = times(items.len())?;
                let all = (0..times).flat_map(|_| items.iter());
                sequence(kind, all.map(|item| item.into_owned()).collect())
            }
            _ => return Ok(None),
        }))
    }
}

/// A computed list, or a tuple.
pub(super) fn sequence(kind: Kind, items: Vec<Datum>) -> Datum {
    if kind == Kind::Tuple {
        Datum::Tuple(items)
    } else {
        Datum::List(items)
    }
}

fn logical(op: Operator, left: bool, right: bool) -> Option<bool> {
    Some(match op {
        Operator::BitAnd => left & right,
        Operator::BitOr => left | right,
        Operator::BitXor => left ^ right,
        _ => return None,
    })
}

/// An operator on real numbers; `None` if they have no such operator.
fn arithmetic(op: Operator, left: Number, right: Number) -> Result<Option<Number>> {
    let result = match op {
        Operator::Add => left.add(right)?,
        Operator::Sub => left.subtract(right)?,
        Operator::Mult => left.multiply(right)?,
        Operator::Div => left.divide(right)?,
        Operator::FloorDiv => left.divide_floor(right)?.0,
        Operator::Mod => left.divide_floor(right)?.1,
        Operator::Pow => left.power(right)?,
        Operator::MatMult => return Ok(None),
        _ => {
            let (Number::Int(left), Number::Int(right)) = (left, right) else {
                return Ok(None);
            };
            Number::Int(match op {
                Operator::LShift => shift(&left, &right, false)?,
                Operator::RShift => shift(&left, &right, true)?,
                Operator::BitOr => left | right,
                Operator::BitXor => left ^ right,
                _ => left & right,
            })
        }
    };
    Ok(Some(result))
}
