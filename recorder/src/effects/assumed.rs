//! Calls that look like those of built-in methods and functions. Their names only make them candidates:
//! who is called is verified once the line has run, or told by the interpreter at each call.

use super::acts::Act;
use super::calls::Call;
use super::paths::{Kind, Path, Root};
use super::{Const, Effects, Key, Segment, Step};

/// Methods of texts that give texts.
const TEXT_TO_TEXT: &str = "capitalize casefold center decode encode expandtabs format join ljust lower lstrip \
    removeprefix removesuffix replace rjust rstrip strip swapcase title translate upper zfill";

/// A call that does what built-in code of that name does, unless something else is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assumed {
    /// What it does if it is not that.
    pub(crate) call: Call,
    pub(crate) check: Check,
}

/// How it is verified that a call is what it looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Check {
    /// The method of this name (an index of `co_names`) of what the path leads to. `of_text`: what it
    /// is called on comes of methods of texts, if the path leads to one.
    Method {
        path: Path,
        name: u32,
        of_text: bool,
    },
    /// What this name stands for.
    Function(u32),
    /// The interpreter tells what is called, at each call.
    Told,
}

/// What a method is called on.
enum Receiver {
    /// Something built in, whatever the program does: a constant, or what was just built.
    BuiltIn,
    At {
        path: Path,
        of_text: bool,
    },
    /// No expression says so, or it can lead elsewhere before the call.
    Unknown,
}

impl Effects {
    /// How the call of an instruction is verified to be that of a built-in method; `None` if it can be
    /// nothing else. `load` is where the method is looked up.
    pub(super) fn check_of_method(&self, load: u32, name: u32, call: usize) -> Option<Check> {
        match self.receiver_of(load as usize, call) {
            Receiver::BuiltIn => None,
            Receiver::At { path, of_text } => Some(Check::Method {
                path,
                name,
                of_text,
            }),
            Receiver::Unknown => Some(Check::Told),
        }
    }

    fn receiver_of(&self, load: usize, call: usize) -> Receiver {
        let known = || {
            let method = self.move_at(load)?;
            let (begin, receiver) = self.called_on(method)?;
            let Receiver::At { path, of_text } = receiver else {
                return Some(receiver);
            };
            let is_cell = self.is_named(self.moves[begin].unit, "LOAD_DEREF");
            let leads_on = !path.steps.is_empty() || is_cell || !matches!(path.root, Root::Slot(_));
            let end = self.move_at(call)?;
            let mut between = self.moves[begin..end].iter();
            let can_lead_elsewhere = leads_on && {
                // Reading it can run code as well, but of what is recorded then: that is told.
                let is_read =
                    |kind| matches!(kind, Kind::Attribute | Kind::Method | Kind::Subscript);
                between
                    .any(|step| !(step.kind.is_quiet() || is_read(step.kind) && step.unit <= load))
            };
            let is_bound = leads_on && self.binds_on_line_of(call, &path.root);
            let is_repeated = self.loops.iter().any(|range| range.contains(&call));
            let is_astray = can_lead_elsewhere || is_bound || is_repeated;
            (!is_astray).then_some(Receiver::At { path, of_text })
        };
        known().unwrap_or(Receiver::Unknown)
    }

    /// What the method is called on that a move looks up, and the move that its expression begins with.
    fn called_on(&self, method: usize) -> Option<(usize, Receiver)> {
        let last = method.checked_sub(1)?;
        let here = self.moves[last];
        if here.kind == Kind::Const || self.act(here.unit) == Act::Make {
            return Some((last, Receiver::BuiltIn));
        }
        if here.kind == Kind::Call {
            let load = (0..here.argument).try_fold(last, |end, _| self.begin(end))?;
            let load = load.checked_sub(1)?;
            let inner = self.moves[load];
            let name = self.names.get(inner.argument as usize)?;
            let is_known = inner.kind == Kind::Method
                && self.is_named(here.unit, "CALL")
                && TEXT_TO_TEXT.split(' ').any(|known| known == name);
            if !is_known {
                return None;
            }
            return Some(match self.called_on(load)? {
                (begin, Receiver::At { path, .. }) => {
                    let of_text = true;
                    (begin, Receiver::At { path, of_text })
                }
                other => other,
            });
        }
        let (begin, path) = self.path(method)?;
        let is_jumped_into = self.is_jumped_into(begin, self.moves[method].unit);
        let is_result = matches!(path.root, Root::Result(_));
        let of_text = false;
        (!is_jumped_into && !is_result).then_some((begin, Receiver::At { path, of_text }))
    }

    /// Whether the line of an instruction binds what a path begins with.
    fn binds_on_line_of(&self, at: usize, root: &Root) -> bool {
        let Root::Slot(slot) = root else {
            return self
                .units
                .iter()
                .any(|unit| unit.line == self.units[at].line && unit.act == Act::StoreName);
        };
        let mut moves = self.moves.iter();
        moves.any(|step| {
            step.kind == Kind::Store
                && step.argument as usize == *slot
                && self.units[step.unit].line == self.units[at].line
        })
    }

    /// The calls that are to be told at each time, since nothing else says what is called.
    pub(super) fn find_assumed_told(&mut self) {
        let told = (0..self.units.len()).filter(|at| {
            let assumed = match self.act(*at) {
                Act::Call => self.call(*at).assumed(),
                _ => None,
            };
            assumed.is_some_and(|assumed| assumed.check == Check::Told)
        });
        let mut told: Vec<u32> = told.map(|at| at as u32).collect();
        told.extend(&self.told);
        told.sort_unstable();
        told.dedup();
        self.told = told;
    }

    /// Where the line binds what keys of a path are made of, what they were is not known behind it.
    pub(super) fn settle_assumed(&self, segment: &mut Segment) {
        let mut assumed = std::mem::take(&mut segment.assumed);
        for assumed in &mut assumed {
            if let Check::Method { path, .. } = &mut assumed.check {
                for step in &mut path.steps {
                    if let Step::Item(key) = step
                        && !self.is_settled(key, segment)
                    {
                        *key = Key::Const(Const::Other);
                    }
                }
            }
        }
        segment.assumed = assumed;
    }
}
