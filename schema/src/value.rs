//! What an object looked like: atoms by value, everything else by number.

use std::sync::Arc;

use crate::ids::ObjectId;

/// Why something was not captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// Reading it would have run code of the program.
    NeedsCode = 0,
    /// It lies inside an instance of a class that was not recorded.
    ForeignClass = 1,
    /// It lies deeper than `--max-depth`.
    TooDeep = 2,
    /// The recorder does not know how such an object is stored.
    Layout = 3,
    /// Locals were not recorded (`--no-locals`).
    NoLocals = 4,
}

impl Reason {
    /// The reason with this number on disk.
    #[must_use]
    pub fn from_u8(number: u8) -> Option<Reason> {
        Some(match number {
            0 => Reason::NeedsCode,
            1 => Reason::ForeignClass,
            2 => Reason::TooDeep,
            3 => Reason::Layout,
            4 => Reason::NoLocals,
            _ => return None,
        })
    }

    /// The reason in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Reason::NeedsCode => "reading it would run the program's code",
            Reason::ForeignClass => "inside an instance of a class that was not recorded",
            Reason::TooDeep => "deeper than --max-depth",
            Reason::Layout => "not readable from outside",
            Reason::NoLocals => "locals were not recorded",
        }
    }
}

/// A Python value as recorded. Cloning is cheap.
///
/// Equality is that of the record, not Python's: `True`, `1` and `1.0` differ, and a NaN equals
/// the NaN with the same bits.
///
/// The tag is as wide as what it tells of: with a narrow one a value is moved in pieces that overlap
/// those it was written in, and the processor waits for these each time.
#[derive(Clone, Debug)]
#[repr(u64)]
pub enum Value {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// An `int` that fits 64 bits.
    Int(i64),
    /// A larger `int`: sign and magnitude, little-endian bytes.
    BigInt(Arc<(bool, Arc<[u8]>)>),
    /// A `float`.
    Float(f64),
    /// A `complex`: real and imaginary part.
    Complex(Arc<(f64, f64)>),
    /// A `str` as WTF-8: UTF-8 in which a lone surrogate stands as its three bytes.
    Str(Arc<[u8]>),
    /// The beginning of a `str` that was cut, and its true length in characters.
    StrCut(Arc<(Arc<[u8]>, u64)>),
    /// A `bytes`.
    Bytes(Arc<[u8]>),
    /// The beginning of a `bytes` that was cut, and its true length.
    BytesCut(Arc<(Arc<[u8]>, u64)>),
    /// A `range`: start, stop, step, each an int.
    Range(Arc<[Value; 3]>),
    /// An object with an identity; its contents are events of their own.
    Object(ObjectId),
    /// Not captured.
    Unknown(Reason),
    /// Held back on purpose.
    Redacted,
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None)
            | (Value::Ellipsis, Value::Ellipsis)
            | (Value::NotImplemented, Value::NotImplemented)
            | (Value::Redacted, Value::Redacted) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::BigInt(a), Value::BigInt(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Complex(a), Value::Complex(b)) => {
                a.0.to_bits() == b.0.to_bits() && a.1.to_bits() == b.1.to_bits()
            }
            (Value::Str(a), Value::Str(b)) | (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::StrCut(a), Value::StrCut(b)) | (Value::BytesCut(a), Value::BytesCut(b)) => {
                a == b
            }
            (Value::Range(a), Value::Range(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => a == b,
            (Value::Unknown(a), Value::Unknown(b)) => a == b,
            _ => false,
        }
    }
}

impl Value {
    /// A `str` from Rust text.
    #[must_use]
    pub fn text(text: &str) -> Value {
        Value::Str(text.as_bytes().into())
    }

    /// The name of the value's type, unless it is an object, whose type stands in the state.
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        Some(match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Ellipsis => "ellipsis",
            Value::NotImplemented => "NotImplementedType",
            Value::Int(_) | Value::BigInt(..) => "int",
            Value::Float(_) => "float",
            Value::Complex(_) => "complex",
            Value::Str(_) | Value::StrCut(_) | Value::Redacted => "str",
            Value::Bytes(_) | Value::BytesCut(_) => "bytes",
            Value::Range(_) => "range",
            Value::Object(_) | Value::Unknown(_) => return None,
        })
    }
}
