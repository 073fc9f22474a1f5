//! What interpreted code keeps, in variables and in objects: what was computed gets an identity.

use schema::{Object, TypeKind, Value};

use super::heap::Thing;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};

impl<'s> Eval<'s> {
    /// Something to be kept in a variable: containers get an identity.
    pub(in crate::expr) fn boxed(&self, datum: Datum) -> Result<Datum> {
        match datum {
            Datum::Value(_) | Datum::Class(_) => Ok(datum),
            datum => self.stored(datum).map(Datum::Value),
        }
    }

    /// Something to be kept in an object.
    pub(in crate::expr) fn stored(&self, datum: Datum) -> Result<Value> {
        let (name, kind, items) = match datum {
            Datum::Value(value) => return Ok(value),
            Datum::Class(class) => {
                let text = format!("<class '{}'>", class.name);
                let thing = self.heap.make_thing(Thing::Class(class), "type", &text)?;
                return self.stored(thing);
            }
            Datum::Instance(..) => return Err(refused("an instance cannot be kept")),
            Datum::Dict(pairs) => {
                let mut object = Object::new(self.heap.class("dict", TypeKind::Dict));
                object.length = Some(pairs.len() as u64);
                let pairs = pairs.into_iter();
                let pairs = pairs.map(|(k, v)| Ok((self.stored(k)?, self.stored(v)?)));
                object.pairs = Some(pairs.collect::<Result<_>>()?);
                return Ok(Value::Object(self.heap.make(object, false)?));
            }
            Datum::Tuple(items) => ("tuple", TypeKind::Tuple, items),
            Datum::List(items) => ("list", TypeKind::List, items),
            Datum::Set(items) => ("set", TypeKind::Set, items),
            Datum::FrozenSet(items) => ("frozenset", TypeKind::FrozenSet, items),
        };
        let mut object = Object::new(self.heap.class(name, kind));
        object.length = Some(items.len() as u64);
        let is_unordered = matches!(kind, TypeKind::Set | TypeKind::FrozenSet) && items.len() > 1;
        let items = items.into_iter().map(|item| self.stored(item));
        object.items = Some(items.collect::<Result<_>>()?);
        Ok(Value::Object(self.heap.make(object, is_unordered)?))
    }
}
