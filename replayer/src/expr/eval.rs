//! The walk over the syntax tree.

use std::cell::Cell;

use num_bigint::BigInt;
use ruff_python_ast::{self as ast, BoolOp, Expr, UnaryOp};
use ruff_text_size::Ranged;
use schema::{ObjectId, Value};

use super::numbers::int;
use super::{Datum, parse, text};
use crate::error::{Error, Result};
use crate::scope::Scope;

/// How deep expressions and the values they look through may be nested.
pub(super) const DEEPEST: usize = 200;
/// How many items one evaluation may look at; more would seem to hang.
const MOST_WORK: u64 = 50_000_000;
/// The most items or characters that a result may have.
pub(super) const MOST_ITEMS: u64 = 10_000_000;

/// One evaluation in a scope.
pub(super) struct Eval<'s> {
    pub(super) scope: &'s Scope<'s>,
    text: &'s str,
    work: Cell<u64>,
}

/// An exception that Python would raise.
pub(super) fn python(message: impl Into<String>) -> Error {
    Error::Expression(message.into())
}

/// Something that was not recorded.
pub(super) fn lost(message: impl Into<String>) -> Error {
    Error::Expression(message.into())
}

/// Something that is not computed here.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::Expression(message.into())
}

/// An error about too many levels.
pub(super) fn too_deep() -> Error {
    refused(format!("nested deeper than {DEEPEST} levels"))
}

impl<'s> Eval<'s> {
    pub(super) fn new(scope: &'s Scope<'_>, text: &'s str) -> Self {
        Eval {
            scope,
            text,
            work: Cell::new(0),
        }
    }

    /// Counts work, and ends an evaluation that takes too much of it.
    pub(super) fn spend(&self, items: u64) -> Result<()> {
        let work = self.work.get().saturating_add(items);
        self.work.set(work);
        if work > MOST_WORK {
            return Err(refused("looks at too many items"));
        }
        Ok(())
    }

    /// The text of a part as it was typed.
    pub(super) fn source(&self, part: &impl Ranged) -> String {
        parse::source(self.text, part)
    }

    pub(super) fn text(&self) -> &'s str {
        self.text
    }

    /// Refuses what only the program's own code could tell.
    pub(super) fn would_run(&self, part: &impl Ranged) -> Error {
        refused(format!(
            "cannot evaluate `{}`: it would run code of the program",
            self.source(part)
        ))
    }

    /// Refuses what depends on a method that the datum's class may define.
    pub(super) fn unknowable(&self, what: &str, datum: &Datum, method: &str) -> Error {
        let class = self.type_name(datum);
        let name = match datum {
            Datum::Value(Value::Object(id)) => format!("{class} #{id}"),
            _ => class.clone(),
        };
        refused(format!(
            "{what} {name} cannot be known: {class} may define {method}"
        ))
    }

    /// The value of a node that an operation is about to use; it must have been recorded.
    pub(super) fn operand(&self, node: &Expr, depth: usize) -> Result<Datum> {
        let datum = self.eval(node, depth)?;
        match &datum {
            Datum::Value(Value::Unknown(reason)) => {
                let (source, reason) = (self.source(node), reason.text());
                Err(lost(format!("`{source}` is not recorded: {reason}")))
            }
            Datum::Value(Value::Redacted) => {
                let source = self.source(node);
                Err(lost(format!("`{source}` is redacted")))
            }
            _ => Ok(datum),
        }
    }

    /// The value of a node.
    pub(super) fn eval(&self, node: &Expr, depth: usize) -> Result<Datum> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let next = depth + 1;
        Ok(match node {
            Expr::NoneLiteral(_) => Value::None.into(),
            Expr::BooleanLiteral(literal) => literal.value.into(),
            Expr::EllipsisLiteral(_) => Value::Ellipsis.into(),
            Expr::NumberLiteral(literal) => number(&literal.value)?.into(),
            Expr::StringLiteral(literal) => text::literal(self.text, literal).into(),
            Expr::BytesLiteral(literal) => {
                let bytes: Vec<u8> = literal.value.bytes().collect();
                Value::Bytes(bytes.into()).into()
            }
            Expr::FString(node) => self.formatted(node, next)?,
            Expr::Name(name) => return self.name(&name.id),
            Expr::Attribute(node) => return self.attribute(node, next),
            Expr::Subscript(node) => return self.subscript(node, next),
            Expr::Compare(node) => self.compare_chain(node, next)?.into(),
            Expr::BoolOp(node) => {
                let mut result: Datum = Value::None.into();
                for value in &node.values {
                    result = self.eval(value, next)?;
                    let last = node.values.last();
                    // The last value is the result whether it is true or not.
                    if !last.is_some_and(|last| std::ptr::eq(last, value))
                        && self.test(&result, value)? == (node.op == BoolOp::Or)
                    {
                        break;
                    }
                }
                result
            }
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                let operand = self.eval(&node.operand, next)?;
                (!self.test(&operand, &node.operand)?).into()
            }
            Expr::UnaryOp(node) => self.unary(node.op, &self.operand(&node.operand, next)?)?,
            Expr::BinOp(node) => {
                let left = self.operand(&node.left, next)?;
                let right = self.operand(&node.right, next)?;
                self.binary(node.op, &left, &right)?
            }
            Expr::If(node) => {
                let test = self.eval(&node.test, next)?;
                if self.test(&test, &node.test)? {
                    return self.eval(&node.body, next);
                }
                return self.eval(&node.orelse, next);
            }
            Expr::Tuple(node) => Datum::Tuple(self.elements(&node.elts, next)?),
            Expr::List(node) => Datum::List(self.elements(&node.elts, next)?),
            Expr::Set(node) => self.set(self.elements(&node.elts, next)?)?,
            Expr::Dict(node) => self.dict_display(node, next)?,
            node => return Err(self.would_run(node)),
        })
    }

    /// The truth of a node's value.
    fn test(&self, datum: &Datum, node: &Expr) -> Result<bool> {
        if let Datum::Value(Value::Unknown(reason)) = datum {
            let (source, reason) = (self.source(node), reason.text());
            return Err(lost(format!("`{source}` is not recorded: {reason}")));
        }
        self.truth(datum)
    }

    fn name(&self, name: &str) -> Result<Datum> {
        if let Some(number) = parse::object_number(name) {
            let id = ObjectId(number);
            return match self.scope.object(id) {
                Some(_) => Ok(Value::Object(id).into()),
                None => Err(lost(format!("there is no object #{number} here"))),
            };
        }
        if let Some(value) = self.scope.lookup(name)? {
            return Ok(value.into());
        }
        if name == "NotImplemented" {
            return Ok(Value::NotImplemented.into());
        }
        let name = name.replace("__rdbg_object_", "#");
        Err(python(format!("name '{name}' is not bound here")))
    }

    /// The elements of a display, with `*iterables` spread out.
    fn elements(&self, nodes: &[Expr], depth: usize) -> Result<Vec<Datum>> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Expr::Starred(starred) => {
                    let spread = self.operand(&starred.value, depth)?;
                    items.extend(self.iterate(&spread)?);
                }
                node => items.push(self.eval(node, depth)?),
            }
        }
        Ok(items)
    }

    fn dict_display(&self, node: &ast::ExprDict, depth: usize) -> Result<Datum> {
        let mut pairs = Vec::new();
        for item in &node.items {
            let value = self.eval(&item.value, depth)?;
            match &item.key {
                Some(key) => pairs.push((self.operand(key, depth)?, value)),
                None => match self.view(&value)? {
                    super::shape::View::Dict(spread) => {
                        spread.whole()?;
                        let spread = spread.iter();
                        pairs.extend(spread.map(|(k, v)| (k.into_owned(), v.into_owned())));
                    }
                    _ => {
                        let name = self.type_name(&value);
                        return Err(python(format!(
                            "TypeError: '{name}' object is not a mapping"
                        )));
                    }
                },
            }
        }
        self.dict(pairs)
    }

    fn formatted(&self, node: &ast::ExprFString, depth: usize) -> Result<Datum> {
        let mut out = Vec::new();
        for part in &node.value {
            match part {
                ast::FStringPart::Literal(literal) => out.extend(literal.value.bytes()),
                ast::FStringPart::FString(string) => {
                    for element in &string.elements {
                        self.element(element, &mut out, depth)?;
                    }
                }
            }
        }
        Ok(Value::Str(out.into()).into())
    }

    fn element(
        &self,
        element: &ast::InterpolatedStringElement,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<()> {
        let element = match element {
            ast::InterpolatedStringElement::Literal(literal) => {
                out.extend(literal.value.bytes());
                return Ok(());
            }
            ast::InterpolatedStringElement::Interpolation(element) => element,
        };
        if element.format_spec.is_some() {
            return Err(refused(format!(
                "cannot evaluate `{}`: formats in f-strings are not supported",
                self.source(element)
            )));
        }
        let value = self.operand(&element.expression, depth)?;
        let mut conversion = element.conversion;
        if let Some(debug) = &element.debug_text {
            let source = self.source(&*element.expression);
            out.extend(format!("{}{source}{}", debug.leading(), debug.trailing()).bytes());
            if conversion == ast::ConversionFlag::None {
                conversion = ast::ConversionFlag::Repr;
            }
        }
        match conversion {
            ast::ConversionFlag::None | ast::ConversionFlag::Str => {
                out.extend_from_slice(&self.str_of(&value)?);
            }
            ast::ConversionFlag::Repr => out.extend(self.repr_of(&value)?.bytes()),
            ast::ConversionFlag::Ascii => {
                return Err(refused("ascii() is not supported"));
            }
        }
        Ok(())
    }
}

/// The value of a number in the text.
fn number(literal: &ast::Number) -> Result<Value> {
    Ok(match literal {
        ast::Number::Int(number) => match number.as_i64() {
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
        ast::Number::Float(number) => Value::Float(*number),
        ast::Number::Complex { real, imag } => Value::Complex((*real, *imag).into()),
    })
}
