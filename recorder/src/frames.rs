//! Which frame runs on which thread: the recorder's own stacks, checked against the interpreter's.

use schema::{FrameId, NewFrame, encode};

use crate::codes::CodeInfo;
use crate::effects::{self, Segment};
use crate::layout::{FramePtr, Object};
use crate::lines::PASSED;
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::seen::Seen;

/// No number of bindings.
const NEVER: u64 = u64::MAX;

/// One activation of a recorded code object.
pub(crate) struct FrameRecord {
    pub(crate) place: FramePtr,
    pub(crate) code: Object,
    pub(crate) info: &'static CodeInfo,
    pub(crate) id: FrameId,
    /// The line it is on, as the trace knows it.
    pub(crate) line: u32,
    /// The line of its first line event, 0 before it, `PASSED` where nobody knows.
    pub(crate) entry: u32,
    /// What was last seen in each slot.
    pub(crate) slots: Vec<Seen>,
    /// Those that hold objects, and those of them that hide what is done with them.
    pub(crate) objects: u64,
    pub(crate) hiding: u64,
    /// Of each slot, what the heap knows of the cell that it has; empty while none was told.
    pub(crate) cells: Vec<u32>,
    /// Those in cells that were bound anew, which other frames that share the cells are to be told.
    pub(crate) rebound: u64,
    /// What the heap said of [bindings](Heap::cell_bindings) when all in cells were compared last.
    pub(crate) cells_seen: u64,
    pub(crate) globals: Seen,
    pub(crate) namespace: Seen,
    /// Nothing of it has run yet: its variables are what it was given.
    pub(crate) is_new: bool,
    /// It waits, and may be freed without any event; on the stack, it was [entered
    /// again](Recorder::reenter) and does not go on.
    pub(crate) is_suspended: bool,
    /// What the line that runs can change; none while every slot is to be compared.
    pub(crate) segment: Option<&'static Segment>,
    /// Which of its calls were seen to be nothing but the start of a recorded frame.
    pub(crate) observed: u64,
    /// Which of its calls that are told ran, and were not seen to start a recorded frame.
    pub(crate) called: u64,
    /// The one that was told last, and has not been seen to start a recorded frame.
    pub(crate) calling: Option<usize>,
    /// Which of its calls that look like those of built-in code were seen to start recorded frames, and
    /// which were told to call something else.
    pub(crate) begun_assumed: u64,
    pub(crate) deceiving: u64,
    /// How many of its calls that look as if they changed a container were seen to start recorded frames.
    pub(crate) begun_writers: u64,
    /// The instruction that started the last frame which was none of its calls, and gives what that returns.
    pub(crate) answering: Option<u32>,
    /// Code that is not recorded ran during the line, and called recorded code.
    pub(crate) is_unseen: bool,
    /// The first and the last code unit at which a recorded frame was entered during the line.
    pub(crate) entered: Option<(u32, u32)>,
    /// Calls before this code unit were accounted for at an earlier event.
    pub(crate) settled: u32,
    /// Stores before this code unit were accounted for at an earlier event.
    pub(crate) accounted: u32,
    /// Objects whose constructors returned to this frame on the line that runs. Nothing recorded
    /// holds them until that line has put them somewhere.
    pub(crate) made: Vec<Seen>,
    /// What calls of that line gave, at which code units, where it matters; objects are among the former.
    pub(crate) results: Vec<(u32, Seen)>,
    /// The recorder's count of unseen calls when all slots were compared last.
    pub(crate) unseen: u64,
}

impl FrameRecord {
    /// The record of a frame that was not seen yet.
    fn new(place: FramePtr, code: Object, info: &'static CodeInfo, id: FrameId) -> FrameRecord {
        FrameRecord {
            place,
            code,
            info,
            id,
            line: info.first_line,
            entry: 0,
            slots: vec![Seen::UNBOUND; info.in_cell.len()],
            objects: 0,
            hiding: 0,
            cells: Vec::new(),
            rebound: 0,
            cells_seen: NEVER,
            globals: Seen::UNBOUND,
            namespace: Seen::UNBOUND,
            is_new: false,
            is_suspended: false,
            segment: None,
            observed: 0,
            called: 0,
            calling: None,
            begun_assumed: 0,
            deceiving: 0,
            begun_writers: 0,
            answering: None,
            is_unseen: false,
            entered: None,
            settled: 0,
            accounted: 0,
            made: Vec::new(),
            results: Vec::new(),
            unseen: 0,
        }
    }

    /// Becomes what [`new`](Self::new) makes, where it is and with the memory that it has.
    fn renew(&mut self, place: FramePtr, code: Object, info: &'static CodeInfo, id: FrameId) {
        // All fields are named, so that none is forgotten.
        let FrameRecord {
            place: old_place,
            code: old_code,
            info: old_info,
            id: old_id,
            line,
            entry,
            slots,
            objects,
            hiding,
            cells,
            rebound,
            cells_seen,
            globals,
            namespace,
            is_new,
            is_suspended,
            segment,
            observed,
            called,
            calling,
            begun_assumed,
            deceiving,
            begun_writers,
            answering,
            is_unseen,
            entered,
            settled,
            accounted,
            made,
            results,
            unseen,
        } = self;
        (*old_place, *old_code, *old_info, *old_id) = (place, code, info, id);
        (*line, *entry) = (info.first_line, 0);
        slots.clear();
        slots.resize(info.in_cell.len(), Seen::UNBOUND);
        made.clear();
        cells.clear();
        results.clear();
        (*globals, *namespace) = (Seen::UNBOUND, Seen::UNBOUND);
        (*is_new, *is_suspended, *is_unseen) = (false, false, false);
        (*segment, *calling, *entered, *answering) = (None, None, None, None);
        (*objects, *hiding, *observed, *called) = (0, 0, 0, 0);
        (*rebound, *cells_seen) = (0, NEVER);
        (*begun_assumed, *deceiving) = (0, 0);
        (*settled, *accounted, *unseen, *begun_writers) = (0, 0, 0, 0);
    }

    /// Whether this is the frame at that place, running that code.
    #[inline]
    pub(crate) fn is(&self, place: FramePtr, code: Object) -> bool {
        self.place == place && self.code == code
    }

    /// Reaches the namespaces.
    ///
    /// # Safety
    /// The frame is alive and the GIL is held.
    pub(crate) unsafe fn visit_namespaces(&self, levels: u8, heap: &mut Heap) {
        // SAFETY: as promised by the caller.
        unsafe {
            self.visit(self.globals, self.place.globals(), levels, heap);
            if self.info.has_namespace {
                self.visit(self.namespace, self.place.namespace(), levels, heap);
            }
        }
    }

    unsafe fn visit(&self, seen: Seen, object: Object, levels: u8, heap: &mut Heap) {
        if let Some(index) = seen.entry()
            && !object.is_null()
            // SAFETY: what a live frame holds is alive.
            && unsafe { heap.is_entry(index, object) }
        {
            heap.visit(index, levels);
        }
    }

    /// Reaches the objects in those of the slots that hold what they held.
    ///
    /// # Safety
    /// As for [`visit_namespaces`](Self::visit_namespaces).
    pub(crate) unsafe fn visit_slots(&self, slots: u64, levels: u8, heap: &mut Heap) {
        for (slot, seen) in self.slots.iter().enumerate() {
            if seen.is_object() && slots & effects::bit(slot) != 0 {
                // SAFETY: as promised by the caller.
                unsafe {
                    let object = self.place.variable(slot, self.info.in_cell[slot]);
                    self.visit(*seen, object, levels, heap);
                }
            }
        }
    }
}

impl Recorder {
    /// The recorded frames of the running thread.
    #[expect(clippy::vec_box, reason = "as for `Thread`")]
    #[inline]
    pub(crate) fn stack(&mut self) -> &mut Vec<Box<FrameRecord>> {
        &mut self.thread.stack
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

    /// What is known of a code object, if the top of the stack runs it.
    #[inline]
    pub(crate) fn top_if_of(&self, code: Object) -> Option<&'static CodeInfo> {
        let top = self.thread.stack.last()?;
        (top.code == code).then_some(top.info)
    }

    /// What is known of the code of the running frame, if that is the top of the stack.
    #[inline]
    pub(crate) fn still_runs(&self, place: FramePtr, code: Object) -> Option<&'static CodeInfo> {
        let top = self.thread.stack.last()?;
        top.is(place, code).then_some(top.info)
    }

    /// Makes the running frame the top of the stack, telling the trace of it if its start was
    /// not seen.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter); the frame runs `code`.
    #[inline]
    pub(crate) unsafe fn settle(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &'static CodeInfo,
        line: u32,
    ) {
        if self.stack().last().is_some_and(|top| top.is(place, code)) {
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe { self.settle_anew(place, code, info, line) };
    }

    #[cold]
    unsafe fn settle_anew(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &'static CodeInfo,
        line: u32,
    ) {
        if let Some(at) = self.stack().iter().rposition(|frame| frame.is(place, code)) {
            self.drop_above(at + 1);
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            let below = self.thread.still_below(place);
            self.drop_above(below);
            if let Some(stale) = self.suspended.remove(&place.address()) {
                self.lose(stale);
            }
            self.push(place, code, info, line);
        }
    }

    /// Tells the trace of a frame that was not seen to start.
    ///
    /// # Safety
    /// As for [`record`](Self::record).
    pub(crate) unsafe fn push(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &'static CodeInfo,
        line: u32,
    ) {
        // SAFETY: as promised by the caller.
        let mut record = unsafe { self.record(place, code, info) };
        record.line = line;
        if !self.limits.lines {
            record.entry = PASSED;
        }
        let frame = self.new_frame(&record, line);
        encode::push(&mut self.sink, &frame);
        self.stack().push(record);
    }

    /// A new record of a frame, its namespaces held and written.
    ///
    /// # Safety
    /// As for [`enter`](Self::enter).
    #[inline(always)]
    pub(crate) unsafe fn record(
        &mut self,
        place: FramePtr,
        code: Object,
        info: &'static CodeInfo,
    ) -> Box<FrameRecord> {
        self.next_frame += 1;
        let id = FrameId(self.next_frame);
        let mut record = match self.spare.pop() {
            Some(mut old) => {
                old.renew(place, code, info, id);
                old
            }
            None => Box::new(FrameRecord::new(place, code, info, id)),
        };
        record.unseen = self.unseen;
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
}
