//! What kind of expression a text is, and what is in it.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use super::{Call, Shape};
use crate::expr::with_room;

/// What kind of expression a text is; nothing if it is none.
pub(crate) fn shape(text: &str) -> Option<Shape> {
    // `yield` is an expression within parentheses only, or alone behind `=`.
    let in_parentheses = format!("({text})");
    let source = match text.starts_with("yield") {
        true => &in_parentheses,
        false => text,
    };
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(source).ok()?;
        Some(shape_of(source, parsed.expr()))
    })
    .flatten()
}

/// One of the parts of a tuple or list that is written out.
pub(crate) fn element(text: &str, index: usize) -> Option<String> {
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(text).ok()?;
        let (Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. })) =
            parsed.expr()
        else {
            return None;
        };
        let before = elts.get(..=index)?;
        let is_plain = !before.iter().any(Expr::is_starred_expr);
        is_plain.then(|| text_of(text, &elts[index]))
    })
    .flatten()
}

/// The parts of a container that is written out, with what they are found by: keys, or nothing for those
/// that are counted from the first. As many as can be told.
pub(crate) fn elements(text: &str) -> Option<Vec<(Option<String>, String)>> {
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(text).ok()?;
        let of = |part: &Expr| text_of(text, part);
        match parsed.expr() {
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let plain = elts.iter().take_while(|part| !part.is_starred_expr());
                Some(plain.map(|part| (None, of(part))).collect())
            }
            Expr::Dict(node) => {
                // What stands before `**` may not be what is there in the end.
                let plain = node.items.iter().rev();
                let plain =
                    plain.map_while(|item| Some((Some(of(item.key.as_ref()?)), of(&item.value))));
                Some(plain.collect())
            }
            _ => None,
        }
    })
    .flatten()
}

/// What an item is taken of, and its key, if a text is one.
pub(crate) fn item_of(text: &str) -> Option<(String, String)> {
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(text).ok()?;
        match parsed.expr() {
            Expr::Subscript(node) if !node.slice.is_slice_expr() => {
                Some((text_of(text, &*node.value), text_of(text, &*node.slice)))
            }
            _ => None,
        }
    })
    .flatten()
}

/// Whose names an expression gives: of an object, or, without one, of the module.
pub(super) fn namespace_of(source: &str, expr: &Expr) -> Option<Option<String>> {
    match expr {
        Expr::Attribute(node) if &node.attr == "__dict__" => {
            Some(Some(text_of(source, &*node.value)))
        }
        Expr::Call(node) => match (&*node.func, &*node.arguments.args) {
            (Expr::Name(name), []) if &name.id == "globals" => Some(None),
            (Expr::Name(name), [of]) if &name.id == "vars" => Some(Some(text_of(source, of))),
            _ => None,
        },
        _ => None,
    }
}

/// What an attribute is of, and its name, if a text is one.
pub(crate) fn attribute_of(text: &str) -> Option<(String, String)> {
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(text).ok()?;
        match parsed.expr() {
            Expr::Attribute(node) => Some((text_of(text, &*node.value), node.attr.to_string())),
            _ => None,
        }
    })
    .flatten()
}

fn shape_of(source: &str, expr: &Expr) -> Shape {
    let text = |part: &Expr| text_of(source, part);
    match expr {
        Expr::Named(node) => shape_of(source, &node.value),
        Expr::Await(ast::ExprAwait { value, .. })
        | Expr::YieldFrom(ast::ExprYieldFrom { value, .. }) => match &**value {
            call @ Expr::Call(_) => shape_of(source, call),
            other => Shape::Handed(text(other)),
        },
        Expr::Yield(_) => Shape::Sent,
        Expr::Name(name) => Shape::Name(name.id.to_string()),
        Expr::Attribute(_) => Shape::Place,
        Expr::Subscript(node) if !node.slice.is_slice_expr() => Shape::Place,
        Expr::Call(_) => match call_of(source, expr) {
            Some(call) => Shape::Call(call),
            None => Shape::Computed(inputs(source, expr)),
        },
        Expr::If(node) => Shape::Choice(text(&node.test), text(&node.body), text(&node.orelse)),
        Expr::Lambda(_) => Shape::Literal,
        expr if is_literal(expr) => Shape::Literal,
        Expr::List(_) | Expr::Tuple(_) | Expr::Dict(_) | Expr::Set(_) => {
            Shape::Display(inputs(source, expr))
        }
        expr => Shape::Computed(inputs(source, expr)),
    }
}

/// Whether an expression says its value itself: no name and no call is in it.
fn is_literal(expr: &Expr) -> bool {
    struct Finder(bool);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.0 |= matches!(expr, Expr::Name(_) | Expr::Call(_));
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(false);
    finder.visit_expr(expr);
    !finder.0
}

pub(super) fn call_of(source: &str, expr: &Expr) -> Option<Call> {
    let Expr::Call(node) = expr else {
        return None;
    };
    let (name, receiver) = match &*node.func {
        Expr::Name(name) => (name.id.to_string(), None),
        Expr::Attribute(attribute) => (
            attribute.attr.to_string(),
            Some(text_of(source, &*attribute.value)),
        ),
        _ => return None,
    };
    let arguments = &node.arguments;
    let has_star = arguments.args.iter().any(Expr::is_starred_expr)
        || arguments
            .keywords
            .iter()
            .any(|keyword| keyword.arg.is_none());
    let keyword = |keyword: &ast::Keyword| {
        let name = keyword.arg.as_ref()?.to_string();
        Some((name, text_of(source, &keyword.value)))
    };
    Some(Call {
        text: text_of(source, node),
        name,
        receiver,
        positional: arguments
            .args
            .iter()
            .map(|arg| text_of(source, arg))
            .collect(),
        keywords: arguments.keywords.iter().filter_map(keyword).collect(),
        has_star,
        inputs: inputs(source, expr),
    })
}

/// The names in an expression.
#[derive(Default)]
struct Names(Vec<String>);

impl<'a> Visitor<'a> for Names {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name.id.to_string());
        }
        visitor::walk_expr(self, expr);
    }
}

/// The names, attributes, items and calls that an expression is computed from, each once.
fn inputs(source: &str, expr: &Expr) -> Vec<String> {
    struct Inputs<'s> {
        source: &'s str,
        found: Vec<String>,
        /// Names that comprehensions around bind anew for each round: what they held, nobody knows.
        bound: Vec<String>,
    }
    impl Inputs<'_> {
        fn within(&mut self, generators: &[ast::Comprehension], act: impl FnOnce(&mut Self)) {
            let outer = self.bound.len();
            let mut targets = Names::default();
            for generator in generators {
                targets.visit_expr(&generator.target);
            }
            self.bound.extend(targets.0);
            act(self);
            self.bound.truncate(outer);
        }
    }
    impl<'a> Visitor<'a> for Inputs<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => {
                    let text = text_of(self.source, expr);
                    let mut names = Names::default();
                    names.visit_expr(expr);
                    let is_known = !names.0.iter().any(|name| self.bound.contains(name));
                    if is_known && !self.found.contains(&text) {
                        self.found.push(text);
                    }
                }
                Expr::Call(call) => {
                    // Not the function, but what it is a method of.
                    if let Expr::Attribute(attribute) = &*call.func {
                        self.visit_expr(&attribute.value);
                    }
                    self.visit_arguments(&call.arguments);
                }
                Expr::Lambda(_) => {}
                Expr::ListComp(ast::ExprListComp { generators, .. })
                | Expr::SetComp(ast::ExprSetComp { generators, .. })
                | Expr::DictComp(ast::ExprDictComp { generators, .. })
                | Expr::Generator(ast::ExprGenerator { generators, .. }) => {
                    self.within(generators, |all| visitor::walk_expr(all, expr));
                }
                expr => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut inputs = Inputs {
        source,
        found: Vec::new(),
        bound: Vec::new(),
    };
    inputs.visit_expr(expr);
    inputs.found
}

pub(super) fn text_of(source: &str, part: &impl Ranged) -> String {
    let range = part.range();
    let text = source.get(usize::from(range.start())..usize::from(range.end()));
    text.unwrap_or_default().to_owned()
}
