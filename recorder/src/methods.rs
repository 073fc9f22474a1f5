//! What calling a method does, told from the classes of its object without asking them.

use pyo3::ffi;

use crate::atoms;
use crate::classes;
use crate::insides::{self, Attributes};
use crate::layout::Object;

/// Whether the first of an instance's classes that has an attribute of this name has it as a function
/// of Python with this code.
///
/// # Safety
/// The object is alive, and the GIL is held.
pub(crate) unsafe fn is_method(object: Object, name: &str, code: Object) -> bool {
    // SAFETY: classes of a live object and their own dicts, which are only walked; exact types are
    // compared before anything is read.
    unsafe {
        let class = ffi::Py_TYPE(object);
        if (*class).tp_flags & classes::HEAP_TYPE == 0 {
            return false;
        }
        let attributes = classes::mro(class).into_iter();
        let mut found = attributes.filter_map(|class| classes::find((*class).tp_dict, name));
        found.next().is_some_and(|value| {
            std::ptr::eq(ffi::Py_TYPE(value), &raw const ffi::PyFunction_Type)
                && (*value.cast::<ffi::PyFunctionObject>()).func_code == code
        })
    }
}

/// Whether an instance finds attributes the way `object` does, and has none of its own of this name.
///
/// # Safety
/// As for [`is_method`].
pub(crate) unsafe fn has_no_own(object: Object, name: &str) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        classes::has_plain_attributes(ffi::Py_TYPE(object))
            && match insides::attributes(object) {
                Attributes::None => true,
                Attributes::Dict(dict) => classes::find(dict, name).is_none(),
                Attributes::Inline(values) => (0..values.len())
                    .filter_map(|at| values.get(at))
                    .all(|(key, _)| !atoms::is_text(key, name)),
            }
    }
}
