//! Exceptions that are being handled: nothing recorded may hold them, and still they live, and
//! are bound or raised again later, as the same objects.

use pyo3::ffi;

use crate::layout::{FramePtr, Object};
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::seen::Seen;

/// An exception in a handler.
pub(crate) struct Caught {
    place: FramePtr,
    exception: Object,
    seen: Seen,
    /// It was entered at the event before: the interpreter has yet to say that it is handled.
    is_new: bool,
}

/// The exceptions that the frames of a thread handle, outermost first.
#[derive(Default)]
pub(crate) struct Handling(Vec<Caught>);

impl Handling {
    /// A handler in the frame at `place` is entered; it holds what was `seen` of the exception.
    pub(crate) fn push(&mut self, place: FramePtr, exception: Object, seen: Seen, heap: &mut Heap) {
        if let Some(index) = seen.entry() {
            heap.hold_weakly(index);
            self.0.push(Caught {
                place,
                exception,
                seen,
                is_new: true,
            });
        }
    }

    /// The frame at `place` is suspended, and its handlers with it: what they hold goes to `aside`.
    #[inline]
    pub(crate) fn suspend(&mut self, place: FramePtr, aside: &mut Vec<Caught>) {
        if !self.0.is_empty() {
            aside.extend(self.0.extract_if(.., |caught| caught.place == place));
        }
    }

    /// It goes on.
    #[inline]
    pub(crate) fn resume(&mut self, place: FramePtr, aside: &mut Vec<Caught>) {
        if !aside.is_empty() {
            self.0.extend(take_of(place, aside));
        }
    }

    /// Takes out the exceptions that are handled no more, now that the frame at `place` runs.
    ///
    /// # Safety
    /// Called from a callback, with the GIL held.
    #[inline]
    pub(crate) unsafe fn over(
        &mut self,
        place: FramePtr,
        heap: &mut Heap,
        expiring: &mut Vec<Seen>,
    ) {
        if !self.0.is_empty() {
            // SAFETY: as promised by the caller.
            unsafe { self.take_over(place, heap, expiring) };
        }
    }

    #[cold]
    unsafe fn take_over(&mut self, place: FramePtr, heap: &mut Heap, expiring: &mut Vec<Seen>) {
        // SAFETY: gives the innermost exception that any frame of the thread handles, or null; its
        // reference is given back at once, and the handler keeps its own (checked on 3.12, 3.13).
        let handled = unsafe {
            let handled = ffi::PyErr_GetHandledException();
            ffi::Py_XDECREF(handled);
            handled
        };
        if let Some(last) = self.0.last_mut()
            && std::mem::take(&mut last.is_new)
            && last.place == place
        {
            return;
        }
        let known = self
            .0
            .iter()
            .rposition(|caught| caught.exception == handled);
        let kept = match known {
            Some(at) => at + 1,
            None if handled.is_null() => 0,
            // Code that is not recorded handles another one. What outer frames handle is hidden
            // behind it; what this frame handled is over.
            None => {
                let outer = self.0.iter().rposition(|caught| caught.place != place);
                outer.map_or(0, |at| at + 1)
            }
        };
        for caught in self.0.drain(kept..) {
            heap.strengthen(caught.seen);
            expiring.push(caught.seen);
        }
    }
}

/// Takes what the handlers of the frame at `place` hold from those of suspended frames.
fn take_of(place: FramePtr, aside: &mut Vec<Caught>) -> Vec<Caught> {
    aside
        .extract_if(.., |caught| caught.place == place)
        .collect()
}

impl Recorder {
    /// A frame is gone; what it handled when it was suspended is let go.
    #[inline]
    pub(crate) fn forget_caught(&mut self, place: FramePtr) {
        if !self.caught_aside.is_empty() {
            for caught in take_of(place, &mut self.caught_aside) {
                self.heap.strengthen(caught.seen);
                self.heap.release(caught.seen, &mut self.sink);
            }
        }
    }
}
