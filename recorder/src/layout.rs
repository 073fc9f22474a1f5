//! Where CPython keeps what the recorder reads: the running frame, its code, its locals, and the
//! insides of objects whose public accessors would run code or make dicts appear.
//!
//! The offsets are those of 64-bit builds with the GIL, read in the headers of 3.12.1, 3.13.0 and
//! 3.14 (`pycore_frame.h`, `pycore_dict.h`, `pycore_stackref.h`). [`check`] compares them at start
//! with a live frame whose contents are known, and recording does not begin where they differ.

use pyo3::ffi;

use crate::codes;

/// Any object.
pub(crate) type Object = *mut ffi::PyObject;

/// An interpreter frame (`_PyInterpreterFrame`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FramePtr(pub(crate) *const u8);

#[cfg(not(Py_3_14))]
const LOCALSPLUS: usize = 72;
#[cfg(Py_3_14)]
const LOCALSPLUS: usize = 80;
/// `stacktop`, from 3.14 `stackpointer`.
const STACK: usize = 64;
const PREVIOUS: usize = 8;
#[cfg(not(Py_3_14))]
const OWNER: usize = 70;
#[cfg(Py_3_14)]
const OWNER: usize = 74;
/// `CO_NO_MONITORING_EVENTS`, from 3.13: code of the interpreter itself. It runs below an `__init__`
/// that the call of a class has started without C code between them.
const OF_INTERPRETER: u32 = 0x0200_0000;
/// `FRAME_OWNED_BY_CSTACK`, from 3.14 `FRAME_OWNED_BY_INTERPRETER`; above it, too, is no Python.
const OWNED_BY_INTERPRETER: u8 = 3;
const GLOBALS: usize = 24;
const LOCALS: usize = 40;
const CODE_FLAGS: usize = 48;
const CODE_NLOCALSPLUS: usize = 72;
const CODE_NAMES: usize = 96;
const CODE_KINDS: usize = 104;

#[cfg(not(Py_3_13))]
const CURRENT_FRAME: (usize, usize) = (56, 0);
#[cfg(Py_3_13)]
const CURRENT_FRAME: (usize, usize) = (72, 0);

/// Behind the head of `PyBaseExceptionObject`, the same from 3.12 to 3.15.
pub(crate) const SYSTEM_EXIT_CODE: usize = 72;

/// How many more frames may be entered, and the limit, in the thread's state.
#[cfg(not(Py_3_13))]
const RECURSION: (usize, usize) = (28, 32);
#[cfg(Py_3_13)]
const RECURSION: (usize, usize) = (44, 48);

/// Makes the thread forget how many frames it has entered.
///
/// # Safety
/// `thread` is the calling thread's state.
pub(crate) unsafe fn restore_recursion(thread: *mut ffi::PyThreadState) {
    let base = thread.cast::<u8>();
    // SAFETY: `pycore_pystate.h`; the limit's place is compared with the public answer first.
    unsafe {
        let limit: i32 = read(base, RECURSION.1);
        if limit == ffi::Py_GetRecursionLimit() {
            base.add(RECURSION.0).cast::<i32>().write(limit);
        }
    }
}

/// Reads a word.
///
/// # Safety
/// `base + offset` is readable and holds a `T`.
#[inline]
pub(crate) unsafe fn read<T: Copy>(base: *const u8, offset: usize) -> T {
    // SAFETY: as promised by the caller; offsets are checked against 3.12.1, 3.13.0 and 3.14.
    unsafe { base.add(offset).cast::<T>().read_unaligned() }
}

/// The place that holds the thread's current frame.
///
/// # Safety
/// `thread` is the calling thread's state, with the GIL held.
#[inline]
pub(crate) unsafe fn current_frame_slot(thread: *mut ffi::PyThreadState) -> *mut *const u8 {
    let base = thread.cast::<u8>();
    // SAFETY: 3.12 goes through `cframe`, later versions hold the frame in the thread's state.
    unsafe {
        if cfg!(Py_3_13) {
            base.add(CURRENT_FRAME.0).cast()
        } else {
            read::<*mut u8>(base, CURRENT_FRAME.0)
                .add(CURRENT_FRAME.1)
                .cast()
        }
    }
}

/// Whether the interpreter has no thread but this one.
///
/// # Safety
/// `thread` is the calling thread's state, with the GIL held.
#[inline]
pub(crate) unsafe fn is_alone(thread: *mut ffi::PyThreadState) -> bool {
    // SAFETY: `prev` and `next`, the links of the interpreter's list of threads, are the first two
    // words of `struct _ts` from 3.12 to 3.15.
    unsafe { read::<[usize; 2]>(thread.cast(), 0) == [0, 0] }
}

/// Takes the tag off a slot of 3.14's kind; NULL there is the value 1.
#[inline]
fn untag(word: usize) -> Object {
    if cfg!(Py_3_14) {
        (word & !3) as Object
    } else {
        word as Object
    }
}

impl FramePtr {
    /// The frame that runs on this thread: in a C callback, the monitored one.
    ///
    /// # Safety
    /// The GIL is held and `thread` is the calling thread's state.
    #[inline]
    pub(crate) unsafe fn current(thread: *mut ffi::PyThreadState) -> FramePtr {
        // SAFETY: as promised by the caller.
        FramePtr(unsafe { *current_frame_slot(thread) })
    }

    /// Its code object, borrowed.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn code(self) -> Object {
        // SAFETY: `f_code`/`f_executable` is the first word in every version.
        untag(unsafe { read(self.0, 0) })
    }

    /// The frame below, or null.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn previous(self) -> FramePtr {
        // SAFETY: as promised by the caller.
        FramePtr(unsafe { read(self.0, PREVIOUS) })
    }

    /// The Python frame below, or null: the interpreter puts a frame of its own where it is
    /// entered from C, and where a class is called.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn caller(self) -> FramePtr {
        // SAFETY: the chain of a live frame is alive.
        unsafe {
            let mut below = self.previous();
            while !below.is_null() && (below.is_entry() || below.sets_up()) {
                below = below.previous();
            }
            below
        }
    }

    /// Whether it is the interpreter's own, put where it is entered from C; it has no code.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn is_entry(self) -> bool {
        // SAFETY: as promised by the caller.
        unsafe { read::<u8>(self.0, OWNER) >= OWNED_BY_INTERPRETER }
    }

    /// Whether it is the interpreter's own, and has called `__init__` for the frame below.
    unsafe fn sets_up(self) -> bool {
        // SAFETY: the caller passes a live frame, which has code.
        unsafe { read::<u32>(self.code().cast(), CODE_FLAGS) & OF_INTERPRETER != 0 }
    }

    /// Whether another frame has called this one, itself or as a class, without C code between them.
    ///
    /// # Safety
    /// The frame is alive, and has another below it.
    pub(crate) unsafe fn is_called_by(self, other: FramePtr) -> bool {
        // SAFETY: the chain of a live frame is alive.
        unsafe {
            let below = self.previous();
            below == other || !below.is_entry() && below.sets_up() && below.previous() == other
        }
    }

    /// This frame, or the Python frame below one of the interpreter's own.
    ///
    /// # Safety
    /// The frame is null or alive.
    pub(crate) unsafe fn or_caller(self) -> FramePtr {
        // SAFETY: as promised by the caller.
        unsafe {
            if self.is_null() || !self.is_entry() {
                self
            } else {
                self.caller()
            }
        }
    }

    /// The line it is on, as `f_lineno` says.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn line(self) -> Option<u32> {
        // SAFETY: as promised by the caller.
        let line = unsafe { PyUnstable_InterpreterFrame_GetLine(self.0) };
        u32::try_from(line).ok().filter(|line| *line != 0)
    }

    /// The code unit of the instruction it is at.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn unit(self) -> u32 {
        // SAFETY: as promised by the caller; the answer is in bytes.
        let offset = unsafe { PyUnstable_InterpreterFrame_GetLasti(self.0) };
        u32::try_from(offset).unwrap_or(0) / 2
    }

    /// What lies on top of its stack, borrowed, or null; where the top is not known, null.
    ///
    /// # Safety
    /// The frame runs, and is in a callback: it has put its stack pointer aside.
    pub(crate) unsafe fn stack_top(self) -> Object {
        // SAFETY: as promised by the caller. Up to 3.13 the place of the top counts from the first
        // local, and is -1 while the pointer is in a register.
        unsafe {
            if cfg!(Py_3_15) {
                std::ptr::null_mut()
            } else if cfg!(Py_3_14) {
                let top: *const u8 = read(self.0, STACK);
                untag(read(top.sub(8), 0))
            } else {
                match usize::try_from(read::<i32>(self.0, STACK)) {
                    Ok(top) if top > 0 => self.slot(top - 1),
                    _ => std::ptr::null_mut(),
                }
            }
        }
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    pub(crate) fn address(self) -> usize {
        self.0 as usize
    }

    /// Its globals, borrowed.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn globals(self) -> Object {
        // SAFETY: as promised by the caller.
        unsafe { read(self.0, GLOBALS) }
    }

    /// The mapping of its names (module, class, `exec`), borrowed, or null.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn namespace(self) -> Object {
        // SAFETY: as promised by the caller.
        unsafe { read(self.0, LOCALS) }
    }

    /// What a slot holds, borrowed, or null.
    ///
    /// # Safety
    /// The frame is alive and `slot` is below its code's count.
    #[inline]
    pub(crate) unsafe fn slot(self, slot: usize) -> Object {
        // SAFETY: as promised by the caller.
        untag(unsafe { read(self.0, LOCALSPLUS + 8 * slot) })
    }
}

impl FramePtr {
    /// The value of the variable in a slot, borrowed, or null.
    ///
    /// # Safety
    /// As for [`slot`](Self::slot).
    #[inline]
    pub(crate) unsafe fn variable(self, slot: usize, is_in_cell: bool) -> Object {
        // SAFETY: as promised by the caller. Until its cell is made, the slot holds the argument
        // itself or nothing.
        unsafe {
            let object = self.slot(slot);
            if is_in_cell
                && !object.is_null()
                && std::ptr::eq(ffi::Py_TYPE(object), &raw const ffi::PyCell_Type)
            {
                return (*object.cast::<ffi::PyCellObject>()).ob_ref;
            }
            object
        }
    }
}

/// The names and kinds of a code object's slots: a tuple of str and a bytes, borrowed.
///
/// # Safety
/// `code` is a code object.
pub(crate) unsafe fn code_slots(code: Object) -> (usize, Object, Object) {
    let base = code.cast::<u8>();
    // SAFETY: as promised by the caller.
    unsafe {
        (
            read::<i32>(base, CODE_NLOCALSPLUS) as usize,
            read(base, CODE_NAMES),
            read(base, CODE_KINDS),
        )
    }
}

unsafe extern "C" {
    // Unstable in name, and exported with these arguments from 3.12 to 3.15.
    fn PyUnstable_InterpreterFrame_GetLine(frame: *const u8) -> std::ffi::c_int;
    fn PyUnstable_InterpreterFrame_GetLasti(frame: *const u8) -> std::ffi::c_int;
}

/// Compares the layouts with a live frame: called from a C function that `frame_code` calls with
/// `marker` in its first local. Says what does not fit.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn check(marker: Object) -> Result<(), &'static str> {
    // SAFETY: the current frame is the caller's; reads stay within the structures of a 64-bit
    // build, which `cfg` ensures, and every answer is compared with the public one.
    unsafe {
        let thread = ffi::PyThreadState_Get();
        let frame = FramePtr::current(thread);
        let public = ffi::PyEval_GetFrame();
        if public.is_null() || frame.0.is_null() {
            return Err("no current frame");
        }
        let code = ffi::PyFrame_GetCode(public);
        ffi::Py_DECREF(code.cast());
        if frame.code() != code.cast() {
            return Err("the frame's code");
        }
        if frame.globals() != ffi::PyEval_GetGlobals() {
            return Err("the frame's globals");
        }
        let [_, _, interpreter] = read::<[usize; 3]>(thread.cast(), 0);
        if interpreter != ffi::PyInterpreterState_Get() as usize {
            return Err("the thread's state");
        }
        if read::<u32>(code.cast(), CODE_FLAGS) != codes::number_of(code.cast(), c"co_flags") {
            return Err("the code's flags");
        }
        let (count, names, kinds) = code_slots(code.cast());
        if count == 0
            || ffi::PyTuple_CheckExact(names) == 0
            || ffi::PyTuple_Size(names) as usize != count
            || ffi::PyBytes_CheckExact(kinds) == 0
        {
            return Err("the code's slots");
        }
        if frame.slot(0) != marker {
            return Err("the frame's locals");
        }
    }
    Ok(())
}
