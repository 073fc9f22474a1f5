//! What is counted on the way while a line's instructions are read.

use super::{Segment, bit};

/// What is counted while a segment is read.
#[derive(Default)]
pub(super) struct Sum {
    /// How many values were put on the stack since the segment began.
    pub(super) depth: i32,
    /// Values that were there before are stored into.
    pub(super) reaches_back: bool,
    /// Attributes and items that are read on the way.
    pub(super) steps: u8,
    /// Methods that change what they are called on.
    pub(super) methods: u8,
    /// The instructions that change objects.
    pub(super) stores: Vec<usize>,
    /// How many instructions bind variables.
    pub(super) bindings: u32,
    /// Slots that are bound or unbound more than once.
    pub(super) again: u64,
    /// Names are, or several of them.
    pub(super) names_again: bool,
    /// Something was made behind an instruction that lets something go, or behind the last call.
    pub(super) makes_late: bool,
    pub(super) makes_beyond_call: bool,
    /// The last instruction that asks an object for something, and whether anything was made behind it.
    pub(super) asked: Option<u32>,
    pub(super) makes_beyond_asked: bool,
    /// A container can have lost something, and something was made behind that.
    pub(super) parts: bool,
    pub(super) makes_parted: bool,
}

impl Sum {
    /// A slot is bound or unbound.
    pub(super) fn bind(&mut self, slot: usize, segment: &mut Segment) {
        self.bindings += 1;
        self.again |= segment.stores & bit(slot);
        segment.stores |= bit(slot);
    }
}
