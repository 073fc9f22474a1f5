//! What kind of characters a text has, and its letters in another case.
//!
//! Python and this program may follow different editions of Unicode, and Rust knows fewer properties
//! of characters. What is not known for sure is refused.

use super::eval::refused;
use super::text::{self, characters};
use crate::error::Result;

/// The character of these bytes, unless it is a surrogate.
fn one(bytes: &[u8]) -> Option<char> {
    std::str::from_utf8(bytes).ok()?.chars().next()
}

fn unclear(method: &str, c: char) -> crate::error::Error {
    refused(format!(
        "`{method}` is not known for the character U+{:04X}",
        u32::from(c)
    ))
}

/// Characters that are letters in every edition of Unicode that counts here.
fn is_old_letter(c: char) -> bool {
    matches!(c, 'ª' | 'µ' | 'º' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24f}' | 'Ͱ'..='ͳ'
        | 'Ά' | 'Έ'..='Ί' | 'Ό' | 'Ύ'..='Ρ' | 'Σ'..='ϵ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ' | 'א'..='ת' | 'ؠ'..='ي'
        | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='\u{9fef}' | '가'..='힣')
}

/// Letters with exactly one partner in the other case, which is also their title case.
fn is_simple(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{c0}'..='\u{17f}' if !matches!(c, 'ß' | 'ŉ' | 'İ' | 'ı' | 'ſ'))
        || matches!(c, 'Ά'..='ώ' if !matches!(c, 'ΐ' | 'ΰ' | 'Σ' | 'ς'))
        || matches!(c, 'Ѐ'..='ӿ')
}

/// `upper()` and its like.
pub(super) fn recased(method: &str, all: &[u8]) -> Result<Vec<u8>> {
    match method {
        "upper" => return Ok(text::change(all, str::to_uppercase)),
        "lower" => return Ok(text::change(all, str::to_lowercase)),
        "casefold" if all.is_ascii() => return Ok(all.to_ascii_lowercase()),
        _ => {}
    }
    let mut out = Vec::with_capacity(all.len());
    let mut follows_letter = false;
    for (at, bytes) in characters(all).enumerate() {
        let Some(c) = one(bytes) else {
            out.extend_from_slice(bytes);
            follows_letter = false;
            continue;
        };
        let has_case =
            c.is_uppercase() || c.is_lowercase() || c.is_alphabetic() && !is_old_letter(c);
        if (has_case && !is_simple(c)) || method == "casefold" {
            return Err(unclear(method, c));
        }
        let is_up = match method {
            "title" => !follows_letter,
            "capitalize" => at == 0,
            _ => c.is_lowercase(),
        };
        let changed = if is_up {
            c.to_uppercase().next()
        } else {
            c.to_lowercase().next()
        };
        let changed = changed.unwrap_or(c);
        out.extend(changed.encode_utf8(&mut [0; 4]).bytes());
        follows_letter = has_case;
    }
    Ok(out)
}

/// `isdigit()` and its like.
pub(super) fn holds(method: &str, all: &[u8]) -> Result<bool> {
    if method == "isascii" {
        return Ok(all.is_ascii());
    }
    if matches!(method, "isupper" | "islower") {
        let mut has_case = false;
        for bytes in characters(all) {
            let Some(c) = one(bytes) else { continue };
            if is_titlecase(c) {
                return Ok(false);
            }
            let (is_it, is_other) = if method == "isupper" {
                (c.is_uppercase(), c.is_lowercase())
            } else {
                (c.is_lowercase(), c.is_uppercase())
            };
            if is_other {
                return Ok(false);
            }
            has_case |= is_it;
        }
        return Ok(has_case);
    }
    for bytes in characters(all) {
        let is_it = match one(bytes) {
            _ if method == "isspace" => text::is_space(bytes),
            None => false,
            Some(c) => is_of_kind(method, c)?,
        };
        if !is_it {
            return Ok(false);
        }
    }
    Ok(!all.is_empty())
}

fn is_of_kind(method: &str, c: char) -> Result<bool> {
    if c.is_ascii() {
        return Ok(match method {
            "isalpha" => c.is_ascii_alphabetic(),
            "isalnum" => c.is_ascii_alphanumeric(),
            _ => c.is_ascii_digit(),
        });
    }
    if is_old_letter(c) && (!c.is_numeric()) {
        // Han characters can be numerals, which Rust does not tell.
        if method == "isnumeric" && c >= '\u{3000}' {
            return Err(unclear(method, c));
        }
        return Ok(matches!(method, "isalpha" | "isalnum"));
    }
    let is_plain = !c.is_alphanumeric();
    if is_plain && u32::from(c) < 0x3000 {
        return Ok(false);
    }
    Err(unclear(method, c))
}

fn is_titlecase(c: char) -> bool {
    matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
        | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}
