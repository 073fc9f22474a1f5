//! What a module holds, where a line names the module: `state.items.append(x)` changes what the namespace
//! of `state` has. Modules are not looked into; their namespaces are entries of their own.

use pyo3::ffi;

use crate::effects::{NameKey, Path, Root, Step};
use crate::follow::Place;
use crate::frames::FrameRecord;
use crate::layout::{Object, read};
use crate::objects::Heap;
use crate::opaque::MODULE_DICT;
use crate::tables;

impl Heap {
    /// The entry of a module's namespace, and the namespace, if code of that module was recorded.
    ///
    /// # Safety
    /// The object is alive, and the GIL is held.
    pub(crate) unsafe fn namespace_of(&self, module: Object) -> Option<(u32, Object)> {
        // SAFETY: the exact type is compared before the module's dict is read, which it holds.
        unsafe {
            if !std::ptr::eq(ffi::Py_TYPE(module), &raw const ffi::PyModule_Type) {
                return None;
            }
            let dict: Object = read(module.cast(), MODULE_DICT);
            let index = self.by_address.get(dict as usize)?;
            self.is_entry(index, dict).then_some((index, dict))
        }
    }

    /// What a module holds under a name: what was seen there, and what is.
    ///
    /// # Safety
    /// As for [`namespace_of`](Self::namespace_of).
    pub(crate) unsafe fn in_module(&self, module: Object, key: &NameKey) -> Option<Place> {
        // SAFETY: as promised by the caller; the namespace is alive, and only looked into.
        unsafe {
            let (index, dict) = self.namespace_of(module)?;
            let word = self.word_of(index, key)?;
            let now = tables::pair_of(dict, key.text)?.value;
            Some(Place {
                seen: word.entry,
                is_same: word.value == now,
                now,
            })
        }
    }

    /// Whether an object is a module whose namespace tells of every store itself.
    ///
    /// # Safety
    /// As for [`namespace_of`](Self::namespace_of).
    pub(crate) unsafe fn is_watched_module(&self, object: Object) -> bool {
        // SAFETY: as promised by the caller.
        let namespace = unsafe { self.namespace_of(object) };
        let entry = namespace.and_then(|(index, _)| self.entry(index));
        entry.is_some_and(|entry| entry.is_watched)
    }
}

impl FrameRecord {
    /// Reaches what modules hold at the end of these paths, and so many levels of it.
    ///
    /// # Safety
    /// The frame is alive, its namespaces were compared, and the GIL is held.
    pub(crate) unsafe fn visit_members(&self, members: &[Path], levels: u8, heap: &mut Heap) {
        for path in members {
            // SAFETY: as promised by the caller.
            if let Some(index) = unsafe { self.member(path, heap) } {
                heap.visit(index, levels);
            }
        }
    }

    /// The first object on a path that is no module, if one is held by a module.
    unsafe fn member(&self, path: &Path, heap: &Heap) -> Option<u32> {
        let (mut index, mut object) = match path.root {
            Root::Slot(slot) => {
                let index = self.slots.get(slot)?.entry()?;
                // What was seen there may be gone: the line itself can have bound the variable anew.
                // SAFETY: the frame is alive, and has the slot.
                (index, unsafe {
                    self.place.variable(slot, self.info.in_cell[slot])
                })
            }
            Root::Name(name) => {
                let word = self.word_of(name, heap)?;
                (word.entry?, word.value)
            }
            Root::Result(_) => return None,
        };
        let mut is_in_module = false;
        for step in &path.steps {
            let Step::Attribute(name, _) = step else {
                break;
            };
            // SAFETY: as promised to `visit_members`; what is an entry's own is alive.
            unsafe {
                if object.is_null() || !heap.is_entry(index, object) {
                    return None;
                }
                if heap.namespace_of(object).is_none() {
                    break;
                }
                let key = self.info.effects.keys.get(*name as usize)?;
                let place = heap.in_module(object, key)?;
                (index, object) = (place.seen.filter(|_| place.is_same)?, place.now);
            }
            is_in_module = true;
        }
        is_in_module.then_some(index)
    }
}
