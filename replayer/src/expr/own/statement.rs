//! Statements of interpreted functions.

use ruff_python_ast::{self as ast, Expr, Stmt};
use schema::Value;

use super::code::start_of;
use super::frame::Running;
use super::heap::{Made, Thing};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};

/// How a statement ends.
pub(in crate::expr) enum Flow {
    Next,
    Break,
    Continue,
    Return(Datum),
}

impl<'s> Eval<'s> {
    /// The function that is interpreted here.
    pub(super) fn here(&self) -> Result<&Running<'s>> {
        let here = self.running.as_ref();
        here.ok_or_else(|| refused("a statement stands outside of a function"))
    }

    /// Statements, one after another.
    pub(super) fn block(&self, body: &[Stmt]) -> Result<Flow> {
        for stmt in body {
            match self.statement(stmt)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&self, stmt: &Stmt) -> Result<Flow> {
        self.spend(4)?;
        match stmt {
            Stmt::Pass(_) => {}
            Stmt::Expr(node) => match &*node.value {
                Expr::YieldFrom(inner) => self.yielded_from(&inner.value)?,
                value => {
                    self.eval(value, 0)?;
                }
            },
            Stmt::Return(node) => {
                let datum = match &node.value {
                    Some(value) => {
                        let datum = self.operand(value, 0)?;
                        self.boxed(datum)?
                    }
                    None => Value::None.into(),
                };
                return Ok(Flow::Return(datum));
            }
            Stmt::Assign(node) => {
                let datum = self.operand(&node.value, 0)?;
                let datum = self.boxed(datum)?;
                for target in &node.targets {
                    self.assign(target, datum.clone())?;
                }
            }
            Stmt::AnnAssign(node) => {
                if let Some(value) = &node.value {
                    let datum = self.operand(value, 0)?;
                    let datum = self.boxed(datum)?;
                    self.assign(&node.target, datum)?;
                }
            }
            Stmt::AugAssign(node) => self.augmented(node)?,
            Stmt::If(node) => return self.choose(node),
            Stmt::For(node) => return self.for_each(node),
            Stmt::While(node) => {
                while self.holds(&node.test)? {
                    self.spend(4)?;
                    match self.block(&node.body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => return Ok(Flow::Next),
                        flow => return Ok(flow),
                    }
                }
                return self.block(&node.orelse);
            }
            Stmt::Break(_) => return Ok(Flow::Break),
            Stmt::Continue(_) => return Ok(Flow::Continue),
            Stmt::Assert(node) => self.assertion(node)?,
            Stmt::Delete(node) => {
                for target in &node.targets {
                    self.delete(target)?;
                }
            }
            Stmt::FunctionDef(def) => self.define(def)?,
            // Read when the function was taken in.
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Raise(node) => return Err(self.raise(node)?),
            Stmt::Try(node) => return self.attempt(node),
            Stmt::With(node) => return self.with(node),
            Stmt::Match(node) => return self.match_case(node),
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.import(stmt)?,
            Stmt::ClassDef(node) => {
                return Err(refused(format!("`class {}` is not interpreted", node.name)));
            }
            stmt => {
                return Err(refused(format!(
                    "`{}` is not interpreted",
                    self.source(stmt)
                )));
            }
        }
        Ok(Flow::Next)
    }

    /// Whether a test holds.
    pub(super) fn holds(&self, test: &Expr) -> Result<bool> {
        let datum = self.operand(test, 0)?;
        self.truth(&datum)
    }

    fn choose(&self, node: &ast::StmtIf) -> Result<Flow> {
        if self.holds(&node.test)? {
            return self.block(&node.body);
        }
        for clause in &node.elif_else_clauses {
            let holds = match &clause.test {
                Some(test) => self.holds(test)?,
                None => true,
            };
            if holds {
                return self.block(&clause.body);
            }
        }
        Ok(Flow::Next)
    }

    fn for_each(&self, node: &ast::StmtFor) -> Result<Flow> {
        if node.is_async {
            return Err(refused("`async for` is not interpreted"));
        }
        let iterable = self.operand(&node.iter, 0)?;
        let iterable = self.boxed(iterable)?;
        let mut turns = self.turns_of(iterable)?;
        while let Some(item) = self.next_turn(&mut turns)? {
            self.spend(4)?;
            let item = self.boxed(item)?;
            self.assign(&node.target, item)?;
            match self.block(&node.body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
        }
        self.block(&node.orelse)
    }

    fn assertion(&self, node: &ast::StmtAssert) -> Result<()> {
        let flags = &self.scope.facts.header().flags;
        let is_optimised = |flag: &String| flag.starts_with("-O");
        if flags.iter().any(is_optimised) || self.holds(&node.test)? {
            return Ok(());
        }
        let message = match &node.msg {
            Some(message) => {
                let message = self.operand(message, 0)?;
                format!(": {}", String::from_utf8_lossy(&self.str_of(&message)?))
            }
            None => String::new(),
        };
        Err(python(format!("AssertionError{message}")))
    }

    fn define(&self, def: &ast::StmtFunctionDef) -> Result<()> {
        let running = self.here()?;
        if !def.decorator_list.is_empty() {
            return Err(refused(format!(
                "the decorator of {} is not seen through",
                def.name
            )));
        }
        let function = self.closure(running, start_of(def), &def.parameters, &def.name)?;
        self.bind_running(running, &def.name, Some(function))
    }

    /// A function that is defined here.
    pub(super) fn closure(
        &self,
        running: &Running<'s>,
        start: u32,
        parameters: &ast::Parameters,
        name: &str,
    ) -> Result<Datum> {
        let mut defaults = Vec::new();
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                let datum = self.operand(default, 0)?;
                defaults.push((parameter.parameter.name.to_string(), self.boxed(datum)?));
            }
        }
        let function = running.module.function_at(start);
        let uses_bound = function.is_some_and(|function| {
            let bound = self.bound.borrow();
            bound.iter().any(|(name, _)| function.loads.contains(name))
        });
        if uses_bound {
            return Err(refused(
                "a function that keeps a comprehension's variable is not interpreted",
            ));
        }
        let made = Made {
            file: running.frame.file,
            start,
            around: Some(running.frame.clone()),
            owner: running.owner.map(|owner| owner.id),
            globals: running.globals,
            defaults,
        };
        let qualname = &running.function.qualname;
        let text = format!("<function {qualname}.<locals>.{name} at …>");
        self.heap
            .make_thing(Thing::Function(made), "function", &text)
    }
}
