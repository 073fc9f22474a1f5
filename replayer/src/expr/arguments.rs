//! The arguments of a call, and functions that are given as arguments.

use ruff_python_ast::{Expr, ExprCall, ExprLambda};
use schema::Value;

use super::Datum;
use super::eval::{Eval, python, refused};
use crate::error::{Error, Result};

/// The evaluated arguments of one call.
pub(super) struct Arguments<'n> {
    /// What is called, for messages.
    pub(super) name: &'n str,
    pub(super) positional: Vec<Datum>,
    keywords: Vec<(&'n str, Datum)>,
    /// `key=` is a function and has no value here.
    pub(super) key: Option<&'n Expr>,
}

impl<'n> Arguments<'n> {
    pub(super) fn of(name: &'n str, positional: Vec<Datum>) -> Self {
        Arguments {
            name,
            positional,
            keywords: Vec::new(),
            key: None,
        }
    }

    /// A keyword argument, which counts as used then.
    pub(super) fn keyword(&mut self, name: &str) -> Option<Datum> {
        let at = self.keywords.iter().position(|(key, _)| *key == name)?;
        Some(self.keywords.remove(at).1)
    }

    /// The positional argument at an index, or else the keyword argument of this name.
    pub(super) fn either(&mut self, at: usize, name: &str) -> Option<Datum> {
        match self.positional.get(at) {
            Some(datum) => Some(datum.clone()),
            None => self.keyword(name),
        }
    }

    /// The second argument of at most two, by place or by name; the first is the only one left then.
    pub(super) fn second(&mut self, name: &str) -> Result<Option<Datum>> {
        let second = self.either(1, name);
        if self.positional.len() > 2 {
            self.check(1, 2)?;
        }
        self.positional.truncate(1);
        Ok(second)
    }

    /// All keyword arguments, which count as used then.
    pub(super) fn take_keywords(&mut self) -> Vec<(Datum, Datum)> {
        let all = std::mem::take(&mut self.keywords).into_iter();
        all.map(|(name, value)| (Value::text(name).into(), value))
            .collect()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Datum> {
        self.positional.get(at)
    }

    /// That there are so many positional arguments, and no keyword arguments but those used.
    pub(super) fn check(&self, least: usize, most: usize) -> Result<()> {
        if let Some((keyword, _)) = self.keywords.first() {
            return Err(self.unexpected(keyword));
        }
        if self.key.is_some() {
            return Err(self.unexpected("key"));
        }
        let given = self.positional.len();
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let (bound, wanted) = match (least == most, given < least) {
            (true, _) => ("exactly", least),
            (false, true) => ("at least", least),
            (false, false) => ("at most", most),
        };
        let plural = if wanted == 1 { "" } else { "s" };
        // Python says it in other words for nearly every function.
        Err(refused(format!(
            "{}() is given {given} arguments, and takes {bound} {wanted} argument{plural} here",
            self.name
        )))
    }

    fn unexpected(&self, keyword: &str) -> Error {
        refused(format!(
            "{}() is given an argument '{keyword}', which it does not take here",
            self.name
        ))
    }

    /// The only argument.
    pub(super) fn one(&self) -> Result<&Datum> {
        self.check(1, 1)?;
        self.get(0).ok_or_else(|| refused("an argument is missing"))
    }

    /// The only two arguments.
    pub(super) fn two(&self) -> Result<(&Datum, &Datum)> {
        self.check(2, 2)?;
        let both = self.get(0).zip(self.get(1));
        both.ok_or_else(|| refused("an argument is missing"))
    }
}

impl Eval<'_> {
    /// Evaluates the arguments of a call. A generator among them becomes a list where the callee
    /// walks through all of it anyway.
    pub(super) fn arguments<'n>(
        &self,
        node: &'n ExprCall,
        name: &'n str,
        walks: bool,
        depth: usize,
    ) -> Result<Arguments<'n>> {
        let mut arguments = Arguments::of(name, Vec::new());
        for argument in &node.arguments.args {
            match argument {
                Expr::Starred(starred) => {
                    let spread = self.operand(&starred.value, depth)?;
                    let spread = self.iterate_in_order(&spread)?;
                    arguments.positional.extend(spread);
                }
                Expr::Generator(generator) if walks => {
                    let items = self.comprehended(&generator.elt, &generator.generators, depth)?;
                    arguments.positional.push(items);
                }
                argument => arguments.positional.push(self.operand(argument, depth)?),
            }
        }
        for keyword in &node.arguments.keywords {
            let Some(name) = &keyword.arg else {
                return Err(self.would_run(node));
            };
            if name.as_str() == "key" {
                if self.is_none(&keyword.value, depth) {
                    continue;
                }
                arguments.key = Some(&keyword.value);
                continue;
            }
            let value = self.operand(&keyword.value, depth)?;
            arguments.keywords.push((name.as_str(), value));
        }
        Ok(arguments)
    }

    /// Whether a name or an attribute is there to say that there is no function.
    pub(super) fn is_none(&self, function: &Expr, depth: usize) -> bool {
        let is_read = matches!(function, Expr::Name(_) | Expr::Attribute(_));
        is_read && matches!(self.eval(function, depth), Ok(Datum::Value(Value::None)))
    }

    /// What a function that is given as an argument (`key=len`, `key=lambda x: x.size`) returns.
    pub(super) fn apply(&self, function: &Expr, items: Vec<Datum>, depth: usize) -> Result<Datum> {
        self.spend(10)?;
        match function {
            Expr::Lambda(lambda) => self.apply_lambda(lambda, items, depth),
            Expr::Name(name) => match self.builtin_name(&name.id)? {
                Some(name) => {
                    let name = name.as_str();
                    self.builtin(function, Arguments::of(name, items), depth)
                }
                None => self.apply_value(function, items, depth),
            },
            // `str.lower` and its like: a method of a builtin class, given the object.
            Expr::Attribute(attribute) => {
                let class = match &*attribute.value {
                    Expr::Name(class) => self.builtin_name(&class.id)?,
                    _ => None,
                };
                let Some(class) = class else {
                    return self.apply_value(function, items, depth);
                };
                let mut items = items.into_iter();
                let Some(object) = items.next() else {
                    return Err(self.would_run(function));
                };
                if self.type_name(&object) != class {
                    return Err(self.would_run(function));
                }
                let arguments = Arguments::of(attribute.attr.as_str(), items.collect());
                self.method(function, &object, arguments)
            }
            function => self.apply_value(function, items, depth),
        }
    }

    fn apply_lambda(&self, lambda: &ExprLambda, items: Vec<Datum>, depth: usize) -> Result<Datum> {
        let mut names = Vec::new();
        if let Some(parameters) = &lambda.parameters {
            let is_plain = parameters.vararg.is_none()
                && parameters.kwonlyargs.is_empty()
                && parameters.kwarg.is_none();
            let plain = parameters.posonlyargs.iter().chain(&parameters.args);
            names = plain
                .filter(|parameter| parameter.default.is_none())
                .map(|parameter| parameter.parameter.name.as_str())
                .collect();
            let all = parameters.posonlyargs.len() + parameters.args.len();
            if !is_plain || names.len() != all {
                return Err(self.would_run(lambda));
            }
        }
        if names.len() != items.len() {
            return Err(python(format!(
                "TypeError: <lambda>() takes {} positional arguments but {} were given",
                names.len(),
                items.len()
            )));
        }
        let before = self.bound_names();
        for (name, item) in names.into_iter().zip(items) {
            self.bind(name, item);
        }
        let result = self.eval(&lambda.body, depth + 1);
        self.unbind(before);
        let result = result?;
        self.recorded(&result, &lambda.body)?;
        Ok(result)
    }

    /// That a value was recorded; the node is what gave it.
    pub(super) fn recorded(&self, datum: &Datum, node: &Expr) -> Result<()> {
        match datum {
            Datum::Value(Value::Unknown(_) | Value::Redacted) => {
                Err(self.not_recorded(datum, node))
            }
            _ => Ok(()),
        }
    }
}
