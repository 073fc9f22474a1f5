//! Reading recorded source: what a line writes, which calls it makes, what it returns.
//!
//! Everything leaves here as text: trees of source that may be hostile are built, walked and dropped
//! on a stack that is large enough for them.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, ExceptHandler, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use crate::expr::with_room;

/// What a line of source does, as far as can be read off it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) writes: Vec<Write>,
    pub(crate) calls: Vec<Call>,
    /// The expression of a `return`, or the body of a lambda.
    pub(crate) returned: Option<String>,
}

/// Something that is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) target: Target,
    pub(crate) from: From,
}

/// Where to something is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Name(String),
    /// An attribute of this name.
    Attribute(String),
    /// An item of a container.
    Item,
}

/// What is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The value of an expression.
    Value(String),
    /// A part of the value of an expression.
    Part(String),
    /// The old value and an expression: `+=` and the like.
    Change(String),
    /// An item of an iterable.
    Loop(String),
    /// What a context manager gives.
    With(String),
    /// A statement that makes something: `import`, `def`, `class`, `except`.
    Made(&'static str),
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The whole of it.
    pub(crate) text: String,
    /// The last part of what is called.
    pub(crate) name: String,
    /// What stands before that part.
    pub(crate) receiver: Option<String>,
    pub(crate) positional: Vec<String>,
    pub(crate) keywords: Vec<(String, String)>,
    /// It has `*` or `**`.
    pub(crate) has_star: bool,
    /// The names, attributes and items in it.
    pub(crate) inputs: Vec<String>,
}

/// What kind of expression a text is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Literal,
    Name(String),
    /// An attribute or an item.
    Place,
    Call(Call),
    /// `yes if test else no`
    Choice(String, String, String),
    /// A container written out, and what it is made of.
    Display(Vec<String>),
    /// Anything else, and the names, attributes, items and calls in it.
    Computed(Vec<String>),
}

/// What a line does; nothing if the source cannot be parsed.
pub(crate) fn line(source: &str, line: u32) -> Option<Reading> {
    with_room(|| {
        let module = ruff_python_parser::parse_module(source).ok()?;
        let mut reader = Reader {
            source,
            starts: starts(source),
            line,
            reading: Reading::default(),
        };
        module
            .syntax()
            .body
            .iter()
            .for_each(|s| reader.visit_stmt(s));
        Some(reader.reading)
    })
    .flatten()
}

/// The default of a function's parameter, for the function that begins on a line.
pub(crate) fn default_of(source: &str, first_line: u32, parameter: &str) -> Option<String> {
    struct Finder<'a> {
        source: &'a str,
        starts: Vec<usize>,
        first_line: u32,
        parameter: &'a str,
        found: Option<String>,
    }
    impl<'a> Visitor<'a> for Finder<'_> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::FunctionDef(def) = stmt {
                let first = def
                    .decorator_list
                    .first()
                    .map_or(stmt.start(), Ranged::start);
                if line_of(&self.starts, first) == self.first_line {
                    for parameter in def.parameters.iter_non_variadic_params() {
                        if parameter.name() == self.parameter
                            && let Some(default) = parameter.default()
                        {
                            self.found = Some(text_of(self.source, default));
                        }
                    }
                }
            }
            visitor::walk_stmt(self, stmt);
        }
    }
    with_room(|| {
        let module = ruff_python_parser::parse_module(source).ok()?;
        let mut finder = Finder {
            source,
            starts: starts(source),
            first_line,
            parameter,
            found: None,
        };
        module
            .syntax()
            .body
            .iter()
            .for_each(|s| finder.visit_stmt(s));
        finder.found
    })
    .flatten()
}

/// What kind of expression a text is; nothing if it is none.
pub(crate) fn shape(text: &str) -> Option<Shape> {
    with_room(|| {
        let parsed = ruff_python_parser::parse_expression(text).ok()?;
        Some(shape_of(text, parsed.expr()))
    })
    .flatten()
}

fn shape_of(source: &str, expr: &Expr) -> Shape {
    let text = |part: &Expr| text_of(source, part);
    match expr {
        Expr::Named(node) => shape_of(source, &node.value),
        Expr::Await(node) => shape_of(source, &node.value),
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

fn call_of(source: &str, expr: &Expr) -> Option<Call> {
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

/// The names, attributes, items and calls that an expression is computed from, each once.
fn inputs(source: &str, expr: &Expr) -> Vec<String> {
    struct Inputs<'s> {
        source: &'s str,
        found: Vec<String>,
    }
    impl<'a> Visitor<'a> for Inputs<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => {
                    let text = text_of(self.source, expr);
                    if !self.found.contains(&text) {
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
                expr => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut inputs = Inputs {
        source,
        found: Vec::new(),
    };
    inputs.visit_expr(expr);
    inputs.found
}

fn text_of(source: &str, part: &impl Ranged) -> String {
    let range = part.range();
    let text = source.get(usize::from(range.start())..usize::from(range.end()));
    text.unwrap_or_default().to_owned()
}

/// Where each line begins.
fn starts(source: &str) -> Vec<usize> {
    let newlines = source.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(newlines).collect()
}

fn line_of(starts: &[usize], at: TextSize) -> u32 {
    starts.partition_point(|start| *start <= usize::from(at)) as u32
}

struct Reader<'s> {
    source: &'s str,
    starts: Vec<usize>,
    line: u32,
    reading: Reading,
}

impl Reader<'_> {
    fn text(&self, part: &impl Ranged) -> String {
        text_of(self.source, part)
    }

    fn holds(&self, start: TextSize, end: TextSize) -> bool {
        (line_of(&self.starts, start)..=line_of(&self.starts, end)).contains(&self.line)
    }

    fn write(&mut self, target: &Expr, from: From) {
        let target = match target {
            Expr::Name(name) => Target::Name(name.id.to_string()),
            Expr::Attribute(attribute) => Target::Attribute(attribute.attr.to_string()),
            Expr::Subscript(_) => Target::Item,
            Expr::Starred(starred) => return self.write(&starred.value, from),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let text = match from {
                    From::Value(text) | From::Part(text) => text,
                    From::Loop(text) => {
                        return elts
                            .iter()
                            .for_each(|part| self.write(part, From::Loop(text.clone())));
                    }
                    _ => return,
                };
                for part in elts {
                    self.write(part, From::Part(text.clone()));
                }
                return;
            }
            _ => return,
        };
        self.reading.writes.push(Write { target, from });
    }

    /// `targets = value`; a tuple written out on both sides is taken apart.
    fn assign(&mut self, target: &Expr, value: &Expr) {
        if let (Expr::Tuple(targets), Expr::Tuple(values)) = (target, value)
            && targets.len() == values.len()
            && !targets.iter().chain(values).any(Expr::is_starred_expr)
        {
            for (target, value) in targets.iter().zip(values) {
                self.assign(target, value);
            }
            return;
        }
        let text = self.text(value);
        self.write(target, From::Value(text));
    }

    fn made(&mut self, name: &str, what: &'static str) {
        let name = name.split('.').next().unwrap_or(name);
        self.reading.writes.push(Write {
            target: Target::Name(name.to_owned()),
            from: From::Made(what),
        });
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Assign(node) => {
                for target in &node.targets {
                    self.assign(target, &node.value);
                }
            }
            Stmt::AnnAssign(node) => {
                if let Some(value) = &node.value {
                    self.assign(&node.target, value);
                }
            }
            Stmt::AugAssign(node) => {
                let text = format!("{}, {}", self.text(&*node.target), self.text(&*node.value));
                self.write(&node.target, From::Change(text));
            }
            Stmt::For(node) => {
                let text = self.text(&*node.iter);
                self.write(&node.target, From::Loop(text));
            }
            Stmt::With(node) => {
                for item in &node.items {
                    if let Some(target) = &item.optional_vars {
                        let text = self.text(&item.context_expr);
                        self.write(target, From::With(text));
                    }
                }
            }
            Stmt::Import(node) => {
                for alias in &node.names {
                    self.made(alias.asname.as_ref().unwrap_or(&alias.name), "import");
                }
            }
            Stmt::ImportFrom(node) => {
                for alias in &node.names {
                    self.made(alias.asname.as_ref().unwrap_or(&alias.name), "import");
                }
            }
            Stmt::FunctionDef(node) => self.made(&node.name, "def"),
            Stmt::ClassDef(node) => self.made(&node.name, "class"),
            Stmt::Return(node) => {
                self.reading.returned = Some(match &node.value {
                    Some(value) => self.text(&**value),
                    None => "None".into(),
                });
            }
            _ => {}
        }
    }
}

/// Where a statement's body begins, if it has one.
fn body_of(stmt: &Stmt) -> Option<TextSize> {
    let first = match stmt {
        Stmt::For(node) => node.body.first(),
        Stmt::While(node) => node.body.first(),
        Stmt::If(node) => node.body.first(),
        Stmt::With(node) => node.body.first(),
        Stmt::FunctionDef(node) => node.body.first(),
        Stmt::ClassDef(node) => node.body.first(),
        Stmt::Try(node) => node.body.first(),
        Stmt::Match(node) => return node.cases.first().map(Ranged::start),
        _ => None,
    };
    first.map(Ranged::start)
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let first = line_of(&self.starts, stmt.start());
        // Of a statement with a body, the lines before that; both may share one.
        let last = match body_of(stmt) {
            Some(body) => first.max(line_of(&self.starts, body) - 1),
            None => line_of(&self.starts, stmt.end()),
        };
        if (first..=last).contains(&self.line) {
            self.statement(stmt);
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(node) = handler;
        if let Some(name) = &node.name
            && line_of(&self.starts, handler.start()) == self.line
        {
            self.made(name, "except");
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.holds(expr.start(), expr.end()) {
            match expr {
                Expr::Named(node) => {
                    let text = self.text(&*node.value);
                    self.write(&node.target, From::Value(text));
                }
                Expr::Call(_) => {
                    self.reading.calls.extend(call_of(self.source, expr));
                }
                Expr::Lambda(node) => {
                    let body = self.text(&*node.body);
                    self.reading.returned.get_or_insert(body);
                }
                _ => {}
            }
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_comprehension(&mut self, comprehension: &'a ast::Comprehension) {
        if self.holds(comprehension.start(), comprehension.end()) {
            let text = self.text(&comprehension.iter);
            self.write(&comprehension.target, From::Loop(text));
        }
        visitor::walk_comprehension(self, comprehension);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
import os.path
def f(a, b=7):
    x = a + b
    for i, j in pairs(a):
        self.total[i] = j; y, z = j, 2
    with open(b) as handle:
        n = g(a, k=b).h(1)
    return (x +
            y)
@wrap
def later(p=[]): pass
";

    fn written(line_number: u32) -> Vec<(Target, From)> {
        let reading = line(SOURCE, line_number).expect("the source is Python");
        let all = reading.writes.into_iter();
        all.map(|write| (write.target, write.from)).collect()
    }

    fn name(text: &str) -> Target {
        Target::Name(text.into())
    }

    fn value(text: &str) -> From {
        From::Value(text.into())
    }

    #[test]
    fn a_line_says_what_it_writes() {
        assert_eq!(written(1), [(name("os"), From::Made("import"))]);
        assert_eq!(written(2), [(name("f"), From::Made("def"))]);
        assert_eq!(written(3), [(name("x"), value("a + b"))]);
        let from = || From::Loop("pairs(a)".into());
        assert_eq!(written(4), [(name("i"), from()), (name("j"), from())]);
        let expected = [
            (Target::Item, value("j")),
            (name("y"), value("j")),
            (name("z"), value("2")),
        ];
        assert_eq!(written(5), expected);
        assert_eq!(written(6), [(name("handle"), From::With("open(b)".into()))]);
        assert_eq!(written(7), [(name("n"), value("g(a, k=b).h(1)"))]);
        assert_eq!(written(8), []);
    }

    #[test]
    fn a_line_says_what_it_calls_and_returns() {
        let calls = line(SOURCE, 7).expect("the source is Python").calls;
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["h", "g"]);
        assert_eq!(calls[0].receiver.as_deref(), Some("g(a, k=b)"));
        assert_eq!(calls[1].keywords, [("k".to_owned(), "b".to_owned())]);
        for number in [8, 9] {
            let returned = line(SOURCE, number).expect("the source is Python").returned;
            assert_eq!(
                returned.as_deref(),
                Some("(x +\n            y)").map(|_| "x +\n            y")
            );
        }
        assert_eq!(default_of(SOURCE, 2, "b").as_deref(), Some("7"));
        assert_eq!(default_of(SOURCE, 2, "a"), None);
        assert_eq!(default_of(SOURCE, 10, "p").as_deref(), Some("[]"));
    }

    #[test]
    fn expressions_have_shapes() {
        for (text, expected) in [
            ("5", Shape::Literal),
            ("'a' + 'b'", Shape::Literal),
            ("x", Shape::Name("x".into())),
            ("x.y[3]", Shape::Place),
            (
                "x + y.z * f(n)",
                Shape::Computed(vec!["x".into(), "y.z".into(), "n".into()]),
            ),
            ("[a, b]", Shape::Display(vec!["a".into(), "b".into()])),
            (
                "a if t else b",
                Shape::Choice("t".into(), "a".into(), "b".into()),
            ),
        ] {
            assert_eq!(shape(text), Some(expected), "{text}");
        }
        assert_eq!(shape("x +"), None);
        assert!(matches!(shape("await f(1)"), Some(Shape::Call(call)) if call.name == "f"));
    }
}
