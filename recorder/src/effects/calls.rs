//! Calls: what is called, what it was given, and what it can do.

use super::acts::Act;
use super::{Call, Effects, Repeats};

/// Methods that change the built-in container they are called on and nothing else. A class of the
/// program that has one of the same name is recorded.
const WRITERS: &str = "add append appendleft clear difference_update discard extend extendleft \
    insert intersection_update move_to_end pop popitem popleft remove reverse rotate setdefault \
    symmetric_difference_update update";

/// Methods of built-in containers and texts that change nothing.
const READERS: &str = "capitalize casefold copy count decode difference encode endswith find \
    format get index intersection isalnum isalpha isdecimal isdigit isdisjoint isidentifier \
    islower isnumeric isspace issubset issuperset isupper items join keys ljust lower lstrip \
    partition replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith \
    strip swapcase symmetric_difference title translate union upper values zfill";

/// Built-in functions that change nothing; code of the program that they call is recorded.
const FUNCTIONS: &str = "abs bin bool bytes callable chr complex dict divmod enumerate float frozenset hasattr \
    hash hex id int isinstance issubclass len list max min oct ord pow print range repr \
    reversed round set slice sorted str super tuple type zip";

/// Those of them that call what they are given as `key`, which can be C code.
const WITH_KEY: &str = "max min sorted";

/// What a call can do.
pub(super) enum Kind {
    /// Change nothing.
    Reader,
    /// Change what it is called on.
    Writer,
    /// Anything to what it was given.
    Unknown(Call),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Callee {
    Method(u32),
    Global(u32),
    Unknown,
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
                Act::LoadAttribute if self.is_named(at, "LOAD_SUPER_ATTR") && argument & 1 != 0 => {
                    open.push((place, Callee::Unknown));
                }
                Act::LoadGlobal if argument & 1 != 0 => {
                    open.push((place, Callee::Global(argument >> 1)));
                }
                Act::PushNull => open.push((place, self.named_beside(at))),
                Act::BeginWith => open.push((place, Callee::Unknown)),
                Act::Call => {
                    let callee = open.pop();
                    self.callees.push((place, callee));
                }
                _ => {}
            }
        }
    }

    /// The plain name beside a `PUSH_NULL`: behind it in 3.12, before it later.
    fn named_beside(&self, at: usize) -> Callee {
        let beside = if cfg!(Py_3_13) {
            at.checked_sub(1)
        } else {
            Some(at + 1)
        };
        match beside.filter(|beside| *beside < self.units.len()) {
            Some(beside) if self.act(beside) == Act::LoadName => {
                Callee::Global(self.units[beside].argument)
            }
            _ => Callee::Unknown,
        }
    }

    /// What the call of an instruction can do.
    pub(super) fn call(&self, at: usize) -> Kind {
        let known = self.callees.iter().find(|(unit, _)| *unit as usize == at);
        let callee = known.and_then(|(_, callee)| *callee);
        let is_one_of = |name: u32, list: &str| {
            let name = self.names.get(name as usize);
            name.is_some_and(|name| list.split(' ').any(|known| known == name))
        };
        let mut call = Call {
            unit: at as u32,
            repeats: self.repeats(at),
            ..Call::default()
        };
        match callee {
            Some((_, Callee::Method(name))) if is_one_of(name, WRITERS) => return Kind::Writer,
            Some((_, Callee::Method(name))) if is_one_of(name, READERS) => return Kind::Reader,
            Some((_, Callee::Global(name)))
                if is_one_of(name, FUNCTIONS)
                    && !(is_one_of(name, WITH_KEY) && self.has_keywords(at)) =>
            {
                return Kind::Reader;
            }
            Some((begin, callee)) => {
                // What a method is called on was loaded just before it.
                let begin = match callee {
                    Callee::Method(_) => self.receiver(begin as usize),
                    _ => begin as usize,
                };
                call.function = match callee {
                    Callee::Global(name) => Some(name),
                    Callee::Method(_) => self.global_at(begin),
                    Callee::Unknown => None,
                };
                for place in begin..at {
                    self.load(place, &mut call.slots, &mut call.names);
                }
            }
            None => call.slots = u64::MAX,
        }
        Kind::Unknown(call)
    }

    /// Finds the loops within a line, as comprehensions are, and the calls in them.
    pub(super) fn find_loops(&mut self) {
        let is_within = |jump: &usize, target: usize| {
            target <= *jump && self.units[target].line == self.units[*jump].line
        };
        self.loops = (0..self.units.len())
            .filter_map(|jump| {
                let target = self.target(jump)?;
                is_within(&jump, target).then_some(target..jump)
            })
            .collect();
        let units = self.loops.iter().cloned().flatten();
        let mut told: Vec<u32> = units
            .filter(|at| self.repeats(*at) == Repeats::Told)
            .filter(|at| matches!(self.call(*at), Kind::Unknown(_)))
            .map(|at| at as u32)
            .collect();
        told.sort_unstable();
        told.dedup();
        self.told = told;
    }

    /// Whether the call of an instruction can run more than once while a line runs.
    pub(super) fn repeats(&self, at: usize) -> Repeats {
        match self.loops.iter().any(|range| range.contains(&at)) {
            false => Repeats::No,
            true if self.act(at) == Act::Call => Repeats::Told,
            true => Repeats::Untold,
        }
    }

    /// Whether a call passes arguments by keyword.
    fn has_keywords(&self, at: usize) -> bool {
        let before = self.units[..at].iter().rposition(|unit| unit.opcode != 0);
        !self.is_named(at, "CALL") || before.is_some_and(|before| self.is_named(before, "KW_NAMES"))
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

    /// The beginning of the line's instructions that an instruction belongs to.
    fn statement(&self, at: usize) -> usize {
        let line = self.units[at].line;
        let begin = self.units[..at].iter().rposition(|unit| unit.line != line);
        begin.map_or(0, |before| before + 1)
    }
}
