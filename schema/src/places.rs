//! Where frames are: a fold of stacks alone, without values, and the search for changes on top of it.

use crate::allowance::{Meter, too_large};
use crate::chunk::ChunkInfo;
use crate::decode::{Decoder, Step};
use crate::error::{Error, Result};
use crate::event::{EventInfo, EventKind, NewFrame};
use crate::facts::Facts;
use crate::ids::{CodeId, FrameId, IdMap, Pos, ThreadId};
use crate::touches::Spots;

/// A frame and where it is.
#[derive(Clone, Copy)]
struct Place {
    frame: FrameId,
    code: CodeId,
    line: u32,
    /// How many variables the code has; not known without its facts.
    slots: u32,
}

/// What a chunk that is read for the first time is held to.
#[derive(Clone, Copy)]
pub(crate) struct Check<'f> {
    pub(crate) facts: &'f Facts,
    pub(crate) meter: &'f Meter,
    /// How many bytes frames may take.
    pub(crate) room: u64,
}

/// After so many frames, those that are there are counted.
const COUNTED: u32 = 1 << 16;
/// Work is told when it is so much; so many frames are looked at by a unit of it.
const WORTH_TELLING: u64 = 1 << 16;
const FRAMES_A_UNIT: usize = 8;

/// A fold of stacks alone: [`State`](crate::State) says what operations mean, this follows it
/// without values.
#[derive(Default)]
pub(crate) struct Places<'f> {
    check: Option<Check<'f>>,
    /// How many frames came since they were counted.
    came: u32,
    /// Work that the meter does not know of yet.
    work: u64,
    thread: ThreadId,
    /// The stack of `thread`.
    stack: Vec<Place>,
    /// The stacks of the others.
    stacks: IdMap<ThreadId, Vec<Place>>,
    suspended: IdMap<FrameId, Place>,
    leaving: Option<EventKind>,
}

impl<'f> Places<'f> {
    pub(crate) fn held_to(check: Check<'f>) -> Self {
        Places {
            check: Some(check),
            ..Places::default()
        }
    }

    /// A frame that begins, or was there.
    fn place(&mut self, new: NewFrame) -> Result<Place> {
        let mut slots = u32::MAX;
        self.came += 1;
        if let Some(check) = &self.check {
            let code = check.facts.codes.get(&new.code);
            slots = code.map_or(0, |code| code.variables.len() as u32);
            if self.came > COUNTED {
                self.count(*check)?;
            }
        }
        Ok(Place {
            frame: new.frame,
            code: new.code,
            line: new.line,
            slots,
        })
    }

    #[cold]
    fn count(&mut self, check: Check<'_>) -> Result<()> {
        let others: usize = self.stacks.values().map(Vec::len).sum();
        let all = self.stack.len() + others + 2 * self.suspended.len();
        self.came = 0;
        if (all * 2 * size_of::<Place>()) as u64 > check.room {
            return Err(too_large());
        }
        check.meter.work((all / FRAMES_A_UNIT) as u64)
    }

    /// So many frames were looked at.
    fn passed(&mut self, frames: usize) -> Result<()> {
        self.work += (frames / FRAMES_A_UNIT) as u64;
        if self.work > WORTH_TELLING
            && let Some(check) = &self.check
        {
            check.meter.work(std::mem::take(&mut self.work))?;
        }
        Ok(())
    }

    /// That the code of a frame has so many variables.
    #[inline]
    fn has(place: Option<&Place>, slot: u32) -> Result<()> {
        match place {
            Some(place) if slot >= place.slots => Err(Error::Malformed(
                "it sets a variable that its code does not have",
            )),
            _ => Ok(()),
        }
    }

    fn find(&mut self, id: FrameId) -> Result<Option<usize>> {
        let at = self.stack.iter().rposition(|place| place.frame == id);
        self.passed(self.stack.len() - at.unwrap_or(0))?;
        Ok(at)
    }

    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(kind) = self.leaving.take()
            && let Some(place) = self.stack.pop()
            && kind == EventKind::Yield
        {
            self.suspended.insert(place.frame, place);
        }
    }

    /// Follows all operations; notes where the events are, `most` of them.
    pub(crate) fn walk(
        &mut self,
        bytes: &[u8],
        events: &mut Vec<EventInfo>,
        most: u64,
    ) -> Result<()> {
        let mut decoder = Decoder::new(bytes, 0);
        if let Some(check) = &self.check {
            decoder = decoder.knowing(check.facts, check.meter);
        }
        while let Some(step) = decoder.next_step()? {
            self.settle();
            if let Some(kind) = self.take(step)? {
                let Some(top) = self.stack.last() else {
                    return Err(Error::Malformed("no frame is running"));
                };
                let end = u32::try_from(decoder.position());
                if events.len() as u64 >= most {
                    return Err(Error::Malformed("it holds more events than promised"));
                }
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
            Step::Slot(slot) => Self::has(self.stack.last(), slot)?,
            Step::Share(frame, slot) => {
                let at = self.find(frame)?;
                Self::has(at.and_then(|at| self.stack.get(at)), slot)?;
            }
            Step::Aside | Step::Whole(_) | Step::Splice(..) | Step::Pair(..) | Step::Field(..) => {}
            Step::Thread(id) => {
                let stack = std::mem::take(&mut self.stack);
                self.stacks.insert(self.thread, stack);
                self.thread = id;
                self.stack = self.stacks.remove(&id).unwrap_or_default();
            }
            Step::Push(new) => {
                let place = self.place(new)?;
                self.stack.push(place);
            }
            Step::Start(new) => {
                let place = self.place(new)?;
                self.stack.push(place);
                return Ok(Some(EventKind::Start));
            }
            Step::Moved(line) => self.line(line),
            Step::Line(line) => {
                self.line(line);
                return Ok(Some(EventKind::Line));
            }
            Step::Gone(id) => match self.find(id)? {
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
                if let Some(at) = self.find(id)? {
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

/// An event that found something touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Where.
    pub pos: Pos,
    /// The frame that ran when it was.
    pub frame: FrameId,
    /// The [place](Spots::about) that it is about was stored into, by that frame.
    pub is_store: bool,
}

/// Goes through a chunk and stops at events whose operations changed something that is looked for.
pub struct Walk<'c> {
    info: ChunkInfo,
    decoder: Decoder<'c>,
    places: Places<'c>,
    next: Pos,
}

impl<'c> Walk<'c> {
    pub(crate) fn new(info: ChunkInfo, ops: &'c [u8], places: Places<'c>) -> Walk<'c> {
        Walk {
            info,
            decoder: Decoder::new(ops, 0),
            places,
            next: info.first,
        }
    }

    /// The next event that finds one of the spots touched.
    pub fn next(&mut self, spots: &Spots) -> Result<Option<Touch>> {
        self.advance(spots)
            .map_err(|error| error.in_chunk(self.info.id))
    }

    fn advance(&mut self, spots: &Spots) -> Result<Option<Touch>> {
        let mut changed = None;
        let mut is_store = false;
        while let Some(step) = self.decoder.next_step()? {
            self.places.settle();
            let top = self.places.stack.last().map(|place| place.frame);
            if changed.is_none() && spots.are_touched_by(&step, top) {
                changed = Some(top.unwrap_or_default());
            }
            is_store |= changed.is_some() && spots.is_stored_by(&step, top);
            let Some(kind) = self.places.take(step)? else {
                continue;
            };
            self.places.leaving = kind.leaves().then_some(kind);
            let pos = self.next;
            self.next.0 += 1;
            if let Some(frame) = changed {
                return Ok(Some(Touch {
                    pos,
                    frame,
                    is_store,
                }));
            }
        }
        Ok(None)
    }
}
