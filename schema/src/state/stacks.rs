//! The stacks of all threads, and which of them runs.

use super::Frame;
use crate::ids::ThreadId;

/// The frames that run, outermost first, of each thread that has some or had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stacks {
    /// Ascending by thread.
    all: Vec<(ThreadId, Vec<Frame>)>,
    /// Where in `all` the running thread is: nearly every operation asks for its stack.
    running: usize,
}

impl Stacks {
    /// The thread of the last event; 0 before there is one.
    #[must_use]
    pub fn running(&self) -> ThreadId {
        let running = self.all.get(self.running);
        running.map_or(ThreadId(0), |(thread, _)| *thread)
    }

    /// The stack of the running thread.
    #[inline]
    #[must_use]
    pub fn top(&self) -> Option<&Frame> {
        self.all.get(self.running)?.1.last()
    }

    /// The stack of a thread; empty for one that has not begun.
    #[must_use]
    pub fn of(&self, thread: ThreadId) -> &[Frame] {
        let at = self.all.binary_search_by_key(&thread, |(id, _)| *id);
        at.map_or(&[], |at| &self.all[at].1)
    }

    /// All threads and their stacks, in order of number.
    pub fn iter(&self) -> impl Iterator<Item = (ThreadId, &[Frame])> {
        self.all.iter().map(|(thread, stack)| (*thread, &stack[..]))
    }

    /// The stack of the running thread, to be changed.
    #[inline]
    pub(super) fn running_mut(&mut self) -> &mut Vec<Frame> {
        if self.all.is_empty() {
            self.run(ThreadId(0));
        }
        &mut self.all[self.running].1
    }

    /// Has a thread run from now on; says how many others had to make room for it.
    pub(super) fn run(&mut self, thread: ThreadId) -> usize {
        let at = self.all.binary_search_by_key(&thread, |(id, _)| *id);
        let mut behind = 0;
        self.running = at.unwrap_or_else(|at| {
            behind = self.all.len() - at;
            self.all.insert(at, (thread, Vec::new()));
            at
        });
        behind
    }

    /// Forgets thread 0, where a keyframe keeps suspended frames; no recorder uses it.
    pub(super) fn forget_zero(&mut self) {
        if let Some((ThreadId(0), _)) = self.all.first() {
            self.all.remove(0);
            self.running = self.running.saturating_sub(1);
        }
    }
}
