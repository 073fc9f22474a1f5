//! Which object an instruction changes, where its expression says so: a variable, and attributes
//! and items read from it.
//!
//! Expressions are found by their depth on the stack, read backward from the instruction that takes
//! them. Where instructions can be jumped to within an expression, it has no path.

use std::cell::Cell;

use super::acts::Act;
use super::keys::Key;
use super::{CACHE, Effects, SUBSCRIPT};

/// `NB_ADD` and `NB_INPLACE_ADD`, the same from 3.12 to 3.15.
const ADD: [u32; 2] = [0, 13];

/// How an object is reached from a frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    Slot(usize),
    /// An index of `co_names`.
    Name(u32),
    /// What the call at this code unit gave.
    Result(u32),
}

/// One step down from an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// To an attribute: an index of `co_names`, and where it was found last.
    Attribute(u32, Cell<usize>),
    /// To an item.
    Item(Key),
}

/// One instruction that is no cache and no prefix; those that load or store two variables are two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) unit: usize,
    pub(super) kind: Kind,
    pub(super) argument: u32,
    pub(super) growth: i32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Slot,
    Name,
    /// A plain attribute, its name the argument.
    Attribute,
    /// A method about to be called, with its object.
    Method,
    Subscript,
    /// A constant, its index the argument.
    Const,
    /// A small int, the argument.
    Place,
    /// An operator, its number the argument.
    Operator,
    Call,
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

impl Kind {
    /// Whether it runs no code but the interpreter's.
    pub(super) fn is_quiet(self) -> bool {
        use Kind::{Const, Copy, Name, Place, Slot, Store, Swap};
        matches!(self, Slot | Name | Const | Place | Copy | Store | Swap)
    }
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
    /// Reads the moves of all instructions.
    pub(super) fn read_moves(&mut self) {
        let mut moves = Vec::with_capacity(self.units.len());
        for at in 0..self.units.len() {
            let argument = self.units[at].argument;
            let is_pair = argument & 1 != 0;
            let (kind, value, growth) = match self.act(at) {
                Act::Extend => continue,
                Act::Nothing if self.units[at].opcode == CACHE => continue,
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
                _ if self.is_named(at, "LOAD_CONST") => (Kind::Const, argument, 1),
                Act::Operator => (Kind::Operator, argument, -1),
                Act::Call if argument < 256 => (Kind::Call, argument, self.growth(at)),
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

    /// The index of the move of a code unit.
    pub(super) fn move_at(&self, unit: usize) -> Option<usize> {
        let at = self.moves.partition_point(|step| step.unit < unit);
        self.moves
            .get(at)
            .is_some_and(|step| step.unit == unit)
            .then_some(at)
    }

    /// Where the expression begins that leaves its value on the stack just before a move.
    pub(super) fn begin(&self, end: usize) -> Option<usize> {
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
        let begin = self.begin(self.move_at(unit)?)?;
        (!self.is_jumped_into(begin, unit)).then_some(self.moves[begin].unit)
    }

    /// Whether a jump goes behind the beginning of a move, up to a code unit.
    pub(super) fn is_jumped_into(&self, begin: usize, unit: usize) -> bool {
        let inside = self.moves[begin].unit + 1..=unit;
        self.targets.iter().any(|target| inside.contains(target))
    }

    /// The path of the expression that ends before a move, and where it begins.
    pub(super) fn path(&self, end: usize) -> Option<(usize, Path)> {
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
            Kind::Call => Some((self.begin(end)?, root(Root::Result(here.unit as u32)))),
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

    /// The path to what the call at a code unit calls, where that is no global and no method that was
    /// looked up for the call.
    pub(crate) fn called(&self, unit: u32) -> Option<&Path> {
        let call = self.instruction(unit)?;
        let known = self
            .callees
            .binary_search_by_key(&call, |(unit, _)| *unit as usize);
        let path = self.called.get(known.ok()?)?;
        path.get_or_init(|| self.find_called(call)).as_ref()
    }

    fn find_called(&self, call: usize) -> Option<Path> {
        let argument = self.units[call].argument;
        let taken = match () {
            () if self.is_named(call, "CALL_FUNCTION_EX") => 1 + (argument & 1),
            // The names of the arguments are on the stack, too.
            () if self.is_named(call, "CALL_KW") => argument + 1,
            () => argument,
        };
        let at = self.move_at(call)?;
        let mut end = (0..taken).try_fold(at, |end, _| self.begin(end))?;
        // The null beside what is called lies above it, in 3.12 below.
        let is_null = |at: usize| self.act(self.moves[at].unit) == Act::PushNull;
        if cfg!(Py_3_13) {
            end = end.checked_sub(1).filter(|null| is_null(*null))?;
        }
        let (begin, path) = self.path(end)?;
        if !cfg!(Py_3_13) && !begin.checked_sub(1).is_some_and(is_null) {
            return None;
        }
        (!self.is_jumped_into(begin, call)).then_some(path)
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
        let is_whole = is_add && !self.is_jumped_into(begin, unit);
        (is_whole && path.steps.is_empty() && path.root == Root::Slot(slot)).then_some(slot)
    }

    /// Where the expression ends whose value a move copies.
    pub(super) fn copied(&self, copy: usize) -> Option<usize> {
        (1..self.moves[copy].argument).try_fold(copy, |end, _| self.begin(end))
    }
}
