//! Calls: which of a line's calls have started recorded frames, and what is written before one begins.

use crate::assumed::assumed_bit;
use crate::codes::CodeInfo;
use crate::effects::{Assumed, Runs, Segment};
use crate::frames::FrameRecord;
use crate::known_callees::Does;
use crate::layout::FramePtr;
use crate::recorder::Recorder;

impl FrameRecord {
    /// A call of the line that runs has started a recorded frame, or handed on to one.
    fn observe(&mut self, unit: u32, info: &CodeInfo) {
        if let Some(segment) = &self.segment {
            // The frame may be at the caches behind the call. What is there may be no call: a subscript
            // can start a frame, too.
            let here = self.info.effects.instruction(unit);
            let mut calls = segment.calls.iter().enumerate();
            let call = calls.find(|(_, call)| Some(call.unit as usize) == here);
            match call.map(|(at, call)| (at, call.runs)) {
                Some((at, Runs::Once)) if at < 64 => self.observed |= 1 << at,
                Some((at, Runs::Resumed)) if at < 64 => {
                    self.observed |= 1 << at | self.observe_awaited(here, segment, info);
                }
                Some((at, Runs::Told)) if self.calling == Some(at) => self.calling = None,
                None => {
                    let unit_of = |assumed: &Assumed| assumed.call.unit as usize;
                    let mut assumed = segment.assumed.iter();
                    if let Some(at) = assumed.position(|assumed| Some(unit_of(assumed)) == here) {
                        self.begun_assumed |= assumed_bit(at);
                    }
                    self.answering = here.map(|here| here as u32);
                    self.begun_writers += u64::from(self.info.effects.is_writer_call(unit));
                }
                _ => {}
            }
        }
    }

    /// The bit of the `GET_AWAITABLE` in front of a `SEND` that hands on to a coroutine: it was given
    /// that very coroutine, and did nothing. (`__await__` must not return one, so nothing made it.)
    fn observe_awaited(&self, send: Option<usize>, segment: &Segment, info: &CodeInfo) -> u64 {
        let send = send.filter(|_| info.is_coroutine);
        let awaited = send.and_then(|send| self.info.effects.awaited(send));
        let mut calls = segment.calls.iter().take(64);
        let call = calls.position(|call| Some(call.unit as usize) == awaited);
        call.map_or(0, |at| 1 << at)
    }

    /// A call of the line that runs is told: it begins, and will do this.
    pub(crate) fn begin_call(&mut self, unit: u32, does: Does) {
        let Some(segment) = self.segment else {
            return;
        };
        let mut assumed = segment.assumed.iter();
        if let Some(at) = assumed.position(|assumed| assumed.call.unit == unit) {
            if does == Does::Anything {
                self.deceiving |= assumed_bit(at);
            }
            return;
        }
        if let Some(call) = segment.calls.iter().position(|call| call.unit == unit)
            && let Some(before) = self.calling.replace(call)
            && before < 64
        {
            self.called |= 1 << before;
        }
    }
}

impl Recorder {
    /// Before a frame is entered: its caller's changes so far are written.
    ///
    /// # Safety
    /// `place` is the current frame, and the GIL is held.
    #[inline(always)]
    pub(crate) unsafe fn enter(&mut self, place: FramePtr, info: &CodeInfo) {
        // SAFETY: as promised by the caller.
        unsafe {
            let below = self.thread.still_below(place);
            self.drop_above(below);
            if !self.suspended.is_empty() {
                self.reenter(place);
            }
            let Some(top) = self.thread.top() else {
                return;
            };
            let unit = top.place.unit();
            let is_direct = place.is_called_by(top.place);
            let is_next = is_direct || place.caller() == top.place;
            if is_direct {
                top.observe(unit, info);
            } else if is_next && top.info.effects.is_transparent(unit) {
                // The operator or iterator does nothing more than that.
                top.answering = top.info.effects.operator(unit);
            } else if is_next && top.starts(unit, place, info, &self.heap) {
                // The C code between does nothing else.
                top.observe(unit, info);
            } else {
                top.is_unseen = true;
                // It has not returned yet, and may have changed something already.
                self.heap.doubts += 1;
                top.visit_sorted(unit, &mut self.heap, &mut self.sink);
            }
            let (first, last) = top.entered.unwrap_or((unit, unit));
            top.entered = Some((first.min(unit), last.max(unit)));
            // What a store lets go is freed when it is done.
            let until = unit + u32::from(top.info.effects.stores(unit));
            let place = top.place;
            if !self.limits.lines {
                self.move_to(place);
            }
            self.refresh(until);
            if let Some(top) = self.thread.top() {
                top.settled = top.settled.max(unit);
                top.let_taken_go(unit, &mut self.heap, &mut self.sink);
                if info.is_finalizer && self.limits.locals {
                    // It runs in the midst of what let its object go, whose effects can show.
                    top.visit_aside(&mut self.heap, &mut self.sink);
                }
            }
        }
    }
}
