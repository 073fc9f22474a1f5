//! Which parts of source lines are keywords, texts, numbers and comments, by the parser's own tokens.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use crate::expr::with_room;

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// `def`, `return`, `None` …
    Keyword,
    /// A string or a part of one.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
}

/// Parts of a line: from which byte to which, and what it is.
pub type Inks = Vec<(usize, usize, Ink)>;

/// The inks of each line. Source that is no Python has fewer of them.
pub(crate) fn inks(lines: &[String]) -> Vec<Inks> {
    let mut starts = Vec::with_capacity(lines.len());
    let mut at = 0;
    for line in lines {
        starts.push(at);
        at += line.len() + 1;
    }
    let source = lines.join("\n");
    let spans = with_room(|| {
        let parsed = parse_unchecked(&source, ParseOptions::from(Mode::Module));
        let span = |token: &ruff_python_ast::token::Token| {
            let (start, end) = (usize::from(token.start()), usize::from(token.end()));
            ink(token.kind()).map(|ink| (start, end, ink))
        };
        parsed.tokens().iter().filter_map(span).collect::<Vec<_>>()
    });
    let mut all = vec![Inks::new(); lines.len()];
    for (start, end, ink) in spans.unwrap_or_default() {
        let mut number = starts.partition_point(|begin| *begin <= start) - 1;
        // A text can go over several lines.
        while let (Some(begin), Some(inks), Some(line)) =
            (starts.get(number), all.get_mut(number), lines.get(number))
            && *begin < end
        {
            let from = start.saturating_sub(*begin);
            let to = (end - begin).min(line.len());
            if from < to && line.is_char_boundary(from) && line.is_char_boundary(to) {
                inks.push((from, to, ink));
            }
            number += 1;
        }
    }
    all
}

fn ink(kind: TokenKind) -> Option<Ink> {
    match kind {
        TokenKind::String
        | TokenKind::FStringStart
        | TokenKind::FStringMiddle
        | TokenKind::FStringEnd => Some(Ink::Text),
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => Some(Ink::Number),
        TokenKind::Comment => Some(Ink::Comment),
        kind if kind.is_keyword() => Some(Ink::Keyword),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_lines_have_their_inks() {
        let lines: Vec<String> = [
            "def f(): # é",
            "    return 'a",
            "",
            "x = \"\"\"é",
            "b\"\"\" + 5",
        ]
        .map(String::from)
        .to_vec();
        let all = inks(&lines);
        assert_eq!(all[0], [(0, 3, Ink::Keyword), (9, 13, Ink::Comment)]);
        assert_eq!(all[1].first(), Some(&(4, 10, Ink::Keyword)));
        assert_eq!(all[3], [(4, 9, Ink::Text)]);
        assert_eq!(all[4], [(0, 4, Ink::Text), (7, 8, Ink::Number)]);
    }
}
