//! Functions that are not recorded and change nothing that a program can see: those of `math` and
//! the like, and those of `random`.

use std::cell::Cell;
use std::ffi::CStr;
use std::ptr::null_mut;

use pyo3::ffi;

use crate::atoms;
use crate::insides;
use crate::layout::{Object, read};
use crate::opaque::{METHOD_DEF, METHOD_FUNCTION, METHOD_SELF, MODULE_DICT, PyMethod_Type};

/// Modules of C whose functions change nothing that a program can see.
const MODULES: [&CStr; 3] = [c"math", c"cmath", c"time"];
/// Those whose functions change nothing but the list that they are given.
const LIST_MODULES: [&CStr; 2] = [c"_heapq", c"_bisect"];

/// The base of `random.Random`, whose state nobody sees.
const RANDOM: &CStr = c"_random.Random";
/// Its methods that change nothing else, of C and of Python.
const RANDOM_METHODS: [&str; 14] = [
    "random",
    "randint",
    "randrange",
    "choice",
    "uniform",
    "getrandbits",
    "seed",
    "gauss",
    "choices",
    "sample",
    "expovariate",
    "normalvariate",
    "triangular",
    "randbytes",
];

/// Whether an object is a function that changes nothing, or a module of such functions.
///
/// # Safety
/// `object` is alive and the GIL is held.
pub(crate) unsafe fn is_pure(object: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe {
        match is_module(object) {
            true => is_one_of(object, &MODULES),
            false => is_function_of(object, &MODULES),
        }
    }
}

/// Whether an object is a function that changes nothing but a list that it is given. What it calls of
/// the program to compare items is recorded.
///
/// # Safety
/// As for [`is_pure`].
pub(crate) unsafe fn changes_list(object: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { is_function_of(object, &LIST_MODULES) }
}

unsafe fn is_function_of(object: Object, modules: &[&CStr]) -> bool {
    // SAFETY: the caller passes a live object; its exact type is compared before it is read. A
    // function of a module is bound to it.
    unsafe {
        is(object, &raw const ffi::PyCFunction_Type)
            && is_one_of((*object.cast::<ffi::PyCFunctionObject>()).m_self, modules)
    }
}

/// Whether a module, or nothing, is one of C with such a name. Its definition is C's own, so that no
/// program can give its module that name.
unsafe fn is_one_of(module: Object, modules: &[&CStr]) -> bool {
    // SAFETY: the caller passes null or a live object.
    unsafe {
        if module.is_null() || !is_module(module) {
            return false;
        }
        let definition = ffi::PyModule_GetDef(module);
        !definition.is_null() && modules.contains(&CStr::from_ptr((*definition).m_name))
    }
}

/// What a module of Python has under this very name; `hint` is where that was found last.
///
/// # Safety
/// `module` is alive, and the GIL is held.
pub(crate) unsafe fn attribute_of(
    module: Object,
    name: Object,
    hint: &Cell<usize>,
) -> Option<Object> {
    // SAFETY: the exact type is compared before its dict is read, which is only walked.
    unsafe {
        is_module(module)
            .then(|| find(read(module.cast(), MODULE_DICT), name, hint))
            .flatten()
    }
}

/// Whether what a module of Python has under this very name changes nothing, and is the module's
/// own; `hint` is where among the module's names it was found last.
///
/// # Safety
/// `module` is alive, `name` is a str, and the GIL is held.
pub(crate) unsafe fn is_pure_method(module: Object, name: Object, hint: &Cell<usize>) -> bool {
    // SAFETY: exact types are compared before their storage is read; dicts are only walked.
    unsafe {
        if !is_module(module)
            || !RANDOM_METHODS
                .iter()
                .any(|known| atoms::is_text(name, known))
        {
            return false;
        }
        let dict: Object = read(module.cast(), MODULE_DICT);
        let Some(value) = find(dict, name, hint) else {
            return false;
        };
        let bound_to = if is(value, &raw const ffi::PyCFunction_Type) {
            let definition: *const ffi::PyMethodDef = read(value.cast(), METHOD_DEF);
            let own_name = CStr::from_ptr((*definition).ml_name);
            if !own_name.to_str().is_ok_and(|own| atoms::is_text(name, own)) {
                return false;
            }
            (*value.cast::<ffi::PyCFunctionObject>()).m_self
        } else if is(value, &raw const PyMethod_Type) {
            let function: Object = read(value.cast(), METHOD_FUNCTION);
            if !is(function, &raw const ffi::PyFunction_Type)
                || (*function.cast::<ffi::PyFunctionObject>()).func_globals != dict
            {
                return false;
            }
            read(value.cast(), METHOD_SELF)
        } else {
            return false;
        };
        !bound_to.is_null() && {
            let base = (*ffi::Py_TYPE(bound_to)).tp_base;
            !base.is_null() && CStr::from_ptr((*base).tp_name) == RANDOM
        }
    }
}

/// What a dict has under this very key, borrowed; `hint` is where that was last.
///
/// # Safety
/// The dict is alive, and the GIL is held.
pub(crate) unsafe fn find(dict: Object, name: Object, hint: &Cell<usize>) -> Option<Object> {
    // SAFETY: as promised by the caller.
    unsafe {
        if let Some(value) = insides::value_at(dict, hint.get(), name) {
            return Some(value);
        }
        let (mut position, mut key, mut value) = (0, null_mut(), null_mut());
        let mut place = 0;
        while ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) != 0 {
            if key == name {
                hint.set(place);
                return Some(value);
            }
            place = position as usize;
        }
    }
    None
}

/// Whether calling an object makes an instance of it and does no more, apart from going over what it
/// is given: a class that is made and set up by builtin classes.
///
/// # Safety
/// The object is alive and the GIL is held.
pub(crate) unsafe fn only_makes(class: Object) -> bool {
    // SAFETY: the exact type is compared before a class's slots are read.
    unsafe {
        if !is(class, &raw const ffi::PyType_Type) {
            return false;
        }
        let class = class.cast::<ffi::PyTypeObject>();
        let error = ffi::PyExc_Exception
            .cast::<ffi::PyTypeObject>()
            .cast_const();
        let known = [
            &raw const ffi::PyBaseObject_Type,
            &raw const ffi::PyList_Type,
            &raw const ffi::PyTuple_Type,
            &raw const ffi::PyDict_Type,
            &raw const ffi::PySet_Type,
            &raw const ffi::PyFrozenSet_Type,
            error,
        ];
        let address = |slot: Option<ffi::newfunc>| slot.map(|slot| slot as usize);
        let init = |slot: Option<ffi::initproc>| slot.map(|slot| slot as usize);
        let (made_by, set_up_by) = (address((*class).tp_new), init((*class).tp_init));
        known
            .iter()
            .any(|known| address((**known).tp_new) == made_by)
            && known
                .iter()
                .any(|known| init((**known).tp_init) == set_up_by)
    }
}

unsafe fn is(object: Object, class: *const ffi::PyTypeObject) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { std::ptr::eq(ffi::Py_TYPE(object), class) }
}

unsafe fn is_module(object: Object) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { is(object, &raw const ffi::PyModule_Type) }
}
