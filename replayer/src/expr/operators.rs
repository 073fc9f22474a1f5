//! Arithmetic operators on every type that has them.

use std::cmp::Ordering;

use num_bigint::BigInt;
use ruff_python_ast::{Operator, UnaryOp};
use schema::Value;

use super::Datum;
use super::allotment::charge;
use super::eval::{Eval, MOST_ITEMS, python, refused};
use super::gate;
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
        let method = match op {
            UnaryOp::UAdd => "__pos__",
            UnaryOp::USub => "__neg__",
            _ => "__invert__",
        };
        if let Some(datum) = self.ask(operand, method, Vec::new())? {
            return Ok(datum);
        }
        self.asks(&format!("`{}` of", op.as_str()), operand, &[method])?;
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
            (op, _) => Err(python(format!(
                "TypeError: bad operand type for unary {}: '{}'",
                op.as_str(),
                self.type_name(operand)
            ))),
        }
    }

    /// A binary operator.
    pub(super) fn binary(&self, op: Operator, left: &Datum, right: &Datum) -> Result<Datum> {
        if is_object(left) || is_object(right) {
            if let Some(datum) = self.own_operator(op, left, right)? {
                return Ok(datum);
            }
            let what = format!("`{}` with", op.as_str());
            let (forth, back) = gate::operator_methods(op);
            // A sequence is repeated as often as any object says that is an index.
            let more: &[&str] = if op == Operator::Mult {
                &["__index__", "__mul__"]
            } else {
                &[]
            };
            self.asks_both(&what, (left, &[forth]), (right, &[back]))?;
            self.asks_both(&what, (left, more), (right, more))?;
        }
        match (self.view(left)?, self.view(right)?) {
            (View::Class(_), _) | (_, View::Class(_)) if op == Operator::BitOr => {
                Err(refused("unions of classes are not computed here"))
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
                if b.is_zero() && !self.is_since(14) {
                    let is_float = matches!(a, Number::Float(_)) || matches!(b, Number::Float(_));
                    match (op, is_float) {
                        (Operator::FloorDiv, false) => {
                            return Err(python(
                                "ZeroDivisionError: integer division or modulo by zero",
                            ));
                        }
                        (Operator::Mod, false) => {
                            return Err(python("ZeroDivisionError: integer modulo by zero"));
                        }
                        (Operator::FloorDiv, true) => {
                            return Err(python("ZeroDivisionError: float floor division by zero"));
                        }
                        (Operator::Mod, true) => {
                            let by = if self.is_since(13) { " by zero" } else { "" };
                            return Err(python(format!("ZeroDivisionError: float modulo{by}")));
                        }
                        (Operator::Div, true) => {
                            return Err(python("ZeroDivisionError: float division by zero"));
                        }
                        _ => {}
                    }
                }
                let is_negative = b.compare(&Number::Int(BigInt::ZERO)) == Some(Ordering::Less);
                if op == Operator::Pow && a.is_zero() && is_negative {
                    return Err(python(if self.is_since(14) {
                        "ZeroDivisionError: zero to a negative power"
                    } else {
                        "ZeroDivisionError: 0.0 cannot be raised to a negative power"
                    }));
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
                self.asks_both(
                    "the items of",
                    (left, &["__iter__"]),
                    (right, &["__iter__"]),
                )?;
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
        // Sequences say it in their own words.
        let sequence = |datum: &Datum| match self.view(datum) {
            Ok(View::Items(Kind::List, _)) => Some("list"),
            Ok(View::Items(Kind::Tuple, _)) => Some("tuple"),
            Ok(View::Items(Kind::Deque, _)) => Some("deque"),
            Ok(View::Str(_) | View::StrCut(..)) => Some("str"),
            Ok(View::Bytes(_) | View::BytesCut(..)) => Some("bytes"),
            _ => None,
        };
        match (op, sequence(left), sequence(right)) {
            (Operator::Mult, Some(_), _) => {
                let other = self.type_name(right);
                return python(format!(
                    "TypeError: can't multiply sequence by non-int of type '{other}'"
                ));
            }
            (Operator::Mult, None, Some(_)) => {
                let other = self.type_name(left);
                return python(format!(
                    "TypeError: can't multiply sequence by non-int of type '{other}'"
                ));
            }
            (Operator::Add, Some("bytes"), _) => {
                let (own, other) = (self.type_name(left), self.type_name(right));
                return python(format!("TypeError: can't concat {other} to {own}"));
            }
            (Operator::Add, Some(kind), _) => {
                let other = self.type_name(right);
                return python(format!(
                    "TypeError: can only concatenate {kind} (not \"{other}\") to {kind}"
                ));
            }
            _ => {}
        }
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

    /// That `divmod()` knows two values, which it says in its own words.
    pub(super) fn check_divmod(&self, left: &Datum, right: &Datum) -> Result<()> {
        match (self.view(left)?, self.view(right)?) {
            (View::Number(a), View::Number(b)) => {
                let is_float = matches!(a, Number::Float(_)) || matches!(b, Number::Float(_));
                if b.is_zero() && is_float && !self.is_since(14) {
                    return Err(python("ZeroDivisionError: float divmod()"));
                }
                Ok(())
            }
            (View::Complex(..), _) | (_, View::Complex(..)) => Ok(()),
            _ => {
                let (left, right) = (self.type_name(left), self.type_name(right));
                Err(python(format!(
                    "TypeError: unsupported operand type(s) for divmod(): '{left}' and '{right}'"
                )))
            }
        }
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
                charge(items.len().saturating_mul(times as u64), size_of::<Datum>())?;
                let all = (0..times).flat_map(|_| items.iter());
                sequence(kind, all.map(|item| item.into_owned()).collect())
            }
            _ => return Ok(None),
        }))
    }
}

fn is_object(datum: &Datum) -> bool {
    matches!(datum, Datum::Value(Value::Object(_)))
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
