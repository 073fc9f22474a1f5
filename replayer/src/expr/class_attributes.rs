//! Attributes that a class has, or one of its bases: as recorded of the class objects.

use schema::{Object, ObjectId, Type, TypeKind, Value};

use super::Datum;
use super::classes::class_name;
use super::eval::{Eval, lost, refused};
use super::shape::View;
use crate::error::Result;

impl Eval<'_> {
    /// `name` of an instance or a class, as its class or one of the bases has it; `None` if that was
    /// not recorded, or of a class that may come before.
    pub(super) fn class_attribute(&self, datum: &Datum, name: &str) -> Result<Option<Datum>> {
        let Datum::Value(Value::Object(_)) = datum else {
            return Ok(None);
        };
        let class = self.class_of(datum)?;
        let own = self.named_class(datum)?;
        let is_hidden = name.starts_with('_') && name.ends_with('_');
        if is_hidden || own.is_some() && !self.gives_way(&class, name)? {
            return Ok(None);
        }
        let line = match &own {
            Some(class) => self.scope.facts.line_of(class),
            None => class.mro.clone(),
        };
        for class in &line {
            let Some((id, object)) = self.class_object(class) else {
                return Ok(None);
            };
            if let Some(value) = self.scope.field(id, object, name)? {
                return Ok(Some(self.plainly_bound(value, name, own.is_some())?));
            }
        }
        Ok(None)
    }

    /// Whether a metaclass leaves it to a class what an attribute of this name is.
    fn gives_way(&self, metaclass: &Type, name: &str) -> Result<bool> {
        if ["type", "abc.ABCMeta", "enum.EnumType"].contains(&metaclass.name.as_str()) {
            return Ok(true);
        }
        match self.class_object(&metaclass.name) {
            Some((id, object)) => Ok(self.scope.field(id, object, name)?.is_none()),
            None => Ok(false),
        }
    }

    /// The class of a name that exists here, if there is one.
    fn class_object(&self, name: &str) -> Option<(ObjectId, &Object)> {
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
            TypeKind::Instance => {
                let mut line = class.mro.iter().filter(|name| *name != "object");
                line.all(|base| {
                    let fields = self.class_object(base).map(|(id, object)| {
                        matches!(self.scope.field(id, object, "__get__"), Ok(None))
                    });
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
