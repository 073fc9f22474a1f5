//! Typed numbers. None of them is valid outside the trace that gave it out.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

/// A map keyed by ids. They are small numbers given out in order, which need no strong hash: the
/// fold of a running program's events asks such a map for every operation.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// The hash of [`IdMap`]: one multiplication a number, as in rustc's own maps.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        // The product's high bits are the good ones; tables index by the low ones.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self
            .0
            .wrapping_add(number)
            .wrapping_mul(0xf135_7aea_2e62_a9c5);
    }
}
