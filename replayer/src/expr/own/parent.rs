//! `super()`: what the classes after one in a line have.

use std::sync::Arc;

use schema::{Bound, Type, TypeId};

use super::heap::Thing;
use super::member::Member;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};
use crate::expr::gate::Definer;

impl<'s> Eval<'s> {
    pub(super) fn super_member(
        &self,
        owner: TypeId,
        class: &Arc<Type>,
        receiver: &Datum,
        name: &str,
    ) -> Result<Option<Member<'s>>> {
        let class = self.type_of(class.id)?;
        self.instance_member(
            class,
            receiver,
            name,
            self.definer_after(class, owner, name),
        )
    }

    /// Who says what a name means among the classes that come after one in a line.
    pub(super) fn definer_after(&self, class: &'s Type, owner: TypeId, name: &str) -> Definer<'s> {
        let Some(body) = &class.body else {
            return Definer::Unknown;
        };
        let mut line = body.line.iter().skip_while(|id| **id != owner);
        if line.next().is_none() {
            return Definer::Unknown;
        }
        for id in line {
            let Ok(base) = self.scope.facts.class(*id) else {
                return Definer::Unknown;
            };
            match base.body.as_ref().map(|body| body.bound(name)) {
                None => return Definer::Unknown,
                Some(None) => {}
                Some(Some(bound)) => return Definer::Other(base, bound),
            }
        }
        Definer::Nobody
    }

    /// An attribute of `super()`.
    pub(in crate::expr) fn attribute_of_super(
        &self,
        (owner, class, receiver): (TypeId, &Arc<Type>, &Datum),
        name: &str,
    ) -> Result<Datum> {
        let class = self.type_of(class.id)?;
        let unknown = || refused(format!("super().{name} is not interpreted"));
        match self.definer_after(class, owner, name) {
            Definer::Other(base, Bound::Property) => {
                self.property(base, receiver, name)?.ok_or_else(unknown)
            }
            Definer::Other(base, Bound::Value) => match self.class_object_of(base) {
                Some((id, object)) => self
                    .field(id, object, name)?
                    .map(Datum::Value)
                    .ok_or_else(unknown),
                None => Err(unknown()),
            },
            Definer::Nobody => Err(python(format!(
                "AttributeError: 'super' object has no attribute '{name}'"
            ))),
            _ => Err(unknown()),
        }
    }

    /// `super()`, with arguments or without.
    pub(super) fn super_of(&self, given: &[Datum]) -> Result<Datum> {
        let (owner, receiver) = match given {
            [] => {
                let running = self.here()?;
                let owner = running
                    .owner
                    .ok_or_else(|| refused("which class super() stands in is not known"))?;
                let first = running.frame.slots.borrow().first().cloned().flatten();
                (
                    owner,
                    first.ok_or_else(|| refused("super(): no arguments"))?,
                )
            }
            [class, receiver] => {
                let name = self.named_class(class)?.unwrap_or_default();
                let owner = self.scope.facts.named(&name);
                let owner = owner.ok_or_else(|| refused(format!("class {name} is not known")))?;
                (&**owner, receiver.clone())
            }
            _ => return Err(refused("super() of one argument is not interpreted")),
        };
        let class = match self.named_class(&receiver)? {
            Some(name) => match self.scope.facts.named(&name) {
                Some(class) => class.clone(),
                None => return Err(refused(format!("class {name} is not known"))),
            },
            None => self.class_of(&receiver)?,
        };
        let thing = Thing::Super(owner.id, class, receiver);
        self.heap.make_thing(thing, "super", "<super object>")
    }
}
