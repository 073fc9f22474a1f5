//! From recorded functions and classes to their sources.

use ruff_python_ast::{Decorator, Expr};
use schema::{FileId, ObjectId, Type, Value};

use super::code::Function;
use super::program::{Binding, Class, Module, Program};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, refused};

/// A function that can be interpreted.
#[derive(Clone, Copy)]
pub(in crate::expr) struct Found<'s> {
    pub(in crate::expr) file: FileId,
    pub(in crate::expr) module: &'s Module,
    pub(in crate::expr) function: &'s Function,
}

/// Decorators that leave the function as it is.
const PLAIN: &[&str] = &[
    "abstractmethod",
    "abc.abstractmethod",
    "override",
    "typing.override",
    "final",
    "typing.final",
    "typing_extensions.override",
];

/// The text of a decorator that is a name with dots.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(node) => Some(format!("{}.{}", dotted(&node.value)?, node.attr)),
        _ => None,
    }
}

fn is_plain(decorator: &Decorator) -> bool {
    dotted(&decorator.expression).is_some_and(|name| PLAIN.contains(&name.as_str()))
}

impl<'s> Eval<'s> {
    pub(super) fn program(&self) -> Option<&'s Program> {
        Program::of(self.scope.facts)
    }

    pub(super) fn module_of(&self, file: FileId) -> Result<&'s Module> {
        let facts = self.scope.facts;
        let none = "its source is not in the trace";
        let module = self
            .program()
            .map_or(Err(none), |program| program.module(facts, file));
        module.map_err(|why| {
            let path = facts.file(file).unwrap_or("a file");
            refused(format!("{path} cannot be interpreted: {why}"))
        })
    }

    /// Why a function that ran cannot be interpreted, to be put behind a message.
    pub(in crate::expr) fn why_not(&self, qualname: &str) -> String {
        let (facts, program) = (self.scope.facts, self.program());
        let code = facts.codes().find(|code| code.qualname == qualname);
        let why = program
            .zip(code)
            .map(|(program, code)| program.module(facts, code.file).err());
        match why.flatten() {
            Some(why) => format!(" ({why})"),
            None => String::new(),
        }
    }

    /// The source of a class of the program: the module, and what is written in it.
    pub(super) fn class_source(&self, class: &Type) -> Option<(FileId, &'s Module, &'s Class)> {
        let program = self.program()?;
        let facts = self.scope.facts;
        let place = match program.written(class.id).filter(|_| class.id.0 != 0) {
            Some(place) => place,
            None => {
                let place = self.written(class);
                program.keep_written(class.id, place);
                place
            }
        };
        let (file, at) = place?;
        let module = program.module(facts, file).ok()?;
        Some((file, module, module.classes.get(at)?))
    }

    fn written(&self, class: &Type) -> Option<(FileId, usize)> {
        let program = self.program()?;
        let mut found = None;
        for file in program.files() {
            let Ok(module) = program.module(self.scope.facts, file) else {
                continue;
            };
            for (at, written) in module.classes.iter().enumerate() {
                let Some(prefix) = class.name.strip_suffix(written.qualname.as_str()) else {
                    continue;
                };
                if !self.is_module(file, prefix) {
                    continue;
                }
                // Two of one name cannot be told apart.
                if found.is_some() {
                    return None;
                }
                found = Some((file, at));
            }
        }
        found
    }

    /// Whether a file is the module of a name that ends with a dot; without a name, the main one.
    fn is_module(&self, file: FileId, prefix: &str) -> bool {
        let Ok(path) = self.scope.facts.file(file) else {
            return false;
        };
        let path = path.strip_suffix(".py").unwrap_or(path);
        match prefix.strip_suffix('.') {
            None => prefix.is_empty() && self.is_main(file),
            Some(module) => {
                let path = path.strip_suffix("/__init__").unwrap_or(path);
                let rest = path.strip_suffix(&module.replace('.', "/"));
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            }
        }
    }

    /// Whether a file is what was run as the program. Where that is a module or a package, any file may
    /// be it.
    fn is_main(&self, file: FileId) -> bool {
        let (facts, program) = (self.scope.facts, &self.scope.facts.header().program);
        let is_script = program.ends_with(".py");
        let path = facts.file(file).unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(program);
        !is_script || path.rsplit('/').next() == Some(name)
    }

    /// The function that a name of a class stands for, if it is written there once, and what of its
    /// decorators is not seen through is among those asked for.
    pub(super) fn method_source(
        &self,
        class: &Type,
        name: &str,
        decorators: &[&str],
    ) -> Result<Option<Found<'s>>> {
        let Some((file, module, written)) = self.class_source(class) else {
            return Ok(None);
        };
        let full = || format!("{}.{name}", class.name);
        let mut found = None;
        for function in module.methods(written, name) {
            let mut others = function.decorators().iter().filter(|one| !is_plain(one));
            let (first, second) = (others.next(), others.next());
            let first = first.map(|one| dotted(&one.expression).unwrap_or_default());
            let is_wanted = match (&first, second) {
                (Some(first), None) => decorators.contains(&first.as_str()),
                (None, None) => decorators.is_empty(),
                _ => false,
            };
            // The other parts of a property, and what only type checkers read.
            let is_aside = first.as_ref().is_some_and(|first| {
                first.ends_with("overload")
                    || *first == format!("{name}.setter")
                    || *first == format!("{name}.deleter")
            });
            match is_wanted {
                true if found.is_none() => found = Some(function),
                true => return Err(refused(format!("{} is defined more than once", full()))),
                false if is_aside => {}
                false => {
                    return Err(refused(format!(
                        "{} has a decorator that is not seen through",
                        full()
                    )));
                }
            }
        }
        let bindings = written.bindings.get(name).map_or(&[][..], Vec::as_slice);
        if found.is_some() && bindings.iter().any(|one| *one != Binding::Definition) {
            return Err(refused(format!("{} is bound more than once", full())));
        }
        Ok(found.map(|function| Found {
            file,
            module,
            function,
        }))
    }

    /// Refuses a method that the program may have replaced where no trace of it is.
    pub(super) fn is_settled(&self, name: &str) -> Result<()> {
        let Some(program) = self.program() else {
            return Ok(());
        };
        let facts = self.scope.facts;
        let modules = program
            .files()
            .filter_map(|file| program.module(facts, file).ok());
        let mut modules = modules.filter(|module| module.stored.contains_key(name));
        match modules.next() {
            Some(_) => Err(refused(format!(
                "{name} is stored to from outside its class, so which one is called is not known"
            ))),
            None => Ok(()),
        }
    }

    /// The source of a recorded function, which is told by its qualified name alone.
    pub(super) fn function_source(&self, text: &str, home: Option<FileId>) -> Result<Found<'s>> {
        let qualname = text
            .strip_prefix("<function ")
            .and_then(|rest| rest.rsplit_once(" at ").map(|(name, _)| name))
            .unwrap_or(text);
        let unknown = |why: &str| refused(format!("{qualname} cannot be interpreted: {why}"));
        let none = || unknown("its source is not in the trace");
        let program = self.program().ok_or_else(none)?;
        let facts = self.scope.facts;
        let mut found = None;
        let last = qualname.rsplit('.').next().unwrap_or(qualname);
        for file in program.files() {
            if home.is_some_and(|home| home != file) {
                continue;
            }
            let Ok(module) = program.module(facts, file) else {
                continue;
            };
            for function in module.functions_named(qualname) {
                if found.is_some() {
                    return Err(unknown("there is more than one function of that name"));
                }
                found = Some(Found {
                    file,
                    module,
                    function,
                });
            }
            if home.is_none() && module.takes_from_elsewhere(last) {
                return Err(unknown("a library may have a function of that name, too"));
            }
        }
        let found = found.ok_or_else(none)?;
        if !found.function.decorators().iter().all(is_plain) {
            return Err(unknown("it has a decorator that is not seen through"));
        }
        if let Some(name) = found.function.free.first() {
            return Err(unknown(&format!(
                "it uses '{name}' of the function around, which the trace does not hold"
            )));
        }
        Ok(found)
    }

    /// The file in which a global name of a module is defined, if that can be read from the sources.
    pub(super) fn home_of(&self, file: FileId, name: &str, depth: usize) -> Option<FileId> {
        let program = self.program()?;
        let module = program.module(self.scope.facts, file).ok()?;
        let [binding] = module.bindings.get(name)?.as_slice() else {
            return None;
        };
        match binding {
            Binding::Definition => Some(file),
            Binding::From(level, from, original) if depth < 8 => {
                let home = self.imported(file, *level, from)?;
                self.home_of(home, original, depth + 1)
            }
            _ => None,
        }
    }

    /// The file of a module that is imported in a file.
    pub(super) fn imported(&self, file: FileId, level: u32, from: &str) -> Option<FileId> {
        let program = self.program()?;
        if level == 0 {
            let mut files = program
                .files()
                .filter(|file| self.is_module(*file, &format!("{from}.")));
            let only = files.next()?;
            return files.next().is_none().then_some(only);
        }
        let path = self.scope.facts.file(file).ok()?;
        let mut folder = path;
        for _ in 0..level {
            folder = folder.rsplit_once('/')?.0;
        }
        let mut wanted = format!("{folder}/{}", from.replace('.', "/"));
        if from.is_empty() {
            wanted = folder.to_owned();
        }
        program.files().find(|file| {
            let path = self.scope.facts.file(*file).unwrap_or_default();
            path == format!("{wanted}.py") || path == format!("{wanted}/__init__.py")
        })
    }

    /// The namespace of a file's module.
    pub(super) fn globals_of(&self, file: FileId) -> Result<ObjectId> {
        let facts = self.scope.facts;
        let own = self.scope.frame.info;
        if facts.code(own.code).is_ok_and(|code| code.file == file) {
            return Ok(own.globals);
        }
        let path = facts.file(file)?;
        let cached = self.program().and_then(|program| program.namespace(file));
        let is_it = |id: ObjectId| matches!(self.scope.find_early(id, "__file__"), Some(Value::Str(text)) if **text == *path.as_bytes());
        if let Some(id) = cached.filter(|id| is_it(*id)) {
            return Ok(id);
        }
        for (_, stack) in self.scope.state.stacks.iter() {
            for frame in stack {
                if facts
                    .code(frame.info.code)
                    .is_ok_and(|code| code.file == file)
                {
                    return Ok(frame.info.globals);
                }
            }
        }
        let mut spaces = self.scope.objects().keys().copied().filter(|id| is_it(*id));
        match (spaces.next(), spaces.next()) {
            (Some(space), None) => {
                if let Some(program) = self.program() {
                    program.keep_namespace(file, space);
                }
                Ok(space)
            }
            _ => Err(refused(format!("the names of {path} are not known here"))),
        }
    }

    /// A class as a value: the object that is recorded, or else what is known of it.
    pub(super) fn class_datum(&self, class: &'s Type) -> Result<Datum> {
        Ok(match self.class_object(&class.name) {
            Some((id, _)) => Value::Object(id).into(),
            None => Datum::Class(std::sync::Arc::new(class.clone())),
        })
    }
}
