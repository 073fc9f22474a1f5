//! Holding objects: whether one is known already, and what is noted of a new one.

use pyo3::ffi;
use schema::{ObjectId, Reason, TypeKind};

use crate::atoms;
use crate::layout::Object;
use crate::objects::{DEEP, Entry, Heap, OWNERS, Reach};
use crate::pure;
use crate::reading::is_fixed;
use crate::seen::Seen;
use crate::sink::Sink;
use crate::words::Words;

impl Heap {
    /// What a variable holds, held from now on; null is unbound.
    ///
    /// # Safety
    /// `object` is null or alive, and the GIL is held.
    #[inline]
    pub(crate) unsafe fn hold(&mut self, object: Object, out: &mut Sink) -> Seen {
        if object.is_null() {
            return Seen::UNBOUND;
        }
        // SAFETY: as promised by the caller.
        unsafe {
            if !atoms::is_made(ffi::Py_TYPE(object))
                && let Some(atom) = atoms::look(object, &self.limits)
            {
                return atom;
            }
            Seen::object(self.hold_object(object, Reach::VARIABLE, out))
        }
    }

    /// Whether a variable still holds what was seen.
    ///
    /// # Safety
    /// As for [`hold`](Self::hold).
    #[inline]
    pub(crate) unsafe fn is_same(&self, seen: Seen, object: Object) -> bool {
        if object.is_null() {
            return seen == Seen::UNBOUND;
        }
        if let Some(index) = seen.entry() {
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
    #[inline]
    pub(crate) unsafe fn hold_object(
        &mut self,
        object: Object,
        reach: Reach,
        out: &mut Sink,
    ) -> u32 {
        // SAFETY: as promised by the caller.
        unsafe {
            match self.by_address.find(object as usize) {
                Some(index) if self.is_held_still(index, object) => {
                    self.hold_again(index, true, reach);
                    index
                }
                _ => self.hold_uncertain(object, reach, out),
            }
        }
    }

    /// Whether an object is that of the entry of its address without doubt: a variable holds it that
    /// cannot let go unnoticed.
    ///
    /// # Safety
    /// `object` is alive, and at the address of the entry's.
    #[inline]
    unsafe fn is_held_still(&self, index: u32, object: Object) -> bool {
        self.entry(index).is_some_and(|entry| {
            entry.roots > entry.weak
                // SAFETY: the object is alive.
                && entry.python_type == unsafe { ffi::Py_TYPE(object) }
                && !is_fixed(entry.class.kind)
        })
    }

    #[inline(never)]
    unsafe fn hold_uncertain(&mut self, object: Object, reach: Reach, out: &mut Sink) -> u32 {
        // SAFETY: as for `hold_object`.
        unsafe {
            if let Some(index) = self.find(object, out) {
                let has_stayed = self.is_sure && self.has_stayed(index);
                self.hold_again(index, has_stayed, reach);
                return index;
            }
            self.insert(object, reach)
        }
    }

    /// The entry of a live object, if it is known and the knowledge cannot be stale.
    unsafe fn find(&mut self, object: Object, out: &mut Sink) -> Option<u32> {
        let mut index = self.by_address.find(object as usize)?;
        let all = self.entries.len();
        if self.may_be_gone(index) && self.budget.pays_liveness(all) {
            // Members of a dead cycle still hold each other; this address may be one of theirs. Where
            // it cannot be looked for that often, what has the same address and class is the same.
            self.sweep(out);
            index = self.by_address.find(object as usize)?;
        }
        // SAFETY: the object is alive.
        if unsafe { self.entry(index)?.may_be(object) } {
            let era = self.era();
            self.entry_mut(index)?.era = era;
            return Some(index);
        }
        // Whatever held the old object has not been looked at since it went.
        self.detach(index, object);
        None
    }

    /// An entry's object is no longer what is at its address.
    #[cold]
    pub(crate) fn detach(&mut self, index: u32, object: Object) {
        self.by_address.remove(object as usize);
        if let Some(entry) = self.entry_mut(index) {
            entry.address = std::ptr::null_mut();
        }
    }

    /// Whether one variable or event holds an entry, and nothing else.
    pub(crate) fn is_lone(&self, index: u32) -> bool {
        let entry = self.entry(index);
        entry.is_some_and(|entry| entry.roots == 1 && entry.holders == 0)
    }

    #[inline(always)]
    fn hold_again(&mut self, index: u32, has_stayed: bool, reach: Reach) {
        if !self.is_known(index, has_stayed) {
            self.visit(index, 1);
        }
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        entry.hold(reach.owner);
        entry.depth = entry.depth.min(reach.depth);
        if entry.unfollowed.is_some() {
            self.follow_now(index, reach);
        }
    }

    /// An entry that was not followed is reached anew: perhaps it is from now on.
    #[cold]
    fn follow_now(&mut self, index: u32, reach: Reach) {
        let max_depth = self.limits.depth;
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        let is_followed_now = match entry.unfollowed {
            Some(Reason::ForeignClass) => !reach.is_foreign,
            Some(Reason::TooDeep) => !reach.is_foreign && entry.depth < max_depth,
            _ => false,
        };
        if is_followed_now {
            let was_foreign = entry.unfollowed == Some(Reason::ForeignClass);
            entry.unfollowed = None;
            entry.is_settled = false;
            if entry.is_written {
                entry.is_written = false;
                self.todo.push(index);
            }
            if was_foreign && let Some(entry) = self.entry(index) {
                let class = entry.class;
                self.count(class, 1);
            }
        }
    }

    #[inline(never)]
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
        let id = if self.returning.0 == object {
            self.returning.1
        } else {
            self.next += 1;
            ObjectId(self.next)
        };
        let era = self.era();
        let mut entry = Entry {
            address: object,
            python_type,
            class,
            id,
            roots: 0,
            holders: 0,
            weak: 0,
            owners: [0; OWNERS],
            stamp: self.stamp,
            levels: DEEP,
            doubts: self.doubts,
            depth: reach.depth,
            era,
            unfollowed,
            items: Words::default(),
            fields: Words::default(),
            base: Seen::UNBOUND,
            length: 0,
            version: None,
            order: None,
            is_written: false,
            is_settled: false,
            // SAFETY: the object is alive.
            is_pure: class.kind == TypeKind::Opaque && unsafe { pure::is_pure(object) },
            is_namespace: false,
            is_module: false,
            is_watched: false,
        };
        entry.hold(reach.owner);
        if unfollowed != Some(Reason::ForeignClass) {
            self.count(entry.class, 1);
        }
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
}
