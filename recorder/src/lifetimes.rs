//! How long an entry of the heap lives: until its last recorded holder lets go, or until nothing
//! but a dead cycle is left to hold it.

use std::collections::VecDeque;

use schema::{Reason, encode};

use crate::frames::FrameRecord;
use crate::objects::{Entry, Heap, SWEEP_AT};
use crate::seen::Seen;
use crate::sink::Sink;

/// How many containers are looked at on the way from an entry towards a variable, and how many of them
/// on the way that was found last.
const MOST_STEPS: usize = 64;
const MOST_FIRST_STEPS: usize = 16;
/// The same where a comparison is all that can be saved.
const MOST_FIRM: usize = 8;

impl Heap {
    /// One more that is no container holds an entry.
    #[inline]
    pub(crate) fn hold_root(&mut self, index: u32) {
        if let Some(entry) = self.entry_mut(index) {
            entry.hold(None);
        }
    }

    /// The same for one that may let go of it unnoticed.
    pub(crate) fn hold_weakly(&mut self, index: u32) {
        if let Some(entry) = self.entry_mut(index) {
            entry.hold(None);
            entry.weak += 1;
            self.weak += 1;
        }
    }

    /// What no container holds can be let go unnoticed from now on.
    pub(crate) fn weaken(&mut self, seen: Seen) {
        if let Some(index) = seen.entry()
            && let Some(entry) = self.entry_mut(index)
        {
            entry.weak += 1;
            self.weak += 1;
        }
    }

    /// The contrary of [`weaken`](Self::weaken): that it is let go will be noticed, as when it is.
    pub(crate) fn strengthen(&mut self, seen: Seen) {
        if let Some(index) = seen.entry()
            && let Some(entry) = self.entry_mut(index)
            && entry.weak > 0
        {
            entry.weak -= 1;
            self.weak -= 1;
        }
    }

    /// Whether an entry hangs, as far as is known, from something that cannot let go unnoticed: its
    /// object is alive.
    pub(crate) fn is_firm(&self, mut index: u32) -> bool {
        for _ in 0..MOST_FIRM {
            match self.entry(index) {
                Some(entry) if entry.roots > entry.weak => return true,
                Some(entry) if entry.owners[0] != 0 => index = entry.owners[0] - 1,
                _ => break,
            }
        }
        false
    }

    /// A holder lets go.
    pub(crate) fn release(&mut self, seen: Seen, out: &mut Sink) {
        if let Some(index) = seen.entry() {
            self.release_object(index, None, out);
        }
    }

    /// The holder is a container, or none for a variable.
    #[inline]
    pub(crate) fn release_object(&mut self, index: u32, holder: Option<u32>, out: &mut Sink) {
        let Some(entry) = self.entry_mut(index) else {
            return;
        };
        if entry.release(holder) {
            let is_suspect = entry.roots == 0 && entry.holds_objects();
            self.has_suspects |= is_suspect;
        } else {
            self.lose_last(index, holder, out);
        }
    }

    /// The last holder of an entry has let go.
    #[inline(never)]
    fn lose_last(&mut self, index: u32, holder: Option<u32>, out: &mut Sink) {
        if self.keeps_parted && holder.is_some() {
            self.hold_weakly(index);
            self.parted.push(index);
            return;
        }
        let mut pending = Vec::new();
        self.retire(index, &mut pending, out);
        while let Some((index, holder)) = pending.pop() {
            let Some(entry) = self.entry_mut(index) else {
                continue;
            };
            if entry.release(Some(holder)) {
                self.has_suspects |= entry.roots == 0 && entry.holds_objects();
            } else {
                self.retire(index, &mut pending, out);
            }
        }
    }

    /// An event is over: what containers lost at it, and nothing else took, is let go.
    pub(crate) fn let_parted_go(&mut self, out: &mut Sink) {
        self.keeps_parted = false;
        while let Some(index) = self.parted.pop() {
            let seen = Seen::object(index);
            self.strengthen(seen);
            self.release(seen, out);
        }
    }

    /// Forgets an entry that nothing holds; what it held goes to `pending`.
    fn retire(&mut self, index: u32, pending: &mut Vec<(u32, u32)>, out: &mut Sink) {
        let Some(entry) = self.entries.get_mut(index as usize).and_then(Option::take) else {
            return;
        };
        if Heap::is_of_cells(entry.python_type) {
            self.lose_cell(entry.address, out);
        }
        self.changing += usize::from(entry.is_told_of());
        self.changing_by_item += usize::from(entry.is_told_of());
        if entry.unfollowed != Some(Reason::ForeignClass) {
            self.count(entry.class, -1);
        }
        self.weak -= u64::from(entry.weak);
        if self.by_address.get(entry.address as usize) == Some(index) {
            self.by_address.remove(entry.address as usize);
        }
        // `todo` and `work` may still name the index; whoever takes it from there looks again.
        if entry.is_written {
            encode::drop_object(out, entry.id);
        }
        self.free.push(index);
        for words in [entry.items, entry.fields] {
            let piece = words.release(|child| pending.push((child, index)));
            self.pieces.give(piece);
        }
    }

    /// Forgets members of dead cycles: entries that only each other hold. Roots are the entries
    /// with a holder that is no entry, as in CPython's own collector. Each survivor's first owner is
    /// then one on a shortest way to a root, which [`is_rooted`](Self::is_rooted) goes first.
    pub(crate) fn sweep(&mut self, out: &mut Sink) {
        self.has_suspects = false;
        let mut is_live = vec![false; self.entries.len()];
        let mut pending: VecDeque<(u32, Option<u32>)> = (0..self.entries.len() as u32)
            .filter(|index| self.entry(*index).is_some_and(|entry| self.has_root(entry)))
            .map(|index| (index, None))
            .collect();
        while let Some((index, owner)) = pending.pop_front() {
            if std::mem::replace(&mut is_live[index as usize], true) {
                continue;
            }
            if let Some(entry) = self.entry_mut(index) {
                if let Some(owner) = owner {
                    entry.owners[0] = owner + 1;
                }
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

    /// A number that grows whenever a dead cycle can have been freed: by the collector, or by something
    /// unseen, which may have broken it.
    #[inline]
    pub(crate) fn era(&mut self) -> u64 {
        if self.era_doubts != self.doubts {
            self.era_doubts = self.doubts;
            // What was not seen can have been `gc.freeze`.
            // SAFETY: the heap is used with the GIL held.
            unsafe { self.collector.make_youngest() };
        }
        self.collections += u64::from(self.collector.has_run());
        self.collections + self.doubts
    }

    /// From time to time: sees whether collections are over. Until then, each look at the era is a new one.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn look_at_collector(&mut self) {
        // SAFETY: as promised by the caller.
        self.collections += u64::from(unsafe { self.collector.take_end() });
    }

    /// Whether an entry can be one of a dead cycle that was freed: something has let go of one since the
    /// last sweep, the entry was not found alive in this era, and nothing is known that it hangs from.
    #[inline]
    pub(crate) fn may_be_gone(&mut self, index: u32) -> bool {
        self.has_suspects && !self.lives(index) && !self.is_rooted(index)
    }

    /// Whether an entry was found alive in this era.
    fn lives(&mut self, index: u32) -> bool {
        let era = self.era();
        self.entry(index).is_some_and(|entry| entry.era == era)
    }

    /// Whether an entry's object, as far as is known, has not made way for another one: either nothing at
    /// all is held that can let go unnoticed, and no dead cycle was freed since the object was found
    /// alive, or it is firm.
    pub(crate) fn has_stayed(&mut self, index: u32) -> bool {
        self.weak == 0 && self.lives(index) || self.is_firm(index)
    }

    /// Whether an entry was reached at this event, or hangs from a variable as far as is known.
    #[inline]
    fn is_rooted(&mut self, index: u32) -> bool {
        self.entry(index).is_some_and(|entry| self.has_root(entry))
            || self.hangs_by_first_owners(index)
            || self.find_root(index)
    }

    /// Whether the way by first owners leads to a root.
    fn hangs_by_first_owners(&self, mut index: u32) -> bool {
        for _ in 0..MOST_FIRST_STEPS {
            match self.entry(index) {
                Some(entry) if self.has_root(entry) => return true,
                Some(entry) if entry.owners[0] != 0 => index = entry.owners[0] - 1,
                _ => break,
            }
        }
        false
    }

    /// Whether any way by owners leads to a root; it goes by first owners from then on.
    #[inline(never)]
    fn find_root(&mut self, index: u32) -> bool {
        // Each with the place in the list of what it holds.
        let mut seen = [(0, 0); MOST_STEPS];
        seen[0] = (index, 0);
        let (mut at, mut count) = (0, 1);
        while at < count {
            let Some(entry) = self.entry(seen[at].0) else {
                return false;
            };
            if self.has_root(entry) {
                self.go_first(&seen, at);
                return true;
            }
            for owner in entry.owners.iter().filter_map(|owner| owner.checked_sub(1)) {
                if count < MOST_STEPS && !seen[..count].iter().any(|(known, _)| *known == owner) {
                    seen[count] = (owner, at);
                    count += 1;
                }
            }
            at += 1;
        }
        false
    }

    /// Makes each owner on a way the first one of what it holds.
    fn go_first(&mut self, seen: &[(u32, usize)], mut at: usize) {
        while at != 0 {
            let (owner, held) = seen[at];
            if let Some(entry) = self.entry_mut(seen[held].0)
                && let Some(place) = entry.owners.iter().position(|mark| *mark == owner + 1)
            {
                entry.owners.swap(0, place);
            }
            at = held;
        }
    }

    /// Whether something else than the entries' own words holds an entry: a variable, or the
    /// present event, which may have reached it and not yet written who holds it.
    fn has_root(&self, entry: &Entry) -> bool {
        entry.roots > 0 || entry.stamp == self.stamp
    }

    /// Looks for dead cycles when they may have piled up.
    #[inline(always)]
    pub(crate) fn tidy(&mut self, out: &mut Sink) {
        if self.has_suspects && self.entries.len() - self.free.len() >= self.sweep_at {
            self.sweep(out);
            self.sweep_at = 2 * (self.entries.len() - self.free.len()) + SWEEP_AT;
        }
    }
}

impl Entry {
    pub(crate) fn hold(&mut self, owner: Option<u32>) {
        match owner {
            None => self.roots += 1,
            Some(owner) => {
                self.holders += 1;
                let mark = owner + 1;
                if !self.owners.contains(&mark)
                    && let Some(free) = self.owners.iter_mut().find(|owner| **owner == 0)
                {
                    *free = mark;
                }
            }
        }
    }

    /// A holder lets go; whether there are others.
    pub(crate) fn release(&mut self, holder: Option<u32>) -> bool {
        match holder {
            None => self.roots = self.roots.saturating_sub(1),
            Some(holder) => {
                self.holders = self.holders.saturating_sub(1);
                // It may hold it a second time, which is then not known any more.
                for owner in &mut self.owners {
                    if *owner == holder + 1 {
                        *owner = 0;
                    }
                }
                if self.owners[0] == 0
                    && let Some(other) = self.owners.iter().position(|owner| *owner != 0)
                {
                    // The way towards a variable goes on by another.
                    self.owners.swap(0, other);
                }
            }
        }
        self.roots + self.holders > 0
    }

    /// Whether it can be part of a cycle: it holds other objects.
    fn holds_objects(&self) -> bool {
        !(self.items.has_atoms_only() && self.fields.has_atoms_only())
    }
}

impl FrameRecord {
    /// The frame is suspended: it may be freed, and let go all it holds, without any event.
    pub(crate) fn weaken(&mut self, heap: &mut Heap) {
        self.is_suspended = true;
        self.count_firm(false, heap);
        self.held(|seen| heap.weaken(seen));
    }

    /// The frame goes on, or is known to be gone.
    #[inline]
    pub(crate) fn strengthen(&mut self, heap: &mut Heap) {
        if std::mem::take(&mut self.is_suspended) {
            self.count_firm(true, heap);
            self.held(|seen| heap.strengthen(seen));
        }
    }

    /// What a frame holds, apart from what is in cells.
    fn held(&self, mut act: impl FnMut(Seen)) {
        act(self.globals);
        act(self.namespace);
        if self.objects != 0 {
            let slots = self.slots.iter().enumerate();
            slots
                .filter(|(slot, _)| !self.has_cell(*slot))
                .for_each(|(_, seen)| act(*seen));
        }
    }
}
