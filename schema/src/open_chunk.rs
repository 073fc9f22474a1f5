//! The chunk that a writer fills.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use rusqlite::Connection;

use crate::error::Result;
use crate::ids::{CodeId, IdHasher};
use crate::state::State;
use crate::store::{self, ChunkRow};
use crate::touches::Toucher;

/// A chunk is closed when its operations take this many bytes, or twice its keyframe if that is
/// more, so that keyframes cost a bounded share.
const CHUNK: usize = 512 << 10;

/// A chunk that is being filled, or waits to be written.
pub(crate) struct OpenChunk {
    pub(crate) row: ChunkRow,
    /// Until it is in the database.
    keyframe: Option<Vec<u8>>,
    /// How long its operations may become.
    pub(crate) room: usize,
    /// How long they were at the last commit.
    pub(crate) written: usize,
    /// The number of the next block.
    seq: u64,
    /// Operations for the next commit.
    pub(crate) operations: Vec<u8>,
    places: HashSet<(u32, u32), BuildHasherDefault<IdHasher>>,
    /// The last place put there: loops stay near one another.
    recent: [(u32, u32); RECENT],
    pub(crate) touches: Toucher,
}

/// A small cache in front of the set of places, so that a loop's lines are not hashed again.
const RECENT: usize = 64;

impl OpenChunk {
    pub(crate) fn new(id: u64, state: &State, touches: Toucher) -> Self {
        let keyframe = state.keyframe();
        OpenChunk {
            row: ChunkRow {
                id,
                first: state.next.0,
                events: 0,
                lines: 0,
                kinds: 0,
                sealed: false,
            },
            room: CHUNK.max(2 * keyframe.len()),
            keyframe: Some(keyframe),
            written: 0,
            seq: 0,
            operations: Vec::new(),
            places: HashSet::default(),
            recent: [(u32::MAX, u32::MAX); RECENT],
            touches,
        }
    }

    /// Says that the chunk holds a line.
    #[inline]
    pub(crate) fn note(&mut self, code: CodeId, line: u32) {
        let place = (code.0, line);
        let slot = &mut self.recent[line as usize % RECENT];
        if *slot != place {
            *slot = place;
            self.places.insert(place);
        }
    }

    /// Writes what came since the last time.
    pub(crate) fn put(&mut self, db: &Connection) -> Result<()> {
        if let Some(keyframe) = self.keyframe.take() {
            store::put_keyframe(db, self.row.id, &keyframe)?;
        }
        self.seq = store::put_operations(db, self.row.id, self.seq, &self.operations)?;
        self.written += self.operations.len();
        self.operations.clear();
        store::put_chunk(db, self.row)?;
        if self.row.sealed {
            let mut places: Vec<_> = self.places.drain().collect();
            places.sort_unstable();
            store::put_lines(db, self.row.id, &places)?;
            store::put_touches(db, self.row.id, &self.touches.finish())?;
        }
        Ok(())
    }
}
