//! What is known of a line's instructions, once they were read.

use super::{Assumed, Call, Change, Deed, Key, Path, Root, Runs, Step};

/// What the instructions of a line, from one of them on, can have changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Segment {
    /// Its first code unit, and that behind the last of those that follow one another.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// There is no jump in it.
    pub(crate) is_straight: bool,
    /// The instructions that bind variables, by their code units, and which slots those are.
    pub(crate) slot_stores: Vec<(u32, u32)>,
    /// Those slots.
    pub(crate) stored: u64,
    /// The instructions that bind names in a namespace, and which those are (indices of `co_names`).
    pub(crate) name_stores: Vec<(u32, u32)>,
    /// Slots that are loaded.
    pub(crate) loads: u64,
    /// Slots that are bound or unbound.
    pub(crate) stores: u64,
    /// Global and other names that are loaded.
    pub(crate) names: Vec<u32>,
    /// Attributes that are read from these, which can be what modules hold.
    pub(crate) members: Vec<Path>,
    /// Names in a namespace that are bound or unbound.
    pub(crate) bound_names: Vec<u32>,
    /// How deep below what is loaded an object can have been changed; 0 is not at all.
    pub(crate) levels: u8,
    /// How many attributes and items are read.
    pub(crate) reads: u8,
    /// It changes no object and binds no name, calls apart.
    pub(crate) is_still: bool,
    /// It is still, and asks no object for anything.
    pub(crate) is_inert: bool,
    /// It is still where all that it loads from variables are atoms.
    pub(crate) is_still_on_atoms: bool,
    /// How many objects can have been changed, calls apart.
    pub(crate) effects: u64,
    /// Those objects and how they are reached, if the expressions on the line say so.
    pub(crate) changes: Option<Vec<Change>>,
    /// There are some, all found from variables, or one from what a call gives, and no name is bound.
    pub(crate) has_only_changes: bool,
    /// They are what an operator in place does, and the binding of what it gives.
    pub(crate) is_in_place: bool,
    /// One of them is found from what a call on the line gives.
    pub(crate) takes_result: bool,
    /// What a call on it gives is still on the stack at a later event.
    pub(crate) carries: bool,
    /// One object is changed, and a slot or name itself stands for it.
    pub(crate) is_direct: bool,
    /// Something is done with objects that a class can define: an operator, a comparison, iteration.
    pub(crate) operates: bool,
    /// It begins by asking an iterator that is on the stack.
    pub(crate) asks_iterator: bool,
    /// Before this code unit no object can have been changed, calls apart.
    pub(crate) first_store: Option<u32>,
    pub(crate) calls: Vec<Call>,
    /// Calls that are none of these if they are what their names say.
    pub(crate) assumed: Vec<Assumed>,
    /// A bit for each call, if all of them run once at most; else all bits.
    pub(crate) once: u64,
    /// Those of them that run once more each time the frame is resumed.
    pub(crate) resumed: u64,
    /// The only variable that is bound, if that is by adding to its end.
    pub(crate) appends: Option<usize>,
    /// It goes round in itself: a call in it may have run several times.
    pub(crate) loops: bool,
    /// Before this code unit nothing is bound or changed, calls apart: nothing is let go.
    pub(crate) first_let_go: Option<u32>,
    /// Nothing is made, called or asked once something may have been let go: what is bound is older
    /// than what went, so it is not at the address of that.
    pub(crate) lets_go_last: bool,
    /// Nothing is made once a container may have lost something: what variables hold then is not at the
    /// address of that, unless it is that.
    pub(crate) parts_last: bool,
    /// The same, where the only call does no more than taking something out of what it was given.
    pub(crate) takes_last: bool,
    /// Behind the last call, nothing is made: what it returned is bound, if anything.
    pub(crate) binds_result: bool,
    /// The last instruction, by its code unit, that asks an object for something, by an operator or a
    /// method that builtin classes have, if behind it nothing is made: what it gave is bound, if anything.
    pub(crate) binds_answer: Option<u32>,
}

impl Segment {
    /// Whether a name in a namespace is bound or unbound.
    #[inline]
    pub(crate) fn stores_name(&self) -> bool {
        !self.bound_names.is_empty()
    }

    /// Whether what runs of it before a code unit changes no object and binds no name, calls apart.
    #[inline(always)]
    pub(crate) fn is_still_before(&self, until: u32) -> bool {
        let stores_later = |first| first >= until;
        self.is_still
            || until != u32::MAX
                && !self.loops
                && !self.stores_name()
                && self.first_store.is_none_or(stores_later)
    }

    /// Whether it changes nothing but variables, calls apart, where those that it loads hold atoms.
    pub(super) fn is_still_on_atoms(&self) -> bool {
        !self.stores_name()
            && self.names.is_empty()
            // Else it can change what a call or a `yield` gives.
            && self.changes.is_some()
            && !self.takes_result
    }

    /// Whether it changes objects which are found from variables, or one from what a call gives, and binds
    /// no name.
    pub(super) fn has_only_changes(&self) -> bool {
        let changes = self.changes.as_deref().unwrap_or_default();
        let is_found = |change: &Change| {
            !change.is_named()
                && match change.path.root {
                    Root::Slot(_) => true,
                    Root::Result(_) => changes.len() == 1,
                    Root::Name(_) => false,
                }
        };
        !changes.is_empty() && changes.iter().all(is_found) && !self.loops && !self.stores_name()
    }

    /// Whether its changes are what an operator in place does, and the binding of what it gives.
    pub(super) fn is_in_place(&self) -> bool {
        let Some([operator, binding]) = self.changes.as_deref() else {
            return false;
        };
        let (from, to) = (&operator.path, &binding.path);
        let Some((last, before)) = from.steps.split_last() else {
            return false;
        };
        operator.deed == Deed::InPlace
            && from.root == to.root
            && before == to.steps
            && match (last, &binding.deed) {
                (Step::Item(Key::Unknown), _) => false,
                (Step::Item(key), Deed::SetItem(bound)) => key == bound,
                (Step::Attribute(name, _), Deed::SetAttribute(bound, _)) => name == bound,
                _ => false,
            }
    }

    /// Those of the bits of [`once`](Self::once) that are of calls before a code unit; all of them where
    /// not all calls run once.
    pub(crate) fn once_before(&self, until: u32) -> u64 {
        if self.once == u64::MAX {
            return u64::MAX;
        }
        self.bits_of(|call| call.unit < until)
    }

    /// A bit for each of the first calls that meet a test.
    fn bits_of(&self, test: impl Fn(&Call) -> bool) -> u64 {
        let calls = self.calls.iter().take(64).enumerate();
        calls.fold(0, |bits, (at, call)| bits | u64::from(test(call)) << at)
    }

    /// A bit for each call that runs once more each time the frame is resumed.
    pub(super) fn calls_resumed(&self) -> u64 {
        self.bits_of(|call| call.runs == Runs::Resumed)
    }

    /// A bit for each call, if all of them run once at most and there are not too many; else all bits.
    pub(super) fn calls_once(&self) -> u64 {
        match u32::try_from(self.calls.len()) {
            Ok(count @ ..64) if self.calls.iter().all(|call| call.runs.is_once()) => {
                (1 << count) - 1
            }
            _ => u64::MAX,
        }
    }
}
