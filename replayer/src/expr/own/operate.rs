//! Operators, where a method of the program may come first.

use ruff_python_ast::CmpOp;
use schema::{TypeKind, Value};

use super::call::Given;
use super::heap::{Heap, Thing};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{DEEPEST, Eval, lost, python, refused, too_deep};
use crate::expr::gate::Definer;

impl<'s> Eval<'s> {
    /// The truth of an instance whose class says it.
    pub(in crate::expr) fn own_truth(&self, datum: &Datum) -> Result<Option<bool>> {
        if let Datum::Value(Value::Object(id)) = datum
            && let Some(thing) = self.heap.thing(*id)
        {
            return match &*thing {
                Thing::View(dict, _) => self.truth(dict).map(Some),
                _ => Ok(Some(true)),
            };
        }
        let Some((which, callee)) = self.first_special(datum, &["__bool__", "__len__"])? else {
            return Ok(None);
        };
        let found = self.invoke(&callee, Given::default())?;
        match (which, &found) {
            (0, Datum::Value(Value::Bool(truth))) => Ok(Some(*truth)),
            (0, found) => Err(self.not_bool(found)),
            _ => self.truth(&found).map(Some),
        }
    }

    /// `!=` where a class of the program says it.
    pub(in crate::expr) fn own_difference(
        &self,
        left: &Datum,
        right: &Datum,
    ) -> Result<Option<bool>> {
        for side in [left, right] {
            if self.special(side, "__ne__")?.is_some() {
                return match self.either_side((left, "__ne__"), (right, "__ne__"))? {
                    Some(Some(datum)) => self.truth(&datum).map(Some),
                    _ => Err(refused("what differs is not known here")),
                };
            }
        }
        let is_own = |side: &Datum| -> Result<bool> {
            Ok(self.special(side, "__eq__")?.is_some() || self.is_generated(side, "__eq__")?)
        };
        if !is_own(left)? && !is_own(right)? {
            return Ok(None);
        }
        // `object.__ne__` turns `__eq__` round.
        for side in [left, right] {
            if let Datum::Value(Value::Object(id)) = side
                && !matches!(
                    self.object(*id)?.1.kind,
                    TypeKind::Instance | TypeKind::Exception
                )
                && is_own(side)?
            {
                return Err(refused(
                    "what differs from an instance that is a container, too, is not known",
                ));
            }
        }
        self.equal(left, right, 0).map(|equal| Some(!equal))
    }

    fn is_generated(&self, datum: &Datum, method: &str) -> Result<bool> {
        Ok(self.generated_by(datum, method)?.is_some())
    }

    /// `==` where a class of the program says it.
    pub(in crate::expr) fn own_equal(
        &self,
        left: &Datum,
        right: &Datum,
        depth: usize,
    ) -> Result<Option<bool>> {
        let is_object = |datum: &Datum| matches!(datum, Datum::Value(Value::Object(_)));
        if !is_object(left) && !is_object(right) {
            return Ok(None);
        }
        if depth > DEEPEST {
            return Err(too_deep());
        }
        if let Some(same) = self.equal_things(left, right)? {
            return Ok(Some(same));
        }
        if self.special(left, "__eq__")?.is_none() && self.special(right, "__eq__")?.is_none() {
            return match self.equal_fields(left, right, depth)? {
                Some(equal) => Ok(Some(equal)),
                None => match self.generated_by(right, "__eq__")? {
                    // It declines, and so does the other, if it has none of its own.
                    Some(_) => {
                        self.asks("what equals", left, &["__eq__"])?;
                        self.same(left, right).map(Some)
                    }
                    None => Ok(None),
                },
            };
        }
        match self.either_side((left, "__eq__"), (right, "__eq__"))? {
            Some(Some(datum)) => self.truth(&datum).map(Some),
            Some(None) => self.same(left, right).map(Some),
            None => Ok(None),
        }
    }

    /// `<` and its like, where a class of the program says it.
    pub(in crate::expr) fn own_order(
        &self,
        op: CmpOp,
        (left, forth): (&Datum, &str),
        (right, back): (&Datum, &str),
    ) -> Result<Option<bool>> {
        let is_object = |datum: &Datum| matches!(datum, Datum::Value(Value::Object(_)));
        if !is_object(left) && !is_object(right) {
            return Ok(None);
        }
        match self.either_side((left, forth), (right, back))? {
            Some(Some(datum)) => self.truth(&datum).map(Some),
            Some(None) => Err(python(format!(
                "TypeError: '{}' not supported between instances of '{}' and '{}'",
                op.as_str(),
                self.type_name(left),
                self.type_name(right)
            ))),
            None => self.ordered_fields(op, left, right),
        }
    }

    /// `in`, where a class of the program says it.
    pub(in crate::expr) fn own_contains(
        &self,
        container: &Datum,
        item: &Datum,
    ) -> Result<Option<bool>> {
        if let Some(found) = self.ask(container, "__contains__", vec![item.clone()])? {
            return self.truth(&found).map(Some);
        }
        let Datum::Value(Value::Object(id)) = container else {
            return Ok(None);
        };
        if self.heap.thing(*id).is_none() {
            let (_, class) = self.object(*id)?;
            let is_silent = matches!(self.definer(class, "__contains__"), Definer::Nobody);
            if !is_silent
                || self
                    .first_special(container, &["__iter__", "__getitem__"])?
                    .is_none()
            {
                return Ok(None);
            }
        }
        if let Some(thing) = self.heap.thing(*id)
            && !matches!(&*thing, Thing::View(..) | Thing::Items(_))
        {
            return Ok(None);
        }
        // The rest of an iterator is still there after the item is found.
        let mut turns = self.turns_of(container.clone())?;
        while let Some(other) = self.next_turn(&mut turns)? {
            if self.equal_item(&other, item, 0)? {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    /// `len()`, where a class of the program says it.
    pub(in crate::expr) fn own_length(&self, datum: &Datum) -> Result<Option<Datum>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        if let Some(thing) = self.heap.thing(*id) {
            return match &*thing {
                Thing::View(dict, _) => self.length(dict).map(Some),
                _ => Ok(None),
            };
        }
        let Some(found) = self.ask(datum, "__len__", Vec::new())? else {
            return Ok(None);
        };
        match &found {
            Datum::Value(Value::Int(0..)) => Ok(Some(found)),
            Datum::Value(Value::Int(_)) => Err(python("ValueError: __len__() should return >= 0")),
            _ => Err(refused("__len__() gives what is no small int")),
        }
    }

    /// `object[index]`, of interpreted code.
    pub(super) fn item_of(&self, object: &Datum, index: &Datum) -> Result<Datum> {
        if let Some(found) = self.ask(object, "__getitem__", vec![index.clone()])? {
            return Ok(found);
        }
        self.asks("an item of", object, &["__getitem__"])?;
        self.item(object, index)
    }

    /// The number that `__hash__` of the program gives.
    pub(in crate::expr) fn own_hash(&self, datum: &Datum) -> Result<Option<Datum>> {
        let hashing = &self.heap.hashing;
        hashing.set(hashing.get() + 1);
        let found = self.ask(datum, "__hash__", Vec::new());
        hashing.set(hashing.get() - 1);
        let Some(found) = found? else {
            return Ok(None);
        };
        match &found {
            Datum::Value(Value::Int(_) | Value::BigInt(_) | Value::Bool(_)) => Ok(Some(found)),
            _ => Err(python(
                "TypeError: __hash__ method should return an integer",
            )),
        }
    }

    /// `is` of functions and methods, which are made anew here each time they are read.
    pub(in crate::expr) fn same_thing(&self, left: &Datum, right: &Datum) -> Result<Option<bool>> {
        let (Datum::Value(Value::Object(a)), Datum::Value(Value::Object(b))) = (left, right) else {
            return Ok(None);
        };
        if a == b || !Heap::is_made(*a) && !Heap::is_made(*b) {
            return Ok(None);
        }
        if self.named_class(left)?.is_some() && self.named_class(right)?.is_some() {
            return self.same_class(left, right).map(Some);
        }
        let kinds = [self.object(*a)?.1.kind, self.object(*b)?.1.kind];
        let is_constant = |kind: TypeKind| matches!(kind, TypeKind::Tuple | TypeKind::FrozenSet);
        if kinds.iter().all(|kind| *kind == TypeKind::Opaque) || kinds.into_iter().all(is_constant)
        {
            return Err(lost("whether these two are one object is not known here"));
        }
        Ok(None)
    }

    fn equal_things(&self, left: &Datum, right: &Datum) -> Result<Option<bool>> {
        let is_thing = |datum: &Datum| matches!(datum, Datum::Value(Value::Object(id)) if self.heap.thing(*id).is_some());
        match is_thing(left) || is_thing(right) {
            true => match self.same_thing(left, right)? {
                Some(same) => Ok(Some(same)),
                None if left_is(left, right) => Ok(Some(true)),
                None => Err(refused(
                    "whether such an object equals another is not known here",
                )),
            },
            false => Ok(None),
        }
    }
}

fn left_is(left: &Datum, right: &Datum) -> bool {
    matches!((left, right), (Datum::Value(Value::Object(a)), Datum::Value(Value::Object(b))) if a == b)
}
