//! Text as WTF-8 bytes, in which a lone surrogate takes three: indexed by code points.

use ruff_python_ast::ExprStringLiteral;
use schema::Value;

use super::Datum;
use super::eval::{Eval, lost};
use super::shape::View;
use crate::error::{Error, Result};

/// The bytes of each character.
pub(super) fn characters(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let is_start = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 != 0x80);
    let starts: Vec<usize> = (0..text.len()).filter(is_start).collect();
    let ends: Vec<usize> = starts.iter().copied().skip(1).chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| text.get(start..end).unwrap_or_default())
}

/// How many characters a text has.
pub(super) fn length(text: &[u8]) -> usize {
    text.iter().filter(|byte| *byte & 0xc0 != 0x80).count()
}

/// Where a character begins; the text's end if it has no more characters.
pub(super) fn offset(text: &[u8], character: usize) -> usize {
    if text.is_ascii() {
        return character.min(text.len());
    }
    let mut starts = text.iter().enumerate().filter(|(_, b)| **b & 0xc0 != 0x80);
    starts.nth(character).map_or(text.len(), |(at, _)| at)
}

/// The first place in bytes, from a place on, where a part is found.
pub(super) fn find(text: &[u8], part: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    if part.is_empty() {
        return Some(from);
    }
    rest.windows(part.len())
        .position(|window| window == part)
        .map(|at| from + at)
}

/// How often a part is found without overlap.
pub(super) fn count(text: &[u8], part: &[u8]) -> usize {
    if part.is_empty() {
        return length(text) + 1;
    }
    let (mut at, mut count) = (0, 0);
    while let Some(place) = find(text, part, at) {
        count += 1;
        at = place + part.len();
    }
    count
}

/// The character of these bytes, unless it is a surrogate.
fn character(bytes: &[u8]) -> Option<char> {
    std::str::from_utf8(bytes).ok()?.chars().next()
}

/// Whether `str.isspace` holds for a character.
pub(super) fn is_space(bytes: &[u8]) -> bool {
    character(bytes).is_some_and(|c| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

/// A text without the characters at its ends for which a test holds.
pub(super) fn strip(
    text: &[u8],
    at_start: bool,
    at_end: bool,
    test: impl Fn(&[u8]) -> bool,
) -> &[u8] {
    let mut rest = text;
    if at_start {
        let gone: usize = characters(rest)
            .take_while(|c| test(c))
            .map(<[u8]>::len)
            .sum();
        rest = rest.get(gone..).unwrap_or_default();
    }
    if at_end {
        let last = characters(rest).rev().take_while(|c| test(c));
        let gone: usize = last.map(<[u8]>::len).sum();
        rest = rest.get(..rest.len() - gone).unwrap_or_default();
    }
    rest
}

/// A text changed by a function on Unicode text; surrogates have no case and stay.
pub(super) fn change(text: &[u8], function: impl Fn(&str) -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.extend(function(chunk.valid()).bytes());
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// The value of a string literal. The parser replaces surrogates, which Rust's strings cannot
/// hold, by U+FFFD; they are put back from the source.
pub(super) fn literal(source: &str, literal: &ExprStringLiteral) -> Value {
    let mut out: Vec<u8> = Vec::new();
    for part in &literal.value {
        let range = part.content_range();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let written = source.get(start..end).unwrap_or_default();
        if part.flags.prefix().is_raw() || !part.value.contains('\u{fffd}') {
            out.extend(part.value.bytes());
            continue;
        }
        let mut replaced = replacements(written).into_iter();
        for c in part.value.chars() {
            match (
                c,
                if c == '\u{fffd}' {
                    replaced.next()
                } else {
                    None
                },
            ) {
                (_, Some(point @ 0xd800..0xe000)) => out.extend([
                    0xe0 | (point >> 12) as u8,
                    0x80 | (point >> 6 & 0x3f) as u8,
                    0x80 | (point & 0x3f) as u8,
                ]),
                (c, _) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
    }
    Value::Str(out.into())
}

/// The code points, in order, that the parser gives as U+FFFD.
fn replacements(written: &str) -> Vec<u32> {
    let mut points = Vec::new();
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        let digits = match (c, if c == '\\' { rest.next() } else { None }) {
            ('\u{fffd}', _) => {
                points.push(0xfffd);
                continue;
            }
            (_, Some('u')) => 4,
            (_, Some('U')) => 8,
            (_, Some('N')) => {
                let name: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                if name.eq_ignore_ascii_case("replacement character") {
                    points.push(0xfffd);
                }
                continue;
            }
            _ => continue,
        };
        let digits: String = rest.by_ref().take(digits).collect();
        let point = u32::from_str_radix(&digits, 16).unwrap_or(0);
        if matches!(point, 0xd800..0xe000 | 0xfffd) {
            points.push(point);
        }
    }
    points
}

impl Eval<'_> {
    /// What to say when the missing rest of a text matters.
    pub(super) fn text_cut(&self, datum: &Datum) -> Error {
        match self.view(datum) {
            Ok(View::StrCut(there, all)) => lost(format!(
                "a str is cut: {} of its {all} characters are recorded",
                length(there)
            )),
            Ok(View::BytesCut(there, all)) => lost(format!(
                "a bytes is cut: {} of its {all} bytes are recorded",
                there.len()
            )),
            Ok(_) => lost("a text is cut: not all of it is recorded"),
            Err(error) => error,
        }
    }

    /// The true length of a `str` in characters.
    pub(super) fn str_length(&self, datum: &Datum) -> Result<u64> {
        Ok(match self.view(datum)? {
            View::Str(text) => length(text) as u64,
            View::StrCut(_, all) => all,
            _ => 0,
        })
    }

    /// The true length of a `bytes`.
    pub(super) fn bytes_length(&self, datum: &Datum) -> Result<u64> {
        Ok(match self.view(datum)? {
            View::Bytes(bytes) => bytes.len() as u64,
            View::BytesCut(_, all) => all,
            _ => 0,
        })
    }
}
