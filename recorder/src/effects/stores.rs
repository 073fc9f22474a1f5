//! Which stores of a line have run, when it has come to a place: told for those that gave a place what it
//! held, since nothing else shows them.

use super::{Effects, Segment, bit};

/// How the slots are named that an instruction stores into, where it does nothing but that.
const ONE: &[&str] = &["STORE_FAST", "STORE_DEREF"];
const NAMES: &[&str] = &["STORE_NAME", "STORE_GLOBAL"];
/// What an instruction is called behind which nothing follows.
const ENDS: &[&str] = &[
    "JUMP_FORWARD",
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "RETURN_VALUE",
    "RETURN_CONST",
    "RAISE_VARARGS",
    "RERAISE",
];

impl Effects {
    /// Notes which slots and names the instruction at a code unit stores into.
    pub(super) fn note_stores(&self, at: usize, segment: &mut Segment) {
        let named = |names: &[&str]| names.iter().any(|name| self.is_named(at, name));
        let argument = self.units[at].argument;
        let unit = at as u32;
        match () {
            () if named(ONE) => segment.slot_stores.push((unit, argument)),
            () if named(NAMES) => segment.name_stores.push((unit, argument)),
            () if named(&["STORE_FAST_LOAD_FAST"]) => {
                segment.slot_stores.push((unit, argument >> 4));
            }
            () if named(&["STORE_FAST_STORE_FAST"]) => {
                segment.slot_stores.push((unit, argument >> 4));
                segment.slot_stores.push((unit, argument & 15));
            }
            () => {}
        }
    }

    /// Leaves out the stores of comprehensions that run within their function's frame: into variables
    /// of their own, and what those that are called the same held before.
    pub(super) fn leave_out_inlined(&self, segment: &mut Segment) {
        for begin in 0..self.units.len() {
            if !self.is_named(begin, "LOAD_FAST_AND_CLEAR") {
                continue;
            }
            let slot = self.units[begin].argument;
            let is_own = |at: usize| {
                self.is_named(at, "STORE_FAST") && self.units[at].argument == slot
                    || (self.is_named(at, "STORE_FAST_LOAD_FAST")
                        && self.units[at].argument >> 4 == slot)
                    || (self.is_named(at, "STORE_FAST_STORE_FAST")
                        && [self.units[at].argument >> 4, self.units[at].argument & 15]
                            .contains(&slot))
            };
            // What was there is put back by the first store behind the loop over the first iterable; where
            // that is not found, nothing is said of the variable from here on.
            let ends =
                |at: &usize| self.is_named(*at, "FOR_ITER") || self.is_named(*at, "END_ASYNC_FOR");
            let behind = (begin..self.units.len())
                .find(ends)
                .and_then(|at| self.target(at).or(Some(at)));
            let end = behind.and_then(|from| (from..self.units.len()).find(|at| is_own(*at)));
            let range = begin as u32..=end.map_or(u32::MAX, |end| end as u32);
            segment
                .slot_stores
                .retain(|(unit, stored)| *stored != slot || !range.contains(unit));
        }
    }

    /// Whether the instruction at a code unit has run when a line that began with a segment has come to
    /// another unit, in or behind it, without an exception.
    pub(crate) fn has_run(&self, segment: &Segment, unit: u32, stop: u32) -> bool {
        if segment.is_straight {
            let is_left = stop < segment.start || stop >= segment.end;
            return unit >= segment.start && (is_left || unit < stop);
        }
        (unit == segment.start || self.leads(segment, segment.start, unit, None))
            && self.leads(segment, unit, stop, None)
            && !self.leads(segment, segment.start, stop, Some(unit))
    }

    /// Whether control can go from one code unit to another within a line, but not through a third.
    fn leads(&self, segment: &Segment, from: u32, to: u32, without: Option<u32>) -> bool {
        if Some(from) == without {
            return false;
        }
        let line = self.units.get(segment.start as usize).map(|unit| unit.line);
        let is_here = |at: u32| {
            let here = self.units.get(at as usize).map(|unit| unit.line);
            here.is_some() && (here == line || here == Some(0))
        };
        let mut seen = Vec::new();
        let mut begins = vec![from];
        while let Some(at) = begins.pop() {
            let ends = ENDS.iter().any(|name| self.is_named(at as usize, name));
            let behind = (!ends).then_some(at + 1);
            let target = self.goes_to(at as usize).map(|target| target as u32);
            for next in behind.into_iter().chain(target) {
                if next == to {
                    return true;
                }
                if Some(next) != without && is_here(next) && !seen.contains(&next) {
                    seen.push(next);
                    begins.push(next);
                }
            }
        }
        false
    }

    /// Where an instruction jumps to, if it can; `SEND` does so when what it hands on to is done.
    fn goes_to(&self, at: usize) -> Option<usize> {
        if self.is_named(at, "SEND") {
            let behind = self.units.get(at + 1..)?.iter();
            let caches = behind.take_while(|unit| unit.opcode == super::CACHE);
            return Some(at + 1 + caches.count() + self.units[at].argument as usize);
        }
        self.target(at)
    }
}

impl Segment {
    /// Whether anything of it can have been stored before a code unit.
    #[inline(always)]
    pub(crate) fn may_store_before(&self, until: u32) -> bool {
        until == u32::MAX || self.loops || self.first_let_go.is_some_and(|first| first < until)
    }

    /// The variables that it stores into.
    pub(super) fn stored_slots(&self) -> u64 {
        let stores = self.slot_stores.iter();
        stores.fold(0, |slots, (_, slot)| slots | bit(*slot as usize))
    }
}
