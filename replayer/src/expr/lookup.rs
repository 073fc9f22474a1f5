//! Keys of dicts and members of sets: found by hash where the hash can be known.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ruff_python_ast::{CmpOp, Operator};
use schema::{Bound, TypeKind, Value};

use super::Datum;
use super::eval::{DEEPEST, Eval, python, refused, too_deep};
use super::gate::Definer;
use super::numbers::Number;
use super::rounding::truncated;
use super::shape::{Items, Kind, Pairs, View};
use crate::error::Result;

/// Places of keys by hash.
#[derive(Default)]
struct Index {
    known: HashMap<u64, Vec<usize>>,
    /// Places of instances, whose classes may define `__hash__`.
    unknown: Vec<usize>,
    keys: Vec<Datum>,
}

impl Index {
    fn push(&mut self, key: Datum, hash: Option<u64>) {
        let at = self.keys.len();
        match hash {
            Some(hash) => self.known.entry(hash).or_default().push(at),
            None => self.unknown.push(at),
        }
        self.keys.push(key);
    }

    /// The places where an equal key may be.
    fn candidates(&self, hash: Option<u64>) -> Vec<usize> {
        match hash {
            Some(hash) => {
                let known = self.known.get(&hash).into_iter().flatten();
                known.chain(&self.unknown).copied().collect()
            }
            None => (0..self.keys.len()).collect(),
        }
    }
}

impl<'s> Eval<'s> {
    /// The first of these that is the item or equals it; `whole` says whether there may be more than
    /// these if there is none.
    pub(super) fn found<'v>(
        &self,
        items: impl Iterator<Item = Cow<'v, Datum>>,
        item: &Datum,
        whole: impl Fn() -> Result<()>,
    ) -> Result<Option<usize>> {
        for (at, other) in items.enumerate() {
            if self.equal_item(&other, item, 0)? {
                return Ok(Some(at));
            }
        }
        whole().map(|()| None)
    }

    /// The place of a key in a dict.
    pub(super) fn found_key(&self, pairs: Pairs<'_>, key: &Datum) -> Result<Option<usize>> {
        let is_own = |datum: &Datum| -> Result<bool> {
            Ok(self.special(datum, "__hash__")?.is_some()
                || self.special(datum, "__eq__")?.is_some())
        };
        let is_object = |datum: &Datum| matches!(datum, Datum::Value(Value::Object(_)));
        if !is_object(key) || !is_own(key)? {
            return self.found(pairs.keys(), key, || pairs.whole());
        }
        // What counts first is the hash, which a class may say as it likes.
        let index = self.index(pairs.keys())?;
        pairs.whole()?;
        self.place(&index, key, 0)
    }

    /// That a datum can be a key, or a member of a set.
    pub(super) fn hashable(&self, datum: &Datum, role: &str) -> Result<()> {
        self.hash_as(datum, role).map(drop)
    }

    /// The hash of what is to be a key or a member.
    fn hash_as(&self, datum: &Datum, role: &str) -> Result<Option<u64>> {
        self.hash(datum, 0).map_err(|error| {
            let text = error.to_string();
            match text.strip_prefix("TypeError: unhashable type:") {
                Some(_) if self.is_since(14) => {
                    let (name, why) = (self.type_name(datum), text.replacen("TypeError: ", "", 1));
                    python(format!("TypeError: cannot use '{name}' as {role} ({why})"))
                }
                _ => error,
            }
        })
    }

    /// That a datum can be looked for in a set: `set_contains` takes a frozenset for a set.
    pub(super) fn sought_in_set(&self, datum: &Datum) -> Result<()> {
        match self.view(datum)? {
            View::Items(kind, _) if kind.is_set() => Ok(()),
            _ => self.hashable(datum, "a set element"),
        }
    }

    /// A number that equal data share; `None` if only the program's code could tell.
    fn hash(&self, datum: &Datum, depth: usize) -> Result<Option<u64>> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        self.spend(1)?;
        if let Some(number) = self.own_hash(datum)? {
            return self.hash(&number, depth + 1);
        }
        let mut hasher = DefaultHasher::new();
        if let Datum::Value(Value::Object(id)) = datum {
            let (_, class) = self.object(*id)?;
            let is_unhashable = class.kind == TypeKind::ByteArray
                || matches!(
                    self.definer(class, "__hash__"),
                    Definer::Other(_, Bound::None)
                );
            if is_unhashable {
                let name = self.type_name(datum);
                return Err(python(format!("TypeError: unhashable type: '{name}'")));
            }
        }
        self.asks("the hash of", datum, &["__hash__"])?;
        match self.view(datum)? {
            View::None => 0_u8.hash(&mut hasher),
            View::Ellipsis => 1_u8.hash(&mut hasher),
            View::NotImplemented => 2_u8.hash(&mut hasher),
            View::Number(Number::Int(number)) => number.hash(&mut hasher),
            View::Number(Number::Float(number)) | View::Complex(number, _) => {
                match truncated(number) {
                    // Equal to an int if it has no fraction; else a shared bucket does no harm.
                    Some(whole) => whole.hash(&mut hasher),
                    None => number.to_bits().hash(&mut hasher),
                }
            }
            View::Str(bytes) => (3_u8, bytes).hash(&mut hasher),
            View::Bytes(bytes) => (4_u8, bytes).hash(&mut hasher),
            View::Range(_) => 5_u8.hash(&mut hasher),
            View::Items(Kind::Tuple, items) => {
                let mut all = Some(items.len());
                for item in items.iter() {
                    let item = self.hash(&item, depth + 1)?;
                    all = all.zip(item).map(|pair| {
                        let mut hasher = DefaultHasher::new();
                        pair.hash(&mut hasher);
                        hasher.finish()
                    });
                }
                return Ok(all);
            }
            View::Items(Kind::FrozenSet, items) => (6_u8, items.len()).hash(&mut hasher),
            View::Items(..) | View::Dict(_) => {
                let name = self.type_name(datum);
                return Err(python(format!("TypeError: unhashable type: '{name}'")));
            }
            View::StrCut(..) | View::BytesCut(..) | View::Instance => return Ok(None),
            View::Opaque(..) | View::Class(_) => return Ok(None),
        }
        Ok(Some(hasher.finish()))
    }

    /// `hash()`: of ints it is known; of others only whether two are equal, which is enough for who
    /// computes the hash of an instance.
    pub(super) fn hash_call(&self, datum: &Datum) -> Result<Datum> {
        if let Some(number) = self.ask(datum, "__hash__", Vec::new())? {
            return Ok(number);
        }
        let hash = self.hash(datum, 0)?;
        match (datum, hash) {
            (Datum::Value(Value::Bool(truth)), _) => Ok(Value::Int(i64::from(*truth)).into()),
            (Datum::Value(Value::Int(-1)), _) => Ok(Value::Int(-2).into()),
            (Datum::Value(Value::Int(number)), _) if number.unsigned_abs() < (1 << 61) - 1 => {
                Ok(Value::Int(*number).into())
            }
            (_, Some(hash)) if self.heap.hashing.get() > 0 => {
                Ok(Value::Int((hash >> 1) as i64).into())
            }
            _ => Err(refused(
                "hash() of this is not known: it differs from run to run, or tells an address",
            )),
        }
    }

    fn index<'v>(&self, keys: impl Iterator<Item = Cow<'v, Datum>>) -> Result<Index> {
        let mut index = Index::default();
        for key in keys {
            let hash = self.hash(&key, 0)?;
            index.push(key.into_owned(), hash);
        }
        Ok(index)
    }

    /// Where an equal key is.
    fn place(&self, index: &Index, key: &Datum, depth: usize) -> Result<Option<usize>> {
        let candidates = index.candidates(self.hash(key, 0)?);
        let mut unclear = None;
        for at in candidates {
            let Some(other) = index.keys.get(at) else {
                continue;
            };
            match self.equal_item(other, key, depth + 1) {
                Ok(true) => return Ok(Some(at)),
                Ok(false) => {}
                Err(error) => {
                    unclear.get_or_insert(error);
                }
            }
        }
        unclear.map_or(Ok(None), Err)
    }

    /// A computed set: the first of equal items stays.
    pub(super) fn set(&self, items: Vec<Datum>) -> Result<Datum> {
        let mut index = Index::default();
        for item in items {
            let hash = self.hash_as(&item, "a set element")?;
            if self.place(&index, &item, 0)?.is_none() {
                index.push(item, hash);
            }
        }
        Ok(Datum::Set(index.keys))
    }

    /// A computed dict: of equal keys the first stays, with the last value.
    pub(super) fn dict(&self, pairs: Vec<(Datum, Datum)>) -> Result<Datum> {
        let mut index = Index::default();
        let mut values: Vec<Datum> = Vec::new();
        for (key, value) in pairs {
            let hash = self.hash_as(&key, "a dict key")?;
            match self.place(&index, &key, 0)? {
                Some(at) => {
                    if let Some(old) = values.get_mut(at) {
                        *old = value;
                    }
                }
                None => {
                    index.push(key, hash);
                    values.push(value);
                }
            }
        }
        Ok(Datum::Dict(index.keys.into_iter().zip(values).collect()))
    }

    pub(super) fn equal_dicts(&self, a: Pairs<'_>, b: Pairs<'_>, depth: usize) -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        a.whole().and(b.whole())?;
        let is_ordered = |pairs: &Pairs<'_>| {
            pairs.class.is_some_and(|class| {
                let mut mro = class.mro.iter();
                mro.any(|name| name == "collections.OrderedDict")
            })
        };
        if is_ordered(&a) && is_ordered(&b) {
            for (x, y) in a.keys().zip(b.keys()) {
                if !self.equal_item(&x, &y, depth + 1)? {
                    return Ok(false);
                }
            }
        }
        let index = self.index(b.keys())?;
        for (key, value) in a.iter() {
            let Some(at) = self.place(&index, &key, depth)? else {
                return Ok(false);
            };
            let other = b.value(at).ok_or_else(|| b.cut())?;
            if !self.equal_item(&value, &other, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn members<'v>(&self, datum: &'v Datum) -> Result<Items<'v>>
    where
        's: 'v,
    {
        match self.view(datum)? {
            View::Items(_, items) => Ok(items),
            _ => Ok(Items::of(&[])),
        }
    }

    pub(super) fn equal_sets(&self, left: &Datum, right: &Datum, depth: usize) -> Result<bool> {
        let (a, b) = (self.members(left)?, self.members(right)?);
        if a.len() != b.len() {
            return Ok(false);
        }
        a.whole().and(b.whole())?;
        let index = self.index(b.iter())?;
        for item in a.iter() {
            if self.place(&index, &item, depth)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether one set is a part of the other.
    pub(super) fn ordered_sets(&self, op: CmpOp, left: &Datum, right: &Datum) -> Result<bool> {
        let (left, right) = match op {
            CmpOp::Lt | CmpOp::LtE => (left, right),
            _ => (right, left),
        };
        let (a, b) = (self.members(left)?, self.members(right)?);
        a.whole().and(b.whole())?;
        if a.len() > b.len() || (matches!(op, CmpOp::Lt | CmpOp::Gt) && a.len() == b.len()) {
            return Ok(false);
        }
        let index = self.index(b.iter())?;
        for item in a.iter() {
            if self.place(&index, &item, 0)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `&`, `|`, `^` or `-` of sets; `None` for another operator.
    pub(super) fn set_operator(
        &self,
        op: Operator,
        left: &Datum,
        right: &Datum,
    ) -> Result<Option<Datum>> {
        let (a, b) = (self.members(left)?, self.members(right)?);
        a.whole().and(b.whole())?;
        if op == Operator::BitAnd && b.len() <= a.len() {
            // Equal items need not be the same ones: `set_intersection` takes those of the smaller.
            return self.intersection(left, right).map(Some);
        }
        let (keeps_common, keeps_left, keeps_right) = match op {
            Operator::BitAnd => (true, false, false),
            Operator::BitOr => (true, true, true),
            Operator::BitXor => (false, true, true),
            Operator::Sub => (false, true, false),
            _ => return Ok(None),
        };
        let (in_a, in_b) = (self.index(a.iter())?, self.index(b.iter())?);
        let mut items = Vec::new();
        for item in a.iter() {
            let is_common = self.place(&in_b, &item, 0)?.is_some();
            if (is_common && keeps_common) || (!is_common && keeps_left) {
                items.push(item.into_owned());
            }
        }
        for item in b.iter() {
            if keeps_right && self.place(&in_a, &item, 0)?.is_none() {
                items.push(item.into_owned());
            }
        }
        self.set_like(left, items).map(Some)
    }

    /// The items of `right` that are in `left`, as a set of the kind of `left`.
    pub(super) fn intersection(&self, left: &Datum, right: &Datum) -> Result<Datum> {
        let in_left = self.index(self.members(left)?.iter())?;
        let mut items = Vec::new();
        for item in self.members(right)?.iter() {
            if self.place(&in_left, &item, 0)?.is_some() {
                items.push(item.into_owned());
            }
        }
        self.set_like(left, items)
    }

    fn set_like(&self, model: &Datum, items: Vec<Datum>) -> Result<Datum> {
        Ok(match self.view(model)? {
            View::Items(Kind::FrozenSet, _) => Datum::FrozenSet(items),
            _ => Datum::Set(items),
        })
    }
}
