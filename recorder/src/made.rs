//! New objects between the end of their constructor and the place where their maker's line puts
//! them: they keep their number on the way.

use crate::codes::CodeInfo;
use crate::effects::Carried;
use crate::frames::FrameRecord;
use crate::layout::FramePtr;
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::sink::Sink;

/// How many new objects are held for one line at most.
const MOST_MADE: usize = 4096;

impl FrameRecord {
    /// Objects are no longer held for the line that made them, once the event is over, but for those
    /// that are on the stack at a code unit, the next line's first.
    #[cold]
    pub(crate) fn let_line_go(&mut self, unit: u32, heap: &mut Heap, expiring: &mut Vec<Seen>) {
        let effects = &self.info.effects;
        self.results.retain(|(call, _)| {
            let carried = effects.carried(*call);
            carried.is_some_and(|carried| carried.is_held_at(unit))
        });
        let results = &self.results;
        self.made.retain(|seen| {
            let is_held = results.iter().any(|(_, other)| other == seen);
            if !is_held {
                heap.strengthen(*seen);
                expiring.push(*seen);
            }
            is_held
        });
    }

    /// What the call at a code unit of the line that runs gave.
    pub(crate) fn result_of(&self, unit: u32) -> Option<Seen> {
        let known = self.results.iter().rev().find(|(call, _)| *call == unit);
        known.map(|(_, seen)| *seen)
    }

    /// A frame was entered at a code unit: what calls of the line gave may be gone where the stack
    /// does not hold it.
    #[inline]
    pub(crate) fn let_taken_go(&mut self, unit: u32, heap: &mut Heap, out: &mut Sink) {
        if !self.results.is_empty()
            && self.segment.is_some_and(|line| !line.takes_result)
            // The frame may be at the caches behind the call.
            && let Some(call) = self.info.effects.instruction(unit)
        {
            self.let_results_go(heap, out, |carried| !carried.is_held_at(call as u32));
        }
    }

    /// Lets go those of the results that meet a test.
    fn let_results_go(
        &mut self,
        heap: &mut Heap,
        out: &mut Sink,
        is_over: impl Fn(&Carried) -> bool,
    ) {
        let (made, effects) = (&mut self.made, &self.info.effects);
        self.results.retain(|(call, seen)| {
            let is_over = effects.carried(*call).is_some_and(&is_over);
            if is_over && let Some(at) = made.iter().rposition(|other| other == seen) {
                made.swap_remove(at);
                heap.strengthen(*seen);
                heap.release(*seen, out);
            }
            !is_over
        });
    }
}

impl Recorder {
    /// A constructor is about to return: what it made is held for its caller, whose line has not
    /// yet put it anywhere.
    #[inline(always)]
    pub(crate) fn keep_made(&mut self, record: &FrameRecord) {
        if record.info.is_constructor
            && let Some(made) = record.slots.first()
            && let Some(index) = made.entry()
            && let Some(caller) = self.thread.top()
            && caller.made.len() < MOST_MADE
        {
            self.heap.hold_weakly(index);
            caller.made.push(*made);
        }
    }

    /// The body of a class ends: its names are held until the class is seen, which has them then.
    #[inline(always)]
    pub(crate) fn keep_body(&mut self, record: &FrameRecord) {
        if record.info.is_class_body
            && let Some(index) = record.namespace.entry()
            && let Some(caller) = self.thread.top()
            && caller.made.len() < MOST_MADE
        {
            self.heap.hold_weakly(index);
            caller.made.push(record.namespace);
        }
    }

    /// A frame has returned, and is forgotten: what it gave is held for its caller's line, if that
    /// changes it, or keeps it on the stack while it calls on and nothing else recorded holds it.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn keep_result(&mut self, place: FramePtr, seen: Seen) {
        let Some(caller) = self.thread.top() else {
            return;
        };
        let Some(segment) = caller.segment else {
            return;
        };
        let is_lone = |heap: &Heap| seen.entry().is_some_and(|index| heap.is_lone(index));
        let is_carried = segment.carries && (!caller.results.is_empty() || is_lone(&self.heap));
        if !segment.takes_result && !is_carried {
            return;
        }
        // SAFETY: the chain of a running frame is alive, and the caller waits for this one.
        let unit = unsafe {
            if place.previous() != caller.place {
                return;
            }
            caller.place.unit()
        };
        let effects = &caller.info.effects;
        let Some(call) = effects.instruction(unit).map(|call| call as u32) else {
            return;
        };
        if !segment.takes_result {
            caller.let_results_go(&mut self.heap, &mut self.sink, |carried| {
                carried.is_taken_by(call)
            });
            // It can be what the call took.
            if !is_lone(&self.heap) || effects.carried(call).is_none() {
                return;
            }
        }
        if caller.made.len() == MOST_MADE {
            return;
        }
        if let Some(index) = seen.entry() {
            self.heap.hold_weakly(index);
            caller.made.push(seen);
        }
        caller.results.push((call, seen));
    }

    /// A constructor begins: what an earlier one made at this address is gone.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn forget_made(&mut self, place: FramePtr, info: &CodeInfo) {
        let Some(caller) = self.thread.top() else {
            return;
        };
        if caller.made.is_empty() || !info.is_constructor || info.in_cell.is_empty() {
            return;
        }
        // SAFETY: the frame runs and has a first slot.
        let object = unsafe { place.variable(0, info.in_cell[0]) };
        let heap = &mut self.heap;
        if let Some(index) = heap.by_address.get(object as usize)
            && heap.is_lone(index)
            && let Some(at) = caller
                .made
                .iter()
                .position(|seen| *seen == Seen::object(index))
        {
            let seen = caller.made.swap_remove(at);
            caller.results.retain(|(_, result)| *result != seen);
            heap.strengthen(seen);
            heap.release(seen, &mut self.sink);
        }
    }
}
