//! How much memory one evaluation may fill. Computed containers own what they hold, so a few
//! characters can ask for any number of copies: `[[0] * 10**5] * 10**5`. What is made is counted
//! where it is made, over all levels: what each part of an expression gives, what is copied, and
//! what a loop is about to go through.

use std::cell::Cell;

use schema::Value;

use super::Datum;
use crate::error::{Error, Result};

/// One evaluation makes no more bytes than this, those that it drops again included.
const MOST: u64 = 256 << 20;

/// What a short text of its own takes, with its place in a list.
pub(super) const A_TEXT: usize = size_of::<Datum>() + 32;

/// Nothing is counted; nothing has been asked for too much.
const FREE: u64 = u64::MAX;
/// Too much was asked for.
const SPENT: u64 = u64::MAX - 1;

thread_local! {
    /// How many bytes the evaluation that runs has made. Copies are made by `clone`, which has no
    /// other way to know of it.
    static MADE: Cell<u64> = const { Cell::new(FREE) };
}

/// Counts until it is dropped, unless something further out counts already.
pub(super) struct Allotment {
    counts: bool,
}

impl Allotment {
    pub(super) fn begin() -> Allotment {
        let counts = MADE.get() == FREE;
        if counts {
            MADE.set(0);
        }
        Allotment { counts }
    }
}

impl Drop for Allotment {
    fn drop(&mut self) {
        if self.counts {
            MADE.set(FREE);
        }
    }
}

/// Counts bytes that are about to be made; `false` if they are too many, from then on always.
fn take(bytes: u64) -> bool {
    match MADE.get() {
        FREE => true,
        SPENT => false,
        made if made.saturating_add(bytes) > MOST => {
            MADE.set(SPENT);
            false
        }
        made => {
            MADE.set(made + bytes);
            true
        }
    }
}

/// Refuses an evaluation that makes too much.
pub(super) fn charge(count: u64, size: usize) -> Result<()> {
    match take(count.saturating_mul(size as u64)) {
        true => Ok(()),
        false => Err(too_much()),
    }
}

fn too_much() -> Error {
    let megabytes = MOST >> 20;
    Error::Expression(format!("would take more than {megabytes} MB of memory"))
}

/// What a part of an expression gave, unless too much was made for it.
pub(super) fn charged(outcome: Result<Datum>) -> Result<Datum> {
    if let Ok(datum) = &outcome {
        take(flat(datum));
    }
    match MADE.get() {
        SPENT => Err(too_much()),
        _ => outcome,
    }
}

/// The bytes of a datum without those of its items.
fn flat(datum: &Datum) -> u64 {
    let bytes = match datum {
        Datum::Value(Value::Str(bytes) | Value::Bytes(bytes)) => bytes.len(),
        Datum::Value(Value::BigInt(number)) => number.1.len(),
        Datum::Value(_) | Datum::Class(_) => 0,
        datum => return own(datum),
    };
    bytes as u64
}

/// The bytes of a container that a copy of it has to itself, without those of its items.
fn own(datum: &Datum) -> u64 {
    let bytes = match datum {
        Datum::Tuple(items) | Datum::List(items) | Datum::Set(items) | Datum::FrozenSet(items) => {
            size_of_val(items.as_slice())
        }
        Datum::Dict(pairs) => size_of_val(pairs.as_slice()),
        Datum::Instance(_, fields) => size_of_val(fields.as_slice()),
        Datum::Value(_) | Datum::Class(_) => 0,
    };
    bytes as u64
}

impl Clone for Datum {
    /// A copy, or `None` once there is no room for one; the evaluation then ends with an error.
    fn clone(&self) -> Datum {
        match self {
            Datum::Value(value) => return Datum::Value(value.clone()),
            Datum::Class(class) => return Datum::Class(class.clone()),
            container if !take(own(container)) => return Datum::Value(Value::None),
            _ => {}
        }
        match self {
            Datum::Value(value) => Datum::Value(value.clone()),
            Datum::Class(class) => Datum::Class(class.clone()),
            Datum::Tuple(items) => Datum::Tuple(items.clone()),
            Datum::List(items) => Datum::List(items.clone()),
            Datum::Set(items) => Datum::Set(items.clone()),
            Datum::FrozenSet(items) => Datum::FrozenSet(items.clone()),
            Datum::Dict(pairs) => Datum::Dict(pairs.clone()),
            Datum::Instance(class, fields) => Datum::Instance(class.clone(), fields.clone()),
        }
    }
}
