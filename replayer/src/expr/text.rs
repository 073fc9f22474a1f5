//! Text as WTF-8 bytes, in which a lone surrogate takes three: indexed by code points.

use ruff_python_ast::ExprStringLiteral;
use schema::Value;

use super::Datum;
use super::eval::{Eval, lost};
use super::shape::View;
use crate::error::{Error, Result};

/// The bytes of each character.
pub(super) fn characters(text: &[u8]) -> Characters<'_> {
    Characters(text)
}

/// The characters of a text that are still to come.
pub(super) struct Characters<'t>(&'t [u8]);

fn is_inside(byte: &u8) -> bool {
    byte & 0xc0 == 0x80
}

impl<'t> Iterator for Characters<'t> {
    type Item = &'t [u8];

    fn next(&mut self) -> Option<&'t [u8]> {
        let rest = self.0.get(1..)?;
        let length = 1 + rest.iter().take_while(|byte| is_inside(byte)).count();
        let (character, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(character)
    }
}

impl DoubleEndedIterator for Characters<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let last = self.0.len().checked_sub(1)?;
        let start = self.0.iter().rposition(|byte| !is_inside(byte));
        let (rest, character) = self.0.split_at_checked(start.unwrap_or(0).min(last))?;
        self.0 = rest;
        Some(character)
    }
}

/// The code points, surrogates among them.
pub(super) fn points(text: &[u8]) -> impl Iterator<Item = u32> {
    characters(text).map(|bytes| {
        let first = bytes.first().copied().unwrap_or(0);
        let lead = match bytes.len() {
            1 => first,
            2 => first & 0x1f,
            3 => first & 0x0f,
            _ => first & 0x07,
        };
        let more = bytes.iter().skip(1).take(3);
        more.fold(u32::from(lead), |point, byte| {
            point << 6 | u32::from(byte & 0x3f)
        })
    })
}

/// A code point as WTF-8, if there is such a one.
pub(super) fn encoded(point: u32) -> Option<Vec<u8>> {
    match point {
        0xd800..0xe000 => Some(vec![
            0xe0 | (point >> 12) as u8,
            0x80 | (point >> 6 & 0x3f) as u8,
            0x80 | (point & 0x3f) as u8,
        ]),
        _ => Some(
            char::from_u32(point)?
                .encode_utf8(&mut [0; 4])
                .as_bytes()
                .to_vec(),
        ),
    }
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
    let end = matched(rest.iter().copied(), part)?;
    Some(from + end - part.len())
}

/// The last place in bytes where a part is found.
pub(super) fn find_last(text: &[u8], part: &[u8]) -> Option<usize> {
    let part: Vec<u8> = part.iter().rev().copied().collect();
    let end = matched(text.iter().rev().copied(), &part)?;
    Some(text.len() - end)
}

/// After how many bytes a part has gone by, by the algorithm of Knuth, Morris and Pratt: in linear
/// time, whatever an enemy put into the text.
fn matched(text: impl Iterator<Item = u8>, part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    // For each length of a matched beginning: the longest shorter one that it ends with.
    let mut shorter = vec![0_usize; part.len() + 1];
    let mut length = 0_usize;
    for (at, byte) in part.iter().enumerate().skip(1) {
        while length > 0 && part.get(length) != Some(byte) {
            length = shorter.get(length).copied().unwrap_or(0);
        }
        length += usize::from(part.get(length) == Some(byte));
        if let Some(place) = shorter.get_mut(at + 1) {
            *place = length;
        }
    }
    length = 0;
    for (at, byte) in text.enumerate() {
        while length > 0 && part.get(length) != Some(&byte) {
            length = shorter.get(length).copied().unwrap_or(0);
        }
        length += usize::from(part.get(length) == Some(&byte));
        if length == part.len() {
            return Some(at + 1);
        }
    }
    None
}

/// Where the first character is that is space, or the last one, and its length.
pub(super) fn find_space(text: &[u8], is_last: bool) -> Option<(usize, usize)> {
    let mut at = if is_last { text.len() } else { 0 };
    let mut all = characters(text);
    while let Some(character) = if is_last { all.next_back() } else { all.next() } {
        if is_last {
            at -= character.len();
        }
        if is_space(character) {
            return Some((at, character.len()));
        }
        if !is_last {
            at += character.len();
        }
    }
    None
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
                (_, Some(point @ 0xd800..0xe000)) => out.extend(encoded(point).unwrap_or_default()),
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
