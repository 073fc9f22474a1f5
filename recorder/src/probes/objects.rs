//! Objects of the interpreter's own types, made to be looked into.

use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyRange, PySet, PySlice, PyString, PyTuple, PyType};

use super::{Proved, expect, is_readable, linked, object_of};
use crate::insides::{self, Attributes};
use crate::layout::{Object, read};
use crate::offsets::{NAMES, Offsets};
use crate::opaque::PyMethod_Type;
use crate::{sets, tables};

/// Proves what is known of objects.
///
/// # Safety
/// `generator` is a generator.
pub(super) unsafe fn prove(o: &Offsets, generator: &Bound<'_, PyAny>) -> PyResult<Proved> {
    let py = generator.py();
    // SAFETY: the GIL is held; each reads objects of its own.
    unsafe {
        for found in [
            numbers(py, o)?,
            exceptions(py, o)?,
            functions(py, o, generator)?,
            set(py, o)?,
            dict(py, o)?,
            instance(py, o)?,
            linked::queue(py, o)?,
            linked::ordered(py, o)?,
        ] {
            if found.is_err() {
                return Ok(found);
            }
        }
    }
    Ok(Ok(()))
}

unsafe fn numbers(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    // 30 bits are a digit.
    let known: [(i128, usize, &[u32]); 4] = [
        (5, 1 << 3, &[5]),
        (-7, 1 << 3 | 2, &[7]),
        (1 << 30, 2 << 3, &[0, 1]),
        (-(1 << 60) - 3, 3 << 3 | 2, &[3, 0, 1]),
    ];
    for (value, tag, digits) in known {
        let int = value.into_pyobject(py)?;
        let base = int.as_ptr().cast::<u8>();
        for (n, digit) in digits.iter().enumerate() {
            // SAFETY: a live int of so many digits; bit 2 of the tag says that it is immortal.
            unsafe {
                if read::<usize>(base, o.int_tag) & !4 != tag {
                    return Ok(Err(NAMES.int_tag));
                }
                if read::<u32>(base, o.int_digits + 4 * n) != *digit {
                    return Ok(Err(NAMES.int_digits));
                }
            }
        }
    }
    let float = 1.5_f64.into_pyobject(py)?;
    // SAFETY: a live float.
    if unsafe { read::<f64>(float.as_ptr().cast(), o.float_value) }.to_bits() != 1.5_f64.to_bits() {
        return Ok(Err(NAMES.float_value));
    }
    let [start, stop, step] = [1000, 9000, 700].map(|number: i64| PyInt::new(py, number));
    let range = py.get_type::<PyRange>().call1((&start, &stop, &step))?;
    // SAFETY: a live range.
    let parts: [Object; 3] = unsafe { read(range.as_ptr().cast(), o.range_parts) };
    let expected = [start.as_ptr(), stop.as_ptr(), step.as_ptr()];
    if parts != expected {
        return Ok(Err(NAMES.range_parts));
    }
    let slice = py.get_type::<PySlice>().call1((start, stop, step))?;
    // SAFETY: a live slice.
    let parts: [Object; 3] = unsafe { read(slice.as_ptr().cast(), o.slice_parts) };
    Ok(expect(parts == expected, NAMES.slice_parts))
}

unsafe fn exceptions(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    let made = |kind: Object| -> PyResult<Bound<'_, PyAny>> {
        // SAFETY: the interpreter's own classes of exceptions.
        unsafe { Bound::from_borrowed_ptr(py, kind) }.call1(("probe",))
    };
    // SAFETY: live exceptions; what is set is given a reference of its own.
    unsafe {
        let (error, cause, context) = (
            made(ffi::PyExc_ValueError)?,
            made(ffi::PyExc_KeyError)?,
            made(ffi::PyExc_OSError)?,
        );
        ffi::PyException_SetCause(error.as_ptr(), cause.clone().into_ptr());
        ffi::PyException_SetContext(error.as_ptr(), context.clone().into_ptr());
        let at = |object: &Bound<'_, PyAny>, at| read::<Object>(object.as_ptr().cast(), at);
        let args = error.getattr("args")?;
        // It has a cause, so its context is not shown.
        let suppresses: u8 = read(error.as_ptr().cast(), o.exception_suppresses);
        if suppresses != 1 || read::<u8>(cause.as_ptr().cast(), o.exception_suppresses) != 0 {
            return Ok(Err(NAMES.exception_suppresses));
        }
        let parts = PyList::new(py, [&error])?;
        let group = Bound::from_borrowed_ptr(py, ffi::PyExc_BaseExceptionGroup);
        let group = group.call1(("probe", parts))?;
        let parts = group.getattr("exceptions")?;
        if at(&group, o.group_parts) != parts.as_ptr() {
            return Ok(Err(NAMES.group_parts));
        }
        let exit = made(ffi::PyExc_SystemExit)?;
        Ok(expect(
            at(&error, o.exception_args) == args.as_ptr(),
            NAMES.exception_args,
        )
        .and(expect(
            at(&error, o.exception_cause) == cause.as_ptr(),
            NAMES.exception_cause,
        ))
        .and(expect(
            at(&error, o.exception_context) == context.as_ptr(),
            NAMES.exception_context,
        ))
        .and(expect(
            at(&exit, o.exit_code) == exit.getattr("code")?.as_ptr(),
            NAMES.exit_code,
        )))
    }
}

/// Whether a word is the address of the definition of a method with this name.
unsafe fn defines_append(definition: usize) -> bool {
    // SAFETY: what is not known to be an address is asked about before it is read.
    unsafe {
        is_readable(definition, 32) && {
            let name: usize = read(definition as *const u8, 0);
            is_readable(name & !7, 16) && read::<[u8; 7]>(name as *const u8, 0) == *b"append\0"
        }
    }
}

/// An instance of one of the interpreter's own types.
unsafe fn of<'py>(
    kind: *mut ffi::PyTypeObject,
    over: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the caller names a static type.
    unsafe { Bound::from_borrowed_ptr(over.py(), kind.cast()) }.call1((over,))
}

unsafe fn functions(py: Python<'_>, o: &Offsets, generator: &Bound<'_, PyAny>) -> PyResult<Proved> {
    let builtins = py.import("builtins")?;
    let list = PyList::new(py, [1, 2])?;
    // SAFETY: live objects of known types; words that are to be addresses are asked about.
    unsafe {
        let word = |object: &Bound<'_, PyAny>, at| read::<usize>(object.as_ptr().cast(), at);
        let dict = ffi::PyModule_GetDict(builtins.as_ptr());
        if word(&builtins, o.module_dict) != dict as usize {
            return Ok(Err(NAMES.module_dict));
        }
        let append = list.getattr("append")?;
        if !defines_append(word(&append, o.builtin_definition)) {
            return Ok(Err(NAMES.builtin_definition));
        }
        let descriptor = py.get_type::<PyList>().getattr("append")?;
        if !defines_append(word(&descriptor, o.descriptor_definition)) {
            return Ok(Err(NAMES.descriptor_definition));
        }
        let kind = Bound::from_borrowed_ptr(py, (&raw mut PyMethod_Type).cast());
        let method = kind.call1((&append, &list))?;
        if word(&method, o.method_function) != append.as_ptr() as usize {
            return Ok(Err(NAMES.method_function));
        }
        if word(&method, o.method_self) != list.as_ptr() as usize {
            return Ok(Err(NAMES.method_self));
        }
        let name = generator.getattr("__qualname__")?;
        if word(generator, o.generator_name) != name.as_ptr() as usize {
            return Ok(Err(NAMES.generator_name));
        }
        let iterator = list.try_iter()?;
        let counted = of(&raw mut ffi::PyEnum_Type, iterator.as_any())?;
        let reversed = of(
            &raw mut ffi::PyReversed_Type,
            PyString::new(py, "ab").as_any(),
        )?;
        let zipped = of(&raw mut ffi::PyZip_Type, iterator.as_any())?;
        let tuple = object_of(word(&zipped, o.iterator_inner), &raw mut ffi::PyTuple_Type);
        let text = object_of(
            word(&reversed, o.iterator_inner),
            &raw mut ffi::PyUnicode_Type,
        );
        let is_inner = word(&counted, o.iterator_inner) == iterator.as_ptr() as usize
            && tuple.is_some_and(|all| ffi::PyTuple_GetItem(all, 0) == iterator.as_ptr())
            && text.is_some();
        Ok(expect(is_inner, NAMES.iterator_inner))
    }
}

unsafe fn set(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    // All of these begin at one slot, and there are more than are looked at in a row.
    let numbers: Vec<i32> = (0..12).map(|n| n << 10).collect();
    let set = PySet::new(py, &numbers)?;
    let base = set.as_ptr().cast::<u8>();
    // SAFETY: a live set; its table is asked about before it is read.
    unsafe {
        if read::<usize>(base, o.set_used) != numbers.len() {
            return Ok(Err(NAMES.set_used));
        }
        let (mask, table): (usize, usize) = (read(base, o.set_mask), read(base, o.set_slots));
        if !(mask + 1).is_power_of_two() || !(16..1024).contains(&mask) {
            return Ok(Err(NAMES.set_mask));
        }
        if !is_readable(table, 16 * (mask + 1)) {
            return Ok(Err(NAMES.set_slots));
        }
        let (mut position, mut key, mut hash, mut seen) = (0, null_mut(), 0, 0);
        while insides::_PySet_NextEntry(set.as_ptr(), &mut position, &mut key, &mut hash) != 0 {
            let slot = position as usize - 1;
            seen += usize::from(slot <= mask);
            if read::<[usize; 2]>(table as *const u8, 16 * slot) != [key as usize, hash as usize] {
                return Ok(Err(NAMES.set_slots));
            }
            let found = sets::slot_of(set.as_ptr(), key, o.set_probes);
            if found != Some((slot, key)) {
                return Ok(Err(NAMES.set_probes));
            }
        }
        Ok(expect(seen == numbers.len(), NAMES.set_mask))
    }
}

unsafe fn dict(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    let value = PyList::empty(py);
    let (texts, mixed) = (PyDict::new(py), PyDict::new(py));
    texts.set_item("probe", &value)?;
    mixed.set_item(7, &value)?;
    mixed.set_item("probe", &value)?;
    // SAFETY: live dicts; tables are asked about before they are read.
    unsafe {
        for (dict, count, kind, width) in [(&texts, 1, 1, 16), (&mixed, 2, 0, 24)] {
            let base = dict.as_ptr().cast::<u8>();
            if read::<usize>(base, o.dict_used) != count {
                return Ok(Err(NAMES.dict_used));
            }
            if read::<usize>(base, o.dict_values) != 0 {
                return Ok(Err(NAMES.dict_values));
            }
            let keys: usize = read(base, o.dict_keys);
            if !is_readable(keys, 128) {
                return Ok(Err(NAMES.dict_keys));
            }
            let byte = |at| read::<u8>(keys as *const u8, at);
            let (size, bytes) = (byte(o.keys_log_size), byte(o.keys_log_bytes));
            for (holds, what) in [
                (size == 3, NAMES.keys_log_size),
                (bytes == 3, NAMES.keys_log_bytes),
                (byte(o.keys_kind) == kind, NAMES.keys_kind),
                (
                    read::<usize>(keys as *const u8, o.keys_count) == count,
                    NAMES.keys_count,
                ),
            ] {
                if !holds {
                    return Ok(Err(what));
                }
            }
            // One index is that of each entry; the entries come behind the indices.
            let indices: [i8; 8] = read(keys as *const u8, o.keys_indices);
            let last = width * count + o.keys_indices + 8 - 16;
            let [_, held]: [usize; 2] = read(keys as *const u8, last);
            let named = indices
                .iter()
                .filter(|index| (0..2).contains(*index))
                .count();
            if named != count || held != value.as_ptr() as usize {
                return Ok(Err(NAMES.keys_indices));
            }
        }
        #[cfg(not(Py_3_13))]
        {
            use crate::offsets::DICT_VERSION;
            let version = || read::<u64>(texts.as_ptr().cast(), DICT_VERSION);
            let before = version();
            texts.set_item("probe", 1)?;
            if version() == before {
                return Ok(Err("the version of a dict"));
            }
        }
        let pair = tables::pair_of(mixed.as_ptr(), PyString::new(py, "probe").as_ptr());
        let is_found = pair.is_some_and(|pair| pair.value == value.as_ptr() && pair.place == 1);
        Ok(expect(is_found, NAMES.keys_indices))
    }
}

unsafe fn instance(py: Python<'_>, o: &Offsets) -> PyResult<Proved> {
    let kind = py.get_type::<PyType>();
    let class = kind.call1(("Probe", PyTuple::empty(py), PyDict::new(py)))?;
    // The first instance shows which attributes there are; the second sets them in another order.
    let (first, probe) = (class.call0()?, class.call0()?);
    let (one, two) = (PyList::empty(py), PyList::empty(py));
    first.setattr("one", &one)?;
    first.setattr("two", &two)?;
    probe.setattr("two", &two)?;
    probe.setattr("one", &one)?;
    let base = probe.as_ptr().cast::<u8>();
    // SAFETY: a live instance of a class of its own, which has the dict's word before it.
    unsafe {
        let word: usize = read(base.sub(o.managed_dict), 0);
        #[cfg(not(Py_3_13))]
        {
            let values = word.wrapping_add(1);
            if word & 1 == 0 || !is_readable(values, 16) {
                return Ok(Err(NAMES.managed_dict));
            }
            let values = values as *const u8;
            if *values.sub(o.values_size) != 2 {
                return Ok(Err(NAMES.values_size));
            }
            let order = values.sub(o.values_order);
            if [*order, *order.sub(1)] != [1, 0] {
                return Ok(Err(NAMES.values_order));
            }
        }
        #[cfg(Py_3_13)]
        {
            if word != 0 {
                return Ok(Err(NAMES.managed_dict));
            }
            let header = base.add((*ffi::Py_TYPE(probe.as_ptr())).tp_basicsize as usize);
            let byte = |at: usize| *header.add(at);
            let room = usize::from(byte(o.inline_capacity));
            let values: [Object; 2] = read(header, o.inline_values);
            for (holds, what) in [
                (room > 3 && room <= 30, NAMES.inline_capacity),
                (byte(o.inline_size) == 2, NAMES.inline_size),
                (byte(o.inline_valid) == 1, NAMES.inline_valid),
                (values == [one.as_ptr(), two.as_ptr()], NAMES.inline_values),
                (
                    [
                        byte(o.inline_values + 8 * room),
                        byte(o.inline_values + 8 * room + 1),
                    ] == [1, 0],
                    NAMES.inline_capacity,
                ),
            ] {
                if !holds {
                    return Ok(Err(what));
                }
            }
            // Its dict is where the word is, when it has been made.
            let dict = probe.getattr("__dict__")?;
            if read::<usize>(base.sub(o.managed_dict), 0) != dict.as_ptr() as usize {
                return Ok(Err(NAMES.managed_dict));
            }
        }
        let Attributes::Inline(values) = insides::attributes(first.as_ptr()) else {
            return Ok(Err("the attributes of an instance"));
        };
        let held: Vec<Object> = (0..values.len())
            .filter_map(|n| values.get(n).map(|(_, value)| value))
            .collect();
        Ok(expect(
            held == [one.as_ptr(), two.as_ptr()],
            "the attributes of an instance",
        ))
    }
}
