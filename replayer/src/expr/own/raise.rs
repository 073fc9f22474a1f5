//! Exceptions of interpreted code: `raise`, `try`, `with`.

use ruff_python_ast::{self as ast, Expr, Stmt};
use schema::{Object, TypeKind, Value};

use super::call::Given;
use super::statement::Flow;
use crate::error::{Error, Result};
use crate::expr::Datum;
use crate::expr::classes;
use crate::expr::eval::{Eval, python, refused};

/// Exceptions whose objects hold more than their message.
const RICH: &[&str] = &[
    "OSError",
    "SyntaxError",
    "StopIteration",
    "SystemExit",
    "UnicodeError",
    "ImportError",
    "BaseExceptionGroup",
];

impl<'s> Eval<'s> {
    /// The error that `raise` stands for.
    pub(super) fn raise(&self, node: &ast::StmtRaise) -> Result<Error> {
        let Some(exc) = &node.exc else {
            let handled = self.heap.handled.borrow().last().cloned();
            let handled =
                handled.ok_or_else(|| python("RuntimeError: No active exception to reraise"))?;
            return self.as_error(handled);
        };
        let mut datum = self.operand(exc, 0)?;
        if self.named_class(&datum)?.is_some() {
            datum = self.make(&datum, Given::default())?;
        }
        if let Some(cause) = &node.cause {
            self.operand(cause, 0)?;
        }
        self.as_error(datum)
    }

    /// An exception under way.
    fn as_error(&self, datum: Datum) -> Result<Error> {
        let Datum::Value(Value::Object(id)) = &datum else {
            return Err(python(
                "TypeError: exceptions must derive from BaseException",
            ));
        };
        let (_, class) = self.object(*id)?;
        if class.kind != TypeKind::Exception {
            return Err(python(
                "TypeError: exceptions must derive from BaseException",
            ));
        }
        let name = class
            .name
            .rsplit('.')
            .next()
            .unwrap_or(&class.name)
            .to_owned();
        let text = self.str_of(&datum);
        let text = match &text {
            Ok(text) if text.is_empty() => name,
            Ok(text) => format!("{name}: {}", String::from_utf8_lossy(text)),
            Err(_) => name,
        };
        *self.heap.raised.borrow_mut() = Some(datum);
        Ok(Error::Python(text))
    }

    /// `try`
    pub(super) fn attempt(&self, node: &ast::StmtTry) -> Result<Flow> {
        if node.is_star {
            return Err(refused("`except*` is not interpreted"));
        }
        let depth = self.heap.depth.get();
        let mut outcome = self.block(&node.body);
        outcome = match outcome {
            Err(Error::Python(text)) => {
                self.heap.depth.set(depth);
                self.handle(node, text)
            }
            Ok(Flow::Next) => self.block(&node.orelse),
            outcome => outcome,
        };
        if let Err(Error::Python(_)) | Ok(_) = &outcome {
            let raised = self.heap.raised.take();
            match self.block(&node.finalbody)? {
                Flow::Next => *self.heap.raised.borrow_mut() = raised,
                flow => return Ok(flow),
            }
        }
        outcome
    }

    fn handle(&self, node: &ast::StmtTry, text: String) -> Result<Flow> {
        let raised = self.heap.raised.take();
        for handler in &node.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            let is_it = match &handler.type_ {
                Some(wanted) => {
                    let wanted = self.operand(wanted, 0)?;
                    self.is_raised(raised.as_ref(), &text, &wanted)?
                }
                None => true,
            };
            if !is_it {
                continue;
            }
            let needs = handler.name.is_some() || raises_again(&handler.body);
            let exception = match raised {
                Some(raised) => Some(raised),
                None if needs => Some(self.exception_of(&text)?),
                None => None,
            };
            let running = self.here()?;
            if let (Some(name), Some(exception)) = (&handler.name, &exception) {
                self.bind_running(running, name, Some(exception.clone()))?;
            }
            let before = self.heap.handled.borrow().len();
            self.heap.handled.borrow_mut().extend(exception);
            let flow = self.block(&handler.body);
            self.heap.handled.borrow_mut().truncate(before);
            if let Some(name) = &handler.name {
                // It may have been deleted already.
                let _ = self.bind_running(running, name, None);
            }
            return flow;
        }
        *self.heap.raised.borrow_mut() = raised;
        Err(Error::Python(text))
    }

    fn is_raised(&self, raised: Option<&Datum>, text: &str, wanted: &Datum) -> Result<bool> {
        match raised {
            Some(raised) => self.is_instance(raised, wanted, 0),
            None => {
                let name = text.split(':').next().unwrap_or(text);
                let class = classes::builtin(name)
                    .ok_or_else(|| refused(format!("which exception {name} is, is not known")))?;
                self.is_subclass(&class, wanted)
            }
        }
    }

    /// The object of an exception that Python itself raises.
    fn exception_of(&self, text: &str) -> Result<Datum> {
        let (name, message) = match text.split_once(": ") {
            Some((name, message)) => (name, Some(message)),
            None => (text, None),
        };
        let class = classes::described(name);
        let is_rich = class.mro.iter().any(|base| RICH.contains(&base.as_str()));
        if classes::builtin(name).is_none() || is_rich {
            return Err(refused(format!("the object of {name} is not known")));
        }
        let argument = match message {
            Some(message) if class.mro.iter().any(|base| base == "KeyError") => {
                // Its message is the key's text.
                let (text, root) = crate::expr::parse::parse(message)?;
                let is_plain = matches!(
                    root,
                    Expr::StringLiteral(_)
                        | Expr::NumberLiteral(_)
                        | Expr::BooleanLiteral(_)
                        | Expr::NoneLiteral(_)
                );
                if !is_plain {
                    return Err(refused("the key of a KeyError is not known"));
                }
                Some(Eval::new(self.scope, self.heap, &text).eval(&root, 0)?)
            }
            Some(message) => Some(Value::text(message).into()),
            None => None,
        };
        self.exception(name, argument.into_iter().collect())
    }

    /// An exception of a class of Python itself.
    pub(super) fn exception(&self, name: &str, arguments: Vec<Datum>) -> Result<Datum> {
        let known = self.scope.facts.named(name);
        let known = known.filter(|class| {
            class.kind == TypeKind::Exception
                && class.body.as_ref().map(|body| body.maker) == Some(schema::Maker::Interpreter)
        });
        let class = match known {
            Some(class) => class.id,
            None => self.heap.class(name, TypeKind::Exception),
        };
        let mut object = Object::new(class);
        let arguments = self.stored(Datum::Tuple(arguments))?;
        object.fields = Some(vec![(self.name_number("args"), arguments)]);
        Ok(Value::Object(self.heap.make(object, false)?).into())
    }

    /// `with`
    pub(super) fn with(&self, node: &ast::StmtWith) -> Result<Flow> {
        if node.is_async {
            return Err(refused("`async with` is not interpreted"));
        }
        self.with_items(&node.items, &node.body)
    }

    fn with_items(&self, items: &[ast::WithItem], body: &[Stmt]) -> Result<Flow> {
        let Some((item, rest)) = items.split_first() else {
            return self.block(body);
        };
        let manager = self.operand(&item.context_expr, 0)?;
        let manager = self.boxed(manager)?;
        let unknown = || {
            refused(format!(
                "`with {}` is not interpreted: what it does is not in the trace",
                self.source(&item.context_expr)
            ))
        };
        let enter = self.special(&manager, "__enter__")?.ok_or_else(unknown)?;
        let exit = self.special(&manager, "__exit__")?.ok_or_else(unknown)?;
        let entered = self.invoke(&enter, Given::default())?;
        if let Some(target) = &item.optional_vars {
            self.assign(target, entered)?;
        }
        let outcome = self.with_items(rest, body);
        let none = || Datum::Value(Value::None);
        match outcome {
            Err(Error::Python(text)) => {
                let raised = self.heap.raised.take();
                let exception = match &raised {
                    Some(raised) => raised.clone(),
                    None => self.exception_of(&text)?,
                };
                let class = Datum::Class(self.class_of(&exception)?);
                // A traceback has no value here.
                let exit_of = exit.found.function;
                if exit_of
                    .locals
                    .get(3)
                    .is_none_or(|name| exit_of.loads.contains(name))
                {
                    return Err(refused("what looks at a traceback is not interpreted"));
                }
                let given = Given::of(vec![class, exception, none()]);
                let swallows = self.invoke(&exit, given)?;
                if self.truth(&swallows)? {
                    return Ok(Flow::Next);
                }
                *self.heap.raised.borrow_mut() = raised;
                Err(Error::Python(text))
            }
            Err(error) => Err(error),
            Ok(flow) => {
                self.invoke(&exit, Given::of(vec![none(), none(), none()]))?;
                Ok(flow)
            }
        }
    }
}

/// Whether statements may raise again what is handled.
fn raises_again(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Raise(node) => node.exc.is_none(),
        Stmt::If(node) => {
            raises_again(&node.body)
                || node
                    .elif_else_clauses
                    .iter()
                    .any(|clause| raises_again(&clause.body))
        }
        Stmt::Try(node) => raises_again(&node.body) || raises_again(&node.finalbody),
        Stmt::For(node) => raises_again(&node.body),
        Stmt::While(node) => raises_again(&node.body),
        Stmt::With(node) => raises_again(&node.body),
        _ => false,
    })
}
