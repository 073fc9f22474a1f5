//! What a call can have done that was not seen to start a recorded frame, told from what is called.

use std::cell::Cell;
use std::ffi::CStr;

use pyo3::ffi;
use schema::TypeKind;

use crate::codes::CodeInfo;
use crate::effects::{Call, Callee, Runs, Step, is_writer};
use crate::follow::Found;
use crate::frames::FrameRecord;
use crate::layout::{FramePtr, Object, read};
use crate::methods;
use crate::objects::Heap;
use crate::opaque::METHOD_DEF;
use crate::pure;

/// What a call that was not seen can have changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// No object.
    Nothing,
    /// The container of this entry.
    Writes(u32),
    /// A list among its arguments.
    Arguments,
    /// Anything.
    Unknown,
}

impl FrameRecord {
    /// Whether a call (its place in the segment) ran before a code unit, and was not seen to be the start
    /// of a recorded frame.
    pub(crate) fn is_due(&self, at: usize, call: &Call, until: u32) -> bool {
        let is_in = |calls: u64| at < 64 && calls & 1 << at != 0;
        match call.runs {
            Runs::Once | Runs::Resumed => {
                (self.settled..until).contains(&call.unit) && !is_in(self.observed)
            }
            Runs::Told if at < 64 => is_in(self.called) || self.calling == Some(at),
            _ => true,
        }
    }

    /// What a call can have changed.
    pub(crate) fn outcome(&self, call: &Call, heap: &Heap) -> Outcome {
        match call.callee {
            Callee::Global(name) => match self.word_of(name, heap) {
                Some(word) => {
                    let entry = word.entry.and_then(|index| heap.entry(index));
                    if entry.is_some_and(|entry| entry.is_pure) {
                        return Outcome::Nothing;
                    }
                    match self.holds_still(name, word.value, &call.hints[0]) {
                        true => self.outcome_of(word.value, word.entry, call, heap),
                        false => Outcome::Unknown,
                    }
                }
                None => Outcome::Unknown,
            },
            Callee::Slot(slot) => match self.slots.get(slot).and_then(|seen| seen.entry()) {
                // SAFETY: the frame is alive, and its variable holds what was seen, or it is not told.
                Some(index) => unsafe {
                    let object = self.place.variable(slot, self.info.in_cell[slot]);
                    match !object.is_null() && heap.is_entry(index, object) {
                        true => self.outcome_of(object, Some(index), call, heap),
                        false => Outcome::Unknown,
                    }
                },
                _ => Outcome::Unknown,
            },
            Callee::Attribute(name, attribute) => {
                let Some(word) = self.word_of(name, heap) else {
                    return Outcome::Unknown;
                };
                let entry = word.entry.and_then(|index| heap.entry(index));
                if entry.is_some_and(|entry| entry.is_pure) {
                    return Outcome::Nothing;
                }
                match self.key(attribute) {
                    Some(key) if self.holds_still(name, word.value, &call.hints[0]) => {
                        // SAFETY: the globals hold the module now.
                        unsafe { outcome_in(word.value, key, &call.hints[1]) }
                    }
                    _ => Outcome::Unknown,
                }
            }
            Callee::Super(name) if self.info.effects.name(name) == Some("__init__") => {
                let first = self.slots.first().and_then(|seen| seen.entry());
                let first = first.and_then(|index| heap.entry(index));
                // What is recorded was seen, so it was that of `object`, which changes nothing.
                match first.is_some_and(|entry| entry.class.has_plain_init) {
                    true => Outcome::Nothing,
                    false => Outcome::Unknown,
                }
            }
            _ => Outcome::Unknown,
        }
    }

    /// Whether a frame, which C code started, is what the call at a code unit is about: a class is called
    /// that it sets up or makes an instance of, or an instance or a method of one, and not something else
    /// of C that calls it.
    ///
    /// # Safety
    /// Both frames are alive, the other one was entered just now, and the GIL is held.
    pub(crate) unsafe fn starts(
        &self,
        unit: u32,
        place: FramePtr,
        info: &CodeInfo,
        heap: &Heap,
    ) -> bool {
        let Some(is_in_cell) = info.in_cell.first() else {
            return false;
        };
        // SAFETY: as promised by the caller; the frame has a first slot.
        unsafe {
            let first = place.variable(0, *is_in_cell);
            !first.is_null()
                && match info.is_constructor {
                    true => self.calls_class(unit, first, heap),
                    false => self.calls_method(unit, first, place.code(), heap),
                }
        }
    }

    /// Whether the call at a code unit calls the class that an object is or is an instance of.
    ///
    /// # Safety
    /// The frame and the object are alive, and the GIL is held.
    unsafe fn calls_class(&self, unit: u32, first: Object, heap: &Heap) -> bool {
        // SAFETY: as promised by the caller; exact types are compared before anything is read.
        unsafe {
            let class = match ffi::PyType_Check(first) {
                0 => ffi::Py_TYPE(first),
                _ => first.cast(),
            };
            match self.info.effects.callee_at(unit) {
                Callee::Global(name) => self
                    .word_of(name, heap)
                    .is_some_and(|word| word.value == class.cast()),
                Callee::Slot(slot) => {
                    self.place.variable(slot, self.info.in_cell[slot]) == class.cast()
                }
                Callee::Attribute(_, name) | Callee::Method(name) => {
                    let own = CStr::from_ptr((*class).tp_name).to_bytes();
                    let name = self.info.effects.name(name);
                    name.is_some_and(|name| own == name.as_bytes())
                }
                _ => false,
            }
        }
    }

    /// Whether the call at a code unit calls an instance whose class has this code as `__call__`, or the
    /// method of an instance with it.
    ///
    /// # Safety
    /// As for [`calls_class`](Self::calls_class).
    unsafe fn calls_method(&self, unit: u32, first: Object, code: Object, heap: &Heap) -> bool {
        let Some(called) = self.info.effects.called(unit) else {
            return false;
        };
        let name = |name: u32| self.info.effects.name(name);
        // SAFETY: as promised by the caller; what paths lead to is alive, and classes' own dicts are walked.
        unsafe {
            if let Some(Found::Entry(_, object)) = self.follow(called, false, heap)
                && object == first
            {
                return methods::is_method(object, "__call__", code);
            }
            match self.follow_to_last(called, heap) {
                Some((_, object, Step::Attribute(attribute, _))) if object == first => {
                    name(*attribute).is_some_and(|name| {
                        methods::is_method(object, name, code) && methods::has_no_own(object, name)
                    })
                }
                _ => false,
            }
        }
    }

    /// Whether a name stands now, among the globals, for what was seen under it.
    pub(crate) fn holds_still(&self, name: u32, value: Object, hint: &Cell<usize>) -> bool {
        self.key(name).is_some_and(|key| {
            // SAFETY: the frame is alive, so its globals are.
            unsafe { pure::find(self.place.globals(), key, hint) == Some(value) }
        })
    }

    /// A name of `co_names` as the object that the code holds.
    pub(crate) fn key(&self, name: u32) -> Option<Object> {
        let key = self.info.effects.keys.get(name as usize);
        key.map(|key| key.text)
    }

    /// What calling an object, which is alive, can have changed.
    fn outcome_of(&self, object: Object, entry: Option<u32>, call: &Call, heap: &Heap) -> Outcome {
        let Some(entry) = entry.and_then(|index| heap.entry(index)) else {
            return Outcome::Unknown;
        };
        if entry.is_pure {
            return Outcome::Nothing;
        }
        if entry.class.kind != TypeKind::Opaque {
            return Outcome::Unknown;
        }
        // SAFETY: the entry's object is held by what was looked at just now.
        unsafe {
            if pure::only_makes(object) && !self.is_given_hidden(call, heap) {
                return Outcome::Nothing;
            }
            if pure::changes_list(object) {
                return Outcome::Arguments;
            }
            written_by(object, heap)
        }
    }

    /// Whether what a call was given hides what is done with it: it may go over an iterator.
    fn is_given_hidden(&self, call: &Call, heap: &Heap) -> bool {
        heap.hiding > 0 && self.any_hides(call.slots, &call.names, heap)
    }
}

/// What calling the attribute of a module can have changed.
///
/// # Safety
/// `module` is alive and the GIL is held.
unsafe fn outcome_in(module: Object, name: Object, hint: &Cell<usize>) -> Outcome {
    // SAFETY: as promised by the caller.
    unsafe {
        if pure::is_pure_method(module, name, hint) {
            return Outcome::Nothing;
        }
        match pure::attribute_of(module, name, hint) {
            Some(function) if pure::changes_list(function) => Outcome::Arguments,
            _ => Outcome::Unknown,
        }
    }
}

/// What a method bound to a builtin container has changed.
///
/// # Safety
/// `method` is alive and the GIL is held.
unsafe fn written_by(method: Object, heap: &Heap) -> Outcome {
    // SAFETY: the exact type is compared before its storage is read; the method holds its object.
    unsafe {
        if !std::ptr::eq(ffi::Py_TYPE(method), &raw const ffi::PyCFunction_Type) {
            return Outcome::Unknown;
        }
        let object = (*method.cast::<ffi::PyCFunctionObject>()).m_self;
        let definition: *const ffi::PyMethodDef = read(method.cast(), METHOD_DEF);
        let name = CStr::from_ptr((*definition).ml_name);
        let is_container = !object.is_null()
            && [
                &raw const ffi::PyList_Type,
                &raw const ffi::PyDict_Type,
                &raw const ffi::PySet_Type,
            ]
            .iter()
            .any(|kind| std::ptr::eq(ffi::Py_TYPE(object), *kind));
        if !is_container || heap.shares_dicts || !name.to_str().is_ok_and(is_writer) {
            return Outcome::Unknown;
        }
        match heap.by_address.get(object as usize) {
            Some(index) if heap.is_entry(index, object) => Outcome::Writes(index),
            // Nothing recorded holds it.
            None => Outcome::Nothing,
            Some(_) => Outcome::Unknown,
        }
    }
}
