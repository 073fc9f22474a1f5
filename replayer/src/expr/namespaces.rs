//! `locals()`, `globals()`, `vars()`, `dir()` and `callable()`.

use schema::{TypeKind, Value};

use super::Datum;
use super::arguments::Arguments;
use super::attributes::is_class;
use super::eval::{Eval, lost, python, refused};
use super::gate::Definer;
use super::shape::View;
use crate::error::Result;

impl Eval<'_> {
    /// A builtin function that tells what names there are.
    pub(super) fn namespace_call(&self, arguments: &Arguments<'_>) -> Result<Datum> {
        if self.running.is_some() && !matches!(arguments.name, "callable" | "globals") {
            let name = arguments.name;
            return Err(refused(format!(
                "`{name}()` is not interpreted in functions"
            )));
        }
        match arguments.name {
            "callable" => Ok(self.is_callable(arguments.one()?)?.into()),
            "globals" => {
                arguments.check(0, 0)?;
                let globals = match &self.running {
                    Some(running) => running.globals,
                    None => self.scope.frame.info.globals,
                };
                Ok(Value::Object(globals).into())
            }
            "locals" => {
                arguments.check(0, 0)?;
                self.frame_names()
            }
            "vars" => {
                arguments.check(0, 1)?;
                match arguments.get(0) {
                    Some(datum) => {
                        self.asks("the attributes of", datum, &["__getattribute__"])?;
                        self.fields_of(datum).map_err(|error| {
                            if error.to_string().contains("no attribute '__dict__'") {
                                return python(
                                    "TypeError: vars() argument must have __dict__ attribute",
                                );
                            }
                            error
                        })
                    }
                    None => self.frame_names(),
                }
            }
            _ => {
                arguments.check(0, 1)?;
                match arguments.get(0) {
                    Some(datum) => self.names_of(datum),
                    None => {
                        let mut names = self.scope.names()?;
                        names.sort();
                        Ok(listed(names))
                    }
                }
            }
        }
    }

    /// The names of the frame, as a new dict; those of a module or class body are its namespace.
    fn frame_names(&self) -> Result<Datum> {
        let code = self.scope.facts.code(self.scope.frame.info.code)?;
        if !code.has_slots() {
            return Ok(Value::Object(self.scope.frame.info.namespace).into());
        }
        let names = self.scope.locals()?.into_iter();
        Ok(Datum::Dict(
            names
                .map(|(name, value)| (Value::text(&name).into(), value.into()))
                .collect(),
        ))
    }

    /// `dir(value)`: its attributes, and what its classes bind.
    fn names_of(&self, datum: &Datum) -> Result<Datum> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Err(refused(
                "dir() of a value that is no object of the program is not supported",
            ));
        };
        let (object, class) = self.object(*id)?;
        if class.name == "module" {
            let space = self.module_dict(object)?;
            let mut names: Vec<String> = self.scope.names_in(space);
            names.sort();
            return Ok(listed(names));
        }
        match self.definer(class, "__dir__") {
            Definer::Known => {}
            Definer::Other(base, bound) if base.name != "type" => {
                let why = self.says(base, bound, "__dir__");
                return Err(refused(format!(
                    "dir() of {} #{id} cannot be known: {why}",
                    class.name
                )));
            }
            _ => return Err(lost("what dir() gives here is not recorded")),
        }
        let Some(body) = &class.body else {
            return Err(lost("what dir() gives here is not recorded"));
        };
        if is_class(object, class) || class.kind == TypeKind::Opaque || object.unknown.is_some() {
            return Err(lost("what dir() gives here is not recorded"));
        }
        let mut names = Vec::new();
        for (field, _) in object.fields.iter().flatten() {
            names.push(self.field_name(*field)?.to_owned());
        }
        for id in &body.line {
            let class = self.scope.facts.class(*id)?;
            let bound = class.body.iter().flat_map(|body| &body.names);
            names.extend(bound.map(|(name, _)| name.clone()));
            let object = self.class_object(&class.name);
            for (field, _) in object
                .iter()
                .flat_map(|(_, object)| object.fields.iter().flatten())
            {
                names.push(self.field_name(*field)?.to_owned());
            }
        }
        names.sort();
        names.dedup();
        Ok(listed(names))
    }

    fn is_callable(&self, datum: &Datum) -> Result<bool> {
        Ok(match (datum, self.view(datum)?) {
            (_, View::Class(_)) => true,
            (Datum::Value(Value::Object(id)), _) => {
                let (object, class) = self.object(*id)?;
                let text = object.text.as_deref().unwrap_or_default();
                if is_class(object, class) || text.starts_with("<function ") {
                    return Ok(true);
                }
                match self.definer(class, "__call__") {
                    Definer::Nobody => false,
                    Definer::Known | Definer::Other(..) => true,
                    Definer::Unknown => {
                        return Err(self.unknowable("whether one can call", datum, "__call__"));
                    }
                }
            }
            _ => false,
        })
    }
}

fn listed(names: Vec<String>) -> Datum {
    Datum::List(names.iter().map(|name| Value::text(name).into()).collect())
}
