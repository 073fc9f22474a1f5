//! Format specifications, as in `f"{x:>10.2f}"`, of ints, floats and texts.

use num_bigint::{BigInt, Sign};
use schema::Value;

use super::Datum;
use super::eval::{Eval, python, refused};
use super::format_spec::Spec;
use super::numbers::Number;
use super::shape::View;
use super::text;
use crate::error::Result;

/// The most digits that are asked of a number; more would take long.
const MOST_PRECISION: usize = 10_000;

impl Eval<'_> {
    /// `format(value, spec)`, as WTF-8.
    pub(super) fn format(&self, datum: &Datum, spec: &[u8]) -> Result<Vec<u8>> {
        let given = Value::Str(spec.into());
        if let Some(text) = self.own_text(datum, "__format__", vec![given.into()])? {
            return Ok(text);
        }
        self.asks("the formatted text of", datum, &["__format__"])?;
        if spec.is_empty() {
            return self.str_of(datum);
        }
        let Ok(written) = std::str::from_utf8(spec) else {
            return Err(refused("lone surrogates in a format are not supported"));
        };
        let name = self.type_name(datum);
        let spec = match self.view(datum)? {
            View::Str(_) | View::Number(_) => Spec::parse(written, &name)?,
            View::StrCut(..) => return Err(self.text_cut(datum)),
            View::Complex(..) => {
                return Err(refused("formats of complex numbers are not supported"));
            }
            _ => {
                return Err(python(format!(
                    "TypeError: unsupported format string passed to {name}.__format__"
                )));
            }
        };
        self.sized(spec.width as u64)?;
        if spec
            .precision
            .is_some_and(|precision| precision > i32::MAX as usize)
        {
            return Err(python("ValueError: precision too big"));
        }
        match self.view(datum)? {
            View::Str(all) => format_text(&spec, all, &name),
            View::Number(Number::Float(number)) => {
                Ok(format_float(&spec, number, &name, written)?.into_bytes())
            }
            View::Number(Number::Int(number)) => {
                self.sized(number.bits())?;
                match spec.kind {
                    Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
                        let number = Number::Int(number).float()?;
                        Ok(format_float(&spec, number, &name, written)?.into_bytes())
                    }
                    _ => Ok(self.format_int(&spec, &number, &name)?),
                }
            }
            _ => self.str_of(datum),
        }
    }

    fn format_int(&self, spec: &Spec, number: &BigInt, name: &str) -> Result<Vec<u8>> {
        if spec.precision.is_some() {
            return Err(python(
                "ValueError: Precision not allowed in integer format specifier",
            ));
        }
        if spec.no_negative_zero {
            return Err(python(
                "ValueError: Negative zero coercion (z) not allowed in format specifier with integer",
            ));
        }
        let kind = spec.kind.unwrap_or('d');
        if spec.grouping == Some(',') && matches!(kind, 'b' | 'o' | 'x' | 'X' | 'c') {
            return Err(python(format!(
                "ValueError: Cannot specify ',' with '{kind}'."
            )));
        }
        let (prefix, radix, group) = match kind {
            'd' => ("", 10, 3),
            'b' => ("0b", 2, 4),
            'o' => ("0o", 8, 4),
            'x' => ("0x", 16, 4),
            'X' => ("0X", 16, 4),
            'c' => {
                if spec.sign != '-' || spec.alternate || spec.grouping.is_some() {
                    return Err(python(
                        "ValueError: Sign, alternate form or grouping not allowed with integer \
                         format specifier 'c'",
                    ));
                }
                let point = u32::try_from(number)
                    .ok()
                    .filter(|point| *point < 0x11_0000);
                let character = point
                    .and_then(char::from_u32)
                    .ok_or_else(|| python("OverflowError: %c arg not in range(0x110000)"))?;
                return Ok(spec.number("", &character.to_string(), "", 3).into_bytes());
            }
            _ => return Err(spec.unknown(name)),
        };
        let digits = if radix == 10 {
            self.repr_of(&Number::Int(BigInt::from(number.magnitude().clone())).datum())?
        } else {
            number.magnitude().to_str_radix(radix)
        };
        let digits = if kind == 'X' {
            digits.to_uppercase()
        } else {
            digits
        };
        let prefix = if spec.alternate { prefix } else { "" };
        let prefix = format!("{}{prefix}", spec.sign(number.sign() == Sign::Minus));
        Ok(spec.number(&prefix, &digits, "", group).into_bytes())
    }
}

fn format_text(spec: &Spec, all: &[u8], name: &str) -> Result<Vec<u8>> {
    let kind = spec.kind.unwrap_or('s');
    if let Some(mark) = spec.grouping
        && !matches!(kind, 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F')
        && (mark == ',' || !matches!(kind, 'b' | 'o' | 'x' | 'X'))
    {
        return Err(python(format!(
            "ValueError: Cannot specify '{mark}' with '{kind}'."
        )));
    }
    if kind != 's' {
        return Err(python(format!(
            "ValueError: Unknown format code '{kind}' for object of type '{name}'"
        )));
    }
    if spec.sign != '-' || spec.no_negative_zero || spec.alternate {
        return Err(python(
            "ValueError: Sign, z or # not allowed in string format specifier",
        ));
    }
    if spec.align == Some('=') {
        return Err(python(
            "ValueError: '=' alignment not allowed in string format specifier",
        ));
    }
    let end = spec
        .precision
        .map_or(all.len(), |most| text::offset(all, most));
    let shown = all.get(..end).unwrap_or_default();
    let missing = spec.width.saturating_sub(text::length(shown));
    let left = match spec.align {
        Some('>') => missing,
        Some('^') => missing / 2,
        _ => 0,
    };
    let fill = |count: usize| spec.fill.to_string().repeat(count).into_bytes();
    Ok([fill(left), shown.to_vec(), fill(missing - left)].concat())
}

fn format_float(spec: &Spec, number: f64, name: &str, written: &str) -> Result<String> {
    let kind = spec.kind.unwrap_or('r');
    if !matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'r') || spec.kind == Some('r') {
        return Err(spec.unknown(name));
    }
    if spec
        .precision
        .is_some_and(|precision| precision > MOST_PRECISION)
    {
        return Err(refused(format!("`{written}` asks for too many digits")));
    }
    let scaled = if kind == '%' { number * 100.0 } else { number };
    let magnitude = scaled.abs();
    let mut digits = if magnitude.is_nan() {
        "nan".to_owned()
    } else if magnitude.is_infinite() {
        "inf".to_owned()
    } else {
        match (kind, spec.precision) {
            ('r', None) => {
                let text = schema::repr_float(magnitude);
                if spec.alternate {
                    with_point(&text)
                } else {
                    text
                }
            }
            ('f' | 'F' | '%', precision) => {
                let text = format!("{magnitude:.*}", precision.unwrap_or(6));
                if spec.alternate {
                    with_point(&text)
                } else {
                    text
                }
            }
            ('e' | 'E', precision) => {
                let text = exponential(magnitude, precision.unwrap_or(6));
                if spec.alternate {
                    with_point(&text)
                } else {
                    text
                }
            }
            (kind, precision) => general(
                magnitude,
                precision.unwrap_or(6),
                kind == 'r',
                spec.alternate,
            ),
        }
    };
    if matches!(kind, 'E' | 'F' | 'G') {
        digits = digits.to_uppercase();
    }
    let is_zero = !digits
        .contains(|c: char| matches!(c, '1'..='9') || c.is_alphabetic() && !matches!(c, 'e' | 'E'));
    let is_negative =
        scaled.is_sign_negative() && !scaled.is_nan() && !(spec.no_negative_zero && is_zero);
    let whole = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let (whole, tail) = digits.split_at(whole);
    let tail = if kind == '%' {
        format!("{tail}%")
    } else {
        tail.to_owned()
    };
    if whole.is_empty() {
        // `inf` and `nan` are not grouped.
        let plain = Spec {
            grouping: None,
            ..*spec
        };
        return Ok(plain.number(plain.sign(is_negative), "", &tail, 3));
    }
    Ok(spec.number(spec.sign(is_negative), whole, &tail, 3))
}

/// A number with a point even if no digits follow it.
fn with_point(text: &str) -> String {
    if text.contains('.') {
        return text.to_owned();
    }
    let end = text.find('e').unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(end);
    format!("{mantissa}.{exponent}")
}

/// Rust writes `1.5e-7` where C writes `1.5e-07`.
fn exponential(magnitude: f64, precision: usize) -> String {
    let text = format!("{magnitude:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The format `g`, or `repr`'s form with so many digits, which keeps a digit after the point.
fn general(magnitude: f64, precision: usize, is_repr: bool, alternate: bool) -> String {
    let precision = precision.max(1);
    let long = exponential(magnitude, precision - 1);
    let exponent: i64 = long
        .split_once('e')
        .and_then(|(_, e)| e.parse().ok())
        .unwrap_or(0);
    let most = precision as i64 - i64::from(is_repr);
    if exponent < -4 || exponent >= most {
        let (mantissa, exponent) = long.split_once('e').unwrap_or((&long, "+00"));
        let mantissa = if alternate {
            with_point(mantissa)
        } else {
            trimmed(mantissa)
        };
        return format!("{mantissa}e{exponent}");
    }
    let places = usize::try_from(precision as i64 - 1 - exponent).unwrap_or(0);
    let text = format!("{magnitude:.places$}");
    if alternate {
        return with_point(&text);
    }
    let text = trimmed(&text);
    if is_repr && !text.contains('.') {
        return text + ".0";
    }
    text
}

/// Digits without zeros at the end behind the point, and without a point that ends them.
fn trimmed(digits: &str) -> String {
    if !digits.contains('.') {
        return digits.to_owned();
    }
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}
