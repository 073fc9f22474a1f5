//! The insides of objects whose public accessors would run code or make dicts appear.

use std::ptr::null_mut;

use pyo3::ffi;
use schema::TypeKind;

use crate::classes::Class;
use crate::layout::{Object, read};
use crate::objects::Version;
use crate::offsets::OFFSETS;

unsafe extern "C" {
    fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: Object) -> Object;
}

/// What a class or its bases have under an interned name, borrowed, or null; runs no code of the
/// program.
///
/// # Safety
/// The class is alive and the GIL is held.
pub(crate) unsafe fn on_class(class: *mut ffi::PyTypeObject, name: Object) -> Object {
    // SAFETY: as promised by the caller; private, but exported from 3.12 to 3.15.
    unsafe { _PyType_Lookup(class, name) }
}

/// Attributes of an instance that CPython keeps in the object itself.
pub(crate) struct InlineValues {
    keys: *const u8,
    values: *const Object,
    order: *const u8,
    is_backwards: bool,
    size: usize,
}

impl InlineValues {
    /// The attribute that was set `n`-th: its name and value, borrowed.
    ///
    /// # Safety
    /// The instance is alive and unchanged since the values were found.
    #[inline]
    pub(crate) unsafe fn get(&self, n: usize) -> Option<(Object, Object)> {
        // SAFETY: the order array holds `size` indices below the number of keys. In 3.12 it lies
        // before the values, backwards; later behind them.
        unsafe {
            let index = if self.is_backwards {
                *self.order.sub(n) as usize
            } else {
                *self.order.add(n) as usize
            };
            let value = *self.values.add(index);
            // Split keys are of the unicode kind: entries of (key, value) after the index table.
            let index_bytes = 1usize << *self.keys.add(OFFSETS.keys_log_bytes);
            let key: Object = read(self.keys, OFFSETS.keys_indices + index_bytes + 16 * index);
            (!value.is_null() && !key.is_null()).then_some((key, value))
        }
    }

    /// How many attributes were set.
    pub(crate) fn len(&self) -> usize {
        self.size
    }
}

/// Where an instance's attributes are.
pub(crate) enum Attributes {
    /// It has no dict.
    None,
    /// In a dict.
    Dict(Object),
    /// In the object itself; the dict does not exist, and must not be made to.
    Inline(InlineValues),
}

const MANAGED_DICT: u64 = 1 << 4;
#[cfg(Py_3_13)]
const INLINE_VALUES: u64 = 1 << 2;

/// Finds an instance's attributes without materialising its dict.
///
/// # Safety
/// `object` is alive and its class is a heap type or has a positive `tp_dictoffset`.
#[inline]
pub(crate) unsafe fn attributes(object: Object) -> Attributes {
    // SAFETY: layouts of `pycore_object.h` and `pycore_dict.h`: the managed dict's word lies before
    // the object; values are in the object (3.13), or where that word says (3.12).
    unsafe {
        let class = (*object).ob_type;
        let flags = (*class).tp_flags;
        if flags & MANAGED_DICT == 0 {
            let offset = (*class).tp_dictoffset;
            if offset <= 0 {
                return Attributes::None;
            }
            let dict: Object = read(object.cast::<u8>(), offset as usize);
            return if dict.is_null() {
                Attributes::None
            } else {
                Attributes::Dict(dict)
            };
        }
        let word: usize = read(object.cast::<u8>().sub(OFFSETS.managed_dict), 0);
        let keys = (*class.cast::<ffi::PyHeapTypeObject>()).ht_cached_keys as *const u8;
        #[cfg(not(Py_3_13))]
        {
            if word & 1 == 1 && !keys.is_null() {
                let values = (word + 1) as *const u8;
                return Attributes::Inline(InlineValues {
                    keys,
                    values: values.cast(),
                    order: values.sub(OFFSETS.values_order),
                    is_backwards: true,
                    size: *values.sub(OFFSETS.values_size) as usize,
                });
            }
        }
        #[cfg(Py_3_13)]
        {
            if word == 0 && flags & INLINE_VALUES != 0 && !keys.is_null() {
                let header = object.cast::<u8>().add((*class).tp_basicsize as usize);
                let capacity = *header.add(OFFSETS.inline_capacity);
                let size = *header.add(OFFSETS.inline_size);
                if *header.add(OFFSETS.inline_valid) == 1 {
                    let values = header.add(OFFSETS.inline_values);
                    return Attributes::Inline(InlineValues {
                        keys,
                        values: values.cast(),
                        order: values.add(8 * capacity as usize),
                        is_backwards: false,
                        size: size as usize,
                    });
                }
            }
        }
        if word == 0 {
            Attributes::None
        } else {
            Attributes::Dict(word as Object)
        }
    }
}

/// A tag that changes whenever a dict does, where this version has one that can be relied on: 3.13
/// no longer sets it when an attribute is stored into an instance's values.
///
/// # Safety
/// The object is alive and of this class.
#[inline]
pub(crate) unsafe fn dict_version_of(object: Object, class: &Class) -> Option<Version> {
    if class.kind != TypeKind::Dict || class.is_ordered_dict {
        return None;
    }
    #[cfg(Py_3_13)]
    let version = {
        let _ = object;
        None
    };
    // SAFETY: a dict has its tag there.
    #[cfg(not(Py_3_13))]
    let version = Some(Version::new(unsafe {
        read(object.cast::<u8>(), crate::offsets::DICT_VERSION)
    }));
    version
}

/// The value that a dict has under this very key, borrowed, if the key is its `n`-th.
///
/// # Safety
/// The dict is alive, and the GIL is held.
pub(crate) unsafe fn value_at(dict: Object, n: usize, key: Object) -> Option<Object> {
    let (mut position, mut found, mut value) = (n as isize, null_mut(), null_mut());
    // SAFETY: the position is the index of an entry from 3.12 to 3.15, and one behind the last ends
    // the iteration; were it anything else, another key would be found.
    let is_there = unsafe { ffi::PyDict_Next(dict, &mut position, &mut found, &mut value) } != 0;
    (is_there && found == key).then_some(value)
}

/// The items of a deque, borrowed, at most `limit` of them.
///
/// # Safety
/// `deque` is a `collections.deque` or an instance of a subclass, and `deque_is_known` held.
pub(crate) unsafe fn deque_items(deque: Object, limit: usize) -> Vec<Object> {
    const BLOCK: usize = (OFFSETS.block_next - OFFSETS.block_items) / 8;
    // SAFETY: `dequeobject` of `_collectionsmodule.c`.
    unsafe {
        let base = deque.cast::<u8>();
        let length = (*deque.cast::<ffi::PyVarObject>()).ob_size as usize;
        let mut block: *const u8 = read(base, OFFSETS.deque_block);
        let mut index: usize = read(base, OFFSETS.deque_index);
        let mut items = Vec::with_capacity(length.min(limit));
        while items.len() < length.min(limit) {
            if index == BLOCK {
                block = read(block, OFFSETS.block_next);
                index = 0;
            }
            items.push(read(block, OFFSETS.block_items + 8 * index));
            index += 1;
        }
        items
    }
}

/// The keys of an `OrderedDict` in its own order, borrowed.
///
/// # Safety
/// `dict` is a `collections.OrderedDict` (the C one) or an instance of a subclass.
pub(crate) unsafe fn ordered_keys(dict: Object) -> Vec<Object> {
    let mut keys = Vec::new();
    // SAFETY: `odictobject.c`: behind the dict comes the first node.
    unsafe {
        let dict_size = ffi::PyDict_Type.tp_basicsize as usize;
        let count = ffi::PyDict_Size(dict) as usize;
        let mut node: *const u8 = read(dict.cast::<u8>(), dict_size);
        while !node.is_null() && keys.len() < count {
            keys.push(read(node, OFFSETS.node_key));
            node = read(node, OFFSETS.node_next);
        }
    }
    keys
}

unsafe extern "C" {
    /// Private but exported from 3.12 to 3.15; gives the stored hash, so no `__hash__` runs.
    pub(crate) fn _PySet_NextEntry(
        set: Object,
        position: *mut ffi::Py_ssize_t,
        key: *mut Object,
        hash: *mut ffi::Py_hash_t,
    ) -> std::ffi::c_int;
}
