//! Where CPython keeps what the recorder reads past the public interface: one file for each version,
//! with every such number in it. [`probes`](crate::probes) proves each of them before a recording
//! begins, on objects made for that or by the table that the interpreter has for debuggers.
//!
//! For 64-bit builds with the GIL. A version without a file is not built for.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("rdbg knows the structures of 64-bit CPython only");

#[cfg_attr(not(Py_3_13), path = "offsets/v3_12.rs")]
#[cfg_attr(all(Py_3_13, not(Py_3_14)), path = "offsets/v3_13.rs")]
#[cfg_attr(all(Py_3_14, not(Py_3_15)), path = "offsets/v3_14.rs")]
#[cfg_attr(Py_3_15, path = "offsets/v3_15.rs")]
mod version;

#[cfg(not(Py_3_13))]
pub(crate) use version::DICT_VERSION;
#[cfg(Py_3_13)]
pub(crate) use version::{COLLECTOR, DEBUG};
pub(crate) use version::{DECIMAL_FLAGS, DECIMAL_NUMBERS, DECIMAL_WORDS, TIMEZONE_PARTS};
pub(crate) use version::{ITERATOR_DEPTH, MINOR, OFFSETS, TAG, WRAPPED_VALUE};

macro_rules! offsets {
    ($($(#[cfg($cfg:meta)])? $name:ident: $text:literal,)*) => {
        /// The numbers of one version, in bytes from the beginning of a structure unless the text
        /// says otherwise.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Offsets {
            $($(#[cfg($cfg)])? #[doc = $text] pub(crate) $name: usize,)*
        }

        /// What each of them is, for a person.
        pub(crate) struct Names {
            $($(#[cfg($cfg)])? pub(crate) $name: &'static str,)*
        }

        pub(crate) const NAMES: Names = Names { $($(#[cfg($cfg)])? $name: $text,)* };

        #[cfg(test)]
        impl Offsets {
            /// All of them, to be changed.
            pub(crate) fn fields(&mut self) -> Vec<(&'static str, &mut usize)> {
                vec![$($(#[cfg($cfg)])? (stringify!($name), &mut self.$name),)*]
            }
        }
    };
}

offsets! {
    thread_previous: "the thread before a thread",
    thread_next: "the thread after a thread",
    thread_interpreter: "the interpreter of a thread",
    thread_frame: "the frame of a thread",
    thread_recursion_left: "how many more frames a thread may enter",
    thread_recursion_limit: "how many frames a thread may enter",
    frame_code: "the code of a frame",
    frame_previous: "the frame below a frame",
    frame_globals: "the globals of a frame",
    frame_namespace: "the namespace of a frame",
    frame_builtins: "the built-in names of a frame",
    frame_object: "the object of a frame",
    frame_of_object: "the frame of its object",
    frame_stack: "the top of a frame's stack",
    frame_owner: "the owner of a frame",
    frame_slots: "the variables of a frame",
    owned_by_interpreter: "the owner of the interpreter's own frames",
    code_flags: "the flags of code",
    code_slot_count: "the number of variables of code",
    code_slot_names: "the names of variables of code",
    code_slot_kinds: "the kinds of variables of code",
    exception_args: "the arguments of an exception",
    exception_context: "the context of an exception",
    exception_cause: "the cause of an exception",
    exception_suppresses: "whether an exception's context is shown",
    group_parts: "the exceptions of a group",
    exit_code: "the status of SystemExit",
    int_tag: "the sign and length of an int",
    int_digits: "the digits of an int",
    float_value: "the value of a float",
    range_parts: "the parts of a range",
    slice_parts: "the parts of a slice",
    module_dict: "the names of a module",
    builtin_definition: "the definition of a built-in function",
    descriptor_definition: "the definition of a method of a built-in class",
    method_function: "the function of a method",
    method_self: "the object of a method",
    generator_name: "the name of a generator",
    iterator_inner: "what an iterator goes through",
    deque_block: "the first block of a deque",
    deque_index: "the first item in the first block of a deque",
    block_items: "the items of a block of a deque",
    block_next: "the block after a block of a deque",
    node_key: "the key in a node of an OrderedDict",
    node_next: "the node after a node of an OrderedDict",
    set_used: "the length of a set",
    set_mask: "the size of a set's table",
    set_slots: "a set's table",
    set_probes: "how a set looks for an item",
    dict_used: "the length of a dict",
    dict_keys: "a dict's table",
    dict_values: "the values of a dict that shares its keys",
    keys_log_size: "the size of a dict's table",
    keys_log_bytes: "the size of a dict's indices",
    keys_kind: "the kind of a dict's table",
    keys_count: "the number of entries of a dict",
    keys_indices: "the indices of a dict",
    managed_dict: "the dict before an instance",
    #[cfg(Py_3_13)]
    inline_capacity: "the room for attributes in an instance",
    #[cfg(Py_3_13)]
    inline_size: "the number of attributes in an instance",
    #[cfg(Py_3_13)]
    inline_valid: "whether attributes are in an instance",
    #[cfg(Py_3_13)]
    inline_values: "the attributes in an instance",
    #[cfg(not(Py_3_13))]
    values_size: "the number of attributes before those of an instance",
    #[cfg(not(Py_3_13))]
    values_order: "the order of attributes before those of an instance",
}

/// A field of `_Py_DebugOffsets`: where it stands there, and which of these numbers it is.
#[cfg(Py_3_13)]
pub(crate) type Known = (usize, fn(&Offsets) -> (usize, &'static str));

/// `[184: thread_previous, …]` as a list of [`Known`] fields.
#[cfg(Py_3_13)]
macro_rules! known {
    ($($at:literal: $name:ident,)*) => {
        &[$(($at, |offsets| (offsets.$name, NAMES.$name)),)*]
    };
}
#[cfg(Py_3_13)]
use known;
