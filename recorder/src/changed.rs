//! Comparing what a line changed, where its expressions say what that is.

use schema::TypeKind;

use crate::attributes::is_kept_in_instance;
use crate::effects::{Change, Deed, Path, Root};
use crate::follow::{Found, is_list};
use crate::frames::FrameRecord;
use crate::layout::Object;
use crate::objects::Heap;
use crate::seen::Seen;
use crate::sink::Sink;

impl FrameRecord {
    /// Compares the objects that a line changed before a code unit. `false` if one was not found:
    /// then what the line can have changed is not known so precisely.
    ///
    /// # Safety
    /// The frame is alive, its namespaces were compared if a path begins there, and the GIL is held.
    pub(crate) unsafe fn visit_changes(
        &self,
        changes: &[Change],
        until: u32,
        loops: bool,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // What one change frees, the next can replace by another at the same address.
        let count = changes
            .iter()
            .filter(|change| change.deed != Deed::InPlace)
            .count();
        let levels = count.max(1) as u8 + u8::from(loops);
        let mut done = changes.iter().filter(|change| loops || change.unit < until);
        done.all(|change| {
            let is_late = loops && self.entered.is_some() || self.is_late(change);
            if is_late && self.can_lead_elsewhere(&change.path)
                || count > 1 && matches!(change.path.root, Root::Result(_))
            {
                return false;
            }
            // SAFETY: as promised by the caller.
            unsafe { self.visit_change(change, levels, heap, out) }
        })
    }

    /// The same where a line that is over makes one change.
    ///
    /// # Safety
    /// As for [`visit_changes`](Self::visit_changes).
    pub(crate) unsafe fn visit_only_change(
        &self,
        change: &Change,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let is_astray = self.is_late(change) && self.can_lead_elsewhere(&change.path);
        let before = heap.changes;
        // SAFETY: as promised by the caller.
        unsafe {
            let is_found = !is_astray && self.visit_change(change, 1, heap, out);
            if is_found
                && heap.changes == before
                && change.deed.is_store()
                && let Some(Found::Entry(index, object)) = self.follow(&change.path, false, heap)
            {
                self.stored_again(change, (index, object), heap, out);
            }
            is_found
        }
    }

    /// The same where a line that is over binds what an operator in place gave, if that was given an atom
    /// at first sight: then it changed nothing.
    ///
    /// # Safety
    /// As for [`visit_changes`](Self::visit_changes).
    pub(crate) unsafe fn visit_binding_of_atom(
        &self,
        operator: &Change,
        binding: &Change,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        let before = heap.changes;
        // SAFETY: as promised by the caller.
        unsafe {
            self.entered.is_none()
                && self
                    .follow_to_last(&operator.path, heap)
                    .is_some_and(|(index, object, step)| {
                        let is_told = heap.is_plain(index)
                            && self.has_atom(index, object, step, heap)
                            && self.tell_change(&binding.deed, index, object, heap, out);
                        if is_told && heap.changes == before {
                            self.stored_again(binding, (index, object), heap, out);
                        }
                        is_told
                    })
        }
    }

    /// Whether recorded frames were entered between finding what is changed and changing it.
    #[inline]
    fn is_late(&self, change: &Change) -> bool {
        self.entered.is_some_and(|(first, last)| {
            let is_behind = |from| first < change.unit && last >= from;
            change.late_from.is_some_and(is_behind)
        })
    }

    /// Compares what was changed, and so many levels of it where it is not known what in it was.
    unsafe fn visit_change(
        &self,
        change: &Change,
        levels: u8,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // SAFETY: as promised to `visit_changes`.
        unsafe {
            match self.follow(&change.path, change.deed == Deed::InPlace, heap) {
                // Nothing else is done to an atom: the path leads elsewhere by now.
                Some(Found::Atom) => change.deed == Deed::InPlace,
                // Its namespace tells of that itself.
                Some(Found::Entry(_, object))
                    if matches!(change.deed, Deed::SetAttribute(..))
                        && heap.is_watched_module(object) =>
                {
                    true
                }
                // It holds numbers only, which nobody is shown.
                Some(Found::Entry(index, _)) if heap.is_array(index) => true,
                Some(Found::Entry(index, object)) if heap.is_plain(index) => {
                    if levels == 1 && self.tell_change(&change.deed, index, object, heap, out) {
                        return true;
                    }
                    let before = heap.changes;
                    heap.visit(index, levels);
                    heap.refresh(out);
                    let is_elsewhere = heap.changes == before && is_list(object);
                    !is_elsewhere || !matches!(change.deed, Deed::Append | Deed::Pop)
                }
                _ => false,
            }
        }
    }

    /// Compares the list that a call sorts which has not returned yet: it shows nothing meanwhile, and
    /// has its items again when the line is over.
    ///
    /// # Safety
    /// The frame is alive, and the GIL is held.
    pub(crate) unsafe fn visit_sorted(&mut self, unit: u32, heap: &mut Heap, out: &mut Sink) {
        let Some(path) = self.info.effects.sorts(unit) else {
            return;
        };
        // SAFETY: as promised by the caller.
        unsafe {
            if matches!(path.root, Root::Name(_)) {
                self.visit_namespaces(1, heap);
                heap.refresh(out);
            }
            if let Some(Found::Entry(index, _)) = self.follow(path, false, heap) {
                heap.keeps_parted = true;
                heap.visit(index, 1);
                heap.refresh(out);
                heap.keeps_parted = false;
                self.made.extend(heap.parted.drain(..).map(Seen::object));
            }
        }
    }

    /// Writes a change of an instance or a list, if it is known where in it that is.
    unsafe fn tell_change(
        &self,
        deed: &Deed,
        index: u32,
        object: Object,
        heap: &mut Heap,
        out: &mut Sink,
    ) -> bool {
        // SAFETY: the object was reached just now.
        unsafe {
            if let Deed::SetAttribute(name, hint) = deed {
                let Some(key) = self.info.effects.keys.get(*name as usize) else {
                    return false;
                };
                if !is_kept_in_instance(object, key) {
                    return heap.compare_slot(index, object, key, out);
                }
                let found = heap.compare_attribute(index, object, key, hint.get(), out);
                found.inspect(|at| hint.set(*at));
                return found.is_some();
            }
            if heap
                .entry(index)
                .is_some_and(|entry| entry.class.kind == TypeKind::Set)
            {
                let value = |key| self.value(key, heap);
                return match deed {
                    Deed::Add(key) => value(key)
                        .is_some_and(|value| heap.compare_added(index, object, value, out)),
                    Deed::Remove(key) => value(key)
                        .is_some_and(|value| heap.compare_removed(index, object, value, out)),
                    _ => false,
                };
            }
            let place = match deed {
                _ if !is_list(object) => None,
                Deed::Append => heap.entry(index).map(|entry| entry.items.len()),
                Deed::Pop => return heap.compare_popped(index, object, out),
                Deed::SetItem(key) => self.place(key, object, heap),
                _ => None,
            };
            place.is_some_and(|place| {
                heap.compare_at(index, object, place, *deed == Deed::Append, out)
            })
        }
    }

    /// Whether a recorded frame above can have changed where a path leads.
    fn can_lead_elsewhere(&self, path: &Path) -> bool {
        match path.root {
            Root::Slot(slot) => !path.steps.is_empty() || self.info.in_cell[slot],
            Root::Result(_) => !path.steps.is_empty(),
            Root::Name(_) => true,
        }
    }
}
