//! Where exceptions came from, as CPython's own tracebacks say: which event stands for which of
//! their entries. What the exceptions that nobody caught came from is told to the trace.

use std::collections::{HashMap, VecDeque};

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::{Fact, FrameId, Left, Link, ObjectId, Passed, Pos, Thrown, Uncaught};

use crate::classes::{self, full_name};
use crate::keep;
use crate::layout::{self, FramePtr, Object};
use crate::offsets::OFFSETS;
use crate::recorder::Recorder;
use crate::seen::Seen;

/// So many exceptions of a chain are told, and so many entries of a traceback, the innermost.
const MOST_EXCEPTIONS: usize = 100;
const MOST_ENTRIES: usize = 2000;
/// Longer tracebacks are not gone through.
const LONGEST: usize = 1 << 20;
/// So many entries are looked at for one of a recorded frame.
const MOST_STEPS: usize = 32;
/// So many entries of tracebacks are remembered; with more, all are forgotten.
const MOST_KNOWN: usize = 1 << 20;

/// An entry of a traceback, made when an exception appeared in a recorded frame. It is found by its
/// address, and told from another one that came to be there: each makes itself known.
#[derive(Clone, Copy)]
struct Entry {
    exception: Object,
    frame_object: Object,
    code: Object,
    pos: u64,
    frame: FrameId,
    object: ObjectId,
    /// Which entry of the heap the exception was.
    index: u32,
}

/// Code of the standard library in which exceptions end that nobody caught.
#[derive(Clone, Copy, PartialEq)]
enum Resort {
    /// `Thread._bootstrap_inner`, which handles what leaves `run`.
    Thread,
    /// `BaseEventLoop.call_exception_handler`, which is given a dict with the exception.
    Loop,
}

/// What is known of tracebacks.
#[derive(Default)]
pub(crate) struct Tracebacks {
    entries: HashMap<usize, Entry, FxBuildHasher>,
    resorts: Vec<(Object, Resort)>,
}

impl Tracebacks {
    /// Remembers a code object if it is one in which exceptions end that nobody caught.
    pub(crate) fn judge(&mut self, code: Object, file: &str, name: impl FnOnce() -> String) {
        let resort = if file.ends_with("threading.py") {
            ("Thread._bootstrap_inner", Resort::Thread)
        } else if file.ends_with("base_events.py") {
            ("BaseEventLoop.call_exception_handler", Resort::Loop)
        } else {
            return;
        };
        if name() == resort.0 {
            self.resorts.push((code, resort.1));
        }
    }

    fn resort(&self, code: Object) -> Option<Resort> {
        let found = self.resorts.iter().find(|(known, _)| *known == code);
        found.map(|(_, resort)| *resort)
    }
}

/// The traceback of an exception: its first entry, borrowed, or null.
unsafe fn traceback(exception: Object) -> *mut ffi::PyTracebackObject {
    // SAFETY: the caller passes a live exception; public fields of public structures.
    unsafe {
        let found = (*exception.cast::<ffi::PyBaseExceptionObject>()).traceback;
        if found.is_null() || ffi::PyTraceBack_Check(found) == 0 {
            return std::ptr::null_mut();
        }
        found.cast()
    }
}

/// The causes, contexts and parts of an exception.
unsafe fn related(exception: Object) -> Vec<(Link, Object)> {
    let mut found = Vec::new();
    // SAFETY: the caller passes a live exception; `exceptions` of a group is a tuple, and behind the
    // head of every exception, from 3.12 to 3.15.
    unsafe {
        let base = exception.cast::<ffi::PyBaseExceptionObject>();
        if ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_BaseExceptionGroup) != 0 {
            let parts: Object = layout::read(exception.cast(), OFFSETS.group_parts);
            if !parts.is_null() && ffi::PyTuple_Check(parts) != 0 {
                let count = ffi::PyTuple_Size(parts).min(MOST_EXCEPTIONS as isize);
                found.extend((0..count).map(|at| (Link::Part, ffi::PyTuple_GetItem(parts, at))));
            }
        }
        // As a traceback is printed: a context is hidden by a cause, and by `from None`.
        if !(*base).cause.is_null() {
            found.push((Link::Cause, (*base).cause));
        } else if !(*base).context.is_null()
            && layout::read::<u8>(exception.cast(), OFFSETS.exception_suppresses) == 0
        {
            found.push((Link::Context, (*base).context));
        }
        found.retain(|(_, other)| is_exception(*other));
    }
    found
}

unsafe fn is_exception(object: Object) -> bool {
    // SAFETY: the caller passes null or a live object.
    !object.is_null() && unsafe { ffi::PyExceptionInstance_Check(object) != 0 }
}

impl Recorder {
    /// The entry of a recorded frame, if it is known.
    ///
    /// # Safety
    /// The entry is alive.
    unsafe fn entry_of(&self, at: *mut ffi::PyTracebackObject) -> Option<&Entry> {
        let entry = self.tracebacks.entries.get(&(at as usize))?;
        // SAFETY: an entry keeps its frame alive, whose code is there.
        let is_it = unsafe {
            let frame = (*at).tb_frame.cast::<ffi::PyObject>();
            frame == entry.frame_object && layout::code_of_frame_object(frame) == entry.code
        };
        is_it.then_some(entry)
    }

    /// An exception comes that nothing recorded may have held: it was in a task, a future, a queue.
    /// It keeps the number that it had where it appeared in recorded code. `is_new_here` says that the
    /// first entry of its traceback is made by this very event.
    ///
    /// # Safety
    /// The exception is alive and the GIL is held.
    pub(crate) unsafe fn recognise(&mut self, exception: Object, is_new_here: bool) {
        // SAFETY: the entries of a live traceback are alive.
        unsafe {
            let mut at = traceback(exception);
            if is_new_here && !at.is_null() {
                at = (*at).tb_next;
            }
            for _ in 0..MOST_STEPS {
                if at.is_null() {
                    return;
                }
                if let Some(entry) = self.entry_of(at) {
                    let known = self.heap.entry(entry.index).map(|entry| entry.id);
                    if entry.exception == exception && known != Some(entry.object) {
                        self.heap.returning = (exception, entry.object);
                    }
                    return;
                }
                at = (*at).tb_next;
            }
        }
    }

    /// An exception has appeared in the frame at `place`: the event was written just now.
    ///
    /// # Safety
    /// Called from the callback, with the GIL held.
    pub(crate) unsafe fn note_passage(&mut self, place: FramePtr, exception: Object, seen: Seen) {
        // SAFETY: the exception is alive, and with it its traceback.
        unsafe {
            let at = traceback(exception);
            if at.is_null() {
                return;
            }
            let frame_object = (*at).tb_frame.cast::<ffi::PyObject>();
            // The interpreter tells of exceptions, too, that end an iteration and have no entry here.
            if frame_object != place.frame_object() {
                return;
            }
            let Some(top) = self.thread.stack.last() else {
                return;
            };
            let entry = Entry {
                exception,
                frame_object,
                code: top.code,
                pos: self.sink.events - 1,
                frame: top.id,
                object: self.heap.id(seen),
                index: seen.entry().unwrap_or(u32::MAX),
            };
            let entries = &mut self.tracebacks.entries;
            if entries.len() >= MOST_KNOWN {
                entries.clear();
            }
            entries.insert(at as usize, entry);
        }
    }

    /// The recorded entries of an exception's traceback, outermost first, and its number.
    unsafe fn passed(&mut self, exception: Object) -> (Vec<Passed>, ObjectId) {
        let mut found = VecDeque::new();
        let mut number = ObjectId(0);
        // SAFETY: the entries of a live traceback are alive.
        unsafe {
            let mut at = traceback(exception);
            for _ in 0..LONGEST {
                if at.is_null() {
                    break;
                }
                if let Some(entry) = self.entry_of(at).copied()
                    && let Some(Some(info)) = self.codes.get(entry.code)
                {
                    let line = match (*at).tb_lineno {
                        -1 => ffi::PyCode_Addr2Line(entry.code.cast(), (*at).tb_lasti),
                        line => line,
                    };
                    if number == ObjectId(0) && entry.exception == exception {
                        number = entry.object;
                    }
                    if found.len() == MOST_ENTRIES {
                        found.pop_front();
                    }
                    found.push_back(Passed {
                        pos: Pos(entry.pos),
                        frame: entry.frame,
                        code: info.id,
                        line: u32::try_from(line).unwrap_or(0),
                    });
                }
                at = (*at).tb_next;
            }
        }
        (found.into(), number)
    }

    /// Nobody caught an exception: tells the trace what it left, and where it and those it came of
    /// were raised.
    ///
    /// # Safety
    /// The exception is alive and the GIL is held.
    pub(crate) unsafe fn note_uncaught(&mut self, exception: Object, left: Left) {
        // SAFETY: as promised by the caller; what an exception refers to is alive.
        unsafe {
            let is_one = |class| ffi::PyErr_GivenExceptionMatches(exception, class) != 0;
            if !is_one(ffi::PyExc_SystemExit) && !is_one(ffi::PyExc_KeyboardInterrupt) {
                keep::note_death();
            }
            let id = ffi::PyThreadState_GetID(ffi::PyThreadState_Get());
            let thread = self.thread_of(id).map(|thread| thread.id);
            let mut exceptions: Vec<Thrown> = Vec::new();
            let mut seen = vec![exception];
            let mut to_do = VecDeque::from([(Link::Itself, 0, exception)]);
            while let Some((link, to, one)) = to_do.pop_front() {
                if exceptions.len() >= MOST_EXCEPTIONS {
                    break;
                }
                for (link, other) in related(one) {
                    if !seen.contains(&other) {
                        seen.push(other);
                        to_do.push_back((link, exceptions.len() as u32, other));
                    }
                }
                let (traceback, object) = self.passed(one);
                exceptions.push(Thrown {
                    link,
                    to,
                    object,
                    class: full_name(ffi::Py_TYPE(one)),
                    traceback,
                });
            }
            let is_recorded = exceptions.iter().any(|one| !one.traceback.is_empty());
            let Some(thread) = thread.filter(|_| is_recorded) else {
                return;
            };
            self.sink.define(Fact::Uncaught(Uncaught {
                thread,
                left,
                exceptions,
            }));
        }
    }

    /// An exception is handled: tells it if that is where those end that nobody caught in a thread.
    ///
    /// # Safety
    /// Called from a callback about this code, with the GIL held.
    pub(crate) unsafe fn on_handler(&mut self, code: Object, exception: Object) {
        // SAFETY: as promised by the caller. `SystemExit` ends a thread in silence.
        unsafe {
            if self.tracebacks.resort(code) == Some(Resort::Thread)
                && ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_SystemExit) == 0
            {
                self.note_uncaught(exception, Left::Thread);
            }
        }
    }

    /// Whether the start of code that is not recorded is to be told again, and what it tells: an event
    /// loop is given an exception that nobody caught.
    ///
    /// # Safety
    /// As for [`on_handler`](Self::on_handler); the code begins.
    pub(crate) unsafe fn on_foreign_start(&mut self, code: Object) -> bool {
        if self.tracebacks.resort(code) != Some(Resort::Loop) {
            return false;
        }
        // SAFETY: as promised by the caller. The second argument is a dict, which is only walked.
        unsafe {
            let place = FramePtr::current(ffi::PyThreadState_Get());
            let context = place.variable(1, false);
            if !context.is_null()
                && ffi::PyDict_CheckExact(context) != 0
                && let Some(exception) = classes::find(context, "exception")
                && is_exception(exception)
            {
                self.note_uncaught(exception, Left::Task);
            }
        }
        true
    }

    /// An exception has left a frame that no code of Python called. In a thread that `threading` did
    /// not start, nobody is left to catch it.
    ///
    /// # Safety
    /// Called from the callback, with the GIL held; `place` is the frame.
    pub(crate) unsafe fn on_last_unwind(&mut self, place: FramePtr, exception: Object) {
        // SAFETY: as promised by the caller; plain queries about the calling thread.
        unsafe {
            let is_main = libc::syscall(libc::SYS_gettid) == i64::from(libc::getpid());
            if !is_main
                && place.caller().is_null()
                && ffi::PyErr_GivenExceptionMatches(exception, ffi::PyExc_SystemExit) == 0
                // Whose stacks switch below Python, and hand exceptions on from one to another.
                && classes::find(ffi::PyImport_GetModuleDict(), "greenlet").is_none()
            {
                self.note_uncaught(exception, Left::Thread);
            }
        }
    }
}
