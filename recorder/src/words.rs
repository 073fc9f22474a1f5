//! What a container was seen to hold: the addresses of its items, comparable word by word.
//!
//! An equal address means an equal item only while that item cannot have been freed and its memory
//! used again. So a reference is held to each exact atom (which has no finalizer and no identity
//! worth speaking of), and none to any other object: its entry on the heap stands for it.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::ffi;

use crate::layout::Object;

/// How many states words have had.
static STATES: AtomicU64 = AtomicU64::new(0);

/// The number of a new state.
fn new_state() -> u64 {
    // Words change with the GIL held only, so nobody else counts meanwhile.
    let state = STATES.load(Ordering::Relaxed) + 1;
    STATES.store(state, Ordering::Relaxed);
    state
}

/// Addresses of items, in order; null stands for an unset attribute.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) raw: Vec<Object>,
    /// How each of them is held.
    held: Vec<Held>,
    objects: usize,
    /// The places and entries of the objects that can change, if they were looked up since the
    /// last change: most of what a namespace holds is functions and classes, which never do.
    followed: Option<Vec<(u32, u32)>>,
    /// A number that no other words have, and these only while they are as they are; 0 while nothing
    /// was ever in them.
    pub(crate) state: u64,
}

/// The places and entries of objects among the items.
pub(crate) enum Followed {
    /// Those that can change.
    Known(Vec<(u32, u32)>),
    /// All; those that cannot change are to be sorted out.
    New(Vec<(u32, u32)>),
}

/// One item that is held: an atom by reference, or an entry by number: 0, or one more than that.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Held(u32);

impl Held {
    pub(crate) const ATOM: Held = Held(0);

    pub(crate) fn object(index: u32) -> Held {
        Held(index + 1)
    }

    /// The entry, unless it is an atom.
    pub(crate) fn entry(self) -> Option<u32> {
        self.0.checked_sub(1)
    }
}

impl Words {
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    pub(crate) fn get(&self, at: usize) -> Held {
        self.held.get(at).copied().unwrap_or(Held::ATOM)
    }

    /// The entries among the items.
    pub(crate) fn objects(&self) -> impl Iterator<Item = u32> + '_ {
        // Most containers hold atoms only, and then there is nothing to look through.
        let held = if self.objects == 0 {
            &[][..]
        } else {
            &self.held[..]
        };
        held.iter().filter_map(|held| held.entry())
    }

    /// How many of the items are objects.
    pub(crate) fn count_objects(&self) -> usize {
        self.objects
    }

    /// So many of them, and their entries.
    pub(crate) fn first_objects(&self, count: usize) -> Vec<(Object, u32)> {
        let items = self.raw.iter().zip(&self.held);
        let objects = items.filter_map(|(object, held)| Some((*object, held.entry()?)));
        objects.take(count).collect()
    }

    /// Takes the places and entries of the objects that can change, to be given back by
    /// [`keep_followed`](Self::keep_followed).
    pub(crate) fn take_followed(&mut self) -> Followed {
        if self.objects == 0 {
            return Followed::Known(Vec::new());
        }
        match self.followed.take() {
            Some(known) => Followed::Known(known),
            None => Followed::New(
                self.held
                    .iter()
                    .enumerate()
                    .filter_map(|(at, held)| Some((at as u32, held.entry()?)))
                    .collect(),
            ),
        }
    }

    pub(crate) fn keep_followed(&mut self, followed: Vec<(u32, u32)>) {
        self.followed = Some(followed);
    }

    /// Items that are held already.
    pub(crate) fn new(raw: Vec<Object>, held: Vec<Held>) -> Words {
        Words {
            objects: count(&held),
            raw,
            held,
            followed: None,
            state: new_state(),
        }
    }

    /// Replaces `deleted` items at `at` by new ones that are held already; returns the old ones.
    pub(crate) fn splice(
        &mut self,
        at: usize,
        deleted: usize,
        raw: &[Object],
        held: &[Held],
    ) -> Words {
        let mut old = Words {
            raw: self
                .raw
                .splice(at..at + deleted, raw.iter().copied())
                .collect(),
            held: self
                .held
                .splice(at..at + deleted, held.iter().copied())
                .collect(),
            objects: 0,
            followed: None,
            state: new_state(),
        };
        self.state = new_state();
        self.followed = None;
        old.objects = count(&old.held);
        self.objects = self.objects - old.objects + count(&self.held[at..at + raw.len()]);
        old
    }

    /// Whether none of the items has an entry.
    pub(crate) fn has_atoms_only(&self) -> bool {
        self.objects == 0
    }

    /// Replaces one item by a new one that is held already; returns the old one.
    pub(crate) fn replace(&mut self, at: usize, raw: Object, held: Held) -> (Object, Held) {
        let (Some(place), Some(mark)) = (self.raw.get_mut(at), self.held.get_mut(at)) else {
            return (raw, held);
        };
        let old = (std::mem::replace(place, raw), std::mem::replace(mark, held));
        self.state = new_state();
        if old.1.0 != 0 || held.0 != 0 {
            self.objects = self.objects + usize::from(held.0 != 0) - usize::from(old.1.0 != 0);
            self.followed = None;
        }
        old
    }

    /// Takes the last item out.
    pub(crate) fn pop(&mut self) -> Option<(Object, Held)> {
        let last = self.raw.pop().zip(self.held.pop())?;
        self.state = new_state();
        if last.1.0 != 0 {
            self.objects -= 1;
            self.followed = None;
        }
        Some(last)
    }

    /// Makes room for so many items at least.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.raw.reserve(count);
        self.held.reserve(count);
    }

    /// Adds an item that is held already.
    pub(crate) fn push(&mut self, raw: Object, held: Held) {
        self.raw.push(raw);
        self.held.push(held);
        self.state = new_state();
        if held.0 != 0 {
            self.objects += 1;
            self.followed = None;
        }
    }

    /// Lets the atoms go; what is to be done with the entries, the caller says.
    pub(crate) fn release(mut self, mut entry: impl FnMut(u32)) -> Memory {
        for (object, held) in self.raw.drain(..).zip(self.held.drain(..)) {
            match held.entry() {
                Some(index) => entry(index),
                // SAFETY: `hold_atom` took this reference; the GIL is held.
                None => unsafe { release_atom(object) },
            }
        }
        Memory {
            raw: self.raw,
            held: self.held,
        }
    }
}

/// Memory for words, of an object that is gone: the next new one takes it.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) raw: Vec<Object>,
    pub(crate) held: Vec<Held>,
}

/// Memory that is kept: how many pieces, and for how many words each.
const MOST_PIECES: usize = 256;
const MOST_WORDS: usize = 64;

/// Pieces of memory for words.
#[derive(Default)]
pub(crate) struct Pieces(Vec<Memory>);

impl Pieces {
    #[inline]
    pub(crate) fn take(&mut self) -> Memory {
        self.0.pop().unwrap_or_default()
    }

    #[inline]
    pub(crate) fn give(&mut self, piece: Memory) {
        if (1..=MOST_WORDS).contains(&piece.raw.capacity()) && self.0.len() < MOST_PIECES {
            self.0.push(piece);
        }
    }
}

fn count(held: &[Held]) -> usize {
    held.iter().filter(|held| held.0 != 0).count()
}

/// Takes a reference to an exact atom or to nothing.
///
/// # Safety
/// `object` is null or alive, and the GIL is held.
pub(crate) unsafe fn hold_atom(object: Object) -> Held {
    // SAFETY: as promised by the caller.
    unsafe { ffi::Py_XINCREF(object) };
    Held::ATOM
}

/// Gives the reference of [`hold_atom`] back: the finalizer of an exact atom runs no code of the
/// program.
///
/// # Safety
/// The reference was taken, and the GIL is held.
#[inline]
pub(crate) unsafe fn release_atom(object: Object) {
    // SAFETY: as promised by the caller.
    unsafe { ffi::Py_XDECREF(object) };
}
