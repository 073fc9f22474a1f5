//! `repr()` and `str()` of what needs no code of the program to be written.

use schema::{Object, ObjectId, Type, TypeKind, Value};

use super::Datum;
use super::classes::builtin;
use super::constructors::MOST_DIGITS;
use super::eval::{DEEPEST, Eval, MOST_ITEMS, lost, python, refused, too_deep};
use super::gate::called;
use super::shape::{Kind, View};
use crate::error::Result;
use crate::known;

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
        let Datum::Value(Value::Object(id)) = datum else {
            return match datum {
                Datum::Value(Value::Str(text)) => Ok(text.to_vec()),
                datum => Ok(self.repr_of(datum)?.into_bytes()),
            };
        };
        let (object, class) = self.object(*id)?;
        if class.name == "decimal.Decimal"
            && let Some(text) = known::repr(self.scope.facts, object, class)
            && let Some(inside) = text
                .strip_prefix("Decimal('")
                .and_then(|rest| rest.strip_suffix("')"))
        {
            return Ok(inside.as_bytes().to_vec());
        }
        if let Some(text) = self.own_text(datum, "__str__", Vec::new())? {
            return Ok(text);
        }
        self.asks("the text of", datum, &["__str__"])?;
        match self.view(datum)? {
            View::Str(text) => Ok(text.to_vec()),
            View::StrCut(..) => Err(self.text_cut(datum)),
            View::Instance if class.kind == TypeKind::Exception => {
                let is_key = class.mro.iter().any(|name| name == "KeyError");
                let arguments = self.arguments_of(*id, object)?;
                match self.iterate(&arguments)?.as_slice() {
                    [] => Ok(Vec::new()),
                    [only] if !is_key => self.str_of(only),
                    [only] => Ok(self.repr_of(only)?.into_bytes()),
                    _ => Ok(self.repr_of(&arguments)?.into_bytes()),
                }
            }
            _ => Ok(self.repr_of(datum)?.into_bytes()),
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
        if let Datum::Value(Value::Object(id)) = datum {
            let (object, class) = self.object(*id)?;
            if let Some(text) = known::repr(self.scope.facts, object, class) {
                out.push_str(&text);
                return Ok(());
            }
        }
        if let Some(text) = self.own_text(datum, "__repr__", Vec::new())? {
            out.push_str(&String::from_utf8_lossy(&text));
            return Ok(());
        }
        if let Some(text) = self.repr_of_fields(datum)? {
            out.push_str(&text);
            return Ok(());
        }
        self.asks("the text of", datum, &["__repr__"])?;
        let plain = match datum {
            Datum::Value(Value::Object(id)) => {
                let (object, class) = self.object(*id)?;
                match (class.kind, &object.base) {
                    (TypeKind::Atom, Some(base)) => {
                        return self.write(&base.clone().into(), out, depth + 1, open);
                    }
                    (TypeKind::Exception, _) => {
                        return self.write_exception(*id, out, depth, open);
                    }
                    (TypeKind::Instance | TypeKind::Opaque, _) => {
                        return Err(refused(format!(
                            "the text of {} #{id} cannot be known: it tells an address, and these are \
                             not recorded",
                            class.name
                        )));
                    }
                    _ => {}
                }
                Some((id.0, class))
            }
            _ => None,
        };
        // Only these tell the name of a subclass.
        let name = plain.map(|(_, class)| called(class));
        let named = |builtin: &str, begin: &str, end: &str| match name {
            Some(name) if name != builtin => (format!("{name}({begin}"), format!("{end})")),
            _ if builtin == "set" && !begin.is_empty() => (begin.to_owned(), end.to_owned()),
            _ => (format!("{builtin}({begin}"), format!("{end})")),
        };
        let pair = |begin: &str, end: &str| (begin.to_owned(), end.to_owned());
        let (begin, end) = match self.view(datum)? {
            View::StrCut(..) | View::BytesCut(..) => return Err(self.text_cut(datum)),
            View::Items(Kind::List, _) => pair("[", "]"),
            View::Items(Kind::Tuple, items) if items.len() == 1 => pair("(", ",)"),
            View::Items(Kind::Tuple, _) => pair("(", ")"),
            View::Items(Kind::Set, items) if items.len() == 0 => named("set", "", ""),
            View::Items(Kind::Set, _) => named("set", "{", "}"),
            View::Items(Kind::FrozenSet, items) if items.len() == 0 => named("frozenset", "", ""),
            View::Items(Kind::FrozenSet, _) => named("frozenset", "{", "}"),
            View::Items(Kind::Deque, _) => {
                // Its repr tells `maxlen`, which is not recorded.
                return Err(refused(
                    "the text of a deque cannot be known: it may have a maxlen",
                ));
            }
            View::Dict(_) => pair("{", "}"),
            View::Bytes(bytes) if let Some(name) = name => {
                out.push_str(&format!("{name}({})", schema::repr_bytes(bytes)));
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
        let is_unordered = match datum {
            Datum::Value(Value::Object(id)) => self.heap.is_unordered(*id),
            datum => matches!(datum, Datum::Set(_) | Datum::FrozenSet(_)),
        };
        if is_unordered {
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
        out.push_str(&begin);
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
        out.push_str(&end);
        if plain.is_some() {
            open.pop();
        }
        Ok(())
    }

    /// `ValueError('bad', 3)`
    fn write_exception(
        &self,
        id: ObjectId,
        out: &mut String,
        depth: usize,
        open: &mut Vec<u64>,
    ) -> Result<()> {
        let (object, class) = self.object(id)?;
        let arguments = self.arguments_of(id, object)?;
        let name = called(class);
        out.push_str(name.rsplit('.').next().unwrap_or(name));
        match self.iterate(&arguments)?.as_slice() {
            [only] => {
                out.push('(');
                self.write(only, out, depth + 1, open)?;
                out.push(')');
                Ok(())
            }
            _ => self.write(&arguments, out, depth + 1, open),
        }
    }

    /// The arguments of an exception.
    fn arguments_of(&self, id: ObjectId, object: &Object) -> Result<Datum> {
        let arguments = self.field(id, object, "args")?;
        arguments
            .map(Datum::Value)
            .ok_or_else(|| lost(format!("the arguments of #{id} are not recorded")))
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
