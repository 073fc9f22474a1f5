//! The walk over the syntax tree.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use ruff_python_ast::{self as ast, BoolOp, Expr, UnaryOp};
use ruff_text_size::Ranged;
use schema::{ObjectId, Spot, Value};

use super::allotment::{self, Allotment};
use super::numbers::literal_number;
use super::own::{Heap, Running};
use super::{Datum, classes, parse, text};
use crate::error::{Error, Result};
use crate::names::is_builtin;
use crate::scope::Scope;

/// How deep expressions and the values they look through may be nested.
pub(super) const DEEPEST: usize = 200;
/// How many items one evaluation may look at; more would seem to hang.
const MOST_WORK: u64 = 50_000_000;
/// How long one evaluation may take: arithmetic on large numbers costs more than it counts.
const MOST_TIME: Duration = Duration::from_secs(5);
/// The same for code of the program.
const MOST_TIME_OF_CODE: Duration = Duration::from_millis(800);
/// The most items or characters that a result may have.
pub(super) const MOST_ITEMS: u64 = 10_000_000;

/// One evaluation in a scope.
pub(super) struct Eval<'s> {
    pub(super) scope: &'s Scope<'s>,
    /// What interpreted code made and changed.
    pub(super) heap: &'s Heap,
    /// The function that is interpreted, if this is inside of one.
    pub(super) running: Option<Running<'s>>,
    pub(super) text: &'s str,
    /// Names that comprehensions and lambdas of the expression bind, the innermost last.
    pub(super) bound: RefCell<Vec<(String, Datum)>>,
    pub(super) _allotment: Allotment,
}

/// An exception that Python would raise.
pub(super) fn python(message: impl Into<String>) -> Error {
    Error::Python(message.into())
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
    pub(super) fn new(scope: &'s Scope<'_>, heap: &'s Heap, text: &'s str) -> Self {
        Eval {
            scope,
            heap,
            running: None,
            text,
            bound: RefCell::default(),
            _allotment: Allotment::begin(),
        }
    }

    /// Counts work, and ends an evaluation that takes too much of it.
    pub(super) fn spend(&self, items: u64) -> Result<()> {
        let work = self.heap.work.get().saturating_add(items);
        self.heap.work.set(work);
        if work > MOST_WORK {
            return Err(refused("looks at too many items"));
        }
        // A condition is evaluated millions of times, and asking the clock takes longer than most.
        if items > 64 || work / 64 != (work - items) / 64 {
            let (most, words) = match self.running {
                Some(_) => (MOST_TIME_OF_CODE, "a second"),
                None => (MOST_TIME, "5 seconds"),
            };
            if self.heap.begun.get_or_init(Instant::now).elapsed() > most {
                return Err(refused(format!("takes more than {words}")));
            }
        }
        Ok(())
    }

    /// Whether Python 3.x of this number or a newer one ran the program.
    pub(super) fn is_since(&self, minor: u32) -> bool {
        let mut parts = self.scope.facts.header().python.split('.').skip(1);
        parts
            .next()
            .and_then(|part| part.parse().ok())
            .is_some_and(|ran: u32| ran >= minor)
    }

    /// The text of a part as it was typed.
    pub(super) fn source(&self, part: &impl Ranged) -> String {
        parse::source(self.text, part)
    }

    /// Refuses what only the program's own code could tell.
    pub(super) fn would_run(&self, part: &impl Ranged) -> Error {
        refused(format!(
            "cannot evaluate `{}`: it would run code of the program",
            self.source(part)
        ))
    }

    /// The value of a node that an operation is about to use; it must have been recorded.
    pub(super) fn operand(&self, node: &Expr, depth: usize) -> Result<Datum> {
        let datum = self.eval(node, depth)?;
        match &datum {
            Datum::Value(Value::Unknown(_) | Value::Redacted) => {
                Err(self.not_recorded(&datum, node))
            }
            _ => Ok(datum),
        }
    }

    /// What to say when a value is needed that was not recorded.
    pub(super) fn not_recorded(&self, datum: &Datum, node: &Expr) -> Error {
        let source = self.source(node);
        match datum {
            Datum::Value(Value::Unknown(reason)) => {
                lost(format!("`{source}` is not recorded: {}", reason.text()))
            }
            _ => lost(format!("`{source}` is redacted")),
        }
    }

    /// The value of a node.
    pub(super) fn eval(&self, node: &Expr, depth: usize) -> Result<Datum> {
        allotment::charged(self.value(node, depth))
    }

    fn value(&self, node: &Expr, depth: usize) -> Result<Datum> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let next = depth + 1;
        Ok(match node {
            Expr::NoneLiteral(_) => Value::None.into(),
            Expr::BooleanLiteral(literal) => literal.value.into(),
            Expr::EllipsisLiteral(_) => Value::Ellipsis.into(),
            Expr::NumberLiteral(literal) => literal_number(&literal.value)?.into(),
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
            Expr::Call(node) => self.call(node, next)?,
            Expr::ListComp(node) => self.comprehended(&node.elt, &node.generators, next)?,
            Expr::SetComp(node) => self.comprehended_set(&node.elt, &node.generators, next)?,
            Expr::DictComp(node) => self.comprehended_dict(node, next)?,
            node => match self.more(node, next)? {
                Some(datum) => datum,
                None => return Err(self.would_run(node)),
            },
        })
    }

    /// The truth of a node's value.
    fn test(&self, datum: &Datum, node: &Expr) -> Result<bool> {
        self.recorded(datum, node)?;
        self.truth(datum)
    }

    fn name(&self, name: &str) -> Result<Datum> {
        if let Some(number) = parse::object_number(name) {
            let id = ObjectId(number);
            return match self.peek(id) {
                Some(_) => Ok(Value::Object(id).into()),
                None => {
                    self.scope.note(Spot::Object(id));
                    Err(lost(format!("there is no object #{number} here")))
                }
            };
        }
        if let Some(datum) = self.own_name(name) {
            return Ok(datum);
        }
        match &self.running {
            Some(running) => {
                if let Some(datum) = self.running_name(running, &self.private(name))? {
                    return Ok(datum);
                }
            }
            None => {
                if let Some(value) = self.scope.lookup(name)? {
                    return Ok(value.into());
                }
            }
        }
        if self.running.is_none()
            && self.scope.facts.header().limits.locals
            && let Some(is_free) = self.scope.is_own(name)?
        {
            return Err(python(match is_free {
                true => format!(
                    "NameError: cannot access free variable '{name}' where it is not associated with \
                     a value in enclosing scope"
                ),
                false => format!(
                    "UnboundLocalError: cannot access local variable '{name}' where it is not \
                     associated with a value"
                ),
            }));
        }
        if let Some(class) = classes::builtin(name) {
            return Ok(class);
        }
        if name == "NotImplemented" {
            return Ok(Value::NotImplemented.into());
        }
        if !self.scope.facts.header().limits.locals {
            return Err(lost("values were not recorded (--no-locals)"));
        }
        let name = parse::typed(name);
        if is_builtin(&name) {
            return Err(refused(format!(
                "`{name}` is Python's own and not computed here"
            )));
        }
        Err(python(format!("NameError: name '{name}' is not defined")))
    }

    /// The elements of a display, with `*iterables` spread out.
    fn elements(&self, nodes: &[Expr], depth: usize) -> Result<Vec<Datum>> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Expr::Starred(starred) => {
                    let spread = self.operand(&starred.value, depth)?;
                    items.extend(self.iterate_or(&spread, |name| {
                        format!("TypeError: Value after * must be an iterable, not {name}")
                    })?);
                }
                node => items.push(self.eval(node, depth)?),
            }
        }
        Ok(items)
    }

    fn dict_display(&self, node: &ast::ExprDict, depth: usize) -> Result<Datum> {
        let mut pairs = Vec::new();
        for item in &node.items {
            let key = item.key.as_ref().map(|key| self.operand(key, depth));
            let key = key.transpose()?;
            let value = self.eval(&item.value, depth)?;
            match key {
                Some(key) => pairs.push((key, value)),
                None => match self.spread(&value)? {
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

    /// What `**` spreads out.
    fn spread<'v>(&self, value: &'v Datum) -> Result<super::shape::View<'v>>
    where
        's: 'v,
    {
        for method in ["keys", "__iter__"] {
            self.asks("the items of", value, &[method])?;
        }
        self.view(value)
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
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let element = match element {
            ast::InterpolatedStringElement::Literal(literal) => {
                out.extend(literal.value.bytes());
                return Ok(());
            }
            ast::InterpolatedStringElement::Interpolation(element) => element,
        };
        let value = self.operand(&element.expression, depth)?;
        let mut conversion = element.conversion;
        if let Some(debug) = &element.debug_text {
            let source = self.source(&*element.expression);
            out.extend(format!("{}{source}{}", debug.leading(), debug.trailing()).bytes());
            if conversion == ast::ConversionFlag::None && element.format_spec.is_none() {
                conversion = ast::ConversionFlag::Repr;
            }
        }
        let text = match conversion {
            ast::ConversionFlag::None => None,
            ast::ConversionFlag::Str => Some(Value::Str(self.str_of(&value)?.into())),
            ast::ConversionFlag::Repr => Some(Value::text(&self.repr_of(&value)?)),
            ast::ConversionFlag::Ascii => Some(Value::text(&self.ascii_of(&value)?)),
        };
        let value = text.map_or(value, Datum::Value);
        let mut spec = Vec::new();
        if let Some(format) = &element.format_spec {
            for part in &format.elements {
                self.element(part, &mut spec, depth + 1)?;
            }
        }
        out.extend(self.format(&value, &spec)?);
        self.sized(out.len() as u64)
    }
}
