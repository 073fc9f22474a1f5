//! Threads: what runs on them, and their names, read without asking them.

use pyo3::ffi;
use schema::{Fact, ThreadId, encode};

use crate::atoms;
use crate::caught::Handling;
use crate::classes;
use crate::frames::FrameRecord;
use crate::insides::{self, Attributes};
use crate::layout::{FramePtr, Object};
use crate::recorder::Recorder;
use crate::seen::Seen;

unsafe extern "C" {
    // Public from 3.13 on, and exported by its old name before.
    #[cfg_attr(not(Py_3_13), link_name = "_Py_IsFinalizing")]
    fn Py_IsFinalizing() -> std::ffi::c_int;
}

/// Whether the interpreter ends: exit functions of the program have run.
pub(crate) fn is_finalizing() -> bool {
    // SAFETY: a query that needs nothing.
    unsafe { Py_IsFinalizing() != 0 }
}

/// The thread before the first event. It has no frames.
pub(crate) const NOBODY: ThreadId = ThreadId(0);

/// A thread of control.
pub(crate) struct Thread {
    pub(crate) id: ThreadId,
    /// What the interpreter knows of it, for as long as it does.
    state: *mut ffi::PyThreadState,
    /// Recorded frames that run, outermost first.
    #[expect(
        clippy::vec_box,
        reason = "a frame goes from list to list, and stays where it is"
    )]
    pub(crate) stack: Vec<Box<FrameRecord>>,
    /// The value of its last event, which nothing else may hold yet.
    pub(crate) in_flight: Seen,
    /// The exception that was last raised: later raises of it are the same one passing through.
    pub(crate) raised: Object,
    pub(crate) handling: Handling,
}

impl Thread {
    pub(crate) fn new(id: ThreadId, state: *mut ffi::PyThreadState) -> Thread {
        Thread {
            id,
            state,
            stack: Vec::new(),
            in_flight: Seen::UNBOUND,
            raised: std::ptr::null_mut(),
            handling: Handling::default(),
        }
    }

    /// The innermost of the recorded frames.
    #[inline(always)]
    pub(crate) fn top(&mut self) -> Option<&mut FrameRecord> {
        self.stack.last_mut().map(Box::as_mut)
    }

    /// How many of the recorded frames, from the outermost, the interpreter still has below
    /// `place`. A frame can go unnoticed: a generator freed while suspended, an unwinding that
    /// began before recording.
    ///
    /// # Safety
    /// `place` is the current frame of this thread, and the GIL is held.
    pub(crate) unsafe fn still_below(&self, place: FramePtr) -> usize {
        let Some(top) = self.stack.last() else {
            return 0;
        };
        // SAFETY: the chain of a running thread's frames is alive.
        let mut below = unsafe { place.previous() };
        // Nearly always the first step answers, or a few through frames that are not recorded.
        while !below.is_null() {
            if below == top.place {
                return self.stack.len();
            }
            // SAFETY: as above.
            below = unsafe { below.previous() };
        }
        // SAFETY: as above.
        below = unsafe { place.previous() };
        while !below.is_null() {
            if let Some(at) = self.stack.iter().rposition(|frame| frame.place == below) {
                return at + 1;
            }
            // SAFETY: as above.
            below = unsafe { below.previous() };
        }
        0
    }
}

impl Thread {
    /// The innermost of the recorded frames, if some of it has run, and the interpreter still has this thread,
    /// of this number, and that frame on it.
    ///
    /// # Safety
    /// The GIL is held.
    unsafe fn top_alive(&self, python_id: i64) -> Option<FramePtr> {
        let top = self.stack.last().filter(|top| !top.is_new)?.place;
        // SAFETY: threads come and go with the GIL held, until the interpreter ends. The chain of a
        // thread that waits for the GIL is alive.
        unsafe {
            if Py_IsFinalizing() != 0 {
                return None;
            }
            let mut state = ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get());
            while !state.is_null() && state != self.state {
                state = ffi::PyThreadState_Next(state);
            }
            if state.is_null() || ffi::PyThreadState_GetID(state) as i64 != python_id {
                return None;
            }
            let mut frame = FramePtr::current(state);
            while !frame.is_null() && frame != top {
                frame = frame.previous();
            }
            (!frame.is_null()).then_some(top)
        }
    }
}

impl Recorder {
    /// An event of another thread than the one before has come, in the frame at `place`. What the line
    /// that the other one is on has done so far is written first.
    ///
    /// # Safety
    /// Called from a callback, with the GIL held, which this thread holds.
    #[cold]
    pub(crate) unsafe fn switch(
        &mut self,
        state: *mut ffi::PyThreadState,
        python_id: i64,
        place: FramePtr,
    ) {
        // SAFETY: as promised by the caller.
        unsafe {
            if self.limits.lines
                && let Some(left) = self.thread.top_alive(self.python_id)
            {
                self.heap.begin();
                self.heap.doubts += 1;
                // The instruction that it is at may be done.
                self.refresh(left.unit() + 1);
            }
        }
        if self.thread.stack.is_empty() {
            // It may never have another event.
            self.let_in_flight_expire();
        }
        let known = self.others.remove(&python_id);
        let is_new = known.is_none();
        let thread = known.unwrap_or_else(|| {
            // The one that ran is not among the others yet.
            let count = self.others.len() + usize::from(self.thread.id != NOBODY);
            let id = ThreadId(count as u32 + 1);
            // SAFETY: called from a callback of this thread.
            self.sink.define(Fact::Thread(unsafe { describe(id) }));
            Thread::new(id, state)
        });
        encode::thread(&mut self.sink, thread.id);
        let before = std::mem::replace(&mut self.thread, thread);
        if before.id != NOBODY {
            self.others.insert(self.python_id, before);
        }
        self.python_id = python_id;
        if is_new {
            // SAFETY: the frame runs on this thread.
            unsafe { self.adopt_below(place) };
        }
    }
}

/// What the trace says of the calling thread.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn describe(id: ThreadId) -> schema::Thread {
    // SAFETY: plain queries about the calling thread.
    let (ident, native) = unsafe {
        let ident = ffi::PyThread_get_thread_ident();
        (ident as i64, libc::syscall(libc::SYS_gettid) as u64)
    };
    // SAFETY: as promised by the caller.
    let name = unsafe { name(ident) }.unwrap_or_else(|| {
        if native == u64::from(std::process::id()) {
            "MainThread".into()
        } else {
            format!("Thread {native}")
        }
    });
    schema::Thread { id, name, native }
}

/// `threading._active[ident]._name`, by raw reads: `current_thread()` would register a stand-in
/// for a thread that `threading` does not know.
unsafe fn name(ident: i64) -> Option<String> {
    // SAFETY: dicts are walked, and types are checked before anything is read as such.
    unsafe {
        let modules = ffi::PyImport_GetModuleDict();
        let threading = classes::find(modules, "threading")?;
        if ffi::PyModule_Check(threading) == 0 {
            return None;
        }
        let active = classes::find(ffi::PyModule_GetDict(threading), "_active")?;
        if ffi::PyDict_CheckExact(active) == 0 {
            return None;
        }
        for (key, thread) in classes::pairs(active) {
            if ffi::PyLong_CheckExact(key) != 0 && atoms::small_int(key) == Some(ident) {
                return attribute(thread, "_name").and_then(|name| atoms::to_string(name));
            }
        }
        None
    }
}

unsafe fn attribute(object: Object, name: &str) -> Option<Object> {
    // SAFETY: the caller passes a live instance.
    unsafe {
        match insides::attributes(object) {
            Attributes::None => None,
            Attributes::Dict(dict) => classes::find(dict, name),
            Attributes::Inline(values) => (0..values.len())
                .filter_map(|n| values.get(n))
                .find(|(key, _)| atoms::is_text(*key, name))
                .map(|(_, value)| value),
        }
    }
}
