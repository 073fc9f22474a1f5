//! Expressions over what was recorded, in Python's syntax and with Python's results.
//!
//! Nothing of the program runs here. What Python would compute without running the program's code
//! (arithmetic on atoms, items of containers, recorded attributes, a few builtins) is computed as
//! CPython does; all else is refused with a message that names the part. Instances of subclasses
//! of builtin containers and atoms count as what they hold where their classes leave it at that.

mod access;
mod allotment;
mod arguments;
mod attributes;
mod class_attributes;
mod classes;
mod compare;
mod comprehensions;
mod constructors;
mod eval;
mod format_spec;
mod formats;
mod functions;
mod gate;
mod iterate;
mod letters;
mod looks;
mod lookup;
mod members;
mod methods;
mod namespaces;
mod numbers;
mod operators;
mod own;
mod parse;
mod pieces;
mod ranges;
mod rounding;
mod shape;
mod sorting;
mod strings;
mod text;
mod totals;
mod words;

use std::sync::Arc;

use ruff_python_ast as ast;
use schema::{Type, Value};

use crate::asked::{Asked, attributes_of};
use crate::error::{Error, Result};
use crate::scope::Scope;
use eval::Eval;
use own::Heap;
pub(crate) use own::Program;
pub(crate) use parse::{event_word, with_room};

/// How many bytes of the stack interpreted calls may take where it is short, and on a thread of their
/// own.
const ROOM: usize = 600 << 10;
const LARGE_ROOM: usize = 200 << 20;

/// What an expression gives. Containers it computes were never objects of the program, so they have
/// no number.
#[derive(Debug, PartialEq)]
pub enum Datum {
    /// A value of the program, or an atom.
    Value(Value),
    /// A computed `tuple`.
    Tuple(Vec<Datum>),
    /// A computed `list`.
    List(Vec<Datum>),
    /// A computed `dict`.
    Dict(Vec<(Datum, Datum)>),
    /// A computed `set`. Its order is not Python's.
    Set(Vec<Datum>),
    /// A computed `frozenset`. Its order is not Python's.
    FrozenSet(Vec<Datum>),
    /// A class: what `type()` gives, or the name of a builtin one.
    Class(Arc<Type>),
    /// An instance that code of the program made or changed while it was interpreted: its class, its
    /// attributes.
    Instance(Arc<Type>, Vec<(String, Datum)>),
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Datum::Value(value)
    }
}

impl From<bool> for Datum {
    fn from(truth: bool) -> Self {
        Datum::Value(Value::Bool(truth))
    }
}

/// A parsed expression. Besides Python's syntax it knows `#17`, the object of that number.
#[derive(Clone, Debug)]
pub struct Expr {
    /// The text as the parser saw it; the ranges of the tree refer to it.
    text: String,
    /// Shared, since cloning and dropping a tree recurse.
    root: Arc<ast::Expr>,
}

impl Expr {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// If it is not one, with the column, in one line.
    pub fn parse(text: &str) -> Result<Expr> {
        let (text, root) = parse::parse(text)?;
        Ok(Expr {
            text,
            root: Arc::new(root),
        })
    }

    /// The names that it asks for and does not bind itself.
    pub(crate) fn names(&self) -> Vec<String> {
        Asked::of(&self.root)
    }

    /// The attributes that it asks for, innermost first, and of what in a scope.
    pub(crate) fn attributes(&self, scope: &Scope<'_>) -> Vec<(Datum, String)> {
        let heap = Heap::default();
        let eval = Eval::new(scope, &heap, &self.text);
        let nodes = attributes_of(&self.root).into_iter();
        let known = nodes.filter_map(|node| {
            let datum = eval.eval(&node.value, 1).ok()?;
            let datum = eval.exported(datum, 0).ok()?;
            Some((datum, node.attr.to_string()))
        });
        known.collect()
    }

    /// Whether a text is a statement of Python and no expression: an assignment, an import, a loop.
    #[must_use]
    pub fn is_statement(text: &str) -> bool {
        parse::is_statement(text)
    }

    /// Its value in a scope.
    pub(crate) fn evaluate(&self, scope: &Scope<'_>) -> Result<Datum> {
        self.given_room(scope, |eval| {
            let datum = eval.eval(&self.root, 0)?;
            eval.exported(datum, 0)
        })
    }

    /// Whether it is true in a scope.
    pub(crate) fn holds(&self, scope: &Scope<'_>) -> Result<bool> {
        self.given_room(scope, |eval| match eval.eval(&self.root, 0)? {
            // What most conditions give.
            Datum::Value(Value::Bool(truth)) => Ok(truth),
            datum => eval.truth(&datum),
        })
    }

    /// Evaluates on this thread's stack, and once more on a larger one if calls need that.
    fn given_room<T: Send>(
        &self,
        scope: &Scope<'_>,
        act: impl Fn(&Eval<'_>) -> Result<T> + Sync,
    ) -> Result<T> {
        let heap = Heap::with_room(ROOM);
        let result = act(&Eval::new(scope, &heap, &self.text));
        if heap.is_full() && scope.reads.is_none() && scope.missing.is_none() {
            let (facts, state, frame) = (scope.facts, scope.state, scope.frame);
            let again = with_room(|| {
                let scope = Scope::new(facts, state, frame);
                let heap = Heap::with_room(LARGE_ROOM);
                plainly(act(&Eval::new(&scope, &heap, &self.text)))
            });
            if let Some(again) = again {
                return again;
            }
        }
        plainly(result)
    }

    /// `#17.name` or `#17[key]` for an attribute or item of what is an object here: the same place,
    /// whatever becomes of the names that led to it.
    pub(crate) fn fixed(&self, scope: &Scope<'_>) -> Result<Option<String>> {
        let heap = Heap::default();
        let eval = Eval::new(scope, &heap, &self.text);
        let object = |base: &ast::Expr| match eval.eval(base, 1) {
            Ok(Datum::Value(Value::Object(id))) if !Heap::is_made(id) => Some(id),
            _ => None,
        };
        Ok(match &*self.root {
            ast::Expr::Attribute(node) => {
                object(&node.value).map(|id| format!("#{id}.{}", node.attr))
            }
            ast::Expr::Subscript(node) if !node.slice.is_slice_expr() => {
                let key = eval.eval(&node.slice, 1).and_then(|key| eval.repr_of(&key));
                object(&node.value)
                    .zip(key.ok())
                    .map(|(id, key)| format!("#{id}[{key}]"))
            }
            _ => None,
        })
    }

    /// The class that an attribute of an object without one of its own is read from, as `#6.name`.
    pub(crate) fn inherited(&self, scope: &Scope<'_>) -> Result<Option<String>> {
        let ast::Expr::Attribute(node) = &*self.root else {
            return Ok(None);
        };
        let heap = Heap::default();
        let eval = Eval::new(scope, &heap, &self.text);
        let Ok(datum) = eval.eval(&node.value, 1) else {
            return Ok(None);
        };
        let Datum::Value(Value::Object(id)) = &datum else {
            return Ok(None);
        };
        let object = scope.objects().get(id);
        if let Some(object) = object
            && scope.field(*id, object, &node.attr)?.is_some()
        {
            return Ok(None);
        }
        let found = eval.holder(&datum, &node.attr)?;
        Ok(found.map(|(class, ..)| format!("#{class}.{}", node.attr)))
    }

    /// Whether it is a plain name of Python's.
    pub(crate) fn is_name(&self) -> bool {
        matches!(&*self.root, ast::Expr::Name(_)) && !self.text.starts_with('#')
    }
}

/// What the function of a frame that is at its first line gives. An exception stays one.
pub(crate) fn again(scope: &Scope<'_>) -> Result<Datum> {
    let heap = Heap::with_room(ROOM);
    Eval::new(scope, &heap, "").again()
}

/// An exception that Python would raise is what the answer says.
fn plainly<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| match error {
        Error::Python(text) => Error::Expression(text),
        error => error,
    })
}

#[cfg(test)]
mod tests;
