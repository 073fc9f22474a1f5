//! Calls that look like those of built-in code: verifying that they were.

use std::ptr::null_mut;

use pyo3::ffi;

use crate::effects::{Assumed, Check, Path, Root, Runs, Segment};
use crate::follow::Found;
use crate::frames::FrameRecord;
use crate::insides;
use crate::known_callees::{self, Does};
use crate::layout::Object;
use crate::methods;
use crate::objects::Heap;
use crate::pure;
use crate::seen::Seen;

/// The bit of an assumed call, by its place in the segment. Those from the last one on share it.
pub(crate) fn assumed_bit(at: usize) -> u64 {
    1 << at.min(63)
}

impl FrameRecord {
    /// Whether the calls of a line before a code unit that look like those of built-in code were.
    #[inline]
    pub(crate) fn holds_assumed(&self, segment: &Segment, until: u32, heap: &Heap) -> bool {
        segment.assumed.is_empty() || self.find_deceiving(segment, until, heap).next().is_none()
    }

    /// Those of them, by their places in the segment, that were not, or that nobody knows of.
    pub(crate) fn find_deceiving(
        &self,
        segment: &Segment,
        until: u32,
        heap: &Heap,
    ) -> impl Iterator<Item = usize> {
        let assumed = segment.assumed.iter().enumerate();
        let deceiving = assumed.filter(move |(at, assumed)| {
            self.is_assumed_due(*at, assumed, until) && !self.is_as_assumed(*at, assumed, heap)
        });
        deceiving.map(|(at, _)| at)
    }

    /// Whether a call ran before a code unit, was not accounted for, and started no recorded frame.
    fn is_assumed_due(&self, at: usize, assumed: &Assumed, until: u32) -> bool {
        assumed.call.runs != Runs::Once
            || (self.settled..until).contains(&assumed.call.unit)
                && (at >= 64 || self.begun_assumed & assumed_bit(at) == 0)
    }

    fn is_as_assumed(&self, at: usize, assumed: &Assumed, heap: &Heap) -> bool {
        match &assumed.check {
            Check::Told => self.deceiving & assumed_bit(at) == 0,
            Check::Function(name) => self.is_built_in_function(*name, assumed, heap),
            Check::Method {
                path,
                name,
                of_text,
            } => match self.receiver(path, assumed, heap) {
                Some(Found::Atom) => true,
                Some(Found::Entry(index, object)) if !of_text => {
                    self.is_built_in_method(index, object, *name, heap)
                }
                _ => false,
            },
        }
    }

    /// Whether a name stands for a built-in function that changes nothing.
    fn is_built_in_function(&self, name: u32, assumed: &Assumed, heap: &Heap) -> bool {
        // SAFETY: what namespaces hold is alive, and the frame is, so its namespaces are.
        unsafe {
            let value = match self.word_of(name, heap) {
                Some(word) => Some(word.value)
                    .filter(|value| self.holds_still(name, *value, &assumed.call.hints[0])),
                None => self
                    .key(name)
                    .and_then(|key| pure::find(self.place.builtins(), key, &assumed.call.hints[1])),
            };
            value.is_some_and(|value| known_callees::does(value) == Does::Nothing)
        }
    }

    /// What a path led to when the line began, as it was seen then: the line itself can have bound its
    /// last step anew. The object is null where it may be gone.
    fn receiver(&self, path: &Path, assumed: &Assumed, heap: &Heap) -> Option<Found> {
        if let Root::Name(name) = path.root {
            // What the name stood for may be gone, and is not looked at before it is known to be there.
            let word = self.word_of(name, heap)?;
            if !self.holds_still(name, word.value, &assumed.call.hints[0]) {
                return None;
            }
        }
        let gone = |entry: Option<u32>| match entry {
            None => Found::Atom,
            Some(index) => Found::Entry(index, null_mut()),
        };
        // SAFETY: the frame is alive; what paths lead to is.
        unsafe {
            self.follow(path, false, heap).or_else(|| {
                if let (Root::Slot(slot), []) = (path.root, &path.steps[..]) {
                    let seen = self.slots.get(slot).filter(|seen| **seen != Seen::UNBOUND);
                    return seen.map(|seen| gone(seen.entry()));
                }
                let (index, object, last) = self.follow_to_last(path, heap)?;
                let place = self.step(index, object, last, heap)?;
                Some(gone(place.seen))
            })
        }
    }

    /// Whether the method of this name of what an entry was for is a built-in one that does what its name
    /// says.
    fn is_built_in_method(&self, index: u32, object: Object, name: u32, heap: &Heap) -> bool {
        let Some(class) = heap.entry(index).map(|entry| entry.python_type) else {
            return false;
        };
        if known_callees::is_built_in(class) {
            return true;
        }
        let (Some(key), Some(name)) = (self.key(name), self.info.effects.name(name)) else {
            return false;
        };
        // SAFETY: the object is alive, or null; classes are asked without running code.
        unsafe {
            !object.is_null()
                && std::ptr::eq(ffi::Py_TYPE(object), class)
                && {
                    let method = insides::on_class(class, key);
                    !method.is_null() && known_callees::does(method) != Does::Anything
                }
                && methods::has_no_own(object, name)
        }
    }
}
