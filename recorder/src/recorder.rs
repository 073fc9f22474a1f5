//! The recording: one method for each event of PEP 669.
//!
//! Each event first brings the trace up to date with what the running frame can reach, then writes
//! itself. All of it happens while the GIL is held, so that events have one order.

use std::collections::HashMap;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::encode::{self, StartTail};
use schema::{EventKind, Limits};

use crate::caught::Caught;
use crate::children::Children;
use crate::clock::Clock;
use crate::codes::{CodeInfo, Codes};
use crate::collector::Collector;
use crate::filter::Filter;
use crate::frames::FrameRecord;
use crate::iterators::Iterators;
use crate::judging::StopAt;
use crate::layout::{self, FramePtr, Object};
use crate::monitoring::Tool;
use crate::objects::Heap;
use crate::seen::Seen;
use crate::sink::Sink;
use crate::threads::{NOBODY, Thread};
use crate::tracebacks::Tracebacks;

/// One recording.
pub(crate) struct Recorder {
    pub(crate) heap: Heap,
    pub(crate) codes: Codes,
    pub(crate) iterators: Iterators,
    pub(crate) filter: Filter,
    pub(crate) sink: Sink,
    /// The thread of the last event, the number that Python knows it by, and all others by theirs.
    pub(crate) thread: Thread,
    pub(crate) python_id: i64,
    pub(crate) others: HashMap<i64, Thread, FxBuildHasher>,
    /// Suspended frames of generators, by where they are.
    pub(crate) suspended: HashMap<usize, Box<FrameRecord>, FxBuildHasher>,
    /// What the handlers of those hold.
    pub(crate) caught_aside: Vec<Caught>,
    pub(crate) tracebacks: Tracebacks,
    pub(crate) next_frame: u64,
    /// Namespaces that were looked up among the modules.
    pub(crate) pinned: HashMap<usize, bool, FxBuildHasher>,
    /// The last module's namespace that was held, and its entry.
    pub(crate) last_module: Option<(Object, u32)>,
    /// How many calls ran code that was not seen.
    pub(crate) unseen: u64,
    /// What the event before held, to be let go once this event has been written.
    pub(crate) expiring: Vec<Seen>,
    /// Slots of the running frame that changed, and what they hold now.
    pub(crate) changed: Vec<(usize, Object)>,
    /// What those slots held.
    pub(crate) replaced: Vec<Seen>,
    /// The memory of frames that are gone.
    #[expect(
        clippy::vec_box,
        reason = "a frame goes from list to list, and stays where it is"
    )]
    pub(crate) spare: Vec<Box<FrameRecord>>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) tool: Tool,
    pub(crate) children: Children,
    pub(crate) stop_at: StopAt,
    /// The function at whose first call the recorder is to panic: for tests.
    pub(crate) panics_at: Option<String>,
}

impl Recorder {
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn new(
        sink: Sink,
        filter: Filter,
        limits: Limits,
        collector: Collector,
        tool: Tool,
    ) -> Recorder {
        Recorder {
            // SAFETY: as promised by the caller.
            heap: unsafe { Heap::new(limits, collector) },
            codes: Codes::default(),
            iterators: Iterators::default(),
            filter,
            sink,
            thread: Thread::new(NOBODY, std::ptr::null_mut()),
            python_id: -1,
            others: HashMap::default(),
            suspended: HashMap::default(),
            caught_aside: Vec::new(),
            tracebacks: Tracebacks::default(),
            next_frame: 0,
            pinned: HashMap::default(),
            last_module: None,
            unseen: 0,
            expiring: Vec::new(),
            changed: Vec::new(),
            replaced: Vec::new(),
            spare: Vec::new(),
            clock: Clock::new(),
            limits,
            tool,
            children: Children::new(),
            stop_at: StopAt::default(),
            panics_at: None,
        }
    }

    /// Every event begins here: finds the thread, and what its last event held.
    #[inline(always)]
    pub(crate) unsafe fn begin(&mut self) -> FramePtr {
        // SAFETY: called from a callback, with the GIL held.
        unsafe {
            let state = ffi::PyThreadState_Get();
            let id = ffi::PyThreadState_GetID(state);
            let place = FramePtr::current(state);
            if id != self.python_id {
                self.switch(state, id, place);
            }
            self.heap.begin();
            // Another thread may have run code that is not recorded.
            if !layout::is_alone(state) {
                self.heap.doubts += 1;
            }
            self.let_in_flight_expire();
            self.thread
                .handling
                .over(place, &mut self.heap, &mut self.expiring);
            if self.clock.is_due() {
                self.look_around();
            }
            place
        }
    }

    /// What the thread's last event was about is held to the end of this one.
    #[inline(always)]
    pub(crate) fn let_in_flight_expire(&mut self) {
        if self.thread.in_flight.is_object() {
            let held = std::mem::replace(&mut self.thread.in_flight, Seen::UNBOUND);
            self.expiring.push(held);
        }
    }

    /// A thread, by the number that Python knows it by, if it has had an event.
    pub(crate) fn thread_of(&mut self, python_id: i64) -> Option<&mut Thread> {
        match python_id == self.python_id {
            true => Some(&mut self.thread),
            false => self.others.get_mut(&python_id),
        }
    }

    /// Every event ends here; what it was about stays held until the thread's next one.
    #[inline(always)]
    pub(crate) fn end(&mut self, in_flight: Seen) {
        self.sink.publish();
        self.heap.budget.begin_line(self.heap.doubts);
        if in_flight.is_object() {
            self.thread.in_flight = in_flight;
        }
        if !self.heap.parted.is_empty() || !self.expiring.is_empty() {
            self.let_go();
        }
    }

    /// What the event before held, and what containers lost at this one, is let go.
    fn let_go(&mut self) {
        if !self.heap.parted.is_empty() {
            self.heap.let_parted_go(&mut self.sink);
        }
        for expiring in self.expiring.drain(..) {
            self.heap.release(expiring, &mut self.sink);
        }
    }

    /// A frame begins.
    ///
    /// # Safety
    /// For this and the other events: called from a callback, with the GIL held; `code` runs in
    /// the current frame, and `info` describes it.
    pub(crate) unsafe fn on_start(&mut self, code: Object, info: &'static CodeInfo) {
        // SAFETY: as promised by the caller.
        unsafe {
            let place = self.begin();
            self.enter(place, info);
            if !self.suspended.is_empty()
                && let Some(stale) = self.suspended.remove(&place.address())
            {
                // A generator was freed while suspended, and its memory used again.
                self.lose(stale);
            }
            self.forget_made(place, info);
            let mut record = self.record(place, code, info);
            record.is_new = !info.has_namespace && self.limits.locals;
            let tail = info.start.get();
            if !info.has_namespace && tail.has_globals(self.heap.id(record.globals)) {
                encode::start_with(&mut self.sink, record.id, &tail);
            } else {
                let frame = self.new_frame(&record, info.first_line);
                encode::start(&mut self.sink, &frame);
                if !info.has_namespace {
                    info.start.set(StartTail::new(&frame).unwrap_or_default());
                }
            }
            self.stack().push(record);
            self.end(Seen::UNBOUND);
            if let Some(entrance) = info.entrance.get() {
                self.heap.begin();
                self.enter_frame(entrance);
                self.end(Seen::UNBOUND);
            }
        }
    }

    /// A generator's frame goes on, or has an exception thrown into it.
    pub(crate) unsafe fn on_resume(
        &mut self,
        code: Object,
        info: &'static CodeInfo,
        thrown: Option<Object>,
    ) {
        // SAFETY: as promised by the caller.
        unsafe {
            let place = self.begin();
            self.enter(place, info);
            let exception = match thrown {
                Some(exception) => {
                    self.recognise(exception, false);
                    let seen = self.hold_value(exception, false);
                    self.heap.returning.0 = std::ptr::null_mut();
                    seen
                }
                None => Seen::UNBOUND,
            };
            let suspended = self.suspended.remove(&place.address());
            let record = match suspended {
                Some(mut record) if record.is(place, code) => {
                    record.strengthen(&mut self.heap);
                    self.thread.handling.resume(place, &mut self.caught_aside);
                    // What it handed on to is asked once more.
                    record.observed &= !record.segment.map_or(0, |segment| segment.resumed);
                    record
                }
                stale => {
                    if let Some(stale) = stale {
                        self.lose(stale);
                    }
                    let record = self.record(place, code, info);
                    let frame = self.new_frame(&record, info.first_line);
                    encode::push(&mut self.sink, &frame);
                    record
                }
            };
            let id = record.id;
            self.stack().push(record);
            match thrown {
                None => encode::resume(&mut self.sink, id),
                Some(object) => {
                    encode::throw_head(&mut self.sink, id);
                    self.write_value(object, exception);
                }
            }
            self.end(exception);
        }
    }

    /// A frame returns, yields, meets an exception, handles it, or is left by it.
    #[inline(always)]
    pub(crate) unsafe fn on_value(
        &mut self,
        kind: EventKind,
        code: Object,
        info: &'static CodeInfo,
        value: Object,
    ) {
        // SAFETY: as promised by the caller.
        unsafe {
            let place = self.begin();
            self.settle(place, code, info, info.first_line);
            if !matches!(kind, EventKind::Return | EventKind::Yield) || !self.limits.lines {
                self.move_to(place);
            }
            if kind == EventKind::Raise && self.thread.raised != value {
                // The origin: a person will look at the whole stack, so all of it is made exact.
                self.thread.raised = value;
                self.visit_stack();
                self.recognise(value, true);
            }
            let is_calm = self.refresh(u32::MAX);
            self.sweep_at_end(kind, info);
            self.account(kind, place);
            let value = self.yielded(kind, info, value);
            let seen = self.hold_value(value, is_calm);
            self.heap.returning.0 = std::ptr::null_mut();
            if kind == EventKind::Handle {
                let thread = &mut self.thread;
                thread.handling.push(place, value, seen, &mut self.heap);
                if let Some(top) = thread.stack.last_mut() {
                    // Where the handler is, only the next line tells.
                    top.segment = None;
                }
            }
            encode::value_event_head(&mut self.sink, kind);
            self.write_value(value, seen);
            if kind == EventKind::Raise {
                self.note_passage(place, value, seen);
            }
            self.end(seen);
            if kind.leaves()
                && let Some(mut record) = self.stack().pop()
            {
                if kind == EventKind::Yield {
                    record.weaken(&mut self.heap);
                    self.thread.handling.suspend(place, &mut self.caught_aside);
                    self.suspended.insert(place.address(), record);
                } else {
                    self.keep_made(&record);
                    self.keep_body(&record);
                    self.forget(record);
                    if kind == EventKind::Return {
                        self.keep_result(place, seen);
                    } else if self.thread.stack.is_empty() {
                        self.on_last_unwind(place, value);
                    }
                }
            }
        }
    }
}
