//! What names mean at a place: a frame's variables, its namespace, its globals.

use std::cell::Cell;
use std::sync::Arc;

use schema::{
    EventKind, Facts, Frame, IdMap, NewFrame, Object, ObjectId, Spot, State, Type, TypeKind, Value,
};

use crate::error::Result;
use crate::expr::event_word;
use crate::reads::Reads;

/// A variable that is hidden in a class or module body: it belongs to a comprehension.
const HIDDEN: u8 = 0x10;
/// Every module binds its name and its like before its own names; there are fewer than this.
const NAMES_OF_MODULES: usize = 12;
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
        for (slot, variable) in code.variables.iter().enumerate() {
            let is_shown = code.has_slots() || variable.kind & HIDDEN != 0;
            if is_shown
                && let Some(value) = self.variable(slot)
                && !variable.name.starts_with('.')
            {
                locals.retain(|(name, _)| *name != variable.name);
                locals.push((variable.name.clone(), value.clone()));
            }
        }
        Ok(locals)
    }

    /// All names of the frame that are bound, as `dir()` lists them.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let code = self.facts.code(self.frame.info.code)?;
        if !code.has_slots() {
            return Ok(self.names_in(self.frame.info.namespace));
        }
        Ok(self.locals()?.into_iter().map(|(name, _)| name).collect())
    }

    /// The names that are bound in a namespace.
    pub(crate) fn names_in(&self, space: ObjectId) -> Vec<String> {
        let pairs = self.pairs(space).iter();
        pairs
            .filter_map(|(key, _)| match key {
                Value::Str(name) => Some(String::from_utf8_lossy(name).into_owned()),
                _ => None,
            })
            .collect()
    }

    /// The variables of the functions around the frame's that are bound.
    pub(crate) fn closure(&self) -> Result<Vec<(String, Value)>> {
        let code = self.facts.code(self.frame.info.code)?;
        let slots = code.variables.iter().enumerate();
        Ok(slots
            .filter(|(_, variable)| variable.kind & FREE != 0)
            .filter_map(|(slot, variable)| {
                Some((variable.name.clone(), self.variable(slot)?.clone()))
            })
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
        let slots = code.variables.iter().enumerate();
        Ok(slots
            .take(code.arguments as usize)
            .filter_map(|(slot, variable)| {
                Some((variable.name.clone(), self.variable(slot)?.clone()))
            })
            .collect())
    }

    /// What a variable of the frame holds, if it is bound.
    fn variable(&self, slot: usize) -> Option<&'a Value> {
        if let (Some(missing), false) = (self.missing, self.frame.cells.is_empty()) {
            missing.set(true);
        }
        self.state.variable(self.frame, slot)
    }

    /// The cell that a variable of this name lives in, if the frame has one.
    pub(crate) fn cell_of(&self, name: &str) -> Result<Option<ObjectId>> {
        let code = self.facts.code(self.frame.info.code)?;
        let slot = code.variables.iter().position(|known| known.name == name);
        Ok(slot.and_then(|slot| self.frame.cell(slot as u32)))
    }

    /// A name's value: of the frame, of the functions around it, of its module.
    pub(crate) fn lookup(&self, name: &str) -> Result<Option<Value>> {
        let code = self.facts.code(self.frame.info.code)?;
        for (slot, variable) in (0u32..).zip(&code.variables) {
            if variable.name == name {
                self.note(Spot::Slot(self.frame.info.frame, slot));
                if let Some(cell) = self.frame.cell(slot) {
                    self.note(Spot::Item(cell, 0));
                }
                if let Some(value) = self.variable(slot as usize) {
                    return Ok(Some(value.clone()));
                }
                if code.has_slots() {
                    // A function's own variable never stands for one of its module.
                    return Ok(self.of_event(name));
                }
            }
        }
        let NewFrame {
            namespace, globals, ..
        } = self.frame.info;
        Ok(self
            .find(namespace, name)
            .or_else(|| self.find(globals, name))
            .or_else(|| self.of_event(name)))
    }

    /// Whether a name is a variable of the frame's function, bound or not; and whether of one around it.
    pub(crate) fn is_own(&self, name: &str) -> Result<Option<bool>> {
        let code = self.facts.code(self.frame.info.code)?;
        let mut own = code.variables.iter().filter(|_| code.has_slots());
        let found = own.find(|variable| variable.name == name);
        Ok(found.map(|variable| variable.kind & FREE != 0))
    }

    /// What the event here carries, by the words for it: `exception`, also `$exception`, and
    /// `$retval`. Whoever follows a name through the run does not mean these.
    fn of_event(&self, name: &str) -> Option<Value> {
        let word = match event_word(name) {
            Some(word) => word,
            None => Some(name).filter(|name| ["exception", "retval"].contains(name))?,
        };
        let (kind, value) = self.state.event.as_ref()?;
        let is_it = match kind {
            EventKind::Raise | EventKind::Handle | EventKind::Unwind | EventKind::Throw => {
                word == "exception"
            }
            EventKind::Return | EventKind::Yield => word == "retval",
            _ => false,
        };
        value.clone().filter(|_| is_it && self.reads.is_none())
    }

    /// What a name is bound to in a namespace.
    pub(crate) fn find(&self, space: ObjectId, name: &str) -> Option<Value> {
        let pairs = self.pairs(space);
        let is_it = |key: &Value| matches!(key, Value::Str(text) if **text == *name.as_bytes());
        let found = pairs.iter().position(|(key, _)| is_it(key));
        // A name that is not there comes as the next pair, or after another pair went.
        self.note(Spot::Pair(space, found.unwrap_or(pairs.len()) as u64));
        found
            .and_then(|at| pairs.get(at))
            .map(|(_, value)| value.clone())
    }

    /// Whether an object is the namespace of the module of a name.
    pub(crate) fn is_namespace_of(&self, space: ObjectId, module: &str) -> bool {
        let of = |key: &str| {
            let pairs = self.pairs(space).iter();
            let mut known = pairs.take(NAMES_OF_MODULES);
            known.find(|(other, _)| matches!(other, Value::Str(text) if **text == *key.as_bytes()))
        };
        of("__spec__").is_some()
            && of("__name__").is_some_and(
                |(_, name)| matches!(name, Value::Str(text) if **text == *module.as_bytes()),
            )
    }

    /// What a name is bound to that modules bind before their own.
    pub(crate) fn find_early(&self, space: ObjectId, name: &str) -> Option<&'a Value> {
        let is_it = |key: &Value| matches!(key, Value::Str(text) if **text == *name.as_bytes());
        let mut known = self.pairs(space).iter().take(NAMES_OF_MODULES);
        known.find(|(key, _)| is_it(key)).map(|(_, value)| value)
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
