//! The variables of the running frame: which hold something else than was seen, and what is written then.

use pyo3::ffi;
use schema::encode;

use crate::atoms;
use crate::effects::{self, LAST_BIT, Segment};
use crate::frames::FrameRecord;
use crate::layout::Object;
use crate::objects::{Heap, Reach};
use crate::scan::CALL_LEVELS;
use crate::seen::Seen;
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
        until: u32,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let bound = match segment.may_store_before(until) {
            true => segment.stores,
            false => 0,
        };
        let slots = bound | self.due_cells(heap);
        // SAFETY: as promised by the caller.
        slots == 0
            || slots & (self.objects | effects::bit(LAST_BIT)) == 0
                && unsafe { self.refresh_each(slots, segment, until, heap, out) }
    }

    /// The same for these slots, which held none.
    #[inline(never)]
    unsafe fn refresh_each(
        &mut self,
        slots: u64,
        segment: &Segment,
        until: u32,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let mut kept = 0;
        let limits = &heap.limits.clone();
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
                    Seen::UNBOUND
                } else {
                    match atoms::look(object, limits) {
                        Some(atom) => atom,
                        None => return false,
                    }
                };
                if self.info.in_cell[slot]
                    && let Some((is_news, old)) = self.tell_in_cell(slot, object, new, heap, out)
                {
                    self.slots[slot] = new;
                    heap.release(old, out);
                    match is_news {
                        true => self.rebound |= effects::bit(slot),
                        false => kept |= effects::bit(slot),
                    }
                    continue;
                }
                if new == self.slots[slot] {
                    kept |= effects::bit(slot);
                    continue;
                }
                self.slots[slot] = new;
                if new == Seen::UNBOUND {
                    encode::unset(out, slot as u32);
                } else {
                    encode::set_head(out, slot as u32);
                    atoms::write(out, object, new, limits);
                }
            }
        }
        self.cells_seen = heap.cell_bindings();
        if kept & segment.stored != 0 {
            // SAFETY: as promised by the caller.
            unsafe { self.bound_again(kept, segment, until, heap, out) };
        }
        true
    }

    /// A new frame's variables hold what it was given: nothing of it has run, so nothing is replaced.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn take_given(&mut self, heap: &mut Heap, out: &mut Sink) {
        self.is_new = false;
        for slot in 0..self.slots.len() {
            // SAFETY: as promised by the caller.
            unsafe {
                let is_in_cell = self.info.in_cell[slot];
                let object = self.place.variable(slot, is_in_cell);
                if is_in_cell {
                    self.tell_cell(slot, heap, out);
                }
                if object.is_null() {
                    continue;
                }
                if is_in_cell {
                    let old = self.set_slot(slot, object, 0, heap, out);
                    heap.release(old, out);
                } else if !atoms::is_made(ffi::Py_TYPE(object))
                    && let Some(atom) = atoms::look(object, &heap.limits)
                {
                    self.slots[slot] = atom;
                    encode::set_head(out, slot as u32);
                    atoms::write(out, object, atom, &heap.limits);
                } else {
                    let index = heap.hold_object(object, Reach::VARIABLE, out);
                    heap.refresh(out);
                    heap.tell(out);
                    self.slots[slot] = Seen::object(index);
                    self.objects |= effects::bit(slot);
                    if heap.hides_effects(index) {
                        self.hiding |= effects::bit(slot);
                    }
                    encode::set_head(out, slot as u32);
                    heap.write(out, object, Seen::object(index));
                }
            }
        }
        // Others that share them have told what they hold.
        self.rebound = 0;
    }

    /// Finds which of these variables hold something else than was seen, and what that is.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn find_changed(
        &self,
        compared: u64,
        bound: u64,
        heap: &mut Heap,
        changed: &mut Vec<(usize, Object)>,
    ) {
        for slot in effects::slots_of(compared, self.slots.len()) {
            // SAFETY: as promised by the caller.
            let new = unsafe { self.look_at(slot, bound & effects::bit(slot) != 0, heap) };
            changed.extend(new.map(|object| (slot, object)));
        }
    }

    /// What a variable holds, or null, if that is not what was seen.
    ///
    /// # Safety
    /// As for [`find_changed`](Self::find_changed).
    #[inline]
    pub(crate) unsafe fn look_at(
        &self,
        slot: usize,
        is_bound: bool,
        heap: &mut Heap,
    ) -> Option<Object> {
        let seen = self.slots[slot];
        // SAFETY: as promised by the caller.
        unsafe {
            let object = self.place.variable(slot, self.info.in_cell[slot]);
            if !heap.is_same(seen, object) || self.info.in_cell[slot] && self.is_stale(slot, heap) {
                return Some(object);
            }
        }
        if let Some(index) = seen.entry()
            && is_bound
        {
            // Bound anew, to what has the same address and class.
            heap.visit_again(index);
        }
        None
    }

    /// Notes whether what a variable holds now is an object, and hides what is done with it.
    #[inline]
    pub(crate) fn note_held(&mut self, slot: usize, seen: Seen, heap: &Heap) {
        let bit = effects::bit(slot);
        if slot < LAST_BIT {
            self.objects &= !bit;
            self.hiding &= !bit;
        }
        if let Some(index) = seen.entry() {
            self.objects |= bit;
            if heap.hides_effects(index) {
                self.hiding |= bit;
            }
        }
    }

    /// A variable holds an object now that it did not hold: writes it, and gives what it held. So many
    /// levels of what it holds can have changed since it was bound.
    ///
    /// # Safety
    /// The object is what the variable holds, or null, and the GIL is held.
    pub(crate) unsafe fn set_slot(
        &mut self,
        slot: usize,
        object: Object,
        late: u8,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> Seen {
        // SAFETY: as promised by the caller.
        unsafe {
            let new = heap.hold(object, out);
            if let Some(index) = new.entry() {
                // Where lines are not told, some may have changed it since it was first seen.
                let levels = if heap.limits.lines { late } else { CALL_LEVELS };
                if levels > 0 {
                    heap.visit(index, levels);
                }
                heap.refresh(out);
                heap.tell(out);
            }
            self.note_held(slot, new, heap);
            if self.info.in_cell[slot] {
                let had_cell = self.has_cell(slot);
                if let Some((is_news, old)) = self.tell_in_cell(slot, object, new, heap, out) {
                    match is_news {
                        true => self.rebound |= effects::bit(slot),
                        // Another frame has told it; perhaps this one has bound it, too.
                        false => self.tell_kept(effects::bit(slot), u32::MAX, heap, out),
                    }
                    heap.bind_cell(self.place.slot(slot), out);
                    // The cell holds it now, and the frame does no more.
                    heap.release(new, out);
                    let own = std::mem::replace(&mut self.slots[slot], new);
                    if !had_cell {
                        heap.release(own, out);
                    }
                    return old;
                }
            }
            if new == Seen::UNBOUND {
                encode::unset(out, slot as u32);
            } else {
                encode::set_head(out, slot as u32);
                heap.write(out, object, new);
            }
            std::mem::replace(&mut self.slots[slot], new)
        }
    }
}
