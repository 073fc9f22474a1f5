//! The command line of `python` itself.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::{Mode, Program, usage};
use crate::Failure;

/// Whether a command is called as Python's interpreters are: `python`, `python3`, `python3.13t` …
pub(super) fn is_interpreter(command: &OsStr) -> bool {
    let name = Path::new(command).file_name().map(OsStr::as_bytes);
    let version = name.and_then(|name| name.strip_prefix(b"python"));
    version.is_some_and(|version| {
        let number = version.strip_suffix(b"d").unwrap_or(version);
        let number = number.strip_suffix(b"t").unwrap_or(number);
        number
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
    })
}

/// Reads the words behind `python`: its options end at the script, at `-m` or at `-c`.
pub(super) fn read(interpreter: OsString, words: Vec<OsString>) -> Result<Program, Failure> {
    let mut flags = Vec::new();
    let mut words = words.into_iter();
    let program = |mode, what, flags, words: std::vec::IntoIter<OsString>| Program {
        interpreter: Some(interpreter.clone()),
        flags,
        mode,
        what,
        arguments: words.collect(),
    };
    while let Some(word) = words.next() {
        let bytes = word.as_bytes();
        if word == "--" {
            let script = words.next().ok_or_else(nothing)?;
            return Ok(program(Mode::Script, script, flags, words));
        }
        if bytes.starts_with(b"--") {
            if matches!(
                bytes,
                b"--version" | b"--help" | b"--help-env" | b"--help-xoptions" | b"--help-all"
            ) {
                return Err(nothing());
            }
            let takes_value = word == "--check-hash-based-pycs";
            flags.push(word);
            flags.extend(takes_value.then(|| words.next()).flatten());
            continue;
        }
        if bytes == b"-" || !bytes.starts_with(b"-") {
            return Ok(program(Mode::Script, word, flags, words));
        }
        // Letters may stand together; one that takes a value takes the rest of the word.
        let Some(at) = bytes
            .iter()
            .position(|letter| b"cmWXhVix?".contains(letter))
        else {
            flags.push(word);
            continue;
        };
        let mut value = (at + 1 < bytes.len()).then(|| OsString::from_vec(bytes[at + 1..].into()));
        match bytes[at] {
            letter @ (b'c' | b'm') => {
                if at > 1 {
                    flags.push(OsString::from_vec(bytes[..at].into()));
                }
                let (mode, missing) = match letter {
                    b'c' => (Mode::Code, "python -c needs the code to run"),
                    _ => (Mode::Module, "python -m needs the name of a module"),
                };
                value = value.or_else(|| words.next());
                let what = value.ok_or_else(|| usage(missing))?;
                return Ok(program(mode, what, flags, words));
            }
            b'W' | b'X' => {
                flags.push(word);
                if value.is_none() {
                    flags.extend(words.next());
                }
            }
            b'i' => {
                return Err(usage(
                    "python -i goes on at a prompt, which cannot be recorded; leave the -i out",
                ));
            }
            b'x' => {
                return Err(usage(
                    "python -x leaves the first line of a script out, which cannot be recorded",
                ));
            }
            _ => return Err(nothing()),
        }
    }
    Err(nothing())
}

fn nothing() -> Failure {
    usage("this runs no program that could be recorded; say a script, -m MODULE or -c CODE")
}
