//! Functions of `posix` that end the program without another word: `_exit`, `execv` and `execve`.
//!
//! Each is an object with a pointer to its definition. While a program is recorded the pointer leads
//! to a copy of it, whose code lets the writer finish before it goes on to the real one. The object, its
//! name, its text and its behaviour are the same.

use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi::{self, PyMethodDef, PyMethodDefPointer};
use schema::Ending;

use crate::layout::Object;
use crate::{atoms, classes, last_words, monitoring};

type Fast = unsafe extern "C" fn(Object, *mut Object, ffi::Py_ssize_t) -> Object;
type WithKeywords = unsafe extern "C" fn(Object, *const Object, ffi::Py_ssize_t, Object) -> Object;

/// How a function is called. Where an interpreter says otherwise, it is left alone.
#[derive(Clone, Copy)]
enum Ours {
    Fast(Fast),
    WithKeywords(WithKeywords),
}

impl Ours {
    fn flags(self) -> i32 {
        match self {
            Ours::Fast(_) => ffi::METH_FASTCALL,
            Ours::WithKeywords(_) => ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        }
    }
}

struct Exit {
    name: &'static CStr,
    ours: Ours,
    /// The interpreter's own definition while ours stands in its place.
    real: AtomicPtr<PyMethodDef>,
}

static EXITS: [Exit; 3] = [
    Exit {
        name: c"_exit",
        ours: Ours::WithKeywords(on_exit),
        real: AtomicPtr::new(null_mut()),
    },
    Exit {
        name: c"execv",
        ours: Ours::Fast(on_execv),
        real: AtomicPtr::new(null_mut()),
    },
    Exit {
        name: c"execve",
        ours: Ours::WithKeywords(on_execve),
        real: AtomicPtr::new(null_mut()),
    },
];

/// The object of a function of `posix`, borrowed.
unsafe fn object(exit: &Exit) -> Option<*mut ffi::PyCFunctionObject> {
    // SAFETY: the GIL is held; dicts are only looked into, and the type is checked before the object is
    // taken for one of it.
    unsafe {
        let module = classes::find(ffi::PyImport_GetModuleDict(), "posix")?;
        if ffi::PyModule_Check(module) == 0 {
            return None;
        }
        let function = classes::find(ffi::PyModule_GetDict(module), exit.name.to_str().ok()?)?;
        (ffi::PyCFunction_CheckExact(function) != 0).then(|| function.cast())
    }
}

/// Lets the functions tell when they are called.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn install() {
    for exit in &EXITS {
        // SAFETY: the GIL is held, so nobody reads the pointer meanwhile; the copy is never freed,
        // since the function may be running when ours is taken away.
        unsafe {
            let Some(function) = object(exit) else {
                continue;
            };
            let real = (*function).m_ml;
            if (*real).ml_flags != exit.ours.flags() || !exit.real.load(Ordering::Relaxed).is_null()
            {
                continue;
            }
            exit.real.store(real, Ordering::Release);
            let ours = PyMethodDef {
                ml_name: (*real).ml_name,
                ml_meth: match exit.ours {
                    Ours::Fast(ours) => PyMethodDefPointer {
                        PyCFunctionFast: ours,
                    },
                    Ours::WithKeywords(ours) => PyMethodDefPointer {
                        PyCFunctionFastWithKeywords: ours,
                    },
                },
                ml_flags: exit.ours.flags(),
                ml_doc: (*real).ml_doc,
            };
            (*function).m_ml = Box::into_raw(Box::new(ours));
        }
    }
}

/// Gives the functions their own definitions back.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn uninstall() {
    for exit in &EXITS {
        let real = exit.real.swap(null_mut(), Ordering::AcqRel);
        // SAFETY: as for `install`; only what `install` put there is taken away.
        unsafe {
            if let Some(function) = object(exit).filter(|_| !real.is_null()) {
                (*function).m_ml = real;
            }
        }
    }
}

/// The interpreter's own function; if ours was taken away meanwhile, the object has it again.
unsafe fn real(at: usize) -> Option<PyMethodDefPointer> {
    let exit = &EXITS[at];
    let real = exit.real.load(Ordering::Acquire);
    // SAFETY: called from ours, so with the GIL; definitions are static, or copies that are not freed.
    unsafe {
        let own = match real.is_null() {
            false => real,
            true => (*object(exit)?).m_ml,
        };
        Some((*own).ml_meth)
    }
}

/// Calls the interpreter's own function of those with keywords.
unsafe fn go_on(
    at: usize,
    module: Object,
    arguments: *const Object,
    count: ffi::Py_ssize_t,
    keywords: Object,
) -> Object {
    // SAFETY: called by the interpreter with what the real function takes.
    unsafe {
        match real(at) {
            Some(own) => (own.PyCFunctionFastWithKeywords)(module, arguments, count, keywords),
            None => null_mut(),
        }
    }
}

unsafe extern "C" fn on_exit(
    module: Object,
    arguments: *const Object,
    count: ffi::Py_ssize_t,
    keywords: Object,
) -> Object {
    // SAFETY: as for `go_on`; one argument is there, by position or by keyword.
    unsafe {
        let has_one = count == 1 && keywords.is_null()
            || count == 0 && !keywords.is_null() && ffi::PyTuple_Size(keywords) == 1;
        if has_one
            && monitoring::active().is_some()
            && ffi::PyLong_Check(*arguments) != 0
            && let Some(status) = atoms::small_int(*arguments)
        {
            last_words::exit(status as i32);
        }
        go_on(0, module, arguments, count, keywords)
    }
}

/// What was recorded is whole before another program may take this one's place. If none does, the
/// recording goes on.
fn before_exec() {
    if let Some(active) = monitoring::active() {
        let ending = Ending {
            how: "replaced by another program (os.exec)".into(),
            seconds: active.recorder.clock.seconds(),
        };
        active.recorder.sink.pause(Some(ending));
    }
}

unsafe extern "C" fn on_execv(
    module: Object,
    arguments: *mut Object,
    count: ffi::Py_ssize_t,
) -> Object {
    before_exec();
    // SAFETY: called by the interpreter with what the real function takes.
    unsafe {
        match real(1) {
            Some(own) => (own.PyCFunctionFast)(module, arguments, count),
            None => null_mut(),
        }
    }
}

unsafe extern "C" fn on_execve(
    module: Object,
    arguments: *const Object,
    count: ffi::Py_ssize_t,
    keywords: Object,
) -> Object {
    before_exec();
    // SAFETY: as for `go_on`.
    unsafe { go_on(2, module, arguments, count, keywords) }
}
