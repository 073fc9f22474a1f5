//! Lines: what is told of one that is about to run, and which are told at all.

use pyo3::ffi;
use schema::encode;

use crate::codes::CodeInfo;
use crate::frames::FrameRecord;
use crate::known_callees;
use crate::layout::{FramePtr, Object};
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::threads::Thread;

/// The first line of a frame that was not seen to start: it is past.
pub(crate) const PASSED: u32 = u32::MAX;

/// The line that every frame of a code object begins with.
#[derive(Clone, Copy)]
pub(crate) struct Entrance {
    pub(crate) unit: u32,
    pub(crate) line: u32,
}

impl FrameRecord {
    /// A line was told that begins at a code unit; nothing of it has run.
    #[inline(always)]
    fn begin_line(&mut self, unit: u32, line: u32) {
        self.line = line;
        self.segment = self.info.effects.segment(unit);
        self.observed = 0;
        self.called = 0;
        self.calling = None;
        self.begun_assumed = 0;
        self.deceiving = 0;
        self.begun_writers = 0;
        self.answering = None;
        self.is_unseen = false;
        self.entered = None;
        self.settled = 0;
        self.accounted = 0;
    }
}

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
            let unit = place.unit();
            let entrance = info.entrance.get();
            if entrance.is_some_and(|entrance| entrance.unit == unit) && self.has_entered(unit) {
                // It is switched on again for somebody else's sake.
                self.end(Seen::UNBOUND);
                return true;
            }
            let is_entrance = self.is_entrance(unit);
            self.refresh(u32::MAX);
            self.sweep_if_due();
            encode::line(&mut self.sink, line);
            if let Some(top) = self.thread.top() {
                if !top.made.is_empty() || !top.results.is_empty() {
                    top.let_line_go(unit, &mut self.heap, &mut self.expiring);
                }
                top.begin_line(unit, line);
                if !self.limits.lines {
                    top.segment = None;
                } else if top.segment.is_some_and(|segment| segment.asks_iterator) {
                    let iterator = place.iterator();
                    top.is_unseen = !self.iterators.is_plain(iterator, &mut self.codes);
                }
            }
            if is_entrance {
                info.entrance.set(Some(Entrance { unit, line }));
            }
            self.end(Seen::UNBOUND);
            is_entrance
        }
    }

    /// Whether the line at a code unit runs whenever the running frame's code begins, and at no other
    /// time. From then on it is told with the frame's start, and has no events.
    #[inline]
    fn is_entrance(&self, unit: u32) -> bool {
        self.thread.stack.last().is_some_and(|top| {
            top.is_new
                && self.limits.lines
                && top.info.entrance.get().is_none()
                && top.info.effects.is_entrance(unit)
                && !self.awaits_entrance(top)
        })
    }

    /// Whether another frame of the same code has begun and waits for its first line's event: up to
    /// 3.12, threads and signal handlers can come between.
    #[cold]
    fn awaits_entrance(&self, top: &FrameRecord) -> bool {
        let others = self.others.values().flat_map(|thread| &thread.stack);
        others
            .chain(&self.thread.stack)
            .any(|frame| frame.is_new && frame.code == top.code && frame.id != top.id)
    }

    /// A line event has come at the entrance of the running frame's code: whether that line was told.
    #[cold]
    fn has_entered(&self, unit: u32) -> bool {
        let top = self.thread.stack.last();
        let lines = top.and_then(|top| top.segment.zip(top.info.effects.segment(unit)));
        lines.is_some_and(|(told, first)| std::ptr::eq(told, first))
    }

    /// A frame has begun whose entrance is this: tells what its variables hold, and its first line.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn enter_frame(&mut self, entrance: Entrance) {
        // SAFETY: as promised by the caller.
        unsafe { self.take_given() };
        encode::line(&mut self.sink, entrance.line);
        if let Some(top) = self.thread.top() {
            top.begin_line(entrance.unit, entrance.line);
        }
    }

    /// A call of the running line begins that its bytecode does not say enough of: it is in a loop, or its name
    /// is one of built-in code.
    ///
    /// # Safety
    /// As for [`on_line`](Self::on_line).
    pub(crate) unsafe fn on_call(&mut self, code: Object, unit: u32, callable: Object) {
        // SAFETY: called from a callback, with the GIL held.
        let (place, thread, does) = unsafe {
            let does = known_callees::does_or_is_recorded(callable, &mut self.codes);
            let state = ffi::PyThreadState_Get();
            let id = ffi::PyThreadState_GetID(state);
            (FramePtr::current(state), self.thread_of(id), does)
        };
        match thread.and_then(Thread::top) {
            Some(top) if top.is(place, code) => top.begin_call(unit, does),
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
