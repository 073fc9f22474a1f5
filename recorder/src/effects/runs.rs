//! How often a line's calls run: what is in a loop within it, and what can be jumped over.

use std::ops::Range;

use super::Effects;
use super::acts::Act;
use super::calls::Kind;

/// How often a call can run while a line runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Runs {
    /// Once, if the line gets there.
    #[default]
    Once,
    /// It is in a loop or can be jumped over, and the interpreter is asked to tell of each time.
    Told,
    /// Once between two events of its frame: between them, the frame yields what it was sent.
    Resumed,
    /// It is in a loop, and is no call that the interpreter could tell of: `with`, `import`, `await`.
    Often,
}

impl Runs {
    /// Whether it is once at most between two events of its frame.
    pub(crate) fn is_once(self) -> bool {
        matches!(self, Runs::Once | Runs::Resumed)
    }
}

impl Effects {
    /// Finds the loops within a line, as comprehensions are, what a line can leave out, as it can all
    /// behind its first jump, and the calls in both.
    pub(super) fn find_detours(&mut self) {
        for jump in 0..self.units.len() {
            let Some(target) = self.target(jump) else {
                continue;
            };
            if self.ends_sending(jump) {
                continue;
            }
            let line_at = |at: usize| self.units.get(at).map(|unit| unit.line);
            let is_elsewhere = |at: &usize| line_at(*at) != line_at(jump);
            let end = (jump + 1..).find(is_elsewhere).unwrap_or(jump + 1);
            self.skips.push(jump + 1..end);
            if target <= jump && !is_elsewhere(&target) {
                self.loops.push(target..jump);
            }
        }
        let detours = self.loops.iter().chain(&self.skips).cloned().flatten();
        let mut told: Vec<u32> = detours
            .filter(|at| self.runs(*at) == Runs::Told)
            .filter(|at| matches!(self.call(*at), Kind::Unknown(_)))
            .map(|at| at as u32)
            .collect();
        for at in 0..self.units.len() {
            if self.act(at) != Act::Call {
                continue;
            }
            match self.call(at) {
                Kind::Reader(_) => self.readers.push(at),
                Kind::Writer { .. } => self.writers.push(at),
                Kind::Unknown(_) => {}
            }
        }
        told.sort_unstable();
        told.dedup();
        self.told = told;
    }

    /// How often the call of an instruction can run while a line runs.
    pub(super) fn runs(&self, at: usize) -> Runs {
        let is_in = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&at));
        let is_repeated = is_in(&self.loops);
        match self.act(at) {
            Act::Call if is_repeated || is_in(&self.skips) => Runs::Told,
            Act::Call => Runs::Once,
            _ if is_repeated => Runs::Often,
            Act::Send => Runs::Resumed,
            _ => Runs::Once,
        }
    }

    /// The code unit of the `GET_AWAITABLE` that gave what the `SEND` at a code unit sends to.
    pub(crate) fn awaited(&self, send: usize) -> Option<usize> {
        let mut before = self.before(send)?;
        // Up to 3.14 there is one instruction between them, then two.
        for _ in 0..2 {
            before = self.before(before)?;
            if self.is_named(before, "GET_AWAITABLE") {
                return Some(before);
            }
        }
        None
    }

    /// Whether a jump belongs to `yield from` or `await`: back to the `SEND` of the next value, or behind
    /// it from what handles an exception that was thrown in. Nothing of the line runs again by it.
    pub(super) fn ends_sending(&self, jump: usize) -> bool {
        self.act(jump) == Act::Backward
            && self.target(jump).is_some_and(|target| {
                self.act(target) == Act::Send || self.is_named(target, "END_SEND")
            })
    }
}
