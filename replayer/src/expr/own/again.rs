//! A recorded frame, run again from its first line.

use std::cell::RefCell;
use std::rc::Rc;

use schema::{Type, Value};

use super::code::Function;
use super::frame::{Frame, Running};
use super::program::Module;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};

impl<'s> Eval<'s> {
    /// What the function of the frame gives, which is at its first line.
    pub(in crate::expr) fn again(&self) -> Result<Datum> {
        let facts = self.scope.facts;
        let code = facts.code(self.scope.frame.info.code)?;
        let module = self.module_of(code.file)?;
        let functions = module.functions_named(&code.qualname);
        let mut functions = functions.filter(|function| function.line == code.first_line);
        let function = functions.next();
        let function = function.ok_or_else(|| refused("its source is not in the trace"))?;
        if functions.next().is_some() {
            return Err(refused(
                "there are several functions of that name on its line",
            ));
        }
        if function.is_generator || function.is_async {
            return Err(refused("a generator is not made again"));
        }
        let slots_of = |function: &Function, known: &[(String, Value)]| {
            let slot = |name: &String| {
                let found = known.iter().find(|(other, _)| other == name);
                found.map(|(_, value)| Datum::Value(value.clone()))
            };
            function.locals.iter().map(slot).collect::<Vec<_>>()
        };
        let locals = self.scope.locals()?;
        let closure = self.scope.closure()?;
        let mut outer = Vec::new();
        let mut inner = function;
        while let Some(next) = around(module, inner) {
            outer.push(next);
            inner = next;
        }
        let mut around = None;
        for next in outer.into_iter().rev() {
            around = Some(Rc::new(Frame {
                file: code.file,
                start: next.start,
                slots: RefCell::new(slots_of(next, &closure)),
                around,
            }));
        }
        let slots = slots_of(function, &locals);
        let owner = match slots.first() {
            Some(Some(first)) => self.owner(first, function),
            _ => None,
        };
        let frame = Rc::new(Frame {
            file: code.file,
            start: function.start,
            slots: RefCell::new(slots),
            around,
        });
        let running = Running {
            module,
            function,
            frame,
            globals: self.scope.frame.info.globals,
            owner,
            yielded: None,
        };
        let datum = self.within(running).run()?;
        self.exported(datum, 0)
    }

    /// The class in whose body a method stands, among those of what it is called on.
    fn owner(&self, receiver: &Datum, function: &Function) -> Option<&'s Type> {
        let Datum::Value(Value::Object(id)) = receiver else {
            return None;
        };
        let (object, class) = self.object(*id).ok()?;
        let class = match object
            .text
            .as_deref()
            .and_then(crate::expr::classes::class_name)
        {
            Some(name) => self.scope.facts.named(name)?,
            None => class,
        };
        let line = class.body.as_ref()?.line.iter();
        let mut line = line.filter_map(|id| self.scope.facts.class(*id).ok());
        line.find(|base| {
            self.class_source(base).is_some_and(|(_, module, written)| {
                written.def.range.contains(function.start.into())
                    && module
                        .function_at(function.start)
                        .is_some_and(|own| std::ptr::eq(own, function))
            })
        })
        .map(|class| &**class)
    }
}

/// The innermost function around another.
fn around<'m>(module: &'m Module, function: &Function) -> Option<&'m Function> {
    let (outer, _) = function.qualname.rsplit_once(".<locals>.")?;
    let mut all = module.functions_named(outer);
    let only = all.next()?;
    all.next().is_none().then_some(only)
}
