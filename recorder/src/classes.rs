//! What the recorder knows of a Python class: how its instances store what they hold.

mod body;
mod hidden;
mod kinds;

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;
use std::sync::Arc;

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::{Fact, NameId, Type, TypeId, TypeKind};

use crate::atoms::{self, AtomKind};
use crate::layout::Object;
use crate::lent::Lent;
use crate::offsets::OFFSETS;
pub(crate) use hidden::has_plain_attributes;

pub(crate) const HEAP_TYPE: u64 = 1 << 9;
/// Types made by C code; classes of the program never have it.
pub(crate) const IMMUTABLE_TYPE: u64 = 1 << 8;

unsafe extern "C" {
    pub(crate) static mut PyODict_Type: ffi::PyTypeObject;
}

/// A class as the recorder sees it.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) id: TypeId,
    pub(crate) kind: TypeKind,
    pub(crate) atom: Option<AtomKind>,
    /// Defined in recorded code, so instances are followed.
    pub(crate) is_own: bool,
    pub(crate) is_ordered_dict: bool,
    /// Attributes are found the way `object` finds them.
    pub(crate) has_plain_attributes: bool,
    /// A heap type or an exception: instances may have attributes.
    pub(crate) has_attributes: bool,
    /// Attributes at fixed places that are shown before those of the instance dict.
    pub(crate) head: Vec<(NameId, usize)>,
    /// Attributes at fixed places that are shown after them: `__slots__`.
    pub(crate) slots: Vec<(NameId, usize)>,
    /// It is not the program's: what its operators and attributes do is not seen.
    pub(crate) hides_effects: bool,
    /// An array of numbers, which are not shown.
    pub(crate) is_array: bool,
    /// It is not the program's, and its instances do something when they are freed.
    pub(crate) has_hidden_end: bool,
    /// What sets an instance up is recorded, or that of `object`.
    pub(crate) has_plain_init: bool,
    /// Reading an attribute or item can change an instance, or what it holds: `defaultdict`,
    /// `cached_property`.
    pub(crate) changes_when_read: bool,
    /// And so can reading an item.
    pub(crate) changes_by_item: bool,
    /// `__class__` of an instance can be assigned.
    pub(crate) can_change: bool,
    pub(crate) basic_size: isize,
    /// What must still be so for this to describe the class at the same address.
    witness: [usize; WITNESSES],
    own_modules: usize,
}

/// All classes seen.
#[derive(Default)]
pub(crate) struct Classes {
    by_address: HashMap<usize, &'static Class, FxBuildHasher>,
    names: Names,
    own_modules: HashSet<String>,
    /// Attributes that change an instance when they are read, by name.
    changing_names: HashSet<String>,
    next: u32,
    /// Addresses of those whose bodies are being described.
    described: Vec<usize>,
    /// Facts to be told before the next event.
    pub(crate) facts: Vec<Fact>,
    pub(crate) owned: Lent<Class>,
}

#[derive(Default)]
struct Names {
    by_text: HashMap<Arc<str>, NameId>,
    by_address: HashMap<usize, (NameId, Arc<str>), FxBuildHasher>,
}

/// How many of a witness's parts tell that it is the same class, and how many there are: the others
/// tell what may have been bound in it meanwhile.
const NAMING: usize = 3;
const WITNESSES: usize = 6;

fn witness(class: *mut ffi::PyTypeObject) -> [usize; WITNESSES] {
    let slot = |function: Option<usize>| function.unwrap_or(0);
    // SAFETY: the class is alive: it was reached, or an instance of it is.
    unsafe {
        [
            (*class).tp_name as usize,
            (*class).tp_mro as usize,
            (*class).tp_basicsize as usize,
            slot((*class).tp_init.map(|function| function as usize)),
            slot((*class).tp_getattro.map(|function| function as usize)),
            slot((*class).tp_setattro.map(|function| function as usize)),
        ]
    }
}

impl Classes {
    /// Classes of this module count as recorded from now on.
    pub(crate) fn own(&mut self, module: String) {
        self.own_modules.insert(module);
    }

    /// Whether code of this module is recorded.
    pub(crate) fn is_own(&self, module: &str) -> bool {
        self.own_modules.contains(module)
    }

    /// Attributes that change an instance of some class of the program when they are read. Names are only
    /// added.
    pub(crate) fn changing_names(&self) -> &HashSet<String> {
        &self.changing_names
    }

    /// The number of a name given as an exact str.
    ///
    /// # Safety
    /// `name` is an exact str and alive.
    pub(crate) unsafe fn name(&mut self, name: Object) -> NameId {
        if let Some((id, text)) = self.names.by_address.get(&(name as usize))
            // SAFETY: an exact str.
            && unsafe { atoms::is_text(name, text) }
        {
            return *id;
        }
        // SAFETY: as promised by the caller.
        let text: Arc<str> = unsafe { atoms::to_string(name) }.unwrap_or_default().into();
        let id = self.name_of(&text);
        self.names.by_address.insert(name as usize, (id, text));
        id
    }

    /// The number of a name.
    pub(crate) fn name_of(&mut self, text: &str) -> NameId {
        if let Some(id) = self.names.by_text.get(text) {
            return *id;
        }
        let id = NameId(self.names.by_text.len() as u32 + 1);
        let text: Arc<str> = text.into();
        self.names.by_text.insert(text.clone(), id);
        self.facts.push(Fact::Name(id, text));
        id
    }

    /// The class of an object.
    ///
    /// # Safety
    /// `class` is alive and the GIL is held.
    pub(crate) unsafe fn get(&mut self, class: *mut ffi::PyTypeObject) -> &'static Class {
        if let Some(known) = self.by_address.get(&(class as usize))
            && known.witness == witness(class)
            && (known.is_own || known.own_modules == self.own_modules.len())
        {
            return known;
        }
        // SAFETY: as promised by the caller.
        let new = unsafe { self.describe(class) };
        let new = self.owned.lend(new);
        self.by_address.insert(class as usize, new);
        new
    }

    unsafe fn describe(&mut self, class: *mut ffi::PyTypeObject) -> Class {
        // SAFETY: the class is alive; its mro is a tuple of classes; dicts are only read raw.
        unsafe {
            let flags = (*class).tp_flags;
            let is_heap = flags & HEAP_TYPE != 0 && flags & IMMUTABLE_TYPE == 0;
            let (kind, atom) = kinds::kind(class);
            let mro = mro(class);
            let is_own = is_heap && self.is_in_own_module(class);
            let has_attributes = is_heap || kind == TypeKind::Exception;
            let (mut head, mut slots) = (Vec::new(), Vec::new());
            if kind == TypeKind::Exception {
                head.push((self.name_of("args"), OFFSETS.exception_args));
            }
            if has_attributes {
                for base in mro.iter().rev() {
                    self.slots(*base, kind == TypeKind::Exception, &mut slots);
                }
            }
            if kind == TypeKind::Exception {
                slots.push((self.name_of("__cause__"), OFFSETS.exception_cause));
                slots.push((self.name_of("__context__"), OFFSETS.exception_context));
            }
            let tuple_fields = if kind == TypeKind::Tuple {
                tuple_fields(&mro)
            } else {
                Vec::new()
            };
            let name = full_name(class);
            let changing = match has_attributes && is_own {
                true => hidden::descriptors(&mro),
                false => Vec::new(),
            };
            let changes_by_item = kind == TypeKind::Dict && hidden::defines(&mro, "__missing__");
            let changes_when_read = !changing.is_empty() || changes_by_item;
            self.changing_names.extend(changing);
            // The same class described again (its module turned out to be recorded, it was given an
            // `__init__`) keeps its id.
            let known = self.by_address.get(&(class as usize));
            let id = match known.filter(|known| known.witness[..NAMING] == witness(class)[..NAMING])
            {
                Some(known) => known.id,
                None => {
                    let mut body = self.body(class, &mro);
                    self.next += 1;
                    let id = TypeId(self.next);
                    for (base, known) in mro.iter().zip(&mut body.line) {
                        if *base == class {
                            *known = id;
                        }
                    }
                    let mro = mro.iter().map(|base| full_name(*base)).collect();
                    self.facts.push(Fact::Type(Type {
                        id,
                        name,
                        kind,
                        mro,
                        tuple_fields,
                        body: Some(body),
                    }));
                    id
                }
            };
            Class {
                id,
                kind,
                atom,
                is_own,
                is_ordered_dict: ffi::PyType_IsSubtype(class, &raw mut PyODict_Type) != 0,
                has_plain_attributes: hidden::has_plain_attributes(class),
                has_attributes,
                head,
                slots,
                hides_effects: match kind {
                    TypeKind::Instance => !is_own,
                    // Some other container, a view, an iterator.
                    TypeKind::Opaque => hidden::has_parts(class) && !kinds::is_array(class),
                    _ => false,
                },
                is_array: kind == TypeKind::Opaque && kinds::is_array(class),
                has_hidden_end: kind == TypeKind::Instance
                    && !is_own
                    && (*class).tp_finalize.is_some(),
                has_plain_init: is_own
                    && mro.iter().all(|base| {
                        *base == &raw mut ffi::PyBaseObject_Type
                            || self.is_in_own_module(*base) && hidden::is_set_up_plainly(*base)
                    }),
                changes_when_read,
                changes_by_item,
                can_change: is_heap && kind == TypeKind::Instance,
                basic_size: (*class).tp_basicsize,
                witness: witness(class),
                own_modules: self.own_modules.len(),
            }
        }
    }

    unsafe fn is_in_own_module(&self, class: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller passes a live class.
        unsafe { module(class) }.is_some_and(|module| self.own_modules.contains(&module))
    }
}

/// The pairs of a dict, borrowed, without running code.
///
/// # Safety
/// `dict` is a dict or null, alive and unchanged while the pairs are used.
pub(crate) unsafe fn pairs(dict: Object) -> Vec<(Object, Object)> {
    let mut all = Vec::new();
    if dict.is_null() {
        return all;
    }
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: as promised by the caller.
    unsafe {
        while ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) != 0 {
            all.push((key, value));
        }
    }
    all
}

/// A value of a dict by its name, borrowed. No look-up, since that could compare keys by the
/// program's own `__eq__`.
///
/// # Safety
/// `dict` is a dict or null, and alive.
pub(crate) unsafe fn find(dict: Object, name: &str) -> Option<Object> {
    if dict.is_null() {
        return None;
    }
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: as promised by the caller.
    unsafe {
        while ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) != 0 {
            if ffi::PyUnicode_CheckExact(key) != 0 && atoms::is_text(key, name) {
                return Some(value);
            }
        }
    }
    None
}

unsafe fn lookup(class: *mut ffi::PyTypeObject, name: &str) -> Object {
    // SAFETY: raw read of the class's own dict; only heap types have one for certain.
    unsafe {
        if (*class).tp_flags & HEAP_TYPE == 0 {
            return std::ptr::null_mut();
        }
        find((*class).tp_dict, name).unwrap_or(std::ptr::null_mut())
    }
}

unsafe fn module(class: *mut ffi::PyTypeObject) -> Option<String> {
    // SAFETY: as for `lookup`.
    unsafe { atoms::to_string(lookup(class, "__module__")) }
}

/// `module.qualname`; `builtins` and `__main__` are not prefixed.
pub(crate) unsafe fn full_name(class: *mut ffi::PyTypeObject) -> String {
    // SAFETY: heap types have a qualified name; the others have a C string.
    unsafe {
        if (*class).tp_flags & HEAP_TYPE == 0 {
            return CStr::from_ptr((*class).tp_name)
                .to_string_lossy()
                .into_owned();
        }
        let qualname = (*class.cast::<ffi::PyHeapTypeObject>()).ht_qualname;
        let qualname = atoms::to_string(qualname).unwrap_or_default();
        match module(class).as_deref() {
            Some("builtins" | "__main__") => qualname,
            Some(module) => format!("{module}.{qualname}"),
            None => CStr::from_ptr((*class).tp_name)
                .to_string_lossy()
                .into_owned(),
        }
    }
}

/// A class and those that it inherits from, in the order in which attributes are looked for.
///
/// # Safety
/// The class is alive.
pub(crate) unsafe fn mro(class: *mut ffi::PyTypeObject) -> Vec<*mut ffi::PyTypeObject> {
    // SAFETY: `tp_mro` of a ready type is a tuple of types.
    unsafe {
        let mro = (*class).tp_mro;
        if mro.is_null() || ffi::PyTuple_Check(mro) == 0 {
            return vec![class];
        }
        (0..ffi::PyTuple_Size(mro))
            .map(|i| ffi::PyTuple_GetItem(mro, i).cast())
            .collect()
    }
}

unsafe fn tuple_fields(mro: &[*mut ffi::PyTypeObject]) -> Vec<String> {
    // SAFETY: `_fields` is checked to be an exact tuple; its items are copied if they are str.
    unsafe {
        for class in mro {
            let fields = lookup(*class, "_fields");
            if !fields.is_null() && ffi::PyTuple_CheckExact(fields) != 0 {
                return (0..ffi::PyTuple_Size(fields))
                    .filter_map(|i| atoms::to_string(ffi::PyTuple_GetItem(fields, i)))
                    .collect();
            }
        }
    }
    Vec::new()
}
