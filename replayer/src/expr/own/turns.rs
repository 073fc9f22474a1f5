//! Going through what interpreted code iterates over.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use schema::{ObjectId, TypeKind, Value};

use super::call::Given;
use super::heap::{Stream, Thing};
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::eval::{Eval, python, refused};
use crate::expr::shape::View;
use crate::expr::words::is_plain;

/// What a loop has still to go through.
pub(in crate::expr) enum Turns {
    /// A list, which may change meanwhile, and the next place.
    List(ObjectId, usize),
    /// Items that are known from the start; what they came from is watched.
    Known(VecDeque<Datum>, Option<usize>),
    /// An iterator.
    Stream(Rc<Thing>),
    /// An instance with `__next__`.
    Asked(Datum),
}

impl<'s> Eval<'s> {
    /// Begins to go through something.
    pub(in crate::expr) fn turns_of(&self, datum: Datum) -> Result<Turns> {
        if let Datum::Value(Value::Object(id)) = &datum {
            if let Some(thing) = self.heap.thing(*id) {
                if let Thing::Items(_) = &*thing {
                    return Ok(Turns::Stream(thing));
                }
                if let Thing::View(dict, _) = &*thing {
                    let watch = self.heap.watch();
                    if let Datum::Value(Value::Object(id)) = dict {
                        self.heap.note(*id);
                    }
                    self.heap.watched(watch);
                    return Ok(Turns::Known(
                        self.iterate_in_order(&datum)?.into(),
                        Some(watch),
                    ));
                }
            } else {
                let (_, class) = self.object(*id)?;
                if is_plain(class) && class.kind == TypeKind::List {
                    return Ok(Turns::List(*id, 0));
                }
                if let Some(callee) = self.special(&datum, "__iter__")? {
                    let found = self.invoke(&callee, Given::default())?;
                    let is_next = match &found {
                        Datum::Value(Value::Object(id)) if self.heap.thing(*id).is_none() => {
                            self.special(&found, "__next__")?.is_some()
                        }
                        _ => false,
                    };
                    if is_next {
                        return Ok(Turns::Asked(found));
                    }
                    if let Datum::Value(Value::Object(id)) = &found
                        && self.heap.thing(*id).is_some()
                    {
                        return self.turns_of(found);
                    }
                    return Err(refused(format!(
                        "what __iter__ of {} gives is not gone through here",
                        self.type_name(&datum)
                    )));
                }
            }
        }
        let watch = match &datum {
            Datum::Value(Value::Object(id)) => {
                let watch = self.heap.watch();
                self.heap.note(*id);
                self.heap.watched(watch);
                Some(watch)
            }
            _ => None,
        };
        Ok(Turns::Known(self.iterate_in_order(&datum)?.into(), watch))
    }

    /// The next item, if there is one.
    pub(in crate::expr) fn next_turn(&self, turns: &mut Turns) -> Result<Option<Datum>> {
        match turns {
            Turns::List(id, at) => {
                let look = |items: &[Value], length: Option<u64>| {
                    let item = items.get(*at).cloned();
                    let is_cut = item.is_none() && length.is_some_and(|all| all > *at as u64);
                    (item, is_cut)
                };
                let (item, is_cut) = match self.heap.look(*id, |object| {
                    look(object.items.as_deref().unwrap_or_default(), object.length)
                }) {
                    Some(found) => found,
                    None => {
                        let (object, _) = self.object(*id)?;
                        look(object.items.as_deref().unwrap_or_default(), object.length)
                    }
                };
                if is_cut {
                    // Says what of it is there.
                    self.iterate(&Value::Object(*id).into())?;
                }
                *at += 1;
                Ok(item.map(Datum::Value))
            }
            Turns::Known(items, watch) => {
                if watch.is_some_and(|watch| self.heap.is_changed(watch)) {
                    return Err(refused("what a loop goes through changes meanwhile"));
                }
                Ok(items.pop_front())
            }
            Turns::Stream(thing) => match &**thing {
                Thing::Items(stream) => self.next_of(stream),
                _ => Ok(None),
            },
            Turns::Asked(datum) => {
                let next = self.ask(datum, "__next__", Vec::new());
                match next {
                    Err(error) if Self::is_exception(&error, "StopIteration") => {
                        self.heap.raised.take();
                        Ok(None)
                    }
                    Err(error) => Err(error),
                    Ok(item) => Ok(item),
                }
            }
        }
    }

    /// The next item of an iterator.
    pub(super) fn next_of(&self, stream: &RefCell<Stream>) -> Result<Option<Datum>> {
        let mut stream = stream.borrow_mut();
        if stream
            .watch
            .is_some_and(|watch| self.heap.is_changed(watch))
        {
            return Err(refused(format!(
                "what a {} reads changes while it is gone through",
                stream.class
            )));
        }
        match stream.items.pop_front() {
            Some(item) => Ok(Some(item)),
            None => match stream.end.take() {
                Some(text) => Err(python(text)),
                None => Ok(None),
            },
        }
    }

    /// An iterator over items that are known.
    pub(in crate::expr) fn stream(
        &self,
        class: &'static str,
        items: Vec<Datum>,
        watch: Option<usize>,
    ) -> Result<Datum> {
        let items = items.into_iter().map(|item| self.boxed(item));
        let stream = Stream {
            items: items.collect::<Result<_>>()?,
            end: None,
            watch,
            class,
        };
        let text = format!("<{class} object at …>");
        self.heap
            .make_thing(Thing::Items(RefCell::new(stream)), class, &text)
    }

    /// All that is left of a thing that can be gone through; `None` if it cannot.
    pub(in crate::expr) fn rest_of(&self, datum: &Datum) -> Result<Option<Vec<Datum>>> {
        let Datum::Value(Value::Object(id)) = datum else {
            return Ok(None);
        };
        if let Some(thing) = self.heap.thing(*id) {
            return match &*thing {
                Thing::Items(stream) => {
                    let mut items = Vec::new();
                    while let Some(item) = self.next_of(stream)? {
                        self.spend(1)?;
                        items.push(item);
                    }
                    Ok(Some(items))
                }
                Thing::View(dict, kind) => Ok(Some(self.viewed(dict, kind)?)),
                _ => Ok(None),
            };
        }
        let (_, class) = self.object(*id)?;
        if is_plain(class)
            || self
                .first_special(datum, &["__iter__", "__getitem__"])?
                .is_none()
        {
            return Ok(None);
        }
        if self.special(datum, "__iter__")?.is_some() {
            let mut turns = self.turns_of(datum.clone())?;
            let mut items = Vec::new();
            while let Some(item) = self.next_turn(&mut turns)? {
                self.spend(4)?;
                items.push(item);
            }
            return Ok(Some(items));
        }
        let mut items = Vec::new();
        for at in 0.. {
            self.spend(4)?;
            match self.ask(datum, "__getitem__", vec![Value::Int(at).into()]) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) if Self::is_exception(&error, "IndexError") => {
                    self.heap.raised.take();
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(items))
    }

    /// The keys, values or items of a dict.
    pub(super) fn viewed(&self, dict: &Datum, kind: &str) -> Result<Vec<Datum>> {
        let View::Dict(pairs) = self.view(dict)? else {
            return Err(refused("a view of a dict is not known"));
        };
        pairs.whole()?;
        self.spend(pairs.len())?;
        let pairs = pairs
            .iter()
            .map(|(key, value)| (key.into_owned(), value.into_owned()));
        Ok(match kind {
            "keys" => pairs.map(|(key, _)| key).collect(),
            "values" => pairs.map(|(_, value)| value).collect(),
            _ => pairs
                .map(|(key, value)| Datum::Tuple(vec![key, value]))
                .collect(),
        })
    }
}
