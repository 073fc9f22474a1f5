//! The objects that something recorded holds: their numbers, and how long they live.
//!
//! No reference to a user's object is ever taken. An address stands for the object's identity as
//! long as a recorded holder (a variable, a container) keeps it; once the last holder has let go,
//! the number is retired, so that a new object at the old address gets a new one. Memory is read
//! only at addresses that were reached, at this very event, from a live frame.

use std::num::NonZeroU64;
use std::ptr::null_mut;

use pyo3::ffi;
use schema::{Limits, ObjectId, Reason};

use crate::addresses::Addresses;
use crate::budget::Budget;
use crate::cells::Cells;
use crate::classes::{Class, Classes};
use crate::collector::Collector;
use crate::layout::Object;
use crate::seen::Seen;
use crate::sets::Order;
use crate::sink::Sink;
use crate::watch::Changes;
use crate::words::{Held, Pieces, Words};

/// How an object was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Levels below a variable.
    pub(crate) depth: u32,
    /// From inside an instance of a class that is not recorded: it is named, not followed.
    pub(crate) is_foreign: bool,
    /// As a name in a module.
    pub(crate) is_module: bool,
    /// The container that holds it; none is a variable.
    pub(crate) owner: Option<u32>,
}

/// How many of its containers an entry knows by number.
pub(crate) const OWNERS: usize = 3;
/// How many entries there must be at least for a look at dead cycles.
pub(crate) const SWEEP_AT: usize = 4096;

/// The version of a dict or a class: CPython's number of it, and one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Version(NonZeroU64);

impl Version {
    /// The number 0 of a class: it has none.
    pub(crate) const NONE: Version = Version(NonZeroU64::MIN);

    pub(crate) fn new(number: u64) -> Version {
        Version(NonZeroU64::MIN.saturating_add(number))
    }
}

/// Down to everything that can be reached.
pub(crate) const DEEP: u8 = u8::MAX;

impl Reach {
    /// Held by a variable.
    pub(crate) const VARIABLE: Reach = Reach {
        depth: 0,
        is_foreign: false,
        is_module: false,
        owner: None,
    };
}

/// An object that something recorded holds. What nearly every look at one needs comes first, within
/// one line of the processor's cache.
#[repr(C, align(64))]
pub(crate) struct Entry {
    pub(crate) address: Object,
    pub(crate) python_type: *mut ffi::PyTypeObject,
    pub(crate) class: &'static Class,
    pub(crate) id: ObjectId,
    /// The last event at which it was reached from a live frame.
    pub(crate) stamp: u64,
    /// How many doubts there had been when it was compared last.
    pub(crate) doubts: u64,
    /// How many variables and the like hold it, and how many containers do.
    pub(crate) roots: u32,
    pub(crate) holders: u32,
    /// How many of the former may have let go unnoticed: generators, which can be freed while they are
    /// suspended, variables in cells, and the recorder itself where nothing else holds a new object.
    pub(crate) weak: u32,
    /// Down to which level below it was reached then.
    pub(crate) levels: u8,
    /// Why its contents are not recorded.
    pub(crate) unfollowed: Option<Reason>,
    pub(crate) is_written: bool,
    /// Neither it nor anything it holds can change, as far as it is recorded.
    pub(crate) is_settled: bool,
    /// Some of those containers; 0 is none, else one more than the entry's number.
    pub(crate) owners: [u32; OWNERS],
    pub(crate) depth: u32,
    /// The last [era](Heap::era) in which it was found alive.
    pub(crate) era: u64,
    pub(crate) items: Words,
    pub(crate) fields: Words,
    pub(crate) base: Seen,
    pub(crate) length: u64,
    /// Of a dict or a class, when it was compared last.
    pub(crate) version: Option<Version>,
    /// Where the items of a set lie, if it matters.
    pub(crate) order: Option<Box<Order>>,
    /// A function that changes nothing, or a module of such functions.
    pub(crate) is_pure: bool,
    /// The names of a module or class, or of `exec`.
    pub(crate) is_namespace: bool,
    /// The names of a module.
    pub(crate) is_module: bool,
    /// A dict that tells of its changes.
    pub(crate) is_watched: bool,
}

/// All objects that something recorded holds.
pub(crate) struct Heap {
    pub(crate) classes: Classes,
    pub(crate) limits: Limits,
    pub(crate) entries: Vec<Option<Entry>>,
    pub(crate) free: Vec<u32>,
    pub(crate) by_address: Addresses,
    pub(crate) next: u64,
    /// An object that comes back after nothing recorded held it, and its number.
    pub(crate) returning: (Object, ObjectId),
    pub(crate) stamp: u64,
    /// Entries whose contents are still to be written.
    pub(crate) todo: Vec<u32>,
    /// Entries that were reached and are still to be compared with what was seen.
    pub(crate) work: Vec<(u32, u8)>,
    /// Those of them that are compared now; kept to save its memory.
    pub(crate) level: Vec<(u32, u8)>,
    pub(crate) budget: Budget,
    /// What the object that was compared last holds was not all reached.
    pub(crate) is_cut: bool,
    /// An entry lost a holder and kept others: perhaps only those of a dead cycle.
    pub(crate) has_suspects: bool,
    pub(crate) collector: Collector,
    /// How often it was seen that it may have run, and how many doubts there were when that was asked.
    pub(crate) collections: u64,
    pub(crate) era_doubts: u64,
    pub(crate) cells: Cells,
    /// How often recorded frames have bound variables in cells.
    pub(crate) rebound: u64,
    /// How much can let go unnoticed: what entries count as `weak`.
    pub(crate) weak: u64,
    /// With so many entries, dead cycles are looked for.
    pub(crate) sweep_at: usize,
    /// How often something may have happened that was not looked for.
    pub(crate) doubts: u64,
    /// What was known and is reached at this event is what it was known as, and as it was then: all,
    /// or only this one.
    pub(crate) is_sure: bool,
    pub(crate) sure_of: Option<u32>,
    /// What containers lose at this event can be what variables hold now: nothing else is at the
    /// address of what they lost.
    pub(crate) keeps_parted: bool,
    /// What they lost, held to the end of the event.
    pub(crate) parted: Vec<u32>,
    /// How many objects were found to have changed.
    pub(crate) changes: u64,
    /// How many entries hide what is done with them, and how many can change when they are read.
    pub(crate) hiding: usize,
    pub(crate) changing: usize,
    /// How many of these change when an item is read.
    pub(crate) changing_by_item: usize,
    /// An object that did not hide what is done with it was given a class whose instances do.
    pub(crate) hides_anew: bool,
    /// The program asks instances for their dict: two views of one thing.
    pub(crate) shares_dicts: bool,
    /// The interned names of what every module has.
    pub(crate) common_names: [Object; 3],
    /// Memory of what is gone, for what comes.
    pub(crate) pieces: Pieces,
    /// What an object looks like now; kept to save its memory.
    pub(crate) scratch: Vec<Object>,
    /// What items held that are replaced; kept for the same reason.
    pub(crate) replaced: Vec<(Object, Held)>,
    /// What dicts told of their changes; kept for the same reason.
    pub(crate) told: Vec<(usize, Changes)>,
}

impl Heap {
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn new(limits: Limits, collector: Collector) -> Heap {
        Heap {
            classes: Classes::default(),
            limits,
            entries: Vec::new(),
            free: Vec::new(),
            by_address: Addresses::default(),
            next: 0,
            returning: (null_mut(), ObjectId(0)),
            stamp: 0,
            todo: Vec::new(),
            work: Vec::new(),
            level: Vec::new(),
            budget: Budget::new(),
            is_cut: false,
            has_suspects: false,
            collector,
            collections: 0,
            era_doubts: 0,
            cells: Cells::default(),
            rebound: 0,
            weak: 0,
            sweep_at: SWEEP_AT,
            doubts: 0,
            is_sure: false,
            sure_of: None,
            keeps_parted: false,
            parted: Vec::new(),
            changes: 0,
            hiding: 0,
            changing: 0,
            changing_by_item: 0,
            hides_anew: false,
            shares_dicts: false,
            common_names: [c"__builtins__", c"__loader__", c"__spec__"]
                // SAFETY: as promised by the caller; the str lives for ever.
                .map(|name| unsafe { ffi::PyUnicode_InternFromString(name.as_ptr()) }),
            pieces: Pieces::default(),
            scratch: Vec::new(),
            replaced: Vec::new(),
            told: Vec::new(),
        }
    }

    /// A new event: what was reached at the last one is to be reached again.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        self.budget.earn();
        self.is_sure = false;
        self.sure_of = None;
        self.keeps_parted = false;
    }

    #[inline]
    pub(crate) fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)?.as_ref()
    }

    #[inline]
    pub(crate) fn entry_mut(&mut self, index: u32) -> Option<&mut Entry> {
        self.entries.get_mut(index as usize)?.as_mut()
    }

    /// Tells the facts that the next operations refer to.
    #[inline(always)]
    pub(crate) fn tell(&mut self, out: &mut Sink) {
        if !self.classes.facts.is_empty() {
            self.tell_facts(out);
        }
    }

    #[cold]
    fn tell_facts(&mut self, out: &mut Sink) {
        for fact in self.classes.facts.drain(..) {
            out.define(fact);
        }
    }

    /// An entry of this class comes, goes (-1), or changes its class. Those that are named and not
    /// followed do not count.
    pub(crate) fn count(&mut self, class: &Class, by: isize) {
        if class.hides_effects {
            self.hiding = self.hiding.saturating_add_signed(by);
        }
        if class.changes_when_read {
            self.changing = self.changing.saturating_add_signed(by);
        }
        if class.changes_by_item {
            self.changing_by_item = self.changing_by_item.saturating_add_signed(by);
        }
    }
}
