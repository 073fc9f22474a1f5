//! The objects that something recorded holds: their numbers, and how long they live.
//!
//! No reference to a user's object is ever taken. An address stands for the object's identity as
//! long as a recorded holder (a variable, a container) keeps it; once the last holder has let go,
//! the number is retired, so that a new object at the old address gets a new one. Memory is read
//! only at addresses that were reached, at this very event, from a live frame.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::{Limits, ObjectId, Reason, TypeKind, encode};

use crate::atoms::{self, Seen};
use crate::classes::{Class, Classes};
use crate::layout::Object;
use crate::sink::Sink;
use crate::words::Words;

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

/// How far a container is followed towards a variable.
const MOST_STEPS: usize = 64;
/// How many entries there must be at least for a look at dead cycles.
const SWEEP_AT: usize = 4096;

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

/// An object that something recorded holds.
pub(crate) struct Entry {
    pub(crate) address: Object,
    pub(crate) python_type: *mut ffi::PyTypeObject,
    pub(crate) class: Arc<Class>,
    pub(crate) id: ObjectId,
    /// How many variables and the like hold it, and how many containers do.
    roots: u32,
    holders: u32,
    /// One of those containers, if it is known.
    owner: Option<u32>,
    /// The last event at which it was reached from a live frame, and down to which level below.
    stamp: u64,
    levels: u8,
    pub(crate) depth: u32,
    /// Why its contents are not recorded.
    pub(crate) unfollowed: Option<Reason>,
    pub(crate) items: Words,
    pub(crate) fields: Words,
    pub(crate) base: Seen,
    pub(crate) length: u64,
    pub(crate) version: Option<u64>,
    pub(crate) is_written: bool,
    /// Neither it nor anything it holds can change, as far as it is recorded.
    pub(crate) is_settled: bool,
    /// The names of a module or class, or of `exec`.
    pub(crate) is_namespace: bool,
    /// The names of a module.
    pub(crate) is_module: bool,
}

/// All objects that something recorded holds.
pub(crate) struct Heap {
    pub(crate) classes: Classes,
    pub(crate) limits: Limits,
    pub(crate) entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    by_address: HashMap<usize, u32, FxBuildHasher>,
    next: u64,
    stamp: u64,
    /// Entries whose contents are still to be written.
    todo: Vec<u32>,
    /// Entries that were reached and are still to be compared with what was seen.
    pub(crate) work: Vec<(u32, u8)>,
    /// An entry lost a holder and kept others: perhaps only those of a dead cycle.
    has_suspects: bool,
    /// With so many entries, dead cycles are looked for.
    sweep_at: usize,
    /// How often something was found to have changed.
    pub(crate) changes: u64,
    /// The interned str `__builtins__`.
    pub(crate) builtins_name: Object,
    /// What an object looks like now; kept to save its memory.
    pub(crate) scratch: Vec<Object>,
}

impl Heap {
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn new(limits: Limits) -> Heap {
        Heap {
            classes: Classes::default(),
            limits,
            entries: Vec::new(),
            free: Vec::new(),
            by_address: HashMap::default(),
            next: 0,
            stamp: 0,
            todo: Vec::new(),
            work: Vec::new(),
            has_suspects: false,
            sweep_at: SWEEP_AT,
            changes: 0,
            // SAFETY: as promised by the caller; the str lives for ever.
            builtins_name: unsafe { ffi::PyUnicode_InternFromString(c"__builtins__".as_ptr()) },
            scratch: Vec::new(),
        }
    }

    /// A new event: what was reached at the last one is to be reached again.
    pub(crate) fn begin(&mut self) {
        self.stamp += 1;
    }

    pub(crate) fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)?.as_ref()
    }

    pub(crate) fn entry_mut(&mut self, index: u32) -> Option<&mut Entry> {
        self.entries.get_mut(index as usize)?.as_mut()
    }

    /// Tells the facts that the next operations refer to.
    pub(crate) fn tell(&mut self, out: &mut Sink) {
        for fact in self.classes.facts.drain(..) {
            out.define(fact);
        }
    }

    /// What a variable holds, held from now on; null is unbound.
    ///
    /// # Safety
    /// `object` is null or alive, and the GIL is held.
    pub(crate) unsafe fn hold(&mut self, object: Object, out: &mut Sink) -> Seen {
        if object.is_null() {
            return Seen::Unbound;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            match atoms::look(object, &self.limits) {
                Some(atom) => atom,
                None => Seen::Object(self.hold_object(object, Reach::VARIABLE, out)),
            }
        }
    }

    /// Whether a variable still holds what was seen.
    ///
    /// # Safety
    /// As for [`hold`](Self::hold).
    #[inline]
    pub(crate) unsafe fn is_same(&self, seen: Seen, object: Object) -> bool {
        if object.is_null() {
            return seen == Seen::Unbound;
        }
        if let Seen::Object(index) = seen {
            // SAFETY: as promised by the caller.
            return unsafe { self.is_entry(index, object) };
        }
        // SAFETY: as promised by the caller.
        unsafe { atoms::look(object, &self.limits) == Some(seen) }
    }

    /// Whether a live object is the one of an entry.
    ///
    /// # Safety
    /// `object` is alive and the GIL is held.
    #[inline]
    pub(crate) unsafe fn is_entry(&self, index: u32, object: Object) -> bool {
        // SAFETY: the object is alive.
        self.entry(index)
            .is_some_and(|entry| entry.address == object && unsafe { entry.may_be(object) })
    }

    /// The entry of an object with an identity, made if there is none, and held.
    ///
    /// # Safety
    /// As for [`hold`](Self::hold); `object` is not null and no atom.
    pub(crate) unsafe fn hold_object(
        &mut self,
        object: Object,
        reach: Reach,
        out: &mut Sink,
    ) -> u32 {
        // SAFETY: as promised by the caller.
        unsafe {
            if let Some(index) = self.find(object, out) {
                self.hold_again(index, reach);
                return index;
            }
            self.insert(object, reach)
        }
    }

    /// The names of a module or class: never cut, and held.
    ///
    /// # Safety
    /// As for [`hold`](Self::hold).
    pub(crate) unsafe fn hold_namespace(
        &mut self,
        object: Object,
        is_module: bool,
        out: &mut Sink,
    ) -> Seen {
        // SAFETY: as promised by the caller.
        let seen = unsafe { self.hold(object, out) };
        if let Seen::Object(index) = seen
            && let Some(entry) = self.entry_mut(index)
            && !std::mem::replace(&mut entry.is_namespace, true)
        {
            entry.is_module = is_module;
            if !entry.is_written {
                return seen;
            }
            entry.is_written = false;
            self.todo.push(index);
        }
        seen
    }

    /// The entry of a live object, if it is known and the knowledge cannot be stale.
    unsafe fn find(&mut self, object: Object, out: &mut Sink) -> Option<u32> {
        let index = *self.by_address.get(&(object as usize))?;
        if self.has_suspects && !self.is_rooted(index) {
            // Members of a dead cycle still hold each other; this address may be one of theirs.
            self.sweep(out);
        }
        let index = *self.by_address.get(&(object as usize))?;
        // SAFETY: the object is alive.
        if unsafe { self.entry(index)?.may_be(object) } {
            return Some(index);
        }
        // Whatever held the old object has not been looked at since it went.
        self.by_address.remove(&(object as usize));
        if let Some(entry) = self.entry_mut(index) {
            entry.address = std::ptr::null_mut();
        }
        None
    }

    /// Whether an entry was reached at this event, or hangs from a variable.
    fn is_rooted(&self, index: u32) -> bool {
        let mut next = Some(index);
        for _ in 0..MOST_STEPS {
            let Some(entry) = next.and_then(|index| self.entry(index)) else {
                return false;
            };
            if entry.stamp == self.stamp || entry.roots > 0 {
                return true;
            }
            next = entry.owner;
        }
        false
    }

    fn hold_again(&mut self, index: u32, reach: Reach) {
        let max_depth = self.limits.depth;
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        entry.hold(reach.owner);
        entry.depth = entry.depth.min(reach.depth);
        let is_followed_now = match entry.unfollowed {
            Some(Reason::ForeignClass) => !reach.is_foreign,
            Some(Reason::TooDeep) => !reach.is_foreign && entry.depth < max_depth,
            _ => false,
        };
        if is_followed_now {
            entry.unfollowed = None;
            entry.is_settled = false;
            if entry.is_written {
                entry.is_written = false;
                self.todo.push(index);
            }
        }
        self.visit(index, 1);
    }

    unsafe fn insert(&mut self, object: Object, reach: Reach) -> u32 {
        // SAFETY: the object is alive, so its type is.
        let (python_type, class) = unsafe {
            let python_type = ffi::Py_TYPE(object);
            (python_type, self.classes.get(python_type))
        };
        let unfollowed = match () {
            () if class.kind == TypeKind::Opaque => None,
            () if reach.is_foreign => Some(Reason::ForeignClass),
            () if reach.depth >= self.limits.depth => Some(Reason::TooDeep),
            () => None,
        };
        self.next += 1;
        let mut entry = Entry {
            address: object,
            python_type,
            class,
            id: ObjectId(self.next),
            roots: 0,
            holders: 0,
            owner: None,
            stamp: self.stamp,
            levels: DEEP,
            depth: reach.depth,
            unfollowed,
            items: Words::default(),
            fields: Words::default(),
            base: Seen::Unbound,
            length: 0,
            version: None,
            is_written: false,
            is_settled: false,
            is_namespace: false,
            is_module: false,
        };
        entry.hold(reach.owner);
        let index = match self.free.pop() {
            Some(index) => {
                self.entries[index as usize] = Some(entry);
                index
            }
            None => {
                self.entries.push(Some(entry));
                self.entries.len() as u32 - 1
            }
        };
        self.by_address.insert(object as usize, index);
        self.todo.push(index);
        index
    }

    /// How deep reading an attribute or item of an object, or of what it has as attribute, can
    /// change something behind the program's back.
    pub(crate) fn odd_levels(&self, index: u32) -> u8 {
        let is_odd = |index| {
            self.entry(index)
                .is_some_and(|entry: &Entry| entry.class.is_odd)
        };
        if is_odd(index) {
            return 1;
        }
        let mut attributes = self
            .entry(index)
            .into_iter()
            .flat_map(|entry| entry.fields.objects());
        if attributes.any(is_odd) { 2 } else { 0 }
    }

    /// The entry of the value that a dict holds under this very key.
    pub(crate) fn value_of(&self, dict: u32, key: Object) -> Option<u32> {
        let words = &self.entry(dict)?.items;
        let place = words
            .raw
            .iter()
            .step_by(2)
            .position(|other| *other == key)?;
        words.get(2 * place + 1).entry()
    }

    /// Marks an entry as reached: it will be compared with what was seen, and so many levels of
    /// what it holds with it, itself the first.
    #[inline]
    pub(crate) fn visit(&mut self, index: u32, levels: u8) {
        let stamp = self.stamp;
        let Some(entry) = self
            .entries
            .get_mut(index as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        if entry.stamp == stamp && entry.levels >= levels {
            return;
        }
        entry.stamp = stamp;
        entry.levels = levels;
        if !entry.is_settled {
            self.work.push((index, levels));
        }
    }

    /// Writes a value that was held as `seen`.
    ///
    /// # Safety
    /// `object` is what was seen, unchanged since.
    pub(crate) unsafe fn write(&self, out: &mut Sink, object: Object, seen: Seen) {
        match seen {
            Seen::Object(index) => match self.entry(index) {
                Some(entry) => encode::object_ref(out, entry.id),
                None => encode::unknown(out, Reason::Layout),
            },
            // SAFETY: as promised by the caller.
            atom => unsafe { atoms::write(out, object, atom, &self.limits) },
        }
    }

    /// The number of what was seen, or 0.
    pub(crate) fn id(&self, seen: Seen) -> ObjectId {
        match seen {
            Seen::Object(index) => self.entry(index).map_or(ObjectId(0), |entry| entry.id),
            _ => ObjectId(0),
        }
    }

    /// Compares all that was reached with what was seen, and writes what changed.
    ///
    /// # Safety
    /// The GIL is held, and no code ran since the entries in `work` were reached.
    pub(crate) unsafe fn refresh(&mut self, out: &mut Sink) {
        // SAFETY: as promised by the caller.
        unsafe { self.refresh_some(usize::MAX, out) };
    }

    /// The same with at most so many entries compared.
    ///
    /// # Safety
    /// As for [`refresh`](Self::refresh).
    pub(crate) unsafe fn refresh_some(&mut self, mut budget: usize, out: &mut Sink) {
        loop {
            // SAFETY: entries in both lists were reached from live objects.
            unsafe {
                while let Some(index) = self.todo.pop() {
                    if self.entry(index).is_some_and(|entry| !entry.is_written) {
                        self.write_whole(index, out);
                    }
                }
                match self.work.pop() {
                    Some((index, levels))
                        if self.entry(index).is_some_and(|entry| entry.is_written) =>
                    {
                        if budget == 0 {
                            continue;
                        }
                        budget -= 1;
                        self.compare(index, levels, out);
                    }
                    Some(_) => {}
                    None => return,
                }
            }
        }
    }

    /// A holder lets go.
    pub(crate) fn release(&mut self, seen: Seen, out: &mut Sink) {
        if let Seen::Object(index) = seen {
            self.release_object(index, None, out);
        }
    }

    /// The holder is a container, or none for a variable.
    pub(crate) fn release_object(&mut self, index: u32, holder: Option<u32>, out: &mut Sink) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        if entry.release(holder) {
            self.has_suspects |= entry.roots == 0;
            return;
        }
        let mut pending = Vec::new();
        self.retire(index, &mut pending, out);
        while let Some((index, holder)) = pending.pop() {
            let Some(entry) = self.entry_mut(index) else {
                continue;
            };
            if entry.release(Some(holder)) {
                self.has_suspects |= entry.roots == 0;
            } else {
                self.retire(index, &mut pending, out);
            }
        }
    }

    /// Forgets an entry that nothing holds; what it held goes to `pending`.
    fn retire(&mut self, index: u32, pending: &mut Vec<(u32, u32)>, out: &mut Sink) {
        let Some(entry) = self.entries.get_mut(index as usize).and_then(Option::take) else {
            return;
        };
        if self.by_address.get(&(entry.address as usize)) == Some(&index) {
            self.by_address.remove(&(entry.address as usize));
        }
        // `todo` and `work` may still name the index; whoever takes it from there looks again.
        if entry.is_written {
            encode::drop_object(out, entry.id);
        }
        self.free.push(index);
        for words in [entry.items, entry.fields] {
            words.release(|child| pending.push((child, index)));
        }
    }

    /// Forgets members of dead cycles: entries that only each other hold. Roots are the entries
    /// with a holder that is no entry, as in CPython's own collector.
    fn sweep(&mut self, out: &mut Sink) {
        self.has_suspects = false;
        let mut is_live = vec![false; self.entries.len()];
        let mut pending: Vec<(u32, Option<u32>)> = (0..self.entries.len() as u32)
            .filter(|index| self.entry(*index).is_some_and(|entry| self.has_root(entry)))
            .map(|index| (index, None))
            .collect();
        while let Some((index, owner)) = pending.pop() {
            if std::mem::replace(&mut is_live[index as usize], true) {
                continue;
            }
            if let Some(entry) = self.entry_mut(index) {
                entry.owner = owner;
                let held = entry.items.objects().chain(entry.fields.objects());
                pending.extend(held.map(|child| (child, Some(index))));
            }
        }
        let dead: Vec<u32> = (0..is_live.len() as u32)
            .filter(|index| !is_live[*index as usize] && self.entry(*index).is_some())
            .collect();
        for index in dead {
            let mut held = Vec::new();
            self.retire(index, &mut held, out);
            // Survivors among what it held are released; the dead go in this loop anyway.
            for (child, holder) in held {
                if is_live[child as usize]
                    && let Some(entry) = self.entry_mut(child)
                {
                    entry.release(Some(holder));
                }
            }
        }
    }

    /// Whether something else than the entries' own words holds an entry: a variable, or the
    /// present event, which may have reached it and not yet written who holds it.
    fn has_root(&self, entry: &Entry) -> bool {
        entry.roots > 0 || entry.stamp == self.stamp
    }

    /// Looks for dead cycles when they may have piled up.
    #[inline]
    pub(crate) fn tidy(&mut self, out: &mut Sink) {
        if self.has_suspects && self.entries.len() - self.free.len() >= self.sweep_at {
            self.sweep(out);
            self.sweep_at = 2 * (self.entries.len() - self.free.len()) + SWEEP_AT;
        }
    }
}

impl Entry {
    fn hold(&mut self, owner: Option<u32>) {
        match owner {
            None => self.roots += 1,
            Some(_) => {
                self.holders += 1;
                self.owner = self.owner.or(owner);
            }
        }
    }

    /// A holder lets go; whether there are others.
    fn release(&mut self, holder: Option<u32>) -> bool {
        match holder {
            None => self.roots = self.roots.saturating_sub(1),
            Some(_) => {
                self.holders = self.holders.saturating_sub(1);
                if self.owner == holder {
                    self.owner = None;
                }
            }
        }
        self.roots + self.holders > 0
    }

    /// Whether the live object at this address can be the one that was recorded there: of the
    /// same class, or of one that `__class__ = …` can have put in its place.
    ///
    /// # Safety
    /// `object` is alive.
    #[inline]
    unsafe fn may_be(&self, object: Object) -> bool {
        // SAFETY: the object is alive.
        unsafe {
            let python_type = ffi::Py_TYPE(object);
            python_type == self.python_type
                || self.class.can_change
                    && (*python_type).tp_flags as u64 & crate::classes::HEAP_TYPE != 0
                    && (*python_type).tp_basicsize == self.class.basic_size
        }
    }
}
