//! What events are about: the values that are returned and yielded, and exceptions.

use pyo3::ffi;
use schema::{Reason, encode};

use crate::atoms;
use crate::layout::Object;
use crate::recorder::Recorder;
use crate::scan::CALL_LEVELS;
use crate::seen::Seen;

impl Recorder {
    /// Holds the value of an event until the thread's next one. `is_calm`: the heap was not asked for
    /// anything at this event, nor [told](Self::tell_what_is_kept) what is beyond doubt.
    ///
    /// # Safety
    /// The interpreter holds the value while its event lasts, and the GIL is held.
    #[inline]
    pub(crate) unsafe fn hold_value(&mut self, value: Object, is_calm: bool) -> Seen {
        // SAFETY: as promised by the caller.
        unsafe {
            if self.limits.locals
                && !atoms::is_made(ffi::Py_TYPE(value))
                && let Some(atom) = atoms::look(value, &self.limits)
            {
                return atom;
            }
            self.hold_object_of_event(value, is_calm)
        }
    }

    #[inline(never)]
    unsafe fn hold_object_of_event(&mut self, value: Object, is_calm: bool) -> Seen {
        if !self.limits.locals {
            return Seen::UNBOUND;
        }
        if is_calm {
            self.tell_what_is_kept();
        }
        // SAFETY: the interpreter holds the value while its event lasts.
        unsafe {
            let seen = self.heap.hold(value, &mut self.sink);
            if let Some(index) = seen.entry()
                && !self.limits.lines
            {
                self.heap.visit(index, CALL_LEVELS);
            }
            self.heap.refresh(&mut self.sink);
            self.heap.tell(&mut self.sink);
            seen
        }
    }

    /// Writes it.
    ///
    /// # Safety
    /// It was held just now.
    pub(crate) unsafe fn write_value(&mut self, value: Object, seen: Seen) {
        if self.limits.locals {
            // SAFETY: the value was held just now.
            unsafe { self.heap.write(&mut self.sink, value, seen) };
        } else {
            encode::unknown(&mut self.sink, Reason::NoLocals);
        }
    }
}
