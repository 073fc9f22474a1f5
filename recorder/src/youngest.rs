//! How many objects are young: what the recorder makes before the program begins is not to bring the
//! program's first collection forward.

use std::ffi::c_int;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;

/// A threshold that nobody sets, by which the place is found.
const UNUSUAL: c_int = 0x3a5c_71e3;
/// How much of an interpreter's state is searched: less than it is in any version.
const SEARCHED: usize = 96 << 10;

/// Sets what `gc.get_count()` says of the youngest objects. `collector` is the module `gc`. If the
/// place cannot be found beyond doubt, nothing is done.
#[pyfunction]
pub(crate) fn set_count(collector: &Bound<'_, PyAny>, count: c_int) -> PyResult<()> {
    let thresholds: Vec<c_int> = collector.call_method0("get_threshold")?.extract()?;
    let (Some(first), true) = (thresholds.first(), count >= 0) else {
        return Ok(());
    };
    collector.call_method1("set_threshold", (UNUSUAL,))?;
    let set = || -> PyResult<()> {
        let known: Vec<c_int> = collector.call_method0("get_count")?.extract()?;
        let known = known.first().copied().unwrap_or(-1);
        // SAFETY: the GIL is held. The state is larger than what is read of it; what is written is a
        // counter, which stands behind its threshold and says what the interpreter said of it.
        unsafe {
            let state = ffi::PyInterpreterState_Get().cast::<c_int>();
            let words = SEARCHED / size_of::<c_int>();
            let is_place = |at: &usize| *state.add(*at) == UNUSUAL;
            let mut places = (0..words - 1).filter(is_place);
            let (Some(place), None) = (places.next(), places.next()) else {
                return Err(PyRuntimeError::new_err("not found"));
            };
            let counter = state.add(place + 1);
            // What was asked made objects of its own.
            if (*counter - known).abs() <= 8 {
                *counter = count;
            }
        }
        Ok(())
    };
    let _ = set();
    collector.call_method1("set_threshold", (*first,))?;
    Ok(())
}
