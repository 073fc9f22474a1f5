//! The numbers by which a client names frames and variables. They hold until the debugger moves.

use std::collections::HashMap;

use replayer::{Group, Inside};

use super::client::Refusal;

/// A frame of a thread's stack: 0 is the outermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FrameHandle {
    pub(super) thread: u32,
    pub(super) level: usize,
}

/// What has variables.
#[derive(Clone, Debug)]
pub(super) enum Holder {
    Group(FrameHandle, Group),
    /// What the event at a stop carries.
    Event,
    Inside(FrameHandle, Inside),
}

/// All numbers that were given out since the last move.
#[derive(Default)]
pub(super) struct Handles {
    next: i64,
    frames: HashMap<i64, FrameHandle>,
    by_frame: HashMap<FrameHandle, i64>,
    holders: HashMap<i64, Holder>,
}

impl Handles {
    /// Forgets all; numbers are not used again, so that old ones are noticed.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.by_frame.clear();
        self.holders.clear();
    }

    fn number(&mut self) -> i64 {
        // Clients may keep numbers in 31 bits.
        self.next = self.next % i64::from(i32::MAX) + 1;
        self.next
    }

    /// The number of a frame.
    pub(super) fn frame(&mut self, frame: FrameHandle) -> i64 {
        if let Some(number) = self.by_frame.get(&frame) {
            return *number;
        }
        let number = self.number();
        self.frames.insert(number, frame);
        self.by_frame.insert(frame, number);
        number
    }

    /// A number for something with variables.
    pub(super) fn holder(&mut self, holder: Holder) -> i64 {
        let number = self.number();
        self.holders.insert(number, holder);
        number
    }

    pub(super) fn frame_of(&self, number: i64) -> Result<FrameHandle, Refusal> {
        let frame = self.frames.get(&number).copied();
        frame.ok_or_else(|| {
            format!("there is no frame {number} here; ask for the stack again").into()
        })
    }

    pub(super) fn holder_of(&self, number: i64) -> Result<Holder, Refusal> {
        let holder = self.holders.get(&number).cloned();
        holder.ok_or_else(|| {
            format!("there are no variables {number} here; ask for the scopes again").into()
        })
    }
}
