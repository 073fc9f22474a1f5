//! From text to a syntax tree, and back to the text of a part for messages.

use ruff_python_ast as ast;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_text_size::{Ranged, TextSize};

use crate::error::{Error, Result};

/// How `#17` is spelled for the parser, to which `#` begins a comment.
const OBJECT: &str = "__rdbg_object_";
/// How `$exception` is spelled, which Python has no character for. As long as the other, as places
/// in the text are told by its length.
const EVENT: &str = "__rdbg_dollar_";

/// Limits of an expression: the parser, the tree's destructor and the evaluation recurse, and the
/// stack is finite.
const MOST_BYTES: usize = 4096;
const MOST_LEVELS: usize = 100;
/// Enough for the parser on any text of that length, measured in a debug build; memory that is not
/// touched costs nothing.
const PARSER_STACK: usize = 256 << 20;

/// Parses an expression; gives the text that the ranges of the tree refer to, too.
pub(super) fn parse(text: &str) -> Result<(String, ast::Expr)> {
    let text = text.trim();
    if text.len() > MOST_BYTES {
        let problem = format!("an expression has at most {MOST_BYTES} bytes");
        return Err(Error::Expression(problem));
    }
    let (spelled, moved) = spell_objects(text);
    match parse_apart(&spelled)? {
        Ok(tree) => Ok((spelled, tree)),
        Err(problem) => {
            let at = usize::from(problem.location.start());
            // Each reference before the place made the text longer than what was typed.
            let longer: usize = moved.iter().filter(|m| **m < at).count() * (OBJECT.len() - 1);
            let at = at.saturating_sub(longer).min(text.len());
            let before = text.char_indices().take_while(|(index, _)| *index < at);
            let column = before.count() + 1;
            let shown = one_line(text);
            Err(Error::Expression(format!(
                "{shown}: invalid syntax at column {column}"
            )))
        }
    }
}

type Parsed = std::result::Result<ast::Expr, ruff_python_parser::ParseError>;

/// Parses on a thread with a stack that is large enough, and drops a tree that is too deep there.
fn parse_apart(text: &str) -> Result<Parsed> {
    let too_deep = || Error::Expression(format!("an expression has at most {MOST_LEVELS} levels"));
    let parse = || {
        let parsed = ruff_python_parser::parse_expression(text).map(|parsed| parsed.into_expr());
        match parsed {
            Ok(tree) if Levels::of(&tree) > MOST_LEVELS => Err(too_deep()),
            other => Ok(other),
        }
    };
    with_room(parse).unwrap_or_else(|| Err(too_deep()))
}

/// Does something on a thread with a stack that is large enough for the parser and its trees;
/// nothing if there is no such thread.
pub(crate) fn with_room<T: Send>(act: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(PARSER_STACK);
        builder.spawn_scoped(scope, act).ok()?.join().ok()
    })
}

/// Counts how deep a tree is.
#[derive(Default)]
struct Levels {
    here: usize,
    deepest: usize,
}

impl Levels {
    fn of(tree: &ast::Expr) -> usize {
        let mut levels = Levels::default();
        levels.visit_expr(tree);
        levels.deepest
    }
}

impl<'a> Visitor<'a> for Levels {
    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        self.here += 1;
        self.deepest = self.deepest.max(self.here);
        visitor::walk_expr(self, expr);
        self.here -= 1;
    }
}

/// Puts names for object references outside of strings; gives the places of these, too.
fn spell_objects(text: &str) -> (String, Vec<usize>) {
    let mut out = String::with_capacity(text.len());
    let mut moved = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => string_length(rest),
            _ => c.len_utf8(),
        };
        let reference = match (c, rest.get(1..).and_then(|after| after.chars().next())) {
            ('#', Some('0'..='9')) => Some(OBJECT),
            ('$', Some('a'..='z' | '_')) => Some(EVENT),
            _ => None,
        };
        if let (Some(spelled), Some(after)) = (reference, rest.get(1..)) {
            // What stands before must not become a part of the name.
            if out.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                out.push(' ');
            }
            moved.push(out.len());
            out.push_str(spelled);
            rest = after;
            continue;
        }
        let (part, after) = rest.split_at(length);
        out.push_str(part);
        rest = after;
    }
    (out, moved)
}

/// The length in bytes of the string literal at the beginning of a text, quotes included.
fn string_length(text: &str) -> usize {
    let quote = text.get(..1).unwrap_or_default();
    let triple = quote.repeat(3);
    let end = if text.starts_with(&triple) {
        triple.as_str()
    } else {
        quote
    };
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(end.len()) {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if text.get(at..).is_some_and(|rest| rest.starts_with(end)) {
            return at + end.len();
        }
    }
    text.len()
}

/// Whether a text is a statement and no expression.
pub(super) fn is_statement(text: &str) -> bool {
    let read = || {
        let parsed = ruff_python_parser::parse_module(text).ok()?;
        let is_other = |stmt: &ast::Stmt| !matches!(stmt, ast::Stmt::Expr(_));
        Some(parsed.suite().first().is_some_and(is_other))
    };
    text.len() <= MOST_BYTES && with_room(read).flatten().unwrap_or(false)
}

/// What a name asks of the event where an expression is evaluated: `exception` or `retval`.
pub(crate) fn event_word(name: &str) -> Option<&str> {
    // pdb calls them `$_exception` and `$_retval`.
    Some(name.strip_prefix(EVENT)?.trim_start_matches('_'))
}

/// A name as it was typed.
pub(super) fn typed(name: &str) -> String {
    name.replace(OBJECT, "#").replace(EVENT, "$")
}

/// The number of the object that a name stands for, if it is a reference.
pub(super) fn object_number(name: &str) -> Option<u64> {
    name.strip_prefix(OBJECT)?.parse().ok()
}

/// The text of a part of an expression, as it was typed.
pub(super) fn source(text: &str, part: &impl Ranged) -> String {
    let range = part.range();
    let index = |at: TextSize| usize::from(at);
    let part = text.get(index(range.start())..index(range.end()));
    one_line(&typed(part.unwrap_or_default()))
}

/// A text short enough for a message, in one line.
pub(super) fn one_line(text: &str) -> String {
    let mut out: String = text.chars().take(80).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    schema::escape_control(&out).replace('\n', "\\n")
}
