//! A text taken apart and put together: what `split`, `splitlines` and `replace` do.

use super::text::{self, characters};

/// The parts between separators, or between runs of space.
pub(super) fn parts<'t>(
    all: &'t [u8],
    separator: Option<&[u8]>,
    most: usize,
    is_right: bool,
) -> Vec<&'t [u8]> {
    let mut parts = Vec::new();
    let mut rest = all;
    loop {
        if separator.is_none() {
            rest = text::strip(rest, !is_right, is_right, text::is_space);
            if rest.is_empty() {
                break;
            }
        }
        if parts.len() >= most {
            break;
        }
        let found = match (separator, is_right) {
            (Some(separator), false) => {
                text::find(rest, separator, 0).map(|at| (at, separator.len()))
            }
            (Some(separator), true) => {
                text::find_last(rest, separator).map(|at| (at, separator.len()))
            }
            (None, _) => text::find_space(rest, is_right),
        };
        let Some((at, length)) = found else {
            break;
        };
        let (before, after) = (rest.get(..at), rest.get(at + length..));
        let (part, next) = if is_right {
            (after, before)
        } else {
            (before, after)
        };
        parts.push(part.unwrap_or_default());
        rest = next.unwrap_or_default();
    }
    if separator.is_some() || !rest.is_empty() {
        parts.push(rest);
    }
    if is_right {
        parts.reverse();
    }
    parts
}

/// The lines, with their ends or without.
pub(super) fn lines(all: &[u8], keeps: bool) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut rest = characters(all).peekable();
    while let Some(character) = rest.next() {
        let mut next = at + character.len();
        let is_end = matches!(
            character,
            b"\n"
                | b"\r"
                | b"\x0b"
                | b"\x0c"
                | b"\x1c"
                | b"\x1d"
                | b"\x1e"
                | [0xc2, 0x85]
                | [0xe2, 0x80, 0xa8 | 0xa9]
        );
        if is_end {
            if character == b"\r" && rest.peek() == Some(&b"\n".as_slice()) {
                rest.next();
                next += 1;
            }
            lines.extend(all.get(start..if keeps { next } else { at }));
            start = next;
        }
        at = next;
    }
    lines.extend(all.get(start..).filter(|line| !line.is_empty()));
    lines
}

/// One part instead of another, so often at most.
pub(super) fn replaced(all: &[u8], old: &[u8], new: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    if old.is_empty() {
        for (at, character) in characters(all).enumerate() {
            if at < most {
                out.extend_from_slice(new);
            }
            out.extend_from_slice(character);
        }
        if text::length(all) < most {
            out.extend_from_slice(new);
        }
        return out;
    }
    let mut rest = all;
    for _ in 0..most {
        let Some((before, after)) =
            text::find(rest, old, 0).and_then(|at| rest.split_at_checked(at))
        else {
            break;
        };
        out.extend_from_slice(before);
        out.extend_from_slice(new);
        rest = after.get(old.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
