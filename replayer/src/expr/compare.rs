//! Truth, identity, equality and order.

use std::cmp::Ordering;

use num_bigint::BigInt;
use ruff_python_ast::{CmpOp, ExprCompare};
use schema::{TypeKind, Value};

use super::Datum;
use super::eval::{DEEPEST, Eval, lost, python, too_deep};
use super::gate;
use super::numbers::Number;
use super::shape::{Items, Kind, View};
use super::text;
use crate::error::Result;

impl Eval<'_> {
    /// Whether Python takes a datum for true.
    pub(super) fn truth(&self, datum: &Datum) -> Result<bool> {
        if let Some(truth) = self.own_truth(datum)? {
            return Ok(truth);
        }
        if !self.asks("the truth of", datum, &["__bool__", "__len__"])? {
            return Ok(true);
        }
        Ok(match self.view(datum)? {
            View::None => false,
            View::Ellipsis | View::StrCut(..) | View::BytesCut(..) => true,
            View::NotImplemented => {
                return Err(python(
                    "TypeError: NotImplemented should not be used in a boolean context",
                ));
            }
            View::Number(number) => !number.is_zero(),
            View::Complex(real, imaginary) => real != 0.0 || imaginary != 0.0,
            View::Str(bytes) | View::Bytes(bytes) => !bytes.is_empty(),
            View::Range(parts) => self.range_length(parts)? != BigInt::ZERO,
            View::Items(_, items) => items.len() > 0,
            View::Dict(pairs) => pairs.len() > 0,
            View::Class(_) | View::Instance | View::Opaque(..) => true,
        })
    }

    /// `a < b < c`: each operand is evaluated once, and none after the first that fails.
    pub(super) fn compare_chain(&self, node: &ExprCompare, depth: usize) -> Result<bool> {
        let mut left = self.operand(&node.left, depth)?;
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            let right = self.operand(right, depth)?;
            if !self.compare(*op, &left, &right)? {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }

    fn compare(&self, op: CmpOp, left: &Datum, right: &Datum) -> Result<bool> {
        Ok(match op {
            CmpOp::Eq => self.equal(left, right, 0)?,
            CmpOp::NotEq => {
                let names: &[&str] = &["__ne__"];
                if let Some(answer) = self.own_difference(left, right)? {
                    return Ok(answer);
                }
                self.asks_both("what differs from", (left, names), (right, names))?;
                !self.equal(left, right, 0)?
            }
            CmpOp::Is => self.same(left, right)?,
            CmpOp::IsNot => !self.same(left, right)?,
            CmpOp::In => self.contains(right, left)?,
            CmpOp::NotIn => !self.contains(right, left)?,
            CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => self.ordered(op, left, right, 0)?,
        })
    }

    /// `is`. Objects have numbers to tell them apart, atoms have none.
    pub(super) fn same(&self, left: &Datum, right: &Datum) -> Result<bool> {
        if let Some(same) = self.same_thing(left, right)? {
            return Ok(same);
        }
        let (left, right) = match (left, right) {
            (Datum::Value(left), Datum::Value(right)) => (left, right),
            (Datum::Tuple(a), Datum::Tuple(b)) if a.is_empty() && b.is_empty() => return Ok(true),
            // CPython makes one of equal constants.
            (Datum::Tuple(_), Datum::Tuple(_)) => {
                return Err(lost(
                    "identity of atoms is not recorded: `is` between two of tuple",
                ));
            }
            (Datum::Class(_), _) | (_, Datum::Class(_)) => return self.same_class(left, right),
            // What an expression computes is new, so it is no other object.
            _ => return Ok(false),
        };
        let is_single = |value: &Value| {
            matches!(
                value,
                Value::None | Value::Bool(_) | Value::Ellipsis | Value::NotImplemented
            )
        };
        match (left, right) {
            (Value::Object(a), Value::Object(b)) => Ok(a == b),
            (a, b) if is_single(a) || is_single(b) => Ok(a == b),
            (Value::Object(_), _) | (_, Value::Object(_)) => Ok(false),
            (a, b) if a.type_name() != b.type_name() => Ok(false),
            (a, _) => {
                let name = a.type_name().unwrap_or("object");
                Err(lost(format!(
                    "identity of atoms is not recorded: `is` between two of {name}"
                )))
            }
        }
    }

    /// Whether two items of containers are one or equal, as containers ask it.
    pub(super) fn equal_item(&self, left: &Datum, right: &Datum, depth: usize) -> Result<bool> {
        if let (Datum::Value(Value::Float(a)), Datum::Value(Value::Float(b))) = (left, right)
            && a.is_nan()
            && b.is_nan()
        {
            // One NaN object in both places would count as equal.
            return Err(lost(
                "whether two items are the same nan cannot be known: identity of atoms is not recorded",
            ));
        }
        if let (Datum::Value(Value::Object(a)), Datum::Value(Value::Object(b))) = (left, right)
            && a == b
            && self.object(*a)?.1.kind != TypeKind::Atom
        {
            return Ok(true);
        }
        self.equal(left, right, depth)
    }

    /// `==`
    pub(super) fn equal(&self, left: &Datum, right: &Datum, depth: usize) -> Result<bool> {
        self.spend(1)?;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        match (left, right) {
            (Datum::Value(Value::Int(a)), Datum::Value(Value::Int(b))) => return Ok(a == b),
            (Datum::Value(Value::Str(a)), Datum::Value(Value::Str(b))) => return Ok(a == b),
            _ => {}
        }
        if let Some(answer) = self.own_equal(left, right, depth)? {
            return Ok(answer);
        }
        let names: &[&str] = &["__eq__"];
        self.asks_both("what equals", (left, names), (right, names))?;
        if let (Datum::Value(Value::Object(a)), Datum::Value(Value::Object(b))) = (left, right)
            && a == b
            && self.object(*a)?.1.kind != TypeKind::Atom
        {
            // All that it holds is the same, too, and containers ask that first. A float may be nan.
            return Ok(true);
        }
        match (self.view(left)?, self.view(right)?) {
            (View::Class(_), View::Class(_) | View::Opaque(..))
            | (View::Opaque(..), View::Class(_)) => self.same_class(left, right),
            (View::None, View::None)
            | (View::Ellipsis, View::Ellipsis)
            | (View::NotImplemented, View::NotImplemented) => Ok(true),
            (View::Number(a), View::Number(b)) => Ok(a.compare(&b) == Some(Ordering::Equal)),
            (View::Complex(a, b), View::Complex(c, d)) => Ok(a == c && b == d),
            (View::Complex(real, imaginary), View::Number(number))
            | (View::Number(number), View::Complex(real, imaginary)) => {
                let is_real = number.compare(&Number::Float(real)) == Some(Ordering::Equal);
                Ok(is_real && imaginary == 0.0)
            }
            (View::Str(a), View::Str(b)) | (View::Bytes(a), View::Bytes(b)) => Ok(a == b),
            (View::Str(a) | View::StrCut(a, _), View::Str(b) | View::StrCut(b, _)) => {
                let lengths = (self.str_length(left)?, self.str_length(right)?);
                self.equal_cut(left, lengths, a, b)
            }
            (View::Bytes(a) | View::BytesCut(a, _), View::Bytes(b) | View::BytesCut(b, _)) => {
                let lengths = (self.bytes_length(left)?, self.bytes_length(right)?);
                self.equal_cut(left, lengths, a, b)
            }
            (View::Range(a), View::Range(b)) => self.equal_ranges(a, b),
            (View::Items(a, _), View::Items(b, _)) if a.is_set() && b.is_set() => {
                self.equal_sets(left, right, depth)
            }
            (View::Items(a, x), View::Items(b, y)) if a == b => self.equal_items(x, y, depth),
            (View::Dict(a), View::Dict(b)) => self.equal_dicts(a, b, depth),
            _ => Ok(false),
        }
    }

    /// Two texts of which not all is there.
    fn equal_cut(&self, left: &Datum, lengths: (u64, u64), a: &[u8], b: &[u8]) -> Result<bool> {
        let both = a.len().min(b.len());
        if lengths.0 != lengths.1 || a.get(..both) != b.get(..both) {
            return Ok(false);
        }
        Err(self.text_cut(left))
    }

    fn equal_items(&self, left: Items<'_>, right: Items<'_>, depth: usize) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (a, b) in left.iter().zip(right.iter()) {
            if !self.equal_item(&a, &b, depth + 1)? {
                return Ok(false);
            }
        }
        left.whole().and(right.whole())?;
        Ok(true)
    }

    /// `<`, `<=`, `>` or `>=`.
    pub(super) fn ordered(
        &self,
        op: CmpOp,
        left: &Datum,
        right: &Datum,
        depth: usize,
    ) -> Result<bool> {
        self.spend(1)?;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let (forth, back) = gate::order_methods(op);
        if let Some(answer) = self.own_order(op, (left, forth), (right, back))? {
            return Ok(answer);
        }
        self.asks_both("the order of", (left, &[forth]), (right, &[back]))?;
        let order = match (self.view(left)?, self.view(right)?) {
            (View::Number(a), View::Number(b)) => match a.compare(&b) {
                Some(order) => order,
                // With a NaN nothing is less or greater.
                None => return Ok(false),
            },
            // WTF-8 sorts by bytes as its code points sort.
            (View::Str(a), View::Str(b)) | (View::Bytes(a), View::Bytes(b)) => a.cmp(b),
            (View::Str(a) | View::StrCut(a, _), View::Str(b) | View::StrCut(b, _))
            | (View::Bytes(a) | View::BytesCut(a, _), View::Bytes(b) | View::BytesCut(b, _)) => {
                let both = a.len().min(b.len());
                match a.get(..both).cmp(&b.get(..both)) {
                    Ordering::Equal => return Err(self.text_cut(left)),
                    order => order,
                }
            }
            (View::Items(a, _), View::Items(b, _)) if a.is_set() && b.is_set() => {
                return self.ordered_sets(op, left, right);
            }
            (View::Items(a, x), View::Items(b, y)) if a == b => {
                for (p, q) in x.iter().zip(y.iter()) {
                    if !self.equal_item(&p, &q, depth + 1)? {
                        return self.ordered(op, &p, &q, depth + 1);
                    }
                }
                x.whole().and(y.whole())?;
                x.len().cmp(&y.len())
            }
            _ => {
                return Err(python(format!(
                    "TypeError: '{}' not supported between instances of '{}' and '{}'",
                    op.as_str(),
                    self.type_name(left),
                    self.type_name(right)
                )));
            }
        };
        Ok(match op {
            CmpOp::Lt => order.is_lt(),
            CmpOp::LtE => order.is_le(),
            CmpOp::Gt => order.is_gt(),
            _ => order.is_ge(),
        })
    }

    /// `item in container`
    pub(super) fn contains(&self, container: &Datum, item: &Datum) -> Result<bool> {
        if let Some(answer) = self.own_contains(container, item)? {
            return Ok(answer);
        }
        if !self.asks("what is in", container, &["__contains__"])? {
            // Without that, `in` walks through it.
            self.asks("what is in", container, &["__iter__", "__getitem__"])?;
        }
        match self.view(container)? {
            View::Items(kind, items) if kind.is_set() => {
                self.sought_in_set(item)?;
                self.found(items.iter(), item, || items.whole())
                    .map(|at| at.is_some())
            }
            View::Items(_, items) => self
                .found(items.iter(), item, || items.whole())
                .map(|at| at.is_some()),
            View::Dict(pairs) => {
                self.hashable(item, "a dict key")?;
                self.found_key(pairs, item).map(|at| at.is_some())
            }
            View::Str(all) => match self.view(item)? {
                View::Str(part) => Ok(text::find(all, part, 0).is_some()),
                // A part that is cut is longer than what is recorded of it.
                View::StrCut(..) => Err(self.text_cut(item)),
                _ => Err(python(format!(
                    "TypeError: 'in <string>' requires string as left operand, not {}",
                    self.type_name(item)
                ))),
            },
            View::StrCut(there, _) => match self.view(item)? {
                View::Str(part) if text::find(there, part, 0).is_some() => Ok(true),
                _ => Err(self.text_cut(container)),
            },
            View::Bytes(all) => match self.view(item)? {
                View::Bytes(part) => Ok(text::find(all, part, 0).is_some()),
                View::Number(Number::Int(number)) => match u8::try_from(&number) {
                    Ok(byte) => Ok(all.contains(&byte)),
                    Err(_) => Err(python("ValueError: byte must be in range(0, 256)")),
                },
                _ => Err(python(format!(
                    "TypeError: a bytes-like object is required, not '{}'",
                    self.type_name(item)
                ))),
            },
            View::BytesCut(..) => Err(self.text_cut(container)),
            View::Range(parts) => self.in_range(parts, item),
            _ => Err(python(format!(
                "TypeError: argument of type '{}' is not iterable",
                self.type_name(container)
            ))),
        }
    }
}

/// Kinds of sequences, for messages.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "list",
        Kind::Tuple => "tuple",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
        Kind::Deque => "deque",
    }
}
