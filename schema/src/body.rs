//! What is bound in classes: it decides which of their operations are the interpreter's own.

use serde::{Deserialize, Serialize};

use crate::ids::TypeId;

/// Who wrote a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Maker {
    /// It is one of `builtins`, or of the interpreter's that has no module: `list`, `function`.
    Interpreter,
    /// Another one that is written in C.
    Native,
    /// It is written in Python, by whomever.
    Python,
}

/// What a name is bound to in a class, as far as it decides how an attribute is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// A function, or a method written in C: an attribute of an instance comes before it.
    Function,
    /// A `property`.
    Property,
    /// A place in each instance: `__slots__`.
    Slot,
    /// A `staticmethod`.
    Static,
    /// A `classmethod`.
    Class,
    /// Another descriptor that is asked before an instance's own attributes.
    Data,
    /// Another descriptor: an attribute of an instance comes before it.
    Getter,
    /// `None`, which takes an operation away: `__hash__ = None`.
    None,
    /// Anything else.
    Value,
}

/// What is bound in a class itself, and where it stands among others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// `tp_name`: what CPython's own messages call it.
    pub called: String,
    /// Who wrote it.
    pub maker: Maker,
    /// The classes of its `__mro__`, itself first; 0 for one that is not known.
    pub line: Vec<TypeId>,
    /// The names that are bound in it when it is first seen, in order of their bytes.
    pub names: Vec<(String, Bound)>,
}

impl Body {
    /// What a name is bound to in the class itself.
    #[must_use]
    pub fn bound(&self, name: &str) -> Option<Bound> {
        let at = self
            .names
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
            .ok()?;
        self.names.get(at).map(|(_, bound)| *bound)
    }
}
