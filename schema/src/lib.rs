//! The trace format of rdbg.
//!
//! A trace is a sequence of *events*. Between two events stand *operations* that say what changed:
//! a slot of a frame was bound, an item of a list was replaced. A [`State`] is the fold of the
//! operations up to a position, and [`State::apply`] is the only place that gives them a meaning.
//! The recorder encodes operations ([`encode`]), [`TraceWriter`] cuts them into chunks that open
//! with a keyframe and stores them in SQLite, [`TraceReader`] gives them back.
//!
//! **Invariant:** this crate knows nothing of Python's runtime, of terminals or of protocols.
//! **Invariant:** SQL, zstd and bincode appear here and nowhere else.
#![forbid(unsafe_code)]

mod allowance;
mod block;
mod body;
mod chunk;
pub mod decode;
pub mod encode;
mod error;
mod event;
mod facts;
mod fold;
#[cfg(feature = "forge")]
pub mod forge;
mod header;
mod ids;
mod load;
mod open;
mod open_chunk;
mod places;
mod reader;
mod repr;
mod sql;
mod state;
mod store;
mod touches;
mod trace_file;
mod uncaught;
mod value;
mod writer;

pub use allowance::Allowance;
pub use body::{Body, Bound, Maker};
pub use chunk::{Chunk, ChunkInfo};
pub use error::{Error, Result};
pub use event::{EventInfo, EventKind, NewFrame, Op};
pub use facts::{Code, Fact, Facts, SourceFile, Thread, Type, TypeKind, Variable};
pub use fold::{Extent, Fold};
pub use header::{Ending, Header, Kept, Limits, Summary};
pub use ids::{
    ChunkId, CodeId, FileId, FrameId, IdHasher, IdMap, NameId, ObjectId, Pos, ThreadId, TypeId,
};
pub use places::{Touch, Walk};
pub use reader::{PackedChunk, PackedSource, TraceReader};
pub use repr::{escape_control, repr_bytes, repr_float, repr_str, size, steers};
pub use sql::FORMAT_VERSION;
pub use state::{Frame, MOST_APPENDED, Object, Stacks, State};
pub use touches::{Spot, Spots, Touches};
pub use uncaught::{Left, Link, Passed, Thrown, Uncaught};
pub use value::{Reason, Value};
pub use writer::TraceWriter;

#[cfg(test)]
mod tests;
