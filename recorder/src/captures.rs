//! What functions and bound methods hold without showing it: a function of the program its cells, a
//! cell what is bound in it, a method its object. It is alive as long as they are, so it keeps its
//! number while no frame runs that has a variable for it.

use pyo3::ffi;

use crate::atoms;
use crate::contents::Part;
use crate::layout::{Object, read};
use crate::objects::Heap;
use crate::opaque::{METHOD_FUNCTION, METHOD_SELF, PyMethod_Type};
use crate::sink::Sink;

/// Whether an object is a cell.
unsafe fn is_cell(object: Object) -> bool {
    // SAFETY: the caller passes a live object.
    unsafe { std::ptr::eq(ffi::Py_TYPE(object), &raw const ffi::PyCell_Type) }
}

/// What is bound in a cell, if it has an identity.
unsafe fn bound(cell: Object) -> Option<Object> {
    // SAFETY: the caller passes a live cell.
    unsafe {
        let object = (*cell.cast::<ffi::PyCellObject>()).ob_ref;
        (!object.is_null() && !atoms::is_exact(object)).then_some(object)
    }
}

impl Heap {
    /// Reads what an object holds without showing it.
    ///
    /// # Safety
    /// The object is alive and the GIL is held.
    pub(crate) unsafe fn read_captured(&self, object: Object, live: &mut Vec<Object>) {
        // SAFETY: each arm reads the storage of exactly the type that was found.
        unsafe {
            let class = ffi::Py_TYPE(object);
            if is_cell(object) {
                live.extend(bound(object));
            } else if std::ptr::eq(class, &raw const ffi::PyFunction_Type) {
                let function = object.cast::<ffi::PyFunctionObject>();
                let cells = (*function).func_closure;
                if !cells.is_null() && self.is_own_function(object) {
                    let cells = cells.cast::<ffi::PyTupleObject>();
                    let count = (*cells).ob_base.ob_size as usize;
                    let first = (*cells).ob_item.as_ptr();
                    live.extend_from_slice(std::slice::from_raw_parts(first, count));
                }
            } else if std::ptr::eq(class, &raw const PyMethod_Type) {
                let function: Object = read(object.cast(), METHOD_FUNCTION);
                if std::ptr::eq(ffi::Py_TYPE(function), &raw const ffi::PyFunction_Type)
                    && self.is_own_function(function)
                {
                    let receiver: Object = read(object.cast(), METHOD_SELF);
                    live.extend((!atoms::is_exact(receiver)).then_some(receiver));
                    live.push(function);
                }
            }
        }
    }

    /// Whether the globals of a function are those of a module that is recorded.
    unsafe fn is_own_function(&self, function: Object) -> bool {
        // SAFETY: the caller passes an exact function.
        let globals = unsafe { (*function.cast::<ffi::PyFunctionObject>()).func_globals };
        self.by_address.get(globals as usize).is_some()
    }

    /// Compares what an object holds without showing it with what was seen.
    ///
    /// # Safety
    /// The entry's object is alive and the GIL is held.
    pub(crate) unsafe fn compare_captured(&mut self, index: u32, out: &mut Sink) {
        let Some(entry) = self.entry(index) else {
            return;
        };
        let mut live = Vec::new();
        // SAFETY: as promised by the caller.
        unsafe {
            self.read_captured(entry.address, &mut live);
            if entry.items.raw != live {
                // Another one has taken its place.
                self.write_whole(index, out);
            } else if live.is_empty()
                && let Some(entry) = self.entry_mut(index)
            {
                entry.is_settled = true;
            }
        }
    }

    /// A variable in a cell was bound anew, and what it holds now is held: the cell holds that, too.
    ///
    /// # Safety
    /// `cell` is what is in the slot of a live frame, and the GIL is held.
    pub(crate) unsafe fn bind_cell(&mut self, cell: Object, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe {
            let Some(index) = self.by_address.get(cell as usize) else {
                return;
            };
            if !is_cell(cell) || !self.is_entry(index, cell) {
                return;
            }
            let raw: Vec<Object> = bound(cell).into_iter().collect();
            let held = self.hold_all(&raw, self.reach(index, Part::Items), out);
            let Some(entry) = self.entry_mut(index) else {
                return;
            };
            let all = entry.items.len();
            let old = entry.items.splice(0, all, &raw, &held);
            self.let_go(index, old, out);
        }
    }
}
