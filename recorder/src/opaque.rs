//! A text for objects that are named and not looked into: functions, classes, modules, generators.

use pyo3::ffi;

use crate::atoms;
use crate::classes;
use crate::known;
use crate::layout::Object;
use crate::offsets::OFFSETS;

unsafe extern "C" {
    pub(crate) static mut PyMethod_Type: ffi::PyTypeObject;
}

pub(crate) const MODULE_DICT: usize = OFFSETS.module_dict;
pub(crate) const METHOD_DEF: usize = OFFSETS.builtin_definition;
pub(crate) const METHOD_FUNCTION: usize = OFFSETS.method_function;
pub(crate) const METHOD_SELF: usize = OFFSETS.method_self;

/// What `repr` would say, with `…` for the address.
///
/// # Safety
/// `object` is alive and the GIL is held.
pub(crate) unsafe fn describe(object: Object) -> String {
    // SAFETY: each arm reads the storage of exactly the type that was found.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let is = |other: *const ffi::PyTypeObject| std::ptr::eq(class, other);
        let text_at = |offset: usize| {
            let text = *object.cast::<u8>().add(offset).cast::<Object>();
            atoms::to_string(text).unwrap_or_else(|| "?".into())
        };
        if is(&raw const ffi::PyFunction_Type) {
            return format!("<function {} at …>", function_name(object));
        }
        if ffi::PyType_Check(object) != 0 {
            return format!("<class '{}'>", classes::full_name(object.cast()));
        }
        if is(&raw const ffi::PyModule_Type) {
            return format!("<module '{}'>", module_name(object));
        }
        if is(&raw const PyMethod_Type) {
            let function = *object.cast::<u8>().add(METHOD_FUNCTION).cast::<Object>();
            let name = if ffi::PyFunction_Check(function) != 0 {
                function_name(function)
            } else {
                "?".into()
            };
            return format!("<bound method {name} of …>");
        }
        if is(&raw const ffi::PyCFunction_Type) {
            let definition = *object
                .cast::<u8>()
                .add(METHOD_DEF)
                .cast::<*const ffi::PyMethodDef>();
            let name = std::ffi::CStr::from_ptr((*definition).ml_name).to_string_lossy();
            return format!("<built-in function {name}>");
        }
        for (kind, name) in [
            (&raw const ffi::PyGen_Type, "generator"),
            (&raw const ffi::PyCoro_Type, "coroutine"),
            (&raw const ffi::PyAsyncGen_Type, "async_generator"),
        ] {
            if is(kind) {
                return format!("<{name} object {} at …>", text_at(OFFSETS.generator_name));
            }
        }
        known::repr(object)
            .unwrap_or_else(|| format!("<{} object at …>", classes::full_name(class)))
    }
}

unsafe fn function_name(function: Object) -> String {
    // SAFETY: the caller passes a function.
    unsafe {
        let function = function.cast::<ffi::PyFunctionObject>();
        atoms::to_string((*function).func_qualname).unwrap_or_else(|| "?".into())
    }
}

unsafe fn module_name(module: Object) -> String {
    // SAFETY: the caller passes an exact module; its dict is only walked.
    unsafe {
        let dict = *module.cast::<u8>().add(MODULE_DICT).cast::<Object>();
        classes::find(dict, "__name__")
            .and_then(|name| atoms::to_string(name))
            .unwrap_or_else(|| "?".into())
    }
}
