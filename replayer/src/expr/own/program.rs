//! The program as its recorded sources tell it: parsed once, on first use, and kept with the facts.

use std::collections::{HashMap, HashSet};
use std::sync::{OnceLock, RwLock};

use ruff_python_ast::{self as ast, Stmt};
use schema::{Code, Facts, FileId, IdMap, ObjectId, PackedSource, TypeId};

use super::code::{Collector, Function, Whole};
use crate::expr::parse::with_room;

/// A source of more bytes than this is not interpreted.
const MOST_SOURCE: usize = 4 << 20;

/// The sources of a trace.
pub(crate) struct Program {
    files: IdMap<FileId, File>,
    /// The namespaces of files, as they were found last.
    spaces: RwLock<IdMap<FileId, ObjectId>>,
    /// The same of the objects of classes.
    class_objects: RwLock<IdMap<TypeId, ObjectId>>,
    /// Where classes are written: the file, and the place among its classes.
    written: RwLock<IdMap<TypeId, Option<(FileId, usize)>>>,
}

struct File {
    packed: PackedSource,
    module: OnceLock<Result<Module, &'static str>>,
}

/// What binds a name at the top of a module or in a class body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Binding {
    /// `def`, or `class`.
    Definition,
    /// `from module import name`, with so many dots before the module.
    From(u32, String, String),
    /// `import module`, bound to the whole of it or to its first part.
    Module(String),
    /// Anything else.
    Other,
}

/// A class as it is written.
pub(crate) struct Class {
    pub(crate) qualname: String,
    pub(crate) def: ast::StmtClassDef,
    pub(crate) bindings: HashMap<String, Vec<Binding>>,
}

/// A parsed source.
pub(crate) struct Module {
    pub(crate) text: String,
    pub(crate) functions: Vec<Function>,
    pub(crate) classes: Vec<Class>,
    pub(crate) bindings: HashMap<String, Vec<Binding>>,
    named: HashMap<String, Vec<usize>>,
    by_start: HashMap<u32, usize>,
    /// Names of attributes that are stored to something that is no `self`, here or there.
    pub(crate) stored: HashMap<String, u32>,
    /// Names of classes and of attributes that are stored to these.
    replaced: HashSet<(String, String)>,
    /// Names of attributes that are read of a module.
    foreign: HashSet<String>,
}

impl Program {
    pub(crate) fn new(sources: Vec<PackedSource>) -> Program {
        let file = |packed: PackedSource| {
            let module = OnceLock::new();
            (packed.file(), File { packed, module })
        };
        Program {
            files: sources.into_iter().map(file).collect(),
            spaces: RwLock::default(),
            class_objects: RwLock::default(),
            written: RwLock::default(),
        }
    }

    /// The program of a trace.
    pub(crate) fn of(facts: &Facts) -> Option<&Program> {
        facts.kept()
    }

    /// The namespace of a file's module, if one was found.
    pub(super) fn namespace(&self, file: FileId) -> Option<ObjectId> {
        self.spaces.read().ok()?.get(&file).copied()
    }

    pub(super) fn keep_namespace(&self, file: FileId, space: ObjectId) {
        if let Ok(mut spaces) = self.spaces.write() {
            spaces.insert(file, space);
        }
    }

    pub(super) fn class_object(&self, class: TypeId) -> Option<ObjectId> {
        self.class_objects.read().ok()?.get(&class).copied()
    }

    pub(super) fn keep_class_object(&self, class: TypeId, object: ObjectId) {
        if let Ok(mut objects) = self.class_objects.write() {
            objects.insert(class, object);
        }
    }

    /// Where a class is written, if that was looked for.
    pub(super) fn written(&self, class: TypeId) -> Option<Option<(FileId, usize)>> {
        self.written.read().ok()?.get(&class).copied()
    }

    pub(super) fn keep_written(&self, class: TypeId, place: Option<(FileId, usize)>) {
        if let Ok(mut written) = self.written.write() {
            written.insert(class, place);
        }
    }

    /// The files whose sources are there.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> {
        let mut files: Vec<FileId> = self.files.keys().copied().collect();
        files.sort_unstable();
        files.into_iter()
    }

    /// A module, or why its source tells nothing.
    pub(crate) fn module(&self, facts: &Facts, id: FileId) -> Result<&Module, &'static str> {
        let file = self
            .files
            .get(&id)
            .ok_or("its source is not in the trace")?;
        let module = file.module.get_or_init(|| {
            let text = file.packed.open().map_err(|_| "its source is damaged")?;
            let module = Module::read(text)?;
            match module.is_of(facts, id) {
                true => Ok(module),
                false => Err("its source is not the one that was run"),
            }
        });
        module.as_ref().map_err(|why| *why)
    }
}

impl Module {
    fn read(text: String) -> Result<Module, &'static str> {
        if text.len() > MOST_SOURCE {
            return Err("its source is too long");
        }
        let parse = || {
            let parsed = ruff_python_parser::parse_module(&text).ok()?;
            let body: Vec<Stmt> = parsed.into_suite().into_iter().collect();
            Whole::of(&body).is_shallow().then(|| {
                let mut collector = Collector::new(&text);
                collector.module(&body);
                collector
            })
        };
        let found = with_room(parse).flatten();
        let found = found.ok_or("its source cannot be parsed")?;
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_start = HashMap::new();
        for (at, function) in found.functions.iter().enumerate() {
            named.entry(function.qualname.clone()).or_default().push(at);
            by_start.insert(function.start, at);
        }
        Ok(Module {
            functions: found.functions,
            classes: found.classes,
            bindings: found.bindings,
            stored: found.stored,
            foreign: found.foreign,
            replaced: found.replaced,
            named,
            by_start,
            text,
        })
    }

    /// Whether the recorded code of a file can be that of this source.
    fn is_of(&self, facts: &Facts, file: FileId) -> bool {
        let mut codes = facts.codes().filter(|code| code.file == file);
        codes.all(|code| {
            let is_function = code.has_slots() && !code.name.starts_with('<');
            !is_function || self.functions_named(&code.qualname).any(|f| is_it(f, code))
        })
    }

    /// The functions of a qualified name.
    pub(crate) fn functions_named(&self, qualname: &str) -> impl Iterator<Item = &Function> {
        let all = self.named.get(qualname).map_or(&[][..], Vec::as_slice);
        all.iter().filter_map(|at| self.functions.get(*at))
    }

    /// Whether it stores something under a name of a class.
    pub(crate) fn replaces(&self, class: &str, name: &str) -> bool {
        self.replaced.contains(&(class.to_owned(), name.to_owned()))
    }

    /// Whether it takes something of that name out of another module.
    pub(crate) fn takes_from_elsewhere(&self, name: &str) -> bool {
        let is_from =
            |one: &Binding| matches!(one, Binding::From(.., original) if original == name);
        self.foreign.contains(name) || self.bindings.values().flatten().any(is_from)
    }

    /// The function whose text begins there.
    pub(crate) fn function_at(&self, start: u32) -> Option<&Function> {
        self.functions.get(*self.by_start.get(&start)?)
    }

    /// The functions that are written in a class under a name.
    pub(crate) fn methods<'m>(
        &'m self,
        class: &'m Class,
        name: &str,
    ) -> impl Iterator<Item = &'m Function> {
        let full = format!("{}.{name}", class.qualname);
        let all: Vec<&Function> = self.functions_named(&full).collect();
        let range = class.def.range;
        all.into_iter()
            .filter(move |function| range.contains(function.start.into()))
    }
}

/// Whether recorded code is that of a function: the same line, the same arguments.
fn is_it(function: &Function, code: &Code) -> bool {
    let arguments = code.variables.iter().take(code.arguments as usize);
    function.line == code.first_line
        && function.parameter_count == code.arguments as usize
        && arguments
            .zip(&function.locals)
            .all(|(variable, name)| variable.name == *name || name.starts_with("__"))
}
