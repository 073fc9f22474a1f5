//! A rendered value on as many lines as it takes, as `pprint` would lay it out: what fits in the width
//! stays on one line, of what does not each item gets its own.

/// How far items stand in from what holds them.
const INDENT: usize = 4;

/// A piece of a rendered value.
enum Piece<'a> {
    Text(&'a str),
    /// What stands between brackets, item by item.
    Group {
        open: &'a str,
        items: Vec<Vec<Piece<'a>>>,
        close: &'a str,
        /// Characters of the whole.
        length: usize,
    },
}

impl Piece<'_> {
    fn length(&self) -> usize {
        match self {
            Piece::Text(text) => text.chars().count(),
            Piece::Group { length, .. } => *length,
        }
    }
}

fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(Piece::length).sum()
}

/// Lays the text of a value out on lines of `width` characters, where its brackets allow it. The text
/// is that of one line; apart from the breaks, nothing of it changes.
pub fn laid_out(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    write(&read(text), 0, 0, width, &mut out);
    out
}

/// Reads a text into pieces; a bracket without its partner is text.
fn read(text: &str) -> Vec<Piece<'_>> {
    let mut open: Vec<(usize, Vec<Vec<Piece>>)> = Vec::new();
    let mut items: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut begin = 0;
    let mut quote = None;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if let Some(mark) = quote {
            if is_escaped {
                is_escaped = false;
            } else if letter == '\\' {
                is_escaped = true;
            } else if letter == mark {
                quote = None;
            }
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '(' | '[' | '{' => {
                add(&mut items, &text[begin..at]);
                open.push((at, std::mem::replace(&mut items, vec![Vec::new()])));
                begin = at + 1;
            }
            ')' | ']' | '}' if !open.is_empty() => {
                add(&mut items, &text[begin..at]);
                if let Some((from, outer)) = open.pop() {
                    let inner = std::mem::replace(&mut items, outer);
                    let group = Piece::Group {
                        open: &text[from..=from],
                        length: text[from..=at].chars().count(),
                        items: inner,
                        close: &text[at..=at],
                    };
                    if let Some(last) = items.last_mut() {
                        last.push(group);
                    }
                }
                begin = at + 1;
            }
            ',' if !open.is_empty() && text[at + 1..].starts_with(' ') => {
                add(&mut items, &text[begin..at]);
                items.push(Vec::new());
                begin = at + 2;
            }
            _ => {}
        }
    }
    if !open.is_empty() {
        return vec![Piece::Text(text)];
    }
    add(&mut items, &text[begin..]);
    items.into_iter().flatten().collect()
}

fn add<'a>(items: &mut [Vec<Piece<'a>>], text: &'a str) {
    if let Some(last) = items.last_mut().filter(|_| !text.is_empty()) {
        last.push(Piece::Text(text));
    }
}

/// Writes pieces from a column on, in lines that stand in by `indent`; `after` characters follow.
fn write(pieces: &[Piece], indent: usize, after: usize, width: usize, out: &mut String) {
    let mut column = indent;
    for (at, piece) in pieces.iter().enumerate() {
        let rest = length(&pieces[at..]) + after;
        match piece {
            Piece::Text(text) => {
                out.push_str(text);
                column += piece.length();
            }
            Piece::Group {
                open, items, close, ..
            } => {
                out.push_str(open);
                if column + rest <= width || items.iter().all(Vec::is_empty) {
                    for (at, item) in items.iter().enumerate() {
                        out.push_str(if at > 0 { ", " } else { "" });
                        write(item, 0, 0, usize::MAX, out);
                    }
                    column += piece.length();
                } else {
                    for (at, item) in items.iter().enumerate() {
                        let is_last = at + 1 == items.len();
                        line(indent + INDENT, out);
                        write(item, indent + INDENT, usize::from(!is_last), width, out);
                        out.push_str(if is_last { "" } else { "," });
                    }
                    line(indent, out);
                    column = indent + 1;
                }
                out.push_str(close);
            }
        }
    }
}

fn line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn what_fits_stays_on_a_line() {
        let text = "Account(owner='ann', limits=[1, 2]) #19";
        assert_eq!(laid_out(text, 80), text);
        let lines = "Account(\n    owner='ann',\n    limits=[1, 2]\n) #19";
        assert_eq!(laid_out(text, 20), lines);
    }

    #[test]
    fn what_does_not_fit_is_broken_within() {
        let text = "{'a': [1, 2, 3] #2, 'b': ('(x, y', [])} #1";
        let lines = "{\n    'a': [\n        1,\n        2,\n        3\n    ] #2,\n    'b': (\n        '(x, y',\n        []\n    )\n} #1";
        assert_eq!(laid_out(text, 12), lines);
        assert_eq!(
            laid_out(text, 24),
            "{\n    'a': [1, 2, 3] #2,\n    'b': ('(x, y', [])\n} #1"
        );
    }

    #[test]
    fn texts_are_left_alone() {
        for text in [
            "",
            "[",
            "a)",
            "'it\\'s [1, 2'",
            "(1,)",
            "1, 2",
            "[[], {}, ()]",
            "é",
        ] {
            assert_eq!(laid_out(text, 80), text);
            let joined: String = laid_out(text, 1).split('\n').map(str::trim_start).collect();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
