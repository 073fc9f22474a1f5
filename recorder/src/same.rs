//! Whether an object still holds what was seen of it, told where it lies: most comparisons find no
//! difference, so nothing is copied for them.

use std::ops::Range;

use pyo3::ffi;
use schema::TypeKind;

use crate::classes::Class;
use crate::insides::{self, Attributes};
use crate::layout::Object;
use crate::objects::Entry;
use crate::reading::is_fixed;

/// How many words are compared at once where a difference is looked for.
const STRIDE: usize = 32;

/// Lists with fewer items than this are replaced from the first to the last difference.
const FEWEST: usize = 32;
/// In how many places, and how long each, a list is looked at for changes here and there.
const MOST_RUNS: usize = 24;

/// Words as numbers, which are compared as memory.
fn numbers(words: &[Object]) -> &[usize] {
    // SAFETY: a pointer has the size and alignment of `usize`, and any bits are one.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
}

/// Whether two lists of words are the same.
#[inline]
pub(crate) fn is_equal(a: &[Object], b: &[Object]) -> bool {
    numbers(a) == numbers(b)
}

/// How many words at the beginning, and then at the end, are the same.
pub(crate) fn common(old: &[Object], new: &[Object]) -> (usize, usize) {
    let (old, new) = (numbers(old), numbers(new));
    let shorter = old.len().min(new.len());
    let mut prefix = 0;
    while prefix + STRIDE <= shorter && old[prefix..prefix + STRIDE] == new[prefix..prefix + STRIDE]
    {
        prefix += STRIDE;
    }
    prefix += same(old[prefix..].iter(), new[prefix..].iter());
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let shorter = shorter - prefix;
    let mut suffix = 0;
    while suffix + STRIDE <= shorter
        && old[old.len() - suffix - STRIDE..old.len() - suffix]
            == new[new.len() - suffix - STRIDE..new.len() - suffix]
    {
        suffix += STRIDE;
    }
    let (old, new) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
    (prefix, suffix + same(old.iter().rev(), new.iter().rev()))
}

/// Where two lists of words differ at the same places, if that is in few places and leaves most of
/// them alone; one can be longer than the other by a few.
pub(crate) fn runs(old: &[Object], new: &[Object]) -> Option<Vec<Range<usize>>> {
    let (old, new) = (numbers(old), numbers(new));
    let shorter = old.len().min(new.len());
    if shorter < FEWEST || old.len().abs_diff(new.len()) > MOST_RUNS {
        return None;
    }
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    loop {
        while at + STRIDE <= shorter && old[at..at + STRIDE] == new[at..at + STRIDE] {
            at += STRIDE;
        }
        at += same(old[at..shorter].iter(), new[at..].iter());
        if at == shorter {
            return Some(runs);
        }
        let other = old[at..shorter].iter().zip(&new[at..]);
        let length = other.take_while(|(a, b)| a != b).count();
        if length > MOST_RUNS || runs.len() == MOST_RUNS {
            return None;
        }
        runs.push(at..at + length);
        at += length;
    }
}

fn same<'a>(a: impl Iterator<Item = &'a usize>, b: impl Iterator<Item = &'a usize>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// The items of a list or tuple, in place, at most `limit` of them, and their true number.
///
/// # Safety
/// The object is alive and of that kind; the GIL is held as long as the items are looked at.
pub(crate) unsafe fn array<'a>(
    object: Object,
    kind: TypeKind,
    limit: usize,
) -> Option<(&'a [Object], usize)> {
    // SAFETY: as promised by the caller; an empty list has no items to point to.
    unsafe {
        let length = (*object.cast::<ffi::PyVarObject>()).ob_size as usize;
        let first = match kind {
            TypeKind::List => (*object.cast::<ffi::PyListObject>()).ob_item,
            TypeKind::Tuple => (*object.cast::<ffi::PyTupleObject>()).ob_item.as_mut_ptr(),
            _ => return None,
        };
        if length == 0 {
            return Some((&[], 0));
        }
        Some((std::slice::from_raw_parts(first, length.min(limit)), length))
    }
}

/// Whether a container holds these items, `length` in all. `false` may also mean that it takes
/// reading them to tell.
///
/// # Safety
/// The object is alive, of this class, and the GIL is held.
pub(crate) unsafe fn has_items(
    object: Object,
    class: &Class,
    limit: usize,
    items: &[Object],
    length: u64,
) -> bool {
    // SAFETY: the class says how the object is stored; nothing here runs code of the program.
    unsafe {
        match class.kind {
            TypeKind::List | TypeKind::Tuple => array(object, class.kind, limit)
                .is_some_and(|(now, count)| count as u64 == length && is_equal(now, items)),
            TypeKind::Dict if !class.is_ordered_dict => {
                ffi::PyDict_Size(object) as u64 == length
                    && length <= limit as u64
                    && has_pairs(object, items)
            }
            TypeKind::Set | TypeKind::FrozenSet => {
                if (*object.cast::<ffi::PySetObject>()).used as u64 != length
                    || length > limit as u64
                {
                    return false;
                }
                let (mut position, mut key, mut hash) = (0, std::ptr::null_mut(), 0);
                items.iter().all(|item| {
                    insides::_PySet_NextEntry(object, &mut position, &mut key, &mut hash) != 0
                        && key == *item
                })
            }
            _ => false,
        }
    }
}

/// Whether a dict begins with these keys and values, in turn.
unsafe fn has_pairs(dict: Object, pairs: &[Object]) -> bool {
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    pairs.chunks_exact(2).all(|pair| {
        // SAFETY: the caller passes a live dict, which does not change while it is read.
        let has_more = unsafe { ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) } != 0;
        has_more && key == pair[0] && value == pair[1]
    })
}

/// Whether an instance has these attributes, told as for [`has_items`].
///
/// # Safety
/// As for [`has_items`].
pub(crate) unsafe fn has_fields(object: Object, class: &Class, fields: &[Object]) -> bool {
    let (head, slots) = (class.head.len(), class.slots.len());
    let Some(pairs) = fields.len().checked_sub(head + slots) else {
        return false;
    };
    let (first, rest) = fields.split_at(head);
    let (pairs, last) = rest.split_at(pairs);
    // SAFETY: offsets come from the class's own member descriptors.
    unsafe {
        let is_at = |(_, offset): &(_, usize), word: &Object| {
            *object.cast::<u8>().add(*offset).cast::<Object>() == *word
        };
        let has_pairs = match insides::attributes(object) {
            Attributes::None => pairs.is_empty(),
            Attributes::Dict(dict) => {
                ffi::PyDict_Size(dict) as usize * 2 == pairs.len() && has_pairs(dict, pairs)
            }
            Attributes::Inline(values) => {
                values.len() * 2 == pairs.len()
                    && pairs
                        .chunks_exact(2)
                        .enumerate()
                        .all(|(n, pair)| values.get(n) == Some((pair[0], pair[1])))
            }
        };
        has_pairs
            && class.head.iter().zip(first).all(|(a, b)| is_at(a, b))
            && class.slots.iter().zip(last).all(|(a, b)| is_at(a, b))
    }
}

impl Entry {
    /// Whether the live object at this address can be the one that was recorded there: of the
    /// same class, or of one that `__class__ = …` can have put in its place; and with the same
    /// items, if these cannot change. (What is remembered of a tuple that is gone must never be
    /// taken for what another one holds: its items may be gone, too.)
    ///
    /// # Safety
    /// `object` is alive.
    #[inline]
    pub(crate) unsafe fn may_be(&self, object: Object) -> bool {
        // SAFETY: the object is alive.
        unsafe {
            let python_type = ffi::Py_TYPE(object);
            if python_type == self.python_type {
                return !is_fixed(self.class.kind) || self.has_its_items(object);
            }
            self.class.can_change
                && (*python_type).tp_flags & crate::classes::HEAP_TYPE != 0
                && (*python_type).tp_basicsize == self.class.basic_size
        }
    }

    /// Whether a tuple or frozenset holds what was seen.
    unsafe fn has_its_items(&self, object: Object) -> bool {
        if !self.is_written || self.unfollowed.is_some() {
            return true;
        }
        let items = &self.items.raw;
        let limit = match self.class.kind {
            TypeKind::Tuple => items.len(),
            _ => usize::MAX,
        };
        // SAFETY: the object is alive and of the entry's class.
        unsafe { has_items(object, self.class, limit, items, self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(numbers: &[usize]) -> Vec<Object> {
        numbers.iter().map(|number| *number as Object).collect()
    }

    #[test]
    fn differences_are_found_between_what_is_the_same() {
        for (length, at, deleted, inserted) in [
            (0, 0, 0, 1),
            (5, 0, 1, 0),
            (100, 99, 1, 1),
            (100, 31, 1, 3),
            (100, 64, 2, 0),
            (100, 100, 0, 40),
            (70, 0, 70, 0),
        ] {
            let old: Vec<usize> = (1..=length).collect();
            let mut new = old.clone();
            new.splice(at..at + deleted, (0..inserted).map(|n| 1000 + n));
            let found = common(&words(&old), &words(&new));
            assert_eq!(found, (at, length - at - deleted), "{length} {at}");
        }
        let mut new: Vec<usize> = (0..100).collect();
        let old = words(&new);
        new[3] = 200;
        new[70] = 201;
        new[71] = 202;
        new.push(203);
        assert_eq!(runs(&old, &words(&new)), Some(vec![3..4, 70..72]));
        new.insert(0, 204);
        assert_eq!(runs(&old, &words(&new)), None);
        let same = words(&(0..77).collect::<Vec<_>>());
        assert_eq!(common(&same, &same), (77, 0));
    }
}
