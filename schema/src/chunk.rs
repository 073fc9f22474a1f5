//! A chunk: a keyframe and the operations after it, and where the events in them are.

use crate::decode::{Decoder, Step};
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, NewFrame};
use crate::ids::{ChunkId, FrameId, IdMap, Pos, ThreadId};
use crate::state::State;

/// Where a chunk lies, without its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkInfo {
    /// Its number.
    pub id: ChunkId,
    /// Position of its first event.
    pub first: Pos,
    /// How many events it holds.
    pub events: u64,
    /// Of these, lines.
    pub lines: u64,
    /// Bit n is set when it holds an event of kind number n.
    pub kinds: u64,
    /// Whether its line table is complete.
    pub sealed: bool,
}

impl ChunkInfo {
    /// Whether it may hold an event of this kind.
    #[must_use]
    pub fn may_hold(&self, kind: EventKind) -> bool {
        self.kinds & (1 << kind as u8) != 0
    }
}

/// A decoded chunk: its keyframe, its operations and where the events in them are.
#[derive(Debug)]
pub struct Chunk {
    /// Where it lies.
    pub info: ChunkInfo,
    keyframe: Vec<u8>,
    ops: Vec<u8>,
    /// Its events, in order.
    pub events: Vec<EventInfo>,
}

impl Chunk {
    /// A chunk from its bytes, if its events are where `info` says.
    pub(crate) fn new(info: ChunkInfo, keyframe: Vec<u8>, ops: Vec<u8>) -> Result<Chunk> {
        let mut places = Places::default();
        let located = places.walk(&keyframe, &mut Vec::new()).and_then(|()| {
            places.settle();
            let mut events = Vec::with_capacity(ops.len().min(info.events as usize));
            places.walk(&ops, &mut events).map(|()| events)
        });
        let events = located.map_err(|error| error.in_chunk(info.id))?;
        if events.len() as u64 != info.events {
            return Err(Error::Damaged(
                info.id.0,
                "its events are not as many as promised",
            ));
        }
        Ok(Chunk {
            info,
            keyframe,
            ops,
            events,
        })
    }

    /// The state before its first event.
    pub fn start(&self) -> Result<State> {
        State::from_keyframe(self.info.first, &self.keyframe)
            .map_err(|error| error.in_chunk(self.info.id))
    }

    /// Moves `state`, which must be within this chunk or at its start, forward until the event
    /// at `pos` was applied.
    pub fn advance(&self, state: &mut State, pos: Pos) -> Result<()> {
        let done = state.next.0.saturating_sub(self.info.first.0);
        let at = match done.checked_sub(1) {
            None => 0,
            Some(last) => self
                .events
                .get(last as usize)
                .map_or(self.ops.len(), |e| e.end as usize),
        };
        let mut decoder = Decoder::new(&self.ops, at);
        while state.next <= pos {
            self.one(&mut decoder, state)
                .map_err(|error| error.in_chunk(self.info.id))?;
        }
        Ok(())
    }

    fn one(&self, decoder: &mut Decoder<'_>, state: &mut State) -> Result<()> {
        if let Some(line) = decoder.next_line() {
            return state.apply_line(line).map(|_| ());
        }
        if let Some((slot, value)) = decoder.next_set() {
            return state.apply_set(slot, value);
        }
        match decoder.next_op()? {
            Some(op) => state.apply(op).map(|_| ()),
            None => Err(Error::Malformed("fewer events than promised")),
        }
    }
}

/// A frame and where it is.
#[derive(Clone, Copy)]
struct Place {
    frame: FrameId,
    code: crate::CodeId,
    line: u32,
}

impl From<NewFrame> for Place {
    fn from(new: NewFrame) -> Self {
        Place {
            frame: new.frame,
            code: new.code,
            line: new.line,
        }
    }
}

/// A fold of stacks alone: [`State`] says what operations mean, this follows it without values.
#[derive(Default)]
struct Places {
    thread: ThreadId,
    /// The stack of `thread`.
    stack: Vec<Place>,
    /// The stacks of the others.
    stacks: IdMap<ThreadId, Vec<Place>>,
    suspended: IdMap<FrameId, Place>,
    leaving: Option<EventKind>,
}

impl Places {
    fn settle(&mut self) {
        if let Some(kind) = self.leaving.take()
            && let Some(place) = self.stack.pop()
            && kind == EventKind::Yield
        {
            self.suspended.insert(place.frame, place);
        }
    }

    fn walk(&mut self, bytes: &[u8], events: &mut Vec<EventInfo>) -> Result<()> {
        let mut decoder = Decoder::new(bytes, 0);
        while let Some(step) = decoder.next_step()? {
            self.settle();
            if let Some(kind) = self.take(step)? {
                let Some(top) = self.stack.last() else {
                    return Err(Error::Malformed("no frame is running"));
                };
                let end = u32::try_from(decoder.position());
                events.push(EventInfo {
                    kind,
                    thread: self.thread,
                    frame: top.frame,
                    code: top.code,
                    line: top.line,
                    depth: self.stack.len() as u32 - 1,
                    end: end.map_err(|_| Error::Malformed("too many operations"))?,
                });
                self.leaving = kind.leaves().then_some(kind);
            }
        }
        Ok(())
    }

    /// Follows one operation; says which event it was, if any.
    fn take(&mut self, step: Step) -> Result<Option<EventKind>> {
        match step {
            Step::Aside => {}
            Step::Thread(id) => {
                let stack = std::mem::take(&mut self.stack);
                self.stacks.insert(self.thread, stack);
                self.thread = id;
                self.stack = self.stacks.remove(&id).unwrap_or_default();
            }
            Step::Push(new) => self.stack.push(new.into()),
            Step::Start(new) => {
                self.stack.push(new.into());
                return Ok(Some(EventKind::Start));
            }
            Step::Moved(line) => self.line(line),
            Step::Line(line) => {
                self.line(line);
                return Ok(Some(EventKind::Line));
            }
            Step::Gone(id) => match self.stack.iter().rposition(|place| place.frame == id) {
                Some(at) => {
                    self.stack.remove(at);
                }
                None => {
                    self.suspended.remove(&id);
                }
            },
            Step::Wake(kind, id) => {
                self.stack.extend(self.suspended.remove(&id));
                if self.stack.last().is_none_or(|top| top.frame != id) {
                    return Err(Error::Malformed("frame is not suspended"));
                }
                return Ok(Some(kind));
            }
            Step::Event(kind) => return Ok(Some(kind)),
        }
        Ok(None)
    }

    fn line(&mut self, line: u32) {
        if let Some(top) = self.stack.last_mut() {
            top.line = line;
        }
    }
}
