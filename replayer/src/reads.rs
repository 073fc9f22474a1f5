//! What an evaluation looked at: as long as none of it changes, the value stays.

use std::cell::RefCell;

use schema::Spot;

/// The spots that were read.
#[derive(Debug, Default)]
pub(crate) struct Reads(RefCell<Vec<Spot>>);

impl Reads {
    pub(crate) fn note(&self, spot: Spot) {
        let mut spots = self.0.borrow_mut();
        if spots.last() != Some(&spot) {
            spots.push(spot);
        }
    }

    /// How many there are now, to be given to [`narrow`](Self::narrow).
    pub(crate) fn mark(&self) -> usize {
        self.0.borrow().len()
    }

    /// What was read since the mark comes down to this.
    pub(crate) fn narrow(&self, mark: usize, spot: Option<Spot>) {
        let mut spots = self.0.borrow_mut();
        spots.truncate(mark);
        spots.extend(spot);
    }

    /// What was read last.
    pub(crate) fn last(&self) -> Option<Spot> {
        self.0.borrow().last().copied()
    }

    pub(crate) fn take(self) -> Vec<Spot> {
        self.0.into_inner()
    }
}
