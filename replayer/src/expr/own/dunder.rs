//! Methods of the program that operators and built-in functions ask for.

use ruff_python_ast::{Operator, Stmt};
use schema::{Bound, Maker, ObjectId, Type, Value};

use super::call::{Callee, Given};
use super::resolve::Found;
use crate::error::{Error, Result};
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};
use crate::expr::gate::{Definer, operator_methods};
use crate::expr::words::is_plain;

impl<'s> Eval<'s> {
    /// The method of the program that an operation on an object asks for by this name.
    pub(in crate::expr) fn special(&self, datum: &Datum, name: &str) -> Result<Option<Callee<'s>>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let (_, class) = self.object(*id)?;
        if is_plain(class) || class.body.is_none() {
            return Ok(None);
        }
        let Definer::Other(base, Bound::Function) = self.definer(class, name) else {
            return Ok(None);
        };
        let callee = self.method_of_class(base, name)?;
        Ok(callee.map(|mut callee| {
            callee.receiver = Some(datum.clone());
            callee
        }))
    }

    /// The first of these that an object's class has, if it is a method of the program.
    pub(in crate::expr) fn first_special(
        &self,
        datum: &Datum,
        names: &[&str],
    ) -> Result<Option<(usize, Callee<'s>)>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        let (_, class) = self.object(*id)?;
        if is_plain(class) || class.body.is_none() {
            return Ok(None);
        }
        for (at, name) in names.iter().enumerate() {
            match self.definer(class, name) {
                Definer::Nobody => {}
                Definer::Other(_, Bound::Function) => {
                    return Ok(self.special(datum, name)?.map(|callee| (at, callee)));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Calls a method of the program that an operation asks for.
    pub(in crate::expr) fn ask(
        &self,
        datum: &Datum,
        name: &str,
        others: Vec<Datum>,
    ) -> Result<Option<Datum>> {
        match self.special(datum, name)? {
            Some(callee) => {
                let others = others.into_iter().map(|other| self.boxed(other));
                let given = Given::of(others.collect::<Result<_>>()?);
                self.invoke(&callee, given).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The function of the program that a class binds to a name; `None` if its source does not tell.
    pub(super) fn method_of_class(&self, base: &'s Type, name: &str) -> Result<Option<Callee<'s>>> {
        if base.body.as_ref().map(|body| body.maker) != Some(Maker::Python) {
            return Ok(None);
        }
        let is_hidden = name.starts_with("__") && name.ends_with("__");
        let found = match self.class_object_of(base) {
            // What is bound in the class now.
            Some((id, object)) if !is_hidden => match self.field(id, object, name)? {
                Some(Value::Object(function)) => self.bound_function(base, name, function)?,
                _ => None,
            },
            _ => {
                let found = self.method_source(base, name, &[])?;
                let found = match found {
                    Some(found) => Some(found),
                    None => self.alias_source(base, name)?,
                };
                if found.is_some() {
                    self.is_settled(name)?;
                }
                found
            }
        };
        Ok(found.map(|found| {
            let mut callee = Callee::of(found, None);
            callee.owner = Some(base);
            callee
        }))
    }

    fn bound_function(&self, base: &Type, name: &str, id: ObjectId) -> Result<Option<Found<'s>>> {
        let (object, _) = self.object(id)?;
        let text = object.text.as_deref().unwrap_or_default();
        let Some(qualname) = text
            .strip_prefix("<function ")
            .and_then(|rest| rest.rsplit_once(" at ").map(|(name, _)| name))
        else {
            return Ok(None);
        };
        let Some((file, ..)) = self.class_source(base) else {
            return Ok(None);
        };
        let own = qualname
            .strip_suffix(name)
            .and_then(|rest| rest.strip_suffix('.'));
        match own.is_some_and(|own| base.name == own || base.name.ends_with(&format!(".{own}"))) {
            true => self.method_source(base, name, &[]),
            // Another function was put there.
            false => match qualname.contains("<lambda>") {
                true => Ok(None),
                false => self.function_source(text, Some(file)).map(Some),
            },
        }
    }

    /// `__radd__ = __add__` in the body of a class.
    fn alias_source(&self, base: &Type, name: &str) -> Result<Option<Found<'s>>> {
        let Some((_, _, written)) = self.class_source(base) else {
            return Ok(None);
        };
        if written.bindings.get(name).is_none_or(|all| all.len() != 1) {
            return Ok(None);
        }
        for stmt in &written.def.body {
            if let Stmt::Assign(node) = stmt
                && let [ruff_python_ast::Expr::Name(target)] = node.targets.as_slice()
                && target.id == name
                && let ruff_python_ast::Expr::Name(value) = &*node.value
                && value.id != name
            {
                return self.method_source(base, &value.id, &[]);
            }
        }
        Ok(None)
    }

    /// Whether the class of one is a proper subclass of the class of the other, whose methods come
    /// first then.
    fn comes_first(&self, right: &Datum, left: &Datum) -> Result<bool> {
        let (right, left) = (self.class_of(right)?, self.class_of(left)?);
        Ok(right.name != left.name && right.mro.iter().skip(1).any(|name| *name == left.name))
    }

    /// What a method of the left or the right side gives; the inner `None` if both decline.
    pub(in crate::expr) fn either_side(
        &self,
        (left, forth): (&Datum, &str),
        (right, back): (&Datum, &str),
    ) -> Result<Option<Option<Datum>>> {
        let is_object = |datum: &Datum| matches!(datum, Datum::Value(Value::Object(_)));
        if !is_object(left) && !is_object(right) {
            return Ok(None);
        }
        let (first, second) = (self.special(left, forth)?, self.special(right, back)?);
        if first.is_none() && second.is_none() {
            return Ok(None);
        }
        // That the other side declines must be known.
        for (datum, name, special) in [(left, forth, &first), (right, back, &second)] {
            if special.is_none() && is_object(datum) {
                self.declines(datum, name)?;
            }
        }
        let mut sides = vec![
            first.map(|callee| (callee, right)),
            second.map(|callee| (callee, left)),
        ];
        let is_same = forth != back && self.class_of(left)?.name == self.class_of(right)?.name;
        if is_same && !is_comparison(forth) {
            // Of one class, the right side is not asked for arithmetic.
            if sides.first().is_some_and(Option::is_some) {
                sides.truncate(1);
            }
        } else if self.comes_first(right, left)? {
            sides.reverse();
        }
        for (callee, other) in sides.into_iter().flatten() {
            let other = self.boxed(other.clone())?;
            let datum = self.invoke(&callee, Given::of(vec![other]))?;
            if !matches!(datum, Datum::Value(Value::NotImplemented)) {
                return Ok(Some(Some(datum)));
            }
        }
        Ok(Some(None))
    }

    /// That an object's own method says `NotImplemented` to what is no object of its kind: those of
    /// built-in classes do.
    fn declines(&self, datum: &Datum, name: &str) -> Result<()> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(());
        };
        let (_, class) = self.object(*id)?;
        match self.definer(class, name) {
            Definer::Nobody | Definer::Known => Ok(()),
            _ if is_plain(class) => Ok(()),
            _ => Err(self.unknowable("an operator with", datum, name)),
        }
    }

    /// An operator for which one side has a method of the program.
    pub(in crate::expr) fn own_operator(
        &self,
        op: Operator,
        left: &Datum,
        right: &Datum,
    ) -> Result<Option<Datum>> {
        let (forth, back) = operator_methods(op);
        match self.either_side((left, forth), (right, back))? {
            None => Ok(None),
            Some(Some(datum)) => Ok(Some(datum)),
            Some(None) => {
                let name = if op == Operator::Pow {
                    "** or pow()"
                } else {
                    op.as_str()
                };
                Err(python(format!(
                    "TypeError: unsupported operand type(s) for {name}: '{}' and '{}'",
                    self.type_name(left),
                    self.type_name(right)
                )))
            }
        }
    }

    /// The text that a method of the program gives.
    pub(in crate::expr) fn own_text(
        &self,
        datum: &Datum,
        name: &str,
        others: Vec<Datum>,
    ) -> Result<Option<Vec<u8>>> {
        let Some(text) = self.ask(datum, name, others)? else {
            return Ok(None);
        };
        match self.view(&text)? {
            crate::expr::shape::View::Str(text) => Ok(Some(text.to_vec())),
            crate::expr::shape::View::StrCut(..) => Err(self.text_cut(&text)),
            _ => {
                let given = self.type_name(&text);
                Err(python(format!(
                    "TypeError: {name} returned non-string (type {given})"
                )))
            }
        }
    }

    /// Whether an error is an exception of Python of this class, or of one of its subclasses.
    pub(in crate::expr) fn is_exception(error: &Error, class: &str) -> bool {
        matches!(error, Error::Python(text) if text.split([':', '\n']).next() == Some(class))
    }

    /// Refuses what only a class of the program could tell.
    pub(super) fn not_bool(&self, datum: &Datum) -> Error {
        let name = self.type_name(datum);
        refused(format!(
            "TypeError: __bool__ should return bool, returned {name}"
        ))
    }
}

fn is_comparison(name: &str) -> bool {
    matches!(
        name,
        "__eq__" | "__ne__" | "__lt__" | "__le__" | "__gt__" | "__ge__"
    )
}
