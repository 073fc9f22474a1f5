//! Reads what containers and instances hold from live memory, without running anything.

use std::collections::HashMap;

use pyo3::ffi;
use schema::TypeKind;

use crate::classes::Class;
use crate::insides::{self, Attributes};
use crate::layout::Object;

/// Reads the items of a container into `live`, at most `limit`; returns their true number.
///
/// # Safety
/// The object is alive, of this class, and the GIL is held.
pub(crate) unsafe fn read_items(
    object: Object,
    class: &Class,
    limit: usize,
    live: &mut Vec<Object>,
) -> usize {
    // SAFETY: the class says how the object is stored; no call here runs code of the program.
    unsafe {
        match class.kind {
            TypeKind::List => {
                let list = object.cast::<ffi::PyListObject>();
                let length = (*list).ob_base.ob_size as usize;
                if length > 0 {
                    let items = std::slice::from_raw_parts((*list).ob_item, length.min(limit));
                    live.extend_from_slice(items);
                }
                length
            }
            TypeKind::Tuple => {
                let tuple = object.cast::<ffi::PyTupleObject>();
                let length = (*tuple).ob_base.ob_size as usize;
                let first = (*tuple).ob_item.as_ptr();
                live.extend_from_slice(std::slice::from_raw_parts(first, length.min(limit)));
                length
            }
            TypeKind::Dict => {
                if class.is_ordered_dict {
                    read_ordered(object, limit, live);
                } else {
                    read_dict(object, limit, live);
                }
                ffi::PyDict_Size(object) as usize
            }
            TypeKind::Set | TypeKind::FrozenSet => {
                let (mut position, mut key, mut hash) = (0, std::ptr::null_mut(), 0);
                while live.len() < limit
                    && insides::_PySet_NextEntry(object, &mut position, &mut key, &mut hash) != 0
                {
                    live.push(key);
                }
                (*object.cast::<ffi::PySetObject>()).used as usize
            }
            TypeKind::Deque => {
                live.extend(insides::deque_items(object, limit));
                (*object.cast::<ffi::PyVarObject>()).ob_size as usize
            }
            _ => 0,
        }
    }
}

/// Keys and values of a dict in turn.
unsafe fn read_dict(dict: Object, limit: usize, live: &mut Vec<Object>) {
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    let limit = limit.saturating_mul(2);
    // SAFETY: the caller passes a live dict, which does not change while it is read.
    unsafe {
        while live.len() < limit && ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) != 0
        {
            live.extend([key, value]);
        }
    }
}

/// The same in the order of an `OrderedDict`. A look-up could compare keys by the program's own
/// `__eq__`, so values are found by the key's address.
unsafe fn read_ordered(dict: Object, limit: usize, live: &mut Vec<Object>) {
    let mut pairs = Vec::new();
    // SAFETY: the caller passes a live `OrderedDict`.
    let keys = unsafe {
        read_dict(dict, usize::MAX, &mut pairs);
        insides::ordered_keys(dict)
    };
    if pairs.iter().step_by(2).eq(keys.iter()) {
        pairs.truncate(limit.saturating_mul(2));
        live.extend(pairs);
        return;
    }
    let values: HashMap<Object, Object> = pairs
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect();
    for key in keys.into_iter().take(limit) {
        if let Some(value) = values.get(&key) {
            live.extend([key, *value]);
        }
    }
}

/// Reads the attributes of an instance.
///
/// # Safety
/// As for [`read_items`].
pub(crate) unsafe fn read_fields(object: Object, class: &Class, live: &mut Vec<Object>) {
    // SAFETY: offsets come from the class's own member descriptors.
    unsafe {
        let at = |offset: usize| *object.cast::<u8>().add(offset).cast::<Object>();
        live.extend(class.head.iter().map(|(_, offset)| at(*offset)));
        match insides::attributes(object) {
            Attributes::None => {}
            Attributes::Dict(dict) => {
                let (mut place, mut key, mut value) =
                    (0, std::ptr::null_mut(), std::ptr::null_mut());
                while ffi::PyDict_Next(dict, &mut place, &mut key, &mut value) != 0 {
                    if ffi::PyUnicode_CheckExact(key) != 0 {
                        live.extend([key, value]);
                    }
                }
            }
            Attributes::Inline(values) => {
                for n in 0..values.len() {
                    if let Some((key, value)) = values.get(n) {
                        live.extend([key, value]);
                    }
                }
            }
        }
        live.extend(class.slots.iter().map(|(_, offset)| at(*offset)));
    }
}

/// Whether objects of this kind hold items.
pub(crate) fn is_container(kind: TypeKind) -> bool {
    use TypeKind::{Deque, Dict, FrozenSet, List, Set, Tuple};
    matches!(kind, List | Tuple | Set | FrozenSet | Deque | Dict)
}

/// Whether the items can never change.
pub(crate) fn is_fixed(kind: TypeKind) -> bool {
    matches!(kind, TypeKind::Tuple | TypeKind::FrozenSet)
}
