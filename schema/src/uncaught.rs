//! Exceptions that nobody caught, and where CPython's own traceback says that they came from.

use serde::{Deserialize, Serialize};

use crate::ids::{CodeId, FrameId, ObjectId, Pos, ThreadId};

/// What an exception left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Left {
    /// The program, which it ended.
    Program,
    /// The program, as a `SystemExit` with a status that is not 0.
    Exit,
    /// A block that was recorded, or a test.
    Block,
    /// A thread's outermost function.
    Thread,
    /// A task, or a callback of an event loop.
    Task,
}

/// What joins an exception to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Link {
    /// Nothing: it is the one that nobody caught.
    Itself,
    /// The other one was raised `from` it.
    Cause,
    /// It was being handled when the other one was raised.
    Context,
    /// The other one is a group that holds it.
    Part,
}

/// A recorded frame of a traceback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Where the exception appeared in the frame: a `Raise` of it.
    pub pos: Pos,
    /// The frame.
    pub frame: FrameId,
    /// Its code.
    pub code: CodeId,
    /// The line that the traceback names.
    pub line: u32,
}

/// An exception with its traceback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thrown {
    /// What joins it to the one of that number among those that came of it.
    pub link: Link,
    /// The other one's number.
    pub to: u32,
    /// The object, or 0.
    pub object: ObjectId,
    /// Its class: `module.qualname`, as a type's name.
    pub class: String,
    /// The recorded frames of its traceback, outermost first.
    pub traceback: Vec<Passed>,
}

/// An exception that nobody caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncaught {
    /// The thread in which that was known.
    pub thread: ThreadId,
    /// What it left.
    pub left: Left,
    /// The exception first, then those that it came from or holds.
    pub exceptions: Vec<Thrown>,
}

impl Uncaught {
    /// The one that says where it began: of a group, which only gathers, the first of its parts
    /// that was raised in recorded code.
    #[must_use]
    pub fn origin(&self) -> Option<(&Thrown, &Passed)> {
        let mut best = None;
        let mut at = 0;
        loop {
            let thrown = self.exceptions.get(at)?;
            best = thrown.traceback.last().map(|last| (thrown, last)).or(best);
            // Parts come after their group, so this ends.
            let parts = self.exceptions.iter().enumerate().skip(at + 1);
            let mut parts =
                parts.filter(|(_, part)| part.link == Link::Part && part.to as usize == at);
            match parts.find(|(number, _)| self.leads_to_code(*number)) {
                Some((number, _)) => at = number,
                None => return best,
            }
        }
    }

    /// Whether an exception, or a part of it, was raised in recorded code.
    fn leads_to_code(&self, at: usize) -> bool {
        let mut within = vec![at];
        for (number, thrown) in self.exceptions.iter().enumerate().skip(at) {
            let is_part = thrown.link == Link::Part && within.contains(&(thrown.to as usize));
            if number == at || is_part {
                if !thrown.traceback.is_empty() {
                    return true;
                }
                within.push(number);
            }
        }
        false
    }
}
