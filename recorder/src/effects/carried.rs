//! What calls give and the stack keeps while others run: arguments of a later call, items of
//! what is being built.

use std::sync::LazyLock;

use super::Effects;
use super::acts::{Act, by_opcode};
use super::paths::{Kind, Move};

/// How many instructions are followed at most: longer expressions are literals, mostly.
const MOST_STEPS: usize = 500;

/// What instructions do with values on the stack, those of a known kind apart.
#[derive(Clone, Copy, PartialEq)]
enum Deal {
    /// Takes some and leaves one.
    Other,
    /// Takes none.
    Push,
    /// Makes one object of several, or adds to the one below, which holds them then.
    Build,
    /// Adds to what a comprehension builds, below its iterators.
    Add,
    /// Ends the loop of a comprehension.
    End,
}

const DEALS: [(Deal, &str); 4] = [
    (Deal::Push, "KW_NAMES NOP NOT_TAKEN"),
    (
        Deal::Build,
        "BUILD_LIST BUILD_TUPLE BUILD_SET BUILD_MAP BUILD_CONST_KEY_MAP",
    ),
    (Deal::Add, "LIST_APPEND SET_ADD MAP_ADD"),
    (
        Deal::End,
        "END_FOR POP_TOP POP_ITER SWAP STORE_FAST STORE_FAST_MAYBE_NULL",
    ),
];

static DEAL_OF: LazyLock<[Deal; 256]> = LazyLock::new(|| by_opcode(Deal::Other, &DEALS));

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
    /// What is known of the value that the call at a code unit gave, if events come while it is on the
    /// stack.
    pub(crate) fn carried(&self, call: u32) -> Option<&Carried> {
        let known = self.carried.binary_search_by_key(&call, |known| known.call);
        self.carried.get(known.ok()?)
    }

    /// Finds what calls give and later events find on the stack.
    pub(super) fn find_carried(&mut self) {
        let calls = (0..self.moves.len()).filter(|at| self.moves[*at].kind == Kind::Call);
        self.carried = calls.filter_map(|at| self.carry(at)).collect();
    }

    /// Follows what a call gave to where it leaves the stack, as far as instructions run one after the
    /// other.
    fn carry(&self, call: usize) -> Option<Carried> {
        let unit = self.moves[call].unit;
        let mut carried = Carried {
            call: unit as u32,
            first: unit as u32 + 1,
            last: unit as u32,
            is_taken: false,
        };
        // An event comes while it is there: a line, or the start of a frame.
        let mut is_seen = false;
        let mut above = 0;
        let mut at = call + 1;
        while let Some(step) = self.moves.get(at)
            && at < call + MOST_STEPS
            && self.targets.binary_search(&step.unit).is_err()
        {
            carried.last = step.unit as u32;
            let line = self.units[step.unit].line;
            is_seen |= step.kind == Kind::Call || ![self.units[unit].line, 0].contains(&line);
            let takes = self.takes(step);
            if takes <= above {
                above += step.growth;
            } else if step.kind == Kind::Call {
                carried.is_taken = true;
                break;
            } else {
                match self.deal(step) {
                    Deal::Add if self.units[step.unit].argument > 1 => {
                        let (begin, end) = self.built_in(step)?;
                        is_seen = true;
                        carried.first = carried.first.min(begin as u32);
                        carried.last = carried.last.max(end as u32);
                        at = self.behind_loop(end)?;
                        above = 0;
                        continue;
                    }
                    // What is built is in its place.
                    Deal::Add | Deal::Build => above = 0,
                    _ => break,
                }
            }
            at += 1;
        }
        is_seen.then_some(carried)
    }

    fn deal(&self, step: &Move) -> Deal {
        DEAL_OF[usize::from(self.units[step.unit].opcode)]
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
                _ if self.deal(step) == Deal::Push => 0,
                Act::Forward | Act::Skip | Act::Backward => i32::MAX,
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
        let first = self.moves.partition_point(|step| step.unit <= jump);
        (first..self.moves.len()).find(|at| self.deal(&self.moves[*at]) != Deal::End)
    }
}
