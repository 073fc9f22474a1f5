//! What names mean at a place: a frame's variables, its namespace, its globals.

use std::cell::Cell;
use std::sync::Arc;

use schema::{Facts, Frame, IdMap, NewFrame, Object, ObjectId, Spot, State, Type, TypeKind, Value};

use crate::error::Result;
use crate::reads::Reads;

/// A variable that is hidden in a class or module body: it belongs to a comprehension.
const HIDDEN: u8 = 0x10;
/// A variable of a function around.
const FREE: u8 = 0x80;

/// A frame at a position, and all that its names lead to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) state: &'a State,
    pub(crate) frame: &'a Frame,
    /// Where to note what is looked at.
    pub(crate) reads: Option<&'a Reads>,
    /// Where to say that an object was asked for, if the state is one without objects.
    pub(crate) missing: Option<&'a Cell<bool>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(facts: &'a Facts, state: &'a State, frame: &'a Frame) -> Scope<'a> {
        Scope {
            facts,
            state,
            frame,
            reads: None,
            missing: None,
        }
    }

    /// The same, noting what is looked at.
    pub(crate) fn noting(self, reads: &'a Reads) -> Scope<'a> {
        Scope {
            reads: Some(reads),
            ..self
        }
    }

    pub(crate) fn note(&self, spot: Spot) {
        if let Some(reads) = self.reads {
            reads.note(spot);
        }
    }

    /// The names of the frame that are bound, in order.
    pub(crate) fn locals(&self) -> Result<Vec<(String, Value)>> {
        let code = self.facts.code(self.frame.info.code)?;
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

    /// The variables of the functions around the frame's that are bound.
    pub(crate) fn closure(&self) -> Result<Vec<(String, Value)>> {
        let code = self.facts.code(self.frame.info.code)?;
        let slots = code.variables.iter().zip(&self.frame.slots);
        Ok(slots
            .filter(|(variable, _)| variable.kind & FREE != 0)
            .filter_map(|(variable, value)| Some((variable.name.clone(), value.clone()?)))
            .collect())
    }

    /// The names of the frame's module that are bound, but those that every module has.
    pub(crate) fn globals(&self) -> Vec<(String, Value)> {
        let pairs = self.pairs(self.frame.info.globals).iter();
        pairs
            .filter_map(|(key, value)| match key {
                Value::Str(name) => Some((String::from_utf8_lossy(name).into_owned(), value)),
                _ => None,
            })
            .filter(|(name, _)| !(name.starts_with("__") && name.ends_with("__")))
            .map(|(name, value)| (name, value.clone()))
            .collect()
    }

    /// The arguments of the frame's function, as they are now.
    pub(crate) fn arguments(&self) -> Result<Vec<(String, Value)>> {
        let code = self.facts.code(self.frame.info.code)?;
        let slots = code.variables.iter().zip(&self.frame.slots);
        Ok(slots
            .take(code.arguments as usize)
            .filter_map(|(variable, value)| Some((variable.name.clone(), value.clone()?)))
            .collect())
    }

    /// A name's value: of the frame, of the functions around it, of its module.
    pub(crate) fn lookup(&self, name: &str) -> Result<Option<Value>> {
        let code = self.facts.code(self.frame.info.code)?;
        for (slot, variable) in (0u32..).zip(&code.variables) {
            if variable.name == name {
                self.note(Spot::Slot(self.frame.info.frame, slot));
                if let Some(Some(value)) = self.frame.slots.get(slot as usize) {
                    return Ok(Some(value.clone()));
                }
            }
        }
        let NewFrame {
            namespace, globals, ..
        } = self.frame.info;
        Ok(self
            .find(namespace, name)
            .or_else(|| self.find(globals, name)))
    }

    fn find(&self, space: ObjectId, name: &str) -> Option<Value> {
        let pairs = self.pairs(space);
        let is_it = |key: &Value| matches!(key, Value::Str(text) if **text == *name.as_bytes());
        let found = pairs.iter().position(|(key, _)| is_it(key));
        // A name that is not there comes as the next pair, or after another pair went.
        self.note(Spot::Pair(space, found.unwrap_or(pairs.len()) as u64));
        found
            .and_then(|at| pairs.get(at))
            .map(|(_, value)| value.clone())
    }

    fn pairs(&self, space: ObjectId) -> &'a [(Value, Value)] {
        let object = self.objects().get(&space);
        object
            .and_then(|object| object.pairs.as_deref())
            .unwrap_or(&[])
    }

    /// What is recorded of an object.
    pub(crate) fn object(&self, id: ObjectId) -> Option<&'a Object> {
        self.note(Spot::Object(id));
        self.peek(id)
    }

    /// The same, for one who notes what of it is looked at.
    pub(crate) fn peek(&self, id: ObjectId) -> Option<&'a Object> {
        self.objects().get(&id).map(|object| &**object)
    }

    /// All objects that are here.
    pub(crate) fn objects(&self) -> &'a IdMap<ObjectId, Arc<Object>> {
        if let Some(missing) = self.missing {
            missing.set(true);
        }
        &self.state.objects
    }

    /// The class of an object.
    pub(crate) fn class(&self, object: &Object) -> Result<&'a Type> {
        Ok(self.facts.class(object.class)?)
    }

    /// The value of an attribute among the recorded fields, or of a field of a namedtuple.
    pub(crate) fn field(&self, id: ObjectId, object: &Object, name: &str) -> Result<Option<Value>> {
        for (field, value) in object.fields.iter().flatten() {
            if self.facts.name(*field)? == name {
                self.note(Spot::Field(id, *field));
                return Ok(Some(value.clone()));
            }
        }
        self.note(Spot::Object(id));
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
