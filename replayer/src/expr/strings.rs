//! The methods of `str`.

use schema::Value;

use super::Datum;
use super::arguments::Arguments;
use super::eval::{Eval, python, refused};
use super::methods::{is_utf8, place};
use super::shape::{Kind, View};
use super::text;
use super::{letters, text::characters};
use crate::error::Result;

fn string(bytes: &[u8]) -> Datum {
    Value::Str(bytes.into()).into()
}

impl Eval<'_> {
    /// The bytes of a `str`; what it is called is for messages.
    pub(super) fn text_of(&self, datum: &Datum, what: &str) -> Result<Vec<u8>> {
        match self.view(datum)? {
            View::Str(text) => Ok(text.to_vec()),
            View::StrCut(..) => Err(self.text_cut(datum)),
            _ => {
                let name = self.type_name(datum);
                Err(python(format!("TypeError: {what} must be str, not {name}")))
            }
        }
    }

    /// A method of a `str`; `None` if it has none of that name here.
    pub(super) fn str_method(
        &self,
        all: &[u8],
        mut arguments: Arguments<'_>,
    ) -> Result<Option<Datum>> {
        self.spend(all.len() as u64)?;
        let name = arguments.name;
        Ok(Some(match name {
            "upper" | "lower" | "title" | "capitalize" | "swapcase" | "casefold" => {
                arguments.check(0, 0)?;
                string(&letters::recased(name, all)?)
            }
            "isdigit" | "isdecimal" | "isnumeric" | "isalpha" | "isalnum" | "isspace"
            | "isupper" | "islower" | "isascii" => {
                arguments.check(0, 0)?;
                letters::holds(name, all)?.into()
            }
            "strip" | "lstrip" | "rstrip" => {
                arguments.check(0, 1)?;
                let (at_start, at_end) = (name != "rstrip", name != "lstrip");
                let chosen = match arguments.get(0) {
                    None | Some(Datum::Value(Value::None)) => None,
                    Some(datum) => Some(self.text_of(datum, "strip arg")?),
                };
                string(match chosen {
                    None => text::strip(all, at_start, at_end, text::is_space),
                    Some(set) => text::strip(all, at_start, at_end, |character| {
                        characters(&set).any(|other| other == character)
                    }),
                })
            }
            "startswith" | "endswith" => self.at_end(all, &arguments)?.into(),
            "find" | "rfind" | "index" | "rindex" | "count" => self.sought(all, &arguments)?,
            "split" | "rsplit" => {
                let separator = arguments.either(0, "sep");
                let most = arguments.either(1, "maxsplit");
                arguments.check(0, 2)?;
                let separator = match separator {
                    None | Some(Datum::Value(Value::None)) => None,
                    Some(datum) => Some(self.text_of(&datum, "separator")?),
                };
                if separator.as_ref().is_some_and(Vec::is_empty) {
                    return Err(python("ValueError: empty separator"));
                }
                let most = self.limit(most)?;
                let parts = parts(all, separator.as_deref(), most, name == "rsplit");
                Datum::List(parts.into_iter().map(string).collect())
            }
            "splitlines" => {
                let keeps = match arguments.either(0, "keepends") {
                    Some(datum) => self.truth(&datum)?,
                    None => false,
                };
                arguments.check(0, 1)?;
                Datum::List(lines(all, keeps).into_iter().map(string).collect())
            }
            "replace" => {
                let most = arguments.either(2, "count");
                arguments.check(2, 3)?;
                arguments.positional.truncate(2);
                let (old, new) = arguments.two()?;
                let (old, new) = (
                    self.text_of(old, "replace() argument 1")?,
                    self.text_of(new, "replace() argument 2")?,
                );
                let most = self.limit(most)?;
                let times = text::count(all, &old).min(most) as u64;
                self.sized(all.len() as u64 + times.saturating_mul(new.len() as u64))?;
                string(&replaced(all, &old, &new, most))
            }
            "join" => {
                let mut out = Vec::new();
                for (at, item) in self.iterate_in_order(arguments.one()?)?.iter().enumerate() {
                    if at > 0 {
                        out.extend_from_slice(all);
                    }
                    let text = match self.view(item)? {
                        View::Str(text) => text,
                        View::StrCut(..) => return Err(self.text_cut(item)),
                        _ => {
                            let name = self.type_name(item);
                            return Err(python(format!(
                                "TypeError: sequence item {at}: expected str instance, {name} found"
                            )));
                        }
                    };
                    out.extend_from_slice(text);
                    self.spend(all.len() as u64)?;
                }
                self.sized(out.len() as u64)?;
                string(&out)
            }
            "zfill" | "center" | "ljust" | "rjust" => {
                arguments.check(1, if name == "zfill" { 1 } else { 2 })?;
                let Some(width) = arguments.get(0) else {
                    return Ok(None);
                };
                let width = self.whole_number(width)?;
                let width = usize::try_from(&width).unwrap_or(if width < 0.into() {
                    0
                } else {
                    usize::MAX
                });
                let fill = match arguments.get(1) {
                    Some(fill) => self.text_of(fill, "fill character")?,
                    None => b" ".to_vec(),
                };
                if text::length(&fill) != 1 {
                    return Err(python(
                        "TypeError: The fill character must be exactly one character long",
                    ));
                }
                let missing = width.saturating_sub(text::length(all));
                self.sized(missing as u64)?;
                if name == "zfill" {
                    let sign = all
                        .iter()
                        .take(1)
                        .filter(|c| matches!(c, b'+' | b'-'))
                        .count();
                    let (sign, digits) = all.split_at(sign);
                    string(&[sign, "0".repeat(missing).as_bytes(), digits].concat())
                } else {
                    let left = match name {
                        "ljust" => 0,
                        "rjust" => missing,
                        // An odd place goes to the left if the width is odd.
                        _ => missing / 2 + (missing & width & 1),
                    };
                    string(&[fill.repeat(left), all.to_vec(), fill.repeat(missing - left)].concat())
                }
            }
            "removeprefix" | "removesuffix" => {
                let part = self.text_of(arguments.one()?, "argument")?;
                let rest = if name == "removeprefix" {
                    all.strip_prefix(part.as_slice())
                } else {
                    all.strip_suffix(part.as_slice())
                };
                string(rest.unwrap_or(all))
            }
            "partition" | "rpartition" => {
                let part = self.text_of(arguments.one()?, "separator")?;
                if part.is_empty() {
                    return Err(python("ValueError: empty separator"));
                }
                let (at, is_left) = if name == "partition" {
                    (text::find(all, &part, 0), true)
                } else {
                    (text::find_last(all, &part), false)
                };
                let three: [&[u8]; 3] = match at.and_then(|at| all.split_at_checked(at)) {
                    Some((before, rest)) => {
                        [before, &part, rest.get(part.len()..).unwrap_or_default()]
                    }
                    None if is_left => [all, b"", b""],
                    None => [b"", b"", all],
                };
                Datum::Tuple(three.map(string).to_vec())
            }
            "encode" => {
                let encoding = arguments.either(0, "encoding");
                arguments.check(0, 1)?;
                if let Some(encoding) = encoding
                    && !is_utf8(&self.text_of(&encoding, "encoding")?)
                {
                    return Err(refused("encodings other than utf-8 are not supported"));
                }
                if let Err(problem) = std::str::from_utf8(all) {
                    let at = text::length(all.get(..problem.valid_up_to()).unwrap_or_default());
                    return Err(python(format!(
                        "UnicodeEncodeError: 'utf-8' codec can't encode the character in position \
                         {at}: surrogates not allowed"
                    )));
                }
                Value::Bytes(all.into()).into()
            }
            _ => return Ok(None),
        }))
    }

    /// How often at most; negative numbers mean as often as there is.
    fn limit(&self, datum: Option<Datum>) -> Result<usize> {
        let Some(datum) = datum else {
            return Ok(usize::MAX);
        };
        let number = self.whole_number(&datum)?;
        Ok(usize::try_from(&number).unwrap_or(usize::MAX))
    }

    /// The part of a text between the bounds given as arguments, and at which character it begins.
    /// `None` if the bounds cross.
    fn bounded<'t>(
        &self,
        all: &'t [u8],
        arguments: &Arguments<'_>,
    ) -> Result<Option<(&'t [u8], usize)>> {
        let (start, stop) = self.part(arguments, 1, text::length(all) as u64)?;
        if start > stop {
            return Ok(None);
        }
        let (from, to) = (text::offset(all, start), text::offset(all, stop));
        Ok(all.get(from..to).map(|part| (part, start)))
    }

    fn at_end(&self, all: &[u8], arguments: &Arguments<'_>) -> Result<bool> {
        arguments.check(1, 3)?;
        let (Some(wanted), bounded) = (arguments.get(0), self.bounded(all, arguments)?) else {
            return Ok(false);
        };
        let mut choices = Vec::new();
        let what = format!("{} first arg", arguments.name);
        match self.view(wanted)? {
            View::Items(Kind::Tuple, items) => {
                items.whole()?;
                for item in items.iter() {
                    choices.push(self.text_of(&item, &what)?);
                }
            }
            _ => choices.push(self.text_of(wanted, &what)?),
        }
        let Some((part, _)) = bounded else {
            return Ok(false);
        };
        Ok(choices.iter().any(|choice| {
            if arguments.name == "startswith" {
                part.starts_with(choice)
            } else {
                part.ends_with(choice)
            }
        }))
    }

    fn sought(&self, all: &[u8], arguments: &Arguments<'_>) -> Result<Datum> {
        arguments.check(1, 3)?;
        let name = arguments.name;
        let wanted = match arguments.get(0) {
            Some(wanted) => self.text_of(wanted, "argument")?,
            None => Vec::new(),
        };
        let bounded = self.bounded(all, arguments)?;
        if name == "count" {
            let count = bounded.map_or(0, |(part, _)| text::count(part, &wanted));
            return Ok(place(Some(count)));
        }
        let found = bounded.and_then(|(part, start)| {
            let at = if name.starts_with('r') {
                text::find_last(part, &wanted)
            } else {
                text::find(part, &wanted, 0)
            };
            Some(start + text::length(part.get(..at?)?))
        });
        if found.is_none() && name.ends_with("index") {
            return Err(python("ValueError: substring not found"));
        }
        Ok(place(found))
    }
}

/// The parts between separators, or between runs of space.
fn parts<'t>(
    all: &'t [u8],
    separator: Option<&[u8]>,
    most: usize,
    is_right: bool,
) -> Vec<&'t [u8]> {
    let mut parts = Vec::new();
    let mut rest = all;
    loop {
        if separator.is_none() {
            rest = text::strip(rest, !is_right, is_right, text::is_space);
            if rest.is_empty() {
                break;
            }
        }
        if parts.len() >= most {
            break;
        }
        let found = match (separator, is_right) {
            (Some(separator), false) => {
                text::find(rest, separator, 0).map(|at| (at, separator.len()))
            }
            (Some(separator), true) => {
                text::find_last(rest, separator).map(|at| (at, separator.len()))
            }
            (None, _) => text::find_space(rest, is_right),
        };
        let Some((at, length)) = found else {
            break;
        };
        let (before, after) = (rest.get(..at), rest.get(at + length..));
        let (part, next) = if is_right {
            (after, before)
        } else {
            (before, after)
        };
        parts.push(part.unwrap_or_default());
        rest = next.unwrap_or_default();
    }
    if separator.is_some() || !rest.is_empty() {
        parts.push(rest);
    }
    if is_right {
        parts.reverse();
    }
    parts
}

fn lines(all: &[u8], keeps: bool) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut rest = characters(all).peekable();
    while let Some(character) = rest.next() {
        let mut next = at + character.len();
        let is_end = matches!(
            character,
            b"\n"
                | b"\r"
                | b"\x0b"
                | b"\x0c"
                | b"\x1c"
                | b"\x1d"
                | b"\x1e"
                | [0xc2, 0x85]
                | [0xe2, 0x80, 0xa8 | 0xa9]
        );
        if is_end {
            if character == b"\r" && rest.peek() == Some(&b"\n".as_slice()) {
                rest.next();
                next += 1;
            }
            lines.extend(all.get(start..if keeps { next } else { at }));
            start = next;
        }
        at = next;
    }
    lines.extend(all.get(start..).filter(|line| !line.is_empty()));
    lines
}

fn replaced(all: &[u8], old: &[u8], new: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    if old.is_empty() {
        for (at, character) in characters(all).enumerate() {
            if at < most {
                out.extend_from_slice(new);
            }
            out.extend_from_slice(character);
        }
        if text::length(all) < most {
            out.extend_from_slice(new);
        }
        return out;
    }
    let mut rest = all;
    for _ in 0..most {
        let Some((before, after)) =
            text::find(rest, old, 0).and_then(|at| rest.split_at_checked(at))
        else {
            break;
        };
        out.extend_from_slice(before);
        out.extend_from_slice(new);
        rest = after.get(old.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
