//! Typed numbers. None of them is valid outside the trace that gave it out.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// The ordinal of an event in the whole trace, all threads in one order, from 0: the only clock.
    Pos(u64)
);
id!(
    /// A thread, numbered from 1 in order of first event; never reused.
    ThreadId(u32)
);
id!(
    /// One activation of a code object; a generator keeps its frame across yields. Never reused.
    FrameId(u64)
);
id!(
    /// A code object.
    CodeId(u32)
);
id!(
    /// A source file.
    FileId(u32)
);
id!(
    /// An interned name of an attribute.
    NameId(u32)
);
id!(
    /// A Python class.
    TypeId(u32)
);
id!(
    /// The identity of one recorded object for its whole life (`#17`); never reused. 0 is no object.
    ObjectId(u64)
);
id!(
    /// A chunk, numbered from 0 without gaps.
    ChunkId(u64)
);
