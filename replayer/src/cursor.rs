//! A place in the run: a position, the state there, and the frame that is looked at.

use std::sync::Arc;

use schema::{EventInfo, Frame, FrameId, Pos, State, ThreadId};

use crate::error::{Error, Result};
use crate::timeline::Timeline;

/// A place in the run.
#[derive(Clone)]
pub(crate) struct Cursor {
    pub(crate) pos: Pos,
    pub(crate) event: EventInfo,
    pub(crate) state: Arc<State>,
    /// The thread that is looked at: that of the event, unless another was chosen.
    pub(crate) thread: ThreadId,
    /// Which frame of its stack, from the outermost.
    pub(crate) level: usize,
}

impl Cursor {
    pub(crate) fn at(timeline: &Timeline, pos: Pos) -> Result<Cursor> {
        let event = timeline.event(pos)?;
        let state = timeline.state_at(pos)?;
        let level = state.stacks.of(event.thread).len().saturating_sub(1);
        Ok(Cursor {
            pos,
            event,
            state,
            thread: event.thread,
            level,
        })
    }

    /// The stack of the thread that is looked at, outermost frame first.
    pub(crate) fn stack(&self) -> &[Frame] {
        self.state.stacks.of(self.thread)
    }

    /// The frame that is looked at.
    pub(crate) fn frame(&self) -> Result<&Frame> {
        self.stack()
            .get(self.level)
            .ok_or_else(|| Error::NoSuch("this thread runs no recorded code here".into()))
    }

    /// The frames of the stack up to the one that is looked at: those in which a step over calls
    /// may come to rest.
    pub(crate) fn chain(&self) -> Vec<FrameId> {
        let stack = self.stack();
        let end = (self.level + 1).min(stack.len());
        stack[..end].iter().map(|frame| frame.info.frame).collect()
    }

    pub(crate) fn select_thread(&mut self, thread: ThreadId) {
        self.thread = thread;
        self.level = self.stack().len().saturating_sub(1);
    }
}
