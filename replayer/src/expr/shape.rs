//! One look at every datum, whether it was recorded or computed.

use std::borrow::Cow;

use schema::{Object, ObjectId, Type, TypeKind, Value};

use super::Datum;
use super::eval::{Eval, lost};
use super::numbers::Number;
use crate::error::Result;

/// The kinds of containers that hold items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Tuple,
    Set,
    FrozenSet,
    Deque,
}

impl Kind {
    pub(super) fn is_set(self) -> bool {
        matches!(self, Kind::Set | Kind::FrozenSet)
    }
}

/// What a datum is to an operator.
pub(super) enum View<'v> {
    None,
    Ellipsis,
    NotImplemented,
    Number(Number),
    Complex(f64, f64),
    Str(&'v [u8]),
    /// The beginning of a `str`, and its true length in characters.
    StrCut(&'v [u8], u64),
    Bytes(&'v [u8]),
    BytesCut(&'v [u8], u64),
    Range(&'v [Value; 3]),
    Items(Kind, Items<'v>),
    Dict(Pairs<'v>),
    /// An instance or an exception: its class may define any operator.
    Instance,
    /// A class that was computed or named.
    Class(&'v Type),
    /// A function, class, module …
    Opaque(&'v Type, &'v str),
}

/// The items of a container.
#[derive(Clone, Copy)]
pub(super) struct Items<'v> {
    there: Slice<'v>,
    /// The true length, and the object if that is more than is there.
    length: u64,
    id: Option<ObjectId>,
}

#[derive(Clone, Copy)]
enum Slice<'v> {
    Values(&'v [Value]),
    Data(&'v [Datum]),
}

impl<'v> Items<'v> {
    pub(super) fn of(items: &'v [Datum]) -> Self {
        Items {
            there: Slice::Data(items),
            length: items.len() as u64,
            id: None,
        }
    }

    /// The true length.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// How many are there.
    pub(super) fn recorded(&self) -> usize {
        match self.there {
            Slice::Values(values) => values.len(),
            Slice::Data(data) => data.len(),
        }
    }

    /// An item that is there.
    pub(super) fn get(&self, at: usize) -> Option<Cow<'v, Datum>> {
        match self.there {
            Slice::Values(values) => values.get(at).map(|v| Cow::Owned(v.clone().into())),
            Slice::Data(data) => data.get(at).map(Cow::Borrowed),
        }
    }

    /// An item below the true length, or an error that says it was cut off.
    pub(super) fn item(&self, at: usize) -> Result<Cow<'v, Datum>> {
        self.get(at).ok_or_else(|| self.cut())
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Cow<'v, Datum>> {
        (0..self.recorded()).map_while(move |at| self.get(at))
    }

    /// What to say when an item past those that are there matters.
    pub(super) fn cut(&self) -> crate::error::Error {
        cut(self.id, self.recorded(), self.length)
    }

    /// That all of them are there.
    pub(super) fn whole(&self) -> Result<()> {
        if (self.recorded() as u64) < self.length {
            return Err(self.cut());
        }
        Ok(())
    }
}

fn cut(id: Option<ObjectId>, recorded: usize, length: u64) -> crate::error::Error {
    let name = id.map_or_else(|| "a container".into(), |id| format!("#{id}"));
    lost(format!(
        "{name} is cut: {recorded} of its {length} items are recorded"
    ))
}

/// The pairs of a dict.
#[derive(Clone, Copy)]
pub(super) struct Pairs<'v> {
    there: PairSlice<'v>,
    length: u64,
    id: Option<ObjectId>,
    /// The class, if it is a subclass, which may treat missing keys in its own way.
    pub(super) class: Option<&'v Type>,
}

#[derive(Clone, Copy)]
enum PairSlice<'v> {
    Values(&'v [(Value, Value)]),
    Data(&'v [(Datum, Datum)]),
}

impl<'v> Pairs<'v> {
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn recorded(&self) -> usize {
        match self.there {
            PairSlice::Values(pairs) => pairs.len(),
            PairSlice::Data(pairs) => pairs.len(),
        }
    }

    pub(super) fn key(&self, at: usize) -> Option<Cow<'v, Datum>> {
        match self.there {
            PairSlice::Values(pairs) => pairs.get(at).map(|p| Cow::Owned(p.0.clone().into())),
            PairSlice::Data(pairs) => pairs.get(at).map(|p| Cow::Borrowed(&p.0)),
        }
    }

    pub(super) fn value(&self, at: usize) -> Option<Cow<'v, Datum>> {
        match self.there {
            PairSlice::Values(pairs) => pairs.get(at).map(|p| Cow::Owned(p.1.clone().into())),
            PairSlice::Data(pairs) => pairs.get(at).map(|p| Cow::Borrowed(&p.1)),
        }
    }

    pub(super) fn keys(self) -> impl Iterator<Item = Cow<'v, Datum>> {
        (0..self.recorded()).map_while(move |at| self.key(at))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = (Cow<'v, Datum>, Cow<'v, Datum>)> {
        (0..self.recorded()).map_while(move |at| Some((self.key(at)?, self.value(at)?)))
    }

    pub(super) fn cut(&self) -> crate::error::Error {
        cut(self.id, self.recorded(), self.length)
    }

    pub(super) fn whole(&self) -> Result<()> {
        if (self.recorded() as u64) < self.length {
            return Err(self.cut());
        }
        Ok(())
    }
}

impl<'s> Eval<'s> {
    /// What a datum is; an error if that was not recorded.
    pub(super) fn view<'v>(&self, datum: &'v Datum) -> Result<View<'v>>
    where
        's: 'v,
    {
        Ok(match datum {
            Datum::Value(value) => return self.view_value(value),
            Datum::Tuple(items) => View::Items(Kind::Tuple, Items::of(items)),
            Datum::List(items) => View::Items(Kind::List, Items::of(items)),
            Datum::Set(items) => View::Items(Kind::Set, Items::of(items)),
            Datum::FrozenSet(items) => View::Items(Kind::FrozenSet, Items::of(items)),
            Datum::Class(class) => View::Class(class),
            Datum::Instance(..) => View::Instance,
            Datum::Dict(pairs) => View::Dict(Pairs {
                there: PairSlice::Data(pairs),
                length: pairs.len() as u64,
                id: None,
                class: None,
            }),
        })
    }

    fn view_value<'v>(&self, value: &'v Value) -> Result<View<'v>>
    where
        's: 'v,
    {
        if let Value::Object(id) = value {
            return self.view_object(*id);
        }
        Ok(match value {
            Value::None => View::None,
            Value::Ellipsis => View::Ellipsis,
            Value::NotImplemented => View::NotImplemented,
            Value::Complex(parts) => View::Complex(parts.0, parts.1),
            Value::Str(text) => View::Str(text),
            Value::StrCut(cut) => View::StrCut(&cut.0, cut.1),
            Value::Bytes(bytes) => View::Bytes(bytes),
            Value::BytesCut(cut) => View::BytesCut(&cut.0, cut.1),
            Value::Range(parts) => View::Range(parts),
            Value::Redacted => return Err(lost("a str is redacted")),
            Value::Unknown(reason) => {
                return Err(lost(format!("a value is not recorded: {}", reason.text())));
            }
            value => match Number::of(value) {
                Some(number) => View::Number(number),
                None => return Err(lost("a value is not recorded")),
            },
        })
    }

    /// An object of the state.
    pub(super) fn object(&self, id: ObjectId) -> Result<(&'s Object, &'s Type)> {
        match self.heap.shown(id) {
            Some(object) => self.known(id, Some(object)),
            None => {
                if self.heap.is_noting() {
                    self.heap.note(id);
                }
                self.known(id, self.scope.object(id))
            }
        }
    }

    pub(super) fn known(
        &self,
        id: ObjectId,
        object: Option<&'s Object>,
    ) -> Result<(&'s Object, &'s Type)> {
        let object = object.ok_or_else(|| lost(format!("#{id} is not in the trace here")))?;
        Ok((object, self.type_of(object.class)?))
    }

    fn view_object(&self, id: ObjectId) -> Result<View<'s>> {
        let (object, class) = self.object(id)?;
        let kind = match class.kind {
            TypeKind::Opaque => {
                let text = object.text.as_deref().unwrap_or_default();
                return Ok(View::Opaque(class, text));
            }
            TypeKind::Instance | TypeKind::Exception => return Ok(View::Instance),
            kind => kind,
        };
        if let Some(reason) = object.unknown {
            let (name, reason) = (&class.name, reason.text());
            return Err(lost(format!(
                "the contents of {name} #{id} are not recorded: {reason}"
            )));
        }
        let items = Items {
            there: Slice::Values(object.items.as_deref().unwrap_or(&[])),
            length: object.length.unwrap_or(0),
            id: Some(id),
        };
        Ok(match kind {
            TypeKind::List => View::Items(Kind::List, items.settled()),
            TypeKind::Tuple => View::Items(Kind::Tuple, items.settled()),
            TypeKind::Set => View::Items(Kind::Set, items.settled()),
            TypeKind::FrozenSet => View::Items(Kind::FrozenSet, items.settled()),
            TypeKind::Deque => View::Items(Kind::Deque, items.settled()),
            TypeKind::Dict => {
                let pairs = object.pairs.as_deref().unwrap_or(&[]);
                View::Dict(Pairs {
                    there: PairSlice::Values(pairs),
                    length: object.length.unwrap_or(0).max(pairs.len() as u64),
                    id: Some(id),
                    class: (class.mro.len() > 2).then_some(class),
                })
            }
            _ => match &object.base {
                Some(Value::Object(_)) | None => {
                    let name = &class.name;
                    return Err(lost(format!("the value of {name} #{id} is not recorded")));
                }
                Some(base) => return self.view_value(base),
            },
        })
    }

    /// The name of a datum's class, as CPython's messages give it.
    pub(super) fn type_name(&self, datum: &Datum) -> String {
        match datum {
            Datum::Tuple(_) => "tuple".into(),
            Datum::List(_) => "list".into(),
            Datum::Dict(_) => "dict".into(),
            Datum::Set(_) => "set".into(),
            Datum::FrozenSet(_) => "frozenset".into(),
            Datum::Class(_) => "type".into(),
            Datum::Instance(class, _) => super::gate::called(class).to_owned(),
            Datum::Value(Value::Object(id)) => match self.object(*id) {
                Ok((_, class)) => super::gate::called(class).to_owned(),
                Err(_) => "object".into(),
            },
            Datum::Value(value) => value.type_name().unwrap_or("object").into(),
        }
    }
}

impl Items<'_> {
    /// The length is told only where it differs from what is there.
    fn settled(mut self) -> Self {
        self.length = self.length.max(self.recorded() as u64);
        self
    }
}
