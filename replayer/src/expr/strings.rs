//! The methods of `str`.

use schema::Value;

use super::Datum;
use super::allotment::{A_TEXT, charge};
use super::arguments::Arguments;
use super::eval::{Eval, python, refused};
use super::methods::{is_utf8, place};
use super::pieces::{lines, parts, replaced};
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
        let space = if what.is_empty() { "" } else { " " };
        self.text_or(datum, |name| {
            format!("{what}{space}must be str, not {name}")
        })
    }

    /// The same, given what a `TypeError` says of a value of another class.
    fn text_or(&self, datum: &Datum, message: impl FnOnce(&str) -> String) -> Result<Vec<u8>> {
        match self.view(datum)? {
            View::Str(text) => Ok(text.to_vec()),
            View::StrCut(..) => Err(self.text_cut(datum)),
            _ => {
                let message = message(&self.type_name(datum));
                Err(python(format!("TypeError: {message}")))
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
                    Some(datum) => {
                        Some(self.text_or(datum, |_| format!("{name} arg must be None or str"))?)
                    }
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
                    Some(datum) => Some(
                        self.text_or(&datum, |other| format!("must be str or None, not {other}"))?,
                    ),
                };
                let most = self.limit(most)?;
                if separator.as_ref().is_some_and(Vec::is_empty) {
                    return Err(python("ValueError: empty separator"));
                }
                let parts = parts(all, separator.as_deref(), most, name == "rsplit");
                charge(parts.len() as u64, A_TEXT)?;
                Datum::List(parts.into_iter().map(string).collect())
            }
            "splitlines" => {
                let keeps = match arguments.either(0, "keepends") {
                    Some(datum) => self.truth(&datum)?,
                    None => false,
                };
                arguments.check(0, 1)?;
                let lines = lines(all, keeps);
                charge(lines.len() as u64, A_TEXT)?;
                Datum::List(lines.into_iter().map(string).collect())
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
                let items = self.iterate_or(arguments.one()?, |_| {
                    "TypeError: can only join an iterable".into()
                })?;
                for (at, item) in items.iter().enumerate() {
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
                    self.spend((all.len() + text.len()) as u64)?;
                    self.sized(out.len() as u64 / 1024)?;
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
                    Some(fill) => self.text_or(fill, |other| {
                        format!("The fill character must be a unicode character, not {other}")
                    })?,
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
                let part = self.text_of(arguments.one()?, &format!("{name}() argument"))?;
                let rest = if name == "removeprefix" {
                    all.strip_prefix(part.as_slice())
                } else {
                    all.strip_suffix(part.as_slice())
                };
                string(rest.unwrap_or(all))
            }
            "partition" | "rpartition" => {
                let part = self.text_of(arguments.one()?, "")?;
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
                let is_lone = |point: &u32| (0xd800..0xe000).contains(point);
                if let Some(at) = text::points(all).position(|point| is_lone(&point)) {
                    let lone: Vec<u32> = text::points(all).skip(at).take_while(is_lone).collect();
                    let place = match lone.as_slice() {
                        [one] => format!("character '\\u{one:04x}' in position {at}"),
                        more => format!("characters in position {at}-{}", at + more.len() - 1),
                    };
                    return Err(python(format!(
                        "UnicodeEncodeError: 'utf-8' codec can't encode {place}: surrogates not allowed"
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
        let name = arguments.name;
        match self.view(wanted)? {
            View::Items(Kind::Tuple, items) => {
                items.whole()?;
                for item in items.iter() {
                    choices.push(self.text_or(&item, |other| {
                        format!("tuple for {name} must only contain str, not {other}")
                    })?);
                }
            }
            _ => choices.push(self.text_or(wanted, |other| {
                format!("{name} first arg must be str or a tuple of str, not {other}")
            })?),
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
            Some(wanted) if self.is_since(13) => {
                self.text_of(wanted, &format!("{name}() argument 1"))?
            }
            // Without a word of what must be one.
            Some(wanted) => self.text_of(wanted, "")?,
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
