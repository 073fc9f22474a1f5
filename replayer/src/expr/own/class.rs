//! The objects of classes, and what became of them.

use schema::{Maker, Object, ObjectId, Type};

use crate::error::Result;
use crate::expr::classes::class_name;
use crate::expr::eval::{Eval, refused};

impl<'s> Eval<'s> {
    /// Refuses a name that was bound in a class after that was first seen, in one of the line before
    /// the one that is known to have it.
    pub(in crate::expr) fn is_early(&self, class: &'s Type, name: &str) -> Result<()> {
        let line = class.body.as_ref().map_or(&[][..], |body| &body.line);
        for id in line {
            let Ok(base) = self.scope.facts.class(*id) else {
                break;
            };
            let Some(body) = &base.body else { break };
            if body.bound(name).is_some() {
                break;
            }
            if body.maker == Maker::Python
                && let Some((id, object)) = self.class_object_of(base)
                && self.field(id, object, name)?.is_some()
            {
                return Err(refused(format!(
                    "'{name}' was bound in class {} after that was made, which is not interpreted",
                    base.name
                )));
            }
        }
        Ok(())
    }

    /// The object of a class, which is looked for once.
    pub(super) fn class_object_of(&self, class: &Type) -> Option<(ObjectId, &'s Object)> {
        let program = self.program();
        let is_it = |id: ObjectId| {
            let object = self.peek(id)?;
            let own = object.text.as_deref().and_then(class_name);
            (own == Some(&class.name) && object.fields.is_some()).then_some((id, object))
        };
        let known = program.and_then(|program| program.class_object(class.id));
        if let Some(found) = known.and_then(is_it) {
            self.scope.note(schema::Spot::Object(found.0));
            return Some(found);
        }
        let (id, _) = self.class_object(&class.name)?;
        if let Some(program) = program
            && !class.name.contains("<locals>")
        {
            program.keep_class_object(class.id, id);
        }
        is_it(id)
    }
}
