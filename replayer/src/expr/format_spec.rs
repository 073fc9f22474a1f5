//! The parts of a format specification, and the fill that it asks for.

use super::eval::{python, refused};
use crate::error::{Error, Result};

/// `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) fill: char,
    pub(super) align: Option<char>,
    pub(super) sign: char,
    pub(super) no_negative_zero: bool,
    pub(super) alternate: bool,
    pub(super) width: usize,
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
}

fn invalid(spec: &str, name: &str) -> Error {
    python(format!(
        "ValueError: Invalid format specifier '{}' for object of type '{name}'",
        schema::escape_control(spec)
    ))
}

impl Spec {
    pub(super) fn parse(text: &str, name: &str) -> Result<Spec> {
        let mut spec = Spec {
            fill: ' ',
            align: None,
            sign: '-',
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let is_align = |c: &char| matches!(c, '<' | '>' | '=' | '^');
        let mut rest = text.chars().peekable();
        let mut ahead = text.chars();
        let (first, second) = (ahead.next(), ahead.next());
        let mut has_fill = false;
        if let (Some(fill), Some(align)) = (first, second)
            && is_align(&align)
        {
            (spec.fill, spec.align, has_fill) = (fill, Some(align), true);
            rest.next();
            rest.next();
        } else if first.as_ref().is_some_and(is_align) {
            spec.align = rest.next();
        }
        if let Some(sign) = rest.next_if(|c| matches!(c, '+' | '-' | ' ')) {
            spec.sign = sign;
        }
        spec.no_negative_zero = rest.next_if_eq(&'z').is_some();
        spec.alternate = rest.next_if_eq(&'#').is_some();
        if !has_fill && rest.next_if_eq(&'0').is_some() {
            spec.fill = '0';
            if spec.align.is_none() && name != "str" {
                spec.align = Some('=');
            }
        }
        let mut number = || -> Result<Option<usize>> {
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            if digits.is_empty() {
                return Ok(None);
            }
            let number = digits.parse();
            number
                .map(Some)
                .map_err(|_| python("ValueError: Too many decimal digits in format string"))
        };
        spec.width = number()?.unwrap_or(0);
        spec.grouping = rest.next_if(|c| matches!(c, ',' | '_'));
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            let precision = digits
                .parse()
                .map_err(|_| python("ValueError: Format specifier missing precision"))?;
            spec.precision = Some(precision);
        }
        spec.kind = rest.next();
        if rest.next().is_some() {
            return Err(invalid(text, name));
        }
        Ok(spec)
    }

    pub(super) fn unknown(&self, name: &str) -> Error {
        let kind = self.kind.unwrap_or(' ');
        if kind == 'n' {
            return refused("the format code 'n' depends on the locale, which is not recorded");
        }
        python(format!(
            "ValueError: Unknown format code '{kind}' for object of type '{name}'"
        ))
    }

    /// What stands before the digits of a number.
    pub(super) fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            (false, _) => "",
        }
    }

    /// Puts a number together: sign and prefix, grouped digits, what follows them, and fill.
    pub(super) fn number(&self, prefix: &str, digits: &str, tail: &str, group: usize) -> String {
        let taken = prefix.chars().count() + tail.chars().count();
        let mut digits = digits.to_owned();
        let is_zero_filled = self.fill == '0' && self.align == Some('=');
        if let Some(mark) = self.grouping {
            let wanted = if is_zero_filled {
                self.width.saturating_sub(taken)
            } else {
                0
            };
            digits = grouped(&digits, mark, group, wanted);
        }
        let length = taken + digits.chars().count();
        let missing = self.width.saturating_sub(length);
        let fill = |count: usize| self.fill.to_string().repeat(count);
        match self.align {
            Some('<') => format!("{prefix}{digits}{tail}{}", fill(missing)),
            Some('^') => {
                let left = missing / 2;
                let (before, after) = (fill(left), fill(missing - left));
                format!("{before}{prefix}{digits}{tail}{after}")
            }
            Some('=') => format!("{prefix}{}{digits}{tail}", fill(missing)),
            _ => format!("{}{prefix}{digits}{tail}", fill(missing)),
        }
    }
}

/// Digits with a mark between groups; zeros lead until so many characters are reached.
fn grouped(digits: &str, mark: char, group: usize, wanted: usize) -> String {
    let mut reversed = String::new();
    let mut count = 0;
    let mut push = |digit: char, reversed: &mut String| {
        if count > 0 && count % group == 0 {
            reversed.push(mark);
        }
        reversed.push(digit);
        count += 1;
    };
    for digit in digits.chars().rev() {
        push(digit, &mut reversed);
    }
    while reversed.len() < wanted {
        push('0', &mut reversed);
    }
    reversed.chars().rev().collect()
}
