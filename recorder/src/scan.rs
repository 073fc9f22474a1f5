//! Which objects are compared after a line: those that it names, as deep as it can write; all below
//! them where it called something unseen; and some of everything, for what hides its effects.

use schema::encode;

use crate::atoms::Seen;
use crate::callees::Outcome;
use crate::effects::{self, Change, LAST_BIT, Segment};
use crate::frames::FrameRecord;
use crate::objects::{DEEP, Heap};
use crate::recorder::Recorder;
use crate::sink::Sink;
use crate::watch;

/// How many objects are compared besides those that a line names, when that line called something
/// unseen or had an effect that was not found. Programs that hold fewer are followed exactly.
const MOST_ASIDE: usize = 64;

/// How deep below variables and results is compared where lines are not recorded: what is
/// further down, and in other frames, shows as it was when it was compared last.
pub(crate) const CALL_LEVELS: u8 = 2;

/// What is to be compared after a line.
pub(crate) struct Scan {
    /// The calls (their places in the segment) that were not seen to be recorded.
    calls: Vec<usize>,
    /// Containers that methods bound to them have changed.
    written: Vec<u32>,
    /// The calls that have changed a list among their arguments.
    lists: Vec<usize>,
    /// Something ran that was not seen.
    pub(crate) is_unseen: bool,
    /// And in a frame above, since this one was looked at.
    is_behind: bool,
    /// How many objects told of their changes.
    told: u64,
    /// How deep below what the line loads something can have been changed.
    levels: u8,
    /// How deep below what the line loads something can have been read.
    reads: u8,
}

impl Scan {
    /// Whether no call is known to have changed a container.
    fn writes_nothing(&self) -> bool {
        self.written.is_empty() && self.lists.is_empty()
    }
}

impl FrameRecord {
    /// Whether an operator or the like of the line was given an object that hides what it does then.
    #[inline]
    fn is_hidden(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        heap.hiding > 0
            && until == u32::MAX
            && (segment.operates || segment.reads > 0)
            && self.any_loaded(segment, heap, Heap::hides_effects)
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
        let is_over = until == u32::MAX;
        let has_stored = segment.loops || segment.first_store.is_some_and(|store| store < until);
        Scan {
            is_unseen: !calls.is_empty()
                || self.is_hidden(segment, until, heap)
                || (self.is_unseen && is_over),
            is_behind: false,
            told: 0,
            calls,
            written,
            lists,
            reads: if is_over { segment.reads } else { 0 },
            levels: if has_stored { segment.levels } else { 0 },
        }
    }

    /// Whether a line that does this can have changed no object before a code unit: it calls nothing
    /// that is not recorded, and either what it loads are atoms, or it stores nothing into what it
    /// loads and no object does more than it shows.
    #[inline]
    fn changes_slots_only(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        let mut calls = segment.calls.iter().enumerate();
        !segment.stores_name
            && !self.is_unseen
            && ((segment.loads & self.objects == 0
                && segment.names.is_empty()
                // Else it can change what a call or a `yield` gives.
                && segment.changes.is_some())
                || (segment.effects == 0
                    && heap.changing == 0
                    && !self.is_hidden(segment, until, heap)))
            && !calls.any(|(at, call)| {
                self.is_due(at, call, until) && self.outcome(call, heap) != Outcome::Nothing
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
        let changes_when_read = scan.reads > 0 && heap.changing > 0;
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
            }
            self.visit_names(&call.names, levels, heap);
        }
        // SAFETY: as promised by the caller.
        unsafe { heap.refresh(out) };
        if scan.levels == 0 && !is_unseen && !segment.stores_name && !changes_when_read {
            return true;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            let changes = segment.changes.as_deref().unwrap_or_default();
            if segment.stores_name || is_unseen || changes.iter().any(Change::is_named) {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
            }
            // Names that were bound are no effect that was looked for.
            let before = heap.changes;
            if segment.changes.is_some()
                && !is_unseen
                && !changes_when_read
                && self.visit_changes(changes, until, segment.loops, heap, out)
            {
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
            }
            for call in &scan.calls {
                let call = &segment.calls[*call];
                self.visit_slots(call.slots, DEEP, heap);
                self.visit_names(&call.names, DEEP, heap);
            }
            heap.refresh(out);
            let is_found = is_unseen
                || scan.levels == 0
                || (heap.changes - before + scan.told >= segment.effects && !segment.loops)
                || (segment.is_direct
                    && !self.any_loaded(segment, heap, |heap, index| !heap.is_plain(index)));
            if is_unseen || !is_found {
                heap.doubts += 1;
                self.visit_aside(heap, out);
            }
            is_found
        }
    }

    /// Says what cannot have changed unnoticed, nor have taken another's address, when the line has run
    /// up to a code unit and did nothing unseen. What an event before it held (`expiring`) and what
    /// constructors made may be gone since, unless it is what the last call returned.
    fn tell_sure(&self, segment: &Segment, until: u32, expiring: &[Seen], heap: &mut Heap) {
        if heap.shares_dicts {
            return;
        }
        let has_begun = segment.loops || segment.first_let_go.is_some_and(|first| first < until);
        if has_begun && !segment.lets_go_last {
            return;
        }
        let last = self.made.last().or(expiring.last());
        match last {
            Some(Seen::Object(index)) if until == u32::MAX && segment.binds_result => {
                heap.sure_of = Some(*index);
            }
            _ => {}
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
            heap.refresh_some(MOST_ASIDE, out);
        }
    }
}

/// Whether one of these is an object.
fn is_held(seen: &[Seen]) -> bool {
    seen.iter().any(|seen| matches!(seen, Seen::Object(_)))
}

impl Recorder {
    /// Brings the trace up to date with what the line that the frame on top runs can have changed
    /// before this code unit.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    pub(crate) unsafe fn refresh(&mut self, until: u32) {
        if !self.limits.locals {
            return;
        }
        let Recorder {
            heap,
            sink,
            threads,
            changed,
            replaced,
            current,
            unseen,
            limits,
            expiring,
            ..
        } = self;
        let Some(top) = threads[*current].stack.last_mut() else {
            return;
        };
        // SAFETY: the frame on top runs, or waits for the one that starts.
        unsafe {
            if let Some(segment) = top.segment
                && top.unseen == *unseen
                && !watch::has_noted()
                && top.changes_slots_only(segment, until, heap)
                && top.refresh_atoms(segment, limits, sink)
            {
                return;
            }
            let mut stored = 0;
            let slots = match top.segment {
                None => {
                    heap.apply_told(sink);
                    if !limits.lines {
                        top.visit_slots(u64::MAX, CALL_LEVELS, heap);
                        heap.refresh(sink);
                    }
                    if top.info.has_namespace {
                        top.visit_namespaces(1, heap);
                        heap.refresh(sink);
                    }
                    heap.is_sure =
                        top.is_new && limits.lines && !heap.shares_dicts && !is_held(expiring);
                    u64::MAX
                }
                Some(segment) => {
                    let mut scan = top.scan(segment, until, heap);
                    scan.is_behind = top.unseen != *unseen;
                    if !scan.is_behind && !scan.is_unseen {
                        let is_quiet = scan.writes_nothing();
                        if is_quiet {
                            top.tell_sure(segment, until, expiring, heap);
                        }
                        heap.keeps_parted = until == u32::MAX
                            && (if is_quiet {
                                segment.parts_last
                            } else {
                                segment.takes_last
                            });
                    }
                    top.called = 0;
                    if until == u32::MAX {
                        top.calling = None;
                    }
                    *unseen += u64::from(scan.is_unseen);
                    heap.doubts += u64::from(scan.is_unseen);
                    scan.told = heap.apply_told(sink);
                    let is_found = top.visit_changed(segment, &scan, until, heap, sink);
                    stored = segment.stores;
                    let slots = if top.unseen == *unseen {
                        segment.stores | top.info.cells
                    } else {
                        u64::MAX
                    };
                    // What was not found may hang from frames below.
                    *unseen += u64::from(!is_found);
                    slots
                }
            };
            top.unseen = *unseen;
            changed.clear();
            let mut rest = slots & top.info.slots;
            while rest != 0 {
                let first = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let last = if first == LAST_BIT {
                    top.slots.len()
                } else {
                    first + 1
                };
                for slot in first..last.min(top.slots.len()) {
                    let object = top.place.variable(slot, top.info.in_cell[slot]);
                    let seen = top.slots[slot];
                    if !heap.is_same(seen, object) {
                        changed.push((slot, object));
                    } else if let Seen::Object(index) = seen
                        && stored & effects::bit(slot) != 0
                    {
                        // Bound anew, to what has the same address and class.
                        heap.visit_again(index);
                    }
                }
            }
            heap.refresh(sink);
            for &(slot, object) in changed.iter() {
                let new = heap.hold(object, sink);
                if let Seen::Object(index) = new
                    && !limits.lines
                {
                    // Since it was first seen, lines that are not told may have changed it.
                    heap.visit(index, CALL_LEVELS);
                }
                heap.refresh(sink);
                heap.tell(sink);
                if new == Seen::Unbound {
                    encode::unset(sink, slot as u32);
                } else {
                    encode::set_head(sink, slot as u32);
                    heap.write(sink, object, new);
                }
                let old = std::mem::replace(&mut top.slots[slot], new);
                if top.info.in_cell[slot] {
                    // Other frames can bind it, too.
                    heap.weaken(new);
                    heap.strengthen(old);
                    heap.bind_cell(top.place.slot(slot), sink);
                }
                replaced.push(old);
                match new {
                    Seen::Object(_) => top.objects |= effects::bit(slot),
                    _ if slot < LAST_BIT => top.objects &= !effects::bit(slot),
                    _ => {}
                }
            }
        }
        if heap.hiding > 0 && replaced.iter().any(|seen| heap.has_hidden_end(*seen)) {
            *unseen += 1;
            heap.doubts += 1;
            // SAFETY: as above.
            unsafe { top.visit_aside(heap, sink) };
        }
        // Only now, so that what moved from one variable to another keeps its number.
        for seen in replaced.drain(..) {
            heap.release(seen, sink);
        }
        heap.tidy(sink);
    }
}
