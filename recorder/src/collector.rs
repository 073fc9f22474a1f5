//! CPython's cyclic collector: whether it can have freed anything since that was asked last.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::layout::FramePtr;

/// An object among the youngest, which every collection asks first what it refers to (`gc.c`, from
/// 3.12 to 3.15). It refers to nothing and is never garbage, so the program cannot notice it.
#[pyclass(frozen)]
struct Witness {
    /// The frame that ran when it was asked, null before.
    asked_in: AtomicPtr<u8>,
}

#[pymethods]
impl Witness {
    #[expect(clippy::unnecessary_wraps, reason = "the signature is PyO3's")]
    fn __traverse__(&self, _visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: whoever asks holds the GIL, and is a thread of Python's.
        let frame = unsafe { FramePtr::current(ffi::PyThreadState_Get()) };
        // Where no frame runs, any address but null will do: none is found in the stack.
        let frame = if frame.is_null() {
            std::ptr::from_ref(self).cast()
        } else {
            frame.0
        };
        self.asked_in.store(frame.cast_mut(), Ordering::Relaxed);
        Ok(())
    }
}

/// The collector, as far as the recorder knows of it.
pub(crate) struct Collector {
    witness: Py<Witness>,
}

impl Collector {
    pub(crate) fn new(py: Python<'_>) -> PyResult<Collector> {
        let asked_in = AtomicPtr::default();
        let witness = Py::new(py, Witness { asked_in })?;
        Ok(Collector { witness })
    }

    /// Whether a collection has begun since the last one was [seen to be over](Self::is_over).
    #[inline]
    pub(crate) fn has_run(&self) -> bool {
        !self
            .witness
            .get()
            .asked_in
            .load(Ordering::Relaxed)
            .is_null()
    }

    /// Whether a collection that had begun is over, given the frame that runs: finalizers run while it
    /// goes on. From then on, the next one is to be noticed; several can have run before.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn is_over(&self, place: FramePtr) -> bool {
        let asked_in = &self.witness.get().asked_in;
        let frame = FramePtr(asked_in.load(Ordering::Relaxed));
        // SAFETY: as promised by the caller.
        unsafe {
            if frame.is_null() || may_go_on(place, frame) {
                return false;
            }
            asked_in.store(null_mut(), Ordering::Relaxed);
            self.make_youngest();
        }
        true
    }

    /// Puts the witness among the youngest objects again: each collection makes it older, and
    /// `gc.freeze` takes it away from all.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn make_youngest(&self) {
        let object = self.witness.as_ptr().cast();
        // SAFETY: an object with a collector's head, which is tracked whenever this is not under way.
        unsafe {
            ffi::PyObject_GC_UnTrack(object);
            ffi::PyObject_GC_Track(object);
        }
    }
}

/// Whether a frame may have begun within a collection that began in another one: C code stands between
/// them.
///
/// # Safety
/// `place` is the current frame, and the GIL is held.
unsafe fn may_go_on(mut place: FramePtr, began_in: FramePtr) -> bool {
    // SAFETY: the chain of a running thread's frames is alive.
    unsafe {
        while !place.is_null() && place != began_in {
            let below = place.previous();
            if below == began_in {
                return place.is_entry();
            }
            place = below;
        }
    }
    false
}
