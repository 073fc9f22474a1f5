//! Variables that several frames share, since they live in one cell.

use schema::encode;

use crate::effects;
use crate::frames::FrameRecord;
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::sink::Sink;

/// How many frames below the running one are looked at. In others, such a variable shows what it held
/// until they go on.
const MOST_SHARING: usize = 64;

impl Recorder {
    /// The frame on top has bound variables in cells anew: tells the frames below that share them.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    #[cold]
    pub(crate) unsafe fn share_rebound(&mut self) {
        let Some((top, below)) = self.thread.stack.split_last_mut() else {
            return;
        };
        let knows_others = top.due_cells(&self.heap) == 0;
        self.heap.rebound += 1;
        if knows_others {
            top.cells_seen = self.heap.cell_bindings();
        }
        let rebound = std::mem::take(&mut top.rebound) & top.info.cells;
        for slot in effects::slots_of(rebound, top.slots.len()) {
            let sharing = below.iter_mut().rev().take(MOST_SHARING);
            for frame in sharing.filter(|frame| frame.info.cells != 0 && !frame.is_new) {
                // SAFETY: as promised by the caller.
                unsafe { frame.share(slot, top, &mut self.heap, &mut self.sink) };
            }
        }
    }
}

impl Heap {
    /// A number that grows whenever a variable in a cell can have been bound anew: by a recorded frame, or by
    /// what was not seen.
    #[inline]
    pub(crate) fn cell_bindings(&self) -> u64 {
        self.rebound + self.doubts
    }
}

impl FrameRecord {
    /// The slots of variables in cells, if they can have been bound since they were compared last.
    #[inline(always)]
    pub(crate) fn due_cells(&self, heap: &Heap) -> u64 {
        match self.info.cells {
            0 => 0,
            _ if self.cells_seen == heap.cell_bindings() => 0,
            cells => cells,
        }
    }

    /// Takes over what a variable in a cell of the running frame holds, if it is one of this frame's, too.
    ///
    /// # Safety
    /// Both frames are alive, and the GIL is held.
    unsafe fn share(&mut self, slot: usize, top: &FrameRecord, heap: &mut Heap, out: &mut Sink) {
        for own in effects::slots_of(self.info.cells, self.slots.len()) {
            // SAFETY: as promised by the caller.
            let (cell, running) = unsafe { (self.place.slot(own), top.place.slot(slot)) };
            let is_same = cell == running && !cell.is_null() && self.info.in_cell[own];
            let (new, old) = (top.slots[slot], self.slots[own]);
            if !is_same || new == old {
                continue;
            }
            self.slots[own] = new;
            if let Some(index) = new.entry() {
                heap.hold_weakly(index);
            }
            self.note_held(own, new, heap);
            encode::share(out, slot as u32, self.id, own as u32);
            heap.strengthen(old);
            heap.release(old, out);
        }
    }
}
