//! Calls of functions of the program: arguments, frames, results.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall};
use schema::{Type, TypeId, Value};

use super::frame::{Frame, Running};
use super::heap::{Made, Thing};
use super::resolve::Found;
use super::statement::Flow;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};

/// Calls of functions of the program are nested no deeper than this; Python's own limit is 1000.
const DEEPEST_CALL: usize = 900;

/// The arguments of a call.
#[derive(Clone, Default)]
pub(in crate::expr) struct Given {
    pub(in crate::expr) positional: Vec<Datum>,
    pub(in crate::expr) keywords: Vec<(String, Datum)>,
}

impl Given {
    pub(in crate::expr) fn of(positional: Vec<Datum>) -> Given {
        Given {
            positional,
            keywords: Vec::new(),
        }
    }

    /// The same with something before.
    pub(in crate::expr) fn after(mut self, first: Datum) -> Given {
        self.positional.insert(0, first);
        self
    }
}

/// What is called.
#[derive(Clone)]
pub(in crate::expr) struct Callee<'s> {
    pub(in crate::expr) found: Found<'s>,
    /// What comes before the other arguments.
    pub(in crate::expr) receiver: Option<Datum>,
    /// The class that defines it.
    pub(in crate::expr) owner: Option<&'s Type>,
    /// What it is, if interpreted code defined it.
    pub(in crate::expr) made: Option<Rc<Thing>>,
}

impl<'s> Callee<'s> {
    pub(in crate::expr) fn of(found: Found<'s>, receiver: Option<Datum>) -> Callee<'s> {
        Callee {
            found,
            receiver,
            owner: None,
            made: None,
        }
    }

    pub(super) fn made(&self) -> Option<&Made> {
        match self.made.as_deref() {
            Some(Thing::Function(made)) => Some(made),
            _ => None,
        }
    }
}

impl<'s> Eval<'s> {
    /// Evaluates the arguments of a call.
    pub(in crate::expr) fn given(&self, node: &ExprCall, depth: usize) -> Result<Given> {
        let mut given = Given::default();
        for argument in &node.arguments.args {
            match argument {
                Expr::Starred(starred) => {
                    let spread = self.operand(&starred.value, depth)?;
                    for item in self.iterate_in_order(&spread)? {
                        given.positional.push(self.boxed(item)?);
                    }
                }
                argument => {
                    let datum = self.operand(argument, depth)?;
                    given.positional.push(self.boxed(datum)?);
                }
            }
        }
        for keyword in &node.arguments.keywords {
            let value = self.operand(&keyword.value, depth)?;
            match &keyword.arg {
                Some(name) => given.keywords.push((name.to_string(), self.boxed(value)?)),
                None => {
                    for (key, value) in self.pairs_of(&value)? {
                        let key = self.text_of(&key, "a keyword")?;
                        let key = String::from_utf8_lossy(&key).into_owned();
                        given.keywords.push((key, self.boxed(value)?));
                    }
                }
            }
        }
        Ok(given)
    }

    /// The keys and values of what `**` spreads out.
    fn pairs_of(&self, datum: &Datum) -> Result<Vec<(Datum, Datum)>> {
        match self.view(datum)? {
            crate::expr::shape::View::Dict(pairs) if pairs.class.is_none() => {
                pairs.whole()?;
                let pairs = pairs.iter();
                Ok(pairs
                    .map(|(k, v)| (k.into_owned(), v.into_owned()))
                    .collect())
            }
            _ => Err(refused("** of what is no plain dict is not interpreted")),
        }
    }

    /// Calls a function of the program.
    pub(in crate::expr) fn invoke(&self, callee: &Callee<'s>, given: Given) -> Result<Datum> {
        let function = callee.found.function;
        self.spend(20)?;
        if function.is_async {
            return Err(refused(format!(
                "{} is async, which is not interpreted",
                function.qualname
            )));
        }
        let given = match &callee.receiver {
            Some(receiver) => given.after(receiver.clone()),
            None => given,
        };
        let globals = match callee.made() {
            Some(made) => made.globals,
            None => self.globals_of(callee.found.file)?,
        };
        let slots = self.bound_arguments(callee, given, globals)?;
        let frame = Rc::new(Frame {
            file: callee.found.file,
            start: function.start,
            slots: RefCell::new(slots),
            around: callee.made().and_then(|made| made.around.clone()),
        });
        let owner = match callee.made().and_then(|made| made.owner) {
            Some(owner) => self.type_of(owner).ok(),
            None => callee.owner,
        };
        let running = Running {
            module: callee.found.module,
            function,
            frame,
            globals,
            owner,
            yielded: function.is_generator.then(Rc::default),
        };
        let inside = self.within(running);
        match function.is_generator {
            true => inside.generated(),
            false => inside.run(),
        }
    }

    /// Runs the body of the function whose frame this is.
    pub(super) fn run(&self) -> Result<Datum> {
        let Some(running) = &self.running else {
            return Ok(Value::None.into());
        };
        self.deeper(&running.function.qualname, || {
            match &running.function.text {
                super::code::Text::Lambda(lambda) => {
                    let datum = self.operand(&lambda.body, 0)?;
                    self.boxed(datum)
                }
                super::code::Text::Def(def) => match self.block(&def.body)? {
                    Flow::Return(datum) => Ok(datum),
                    _ => Ok(Value::None.into()),
                },
            }
        })
    }

    /// Does something one call deeper.
    pub(super) fn deeper<T>(&self, name: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = &self.heap.depth;
        let here = 0_u8;
        let here = std::ptr::from_ref(&here).addr();
        if depth.get() == 0 {
            self.heap.base.set(here);
        }
        let used = self.heap.base.get().abs_diff(here);
        if used > self.heap.room.get() {
            self.heap.is_full.set(true);
        }
        if depth.get() >= DEEPEST_CALL || used > self.heap.room.get() {
            return Err(refused(format!(
                "{name} is called by itself deeper than is followed here ({} calls)",
                depth.get()
            )));
        }
        depth.set(depth.get() + 1);
        let result = act();
        depth.set(depth.get() - 1);
        result
    }

    /// The function that a value is.
    pub(in crate::expr) fn callee(&self, datum: &Datum) -> Result<Option<Callee<'s>>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        if let Some(thing) = self.heap.thing(*id) {
            return match &*thing {
                Thing::Function(made) => {
                    let module = self.module_of(made.file)?;
                    let function = module.function_at(made.start);
                    let function =
                        function.ok_or_else(|| refused("the source of a function is gone"))?;
                    let file = made.file;
                    let mut callee = Callee::of(
                        Found {
                            file,
                            module,
                            function,
                        },
                        None,
                    );
                    callee.made = Some(thing.clone());
                    Ok(Some(callee))
                }
                Thing::Bound(function, receiver) => {
                    let callee = self.callee(function)?;
                    Ok(callee.map(|mut callee| {
                        callee.receiver = Some(receiver.clone());
                        callee
                    }))
                }
                _ => Ok(None),
            };
        }
        let (object, class) = self.object(*id)?;
        let text = object.text.as_deref().unwrap_or_default();
        match class.name == "function" && text.starts_with("<function ") {
            true => Ok(Some(Callee::of(self.function_source(text, None)?, None))),
            false => Ok(None),
        }
    }

    /// Calls a value.
    pub(in crate::expr) fn call_datum(&self, datum: &Datum, given: Given) -> Result<Datum> {
        if let Some(callee) = self.callee(datum)? {
            return self.invoke(&callee, given);
        }
        if let Datum::Value(Value::Object(id)) = datum
            && let Some(thing) = self.heap.thing(*id)
        {
            match &*thing {
                Thing::Bound(function, receiver) => {
                    return self.call_datum(function, given.after(receiver.clone()));
                }
                Thing::Method(receiver, name) if given.keywords.is_empty() => {
                    return self.call_built_in(receiver, name, given.positional);
                }
                _ => {}
            }
        }
        if self.named_class(datum)?.is_some() {
            return self.make(datum, given);
        }
        if let Some(callee) = self.special(datum, "__call__")? {
            return self.invoke(&callee, given);
        }
        let Datum::Value(Value::Object(id)) = datum else {
            let name = self.type_name(datum);
            return Err(python(format!(
                "TypeError: '{name}' object is not callable"
            )));
        };
        let (object, class) = self.object(*id)?;
        let text = object.text.as_deref().unwrap_or(&class.name);
        Err(refused(format!(
            "{text} is not interpreted: its code is not in the trace"
        )))
    }

    /// The class of a number.
    pub(in crate::expr) fn type_of(&self, id: TypeId) -> Result<&'s Type> {
        match self.heap.class_of(id) {
            Some(class) => Ok(class),
            None => Ok(self.scope.facts.class(id)?),
        }
    }
}
