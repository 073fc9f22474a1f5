//! The names that a code object uses (`co_names`), and what is known of each.

use std::cell::Cell;

use schema::NameId;

use crate::layout::Object;
use crate::objects::Heap;
use crate::words::Words;

/// One name, an interned str that the code holds.
#[derive(Debug)]
pub(crate) struct NameKey {
    pub(crate) text: Object,
    /// Which pair of a namespace's words it was found in last.
    pair: Cell<usize>,
    /// The state of the words that were looked through last, and whether it was among them.
    state: Cell<u64>,
    is_there: Cell<bool>,
    /// The state of the words in which it was looked for last to see whether what it stands for there
    /// hides what is done with it, and whether it does.
    hides_in: Cell<u64>,
    hides: Cell<bool>,
    /// Its number in the trace; 0 while it has none.
    pub(crate) id: Cell<NameId>,
    /// The version (`tp_version_tag`) of a class whose instances keep this attribute themselves.
    pub(crate) kept_by: Cell<u32>,
    /// The version of a class that keeps it in a slot of its instances, and which of the slots.
    pub(crate) slot: Cell<(u32, usize)>,
}

impl NameKey {
    pub(crate) fn new(text: Object) -> NameKey {
        NameKey {
            text,
            pair: Cell::new(0),
            state: Cell::new(0),
            is_there: Cell::new(false),
            hides_in: Cell::new(0),
            hides: Cell::new(false),
            id: Cell::new(NameId(0)),
            kept_by: Cell::new(0),
            slot: Cell::new((0, 0)),
        }
    }

    /// The pair of a namespace's words whose key it is, if there is one.
    #[inline]
    pub(crate) fn pair_among(&self, words: &Words) -> Option<usize> {
        if words.state != self.state.get() {
            self.look_through(words);
        }
        self.is_there.get().then(|| self.pair.get())
    }

    /// Whether what it stands for in a namespace hides what is done with it; no class of what is in
    /// there has been changed since it came there.
    #[inline]
    pub(crate) fn hides_among(&self, words: &Words, heap: &Heap) -> bool {
        if words.state != self.hides_in.get() {
            let pair = self.pair_among(words);
            let index = pair.and_then(|pair| words.get(2 * pair + 1).entry());
            self.hides
                .set(index.is_some_and(|index| heap.hides_effects(index)));
            self.hides_in.set(words.state);
        }
        self.hides.get()
    }

    #[inline(never)]
    fn look_through(&self, words: &Words) {
        let pair = self.pair.get();
        let found = match words.raw.get(2 * pair) == Some(&self.text) {
            true => Some(pair),
            false => words
                .raw
                .iter()
                .step_by(2)
                .position(|key| *key == self.text),
        };
        self.state.set(words.state);
        self.is_there.set(found.is_some());
        self.pair.set(found.unwrap_or(pair));
    }
}
