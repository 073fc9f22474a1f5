//! New objects between the end of their constructor and the place where their maker's line puts
//! them: they keep their number on the way.

use crate::atoms::Seen;
use crate::codes::CodeInfo;
use crate::frames::FrameRecord;
use crate::layout::FramePtr;
use crate::recorder::Recorder;

/// How many new objects are held for one line at most.
const MOST_MADE: usize = 4096;

impl Recorder {
    /// A constructor is about to return: what it made is held for its caller, whose line has not
    /// yet put it anywhere.
    pub(crate) fn keep_made(&mut self, record: &FrameRecord) {
        if record.info.is_constructor
            && let Some(made @ Seen::Object(index)) = record.slots.first().copied()
            && let Some(caller) = self.threads[self.current].stack.last_mut()
        {
            if caller.made.len() == MOST_MADE {
                self.expiring.append(&mut caller.made);
            }
            self.heap.hold_root(index);
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
            heap.release(seen, &mut self.sink);
        }
    }
}
