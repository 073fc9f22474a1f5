//! What the evaluator of expressions needs of the interpreter: the copy instead of what was recorded,
//! expressions that only functions have, and results that outlive the copy.

use std::cell::RefCell;

use ruff_python_ast::{self as ast, Expr};
use schema::{NameId, Object, ObjectId, TypeKind, Value};

use super::code::start_of;
use super::frame::Running;
use super::heap::{Heap, Thing};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{DEEPEST, Eval, lost, refused, too_deep};

impl<'s> Eval<'s> {
    /// The evaluator inside of a function.
    pub(super) fn within(&self, running: Running<'s>) -> Eval<'s> {
        Eval {
            scope: self.scope,
            heap: self.heap,
            text: &running.module.text,
            running: Some(running),
            bound: RefCell::default(),
            _allotment: crate::expr::allotment::Allotment::begin(),
        }
    }

    /// What is known of an object: as interpreted code left it, or as it was recorded.
    pub(in crate::expr) fn peek(&self, id: ObjectId) -> Option<&'s Object> {
        match self.heap.shown(id) {
            Some(object) => Some(object),
            None => {
                if self.heap.is_noting() {
                    self.heap.note(id);
                }
                self.scope.peek(id)
            }
        }
    }

    /// The value of an attribute that lies in an object.
    pub(in crate::expr) fn field(
        &self,
        id: ObjectId,
        object: &Object,
        name: &str,
    ) -> Result<Option<Value>> {
        if !self.heap.is_used() || !self.heap.has(id) {
            return self.scope.field(id, object, name);
        }
        for (field, value) in object.fields.iter().flatten() {
            if self.field_name(*field)? == name {
                return Ok(Some(value.clone()));
            }
        }
        let class = self.type_of(object.class)?;
        if class.kind == TypeKind::Tuple
            && let Some(at) = class.tuple_fields.iter().position(|field| field == name)
        {
            return Ok(object
                .items
                .as_ref()
                .and_then(|items| items.get(at).cloned()));
        }
        Ok(None)
    }

    /// The name of an attribute.
    pub(in crate::expr) fn field_name(&self, number: NameId) -> Result<&'s str> {
        match self.heap.name_of(number) {
            Some(name) => Ok(name),
            None => Ok(self.scope.facts.name(number)?),
        }
    }

    /// The number of an attribute's name.
    pub(super) fn name_number(&self, name: &str) -> NameId {
        match self.scope.facts.name_number(name) {
            Some(number) => number,
            None => self.heap.name(name),
        }
    }

    /// A name as a class body means it: one that begins with two underscores is its own.
    pub(in crate::expr) fn private(&self, name: &str) -> String {
        let class = self
            .running
            .as_ref()
            .and_then(|running| running.function.class.as_deref());
        match class.map(|class| class.trim_start_matches('_')) {
            Some(class) if name.starts_with("__") && !name.ends_with("__") && !class.is_empty() => {
                format!("_{class}{name}")
            }
            _ => name.to_owned(),
        }
    }

    /// Expressions that have a value in functions only.
    pub(in crate::expr) fn more(&self, node: &Expr, depth: usize) -> Result<Option<Datum>> {
        let Some(running) = &self.running else {
            return Ok(None);
        };
        Ok(match node {
            Expr::Named(node) => {
                let datum = self.operand(&node.value, depth)?;
                let datum = self.boxed(datum)?;
                let Expr::Name(name) = &*node.target else {
                    return Ok(None);
                };
                self.bind_running(running, &name.id, Some(datum.clone()))?;
                Some(datum)
            }
            Expr::Lambda(node) => {
                let none = ast::Parameters::default();
                let parameters = node.parameters.as_deref().unwrap_or(&none);
                Some(self.closure(running, start_of(node), parameters, "<lambda>")?)
            }
            Expr::Generator(node) => Some(self.generator_expression(node, depth)?),
            Expr::Yield(node) => Some(self.yielded(node)?),
            _ => None,
        })
    }

    /// A result that needs no copy any more.
    pub(in crate::expr) fn exported(&self, datum: Datum, depth: usize) -> Result<Datum> {
        if !self.heap.is_used() {
            return Ok(datum);
        }
        if depth > DEEPEST {
            return Err(too_deep());
        }
        self.spend(1)?;
        let all = |items: Vec<Datum>| -> Result<Vec<Datum>> {
            items
                .into_iter()
                .map(|item| self.exported(item, depth + 1))
                .collect()
        };
        Ok(match datum {
            Datum::Tuple(items) => Datum::Tuple(all(items)?),
            Datum::List(items) => Datum::List(all(items)?),
            Datum::Set(items) => Datum::Set(all(items)?),
            Datum::FrozenSet(items) => Datum::FrozenSet(all(items)?),
            Datum::Dict(pairs) => {
                let pairs = pairs.into_iter();
                let pairs = pairs
                    .map(|(k, v)| Ok((self.exported(k, depth + 1)?, self.exported(v, depth + 1)?)));
                Datum::Dict(pairs.collect::<Result<_>>()?)
            }
            Datum::Value(Value::Object(id)) if self.heap.has(id) => {
                self.object_exported(id, depth)?
            }
            datum => datum,
        })
    }

    fn object_exported(&self, id: ObjectId, depth: usize) -> Result<Datum> {
        if let Some(thing) = self.heap.thing(id) {
            return match &*thing {
                Thing::Class(class) => Ok(Datum::Class(class.clone())),
                Thing::View(dict, kind) => {
                    self.exported(Datum::List(self.viewed(dict, kind)?), depth + 1)
                }
                _ => {
                    let object = self.object(id)?.0;
                    let text = object.text.as_deref().unwrap_or("an object");
                    Err(refused(format!(
                        "the value is {text}, which was made to answer this"
                    )))
                }
            };
        }
        let (object, class) = self.object(id)?;
        let items = || {
            let items = object.items.iter().flatten();
            let items = items.map(|item| self.exported(item.clone().into(), depth + 1));
            items.collect::<Result<Vec<_>>>()
        };
        let is_new = Heap::is_made(id);
        // What holds something changed shows it only if it is shown anew.
        Ok(match class.kind {
            TypeKind::List if class.mro.len() == 2 => Datum::List(items()?),
            TypeKind::Tuple if class.mro.len() == 2 => Datum::Tuple(items()?),
            TypeKind::Set if class.mro.len() == 2 => Datum::Set(items()?),
            TypeKind::FrozenSet if class.mro.len() == 2 => Datum::FrozenSet(items()?),
            TypeKind::Dict if class.mro.len() == 2 => {
                let pairs = object.pairs.iter().flatten().map(|(key, value)| {
                    let key = self.exported(key.clone().into(), depth + 1)?;
                    Ok((key, self.exported(value.clone().into(), depth + 1)?))
                });
                Datum::Dict(pairs.collect::<Result<_>>()?)
            }
            TypeKind::Instance => {
                let mut fields = Vec::new();
                for (field, value) in object.fields.iter().flatten() {
                    let name = self.field_name(*field)?.to_owned();
                    fields.push((name, self.exported(value.clone().into(), depth + 1)?));
                }
                let class = self.type_of(object.class)?;
                Datum::Instance(std::sync::Arc::new(class.clone()), fields)
            }
            _ if is_new => {
                return Err(lost(format!(
                    "the value is a new {}, which cannot be shown",
                    class.name
                )));
            }
            _ => Value::Object(id).into(),
        })
    }
}
