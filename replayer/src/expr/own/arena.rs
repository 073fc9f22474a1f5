//! A place for what an evaluation makes: what lies there stays where it is until all of it goes.

use std::cell::{Cell, OnceCell};

/// The first part has room for so many; each further one for twice as many as the one before.
const FIRST: usize = 16;
const PARTS: usize = 28;

type Part<T> = OnceCell<Box<[OnceCell<T>]>>;

/// Grows without moving what is in it, so that it can be read while it grows.
pub(super) struct Arena<T> {
    parts: OnceCell<Box<[Part<T>; PARTS]>>,
    length: Cell<usize>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena {
            parts: OnceCell::new(),
            length: Cell::new(0),
        }
    }
}

/// The part of a place, and the place in it.
fn place(at: usize) -> (usize, usize) {
    let part = (at / FIRST + 1).ilog2() as usize;
    (part, at - FIRST * ((1 << part) - 1))
}

impl<T> Arena<T> {
    /// Puts something in, and says where.
    pub(super) fn push(&self, item: T) -> usize {
        let at = self.length.get();
        let (part, inside) = place(at);
        let parts = self
            .parts
            .get_or_init(|| Box::new(std::array::from_fn(|_| OnceCell::new())));
        if let Some(part_of) = parts.get(part) {
            let room = part_of.get_or_init(|| {
                let cells = (0..FIRST << part).map(|_| OnceCell::new());
                cells.collect()
            });
            if let Some(cell) = room.get(inside) {
                // Nothing was put there before: places are given out once.
                let _ = cell.set(item);
            }
        }
        self.length.set(at + 1);
        at
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        let (part, inside) = place(at);
        self.parts.get()?.get(part)?.get()?.get(inside)?.get()
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn what_is_put_in_is_found() {
        let arena = Arena::default();
        let first = arena.push(0);
        let early = arena.get(first);
        for number in 1..10_000 {
            assert_eq!(arena.push(number), number);
        }
        assert_eq!(early, Some(&0));
        assert!((0..10_000).all(|number| arena.get(number) == Some(&number)));
        assert_eq!(arena.get(10_000), None);
    }
}
