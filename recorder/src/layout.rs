//! The running frame, its code and its locals, read past the public interface.

use pyo3::ffi;

use crate::offsets::{ITERATOR_DEPTH, OFFSETS, TAG};

/// Any object.
pub(crate) type Object = *mut ffi::PyObject;

/// An interpreter frame (`_PyInterpreterFrame`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FramePtr(pub(crate) *const u8);

/// `CO_NO_MONITORING_EVENTS`, from 3.13: code of the interpreter itself. It runs below an `__init__`
/// that the call of a class has started without C code between them.
const OF_INTERPRETER: u32 = 0x0200_0000;

/// Makes the thread forget how many frames it has entered.
///
/// # Safety
/// `thread` is the calling thread's state.
pub(crate) unsafe fn restore_recursion(thread: *mut ffi::PyThreadState) {
    let base = thread.cast::<u8>();
    // SAFETY: `pycore_pystate.h`; the limit's place is compared with the public answer first.
    unsafe {
        let limit: i32 = read(base, OFFSETS.thread_recursion_limit);
        if limit == ffi::Py_GetRecursionLimit() {
            base.add(OFFSETS.thread_recursion_left)
                .cast::<i32>()
                .write(limit);
        }
    }
}

/// Reads a word.
///
/// # Safety
/// `base + offset` is readable and holds a `T`.
#[inline]
pub(crate) unsafe fn read<T: Copy>(base: *const u8, offset: usize) -> T {
    // SAFETY: as promised by the caller; a recording begins only where the offsets were proved.
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
            base.add(OFFSETS.thread_frame).cast()
        } else {
            read::<*mut u8>(base, OFFSETS.thread_frame).cast()
        }
    }
}

/// Whether the interpreter has no thread but this one.
///
/// # Safety
/// `thread` is the calling thread's state, with the GIL held.
#[inline]
pub(crate) unsafe fn is_alone(thread: *mut ffi::PyThreadState) -> bool {
    let base = thread.cast::<u8>();
    // SAFETY: the links of the interpreter's list of threads.
    unsafe {
        read::<usize>(base, OFFSETS.thread_previous) | read::<usize>(base, OFFSETS.thread_next) == 0
    }
}

/// Takes the tag off a slot of 3.14's kind; NULL there is the value 1.
#[inline]
fn untag(word: usize) -> Object {
    (word & !TAG) as Object
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
        // SAFETY: as promised by the caller.
        untag(unsafe { read(self.0, OFFSETS.frame_code) })
    }

    /// The frame object of Python's that was made for it, borrowed, or null.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn frame_object(self) -> Object {
        // SAFETY: as promised by the caller.
        unsafe { read(self.0, OFFSETS.frame_object) }
    }

    /// The frame below, or null.
    ///
    /// # Safety
    /// The frame is alive.
    #[inline]
    pub(crate) unsafe fn previous(self) -> FramePtr {
        // SAFETY: as promised by the caller.
        FramePtr(unsafe { read(self.0, OFFSETS.frame_previous) })
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
        unsafe {
            usize::from(read::<u8>(self.0, OFFSETS.frame_owner)) >= OFFSETS.owned_by_interpreter
        }
    }

    /// Whether it is the interpreter's own, and has called `__init__` for the frame below.
    unsafe fn sets_up(self) -> bool {
        // SAFETY: the caller passes a live frame, which has code.
        unsafe { read::<u32>(self.code().cast(), OFFSETS.code_flags) & OF_INTERPRETER != 0 }
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

    /// What a loop asks for its next item, borrowed, or null where that is not known.
    ///
    /// # Safety
    /// The frame runs, is in a callback, so that it has put its stack pointer aside, and is at the
    /// head of a loop.
    pub(crate) unsafe fn iterator(self) -> Object {
        // SAFETY: as promised by the caller. Up to 3.13 the place of the top counts from the first
        // local, and is -1 while the pointer is in a register.
        unsafe {
            if cfg!(Py_3_14) {
                let top: *const u8 = read(self.0, OFFSETS.frame_stack);
                untag(read(top.sub(8 * ITERATOR_DEPTH), 0))
            } else {
                match usize::try_from(read::<i32>(self.0, OFFSETS.frame_stack)) {
                    Ok(top) if top > 0 => self.slot(top - ITERATOR_DEPTH),
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
        unsafe { read(self.0, OFFSETS.frame_globals) }
    }

    /// Where names are looked up that its globals do not have, borrowed.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn builtins(self) -> Object {
        // SAFETY: as promised by the caller.
        unsafe { read(self.0, OFFSETS.frame_builtins) }
    }

    /// The mapping of its names (module, class, `exec`), borrowed, or null.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn namespace(self) -> Object {
        // SAFETY: as promised by the caller.
        unsafe { read(self.0, OFFSETS.frame_namespace) }
    }

    /// What a slot holds, borrowed, or null.
    ///
    /// # Safety
    /// The frame is alive and `slot` is below its code's count.
    #[inline]
    pub(crate) unsafe fn slot(self, slot: usize) -> Object {
        // SAFETY: as promised by the caller.
        untag(unsafe { read(self.0, OFFSETS.frame_slots + 8 * slot) })
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

/// The code that runs, or ran, in the frame of a frame object: borrowed.
///
/// # Safety
/// It is a live frame object.
pub(crate) unsafe fn code_of_frame_object(object: Object) -> Object {
    // SAFETY: a frame object's frame is alive as long as it is, first on a stack, then within it.
    unsafe { FramePtr(read(object.cast(), OFFSETS.frame_of_object)).code() }
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
            read::<i32>(base, OFFSETS.code_slot_count) as usize,
            read(base, OFFSETS.code_slot_names),
            read(base, OFFSETS.code_slot_kinds),
        )
    }
}

unsafe extern "C" {
    // Unstable in name, and exported with these arguments from 3.12 to 3.15.
    fn PyUnstable_InterpreterFrame_GetLine(frame: *const u8) -> std::ffi::c_int;
    fn PyUnstable_InterpreterFrame_GetLasti(frame: *const u8) -> std::ffi::c_int;
}
