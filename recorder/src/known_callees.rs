//! Built-in methods and functions whose effects are known, by identity: C's own definition of each, found
//! in its type or module when recording starts. A name says nothing; these addresses do.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::OnceLock;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;

use crate::classes::{self, IMMUTABLE_TYPE};
use crate::codes::Codes;
use crate::effects::{FUNCTIONS, ITERATING, READERS, WRITERS};
use crate::layout::{Object, read};
use crate::offsets::OFFSETS;
use crate::opaque::{METHOD_DEF, METHOD_FUNCTION, MODULE_DICT, PyMethod_Type};

unsafe extern "C" {
    static mut PyODict_Type: ffi::PyTypeObject;
    static mut PyDictKeys_Type: ffi::PyTypeObject;
    static mut PyDictValues_Type: ffi::PyTypeObject;
    static mut PyDictItems_Type: ffi::PyTypeObject;
}

/// What a call does to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Nothing, or what its own recorded lines tell.
    Nothing,
    /// It changes what it is called on.
    Writes,
    /// Nobody knows.
    Anything,
}

#[derive(Default)]
struct Known {
    /// Types whose methods of the known names are all in the table.
    types: Vec<usize>,
    /// Definitions of methods and functions of C.
    definitions: HashMap<usize, Does, FxBuildHasher>,
    /// Classes that are called like functions.
    classes: Vec<usize>,
}

static KNOWN: OnceLock<Known> = OnceLock::new();

fn is_among(list: &str, name: &str) -> bool {
    list.split(' ').any(|known| known == name)
}

impl Known {
    /// Enters a type of C and its methods.
    ///
    /// # Safety
    /// The type is alive and never goes.
    unsafe fn add_type(&mut self, class: *mut ffi::PyTypeObject) {
        self.types.push(class as usize);
        // SAFETY: the methods of a type of C are an array that ends with a row without a name.
        unsafe {
            let mut method = (*class).tp_methods;
            while !method.is_null() && !(*method).ml_name.is_null() {
                let name = CStr::from_ptr((*method).ml_name).to_str().unwrap_or("");
                let does = match name {
                    name if WRITERS.contains(&name) || ITERATING.contains(&name) => Does::Writes,
                    name if is_among(READERS, name) => Does::Nothing,
                    _ => Does::Anything,
                };
                self.definitions.insert(method as usize, does);
                method = method.add(1);
            }
        }
    }

    /// Enters the built-in functions, and the classes called like them.
    ///
    /// # Safety
    /// The GIL is held.
    unsafe fn add_functions(&mut self) {
        // SAFETY: dicts are only walked; exact types are compared before anything is read.
        unsafe {
            let Some(builtins) = namespace_of("builtins") else {
                return;
            };
            for (name, value) in classes::pairs(builtins) {
                let name = crate::atoms::to_string(name).unwrap_or_default();
                if !is_among(FUNCTIONS, &name) {
                    continue;
                }
                let class = value.cast::<ffi::PyTypeObject>();
                let is = |name: *const _| CStr::from_ptr(name).to_bytes();
                if is_exactly(value, &raw const ffi::PyCFunction_Type) {
                    let definition: *const ffi::PyMethodDef = read(value.cast(), METHOD_DEF);
                    if is((*definition).ml_name) == name.as_bytes() {
                        self.definitions.insert(definition as usize, Does::Nothing);
                    }
                } else if ffi::PyType_Check(value) != 0
                    && (*class).tp_flags & IMMUTABLE_TYPE != 0
                    && is((*class).tp_name) == name.as_bytes()
                {
                    self.classes.push(class as usize);
                }
            }
        }
    }
}

/// Finds them. To be called once before the first event.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn find() {
    KNOWN.get_or_init(|| {
        let mut known = Known::default();
        let types = [
            &raw mut ffi::PyUnicode_Type,
            &raw mut ffi::PyBytes_Type,
            &raw mut ffi::PyByteArray_Type,
            &raw mut ffi::PyLong_Type,
            &raw mut ffi::PyBool_Type,
            &raw mut ffi::PyFloat_Type,
            &raw mut ffi::PyComplex_Type,
            &raw mut ffi::PyRange_Type,
            &raw mut ffi::PyList_Type,
            &raw mut ffi::PyTuple_Type,
            &raw mut ffi::PyDict_Type,
            &raw mut ffi::PySet_Type,
            &raw mut ffi::PyFrozenSet_Type,
            &raw mut ffi::PyDictProxy_Type,
            &raw mut PyODict_Type,
            &raw mut PyDictKeys_Type,
            &raw mut PyDictValues_Type,
            &raw mut PyDictItems_Type,
        ];
        // SAFETY: static types; those of `_collections` are immutable types of C, which its module keeps.
        unsafe {
            for class in types {
                known.add_type(class);
            }
            if let Some(collections) = namespace_of("_collections") {
                for name in ["deque", "defaultdict"] {
                    let class = classes::find(collections, name);
                    let class = class.filter(|class| ffi::PyType_Check(*class) != 0);
                    if let Some(class) = class.map(|class| class.cast::<ffi::PyTypeObject>())
                        && (*class).tp_flags & IMMUTABLE_TYPE != 0
                    {
                        ffi::Py_INCREF(class.cast());
                        known.add_type(class);
                    }
                }
            }
            known.add_functions();
        }
        known
    });
}

/// The names of a module that was imported.
unsafe fn namespace_of(module: &str) -> Option<Object> {
    // SAFETY: called with the GIL held; dicts are only walked, the exact type is compared.
    unsafe {
        let module = classes::find(ffi::PyImport_GetModuleDict(), module)?;
        is_exactly(module, &raw const ffi::PyModule_Type).then(|| read(module.cast(), MODULE_DICT))
    }
}

unsafe fn is_exactly(object: Object, class: *const ffi::PyTypeObject) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { std::ptr::eq(ffi::Py_TYPE(object), class) }
}

/// Whether a class is a built-in one: no method of its exact instances with a known name does anything
/// else.
pub(crate) fn is_built_in(class: *mut ffi::PyTypeObject) -> bool {
    KNOWN
        .get()
        .is_some_and(|known| known.types.contains(&(class as usize)))
}

/// What calling an object of C does.
///
/// # Safety
/// The object is alive, and the GIL is held.
pub(crate) unsafe fn does(callable: Object) -> Does {
    let Some(known) = KNOWN.get() else {
        return Does::Anything;
    };
    // SAFETY: exact types are compared before anything is read.
    unsafe {
        let definition: usize = if is_exactly(callable, &raw const ffi::PyMethodDescr_Type) {
            read(callable.cast(), OFFSETS.descriptor_definition)
        } else if is_exactly(callable, &raw const ffi::PyCFunction_Type) {
            read(callable.cast(), METHOD_DEF)
        } else if known.classes.contains(&(callable as usize)) {
            return Does::Nothing;
        } else {
            return Does::Anything;
        };
        let found = known.definitions.get(&definition);
        found.copied().unwrap_or(Does::Anything)
    }
}

/// What calling an object does, functions of recorded code among them.
///
/// # Safety
/// As for [`does`].
pub(crate) unsafe fn does_or_is_recorded(callable: Object, codes: &mut Codes) -> Does {
    // SAFETY: as promised by the caller; exact types are compared before anything is read.
    unsafe {
        let function = match is_exactly(callable, &raw const PyMethod_Type) {
            true => read(callable.cast(), METHOD_FUNCTION),
            false => callable,
        };
        if is_exactly(function, &raw const ffi::PyFunction_Type) {
            let code = (*function.cast::<ffi::PyFunctionObject>()).func_code;
            return match codes.get(code) {
                Some(Some(_)) => Does::Nothing,
                _ => Does::Anything,
            };
        }
        does(callable)
    }
}
