//! Which chunks a search may skip, by what the trace says of each without its events.

use std::collections::HashSet;

use schema::{ChunkId, ChunkInfo, FrameId, Spot, Spots, ThreadId, Touches};

use crate::error::Result;
use crate::trace::Trace;

/// Which chunks a search looks into.
#[derive(Clone, Debug, Default)]
pub(crate) enum Filter {
    /// All.
    #[default]
    All,
    /// Those that hold these kinds of events (bits) or are in the set.
    Only {
        kinds: u64,
        chunks: HashSet<ChunkId>,
    },
    /// Those with events of a thread.
    Thread(ThreadId),
    /// Those with events of one of these frames.
    Frames(Vec<FrameId>),
    /// Those in which a frame may end.
    End(FrameId),
    /// Those in which a frame may begin.
    Begin(FrameId),
    /// Those that change one of these spots.
    Spots(Spots),
}

impl Filter {
    /// Whether a chunk may hold what is looked for.
    pub(crate) fn lets(&self, trace: &Trace, info: &ChunkInfo) -> Result<bool> {
        if let Filter::Only { kinds, chunks } = self {
            return Ok(info.kinds & kinds != 0 || chunks.contains(&info.id));
        }
        if matches!(self, Filter::All) {
            return Ok(true);
        }
        // A chunk without a row may hold anything.
        let Some(touches) = trace.touches(info.id)? else {
            return Ok(true);
        };
        let after = match self {
            Filter::Thread(_) => None,
            _ => trace.touches(ChunkId(info.id.0 + 1))?,
        };
        let after = after.as_deref();
        let has_frame = |frame: FrameId| {
            let is_later = |after: &Touches| frame.0 > after.frames_before;
            touches.has_frame(frame) && !after.is_some_and(is_later)
        };
        Ok(match self {
            Filter::All | Filter::Only { .. } => true,
            Filter::Thread(thread) => touches.has_thread(*thread),
            Filter::Frames(frames) => frames.iter().any(|frame| has_frame(*frame)),
            Filter::End(frame) => touches.ends(*frame) && has_frame(*frame),
            Filter::Begin(frame) => touches.is_young(*frame) && has_frame(*frame),
            Filter::Spots(spots) => spots.iter().any(|spot| {
                touches.has(&spot)
                    && match spot {
                        Spot::Slot(frame, _) => has_frame(frame),
                        Spot::Object(id)
                        | Spot::Field(id, _)
                        | Spot::Pair(id, _)
                        | Spot::Item(id, _) => {
                            after.is_none_or(|after| id.0 <= after.objects_before)
                        }
                    }
            }),
        })
    }
}
