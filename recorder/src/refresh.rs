//! Bringing the trace up to date at an event: what the line that runs can have changed is compared with
//! what was seen, objects first, then variables.

use crate::effects::{self, Change, LAST_BIT, Segment};
use crate::frames::FrameRecord;
use crate::objects::{DEEP, Heap};
use crate::recorder::Recorder;
use crate::scan::{CALL_LEVELS, is_held};
use crate::seen::Seen;
use crate::sink::Sink;
use crate::watch;

/// Which variables of the running frame are compared.
struct Slots {
    /// Those that can hold something else.
    compared: u64,
    /// Those of them that the line binds: what they hold was bound anew even where it is the same.
    bound: u64,
    /// Those that it loads, and how deep below what they hold now it can have changed what was not
    /// found: behind binding them.
    loaded: u64,
    late: u8,
}

impl Slots {
    /// Those that a line binds, and those that other frames can have bound.
    fn of(segment: &Segment, frame: &FrameRecord, heap: &Heap) -> Slots {
        Slots {
            compared: segment.stores | frame.due_cells(heap),
            bound: segment.stores,
            loaded: 0,
            late: 0,
        }
    }

    /// How deep below what a variable was given it can have changed since.
    fn late_below(&self, slot: usize) -> u8 {
        match self.loaded & effects::bit(slot) {
            0 => 0,
            _ => self.late,
        }
    }
}

impl Recorder {
    /// Brings the trace up to date with what the line that the frame on top runs can have changed
    /// before this code unit. `true` says that variables were all, and hold atoms: nothing was asked
    /// of the heap, nor [told](Self::tell_what_is_kept) to it.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    #[inline(always)]
    pub(crate) unsafe fn refresh(&mut self, until: u32) -> bool {
        let Some(top) = self.thread.top() else {
            return false;
        };
        let calm = match top.segment {
            Some(segment)
                if top.unseen == self.unseen
                    && top.is_calm(segment, until, &self.heap)
                    && !watch::has_noted() =>
            {
                Some(segment)
            }
            _ => None,
        };
        // SAFETY: the frame on top runs, or waits for the one that starts.
        unsafe {
            let is_over = calm.is_some_and(|segment| {
                self.limits.locals
                    && top.refresh_atoms(segment, until, &mut self.heap, &mut self.sink)
            });
            let is_calm = is_over || self.refresh_more(until, calm.is_some());
            if let Some(top) = self.thread.top() {
                if until != u32::MAX {
                    top.accounted = top.accounted.max(until);
                }
                if top.rebound != 0 {
                    self.note_rebound();
                }
            }
            is_calm
        }
    }

    /// Says what the line that runs leaves beyond doubt, where it did nothing but bind atoms.
    pub(crate) fn tell_what_is_kept(&mut self) {
        if let Some(top) = self.thread.stack.last()
            && let Some(segment) = top.segment
        {
            top.tell_what_is_kept(segment, u32::MAX, true, &self.expiring, &mut self.heap);
        }
    }

    /// The same where it takes more than a few comparisons. `is_calm`: variables of that line hold or
    /// held objects, and no object can have changed.
    #[inline(never)]
    unsafe fn refresh_more(&mut self, until: u32, is_calm: bool) -> bool {
        let Recorder {
            heap,
            sink,
            thread,
            changed,
            replaced,
            unseen,
            limits,
            expiring,
            ..
        } = self;
        let Some(top) = thread.top() else {
            return false;
        };
        if !limits.locals {
            return false;
        }
        if top.is_new && limits.lines {
            // SAFETY: as below.
            unsafe { self.take_given() };
            return false;
        }
        // SAFETY: the frame on top runs, or waits for the one that starts.
        unsafe {
            let slots = match top.segment {
                Some(segment) if is_calm && top.stores_nothing(segment, until) => {
                    top.tell_what_is_kept(segment, until, true, expiring, heap);
                    Slots::of(segment, top, heap)
                }
                Some(segment)
                    if let Some(changes) = top.only_changes(segment, until, *unseen, heap)
                        && top.refresh_changed(segment, changes, expiring, heap, sink) =>
                {
                    Slots::of(segment, top, heap)
                }
                Some(segment) => {
                    match top.refresh_objects(segment, until, unseen, expiring, heap, sink) {
                        Some(slots) => slots,
                        None => return true,
                    }
                }
                None => top.refresh_all_objects(unseen, heap, sink),
            };
            let compared = slots.compared & top.info.slots;
            top.cells_seen = heap.cell_bindings();
            if compared == 0 {
                heap.refresh(sink);
            } else if compared.is_power_of_two() && compared != effects::bit(LAST_BIT) {
                let slot = compared.trailing_zeros() as usize;
                let new = top.look_at(slot, slots.bound & compared != 0, heap);
                heap.refresh(sink);
                if new.is_none() {
                    top.tell_kept(compared & slots.bound, until, heap, sink);
                }
                if let Some(object) = new {
                    let late = slots.late_below(slot);
                    replaced.push(top.set_slot(slot, object, late, heap, sink));
                }
            } else {
                top.find_changed(compared, slots.bound, heap, changed);
                heap.refresh(sink);
                let others = changed
                    .iter()
                    .fold(0, |all, (slot, _)| all | effects::bit(*slot));
                top.tell_kept(slots.bound & !others, until, heap, sink);
                for &(slot, object) in changed.iter() {
                    let late = slots.late_below(slot);
                    replaced.push(top.set_slot(slot, object, late, heap, sink));
                }
                changed.clear();
            }
        }
        if replaced.is_empty() {
            heap.tidy(sink);
            return false;
        }
        if heap.hiding > 0 && replaced.iter().any(|seen| heap.has_hidden_end(*seen)) {
            *unseen += 1;
            heap.doubts += 1;
            // SAFETY: as above.
            unsafe { top.visit_aside(heap, sink) };
        }
        // Only now, so that what moved from one variable to another keeps its number.
        for seen in replaced.iter() {
            heap.release(*seen, sink);
        }
        replaced.clear();
        heap.tidy(sink);
        false
    }

    /// Tells what the variables of the frame on top hold, which is new.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    #[inline]
    pub(crate) unsafe fn take_given(&mut self) {
        let heap = &mut self.heap;
        heap.is_sure = !heap.shares_dicts && !is_held(&self.expiring);
        if let Some(top) = self.thread.stack.last_mut() {
            top.unseen = self.unseen;
            // SAFETY: as promised by the caller.
            unsafe {
                heap.apply_told(&mut self.sink);
                heap.refresh(&mut self.sink);
                top.take_given(heap, &mut self.sink);
            }
        }
        heap.tidy(&mut self.sink);
    }
}

impl FrameRecord {
    /// Tells which of these variables, which hold what they held, the line has bound.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn tell_kept(&self, slots: u64, until: u32, heap: &Heap, out: &mut Sink) {
        if let Some(segment) = self.segment
            && slots & segment.stored != 0
            && segment.may_store_before(until)
        {
            // SAFETY: as promised by the caller.
            unsafe { self.bound_again(slots, segment, until, heap, out) };
        }
    }

    /// Says what a line that did nothing unseen leaves beyond doubt; `is_quiet`: and called nothing
    /// that changes a container.
    #[inline]
    fn tell_what_is_kept(
        &self,
        segment: &Segment,
        until: u32,
        is_quiet: bool,
        expiring: &[Seen],
        heap: &mut Heap,
    ) {
        if is_quiet {
            self.tell_sure(segment, until, expiring, heap);
        }
        heap.keeps_parted = until == u32::MAX
            && (if is_quiet {
                segment.parts_last
            } else {
                segment.takes_last
            });
    }

    /// The changes that a line which is over made to objects, if it did nothing else to objects, and says
    /// how to find those: most lines that change any do so.
    #[inline]
    fn only_changes<'a>(
        &self,
        segment: &'a Segment,
        until: u32,
        unseen: u64,
        heap: &Heap,
    ) -> Option<&'a [Change]> {
        let is_alone = segment.has_only_changes
            && until == u32::MAX
            && self.unseen == unseen
            && !self.is_unseen
            && !self.reads_change(heap)
            && !watch::has_noted()
            && !self.is_hidden(segment, until, heap)
            && (segment.once & !self.observed == 0 || self.calls_nothing(segment, until, heap))
            && self.holds_assumed(segment, until, heap);
        segment.changes.as_deref().filter(|_| is_alone)
    }

    /// Compares what they were made to; `false` if one was not found.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    #[inline]
    unsafe fn refresh_changed(
        &self,
        segment: &Segment,
        changes: &[Change],
        expiring: &[Seen],
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        self.tell_what_is_kept(segment, u32::MAX, true, expiring, heap);
        // SAFETY: as promised by the caller; the paths begin at variables.
        unsafe {
            match changes {
                [change] => self.visit_only_change(change, heap, out),
                [operator, binding]
                    if segment.is_in_place
                        && self.visit_binding_of_atom(operator, binding, heap, out) =>
                {
                    true
                }
                several => {
                    let places = self.places_before(several, heap);
                    let is_found = self.visit_changes(several, u32::MAX, false, heap, out);
                    if is_found {
                        self.tell_stored(segment, u32::MAX, &places, heap, out);
                    }
                    is_found
                }
            }
        }
    }

    /// Compares the objects that the line can have changed. None if it deals with atoms only, and they
    /// were written.
    ///
    /// # Safety
    /// As for [`refresh_changed`](Self::refresh_changed).
    #[inline(never)]
    unsafe fn refresh_objects(
        &mut self,
        segment: &Segment,
        until: u32,
        unseen: &mut u64,
        expiring: &[Seen],
        heap: &mut Heap,
        out: &mut Sink,
    ) -> Option<Slots> {
        // It calls nothing unseen, and stores into no object but perhaps one that it has bound itself.
        let is_quiet = self.unseen == *unseen
            && !watch::has_noted()
            && self.changes_slots_only(segment, until, heap);
        // SAFETY: as promised by the caller.
        if is_quiet && unsafe { self.refresh_atoms(segment, until, heap, out) } {
            return None;
        }
        if is_quiet && self.stores_nothing(segment, until) {
            self.tell_what_is_kept(segment, until, true, expiring, heap);
            return Some(Slots::of(segment, self, heap));
        }
        let mut scan = self.scan(segment, until, heap);
        scan.is_behind = self.unseen != *unseen;
        if !scan.is_behind && !scan.is_unseen {
            self.tell_what_is_kept(segment, until, scan.writes_nothing(), expiring, heap);
        }
        self.called = 0;
        if until == u32::MAX {
            self.calling = None;
        }
        if scan.is_unseen {
            *unseen += 1;
            heap.doubts += 1;
            heap.budget.mark(heap.doubts, out.events);
        }
        // SAFETY: as promised by the caller.
        let is_found = unsafe {
            scan.told = heap.apply_told(out);
            self.visit_changed(segment, &scan, until, heap, out)
        };
        let mut slots = Slots::of(segment, self, heap);
        if self.unseen != *unseen {
            slots.compared = u64::MAX;
        }
        if !is_found || scan.is_unseen {
            slots.loaded = segment.loads;
            // Each time round can lead on from where the last one ended.
            let is_deep = scan.is_unseen || segment.loops;
            slots.late = if is_deep { DEEP } else { scan.levels };
        }
        // What was not found may hang from frames below.
        *unseen += u64::from(!is_found);
        self.unseen = *unseen;
        Some(slots)
    }

    /// The same where the line is not known: the frame was met on its way, or has just handled an exception.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    unsafe fn refresh_all_objects(
        &mut self,
        unseen: &u64,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> Slots {
        // SAFETY: as promised by the caller.
        unsafe {
            heap.apply_told(out);
            if !heap.limits.lines {
                self.visit_slots(u64::MAX, CALL_LEVELS, heap);
                heap.refresh(out);
            }
            if self.info.has_namespace {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
            }
        }
        self.unseen = *unseen;
        Slots {
            compared: u64::MAX,
            bound: 0,
            loaded: 0,
            late: 0,
        }
    }
}
