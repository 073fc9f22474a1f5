//! Comprehensions, and the names that they and lambdas bind.

use std::ops::ControlFlow;

use ruff_python_ast::{Comprehension, Expr, ExprDictComp};
use schema::Value;

use super::Datum;
use super::allotment::charge;
use super::eval::{DEEPEST, Eval, python, too_deep};
use super::shape::View;
use crate::error::Result;

/// What is done for each turn of the innermost loop.
type Turn<'t> = &'t mut dyn FnMut() -> Result<ControlFlow<()>>;

impl Eval<'_> {
    /// How many names are bound by the expression itself.
    pub(super) fn bound_names(&self) -> usize {
        self.bound.borrow().len()
    }

    /// Binds a name until [`unbind`](Self::unbind).
    pub(super) fn bind(&self, name: &str, datum: Datum) {
        self.bound.borrow_mut().push((name.to_owned(), datum));
    }

    /// Forgets all names but so many.
    pub(super) fn unbind(&self, before: usize) {
        self.bound.borrow_mut().truncate(before);
    }

    /// What the expression itself bound to a name.
    pub(super) fn own_name(&self, name: &str) -> Option<Datum> {
        let bound = self.bound.borrow();
        let mut newest = bound.iter().rev();
        newest
            .find(|(other, _)| other == name)
            .map(|(_, datum)| datum.clone())
    }

    /// The items that a list comprehension or generator gives, as a list.
    pub(super) fn comprehended(
        &self,
        element: &Expr,
        generators: &[Comprehension],
        depth: usize,
    ) -> Result<Datum> {
        let mut items = Vec::new();
        self.each(generators, depth, &mut || {
            charge(1, size_of::<Datum>())?;
            items.push(self.eval(element, depth)?);
            self.sized(items.len() as u64 / 1024)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Datum::List(items))
    }

    /// `{element for …}`
    pub(super) fn comprehended_set(
        &self,
        element: &Expr,
        generators: &[Comprehension],
        depth: usize,
    ) -> Result<Datum> {
        match self.comprehended(element, generators, depth)? {
            Datum::List(items) => self.set(items),
            other => Ok(other),
        }
    }

    /// `{key: value for …}`
    pub(super) fn comprehended_dict(&self, node: &ExprDictComp, depth: usize) -> Result<Datum> {
        let Some(key) = &node.key else {
            return Err(self.would_run(node));
        };
        let mut pairs = Vec::new();
        self.each(&node.generators, depth, &mut || {
            charge(2, size_of::<Datum>())?;
            let key = self.operand(key, depth)?;
            pairs.push((key, self.eval(&node.value, depth)?));
            Ok(ControlFlow::Continue(()))
        })?;
        self.dict(pairs)
    }

    /// `any()` or `all()` of a generator, which ends at the first that decides.
    pub(super) fn decided(
        &self,
        element: &Expr,
        generators: &[Comprehension],
        until: bool,
        depth: usize,
    ) -> Result<bool> {
        let mut result = !until;
        self.each(generators, depth, &mut || {
            let datum = self.operand(element, depth)?;
            if self.truth(&datum)? == until {
                result = until;
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(result)
    }

    /// Runs the loops of a comprehension; afterwards its names are unbound again.
    pub(super) fn each(
        &self,
        generators: &[Comprehension],
        depth: usize,
        turn: Turn<'_>,
    ) -> Result<()> {
        let before = self.bound_names();
        let outcome = self.turns(generators, depth, turn);
        self.unbind(before);
        outcome.map(drop)
    }

    fn turns(
        &self,
        generators: &[Comprehension],
        depth: usize,
        turn: Turn<'_>,
    ) -> Result<ControlFlow<()>> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let Some((generator, rest)) = generators.split_first() else {
            return turn();
        };
        if generator.is_async {
            return Err(self.would_run(&generator.iter));
        }
        let iterable = self.operand(&generator.iter, depth + 1)?;
        let before = self.bound_names();
        for item in self.iterate_in_order(&iterable)? {
            self.spend(10)?;
            self.unbind(before);
            self.bind_target(&generator.target, item, depth + 1)?;
            let mut is_wanted = true;
            for test in &generator.ifs {
                let datum = self.operand(test, depth + 1)?;
                is_wanted = self.truth(&datum)?;
                if !is_wanted {
                    break;
                }
            }
            if is_wanted && self.turns(rest, depth + 1, turn)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Binds the names of a target: `x`, `(x, y)`, `x, *rest`.
    fn bind_target(&self, target: &Expr, datum: Datum, depth: usize) -> Result<()> {
        match target {
            Expr::Name(name) => {
                let datum = match self.running {
                    Some(_) => self.boxed(datum)?,
                    None => datum,
                };
                self.bind(&name.id, datum);
                Ok(())
            }
            target => self.unpack(target, datum, depth, &|target, datum| {
                self.bind_target(target, datum, depth + 1)
            }),
        }
    }

    /// Gives the parts of a datum to the parts of a target.
    pub(super) fn unpack(
        &self,
        target: &Expr,
        datum: Datum,
        depth: usize,
        give: &dyn Fn(&Expr, Datum) -> Result<()>,
    ) -> Result<()> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let names = match target {
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            target => return Err(self.would_run(target)),
        };
        if let View::None | View::Number(_) = self.view(&datum)? {
            let name = self.type_name(&datum);
            return Err(python(format!(
                "TypeError: cannot unpack non-iterable {name} object"
            )));
        }
        let items = self.iterate_in_order(&datum)?;
        let star = names.iter().position(|name| name.is_starred_expr());
        let least = names.len() - usize::from(star.is_some());
        if items.len() < least {
            let at_least = if star.is_some() { "at least " } else { "" };
            return Err(python(format!(
                "ValueError: not enough values to unpack (expected {at_least}{least}, got {})",
                items.len()
            )));
        }
        if star.is_none() && items.len() > least {
            // Newer versions count what has a length anyway.
            let is_counted = match &datum {
                Datum::List(_) | Datum::Tuple(_) | Datum::Dict(_) => true,
                Datum::Value(Value::Object(id)) => {
                    let name = self.object(*id)?.1.name.as_str();
                    matches!(name, "list" | "tuple" | "dict")
                }
                _ => false,
            };
            let got = match is_counted && self.is_since(14) {
                true => format!(", got {}", items.len()),
                false => String::new(),
            };
            return Err(python(format!(
                "ValueError: too many values to unpack (expected {least}{got})"
            )));
        }
        let extra = items.len() - least;
        let mut items = items.into_iter();
        for name in names {
            let item = match name {
                Expr::Starred(starred) => {
                    let rest = items.by_ref().take(extra).collect();
                    let rest = match self.running {
                        Some(_) => self.boxed(Datum::List(rest))?,
                        None => Datum::List(rest),
                    };
                    give(&starred.value, rest)?;
                    continue;
                }
                _ => items.next(),
            };
            give(name, item.unwrap_or(Value::None.into()))?;
        }
        Ok(())
    }
}
