//! Variables that several frames share, since they live in one cell: the trace is told what a cell holds,
//! and in which cell a frame's variable lives.
//!
//! A cell has a number as long as a recorded frame has it, or a function that is held. What was told last
//! of what it holds decides whether there is news, not what this or that frame has seen of it.

use std::collections::HashMap;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::encode::{self, Out, part};
use schema::{ObjectId, Spot};

use crate::frames::FrameRecord;
use crate::layout::Object;
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::sink::Sink;

/// A cell that a recorded frame has.
#[derive(Debug)]
struct Cell {
    address: Object,
    id: ObjectId,
    /// What was told last of what it holds; it is held, too.
    told: Seen,
    /// How many frames have it, and how many of them are not suspended: those cannot go unnoticed.
    frames: u32,
    firm: u32,
    /// The number of the entry that functions hold it by, if it had one when the last frame went.
    entry: Option<ObjectId>,
}

/// All cells that are known.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    all: Vec<Option<Cell>>,
    free: Vec<u32>,
    by_address: HashMap<usize, u32, FxBuildHasher>,
}

impl Cells {
    fn get(&self, index: u32) -> Option<&Cell> {
        self.all.get(index as usize)?.as_ref()
    }

    fn get_mut(&mut self, index: u32) -> Option<&mut Cell> {
        self.all.get_mut(index as usize)?.as_mut()
    }

    fn add(&mut self, cell: Cell) -> u32 {
        let address = cell.address as usize;
        let index = match self.free.pop() {
            Some(index) => {
                self.all[index as usize] = Some(cell);
                index
            }
            None => {
                self.all.push(Some(cell));
                self.all.len() as u32 - 1
            }
        };
        self.by_address.insert(address, index);
        index
    }
}

unsafe fn is_cell(object: Object) -> bool {
    // SAFETY: the caller passes a live object or null.
    !object.is_null() && unsafe { std::ptr::eq(ffi::Py_TYPE(object), &raw const ffi::PyCell_Type) }
}

impl Recorder {
    /// The frame on top has bound variables in cells anew: other frames that share them see it when they
    /// go on.
    #[cold]
    pub(crate) fn note_rebound(&mut self) {
        let Some(top) = self.thread.top() else {
            return;
        };
        let knows_others = top.due_cells(&self.heap) == 0;
        self.heap.rebound += 1;
        if knows_others {
            top.cells_seen = self.heap.cell_bindings();
        }
        top.rebound = 0;
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

    /// Tells in which cell a variable lives that is in one, if that is news.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn tell_cell(&mut self, slot: usize, heap: &mut Heap, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe {
            let cell = self.place.slot(slot);
            if !is_cell(cell) {
                return;
            }
            if self.cells.len() < self.slots.len() {
                self.cells.resize(self.slots.len(), u32::MAX);
            }
            let known = heap.cells.get(self.cells[slot]);
            if known.is_some_and(|known| known.address == cell) {
                return;
            }
            let index = heap.cell(cell, out);
            let old = std::mem::replace(&mut self.cells[slot], index);
            heap.enter_cell(index);
            if let Some(cell) = heap.cells.get(index) {
                encode::cell(out, slot as u32, cell.id);
            }
            heap.leave_cell(old, true, out);
        }
    }

    /// Tells what a variable in a cell holds, if that is news; from then on it is held by the cell. Says
    /// whether it was news, and what is to be released. None if the variable lives in no cell.
    ///
    /// # Safety
    /// As for [`tell_cell`](Self::tell_cell).
    pub(crate) unsafe fn tell_in_cell(
        &mut self,
        slot: usize,
        object: Object,
        new: Seen,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> Option<(bool, Seen)> {
        // SAFETY: as promised by the caller.
        unsafe {
            self.tell_cell(slot, heap, out);
            let index = *self.cells.get(slot)?;
            let cell = heap.cells.get_mut(index)?;
            if cell.told == new {
                return Some((false, Seen::UNBOUND));
            }
            let old = std::mem::replace(&mut cell.told, new);
            let id = cell.id;
            let counts = [old, new].map(|seen| u64::from(seen != Seen::UNBOUND));
            if let Some(entry) = new.entry() {
                heap.hold_weakly(entry);
            }
            encode::splice_head(out, id, 0, counts[0], counts[1]);
            if new != Seen::UNBOUND {
                heap.write(out, object, new);
            }
            heap.strengthen(old);
            Some((true, old))
        }
    }

    /// Whether the cell that a variable lives in was told: then that holds what it holds, not the frame.
    pub(crate) fn has_cell(&self, slot: usize) -> bool {
        self.cells.get(slot).is_some_and(|index| *index != u32::MAX)
    }

    /// Whether what a variable in a cell holds was told otherwise, by another frame that shares it, than
    /// this frame has seen it.
    #[inline]
    pub(crate) fn is_stale(&self, slot: usize, heap: &Heap) -> bool {
        let index = self.cells.get(slot);
        let cell = index.and_then(|index| heap.cells.get(*index));
        cell.is_some_and(|cell| cell.told != self.slots[slot])
    }

    /// Where a variable is, for one who asks for stores into it.
    pub(crate) fn spot_of(&self, slot: u32, heap: &Heap) -> Spot {
        let index = self.cells.get(slot as usize);
        match index.and_then(|index| heap.cells.get(*index)) {
            Some(cell) => Spot::Item(cell.id, 0),
            None => Spot::Slot(schema::FrameId(0), slot),
        }
    }

    /// The frame's variables can be let go unnoticed from now on, or no longer.
    pub(crate) fn count_firm(&self, is_firm: bool, heap: &mut Heap) {
        for index in &self.cells {
            if let Some(cell) = heap.cells.get_mut(*index) {
                cell.firm = match is_firm {
                    true => cell.firm + 1,
                    false => cell.firm.saturating_sub(1),
                };
            }
        }
    }

    /// The frame is gone.
    pub(crate) fn leave_cells(&mut self, heap: &mut Heap, out: &mut Sink) {
        for index in self.cells.drain(..) {
            heap.leave_cell(index, true, out);
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

    /// The entry that functions hold a cell by.
    unsafe fn entry_of_cell(&self, cell: Object) -> Option<ObjectId> {
        let index = self.by_address.get(cell as usize)?;
        // SAFETY: the caller passes a live cell.
        let is_it = unsafe { self.is_entry(index, cell) };
        Some(self.entry(index).filter(|_| is_it)?.id)
    }

    /// What is known of a live cell; at first, what it holds is told.
    unsafe fn cell(&mut self, cell: Object, out: &mut Sink) -> u32 {
        // SAFETY: the caller passes a live cell, and holds the GIL.
        unsafe {
            if let Some(index) = self.cells.by_address.get(&(cell as usize)).copied() {
                let entry = self.entry_of_cell(cell);
                let known = self.cells.get(index);
                let is_it = known.is_some_and(|known| {
                    known.firm > 0 || entry.is_some() && (known.frames > 0 || known.entry == entry)
                });
                if is_it {
                    return index;
                }
                // A suspended frame that has it may be gone; what comes is another.
                if known.is_some_and(|known| known.frames == 0) {
                    self.drop_cell(index, out);
                }
            }
            let held = (*cell.cast::<ffi::PyCellObject>()).ob_ref;
            let told = self.hold(held, out);
            self.weaken(told);
            self.refresh(out);
            let class = self.classes.get(&raw mut ffi::PyCell_Type);
            self.tell(out);
            self.next += 1;
            let id = ObjectId(self.next);
            encode::object_head(out, id, class.id, part::ITEMS, None, None);
            out.number(u64::from(told != Seen::UNBOUND));
            if told != Seen::UNBOUND {
                self.write(out, held, told);
            }
            self.cells.add(Cell {
                address: cell,
                id,
                told,
                frames: 0,
                firm: 0,
                entry: None,
            })
        }
    }

    fn enter_cell(&mut self, index: u32) {
        if let Some(cell) = self.cells.get_mut(index) {
            cell.frames += 1;
            cell.firm += 1;
        }
    }

    /// A frame has a cell no more.
    fn leave_cell(&mut self, index: u32, is_firm: bool, out: &mut Sink) {
        let Some(cell) = self.cells.get_mut(index) else {
            return;
        };
        cell.frames = cell.frames.saturating_sub(1);
        cell.firm = cell.firm.saturating_sub(u32::from(is_firm));
        if cell.frames > 0 {
            return;
        }
        let address = cell.address;
        // Whether it is still there, nobody has looked; its entry goes when functions let go of it.
        let entry = self.by_address.get(address as usize);
        let entry = entry.and_then(|index| self.entry(index)).filter(|entry| {
            entry.address == address && std::ptr::eq(entry.python_type, &raw const ffi::PyCell_Type)
        });
        match (entry.map(|entry| entry.id), self.cells.get_mut(index)) {
            (Some(id), Some(cell)) => cell.entry = Some(id),
            _ => self.drop_cell(index, out),
        }
    }

    /// Functions hold a cell no more.
    #[cold]
    pub(crate) fn lose_cell(&mut self, address: Object, out: &mut Sink) {
        if let Some(index) = self.cells.by_address.get(&(address as usize)).copied()
            && self.cells.get(index).is_some_and(|cell| cell.frames == 0)
        {
            self.drop_cell(index, out);
        }
    }

    fn drop_cell(&mut self, index: u32, out: &mut Sink) {
        let place = self.cells.all.get_mut(index as usize);
        let Some(cell) = place.and_then(Option::take) else {
            return;
        };
        if self.cells.by_address.get(&(cell.address as usize)) == Some(&index) {
            self.cells.by_address.remove(&(cell.address as usize));
        }
        self.cells.free.push(index);
        encode::drop_object(out, cell.id);
        // At the end of the event, so that long chains of functions and cells go one by one.
        self.parted.extend(cell.told.entry());
    }

    /// Whether a type is that of cells.
    pub(crate) fn is_of_cells(python_type: *mut ffi::PyTypeObject) -> bool {
        std::ptr::eq(python_type, &raw const ffi::PyCell_Type)
    }
}
