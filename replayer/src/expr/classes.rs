//! Classes: those of values, those that are named, and who belongs to which.

use std::sync::Arc;

use schema::{Type, TypeId, TypeKind, Value};

use super::Datum;
use super::eval::{DEEPEST, Eval, lost, python, refused, too_deep};
use super::gate::Definer;
use super::shape::View;
use crate::error::{Error, Result};

/// Builtin classes that an expression may name, and what they extend besides `object`.
const BUILTIN: &[(&str, &str)] = &[
    ("object", ""),
    ("type", ""),
    ("int", ""),
    ("bool", "int"),
    ("float", ""),
    ("complex", ""),
    ("str", ""),
    ("bytes", ""),
    ("bytearray", ""),
    ("list", ""),
    ("tuple", ""),
    ("set", ""),
    ("frozenset", ""),
    ("dict", ""),
    ("range", ""),
    ("slice", ""),
    ("memoryview", ""),
    ("property", ""),
    ("staticmethod", ""),
    ("classmethod", ""),
    ("enumerate", ""),
    ("zip", ""),
    ("map", ""),
    ("filter", ""),
    ("reversed", ""),
    ("BaseException", ""),
    ("BaseExceptionGroup", "BaseException"),
    ("GeneratorExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("SystemExit", "BaseException"),
    ("Exception", "BaseException"),
    ("ArithmeticError", "Exception"),
    ("FloatingPointError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("OSError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("ChildProcessError", "OSError"),
    ("ConnectionError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("NotADirectoryError", "OSError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("TimeoutError", "OSError"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("StopAsyncIteration", "Exception"),
    ("StopIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("IndentationError", "SyntaxError"),
    ("TabError", "IndentationError"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("UnicodeError", "ValueError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeTranslateError", "UnicodeError"),
    ("Warning", "Exception"),
    ("DeprecationWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("ResourceWarning", "Warning"),
    ("RuntimeWarning", "Warning"),
    ("SyntaxWarning", "Warning"),
    ("UserWarning", "Warning"),
];

/// A class of Python itself by name.
pub(super) fn builtin(name: &str) -> Option<Datum> {
    BUILTIN
        .iter()
        .any(|(known, _)| *known == name)
        .then(|| Datum::Class(described(name)))
}

/// Whether a name is that of one of Python's own exceptions.
pub(super) fn is_exception(name: &str) -> bool {
    builtin(name).is_some()
        && described(name)
            .mro
            .iter()
            .any(|base| base == "BaseException")
}

/// The ancestors of a builtin class, among them classes that no expression can name.
pub(super) fn described(name: &str) -> Arc<Type> {
    let mut mro = vec![name.to_owned()];
    let mut next = name;
    // No line of ancestors is longer than the table.
    for _ in BUILTIN {
        match BUILTIN.iter().find(|(known, _)| *known == next) {
            Some((_, base)) if !base.is_empty() => {
                mro.push((*base).to_owned());
                next = base;
            }
            _ => break,
        }
    }
    if name != "object" {
        mro.push("object".into());
    }
    Arc::new(Type {
        // Recorded classes are numbered from 1.
        id: TypeId(0),
        name: name.to_owned(),
        kind: TypeKind::Opaque,
        mro,
        tuple_fields: Vec::new(),
        body: None,
    })
}

/// The name of the class that an opaque object is, from the text that stands for it.
pub(super) fn class_name(text: &str) -> Option<&str> {
    text.strip_prefix("<class '")?.strip_suffix("'>")
}

impl Eval<'_> {
    /// `type(value)`
    pub(super) fn class_of(&self, datum: &Datum) -> Result<Arc<Type>> {
        if let Datum::Value(Value::Object(id)) = datum {
            let (object, _) = self.object(*id)?;
            return Ok(match self.heap.class_of(object.class) {
                Some(class) => described(&class.name),
                None => self.scope.facts.class(object.class)?.clone(),
            });
        }
        if let Datum::Instance(class, _) = datum {
            return Ok(class.clone());
        }
        // An error here says that the value was not recorded.
        self.view(datum)?;
        Ok(described(&self.type_name(datum)))
    }

    /// Whether the program defines a class of this name itself: then the name alone does not tell
    /// the builtin class from that one, as neither is prefixed by a module.
    pub(super) fn is_redefined(&self, name: &str) -> bool {
        let mut codes = self.scope.facts.codes();
        codes.any(|code| code.qualname == name && !code.has_slots())
    }

    /// Whether two are one class.
    pub(super) fn same_class(&self, left: &Datum, right: &Datum) -> Result<bool> {
        if let (Datum::Class(a), Datum::Class(b)) = (left, right)
            && a.id != TypeId(0)
            && b.id != TypeId(0)
        {
            return Ok(a.id == b.id);
        }
        let (Some(a), Some(b)) = (self.named_class(left)?, self.named_class(right)?) else {
            return Ok(false);
        };
        if a == b && builtin(&a).is_some() && self.is_redefined(&a) {
            return Err(self.ambiguous(&a));
        }
        Ok(a == b)
    }

    fn ambiguous(&self, name: &str) -> Error {
        lost(format!(
            "the program defines a class {name} of its own, which cannot be told from the builtin"
        ))
    }

    /// The name of the class that a datum is.
    pub(super) fn named_class(&self, datum: &Datum) -> Result<Option<String>> {
        Ok(match self.view(datum)? {
            View::Class(class) => Some(class.name.clone()),
            View::Opaque(_, text) => class_name(text).map(str::to_owned),
            _ => None,
        })
    }

    /// `isinstance(value, classes)`
    pub(super) fn is_instance(&self, datum: &Datum, classes: &Datum, depth: usize) -> Result<bool> {
        let class = self.class_of(datum)?;
        let problem = "isinstance() arg 2 must be a type, a tuple of types, or a union";
        let is_instance = self.is_among(&class, classes, problem, depth)?;
        if !is_instance {
            // Who says to be of another class is asked.
            for method in ["__class__", "__getattribute__"] {
                self.asks("the class of", datum, &[method])?;
            }
        }
        Ok(is_instance)
    }

    /// `issubclass(class, classes)`
    pub(super) fn is_subclass(&self, class: &Datum, classes: &Datum) -> Result<bool> {
        let Datum::Class(class) = class else {
            return Err(match self.named_class(class)? {
                Some(name) => match builtin(&name) {
                    Some(class) if !self.is_redefined(&name) => {
                        return self.is_subclass(&class, classes);
                    }
                    _ => match self.scope.facts.named(&name) {
                        Some(class) => {
                            return self.is_subclass(&Datum::Class(class.clone()), classes);
                        }
                        None => lost(format!("what class {name} extends is not recorded here")),
                    },
                },
                None => python("TypeError: issubclass() arg 1 must be a class"),
            });
        };
        let problem = "issubclass() arg 2 must be a class, a tuple of classes, or a union";
        self.is_among(class, classes, problem, 0)
    }

    fn is_among(&self, class: &Type, classes: &Datum, problem: &str, depth: usize) -> Result<bool> {
        self.spend(1)?;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        if let View::Items(super::shape::Kind::Tuple, items) = self.view(classes)? {
            items.whole()?;
            for item in items.iter() {
                if self.is_among(class, &item, problem, depth + 1)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let Some(name) = self.named_class(classes)? else {
            return Err(match self.view(classes)? {
                View::Instance | View::Opaque(..) => {
                    self.unknowable("who belongs to", classes, "__instancecheck__")
                }
                _ => python(format!("TypeError: {problem}")),
            });
        };
        if builtin(&name).is_some() && self.is_redefined(&name) {
            return Err(self.ambiguous(&name));
        }
        let is_in_line = class.mro.contains(&name);
        if class.name == name {
            return Ok(true);
        }
        if let View::Opaque(metaclass, _) = self.view(classes)? {
            let definer = match self.definer(metaclass, "__instancecheck__") {
                Definer::Other(base, _) => base,
                _ => metaclass,
            };
            match definer.name.as_str() {
                "type" | "enum.EnumType" => {}
                // Classes can be registered with an abstract one, which leaves no trace in them.
                "abc.ABCMeta" if is_in_line => {}
                metaclass => {
                    return Err(refused(format!(
                        "who belongs to {name} cannot be known: {metaclass} defines that"
                    )));
                }
            }
        }
        Ok(is_in_line)
    }
}
