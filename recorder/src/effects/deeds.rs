//! What a line does with the objects that its paths lead to.

use std::cell::Cell;

use super::acts::Act;
use super::keys::Key;
use super::paths::Kind;
use super::{Effects, IN_PLACE, Path, Root, Segment, Step, Sum, bit};

/// With more changes on one line than these, paths are not worth following.
const MOST_CHANGES: usize = 4;

/// What is done with the object at the end of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Any of what it holds can have changed.
    Change,
    /// An item is bound.
    SetItem(Key),
    /// An attribute is bound: an index of `co_names`, and where it was found last.
    SetAttribute(u32, Cell<usize>),
    /// `append` was called with one argument.
    Append,
    /// `pop` was called without any.
    Pop,
    /// `add` was called with one, which a key describes.
    Add(Key),
    /// `discard` or `remove` was.
    Remove(Key),
    /// An operator in place, which binds the result where the path leads.
    InPlace,
}

impl Deed {
    /// Whether it puts a value into a place that has a name or a key.
    pub(crate) fn is_store(&self) -> bool {
        matches!(self, Deed::SetItem(_) | Deed::SetAttribute(..))
    }
}

/// One object that a line changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The instruction that does it.
    pub(crate) unit: u32,
    pub(crate) deed: Deed,
    pub(crate) path: Path,
    /// The first code unit behind the path, if code can run there before the deed and lead the path
    /// elsewhere.
    pub(crate) late_from: Option<u32>,
}

impl Effects {
    /// The objects that these instructions of a line change, if all their expressions say so and
    /// nothing else on the line can turn them into others.
    pub(super) fn changes(&self, sum: &Sum, segment: &Segment) -> Option<Vec<Change>> {
        if sum.stores.len() > MOST_CHANGES {
            return None;
        }
        let is_stored = |slot: usize| segment.stores & bit(slot) != 0;
        let settled = |key: &Key| match self.is_settled(key, segment) {
            true => key.clone(),
            false => Key::Unknown,
        };
        let mut changes = Vec::with_capacity(sum.stores.len());
        for unit in &sum.stores {
            let mut change = self.change(*unit)?;
            // The operator binds its result where it found the object: that binding leads to it.
            let is_in_place = change.deed == Deed::InPlace;
            match change.path.root {
                Root::Slot(slot) if is_stored(slot) && (!is_in_place || segment.loops) => {
                    return None;
                }
                Root::Slot(slot) if sum.again & bit(slot) != 0 => return None,
                Root::Name(_) if sum.names_again => return None,
                Root::Name(_) if segment.stores_name() && !is_in_place => return None,
                Root::Result(_) if segment.loops => return None,
                _ => {}
            }
            for step in &mut change.path.steps {
                if let Step::Item(key) = step {
                    *key = settled(key);
                }
            }
            change.deed = match change.deed {
                Deed::SetItem(key) if !segment.loops => Deed::SetItem(settled(&key)),
                deed @ (Deed::InPlace | Deed::SetAttribute(..)) => deed,
                _ if segment.loops => Deed::Change,
                Deed::Add(key) => Deed::Add(settled(&key)),
                Deed::Remove(key) => Deed::Remove(settled(&key)),
                deed => deed,
            };
            changes.push(change);
        }
        // What a conditional expression gives is stored by each of its branches.
        let last = changes.iter().map(|change| change.unit).max();
        changes.dedup_by(|other, change| {
            let is_same = change.path == other.path && change.deed == other.deed;
            let is_late = change.late_from.is_some() || other.late_from.is_some();
            let leaves = |unit| last.is_some_and(|last| self.leaves_for(unit, last));
            is_same && !is_late && !segment.loops && leaves(change.unit) && leaves(other.unit)
        });
        Some(changes)
    }

    /// Whether what runs behind the instruction at a code unit is on another line, or behind another
    /// unit, or that unit is its own.
    fn leaves_for(&self, unit: u32, last: u32) -> bool {
        let at = unit as usize;
        unit == last
            || self.behind(at).is_none_or(|next| {
                let jumps = self.is_named(next, "JUMP_FORWARD");
                let is_beyond = || self.target(next).is_some_and(|to| to > last as usize);
                self.units[next].line != self.units[at].line || jumps && is_beyond()
            })
    }

    /// Whether the moves before one exchange the top with what lies so far down, in this order.
    fn is_swapped(&self, before: usize, depths: &[u32]) -> bool {
        let swaps = before
            .checked_sub(depths.len())
            .map(|first| &self.moves[first..before]);
        swaps.is_some_and(|swaps| {
            let mut pairs = swaps.iter().zip(depths);
            pairs.all(|(swap, depth)| swap.kind == Kind::Swap && swap.argument == *depth)
        })
    }

    /// Where the method is looked up that a call with so many values behind it calls.
    fn method(&self, call: usize, arguments: u32) -> Option<usize> {
        let end = (0..arguments).try_fold(call, |end, _| self.begin(end))?;
        let method = end.checked_sub(1)?;
        (self.moves[method].kind == Kind::Method).then_some(method)
    }

    /// The path to what the call at a code unit sorts: while it does, a list is empty.
    pub(super) fn sorted(&self, unit: usize) -> Option<Path> {
        let at = self.move_at(unit)?;
        // `CALL_KW` has the names of the arguments on the stack.
        let names = u32::from(self.is_named(unit, "CALL_KW"));
        let method = self.method(at, self.units[unit].argument + names)?;
        let name = self.names.get(self.moves[method].argument as usize)?;
        let (begin, path) = self.path(method).filter(|_| name == "sort")?;
        (!self.is_jumped_into(begin, unit)).then_some(path)
    }

    /// What the instruction at a code unit, which stores into an object, changes; `None` if its
    /// expression does not say.
    fn change(&self, unit: usize) -> Option<Change> {
        let at = self.move_at(unit)?;
        let argument = self.units[unit].argument;
        let named = |names: &[&str]| names.iter().any(|name| self.is_named(unit, name));
        // `rest` is where the instructions begin that run between reading the path and the deed.
        let (begin, path, deed, rest) = match self.act(unit) {
            Act::StoreObject if named(&["STORE_ATTR", "DELETE_ATTR"]) => {
                // `x.y += z` keeps x below the result.
                let end = if self.is_swapped(at, &[2]) {
                    self.begin(at - 1)?
                } else {
                    at
                };
                let (begin, path) = self.path(end)?;
                let deed = if named(&["STORE_ATTR"]) {
                    Deed::SetAttribute(argument, Cell::new(0))
                } else {
                    Deed::Change
                };
                (begin, path, deed, end)
            }
            Act::StoreObject if named(&["STORE_SUBSCR", "DELETE_SUBSCR"]) => {
                // `x[y] += z` keeps x and y below the result.
                let end = if self.is_swapped(at, &[3, 2]) {
                    self.begin(at - 2)?
                } else {
                    at
                };
                let begin_key = self.begin(end)?;
                let (begin, path) = self.path(begin_key)?;
                let key = self.key(begin_key, end);
                let rest = if key == Key::Unknown { begin_key } else { end };
                let deed = if named(&["STORE_SUBSCR"]) {
                    Deed::SetItem(key)
                } else {
                    Deed::Change
                };
                (begin, path, deed, rest)
            }
            Act::StoreObject if named(&["STORE_SLICE"]) => {
                let end = self.begin(self.begin(at)?)?;
                let (begin, path) = self.path(end)?;
                (begin, path, Deed::Change, end)
            }
            Act::Operator if IN_PLACE.contains(&argument) => {
                let end = self.begin(at)?;
                let (begin, path) = self.path(end)?;
                (begin, path, Deed::InPlace, end)
            }
            Act::Call if named(&["CALL"]) => {
                let method = self.method(at, argument)?;
                let name = self.names.get(self.moves[method].argument as usize)?;
                let (begin, path) = self.path(method)?;
                let deed = match (&**name, argument) {
                    ("append", 1) => Deed::Append,
                    ("pop", 0) => Deed::Pop,
                    ("add", 1) => Deed::Add(self.key(method + 1, at)),
                    ("discard" | "remove", 1) => Deed::Remove(self.key(method + 1, at)),
                    _ => Deed::Change,
                };
                (begin, path, deed, method + 1)
            }
            _ => return None,
        };
        let late = &self.moves[rest..at];
        let is_late = late.iter().any(|between| !between.kind.is_quiet());
        let late_from = is_late.then(|| late[0].unit as u32);
        (!self.is_jumped_into(begin, unit)).then_some(Change {
            unit: unit as u32,
            deed,
            path,
            late_from,
        })
    }
}
