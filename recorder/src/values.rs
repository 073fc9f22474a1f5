//! What events are about: the values that are returned and yielded, and exceptions.

use std::ffi::CStr;

use pyo3::ffi;
use schema::{EventKind, Reason, encode};

use crate::atoms;
use crate::codes::CodeInfo;
use crate::layout::{Object, read};
use crate::offsets::WRAPPED_VALUE;
use crate::recorder::Recorder;
use crate::scan::CALL_LEVELS;
use crate::seen::Seen;

/// The name of the class in which an asynchronous generator wraps what it yields.
const WRAPPER: &CStr = c"async_generator_wrapped_value";

impl Recorder {
    /// What the program yields where an asynchronous generator hands the interpreter a wrapper of it.
    ///
    /// # Safety
    /// The value is alive, and of an event of this kind of a frame of that code.
    #[inline(always)]
    pub(crate) unsafe fn yielded(&self, kind: EventKind, info: &CodeInfo, value: Object) -> Object {
        if kind != EventKind::Yield || !info.is_async_generator {
            return value;
        }
        // SAFETY: as promised by the caller; what `await` hands on is not wrapped.
        unsafe {
            let class = ffi::Py_TYPE(value);
            let is_wrapper = CStr::from_ptr((*class).tp_name) == WRAPPER;
            if !is_wrapper || (*class).tp_basicsize != WRAPPED_VALUE as isize + 8 {
                return value;
            }
            let wrapped: Object = read(value.cast(), WRAPPED_VALUE);
            if wrapped.is_null() { value } else { wrapped }
        }
    }

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
