//! Where CPython keeps what the recorder reads: the running frame, its code, its locals, and the
//! insides of objects whose public accessors would run code or make dicts appear.
//!
//! The offsets are those of 64-bit builds with the GIL, read in the headers of 3.12.1, 3.13.0 and
//! 3.14 (`pycore_frame.h`, `pycore_dict.h`, `pycore_stackref.h`). [`check`] compares them at start
//! with a live frame whose contents are known, and recording does not begin where they differ.

use pyo3::ffi;
use schema::TypeKind;

use crate::classes::Class;

/// Any object.
pub(crate) type Object = *mut ffi::PyObject;

/// An interpreter frame (`_PyInterpreterFrame`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FramePtr(pub(crate) *const u8);

#[cfg(not(Py_3_14))]
const LOCALSPLUS: usize = 72;
#[cfg(Py_3_14)]
const LOCALSPLUS: usize = 80;
const PREVIOUS: usize = 8;
#[cfg(not(Py_3_14))]
const OWNER: usize = 70;
#[cfg(Py_3_14)]
const OWNER: usize = 74;
/// `FRAME_OWNED_BY_CSTACK`, from 3.14 `FRAME_OWNED_BY_INTERPRETER`; above it, too, is no Python.
const OWNED_BY_INTERPRETER: u8 = 3;
const GLOBALS: usize = 24;
const LOCALS: usize = 40;
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
unsafe fn read<T: Copy>(base: *const u8, offset: usize) -> T {
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
    /// entered from C.
    ///
    /// # Safety
    /// The frame is alive.
    pub(crate) unsafe fn caller(self) -> FramePtr {
        // SAFETY: the chain of a live frame is alive.
        unsafe {
            let mut below = self.previous();
            while !below.is_null() && read::<u8>(below.0, OWNER) >= OWNED_BY_INTERPRETER {
                below = below.previous();
            }
            below
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

/// Attributes of an instance that CPython keeps in the object itself.
pub(crate) struct InlineValues {
    keys: *const u8,
    values: *const Object,
    order: *const u8,
    is_backwards: bool,
    size: usize,
}

impl InlineValues {
    /// The attribute that was set `n`-th: its name and value, borrowed.
    ///
    /// # Safety
    /// The instance is alive and unchanged since the values were found.
    pub(crate) unsafe fn get(&self, n: usize) -> Option<(Object, Object)> {
        // SAFETY: the order array holds `size` indices below the number of keys. In 3.12 it lies
        // before the values, backwards; later behind them.
        unsafe {
            let index = if self.is_backwards {
                *self.order.sub(n) as usize
            } else {
                *self.order.add(n) as usize
            };
            let value = *self.values.add(index);
            // Split keys are of the unicode kind: entries of (key, value) after the index table.
            let index_bytes = 1usize << *self.keys.add(9);
            let key: Object = read(self.keys, 32 + index_bytes + 16 * index);
            (!value.is_null() && !key.is_null()).then_some((key, value))
        }
    }

    /// How many attributes were set.
    pub(crate) fn len(&self) -> usize {
        self.size
    }
}

/// Where an instance's attributes are.
pub(crate) enum Attributes {
    /// It has no dict.
    None,
    /// In a dict.
    Dict(Object),
    /// In the object itself; the dict does not exist, and must not be made to.
    Inline(InlineValues),
}

const MANAGED_DICT: u64 = 1 << 4;
#[cfg(Py_3_13)]
const INLINE_VALUES: u64 = 1 << 2;

/// Finds an instance's attributes without materialising its dict.
///
/// # Safety
/// `object` is alive and its class is a heap type or has a positive `tp_dictoffset`.
pub(crate) unsafe fn attributes(object: Object) -> Attributes {
    // SAFETY: layouts of `pycore_object.h` and `pycore_dict.h`: the managed dict's word lies 24
    // bytes before the object; values are in the object (3.13) or behind that word (3.12).
    unsafe {
        let class = (*object).ob_type;
        let flags = (*class).tp_flags as u64;
        if flags & MANAGED_DICT == 0 {
            let offset = (*class).tp_dictoffset;
            if offset <= 0 {
                return Attributes::None;
            }
            let dict: Object = read(object.cast::<u8>(), offset as usize);
            return if dict.is_null() {
                Attributes::None
            } else {
                Attributes::Dict(dict)
            };
        }
        let word: usize = read(object.cast::<u8>().sub(24), 0);
        let keys = (*class.cast::<ffi::PyHeapTypeObject>()).ht_cached_keys as *const u8;
        #[cfg(not(Py_3_13))]
        {
            if word & 1 == 1 && !keys.is_null() {
                let values = (word + 1) as *const u8;
                return Attributes::Inline(InlineValues {
                    keys,
                    values: values.cast(),
                    order: values.sub(3),
                    is_backwards: true,
                    size: *values.sub(2) as usize,
                });
            }
        }
        #[cfg(Py_3_13)]
        {
            if word == 0 && flags & INLINE_VALUES != 0 && !keys.is_null() {
                let header = object.cast::<u8>().add((*class).tp_basicsize as usize);
                let (capacity, size, valid) = (*header, *header.add(1), *header.add(3));
                if valid == 1 {
                    let values = header.add(8);
                    return Attributes::Inline(InlineValues {
                        keys,
                        values: values.cast(),
                        order: values.add(8 * capacity as usize),
                        is_backwards: false,
                        size: size as usize,
                    });
                }
            }
        }
        if word == 0 {
            Attributes::None
        } else {
            Attributes::Dict(word as Object)
        }
    }
}

/// A tag that changes whenever a dict does, where this version has one that can be relied on: 3.13
/// no longer sets it when an attribute is stored into an instance's values.
///
/// # Safety
/// The object is alive and of this class.
#[inline]
pub(crate) unsafe fn dict_version_of(object: Object, class: &Class) -> Option<u64> {
    if cfg!(Py_3_13) || class.kind != TypeKind::Dict || class.is_ordered_dict {
        return None;
    }
    // SAFETY: `ma_version_tag` follows `ma_used` in 3.12.
    Some(unsafe { read(object.cast::<u8>(), 24) })
}

/// The items of a deque, borrowed, at most `limit` of them.
///
/// # Safety
/// `deque` is a `collections.deque` or an instance of a subclass, and `deque_is_known` held.
pub(crate) unsafe fn deque_items(deque: Object, limit: usize) -> Vec<Object> {
    const BLOCK: usize = 64;
    // SAFETY: `dequeobject` of `_collectionsmodule.c`, the same from 3.12 to 3.15.
    unsafe {
        let base = deque.cast::<u8>();
        let length = (*deque.cast::<ffi::PyVarObject>()).ob_size as usize;
        let mut block: *const u8 = read(base, 24);
        let mut index: usize = read::<isize>(base, 40) as usize;
        let mut items = Vec::with_capacity(length.min(limit));
        while items.len() < length.min(limit) {
            if index == BLOCK {
                block = read(block, 8 + 8 * BLOCK);
                index = 0;
            }
            items.push(read(block, 8 + 8 * index));
            index += 1;
        }
        items
    }
}

/// The keys of an `OrderedDict` in its own order, borrowed.
///
/// # Safety
/// `dict` is a `collections.OrderedDict` (the C one) or an instance of a subclass.
pub(crate) unsafe fn ordered_keys(dict: Object) -> Vec<Object> {
    let mut keys = Vec::new();
    // SAFETY: `odictobject.c`: behind the dict comes the first node; a node is key, hash, next,
    // previous.
    unsafe {
        let dict_size = (*(&raw const ffi::PyDict_Type)).tp_basicsize as usize;
        let count = ffi::PyDict_Size(dict) as usize;
        let mut node: *const u8 = read(dict.cast::<u8>(), dict_size);
        while !node.is_null() && keys.len() < count {
            keys.push(read(node, 0));
            node = read(node, 16);
        }
    }
    keys
}

unsafe extern "C" {
    fn PyUnstable_InterpreterFrame_GetLine(frame: *const u8) -> std::ffi::c_int;
    fn PyUnstable_InterpreterFrame_GetLasti(frame: *const u8) -> std::ffi::c_int;
    /// Private but exported from 3.12 to 3.15; gives the stored hash, so no `__hash__` runs.
    pub(crate) fn _PySet_NextEntry(
        set: Object,
        position: *mut ffi::Py_ssize_t,
        key: *mut Object,
        hash: *mut ffi::Py_hash_t,
    ) -> std::ffi::c_int;
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
