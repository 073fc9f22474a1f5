//! What is true at a position: threads, their stacks of frames, bindings, objects.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::event::{EventKind, NewFrame, Op};
use crate::ids::{CodeId, FrameId, IdMap, NameId, ObjectId, Pos, TypeId};
use crate::value::{Reason, Value};

pub use frame::Frame;
pub use growing::MOST_APPENDED;
use growing::{grow, longer};
use room::Room;
pub use stacks::Stacks;

/// The contents of an object, as far as they were captured.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its class.
    pub class: TypeId,
    /// The true length, for containers.
    pub length: Option<u64>,
    /// Items of a sequence or set, in order of iteration.
    pub items: Option<Vec<Value>>,
    /// Keys and values of a dict, in order of insertion.
    pub pairs: Option<Vec<(Value, Value)>>,
    /// Attributes: the instance dict, then slots.
    pub fields: Option<Vec<(NameId, Value)>>,
    /// A text that stands for the object (functions, classes, modules).
    pub text: Option<Arc<str>>,
    /// The atom it extends (an `int` subclass …), or the bytes of a `bytearray`.
    pub base: Option<Value>,
    /// Contents beyond a limit were left out.
    pub cut: bool,
    /// Contents were not captured, and why.
    pub unknown: Option<Reason>,
}

impl Object {
    /// An object of which nothing is known but its class.
    #[must_use]
    pub fn new(class: TypeId) -> Self {
        Object {
            class,
            length: None,
            items: None,
            pairs: None,
            fields: None,
            text: None,
            base: None,
            cut: false,
            unknown: None,
        }
    }
}

/// The fold of all operations up to a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// How many events were applied, the keyframe's included: the position after the last event.
    pub next: Pos,
    /// The kind of the last event and the value it carries.
    pub event: Option<(EventKind, Option<Value>)>,
    /// Frames that run.
    pub stacks: Stacks,
    /// Suspended frames of generators and coroutines.
    pub suspended: IdMap<FrameId, Frame>,
    /// Objects that something recorded holds. Shared between copies of the state, so that a debugger
    /// can keep many; one that changes is copied then.
    pub objects: IdMap<ObjectId, Arc<Object>>,
    /// Nanoseconds since recording began, as last told.
    pub time: u64,
    /// Objects whose changes the last event found late, and since when they can have been made.
    pub(crate) late: Vec<(ObjectId, Pos)>,
    /// What it costs whoever reads it.
    pub(crate) room: Room,
}

/// An object that is about to change.
fn object_mut(objects: &mut IdMap<ObjectId, Arc<Object>>, id: ObjectId) -> Result<&mut Object> {
    let object = objects.get_mut(&id).map(Arc::make_mut);
    object.ok_or_else(|| Error::Malformed("unknown object"))
}

impl State {
    /// The empty state before event `next`.
    #[must_use]
    pub fn new(next: Pos) -> Self {
        State {
            next,
            ..State::default()
        }
    }

    /// The frame that runs on the running thread.
    #[inline]
    #[must_use]
    pub fn top(&self) -> Option<&Frame> {
        self.stacks.top()
    }

    #[inline]
    fn top_mut(&mut self) -> Result<&mut Frame> {
        let top = self.stacks.running_mut().last_mut();
        top.ok_or_else(|| Error::Malformed("no frame is running"))
    }

    /// A frame that returned, yielded or was unwound stays visible at that event, and goes with
    /// the next operation.
    #[inline]
    fn settle(&mut self) {
        self.late.clear();
        if let Some((kind, _)) = self.event.take()
            && kind.leaves()
            && let Some(frame) = self.stacks.running_mut().pop()
            && kind == EventKind::Yield
        {
            self.suspended.insert(frame.info.frame, frame);
        }
    }

    /// What `apply(Op::Line(line))` does, without an operation being built: the writer meets it
    /// once for each line of the program.
    #[inline]
    pub(crate) fn apply_line(&mut self, line: u32) -> Result<NewFrame> {
        if self.event.is_some() {
            self.settle();
        }
        let frame = &mut self.top_mut()?.info;
        frame.line = line;
        let frame = *frame;
        self.next.0 += 1;
        self.event = Some((EventKind::Line, None));
        Ok(frame)
    }

    /// Where `Op::Set(slot, …)` puts its value, and the frame that has the slot.
    #[inline]
    fn place_to_set(&mut self, slot: u32) -> Result<(&mut Option<Value>, FrameId)> {
        if self.event.is_some() {
            self.settle();
        }
        let frame = self.stacks.running_mut().last_mut();
        let frame = frame.ok_or_else(|| Error::Malformed("no frame is running"))?;
        let id = frame.info.frame;
        if slot as usize >= frame.slots.len() {
            self.room.widen(frame, slot)?;
        }
        Ok((frame.place(slot), id))
    }

    /// Applies one operation; says which event it was, if any. The only meaning of operations.
    pub fn apply(&mut self, op: Op) -> Result<Option<EventKind>> {
        if self.event.is_some() {
            self.settle();
        }
        let kind = op.event();
        let value = self.change(op)?;
        if let Some(kind) = kind {
            self.next.0 += 1;
            self.event = Some((kind, value));
        }
        Ok(kind)
    }

    fn change(&mut self, op: Op) -> Result<Option<Value>> {
        match op {
            Op::Thread(id) => {
                let behind = self.stacks.run(id);
                self.room.moved(behind, size_of::<Frame>());
            }
            Op::Time(time) => self.time = time,
            Op::Push(info) | Op::Start(info) => self.stacks.running_mut().push(Frame::new(info)),
            Op::Gone(id) => {
                if self.take_off(id).is_none() {
                    self.suspended.remove(&id);
                }
            }
            Op::Reenter(id) => match self.suspended.remove(&id) {
                Some(frame) => self.stacks.running_mut().push(frame),
                None => return Err(Error::Malformed("frame is not suspended")),
            },
            Op::Suspend(id) => {
                if let Some(frame) = self.take_off(id) {
                    self.suspended.insert(id, frame);
                }
            }
            Op::Again(_) => {}
            Op::Cell(slot, cell) => {
                let frame = self.top_mut()?;
                frame.put_in_cell(slot, cell);
                let cells = frame.cells.len();
                self.room.moved(cells, size_of::<(u32, ObjectId)>());
            }
            Op::Set(slot, value) => *self.place_to_set(slot)?.0 = Some(value),
            Op::Append(slot, text, characters) => {
                let places = &mut self.top_mut()?.slots;
                let place = places.get_mut(slot as usize).and_then(Option::as_mut);
                let longer = place
                    .as_deref()
                    .and_then(|old| longer(old, &text, characters));
                match (place, longer) {
                    (Some(place), Some(longer)) => {
                        let length = match &longer {
                            Value::Str(text) => text.len(),
                            _ => 0,
                        };
                        *place = longer;
                        self.room.joined(length);
                    }
                    _ => return Err(Error::Malformed("appends to what is no text, or too long")),
                }
            }
            Op::Unset(slot) => self.top_mut()?.unset(slot),
            Op::Share(slot, id, other) => {
                let value = self.top_mut()?.slots.get(slot as usize).cloned().flatten();
                let stack = self.stacks.running_mut();
                let at = stack.iter().rposition(|frame| frame.info.frame == id);
                let at = at.ok_or(Error::Malformed("frame is not on the stack"))?;
                self.room.moved(stack.len() - at, size_of::<Frame>());
                let frame = &mut stack[at];
                self.room.widen(frame, other)?;
                match value {
                    Some(value) => *frame.place(other) = Some(value),
                    None => frame.unset(other),
                }
            }
            Op::Object(id, object) => {
                self.objects.insert(id, Arc::from(object));
            }
            Op::Splice(id, at, deleted, inserted) => {
                let object = object_mut(&mut self.objects, id)?;
                let items = object.items.get_or_insert_default();
                let before = items.len() as u64;
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(items.len());
                let end = at.saturating_add(usize::try_from(deleted).unwrap_or(usize::MAX));
                let end = end.min(items.len());
                self.room.moved(items.len() - at, size_of::<Value>());
                match inserted.into_iter() {
                    // Lists grow at their end: no need for a general splice there.
                    inserted if at == items.len() => items.extend(inserted),
                    inserted => drop(items.splice(at..end, inserted)),
                }
                let now = items.len() as u64;
                grow(&mut object.length, before, now);
            }
            Op::Put(id, at, key, value) => {
                let object = object_mut(&mut self.objects, id)?;
                let pairs = object.pairs.get_or_insert_default();
                let before = pairs.len() as u64;
                match pairs.get_mut(usize::try_from(at).unwrap_or(usize::MAX)) {
                    Some(pair) => *pair = (key, value),
                    None => pairs.push((key, value)),
                }
                let now = pairs.len() as u64;
                grow(&mut object.length, before, now);
            }
            Op::Remove(id, at) => {
                let object = object_mut(&mut self.objects, id)?;
                let pairs = object.pairs.get_or_insert_default();
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                if at < pairs.len() {
                    let before = pairs.len() as u64;
                    self.room
                        .moved(pairs.len() - at, size_of::<(Value, Value)>());
                    pairs.remove(at);
                    grow(&mut object.length, before, before - 1);
                }
            }
            Op::Field(id, name, value) => {
                let fields = object_mut(&mut self.objects, id)?
                    .fields
                    .get_or_insert_default();
                self.room.moved(fields.len(), size_of::<Value>());
                match fields.iter_mut().find(|field| field.0 == name) {
                    Some(field) => field.1 = value,
                    None => fields.push((name, value)),
                }
            }
            Op::Unfield(id, name) => {
                let fields = object_mut(&mut self.objects, id)?
                    .fields
                    .get_or_insert_default();
                self.room.moved(fields.len(), size_of::<Value>());
                fields.retain(|field| field.0 != name);
            }
            Op::Length(id, length) => object_mut(&mut self.objects, id)?.length = Some(length),
            Op::Drop(id) => {
                self.objects.remove(&id);
            }
            Op::Late(id, since) => self.late.push((id, since)),
            Op::Resume(id) => self.wake(id)?,
            Op::Throw(id, value) => {
                self.wake(id)?;
                return Ok(Some(value));
            }
            Op::Moved(line) | Op::Line(line) => self.top_mut()?.info.line = line,
            Op::Return(value)
            | Op::Yield(value)
            | Op::Raise(value)
            | Op::Handle(value)
            | Op::Unwind(value)
            | Op::Mark(value) => {
                self.top_mut()?;
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Takes a frame off the running thread's stack, wherever it is there.
    fn take_off(&mut self, id: FrameId) -> Option<Frame> {
        let stack = self.stacks.running_mut();
        let at = stack.iter().rposition(|frame| frame.info.frame == id);
        let passed = stack.len() - at.unwrap_or(0);
        self.room.moved(passed, size_of::<Frame>());
        Some(stack.remove(at?))
    }

    /// Puts a suspended frame on the stack; one whose suspension was not seen is there already.
    fn wake(&mut self, id: FrameId) -> Result<()> {
        if let Some(frame) = self.suspended.remove(&id) {
            self.stacks.running_mut().push(frame);
        } else if self.top_mut()?.info.frame != id {
            return Err(Error::Malformed("frame is not suspended"));
        }
        Ok(())
    }

    /// The code a frame runs, wherever the frame is.
    #[must_use]
    pub fn frame(&self, id: FrameId) -> Option<&Frame> {
        if let Some(top) = self.top()
            && top.info.frame == id
        {
            return Some(top);
        }
        self.stacks
            .iter()
            .flat_map(|(_, stack)| stack)
            .find(|frame| frame.info.frame == id)
            .or_else(|| self.suspended.get(&id))
    }

    /// What a variable of a frame holds; nothing if it is unbound.
    #[must_use]
    pub fn variable<'s>(&'s self, frame: &'s Frame, slot: usize) -> Option<&'s Value> {
        match frame.cell(u32::try_from(slot).ok()?) {
            Some(cell) => self.objects.get(&cell)?.items.as_ref()?.first(),
            None => frame.slots.get(slot)?.as_ref(),
        }
    }

    /// Since when the changes of an object that the last event found can have been made, if that may
    /// be before the line that ran then.
    #[must_use]
    pub fn late(&self, id: ObjectId) -> Option<Pos> {
        let late = self.late.iter().rev();
        late.filter(|(object, _)| *object == id)
            .map(|(_, since)| *since)
            .min()
    }

    /// All of them, in the order in which they were found.
    pub fn all_late(&self) -> impl Iterator<Item = (ObjectId, Pos)> + '_ {
        self.late.iter().copied()
    }

    /// The code of the running frame.
    #[must_use]
    pub fn code(&self) -> Option<CodeId> {
        self.top().map(|frame| frame.info.code)
    }
}

mod frame;
mod growing;
mod keyframe;
mod room;
mod stacks;
#[cfg(test)]
mod tests;
