//! Operations to bytes. The recorder calls these from its callbacks, so they neither allocate nor
//! fail: the output grows as it must.

use crate::event::{NewFrame, Op};
use crate::ids::{FrameId, NameId, ObjectId, ThreadId, TypeId};
use crate::state::Object;
use crate::value::Reason;

mod numbers;
mod remarks;
mod values;

pub use numbers::part;
pub(crate) use numbers::{again, code, tag};
pub use remarks::{again, cell, late};
pub use values::{
    big_int, complex, float, int, object_ref, range_head, singleton, text, unknown, value,
};

/// How many bytes the tail of an `Op::Start` takes at most.
pub const TAIL: usize = 16;

/// Where bytes go.
pub trait Out {
    /// Appends one byte.
    fn byte(&mut self, byte: u8);
    /// Appends bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// What is appended next is an event: it takes a position.
    #[inline]
    fn event(&mut self) {}

    /// Appends a number in LEB128.
    #[inline]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Appends a byte and a number.
    #[inline]
    fn tagged(&mut self, tag: u8, number: u64) {
        self.byte(tag);
        self.number(number);
    }

    /// Appends the first bytes of some, so many.
    #[inline]
    fn first(&mut self, bytes: &[u8; TAIL], count: usize) {
        self.bytes(&bytes[..count.min(TAIL)]);
    }

    /// Appends a byte and several numbers.
    fn row<const N: usize>(&mut self, tag: u8, numbers: [u64; N]) {
        self.byte(tag);
        numbers.into_iter().for_each(|number| self.number(number));
    }
}

impl Out for Vec<u8> {
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.push(byte);
    }
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// `Op::Thread`.
pub fn thread(out: &mut impl Out, thread: ThreadId) {
    out.tagged(code::THREAD, u64::from(thread.0));
}

/// `Op::Time`.
pub fn time(out: &mut impl Out, nanoseconds: u64) {
    out.tagged(code::TIME, nanoseconds);
}

fn new_frame(out: &mut impl Out, first: u8, frame: &NewFrame) {
    let (code, line) = (u64::from(frame.code.0), u64::from(frame.line));
    let (globals, namespace) = (frame.globals.0, frame.namespace.0);
    out.row(first, [frame.frame.0, code, line, globals, namespace]);
}

/// `Op::Push`.
pub fn push(out: &mut impl Out, frame: &NewFrame) {
    new_frame(out, code::PUSH, frame);
}

/// `Op::Start`.
#[inline]
pub fn start(out: &mut impl Out, frame: &NewFrame) {
    out.event();
    new_frame(out, code::START, frame);
}

/// What `Op::Start` says of frames of the same code and globals, without a namespace of their own:
/// all but their numbers, encoded once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartTail {
    globals: ObjectId,
    bytes: [u8; TAIL],
    length: u8,
}

impl StartTail {
    /// The tail for such a frame, if it is short enough.
    pub fn new(frame: &NewFrame) -> Option<StartTail> {
        let mut all = Vec::new();
        let (code, line) = (u64::from(frame.code.0), u64::from(frame.line));
        for number in [code, line, frame.globals.0, frame.namespace.0] {
            all.number(number);
        }
        let mut bytes = [0; TAIL];
        bytes.get_mut(..all.len())?.copy_from_slice(&all);
        Some(StartTail {
            globals: frame.globals,
            bytes,
            length: all.len() as u8,
        })
    }

    /// Whether it is that of frames with these globals.
    #[inline]
    pub fn has_globals(&self, globals: ObjectId) -> bool {
        self.length > 0 && self.globals == globals
    }
}

/// `Op::Start` of a frame whose tail is known.
#[inline]
pub fn start_with(out: &mut impl Out, frame: FrameId, tail: &StartTail) {
    out.event();
    out.tagged(code::START, frame.0);
    out.first(&tail.bytes, tail.length.into());
}

/// `Op::Moved`.
pub fn moved(out: &mut impl Out, line: u32) {
    out.tagged(code::MOVED, u64::from(line));
}

/// `Op::Gone`.
pub fn gone(out: &mut impl Out, frame: FrameId) {
    out.tagged(code::GONE, frame.0);
}

/// `Op::Reenter`.
pub fn reenter(out: &mut impl Out, frame: FrameId) {
    out.tagged(code::REENTER, frame.0);
}

/// `Op::Suspend`.
pub fn suspend(out: &mut impl Out, frame: FrameId) {
    out.tagged(code::SUSPEND, frame.0);
}

/// The head of `Op::Set`; a value follows.
#[inline]
pub fn set_head(out: &mut impl Out, slot: u32) {
    out.tagged(code::SET, u64::from(slot));
}

/// `Op::Append`.
pub fn append(out: &mut impl Out, slot: u32, text: &[u8], characters: u64) {
    out.tagged(code::APPEND, u64::from(slot));
    out.number(text.len() as u64);
    out.bytes(text);
    out.number(characters);
}

/// `Op::Share`.
pub fn share(out: &mut impl Out, slot: u32, frame: FrameId, other: u32) {
    out.tagged(code::SHARE, u64::from(slot));
    out.number(frame.0);
    out.number(u64::from(other));
}

/// `Op::Unset`.
pub fn unset(out: &mut impl Out, slot: u32) {
    out.tagged(code::UNSET, u64::from(slot));
}

/// The head of `Op::Object`. The parts follow in the order of their bits: items (count, values),
/// pairs (count, keys and values), fields (count, name ids and values), text (length, bytes), base.
pub fn object_head(
    out: &mut impl Out,
    object: ObjectId,
    class: TypeId,
    mut parts: u8,
    length: Option<u64>,
    unknown: Option<Reason>,
) {
    out.tagged(code::OBJECT, object.0);
    out.number(u64::from(class.0));
    if length.is_some() {
        parts |= part::LENGTH;
    }
    if unknown.is_some() {
        parts |= part::UNKNOWN;
    }
    out.byte(parts);
    if let Some(length) = length {
        out.number(length);
    }
    if let Some(reason) = unknown {
        out.byte(reason as u8);
    }
}

/// The head of `Op::Splice`; `inserted` values follow.
pub fn splice_head(out: &mut impl Out, object: ObjectId, at: u64, deleted: u64, inserted: u64) {
    out.tagged(code::SPLICE, object.0);
    out.number(at);
    out.number(deleted);
    out.number(inserted);
}

/// The head of `Op::Put`; a key and a value follow.
pub fn put_head(out: &mut impl Out, object: ObjectId, at: u64) {
    out.tagged(code::PUT, object.0);
    out.number(at);
}

/// `Op::Remove`.
pub fn remove(out: &mut impl Out, object: ObjectId, at: u64) {
    out.tagged(code::REMOVE, object.0);
    out.number(at);
}

/// The head of `Op::Field`; a value follows.
pub fn field_head(out: &mut impl Out, object: ObjectId, name: NameId) {
    out.tagged(code::FIELD, object.0);
    out.number(u64::from(name.0));
}

/// `Op::Unfield`.
pub fn unfield(out: &mut impl Out, object: ObjectId, name: NameId) {
    out.tagged(code::UNFIELD, object.0);
    out.number(u64::from(name.0));
}

/// `Op::Length`.
pub fn length(out: &mut impl Out, object: ObjectId, length: u64) {
    out.tagged(code::LENGTH, object.0);
    out.number(length);
}

/// `Op::Drop`.
pub fn drop_object(out: &mut impl Out, object: ObjectId) {
    out.tagged(code::DROP, object.0);
}

/// `Op::Line`.
#[inline]
pub fn line(out: &mut impl Out, line: u32) {
    out.event();
    out.tagged(code::LINE, u64::from(line));
}

/// `Op::Resume`.
pub fn resume(out: &mut impl Out, frame: FrameId) {
    out.event();
    out.tagged(code::RESUME, frame.0);
}

/// The head of `Op::Throw`; a value follows.
pub fn throw_head(out: &mut impl Out, frame: FrameId) {
    out.event();
    out.tagged(code::THROW, frame.0);
}

/// The head of `Return`, `Yield`, `Raise`, `Handle`, `Unwind` or `Mark`; a value follows.
#[inline]
pub fn value_event_head(out: &mut impl Out, kind: crate::EventKind) {
    out.event();
    out.byte(code::EVENT + kind as u8);
}

/// An object's contents, as the body of `Op::Object`.
pub fn object(out: &mut impl Out, id: ObjectId, object: &Object) {
    let mut parts = 0;
    for (is_there, bit) in [
        (object.items.is_some(), part::ITEMS),
        (object.pairs.is_some(), part::PAIRS),
        (object.fields.is_some(), part::FIELDS),
        (object.text.is_some(), part::TEXT),
        (object.base.is_some(), part::BASE),
        (object.cut, part::CUT),
    ] {
        if is_there {
            parts |= bit;
        }
    }
    object_head(out, id, object.class, parts, object.length, object.unknown);
    if let Some(items) = &object.items {
        out.number(items.len() as u64);
        items.iter().for_each(|item| value(out, item));
    }
    if let Some(pairs) = &object.pairs {
        out.number(pairs.len() as u64);
        for (key, item) in pairs {
            value(out, key);
            value(out, item);
        }
    }
    if let Some(fields) = &object.fields {
        out.number(fields.len() as u64);
        for (name, item) in fields {
            out.number(u64::from(name.0));
            value(out, item);
        }
    }
    if let Some(text) = &object.text {
        out.number(text.len() as u64);
        out.bytes(text.as_bytes());
    }
    if let Some(base) = &object.base {
        value(out, base);
    }
}

/// Any operation.
pub fn op(out: &mut impl Out, op: &Op) {
    match op {
        Op::Thread(id) => thread(out, *id),
        Op::Time(nanoseconds) => time(out, *nanoseconds),
        Op::Push(frame) => push(out, frame),
        Op::Moved(number) => moved(out, *number),
        Op::Gone(frame) => gone(out, *frame),
        Op::Reenter(frame) => reenter(out, *frame),
        Op::Suspend(frame) => suspend(out, *frame),
        Op::Set(slot, item) => {
            set_head(out, *slot);
            value(out, item);
        }
        Op::Append(slot, text, characters) => append(out, *slot, text, *characters),
        Op::Unset(slot) => unset(out, *slot),
        Op::Share(slot, frame, other) => share(out, *slot, *frame, *other),
        Op::Cell(slot, id) => cell(out, *slot, *id),
        Op::Again(spot) => again(out, *spot),
        Op::Object(id, contents) => object(out, *id, contents),
        Op::Splice(id, at, deleted, items) => {
            splice_head(out, *id, *at, *deleted, items.len() as u64);
            items.iter().for_each(|item| value(out, item));
        }
        Op::Put(id, at, key, item) => {
            put_head(out, *id, *at);
            value(out, key);
            value(out, item);
        }
        Op::Remove(id, at) => remove(out, *id, *at),
        Op::Field(id, name, item) => {
            field_head(out, *id, *name);
            value(out, item);
        }
        Op::Unfield(id, name) => unfield(out, *id, *name),
        Op::Length(id, true_length) => length(out, *id, *true_length),
        Op::Drop(id) => drop_object(out, *id),
        Op::Late(id, since) => late(out, *id, since.0),
        Op::Start(frame) => start(out, frame),
        Op::Resume(frame) => resume(out, *frame),
        Op::Throw(frame, exception) => {
            throw_head(out, *frame);
            value(out, exception);
        }
        Op::Line(number) => line(out, *number),
        Op::Return(item)
        | Op::Yield(item)
        | Op::Raise(item)
        | Op::Handle(item)
        | Op::Unwind(item)
        | Op::Mark(item) => {
            if let Some(kind) = op.event() {
                value_event_head(out, kind);
            }
            value(out, item);
        }
    }
}
