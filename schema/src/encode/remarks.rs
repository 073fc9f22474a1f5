//! Operations that change no value: what was stored again, where variables live, what was found late.

use super::Out;
use super::numbers::{again, code};
use crate::ids::ObjectId;
use crate::touches::Spot;

/// `Op::Again`.
pub fn again(out: &mut impl Out, spot: Spot) {
    out.byte(code::AGAIN);
    match spot {
        Spot::Slot(_, slot) => out.tagged(again::SLOT, u64::from(slot)),
        Spot::Field(id, name) => out.row(again::FIELD, [id.0, u64::from(name.0)]),
        Spot::Pair(id, at) => out.row(again::PAIR, [id.0, at]),
        Spot::Item(id, at) => out.row(again::ITEM, [id.0, at]),
        Spot::Object(id) => out.row(again::ITEM, [id.0, u64::MAX]),
    }
}

/// `Op::Cell`.
pub fn cell(out: &mut impl Out, slot: u32, cell: ObjectId) {
    out.row(code::CELL, [u64::from(slot), cell.0]);
}

/// `Op::Late`.
pub fn late(out: &mut impl Out, object: ObjectId, since: u64) {
    out.row(code::LATE, [object.0, since]);
}
