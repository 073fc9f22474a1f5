//! Which object an instruction changes, where its expression says so: a variable, and attributes
//! and items read from it.
//!
//! Expressions are found by their depth on the stack, read backward from the instruction that takes
//! them. Where instructions can be jumped to within an expression, it has no path.

use std::cell::Cell;

use super::acts::Act;
use super::{Effects, IN_PLACE, SUBSCRIPT, Segment, bit};

/// With more changes on one line than these, paths are not worth following.
const MOST_CHANGES: usize = 4;
/// `NB_ADD` and `NB_INPLACE_ADD`, the same from 3.12 to 3.15.
const ADD: [u32; 2] = [0, 13];

/// How an object is reached from a frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Root {
    Slot(usize),
    /// An index of `co_names`.
    Name(u32),
}

/// One step down from an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// To an attribute: an index of `co_names`, and where it was found last.
    Attribute(u32, Cell<usize>),
    /// To an item.
    Item(Key),
}

/// Which item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Key {
    /// The one whose place or key a variable holds.
    Slot(usize),
    /// The one at this place.
    Place(i64),
    Unknown,
}

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
    /// An operator in place, which binds the result where the path leads.
    InPlace,
}

/// One object that a line changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The instruction that does it.
    pub(crate) unit: u32,
    pub(crate) deed: Deed,
    pub(crate) path: Path,
}

/// One instruction that is no cache and no prefix; those that load or store two variables are two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    unit: usize,
    kind: Kind,
    argument: u32,
    growth: i32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Slot,
    Name,
    /// A plain attribute, its name the argument.
    Attribute,
    /// A method about to be called, with its object.
    Method,
    Subscript,
    Place,
    /// Pushes the value so far down once more.
    Copy,
    /// Binds a variable to the top.
    Store,
    /// Exchanges the top with the value so far down.
    Swap,
    Other,
    /// Its growth is not known.
    Unknown,
}

impl Move {
    fn new(unit: usize, kind: Kind, argument: u32, growth: i32) -> Move {
        Move {
            unit,
            kind,
            argument,
            growth,
        }
    }
}

impl Effects {
    /// Reads the moves of all instructions. `places` tells the ints among the constants.
    pub(super) fn read_moves(&mut self, places: &[Option<i64>]) {
        let mut moves = Vec::with_capacity(self.units.len());
        for at in 0..self.units.len() {
            let argument = self.units[at].argument;
            let place = places.get(argument as usize).copied().flatten();
            let place = place.and_then(|place| u32::try_from(place).ok());
            let is_pair = argument & 1 != 0;
            let (kind, value, growth) = match self.act(at) {
                Act::Extend => continue,
                Act::Nothing if self.units[at].opcode == 0 => continue,
                Act::LoadLoad => {
                    moves.push(Move::new(at, Kind::Slot, argument >> 4, 1));
                    (Kind::Slot, argument & 15, 1)
                }
                Act::StoreLoad => {
                    moves.push(Move::new(at, Kind::Store, argument >> 4, -1));
                    (Kind::Slot, argument & 15, 1)
                }
                Act::StoreSlot if self.is_named(at, "STORE_FAST") => (Kind::Store, argument, -1),
                Act::LoadSlot => (Kind::Slot, argument, 1),
                Act::LoadName => (Kind::Name, argument, 1),
                Act::LoadGlobal if !is_pair => (Kind::Name, argument >> 1, 1),
                Act::LoadGlobal => (Kind::Other, 0, 2),
                Act::LoadAttribute if self.is_named(at, "LOAD_ATTR") => {
                    let kind = if is_pair {
                        Kind::Method
                    } else {
                        Kind::Attribute
                    };
                    (kind, argument >> 1, i32::from(is_pair))
                }
                Act::Subscript if self.is_named(at, "BINARY_SUBSCR") => (Kind::Subscript, 0, -1),
                Act::Operator if argument == SUBSCRIPT => (Kind::Subscript, 0, -1),
                _ if self.is_named(at, "LOAD_SMALL_INT") => (Kind::Place, argument, 1),
                _ if self.is_named(at, "LOAD_CONST") => match place {
                    Some(place) => (Kind::Place, place, 1),
                    None => (Kind::Other, 0, 1),
                },
                _ if self.is_named(at, "LOAD_DEREF") => (Kind::Slot, argument, 1),
                _ if self.is_named(at, "COPY") => (Kind::Copy, argument, 1),
                _ if self.is_named(at, "SWAP") => (Kind::Swap, argument, 0),
                // The table of growths ends at 255.
                _ if argument > 255 => (Kind::Unknown, 0, 0),
                _ => (Kind::Other, 0, self.growth(at)),
            };
            moves.push(Move::new(at, kind, value, growth));
        }
        self.moves = moves;
        let mut targets: Vec<usize> = (0..self.units.len())
            .filter_map(|at| self.target(at))
            .collect();
        targets.sort_unstable();
        self.targets = targets;
    }

    /// The objects that these instructions of a line change, if all their expressions say so and
    /// nothing else on the line can turn them into others.
    pub(super) fn changes(&self, units: &[usize], segment: &Segment) -> Option<Vec<Change>> {
        if units.len() > MOST_CHANGES {
            return None;
        }
        let is_stored = |slot: usize| segment.stores & bit(slot) != 0;
        let settled = |key: Key| match key {
            Key::Slot(slot) if is_stored(slot) => Key::Unknown,
            key => key,
        };
        let mut changes = Vec::with_capacity(units.len());
        for unit in units {
            let mut change = self.change(*unit)?;
            let is_in_place = change.deed == Deed::InPlace;
            match change.path.root {
                Root::Slot(slot) if is_stored(slot) && (!is_in_place || segment.loops) => {
                    return None;
                }
                Root::Name(_) if segment.stores_name && !is_in_place => return None,
                _ => {}
            }
            for step in &mut change.path.steps {
                if let Step::Item(key) = step {
                    *key = settled(*key);
                }
            }
            change.deed = match change.deed {
                Deed::SetItem(key) if !segment.loops => Deed::SetItem(settled(key)),
                Deed::SetItem(_) | Deed::Append if segment.loops => Deed::Change,
                deed => deed,
            };
            changes.push(change);
        }
        Some(changes)
    }

    /// The index of the move of a code unit.
    fn move_at(&self, unit: usize) -> Option<usize> {
        self.moves.iter().position(|step| step.unit == unit)
    }

    /// Where the expression begins that leaves its value on the stack just before a move.
    fn begin(&self, end: usize) -> Option<usize> {
        let mut above = 1;
        for at in (0..end).rev() {
            if matches!(self.moves[at].kind, Kind::Unknown | Kind::Swap) {
                return None;
            }
            above -= self.moves[at].growth;
            if above <= 0 {
                return (above == 0).then_some(at);
            }
        }
        None
    }

    /// The code unit where the expression begins whose value the instruction at a code unit takes,
    /// if nothing jumps into it.
    pub(super) fn expression(&self, unit: usize) -> Option<usize> {
        let begin = self.moves[self.begin(self.move_at(unit)?)?].unit;
        let inside = begin + 1..=unit;
        let is_jumped_into = self.targets.iter().any(|target| inside.contains(target));
        (!is_jumped_into).then_some(begin)
    }

    /// The path of the expression that ends before a move, and where it begins.
    fn path(&self, end: usize) -> Option<(usize, Path)> {
        let last = end.checked_sub(1)?;
        let root = |root| Path {
            root,
            steps: Vec::new(),
        };
        let here = self.moves[last];
        match here.kind {
            Kind::Slot => Some((last, root(Root::Slot(here.argument as usize)))),
            Kind::Name => Some((last, root(Root::Name(here.argument)))),
            Kind::Copy => self.path(self.copied(last)?),
            Kind::Attribute => {
                let (begin, mut path) = self.path(last)?;
                let hint = Cell::new(0);
                path.steps.push(Step::Attribute(here.argument, hint));
                Some((begin, path))
            }
            Kind::Subscript => {
                let key = self.begin(last)?;
                let (begin, mut path) = self.path(key)?;
                path.steps.push(Step::Item(self.key(key, last)));
                Some((begin, path))
            }
            _ => None,
        }
    }

    /// The variable that a line does nothing else with than adding something to its end: `s += x`.
    pub(super) fn appended(&self, start: usize, end: usize) -> Option<usize> {
        let store = self
            .moves
            .iter()
            .position(|step| (start..end).contains(&step.unit) && step.kind == Kind::Store)?;
        let (slot, add) = (self.moves[store].argument as usize, store.checked_sub(1)?);
        let unit = self.moves[add].unit;
        let is_add = self.act(unit) == Act::Operator && ADD.contains(&self.units[unit].argument);
        let (begin, path) = self.path(self.begin(add)?)?;
        let inside = self.moves[begin].unit + 1..=unit;
        let is_jumped_into = self.targets.iter().any(|target| inside.contains(target));
        (is_add && !is_jumped_into && path.steps.is_empty() && path.root == Root::Slot(slot))
            .then_some(slot)
    }

    /// Where the expression ends whose value a move copies.
    fn copied(&self, copy: usize) -> Option<usize> {
        (1..self.moves[copy].argument).try_fold(copy, |end, _| self.begin(end))
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

    /// The key that an expression gives.
    fn key(&self, begin: usize, end: usize) -> Key {
        let here = self.moves[begin];
        match here.kind {
            Kind::Copy if begin + 1 == end => {
                let copied = self.copied(begin);
                let known = copied.and_then(|end| Some(self.key(self.begin(end)?, end)));
                known.unwrap_or(Key::Unknown)
            }
            Kind::Slot if begin + 1 == end => Key::Slot(here.argument as usize),
            Kind::Place if begin + 1 == end => Key::Place(i64::from(here.argument)),
            _ => Key::Unknown,
        }
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
        let inside = self.moves[begin].unit + 1..=unit;
        (!self.targets.iter().any(|target| inside.contains(target))).then_some(path)
    }

    /// What the instruction at a code unit, which stores into an object, changes; `None` if its
    /// expression does not say.
    fn change(&self, unit: usize) -> Option<Change> {
        let at = self.move_at(unit)?;
        let argument = self.units[unit].argument;
        let named = |names: &[&str]| names.iter().any(|name| self.is_named(unit, name));
        let (begin, path, deed) = match self.act(unit) {
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
                (begin, path, deed)
            }
            Act::StoreObject if named(&["STORE_SUBSCR", "DELETE_SUBSCR"]) => {
                // `x[y] += z` keeps x and y below the result.
                let end = if self.is_swapped(at, &[3, 2]) {
                    self.begin(at - 2)?
                } else {
                    at
                };
                let key = self.begin(end)?;
                let (begin, path) = self.path(key)?;
                let deed = if named(&["STORE_SUBSCR"]) {
                    Deed::SetItem(self.key(key, end))
                } else {
                    Deed::Change
                };
                (begin, path, deed)
            }
            Act::StoreObject if named(&["STORE_SLICE"]) => {
                let (begin, path) = self.path(self.begin(self.begin(at)?)?)?;
                (begin, path, Deed::Change)
            }
            Act::Operator if IN_PLACE.contains(&argument) => {
                let (begin, path) = self.path(self.begin(at)?)?;
                (begin, path, Deed::InPlace)
            }
            Act::Call if named(&["CALL"]) => {
                let method = self.method(at, argument)?;
                let name = self.names.get(self.moves[method].argument as usize)?;
                let is_append = name == "append" && argument == 1;
                let (begin, path) = self.path(method)?;
                let deed = if is_append {
                    Deed::Append
                } else {
                    Deed::Change
                };
                (begin, path, deed)
            }
            _ => return None,
        };
        let inside = self.moves[begin].unit + 1..=unit;
        let is_jumped_into = self.targets.iter().any(|target| inside.contains(target));
        let unit = unit as u32;
        (!is_jumped_into).then_some(Change { unit, deed, path })
    }
}
