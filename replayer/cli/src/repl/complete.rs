//! Completion at the prompt: commands first, then the program's names and files.

use rustyline::Context;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;

use super::commands;

/// What rustyline asks while a line is edited.
pub(crate) struct Helper {
    /// Names of the program that fit the present place.
    pub(crate) words: Vec<String>,
}

impl Helper {
    pub(crate) fn new() -> Self {
        Helper { words: Vec::new() }
    }
}

impl Completer for Helper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or(line);
        let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        let begin = before.rfind(|c| !is_part(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = &before[begin..];
        let mut found: Vec<String> = Vec::new();
        if begin == 0 {
            let names = commands::all().flat_map(|command| command.names.iter());
            found.extend(
                names
                    .filter(|name| name.starts_with(word))
                    .map(|name| (*name).into()),
            );
        }
        if !(begin == 0 && word.is_empty()) {
            found.extend(
                self.words
                    .iter()
                    .filter(|name| name.starts_with(word))
                    .cloned(),
            );
        }
        found.dedup();
        Ok((begin, found))
    }
}

impl Hinter for Helper {
    type Hint = String;
}

impl Highlighter for Helper {}

impl Validator for Helper {}

impl rustyline::Helper for Helper {}
