//! Values to bytes.

use super::Out;
use super::numbers::tag;
use crate::ids::ObjectId;
use crate::value::{Reason, Value};

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// `None`, `True`, `False`, `...`, `NotImplemented`, as tags without content.
pub fn singleton(out: &mut impl Out, value: &Value) {
    out.byte(match value {
        Value::Bool(false) => tag::FALSE,
        Value::Bool(true) => tag::TRUE,
        Value::Ellipsis => tag::ELLIPSIS,
        Value::NotImplemented => tag::NOT_IMPLEMENTED,
        _ => tag::NONE,
    });
}

/// An `int` of 64 bits.
#[inline]
pub fn int(out: &mut impl Out, number: i64) {
    out.tagged(tag::INT, zigzag(number));
}

/// A larger `int`: sign, then magnitude as little-endian bytes.
pub fn big_int(out: &mut impl Out, negative: bool, magnitude: &[u8]) {
    out.byte(tag::BIG);
    out.byte(u8::from(negative));
    out.number(magnitude.len() as u64);
    out.bytes(magnitude);
}

/// A `float`.
#[inline]
pub fn float(out: &mut impl Out, number: f64) {
    let [a, b, c, d, e, f, g, h] = number.to_bits().to_le_bytes();
    out.bytes(&[tag::FLOAT, a, b, c, d, e, f, g, h]);
}

/// A `complex`.
pub fn complex(out: &mut impl Out, real: f64, imaginary: f64) {
    out.byte(tag::COMPLEX);
    out.bytes(&real.to_bits().to_le_bytes());
    out.bytes(&imaginary.to_bits().to_le_bytes());
}

/// A `str` (WTF-8) or `bytes`, whole, or its beginning with the true length.
pub fn text(out: &mut impl Out, is_str: bool, bytes: &[u8], true_length: Option<u64>) {
    out.byte(match (is_str, true_length) {
        (true, None) => tag::STR,
        (true, Some(_)) => tag::STR_CUT,
        (false, None) => tag::BYTES,
        (false, Some(_)) => tag::BYTES_CUT,
    });
    if let Some(length) = true_length {
        out.number(length);
    }
    out.number(bytes.len() as u64);
    out.bytes(bytes);
}

/// A reference to an object.
#[inline]
pub fn object_ref(out: &mut impl Out, object: ObjectId) {
    out.tagged(tag::OBJECT, object.0);
}

/// The head of a `range`; three ints follow.
pub fn range_head(out: &mut impl Out) {
    out.byte(tag::RANGE);
}

/// Something that was not captured.
pub fn unknown(out: &mut impl Out, reason: Reason) {
    out.byte(tag::UNKNOWN);
    out.byte(reason as u8);
}

/// Any value.
pub fn value(out: &mut impl Out, value: &Value) {
    match value {
        Value::None | Value::Bool(_) | Value::Ellipsis | Value::NotImplemented => {
            singleton(out, value)
        }
        Value::Int(number) => int(out, *number),
        Value::BigInt(int) => big_int(out, int.0, &int.1),
        Value::Float(number) => float(out, *number),
        Value::Complex(parts) => complex(out, parts.0, parts.1),
        Value::Str(bytes) => text(out, true, bytes, None),
        Value::StrCut(cut) => text(out, true, &cut.0, Some(cut.1)),
        Value::Bytes(bytes) => text(out, false, bytes, None),
        Value::BytesCut(cut) => text(out, false, &cut.0, Some(cut.1)),
        Value::Range(parts) => {
            range_head(out);
            for part in parts.iter() {
                self::value(out, part);
            }
        }
        Value::Object(id) => object_ref(out, *id),
        Value::Unknown(reason) => unknown(out, *reason),
        Value::Redacted => out.byte(tag::REDACTED),
    }
}
