//! What each opcode does, as far as the recorder must know. Names are those of 3.12 to 3.15; a name
//! that is not here counts as one that can do anything.

use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/opcodes.rs"));

/// What an instruction does, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    Nothing,
    /// Makes an object, and does nothing else.
    Make,
    LoadSlot,
    StoreSlot,
    LoadLoad,
    StoreLoad,
    StoreStore,
    LoadName,
    LoadGlobal,
    StoreName,
    LoadAttribute,
    Subscript,
    StoreObject,
    Operator,
    /// Something with objects that their class can define.
    Operate,
    /// The same, and what comes of it lies a level below.
    Iterate,
    PushNull,
    BeginWith,
    Call,
    /// Hands on to a generator or an iterator, once for each value that the frame yields from it.
    Send,
    /// One of several things, as its argument says.
    Intrinsic,
    /// Runs something unseen.
    Opaque,
    Extend,
    /// A jump forward that asks an object for something.
    Forward,
    /// One that does not.
    Skip,
    Backward,
}

impl Act {
    /// Whether it makes no object, neither by itself nor by what it asks of others.
    pub(super) fn makes_nothing(self) -> bool {
        use Act::{Backward, Extend, LoadLoad, LoadSlot, Nothing, Skip};
        let is_quiet = matches!(
            self,
            Nothing | LoadSlot | LoadLoad | Extend | Skip | Backward
        );
        is_quiet || self.binds()
    }

    /// Whether it can let an object go that something recorded holds.
    pub(super) fn lets_go(self) -> bool {
        matches!(self, Act::StoreObject | Act::StoreName) || self.binds()
    }

    /// Whether it binds a variable.
    fn binds(self) -> bool {
        matches!(self, Act::StoreSlot | Act::StoreLoad | Act::StoreStore)
    }
}

pub(super) const NAMES: &[(Act, &str)] = &[
    (
        Act::Operate,
        "COMPARE_OP CONTAINS_OP UNARY_NEGATIVE UNARY_NOT UNARY_INVERT TO_BOOL FORMAT_VALUE \
         FORMAT_SIMPLE FORMAT_WITH_SPEC CONVERT_VALUE LIST_EXTEND SET_UPDATE DICT_UPDATE \
         DICT_MERGE GET_YIELD_FROM_ITER MATCH_KEYS MATCH_CLASS",
    ),
    (Act::Iterate, "UNPACK_SEQUENCE UNPACK_EX GET_ITER"),
    (
        Act::LoadSlot,
        "LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_BORROW LOAD_DEREF LOAD_CLOSURE \
         LOAD_FROM_DICT_OR_DEREF LOAD_CLASSDEREF",
    ),
    (
        Act::StoreSlot,
        "LOAD_FAST_AND_CLEAR STORE_FAST DELETE_FAST STORE_DEREF DELETE_DEREF \
         STORE_FAST_MAYBE_NULL MAKE_CELL",
    ),
    (
        Act::LoadLoad,
        "LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    ),
    (Act::StoreLoad, "STORE_FAST_LOAD_FAST"),
    (Act::StoreStore, "STORE_FAST_STORE_FAST"),
    (Act::LoadName, "LOAD_NAME LOAD_FROM_DICT_OR_GLOBALS"),
    (Act::LoadGlobal, "LOAD_GLOBAL"),
    (
        Act::StoreName,
        "STORE_NAME DELETE_NAME STORE_GLOBAL DELETE_GLOBAL",
    ),
    (Act::LoadAttribute, "LOAD_ATTR LOAD_METHOD LOAD_SUPER_ATTR"),
    (Act::Subscript, "BINARY_SUBSCR BINARY_SLICE"),
    (
        Act::StoreObject,
        "STORE_ATTR DELETE_ATTR STORE_SUBSCR DELETE_SUBSCR STORE_SLICE",
    ),
    (Act::Operator, "BINARY_OP"),
    (Act::PushNull, "PUSH_NULL"),
    (Act::BeginWith, "BEFORE_WITH BEFORE_ASYNC_WITH LOAD_SPECIAL"),
    (Act::Call, "CALL CALL_KW CALL_FUNCTION_EX"),
    (Act::Extend, "EXTENDED_ARG"),
    (Act::Backward, "JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT"),
    (Act::Forward, "FOR_ITER"),
    (
        // From 3.13 on, an instruction before it asks whether the object is true.
        if cfg!(Py_3_13) {
            Act::Skip
        } else {
            Act::Forward
        },
        "POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE",
    ),
    (
        Act::Skip,
        "POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE JUMP_FORWARD",
    ),
    (
        Act::Opaque,
        "IMPORT_NAME IMPORT_FROM CALL_INTRINSIC_2 WITH_EXCEPT_START \
         GET_AWAITABLE END_ASYNC_FOR GET_ANEXT GET_AITER",
    ),
    (Act::Send, "SEND"),
    (Act::Intrinsic, "CALL_INTRINSIC_1"),
    (
        Act::Nothing,
        "CACHE RESUME RESUME_CHECK NOP NOT_TAKEN POP_TOP COPY SWAP LOAD_CONST LOAD_SMALL_INT \
         LOAD_CONST_IMMORTAL LOAD_CONST_MORTAL IS_OP RETURN_VALUE RETURN_CONST YIELD_VALUE \
         LIST_APPEND SET_ADD MAP_ADD END_FOR POP_ITER END_SEND KW_NAMES COPY_FREE_VARS \
         LOAD_BUILD_CLASS LOAD_LOCALS LOAD_ASSERTION_ERROR LOAD_COMMON_CONSTANT PUSH_EXC_INFO \
         POP_EXCEPT CHECK_EXC_MATCH RERAISE RAISE_VARARGS GET_LEN MATCH_MAPPING MATCH_SEQUENCE \
         SETUP_ANNOTATIONS EXIT_INIT_CHECK CLEANUP_THROW INTERPRETER_EXIT",
    ),
    (
        Act::Make,
        "BUILD_STRING BUILD_TUPLE BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE BUILD_CONST_KEY_MAP \
         MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE RETURN_GENERATOR",
    ),
];

/// What `CALL_INTRINSIC_1` does; the numbers are those of `pycore_intrinsics.h`, the same from 3.12
/// to 3.15.
pub(super) fn intrinsic(number: u32) -> Act {
    match number {
        // STOPITERATION_ERROR (behind the end of every generator), ASYNC_GEN_WRAP, LIST_TO_TUPLE.
        3 | 4 | 6 => Act::Make,
        // UNARY_POSITIVE.
        5 => Act::Operate,
        _ => Act::Opaque,
    }
}

/// A table of this interpreter's opcodes: what stands beside the names that each is among, else `other`.
pub(super) fn by_opcode<T: Copy>(other: T, names: &[(T, &str)]) -> [T; 256] {
    let mut table = [other; 256];
    for (name, number) in OPCODES {
        let mut rows = names.iter();
        let known = rows.find(|(_, names)| names.split(' ').any(|known| known == *name));
        if let (Some(place), Some((known, _))) = (table.get_mut(usize::from(*number)), known) {
            *place = *known;
        }
    }
    table
}

/// What each opcode of this interpreter is called.
pub(super) static NAME_OF: LazyLock<[&str; 256]> = LazyLock::new(|| {
    let mut table = [""; 256];
    for (name, number) in OPCODES {
        if let Some(place) = table.get_mut(usize::from(*number)) {
            *place = *name;
        }
    }
    table
});

/// What each opcode of this interpreter does.
pub(super) static ACTS: LazyLock<[Act; 256]> = LazyLock::new(|| by_opcode(Act::Opaque, NAMES));
