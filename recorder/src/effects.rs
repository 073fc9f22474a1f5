//! What a line can have changed, told from its bytecode.
//!
//! Most lines store into a variable or two and touch nothing else; some store into an object they
//! name, and some call what cannot be seen into. Knowing which saves the recorder from looking at
//! everything after every line. Whatever is not understood here counts as able to change all that
//! the line can name.

mod acts;
mod assumed;
mod calls;
mod carried;
mod deeds;
mod keys;
mod names;
mod paths;
mod runs;
mod segment;
mod stores;
mod sum;
mod units;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use acts::{ACTS, Act, intrinsic};
pub(crate) use assumed::{Assumed, Check};
use calls::Kind;
pub(crate) use calls::{Call, Callee, FUNCTIONS, ITERATING, READERS, WRITERS, is_writer};
pub(crate) use carried::Carried;
pub(crate) use deeds::{Change, Deed};
pub(crate) use keys::{Const, Key};
pub(crate) use names::NameKey;
pub(crate) use paths::{Path, Root, Step};
pub(crate) use runs::Runs;
pub(crate) use segment::Segment;
use sum::Sum;
use units::Unit;

use crate::layout::Object;

/// Slots from this one on share a bit.
pub(crate) const LAST_BIT: usize = 63;

/// The bit of a slot in a set of slots.
pub(crate) fn bit(slot: usize) -> u64 {
    1 << slot.min(LAST_BIT)
}

/// The slots of a set, of so many that there are.
#[inline]
pub(crate) fn slots_of(set: u64, count: usize) -> impl Iterator<Item = usize> {
    let mut rest = set & !bit(LAST_BIT);
    let single = std::iter::from_fn(move || {
        let slot = rest.trailing_zeros() as usize;
        (rest != 0).then(|| {
            rest &= rest - 1;
            slot
        })
    });
    let shared = match set & bit(LAST_BIT) {
        0 => 0..0,
        _ => LAST_BIT..count,
    };
    single.chain(shared)
}

/// The opcode of caches.
const CACHE: u8 = 0;

/// Deeper than this nobody writes in one line.
const MOST_LEVELS: u8 = 8;

/// The in-place operators of `BINARY_OP`: `NB_INPLACE_ADD` and those after it, the same from 3.12
/// to 3.15; from 3.14 a subscript comes behind them.
const IN_PLACE: std::ops::RangeInclusive<u32> = 13..=25;
const SUBSCRIPT: u32 = 26;

/// The bytecode of one code object.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    units: Vec<Unit>,
    /// For each call: where the expression of what is called begins, and what it is called.
    callees: Vec<(u32, Option<(u32, Callee)>)>,
    /// For each of them, the path to what is called.
    called: Vec<OnceCell<Option<Path>>>,
    segments: Vec<OnceCell<Box<Segment>>>,
    names: Vec<String>,
    moves: Vec<paths::Move>,
    /// What calls give and later events find on the stack, by call.
    carried: Vec<Carried>,
    consts: Vec<Const>,
    /// Where jumps go, ascending.
    targets: Vec<usize>,
    /// Loops within a line, and what lines have behind their first jump: ranges of code units.
    loops: Vec<Range<usize>>,
    skips: Vec<Range<usize>>,
    /// The calls that are to be told whenever they begin: code units, ascending.
    pub(crate) told: Vec<u32>,
    /// The calls of builtin functions that change nothing, whatever of the program they call.
    readers: Vec<usize>,
    /// The calls of methods with the name of one that changes a builtin container.
    writers: Vec<usize>,
    /// The calls that sort a list, and where that is.
    sorts: Vec<(usize, Path)>,
    /// The same names as the objects that the code holds.
    pub(crate) keys: Vec<NameKey>,
}

impl Effects {
    /// Reads bytecode (`co_code`, as it was before the interpreter adapted it), given the line of
    /// each code unit.
    pub(crate) fn new(
        code: &[u8],
        lines: &[u32],
        names: Vec<String>,
        keys: Vec<Object>,
        consts: Vec<Const>,
    ) -> Self {
        let mut units = Vec::with_capacity(code.len() / 2);
        let mut extension = 0;
        let mut instruction = None;
        for (at, pair) in code.chunks_exact(2).enumerate() {
            let argument = extension << 8 | u32::from(pair[1]);
            let line = lines.get(at).copied().unwrap_or(0);
            let act = match ACTS[usize::from(pair[0])] {
                Act::Intrinsic => intrinsic(argument),
                act => act,
            };
            extension = if act == Act::Extend { argument } else { 0 };
            if pair[0] != CACHE {
                instruction = Some(at as u32);
            }
            units.push(Unit {
                opcode: pair[0],
                argument,
                act,
                line,
                instruction,
            });
        }
        let mut effects = Effects {
            segments: units.iter().map(|_| OnceCell::new()).collect(),
            units,
            callees: Vec::new(),
            called: Vec::new(),
            names,
            moves: Vec::new(),
            carried: Vec::new(),
            consts,
            targets: Vec::new(),
            loops: Vec::new(),
            skips: Vec::new(),
            told: Vec::new(),
            readers: Vec::new(),
            writers: Vec::new(),
            sorts: Vec::new(),
            keys: keys.into_iter().map(NameKey::new).collect(),
        };
        effects.match_calls();
        effects.called = effects.callees.iter().map(|_| OnceCell::new()).collect();
        effects.find_detours();
        effects.read_moves();
        effects.find_carried();
        effects.find_assumed_told();
        effects.sorts = (0..effects.units.len())
            .filter(|at| {
                effects.act(*at) == Act::Call && !effects.is_named(*at, "CALL_FUNCTION_EX")
            })
            .filter_map(|at| Some((at, effects.sorted(at)?)))
            .collect();
        effects
    }

    /// Whether the code uses one of these names.
    pub(crate) fn names_any(&self, names: &[&str]) -> bool {
        self.names.iter().any(|name| names.contains(&name.as_str()))
    }

    /// Whether the code uses one of these names.
    pub(crate) fn names_among(&self, names: &HashSet<String>) -> bool {
        self.names.iter().any(|name| names.contains(name))
    }

    /// A name of `co_names`.
    pub(crate) fn name(&self, name: u32) -> Option<&str> {
        self.names.get(name as usize).map(String::as_str)
    }

    /// The path to the list that the instruction at a code unit sorts.
    pub(crate) fn sorts(&self, unit: u32) -> Option<&Path> {
        let at = self.instruction(unit)?;
        let known = self.sorts.iter().find(|(sort, _)| *sort == at);
        known.map(|(_, path)| path)
    }

    /// What the instructions from this code unit to the end of its line can have changed.
    #[inline]
    pub(crate) fn segment(&self, at: u32) -> Option<&Segment> {
        let known = self.segments.get(at as usize)?;
        Some(known.get_or_init(|| Box::new(self.analyse(at as usize))))
    }

    fn analyse(&self, start: usize) -> Segment {
        let line = self.units[start].line;
        let is_here = |at: usize| {
            let here = self.units.get(at).map(|unit| unit.line);
            here.is_some_and(|here| here == line || here == 0)
        };
        let mut segment = Segment {
            start: start as u32,
            is_straight: true,
            ..Segment::default()
        };
        let mut sum = Sum::default();
        let mut is_done = vec![false; self.units.len()];
        let mut begins = vec![start];
        while let Some(begin) = begins.pop() {
            let mut at = begin;
            while is_here(at) && !std::mem::replace(&mut is_done[at], true) {
                self.add(at, &mut segment, &mut sum);
                segment.is_straight &= self.target(at).is_none() && self.act(at) != Act::Send;
                if let Some(target) = self.target(at) {
                    segment.loops |= target <= at && is_here(target) && !self.ends_sending(at);
                    // The line goes on elsewhere: behind a loop in it, in a handler.
                    begins.push(target);
                }
                at += 1;
            }
        }
        let end = (start..self.units.len()).find(|at| !is_here(*at));
        segment.end = end.unwrap_or(self.units.len()) as u32;
        if !segment.slot_stores.is_empty() {
            self.leave_out_inlined(&mut segment);
            segment.stored = segment.stored_slots();
        }
        if segment.effects > 0 {
            // What a call returns can lie below what it was given, and so can what a loop gives.
            let calls = u8::try_from(segment.calls.len()).unwrap_or(MOST_LEVELS);
            segment.levels = sum
                .steps
                .saturating_add(sum.methods.saturating_sub(1))
                .saturating_add(calls.saturating_mul(2))
                .min(MOST_LEVELS)
                + 1;
        }
        if sum.reaches_back {
            // The operands were loaded by an earlier line of the same statement.
            segment.loads = u64::MAX;
            segment.loops = true;
        }
        segment.changes = self.changes(&sum, &segment);
        self.settle_assumed(&mut segment);
        segment.has_only_changes = segment.has_only_changes();
        segment.is_in_place = segment.is_in_place();
        segment.takes_result = segment.changes.iter().flatten().any(Change::takes_result);
        if segment.stores.count_ones() == 1 && !segment.loops && sum.bindings == 1 {
            segment.appends = self.appended(start, segment.end as usize);
        }
        segment.is_direct = segment.changes.is_some()
            && segment.effects == 1
            && segment.calls.is_empty()
            && sum.steps == 0
            && sum.methods < 2
            && !segment.loops;
        let first = (start..self.units.len()).find(|at| self.act(*at) != Act::Extend);
        segment.asks_iterator = first.is_some_and(|first| self.is_named(first, "FOR_ITER"));
        segment.reads = sum.steps;
        segment.is_still = segment.effects == 0 && !segment.stores_name();
        segment.is_inert = segment.is_still && !segment.operates && segment.reads == 0;
        segment.is_still_on_atoms = segment.is_still_on_atoms();
        segment.lets_go_last = !sum.makes_late
            && !segment.loops
            && !segment.stores_name()
            && segment.calls.iter().all(|call| call.runs == Runs::Once);
        segment.parts_last = sum.parts && !sum.makes_parted && !segment.loops;
        segment.takes_last = segment.calls.len() == 1
            && !sum.makes_parted
            && !sum.makes_beyond_call
            && !segment.loops;
        segment.once = segment.calls_once();
        segment.resumed = segment.calls_resumed();
        segment.binds_result = segment.lets_go_last && !sum.makes_beyond_call;
        segment.binds_answer = sum
            .asked
            .filter(|_| segment.lets_go_last && !sum.makes_beyond_asked);
        for call in &mut segment.calls {
            if call.slots == u64::MAX {
                call.names.clone_from(&segment.names);
                call.members.clone_from(&segment.members);
            }
        }
        segment
    }

    /// Adds what one instruction does.
    fn add(&self, at: usize, segment: &mut Segment, sum: &mut Sum) {
        self.load(at, &mut segment.loads, &mut segment.names);
        segment.members.extend(self.members_at(at));
        self.note_stores(at, segment);
        let argument = self.units[at].argument;
        let place = at as u32;
        let depth = sum.depth;
        sum.depth += self.growth(at);
        let mut store = |segment: &mut Segment, operands: i32| {
            segment.effects += 1;
            sum.stores.push(at);
            sum.reaches_back |= depth < operands;
            let first = segment.first_store.get_or_insert(place);
            *first = place.min(*first);
        };
        let act = self.act(at);
        segment.carries |= act == Act::Call && self.carried(place).is_some();
        let has_let_go = segment.first_let_go.is_some();
        sum.makes_late |= has_let_go && !act.makes_nothing();
        let is_store = matches!(act, Act::StoreObject | Act::StoreName);
        let makes = !act.makes_nothing() && !is_store;
        sum.makes_beyond_call |= makes;
        sum.makes_beyond_asked |= makes;
        if matches!(act, Act::Operator | Act::Subscript) {
            sum.asked = Some(place);
            sum.makes_beyond_asked = false;
        }
        let is_in_place = act == Act::Operator && IN_PLACE.contains(&argument);
        if act.lets_go() || is_in_place {
            segment.first_let_go.get_or_insert(place);
        }
        if act != Act::Call && !is_store && !self.is_writer_load(at) {
            sum.makes_parted |= sum.parts && !act.makes_nothing();
        }
        sum.parts |= is_store || is_in_place;
        let steps = &mut sum.steps;
        let mut step = || *steps = steps.saturating_add(1);
        match act {
            Act::StoreSlot => sum.bind(argument as usize, segment),
            Act::StoreLoad => sum.bind(argument as usize >> 4, segment),
            Act::StoreStore => {
                sum.bind(argument as usize >> 4, segment);
                sum.bind(argument as usize & 15, segment);
            }
            Act::StoreName => {
                sum.names_again |= segment.stores_name();
                segment.bound_names.push(argument);
            }
            Act::StoreObject => store(segment, -self.growth(at)),
            Act::Operator if IN_PLACE.contains(&argument) => {
                store(segment, 2);
                segment.operates = true;
            }
            Act::LoadAttribute if argument & 1 == 0 => step(),
            Act::Operator if argument == SUBSCRIPT => step(),
            Act::Subscript | Act::Iterate => {
                step();
                segment.operates = true;
            }
            Act::Operator | Act::Operate | Act::Forward => segment.operates = true,
            Act::Call => match self.call(at) {
                // It may give what lies in what it was given.
                Kind::Reader(assumed) => {
                    segment.assumed.extend(assumed);
                    sum.makes_parted |= sum.parts;
                    sum.asked = Some(place);
                    sum.makes_beyond_asked = false;
                    step();
                    segment.operates = true;
                }
                Kind::Writer { makes, assumed } => {
                    segment.assumed.extend(assumed);
                    sum.makes_late |= makes;
                    sum.makes_parted |= makes;
                    sum.parts = true;
                    segment.first_let_go.get_or_insert(place);
                    store(segment, argument as i32 + 2);
                    sum.methods = sum.methods.saturating_add(1);
                    segment.operates = true;
                }
                Kind::Unknown(call) => {
                    sum.makes_parted |= sum.parts;
                    sum.makes_beyond_call = false;
                    segment.calls.push(call);
                }
            },
            Act::Opaque | Act::BeginWith | Act::Send => segment.calls.push(Call {
                unit: place,
                slots: u64::MAX,
                runs: self.runs(at),
                ..Call::default()
            }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod metadata;
#[cfg(test)]
mod tests;
