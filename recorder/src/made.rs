//! New objects between the end of their constructor and the place where their maker's line puts
//! them: they keep their number on the way.

use crate::atoms::Seen;
use crate::codes::CodeInfo;
use crate::frames::FrameRecord;
use crate::layout::FramePtr;
use crate::objects::Heap;
use crate::recorder::Recorder;

/// How many new objects are held for one line at most.
const MOST_MADE: usize = 4096;

impl Heap {
    /// New objects are no longer held for the line that made them, once the event is over.
    pub(crate) fn let_made_go(&mut self, made: &mut Vec<Seen>, expiring: &mut Vec<Seen>) {
        for seen in made.drain(..) {
            self.strengthen(seen);
            expiring.push(seen);
        }
    }
}

impl FrameRecord {
    /// What the call at a code unit of the line that runs gave.
    pub(crate) fn result_of(&self, unit: u32) -> Option<Seen> {
        let known = self.results.iter().rev().find(|(call, _)| *call == unit);
        known.map(|(_, seen)| *seen)
    }
}

impl Recorder {
    /// A constructor is about to return: what it made is held for its caller, whose line has not
    /// yet put it anywhere.
    pub(crate) fn keep_made(&mut self, record: &FrameRecord) {
        if record.info.is_constructor
            && let Some(made @ Seen::Object(index)) = record.slots.first().copied()
            && let Some(caller) = self.threads[self.current].stack.last_mut()
        {
            if caller.made.len() == MOST_MADE {
                self.heap.let_made_go(&mut caller.made, &mut self.expiring);
            }
            self.heap.hold_weakly(index);
            caller.made.push(made);
        }
    }

    /// A frame is about to return: what it gives is held for its caller's line, if that changes it.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn keep_result(&mut self, place: FramePtr, seen: Seen) {
        let Some(caller) = self.threads[self.current].stack.last_mut() else {
            return;
        };
        let takes_result = caller.segment.is_some_and(|segment| segment.takes_result);
        // SAFETY: the chain of a running frame is alive.
        if !takes_result || unsafe { place.previous() } != caller.place {
            return;
        }
        // SAFETY: the caller waits for this frame.
        let unit = unsafe { caller.place.unit() };
        if caller.made.len() == MOST_MADE {
            return;
        }
        if let Seen::Object(index) = seen {
            self.heap.hold_weakly(index);
            caller.made.push(seen);
        }
        if let Some(call) = caller.info.effects.instruction(unit) {
            caller.results.push((call as u32, seen));
        }
    }

    /// A constructor begins: what an earlier one made at this address is gone.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn forget_made(&mut self, place: FramePtr, info: &CodeInfo) {
        let Some(caller) = self.threads[self.current].stack.last_mut() else {
            return;
        };
        if caller.made.is_empty() || !info.is_constructor || info.in_cell.is_empty() {
            return;
        }
        // SAFETY: the frame runs and has a first slot.
        let object = unsafe { place.variable(0, info.in_cell[0]) };
        let heap = &mut self.heap;
        if let Some(index) = heap.by_address.get(&(object as usize)).copied()
            && heap
                .entry(index)
                .is_some_and(|entry| entry.roots == 1 && entry.holders == 0)
            && let Some(at) = caller
                .made
                .iter()
                .position(|seen| *seen == Seen::Object(index))
        {
            let seen = caller.made.swap_remove(at);
            caller.results.retain(|(_, result)| *result != seen);
            heap.strengthen(seen);
            heap.release(seen, &mut self.sink);
        }
    }
}
