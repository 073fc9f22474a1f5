//! `value.name`: where Python looks for an attribute, among what was recorded.

use ruff_python_ast::{Expr, ExprAttribute};
use schema::{Bound, Maker, Object, ObjectId, Type, TypeKind, Value};

use super::Datum;
use super::classes::class_name;
use super::eval::{Eval, lost, python, refused};
use super::gate::Definer;
use super::members;
use super::numbers::Number;
use super::shape::View;
use crate::error::{Error, Result};
use crate::known;
use crate::nearest::nearest;

/// Properties of the standard library that give what an instance holds under another name.
const ALIASES: &[(&str, &str, &str)] = &[
    ("enum.Enum", "value", "_value_"),
    ("enum.Enum", "name", "_name_"),
];

impl<'s> Eval<'s> {
    /// `value.name`, among what was recorded of the object.
    pub(super) fn attribute(&self, node: &ExprAttribute, depth: usize) -> Result<Datum> {
        if let Expr::Attribute(method) = &*node.value
            && matches!(node.attr.as_str(), "__self__" | "__func__" | "__name__")
            && let Ok(object) = self.operand(&method.value, depth)
            && let Some(function) = self.method_of(&object, &method.attr)?
        {
            return match node.attr.as_str() {
                "__self__" => Ok(object),
                "__func__" => function.ok_or_else(|| {
                    lost(format!(
                        "the function of `{}` is not recorded",
                        self.source(&*node.value)
                    ))
                }),
                _ => Ok(Value::text(&method.attr).into()),
            };
        }
        let datum = self.operand(&node.value, depth)?;
        let name = self.private(&node.attr);
        if self.running.is_some() && name == "__dict__" {
            return Err(refused("`__dict__` is not interpreted"));
        }
        if self.running.is_some()
            && let Some(method) = self.method_datum(&datum, &name)?
        {
            return Ok(method);
        }
        self.attribute_of(&datum, &name)
    }

    pub(super) fn attribute_of(&self, datum: &Datum, name: &str) -> Result<Datum> {
        if name == "__class__" {
            return self.class_attribute_of(datum);
        }
        if let Some(found) = self.attribute_of_thing(datum, name)? {
            return Ok(found);
        }
        if let Some(found) = self.built_in_attribute(datum, name)? {
            return Ok(found);
        }
        let Datum::Value(Value::Object(id)) = datum else {
            if let Datum::Class(class) = datum
                && let Some((id, _)) = self.class_object(&class.name)
            {
                return self.attribute_of(&Value::Object(id).into(), name);
            }
            return Err(self.not_there(datum, name));
        };
        let (object, class) = self.known(*id, self.peek(*id))?;
        if is_class(object, class) {
            return self.attribute_of_class(datum, name);
        }
        if class.body.is_some() {
            self.asks(
                &format!("attribute '{name}' of"),
                datum,
                &["__getattribute__"],
            )?;
        }
        let definer = self.definer(class, name);
        match definer {
            Definer::Other(_, Bound::Data) if name == "__dict__" => return self.fields_of(datum),
            // An exception has one whatever its class says.
            Definer::Known if name == "__dict__" => return self.fields_of(datum),
            Definer::Other(base, bound @ (Bound::Property | Bound::Data)) => {
                let is_it = |alias: &&(&str, &str, &str)| (alias.0, alias.1) == (&base.name, name);
                if let Some((.., held)) = ALIASES.iter().find(is_it) {
                    return self.attribute_of(datum, held);
                }
                if bound == Bound::Property {
                    self.is_early(class, name)?;
                }
                if bound == Bound::Property
                    && let Some(found) = self.property(base, datum, name)?
                {
                    return Ok(found);
                }
                return Err(self.unknowable(&format!("attribute '{name}' of"), datum, name));
            }
            _ => {}
        }
        if let Some(value) = self.field(*id, object, name)? {
            return Ok(value.into());
        }
        if let Some(reason) = object.unknown {
            let (class, reason) = (&class.name, reason.text());
            return Err(lost(format!(
                "attribute '{name}' of {class} #{id} is not recorded: {reason}"
            )));
        }
        if class.name == "module" {
            return self.name_of_module(object, name);
        }
        match definer {
            Definer::Other(base, Bound::Slot) => return self.empty_slot(datum, name, class, base),
            Definer::Known if matches!(name, "__cause__" | "__context__") && self.heap.has(*id) => {
                return Err(refused(format!("`{name}` is not interpreted")));
            }
            Definer::Known if matches!(name, "__cause__" | "__context__") => {
                return Ok(Value::None.into());
            }
            Definer::Known => return Err(self.would_be_method(datum, name)),
            Definer::Other(base, bound @ (Bound::Function | Bound::Class | Bound::Static)) => {
                let why = self.says(base, bound, name);
                let class = &class.name;
                return Err(refused(format!(
                    "attribute '{name}' of {class} #{id} is a method: {why}"
                )));
            }
            _ => {}
        }
        if self.running.is_some()
            && let Definer::Other(base, Bound::Getter) = definer
            && let Some(found) = self.cached(base, datum, name)?
        {
            return Ok(found);
        }
        if let Some(found) = self.class_attribute(datum, name)? {
            return Ok(found);
        }
        match definer {
            Definer::Nobody if class.kind != TypeKind::Opaque => {
                if let Some(found) =
                    self.ask(datum, "__getattr__", vec![Value::text(name).into()])?
                {
                    return Ok(found);
                }
                self.asks(&format!("attribute '{name}' of"), datum, &["__getattr__"])?;
                Err(self.no_such(datum, name))
            }
            _ => Err(self.not_there(datum, name)),
        }
    }

    /// What a place in an instance gives in which nothing was seen.
    fn empty_slot(&self, datum: &Datum, name: &str, class: &Type, base: &Type) -> Result<Datum> {
        let maker = base.body.as_ref().map(|body| body.maker);
        match maker {
            Some(Maker::Python) => Err(self.no_such(datum, name)),
            // As C's members are read that hold nothing.
            Some(Maker::Interpreter)
                if class.kind == TypeKind::Exception
                    && !["obj", "start", "end"].contains(&name) =>
            {
                Ok(Value::None.into())
            }
            _ => Err(self.not_there(datum, name)),
        }
    }

    /// Attributes that every value of a built-in class has.
    fn built_in_attribute(&self, datum: &Datum, name: &str) -> Result<Option<Datum>> {
        Ok(Some(match (self.view(datum)?, name) {
            (View::Range([start, _, _]), "start") => start.clone().into(),
            (View::Range([_, stop, _]), "stop") => stop.clone().into(),
            (View::Range([_, _, step]), "step") => step.clone().into(),
            (View::Complex(real, _), "real") => Value::Float(real).into(),
            (View::Complex(_, imaginary), "imag") => Value::Float(imaginary).into(),
            (View::Number(number), "real") => number.datum(),
            (View::Number(Number::Int(_)), "imag") => Value::Int(0).into(),
            (View::Number(Number::Float(_)), "imag") => Value::Float(0.0).into(),
            (View::Number(number @ Number::Int(_)), "numerator") => number.datum(),
            (View::Number(Number::Int(_)), "denominator") => Value::Int(1).into(),
            (View::Class(class), "__name__") => own_name(&class.name),
            (View::Opaque(_, text), "__name__") if let Some(class) = class_name(text) => {
                own_name(class)
            }
            (View::Opaque(class, text), "__name__" | "__qualname__")
                if class.name == "function" =>
            {
                let full = text
                    .strip_prefix("<function ")
                    .and_then(|rest| rest.split(' ').next());
                match (full, name) {
                    (Some(full), "__qualname__") => Value::text(full).into(),
                    (Some(full), _) => own_name(full),
                    (None, _) => return Ok(None),
                }
            }
            (View::Opaque(class, text), name)
                if let Datum::Value(Value::Object(id)) = datum
                    && known::repr(self.scope.facts, self.object(*id)?.0, class).is_some()
                    && let Some(value) = known::attribute(text, name) =>
            {
                value.into()
            }
            (View::Opaque(class, text), "__name__") if class.name == "module" => {
                let full = text
                    .strip_prefix("<module '")
                    .and_then(|rest| rest.strip_suffix("'>"));
                match full {
                    Some(full) => Value::text(full).into(),
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// `value.__class__`, which a class can say otherwise.
    fn class_attribute_of(&self, datum: &Datum) -> Result<Datum> {
        for method in ["__getattribute__", "__class__"] {
            self.asks("the class of", datum, &[method])?;
        }
        Ok(Datum::Class(self.class_of(datum)?))
    }

    /// `vars(value)`, as a new dict: the attributes that lie in the instance, without its slots.
    pub(super) fn fields_of(&self, datum: &Datum) -> Result<Datum> {
        let Datum::Value(Value::Object(id)) = datum else {
            let name = self.type_name(datum);
            return Err(python(format!(
                "AttributeError: '{name}' object has no attribute '__dict__'"
            )));
        };
        let (object, class) = self.object(*id)?;
        if class.name == "module" {
            return self
                .module_dict(object)
                .map(|space| Value::Object(space).into());
        }
        if is_class(object, class) || class.kind == TypeKind::Opaque {
            return Err(lost(format!(
                "the dict of {} #{id} is not recorded",
                class.name
            )));
        }
        if class.body.is_none() {
            return Err(lost(format!(
                "which attributes of {} #{id} are slots is not recorded: p shows all",
                class.name
            )));
        }
        if let Some(reason) = object.unknown {
            let (class, reason) = (&class.name, reason.text());
            return Err(lost(format!(
                "the attributes of {class} #{id} are not recorded: {reason}"
            )));
        }
        let is_exception = class.kind == TypeKind::Exception;
        if !is_exception && !self.has_dict(class) {
            return Err(self.no_such(datum, "__dict__"));
        }
        let mut pairs = Vec::new();
        for (field, value) in object.fields.iter().flatten() {
            let field = self.field_name(*field)?;
            let is_own = match self.definer(class, field) {
                Definer::Other(_, Bound::Slot) => false,
                _ => !is_exception || !matches!(field, "args" | "__cause__" | "__context__"),
            };
            if is_own {
                pairs.push((Value::text(field).into(), value.clone().into()));
            }
        }
        Ok(Datum::Dict(pairs))
    }

    /// Whether instances of a class have a dict: a class of the line that is written in Python has
    /// no slots of its own, and so a place for it.
    pub(super) fn has_dict(&self, class: &'s Type) -> bool {
        matches!(self.definer(class, "__dict__"), Definer::Other(..))
    }

    /// The namespace of a module, if that was recorded: the one dict that says so.
    pub(super) fn module_dict(&self, module: &Object) -> Result<ObjectId> {
        let text = module.text.as_deref().unwrap_or_default();
        let name = text
            .strip_prefix("<module '")
            .and_then(|rest| rest.strip_suffix("'>"));
        let name = name.unwrap_or_default();
        let says = |id: ObjectId| self.scope.is_namespace_of(id, name);
        let own = self.scope.frame.info.globals;
        if says(own) {
            return Ok(own);
        }
        let mut spaces = self.scope.objects().keys().copied().filter(|id| says(*id));
        match (spaces.next(), spaces.next()) {
            (Some(space), None) => Ok(space),
            _ => Err(lost(format!(
                "the names of module {name} are not recorded: none of its code ran while it was \
                 recorded; if it is written in Python, `record --include '{name}'` records it"
            ))),
        }
    }

    fn name_of_module(&self, module: &Object, name: &str) -> Result<Datum> {
        let space = self.module_dict(module)?;
        match self.find_in(space, name) {
            Some(value) => Ok(value.into()),
            None if self.find_in(space, "__getattr__").is_some() => Err(refused(format!(
                "attribute '{name}' cannot be known: __getattr__ of the module would be called"
            ))),
            None => {
                let text = module.text.as_deref().unwrap_or_default();
                let text = text.trim_matches(['<', '>']);
                Err(python(format!(
                    "AttributeError: {text} has no attribute '{name}'"
                )))
            }
        }
    }

    /// What `value.name` calls if it is a method of the class of an object, and whether its function
    /// is recorded.
    pub(super) fn method_of(&self, datum: &Datum, name: &str) -> Result<Option<Option<Datum>>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let (object, class) = self.object(*id)?;
        let Definer::Other(base, Bound::Function) = self.definer(class, name) else {
            return Ok(None);
        };
        if is_class(object, class) || self.field(*id, object, name)?.is_some() {
            return Ok(None);
        }
        let found = match self.class_object(&base.name) {
            Some((id, object)) => self.field(id, object, name)?,
            None => None,
        };
        Ok(Some(found.map(Datum::Value)))
    }

    /// Python's error for an attribute that is not there.
    fn no_such(&self, datum: &Datum, name: &str) -> Error {
        let class = self.type_name(datum);
        python(format!(
            "AttributeError: '{class}' object has no attribute '{name}'"
        ))
    }

    fn would_be_method(&self, datum: &Datum, name: &str) -> Error {
        let class = self.type_name(datum);
        refused(format!(
            "attribute '{name}' is a method of {class}, which has no value here; call it"
        ))
    }

    /// What to say of an attribute that may or may not be there.
    fn not_there(&self, datum: &Datum, name: &str) -> Error {
        let class = self.type_name(datum);
        if !matches!(datum, Datum::Value(Value::Object(_)) | Datum::Class(_))
            && !name.starts_with("__")
            && let Some(names) = members::of(&class)
        {
            return if names.contains(&name) {
                self.would_be_method(datum, name)
            } else {
                let near = nearest(name, names.iter().copied());
                let near = near.map(|near| format!(". Did you mean: '{near}'?"));
                let near = near.unwrap_or_default();
                python(format!(
                    "AttributeError: '{class}' object has no attribute '{name}'{near}"
                ))
            };
        }
        lost(format!(
            "attribute '{name}' of {} is not recorded: it may be a property, a method or an \
             attribute of a class that is not recorded",
            self.type_name(datum)
        ))
    }
}

/// Whether an object is a class of the program.
pub(super) fn is_class(object: &Object, class: &Type) -> bool {
    class.kind == TypeKind::Opaque
        && object
            .text
            .as_deref()
            .is_some_and(|text| class_name(text).is_some())
}

/// A class's own name: the recorded one is qualified, and it has no dot.
fn own_name(full: &str) -> Datum {
    Value::text(full.rsplit('.').next().unwrap_or_default()).into()
}
