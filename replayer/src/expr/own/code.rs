//! Functions and classes of a source, and what their names are.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Parameters, Stmt};
use ruff_text_size::Ranged;

use super::names::Names;
use super::program::{Binding, Class};

/// A source that is nested deeper is not interpreted: trees are walked and dropped by recursion.
const DEEPEST_SOURCE: usize = 120;

/// What a function is written as.
pub(crate) enum Text {
    Def(ast::StmtFunctionDef),
    Lambda(ast::ExprLambda),
}

/// A function as it is written.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) qualname: String,
    pub(crate) text: Text,
    /// Its own variables, the parameters first: positional, keyword-only, `*args`, `**kwargs`.
    pub(crate) locals: Vec<String>,
    pub(crate) parameter_count: usize,
    pub(crate) nonlocals: Vec<String>,
    pub(crate) globals: Vec<String>,
    /// Names that it reads, those of functions inside included.
    pub(crate) loads: HashSet<String>,
    /// Variables of the functions around that it may use.
    pub(crate) free: Vec<String>,
    /// The name of the class that it is written in, for names that are private to it.
    pub(crate) class: Option<String>,
    pub(crate) is_generator: bool,
    pub(crate) is_async: bool,
    /// Where its text begins.
    pub(crate) start: u32,
    /// `co_firstlineno`
    pub(crate) line: u32,
}

impl Function {
    pub(crate) fn parameters(&self) -> Option<&Parameters> {
        match &self.text {
            Text::Def(def) => Some(&def.parameters),
            Text::Lambda(lambda) => lambda.parameters.as_deref(),
        }
    }

    pub(crate) fn decorators(&self) -> &[ast::Decorator] {
        match &self.text {
            Text::Def(def) => &def.decorator_list,
            Text::Lambda(_) => &[],
        }
    }
}

/// How deep a module is.
#[derive(Default)]
pub(crate) struct Whole {
    here: usize,
    deepest: usize,
}

impl Whole {
    pub(crate) fn of(body: &[Stmt]) -> Whole {
        let mut whole = Whole::default();
        whole.visit_body(body);
        whole
    }

    pub(crate) fn is_shallow(&self) -> bool {
        self.deepest <= DEEPEST_SOURCE
    }

    fn deeper(&mut self, walk: impl FnOnce(&mut Whole)) {
        self.here += 1;
        self.deepest = self.deepest.max(self.here);
        walk(self);
        self.here -= 1;
    }
}

impl<'a> Visitor<'a> for Whole {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.deeper(|whole| visitor::walk_stmt(whole, stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.deeper(|whole| visitor::walk_expr(whole, expr));
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.deeper(|whole| visitor::walk_pattern(whole, pattern));
    }
}

/// Goes through a module and takes what is defined in it.
pub(crate) struct Collector {
    lines: Vec<u32>,
    pub(crate) functions: Vec<Function>,
    pub(crate) classes: Vec<Class>,
    pub(crate) bindings: HashMap<String, Vec<Binding>>,
    pub(crate) stored: HashMap<String, u32>,
    pub(crate) foreign: HashSet<String>,
    pub(crate) replaced: HashSet<(String, String)>,
    prefix: String,
    class: Option<String>,
    /// The variables of each function around.
    around: Vec<HashSet<String>>,
}

impl Collector {
    pub(crate) fn new(text: &str) -> Collector {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Collector {
            lines: starts.map(|(at, _)| at as u32).collect(),
            functions: Vec::new(),
            classes: Vec::new(),
            bindings: HashMap::new(),
            stored: HashMap::new(),
            foreign: HashSet::new(),
            replaced: HashSet::new(),
            prefix: String::new(),
            class: None,
            around: Vec::new(),
        }
    }

    pub(crate) fn module(&mut self, body: &[Stmt]) {
        let names = Names::of(body);
        self.bindings = names.bindings;
        self.visit_body(body);
    }

    fn line(&self, at: u32) -> u32 {
        self.lines.partition_point(|end| *end < at) as u32 + 1
    }

    /// Notes a function, and goes through what is inside with its names around.
    fn function(&mut self, text: Text, name: &str, inside: impl FnOnce(&mut Collector)) {
        let (start, parameters, names) = match &text {
            Text::Def(def) => (
                def.range.start(),
                Some(&*def.parameters),
                Names::of(&def.body),
            ),
            Text::Lambda(lambda) => (
                lambda.range.start(),
                lambda.parameters.as_deref(),
                Names::of_expr(&lambda.body),
            ),
        };
        let start = u32::from(start);
        let mut locals: Vec<String> = Vec::new();
        if let Some(all) = parameters {
            let plain = all
                .posonlyargs
                .iter()
                .chain(&all.args)
                .chain(&all.kwonlyargs);
            locals.extend(plain.map(|one| one.parameter.name.to_string()));
            let packed = all.vararg.iter().chain(&all.kwarg);
            locals.extend(packed.map(|one| one.name.to_string()));
        }
        let parameter_count = locals.len();
        let is_outer =
            |name: &&String| names.globals.contains(*name) || names.nonlocals.contains(*name);
        for name in names.bindings.keys().filter(|name| !is_outer(name)) {
            if !locals.contains(name) {
                locals.push(name.clone());
            }
        }
        let is_free = |name: &&String| {
            !locals.contains(*name) && self.around.iter().any(|around| around.contains(*name))
        };
        let mut free: Vec<String> = names.loads.iter().filter(is_free).cloned().collect();
        free.extend(names.nonlocals.iter().cloned());
        let qualname = format!("{}{name}", self.prefix);
        self.functions.push(Function {
            name: name.to_owned(),
            qualname: qualname.clone(),
            parameter_count,
            nonlocals: names.nonlocals,
            globals: names.globals,
            free,
            loads: names.loads,
            class: self.class.clone(),
            is_generator: names.yields,
            is_async: matches!(&text, Text::Def(def) if def.is_async),
            start,
            line: self.line(start),
            locals: locals.clone(),
            text,
        });
        let before = std::mem::replace(&mut self.prefix, format!("{qualname}.<locals>."));
        self.around
            .push(locals.into_iter().chain(names.targets).collect());
        inside(self);
        self.around.pop();
        self.prefix = before;
    }

    fn store(&mut self, target: &Expr) {
        match target {
            Expr::Attribute(node) => {
                let is_self = matches!(&*node.value, Expr::Name(name) if name.id == "self");
                if let Expr::Name(class) = &*node.value {
                    self.replaced
                        .insert((class.id.to_string(), node.attr.to_string()));
                }
                if !is_self {
                    *self.stored.entry(node.attr.to_string()).or_default() += 1;
                }
            }
            Expr::Tuple(node) => node.elts.iter().for_each(|part| self.store(part)),
            Expr::List(node) => node.elts.iter().for_each(|part| self.store(part)),
            Expr::Starred(node) => self.store(&node.value),
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Collector {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.function(Text::Def(def.clone()), &def.name, |inside| {
                    inside.visit_body(&def.body);
                });
                // Defaults and decorators are evaluated outside.
                self.visit_parameters(&def.parameters);
                def.decorator_list
                    .iter()
                    .for_each(|d| self.visit_decorator(d));
            }
            Stmt::ClassDef(def) => {
                let qualname = format!("{}{}", self.prefix, def.name);
                self.classes.push(Class {
                    qualname: qualname.clone(),
                    def: def.clone(),
                    bindings: Names::of(&def.body).bindings,
                });
                let before = std::mem::replace(&mut self.prefix, format!("{qualname}."));
                let class = self.class.replace(def.name.to_string());
                self.visit_body(&def.body);
                self.prefix = before;
                self.class = class;
            }
            stmt => {
                match stmt {
                    Stmt::Assign(node) => node.targets.iter().for_each(|t| self.store(t)),
                    Stmt::AugAssign(node) => self.store(&node.target),
                    Stmt::AnnAssign(node) => self.store(&node.target),
                    Stmt::Delete(node) => node.targets.iter().for_each(|t| self.store(t)),
                    _ => {}
                }
                visitor::walk_stmt(self, stmt);
            }
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(lambda) => {
                self.function(Text::Lambda(lambda.clone()), "<lambda>", |inside| {
                    inside.visit_expr(&lambda.body);
                });
                lambda
                    .parameters
                    .iter()
                    .for_each(|p| self.visit_parameters(p));
            }
            Expr::Call(call) => {
                if let [Expr::Name(class), Expr::StringLiteral(text), ..] = &*call.arguments.args
                    && is_setter(&call.func)
                {
                    let name = text.value.to_str().to_owned();
                    self.replaced.insert((class.id.to_string(), name));
                }
                // `setattr(Class, "name", …)`, `patch.object(Class, "name")`, `patch("m.C.name")`.
                for argument in call.arguments.args.iter().take(2) {
                    if let Expr::StringLiteral(text) = argument
                        && is_setter(&call.func)
                        && let Some(name) = text.value.to_str().rsplit('.').next()
                    {
                        *self.stored.entry(name.to_owned()).or_default() += 1;
                    }
                }
                visitor::walk_expr(self, expr);
            }
            Expr::Attribute(node) => {
                if let Expr::Name(name) = &*node.value
                    && let Some(bindings) = self.bindings.get(name.id.as_str())
                    && bindings.iter().any(|one| *one != Binding::Definition)
                {
                    self.foreign.insert(node.attr.to_string());
                }
                visitor::walk_expr(self, expr);
            }
            expr => visitor::walk_expr(self, expr),
        }
    }
}

fn is_setter(function: &Expr) -> bool {
    let name = match function {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(node) => node.attr.as_str(),
        _ => return false,
    };
    matches!(
        name,
        "setattr" | "delattr" | "patch" | "object" | "__setattr__"
    )
}

/// Where something begins in its source.
pub(crate) fn start_of(node: &impl Ranged) -> u32 {
    u32::from(node.range().start())
}
