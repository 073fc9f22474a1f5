//! The interpreter of the program's own code: functions, methods and properties, called by an
//! expression, run here over what was recorded, on a copy.
//!
//! It is the evaluator of expressions, with statements, frames and a heap besides. What it gives is
//! what CPython would give, or it is refused with the first thing that cannot be known.

mod again;
mod arena;
mod assign;
mod call;
mod called;
mod case;
mod class;
mod code;
mod dataclass;
mod dunder;
mod frame;
mod generator;
mod heap;
mod keep;
mod make;
mod member;
mod more;
mod mutate;
mod names;
mod operate;
mod parameters;
mod parent;
mod program;
mod raise;
mod resolve;
mod statement;
mod turns;

pub(super) use call::Given;
pub(super) use frame::Running;
pub(super) use heap::Heap;
pub(crate) use program::Program;
