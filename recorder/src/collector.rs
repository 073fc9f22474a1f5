//! CPython's cyclic collector: whether it can have freed anything since that was asked last.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

#[cfg(Py_3_13)]
use crate::layout::read;
#[cfg(Py_3_13)]
use crate::offsets::COLLECTOR;

/// No state of an interpreter is as large.
#[cfg(Py_3_13)]
const MOST: u64 = 1 << 24;

#[cfg(Py_3_13)]
unsafe extern "C" {
    /// Begins with the offsets that CPython keeps for debuggers, from 3.13 on.
    pub(crate) static _PyRuntime: u8;
}

/// An object among the youngest, which every collection asks first what it refers to (`gc.c`, from
/// 3.12 to 3.15). It refers to nothing and is never garbage, so the program cannot notice it.
#[pyclass(frozen)]
struct Witness {
    was_asked: AtomicBool,
}

#[pymethods]
impl Witness {
    #[expect(clippy::unnecessary_wraps, reason = "the signature is PyO3's")]
    fn __traverse__(&self, _visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.was_asked.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// The collector, as far as the recorder knows of it.
pub(crate) struct Collector {
    witness: Py<Witness>,
    /// Where the interpreter says that a collection is under way, where that is known.
    collecting: Option<*const c_int>,
}

impl Collector {
    pub(crate) fn new(py: Python<'_>) -> PyResult<Collector> {
        let was_asked = AtomicBool::new(false);
        Ok(Collector {
            witness: Py::new(py, Witness { was_asked })?,
            // SAFETY: the GIL is held.
            collecting: unsafe { find_collecting() },
        })
    }

    /// Whether a collection has begun since the last one was [seen to be over](Self::take_end).
    #[inline]
    pub(crate) fn has_run(&self) -> bool {
        self.witness.get().was_asked.load(Ordering::Relaxed)
    }

    /// Whether collections had begun and are over: finalizers run while one goes on. From then on, the
    /// next one is to be noticed. (Up to 3.12 none is known to be over.)
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn take_end(&self) -> bool {
        // SAFETY: the place is in the state of the interpreter, which outlives the recording.
        let is_idle = self.collecting.is_some_and(|place| unsafe { *place == 0 });
        let is_over = is_idle && self.has_run();
        if is_over {
            self.witness.get().was_asked.store(false, Ordering::Relaxed);
            // SAFETY: as promised by the caller.
            unsafe { self.make_youngest() };
        }
        is_over
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

/// Where the interpreter says that a collection is under way, if it does and none is.
///
/// # Safety
/// The GIL is held.
#[cfg(Py_3_13)]
unsafe fn find_collecting() -> Option<*const c_int> {
    let table = &raw const _PyRuntime;
    // SAFETY: the table is that of this version, which was proved; what it names lies within the
    // interpreter's state.
    unsafe {
        let offsets: [u64; 2] = [read(table, COLLECTOR.0), read(table, COLLECTOR.1)];
        if offsets.iter().any(|offset| *offset >= MOST) {
            return None;
        }
        let state = ffi::PyInterpreterState_Get().cast::<u8>();
        let place = state
            .add((offsets[0] + offsets[1]) as usize)
            .cast::<c_int>();
        (*place == 0).then_some(place.cast_const())
    }
}

/// 3.12 does not say it.
///
/// # Safety
/// None.
#[cfg(not(Py_3_13))]
unsafe fn find_collecting() -> Option<*const c_int> {
    None
}
