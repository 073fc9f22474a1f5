//! One pair of a dict, found as CPython finds it, and only where that runs no code of the program.

use pyo3::ffi;

use crate::layout::{Object, read};
use crate::offsets::OFFSETS;

/// Where the indices of a dict's keys begin; behind them come the entries.
const INDICES: usize = OFFSETS.keys_indices;
/// `DICT_KEYS_GENERAL` has hash, key and value, `DICT_KEYS_UNICODE` key and value.
const GENERAL: u8 = 0;
const UNICODE: u8 = 1;
/// No pair is there, and none was when the key was added that is looked for.
const EMPTY: i64 = -1;
/// Tuples in tuples deeper than this are left alone.
const MOST_NESTED: u8 = 4;

/// A pair of a dict: borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Where it stands among the entries, of which some can be empty.
    pub(crate) place: usize,
    pub(crate) key: Object,
    pub(crate) value: Object,
}

/// A dict's own table.
struct Table {
    keys: *const u8,
    kind: u8,
    /// Two to the power of this is the number of indices, and of their bytes.
    log_size: u8,
    log_bytes: u8,
}

impl Table {
    /// # Safety
    /// The dict is alive, and does not change while the table is used.
    unsafe fn of(dict: Object) -> Option<Table> {
        // SAFETY: as promised by the caller.
        unsafe {
            let keys: *const u8 = read(dict.cast(), OFFSETS.dict_keys);
            let log_size = read(keys, OFFSETS.keys_log_size);
            let log_bytes = read(keys, OFFSETS.keys_log_bytes);
            let kind = read(keys, OFFSETS.keys_kind);
            let is_known = is_combined(dict) && matches!(kind, GENERAL | UNICODE);
            is_known.then_some(Table {
                keys,
                kind,
                log_size,
                log_bytes,
            })
        }
    }

    /// How many entries there are, empty ones with them.
    unsafe fn count(&self) -> usize {
        // SAFETY: as promised to `of`.
        unsafe { read(self.keys, OFFSETS.keys_count) }
    }

    unsafe fn index(&self, slot: usize) -> i64 {
        // SAFETY: the slot is below the number of indices, whose width follows from both sizes.
        unsafe {
            match self.log_bytes - self.log_size {
                0 => read::<i8>(self.keys, INDICES + slot).into(),
                1 => read::<i16>(self.keys, INDICES + 2 * slot).into(),
                2 => read::<i32>(self.keys, INDICES + 4 * slot).into(),
                _ => read(self.keys, INDICES + 8 * slot),
            }
        }
    }

    /// The pair at a place below the count; an empty one has no value.
    unsafe fn pair(&self, place: usize) -> Pair {
        let entries = INDICES + (1 << self.log_bytes);
        // SAFETY: as promised to `of`.
        unsafe {
            let at = match self.kind {
                GENERAL => entries + 24 * place + 8,
                _ => entries + 16 * place,
            };
            let [key, value] = read(self.keys, at);
            Pair { place, key, value }
        }
    }

    /// The hash of the key at a place.
    unsafe fn hash(&self, place: usize, key: Object) -> isize {
        // SAFETY: as promised to `of`; a str that is a key has its hash.
        unsafe {
            match self.kind {
                GENERAL => read(self.keys, INDICES + (1 << self.log_bytes) + 24 * place),
                _ => hash_of(key),
            }
        }
    }
}

/// Whether a dict has a table of its own, and no values that lie elsewhere.
///
/// # Safety
/// The dict is alive.
pub(crate) unsafe fn is_combined(dict: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { read::<usize>(dict.cast(), OFFSETS.dict_values) == 0 }
}

/// Whether the items of a dict are its pairs: it is no instance of a class that finds them otherwise.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn is_plain_dict(dict: Object) -> bool {
    // SAFETY: as promised by the caller. `defaultdict` leaves this to `dict`, too.
    unsafe {
        let find = |class: *mut ffi::PyTypeObject| {
            let mapping = (*class).tp_as_mapping;
            (!mapping.is_null()).then(|| (*mapping).mp_subscript.map(|find| find as usize))
        };
        find(ffi::Py_TYPE(dict)) == find(&raw mut ffi::PyDict_Type)
    }
}

/// The pair that a dict has under a key; none also where only code of the program could tell.
///
/// # Safety
/// The dict and the key are alive, and the GIL is held.
pub(crate) unsafe fn pair_of(dict: Object, key: Object) -> Option<Pair> {
    // SAFETY: as promised by the caller; places that indices name are below the count.
    unsafe {
        let table = Table::of(dict)?;
        if !hashes_plainly(key) {
            return None;
        }
        let hash = hash_of(key);
        let mask = (1_usize << table.log_size) - 1;
        let (mut slot, mut perturb) = (hash as usize & mask, hash as usize);
        // There is always an empty slot; so many steps are more than enough to get there.
        for _ in 0..=mask.saturating_add(64) {
            let place = table.index(slot);
            if place == EMPTY {
                return None;
            }
            if let Ok(place) = usize::try_from(place) {
                let pair = table.pair(place);
                if pair.key == key {
                    return Some(pair);
                }
                if table.hash(place, pair.key) == hash {
                    match compares(pair.key, key) {
                        Some(false) => {}
                        Some(true) => return Some(pair),
                        None => return None,
                    }
                }
            }
            perturb >>= 5;
            slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
        None
    }
}

/// The pair at a place of a dict's table, if there is one.
///
/// # Safety
/// The dict is alive, and the GIL is held.
pub(crate) unsafe fn pair_at(dict: Object, place: usize) -> Option<Pair> {
    // SAFETY: as promised by the caller.
    unsafe {
        let table = Table::of(dict)?;
        if place >= table.count() {
            return None;
        }
        let pair = table.pair(place);
        (!pair.value.is_null()).then_some(pair)
    }
}

/// The last pairs of a dict, borrowed, in their order; none if there are fewer.
///
/// # Safety
/// As for [`pair_at`].
pub(crate) unsafe fn last_pairs(dict: Object, count: usize) -> Option<Vec<Object>> {
    let mut found = Vec::with_capacity(2 * count);
    // SAFETY: as promised by the caller.
    unsafe {
        let mut end = Table::of(dict)?.count();
        while found.len() < 2 * count {
            end = end.checked_sub(1)?;
            if let Some(pair) = pair_at(dict, end) {
                found.extend([pair.value, pair.key]);
            }
        }
    }
    found.reverse();
    Some(found)
}

/// How many pairs a dict has.
///
/// # Safety
/// The dict is alive.
pub(crate) unsafe fn length(dict: Object) -> usize {
    // SAFETY: as promised by the caller.
    unsafe { read(dict.cast(), OFFSETS.dict_used) }
}

/// Whether an object is hashed without any code of the program.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn hashes_plainly(object: Object) -> bool {
    // SAFETY: as promised by the caller.
    unsafe { is_plain(object, MOST_NESTED) || hashes_by_address(object) }
}

/// Whether two objects are equal; none where only code of the program could tell.
///
/// # Safety
/// Both are alive, and the GIL is held.
pub(crate) unsafe fn compares(one: Object, other: Object) -> Option<bool> {
    // SAFETY: as promised by the caller; comparing such objects cannot fail.
    unsafe {
        (is_plain(one, MOST_NESTED) && is_plain(other, MOST_NESTED))
            .then(|| ffi::PyObject_RichCompareBool(one, other, ffi::Py_EQ) == 1)
    }
}

/// Whether an object is a text, a number, `None` or a tuple of such: hashing it and comparing it with
/// another is CPython's alone. (To compare bytes with a text can warn.)
unsafe fn is_plain(object: Object, nested: u8) -> bool {
    // SAFETY: the caller passes a live object; a tuple's items are alive.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let plain = [
            &raw mut ffi::PyUnicode_Type,
            &raw mut ffi::PyLong_Type,
            &raw mut ffi::PyBool_Type,
            &raw mut ffi::PyFloat_Type,
        ];
        if plain.contains(&class) || object == ffi::Py_None() {
            return true;
        }
        if nested == 0 || ffi::PyTuple_CheckExact(object) == 0 {
            return false;
        }
        (0..ffi::PyTuple_Size(object))
            .all(|at| is_plain(ffi::PyTuple_GetItem(object, at), nested - 1))
    }
}

/// Whether an object is hashed as `object` does.
unsafe fn hashes_by_address(object: Object) -> bool {
    // SAFETY: the caller passes a live object, so its class is alive.
    unsafe {
        let base = &raw mut ffi::PyBaseObject_Type;
        match ((*ffi::Py_TYPE(object)).tp_hash, (*base).tp_hash) {
            (Some(own), Some(plain)) => std::ptr::fn_addr_eq(own, plain),
            _ => false,
        }
    }
}

/// The hash of an object which [hashes plainly](hashes_plainly); that cannot fail.
///
/// # Safety
/// The object is such a one, alive, and the GIL is held.
pub(crate) unsafe fn hash_of(object: Object) -> isize {
    // SAFETY: the caller passes such an object, alive.
    unsafe { ffi::PyObject_Hash(object) }
}
