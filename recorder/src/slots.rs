//! Variables of a line that deals with atoms only: they are written without a look at the heap.

use pyo3::ffi;
use schema::{Limits, encode};

use crate::atoms::{self, Seen};
use crate::effects::{self, LAST_BIT, Segment};
use crate::frames::FrameRecord;
use crate::sink::Sink;
use crate::texts;

impl FrameRecord {
    /// Writes those of the line's slots that hold another atom than was seen. `false` if one holds or
    /// held an object: nothing is decided about it then.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    #[inline(always)]
    pub(crate) unsafe fn refresh_atoms(
        &mut self,
        segment: &Segment,
        limits: &Limits,
        out: &mut Sink,
    ) -> bool {
        let slots = segment.stores | self.info.cells;
        // SAFETY: as promised by the caller.
        slots == 0
            || slots & (self.objects | effects::bit(LAST_BIT)) == 0
                && unsafe { self.refresh_each(slots, segment, limits, out) }
    }

    /// The same for these slots, which held none.
    #[inline(never)]
    unsafe fn refresh_each(
        &mut self,
        slots: u64,
        segment: &Segment,
        limits: &Limits,
        out: &mut Sink,
    ) -> bool {
        // Adding atoms to a text runs no code that could make another of it.
        let sure = segment.loads & self.objects == 0 && segment.names.is_empty();
        let mut rest = slots;
        while rest != 0 {
            let slot = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            // SAFETY: as promised by the caller.
            unsafe {
                let object = self.place.variable(slot, self.info.in_cell[slot]);
                if segment.appends == Some(slot)
                    && !self.info.in_cell[slot]
                    && !object.is_null()
                    && ffi::PyUnicode_CheckExact(object) != 0
                    && let limit = limits.string as usize
                    && let Some(longer) =
                        texts::append(out, slot as u32, object, self.slots[slot], sure, limit)
                {
                    self.slots[slot] = longer;
                    continue;
                }
                let new = if object.is_null() {
                    Seen::Unbound
                } else {
                    match atoms::look(object, limits) {
                        Some(atom) => atom,
                        None => return false,
                    }
                };
                if new == self.slots[slot] {
                    continue;
                }
                self.slots[slot] = new;
                if new == Seen::Unbound {
                    encode::unset(out, slot as u32);
                } else {
                    encode::set_head(out, slot as u32);
                    atoms::write(out, object, new, limits);
                }
            }
        }
        true
    }
}
