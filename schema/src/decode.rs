//! Bytes to operations. Input may be hostile: no length is believed, and nothing here recurses.

use std::sync::Arc;

use crate::encode::{again, code, tag};
use crate::error::{Error, Result};
use crate::event::{NewFrame, Op};
use crate::facts::Facts;
use crate::ids::{FrameId, ObjectId, Pos};
use crate::touches::Spot;
use crate::value::{Reason, Value};

mod known;
mod objects;
mod steps;

pub(crate) use steps::Step;

/// No frame has more variables.
const MAX_SLOT: u32 = u16::MAX as u32;

/// Reads operations one after another.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What numbers of code objects, types, names and threads must be in.
    facts: Option<&'a Facts>,
    /// How many bytes one operation may make, and how many the present one has.
    room: u64,
    made: u64,
}

/// The number that bytes begin with, if it is whole, and the bytes after it.
#[inline]
fn split_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut number = u64::from(first & 0x7f);
    let mut last = *first;
    let mut shift = 0;
    while last >= 0x80 {
        shift += 7;
        if shift == 70 {
            return None;
        }
        (last, rest) = rest.split_first().map(|(byte, rest)| (*byte, rest))?;
        number |= u64::from(last & 0x7f) << shift;
    }
    Some((number, rest))
}

/// The number that was written so that small ones of either sign are short.
fn int(zigzag: u64) -> Value {
    Value::Int((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
}

impl<'a> Decoder<'a> {
    /// Starts at byte `at`.
    #[must_use]
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Decoder {
            bytes,
            at,
            facts: None,
            room: u64::MAX,
            made: 0,
        }
    }

    /// Where the next operation begins.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next operation; `None` at the end; `Error::Incomplete` when the bytes stop within one
    /// (the position then stays at its beginning).
    pub fn next_op(&mut self) -> Result<Option<Op>> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        self.made = 0;
        match self.op() {
            Ok(op) => Ok(Some(op)),
            Err(error) => {
                self.at = start;
                Err(error)
            }
        }
    }

    /// The next operation if it is a whole `Op::Line`, the most frequent one.
    #[inline]
    pub(crate) fn next_line(&mut self) -> Option<u32> {
        let line = match *self.bytes.get(self.at..)? {
            [code::LINE, low, ..] if low < 0x80 => {
                self.at += 2;
                return Some(u32::from(low));
            }
            [code::LINE, low, high, ..] if high < 0x80 => {
                u32::from(low & 0x7f) | u32::from(high) << 7
            }
            _ => return None,
        };
        self.at += 3;
        Some(line)
    }

    /// The next operation if it is a whole `Op::Set` of an `int` or an object, the most frequent
    /// ones.
    #[inline]
    pub(crate) fn next_set_of_number(&mut self) -> Option<(u32, Value)> {
        let [code::SET, rest @ ..] = self.bytes.get(self.at..)? else {
            return None;
        };
        let (slot, rest) = split_number(rest)?;
        let [tag @ (tag::INT | tag::OBJECT), rest @ ..] = rest else {
            return None;
        };
        let (number, rest) = split_number(rest)?;
        let slot = u32::try_from(slot).ok().filter(|slot| *slot <= MAX_SLOT)?;
        self.at = self.bytes.len() - rest.len();
        Some((
            slot,
            match *tag {
                tag::INT => int(number),
                _ => Value::Object(ObjectId(number)),
            },
        ))
    }

    /// The next operation if it is a whole `Op::Set`, without an operation being built.
    #[inline]
    pub(crate) fn next_set(&mut self) -> Option<(u32, Value)> {
        let start = self.at;
        if self.bytes.get(start) != Some(&code::SET) {
            return None;
        }
        self.at += 1;
        match (self.small(), self.value()) {
            (Ok(slot), Ok(value)) if slot <= MAX_SLOT => Some((slot, value)),
            // Whatever is wrong, the general way says it.
            _ => {
                self.at = start;
                None
            }
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        // Not `ok_or`: an error that is made to be dropped is not free.
        let Some(byte) = self.bytes.get(self.at) else {
            return Err(Error::Incomplete);
        };
        self.at += 1;
        Ok(*byte)
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((number, after)) = split_number(rest) else {
            return Err(match rest.len() {
                ..10 => Error::Incomplete,
                _ => Error::Malformed("number"),
            });
        };
        self.at += rest.len() - after.len();
        Ok(number)
    }

    #[inline]
    fn small(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| Error::Malformed("number too large"))
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8]> {
        let count = usize::try_from(count).map_err(|_| Error::Malformed("length"))?;
        let Some(end) = self.at.checked_add(count) else {
            return Err(Error::Malformed("length"));
        };
        let Some(bytes) = self.bytes.get(self.at..end) else {
            return Err(Error::Incomplete);
        };
        self.at = end;
        Ok(bytes)
    }

    fn eight(&mut self) -> Result<u64> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(eight))
    }

    /// A count of things of at least one byte each; room is made for no more than can follow.
    fn count(&mut self) -> Result<(u64, usize)> {
        let count = self.number()?;
        let room = self.bytes.len().saturating_sub(self.at);
        Ok((
            count,
            usize::try_from(count)
                .unwrap_or(usize::MAX)
                .min(room)
                .min(4096),
        ))
    }

    fn id(&mut self) -> Result<ObjectId> {
        Ok(ObjectId(self.number()?))
    }

    #[inline]
    fn value(&mut self) -> Result<Value> {
        if self.bytes.get(self.at) == Some(&tag::RANGE) {
            self.at += 1;
            self.makes(96)?;
            return Ok(Value::Range(Arc::new(self.parts()?)));
        }
        self.atom()
    }

    fn parts(&mut self) -> Result<[Value; 3]> {
        Ok([self.atom()?, self.atom()?, self.atom()?])
    }

    #[inline]
    fn atom(&mut self) -> Result<Value> {
        Ok(match self.byte()? {
            tag::NONE => Value::None,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::ELLIPSIS => Value::Ellipsis,
            tag::NOT_IMPLEMENTED => Value::NotImplemented,
            tag::INT => int(self.number()?),
            tag::BIG => {
                let negative = self.byte()? != 0;
                let length = self.number()?;
                self.makes(80)?;
                Value::BigInt((negative, self.take(length)?.into()).into())
            }
            tag::FLOAT => Value::Float(f64::from_bits(self.eight()?)),
            tag::COMPLEX => {
                let real = f64::from_bits(self.eight()?);
                Value::Complex(Arc::new((real, f64::from_bits(self.eight()?))))
            }
            tag::STR => {
                let length = self.number()?;
                self.makes(32)?;
                Value::Str(self.take(length)?.into())
            }
            tag::BYTES => {
                let length = self.number()?;
                self.makes(32)?;
                Value::Bytes(self.take(length)?.into())
            }
            tag::STR_CUT => Value::StrCut(self.cut()?),
            tag::BYTES_CUT => Value::BytesCut(self.cut()?),
            tag::OBJECT => Value::Object(self.id()?),
            tag::UNKNOWN => {
                Value::Unknown(Reason::from_u8(self.byte()?).ok_or(Error::Malformed("reason"))?)
            }
            tag::REDACTED => Value::Redacted,
            _ => return Err(Error::Malformed("value")),
        })
    }

    fn cut(&mut self) -> Result<Arc<(Arc<[u8]>, u64)>> {
        let true_length = self.number()?;
        let length = self.number()?;
        self.makes(80)?;
        Ok(Arc::new((self.take(length)?.into(), true_length)))
    }

    fn values(&mut self) -> Result<Vec<Value>> {
        let (count, room) = self.count()?;
        let mut values = Vec::with_capacity(room);
        for _ in 0..count {
            self.makes(size_of::<Value>())?;
            values.push(self.value()?);
        }
        Ok(values)
    }

    fn frame(&mut self) -> Result<NewFrame> {
        Ok(NewFrame {
            frame: FrameId(self.number()?),
            code: self.code()?,
            line: self.small()?,
            globals: self.id()?,
            namespace: self.id()?,
        })
    }

    /// A slot that is set. A frame makes room up to its highest slot, so a hostile one must not be high.
    fn slot(&mut self) -> Result<u32> {
        let slot = self.small()?;
        if slot > MAX_SLOT {
            return Err(Error::Malformed("slot"));
        }
        Ok(slot)
    }

    /// What `Op::Again` is about; a slot is one of the top frame.
    fn spot(&mut self) -> Result<Spot> {
        Ok(match self.byte()? {
            again::SLOT => Spot::Slot(FrameId(0), self.slot()?),
            again::FIELD => Spot::Field(self.id()?, self.name()?),
            again::PAIR => Spot::Pair(self.id()?, self.number()?),
            again::ITEM => Spot::Item(self.id()?, self.number()?),
            _ => return Err(Error::Malformed("spot")),
        })
    }

    fn op(&mut self) -> Result<Op> {
        Ok(match self.byte()? {
            code::THREAD => Op::Thread(self.thread()?),
            code::TIME => Op::Time(self.number()?),
            code::PUSH => Op::Push(self.frame()?),
            code::MOVED => Op::Moved(self.small()?),
            code::GONE => Op::Gone(FrameId(self.number()?)),
            code::REENTER => Op::Reenter(FrameId(self.number()?)),
            code::SUSPEND => Op::Suspend(FrameId(self.number()?)),
            code::SET => Op::Set(self.slot()?, self.value()?),
            code::APPEND => {
                let (slot, length) = (self.small()?, self.number()?);
                Op::Append(slot, self.take(length)?.into(), self.number()?)
            }
            code::UNSET => Op::Unset(self.small()?),
            code::SHARE => Op::Share(self.small()?, FrameId(self.number()?), self.slot()?),
            code::CELL => Op::Cell(self.slot()?, self.id()?),
            code::AGAIN => Op::Again(self.spot()?),
            code::OBJECT => {
                let id = self.id()?;
                Op::Object(id, Box::new(self.object()?))
            }
            code::SPLICE => {
                let (id, at, deleted) = (self.id()?, self.number()?, self.number()?);
                Op::Splice(id, at, deleted, self.values()?)
            }
            code::PUT => {
                let (id, at) = (self.id()?, self.number()?);
                let key = self.value()?;
                Op::Put(id, at, key, self.value()?)
            }
            code::REMOVE => Op::Remove(self.id()?, self.number()?),
            code::FIELD => {
                let (id, name) = (self.id()?, self.name()?);
                Op::Field(id, name, self.value()?)
            }
            code::UNFIELD => Op::Unfield(self.id()?, self.name()?),
            code::LENGTH => Op::Length(self.id()?, self.number()?),
            code::DROP => Op::Drop(self.id()?),
            code::LATE => Op::Late(self.id()?, Pos(self.number()?)),
            code::START => Op::Start(self.frame()?),
            code::RESUME => Op::Resume(FrameId(self.number()?)),
            code::THROW => {
                let frame = FrameId(self.number()?);
                Op::Throw(frame, self.value()?)
            }
            code::LINE => Op::Line(self.small()?),
            code::RETURN => Op::Return(self.value()?),
            code::YIELD => Op::Yield(self.value()?),
            code::RAISE => Op::Raise(self.value()?),
            code::HANDLE => Op::Handle(self.value()?),
            code::UNWIND => Op::Unwind(self.value()?),
            code::MARK => Op::Mark(self.value()?),
            _ => return Err(Error::Malformed("operation")),
        })
    }
}
