//! Dicts tell of their changes: CPython notifies a watcher of all that is done with one, whoever
//! does it. So large dicts are not compared with what was seen of them after every line.
//!
//! What is told is noted here, and [`Heap::apply_told`](crate::objects::Heap::apply_told) makes
//! changes of it at the next event: the watcher is called before the dict changes, in the midst of
//! the program's work.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::c_int;
use std::sync::atomic::{AtomicI32, Ordering};

use pyo3::ffi;
use rustc_hash::FxBuildHasher;

use crate::layout::Object;
use crate::tables;

/// How many pairs are noted apart. With more new values at once, all are compared.
const MOST_SET: usize = 4;

type Callback = unsafe extern "C" fn(c_int, Object, Object, Object) -> c_int;

unsafe extern "C" {
    // Public from 3.12 on (`cpython/dictobject.h`); not declared by pyo3.
    fn PyDict_AddWatcher(callback: Callback) -> c_int;
    fn PyDict_ClearWatcher(watcher: c_int) -> c_int;
    fn PyDict_Watch(watcher: c_int, dict: Object) -> c_int;
}

/// `PyDict_WatchEvent`, the same from 3.12 to 3.15; what is not named here is `CLONED` or `CLEARED`.
const ADDED: c_int = 0;
const MODIFIED: c_int = 1;
const DELETED: c_int = 2;
const DEALLOCATED: c_int = 5;

/// A pair: where it stands in the table of the dict, and its key, which is not to be looked into.
pub(crate) type Pair = (usize, Object);

/// What was done with one dict since the last event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// How many pairs were added behind all others.
    pub(crate) added: usize,
    set: [Option<Pair>; MOST_SET],
    /// The pair that was removed, if nothing else was done.
    pub(crate) removed: Option<Pair>,
    /// More than all this.
    pub(crate) is_more: bool,
    /// It was freed.
    pub(crate) is_gone: bool,
}

impl Changes {
    /// The pairs that were given new values.
    pub(crate) fn set(&self) -> impl Iterator<Item = Pair> + '_ {
        self.set.iter().flatten().copied()
    }

    /// Notes what is about to be done.
    ///
    /// # Safety
    /// Called by the watcher, with its arguments.
    unsafe fn note(&mut self, event: c_int, dict: Object, key: Object) {
        // SAFETY: the dict and the key are alive.
        let pair = || unsafe { tables::pair_of(dict, key) }.map(|pair| (pair.place, pair.key));
        if self.is_more && event != DEALLOCATED {
            return;
        }
        match event {
            ADDED if self.removed.is_none() => self.added += 1,
            MODIFIED if self.removed.is_none() => match pair() {
                Some(pair) => self.note_set(pair),
                None => self.is_more = true,
            },
            DELETED if self.added == 0 && self.removed.is_none() && self.set[0].is_none() => {
                self.removed = pair();
                self.is_more = self.removed.is_none();
            }
            DEALLOCATED => self.is_gone = true,
            _ => self.is_more = true,
        }
    }

    fn note_set(&mut self, pair: Pair) {
        let mut places = self.set.iter_mut();
        match places.find(|known| known.is_none_or(|(_, key)| key == pair.1)) {
            Some(place) => *place = Some(pair),
            None => self.is_more = true,
        }
    }
}

/// The notes, by the addresses of the dicts.
struct Notes(UnsafeCell<HashMap<usize, Changes, FxBuildHasher>>);

// SAFETY: used with the GIL held only, by functions that call nothing of Python's meanwhile.
unsafe impl Sync for Notes {}

static NOTES: Notes = Notes(UnsafeCell::new(HashMap::with_hasher(FxBuildHasher)));
/// The watcher's number, while a recording has one.
static WATCHER: AtomicI32 = AtomicI32::new(-1);

fn notes() -> &'static mut HashMap<usize, Changes, FxBuildHasher> {
    // SAFETY: as for `Sync`; nobody keeps the borrow.
    unsafe { &mut *NOTES.0.get() }
}

/// The watcher. Nothing in it can panic, raise, or run code of the program.
unsafe extern "C" fn on_change(event: c_int, dict: Object, key: Object, _: Object) -> c_int {
    if WATCHER.load(Ordering::Relaxed) >= 0 {
        let changes = notes().entry(dict as usize).or_default();
        // SAFETY: called by the interpreter, with the GIL held.
        unsafe { changes.note(event, dict, key) };
    }
    0
}

/// A recording begins. Where the interpreter has no watcher left, dicts are compared.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn begin() {
    // SAFETY: as promised by the caller.
    unsafe {
        let watcher = PyDict_AddWatcher(on_change);
        ffi::PyErr_Clear();
        WATCHER.store(watcher, Ordering::Relaxed);
    }
    notes().clear();
}

/// A recording ends. Dicts stay marked, and the interpreter finds nobody to tell.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn end() {
    let watcher = WATCHER.swap(-1, Ordering::Relaxed);
    if watcher >= 0 {
        // SAFETY: as promised by the caller.
        unsafe {
            PyDict_ClearWatcher(watcher);
            ffi::PyErr_Clear();
        }
    }
    *notes() = HashMap::default();
}

/// Asks to be told of a dict's changes; whether that will be so.
///
/// # Safety
/// `dict` is a dict and alive, and the GIL is held.
pub(crate) unsafe fn watch(dict: Object) -> bool {
    let watcher = WATCHER.load(Ordering::Relaxed);
    // SAFETY: as promised by the caller. Values in an instance change without any word.
    unsafe { watcher >= 0 && tables::is_combined(dict) && PyDict_Watch(watcher, dict) == 0 }
}

/// Whether anything was noted.
#[inline]
pub(crate) fn has_noted() -> bool {
    !notes().is_empty()
}

/// Whether anything was noted of a dict.
#[inline]
pub(crate) fn has_noted_of(dict: Object) -> bool {
    has_noted() && notes().contains_key(&(dict as usize))
}

/// Takes the notes.
pub(crate) fn take(into: &mut Vec<(usize, Changes)>) {
    into.extend(notes().drain());
}
