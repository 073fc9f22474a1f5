//! Containers whose items are linked: the blocks of a deque, the nodes of an `OrderedDict`.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::{Proved, expect, is_readable};
use crate::layout::{Object, read};
use crate::offsets::{NAMES, Offsets};

/// A deque longer than a block. Its module is made for this alone, and left to the program to import.
pub(super) unsafe fn queue(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    let modules = py.import("sys")?.getattr("modules")?;
    let was_there = modules.contains("_collections")?;
    let module = py.import("_collections")?;
    if !was_there {
        modules.del_item("_collections")?;
    }
    let items = PyList::new(py, 1000..1100)?;
    let deque = module.getattr("deque")?.call1((&items,))?;
    // One is taken away, so that the first is not where blocks are begun.
    deque.call_method0("popleft")?;
    // SAFETY: a live deque; its blocks are asked about before they are read.
    unsafe {
        let base = deque.as_ptr().cast::<u8>();
        let (mut block, mut index): (usize, usize) =
            (read(base, o.deque_block), read(base, o.deque_index));
        let room = (o.block_next.wrapping_sub(o.block_items)) / 8;
        if !is_readable(block, o.block_next + 8) || room > 512 {
            return Ok(Err(NAMES.deque_block));
        }
        if index == 0 || index >= room {
            return Ok(Err(NAMES.deque_index));
        }
        for item in items.iter().skip(1) {
            if index == room {
                block = read(block as *const u8, o.block_next);
                index = 0;
                if !is_readable(block, o.block_next + 8) {
                    return Ok(Err(NAMES.block_next));
                }
            }
            if read::<Object>(block as *const u8, o.block_items + 8 * index) != item.as_ptr() {
                return Ok(Err(NAMES.block_items));
            }
            index += 1;
        }
    }
    Ok(Ok(()))
}

/// Two pairs, in order.
pub(super) unsafe fn ordered(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    // SAFETY: the interpreter's own type; nodes are asked about before they are read.
    unsafe {
        let kind = Bound::from_borrowed_ptr(py, (&raw mut crate::classes::PyODict_Type).cast());
        let dict = kind.call0()?;
        let names = ["first", "last"].map(|name| PyString::new(py, name));
        for name in &names {
            dict.set_item(name, 1)?;
        }
        let mut node: usize = read(dict.as_ptr().cast(), ffi::PyDict_Type.tp_basicsize as usize);
        for name in names {
            if !is_readable(node, 32) {
                return Ok(Err(NAMES.node_next));
            }
            if read::<Object>(node as *const u8, o.node_key) != name.as_ptr() {
                return Ok(Err(NAMES.node_key));
            }
            node = read(node as *const u8, o.node_next);
        }
        Ok(expect(node == 0, NAMES.node_next))
    }
}
