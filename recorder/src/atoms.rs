//! Atoms: values that have no identity worth recording, read straight from their storage.

use pyo3::ffi;
use schema::encode::{self, Out};
use schema::{Limits, Value};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::classes::HEAP_TYPE;
use crate::layout::{Object, read};
use crate::offsets::OFFSETS;
use crate::seen::{Kind, Seen};
use crate::texts::{self, characters, wtf8};

/// Compares addresses of static types without taking references to them.
#[inline]
fn is_type(class: *mut ffi::PyTypeObject, expected: *const ffi::PyTypeObject) -> bool {
    std::ptr::eq(class, expected)
}

/// Whether a class was made while the program runs, by `class` or by an extension: no built-in one was.
///
/// # Safety
/// The class is alive.
#[inline]
pub(crate) unsafe fn is_made(class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: as promised by the caller; its flags never change in this.
    unsafe { (*class).tp_flags & HEAP_TYPE != 0 }
}

/// The digits of an int: its sign and 30-bit digits, least significant first.
///
/// # Safety
/// `int` is an `int` or an instance of a subclass.
unsafe fn digits<'a>(int: Object) -> (bool, &'a [u32]) {
    // SAFETY: `_PyLongValue`: a tag of sign bits and digit count, then digits.
    unsafe {
        let tag = *int.cast::<u8>().add(OFFSETS.int_tag).cast::<usize>();
        let digits = int.cast::<u8>().add(OFFSETS.int_digits).cast::<u32>();
        (tag & 3 == 2, std::slice::from_raw_parts(digits, tag >> 3))
    }
}

/// An int that fits 64 bits.
///
/// # Safety
/// As for [`digits`].
#[inline]
pub(crate) unsafe fn small_int(int: Object) -> Option<i64> {
    // SAFETY: as promised by the caller.
    let (is_negative, digits) = unsafe { digits(int) };
    let magnitude = match digits {
        [] => 0,
        [a] => i64::from(*a),
        [a, b] => i64::from(*b) << 30 | i64::from(*a),
        [a, b, c @ 0..8] => i64::from(*c) << 60 | i64::from(*b) << 30 | i64::from(*a),
        _ => return None,
    };
    Some(if is_negative { -magnitude } else { magnitude })
}

/// The number of a line: a positive int of one digit, or it is not told.
///
/// # Safety
/// As for [`digits`].
#[inline(always)]
pub(crate) unsafe fn line_number(int: Object) -> u32 {
    // SAFETY: as promised by the caller.
    match unsafe { digits(int) } {
        (_, [line]) => *line,
        _ => 0,
    }
}

unsafe fn byte_string<'a>(bytes: Object) -> &'a [u8] {
    // SAFETY: the caller passes a `bytes`; its buffer is as long as its size.
    unsafe {
        let length = ffi::PyBytes_Size(bytes) as usize;
        std::slice::from_raw_parts(ffi::PyBytes_AsString(bytes).cast(), length)
    }
}

/// The content of a `bytearray`.
///
/// # Safety
/// `array` is a `bytearray` or an instance of a subclass, and is not resized meanwhile.
pub(crate) unsafe fn byte_array<'a>(array: Object) -> &'a [u8] {
    // SAFETY: as promised by the caller.
    unsafe {
        let length = ffi::PyByteArray_Size(array) as usize;
        std::slice::from_raw_parts(ffi::PyByteArray_AsString(array).cast(), length)
    }
}

/// Which built-in atom a class is or extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtomKind {
    Int,
    Float,
    Complex,
    Str,
    Bytes,
}

pub(crate) fn hash(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

/// The members of a range, borrowed: start, stop, step.
unsafe fn range_parts(range: Object) -> [Object; 3] {
    // SAFETY: the caller passes a range, which has start, stop and step in a row.
    unsafe { read(range.cast(), OFFSETS.range_parts) }
}

/// What an exact built-in atom looks like now; `None` for every other object.
///
/// # Safety
/// `object` is alive and the GIL is held.
#[inline]
pub(crate) unsafe fn look(object: Object, limits: &Limits) -> Option<Seen> {
    // SAFETY: each arm reads the storage of exactly the type that was found.
    unsafe {
        let class = ffi::Py_TYPE(object);
        if is_type(class, &raw const ffi::PyLong_Type) {
            return Some(look_as(object, AtomKind::Int, limits));
        }
        if is_type(class, &raw const ffi::PyUnicode_Type) {
            return Some(look_as(object, AtomKind::Str, limits));
        }
        if is_made(class) {
            return None;
        }
        if is_type(class, &raw const ffi::PyFloat_Type) {
            return Some(look_as(object, AtomKind::Float, limits));
        }
        if object == ffi::Py_None() {
            return Some(Seen::NONE);
        }
        if is_type(class, &raw const ffi::PyBool_Type) {
            return Some(if object == ffi::Py_True() {
                Seen::TRUE
            } else {
                Seen::FALSE
            });
        }
        if is_type(class, &raw const ffi::PyBytes_Type) {
            return Some(look_as(object, AtomKind::Bytes, limits));
        }
        if is_type(class, &raw const ffi::PyComplex_Type) {
            return Some(look_as(object, AtomKind::Complex, limits));
        }
        if is_type(class, &raw const ffi::PyRange_Type) {
            let mut sum = 0;
            for part in range_parts(object) {
                let seen = look_as(part, AtomKind::Int, limits);
                sum = hash(&seen.content().to_le_bytes(), sum);
            }
            return Some(Seen::hashed(Kind::Range, sum));
        }
        if object == ffi::Py_Ellipsis() {
            return Some(Seen::ELLIPSIS);
        }
        if object == ffi::Py_NotImplemented() {
            return Some(Seen::NOT_IMPLEMENTED);
        }
        None
    }
}

/// Whether an object is an exact built-in atom.
///
/// # Safety
/// `object` is alive.
#[inline]
pub(crate) unsafe fn is_exact(object: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        let class = ffi::Py_TYPE(object);
        is_type(class, &raw const ffi::PyLong_Type)
            || is_type(class, &raw const ffi::PyUnicode_Type)
            || !is_made(class)
                && (is_type(class, &raw const ffi::PyFloat_Type)
                    || is_type(class, &raw const ffi::PyBool_Type)
                    || object == ffi::Py_None()
                    || is_type(class, &raw const ffi::PyBytes_Type)
                    || is_type(class, &raw const ffi::PyComplex_Type)
                    || is_type(class, &raw const ffi::PyRange_Type)
                    || object == ffi::Py_Ellipsis()
                    || object == ffi::Py_NotImplemented())
    }
}

/// What the bytes of a `bytearray` look like now.
///
/// # Safety
/// `array` is a `bytearray` or an instance of a subclass.
pub(crate) unsafe fn look_array(array: Object, limits: &Limits) -> Seen {
    // SAFETY: as promised by the caller.
    let bytes = unsafe { byte_array(array) };
    let seen = &bytes[..bytes.len().min(limits.string as usize)];
    Seen::hashed(Kind::Array, hash(seen, bytes.len() as u64))
}

/// What the atom inside an object looks like now.
///
/// # Safety
/// `object` is an instance of that kind of atom or of a subclass.
#[inline]
pub(crate) unsafe fn look_as(object: Object, kind: AtomKind, limits: &Limits) -> Seen {
    let limit = limits.string as usize;
    // SAFETY: as promised by the caller.
    unsafe {
        match kind {
            AtomKind::Int => match small_int(object) {
                Some(number) => Seen::int(number),
                None => {
                    let (is_negative, digits) = digits(object);
                    let bytes =
                        std::slice::from_raw_parts(digits.as_ptr().cast(), 4 * digits.len());
                    Seen::hashed(Kind::BigInt, hash(bytes, u64::from(is_negative)))
                }
            },
            AtomKind::Float => Seen::float(read(object.cast(), OFFSETS.float_value)),
            AtomKind::Complex => {
                let real = ffi::PyComplex_RealAsDouble(object).to_bits();
                let imaginary = ffi::PyComplex_ImagAsDouble(object).to_bits();
                Seen::hashed(Kind::Complex, hash(&real.to_le_bytes(), imaginary))
            }
            AtomKind::Str => texts::look(object, limit),
            AtomKind::Bytes => {
                let bytes = byte_string(object);
                let seed = bytes.len() as u64;
                Seen::hashed(Kind::Bytes, hash(&bytes[..bytes.len().min(limit)], seed))
            }
        }
    }
}

/// Writes the atom that [`look`] or [`look_as`] saw.
///
/// # Safety
/// `object` is alive, unchanged since, and the GIL is held.
pub(crate) unsafe fn write(out: &mut impl Out, object: Object, seen: Seen, limits: &Limits) {
    if let Some(number) = seen.as_int() {
        return encode::int(out, number);
    }
    // SAFETY: the kind says which storage the object has.
    unsafe {
        match seen.kind() {
            Kind::None => encode::singleton(out, &Value::None),
            Kind::False => encode::singleton(out, &Value::Bool(false)),
            Kind::True => encode::singleton(out, &Value::Bool(true)),
            Kind::Ellipsis => encode::singleton(out, &Value::Ellipsis),
            Kind::NotImplemented => encode::singleton(out, &Value::NotImplemented),
            Kind::Float => encode::float(out, f64::from_bits(seen.content())),
            Kind::BigInt => write_big(out, object),
            Kind::Complex => encode::complex(
                out,
                ffi::PyComplex_RealAsDouble(object),
                ffi::PyComplex_ImagAsDouble(object),
            ),
            Kind::Str => texts::write(out, object, limits.string as usize),
            Kind::Bytes => write_bytes(out, byte_string(object), limits),
            Kind::Range => {
                encode::range_head(out);
                for part in range_parts(object) {
                    let seen = look_as(part, AtomKind::Int, limits);
                    write(out, part, seen, limits);
                }
            }
            Kind::Array | Kind::Int | Kind::Unbound | Kind::Object => {
                encode::unknown(out, schema::Reason::Layout);
            }
        }
    }
}

/// Writes bytes under the limit.
pub(crate) fn write_bytes(out: &mut impl Out, bytes: &[u8], limits: &Limits) {
    let limit = limits.string as usize;
    let true_length = (bytes.len() > limit).then_some(bytes.len() as u64);
    encode::text(out, false, &bytes[..bytes.len().min(limit)], true_length);
}

unsafe fn write_big(out: &mut impl Out, object: Object) {
    // SAFETY: the caller saw a big int.
    let (is_negative, digits) = unsafe { digits(object) };
    let mut magnitude = Vec::with_capacity(digits.len() * 4);
    let (mut carry, mut bits) = (0u64, 0);
    for &digit in digits {
        carry |= u64::from(digit) << bits;
        bits += 30;
        while bits >= 8 {
            magnitude.push(carry as u8);
            carry >>= 8;
            bits -= 8;
        }
    }
    magnitude.push(carry as u8);
    while magnitude.last() == Some(&0) {
        magnitude.pop();
    }
    encode::big_int(out, is_negative, &magnitude);
}

/// Whether an exact str says this.
///
/// # Safety
/// `object` is an exact str, alive.
pub(crate) unsafe fn is_text(object: Object, text: &str) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        let (width, bytes) = characters(object);
        if width == 1 && text.is_ascii() {
            return bytes == text.as_bytes();
        }
        wtf8(object, usize::MAX).0 == text.as_bytes()
    }
}

/// An exact str as Rust text, surrogates replaced; `None` for anything else.
///
/// # Safety
/// `object` is alive or null, and the GIL is held.
pub(crate) unsafe fn to_string(object: Object) -> Option<String> {
    // SAFETY: checked to be an exact str first.
    unsafe {
        if object.is_null() || !is_type(ffi::Py_TYPE(object), &raw const ffi::PyUnicode_Type) {
            return None;
        }
        Some(String::from_utf8_lossy(&wtf8(object, usize::MAX).0).into_owned())
    }
}
