//! Instances that interpreted code makes.

use schema::{Bound, Maker, Object, Type, TypeKind, Value};

use super::call::Given;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::arguments::Arguments;
use crate::expr::classes;
use crate::expr::eval::{Eval, refused};
use crate::expr::gate::Definer;

impl<'s> Eval<'s> {
    /// Calls a class.
    pub(super) fn make(&self, class: &Datum, given: Given) -> Result<Datum> {
        let name = self.named_class(class)?.unwrap_or_default();
        if classes::builtin(&name).is_some() && !self.is_redefined(&name) {
            let described = classes::described(&name);
            if described.mro.iter().any(|base| base == "BaseException") {
                return match given.keywords.is_empty() {
                    true => self.exception(&name, given.positional),
                    false => Err(refused(format!(
                        "{name}() with keywords is not interpreted"
                    ))),
                };
            }
            return self.built_in_class(&name, given);
        }
        let known = self.scope.facts.named(&name);
        let Some(known) = known else {
            return Err(refused(format!(
                "{name}() cannot be interpreted: no instance of it was recorded"
            )));
        };
        self.instance(known, class, given)
    }

    /// A built-in class, called with values.
    fn built_in_class(&self, name: &str, given: Given) -> Result<Datum> {
        if name == "super" || !given.keywords.is_empty() {
            return Err(refused(format!("{name}() is not interpreted here")));
        }
        let node = ruff_python_ast::Expr::NoneLiteral(ruff_python_ast::ExprNoneLiteral::default());
        let datum = self.builtin(&node, Arguments::of(name, given.positional), 0)?;
        self.boxed(datum)
    }

    fn instance(&self, class: &'s Type, datum: &Datum, given: Given) -> Result<Datum> {
        let refuse = |why: &str| refused(format!("{}() cannot be interpreted: {why}", class.name));
        if let Datum::Value(Value::Object(id)) = datum {
            let (_, metaclass) = self.object(*id)?;
            if !matches!(metaclass.name.as_str(), "type" | "abc.ABCMeta") {
                return Err(refuse("its metaclass may do anything"));
            }
        }
        if !matches!(class.kind, TypeKind::Instance | TypeKind::Exception) {
            return Err(refuse("it holds more than attributes"));
        }
        match self.definer(class, "__new__") {
            Definer::Other(base, Bound::Static | Bound::Function)
                if base
                    .body
                    .as_ref()
                    .is_some_and(|body| body.maker == Maker::Interpreter) => {}
            Definer::Known | Definer::Nobody => {}
            _ => return Err(refuse("it has a __new__ of its own")),
        }
        let mut object = Object::new(class.id);
        object.fields = Some(Vec::new());
        if class.kind == TypeKind::Exception {
            let arguments = self.stored(Datum::Tuple(given.positional.clone()))?;
            object.fields = Some(vec![(self.name_number("args"), arguments)]);
        }
        let made: Datum = Value::Object(self.heap.make(object, false)?).into();
        match self.definer(class, "__init__") {
            Definer::Other(base, Bound::Function) => {
                match self.method_of_class(base, "__init__")? {
                    Some(mut callee) => {
                        callee.receiver = Some(made.clone());
                        self.invoke(&callee, given)?;
                    }
                    None if base
                        .body
                        .as_ref()
                        .is_some_and(|body| body.maker == Maker::Python) =>
                    {
                        self.fill(base, &made, given)?;
                    }
                    None => return Err(refuse("how it begins is not known")),
                }
            }
            Definer::Known | Definer::Nobody
                if class.kind == TypeKind::Exception && given.keywords.is_empty() => {}
            Definer::Known | Definer::Nobody
                if given.positional.is_empty() && given.keywords.is_empty() => {}
            _ => return Err(refuse("how it begins is not known")),
        }
        Ok(made)
    }
}
