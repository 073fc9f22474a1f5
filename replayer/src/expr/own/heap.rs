//! What interpreted code makes and changes: a copy over the recorded state, which stays as it is.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use schema::{FileId, IdMap, NameId, Object, ObjectId, Type, TypeId, TypeKind, Value};

use super::arena::Arena;
use super::frame::Frame;
use crate::error::Result;
use crate::expr::Datum;
use crate::expr::allotment::charge;
use crate::expr::eval::lost;

/// Numbers of what is made here; the recorder gives out lower ones.
const FIRST_MADE: u64 = 1 << 62;

/// What is no object of plain data.
pub(in crate::expr) enum Thing {
    /// A function that interpreted code defined.
    Function(Made),
    /// A function of the trace or one made here, and the object it is called on.
    Bound(Datum, Datum),
    /// A method of a built-in class, and the object it is called on.
    Method(Datum, String),
    /// A class.
    Class(Arc<Type>),
    /// `super()`: the class whose bases are asked, the class of the object, the object.
    Super(TypeId, Arc<Type>, Datum),
    /// An iterator: what it has still to give.
    Items(RefCell<Stream>),
    /// The keys, values or items of a dict.
    View(Datum, &'static str),
}

/// What an iterator has still to give.
pub(in crate::expr) struct Stream {
    pub(in crate::expr) items: VecDeque<Datum>,
    /// How it ends, if not by having no more.
    pub(in crate::expr) end: Option<String>,
    /// Objects that were looked at when this was worked out; if one of them changes, nothing is known.
    pub(in crate::expr) watch: Option<usize>,
    pub(in crate::expr) class: &'static str,
}

/// A function that interpreted code defined.
pub(in crate::expr) struct Made {
    pub(in crate::expr) file: FileId,
    pub(in crate::expr) start: u32,
    pub(in crate::expr) around: Option<Rc<Frame>>,
    pub(in crate::expr) owner: Option<TypeId>,
    pub(in crate::expr) globals: ObjectId,
    /// Defaults by the name of the parameter.
    pub(in crate::expr) defaults: Vec<(String, Datum)>,
}

/// Something that was made or changed here.
struct Entry {
    object: Object,
    /// Where its present contents can be seen.
    shown: Option<usize>,
    thing: Option<Rc<Thing>>,
    /// The order of its items is not Python's.
    is_unordered: bool,
}

/// All that interpreted code made and changed.
#[derive(Default)]
pub(in crate::expr) struct Heap {
    entries: RefCell<IdMap<ObjectId, Entry>>,
    shown: Arena<Object>,
    types: Arena<Type>,
    names: Arena<Box<str>>,
    made: Cell<u64>,
    is_used: Cell<bool>,
    /// Objects that are watched, and whether one of them changed.
    watches: RefCell<Vec<Watch>>,
    /// How many watches still take down what is looked at.
    noting: Cell<usize>,
    /// How much was looked at, and since when.
    pub(in crate::expr) work: Cell<u64>,
    pub(in crate::expr) begun: OnceCell<std::time::Instant>,
    /// How many hashes of keys are being computed.
    pub(in crate::expr) hashing: Cell<usize>,
    /// How deep calls are nested.
    pub(in crate::expr) depth: Cell<usize>,
    /// Where the stack was when the first function was called.
    pub(in crate::expr) base: Cell<usize>,
    /// How many bytes of the stack calls may take.
    pub(in crate::expr) room: Cell<usize>,
    /// Calls came to that limit.
    pub(in crate::expr) is_full: Cell<bool>,
    /// The exception that is under way, if it is an object.
    pub(in crate::expr) raised: RefCell<Option<Datum>>,
    /// Exceptions that are being handled.
    pub(in crate::expr) handled: RefCell<Vec<Datum>>,
}

#[derive(Default)]
struct Watch {
    objects: std::collections::HashSet<ObjectId>,
    is_open: bool,
    is_changed: bool,
    /// What was made before.
    since: u64,
    /// What was made since and can be seen from outside.
    escaped: std::collections::HashSet<ObjectId>,
    changes_older: bool,
}

impl Heap {
    /// A heap whose calls may take so many bytes of the stack.
    pub(in crate::expr) fn with_room(room: usize) -> Heap {
        let heap = Heap::default();
        heap.room.set(room);
        heap
    }

    /// Whether calls came to that limit.
    pub(in crate::expr) fn is_full(&self) -> bool {
        self.is_full.get()
    }

    /// Whether anything was made or changed.
    pub(in crate::expr) fn is_used(&self) -> bool {
        self.is_used.get()
    }

    /// Whether an object was made here.
    pub(in crate::expr) fn is_made(id: ObjectId) -> bool {
        id.0 >= FIRST_MADE
    }

    /// What an object is now, if it was made or changed here.
    pub(in crate::expr) fn shown(&self, id: ObjectId) -> Option<&Object> {
        if !self.is_used.get() {
            return None;
        }
        if self.noting.get() > 0 {
            self.note(id);
        }
        let mut entries = self.entries.borrow_mut();
        let entry = entries.get_mut(&id)?;
        let at = match entry.shown {
            Some(at) => at,
            None => {
                let at = self.shown.push(entry.object.clone());
                entry.shown = Some(at);
                at
            }
        };
        self.shown.get(at)
    }

    pub(in crate::expr) fn thing(&self, id: ObjectId) -> Option<Rc<Thing>> {
        if !Heap::is_made(id) {
            return None;
        }
        self.entries.borrow().get(&id)?.thing.clone()
    }

    pub(in crate::expr) fn is_unordered(&self, id: ObjectId) -> bool {
        self.is_used.get()
            && self
                .entries
                .borrow()
                .get(&id)
                .is_some_and(|entry| entry.is_unordered)
    }

    /// Whether something recorded was changed here, or the object was made here.
    pub(in crate::expr) fn has(&self, id: ObjectId) -> bool {
        self.is_used.get() && self.entries.borrow().contains_key(&id)
    }

    fn next(&self) -> ObjectId {
        let id = ObjectId(FIRST_MADE + self.made.get());
        self.made.set(self.made.get() + 1);
        self.is_used.set(true);
        id
    }

    /// Makes an object.
    pub(in crate::expr) fn make(&self, object: Object, is_unordered: bool) -> Result<ObjectId> {
        let size = object.items.as_ref().map_or(0, Vec::len)
            + object.pairs.as_ref().map_or(0, Vec::len) * 2;
        charge(size as u64 + 8, size_of::<Value>())?;
        let id = self.next();
        let entry = Entry {
            object,
            shown: None,
            thing: None,
            is_unordered,
        };
        self.entries.borrow_mut().insert(id, entry);
        Ok(id)
    }

    /// Makes something that is no plain data.
    pub(in crate::expr) fn make_thing(
        &self,
        thing: Thing,
        class: &'static str,
        text: &str,
    ) -> Result<Datum> {
        charge(16, size_of::<Value>())?;
        let id = self.next();
        let mut object = Object::new(self.class(class, TypeKind::Opaque));
        object.text = Some(text.into());
        let entry = Entry {
            object,
            shown: None,
            thing: Some(Rc::new(thing)),
            is_unordered: false,
        };
        self.entries.borrow_mut().insert(id, entry);
        Ok(Value::Object(id).into())
    }

    /// Changes an object; `recorded` is what it was, if it is not one of these yet.
    pub(in crate::expr) fn change<T>(
        &self,
        id: ObjectId,
        recorded: Option<&Object>,
        change: impl FnOnce(&mut Object, &mut bool) -> T,
    ) -> Result<T> {
        let mut entries = self.entries.borrow_mut();
        if let std::collections::hash_map::Entry::Vacant(place) = entries.entry(id) {
            let object = recorded.ok_or_else(|| lost(format!("#{id} is not in the trace here")))?;
            let size = object.items.as_ref().map_or(0, Vec::len)
                + object.pairs.as_ref().map_or(0, Vec::len) * 2
                + object.fields.as_ref().map_or(0, Vec::len) * 2;
            charge(size as u64 + 8, size_of::<Value>())?;
            place.insert(Entry {
                object: object.clone(),
                shown: None,
                thing: None,
                is_unordered: false,
            });
            self.is_used.set(true);
        }
        for watch in self.watches.borrow_mut().iter_mut() {
            watch.is_changed |= !watch.is_open && watch.objects.contains(&id);
            let is_seen = id.0 < FIRST_MADE + watch.since || watch.escaped.contains(&id);
            watch.changes_older |= watch.is_open && is_seen;
        }
        let entry = entries
            .get_mut(&id)
            .ok_or_else(|| lost("an object is gone"))?;
        charge(1, size_of::<[Value; 2]>())?;
        // What is shown is a copy of its own; a long one counts when it is made anew.
        if entry.shown.take().is_some() {
            let items = entry.object.items.as_ref().map_or(0, Vec::len)
                + entry.object.pairs.as_ref().map_or(0, Vec::len) * 2;
            charge(items as u64, size_of::<Value>())?;
        }
        Ok(change(&mut entry.object, &mut entry.is_unordered))
    }

    /// Looks at an object that was made or changed here, without a copy to show.
    pub(in crate::expr) fn look<T>(
        &self,
        id: ObjectId,
        look: impl FnOnce(&Object) -> T,
    ) -> Option<T> {
        if !self.is_used.get() {
            return None;
        }
        if self.noting.get() > 0 {
            self.note(id);
        }
        let entries = self.entries.borrow();
        entries
            .get(&id)
            .filter(|entry| entry.thing.is_none())
            .map(|entry| look(&entry.object))
    }

    /// The number of a class that is Python's own.
    pub(in crate::expr) fn class(&self, name: &str, kind: TypeKind) -> TypeId {
        let mut at = 0;
        while let Some(class) = self.types.get(at) {
            if class.name == name {
                return class.id;
            }
            at += 1;
        }
        let id = TypeId(u32::MAX - at as u32);
        let mut class = crate::expr::classes::described(name);
        let described = Arc::make_mut(&mut class);
        described.id = id;
        described.kind = kind;
        self.types.push(described.clone());
        id
    }

    /// A class that was made here.
    pub(in crate::expr) fn class_of(&self, id: TypeId) -> Option<&Type> {
        if id.0 < u32::MAX - 10_000 {
            return None;
        }
        self.types.get((u32::MAX - id.0) as usize)
    }

    /// The number of an attribute's name that the trace has none for.
    pub(in crate::expr) fn name(&self, name: &str) -> NameId {
        let mut at = 0;
        while let Some(known) = self.names.get(at) {
            if **known == *name {
                return NameId(u32::MAX - at as u32);
            }
            at += 1;
        }
        NameId(u32::MAX - self.names.push(name.into()) as u32)
    }

    pub(in crate::expr) fn name_of(&self, id: NameId) -> Option<&str> {
        if id.0 < u32::MAX - 100_000 {
            return None;
        }
        self.names
            .get((u32::MAX - id.0) as usize)
            .map(|name| &**name)
    }

    /// Begins to take down what is looked at.
    pub(in crate::expr) fn watch(&self) -> usize {
        let mut watches = self.watches.borrow_mut();
        self.noting.set(self.noting.get() + 1);
        self.is_used.set(true);
        watches.push(Watch {
            is_open: true,
            since: self.made.get(),
            ..Watch::default()
        });
        watches.len() - 1
    }

    pub(in crate::expr) fn note(&self, id: ObjectId) {
        for watch in self
            .watches
            .borrow_mut()
            .iter_mut()
            .filter(|watch| watch.is_open)
        {
            watch.objects.insert(id);
        }
    }

    /// What was made can be seen from outside from now on.
    pub(super) fn escaped(&self, made: &[ObjectId]) {
        for watch in self
            .watches
            .borrow_mut()
            .iter_mut()
            .filter(|watch| watch.is_open)
        {
            watch.escaped.extend(made);
        }
    }

    pub(in crate::expr) fn is_noting(&self) -> bool {
        self.noting.get() > 0
    }

    /// Ends that; says whether something older was changed meanwhile.
    pub(in crate::expr) fn watched(&self, at: usize) -> bool {
        self.noting.set(self.noting.get().saturating_sub(1));
        let mut watches = self.watches.borrow_mut();
        watches.get_mut(at).is_some_and(|watch| {
            watch.is_open = false;
            watch.changes_older
        })
    }

    /// Whether something changed that was looked at.
    pub(in crate::expr) fn is_changed(&self, at: usize) -> bool {
        let watches = self.watches.borrow();
        watches.get(at).is_some_and(|watch| watch.is_changed)
    }
}
