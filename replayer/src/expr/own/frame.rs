//! A frame of interpreted code, and what names mean in it.

use std::cell::RefCell;
use std::rc::Rc;

use schema::{FileId, ObjectId, Type, Value};

use super::code::Function;
use super::program::{Module, Program};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, lost, python};

/// The variables of a call.
pub(in crate::expr) struct Frame {
    pub(in crate::expr) file: FileId,
    pub(in crate::expr) start: u32,
    pub(in crate::expr) slots: RefCell<Vec<Option<Datum>>>,
    /// The frame of the function around, for one that is defined in another.
    pub(in crate::expr) around: Option<Rc<Frame>>,
}

/// A function that is interpreted, and its frame.
#[derive(Clone)]
pub(in crate::expr) struct Running<'s> {
    pub(in crate::expr) module: &'s Module,
    pub(in crate::expr) function: &'s Function,
    pub(in crate::expr) frame: Rc<Frame>,
    pub(in crate::expr) globals: ObjectId,
    /// The class in whose body the function is, for `super()`.
    pub(in crate::expr) owner: Option<&'s Type>,
    /// What it has yielded, if it is a generator.
    pub(in crate::expr) yielded: Option<Rc<RefCell<Vec<Datum>>>>,
}

impl<'s> Eval<'s> {
    /// What a name means to interpreted code, before it is looked for among Python's own.
    pub(in crate::expr) fn running_name(
        &self,
        running: &Running<'s>,
        name: &str,
    ) -> Result<Option<Datum>> {
        let function = running.function;
        let is_global = function.globals.iter().any(|other| other == name);
        if !is_global {
            if let Some(at) = function.locals.iter().position(|other| other == name) {
                let slots = running.frame.slots.borrow();
                return match slots.get(at).cloned().flatten() {
                    Some(datum) => Ok(Some(datum)),
                    None => Err(python(format!(
                        "UnboundLocalError: cannot access local variable '{name}' where it is not \
                         associated with a value"
                    ))),
                };
            }
            if let Some(found) = self.name_around(running, name)? {
                return Ok(Some(found));
            }
            if function.free.iter().any(|other| other == name) {
                return Err(lost(format!(
                    "'{name}' of the function around {} is not known here",
                    function.qualname
                )));
            }
            if name == "__class__"
                && let Some(owner) = running.owner
            {
                return self.class_datum(owner).map(Some);
            }
        }
        Ok(self.find_in(running.globals, name).map(Datum::Value))
    }

    fn name_around(&self, running: &Running<'s>, name: &str) -> Result<Option<Datum>> {
        let mut around = running.frame.around.clone();
        while let Some(frame) = around {
            if let Some((function, at)) = self.place_in(&frame, name)
                && !function.globals.iter().any(|other| other == name)
            {
                return match frame.slots.borrow().get(at).cloned().flatten() {
                    Some(datum) => Ok(Some(datum)),
                    None => Err(lost(format!(
                        "'{name}' of the function around is not known here"
                    ))),
                };
            }
            around = frame.around.clone();
        }
        Ok(None)
    }

    fn place_in(&self, frame: &Frame, name: &str) -> Option<(&'s Function, usize)> {
        let program = Program::of(self.scope.facts)?;
        let module = program.module(self.scope.facts, frame.file).ok()?;
        let function = module.function_at(frame.start)?;
        let at = function.locals.iter().position(|other| other == name)?;
        Some((function, at))
    }

    /// Binds a name in the frame that runs, in one around, or in the module.
    pub(in crate::expr) fn bind_running(
        &self,
        running: &Running<'s>,
        name: &str,
        datum: Option<Datum>,
    ) -> Result<()> {
        let function = running.function;
        if function.nonlocals.iter().any(|other| other == name) {
            let mut around = running.frame.around.clone();
            while let Some(frame) = around {
                if let Some((_, at)) = self.place_in(&frame, name) {
                    if let Some(slot) = frame.slots.borrow_mut().get_mut(at) {
                        *slot = datum;
                    }
                    return Ok(());
                }
                around = frame.around.clone();
            }
            return Err(lost(format!(
                "the variable '{name}' of the function around is not known"
            )));
        }
        if let Some(at) = function.locals.iter().position(|other| other == name) {
            let mut slots = running.frame.slots.borrow_mut();
            let Some(slot) = slots.get_mut(at) else {
                return Ok(());
            };
            if datum.is_none() && slot.is_none() {
                return Err(python(format!(
                    "UnboundLocalError: cannot access local variable '{name}' where it is not \
                     associated with a value"
                )));
            }
            *slot = datum;
            return Ok(());
        }
        match datum {
            Some(datum) => {
                let value = self.stored(datum)?;
                self.set_pair(running.globals, Value::text(name), value)
            }
            None => Err(lost(format!("`del {name}` of a global is not interpreted"))),
        }
    }

    /// What a name is bound to in a namespace, changes by interpreted code included.
    pub(in crate::expr) fn find_in(&self, space: ObjectId, name: &str) -> Option<Value> {
        let found = self.heap.look(space, |object| {
            let pairs = object.pairs.iter().flatten();
            let is_it = |key: &Value| matches!(key, Value::Str(text) if **text == *name.as_bytes());
            pairs
                .clone()
                .find(|(key, _)| is_it(key))
                .map(|(_, value)| value.clone())
        });
        match found {
            Some(found) => found,
            None => {
                if self.heap.is_noting() {
                    self.heap.note(space);
                }
                self.scope.find(space, name)
            }
        }
    }
}
