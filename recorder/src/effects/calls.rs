//! Calls: what is called, what it was given, and what it can do.

use std::cell::Cell;

use super::acts::Act;
use super::assumed::{Assumed, Check};
use super::runs::Runs;
use super::{CACHE, Effects, Path};

/// Methods that change the built-in container they are called on and do nothing else.
pub(crate) const WRITERS: [&str; 14] = [
    "add",
    "append",
    "appendleft",
    "clear",
    "discard",
    "insert",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
];

/// Those that also go over what they are given, which can make an object once another was let go.
pub(crate) const ITERATING: [&str; 6] = [
    "difference_update",
    "extend",
    "extendleft",
    "intersection_update",
    "symmetric_difference_update",
    "update",
];

/// Methods of built-in containers and texts that change nothing.
pub(crate) const READERS: &str = "capitalize casefold copy count decode difference encode endswith find \
    format get index intersection isalnum isalpha isdecimal isdigit isdisjoint isidentifier \
    islower isnumeric isspace issubset issuperset isupper items join keys ljust lower lstrip \
    partition replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith \
    strip swapcase symmetric_difference title translate union upper values zfill";

/// Built-in functions that change nothing; code of the program that they call is recorded.
pub(crate) const FUNCTIONS: &str = "abs all any ascii bin bool bytes callable chr complex dict divmod enumerate float frozenset hasattr \
    hash hex id int isinstance issubclass len list max min oct ord pow print range repr \
    reversed round set slice sorted str sum super tuple type zip";

/// Those of them that call what they are given as `key`, which can be C code.
const WITH_KEY: &str = "max min sorted";

/// A call that can run code which is not recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) unit: u32,
    /// The slots whose values it can have got.
    pub(crate) slots: u64,
    /// The names (indices of `co_names`) whose values it can have got.
    pub(crate) names: Vec<u32>,
    /// Attributes read from variables and names, which can be what modules hold.
    pub(crate) members: Vec<Path>,
    pub(crate) callee: Callee,
    /// Where among the globals and among the module's names these were found last.
    pub(crate) hints: [Cell<usize>; 2],
    /// How often it can run before the next event.
    pub(crate) runs: Runs,
}

/// What a call can do. Of those that are known by the names of what they call, what else they are if
/// those names deceive.
pub(super) enum Kind {
    /// Change nothing.
    Reader(Option<Assumed>),
    /// Change what it is called on, and make objects meanwhile or not.
    Writer {
        makes: bool,
        assumed: Option<Assumed>,
    },
    /// Anything to what it was given.
    Unknown(Call),
}

impl Kind {
    /// What has to be verified.
    pub(super) fn assumed(self) -> Option<Assumed> {
        match self {
            Kind::Reader(assumed) | Kind::Writer { assumed, .. } => assumed,
            Kind::Unknown(_) => None,
        }
    }
}

/// What is called; names are indices of `co_names`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Callee {
    Method(u32),
    Global(u32),
    /// What a variable holds.
    Slot(usize),
    /// `super().…`, of the frame's first argument.
    Super(u32),
    /// An attribute of a global: the names of both. Modules that are imported are asked so.
    Attribute(u32, u32),
    /// The function of a generator expression, made just before: it makes the generator, of which
    /// nothing runs yet.
    Generator,
    #[default]
    Unknown,
}

/// Whether a method of a builtin container changes it, and does no more than that.
pub(crate) fn is_writer(name: &str) -> bool {
    WRITERS.contains(&name)
}

impl Effects {
    /// Pairs each call with what put its callee on the stack: they nest like parentheses.
    pub(super) fn match_calls(&mut self) {
        let mut open: Vec<(u32, Callee)> = Vec::new();
        for at in 0..self.units.len() {
            let argument = self.units[at].argument;
            let place = at as u32;
            match self.act(at) {
                Act::LoadAttribute if argument & 1 != 0 && self.is_named(at, "LOAD_ATTR") => {
                    open.push((place, Callee::Method(argument >> 1)));
                }
                Act::LoadAttribute if self.is_named(at, "LOAD_SUPER_ATTR") => {
                    let is_of_first = self.before(at).and_then(|at| self.slot_at(at)) == Some(0);
                    let callee = match is_of_first {
                        true => Callee::Super(argument >> 2),
                        false => Callee::Unknown,
                    };
                    match open.last_mut() {
                        _ if argument & 1 != 0 => open.push((place, callee)),
                        // The attribute takes the place of `super`, beside which the call began.
                        Some((_, known @ Callee::Global(_))) if self.is_super(*known) => {
                            *known = callee;
                        }
                        _ => {}
                    }
                }
                Act::LoadGlobal if argument & 1 != 0 => {
                    open.push((place, self.attribute_of(at, argument >> 1)));
                }
                Act::PushNull => open.push((place, self.named_beside(at))),
                Act::BeginWith => open.push((place, Callee::Unknown)),
                Act::Call if argument == 0 && self.follows(at, "GET_ITER") => {
                    // Nothing was put on the stack for it but the function and its iterator.
                    self.callees.push((place, Some((place, Callee::Generator))));
                }
                Act::Call => {
                    let callee = open.pop();
                    self.callees.push((place, callee));
                }
                _ => {}
            }
        }
    }

    fn is_super(&self, callee: Callee) -> bool {
        let Callee::Global(name) = callee else {
            return false;
        };
        self.names
            .get(name as usize)
            .is_some_and(|name| name == "super")
    }

    /// What is beside a `PUSH_NULL`: behind it in 3.12, before it later.
    fn named_beside(&self, at: usize) -> Callee {
        if !cfg!(Py_3_13) {
            let Some(next) = self.behind(at) else {
                return Callee::Unknown;
            };
            let is_alone = || {
                let then = self.behind(next).map(|at| self.act(at));
                then != Some(Act::LoadAttribute) && then != Some(Act::Subscript)
            };
            return match self.slot_at(next) {
                Some(slot) if is_alone() => Callee::Slot(slot),
                _ if self.act(next) == Act::LoadName => {
                    self.attribute_of(next, self.units[next].argument)
                }
                _ => Callee::Unknown,
            };
        }
        let before = self.before(at);
        let attribute = before.and_then(|last| self.plain_attribute(last));
        let named = if attribute.is_some() {
            before.and_then(|last| self.before(last))
        } else {
            before
        };
        match (named.and_then(|at| self.global_at(at)), attribute) {
            (Some(name), Some(attribute)) => Callee::Attribute(name, attribute),
            (Some(name), None) => Callee::Global(name),
            (None, None) => match named.and_then(|at| self.slot_at(at)) {
                Some(slot) => Callee::Slot(slot),
                None => Callee::Unknown,
            },
            _ => Callee::Unknown,
        }
    }

    /// What is called where a global name is loaded: it, or an attribute of it.
    fn attribute_of(&self, at: usize, name: u32) -> Callee {
        let Some(next) = self.behind(at) else {
            return Callee::Global(name);
        };
        match self.plain_attribute(next) {
            None => Callee::Global(name),
            Some(attribute) => match self.behind(next).map(|at| self.act(at)) {
                Some(Act::LoadAttribute) => Callee::Unknown,
                _ => Callee::Attribute(name, attribute),
            },
        }
    }

    /// The name of the attribute that an instruction reads, if it does no more.
    fn plain_attribute(&self, at: usize) -> Option<u32> {
        let argument = self.units[at].argument;
        (self.is_named(at, "LOAD_ATTR") && argument & 1 == 0).then_some(argument >> 1)
    }

    /// Whether the instruction before one has this name.
    fn follows(&self, at: usize, name: &str) -> bool {
        self.before(at)
            .is_some_and(|before| self.is_named(before, name))
    }

    /// The instruction before one.
    pub(super) fn before(&self, at: usize) -> Option<usize> {
        self.instruction(u32::try_from(at.checked_sub(1)?).ok()?)
    }

    /// The instruction behind one, prefixes apart.
    pub(super) fn behind(&self, at: usize) -> Option<usize> {
        (at + 1..self.units.len())
            .find(|at| self.units[*at].opcode != CACHE && self.act(*at) != Act::Extend)
    }

    /// Where what a call calls was put on the stack, and what that is.
    fn callee(&self, at: usize) -> Option<(u32, Callee)> {
        let known = self
            .callees
            .binary_search_by_key(&at, |(unit, _)| *unit as usize);
        self.callees.get(known.ok()?)?.1
    }

    /// What the call at a code unit calls.
    pub(crate) fn callee_at(&self, unit: u32) -> Callee {
        let callee = self.instruction(unit).and_then(|at| self.callee(at));
        callee.map_or(Callee::Unknown, |(_, callee)| callee)
    }

    /// Whether an instruction looks up a method that changes a built-in container.
    pub(super) fn is_writer_load(&self, at: usize) -> bool {
        let argument = self.units[at].argument;
        self.is_named(at, "LOAD_ATTR")
            && argument & 1 != 0
            && self.name(argument >> 1).is_some_and(is_writer)
    }

    /// What the call of an instruction can do.
    pub(super) fn call(&self, at: usize) -> Kind {
        let callee = self.callee(at);
        let is_one_of = |name: u32, list: &str| {
            let name = self.names.get(name as usize);
            name.is_some_and(|name| list.split(' ').any(|known| known == name))
        };
        let is_in = |name: u32, list: &[&str]| {
            let name = self.names.get(name as usize);
            name.is_some_and(|name| list.contains(&name.as_str()))
        };
        let mut call = Call {
            unit: at as u32,
            runs: self.runs(at),
            ..Call::default()
        };
        let Some((load, callee)) = callee else {
            call.slots = u64::MAX;
            return Kind::Unknown(call);
        };
        if callee == Callee::Generator {
            return Kind::Reader(None);
        }
        // What a method is called on was loaded just before it.
        let begin = match callee {
            Callee::Method(_) => self.receiver(load as usize),
            _ => load as usize,
        };
        call.callee = match (callee, self.global_at(begin)) {
            (Callee::Method(name), Some(global)) => Callee::Attribute(global, name),
            _ => callee,
        };
        for place in begin..at {
            self.load(place, &mut call.slots, &mut call.names);
            call.members.extend(self.members_at(place));
        }
        let assume = |name, call| {
            let check = self.check_of_method(load, name, at);
            check.map(|check| Assumed { call, check })
        };
        match callee {
            Callee::Method(name) if is_in(name, &WRITERS) || is_in(name, &ITERATING) => {
                Kind::Writer {
                    makes: is_in(name, &ITERATING),
                    assumed: assume(name, call),
                }
            }
            Callee::Method(name) if is_one_of(name, READERS) => Kind::Reader(assume(name, call)),
            Callee::Global(name)
                if is_one_of(name, FUNCTIONS)
                    && !(is_one_of(name, WITH_KEY) && self.has_keywords(at)) =>
            {
                let check = Check::Function(name);
                Kind::Reader(Some(Assumed { call, check }))
            }
            _ => Kind::Unknown(call),
        }
    }

    /// Whether a call passes arguments by keyword.
    fn has_keywords(&self, at: usize) -> bool {
        !self.is_named(at, "CALL") || self.follows(at, "KW_NAMES")
    }

    /// Where the expression begins that a method is looked up in.
    fn receiver(&self, method: usize) -> usize {
        self.expression(method)
            .unwrap_or_else(|| self.statement(method))
    }

    /// The global name that an instruction loads.
    fn global_at(&self, at: usize) -> Option<u32> {
        let argument = self.units[at].argument;
        match self.act(at) {
            Act::LoadName => Some(argument),
            Act::LoadGlobal if argument & 1 == 0 => Some(argument >> 1),
            _ => None,
        }
    }

    /// The slot that an instruction loads, the last one if it loads two.
    fn slot_at(&self, at: usize) -> Option<usize> {
        let argument = self.units[at].argument as usize;
        match self.act(at) {
            Act::LoadSlot => Some(argument),
            Act::LoadLoad | Act::StoreLoad => Some(argument & 15),
            _ => None,
        }
    }

    /// The beginning of the line's instructions that an instruction belongs to.
    fn statement(&self, at: usize) -> usize {
        let line = self.units[at].line;
        let begin = self.units[..at].iter().rposition(|unit| unit.line != line);
        begin.map_or(0, |before| before + 1)
    }
}
