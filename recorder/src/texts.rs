//! Texts: what they look like, and how they grow.
//!
//! A program that builds a text piece by piece makes a new one each time, equal to the old one but
//! for its end. Where the bytecode says so, only the end is looked at and written.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pyo3::ffi;
use schema::MOST_APPENDED;
use schema::encode::{self, Out};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::layout::Object;
use crate::seen::Seen;

/// Texts are hashed in blocks of so many bytes, so that the hash of a longer one follows from that
/// of its beginning.
const BLOCK: usize = 1024;

/// The characters of a str in their storage: bytes per character, and the bytes.
///
/// # Safety
/// `text` is a `str` or an instance of a subclass.
pub(crate) unsafe fn characters<'a>(text: Object) -> (usize, &'a [u8]) {
    // SAFETY: every str of 3.12 and later is ready; kind is the width of a character.
    unsafe {
        let width = ffi::PyUnicode_KIND(text) as usize;
        let length = ffi::PyUnicode_GET_LENGTH(text) as usize;
        let data = ffi::PyUnicode_DATA(text).cast::<u8>();
        (width, std::slice::from_raw_parts(data, width * length))
    }
}

/// The hash of what comes before a byte, in whole blocks.
fn blocks(bytes: &[u8], from: usize, to: usize) -> u64 {
    let mut sum = 0;
    for (at, block) in bytes[from * BLOCK..to * BLOCK]
        .chunks_exact(BLOCK)
        .enumerate()
    {
        sum ^= xxh3_64_with_seed(block, (from + at) as u64);
    }
    sum
}

/// The hash of what follows the last whole block.
fn rest(bytes: &[u8], length: usize) -> u64 {
    xxh3_64_with_seed(&bytes[length / BLOCK * BLOCK..length], !(length as u64))
}

/// What a str looks like now; content past `limit` bytes of storage does not count.
///
/// # Safety
/// `text` is a `str` or an instance of a subclass.
pub(crate) unsafe fn look(text: Object, limit: usize) -> Seen {
    // SAFETY: as promised by the caller.
    let (width, bytes) = unsafe { characters(text) };
    let seen = bytes.len().min(limit);
    let hash = blocks(bytes, 0, seen / BLOCK) ^ rest(bytes, seen);
    Seen::text(width as u8, count(bytes.len() / width), hash)
}

fn count(characters: usize) -> u32 {
    u32::try_from(characters).unwrap_or(u32::MAX)
}

/// Writes how the text in a slot got longer, and says what it looks like now. `None` if it did not,
/// or if it takes all of the text to tell. Where it is not `sure` that the beginning is the text
/// that looked like `old` (an operand may have had an `__radd__`), that is compared.
///
/// # Safety
/// `text` is an exact str, alive, and the GIL is held.
pub(crate) unsafe fn append(
    out: &mut impl Out,
    slot: u32,
    text: Object,
    old: Seen,
    sure: bool,
    limit: usize,
) -> Option<Seen> {
    let (old_width, old_count, old_hash) = old.as_text()?;
    // SAFETY: as promised by the caller.
    let (width, bytes) = unsafe { characters(text) };
    let (was, is) = (old_count as usize * width, bytes.len());
    let cut_at = limit / width * width;
    let is_cut = was > cut_at;
    if usize::from(old_width) != width
        || count(is / width) == u32::MAX
        || was >= is
        || was < BLOCK
        // What crosses the limit is written whole, once.
        || is_cut != (is > cut_at)
        || (!is_cut && 3 * is > MOST_APPENDED)
    {
        return None;
    }
    let added = ((is - was) / width) as u64;
    let (from, to) = (was.min(limit), is.min(limit));
    if !sure && old_hash != blocks(bytes, 0, from / BLOCK) ^ rest(bytes, from) {
        return None;
    }
    let hash =
        old_hash ^ rest(bytes, from) ^ blocks(bytes, from / BLOCK, to / BLOCK) ^ rest(bytes, to);
    let new = if is_cut {
        Vec::new()
    } else {
        encoded(width, &bytes[was..])
    };
    encode::append(out, slot, &new, added);
    Some(Seen::text(old_width, count(is / width), hash))
}

/// The text of a str as WTF-8, at most `limit` bytes of storage, and its length if that was less
/// than the whole.
pub(crate) unsafe fn wtf8(object: Object, limit: usize) -> (Vec<u8>, Option<u64>) {
    // SAFETY: the caller passes a str.
    let (width, all) = unsafe { characters(object) };
    let stored = &all[..all.len().min(limit / width * width)];
    let cut = stored.len() < all.len();
    (
        encoded(width, stored),
        cut.then_some((all.len() / width) as u64),
    )
}

/// The path that a str stands for: what the system's own bytes are shown by (`surrogateescape`) becomes
/// them again.
pub(crate) unsafe fn to_path(object: Object) -> PathBuf {
    // SAFETY: checked to be an exact str first.
    let text = unsafe {
        match !object.is_null() && ffi::PyUnicode_CheckExact(object) != 0 {
            true => wtf8(object, usize::MAX).0,
            false => Vec::new(),
        }
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        match rest {
            // U+DC80 to U+DCFF.
            [second @ 0xb2..=0xb3, third, after @ ..] if *first == 0xed => {
                bytes.push((second & 1) << 6 | third & 0x3f | 0x80);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    OsString::from_vec(bytes).into()
}

/// A path as text; of bytes that are no text each is shown by its number.
pub(crate) fn of_path(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Characters from their storage as WTF-8.
fn encoded(width: usize, stored: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(stored.len());
    for character in stored.chunks_exact(width) {
        let point = match *character {
            [a] => u32::from(a),
            [a, b] => u32::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            _ => 0xfffd,
        };
        match point {
            0..0x80 => text.push(point as u8),
            0x80..0x800 => text.extend([0xc0 | (point >> 6) as u8, 0x80 | (point & 63) as u8]),
            0x800..0x1_0000 => text.extend([
                0xe0 | (point >> 12) as u8,
                0x80 | (point >> 6 & 63) as u8,
                0x80 | (point & 63) as u8,
            ]),
            _ => text.extend([
                0xf0 | (point >> 18) as u8,
                0x80 | (point >> 12 & 63) as u8,
                0x80 | (point >> 6 & 63) as u8,
                0x80 | (point & 63) as u8,
            ]),
        }
    }
    text
}

pub(crate) unsafe fn write(out: &mut impl Out, object: Object, limit: usize) {
    // SAFETY: the caller saw a str.
    let (text, true_length) = unsafe { wtf8(object, limit) };
    encode::text(out, true, &text, true_length);
}
