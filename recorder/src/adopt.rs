//! Frames that ran before recording began: a block of a program is recorded from the middle of it.

use pyo3::ffi;
use schema::{EventKind, encode};

use crate::atoms;
use crate::classes;
use crate::codes::CodeInfo;
use crate::judging::Verdict;
use crate::layout::{self, FramePtr, Object, read};
use crate::opaque::MODULE_DICT;
use crate::recorder::Recorder;
use crate::seen::Seen;

/// The frames of a thread, innermost first.
///
/// # Safety
/// The thread's state is alive and the GIL is held.
unsafe fn frames(thread: *mut ffi::PyThreadState) -> Vec<FramePtr> {
    // SAFETY: as promised by the caller.
    unsafe {
        let top = FramePtr(*layout::current_frame_slot(thread));
        below(top.or_caller())
    }
}

/// A frame and those below it.
unsafe fn below(mut place: FramePtr) -> Vec<FramePtr> {
    let mut found = Vec::new();
    while !place.is_null() {
        found.push(place);
        // SAFETY: the chain of a live thread's frames is alive while the GIL is held.
        place = unsafe { place.caller() };
    }
    found
}

impl Recorder {
    /// Gives back all that the recording took.
    ///
    /// # Safety
    /// No callback runs or will run, and the GIL is held.
    pub(crate) unsafe fn release(self) {
        let Recorder {
            heap,
            codes,
            thread,
            others,
            suspended,
            ..
        } = self;
        // They refer to what is known of code objects.
        drop((thread, others, suspended));
        for entry in heap.entries.into_iter().flatten() {
            entry.items.release(|_| {});
            entry.fields.release(|_| {});
        }
        // SAFETY: all that used these is gone.
        unsafe {
            heap.classes.owned.free();
            codes.release();
        }
    }

    /// Leaves out the code that runs now on this thread: who records is no part of the program.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn leave_out_running(&mut self) {
        // SAFETY: as promised by the caller; the frames are alive.
        unsafe {
            for place in frames(ffi::PyThreadState_Get()) {
                let code = place.code();
                if self.codes.get(code).is_none() {
                    self.codes.leave_out(code);
                }
            }
        }
    }

    /// Classes of modules that were loaded already are the program's if the code of those modules is,
    /// whether or not it runs again.
    ///
    /// # Safety
    /// The GIL is held.
    unsafe fn own_loaded_modules(&mut self) {
        // SAFETY: dicts are only walked, and exact types are compared before modules are read.
        unsafe {
            for (name, module) in classes::pairs(ffi::PyImport_GetModuleDict()) {
                if !std::ptr::eq(ffi::Py_TYPE(module), &raw const ffi::PyModule_Type) {
                    continue;
                }
                let names = read(module.cast(), MODULE_DICT);
                let file = classes::find(names, "__file__");
                let file = file.and_then(|file| atoms::to_string(file));
                if let (Some(name), Some(file)) = (atoms::to_string(name), file)
                    && self.filter.records_module(&name, &file)
                {
                    self.heap.classes.own(name);
                }
            }
        }
    }

    /// Judges the code that runs now, in every thread, and gives the code objects whose events
    /// are to be switched on.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn judge_running(&mut self) -> Vec<(Object, &'static CodeInfo)> {
        let mut recorded = Vec::new();
        // SAFETY: as promised by the caller.
        unsafe { self.own_loaded_modules() };
        // SAFETY: states of threads come and go with the GIL held; frames are alive.
        unsafe {
            let interpreter = ffi::PyInterpreterState_Get();
            let mut thread = ffi::PyInterpreterState_ThreadHead(interpreter);
            while !thread.is_null() {
                // Outermost first: what made code at run time is judged before it.
                for place in frames(thread).into_iter().rev() {
                    let code = place.code();
                    if self.codes.get(code).is_none()
                        && let Verdict::New(info) = self.judge_new(code, place)
                    {
                        recorded.push((code, info));
                    }
                }
                thread = ffi::PyThreadState_Next(thread);
            }
        }
        recorded
    }

    /// Tells the trace of the recorded frames below the running one: the thread's first event is
    /// being written, and they began before recording did.
    ///
    /// # Safety
    /// `place` is the current frame of the running thread, and the GIL is held.
    pub(crate) unsafe fn adopt_below(&mut self, place: FramePtr) {
        self.heap.begin();
        // SAFETY: as promised by the caller; frames below a running one are alive.
        unsafe {
            for place in below(place.caller()).into_iter().rev() {
                let code = place.code();
                if let Some(Some(info)) = self.codes.get(code) {
                    let line = place.line().unwrap_or(info.first_line);
                    self.push(place, code, info, line);
                    self.refresh(u32::MAX);
                }
            }
        }
    }

    /// The program names this moment. `false` if no recorded frame runs.
    ///
    /// # Safety
    /// The GIL is held; `name` is a `str`, and its caller runs in the current frame.
    pub(crate) unsafe fn on_mark(&mut self, name: Object) -> bool {
        // SAFETY: as promised by the caller.
        unsafe {
            let top = FramePtr::current(ffi::PyThreadState_Get());
            let found = below(top.or_caller()).into_iter().find_map(|place| {
                let code = place.code();
                Some((place, code, self.codes.get(code)??))
            });
            let Some((place, code, info)) = found else {
                return false;
            };
            self.write_mark(place, code, info, name);
        }
        true
    }

    unsafe fn write_mark(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &'static CodeInfo,
        name: Object,
    ) {
        // SAFETY: as promised by the caller.
        unsafe {
            self.begin();
            let line = place.line().unwrap_or(info.first_line);
            self.settle(place, code, info, line);
            self.move_to(place);
            self.refresh(u32::MAX);
            let seen = self.heap.hold(name, &mut self.sink);
            encode::value_event_head(&mut self.sink, EventKind::Mark);
            self.heap.write(&mut self.sink, name, seen);
            self.end(Seen::UNBOUND);
        }
    }
}
