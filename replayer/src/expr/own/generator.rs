//! Generators of interpreted code. What one yields is worked out at once; that is what CPython would
//! give only if nothing it looks at changes before it is asked for, which is watched.

use std::cell::RefCell;
use std::collections::VecDeque;

use ruff_python_ast::{self as ast, Expr};
use schema::{ObjectId, Value};

use super::heap::{Heap, Stream, Thing};
use crate::error::{Error, Result};
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};

/// How many objects are followed from what is yielded.
const MOST_ESCAPED: usize = 1000;

impl<'s> Eval<'s> {
    /// The generator that a call gives.
    pub(super) fn generated(&self) -> Result<Datum> {
        let running = self.here()?;
        let name = &running.function.qualname;
        if running.frame.around.is_some() && !running.function.free.is_empty() {
            return Err(refused(format!(
                "the generator {name} uses variables of the function around, which is not interpreted"
            )));
        }
        let watch = self.heap.watch();
        let outcome = self.run();
        if self.heap.watched(watch) {
            return Err(refused(format!(
                "the generator {name} changes what can be seen outside of it, which is not interpreted"
            )));
        }
        let end = match outcome {
            Ok(_) => None,
            Err(Error::Python(_)) if self.heap.raised.borrow().is_some() => {
                return Err(refused(format!(
                    "the generator {name} ends with an exception, which is not interpreted"
                )));
            }
            Err(Error::Python(text)) => Some(text),
            Err(error) => return Err(error),
        };
        let yielded = running.yielded.as_ref().map(|all| all.take());
        let stream = Stream {
            items: VecDeque::from(yielded.unwrap_or_default()),
            end,
            watch: Some(watch),
            class: "generator",
        };
        let text = format!("<generator object {name} at …>");
        let thing = Thing::Items(RefCell::new(stream));
        self.heap.make_thing(thing, "generator", &text)
    }

    /// `yield value`
    pub(super) fn yielded(&self, node: &ast::ExprYield) -> Result<Datum> {
        let datum = match &node.value {
            Some(value) => self.operand(value, 0)?,
            None => Value::None.into(),
        };
        self.give(datum)?;
        Ok(Value::None.into())
    }

    /// `yield from iterable`, as a statement.
    pub(super) fn yielded_from(&self, value: &Expr) -> Result<()> {
        let iterable = self.operand(value, 0)?;
        let mut turns = self.turns_of(iterable)?;
        while let Some(item) = self.next_turn(&mut turns)? {
            self.spend(4)?;
            self.give(item)?;
        }
        Ok(())
    }

    fn give(&self, datum: Datum) -> Result<()> {
        let running = self.here()?;
        let Some(yielded) = &running.yielded else {
            return Err(refused("`yield` stands outside of a generator"));
        };
        let datum = self.boxed(datum)?;
        self.escapes(&datum)?;
        yielded.borrow_mut().push(datum);
        Ok(())
    }

    /// Notes what can be reached from outside of the generator from now on.
    fn escapes(&self, datum: &Datum) -> Result<()> {
        let mut seen = Vec::new();
        let mut open: Vec<ObjectId> = Vec::new();
        let reach = |value: &Value, open: &mut Vec<ObjectId>| {
            if let Value::Object(id) = value
                && Heap::is_made(*id)
            {
                open.push(*id);
            }
        };
        if let Datum::Value(value) = datum {
            reach(value, &mut open);
        }
        while let Some(id) = open.pop() {
            if seen.contains(&id) {
                continue;
            }
            if seen.len() >= MOST_ESCAPED {
                return Err(refused("a generator yields too much"));
            }
            seen.push(id);
            let (object, _) = self.object(id)?;
            object
                .items
                .iter()
                .flatten()
                .for_each(|item| reach(item, &mut open));
            for (key, value) in object.pairs.iter().flatten() {
                reach(key, &mut open);
                reach(value, &mut open);
            }
            object
                .fields
                .iter()
                .flatten()
                .for_each(|(_, value)| reach(value, &mut open));
        }
        self.heap.escaped(&seen);
        Ok(())
    }

    /// A generator expression, worked out at once.
    pub(super) fn generator_expression(
        &self,
        node: &ast::ExprGenerator,
        depth: usize,
    ) -> Result<Datum> {
        let watch = self.heap.watch();
        let items = self.comprehended(&node.elt, &node.generators, depth);
        if self.heap.watched(watch) {
            return Err(refused(
                "a generator expression changes something, which is not interpreted",
            ));
        }
        match items? {
            Datum::List(items) => self.stream("generator", items, Some(watch)),
            other => Ok(other),
        }
    }
}
