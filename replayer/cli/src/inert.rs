//! The last word before text leaves: whatever of it came from a trace steers nothing. Interfaces
//! escape what they show where they put it together; what they miss is met here.

use std::fmt::Write as _;

use schema::{escape_control, steers};
use serde_json::Value as Json;

/// Text for a terminal: colours stay, any other character that steers is shown as an escape.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        let (plain, escape) = rest.split_at(at);
        out += &escape_control(plain);
        let length = colour(escape);
        let (kept, after) = escape.split_at(length.max(1));
        match length {
            0 => out += &escape_control(kept),
            _ => out += kept,
        }
        rest = after;
    }
    out + &escape_control(rest)
}

/// The length of the colour that a text begins with; 0 if it begins with something else.
fn colour(text: &str) -> usize {
    let Some(codes) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end {
        Some(end) if codes.as_bytes().get(end) == Some(&b'm') => 2 + end + 1,
        _ => 0,
    }
}

/// JSON in one line: characters that steer stand as their numbers, which mean the same.
pub(crate) fn json(value: &Json) -> String {
    let text = value.to_string();
    if !text.contains(steers) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // All of these are one unit of UTF-16. Writing to a String cannot fail.
        let _ = match steers(c) {
            true => write!(out, "\\u{:04x}", u32::from(c)),
            false => out.write_char(c),
        };
    }
    out
}

/// A message for an editor, which shows all of it: names and texts as for a terminal. Left as they
/// are: the text of a source, and what the program that is recorded prints.
pub(crate) fn message(value: &mut Json) {
    let body = &value["body"];
    if value["event"] == "output" && (body["category"] == "stdout" || body["category"] == "stderr")
    {
        return;
    }
    calm(value);
}

fn calm(value: &mut Json) {
    match value {
        Json::String(text) if text.contains(steers) => *text = escape_control(text),
        Json::Array(items) => items.iter_mut().for_each(calm),
        Json::Object(fields) => {
            let shown = fields.iter_mut().filter(|(key, _)| *key != "content");
            shown.for_each(|(_, field)| calm(field));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn colours_stay_and_nothing_else_steers() {
        let shown =
            text("\x1b[1;31mred\x1b[0m \x1b]52;c;aGk=\x07 \x1b[2J\u{9b}31m \u{202e}evil\x1b");
        assert_eq!(
            shown,
            "\x1b[1;31mred\x1b[0m \\x1b]52;c;aGk=\\x07 \\x1b[2J\\x9b31m \\u202eevil\\x1b"
        );
    }

    #[test]
    fn json_means_the_same() {
        let value = json!({"a": "\u{9b}31m \u{202e} \x7f \x1b é"});
        let line = json(&value);
        assert!(!line.contains(steers), "{line}");
        assert_eq!(serde_json::from_str::<Json>(&line).expect("JSON"), value);
    }

    #[test]
    fn editors_are_shown_escapes() {
        let mut one = json!({"body": {"name": "a\u{202e}b\n", "content": "\u{202e}"}});
        message(&mut one);
        assert_eq!(
            one,
            json!({"body": {"name": "a\\u202eb\n", "content": "\u{202e}"}})
        );
        let mut printed =
            json!({"event": "output", "body": {"category": "stdout", "output": "\x1b[1m"}});
        let before = printed.clone();
        message(&mut printed);
        assert_eq!(printed, before);
    }
}
