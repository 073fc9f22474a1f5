//! The numbers that stand for operations, values and parts of objects. FORMAT.md lists them.

/// The first byte of each operation.
pub(crate) mod code {
    pub(crate) const THREAD: u8 = 0x01;
    pub(crate) const TIME: u8 = 0x02;
    pub(crate) const PUSH: u8 = 0x03;
    pub(crate) const MOVED: u8 = 0x04;
    pub(crate) const GONE: u8 = 0x05;
    pub(crate) const REENTER: u8 = 0x06;
    pub(crate) const SUSPEND: u8 = 0x07;
    pub(crate) const SET: u8 = 0x08;
    pub(crate) const UNSET: u8 = 0x09;
    pub(crate) const OBJECT: u8 = 0x0a;
    pub(crate) const SPLICE: u8 = 0x0b;
    pub(crate) const PUT: u8 = 0x0c;
    pub(crate) const REMOVE: u8 = 0x0d;
    pub(crate) const FIELD: u8 = 0x0e;
    pub(crate) const UNFIELD: u8 = 0x0f;
    pub(crate) const LENGTH: u8 = 0x10;
    pub(crate) const DROP: u8 = 0x11;
    pub(crate) const APPEND: u8 = 0x12;
    pub(crate) const SHARE: u8 = 0x13;
    pub(crate) const AGAIN: u8 = 0x14;
    pub(crate) const CELL: u8 = 0x15;
    pub(crate) const LATE: u8 = 0x16;
    /// Events: this plus the number of the kind.
    pub(crate) const EVENT: u8 = 0x20;
    pub(crate) const START: u8 = 0x20;
    pub(crate) const RESUME: u8 = 0x21;
    pub(crate) const THROW: u8 = 0x22;
    pub(crate) const LINE: u8 = 0x23;
    pub(crate) const RETURN: u8 = 0x24;
    pub(crate) const YIELD: u8 = 0x25;
    pub(crate) const RAISE: u8 = 0x26;
    pub(crate) const HANDLE: u8 = 0x27;
    pub(crate) const UNWIND: u8 = 0x28;
    pub(crate) const MARK: u8 = 0x29;
}

/// What is behind the first byte of `Op::Again`.
pub(crate) mod again {
    pub(crate) const SLOT: u8 = 0;
    pub(crate) const FIELD: u8 = 1;
    pub(crate) const PAIR: u8 = 2;
    pub(crate) const ITEM: u8 = 3;
}

/// The first byte of each value.
pub(crate) mod tag {
    pub(crate) const NONE: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const ELLIPSIS: u8 = 3;
    pub(crate) const NOT_IMPLEMENTED: u8 = 4;
    pub(crate) const INT: u8 = 5;
    pub(crate) const BIG: u8 = 6;
    pub(crate) const FLOAT: u8 = 7;
    pub(crate) const COMPLEX: u8 = 8;
    pub(crate) const STR: u8 = 9;
    pub(crate) const STR_CUT: u8 = 10;
    pub(crate) const BYTES: u8 = 11;
    pub(crate) const BYTES_CUT: u8 = 12;
    pub(crate) const RANGE: u8 = 13;
    pub(crate) const OBJECT: u8 = 14;
    pub(crate) const UNKNOWN: u8 = 15;
    pub(crate) const REDACTED: u8 = 16;
}

/// Which parts an object's contents have.
pub mod part {
    /// `items` of sequences and sets.
    pub const ITEMS: u8 = 1;
    /// Pairs of dicts.
    pub const PAIRS: u8 = 2;
    /// Fields of instances.
    pub const FIELDS: u8 = 4;
    /// A text in place of contents.
    pub const TEXT: u8 = 8;
    /// The value of the atom it extends.
    pub const BASE: u8 = 16;
    /// A length stands before the parts.
    pub const LENGTH: u8 = 32;
    /// Contents were cut.
    pub const CUT: u8 = 64;
    /// Contents were not captured; a reason stands before the parts.
    pub const UNKNOWN: u8 = 128;
}
