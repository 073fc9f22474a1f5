//! Attributes that code of the program gives: properties, methods, `super()`, `__getattr__`.

use schema::{Bound, Maker, Type, TypeKind, Value};

use super::call::{Callee, Given};
use super::heap::Thing;
use super::resolve::Found;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::classes::class_name;
use crate::expr::eval::{Eval, refused};
use crate::expr::gate::Definer;

/// Decorators of methods that are called when they are read.
const CACHED: &[&str] = &["cached_property", "functools.cached_property"];
const PROPERTY: &[&str] = &["property", "abc.abstractproperty", "abstractproperty"];

/// What a method is that is found in a class.
pub(in crate::expr) enum Member<'s> {
    /// To be called with the object before its arguments.
    Method(Callee<'s>),
    /// To be called as it is, or with the class.
    Whole(Callee<'s>),
}

impl<'s> Eval<'s> {
    /// What a property of the program gives; `None` if its source does not tell.
    pub(in crate::expr) fn property(
        &self,
        base: &'s Type,
        datum: &Datum,
        name: &str,
    ) -> Result<Option<Datum>> {
        if !is_python(base) {
            return Ok(None);
        }
        let Some(found) = self.member_source(base, name, "<property object", PROPERTY)? else {
            return Ok(None);
        };
        let mut callee = Callee::of(found, Some(datum.clone()));
        callee.owner = Some(base);
        self.invoke(&callee, Given::default()).map(Some)
    }

    /// What a `cached_property` gives that was not asked for yet; it stays in the copy. Only interpreted
    /// code is told: `why` and `last` look for the moment when it was kept.
    pub(in crate::expr) fn cached(
        &self,
        base: &'s Type,
        datum: &Datum,
        name: &str,
    ) -> Result<Option<Datum>> {
        if !is_python(base) {
            return Ok(None);
        }
        let Some(found) = self.method_source(base, name, CACHED)? else {
            return Ok(None);
        };
        let mut callee = Callee::of(found, Some(datum.clone()));
        callee.owner = Some(base);
        let value = self.invoke(&callee, Given::default())?;
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let kept = self.stored(value.clone())?;
        let number = self.name_number(name);
        self.change(*id, |object| {
            object.fields.get_or_insert_default().push((number, kept))
        })?;
        Ok(Some(value))
    }

    /// The source of a property and its like, if the class still binds what was written in it.
    fn member_source(
        &self,
        base: &'s Type,
        name: &str,
        text: &str,
        decorators: &[&str],
    ) -> Result<Option<Found<'s>>> {
        let Some(found) = self.method_source(base, name, decorators)? else {
            return Ok(None);
        };
        if let Some((class, object)) = self.class_object_of(base) {
            let bound = self.field(class, object, name)?;
            let Some(Value::Object(bound)) = bound else {
                return Ok(None);
            };
            let is_it = self
                .object(bound)?
                .0
                .text
                .as_deref()
                .is_some_and(|t| t.starts_with(text));
            if !is_it {
                return Ok(None);
            }
        }
        self.is_settled_in(base, name)?;
        Ok(Some(found))
    }

    /// Refuses what may have been put in place of what a class was written with.
    fn is_settled_in(&self, base: &Type, name: &str) -> Result<()> {
        let Some((_, _, class)) = self.class_source(base) else {
            return Ok(());
        };
        let own = class.def.name.as_str();
        let Some(program) = self.program() else {
            return Ok(());
        };
        let facts = self.scope.facts;
        let mut modules = program
            .files()
            .filter_map(|file| program.module(facts, file).ok());
        match modules.any(|module| module.replaces(own, name)) {
            true => Err(refused(format!(
                "{}.{name} is replaced somewhere, so which one is called is not known",
                base.name
            ))),
            false => Ok(()),
        }
    }

    /// The setter of a property.
    pub(super) fn setter_source(
        &self,
        base: &Type,
        name: &str,
        decorator: &str,
    ) -> Result<Option<Found<'s>>> {
        let Some((file, module, written)) = self.class_source(base) else {
            return Ok(None);
        };
        let mut setters = module.methods(written, name).filter(|function| {
            let mut names = function.decorators().iter();
            names.any(|one| super::resolve::dotted(&one.expression).as_deref() == Some(decorator))
        });
        let setter = setters.next();
        let only =
            setter.filter(|setter| setters.next().is_none() && setter.decorators().len() == 1);
        Ok(only.map(|function| Found {
            file,
            module,
            function,
        }))
    }

    /// A method that an object, a class or `super()` has by this name.
    pub(in crate::expr) fn member(&self, datum: &Datum, name: &str) -> Result<Option<Member<'s>>> {
        let Datum::Value(Value::Object(id)) = datum else {
            if let Datum::Class(class) = datum {
                return match self.scope.facts.class(class.id) {
                    Ok(class) => self.class_member(class, datum, name),
                    Err(_) => Ok(None),
                };
            }
            return Ok(None);
        };
        if let Some(thing) = self.heap.thing(*id) {
            return match &*thing {
                Thing::Super(owner, class, receiver) => {
                    self.super_member(*owner, class, receiver, name)
                }
                Thing::Class(class) => match self.scope.facts.class(class.id) {
                    Ok(class) => self.class_member(class, datum, name),
                    Err(_) => Ok(None),
                },
                _ => Ok(None),
            };
        }
        let (object, class) = self.object(*id)?;
        if let (TypeKind::Opaque, Some(own)) =
            (class.kind, object.text.as_deref().and_then(class_name))
        {
            return match self.scope.facts.named(own) {
                Some(class) => self.class_member(class, datum, name),
                None => Ok(None),
            };
        }
        if class.body.is_none() || self.field(*id, object, name)?.is_some() {
            return Ok(None);
        }
        match self.definer(class, "__getattribute__") {
            Definer::Other(base, _) if is_python(base) => return Ok(None),
            _ => {}
        }
        self.instance_member(class, datum, name, self.definer(class, name))
    }

    pub(super) fn instance_member(
        &self,
        class: &'s Type,
        datum: &Datum,
        name: &str,
        definer: Definer<'s>,
    ) -> Result<Option<Member<'s>>> {
        let Definer::Other(base, bound) = definer else {
            return Ok(None);
        };
        self.is_early(class, name)?;
        match bound {
            Bound::Function => {
                let callee = self.method_of_class(base, name)?;
                Ok(callee.map(|mut callee| {
                    callee.receiver = Some(datum.clone());
                    Member::Method(callee)
                }))
            }
            Bound::Static | Bound::Class => self.bound_to_class(base, class, name, bound),
            _ => Ok(None),
        }
    }

    fn bound_to_class(
        &self,
        base: &'s Type,
        class: &'s Type,
        name: &str,
        bound: Bound,
    ) -> Result<Option<Member<'s>>> {
        let (text, decorator) = match bound {
            Bound::Static => ("<staticmethod", "staticmethod"),
            _ => ("<classmethod", "classmethod"),
        };
        let Some(found) = self.member_source(base, name, text, &[decorator])? else {
            return Ok(None);
        };
        let receiver = match bound {
            Bound::Static => None,
            _ => Some(self.class_datum(class)?),
        };
        let mut callee = Callee::of(found, receiver);
        callee.owner = Some(base);
        Ok(Some(Member::Whole(callee)))
    }

    /// A method read of a class.
    fn class_member(&self, class: &'s Type, _: &Datum, name: &str) -> Result<Option<Member<'s>>> {
        match self.definer(class, name) {
            Definer::Other(base, Bound::Function) => {
                Ok(self.method_of_class(base, name)?.map(Member::Whole))
            }
            Definer::Other(base, bound @ (Bound::Static | Bound::Class)) => {
                self.bound_to_class(base, class, name, bound)
            }
            _ => Ok(None),
        }
    }

    /// An attribute of what interpreted code made.
    pub(in crate::expr) fn attribute_of_thing(
        &self,
        datum: &Datum,
        name: &str,
    ) -> Result<Option<Datum>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let Some(thing) = self.heap.thing(*id) else {
            return Ok(None);
        };
        match &*thing {
            Thing::Super(owner, class, receiver) => self
                .attribute_of_super((*owner, class, receiver), name)
                .map(Some),
            Thing::Class(class) => self
                .attribute_of(&Datum::Class(class.clone()), name)
                .map(Some),
            Thing::Bound(function, receiver) => match name {
                "__self__" => Ok(Some(receiver.clone())),
                "__func__" => Ok(Some(function.clone())),
                "__name__" | "__qualname__" => self.attribute_of(function, name).map(Some),
                _ => Err(refused(format!(
                    "attribute '{name}' of a method is not known here"
                ))),
            },
            Thing::Function(made) => {
                let module = self.module_of(made.file)?;
                let function = module.function_at(made.start);
                match (name, function) {
                    ("__name__", Some(function)) => Ok(Some(Value::text(&function.name).into())),
                    _ => Err(refused(format!(
                        "attribute '{name}' of a function is not known here"
                    ))),
                }
            }
            _ => {
                let class = self.type_name(datum);
                Err(refused(format!(
                    "attribute '{name}' of a {class} is not known here"
                )))
            }
        }
    }

    /// A method, read and not called.
    pub(in crate::expr) fn method_datum(&self, datum: &Datum, name: &str) -> Result<Option<Datum>> {
        let (callee, receiver) = match self.member(datum, name)? {
            Some(Member::Method(callee)) => (callee, Some(datum.clone())),
            Some(Member::Whole(callee)) => {
                let receiver = callee.receiver.clone();
                (callee, receiver)
            }
            None => return self.built_in_method(datum, name),
        };
        let function = callee.found.function;
        let text = format!("<function {} at …>", function.qualname);
        let made = super::heap::Made {
            file: callee.found.file,
            start: function.start,
            around: None,
            owner: callee.owner.map(|owner| owner.id),
            globals: self.globals_of(callee.found.file)?,
            defaults: Vec::new(),
        };
        let made = self
            .heap
            .make_thing(Thing::Function(made), "function", &text)?;
        match receiver {
            Some(receiver) => {
                let text = format!("<bound method {} of …>", function.qualname);
                self.heap
                    .make_thing(Thing::Bound(made, receiver), "method", &text)
                    .map(Some)
            }
            None => Ok(Some(made)),
        }
    }

    /// A method of a list, a dict, a text: `add = out.append`.
    fn built_in_method(&self, datum: &Datum, name: &str) -> Result<Option<Datum>> {
        let class = self.type_name(datum);
        let is_it = crate::expr::members::of(&class).is_some_and(|names| names.contains(&name));
        let is_plain = match datum {
            Datum::Value(Value::Object(id)) => crate::expr::words::is_plain(self.object(*id)?.1),
            _ => !matches!(datum, Datum::Class(_)),
        };
        if self.running.is_none() || !is_it || !is_plain {
            return Ok(None);
        }
        let receiver = self.boxed(datum.clone())?;
        let text = format!("<built-in method {name} of {class} object at …>");
        let thing = Thing::Method(receiver, name.to_owned());
        self.heap
            .make_thing(thing, "builtin_function_or_method", &text)
            .map(Some)
    }
}

pub(super) fn is_python(class: &Type) -> bool {
    class.body.as_ref().map(|body| body.maker) == Some(Maker::Python)
}
