//! The parameters of a function, with what is given for them, and their defaults.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::{Expr, ParameterWithDefault};
use schema::{ObjectId, Value};

use super::call::{Callee, Given};
use super::frame::{Frame, Running};
use super::program::Binding;
use super::resolve::Found;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};

impl<'s> Eval<'s> {
    /// The variables of a new frame: the parameters with what is given for them.
    pub(super) fn bound_arguments(
        &self,
        callee: &Callee<'s>,
        given: Given,
        globals: ObjectId,
    ) -> Result<Vec<Option<Datum>>> {
        let function = callee.found.function;
        let mut slots: Vec<Option<Datum>> = vec![None; function.locals.len()];
        let Some(parameters) = function.parameters() else {
            return match given.positional.is_empty() && given.keywords.is_empty() {
                true => Ok(slots),
                false => Err(self.misfit(callee)),
            };
        };
        let plain: Vec<&ParameterWithDefault> = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .collect();
        let named: Vec<&ParameterWithDefault> = plain
            .iter()
            .copied()
            .chain(&parameters.kwonlyargs)
            .collect();
        let mut positional = given.positional.into_iter();
        for (slot, datum) in slots.iter_mut().take(plain.len()).zip(positional.by_ref()) {
            *slot = Some(datum);
        }
        let rest: Vec<Datum> = positional.collect();
        let mut next = named.len();
        match &parameters.vararg {
            Some(_) => {
                let rest = self.boxed(Datum::Tuple(rest))?;
                if let Some(slot) = slots.get_mut(next) {
                    *slot = Some(rest);
                }
                next += 1;
            }
            None if !rest.is_empty() => return Err(self.misfit(callee)),
            None => {}
        }
        let mut others = Vec::new();
        for (name, datum) in given.keywords {
            let at = named
                .iter()
                .position(|one| one.parameter.name.as_str() == name);
            let at = at.filter(|at| *at >= parameters.posonlyargs.len());
            match at.and_then(|at| slots.get_mut(at)) {
                Some(slot) if slot.is_none() => *slot = Some(datum),
                Some(_) => return Err(self.misfit(callee)),
                None if parameters.kwarg.is_some() => {
                    others.push((Value::text(&name).into(), datum));
                }
                None => return Err(self.misfit(callee)),
            }
        }
        if parameters.kwarg.is_some()
            && let Some(slot) = slots.get_mut(next)
        {
            *slot = Some(self.boxed(Datum::Dict(others))?);
        }
        for (slot, parameter) in slots.iter_mut().zip(&named) {
            if slot.is_none() {
                let Some(default) = parameter.default() else {
                    return Err(self.misfit(callee));
                };
                *slot = Some(self.default(callee, parameter, default, globals)?);
            }
        }
        Ok(slots)
    }

    fn misfit(&self, callee: &Callee<'s>) -> crate::error::Error {
        refused(format!(
            "TypeError: the arguments do not fit {}()",
            callee.found.function.qualname
        ))
    }

    /// The default of a parameter, which was evaluated when the function was defined.
    fn default(
        &self,
        callee: &Callee<'s>,
        parameter: &ParameterWithDefault,
        default: &Expr,
        globals: ObjectId,
    ) -> Result<Datum> {
        let name = parameter.parameter.name.as_str();
        if let Some(made) = callee.made() {
            let mut known = made.defaults.iter();
            if let Some((_, datum)) = known.find(|(other, _)| other == name) {
                return Ok(datum.clone());
            }
        }
        if !self.is_constant(callee.found, default) {
            return Err(refused(format!(
                "the default of '{name}' in {} was computed when it was defined, and is not in the \
                 trace",
                callee.found.function.qualname
            )));
        }
        let module = Running {
            module: callee.found.module,
            function: callee.found.function,
            frame: Rc::new(Frame {
                file: callee.found.file,
                start: u32::MAX,
                slots: RefCell::default(),
                around: None,
            }),
            globals,
            owner: None,
            yielded: None,
        };
        let datum = match default {
            Expr::Name(node) => match self.find_in(globals, &node.id) {
                Some(value) => value.into(),
                None => self.within(module).eval(default, 0)?,
            },
            default => self.within(module).eval(default, 0)?,
        };
        self.boxed(datum)
    }

    /// Whether an expression at the top of a module always gives the same.
    fn is_constant(&self, found: Found<'s>, expr: &Expr) -> bool {
        match expr {
            Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::EllipsisLiteral(_) => true,
            Expr::UnaryOp(node) => self.is_constant(found, &node.operand),
            Expr::Tuple(node) => node.elts.iter().all(|part| self.is_constant(found, part)),
            Expr::Name(node) => {
                let name = node.id.as_str();
                let is_local = found.function.qualname.contains("<locals>");
                let is_global =
                    |one: &&super::code::Function| one.globals.iter().any(|other| other == name);
                match found.module.bindings.get(name).map(Vec::as_slice) {
                    _ if is_local => false,
                    Some([Binding::Definition]) => true,
                    Some([Binding::Other]) => {
                        !found.module.functions.iter().any(|one| is_global(&one))
                            && self.is_settled(name).is_ok()
                    }
                    Some(_) => false,
                    None => crate::expr::classes::builtin(name).is_some(),
                }
            }
            _ => false,
        }
    }
}
