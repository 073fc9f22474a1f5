//! What an expression asks for, read from its tree.

use std::collections::HashSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext};

/// Collects the names that an expression asks for and does not bind itself.
#[derive(Default)]
pub(crate) struct Asked {
    asked: Vec<String>,
    bound: HashSet<String>,
}

impl Asked {
    /// The names of an expression, in order, each once.
    pub(crate) fn of(tree: &Expr) -> Vec<String> {
        let mut asked = Asked::default();
        asked.visit_expr(tree);
        let mut names: Vec<String> = Vec::new();
        for name in asked.asked {
            // Names that stand for objects and for what an event carries are no names.
            let is_name = !name.starts_with("__rdbg_") && !asked.bound.contains(&name);
            if is_name && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl<'a> Visitor<'a> for Asked {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            match name.ctx {
                ExprContext::Load => self.asked.push(name.id.to_string()),
                _ => {
                    self.bound.insert(name.id.to_string());
                }
            }
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_parameter(&mut self, parameter: &'a ast::Parameter) {
        self.bound.insert(parameter.name.to_string());
        visitor::walk_parameter(self, parameter);
    }
}

/// Collects the attributes that an expression asks for.
#[derive(Default)]
struct Attributes<'a>(Vec<&'a ast::ExprAttribute>);

/// The attributes that an expression asks for, innermost first.
pub(crate) fn attributes_of(tree: &Expr) -> Vec<&ast::ExprAttribute> {
    let mut all = Attributes::default();
    all.visit_expr(tree);
    all.0
}

impl<'a> Visitor<'a> for Attributes<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        visitor::walk_expr(self, expr);
        if let Expr::Attribute(node) = expr {
            self.0.push(node);
        }
    }
}
