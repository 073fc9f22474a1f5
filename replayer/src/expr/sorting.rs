//! Items in order, as `sorted()` puts them.

use ruff_python_ast::CmpOp;

use super::Datum;
use super::eval::{DEEPEST, Eval, refused, too_deep};
use super::numbers::Number;
use super::shape::View;
use crate::error::Result;

/// A key, and the item that it stands for unless it is that itself.
pub(super) type Pair = (Datum, Option<Datum>);

impl Eval<'_> {
    /// In ascending order of the first of each pair; equal ones keep theirs. The second is what is
    /// sorted, if it is not the first itself.
    pub(super) fn sort(&self, items: Vec<Pair>, is_reverse: bool) -> Result<Vec<Datum>> {
        let count = items.len();
        let sorted = self.sort_pairs(items, is_reverse);
        // Which pair is compared first, of more than two, is the sort's own business.
        sorted.map_err(|error| match count {
            0..=2 => error,
            _ => refused(format!(
                "the order of {count} items cannot be known: {error}"
            )),
        })
    }

    fn sort_pairs(&self, mut items: Vec<Pair>, is_reverse: bool) -> Result<Vec<Datum>> {
        if is_reverse {
            items.reverse();
        }
        if items.len() > 1 {
            for (key, _) in &items {
                self.orderly(key, 0)?;
            }
        }
        let mut runs: Vec<Vec<Pair>> = items.into_iter().map(|item| vec![item]).collect();
        while runs.len() > 1 {
            let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
            let mut rest = runs.into_iter();
            while let Some(first) = rest.next() {
                merged.push(match rest.next() {
                    Some(second) => self.merge(first, second)?,
                    None => first,
                });
            }
            runs = merged;
        }
        let sorted = runs.pop().unwrap_or_default().into_iter();
        let mut sorted: Vec<Datum> = sorted.map(|(key, item)| item.unwrap_or(key)).collect();
        if is_reverse {
            sorted.reverse();
        }
        Ok(sorted)
    }

    /// That an item has a place in an order. Where that of a sorted list depends on the steps of the
    /// sort, as with nan and sets, it is refused.
    fn orderly(&self, datum: &Datum, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        self.spend(1)?;
        match self.view(datum)? {
            View::Number(Number::Float(number)) if number.is_nan() => {
                Err(refused("nan among the items: they have no order"))
            }
            View::Items(kind, _) if kind.is_set() => {
                Err(refused("sets among the items: they have no order"))
            }
            View::Items(_, items) => {
                let mut items = items.iter();
                items.try_for_each(|item| self.orderly(&item, depth + 1))
            }
            _ => Ok(()),
        }
    }

    fn merge(&self, left: Vec<Pair>, right: Vec<Pair>) -> Result<Vec<Pair>> {
        let mut out = Vec::with_capacity(left.len() + right.len());
        let mut left = left.into_iter().peekable();
        let mut right = right.into_iter().peekable();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            // Only an item that is strictly before overtakes, which keeps the sort stable.
            let next = if self.ordered(CmpOp::Lt, &b.0, &a.0, 0)? {
                right.next()
            } else {
                left.next()
            };
            out.extend(next);
        }
        out.extend(left);
        out.extend(right);
        Ok(out)
    }
}
