//! The names that a code object uses (`co_names`), and what is known of each.

use std::cell::Cell;

use schema::NameId;

use crate::layout::Object;

/// One name, an interned str that the code holds.
#[derive(Debug)]
pub(crate) struct NameKey {
    pub(crate) text: Object,
    /// Where among the words of a namespace it was found last.
    pub(crate) place: Cell<usize>,
    /// Its number in the trace; 0 while it has none.
    pub(crate) id: Cell<NameId>,
    /// The version (`tp_version_tag`) of a class whose instances keep this attribute themselves.
    pub(crate) kept_by: Cell<u32>,
}

impl NameKey {
    pub(crate) fn new(text: Object) -> NameKey {
        NameKey {
            text,
            place: Cell::new(0),
            id: Cell::new(NameId(0)),
            kept_by: Cell::new(0),
        }
    }
}
