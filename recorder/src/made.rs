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
            heap.strengthen(seen);
            heap.release(seen, &mut self.sink);
        }
    }
}
