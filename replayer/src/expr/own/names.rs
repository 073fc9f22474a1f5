//! What the names of one body of code are: bound there, read there, or of somewhere else.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext, Stmt};

use super::program::Binding;

/// What the names of one body are, without those of functions inside.
#[derive(Default)]
pub(super) struct Names {
    pub(super) bindings: HashMap<String, Vec<Binding>>,
    pub(super) loads: HashSet<String>,
    /// Variables of comprehensions.
    pub(super) targets: HashSet<String>,
    pub(super) nonlocals: Vec<String>,
    pub(super) globals: Vec<String>,
    pub(super) yields: bool,
    /// Levels of functions inside: these only tell what they load.
    inside: usize,
}

impl Names {
    pub(super) fn of(body: &[Stmt]) -> Names {
        let mut names = Names::default();
        names.visit_body(body);
        names
    }

    pub(super) fn of_expr(body: &Expr) -> Names {
        let mut names = Names::default();
        names.visit_expr(body);
        names
    }

    fn bind(&mut self, name: &str, binding: Binding) {
        if self.inside == 0 {
            self.bindings
                .entry(name.to_owned())
                .or_default()
                .push(binding);
        }
    }

    fn inside(&mut self, walk: impl FnOnce(&mut Names)) {
        self.inside += 1;
        walk(self);
        self.inside -= 1;
    }
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.bind(&def.name, Binding::Definition);
                def.decorator_list
                    .iter()
                    .for_each(|d| self.visit_decorator(d));
                self.visit_parameters(&def.parameters);
                self.inside(|names| names.visit_body(&def.body));
            }
            Stmt::ClassDef(def) => {
                self.bind(&def.name, Binding::Definition);
                self.inside(|names| names.visit_body(&def.body));
            }
            Stmt::Global(node) if self.inside == 0 => {
                self.globals
                    .extend(node.names.iter().map(ToString::to_string));
            }
            Stmt::Nonlocal(node) if self.inside == 0 => {
                self.nonlocals
                    .extend(node.names.iter().map(ToString::to_string));
            }
            Stmt::Import(node) => {
                for alias in &node.names {
                    let full = alias.name.as_str();
                    let first = full.split('.').next().unwrap_or(full);
                    match &alias.asname {
                        Some(name) => self.bind(name, Binding::Module(full.to_owned())),
                        None => self.bind(first, Binding::Module(first.to_owned())),
                    }
                }
            }
            Stmt::ImportFrom(node) => {
                let module = node.module.as_ref().map_or("", |module| module.as_str());
                for alias in &node.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let from = Binding::From(node.level, module.into(), alias.name.to_string());
                    self.bind(name, from);
                }
            }
            stmt => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => {
                    self.loads.insert(name.id.to_string());
                }
                _ => self.bind(&name.id, Binding::Other),
            },
            Expr::Lambda(lambda) => {
                lambda
                    .parameters
                    .iter()
                    .for_each(|p| self.visit_parameters(p));
                self.inside(|names| names.visit_expr(&lambda.body));
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.yields |= self.inside == 0;
                visitor::walk_expr(self, expr);
            }
            expr => visitor::walk_expr(self, expr),
        }
    }

    /// Its targets are its own.
    fn visit_comprehension(&mut self, comprehension: &'a ast::Comprehension) {
        let mut targets = Names::default();
        targets.visit_expr(&comprehension.target);
        self.targets.extend(targets.bindings.into_keys());
        self.visit_expr(&comprehension.iter);
        comprehension
            .ifs
            .iter()
            .for_each(|test| self.visit_expr(test));
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(node) = handler;
        if let Some(name) = &node.name {
            self.bind(name, Binding::Other);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchAs(node) => node.name.as_ref(),
            ast::Pattern::MatchStar(node) => node.name.as_ref(),
            ast::Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, Binding::Other);
        }
        visitor::walk_pattern(self, pattern);
    }
}
