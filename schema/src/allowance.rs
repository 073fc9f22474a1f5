//! What reading a trace may cost. A file of a few kilobytes can promise gigabytes: blocks that swell,
//! operations that move a large list at each step, a frame of a million variables. So whatever is
//! built from a file is measured, and may be a constant and a multiple of the file's own size; a
//! recording of a real program stays far below.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

const MIB: u64 = 1 << 20;

/// What may be put into reading a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// What a file of its size deserves: a stranger's file does no harm.
    #[default]
    OfSize,
    /// Whatever it takes: the file is one's own.
    Unbounded,
}

/// The measure of one open trace, shared by all that is read from it.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Bytes that a chunk may take, with the largest of its states.
    chunk: u64,
    /// Bytes that header, ending and facts may take.
    facts: u64,
    /// Bytes of one source text.
    source: u64,
    /// Work of one command, in units of about ten nanoseconds.
    work: u64,
    done: AtomicU64,
}

impl Meter {
    /// For a file of so many bytes.
    ///
    /// A debugger that goes from one chunk to another holds two of them, and the facts: with a file
    /// of 10 MB that is less than 500 MB.
    pub(crate) fn new(allowance: Allowance, bytes: u64) -> Meter {
        let of_size = |base: u64, factor: u64| match allowance {
            Allowance::OfSize => base.saturating_add(bytes.saturating_mul(factor)),
            Allowance::Unbounded => u64::MAX,
        };
        Meter {
            chunk: of_size(168 * MIB, 2),
            facts: of_size(48 * MIB, 2),
            source: of_size(8 * MIB, 1),
            work: of_size(256 * MIB, 64),
            done: AtomicU64::new(0),
        }
    }

    /// Begins to count the work of another command.
    pub(crate) fn renew(&self) {
        self.done.store(0, Ordering::Relaxed);
    }

    /// Counts work, and ends a command that does too much of it.
    pub(crate) fn work(&self, units: u64) -> Result<()> {
        let before = self.done.fetch_add(units, Ordering::Relaxed);
        if before.saturating_add(units) > self.work {
            // So that a thread that goes on adding comes to no smaller number.
            self.done.store(self.work, Ordering::Relaxed);
            return Err(Error::TooMuch);
        }
        Ok(())
    }

    /// How many bytes a chunk may take, with the largest of its states.
    pub(crate) fn chunk(&self) -> u64 {
        self.chunk
    }

    /// How many bytes one operation may make before its state is measured.
    pub(crate) fn operation(&self) -> u64 {
        self.chunk / 4
    }

    /// Refuses facts that take more than so many bytes.
    pub(crate) fn facts(&self, bytes: u64) -> Result<()> {
        match bytes > self.facts {
            true => Err(Error::TooMuch),
            false => Ok(()),
        }
    }

    /// Whether a source text of so many bytes is read.
    pub(crate) fn takes_source(&self, bytes: u64) -> bool {
        bytes <= self.source
    }
}

/// What to say of a chunk that is too large to be built.
pub(crate) fn too_large() -> Error {
    Error::Malformed("it needs more memory than a file of its size deserves; --no-limit reads it")
}
