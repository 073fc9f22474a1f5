//! What a chunk touches of the things that were there before it: so a search for the last change of
//! a variable, or for the next event of a frame, skips the chunks that cannot hold it.
//!
//! Only what is older than the chunk is listed. What is younger is found by its number, since
//! numbers are given out in order and each chunk knows the highest ones before it.

use std::collections::BTreeMap;

use crate::decode::{Decoder, Step};
use crate::encode::Out;
use crate::error::{Error, Result};
use crate::ids::{FrameId, IdMap, NameId, ObjectId, ThreadId};

/// Objects with more parts touched than this are listed as touched anywhere.
const MOST_PARTS: usize = 64;

/// Something whose changes can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A variable of a frame, by slot.
    Slot(FrameId, u32),
    /// Anything of an object.
    Object(ObjectId),
    /// A field of an object.
    Field(ObjectId, NameId),
    /// The pair of a dict at an index.
    Pair(ObjectId, u64),
    /// The item of a sequence at an index.
    Item(ObjectId, u64),
}

impl Spot {
    /// The object that it is, or is a part of.
    #[must_use]
    pub fn object(self) -> Option<ObjectId> {
        match self {
            Spot::Slot(..) => None,
            Spot::Object(id) | Spot::Field(id, _) | Spot::Pair(id, _) | Spot::Item(id, _) => {
                Some(id)
            }
        }
    }
}

/// A set of spots.
#[derive(Clone, Debug, Default)]
pub struct Spots {
    slots: Vec<(FrameId, u32)>,
    objects: IdMap<ObjectId, Vec<Spot>>,
    /// The place whose stores are looked for, whether or not they change it.
    place: Option<Spot>,
}

impl Spots {
    /// No spot.
    pub const NONE: &'static Spots = &Spots {
        place: None,
        slots: Vec::new(),
        objects: IdMap::with_hasher(std::hash::BuildHasherDefault::new()),
    };

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Spot> {
        let slots = self.slots.iter();
        let slots = slots.map(|(frame, slot)| Spot::Slot(*frame, *slot));
        slots.chain(self.objects.values().flatten().copied())
    }

    /// The same spots, one of which is the place that a search is about, if it is about one.
    #[must_use]
    pub fn about(self, place: Option<Spot>) -> Spots {
        Spots { place, ..self }
    }

    /// Whether an operation is a store into the place that this is about.
    #[inline]
    pub(crate) fn is_stored_by(&self, step: &Step, top: Option<FrameId>) -> bool {
        match (self.place, step) {
            (Some(Spot::Slot(frame, slot)), Step::Slot(other)) => {
                top == Some(frame) && slot == *other
            }
            (Some(Spot::Field(id, name)), Step::Field(other, field)) => {
                id == *other && name == *field
            }
            (Some(Spot::Pair(id, at)), Step::Pair(other, index, false)) => {
                id == *other && at == *index
            }
            (Some(Spot::Item(id, at)), Step::Splice(other, index, 1, 1)) => {
                id == *other && at == *index
            }
            _ => false,
        }
    }

    /// Whether an operation changes one of them; `top` is the frame that runs.
    #[inline]
    pub(crate) fn are_touched_by(&self, step: &Step, top: Option<FrameId>) -> bool {
        let of = |id: &ObjectId, is_touched: &dyn Fn(&Spot) -> bool| {
            let spots = self.objects.get(id);
            spots.is_some_and(|spots| spots.iter().any(is_touched))
        };
        match step {
            Step::Slot(slot) => top.is_some_and(|top| self.slots.contains(&(top, *slot))),
            Step::Share(frame, slot) => self.slots.contains(&(*frame, *slot)),
            Step::Whole(id) => self.objects.contains_key(id),
            Step::Splice(id, at, gone, come) => of(id, &|spot| match spot {
                Spot::Item(_, index) => {
                    // With as many coming as going, those behind stay where they are.
                    index >= at && (gone != come || *index < at.saturating_add(*gone))
                }
                spot => matches!(spot, Spot::Object(_)),
            }),
            Step::Pair(id, at, is_gone) => of(id, &|spot| match spot {
                Spot::Pair(_, index) => index == at || *is_gone && index > at,
                spot => matches!(spot, Spot::Object(_)),
            }),
            Step::Field(id, name) => of(id, &|spot| match spot {
                Spot::Field(_, other) => name == other,
                spot => matches!(spot, Spot::Object(_)),
            }),
            _ => false,
        }
    }
}

impl FromIterator<Spot> for Spots {
    fn from_iter<T: IntoIterator<Item = Spot>>(spots: T) -> Spots {
        let mut all = Spots::default();
        for spot in spots {
            match spot {
                Spot::Slot(frame, slot) => all.slots.push((frame, slot)),
                Spot::Object(id) | Spot::Field(id, _) | Spot::Pair(id, _) | Spot::Item(id, _) => {
                    all.objects.entry(id).or_default().push(spot);
                }
            }
        }
        all
    }
}

/// What a chunk touches of the things that are older than it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    /// The highest number of a frame before the chunk.
    pub frames_before: u64,
    /// The highest number of an object before the chunk.
    pub objects_before: u64,
    threads: Vec<ThreadId>,
    /// Whether the frame ended, and the slots that changed.
    frames: BTreeMap<FrameId, (bool, Vec<u32>)>,
    /// The parts that changed: indexes of pairs and numbers of fields; `None` is anything.
    objects: BTreeMap<ObjectId, Option<Vec<u64>>>,
}

impl Touches {
    /// Whether the chunk may hold an event of a thread.
    #[must_use]
    pub fn has_thread(&self, thread: ThreadId) -> bool {
        self.threads.binary_search(&thread).is_ok()
    }

    /// Whether the chunk may hold an event of a frame.
    #[must_use]
    pub fn has_frame(&self, frame: FrameId) -> bool {
        self.is_young(frame) || self.frames.contains_key(&frame)
    }

    /// Whether a frame may end in the chunk.
    #[must_use]
    pub fn ends(&self, frame: FrameId) -> bool {
        self.is_young(frame) || self.frames.get(&frame).is_some_and(|(ends, _)| *ends)
    }

    /// Whether a frame is younger than the chunk's beginning.
    #[must_use]
    pub fn is_young(&self, frame: FrameId) -> bool {
        frame.0 > self.frames_before
    }

    /// Whether the chunk may change a spot.
    #[must_use]
    pub fn has(&self, spot: &Spot) -> bool {
        let object = |id: &ObjectId, part: Option<u64>| {
            id.0 > self.objects_before
                || self
                    .objects
                    .get(id)
                    .is_some_and(|parts| match (parts, part) {
                        (Some(parts), Some(part)) => parts.binary_search(&part).is_ok(),
                        _ => true,
                    })
        };
        match spot {
            Spot::Slot(frame, slot) => {
                self.is_young(*frame)
                    || self
                        .frames
                        .get(frame)
                        .is_some_and(|(_, slots)| slots.binary_search(slot).is_ok())
            }
            Spot::Object(id) | Spot::Item(id, _) => object(id, None),
            Spot::Field(id, name) => object(id, Some(name.0.into())),
            Spot::Pair(id, at) => object(id, Some(*at)),
        }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let slots: usize = self
            .frames
            .values()
            .map(|(_, slots)| slots.capacity())
            .sum();
        let parts = self.objects.values().flatten().map(Vec::capacity);
        64 * (self.frames.len() + self.objects.len())
            + 4 * (self.threads.capacity() + slots)
            + 8 * parts.sum::<usize>()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.number(self.frames_before);
        out.number(self.objects_before);
        ascending(&mut out, self.threads.iter().map(|id| u64::from(id.0)));
        out.number(self.frames.len() as u64);
        let mut last = 0;
        for (id, (ends, slots)) in &self.frames {
            out.number(id.0 - last);
            last = id.0;
            out.number(u64::from(*ends));
            ascending(&mut out, slots.iter().map(|slot| u64::from(*slot)));
        }
        out.number(self.objects.len() as u64);
        last = 0;
        for (id, parts) in &self.objects {
            out.number(id.0 - last);
            last = id.0;
            // One more than there are; none stands for anything.
            match parts {
                None => out.number(0),
                Some(parts) => {
                    out.number(1);
                    ascending(&mut out, parts.iter().copied());
                }
            }
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Touches> {
        let mut decoder = Decoder::new(bytes, 0);
        let mut touches = Touches {
            frames_before: decoder.number()?,
            objects_before: decoder.number()?,
            ..Touches::default()
        };
        for id in descend(&mut decoder)? {
            touches.threads.push(ThreadId(narrow(id)?));
        }
        let mut last = 0u64;
        for _ in 0..decoder.number()? {
            last = last.saturating_add(decoder.number()?);
            let ends = decoder.number()? != 0;
            let slots: Result<Vec<u32>> = descend(&mut decoder)?.into_iter().map(narrow).collect();
            touches.frames.insert(FrameId(last), (ends, slots?));
        }
        last = 0;
        for _ in 0..decoder.number()? {
            last = last.saturating_add(decoder.number()?);
            let parts = match decoder.number()? {
                0 => None,
                _ => Some(descend(&mut decoder)?),
            };
            touches.objects.insert(ObjectId(last), parts);
        }
        Ok(touches)
    }
}

fn narrow(number: u64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::Malformed("number too large"))
}

/// Ascending numbers, each as its distance from the one before.
fn ascending(out: &mut Vec<u8>, numbers: impl ExactSizeIterator<Item = u64>) {
    out.number(numbers.len() as u64);
    let mut last = 0;
    for number in numbers {
        out.number(number - last);
        last = number;
    }
}

fn descend(decoder: &mut Decoder<'_>) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut last = 0u64;
    for _ in 0..decoder.number()? {
        last = last.saturating_add(decoder.number()?);
        numbers.push(last);
    }
    Ok(numbers)
}

mod collect;

pub(crate) use collect::Toucher;
