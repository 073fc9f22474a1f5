//! Static facts: files, code objects, types, names, threads. Each is defined before its first use.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{CodeId, FileId, NameId, ThreadId, TypeId};

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
}
