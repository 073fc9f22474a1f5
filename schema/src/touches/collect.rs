//! Collects what a chunk touches while the writer folds its operations.

use super::{MOST_PARTS, Spot, Touches};
use crate::event::{EventKind, Op};
use crate::ids::{FrameId, IdMap, ObjectId, ThreadId};

/// How many parts of objects that were just noted are remembered: loops touch the same ones.
const RECENT: usize = 64;

/// What stands for "anything" among recent parts; no field and no index is as high.
const ANY: u64 = u64::MAX;

/// Collects what a chunk touches while its operations go by.
#[derive(Debug)]
pub(crate) struct Toucher {
    frames_before: u64,
    objects_before: u64,
    frames_highest: u64,
    objects_highest: u64,
    threads: Vec<ThreadId>,
    frames: IdMap<FrameId, Slots>,
    objects: IdMap<ObjectId, Option<Vec<u64>>>,
    /// The frame noted last, and which of its first slots are.
    last: (u64, u64),
    recent: [(u64, u64); RECENT],
}

#[derive(Debug, Default)]
struct Slots {
    ends: bool,
    /// The first 64, a bit each.
    low: u64,
    high: Vec<u32>,
}

impl Toucher {
    /// For the chunk that begins after all that `before` saw.
    pub(crate) fn new(frames_before: u64, objects_before: u64, current: ThreadId) -> Toucher {
        Toucher {
            frames_before,
            objects_before,
            frames_highest: frames_before,
            objects_highest: objects_before,
            threads: vec![current],
            frames: IdMap::default(),
            objects: IdMap::default(),
            last: (u64::MAX, 0),
            recent: [(u64::MAX, 0); RECENT],
        }
    }

    /// The one for the next chunk.
    pub(crate) fn next(&self, current: ThreadId) -> Toucher {
        Toucher::new(self.frames_highest, self.objects_highest, current)
    }

    /// An event of a frame.
    #[inline]
    pub(crate) fn event(&mut self, frame: FrameId, kind: EventKind) {
        if frame.0 <= self.frames_before {
            let ends = matches!(kind, EventKind::Return | EventKind::Unwind);
            if ends || frame.0 != self.last.0 {
                self.frames.entry(frame).or_default().ends |= ends;
                self.last = (frame.0, 0);
            }
        }
    }

    /// A variable of a frame.
    #[inline]
    pub(crate) fn slot(&mut self, frame: FrameId, slot: u32) {
        if frame.0 > self.frames_before {
            return;
        }
        let bit = if slot < 64 { 1 << slot } else { 0 };
        if frame.0 == self.last.0 && self.last.1 & bit != 0 {
            return;
        }
        let slots = self.frames.entry(frame).or_default();
        if bit == 0 {
            if !slots.high.contains(&slot) {
                slots.high.push(slot);
            }
        } else {
            slots.low |= bit;
        }
        self.last = (frame.0, slots.low);
    }

    fn object(&mut self, id: ObjectId, part: u64) {
        if id.0 > self.objects_before {
            return;
        }
        let recent = &mut self.recent[(id.0 ^ part.rotate_left(3)) as usize % RECENT];
        if *recent == (id.0, part) {
            return;
        }
        *recent = (id.0, part);
        let entry = self.objects.entry(id).or_insert_with(|| Some(Vec::new()));
        if let Some(parts) = entry {
            if part == ANY || parts.len() >= MOST_PARTS {
                *entry = None;
            } else if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }

    fn frame(&mut self, frame: FrameId) {
        self.frames_highest = self.frames_highest.max(frame.0);
        self.event(frame, EventKind::Start);
    }

    /// An operation, apart from the frame it is about where that is the running one: see
    /// [`event`](Self::event) and [`slot`](Self::slot).
    pub(crate) fn operation(&mut self, op: &Op) {
        match op {
            Op::Thread(id) => {
                if !self.threads.contains(id) {
                    self.threads.push(*id);
                }
            }
            Op::Push(new) | Op::Start(new) => self.frame(new.frame),
            op => match op.spot() {
                Some(Spot::Field(id, name)) => self.object(id, name.0.into()),
                Some(Spot::Pair(id, at)) => self.object(id, at),
                Some(Spot::Item(id, _)) => self.object(id, ANY),
                Some(Spot::Object(id)) => {
                    self.objects_highest = self.objects_highest.max(id.0);
                    self.object(id, ANY);
                }
                _ => {}
            },
        }
    }

    /// All that was collected.
    pub(crate) fn finish(&self) -> Touches {
        let mut threads = self.threads.clone();
        threads.sort_unstable();
        let frames = self.frames.iter().map(|(id, slots)| {
            let mut all: Vec<u32> = (0..64).filter(|bit| slots.low >> bit & 1 != 0).collect();
            all.extend(&slots.high);
            all.sort_unstable();
            (*id, (slots.ends, all))
        });
        let objects = self.objects.iter().map(|(id, parts)| {
            let mut parts = parts.clone();
            if let Some(parts) = &mut parts {
                parts.sort_unstable();
            }
            (*id, parts)
        });
        Touches {
            frames_before: self.frames_before,
            objects_before: self.objects_before,
            threads,
            frames: frames.collect(),
            objects: objects.collect(),
        }
    }
}
