//! Static facts: files, code objects, types, names, threads. Each is defined before its first use.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::body::{Body, Bound, Maker};
use crate::chunk::ChunkInfo;
use crate::error::{Error, Result};
use crate::header::{Ending, Header};
use crate::ids::{ChunkId, CodeId, FileId, IdMap, NameId, Pos, ThreadId, TypeId};
use crate::uncaught::Uncaught;

/// A source file as it was when recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its number.
    pub id: FileId,
    /// `co_filename`, made absolute where it names a file.
    pub path: String,
    /// The text, where there was one.
    pub source: Option<String>,
}

/// One slot of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The name in the source.
    pub name: String,
    /// `co_localspluskinds`: 0x20 local, 0x40 cell, 0x80 free, 0x10 hidden.
    pub kind: u8,
}

/// A code object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its number.
    pub id: CodeId,
    /// The file it comes from.
    pub file: FileId,
    /// `co_name`.
    pub name: String,
    /// `co_qualname`.
    pub qualname: String,
    /// `co_firstlineno`.
    pub first_line: u32,
    /// `co_flags`.
    pub flags: u32,
    /// Positional arguments, keyword-only ones, then `*args` and `**kwargs`: how many slots of the
    /// first are arguments.
    pub arguments: u32,
    /// The slots, in the order of `co_localsplusnames`.
    pub variables: Vec<Variable>,
    /// The lines that have code, ascending.
    pub lines: Vec<u32>,
}

impl Code {
    /// `CO_OPTIMIZED`: names are in slots; otherwise they are in a namespace.
    #[must_use]
    pub fn has_slots(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether frames of this code can be suspended (generators, coroutines, async generators).
    #[must_use]
    pub fn is_generator(&self) -> bool {
        self.flags & (0x20 | 0x80 | 0x200) != 0
    }
}

/// How instances of a type hold what they hold; decides how they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeKind {
    /// `list` and subclasses.
    List,
    /// `tuple` and subclasses.
    Tuple,
    /// `set` and subclasses.
    Set,
    /// `frozenset` and subclasses.
    FrozenSet,
    /// `collections.deque` and subclasses.
    Deque,
    /// `dict` and subclasses.
    Dict,
    /// `bytearray` and subclasses.
    ByteArray,
    /// Subclasses of `int`, `str`, `float` …: a base value and fields.
    Atom,
    /// Exceptions.
    Exception,
    /// Anything with fields.
    Instance,
    /// Functions, classes, modules, and whatever cannot be looked into.
    Opaque,
}

/// A Python class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its number.
    pub id: TypeId,
    /// `module.qualname`; `builtins` and `__main__` are not prefixed.
    pub name: String,
    /// How its instances are stored.
    pub kind: TypeKind,
    /// The names of the classes in its `__mro__`, itself first.
    pub mro: Vec<String>,
    /// Field names of a namedtuple, else empty.
    pub tuple_fields: Vec<String>,
    /// What is bound in it; traces before version 4 do not say.
    pub body: Option<Body>,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its number.
    pub id: ThreadId,
    /// `threading.Thread.name` when it was first seen.
    pub name: String,
    /// The operating system's number.
    pub native: u64,
}

/// A static fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A source file.
    File(SourceFile),
    /// A code object.
    Code(Code),
    /// A class.
    Type(Type),
    /// A thread.
    Thread(Thread),
    /// An attribute's name.
    Name(NameId, Arc<str>),
    /// How many frames of this file were not recorded, and which rule said so.
    LeftOut(String, &'static str),
    /// An exception that nobody caught.
    Uncaught(Uncaught),
}

/// Everything of a trace but its events and source texts.
#[derive(Debug, Default)]
pub struct Facts {
    pub(crate) header: Option<Header>,
    pub(crate) ending: Option<Ending>,
    pub(crate) files: IdMap<FileId, Arc<str>>,
    pub(crate) codes: IdMap<CodeId, Arc<Code>>,
    pub(crate) types: IdMap<TypeId, Arc<Type>>,
    pub(crate) names: IdMap<NameId, Arc<str>>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) left_out: Vec<(String, String, u64)>,
    pub(crate) uncaught: Option<Vec<Uncaught>>,
    pub(crate) chunks: Vec<ChunkInfo>,
    pub(crate) problems: Vec<String>,
    /// The recorder did not close the file, and the log that belongs to it is not there.
    pub(crate) lacks_log: bool,
    no_header: Header,
    /// What a reader has made of them for itself.
    made: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Facts {
    /// Keeps something that a reader made of these facts with them, once; whoever is given the facts
    /// finds it there.
    pub fn keep(&self, made: Arc<dyn Any + Send + Sync>) {
        // Who comes second made the same.
        let _ = self.made.set(made);
    }

    /// What was kept with them, if it is of this type.
    #[must_use]
    pub fn kept<T: Any>(&self) -> Option<&T> {
        self.made.get()?.downcast_ref()
    }

    /// The run that was recorded.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.header.as_ref().unwrap_or(&self.no_header)
    }

    /// How recording ended; `None` when the recorder was killed or still runs.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// How recording ended, in words, also where the trace does not say so itself.
    #[must_use]
    pub fn how_it_ended(&self) -> &str {
        match &self.ending {
            Some(ending) => &ending.how,
            None if self.lacks_log => {
                "incomplete: the file ending in -wal that belongs to it is missing, with what came last"
            }
            None => "incomplete: the recorder was killed or still runs",
        }
    }

    /// Whether the recorder came to say how the run ended.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let mut ending = self.ending.iter();
        ending.any(|ending| ending.how != Ending::KILLED)
    }

    /// How many events it holds.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.end().0 - self.first().0
    }

    /// The first position. It is not 0 when only the last part of the run was kept.
    #[must_use]
    pub fn first(&self) -> Pos {
        self.chunks.first().map_or(Pos(0), |chunk| chunk.first)
    }

    /// One past the last position.
    #[must_use]
    pub fn end(&self) -> Pos {
        let last = self.chunks.last();
        Pos(last.map_or(0, |chunk| chunk.first.0 + chunk.events))
    }

    /// The threads, in order of first event.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// The chunks, in order.
    #[must_use]
    pub fn chunks(&self) -> &[ChunkInfo] {
        &self.chunks
    }

    /// All code objects, in no order.
    pub fn codes(&self) -> impl Iterator<Item = &Arc<Code>> {
        self.codes.values()
    }

    /// All files, in no order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.files.iter().map(|(id, path)| (*id, &**path))
    }

    /// A code object.
    pub fn code(&self, id: CodeId) -> Result<&Arc<Code>> {
        self.codes
            .get(&id)
            .ok_or(Error::BadFact("code object", id.0.into()))
    }

    /// A file's path.
    pub fn file(&self, id: FileId) -> Result<&str> {
        self.files
            .get(&id)
            .map(|path| &**path)
            .ok_or(Error::BadFact("file", id.0.into()))
    }

    /// The classes that the class of a name looks in for attributes, itself the first.
    pub fn line_of(&self, name: &str) -> Vec<String> {
        let mut known = self.types.values();
        let known = known.find(|class| class.name == name);
        known.map_or_else(|| vec![name.to_owned()], |class| class.mro.clone())
    }

    /// Whether an attribute is one for which a class of the interpreter gives its instances a place.
    pub fn is_built_in(&self, class: TypeId, attribute: &str) -> bool {
        let body = |id: &TypeId| self.types.get(id)?.body.as_ref();
        let line = body(&class).map_or(&[][..], |body| &body.line);
        let mut bodies = line.iter().filter_map(body);
        let first = bodies.find_map(|body| Some((body.maker, body.bound(attribute)?)));
        first == Some((Maker::Interpreter, Bound::Slot))
    }

    /// The class of a name, if there is exactly one.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Type>> {
        let mut named = self.types.values().filter(|known| known.name == name);
        let class = named.next()?;
        named.next().is_none().then_some(class)
    }

    /// Whether it is known that no class of a name binds an attribute itself.
    pub fn lacks(&self, class: &str, attribute: &str) -> bool {
        let mut named = self
            .types
            .values()
            .filter(|known| known.name == class)
            .peekable();
        named.peek().is_some()
            && named.all(|known| {
                let body = known.body.as_ref();
                body.is_some_and(|body| body.bound(attribute).is_none())
            })
    }

    /// A class.
    pub fn class(&self, id: TypeId) -> Result<&Arc<Type>> {
        self.types
            .get(&id)
            .ok_or(Error::BadFact("type", id.0.into()))
    }

    /// An attribute's name.
    pub fn name(&self, id: NameId) -> Result<&str> {
        self.names
            .get(&id)
            .map(|name| &**name)
            .ok_or(Error::BadFact("name", id.0.into()))
    }

    /// The number of an attribute's name, if it has one.
    #[must_use]
    pub fn name_number(&self, name: &str) -> Option<NameId> {
        let mut names = self.names.iter();
        names
            .find(|(_, known)| ***known == *name)
            .map(|(id, _)| *id)
    }

    /// Files whose code was left out: path, rule, how many code objects of it ran.
    #[must_use]
    pub fn left_out(&self) -> &[(String, String, u64)] {
        &self.left_out
    }

    /// The exceptions that nobody caught, in order; `None` where the trace does not tell them.
    #[must_use]
    pub fn uncaught(&self) -> Option<&[Uncaught]> {
        self.uncaught.as_deref()
    }

    /// What was found damaged or missing when the trace was opened; the rest is readable.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// That a code object has so many variables.
    pub(crate) fn has_variable(&self, code: CodeId, slot: u32) -> Result<()> {
        let code = self.codes.get(&code);
        match code.is_some_and(|code| code.variables.len() > slot as usize) {
            true => Ok(()),
            false => Err(Error::Malformed(
                "it sets a variable that its code does not have",
            )),
        }
    }

    /// The chunk that holds an event.
    #[must_use]
    pub fn chunk_of(&self, pos: Pos) -> Option<ChunkId> {
        let after = self.chunks.partition_point(|chunk| chunk.first <= pos);
        let chunk = self.chunks.get(after.checked_sub(1)?)?;
        (pos.0 < chunk.first.0 + chunk.events).then_some(chunk.id)
    }
}
