//! Where frames are: a fold of stacks alone, without values, and the search for changes on top of it.

use crate::chunk::ChunkInfo;
use crate::decode::{Decoder, Step};
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, NewFrame};
use crate::ids::{CodeId, FrameId, IdMap, Pos, ThreadId};
use crate::touches::Spots;

/// A frame and where it is.
#[derive(Clone, Copy)]
struct Place {
    frame: FrameId,
    code: CodeId,
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

/// A fold of stacks alone: [`State`](crate::State) says what operations mean, this follows it
/// without values.
#[derive(Default)]
pub(crate) struct Places {
    thread: ThreadId,
    /// The stack of `thread`.
    stack: Vec<Place>,
    /// The stacks of the others.
    stacks: IdMap<ThreadId, Vec<Place>>,
    suspended: IdMap<FrameId, Place>,
    leaving: Option<EventKind>,
}

impl Places {
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(kind) = self.leaving.take()
            && let Some(place) = self.stack.pop()
            && kind == EventKind::Yield
        {
            self.suspended.insert(place.frame, place);
        }
    }

    pub(crate) fn walk(&mut self, bytes: &[u8], events: &mut Vec<EventInfo>) -> Result<()> {
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
            Step::Aside
            | Step::Slot(_)
            | Step::Share(..)
            | Step::Whole(_)
            | Step::Splice(..)
            | Step::Pair(..)
            | Step::Field(..) => {}
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
            Step::Reenter(id) => match self.suspended.remove(&id) {
                Some(place) => self.stack.push(place),
                None => return Err(Error::Malformed("frame is not suspended")),
            },
            Step::Suspend(id) => {
                if let Some(at) = self.stack.iter().rposition(|place| place.frame == id) {
                    self.suspended.insert(id, self.stack.remove(at));
                }
            }
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

/// Goes through a chunk and stops at events whose operations changed something that is looked for.
pub struct Walk<'c> {
    info: ChunkInfo,
    decoder: Decoder<'c>,
    places: Places,
    next: Pos,
}

impl<'c> Walk<'c> {
    pub(crate) fn new(info: ChunkInfo, ops: &'c [u8], places: Places) -> Walk<'c> {
        Walk {
            info,
            decoder: Decoder::new(ops, 0),
            places,
            next: info.first,
        }
    }

    /// The next event that finds one of the spots changed, and the frame that ran when it was.
    pub fn next(&mut self, spots: &Spots) -> Result<Option<(Pos, FrameId)>> {
        self.advance(spots)
            .map_err(|error| error.in_chunk(self.info.id))
    }

    fn advance(&mut self, spots: &Spots) -> Result<Option<(Pos, FrameId)>> {
        let mut changed = None;
        while let Some(step) = self.decoder.next_step()? {
            self.places.settle();
            let top = self.places.stack.last().map(|place| place.frame);
            if changed.is_none() && spots.are_touched_by(&step, top) {
                changed = Some(top.unwrap_or_default());
            }
            let Some(kind) = self.places.take(step)? else {
                continue;
            };
            self.places.leaving = kind.leaves().then_some(kind);
            let pos = self.next;
            self.next.0 += 1;
            if let Some(frame) = changed {
                return Ok(Some((pos, frame)));
            }
        }
        Ok(None)
    }
}
