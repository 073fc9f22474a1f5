//! All items of what can be gone through.

use std::borrow::Cow;

use schema::Value;

use super::Datum;
use super::allotment::charge;
use super::eval::{Eval, lost, python};
use super::shape::View;
use crate::error::Result;

impl Eval<'_> {
    /// All items of an iterable where their order matters. That of a set depends on the hashes of its
    /// members and on its past, so it is known of recorded sets only.
    pub(super) fn iterate_in_order(&self, datum: &Datum) -> Result<Vec<Datum>> {
        let is_unordered = match datum {
            Datum::Set(items) | Datum::FrozenSet(items) => items.len() > 1,
            Datum::Value(Value::Object(id)) if self.heap.is_unordered(*id) => {
                self.object(*id)?.0.length.is_some_and(|length| length > 1)
            }
            _ => false,
        };
        if is_unordered {
            return Err(lost(
                "the order of a computed set cannot be known; use sorted()",
            ));
        }
        self.iterate(datum)
    }

    /// The same, with other words where it is no iterable.
    pub(super) fn iterate_or(
        &self,
        datum: &Datum,
        message: impl FnOnce(&str) -> String,
    ) -> Result<Vec<Datum>> {
        self.iterate_in_order(datum).map_err(|error| {
            let name = self.type_name(datum);
            if error.to_string() == format!("TypeError: '{name}' object is not iterable") {
                return python(message(&name));
            }
            error
        })
    }

    /// All items of an iterable, in no certain order.
    pub(super) fn iterate(&self, datum: &Datum) -> Result<Vec<Datum>> {
        if let Some(items) = self.rest_of(datum)? {
            return Ok(items);
        }
        if !self.asks("the items of", datum, &["__iter__"])? {
            // Without that, `iter()` takes items by number.
            self.asks("the items of", datum, &["__getitem__"])?;
        }
        let (count, apart) = match self.view(datum)? {
            View::Items(_, items) => (items.recorded() as u64, 0),
            View::Dict(pairs) => (pairs.recorded() as u64, 0),
            // Each character is a text of its own.
            View::Str(text) => (text.len() as u64, size_of::<[usize; 4]>()),
            View::Bytes(bytes) => (bytes.len() as u64, 0),
            _ => (0, 0),
        };
        charge(count, size_of::<Datum>() + apart)?;
        let items: Vec<Datum> = match self.view(datum)? {
            View::Items(_, items) => {
                items.whole()?;
                items.iter().map(Cow::into_owned).collect()
            }
            View::Dict(pairs) => {
                pairs.whole()?;
                pairs.keys().map(Cow::into_owned).collect()
            }
            View::Str(text) => super::text::characters(text)
                .map(|character| Datum::Value(Value::Str(character.into())))
                .collect(),
            View::Bytes(bytes) => bytes
                .iter()
                .map(|byte| Datum::Value(Value::Int(i64::from(*byte))))
                .collect(),
            View::Range(parts) => self.range_items(parts)?,
            View::StrCut(..) | View::BytesCut(..) => return Err(self.text_cut(datum)),
            _ => {
                let name = self.type_name(datum);
                return Err(python(format!(
                    "TypeError: '{name}' object is not iterable"
                )));
            }
        };
        self.spend(items.len() as u64)?;
        Ok(items)
    }
}

/// Items at equal places together, as far as the shortest list goes.
pub(super) fn transposed(lists: Vec<Vec<Datum>>) -> Vec<Vec<Datum>> {
    let length = lists.iter().map(Vec::len).min().unwrap_or(0);
    let mut rows: Vec<Vec<Datum>> = (0..length).map(|_| Vec::new()).collect();
    for list in lists {
        for (row, item) in rows.iter_mut().zip(list) {
            row.push(item);
        }
    }
    rows
}
