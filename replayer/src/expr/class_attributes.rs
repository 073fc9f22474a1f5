//! Attributes that a class has, or one of its bases: as recorded of the class objects.

use schema::{Bound, Object, ObjectId, Type, TypeKind, Value};

use super::Datum;
use super::classes::class_name;
use super::eval::{Eval, lost, python, refused};
use super::gate::Definer;
use super::shape::View;
use crate::error::Result;

impl<'s> Eval<'s> {
    /// `name` of an instance or a class, as its class or one of the bases has it; `None` if that was
    /// not recorded, or of a class that may come before.
    pub(super) fn class_attribute(&self, datum: &Datum, name: &str) -> Result<Option<Datum>> {
        match self.holder(datum, name)? {
            Some((_, value, is_of_class)) => {
                Ok(Some(self.plainly_bound(value, name, is_of_class)?))
            }
            None => Ok(None),
        }
    }

    /// The class that has an attribute of an instance or a class, what is bound there, and whether it is
    /// of a class that it is asked.
    pub(super) fn holder(
        &self,
        datum: &Datum,
        name: &str,
    ) -> Result<Option<(ObjectId, Value, bool)>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let class = self.object(*id)?.1;
        let own = self.named_class(datum)?;
        let is_hidden = name.starts_with('_') && name.ends_with('_');
        if is_hidden || own.is_some() && !self.gives_way(class, name)? {
            return Ok(None);
        }
        let line = match &own {
            Some(class) => self.scope.facts.line_of(class),
            None => class.mro.clone(),
        };
        for class in &line {
            let Some((id, object)) = self.class_object(class) else {
                // A class that is not here does not matter if it has no such name.
                if self.scope.facts.lacks(class, name) {
                    continue;
                }
                return Ok(None);
            };
            if let Some(value) = self.field(id, object, name)? {
                return Ok(Some((id, value, own.is_some())));
            }
        }
        Ok(None)
    }

    /// `name` of a class: bound in it or in one of its bases.
    pub(super) fn attribute_of_class(&self, datum: &Datum, name: &str) -> Result<Datum> {
        if let Some(found) = self.class_attribute(datum, name)? {
            return Ok(found);
        }
        let Datum::Value(Value::Object(id)) = datum else {
            return Err(lost(format!(
                "attribute '{name}' of a class is not recorded"
            )));
        };
        let own = self.named_class(datum)?.unwrap_or_default();
        let is_hidden = name.starts_with('_') && name.ends_with('_');
        let is_missing = !is_hidden
            && matches!(self.definer(self.object(*id)?.1, name), Definer::Nobody)
            && self
                .scope
                .facts
                .line_of(&own)
                .iter()
                .all(|class| self.scope.facts.lacks(class, name));
        if is_missing {
            let own = own.rsplit('.').next().unwrap_or_default();
            return Err(python(format!(
                "AttributeError: type object '{own}' has no attribute '{name}'"
            )));
        }
        Err(lost(format!(
            "attribute '{name}' of class {} is not recorded: it may be a method, or of a class or \
             metaclass that is not recorded",
            self.named_class(datum)?.unwrap_or_default()
        )))
    }

    /// Whether a metaclass leaves it to a class what an attribute of this name is.
    fn gives_way(&self, metaclass: &'s Type, name: &str) -> Result<bool> {
        if metaclass.body.is_some() {
            let asked = self.definer(metaclass, "__getattribute__");
            let is_usual = matches!(&asked, Definer::Other(base, _) if base.name == "type");
            let found = self.definer(metaclass, name);
            return Ok(is_usual
                && match found {
                    Definer::Other(_, bound) => !matches!(bound, Bound::Property | Bound::Data),
                    Definer::Nobody | Definer::Known => true,
                    Definer::Unknown => false,
                });
        }
        if ["type", "abc.ABCMeta", "enum.EnumType"].contains(&metaclass.name.as_str()) {
            return Ok(true);
        }
        match self.class_object(&metaclass.name) {
            Some((id, object)) => Ok(self.field(id, object, name)?.is_none()),
            None => Ok(false),
        }
    }

    /// The class of a name that exists here, if there is one.
    pub(super) fn class_object(&self, name: &str) -> Option<(ObjectId, &'s Object)> {
        let objects = self.scope.objects().iter();
        let mut found = objects.filter(|(_, object)| {
            object.fields.is_some() && object.text.as_deref().and_then(class_name) == Some(name)
        });
        let (id, object) = found.next()?;
        found.next().is_none().then_some((*id, &**object))
    }

    /// What is bound in a class, unless reading it gives something else: what a function, a property
    /// or another descriptor says.
    fn plainly_bound(&self, value: Value, name: &str, is_of_class: bool) -> Result<Datum> {
        let datum = Datum::Value(value);
        let Datum::Value(Value::Object(id)) = &datum else {
            return Ok(datum);
        };
        let (object, class) = self.object(*id)?;
        let is_plain = match class.kind {
            TypeKind::Opaque => object.text.as_deref().is_some_and(|text| {
                class_name(text).is_some() || is_of_class && text.starts_with("<function ")
            }),
            _ if let Definer::Nobody = self.definer(class, "__get__") => true,
            TypeKind::Instance => {
                let mut line = class.mro.iter().filter(|name| *name != "object");
                line.all(|base| {
                    let fields = self
                        .class_object(base)
                        .map(|(id, object)| matches!(self.field(id, object, "__get__"), Ok(None)));
                    fields == Some(true)
                })
            }
            _ => true,
        };
        if is_plain {
            return Ok(datum);
        }
        Err(match self.view(&datum)? {
            View::Opaque(..) => lost(format!(
                "attribute '{name}' is bound in a class to {}: what reading it gives is not recorded",
                object.text.as_deref().unwrap_or("a descriptor")
            )),
            _ => refused(format!(
                "attribute '{name}' may be a descriptor: {} can define __get__",
                class.name
            )),
        })
    }
}
