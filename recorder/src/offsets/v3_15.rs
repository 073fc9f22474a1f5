//! CPython 3.15, read in the headers and sources of 3.15.0.

use super::{Known, NAMES, Offsets, known};

/// The version that these are for: 3.15.
pub(crate) const MINOR: u8 = 15;

/// The bits of a slot of a frame that are no part of an address.
pub(crate) const TAG: usize = 3;

/// Where the iterator of a loop lies on the stack, from the top: above it is a place among its items.
pub(crate) const ITERATOR_DEPTH: usize = 2;

/// The value that an asynchronous generator hands the interpreter wrapped. No object of the kind can be
/// had beforehand: where one is met, its size tells whether there is room for anything else.
pub(crate) const WRAPPED_VALUE: usize = 16;

/// Objects of modules that a program may import later (`_datetime.c`, `_decimal.c`): none is made for a
/// proof. The offset and the name of a time zone; the flags, numbers and words of a `Decimal`.
pub(crate) const TIMEZONE_PARTS: usize = 16;
pub(crate) const DECIMAL_FLAGS: usize = 24;
pub(crate) const DECIMAL_NUMBERS: usize = 32;
pub(crate) const DECIMAL_WORDS: usize = 64;

pub(crate) const OFFSETS: Offsets = Offsets {
    thread_previous: 0,
    thread_next: 8,
    thread_interpreter: 16,
    thread_frame: 72,
    thread_recursion_left: 52,
    thread_recursion_limit: 56,
    frame_code: 0,
    frame_previous: 8,
    frame_globals: 24,
    frame_namespace: 40,
    frame_builtins: 32,
    frame_object: 48,
    frame_of_object: 24,
    frame_stack: 64,
    frame_owner: 74,
    frame_slots: 80,
    owned_by_interpreter: 3,
    code_flags: 48,
    code_slot_count: 72,
    code_slot_names: 96,
    code_slot_kinds: 104,
    exception_args: 24,
    exception_context: 48,
    exception_cause: 56,
    exception_suppresses: 64,
    group_parts: 80,
    exit_code: 72,
    int_tag: 16,
    int_digits: 24,
    float_value: 16,
    range_parts: 16,
    slice_parts: 16,
    module_dict: 16,
    builtin_definition: 16,
    descriptor_definition: 40,
    method_function: 16,
    method_self: 24,
    generator_name: 32,
    iterator_inner: 24,
    deque_block: 24,
    deque_index: 40,
    block_items: 8,
    block_next: 520,
    node_key: 0,
    node_next: 16,
    set_used: 24,
    set_mask: 32,
    set_slots: 40,
    set_probes: 9,
    dict_used: 16,
    dict_keys: 32,
    dict_values: 40,
    keys_log_size: 8,
    keys_log_bytes: 9,
    keys_kind: 10,
    keys_count: 24,
    keys_indices: 32,
    managed_dict: 24,
    inline_capacity: 0,
    inline_size: 1,
    inline_valid: 3,
    inline_values: 8,
};

/// Where `_Py_DebugOffsets` says where an interpreter's collector is, and where in that `collecting`.
pub(crate) const COLLECTOR: (usize, usize) = (88, 760);

/// The fields of `_Py_DebugOffsets` that are among these.
pub(crate) const DEBUG: &[Known] = known![
    184: thread_previous,
    192: thread_next,
    200: thread_interpreter,
    208: thread_frame,
    320: frame_previous,
    328: frame_code,
    344: frame_slots,
    352: frame_owner,
    360: frame_stack,
    432: code_slot_names,
    440: code_slot_kinds,
    600: set_used,
    608: set_slots,
    616: set_mask,
    632: dict_keys,
    640: dict_values,
    656: float_value,
    672: int_tag,
    680: int_digits,
];
