//! Reading recorded source: what a line writes, which calls it makes, what it returns.
//!
//! Everything leaves here as text: trees of source that may be hostile are built, walked and dropped
//! on a stack that is large enough for them.

mod shapes;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, ExceptHandler, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use crate::expr::with_room;
pub(crate) use shapes::{attribute_of, element, elements, item_of, shape};
use shapes::{call_of, text_of};

/// What a line of source does, as far as can be read off it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) writes: Vec<Write>,
    pub(crate) calls: Vec<Call>,
    /// The expression of a `return`, or the body of a lambda.
    pub(crate) returned: Option<String>,
    /// The expressions of its `yield`s.
    pub(crate) yielded: Vec<String>,
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
    /// An attribute of this name, of what an expression gives.
    Attribute(String, String),
    /// An item of what an expression gives, and its key.
    Item(String, String),
    /// An attribute of what an expression gives, or, without one, a name of the module, that is the value of
    /// another: an item of `x.__dict__`, `vars(x)` or `globals()`.
    Entry(Option<String>, String),
}

/// What is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The value of an expression.
    Value(String),
    /// A part of the value of an expression: which, counted from the first, where that is known.
    Part(String, Option<usize>),
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
    /// `await` or `yield from` an expression that is no call.
    Handed(String),
    /// What a `yield` gives when the frame goes on.
    Sent,
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
            Expr::Attribute(attribute) => {
                Target::Attribute(attribute.attr.to_string(), self.text(&*attribute.value))
            }
            Expr::Subscript(item) => {
                let key = self.text(&*item.slice);
                match shapes::namespace_of(self.source, &item.value) {
                    Some(space) => Target::Entry(space, key),
                    None => Target::Item(self.text(&*item.value), key),
                }
            }
            Expr::Starred(starred) => return self.write(&starred.value, from),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let (text, is_whole) = match from {
                    From::Value(text) => (text, true),
                    From::Part(text, _) => (text, false),
                    From::Loop(text) => {
                        return elts
                            .iter()
                            .for_each(|part| self.write(part, From::Loop(text.clone())));
                    }
                    _ => return,
                };
                let starred = elts.iter().position(Expr::is_starred_expr);
                let known = if is_whole {
                    starred.unwrap_or(elts.len())
                } else {
                    0
                };
                for (at, part) in elts.iter().enumerate() {
                    let at = (at < known).then_some(at);
                    self.write(part, From::Part(text.clone(), at));
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
                Expr::Yield(node) => {
                    let value = node.value.as_ref();
                    let text = value.map_or_else(|| "None".into(), |value| self.text(&**value));
                    self.reading.yielded.push(text);
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
mod tests;
