//! Which names code can know, to say at once that a condition names none of them.

use std::collections::{BTreeSet, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext, Pattern, Stmt};
use schema::{Code, FileId, Value};

use crate::breakpoint::Location;
use crate::condition::Condition;
use crate::debugger::Debugger;
use crate::error::Result;
use crate::expr::with_room;
use crate::nearest::nearest;

/// What every module finds without binding it.
const BUILTINS: &str = "\
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr \
    classmethod compile complex copyright credits delattr dict dir divmod enumerate eval \
    exec exit filter float format frozenset getattr globals hasattr hash help hex id input \
    int isinstance issubclass iter len license list locals map max memoryview min next \
    object oct open ord pow print property quit range repr reversed round set setattr slice \
    sorted staticmethod str sum super tuple type vars zip Ellipsis NotImplemented \
    __build_class__ __debug__ __import__ __name__ __file__ __doc__ __spec__ __loader__ \
    __package__ __builtins__ __dict__ __class__ __annotations__ __path__ __cached__ \
    __qualname__ __module__ Exception BaseException StopIteration StopAsyncIteration \
    GeneratorExit KeyboardInterrupt SystemExit ExceptionGroup BaseExceptionGroup";

/// Whether a name is one of Python's own.
pub(crate) fn is_builtin(name: &str) -> bool {
    BUILTINS.split(' ').any(|other| other == name)
}

/// Whether a name is one of Python's own, or may be one of its many exceptions.
fn may_be_builtin(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Warning") || is_builtin(name)
}

/// The names of a stretch of the program.
#[derive(Default)]
struct Known {
    names: BTreeSet<String>,
    /// There may be others: the source is not there, or takes names from elsewhere.
    is_open: bool,
}

impl Debugger {
    /// What is wrong with the names of a condition at a location, if none of the code there can
    /// know one of them.
    pub(crate) fn unknown_name(
        &self,
        location: &Location,
        condition: &Condition,
    ) -> Result<Option<String>> {
        let wanted = condition.names();
        let wanted: Vec<&String> = wanted.iter().filter(|name| !may_be_builtin(name)).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let known = self.known_names(location)?;
        let unknown = wanted.into_iter().find(|name| !known.names.contains(*name));
        let Some(name) = unknown.filter(|_| !known.is_open) else {
            return Ok(None);
        };
        let near = nearest(name, known.names.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
        Ok(Some(format!("no code there knows a name '{name}'{near}")))
    }

    /// The names that the code of a location can know.
    fn known_names(&self, location: &Location) -> Result<Known> {
        let trace = self.timeline.trace();
        let is_there = |code: &Code| match location {
            Location::Lines(lines) => lines.contains_key(&code.id),
            Location::Function(codes) => codes.contains_key(&code.id),
            _ => true,
        };
        let mut known = Known::default();
        if let Location::Raise(_) | Location::Uncaught(_) = location {
            known.names.insert("exception".to_owned());
        }
        let mut files: HashSet<FileId> = HashSet::new();
        for code in trace.reader().codes().filter(|code| is_there(code)) {
            files.insert(code.file);
            let variables = code.variables.iter();
            known
                .names
                .extend(variables.map(|variable| variable.name.clone()));
            // The body of a class or of exec'd code binds names in a namespace of its own.
            known.is_open |= !code.has_slots() && code.name != "<module>";
        }
        for file in &files {
            match trace.reader().source(*file)? {
                Some(text) => module_names(&text, &mut known),
                None => known.is_open = true,
            }
        }
        // What was put into a module from outside.
        let last = self.timeline.state_at(self.last_position())?;
        for state in [&self.cursor.state, &last] {
            for (_, stack) in state.stacks.iter() {
                for frame in stack {
                    if !files.contains(&trace.code(frame.info.code)?.file) {
                        continue;
                    }
                    let globals = state.objects.get(&frame.info.globals);
                    let pairs = globals.and_then(|globals| globals.pairs.as_deref());
                    for (key, _) in pairs.unwrap_or_default() {
                        if let Value::Str(name) = key {
                            known
                                .names
                                .insert(String::from_utf8_lossy(name).into_owned());
                        }
                    }
                }
            }
        }
        Ok(known)
    }
}

/// Adds what a module's own code binds, and what its functions declare global.
fn module_names(source: &str, known: &mut Known) {
    let read = || {
        let parsed = ruff_python_parser::parse_module(source).ok()?;
        let mut bound = Bound::default();
        bound.visit_body(parsed.suite());
        Some(bound)
    };
    match with_room(read).flatten() {
        Some(bound) => {
            known.names.extend(bound.names);
            known.is_open |= bound.takes_all;
        }
        None => known.is_open = true,
    }
}

/// Collects the names that a module's code binds.
#[derive(Default)]
struct Bound {
    names: BTreeSet<String>,
    /// Takes all names of another module.
    takes_all: bool,
    /// Levels of functions and classes around.
    inside: usize,
}

impl Bound {
    fn add(&mut self, name: &str) {
        if self.inside == 0 {
            self.names.insert(name.to_owned());
        }
    }

    fn nested(&mut self, name: &str, body: &[Stmt]) {
        self.add(name);
        self.inside += 1;
        self.visit_body(body);
        self.inside -= 1;
    }
}

impl<'a> Visitor<'a> for Bound {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(node) => return self.nested(&node.name, &node.body),
            Stmt::ClassDef(node) => return self.nested(&node.name, &node.body),
            Stmt::Global(node) => {
                let names = node.names.iter().map(|name| name.to_string());
                self.names.extend(names);
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_alias(&mut self, alias: &'a ast::Alias) {
        if alias.name.as_str() == "*" {
            self.takes_all = true;
        }
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        self.add(name.split('.').next().unwrap_or_default());
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.ctx == ExprContext::Store
        {
            self.add(&name.id);
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(node) = handler;
        if let Some(name) = &node.name {
            self.add(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(node) => node.name.as_ref(),
            Pattern::MatchStar(node) => node.name.as_ref(),
            Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.add(name);
        }
        visitor::walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(source: &str) -> (Vec<String>, bool) {
        let mut known = Known::default();
        module_names(source, &mut known);
        (known.names.into_iter().collect(), known.is_open)
    }

    #[test]
    fn a_module_knows_what_its_code_binds() {
        let source = "\
import os.path, sys as system
from a import b as c
x, (y, *z) = 1, (2, 3)
def f(arg):
    global counter
    inner = 1
class K:
    attribute = 1
for i in x: pass
with open(p) as handle: pass
try: pass
except E as error: pass
match x:
    case {'k': v, **rest}: pass
    case [first, *others]: pass
if (w := 1): pass
";
        let (names, is_open) = known(source);
        let wanted = "K c counter error f first handle i os others rest system v w x y z";
        assert_eq!(names, wanted.split(' ').collect::<Vec<_>>());
        assert!(!is_open);
        assert!(known("from x import *").1);
        assert!(known("no python at all").1);
    }
}
