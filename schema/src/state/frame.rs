//! Frames: what their variables hold.

use crate::event::NewFrame;
use crate::ids::ObjectId;
use crate::value::Value;

/// One activation of a code object.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its number, code, present line, globals and namespace.
    pub info: NewFrame,
    /// The variables, in the order of the code's slots; `None` is unbound.
    pub slots: Vec<Option<Value>>,
    /// The variables that live in cells, by slot, and the cells: their values are there.
    pub cells: Vec<(u32, ObjectId)>,
}

impl Frame {
    /// A frame whose variables are not known.
    #[must_use]
    pub fn new(info: NewFrame) -> Self {
        Frame {
            info,
            slots: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// The cell that a variable lives in, if it lives in one.
    #[must_use]
    pub fn cell(&self, slot: u32) -> Option<ObjectId> {
        if self.cells.is_empty() {
            return None;
        }
        let at = self.cells.binary_search_by_key(&slot, |(slot, _)| *slot);
        Some(self.cells.get(at.ok()?)?.1)
    }

    pub(super) fn put_in_cell(&mut self, slot: u32, cell: ObjectId) {
        match self.cells.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(at) => self.cells[at].1 = cell,
            Err(at) => self.cells.insert(at, (slot, cell)),
        }
    }

    /// Where a variable's value is to be put.
    #[inline]
    pub(super) fn place(&mut self, slot: u32) -> &mut Option<Value> {
        let (slot, slots) = (slot as usize, &mut self.slots);
        // Parameters come in order, so most places are the next one.
        if slot == slots.len() {
            slots.push(None);
        } else if slot > slots.len() {
            slots.resize(slot + 1, None);
        }
        &mut slots[slot]
    }

    pub(super) fn unset(&mut self, slot: u32) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = None;
        }
        // Unbound slots at the end are left out, as in a keyframe.
        while let Some(None) = self.slots.last() {
            self.slots.pop();
        }
    }
}
