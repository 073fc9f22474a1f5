//! Words of pdb, gdb and rr that the debugger knows by another name, or that the past has no use
//! for. A variable of the program of the same name comes first.

/// Words for what other commands do.
pub(crate) const SYNONYMS: &[(&str, &str)] = &[
    ("backtrace", "where"),
    ("stepi", "step"),
    ("si", "step"),
    ("nexti", "next"),
    ("ni", "next"),
    ("reverse-stepi", "reverse-step"),
    ("rsi", "reverse-step"),
    ("reverse-nexti", "reverse-next"),
    ("rni", "reverse-next"),
    ("advance", "until"),
    ("ptype", "whatis"),
    ("inspect", "p"),
    ("call", "p"),
    ("run", "goto start"),
    ("restart", "goto start"),
    ("start", "goto start"),
    ("seek", "goto"),
    ("EOF", "quit"),
];

const READ_ONLY: &str = "the past is read-only";

/// Words that are refused, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["jump", "j"],
        "the past is read-only; `goto @N` goes to another moment, `until LINE` to a line; what ran stays as it ran",
    ),
    (
        &["interact"],
        "no program runs here to be talked to; expressions are typed right here, and \
         `rdbg.open(TRACE)` reads a trace in Python",
    ),
    (
        &["debug"],
        "nothing runs that a second debugger could step through; `break FUNCTION` and \
         `reverse-continue` go to a recorded call, `calls FUNCTION` lists them",
    ),
    (
        &["kill", "detach", "attach"],
        "no program runs here; `quit` ends the debugger, `rdbg record` records another run",
    ),
    (
        &["rwatch", "awatch"],
        "reads are not recorded; `watch EXPR` stops at writes, in both directions",
    ),
    (
        &["checkpoint"],
        "every position can be gone to at any time; `mark NAME` gives this one a name",
    ),
    (
        &["disassemble", "info-registers"],
        "machine code is not recorded; `longlist` shows the function's source",
    ),
];

/// The command that a word of another debugger stands for.
pub(crate) fn synonym(name: &str) -> Option<&'static str> {
    let found = SYNONYMS.iter().find(|(word, _)| *word == name);
    found.map(|(_, command)| *command)
}

/// Why a word of another debugger does nothing here.
pub(crate) fn refusal(name: &str) -> Option<String> {
    let found = REFUSED.iter().find(|(words, _)| words.contains(&name));
    found.map(|(_, why)| format!("no `{name}` here: {why}"))
}

/// Whether a word is one of another debugger.
pub(crate) fn is_known(name: &str) -> bool {
    synonym(name).is_some() || refusal(name).is_some()
}

/// What is said to an assignment and other statements.
pub(crate) fn statement(text: &str) -> String {
    let name = text
        .split(['=', ' ', '+', '-', '.', '['])
        .next()
        .unwrap_or_default();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    let is_keyword = [
        "del", "import", "from", "for", "def", "class", "while", "with", "return", "raise",
        "assert", "pass", "if", "try",
    ];
    let hint = if is_name && !is_keyword.contains(&name) {
        format!("`last {name}` goes to where it got its value, `p` evaluates an expression")
    } else {
        "only expressions are evaluated, over what was recorded".to_owned()
    };
    format!("{READ_ONLY}: no statement runs here; {hint}")
}

/// What is said to `x/4x 0x7ffe`.
pub(crate) const NO_MEMORY: &str = "there is no memory to examine: a trace holds objects; `p EXPR` shows a value, `#17` the object \
     of that number, `p/x EXPR` an int in another base";

/// The expression for `p/x n`: an int in another base.
pub(crate) fn formatted(letters: &str, rest: &str) -> Result<String, String> {
    let function = match letters.trim_start_matches(|c: char| c.is_ascii_digit()) {
        "x" | "z" | "a" => "hex",
        "o" => "oct",
        "t" => "bin",
        "d" | "u" => "int",
        "c" => "chr",
        "f" => "float",
        "s" | "" => "str",
        other => {
            return Err(format!(
                "there is no format /{other}; say /x, /o, /t, /d, /c, /f or /s"
            ));
        }
    };
    Ok(format!("{function}({rest})"))
}

/// The parts of a line between `;;`, outside of strings.
pub(crate) fn parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut quote, mut at) = (0, None, 0);
    let bytes = line.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b';') if bytes.get(at + 1) == Some(&b';') => {
                parts.push(line[begin..at].trim());
                at += 1;
                begin = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(line[begin..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The command that an alias makes of what follows it: `%1` to `%9` are words of that, `%*` all.
pub(crate) fn expanded(alias: &str, rest: &str) -> String {
    let words: Vec<&str> = rest.split_whitespace().collect();
    if !alias.contains('%') {
        return format!("{alias} {rest}").trim().to_owned();
    }
    let mut out = alias.replace("%*", rest);
    for (number, word) in (1..=9).zip(words.iter().chain(std::iter::repeat(&""))) {
        out = out.replace(&format!("%{number}"), word);
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_semicolons_part_commands_outside_of_strings() {
        assert_eq!(parts("n ;; p x;;"), ["n", "p x"]);
        assert_eq!(parts("p ';;' + \"a\\\";;\""), ["p ';;' + \"a\\\";;\""]);
        assert_eq!(parts("commands 1 p x; c"), ["commands 1 p x; c"]);
        assert!(parts(";;").is_empty());
    }

    #[test]
    fn aliases_take_words() {
        assert_eq!(expanded("p len(%1)", "items x"), "p len(items)");
        assert_eq!(expanded("p %*", "a + b"), "p a + b");
        assert_eq!(expanded("next", "3"), "next 3");
        assert_eq!(expanded("p %1 %2", "a"), "p a");
    }

    #[test]
    fn ints_are_shown_in_other_bases() {
        assert_eq!(formatted("x", "n").as_deref(), Ok("hex(n)"));
        assert_eq!(formatted("4t", "n").as_deref(), Ok("bin(n)"));
        assert!(formatted("q", "n").is_err());
    }
}
