//! Single instructions: what each does, where it jumps, and what it loads.

use std::cell::Cell;

use super::acts::{Act, GROWTH, NAME_OF};
use super::{CACHE, Effects, Path, Root, Step, bit};

/// One instruction; the place in the list is its code unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) opcode: u8,
    pub(super) argument: u32,
    pub(super) act: Act,
    /// The line, 0 if it has none.
    pub(super) line: u32,
    /// Where its instruction is: here, or before it if this is a cache.
    pub(super) instruction: Option<u32>,
}

impl Effects {
    /// Whether the instruction at a code unit binds a name of the module, wherever it stands.
    pub(crate) fn is_global_store(&self, unit: u32) -> bool {
        self.is_named(unit as usize, "STORE_GLOBAL")
    }

    pub(super) fn act(&self, at: usize) -> Act {
        self.units[at].act
    }

    pub(super) fn is_named(&self, at: usize, name: &str) -> bool {
        NAME_OF[usize::from(self.units[at].opcode)] == name
    }

    /// The instruction at a code unit, or whose caches are there.
    #[inline]
    pub(crate) fn instruction(&self, unit: u32) -> Option<usize> {
        let instruction = self.units.get(unit as usize)?.instruction?;
        Some(instruction as usize)
    }

    /// Whether the instruction at a code unit, if it starts a frame through C code, does nothing
    /// there that is not known otherwise: it asks the class of an operand, or goes over a generator.
    pub(crate) fn is_transparent(&self, unit: u32) -> bool {
        self.instruction(unit).is_some_and(|at| {
            matches!(
                self.act(at),
                Act::Operator
                    | Act::Operate
                    | Act::Subscript
                    | Act::Iterate
                    | Act::LoadAttribute
                    | Act::StoreObject
                    | Act::Forward
            ) || self.readers.binary_search(&at).is_ok()
        })
    }

    /// The instruction at a code unit, if it is an operator that gives what an operand's method returns.
    pub(crate) fn operator(&self, unit: u32) -> Option<u32> {
        let at = self.instruction(unit)?;
        let is_one = matches!(self.act(at), Act::Operator | Act::Subscript);
        is_one.then_some(at as u32)
    }

    /// Whether the instruction at a code unit calls a method that has the name of one which changes a
    /// builtin container.
    pub(crate) fn is_writer_call(&self, unit: u32) -> bool {
        self.instruction(unit)
            .is_some_and(|at| self.writers.binary_search(&at).is_ok())
    }

    /// Whether nothing but the beginning of the code leads to a code unit, if that does: no jump goes
    /// there or before it. (Compilers put handlers behind all else.)
    pub(crate) fn is_entrance(&self, unit: u32) -> bool {
        self.targets
            .first()
            .is_none_or(|first| *first > unit as usize)
    }

    /// Whether the instruction at a code unit stores into an object.
    #[inline]
    pub(crate) fn stores(&self, unit: u32) -> bool {
        self.instruction(unit)
            .is_some_and(|at| self.act(at) == Act::StoreObject)
    }

    /// How many values an instruction puts on the stack, less those that it takes.
    pub(super) fn growth(&self, at: usize) -> i32 {
        let unit = self.units[at];
        let known = GROWTH.get(usize::from(unit.opcode));
        known.map_or(0, |row| i32::from(row[unit.argument.min(255) as usize]))
    }

    /// Where a jump goes.
    pub(super) fn target(&self, at: usize) -> Option<usize> {
        let behind = &self.units[at + 1..];
        let caches = behind
            .iter()
            .take_while(|unit| unit.opcode == CACHE)
            .count();
        let argument = self.units[at].argument as usize;
        match self.act(at) {
            Act::Forward | Act::Skip => Some(at + 1 + caches + argument),
            Act::Backward => (at + 1 + caches).checked_sub(argument),
            _ => None,
        }
    }

    /// The path of the attributes that are read from what an instruction loads, if any are.
    pub(super) fn members_at(&self, at: usize) -> Option<Path> {
        let argument = self.units[at].argument;
        let root = match self.act(at) {
            Act::LoadName => Root::Name(argument),
            Act::LoadGlobal => Root::Name(argument >> 1),
            Act::LoadSlot => Root::Slot(argument as usize),
            Act::LoadLoad | Act::StoreLoad => Root::Slot(argument as usize & 15),
            _ => return None,
        };
        let mut steps = Vec::new();
        let mut next = self.behind(at)?;
        while self.is_named(next, "LOAD_ATTR") {
            steps.push(Step::Attribute(
                self.units[next].argument >> 1,
                Cell::new(0),
            ));
            next = self.behind(next)?;
        }
        (!steps.is_empty()).then_some(Path { root, steps })
    }

    /// Adds what an instruction loads.
    pub(super) fn load(&self, at: usize, slots: &mut u64, names: &mut Vec<u32>) {
        let argument = self.units[at].argument as usize;
        match self.act(at) {
            Act::LoadSlot => *slots |= bit(argument),
            Act::LoadLoad => *slots |= bit(argument >> 4) | bit(argument & 15),
            Act::StoreLoad => *slots |= bit(argument & 15),
            Act::LoadName => names.push(argument as u32),
            Act::LoadGlobal => names.push(argument as u32 >> 1),
            _ => {}
        }
    }
}
