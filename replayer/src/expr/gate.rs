//! Which operations on an instance are the interpreter's own: the one place that decides it.
//!
//! An instance counts as what it holds only where no class between its own and the built-in one says
//! otherwise. Every construct asks here for the methods that CPython would look up, before it looks
//! at what is held.

use ruff_python_ast::{CmpOp, Operator};
use schema::{Body, Bound, Maker, Type, TypeKind, Value};

use super::Datum;
use super::eval::{Eval, refused};
use super::words::is_plain;
use crate::error::{Error, Result};

/// Who comes first, in the line of a class, with a name.
pub(super) enum Definer<'s> {
    /// No class of the line.
    Nobody,
    /// A built-in class, whose operation is computed here.
    Known,
    /// Another class, and what the name is bound to in it.
    Other(&'s Type, Bound),
    /// The trace does not say.
    Unknown,
}

/// Classes of the standard library, and the operations in which they are as what they extend; what
/// a `Counter` and a `defaultdict` give for a missing key, who looks it up knows.
const FAITHFUL: &[(&str, &[&str])] = &[
    (
        "collections.OrderedDict",
        &[
            "__iter__",
            "__eq__",
            "__ne__",
            "__hash__",
            "__reversed__",
            "keys",
            "values",
            "items",
        ],
    ),
    ("collections.Counter", &["__missing__", "__contains__"]),
    ("collections.defaultdict", &["__missing__"]),
    // The hash of a member is that of its name, which nobody changes.
    ("enum.Enum", &["__hash__"]),
];

impl<'s> Eval<'s> {
    /// Who says what a name means for instances of a class.
    pub(super) fn definer(&self, class: &'s Type, name: &str) -> Definer<'s> {
        let Some(body) = &class.body else {
            // As traces before version 4 are.
            return match class.kind {
                _ if is_plain(class) => Definer::Known,
                // An exception of Python's own that interpreted code made.
                TypeKind::Exception if self.heap.class_of(class.id).is_some() => {
                    match name.starts_with("__") && name != "__getattr__" {
                        true => Definer::Known,
                        false => Definer::Nobody,
                    }
                }
                TypeKind::Opaque if is_single(class, name) => Definer::Nobody,
                _ => Definer::Unknown,
            };
        };
        for id in &body.line {
            let Ok(base) = self.scope.facts.class(*id) else {
                return Definer::Unknown;
            };
            let Some(bound) = base.body.as_ref().map(|body| body.bound(name)) else {
                return Definer::Unknown;
            };
            if let Some(bound) = bound {
                let is_known = is_computed(class.kind, base, name);
                return if is_known {
                    Definer::Known
                } else {
                    Definer::Other(base, bound)
                };
            }
        }
        Definer::Nobody
    }

    /// Whether the first of these methods that an object has is one that is computed here; `false` if
    /// it has none. All that is no object of the program is what it is.
    pub(super) fn asks(&self, what: &str, datum: &Datum, names: &[&str]) -> Result<bool> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(true);
        };
        let (_, class) = self.object(*id)?;
        if is_plain(class) {
            return Ok(true);
        }
        for name in names {
            match self.definer(class, name) {
                Definer::Nobody => {}
                Definer::Known => return Ok(true),
                Definer::Other(..) | Definer::Unknown => {
                    return Err(self.unknowable(what, datum, name));
                }
            }
        }
        Ok(false)
    }

    /// That both sides leave an operator to what they hold.
    pub(super) fn asks_both(
        &self,
        what: &str,
        (left, forth): (&Datum, &[&str]),
        (right, back): (&Datum, &[&str]),
    ) -> Result<()> {
        for name in forth {
            self.asks(what, left, &[name])?;
        }
        for name in back {
            self.asks(what, right, &[name])?;
        }
        Ok(())
    }

    /// Refuses what depends on a method that an object's class has, or may have.
    pub(super) fn unknowable(&self, what: &str, datum: &Datum, method: &str) -> Error {
        let Datum::Value(Value::Object(id)) = datum else {
            let class = self.type_name(datum);
            return refused(format!(
                "{what} {class} cannot be known: {class} may define {method}"
            ));
        };
        let Ok((_, class)) = self.object(*id) else {
            return refused(format!("{what} #{id} cannot be known"));
        };
        let name = &class.name;
        let why = match self.definer(class, method) {
            Definer::Other(base, bound) => self.says(base, bound, method),
            _ => format!("{name} may define {method}"),
        };
        refused(format!("{what} {name} #{id} cannot be known: {why}"))
    }

    /// Why what a class says of a name is not computed here, and what to do instead.
    pub(super) fn says(&self, class: &Type, bound: Bound, name: &str) -> String {
        let full = format!("{}.{name}", class.name);
        let is_python = class.body.as_ref().map(|body| body.maker) == Some(Maker::Python);
        let called = self.qualname_in_trace(&full);
        match (bound, called) {
            (Bound::None, _) => format!("{full} is None"),
            (_, Some(called)) => {
                let kind = if bound == Bound::Property {
                    " is a property,"
                } else {
                    " is"
                };
                let why = self.why_not(&called);
                format!(
                    "{called}{kind} code of the program, which is not run here{why}; `calls {called}` \
                     lists its recorded calls"
                )
            }
            (_, None) if is_python => {
                format!("{full} is code, which is not run here; no call of it was recorded")
            }
            _ => format!("{full} is not computed here"),
        }
    }

    /// The qualified name of a function whose code was recorded, given that with its module.
    fn qualname_in_trace(&self, full: &str) -> Option<String> {
        let mut codes = self.scope.facts.codes();
        let code = codes.find(|code| {
            full.strip_suffix(code.qualname.as_str())
                .is_some_and(|module| module.is_empty() || module.ends_with('.'))
        })?;
        Some(code.qualname.clone())
    }
}

/// Whether a class of which only the name is known compares by identity, as the method tells.
fn is_single(class: &Type, method: &str) -> bool {
    let classes = [
        "function",
        "type",
        "module",
        "generator",
        "coroutine",
        "async_generator",
        "object",
        "builtin_function_or_method",
        "abc.ABCMeta",
        "enum.EnumType",
    ];
    let methods = ["__eq__", "__ne__", "__bool__", "__len__", "__hash__"];
    classes.contains(&class.name.as_str()) && methods.contains(&method)
}

/// Whether what a class says of a name is computed here, for objects of a kind.
fn is_computed(kind: TypeKind, base: &Type, name: &str) -> bool {
    let Some(body) = &base.body else {
        return false;
    };
    if base.name == "module" && body.maker == Maker::Interpreter {
        return name == "__getattribute__";
    }
    if let Some((_, names)) = FAITHFUL.iter().find(|(class, _)| *class == base.name) {
        return names.contains(&name);
    }
    let extended: &[&str] = match kind {
        TypeKind::List => &["list"],
        TypeKind::Tuple => &["tuple"],
        TypeKind::Set => &["set"],
        TypeKind::FrozenSet => &["frozenset"],
        TypeKind::Dict => &["dict"],
        TypeKind::ByteArray => &["bytearray"],
        TypeKind::Deque => return base.name == "collections.deque" && body.maker == Maker::Native,
        TypeKind::Atom => &["int", "float", "complex", "str", "bytes"],
        TypeKind::Exception => &["BaseException", "KeyError"],
        TypeKind::Instance | TypeKind::Opaque => &[],
    };
    body.maker == Maker::Interpreter
        && (base.name == "object" || extended.contains(&base.name.as_str()))
}

/// The methods that an order asks its left and its right side for.
pub(super) fn order_methods(op: CmpOp) -> (&'static str, &'static str) {
    match op {
        CmpOp::Lt => ("__lt__", "__gt__"),
        CmpOp::LtE => ("__le__", "__ge__"),
        CmpOp::Gt => ("__gt__", "__lt__"),
        _ => ("__ge__", "__le__"),
    }
}

/// The methods that an operator asks its left and its right side for.
pub(super) fn operator_methods(op: Operator) -> (&'static str, &'static str) {
    match op {
        Operator::Add => ("__add__", "__radd__"),
        Operator::Sub => ("__sub__", "__rsub__"),
        Operator::Mult => ("__mul__", "__rmul__"),
        Operator::MatMult => ("__matmul__", "__rmatmul__"),
        Operator::Div => ("__truediv__", "__rtruediv__"),
        Operator::Mod => ("__mod__", "__rmod__"),
        Operator::Pow => ("__pow__", "__rpow__"),
        Operator::LShift => ("__lshift__", "__rlshift__"),
        Operator::RShift => ("__rshift__", "__rrshift__"),
        Operator::BitOr => ("__or__", "__ror__"),
        Operator::BitXor => ("__xor__", "__rxor__"),
        Operator::BitAnd => ("__and__", "__rand__"),
        Operator::FloorDiv => ("__floordiv__", "__rfloordiv__"),
    }
}

/// What CPython's messages call a class: `tp_name`.
pub(super) fn called(class: &Type) -> &str {
    match &class.body {
        Some(Body { called, .. }) => called,
        None => &class.name,
    }
}
