//! Bytes to stacks alone: where each event is, without a value being made.

use super::Decoder;
use crate::encode::{code, part, tag};
use crate::error::{Error, Result};
use crate::event::{EventKind, NewFrame};
use crate::ids::{FrameId, NameId, ObjectId, ThreadId};
use crate::touches::Spot;

/// What an operation means for stacks, without its values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Nothing.
    Aside,
    /// `Op::Set`, `Op::Append`, `Op::Unset`, `Op::Cell`, or `Op::Again`; of that, those below, too.
    Slot(u32),
    /// `Op::Share`: the other frame and its slot.
    Share(FrameId, u32),
    /// `Op::Object` or `Op::Length`
    Whole(ObjectId),
    /// `Op::Splice`: object, index, how many go, how many come.
    Splice(ObjectId, u64, u64, u64),
    /// `Op::Put`, or with `true` `Op::Remove`: object, index.
    Pair(ObjectId, u64, bool),
    /// `Op::Field` or `Op::Unfield`
    Field(ObjectId, NameId),
    /// `Op::Thread`
    Thread(ThreadId),
    /// `Op::Push`
    Push(NewFrame),
    /// `Op::Moved`
    Moved(u32),
    /// `Op::Gone`
    Gone(FrameId),
    /// `Op::Reenter`
    Reenter(FrameId),
    /// `Op::Suspend`
    Suspend(FrameId),
    /// `Op::Start`
    Start(NewFrame),
    /// `Op::Resume` or `Op::Throw`
    Wake(EventKind, FrameId),
    /// `Op::Line`
    Line(u32),
    /// Any other event.
    Event(EventKind),
}

impl Decoder<'_> {
    /// The next operation without its values, as [`next_op`](Self::next_op).
    pub(crate) fn next_step(&mut self) -> Result<Option<Step>> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        if let Some(line) = self.next_line() {
            return Ok(Some(Step::Line(line)));
        }
        self.step().map(Some)
    }

    /// Steps over the next operation if it is about an object and nothing else.
    #[inline]
    pub(crate) fn skip_of_object(&mut self) -> Result<bool> {
        let is_of_object = matches!(
            self.bytes.get(self.at),
            Some(
                &(code::OBJECT
                    | code::SPLICE
                    | code::PUT
                    | code::REMOVE
                    | code::FIELD
                    | code::UNFIELD
                    | code::LENGTH
                    | code::DROP
                    | code::LATE)
            )
        );
        if is_of_object {
            self.step()?;
        }
        Ok(is_of_object)
    }

    fn step(&mut self) -> Result<Step> {
        let first = self.byte()?;
        Ok(match first {
            code::THREAD => Step::Thread(self.thread()?),
            code::PUSH => Step::Push(self.frame()?),
            code::MOVED => Step::Moved(self.small()?),
            code::GONE => Step::Gone(FrameId(self.number()?)),
            code::REENTER => Step::Reenter(FrameId(self.number()?)),
            code::SUSPEND => Step::Suspend(FrameId(self.number()?)),
            code::START => Step::Start(self.frame()?),
            code::LINE => Step::Line(self.small()?),
            code::RESUME => Step::Wake(EventKind::Resume, FrameId(self.number()?)),
            code::THROW => {
                let frame = FrameId(self.number()?);
                self.skip_value()?;
                Step::Wake(EventKind::Throw, frame)
            }
            code::SET => {
                let slot = self.small()?;
                self.skip_value()?;
                Step::Slot(slot)
            }
            code::APPEND => {
                let (slot, length) = (self.small()?, self.number()?);
                self.take(length)?;
                self.number()?;
                Step::Slot(slot)
            }
            code::UNSET => Step::Slot(self.small()?),
            code::SHARE => {
                self.number()?;
                Step::Share(FrameId(self.number()?), self.small()?)
            }
            code::CELL => {
                let slot = self.small()?;
                self.number()?;
                Step::Slot(slot)
            }
            code::AGAIN => match self.spot()? {
                Spot::Field(id, name) => Step::Field(id, name),
                Spot::Pair(id, at) => Step::Pair(id, at, false),
                Spot::Slot(_, slot) => Step::Slot(slot),
                // As if it were put there.
                Spot::Item(id, at) => Step::Splice(id, at, 1, 1),
                Spot::Object(_) => Step::Aside,
            },
            code::OBJECT => {
                let id = self.id()?;
                self.skip_object()?;
                Step::Whole(id)
            }
            code::SPLICE => {
                let (id, at, gone, come) =
                    (self.id()?, self.number()?, self.number()?, self.number()?);
                self.skip_values(come)?;
                Step::Splice(id, at, gone, come)
            }
            code::PUT => {
                let (id, at) = (self.id()?, self.number()?);
                self.skip_values(2)?;
                Step::Pair(id, at, false)
            }
            code::REMOVE => Step::Pair(self.id()?, self.number()?, true),
            code::FIELD => {
                let (id, name) = (self.id()?, self.name()?);
                self.skip_value()?;
                Step::Field(id, name)
            }
            code::UNFIELD => Step::Field(self.id()?, self.name()?),
            code::LENGTH => {
                let id = self.id()?;
                self.number()?;
                Step::Whole(id)
            }
            code::LATE => {
                self.number()?;
                self.number()?;
                Step::Aside
            }
            code::TIME | code::DROP => {
                self.number()?;
                Step::Aside
            }
            event => {
                let number = usize::from(event.wrapping_sub(code::EVENT));
                let Some(kind) = EventKind::ALL.get(number) else {
                    return Err(Error::Malformed("operation"));
                };
                self.skip_value()?;
                Step::Event(*kind)
            }
        })
    }

    fn skip_object(&mut self) -> Result<()> {
        self.class()?;
        let parts = self.byte()?;
        if parts & part::LENGTH != 0 {
            self.number()?;
        }
        if parts & part::UNKNOWN != 0 {
            self.byte()?;
        }
        if parts & part::ITEMS != 0 {
            let count = self.number()?;
            self.skip_values(count)?;
        }
        if parts & part::PAIRS != 0 {
            let count = self.number()?;
            self.skip_values(count.saturating_mul(2))?;
        }
        if parts & part::FIELDS != 0 {
            for _ in 0..self.number()? {
                self.name()?;
                self.skip_value()?;
            }
        }
        if parts & part::TEXT != 0 {
            let length = self.number()?;
            self.take(length)?;
        }
        if parts & part::BASE != 0 {
            self.skip_value()?;
        }
        Ok(())
    }

    fn skip_values(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            self.skip_value()?;
        }
        Ok(())
    }

    fn skip_value(&mut self) -> Result<()> {
        let bytes = match self.byte()? {
            tag::NONE | tag::FALSE | tag::TRUE | tag::ELLIPSIS | tag::NOT_IMPLEMENTED => 0,
            tag::REDACTED => 0,
            tag::INT | tag::OBJECT => {
                self.number()?;
                0
            }
            tag::UNKNOWN => 1,
            tag::FLOAT => 8,
            tag::COMPLEX => 16,
            tag::BIG => {
                self.byte()?;
                self.number()?
            }
            tag::STR | tag::BYTES => self.number()?,
            tag::STR_CUT | tag::BYTES_CUT => {
                self.number()?;
                self.number()?
            }
            tag::RANGE => return self.parts().map(|_| ()),
            _ => return Err(Error::Malformed("value")),
        };
        self.take(bytes).map(|_| ())
    }
}
