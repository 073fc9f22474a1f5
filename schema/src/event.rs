//! Events, and the operations that stand between them.

use std::sync::Arc;

use crate::ids::{CodeId, FrameId, NameId, ObjectId, Pos, ThreadId};
use crate::state::Object;
use crate::touches::Spot;
use crate::value::Value;

/// What happened; names follow PEP 669 without the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// A function's frame began.
    Start = 0,
    /// A generator or coroutine went on.
    Resume = 1,
    /// An exception was thrown into a generator or coroutine.
    Throw = 2,
    /// A line is about to run.
    Line = 3,
    /// A frame returned.
    Return = 4,
    /// A generator or coroutine was suspended.
    Yield = 5,
    /// An exception was raised in, or reached, a frame.
    Raise = 6,
    /// An exception was caught by a handler, a `finally` or a `with`.
    Handle = 7,
    /// A frame was left by an exception.
    Unwind = 8,
    /// The program gave this moment a name.
    Mark = 9,
}

impl EventKind {
    /// Every kind, in order of number.
    pub const ALL: [EventKind; 10] = [
        EventKind::Start,
        EventKind::Resume,
        EventKind::Throw,
        EventKind::Line,
        EventKind::Return,
        EventKind::Yield,
        EventKind::Raise,
        EventKind::Handle,
        EventKind::Unwind,
        EventKind::Mark,
    ];

    /// The name, as in a dump.
    #[must_use]
    pub fn name(self) -> &'static str {
        [
            "start", "resume", "throw", "line", "return", "yield", "raise", "handle", "unwind",
            "mark",
        ][self as usize]
    }

    /// Whether a debugger may rest here.
    #[must_use]
    pub fn is_step(self) -> bool {
        matches!(
            self,
            EventKind::Line | EventKind::Return | EventKind::Yield | EventKind::Raise
        )
    }

    /// Whether a frame begins to run.
    #[must_use]
    pub fn enters(self) -> bool {
        matches!(
            self,
            EventKind::Start | EventKind::Resume | EventKind::Throw
        )
    }

    /// Whether a frame stops running, for now (`Yield`) or for ever.
    #[must_use]
    pub fn leaves(self) -> bool {
        matches!(
            self,
            EventKind::Return | EventKind::Yield | EventKind::Unwind
        )
    }
}

/// One operation of the stream. Operations before an event are the changes it found.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// What follows belongs to this thread.
    Thread(ThreadId),
    /// Nanoseconds since recording began.
    Time(u64),
    /// A frame is on top of the current thread's stack without having been seen to start.
    Push(NewFrame),
    /// The top frame is on this line, without an event for it: between two lines of a statement
    /// that spans several, an exception can arise on either.
    Moved(u32),
    /// A frame of this number is gone without an event (a generator freed while suspended).
    Gone(FrameId),
    /// The suspended frame is on top of the current thread's stack again and does not go on: an
    /// exception is thrown through it into the generator that it hands on to, which runs next.
    Reenter(FrameId),
    /// A frame of the current thread is suspended (again) without an event.
    Suspend(FrameId),
    /// The variable in this slot of the top frame has this value.
    Set(u32, Value),
    /// The `str` in this slot of the top frame got longer: by these bytes (WTF-8) of what is
    /// recorded of it, and by so many characters in truth.
    Append(u32, Arc<[u8]>, u64),
    /// The variable in this slot of the top frame is unbound.
    Unset(u32),
    /// The variable in this slot of the top frame is that in another slot of another frame of the
    /// stack, too, which now holds what the first one holds.
    Share(u32, FrameId, u32),
    /// The variable in this slot of the top frame lives in this object, a cell, which frames share: its
    /// value is the only item there, or it is unbound.
    Cell(u32, ObjectId),
    /// The running line has stored into this place what is equal to what was there: a variable of
    /// the top frame (whatever frame the spot says), a field, a pair or an item.
    Again(Spot),
    /// The whole contents of an object.
    Object(ObjectId, Box<Object>),
    /// Items of a sequence or set: at this index, so many are replaced by these.
    Splice(ObjectId, u64, u64, Vec<Value>),
    /// A dict's pair at this index is now this; at the index past the last it is a new pair.
    Put(ObjectId, u64, Value, Value),
    /// A dict's pair at this index is gone.
    Remove(ObjectId, u64),
    /// A field has this value; a new field comes last.
    Field(ObjectId, NameId, Value),
    /// A field is gone.
    Unfield(ObjectId, NameId),
    /// The true length of an object whose contents were cut.
    Length(ObjectId, u64),
    /// An object is no longer held by anything recorded.
    Drop(ObjectId),
    /// The changes of an object that the next event found were made after this position, perhaps not by
    /// the line that ran: code that was not recorded can change what no event leads to.
    Late(ObjectId, Pos),
    /// A frame began; arguments are bound by the operations before the next event.
    Start(NewFrame),
    /// The suspended frame goes on.
    Resume(FrameId),
    /// An exception is thrown into the suspended frame.
    Throw(FrameId, Value),
    /// The top frame is about to run this line.
    Line(u32),
    /// The top frame returns a value.
    Return(Value),
    /// The top frame yields a value.
    Yield(Value),
    /// An exception appears in the top frame.
    Raise(Value),
    /// The top frame handles an exception.
    Handle(Value),
    /// The top frame is left by an exception.
    Unwind(Value),
    /// The program names this moment, in the top frame: a `str`.
    Mark(Value),
}

/// What is known of a frame when it appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewFrame {
    /// Its number.
    pub frame: FrameId,
    /// Its code.
    pub code: CodeId,
    /// The line it is on.
    pub line: u32,
    /// The dict of its globals, or 0.
    pub globals: ObjectId,
    /// The mapping that holds its names when they are not in slots (module, class, `exec`), or 0.
    pub namespace: ObjectId,
}

impl Op {
    /// The part of an object that this operation changes, if it does.
    #[must_use]
    pub fn spot(&self) -> Option<Spot> {
        Some(match self {
            Op::Object(id, _) | Op::Splice(id, ..) | Op::Remove(id, _) | Op::Length(id, _) => {
                Spot::Object(*id)
            }
            Op::Put(id, at, ..) => Spot::Pair(*id, *at),
            Op::Field(id, name, _) | Op::Unfield(id, name) => Spot::Field(*id, *name),
            Op::Again(spot @ (Spot::Field(..) | Spot::Pair(..) | Spot::Item(..))) => *spot,
            _ => return None,
        })
    }

    /// The event this operation is, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<EventKind> {
        Some(match self {
            Op::Start(_) => EventKind::Start,
            Op::Resume(_) => EventKind::Resume,
            Op::Throw(..) => EventKind::Throw,
            Op::Line(_) => EventKind::Line,
            Op::Return(_) => EventKind::Return,
            Op::Yield(_) => EventKind::Yield,
            Op::Raise(_) => EventKind::Raise,
            Op::Handle(_) => EventKind::Handle,
            Op::Unwind(_) => EventKind::Unwind,
            Op::Mark(_) => EventKind::Mark,
            _ => return None,
        })
    }
}

/// Where an event stands, without the values: what searches look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// What happened.
    pub kind: EventKind,
    /// In which thread.
    pub thread: ThreadId,
    /// In which frame.
    pub frame: FrameId,
    /// That frame's code.
    pub code: CodeId,
    /// The line the frame is on.
    pub line: u32,
    /// Recorded frames of the thread below this one.
    pub depth: u32,
    /// Where the event's operation ends in its chunk's bytes.
    pub end: u32,
}
