//! Lines: what is told of one that is about to run, and which are told at all.

use pyo3::ffi;
use schema::encode;

use crate::codes::CodeInfo;
use crate::layout::{FramePtr, Object};
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::threads::Thread;

/// The first line of a frame that was not seen to start: it is past.
pub(crate) const PASSED: u32 = u32::MAX;

impl Recorder {
    /// A line is about to run; the event has [begun](Self::begin), and its frame is the top of the
    /// stack. `true` says that nothing is to be told of this place any more.
    ///
    /// # Safety
    /// Called from a callback, with the GIL held; `place` is the current frame, and `info` describes
    /// its code.
    #[inline]
    pub(crate) unsafe fn on_line(
        &mut self,
        place: FramePtr,
        info: &'static CodeInfo,
        line: u32,
    ) -> bool {
        // SAFETY: as promised by the caller.
        unsafe {
            if !self.limits.lines {
                let is_first = self.is_first_line(line);
                if is_first != Some(true) {
                    self.end(Seen::UNBOUND);
                    return is_first.is_none();
                }
            }
            self.refresh(u32::MAX);
            encode::line(&mut self.sink, line);
            if let Some(top) = self.thread.top() {
                top.line = line;
                if self.limits.lines {
                    top.segment = info.effects.segment(place.unit());
                }
                if !top.made.is_empty() || !top.results.is_empty() {
                    top.let_line_go(place.unit(), &mut self.heap, &mut self.expiring);
                }
                top.observed = 0;
                top.called = 0;
                top.calling = None;
                top.is_unseen = false;
                top.entered = None;
                if top
                    .segment
                    .as_ref()
                    .is_some_and(|segment| segment.asks_iterator)
                {
                    let iterator = place.stack_top();
                    top.is_unseen = !self.iterators.is_plain(iterator, &mut self.codes);
                }
                top.settled = 0;
            }
            self.end(Seen::UNBOUND);
            false
        }
    }

    /// A call within a loop of the running line begins; what it does is not known yet.
    ///
    /// # Safety
    /// As for [`on_line`](Self::on_line).
    pub(crate) unsafe fn on_call(&mut self, code: Object, unit: u32) {
        // SAFETY: called from a callback, with the GIL held.
        let (place, thread) = unsafe {
            let state = ffi::PyThreadState_Get();
            let id = ffi::PyThreadState_GetID(state);
            (FramePtr::current(state), self.thread_of(id))
        };
        match thread.and_then(Thread::top) {
            Some(top) if top.is(place, code) => top.begin_call(unit),
            // The frame is not known yet: all is compared when it is.
            _ => {
                self.unseen += 1;
                self.heap.doubts += 1;
            }
        }
    }

    /// Whether the running frame has had no line event yet. `None` is said of lines that never
    /// are a frame's first: a loop may come back to the first one, and it must not be disabled.
    fn is_first_line(&mut self, line: u32) -> Option<bool> {
        let top = self.stack().last_mut()?;
        if top.entry == PASSED {
            return Some(false);
        }
        let is_first = top.entry == 0;
        if is_first {
            top.entry = line;
        }
        (top.entry == line).then_some(is_first)
    }

    /// Tells the line that the running frame is on, where it is not the line that was told last.
    ///
    /// # Safety
    /// The frame is the top of the running thread's stack, and alive.
    pub(crate) unsafe fn move_to(&mut self, place: FramePtr) {
        // SAFETY: the frame runs.
        let line = unsafe { place.line() };
        if let (Some(top), Some(line)) = (self.stack().last_mut(), line)
            && top.line != line
        {
            top.line = line;
            encode::moved(&mut self.sink, line);
        }
    }
}
