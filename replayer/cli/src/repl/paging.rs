//! Long lists: so much is shown at first, then how much there is and how to see it.

use replayer::Expr;

use super::Session;

/// How many lines of a list are shown unless one asks for more.
pub(crate) const USUAL: u64 = 100;
/// So many of those that are not shown are counted; to count all would seem to hang.
const COUNTED: u64 = 10_000;

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// As much as is usual.
    Usual,
    /// So many lines.
    Most(u64),
    /// All.
    All,
}

/// What a list is about, without the `all` or the number at its end that says how much is wanted.
/// A number or a name that belongs to what is asked, as in `x - 20`, is none.
pub(crate) fn limited(rest: &str, is_whole: impl Fn(&str) -> bool) -> (&str, Limit) {
    let (head, word) = match rest.rsplit_once(char::is_whitespace) {
        Some((head, word)) => (head.trim(), word),
        None => ("", rest),
    };
    let limit = match (word, word.parse()) {
        ("all", _) => Limit::All,
        (_, Ok(count @ 1..)) => Limit::Most(count),
        _ => return (rest, Limit::Usual),
    };
    if is_whole(head) {
        (head, limit)
    } else {
        (rest, Limit::Usual)
    }
}

/// The same for what is an expression, perhaps with a condition behind `if`.
pub(crate) fn limited_expression(rest: &str) -> (&str, Limit) {
    limited(rest, |head| {
        let (what, condition) = conditional(head);
        !what.is_empty()
            && Expr::parse(what).is_ok()
            && condition.is_none_or(|condition| Expr::parse(condition).is_ok())
    })
}

/// An expression, and the condition behind `if`. What has an `else` is one expression.
pub(crate) fn conditional(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" if ") {
        Some((what, condition)) if Expr::parse(text).is_err() => {
            (what.trim(), Some(condition.trim()))
        }
        _ => (text.trim(), None),
    }
}

impl Session {
    /// How many lines a limit lets through.
    pub(crate) fn most(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Usual => self.limit,
            Limit::Most(count) => count,
            Limit::All => u64::MAX,
        }
    }
}

/// A list as it grows.
pub(crate) struct Page {
    most: u64,
    /// How many there were so far.
    pub(crate) count: u64,
    is_all: bool,
}

impl Page {
    pub(crate) fn new(session: &Session, limit: Limit) -> Page {
        Page {
            most: session.most(limit),
            count: 0,
            is_all: true,
        }
    }

    /// Counts one more; whether it is shown.
    pub(crate) fn shows(&mut self) -> bool {
        self.count += 1;
        self.count <= self.most
    }

    /// Whether the list goes on after the last one.
    pub(crate) fn goes_on(&mut self) -> bool {
        self.is_all = self.count < self.most.saturating_add(COUNTED);
        self.is_all
    }

    /// What was left out, and the command that shows it.
    pub(crate) fn rest(&self, command: &str) -> Option<String> {
        let more = self.count.checked_sub(self.most).filter(|more| *more > 0)?;
        let than = if self.is_all { "" } else { "more than " };
        Some(format!("… {than}{} more; `{command}`", grouped(more)))
    }
}

/// The first lines of a list, what is left out, and the command that shows all.
pub(crate) fn paged(session: &Session, lines: Vec<String>, limit: Limit, command: &str) -> String {
    let mut page = Page::new(session, limit);
    let mut shown: Vec<String> = lines.into_iter().filter(|_| page.shows()).collect();
    shown.extend(page.rest(command));
    shown.join("\n")
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_end_is_a_limit_where_it_is_no_part_of_the_expression() {
        for (rest, head, limit) in [
            ("x 20", "x", Limit::Most(20)),
            ("3.5 all", "3.5", Limit::All),
            ("20", "20", Limit::Usual),
            ("all", "all", Limit::Usual),
            ("x - 20", "x - 20", Limit::Usual),
            ("x if x > 3 20", "x if x > 3", Limit::Most(20)),
            ("x if x > 3", "x if x > 3", Limit::Usual),
            ("a if b else 20", "a if b else 20", Limit::Usual),
            ("not all", "not all", Limit::Usual),
            ("f(x) 0", "f(x) 0", Limit::Usual),
        ] {
            assert_eq!(limited_expression(rest), (head, limit), "{rest}");
        }
        assert_eq!(limited("all", str::is_empty), ("", Limit::All));
    }

    #[test]
    fn a_condition_is_what_no_expression_has() {
        assert_eq!(conditional("x if x > 3"), ("x", Some("x > 3")));
        assert_eq!(conditional("a if b else c"), ("a if b else c", None));
        assert_eq!(conditional("x"), ("x", None));
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (5200, "5,200"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
