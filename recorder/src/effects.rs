//! What a line can have changed, told from its bytecode.
//!
//! Most lines store into a variable or two and touch nothing else; some store into an object they
//! name, and some call what cannot be seen into. Knowing which saves the recorder from looking at
//! everything after every line. Whatever is not understood here counts as able to change all that
//! the line can name.

mod acts;

use std::rc::Rc;

use acts::{ACTS, Act, OPCODES};

use crate::layout::Object;

/// Slots from this one on share a bit.
pub(crate) const LAST_BIT: usize = 63;

/// The bit of a slot in a set of slots.
pub(crate) fn bit(slot: usize) -> u64 {
    1 << slot.min(LAST_BIT)
}

/// Deeper than this nobody writes in one line.
const MOST_LEVELS: u8 = 8;

/// One instruction; the place in the list is its code unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) opcode: u8,
    pub(crate) argument: u32,
    /// The line, 0 if it has none.
    pub(crate) line: u32,
}

/// A call that can run code which is not recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) unit: u32,
    /// The slots whose values it can have got.
    pub(crate) slots: u64,
    /// The names (indices of `co_names`) whose values it can have got.
    pub(crate) names: Vec<u32>,
}

/// What the instructions of a line, from one of them on, can have changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Segment {
    /// Slots that are loaded.
    pub(crate) loads: u64,
    /// Slots that are bound or unbound.
    pub(crate) stores: u64,
    /// Global and other names that are loaded.
    pub(crate) names: Vec<u32>,
    /// A name in a namespace is bound or unbound.
    pub(crate) stores_name: bool,
    /// How deep below what is loaded an object can have been changed; 0 is not at all.
    pub(crate) levels: u8,
    /// How many attributes and items are read.
    pub(crate) reads: u8,
    /// Before this code unit no object can have been changed, calls apart.
    pub(crate) first_store: Option<u32>,
    pub(crate) calls: Vec<Call>,
    /// It goes round in itself: a call in it may have run several times.
    pub(crate) loops: bool,
}

/// What is counted while a segment is read.
#[derive(Default)]
struct Sum {
    stores: bool,
    /// Attributes and items that are read on the way.
    steps: u8,
    methods: u8,
}

/// The in-place operators of `BINARY_OP`: `NB_INPLACE_ADD` and those after it, the same from 3.12
/// to 3.15; from 3.14 a subscript comes behind them.
const IN_PLACE: std::ops::RangeInclusive<u32> = 13..=25;
const SUBSCRIPT: u32 = 26;

/// Methods of built-in containers and texts. They change at most the object they are called on;
/// a class of the program that has one of the same name is recorded or hides what it does.
const METHODS: &str = "add append appendleft capitalize casefold clear copy count decode difference \
    difference_update discard encode endswith extend extendleft find format get index insert \
    intersection intersection_update isalnum isalpha isdecimal isdigit isdisjoint \
    isidentifier islower isnumeric isspace issubset issuperset isupper items join keys ljust \
    lower lstrip move_to_end partition pop popitem popleft remove replace reverse rfind \
    rindex rjust rotate rpartition rsplit rstrip setdefault split splitlines startswith \
    strip swapcase symmetric_difference symmetric_difference_update title translate union \
    update upper values zfill";

/// Built-in functions that change nothing; code of the program that they call is recorded.
const FUNCTIONS: &str = "abs bin bool bytes callable chr complex dict divmod enumerate float frozenset hasattr \
    hash hex id int isinstance issubclass len list max min oct ord pow print range repr \
    reversed round set slice sorted str super tuple type zip";

/// The bytecode of one code object.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    units: Vec<Unit>,
    /// For each call: where the expression of what is called begins, and what it is called.
    callees: Vec<(u32, Option<(u32, Callee)>)>,
    segments: Vec<Option<Rc<Segment>>>,
    names: Vec<String>,
    /// The same names as the objects that the code holds.
    pub(crate) keys: Vec<Object>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Callee {
    Method(u32),
    Global(u32),
    Unknown,
}

impl Effects {
    /// Reads bytecode (`co_code`, as it was before the interpreter adapted it), given the line of
    /// each code unit.
    pub(crate) fn new(code: &[u8], lines: &[u32], names: Vec<String>, keys: Vec<Object>) -> Self {
        let mut units = Vec::with_capacity(code.len() / 2);
        let mut extension = 0;
        for (at, pair) in code.chunks_exact(2).enumerate() {
            let argument = extension << 8 | u32::from(pair[1]);
            let line = lines.get(at).copied().unwrap_or(0);
            extension = match ACTS[usize::from(pair[0])] {
                Act::Extend => argument,
                _ => 0,
            };
            units.push(Unit {
                opcode: pair[0],
                argument,
                line,
            });
        }
        let mut effects = Effects {
            segments: vec![None; units.len()],
            units,
            callees: Vec::new(),
            names,
            keys,
        };
        effects.match_calls();
        effects
    }

    fn act(&self, at: usize) -> Act {
        ACTS[usize::from(self.units[at].opcode)]
    }

    /// Pairs each call with what put its callee on the stack: they nest like parentheses.
    fn match_calls(&mut self) {
        let mut open: Vec<(u32, Callee)> = Vec::new();
        for at in 0..self.units.len() {
            let argument = self.units[at].argument;
            let place = at as u32;
            match self.act(at) {
                Act::LoadAttribute if argument & 1 != 0 && self.is_named(at, "LOAD_ATTR") => {
                    open.push((place, Callee::Method(argument >> 1)));
                }
                Act::LoadAttribute if self.is_named(at, "LOAD_SUPER_ATTR") && argument & 1 != 0 => {
                    open.push((place, Callee::Unknown));
                }
                Act::LoadGlobal if argument & 1 != 0 => {
                    open.push((place, Callee::Global(argument >> 1)));
                }
                Act::PushNull => open.push((place, self.named_beside(at))),
                Act::BeginWith => open.push((place, Callee::Unknown)),
                Act::Call => {
                    let callee = open.pop();
                    self.callees.push((place, callee));
                }
                _ => {}
            }
        }
    }

    fn is_named(&self, at: usize, name: &str) -> bool {
        let opcode = u16::from(self.units[at].opcode);
        OPCODES
            .iter()
            .any(|(other, number)| *other == name && *number == opcode)
    }

    /// The plain name beside a `PUSH_NULL`: behind it in 3.12, before it later.
    fn named_beside(&self, at: usize) -> Callee {
        let beside = if cfg!(Py_3_13) {
            at.checked_sub(1)
        } else {
            Some(at + 1)
        };
        match beside.filter(|beside| *beside < self.units.len()) {
            Some(beside) if self.act(beside) == Act::LoadName => {
                Callee::Global(self.units[beside].argument)
            }
            _ => Callee::Unknown,
        }
    }

    /// What the instructions from this code unit to the end of its line can have changed.
    pub(crate) fn segment(&mut self, at: u32) -> Option<Rc<Segment>> {
        let place = at as usize;
        if self.segments.get(place)?.is_none() {
            let segment = self.analyse(place);
            self.segments[place] = Some(Rc::new(segment));
        }
        self.segments[place].clone()
    }

    fn analyse(&self, start: usize) -> Segment {
        let line = self.units[start].line;
        let is_here = |at: usize| {
            let here = self.units.get(at).map(|unit| unit.line);
            here.is_some_and(|here| here == line || here == 0)
        };
        let mut segment = Segment::default();
        let mut sum = Sum::default();
        let mut is_done = vec![false; self.units.len()];
        let mut begins = vec![start];
        while let Some(begin) = begins.pop() {
            let mut at = begin;
            while is_here(at) && !std::mem::replace(&mut is_done[at], true) {
                self.add(at, &mut segment, &mut sum);
                if let Some(target) = self.target(at) {
                    segment.loops |= target <= at && is_here(target);
                    // The line goes on elsewhere: behind a loop in it, in a handler.
                    begins.push(target);
                }
                at += 1;
            }
        }
        if sum.stores {
            // What a call returns can lie below what it was given.
            let calls = u8::try_from(segment.calls.len()).unwrap_or(MOST_LEVELS);
            let steps = sum.steps.saturating_add(sum.methods.saturating_sub(1));
            segment.levels = steps
                .saturating_add(calls.saturating_mul(2))
                .min(MOST_LEVELS)
                + 1;
            if segment.loads == 0 && segment.names.is_empty() {
                // The operands were loaded by an earlier line of the same statement.
                segment.loads = u64::MAX;
            }
        }
        segment.reads = sum.steps;
        for call in &mut segment.calls {
            if call.slots == u64::MAX {
                call.names.clone_from(&segment.names);
            }
        }
        segment
    }

    /// Adds what one instruction does.
    fn add(&self, at: usize, segment: &mut Segment, sum: &mut Sum) {
        self.load(at, &mut segment.loads, &mut segment.names);
        let argument = self.units[at].argument;
        let place = at as u32;
        let mut store = |segment: &mut Segment| {
            sum.stores = true;
            let first = segment.first_store.get_or_insert(place);
            *first = place.min(*first);
        };
        match self.act(at) {
            Act::StoreSlot => segment.stores |= bit(argument as usize),
            Act::StoreLoad => segment.stores |= bit(argument as usize >> 4),
            Act::StoreStore => {
                segment.stores |= bit(argument as usize >> 4) | bit(argument as usize & 15);
            }
            Act::StoreName => segment.stores_name = true,
            Act::StoreObject => store(segment),
            Act::Operator if IN_PLACE.contains(&argument) => store(segment),
            Act::LoadAttribute if argument & 1 == 0 => sum.steps = sum.steps.saturating_add(1),
            Act::Subscript => sum.steps = sum.steps.saturating_add(1),
            Act::Operator if argument == SUBSCRIPT => sum.steps = sum.steps.saturating_add(1),
            Act::Call => match self.call(at) {
                Some(call) => segment.calls.push(call),
                None => {
                    store(segment);
                    sum.methods = sum.methods.saturating_add(1);
                }
            },
            Act::Opaque | Act::BeginWith => segment.calls.push(Call {
                unit: place,
                slots: u64::MAX,
                names: Vec::new(),
            }),
            _ => {}
        }
    }

    /// Where a jump goes.
    fn target(&self, at: usize) -> Option<usize> {
        let behind = &self.units[at + 1..];
        let caches = behind.iter().take_while(|unit| unit.opcode == 0).count();
        let argument = self.units[at].argument as usize;
        match self.act(at) {
            Act::Forward => Some(at + 1 + caches + argument),
            Act::Backward => (at + 1 + caches).checked_sub(argument),
            _ => None,
        }
    }

    /// Adds what an instruction loads.
    fn load(&self, at: usize, slots: &mut u64, names: &mut Vec<u32>) {
        let argument = self.units[at].argument as usize;
        match self.act(at) {
            Act::LoadSlot => *slots |= bit(argument),
            Act::LoadLoad => *slots |= bit(argument >> 4) | bit(argument & 15),
            Act::StoreLoad => *slots |= bit(argument & 15),
            Act::LoadName => names.push(argument as u32),
            Act::LoadGlobal => names.push(argument as u32 >> 1),
            _ => {}
        }
    }

    /// The call of an instruction, unless it is known to change at most what it is called on.
    fn call(&self, at: usize) -> Option<Call> {
        let callee = self
            .callees
            .iter()
            .find(|(unit, _)| *unit as usize == at)?
            .1;
        let unit = at as u32;
        let is_one_of = |name: u32, list: &str| {
            self.names
                .get(name as usize)
                .is_some_and(|name| list.split(' ').any(|known| known == name))
        };
        let mut call = Call {
            unit,
            ..Call::default()
        };
        match callee {
            Some((_, Callee::Method(name))) if is_one_of(name, METHODS) => return None,
            Some((_, Callee::Global(name))) if is_one_of(name, FUNCTIONS) => return None,
            Some((begin, callee)) => {
                // What a method is called on was loaded just before it.
                let begin = match callee {
                    Callee::Method(_) => self.statement(begin as usize),
                    _ => begin as usize,
                };
                for place in begin..at {
                    self.load(place, &mut call.slots, &mut call.names);
                }
            }
            None => call.slots = u64::MAX,
        }
        Some(call)
    }

    /// The beginning of the line's instructions that an instruction belongs to.
    fn statement(&self, at: usize) -> usize {
        let line = self.units[at].line;
        let begin = self.units[..at].iter().rposition(|unit| unit.line != line);
        begin.map_or(0, |before| before + 1)
    }
}

#[cfg(test)]
mod tests;
