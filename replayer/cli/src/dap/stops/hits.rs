//! Which hits of a breakpoint count, and what a log point says.

use replayer::{Budget, Debugger};

/// A condition on how often a breakpoint was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HitRule {
    Exactly(u64),
    From(u64),
    Below(u64),
    Every(u64),
}

impl HitRule {
    /// Reads `5`, `== 5`, `>= 5`, `> 5`, `< 5`, `<= 5` or `% 5`.
    pub(super) fn parse(text: &str) -> Result<HitRule, String> {
        let text = text.trim();
        let digits = text.trim_start_matches(['=', '>', '<', '%']);
        let wrong = || format!("{text} is no hit count; say 5, >= 5, < 5 or % 5");
        let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
        let sign = &text[..text.len() - digits.len()];
        match (sign, number) {
            ("" | "==" | "=", number) => Ok(HitRule::Exactly(number)),
            (">=", number) => Ok(HitRule::From(number)),
            (">", number) => Ok(HitRule::From(number.saturating_add(1))),
            ("<", number) => Ok(HitRule::Below(number)),
            ("<=", number) => Ok(HitRule::Below(number.saturating_add(1))),
            ("%", 1..) => Ok(HitRule::Every(number)),
            _ => Err(wrong()),
        }
    }

    /// Whether the hit of this number, from 1, counts.
    pub(super) fn holds(self, hits: u64) -> bool {
        match self {
            HitRule::Exactly(number) => hits == number,
            HitRule::From(number) => hits >= number,
            HitRule::Below(number) => hits < number,
            HitRule::Every(number) => hits.is_multiple_of(number),
        }
    }
}

/// A log point's message with the values of what stands in braces.
pub(super) fn message(text: &str, debugger: &Debugger) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let (brace, behind) = rest[at..].split_at(1);
        if let Some(after) = behind.strip_prefix(brace) {
            // Two of them are one, as in an f-string.
            out.push_str(brace);
            rest = after;
            continue;
        }
        match (brace, end_of(behind)) {
            ("{", Some(end)) => {
                let value = debugger.printed(&behind[..end], Budget::SHORT);
                out.push_str(&value.unwrap_or_else(|error| format!("<{error}>")));
                rest = &behind[end + 1..];
            }
            _ => {
                out.push_str(brace);
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    schema::escape_control(&out)
}

/// Where the brace is that ends an expression.
fn end_of(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{' | '[' | '(') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}' | ']' | ')') => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_rules_count_from_one() {
        let counts = |text: &str| {
            let rule = HitRule::parse(text).expect("a rule");
            (1..=6).filter(|hits| rule.holds(*hits)).collect::<Vec<_>>()
        };
        assert_eq!(counts("3"), [3]);
        assert_eq!(counts("== 3"), [3]);
        assert_eq!(counts(">= 5"), [5, 6]);
        assert_eq!(counts(">5"), [6]);
        assert_eq!(counts("< 3"), [1, 2]);
        assert_eq!(counts("<= 2"), [1, 2]);
        assert_eq!(counts("% 2"), [2, 4, 6]);
        for text in ["", "x", "%0", "=> 3", "-1", "3.5"] {
            assert!(HitRule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_expression_ends_at_its_own_brace() {
        assert_eq!(end_of("x} y"), Some(1));
        assert_eq!(end_of("d['}']} y"), Some(6));
        assert_eq!(end_of("{1: 2}[1]}"), Some(9));
        assert_eq!(end_of("x"), None);
    }
}
