//! Which item of a container an expression means: a constant, what a variable or an attribute holds,
//! or what an operator makes of two ints.

use super::paths::Kind;
use super::{Change, Deed, Effects, Path, Root, Segment, Step, bit};
use crate::layout::Object;

/// A constant of a code object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Const {
    Int(i64),
    /// A text, which the code keeps alive.
    Text(Object),
    Other,
}

/// Which item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    Const(Const),
    /// What is at the end of a path.
    At(Path),
    /// What a binary operator (its number) makes of two others.
    Of(u32, Box<[Key; 2]>),
    Unknown,
}

impl Key {
    fn begins_with(&self, test: fn(&Root) -> bool) -> bool {
        match self {
            Key::At(path) => path.begins_with(test),
            Key::Of(_, sides) => sides.iter().any(|side| side.begins_with(test)),
            Key::Const(_) | Key::Unknown => false,
        }
    }
}

impl Path {
    fn begins_with(&self, test: fn(&Root) -> bool) -> bool {
        test(&self.root)
            || self.steps.iter().any(|step| match step {
                Step::Attribute(..) => false,
                Step::Item(key) => key.begins_with(test),
            })
    }
}

impl Change {
    /// Whether what is changed or where in it is found from such a root.
    fn begins_with(&self, test: fn(&Root) -> bool) -> bool {
        let is_key = match &self.deed {
            Deed::SetItem(key) | Deed::Add(key) | Deed::Remove(key) => key.begins_with(test),
            _ => false,
        };
        is_key || self.path.begins_with(test)
    }

    /// Whether it takes a global or other name to find it.
    pub(crate) fn is_named(&self) -> bool {
        self.begins_with(|root| matches!(root, Root::Name(_)))
    }

    /// Whether it takes what a call gave.
    pub(super) fn takes_result(&self) -> bool {
        self.begins_with(|root| matches!(root, Root::Result(_)))
    }
}

impl Effects {
    /// The key that an expression gives, from its first move to the one behind its last.
    pub(super) fn key(&self, begin: usize, end: usize) -> Key {
        self.known_key(begin, end).unwrap_or(Key::Unknown)
    }

    fn known_key(&self, begin: usize, end: usize) -> Option<Key> {
        let last = end.checked_sub(1)?;
        let here = self.moves[last];
        if begin == last {
            match here.kind {
                Kind::Place => return Some(Key::Const(Const::Int(here.argument.into()))),
                Kind::Const => {
                    let known = self.consts.get(here.argument as usize)?;
                    return (*known != Const::Other).then_some(Key::Const(*known));
                }
                Kind::Copy => {
                    let end = self.copied(begin)?;
                    return self.known_key(self.begin(end)?, end);
                }
                _ => {}
            }
        }
        if here.kind == Kind::Operator {
            let right = self.begin(last)?;
            let left = self.begin(right)?;
            let sides = [self.known_key(left, right)?, self.known_key(right, last)?];
            return (left == begin).then(|| Key::Of(here.argument, Box::new(sides)));
        }
        let (first, path) = self.path(end)?;
        (first == begin).then_some(Key::At(path))
    }

    /// Whether a line leaves alone the variables and names that a key is made of.
    pub(super) fn is_settled(&self, key: &Key, segment: &Segment) -> bool {
        match key {
            Key::Const(_) | Key::Unknown => true,
            Key::Of(_, sides) => sides.iter().all(|side| self.is_settled(side, segment)),
            Key::At(path) => {
                let is_root_settled = match path.root {
                    Root::Slot(slot) => segment.stores & bit(slot) == 0,
                    Root::Name(_) => !segment.stores_name(),
                    // Another turn of the loop may have called it again.
                    Root::Result(_) => !segment.loops,
                };
                is_root_settled
                    && path.steps.iter().all(|step| match step {
                        Step::Attribute(..) => true,
                        Step::Item(key) => self.is_settled(key, segment),
                    })
            }
        }
    }
}
