//! CPython's cyclic collector: whether it can have freed anything since that was asked last.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use schema::FrameId;

use crate::threads::Thread;

/// An object among the youngest, which every collection asks first what it refers to (`gc.c`, from
/// 3.12 to 3.15). It refers to nothing and is never garbage, so the program cannot notice it.
#[pyclass(frozen)]
struct Witness {
    /// The highest number of a frame.
    frames: AtomicU64,
    /// One more than that was when it was asked first, 0 before.
    asked_at: AtomicU64,
}

#[pymethods]
impl Witness {
    #[expect(clippy::unnecessary_wraps, reason = "the signature is PyO3's")]
    fn __traverse__(&self, _visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if self.asked_at.load(Ordering::Relaxed) == 0 {
            let frames = self.frames.load(Ordering::Relaxed);
            self.asked_at.store(frames + 1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The collector, as far as the recorder knows of it.
pub(crate) struct Collector {
    witness: Py<Witness>,
}

impl Collector {
    pub(crate) fn new(py: Python<'_>) -> PyResult<Collector> {
        let (frames, asked_at) = Default::default();
        let witness = Py::new(py, Witness { frames, asked_at })?;
        Ok(Collector { witness })
    }

    /// A frame has begun.
    #[inline]
    pub(crate) fn note(&self, frame: FrameId) {
        self.witness.get().frames.store(frame.0, Ordering::Relaxed);
    }

    /// Whether a collection has begun since the last one was [seen to be over](Self::is_over).
    #[inline]
    pub(crate) fn has_run(&self) -> bool {
        self.witness.get().asked_at.load(Ordering::Relaxed) != 0
    }

    /// Whether all collections that had begun are over, given the thread that runs: finalizers run while
    /// one goes on, in frames that began after it, with C code below them. From then on, the next one is
    /// to be noticed.
    ///
    /// # Safety
    /// The frames on the thread's stack are alive, the last of them runs, and the GIL is held.
    pub(crate) unsafe fn is_over(&self, thread: &Thread) -> bool {
        let asked_at = &self.witness.get().asked_at;
        let began = asked_at.load(Ordering::Relaxed);
        // SAFETY: as promised by the caller.
        unsafe {
            if began == 0 || !thread.runs_directly_above(FrameId(began - 1)) {
                return false;
            }
            asked_at.store(0, Ordering::Relaxed);
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
