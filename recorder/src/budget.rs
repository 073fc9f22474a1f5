//! How much may be compared, what was left, and since when that is in doubt.
//!
//! Comparing is bounded by what events earn, not by how many objects a program holds. What did not fit
//! stays in doubt; whatever finds it changed later says between which positions that happened.

use schema::EventKind;

use crate::codes::CodeInfo;
use crate::objects::{Entry, Heap};
use crate::recorder::Recorder;
use crate::sink::Sink;

/// Units of comparing that each event earns, and how many can be saved, as many as are given at first. A
/// unit is an object with few items: some 50 nanoseconds.
const EARNED: usize = 2;
const MOST_SAVED: usize = 1 << 18;
/// Units that are given below what a line names, whatever has been saved.
const LEAST_GIVEN: usize = 16;
/// The same where the line itself has stored something there, and it was not found where its paths lead.
const LEAST_STORED: usize = 256;
/// For objects that the line does not lead to: a part of what is saved beyond so many units, which are
/// kept for those that a line leads to.
const KEPT: usize = MOST_SAVED / 4;
const PART_ASIDE: usize = 16;
/// Units for the whole stack where an exception is raised: a person will look at it.
const MOST_AT_RAISE: usize = 1000;
const LEAST_AT_RAISE: usize = 64;
/// So many items of a container are one unit more.
const ITEMS_A_UNIT: usize = 64;
/// A sweep compares everything that frames hold: each event earns one of the events that it takes for
/// each object, and so many are given at first.
const EVENTS_AN_OBJECT: u64 = 8;
const EVENTS_AT_FIRST: u64 = 1 << 20;
/// Looks for dead cycles go over all objects. Each event earns them so many, and so many are given at first.
const LIVENESS_EARNED: usize = 4;
const LIVENESS_AT_FIRST: usize = 1 << 20;
/// How far apart marks are at first, in events, and how many there are at most: then half of them go.
const MARK_EVENTS: u64 = 64;
const MOST_MARKS: usize = 1 << 12;

/// The count of doubts at a position, and that position.
#[derive(Clone, Copy)]
struct Mark {
    doubts: u64,
    pos: u64,
}

/// What may be compared, and what is in doubt.
pub(crate) struct Budget {
    saved: usize,
    /// Objects that looks for dead cycles may go over.
    liveness: usize,
    /// The count of doubts when comparing last stopped short.
    cut: u64,
    /// That of the line that is looked at, before anything it did was in doubt.
    line: u64,
    /// What is compared is nothing that the line leads to.
    is_aside: bool,
    /// Sorted by both of their numbers.
    marks: Vec<Mark>,
    /// How many events there are between two of them at least.
    spacing: u64,
    /// How many events sweeps have cost so far, and the count of doubts when the last one was over.
    swept: u64,
    swept_doubts: u64,
    is_due: bool,
}

impl Budget {
    pub(crate) fn new() -> Budget {
        Budget {
            saved: MOST_SAVED,
            liveness: LIVENESS_AT_FIRST,
            cut: 0,
            line: 0,
            is_aside: false,
            marks: vec![Mark { doubts: 0, pos: 0 }],
            spacing: MARK_EVENTS,
            swept: 0,
            swept_doubts: 0,
            is_due: false,
        }
    }

    /// An event begins.
    #[inline(always)]
    pub(crate) fn earn(&mut self) {
        self.saved = (self.saved + EARNED).min(MOST_SAVED);
        self.liveness = (self.liveness + LIVENESS_EARNED).min(LIVENESS_AT_FIRST);
    }

    /// Whether it may be looked for dead cycles among so many objects; then it is paid for.
    pub(crate) fn pays_liveness(&mut self, objects: usize) -> bool {
        let rest = self.liveness.checked_sub(objects);
        self.liveness = rest.unwrap_or(self.liveness);
        rest.is_some()
    }

    /// What the line did is looked at, from this count of doubts on.
    #[inline]
    pub(crate) fn begin_line(&mut self, doubts: u64) {
        self.line = doubts;
    }

    /// Doubts have come at this position.
    pub(crate) fn mark(&mut self, doubts: u64, pos: u64) {
        let last = self.marks.last().map_or(0, |mark| mark.pos);
        if pos < last + self.spacing {
            return;
        }
        if self.marks.len() == MOST_MARKS {
            // Half as exact from then on: an earlier mark is true, too.
            let mut at = 0;
            self.marks.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.spacing *= 2;
        }
        self.marks.push(Mark { doubts, pos });
    }

    /// Since when an object can have changed that was compared last at this count of doubts, if that is
    /// before the line that is looked at.
    fn late_since(&self, doubts: u64) -> Option<u64> {
        let from = match self.is_aside {
            true => self.line,
            false => self.cut,
        };
        (doubts < from).then(|| {
            let behind = self.marks.partition_point(|mark| mark.doubts <= doubts);
            self.marks[..behind].last().map_or(0, |mark| mark.pos)
        })
    }
}

impl Heap {
    /// Whether an object can have changed unseen before the line that is looked at. What that line is
    /// known to change is told alone: all else is found later, and said to be late.
    #[inline]
    pub(crate) fn is_owed(&self, entry: &Entry) -> bool {
        entry.doubts < self.budget.cut
    }

    /// Since when a change can have been made that was found in an object just now, if it may not have
    /// been the line.
    pub(crate) fn late_since(&self, doubts: u64, out: &Sink) -> Option<u64> {
        let since = self.budget.late_since(doubts)?;
        (since < out.events).then_some(since)
    }

    /// How many events it takes to earn a sweep.
    fn cost_of_sweep(&self) -> u64 {
        EVENTS_AN_OBJECT * (self.entries.len() - self.free.len()) as u64
    }

    /// What comparing an object takes, in units.
    fn cost(&self, index: u32) -> usize {
        let entry = self.entry(index);
        entry.map_or(0, |entry| {
            1 + (entry.items.len() + entry.fields.len()) / ITEMS_A_UNIT
        })
    }

    /// Compares all that was reached with what was seen, and as much of what is reached from there as
    /// there is budget for; writes what changed.
    ///
    /// # Safety
    /// The GIL is held, and no code ran since the entries in `work` were reached.
    #[inline(always)]
    pub(crate) unsafe fn refresh(&mut self, out: &mut Sink) {
        if self.todo.is_empty() && self.work.is_empty() {
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe { self.refresh_reached(LEAST_GIVEN, out) };
    }

    /// The same for what the line itself has stored.
    ///
    /// # Safety
    /// As for [`refresh`](Self::refresh).
    pub(crate) unsafe fn refresh_stored(&mut self, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe { self.refresh_reached(LEAST_STORED, out) };
    }

    #[inline(never)]
    unsafe fn refresh_reached(&mut self, least: usize, out: &mut Sink) {
        let given = self.budget.saved.max(least);
        // SAFETY: as for `refresh`.
        let (left, is_whole) = unsafe { self.compare_within(given, true, out) };
        self.budget.saved = self.budget.saved.saturating_sub(given - left);
        if !is_whole {
            self.budget.cut = self.doubts;
            self.budget.mark(self.doubts, out.events);
        }
    }

    /// Compares some of what was reached, none of which the line leads to.
    ///
    /// # Safety
    /// As for [`refresh`](Self::refresh).
    pub(crate) unsafe fn refresh_aside(&mut self, out: &mut Sink) {
        let spare = self.budget.saved.saturating_sub(KEPT);
        // SAFETY: as promised by the caller.
        unsafe { self.refresh_some(spare / PART_ASIDE, out) };
    }

    /// Compares some of what the stack holds, where an exception is raised.
    ///
    /// # Safety
    /// As for [`refresh`](Self::refresh).
    pub(crate) unsafe fn refresh_at_raise(&mut self, out: &mut Sink) {
        let given = self.budget.saved.clamp(LEAST_AT_RAISE, MOST_AT_RAISE);
        // SAFETY: as promised by the caller.
        unsafe { self.refresh_some(given, out) };
    }

    unsafe fn refresh_some(&mut self, given: usize, out: &mut Sink) {
        self.budget.is_aside = true;
        // SAFETY: as for `refresh`.
        let (left, _) = unsafe { self.compare_within(given, false, out) };
        self.budget.is_aside = false;
        self.budget.saved = self.budget.saved.saturating_sub(given - left);
    }

    /// Compares what was reached, nearest first, until so many units are spent; `is_free` says that
    /// what was reached before costs nothing. Gives what is left, and whether all was compared.
    unsafe fn compare_within(
        &mut self,
        mut left: usize,
        is_free: bool,
        out: &mut Sink,
    ) -> (usize, bool) {
        let mut is_whole = true;
        let mut is_first = is_free;
        loop {
            let mut level = std::mem::replace(&mut self.work, std::mem::take(&mut self.level));
            if level.is_empty() && self.todo.is_empty() {
                self.level = level;
                return (left, is_whole);
            }
            // SAFETY: entries in both lists were reached from live objects, and no code of the program
            // has run since.
            unsafe {
                for (index, levels) in level.drain(..) {
                    self.write_new(out);
                    if !self.entry(index).is_some_and(|entry| entry.is_written) {
                        continue;
                    }
                    if !is_first && left == 0 {
                        // It was not reached after all.
                        if let Some(entry) = self.entry_mut(index) {
                            entry.stamp = 0;
                        }
                        is_whole = false;
                        continue;
                    }
                    if !is_first {
                        left = left.saturating_sub(self.cost(index));
                    }
                    is_whole &= self.compare(index, levels, left, out);
                }
                self.write_new(out);
            }
            self.level = level;
            is_first = false;
        }
    }

    /// Writes the contents of objects that were not known.
    ///
    /// # Safety
    /// As for [`refresh`](Self::refresh).
    #[inline(always)]
    unsafe fn write_new(&mut self, out: &mut Sink) {
        while let Some(index) = self.todo.pop() {
            if self.entry(index).is_some_and(|entry| !entry.is_written) {
                // SAFETY: as promised by the caller.
                unsafe { self.write_whole(index, out) };
            }
        }
    }
}

impl Recorder {
    /// From time to time: whether all that frames hold is to be compared when a line is over.
    pub(crate) fn look_at_sweep(&mut self) {
        let heap = &mut self.heap;
        let cost = heap.cost_of_sweep();
        heap.budget.is_due = heap.budget.swept_doubts != heap.doubts
            && self.sink.events + EVENTS_AT_FIRST >= heap.budget.swept + cost;
    }

    /// A line is over and what it did was found: if it is time, whatever else changed is looked for.
    ///
    /// # Safety
    /// As for [`sweep_stack`](Self::sweep_stack).
    #[inline(always)]
    pub(crate) unsafe fn sweep_if_due(&mut self) {
        if self.heap.budget.is_due {
            // SAFETY: as promised by the caller.
            unsafe { self.sweep_stack() };
        }
    }

    /// A frame ends: if it is that of the program's own module, there may be no event after this one.
    ///
    /// # Safety
    /// As for [`sweep_stack`](Self::sweep_stack).
    #[inline(always)]
    pub(crate) unsafe fn sweep_at_end(&mut self, kind: EventKind, info: &CodeInfo) {
        if info.has_namespace && kind.leaves() && self.thread.stack.len() == 1 {
            // SAFETY: as promised by the caller.
            unsafe { self.sweep_stack() };
        }
    }

    /// Compares all that the frames of the stack hold; what is found has changed unseen.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    #[cold]
    pub(crate) unsafe fn sweep_stack(&mut self) {
        self.heap.budget.is_due = false;
        if !self.limits.locals {
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            self.reach_stack();
            let Recorder { heap, sink, .. } = self;
            heap.budget.begin_line(u64::MAX);
            heap.budget.is_aside = true;
            heap.compare_within(usize::MAX, true, sink);
            heap.budget.is_aside = false;
            heap.budget.begin_line(heap.doubts);
            heap.budget.swept += heap.cost_of_sweep();
            heap.budget.swept_doubts = heap.doubts;
            heap.budget.mark(heap.doubts, sink.events);
            heap.tidy(sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compared_before_a_cut_is_late_from_there_on() {
        let mut budget = Budget::new();
        budget.mark(10, 1_000);
        budget.cut = 12;
        budget.mark(12, 2_000);
        assert_eq!(budget.late_since(12), None);
        assert_eq!(budget.late_since(11), Some(1_000));
        assert_eq!(budget.late_since(10), Some(1_000));
        assert_eq!(budget.late_since(9), Some(0));
    }

    #[test]
    fn what_is_met_aside_is_late_if_it_was_in_doubt_before_the_line() {
        let mut budget = Budget::new();
        budget.begin_line(5);
        budget.is_aside = true;
        assert_eq!(budget.late_since(5), None);
        assert_eq!(budget.late_since(4), Some(0));
    }

    #[test]
    fn marks_are_thinned_out_and_never_say_later_than_they_did() {
        let (mut exact, mut budget) = (Vec::new(), Budget::new());
        for n in 1..20_000 {
            budget.mark(3 * n, 100 * n);
            exact.push((3 * n, 100 * n));
        }
        assert!(budget.marks.len() <= MOST_MARKS);
        budget.cut = u64::MAX;
        for (doubts, pos) in exact {
            let since = budget.late_since(doubts).expect("late");
            assert!(since <= pos, "{since} {pos}");
            assert!(since + 2 * budget.spacing >= pos, "{since} {pos}");
        }
    }

    #[test]
    fn looks_for_dead_cycles_are_paid_for() {
        let mut budget = Budget::new();
        assert!(budget.pays_liveness(LIVENESS_AT_FIRST));
        assert!(!budget.pays_liveness(1));
        for _ in 0..10 {
            budget.earn();
        }
        assert!(!budget.pays_liveness(10 * LIVENESS_EARNED + 1));
        assert!(budget.pays_liveness(10 * LIVENESS_EARNED));
    }
}
