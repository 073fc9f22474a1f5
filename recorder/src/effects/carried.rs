//! What calls give and the rest of their line keeps on the stack while it calls on: arguments of a
//! later call, items of what is being built.

use super::Effects;
use super::acts::Act;
use super::paths::{Kind, Move};

/// Where what a call gave is alive, because the stack holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Carried {
    /// The code unit of the call that gave it.
    call: u32,
    /// It is there while these code units run: from the first to the last.
    first: u32,
    last: u32,
    /// The last one is a call that takes it.
    is_taken: bool,
}

impl Carried {
    /// Whether it is there while a frame runs that was entered at this code unit.
    pub(crate) fn is_held_at(&self, unit: u32) -> bool {
        (self.first..=self.last).contains(&unit)
    }

    /// Whether the call at a code unit takes it off the stack.
    pub(crate) fn is_taken_by(&self, call: u32) -> bool {
        self.is_taken && self.last == call
    }
}

impl Effects {
    /// What is known of the value that the call at a code unit gave, if later calls find it on the
    /// stack.
    pub(crate) fn carried(&self, call: u32) -> Option<&Carried> {
        let known = self.carried.binary_search_by_key(&call, |known| known.call);
        self.carried.get(known.ok()?)
    }

    /// Finds what calls give and later calls of the line find on the stack.
    pub(super) fn find_carried(&mut self) {
        let calls = (0..self.moves.len()).filter(|at| self.moves[*at].kind == Kind::Call);
        self.carried = calls.filter_map(|at| self.carry(at)).collect();
    }

    /// Follows what a call gave to where it leaves the stack, as far as the instructions run one
    /// after the other.
    fn carry(&self, call: usize) -> Option<Carried> {
        let unit = self.moves[call].unit;
        let mut carried = Carried {
            call: unit as u32,
            first: unit as u32 + 1,
            last: unit as u32,
            is_taken: false,
        };
        let mut above = 0;
        let mut at = call + 1;
        while let Some(step) = self.moves.get(at)
            && [self.units[unit].line, 0].contains(&self.units[step.unit].line)
            && self.targets.binary_search(&step.unit).is_err()
        {
            let takes = self.takes(step);
            if step.kind == Kind::Call {
                carried.last = step.unit as u32;
            }
            if takes <= above {
                above += step.growth;
            } else if step.kind == Kind::Call {
                carried.is_taken = true;
                break;
            } else if self.is_any_of(step.unit, &["LIST_APPEND", "SET_ADD", "MAP_ADD"])
                && self.units[step.unit].argument > 1
            {
                let (begin, end) = self.built_in(step)?;
                carried.first = carried.first.min(begin as u32);
                carried.last = carried.last.max(end as u32);
                above = 0;
                at = self.behind_loop(end)?;
                continue;
            } else if self.is_any_of(step.unit, &["BUILD_LIST", "BUILD_TUPLE", "BUILD_SET"])
                || self.is_any_of(step.unit, &["BUILD_MAP", "BUILD_CONST_KEY_MAP"])
                || self.is_any_of(step.unit, &["LIST_APPEND", "SET_ADD"])
            {
                // What is built holds it, and is in its place.
                above = 0;
            } else {
                break;
            }
            at += 1;
        }
        (carried.last > carried.call || carried.first <= carried.call).then_some(carried)
    }

    fn is_any_of(&self, unit: usize, names: &[&str]) -> bool {
        names.iter().any(|name| self.is_named(unit, name))
    }

    /// How many values an instruction takes from the stack; more where that is not known.
    fn takes(&self, step: &Move) -> i32 {
        use Kind::{Attribute, Const, Copy, Method, Name, Operator, Place, Slot, Store, Subscript};
        match step.kind {
            Slot | Name | Const | Place | Copy => 0,
            Attribute | Method | Store => 1,
            Operator | Subscript => 2,
            Kind::Call => 1 - step.growth,
            Kind::Swap | Kind::Unknown => i32::MAX,
            Kind::Other => match self.act(step.unit) {
                Act::LoadGlobal | Act::PushNull => 0,
                _ if self.is_any_of(step.unit, &["KW_NAMES", "NOP", "NOT_TAKEN"]) => 0,
                Act::Forward | Act::Backward => i32::MAX,
                _ => 1.max(1 - step.growth),
            },
        }
    }

    /// The loop of a comprehension that adds to its result with this instruction: the first code
    /// unit, and its last jump.
    fn built_in(&self, step: &Move) -> Option<(usize, usize)> {
        let around = self.loops.iter().filter(|range| range.contains(&step.unit));
        let mut begins: Vec<usize> = around.map(|range| range.start).collect();
        begins.sort_unstable();
        begins.dedup();
        // Its argument counts the iterators between the top and what is built.
        let depth = (self.units[step.unit].argument as usize).checked_sub(1)?;
        let begin = *begins.get(begins.len().checked_sub(depth)?)?;
        let same = self.loops.iter().filter(|range| range.start == begin);
        Some((begin, same.map(|range| range.end).max()?))
    }

    /// The move behind a comprehension's loop that finds what was built on top: those before it drop
    /// the iterator and restore the variable of the loop.
    fn behind_loop(&self, jump: usize) -> Option<usize> {
        const ENDS: [&str; 6] = [
            "END_FOR",
            "POP_TOP",
            "POP_ITER",
            "SWAP",
            "STORE_FAST",
            "STORE_FAST_MAYBE_NULL",
        ];
        let mut behind = (0..self.moves.len()).filter(|at| self.moves[*at].unit > jump);
        let first = behind.next()?;
        (first..self.moves.len()).find(|at| !self.is_any_of(self.moves[*at].unit, &ENDS))
    }
}
