//! `repr()` and `str()` of what needs no code of the program to be written.

use schema::{Type, TypeKind, Value};

use super::Datum;
use super::classes::builtin;
use super::constructors::MOST_DIGITS;
use super::eval::{DEEPEST, Eval, MOST_ITEMS, python, refused, too_deep};
use super::shape::{Kind, View};
use crate::error::Result;

impl Eval<'_> {
    /// `repr()`
    pub(super) fn repr_of(&self, datum: &Datum) -> Result<String> {
        let mut out = String::new();
        self.write(datum, &mut out, 0, &mut Vec::new())?;
        Ok(out)
    }

    /// `ascii()`
    pub(super) fn ascii_of(&self, datum: &Datum) -> Result<String> {
        let mut out = String::new();
        for c in self.repr_of(datum)?.chars() {
            match u32::from(c) {
                0..0x80 => out.push(c),
                point @ 0x80..=0xff => out.push_str(&format!("\\x{point:02x}")),
                point @ 0x100..=0xffff => out.push_str(&format!("\\u{point:04x}")),
                point => out.push_str(&format!("\\U{point:08x}")),
            }
        }
        Ok(out)
    }

    /// `str()`, as WTF-8.
    pub(super) fn str_of(&self, datum: &Datum) -> Result<Vec<u8>> {
        match datum {
            Datum::Value(Value::Str(text)) => Ok(text.to_vec()),
            datum => Ok(self.repr_of(datum)?.into_bytes()),
        }
    }

    fn write(
        &self,
        datum: &Datum,
        out: &mut String,
        depth: usize,
        open: &mut Vec<u64>,
    ) -> Result<()> {
        self.spend(1)?;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        if out.len() as u64 > MOST_ITEMS {
            return Err(refused(
                "the text would have more than 10 million characters",
            ));
        }
        let plain = match datum {
            Datum::Value(Value::Object(id)) => {
                let (_, class) = self.object(*id)?;
                if !is_plain(class) {
                    return Err(self.unknowable("the text of", datum, "__repr__"));
                }
                Some((id.0, class))
            }
            _ => None,
        };
        let class = plain.map_or("", |(_, class)| class.name.as_str());
        let (begin, end) = match self.view(datum)? {
            View::StrCut(..) | View::BytesCut(..) => return Err(self.text_cut(datum)),
            View::Items(Kind::List, _) => ("[", "]"),
            View::Items(Kind::Tuple, items) if items.len() == 1 => ("(", ",)"),
            View::Items(Kind::Tuple, _) => ("(", ")"),
            View::Items(Kind::Set, items) if items.len() == 0 => ("set(", ")"),
            View::Items(Kind::FrozenSet, items) if items.len() == 0 => ("frozenset(", ")"),
            View::Items(Kind::FrozenSet, _) => ("frozenset({", "})"),
            View::Items(Kind::Deque, _) => {
                // Its repr tells `maxlen`, which is not recorded.
                return Err(refused(
                    "the text of a deque cannot be known: it may have a maxlen",
                ));
            }
            View::Items(Kind::Set, _) | View::Dict(_) => ("{", "}"),
            View::Bytes(bytes) if class == "bytearray" => {
                out.push_str(&format!("bytearray({})", schema::repr_bytes(bytes)));
                return Ok(());
            }
            _ => match datum {
                Datum::Value(value) => {
                    let text = value.repr();
                    let digits = text.as_ref().map_or(0, |t| t.trim_start_matches('-').len());
                    if matches!(value, Value::BigInt(..)) && digits > MOST_DIGITS {
                        return Err(python(format!(
                            "ValueError: Exceeds the limit ({MOST_DIGITS} digits) for integer \
                             string conversion; use sys.set_int_max_str_digits() to increase the \
                             limit"
                        )));
                    }
                    let text = text.ok_or_else(|| {
                        refused(match value {
                            Value::BigInt(..) => "an int has too many digits to be written",
                            _ => "the text of an object cannot be known",
                        })
                    })?;
                    out.push_str(&text);
                    return Ok(());
                }
                Datum::Class(class) if class.mro.iter().all(|name| builtin(name).is_some()) => {
                    out.push_str(&format!("<class '{}'>", class.name));
                    return Ok(());
                }
                _ => {
                    return Err(refused(
                        "the text of a class is recorded without its module",
                    ));
                }
            },
        };
        if matches!(datum, Datum::Set(_) | Datum::FrozenSet(_)) {
            // Fails if there are several, as their order is not known.
            self.iterate_in_order(datum)?;
        }
        if let Some((id, _)) = plain {
            if open.contains(&id) {
                out.push_str(&format!("{begin}...{end}"));
                return Ok(());
            }
            open.push(id);
        }
        out.push_str(begin);
        match self.view(datum)? {
            View::Items(_, items) => {
                items.whole()?;
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.write(&item, out, depth + 1, open)?;
                }
            }
            View::Dict(pairs) => {
                pairs.whole()?;
                for (at, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    self.write(&key, out, depth + 1, open)?;
                    out.push_str(": ");
                    self.write(&value, out, depth + 1, open)?;
                }
            }
            _ => {}
        }
        out.push_str(end);
        if plain.is_some() {
            open.pop();
        }
        Ok(())
    }
}

/// Whether an object is of a builtin class itself, whose methods are known.
pub(super) fn is_plain(class: &Type) -> bool {
    let builtin = match class.kind {
        TypeKind::List => "list",
        TypeKind::Tuple => "tuple",
        TypeKind::Set => "set",
        TypeKind::FrozenSet => "frozenset",
        TypeKind::Deque => "collections.deque",
        TypeKind::Dict => "dict",
        TypeKind::ByteArray => "bytearray",
        TypeKind::Atom | TypeKind::Exception | TypeKind::Instance | TypeKind::Opaque => {
            return false;
        }
    };
    // A class of the program may have the same name, but not the same ancestors.
    matches!(class.mro.as_slice(), [name, base] if name == builtin && base == "object")
}
