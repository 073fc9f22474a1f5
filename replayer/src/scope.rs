//! What names mean at a place: a frame's variables, its namespace, its globals.

use schema::{Frame, Object, ObjectId, State, Type, TypeKind, Value};

use crate::error::Result;
use crate::trace::Trace;

/// A variable that is hidden in a class or module body: it belongs to a comprehension.
const HIDDEN: u8 = 0x10;

/// A frame at a position, and all that its names lead to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) state: &'a State,
    pub(crate) frame: &'a Frame,
}

impl<'a> Scope<'a> {
    /// The names of the frame that are bound, in order.
    pub(crate) fn locals(&self) -> Result<Vec<(String, Value)>> {
        let code = self.trace.code(self.frame.info.code)?;
        let mut locals: Vec<(String, Value)> = Vec::new();
        if !code.has_slots() {
            for (key, value) in self.pairs(self.frame.info.namespace) {
                let Value::Str(name) = key else { continue };
                let name = String::from_utf8_lossy(name);
                let is_special = name.starts_with("__") && name.ends_with("__");
                if !is_special && !name.starts_with('.') {
                    locals.push((name.into_owned(), value.clone()));
                }
            }
        }
        for (variable, value) in code.variables.iter().zip(&self.frame.slots) {
            let is_shown = code.has_slots() || variable.kind & HIDDEN != 0;
            if let Some(value) = value
                && is_shown
                && !variable.name.starts_with('.')
            {
                locals.retain(|(name, _)| *name != variable.name);
                locals.push((variable.name.clone(), value.clone()));
            }
        }
        Ok(locals)
    }

    /// The arguments of the frame's function, as they are now.
    pub(crate) fn arguments(&self) -> Result<Vec<(String, Value)>> {
        let code = self.trace.code(self.frame.info.code)?;
        let slots = code.variables.iter().zip(&self.frame.slots);
        Ok(slots
            .take(code.arguments as usize)
            .filter_map(|(variable, value)| Some((variable.name.clone(), value.clone()?)))
            .collect())
    }

    /// A name's value: of the frame, of the functions around it, of its module.
    pub(crate) fn lookup(&self, name: &str) -> Result<Option<Value>> {
        let code = self.trace.code(self.frame.info.code)?;
        let slots = code.variables.iter().zip(&self.frame.slots);
        let mut bound = slots.filter(|(variable, value)| variable.name == name && value.is_some());
        if let Some((_, value)) = bound.next() {
            return Ok(value.clone());
        }
        Ok([self.frame.info.namespace, self.frame.info.globals]
            .into_iter()
            .find_map(|space| self.find(space, name)))
    }

    fn find(&self, space: ObjectId, name: &str) -> Option<Value> {
        let is_it = |key: &Value| matches!(key, Value::Str(text) if **text == *name.as_bytes());
        let mut pairs = self.pairs(space).iter();
        pairs
            .find(|(key, _)| is_it(key))
            .map(|(_, value)| value.clone())
    }

    fn pairs(&self, space: ObjectId) -> &'a [(Value, Value)] {
        let object = self.state.objects.get(&space);
        object
            .and_then(|object| object.pairs.as_deref())
            .unwrap_or(&[])
    }

    /// What is recorded of an object.
    pub(crate) fn object(&self, id: ObjectId) -> Option<&'a Object> {
        self.state.objects.get(&id).map(|object| &**object)
    }

    /// The class of an object.
    pub(crate) fn class(&self, object: &Object) -> Result<&'a Type> {
        Ok(self.trace.class(object.class)?)
    }

    /// The value of an attribute among the recorded fields, or of a field of a namedtuple.
    pub(crate) fn field(&self, object: &Object, name: &str) -> Result<Option<Value>> {
        for (id, value) in object.fields.iter().flatten() {
            if self.trace.name(*id)? == name {
                return Ok(Some(value.clone()));
            }
        }
        let class = self.class(object)?;
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
}
