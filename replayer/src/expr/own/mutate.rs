//! Methods of lists, dicts and sets that change them: on the copy.

use schema::{ObjectId, TypeKind, Value};

use crate::error::Result;
use crate::expr::Datum;
use crate::expr::arguments::Arguments;
use crate::expr::eval::{Eval, lost, python, refused};
use crate::expr::shape::View;

/// Methods that change what they are called on.
const CHANGES: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "sort",
    "reverse",
    "update",
    "setdefault",
    "popitem",
    "add",
    "discard",
    "difference_update",
    "appendleft",
    "popleft",
];

impl<'s> Eval<'s> {
    /// Whether interpreted code calls a method that changes a container.
    pub(in crate::expr) fn is_change(&self, datum: &Datum, name: &str) -> Result<bool> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(false);
        };
        if self.running.is_none() || !CHANGES.contains(&name) || self.heap.thing(*id).is_some() {
            return Ok(false);
        }
        let kind = self.object(*id)?.1.kind;
        Ok(matches!(
            kind,
            TypeKind::List | TypeKind::Dict | TypeKind::Set | TypeKind::Deque
        ))
    }

    /// A method of a built-in class, called with values.
    pub(in crate::expr) fn call_built_in(
        &self,
        datum: &Datum,
        name: &str,
        given: Vec<Datum>,
    ) -> Result<Datum> {
        let running = self.running.is_some();
        if !running || !self.is_change(datum, name)? {
            let node =
                ruff_python_ast::Expr::NoneLiteral(ruff_python_ast::ExprNoneLiteral::default());
            return self.method(&node, datum, Arguments::of(name, given));
        }
        self.asks("the change of", datum, &[name])?;
        let what = format!("{name}() of");
        let (id, kind) = self.container(datum, &what)?;
        let unknown = || {
            refused(format!(
                "{name}() of a {} is not interpreted so",
                self.type_name(datum)
            ))
        };
        match (kind, name, given.as_slice()) {
            (TypeKind::List, ..) => self.change_list(id, name, &given)?.ok_or_else(unknown),
            (TypeKind::Dict, ..) => self.change_dict(id, name, &given)?.ok_or_else(unknown),
            (TypeKind::Set, ..) => self.change_set(id, name, &given)?.ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }

    fn length_of(&self, id: ObjectId) -> Result<usize> {
        let count = |object: &schema::Object| {
            object.items.as_ref().map_or(0, Vec::len) + object.pairs.as_ref().map_or(0, Vec::len)
        };
        match self.heap.look(id, count) {
            Some(length) => Ok(length),
            None => Ok(count(self.object(id)?.0)),
        }
    }

    fn change_items<T>(
        &self,
        id: ObjectId,
        change: impl FnOnce(&mut Vec<Value>) -> T,
    ) -> Result<T> {
        self.change(id, |object| {
            let items = object.items.get_or_insert_default();
            let result = change(items);
            object.length = Some(items.len() as u64);
            result
        })
    }

    fn change_list(&self, id: ObjectId, name: &str, given: &[Datum]) -> Result<Option<Datum>> {
        let none = Some(Datum::Value(Value::None));
        Ok(match (name, given) {
            ("append", [item]) => {
                let item = self.stored(item.clone())?;
                self.change_items(id, |items| items.push(item))?;
                none
            }
            ("extend", [more]) => {
                let more = self.iterate_in_order(more)?.into_iter();
                let more: Vec<Value> = more.map(|item| self.stored(item)).collect::<Result<_>>()?;
                crate::expr::allotment::charge(more.len() as u64, size_of::<Value>())?;
                self.change_items(id, |items| items.extend(more))?;
                none
            }
            ("insert", [at, item]) => {
                let length = self.length_of(id)?;
                let Datum::Value(Value::Int(at)) = at else {
                    return Ok(None);
                };
                let at = match *at {
                    at if at < 0 => length.saturating_sub(at.unsigned_abs() as usize),
                    at => length.min(at as usize),
                };
                let item = self.stored(item.clone())?;
                self.spend((length - at) as u64 / 16)?;
                self.change_items(id, |items| items.insert(at, item))?;
                none
            }
            ("pop", []) | ("pop", [_]) => {
                let length = self.length_of(id)?;
                if length == 0 {
                    return Err(python("IndexError: pop from empty list"));
                }
                let at = match given.first() {
                    Some(at) => self.index_in(at, length as u64, "pop").map_err(|error| {
                        match Self::is_exception(&error, "IndexError") {
                            true => python("IndexError: pop index out of range"),
                            false => error,
                        }
                    })?,
                    None => length - 1,
                };
                self.spend((length - at) as u64 / 16)?;
                let item = self.change_items(id, |items| items.remove(at))?;
                Some(item.into())
            }
            ("remove", [item]) => {
                let items = self.iterate(&Value::Object(id).into())?;
                for (at, other) in items.iter().enumerate() {
                    if self.equal_item(other, item, 0)? {
                        self.change_items(id, |items| items.remove(at))?;
                        return Ok(none);
                    }
                }
                return Err(python("ValueError: list.remove(x): x not in list"));
            }
            ("clear", []) => {
                self.change_items(id, Vec::clear)?;
                none
            }
            ("reverse", []) => {
                self.spend(self.length_of(id)? as u64)?;
                self.change_items(id, |items| items.reverse())?;
                none
            }
            ("sort", []) => {
                let items = self.iterate(&Value::Object(id).into())?;
                let pairs = items.into_iter().map(|item| (item, None)).collect();
                let sorted = self.sort(pairs, false)?.into_iter();
                let sorted: Vec<Value> = sorted
                    .map(|item| self.stored(item))
                    .collect::<Result<_>>()?;
                self.change_items(id, |items| *items = sorted)?;
                none
            }
            _ => None,
        })
    }

    /// The place of a key in a dict.
    pub(super) fn place_in_dict(&self, id: ObjectId, key: &Datum) -> Result<Option<usize>> {
        self.hashable(key, "a dict key")?;
        // Texts and numbers are found without a copy to show.
        if let Datum::Value(wanted @ (Value::Str(_) | Value::Int(_))) = key {
            let look = |object: &schema::Object| {
                let pairs = object.pairs.as_deref().unwrap_or_default();
                let is_plain = |(key, _): &(Value, Value)| {
                    matches!(key, Value::Str(_) | Value::Int(_) | Value::None)
                };
                let place = pairs.iter().position(|(key, _)| key == wanted);
                (
                    pairs.iter().all(is_plain) || place.is_some(),
                    place,
                    pairs.len(),
                )
            };
            if let Some((true, place, length)) = self.heap.look(id, look) {
                self.spend(1 + length as u64 / 8)?;
                return Ok(place);
            }
        }
        let datum: Datum = Value::Object(id).into();
        let View::Dict(pairs) = self.view(&datum)? else {
            return Err(lost("a dict is not known"));
        };
        self.found(pairs.keys(), key, || pairs.whole())
    }

    fn change_dict(&self, id: ObjectId, name: &str, given: &[Datum]) -> Result<Option<Datum>> {
        let none = Some(Datum::Value(Value::None));
        let value_at = |at: usize| -> Result<Datum> {
            let take = |object: &schema::Object| {
                object
                    .pairs
                    .as_ref()
                    .and_then(|pairs| pairs.get(at))
                    .map(|(_, value)| value.clone())
            };
            let value = match self.heap.look(id, take) {
                Some(value) => value,
                None => take(self.object(id)?.0),
            };
            value
                .map(Datum::Value)
                .ok_or_else(|| lost("an item of a dict is not known"))
        };
        Ok(match (name, given) {
            ("setdefault", [key] | [key, _]) => {
                if let Some(at) = self.place_in_dict(id, key)? {
                    return value_at(at).map(Some);
                }
                let value = given.get(1).cloned().unwrap_or(Value::None.into());
                let kept = self.stored(value)?;
                self.put(id, self.stored(key.clone())?, kept.clone())?;
                Some(kept.into())
            }
            ("pop", [key] | [key, _]) => match (self.place_in_dict(id, key)?, given.get(1)) {
                (Some(at), _) => {
                    let value = value_at(at)?;
                    self.delete_item(&Value::Object(id).into(), key)?;
                    Some(value)
                }
                (None, Some(default)) => Some(default.clone()),
                (None, None) => return Err(python(format!("KeyError: {}", self.repr_of(key)?))),
            },
            ("clear", []) => {
                self.change(id, |object| {
                    object.pairs = Some(Vec::new());
                    object.length = Some(0);
                })?;
                none
            }
            ("update", [more]) => {
                let View::Dict(pairs) = self.view(more)? else {
                    return Ok(None);
                };
                if pairs.class.is_some() {
                    return Ok(None);
                }
                pairs.whole()?;
                for (key, value) in pairs.iter() {
                    let key = self.stored(key.into_owned())?;
                    self.put(id, key, self.stored(value.into_owned())?)?;
                }
                none
            }
            _ => None,
        })
    }

    fn change_set(&self, id: ObjectId, name: &str, given: &[Datum]) -> Result<Option<Datum>> {
        let datum: Datum = Value::Object(id).into();
        let none = Some(Datum::Value(Value::None));
        let place = |item: &Datum| -> Result<Option<usize>> {
            self.hashable(item, "a set element")?;
            let View::Items(_, items) = self.view(&datum)? else {
                return Ok(None);
            };
            self.found(items.iter(), item, || items.whole())
        };
        let change = |act: &dyn Fn(&mut Vec<Value>)| -> Result<()> {
            self.container(&datum, "the change of")?;
            let recorded = match self.heap.has(id) {
                true => None,
                false => Some(self.object(id)?.0),
            };
            self.heap.change(id, recorded, |object, is_unordered| {
                let items = object.items.get_or_insert_default();
                act(items);
                object.length = Some(items.len() as u64);
                *is_unordered = true;
            })
        };
        Ok(match (name, given) {
            ("add", [item]) => {
                if place(item)?.is_none() {
                    let item = self.stored(item.clone())?;
                    change(&|items| items.push(item.clone()))?;
                }
                none
            }
            ("discard" | "remove", [item]) => {
                match place(item)? {
                    Some(at) => change(&|items| drop(items.remove(at)))?,
                    None if name == "discard" => {}
                    None => return Err(python(format!("KeyError: {}", self.repr_of(item)?))),
                }
                none
            }
            ("update", [more]) => {
                for item in self.iterate(more)? {
                    self.change_set(id, "add", &[item])?;
                }
                none
            }
            ("difference_update", [more]) => {
                for item in self.iterate(more)? {
                    self.change_set(id, "discard", &[item])?;
                }
                none
            }
            ("clear", []) => {
                change(&Vec::clear)?;
                none
            }
            _ => None,
        })
    }
}
