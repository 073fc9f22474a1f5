//! Going over the heap at an event: which entries were reached, and comparing them.

use schema::{ObjectId, Reason, TypeKind, encode};

use crate::atoms;
use crate::effects::NameKey;
use crate::layout::Object;
use crate::objects::{DEEP, Heap};
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::sink::Sink;

/// What a dict was seen to hold under a key.
pub(crate) struct Word {
    /// No entry is an atom.
    pub(crate) entry: Option<u32>,
    pub(crate) value: Object,
}

impl Heap {
    /// Whether operators and attributes of an object do what is not seen.
    pub(crate) fn hides_effects(&self, index: u32) -> bool {
        self.entry(index)
            .is_some_and(|entry| entry.class.hides_effects)
    }

    /// Whether an object is an array of numbers.
    pub(crate) fn is_array(&self, index: u32) -> bool {
        self.entry(index).is_some_and(|entry| entry.class.is_array)
    }

    /// Whether freeing an object does what is not seen.
    pub(crate) fn has_hidden_end(&self, seen: Seen) -> bool {
        let entry = seen.entry().and_then(|index| self.entry(index));
        entry.is_some_and(|entry| entry.class.has_hidden_end)
    }

    /// Whether a store into an object is a change of that very object, and of nothing else.
    pub(crate) fn is_plain(&self, index: u32) -> bool {
        self.entry(index).is_some_and(|entry| {
            entry.unfollowed.is_none()
                && !entry.class.hides_effects
                && (entry.class.kind != TypeKind::Opaque || self.is_plain_class(index))
                && !(self.shares_dicts && entry.class.kind == TypeKind::Dict)
        })
    }

    /// What a dict was seen to hold under this very key.
    pub(crate) fn word_of(&self, dict: u32, key: &NameKey) -> Option<Word> {
        let words = &self.entry(dict)?.items;
        let pair = key.pair_among(words)?;
        Some(Word {
            entry: words.get(2 * pair + 1).entry(),
            value: *words.raw.get(2 * pair + 1)?,
        })
    }

    /// Marks an entry as reached: it will be compared with what was seen, and so many levels of
    /// what it holds with it, itself the first.
    #[inline]
    pub(crate) fn visit(&mut self, index: u32, levels: u8) {
        let stamp = self.stamp;
        let Some(entry) = self
            .entries
            .get_mut(index as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        if entry.address.is_null() || (entry.stamp == stamp && entry.levels >= levels) {
            return;
        }
        entry.stamp = stamp;
        entry.levels = levels;
        if !entry.is_settled {
            self.work.push((index, levels));
        }
    }

    /// Reaches what is bound anew, or held by one more: another object may have taken its address, and
    /// something unseen changed it, unless neither can be.
    pub(crate) fn visit_again(&mut self, index: u32) {
        let has_stayed = self.is_sure && self.has_stayed(index);
        if !self.is_known(index, has_stayed) {
            self.visit(index, 1);
        }
    }

    /// Whether neither can be, given whether its object [has stayed](Self::has_stayed).
    #[inline]
    pub(crate) fn is_known(&self, index: u32, has_stayed: bool) -> bool {
        (self.is_sure && has_stayed || self.sure_of == Some(index))
            && self
                .entry(index)
                .is_some_and(|entry| entry.doubts == self.doubts && !entry.changes_when_read())
    }

    /// Writes a value that was held as `seen`.
    ///
    /// # Safety
    /// `object` is what was seen, unchanged since.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, out: &mut Sink, object: Object, seen: Seen) {
        match seen.entry() {
            Some(index) => match self.entry(index) {
                Some(entry) => encode::object_ref(out, entry.id),
                None => encode::unknown(out, Reason::Layout),
            },
            // SAFETY: as promised by the caller.
            None => unsafe { atoms::write(out, object, seen, &self.limits) },
        }
    }

    /// The number of what was seen, or 0.
    pub(crate) fn id(&self, seen: Seen) -> ObjectId {
        let entry = seen.entry().and_then(|index| self.entry(index));
        entry.map_or(ObjectId(0), |entry| entry.id)
    }
}

impl Recorder {
    /// Compares what the frames of the stack hold, up to a limit.
    ///
    /// # Safety
    /// The frames on the stack are alive, and the GIL is held.
    pub(crate) unsafe fn visit_stack(&mut self) {
        if !self.limits.locals {
            return;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            self.reach_stack();
            self.heap.refresh_at_raise(&mut self.sink);
        }
    }

    /// Reaches what the frames of the stack hold, innermost first.
    ///
    /// # Safety
    /// As for [`visit_stack`](Self::visit_stack).
    pub(crate) unsafe fn reach_stack(&mut self) {
        let Recorder { heap, thread, .. } = self;
        for record in thread.stack.iter().rev() {
            // SAFETY: as promised by the caller.
            unsafe {
                record.visit_slots(u64::MAX, DEEP, heap);
                record.visit_namespaces(DEEP, heap);
            }
        }
    }
}
