//! Calls, where what is called may be code of the program, and iterators.

use ruff_python_ast::{Expr, ExprCall};
use schema::{Bound, Maker, TypeId, TypeKind, Value};

use super::call::Given;
use super::heap::{Heap, Thing};
use super::member::Member;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};
use crate::expr::gate::Definer;

/// Functions that give iterators, which are gone through once.
const LAZY: &[(&str, &str)] = &[
    ("zip", "zip"),
    ("map", "map"),
    ("filter", "filter"),
    ("enumerate", "enumerate"),
    ("reversed", "list_reverseiterator"),
];

impl<'s> Eval<'s> {
    /// Takes down what an iterator reads that is worked out at once.
    pub(in crate::expr) fn lazy_watch(&self, name: &str) -> Option<usize> {
        let is_lazy = LAZY.iter().any(|(other, _)| *other == name);
        (self.running.is_some() && is_lazy).then(|| self.heap.watch())
    }

    /// What `zip()` and its like give to interpreted code.
    pub(in crate::expr) fn lazily(
        &self,
        name: &str,
        found: Datum,
        watch: Option<usize>,
    ) -> Result<Datum> {
        let Some(watch) = watch else {
            return Ok(found);
        };
        if self.heap.watched(watch) && matches!(name, "map" | "filter") {
            return Err(refused(format!(
                "{name}() of what changes something is not interpreted"
            )));
        }
        let class = LAZY
            .iter()
            .find(|(other, _)| *other == name)
            .map_or("iterator", |(_, class)| class);
        match found {
            Datum::List(items) => self.stream(class, items, Some(watch)),
            found => Ok(found),
        }
    }

    /// What `keys()` and its like give to interpreted code.
    pub(in crate::expr) fn lazily_viewed(
        &self,
        object: &Datum,
        name: &str,
        found: Datum,
    ) -> Result<Datum> {
        let (kind, class) = match name {
            "keys" => ("keys", "dict_keys"),
            "values" => ("values", "dict_values"),
            "items" => ("items", "dict_items"),
            _ => return Ok(found),
        };
        let is_dict = matches!(self.view(object)?, crate::expr::shape::View::Dict(_));
        if self.running.is_none() || !is_dict {
            return Ok(found);
        }
        let object = self.boxed(object.clone())?;
        self.heap
            .make_thing(Thing::View(object, kind), class, &format!("<{class}>"))
    }

    /// A call of a name that is no built-in function.
    pub(in crate::expr) fn call_name(
        &self,
        node: &ExprCall,
        name: &str,
        depth: usize,
    ) -> Result<Datum> {
        if self.running.is_some() {
            match (name, self.running_lacks(name)?) {
                ("super", true) => {
                    let given = self.given(node, depth)?;
                    return self.super_of(&given.positional);
                }
                ("iter", true) => {
                    let given = self.given(node, depth)?;
                    let [only] = given.positional.as_slice() else {
                        return Err(refused("iter() with a function is not interpreted"));
                    };
                    return self.iterator(only);
                }
                ("next", true) => {
                    let given = self.given(node, depth)?;
                    return self.next(&given.positional);
                }
                _ => {}
            }
        }
        // A name that is nowhere is no code of the program.
        let callee = self.eval(&node.func, depth)?;
        if self.is_without_source() {
            return Err(self.would_run(node));
        }
        if let Some(running) = &self.running {
            // Where the name is defined is known better than what the function is called.
            return self.call_global(running.frame.file, name, &callee, node, depth);
        }
        let code = self.scope.facts.code(self.scope.frame.info.code)?;
        let file = code.file;
        self.call_global(file, name, &callee, node, depth)
    }

    fn call_global(
        &self,
        file: schema::FileId,
        name: &str,
        callee: &Datum,
        node: &ExprCall,
        depth: usize,
    ) -> Result<Datum> {
        let given = self.given(node, depth)?;
        if let Datum::Value(Value::Object(id)) = callee
            && !Heap::is_made(*id)
            && let (object, class) = self.object(*id)?
            && class.name == "function"
            && let Some(text) = object.text.as_deref()
            && text.starts_with(&format!("<function {name} at"))
            && let Some(home) = self.home_of(file, name, 0)
        {
            let found = self.function_source(text, Some(home))?;
            return self.invoke(&super::call::Callee::of(found, None), given);
        }
        self.call_datum(callee, given)
    }

    /// Whether a name means Python's own thing of that name.
    fn running_lacks(&self, name: &str) -> Result<bool> {
        match &self.running {
            Some(running) => {
                Ok(self.own_name(name).is_none() && self.running_name(running, name)?.is_none())
            }
            None => Ok(false),
        }
    }

    /// Whether the trace holds no source at all.
    pub(in crate::expr) fn is_without_source(&self) -> bool {
        self.program()
            .is_none_or(|program| program.files().next().is_none())
    }

    /// A call of what is found under a name of an object, if that is code of the program; `None` if the
    /// method is a built-in one.
    pub(in crate::expr) fn call_member(
        &self,
        node: &ExprCall,
        object: &Datum,
        name: &str,
        depth: usize,
    ) -> Result<Option<Datum>> {
        if let Some(Member::Method(callee) | Member::Whole(callee)) = self.member(object, name)? {
            let given = self.given(node, depth)?;
            return self.invoke(&callee, given).map(Some);
        }
        if let Datum::Value(Value::Object(id)) = object
            && let Some(thing) = self.heap.thing(*id)
            && let Thing::Super(owner, class, receiver) = &*thing
        {
            let given = self.given(node, depth)?;
            return self
                .call_of_super((*owner, class.id, receiver), name, given)
                .map(Some);
        }
        if self.is_change(object, name)? {
            let reverse_or_key = !node.arguments.keywords.is_empty();
            if reverse_or_key && name == "sort" {
                return self.sort_in_place(object, node, depth).map(Some);
            }
            let given = self.given(node, depth)?;
            if !given.keywords.is_empty() {
                return Err(refused(format!(
                    "{name}() with keywords is not interpreted"
                )));
            }
            return self.call_built_in(object, name, given.positional).map(Some);
        }
        let Datum::Value(Value::Object(id)) = object else {
            return Ok(None);
        };
        let (known, class) = self.object(*id)?;
        let is_field = !matches!(class.kind, TypeKind::Opaque)
            && self.field(*id, known, name)?.is_some()
            && !self.is_without_source();
        let is_of_module = class.name == "module" && !self.is_without_source();
        if is_field || is_of_module {
            let callee = self.attribute_of(object, name)?;
            let given = self.given(node, depth)?;
            return self.call_datum(&callee, given).map(Some);
        }
        Ok(None)
    }

    /// A method of a built-in class, called on `super()`.
    fn call_of_super(
        &self,
        (owner, class, receiver): (TypeId, TypeId, &Datum),
        name: &str,
        given: Given,
    ) -> Result<Datum> {
        let class = self.type_of(class)?;
        let refuse = || refused(format!("super().{name}() is not interpreted"));
        let Definer::Other(base, Bound::Function | Bound::Static) =
            self.definer_after(class, owner, name)
        else {
            return Err(refuse());
        };
        if base.body.as_ref().map(|body| body.maker) != Some(Maker::Interpreter) {
            return Err(refuse());
        }
        let Datum::Value(Value::Object(id)) = receiver else {
            return Err(refuse());
        };
        match (name, class.kind) {
            ("__init__", TypeKind::Instance)
                if base.name == "object"
                    && given.positional.is_empty()
                    && given.keywords.is_empty() =>
            {
                Ok(Value::None.into())
            }
            ("__init__", TypeKind::Exception) if given.keywords.is_empty() => {
                let arguments = self.stored(Datum::Tuple(given.positional))?;
                let number = self.name_number("args");
                self.change(*id, |object| {
                    let fields = object.fields.get_or_insert_default();
                    match fields.iter_mut().find(|(field, _)| *field == number) {
                        Some((_, old)) => *old = arguments,
                        None => fields.push((number, arguments)),
                    }
                })?;
                Ok(Value::None.into())
            }
            ("__setattr__", TypeKind::Instance) if base.name == "object" => Err(refuse()),
            ("__eq__", TypeKind::Instance) if base.name == "object" => {
                match given.positional.as_slice() {
                    [other] => match self.same(receiver, other)? {
                        true => Ok(true.into()),
                        false => Ok(Value::NotImplemented.into()),
                    },
                    _ => Err(refuse()),
                }
            }
            _ => Err(refuse()),
        }
    }

    /// `apply(function, items)` for a function that is a value.
    pub(in crate::expr) fn apply_value(
        &self,
        function: &Expr,
        items: Vec<Datum>,
        depth: usize,
    ) -> Result<Datum> {
        if self.is_without_source() {
            return Err(self.would_run(function));
        }
        let items = items.into_iter().map(|item| self.boxed(item));
        let given = Given::of(items.collect::<Result<_>>()?);
        if let Expr::Attribute(node) = function {
            let object = self.operand(&node.value, depth)?;
            let name = self.private(&node.attr);
            if let Some(Member::Method(callee) | Member::Whole(callee)) =
                self.member(&object, &name)?
            {
                return self.invoke(&callee, given);
            }
        }
        let callee = self.operand(function, depth)?;
        if let (Expr::Name(name), Datum::Value(Value::Object(id))) = (function, &callee)
            && !Heap::is_made(*id)
            && let Some(text) = self.object(*id)?.0.text.as_deref()
            && text.starts_with(&format!("<function {} at", name.id))
        {
            let file = match &self.running {
                Some(running) => running.frame.file,
                None => self.scope.facts.code(self.scope.frame.info.code)?.file,
            };
            if let Some(home) = self.home_of(file, &name.id, 0) {
                let found = self.function_source(text, Some(home))?;
                return self.invoke(&super::call::Callee::of(found, None), given);
            }
        }
        self.call_datum(&callee, given)
    }

    /// `iter(datum)`
    fn iterator(&self, datum: &Datum) -> Result<Datum> {
        if let Datum::Value(Value::Object(id)) = datum
            && let Some(thing) = self.heap.thing(*id)
            && matches!(&*thing, Thing::Items(_))
        {
            return Ok(datum.clone());
        }
        if self.special(datum, "__iter__")?.is_some() {
            return self
                .ask(datum, "__iter__", Vec::new())?
                .ok_or_else(|| refused("iter()"));
        }
        let watch = self.heap.watch();
        let items = self.iterate_in_order(datum);
        self.heap.watched(watch);
        self.stream("iterator", items?, Some(watch))
    }

    /// `next(iterator)`, `next(iterator, default)`
    fn next(&self, given: &[Datum]) -> Result<Datum> {
        let (iterator, default) = match given {
            [iterator] => (iterator, None),
            [iterator, default] => (iterator, Some(default)),
            _ => return Err(refused("next() takes one or two arguments")),
        };
        let stop = || match default {
            Some(default) => Ok(default.clone()),
            None => Err(python("StopIteration")),
        };
        if let Datum::Value(Value::Object(id)) = iterator
            && let Some(thing) = self.heap.thing(*id)
            && let Thing::Items(stream) = &*thing
        {
            return match self.next_of(stream)? {
                Some(item) => Ok(item),
                None => stop(),
            };
        }
        match self.ask(iterator, "__next__", Vec::new()) {
            Err(error) if Self::is_exception(&error, "StopIteration") && default.is_some() => {
                self.heap.raised.take();
                stop()
            }
            Err(error) => Err(error),
            Ok(Some(item)) => Ok(item),
            Ok(None) => {
                let name = self.type_name(iterator);
                Err(refused(format!("the next of a {name} is not known here")))
            }
        }
    }

    /// `list.sort(key=…, reverse=…)`
    fn sort_in_place(&self, object: &Datum, node: &ExprCall, depth: usize) -> Result<Datum> {
        let arguments = self.arguments(node, "sorted", false, depth)?;
        if !arguments.positional.is_empty() {
            return Err(refused("sort() takes no positional arguments"));
        }
        let mut arguments = arguments;
        arguments.positional.push(object.clone());
        let sorted = self.builtin(&node.func, arguments, depth)?;
        let (id, _) = self.container(object, "the sort of")?;
        let sorted = match sorted {
            Datum::List(items) => items,
            _ => return Err(refused("a sort gives no list")),
        };
        let sorted = sorted.into_iter().map(|item| self.stored(item));
        let sorted: Vec<Value> = sorted.collect::<Result<_>>()?;
        self.change(id, |object| object.items = Some(sorted))?;
        Ok(Value::None.into())
    }
}
