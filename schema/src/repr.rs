//! Python's `repr()` of atoms, computed from what was recorded.

use std::fmt::Write as _;

use num_bigint::{BigInt, Sign};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::value::Value;

/// Decimal digits take more than linear time; CPython itself refuses 4,300 of them unless told
/// otherwise. This is the most bytes of an int that are still written out, in under a second.
const MOST_DIGITS: usize = 1 << 20;

impl Value {
    /// `repr()` of an atom, exactly as CPython writes it; of a cut string, the beginning that is
    /// there. `None` for objects, for what was not captured, and for ints of millions of digits.
    #[must_use]
    pub fn repr(&self) -> Option<String> {
        Some(match self {
            Value::None => "None".into(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Ellipsis => "Ellipsis".into(),
            Value::NotImplemented => "NotImplemented".into(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(int) if int.1.len() > MOST_DIGITS => return None,
            Value::BigInt(int) => {
                let (negative, magnitude) = &**int;
                let sign = if *negative { Sign::Minus } else { Sign::Plus };
                BigInt::from_bytes_le(sign, magnitude).to_string()
            }
            Value::Float(number) => repr_float(*number),
            Value::Complex(parts) => repr_complex(parts.0, parts.1),
            Value::Str(bytes) => repr_str(bytes),
            Value::StrCut(cut) => repr_str(&cut.0),
            Value::Bytes(bytes) => repr_bytes(bytes),
            Value::BytesCut(cut) => repr_bytes(&cut.0),
            Value::Range(parts) => {
                let [start, stop, step] = &**parts;
                let (start, stop) = (start.repr()?, stop.repr()?);
                match step {
                    Value::Int(1) => format!("range({start}, {stop})"),
                    step => format!("range({start}, {stop}, {})", step.repr()?),
                }
            }
            Value::Object(_) | Value::Unknown(_) | Value::Redacted => return None,
        })
    }
}

/// `repr()` of a `float`: the shortest digits that read back as the same number, in exponent form
/// below 1e-4 and from 1e16 on.
#[must_use]
pub fn repr_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

fn repr_complex(real: f64, imaginary: f64) -> String {
    // CPython formats the parts like floats but without a trailing ".0".
    let part = |number: f64| {
        let text = repr_float(number);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    if real == 0.0 && real.is_sign_positive() {
        return format!("{}j", part(imaginary));
    }
    let sign = if imaginary.is_nan() || imaginary.is_sign_positive() {
        "+"
    } else {
        ""
    };
    format!("({}{sign}{}j)", part(real), part(imaginary))
}

/// The code points of WTF-8, surrogates among them.
fn code_points(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = u32::from(*bytes.get(at)?);
        let next = |n: usize| u32::from(bytes.get(at + n).copied().unwrap_or(0) & 0x3f);
        let (point, length) = match first {
            0..0x80 => (first, 1),
            0xc0..0xe0 => ((first & 0x1f) << 6 | next(1), 2),
            0xe0..0xf0 => ((first & 0x0f) << 12 | next(1) << 6 | next(2), 3),
            0xf0.. => (
                (first & 7) << 18 | next(1) << 12 | next(2) << 6 | next(3),
                4,
            ),
            _ => (0xfffd, 1),
        };
        at += length;
        Some(point)
    })
}

/// `str.isprintable` of one character, by the Unicode of this build.
fn is_printable(c: char) -> bool {
    use GeneralCategory as G;
    c == ' '
        || !matches!(
            get_general_category(c),
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::LineSeparator
                | G::ParagraphSeparator
                | G::SpaceSeparator
        )
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn escape_point(out: &mut String, point: u32) {
    let _ = match point {
        0..=0xff => write!(out, "\\x{point:02x}"),
        0x100..=0xffff => write!(out, "\\u{point:04x}"),
        _ => write!(out, "\\U{point:08x}"),
    };
}

/// `repr()` of a `str` given as WTF-8.
#[must_use]
pub fn repr_str(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(quote);
    for point in code_points(bytes) {
        match char::from_u32(point) {
            Some(c) if c == quote || c == '\\' => out.extend(['\\', c]),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if is_printable(c) => out.push(c),
            _ => escape_point(&mut out, point),
        }
    }
    out.push(quote);
    out
}

/// `repr()` of a `bytes`.
#[must_use]
pub fn repr_bytes(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut out = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            0x20..0x7f => out.push(char::from(byte)),
            _ => escape_point(&mut out, u32::from(byte)),
        }
    }
    out.push(quote);
    out
}

/// Text of a trace made safe for a terminal: whatever could steer it (control characters, escape
/// sequences, overrides of direction) is shown as an escape. Tabs stay; line ends too if asked.
#[must_use]
pub fn escape_control(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\t' && c != '\n' {
            escape_point(&mut out, u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character could steer a terminal, or the order in which text is shown.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// A number of bytes for people.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_cpython_writes_them() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (5e-324, "5e-324"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr_float(number), text);
        }
    }

    #[test]
    fn strings_as_cpython_writes_them() {
        assert_eq!(repr_str(b"it's"), "\"it's\"");
        assert_eq!(repr_str(b"'\""), "'\\'\"'");
        assert_eq!(
            repr_str("é\u{200b}\u{1f600}\x7f\n".as_bytes()),
            "'é\\u200b\u{1f600}\\x7f\\n'"
        );
        assert_eq!(repr_str(&[0xed, 0xa0, 0x80]), "'\\ud800'");
        assert_eq!(repr_bytes(b"\x00a'"), "b\"\\x00a'\"");
    }

    #[test]
    fn complex_as_cpython_writes_them() {
        assert_eq!(repr_complex(0.0, 1.0), "1j");
        assert_eq!(repr_complex(-0.0, 1.0), "(-0+1j)");
        assert_eq!(repr_complex(1.5, -2.0), "(1.5-2j)");
    }
}
