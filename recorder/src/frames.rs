//! Which frame runs on which thread: the recorder's own stacks, checked against the interpreter's.

use std::rc::Rc;

use pyo3::ffi;
use schema::{FrameId, NewFrame, ThreadId, encode};

use crate::atoms::Seen;
use crate::classes;
use crate::codes::CodeInfo;
use crate::layout::{FramePtr, Object};
use crate::objects::Heap;
use crate::recorder::Recorder;

/// One activation of a recorded code object.
pub(crate) struct FrameRecord {
    pub(crate) place: FramePtr,
    pub(crate) code: Object,
    pub(crate) info: Rc<CodeInfo>,
    pub(crate) id: FrameId,
    /// The line it is on, as the trace knows it.
    pub(crate) line: u32,
    /// What was last seen in each slot.
    pub(crate) slots: Vec<Seen>,
    pub(crate) globals: Seen,
    pub(crate) namespace: Seen,
}

impl FrameRecord {
    /// Whether this is the frame at that place, running that code.
    #[inline]
    pub(crate) fn is(&self, place: FramePtr, code: Object) -> bool {
        self.place == place && self.code == code
    }

    /// The slots that hold objects, and the namespaces: all that it keeps on the heap.
    pub(crate) fn held(self) -> impl Iterator<Item = Seen> {
        self.slots.into_iter().chain([self.globals, self.namespace])
    }

    /// Reaches the namespaces.
    ///
    /// # Safety
    /// The frame is alive and the GIL is held.
    pub(crate) unsafe fn visit_namespaces(&self, heap: &mut Heap) {
        // SAFETY: as promised by the caller.
        unsafe {
            heap.is_same(self.globals, self.place.globals());
            if self.info.has_namespace {
                heap.is_same(self.namespace, self.place.namespace());
            }
        }
    }
}

/// A thread of control.
pub(crate) struct Thread {
    pub(crate) id: ThreadId,
    /// Recorded frames that run, outermost first.
    pub(crate) stack: Vec<FrameRecord>,
    /// The value of its last event, which nothing else may hold yet.
    pub(crate) in_flight: Seen,
    /// The exception that was last raised: later raises of it are the same one passing through.
    pub(crate) raised: Object,
}

impl Thread {
    pub(crate) fn new(id: ThreadId) -> Thread {
        Thread {
            id,
            stack: Vec::new(),
            in_flight: Seen::Unbound,
            raised: std::ptr::null_mut(),
        }
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

impl Recorder {
    /// The recorded frames of the running thread.
    pub(crate) fn stack(&mut self) -> &mut Vec<FrameRecord> {
        &mut self.threads[self.current].stack
    }

    /// What the trace is told of a frame.
    pub(crate) fn new_frame(&self, record: &FrameRecord, line: u32) -> NewFrame {
        NewFrame {
            frame: record.id,
            code: record.info.id,
            line,
            globals: self.heap.id(record.globals),
            namespace: self.heap.id(record.namespace),
        }
    }

    /// Before a frame is entered: its caller's changes so far are written.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    pub(crate) unsafe fn enter(&mut self, place: FramePtr) {
        // SAFETY: as promised by the caller.
        unsafe {
            let below = self.threads[self.current].still_below(place);
            self.drop_above(below);
            self.refresh();
        }
    }

    /// Makes the running frame the top of the stack, telling the trace of it if its start was
    /// not seen.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter); the frame runs `code`.
    pub(crate) unsafe fn settle(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &Rc<CodeInfo>,
        line: u32,
    ) {
        if self.stack().last().is_some_and(|top| top.is(place, code)) {
            return;
        }
        if let Some(at) = self.stack().iter().rposition(|frame| frame.is(place, code)) {
            self.drop_above(at + 1);
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            let below = self.threads[self.current].still_below(place);
            self.drop_above(below);
            if let Some(stale) = self.suspended.remove(&place.address()) {
                self.lose(stale);
            }
            let record = self.record(place, code, info);
            let frame = self.new_frame(&record, line);
            encode::push(&mut self.sink, &frame);
            self.stack().push(record);
        }
    }

    /// A new record of a frame, its namespaces held and written.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter).
    pub(crate) unsafe fn record(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &Rc<CodeInfo>,
    ) -> FrameRecord {
        self.next_frame += 1;
        let mut record = FrameRecord {
            place,
            code,
            info: info.clone(),
            id: FrameId(self.next_frame),
            line: info.first_line,
            slots: vec![Seen::Unbound; info.in_cell.len()],
            globals: Seen::Unbound,
            namespace: Seen::Unbound,
        };
        if self.limits.locals {
            // SAFETY: the frame is alive.
            unsafe {
                record.globals = self.hold_globals(place.globals());
                if info.has_namespace {
                    record.namespace =
                        self.heap
                            .hold_namespace(place.namespace(), false, &mut self.sink);
                }
                self.heap.refresh(&mut self.sink);
            }
        }
        self.heap.tell(&mut self.sink);
        record
    }

    /// Holds the globals of a frame. Those of a module are held for good, or each call into it
    /// would write them anew.
    unsafe fn hold_globals(&mut self, globals: Object) -> Seen {
        // SAFETY: the caller passes the globals of a live frame.
        unsafe {
            let is_module = match self.pinned.get(&(globals as usize)) {
                Some(known) => *known,
                None => {
                    let is_module = is_module_namespace(globals);
                    self.pinned.insert(globals as usize, is_module);
                    if is_module {
                        self.heap.hold_namespace(globals, true, &mut self.sink);
                    }
                    is_module
                }
            };
            self.heap.hold_namespace(globals, is_module, &mut self.sink)
        }
    }

    /// Takes frames off the stack that the interpreter no longer has.
    fn drop_above(&mut self, count: usize) {
        while self.stack().len() > count {
            if let Some(record) = self.stack().pop() {
                self.lose(record);
            }
        }
    }

    /// A frame is gone without an event.
    pub(crate) fn lose(&mut self, record: FrameRecord) {
        encode::gone(&mut self.sink, record.id);
        self.forget(record);
    }

    /// Lets go all that a frame held.
    pub(crate) fn forget(&mut self, record: FrameRecord) {
        for seen in record.held() {
            self.heap.release(seen, &mut self.sink);
        }
    }

    /// Reaches all that the frames below the top of the stack hold.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    pub(crate) unsafe fn visit_stack(&mut self) {
        let Recorder {
            heap,
            threads,
            current,
            limits,
            ..
        } = self;
        if !limits.locals {
            return;
        }
        let Some((_, below)) = threads[*current].stack.split_last() else {
            return;
        };
        for record in below {
            // SAFETY: as promised by the caller.
            unsafe {
                for (slot, seen) in record.slots.iter().enumerate() {
                    if let Seen::Object(_) = seen {
                        let object = record.place.variable(slot, record.info.in_cell[slot]);
                        heap.is_same(*seen, object);
                    }
                }
                record.visit_namespaces(heap);
            }
        }
    }
}

/// Whether a dict is that of a module in `sys.modules`.
unsafe fn is_module_namespace(dict: Object) -> bool {
    // SAFETY: the caller passes a live dict; dicts are only walked.
    unsafe {
        let modules = ffi::PyImport_GetModuleDict();
        let name = classes::find(dict, "__name__");
        let Some(name) = name.and_then(|name| crate::atoms::to_string(name)) else {
            return false;
        };
        classes::find(modules, &name).is_some_and(|module| {
            ffi::PyModule_Check(module) != 0 && ffi::PyModule_GetDict(module) == dict
        })
    }
}
