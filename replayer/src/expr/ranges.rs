//! `range`, whose parts may be larger than any machine integer.

use num_bigint::{BigInt, Sign};
use schema::Value;

use super::Datum;
use super::access::Places;
use super::allotment::charge;
use super::eval::{Eval, MOST_ITEMS, python, refused};
use super::numbers::{Number, int};
use super::shape::View;
use crate::error::Result;

/// Start, stop and step.
type Parts = [Value; 3];

impl Eval<'_> {
    /// `len()` of a range, as `compute_range_length` in CPython's `rangeobject.c` finds it.
    pub(super) fn range_length(&self, parts: &Parts) -> Result<BigInt> {
        let [start, stop, step] = numbers(parts)?;
        let (distance, step) = match step.sign() {
            Sign::Minus => (start - stop, -step),
            Sign::NoSign => return Err(refused("a range has step 0")),
            Sign::Plus => (stop - start, step),
        };
        Ok(match distance.sign() {
            Sign::Plus => (distance - 1) / step + 1,
            _ => BigInt::ZERO,
        })
    }

    /// `range[index]`
    pub(super) fn range_item(&self, parts: &Parts, index: &Datum) -> Result<Datum> {
        let Some(index) = self.index_number(index)? else {
            let name = self.type_name(index);
            return Err(python(format!(
                "TypeError: range indices must be integers or slices, not {name}"
            )));
        };
        let length = self.range_length(parts)?;
        let at = match index.sign() {
            Sign::Minus => index + &length,
            _ => index,
        };
        if at.sign() == Sign::Minus || at >= length {
            return Err(python("IndexError: range object index out of range"));
        }
        let [start, _, step] = numbers(parts)?;
        Ok(int(start + at * step).into())
    }

    /// `range[start:stop:step]`, which is a range again.
    pub(super) fn range_slice(&self, parts: &Parts, places: &Places) -> Result<Datum> {
        let [start, _, step] = numbers(parts)?;
        let at = |place: i128| int(&start + BigInt::from(place) * &step);
        let slice = [
            at(i128::from(places.start)),
            at(i128::from(places.stop)),
            int(BigInt::from(places.step) * &step),
        ];
        Ok(Value::Range(slice.into()).into())
    }

    /// All numbers of a range.
    pub(super) fn range_items(&self, parts: &Parts) -> Result<Vec<Datum>> {
        let length = self.range_length(parts)?;
        if length > BigInt::from(MOST_ITEMS) {
            return Err(refused(format!("a range has {length} items, too many")));
        }
        let count = u64::try_from(&length).unwrap_or_default();
        self.spend(count)?;
        charge(count, size_of::<Datum>())?;
        let [mut number, _, step] = numbers(parts)?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(int(number.clone()).into());
            number += &step;
        }
        Ok(items)
    }

    /// Ranges are equal when they hold the same numbers.
    pub(super) fn equal_ranges(&self, left: &Parts, right: &Parts) -> Result<bool> {
        let length = self.range_length(left)?;
        if length != self.range_length(right)? {
            return Ok(false);
        }
        let ([a, _, x], [b, _, y]) = (numbers(left)?, numbers(right)?);
        let one = BigInt::from(1);
        Ok(length.sign() == Sign::NoSign || a == b && (length == one || x == y))
    }

    /// `item in range`
    pub(super) fn in_range(&self, parts: &Parts, item: &Datum) -> Result<bool> {
        match self.view(item)? {
            View::Number(Number::Int(number)) => {
                let [start, _, step] = numbers(parts)?;
                let distance = number - start;
                let is_on_step = (&distance % &step).sign() == Sign::NoSign;
                Ok(is_on_step
                    && (&distance / &step).sign() != Sign::Minus
                    && distance / step < self.range_length(parts)?)
            }
            // What is no int is compared with every number.
            _ => {
                for number in self.range_items(parts)? {
                    if self.equal_item(&number, item, 0)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

fn numbers(parts: &Parts) -> Result<[BigInt; 3]> {
    let number = |part: &Value| match Number::of(part) {
        Some(Number::Int(number)) => Ok(number),
        _ => Err(refused("a part of a range is not recorded")),
    };
    let [start, stop, step] = parts;
    Ok([number(start)?, number(stop)?, number(step)?])
}
