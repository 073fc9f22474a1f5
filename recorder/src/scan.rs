//! Which objects are compared after a line: those that it names, as deep as it can write; all below
//! them where it called something unseen; and some of everything, for what hides its effects.

use crate::callees::Outcome;
use crate::effects::{Change, Segment};
use crate::frames::FrameRecord;
use crate::objects::{DEEP, Heap};
use crate::seen::Seen;
use crate::sink::Sink;

/// How deep below variables and results is compared where lines are not recorded: what is
/// further down, and in other frames, shows as it was when it was compared last.
pub(crate) const CALL_LEVELS: u8 = 2;

/// What is to be compared after a line.
pub(crate) struct Scan {
    /// The calls (their places in the segment) that were not seen to be recorded.
    calls: Vec<usize>,
    /// The calls that look like those of built-in code and were not.
    deceiving: Vec<usize>,
    /// Containers that methods bound to them have changed.
    written: Vec<u32>,
    /// The calls that have changed a list among their arguments.
    lists: Vec<usize>,
    /// Something ran that was not seen.
    pub(crate) is_unseen: bool,
    /// And in a frame above, since this one was looked at.
    pub(crate) is_behind: bool,
    /// How many objects told of their changes.
    pub(crate) told: u64,
    /// How deep below what the line loads something can have been changed.
    pub(crate) levels: u8,
    /// How deep below what the line loads something can have been read.
    reads: u8,
}

impl Scan {
    /// Whether no call is known to have changed a container.
    pub(crate) fn writes_nothing(&self) -> bool {
        self.written.is_empty() && self.lists.is_empty()
    }
}

impl FrameRecord {
    /// Whether an operator or the like of the line was given an object that hides what it does then.
    #[inline]
    pub(crate) fn is_hidden(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        heap.hiding > 0
            && until == u32::MAX
            && (segment.operates || segment.reads > 0)
            && self.any_hides(segment.loads, &segment.names, heap)
    }

    /// What has to be compared after the part of a line before a code unit.
    pub(crate) fn scan(&self, segment: &Segment, until: u32, heap: &Heap) -> Scan {
        let (mut calls, mut written, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for (at, call) in segment.calls.iter().enumerate() {
            if self.is_due(at, call, until) {
                match self.outcome(call, heap) {
                    Outcome::Nothing => {}
                    Outcome::Writes(index) => written.push(index),
                    Outcome::Arguments => lists.push(at),
                    Outcome::Unknown => calls.push(at),
                }
            }
        }
        let deceiving: Vec<usize> = self.find_deceiving(segment, until, heap).collect();
        let is_over = until == u32::MAX;
        let has_stored = segment.loops || segment.first_store.is_some_and(|store| store < until);
        Scan {
            is_unseen: !calls.is_empty()
                || !deceiving.is_empty()
                || self.is_hidden(segment, until, heap)
                || (self.is_unseen && is_over),
            is_behind: false,
            told: 0,
            calls,
            deceiving,
            written,
            lists,
            reads: if is_over { segment.reads } else { 0 },
            levels: if has_stored { segment.levels } else { 0 },
        }
    }

    /// Whether a line that does this can have changed no object before a code unit: it calls nothing
    /// that is not recorded, and either what it loads are atoms, or it stores nothing into what it
    /// loads and no object does more than it shows.
    pub(crate) fn changes_slots_only(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        let deals_with_atoms = self.deals_with_atoms(segment);
        let is_still = self.stores_nothing(segment, until) && !self.reads_change(heap);
        !self.is_unseen
            && (deals_with_atoms || (is_still && !self.is_hidden(segment, until, heap)))
            && (segment.once & !self.observed == 0 || self.calls_nothing(segment, until, heap))
            && self.holds_assumed(segment, until, heap)
    }

    /// The same at first sight: `false` where it takes more than a few comparisons to tell.
    #[inline(always)]
    pub(crate) fn is_calm(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        let unobserved = segment.once & !self.observed;
        !self.is_unseen
            && (unobserved == 0
                || until != u32::MAX && unobserved & segment.once_before(until) == 0)
            && (segment.is_inert
                || self.deals_with_atoms(segment)
                || !self.reads_change(heap)
                    && self.stores_nothing(segment, until)
                    && !self.is_hidden(segment, until, heap))
            && self.holds_assumed(segment, until, heap)
    }

    /// Whether a line has changed no object before a code unit, calls apart, and bound no name: it does not
    /// get that far, or what looks like a change of a container was a call of the program's own.
    #[inline(always)]
    pub(crate) fn stores_nothing(&self, segment: &Segment, until: u32) -> bool {
        segment.is_still_before(until)
            || self.begun_writers == segment.effects && !segment.loops && !segment.stores_name()
    }

    /// Whether a line changes nothing but variables, since those that it loads hold atoms.
    #[inline(always)]
    fn deals_with_atoms(&self, segment: &Segment) -> bool {
        segment.is_still_on_atoms && segment.loads & self.objects == 0
    }

    /// Whether no call of a line can have changed an object, apart from those that were seen.
    #[inline(never)]
    pub(crate) fn calls_nothing(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        segment.calls.iter().enumerate().all(|(at, call)| {
            !self.is_due(at, call, until) || self.outcome(call, heap) == Outcome::Nothing
        })
    }

    /// Compares what the line can have changed. `false` if an effect of the line was not found.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn visit_changed(
        &self,
        segment: &Segment,
        scan: &Scan,
        until: u32,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let is_unseen = scan.is_unseen || scan.is_behind;
        let changes_when_read = scan.reads > 0 && self.reads_change(heap);
        for index in &scan.written {
            heap.visit(*index, 2);
        }
        for call in &scan.lists {
            let call = &segment.calls[*call];
            let levels = segment.reads.saturating_add(2);
            // SAFETY: as promised by the caller.
            unsafe {
                if !call.names.is_empty() {
                    self.visit_namespaces(1, heap);
                    heap.refresh(out);
                }
                self.visit_slots(call.slots, levels, heap);
                self.visit_members(&call.members, levels, heap);
            }
            self.visit_names(&call.names, levels, heap);
        }
        // SAFETY: as promised by the caller.
        unsafe { heap.refresh(out) };
        if scan.levels == 0 && !is_unseen && !segment.stores_name() && !changes_when_read {
            return true;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            let changes = segment.changes.as_deref().unwrap_or_default();
            let names = self.names_before(segment, heap);
            if segment.stores_name() || is_unseen || changes.iter().any(Change::is_named) {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
                for name in &segment.bound_names {
                    if let Some(index) = self.word_of(*name, heap).and_then(|word| word.entry) {
                        // Another object can be at the address of the one that the name stood for.
                        heap.visit_again(index);
                    }
                }
                heap.refresh(out);
            }
            self.tell_stored(segment, until, &names, heap, out);
            let places = match scan.writes_nothing() && scan.told == 0 {
                true => self.places_before(changes, heap),
                false => Vec::new(),
            };
            // Names that were bound are no effect that was looked for.
            let before = heap.changes;
            if segment.changes.is_some()
                && !is_unseen
                && !changes_when_read
                && self.visit_changes(changes, until, segment.loops, heap, out)
            {
                self.tell_stored(segment, until, &places, heap, out);
                return true;
            }
            if !segment.names.is_empty() {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
            }
            let mut levels = scan.levels;
            if changes_when_read {
                levels = levels.max(scan.reads.saturating_add(1));
            }
            if levels > 0 {
                self.visit_slots(segment.loads, levels, heap);
                self.visit_names(&segment.names, levels, heap);
                self.visit_members(&segment.members, levels, heap);
                heap.refresh_stored(out);
            }
            let unknown = scan.calls.iter().map(|call| &segment.calls[*call]);
            let deceiving = scan.deceiving.iter().map(|at| &segment.assumed[*at].call);
            for call in unknown.chain(deceiving) {
                self.visit_slots(call.slots, DEEP, heap);
                self.visit_names(&call.names, DEEP, heap);
                self.visit_members(&call.members, DEEP, heap);
            }
            heap.refresh(out);
            self.tell_stored(segment, until, &places, heap, out);
            let found = heap.changes - before + scan.told + self.begun_writers;
            let is_found = is_unseen
                || scan.levels == 0
                || (found >= segment.effects && !segment.loops)
                || (segment.is_direct
                    && !self.any_loaded(segment, heap, |heap, index| !heap.is_plain(index)));
            if is_unseen || !is_found {
                // What was not found can be anywhere; all else that is compared is compared by now.
                heap.doubts += u64::from(!is_unseen);
                self.visit_aside(heap, out);
            }
            is_found
        }
    }

    /// Says what cannot have changed unnoticed, nor have taken another's address, when the line has run
    /// up to a code unit and did nothing unseen. What an event before it held (`expiring`) and what
    /// constructors made may be gone since, unless it is what the last call returned.
    pub(crate) fn tell_sure(
        &self,
        segment: &Segment,
        until: u32,
        expiring: &[Seen],
        heap: &mut Heap,
    ) {
        if heap.shares_dicts {
            return;
        }
        let has_begun = segment.loops || segment.first_let_go.is_some_and(|first| first < until);
        if has_begun && !segment.lets_go_last {
            return;
        }
        let last = self.made.last().or(expiring.last());
        let is_answer = segment.binds_answer.is_some() && segment.binds_answer == self.answering;
        if until == u32::MAX && (segment.binds_result || is_answer) {
            heap.sure_of = last.and_then(|seen| seen.entry());
        }
        heap.is_sure = self.made.is_empty() && !is_held(expiring);
    }

    /// Compares some of all that the frame can reach.
    ///
    /// # Safety
    /// As for [`visit_changed`](Self::visit_changed).
    pub(crate) unsafe fn visit_aside(&self, heap: &mut Heap, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe {
            self.visit_namespaces(DEEP, heap);
            self.visit_slots(u64::MAX, DEEP, heap);
            heap.refresh_aside(out);
        }
    }
}

/// Whether one of these is an object.
pub(crate) fn is_held(seen: &[Seen]) -> bool {
    seen.iter().any(|seen| seen.is_object())
}
