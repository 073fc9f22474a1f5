//! Frames that come and go without an event, and what they held.

use schema::encode;

use crate::frames::FrameRecord;
use crate::layout::FramePtr;
use crate::recorder::Recorder;

impl Recorder {
    /// Takes frames off the stack that the interpreter no longer has.
    #[inline(always)]
    pub(crate) fn drop_above(&mut self, count: usize) {
        if self.thread.stack.len() > count {
            self.drop_lost(count);
        }
    }

    #[cold]
    fn drop_lost(&mut self, count: usize) {
        while self.stack().len() > count {
            match self.stack().pop() {
                Some(record) if record.is_suspended => {
                    encode::suspend(&mut self.sink, record.id);
                    self.suspended.insert(record.place.address(), record);
                }
                Some(record) => self.lose(record),
                None => {}
            }
        }
    }

    /// Puts those suspended frames on the stack again that the interpreter has between its top and the
    /// running frame: where an exception is thrown into a generator, C code (`_gen_throw` of
    /// `genobject.c`, 3.12 to 3.15) hands it on through all that wait for the one that runs.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    #[inline]
    pub(crate) unsafe fn reenter(&mut self, place: FramePtr) {
        // SAFETY: as promised by the caller.
        let below = unsafe { place.previous() };
        if !self
            .thread
            .stack
            .last()
            .is_some_and(|top| top.place == below)
        {
            // SAFETY: as above.
            unsafe { self.reenter_from(below) };
        }
    }

    #[inline(never)]
    unsafe fn reenter_from(&mut self, mut below: FramePtr) {
        let top = self.thread.stack.last().map(|top| top.place);
        let mut between = Vec::new();
        // SAFETY: the chain of a running thread's frames is alive.
        unsafe {
            while !below.is_null() && Some(below) != top {
                if let Some(record) = self.suspended.get(&below.address())
                    && !below.is_entry()
                    && record.is(below, below.code())
                {
                    between.push(below.address());
                }
                below = below.previous();
            }
        }
        for address in between.into_iter().rev() {
            if let Some(record) = self.suspended.remove(&address) {
                encode::reenter(&mut self.sink, record.id);
                self.stack().push(record);
            }
        }
    }

    /// A frame is gone without an event.
    pub(crate) fn lose(&mut self, record: Box<FrameRecord>) {
        encode::gone(&mut self.sink, record.id);
        self.forget(record);
    }

    /// Lets go all that a frame held.
    pub(crate) fn forget(&mut self, mut record: Box<FrameRecord>) {
        record.strengthen(&mut self.heap);
        self.forget_caught(record.place);
        if record.objects != 0 {
            for (slot, seen) in record.slots.iter().enumerate() {
                if seen.is_object() && !record.has_cell(slot) {
                    self.heap.release(*seen, &mut self.sink);
                }
            }
        }
        record.leave_cells(&mut self.heap, &mut self.sink);
        record.results.clear();
        if !record.made.is_empty() {
            for seen in record.made.drain(..) {
                self.heap.strengthen(seen);
                self.heap.release(seen, &mut self.sink);
            }
        }
        self.heap.release(record.globals, &mut self.sink);
        self.heap.release(record.namespace, &mut self.sink);
        self.spare.push(record);
    }
}
