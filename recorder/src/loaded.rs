//! What a line loads: its variables and names, and what they were seen to stand for.

use crate::effects::{self, LAST_BIT, Segment};
use crate::frames::FrameRecord;
use crate::objects::Heap;
use crate::visiting::Word;

impl FrameRecord {
    /// Whether any of what a line loads meets a test.
    pub(crate) fn any_loaded(
        &self,
        segment: &Segment,
        heap: &Heap,
        test: fn(&Heap, u32) -> bool,
    ) -> bool {
        self.any_of(segment.loads, &segment.names, heap, test)
    }

    /// Whether a line of this code can change an object by reading an attribute or an item.
    #[inline(always)]
    pub(crate) fn reads_change(&self, heap: &Heap) -> bool {
        heap.changing > 0
            && (heap.changing_by_item > 0 || self.info.reads_any(heap.classes.changing_names()))
    }

    /// Whether any of these variables and names stands for an object that hides what is done with it.
    #[inline(always)]
    pub(crate) fn any_hides(&self, slots: u64, names: &[u32], heap: &Heap) -> bool {
        if heap.hides_anew || slots & self.objects & effects::bit(LAST_BIT) != 0 {
            return self.any_of(slots, names, heap, Heap::hides_effects);
        }
        slots & self.hiding != 0 || (!names.is_empty() && self.any_name_hides(names, heap))
    }

    #[inline(never)]
    fn any_name_hides(&self, names: &[u32], heap: &Heap) -> bool {
        let globals = self.globals.entry().and_then(|index| heap.entry(index));
        let Some(globals) = globals.filter(|_| !self.info.has_namespace) else {
            return self.any_of(0, names, heap, Heap::hides_effects);
        };
        let keys = &self.info.effects.keys;
        let mut used = names.iter().filter_map(|name| keys.get(*name as usize));
        used.any(|key| key.hides_among(&globals.items, heap))
    }

    /// Whether what any of these variables and names stands for meets a test.
    pub(crate) fn any_of(
        &self,
        slots: u64,
        names: &[u32],
        heap: &Heap,
        test: fn(&Heap, u32) -> bool,
    ) -> bool {
        let mut held = effects::slots_of(slots & self.objects, self.slots.len());
        if held.any(|slot| {
            self.slots[slot]
                .entry()
                .is_some_and(|index| test(heap, index))
        }) {
            return true;
        }
        names.iter().any(|name| {
            let index = self.word_of(*name, heap).and_then(|word| word.entry);
            index.is_some_and(|index| test(heap, index))
        })
    }

    /// What a name (an index of `co_names`) was seen to stand for.
    pub(crate) fn word_of(&self, name: u32, heap: &Heap) -> Option<Word> {
        let key = self.info.effects.keys.get(name as usize)?;
        if let Some(index) = self.namespace.entry()
            && let Some(word) = heap.word_of(index, key)
        {
            return Some(word);
        }
        heap.word_of(self.globals.entry()?, key)
    }

    /// Reaches what these names (indices of `co_names`) stand for. The namespaces were compared
    /// with live memory at this event.
    pub(crate) fn visit_names(&self, names: &[u32], levels: u8, heap: &mut Heap) {
        for name in names {
            if let Some(child) = self.word_of(*name, heap).and_then(|word| word.entry) {
                heap.visit(child, levels);
            }
        }
    }
}
