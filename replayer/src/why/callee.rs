//! What a call calls: by what the expression stands for there, else by its name.

use std::sync::Arc;

use schema::{Bound, Code, Maker, TypeKind, Value};

use super::Quest;
use super::calls::is_call_of;
use crate::debugger::Debugger;
use crate::error::Result;
use crate::expr::{Datum, Expr};
use crate::reading::Call;
use crate::scope::Scope;

/// What a call calls.
pub(super) enum Callee {
    /// A function of this qualified name. What wraps another may have that of the other.
    Function(String),
    /// What a class binds to the name of the call: the class, by its qualified name.
    Method(String, String),
    /// A class, and the names of those that it extends, itself first.
    Class(Vec<String>),
    /// A method of a built-in type, and how its instances hold what they hold, unless they are atoms.
    BuiltIn(Option<TypeKind>),
    /// An object that is called, of which no more is known.
    Object,
    /// The expression cannot be evaluated.
    Unknown,
}

impl Callee {
    /// Whether a call of it runs a code object.
    pub(super) fn is_of(&self, call: &Call, code: &Code) -> bool {
        let class = code.qualname.strip_suffix(&format!(".{}", code.name));
        match self {
            Callee::Function(name) => code.qualname == *name,
            Callee::Method(class_name, name) => {
                code.name == *name && class.is_some_and(|class| is_tail(class_name, class))
            }
            Callee::Class(line) => {
                // The one that `dataclass` and its like write has no class in its name.
                let is_made = class.is_none_or(|class| class.ends_with("<locals>"));
                let is_its = |class| line.iter().any(|name| is_tail(name, class));
                code.name == "__init__" && (is_made || class.is_some_and(is_its))
            }
            Callee::Object => code.name == "__call__",
            Callee::BuiltIn(_) => false,
            Callee::Unknown => is_call_of(call, code),
        }
    }

    /// Whether code of another name may run for it: what wraps a function, or a method of a library that
    /// calls back.
    pub(super) fn may_wrap(&self) -> bool {
        match self {
            Callee::BuiltIn(kind) => kind.is_none_or(|kind| kind == TypeKind::Opaque),
            Callee::Class(_) => false,
            _ => true,
        }
    }
}

/// Whether a class's name with its module ends in a qualified name.
fn is_tail(full: &str, name: &str) -> bool {
    full.strip_suffix(name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

impl Debugger {
    /// What a call on the quest's line calls.
    pub(super) fn callee(&self, line: &Quest, call: &Call) -> Callee {
        let found = self.at(line, |scope| match &call.receiver {
            Some(receiver) => method_of(scope, receiver, &call.name),
            None => Ok(of(scope, &Expr::parse(&call.name)?.evaluate(scope)?)),
        });
        found.unwrap_or(Callee::Unknown)
    }
}

/// What a value is that is called.
fn of(scope: &Scope<'_>, datum: &Datum) -> Callee {
    let id = match datum {
        Datum::Value(Value::Object(id)) => id,
        Datum::Class(class) => return Callee::Class(class.mro.clone()),
        _ => return Callee::Unknown,
    };
    let text = scope
        .objects()
        .get(id)
        .and_then(|object| object.text.as_deref());
    let Some(text) = text else {
        return Callee::Object;
    };
    let between = |begin, end| Some(text.strip_prefix(begin)?.strip_suffix(end)?.to_owned());
    if let Some(name) = between("<class '", "'>") {
        return Callee::Class(scope.facts.line_of(&name));
    }
    let function = between("<function ", " at …>");
    match function.or_else(|| between("<bound method ", " of …>")) {
        Some(name) => Callee::Function(name),
        None if text.starts_with("<built-in ") => Callee::BuiltIn(None),
        None => Callee::Object,
    }
}

/// What `receiver.name` is, called.
fn method_of(scope: &Scope<'_>, receiver: &str, name: &str) -> Result<Callee> {
    let whole = || {
        let datum = Expr::parse(&format!("{receiver}.{name}"))?.evaluate(scope)?;
        Ok(of(scope, &datum))
    };
    let id = match Expr::parse(receiver)?.evaluate(scope)? {
        Datum::Value(Value::Object(id)) => id,
        Datum::Class(_) => return whole(),
        // An atom, or what an expression would make.
        _ => return Ok(Callee::BuiltIn(None)),
    };
    let Some(object) = scope.objects().get(&id) else {
        return Ok(Callee::Unknown);
    };
    if object.text.is_some() || scope.field(id, object, name)?.is_some() {
        return whole();
    }
    let class: &Arc<_> = scope.facts.class(object.class)?;
    let Some(body) = &class.body else {
        return whole();
    };
    for id in &body.line {
        let Ok(base) = scope.facts.class(*id) else {
            return Ok(Callee::Unknown);
        };
        let Some(body) = &base.body else {
            return Ok(Callee::Unknown);
        };
        match body.bound(name) {
            None => {}
            Some(_) if body.maker != Maker::Python => {
                return Ok(Callee::BuiltIn(Some(class.kind)));
            }
            Some(Bound::Function | Bound::Static | Bound::Class) => {
                return Ok(Callee::Method(base.name.clone(), name.to_owned()));
            }
            Some(_) => return Ok(Callee::Object),
        }
    }
    Ok(Callee::Unknown)
}
