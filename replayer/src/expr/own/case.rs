//! `match`, and imports inside of functions.

use ruff_python_ast::{self as ast, Pattern, Singleton, Stmt};
use schema::Value;

use super::statement::Flow;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};
use crate::expr::shape::{Kind, View};

/// Built-in classes whose pattern takes the object itself.
const ITSELF: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "set",
    "str",
    "tuple",
];

type Binds = Vec<(String, Datum)>;

impl<'s> Eval<'s> {
    /// `match`
    pub(super) fn match_case(&self, node: &ast::StmtMatch) -> Result<Flow> {
        let subject = self.operand(&node.subject, 0)?;
        let subject = self.boxed(subject)?;
        for case in &node.cases {
            let mut binds = Vec::new();
            if !self.fits(&case.pattern, &subject, &mut binds)? {
                continue;
            }
            let running = self.here()?;
            for (name, datum) in binds {
                let datum = self.boxed(datum)?;
                self.bind_running(running, &name, Some(datum))?;
            }
            if let Some(guard) = &case.guard
                && !self.holds(guard)?
            {
                continue;
            }
            return self.block(&case.body);
        }
        Ok(Flow::Next)
    }

    fn fits(&self, pattern: &Pattern, datum: &Datum, binds: &mut Binds) -> Result<bool> {
        self.spend(2)?;
        match pattern {
            Pattern::MatchValue(node) => {
                let value = self.operand(&node.value, 0)?;
                self.equal(datum, &value, 0)
            }
            Pattern::MatchSingleton(node) => Ok(match (node.value, datum) {
                (Singleton::None, Datum::Value(Value::None)) => true,
                (Singleton::True, Datum::Value(Value::Bool(truth))) => *truth,
                (Singleton::False, Datum::Value(Value::Bool(truth))) => !*truth,
                _ => false,
            }),
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern
                    && !self.fits(inner, datum, binds)?
                {
                    return Ok(false);
                }
                if let Some(name) = &node.name {
                    binds.push((name.to_string(), datum.clone()));
                }
                Ok(true)
            }
            Pattern::MatchOr(node) => {
                for one in &node.patterns {
                    let before = binds.len();
                    if self.fits(one, datum, binds)? {
                        return Ok(true);
                    }
                    binds.truncate(before);
                }
                Ok(false)
            }
            Pattern::MatchSequence(node) => self.fits_sequence(&node.patterns, datum, binds),
            Pattern::MatchMapping(node) => {
                let View::Dict(pairs) = self.view(datum)? else {
                    return self.surely_not(datum);
                };
                if node.rest.is_some() {
                    return Err(refused("`**rest` in a pattern is not interpreted"));
                }
                for (key, inner) in node.keys.iter().zip(&node.patterns) {
                    let key = self.operand(key, 0)?;
                    let Some(at) = self.found(pairs.keys(), &key, || pairs.whole())? else {
                        return Ok(false);
                    };
                    let value = pairs.value(at).ok_or_else(|| pairs.cut())?.into_owned();
                    if !self.fits(inner, &value, binds)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Pattern::MatchClass(node) => self.fits_class(node, datum, binds),
            Pattern::MatchStar(_) => Err(refused("a pattern is not interpreted")),
        }
    }

    /// Says no for what can be no sequence or mapping, and refuses what a class may have registered.
    fn surely_not(&self, datum: &Datum) -> Result<bool> {
        match self.view(datum)? {
            View::Instance if self.is_all_own(datum)? => Ok(false),
            View::Instance | View::Opaque(..) => Err(refused(format!(
                "whether {} is a sequence or a mapping is not known",
                self.type_name(datum)
            ))),
            _ => Ok(false),
        }
    }

    /// Whether all classes of an instance are written in the program, so that none is a sequence.
    fn is_all_own(&self, datum: &Datum) -> Result<bool> {
        let class = self.class_of(datum)?;
        let line = class.body.as_ref().map_or(&[][..], |body| &body.line);
        let is_own = |id: &schema::TypeId| {
            let base = self.scope.facts.class(*id);
            base.is_ok_and(|base| base.name == "object" || self.class_source(base).is_some())
        };
        Ok(!line.is_empty() && line.iter().all(is_own) && self.is_settled("register").is_ok())
    }

    fn fits_sequence(
        &self,
        patterns: &[Pattern],
        datum: &Datum,
        binds: &mut Binds,
    ) -> Result<bool> {
        let items = match self.view(datum)? {
            View::Items(Kind::List | Kind::Tuple | Kind::Deque, _) | View::Range(_) => {
                self.iterate_in_order(datum)?
            }
            _ => return self.surely_not(datum),
        };
        let star = patterns.iter().position(|one| one.is_match_star());
        let least = patterns.len() - usize::from(star.is_some());
        if items.len() < least || star.is_none() && items.len() > least {
            return Ok(false);
        }
        let extra = items.len() - least;
        let mut items = items.into_iter();
        for pattern in patterns {
            if let Pattern::MatchStar(node) = pattern {
                let rest: Vec<Datum> = items.by_ref().take(extra).collect();
                if let Some(name) = &node.name {
                    binds.push((name.to_string(), Datum::List(rest)));
                }
                continue;
            }
            let Some(item) = items.next() else {
                return Ok(false);
            };
            let item = self.boxed(item)?;
            if !self.fits(pattern, &item, binds)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fits_class(
        &self,
        node: &ast::PatternMatchClass,
        datum: &Datum,
        binds: &mut Binds,
    ) -> Result<bool> {
        let class = self.operand(&node.cls, 0)?;
        if !self.is_instance(datum, &class, 0)? {
            return Ok(false);
        }
        let name = self.named_class(&class)?.unwrap_or_default();
        match node.arguments.patterns.as_slice() {
            [] => {}
            [only] if ITSELF.contains(&name.as_str()) => {
                if !self.fits(only, datum, binds)? {
                    return Ok(false);
                }
            }
            patterns => {
                let names = self.positions(&name)?;
                for (at, pattern) in patterns.iter().enumerate() {
                    let Some(name) = names.get(at) else {
                        return Err(refused(format!("the pattern {name}(…) has too many parts")));
                    };
                    if !self.fits_attribute(name, pattern, datum, binds)? {
                        return Ok(false);
                    }
                }
            }
        }
        for keyword in &node.arguments.keywords {
            if !self.fits_attribute(&keyword.attr, &keyword.pattern, datum, binds)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fits_attribute(
        &self,
        name: &str,
        pattern: &Pattern,
        datum: &Datum,
        binds: &mut Binds,
    ) -> Result<bool> {
        match self.attribute_of(datum, name) {
            Ok(value) => self.fits(pattern, &value, binds),
            Err(error) if Self::is_exception(&error, "AttributeError") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// `__match_args__`
    fn positions(&self, name: &str) -> Result<Vec<String>> {
        if let Some(known) = self.scope.facts.named(name) {
            if !known.tuple_fields.is_empty() {
                return Ok(known.tuple_fields.clone());
            }
            if let Some(names) = self.match_arguments(known)? {
                return Ok(names);
            }
        }
        Err(refused(format!("__match_args__ of {name} is not known")))
    }

    /// An import inside of a function: of names of the program's own modules.
    pub(super) fn import(&self, stmt: &Stmt) -> Result<()> {
        let refuse = || refused(format!("`{}` is not interpreted", self.source(stmt)));
        let Stmt::ImportFrom(node) = stmt else {
            return Err(refuse());
        };
        let running = self.here()?;
        let from = node.module.as_ref().map_or("", |module| module.as_str());
        let file = self
            .imported(running.frame.file, node.level, from)
            .ok_or_else(refuse)?;
        let space = self.globals_of(file)?;
        for alias in &node.names {
            let value = self.find_in(space, &alias.name).ok_or_else(refuse)?;
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind_running(running, name, Some(value.into()))?;
        }
        Ok(())
    }
}
