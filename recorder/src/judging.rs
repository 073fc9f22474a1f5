//! What is to be done with a code object: asked once for each, when it is first seen.

use std::ptr::null_mut;

use pyo3::ffi;
use schema::Fact;

use crate::atoms;
use crate::classes;
use crate::codes::{self, CodeInfo};
use crate::filter::{self, Candidate};
use crate::layout::{FramePtr, Object};
use crate::places::{self, Place};
use crate::recorder::Recorder;

/// What is to be done with a code object.
pub(crate) enum Verdict {
    /// It was known to be recorded.
    Recorded(&'static CodeInfo),
    /// It is recorded from now on: its local events must be switched on.
    New(&'static CodeInfo),
    /// It is left out.
    LeftOut,
}

/// Where recording is to end, and the code that the place was found in.
pub(crate) struct StopAt {
    pub(crate) place: Option<Place>,
    code: Object,
    /// The line, 0 for the beginning of the code.
    line: u32,
}

impl Default for StopAt {
    fn default() -> StopAt {
        StopAt {
            place: None,
            code: null_mut(),
            line: u32::MAX,
        }
    }
}

impl StopAt {
    /// Code is seen for the first time; what was judged stays alive.
    unsafe fn judge(&mut self, code: &places::Code<'_>) {
        // SAFETY: called with a code object and with the GIL held.
        let found = self
            .place
            .as_ref()
            .and_then(|place| unsafe { place.is_in(code) });
        if let Some(line) = found {
            (self.code, self.line) = (code.object, line.unwrap_or(0));
        }
    }

    /// Whether a line is the place.
    #[inline(always)]
    pub(crate) fn is_line(&self, code: Object, line: u32) -> bool {
        line == self.line && code == self.code
    }

    /// Whether the beginning of this code is the place.
    #[inline(always)]
    pub(crate) fn is_start(&self, code: Object) -> bool {
        code == self.code && self.line == 0
    }

    /// Whether the place is a line of this code.
    pub(crate) fn is_within(&self, code: Object) -> bool {
        code == self.code && self.line != 0
    }

    /// Why recording ends there.
    pub(crate) fn reason(&self) -> String {
        let place = self.place.as_ref().map_or("", |place| &place.text);
        format!("{place} was reached ({STOP_AT})")
    }
}

/// The option, which stands in the reason.
pub(crate) const STOP_AT: &str = "--stop-at";

impl Recorder {
    /// Judges a code object, once.
    ///
    /// # Safety
    /// `code` runs in the current frame of the calling thread.
    #[inline(always)]
    pub(crate) unsafe fn judge(&mut self, code: Object) -> Verdict {
        match self.codes.get(code) {
            Some(Some(info)) => Verdict::Recorded(info),
            Some(None) => Verdict::LeftOut,
            // SAFETY: as promised by the caller.
            None => unsafe { self.judge_new(code, FramePtr::current(ffi::PyThreadState_Get())) },
        }
    }

    /// Judges a code object that a frame runs, for the first time.
    ///
    /// # Safety
    /// The frame is alive and runs `code`, and the GIL is held.
    #[cold]
    pub(crate) unsafe fn judge_new(&mut self, code: Object, frame: FramePtr) -> Verdict {
        // SAFETY: as promised by the caller; the frame's globals are a dict that is only walked.
        unsafe {
            let file = codes::text_of(code, c"co_filename");
            let module = classes::find(frame.globals(), "__name__")
                .and_then(|name| atoms::to_string(name))
                .unwrap_or_default();
            let below = frame.caller();
            let caller = if below.is_null() {
                None
            } else {
                self.codes.get(below.code())
            };
            let panics = |at: &String| *at == codes::text_of(code, c"co_name");
            assert!(!self.panics_at.as_ref().is_some_and(panics), "by a test");
            self.children.judge(code, &module);
            self.tracebacks
                .judge(code, &file, || codes::text_of(code, c"co_qualname"));
            let its_place = places::Code {
                object: code,
                file: &file,
                module: &module,
            };
            self.stop_at.judge(&its_place);
            let rule = self.filter.leaves_out(&Candidate {
                file: &file,
                module: &module,
                is_in_own_module: self.heap.classes.is_own(&module),
                is_called_by_own: matches!(caller, Some(Some(_))),
            });
            let is_elsewhere = rule.is_none() && !self.filter.is_wanted(&its_place);
            if rule.is_none() {
                // Its classes are the program's, too, where only other code of it is recorded.
                self.heap.classes.own(module);
            }
            if let Some(rule) = rule.or_else(|| is_elsewhere.then_some(filter::ONLY)) {
                self.codes.leave_out(code);
                if rule != filter::OWN {
                    self.sink.define(Fact::LeftOut(file, rule));
                }
                return Verdict::LeftOut;
            }
            let info = self.codes.add(code, &mut self.heap.classes.facts);
            self.heap.shares_dicts |= info.effects.names_any(&["__dict__", "vars"]);
            Verdict::New(info)
        }
    }
}
