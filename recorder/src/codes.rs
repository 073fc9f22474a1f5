//! Code objects: their numbers, slots and sources. A recorded one is kept alive: its address is its identity.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::path::{Path, PathBuf};

use pyo3::ffi;
use rustc_hash::FxBuildHasher;
use schema::encode::StartTail;
use schema::{Code, CodeId, Fact, FileId, SourceFile, Variable};

use crate::effects::{self, Const, Effects};
use crate::layout::{self, Object};
use crate::lent::Lent;
use crate::lines::Entrance;
use crate::{atoms, descriptors, sources, texts};

/// `CO_OPTIMIZED`: names are in slots.
const OPTIMIZED: u32 = 1;
/// `CO_COROUTINE`.
const COROUTINE: u32 = 0x80;
/// `CO_ASYNC_GENERATOR`.
const ASYNC_GENERATOR: u32 = 0x200;
/// `co_localspluskinds`: variables that live in cells.
const CELL_OR_FREE: u8 = 0x40 | 0x80;

/// A code object that is recorded.
pub(crate) struct CodeInfo {
    pub(crate) id: CodeId,
    pub(crate) first_line: u32,
    /// `__init__` or `__new__`.
    pub(crate) is_constructor: bool,
    /// `__del__`.
    pub(crate) is_finalizer: bool,
    /// Of an `async def` that yields nothing itself: its frames are those of coroutines.
    pub(crate) is_coroutine: bool,
    /// Of an `async def` that yields.
    pub(crate) is_async_generator: bool,
    /// The slots that there are.
    pub(crate) slots: u64,
    /// For each slot, whether it holds its value in a cell.
    pub(crate) in_cell: Vec<bool>,
    /// The slots that do.
    pub(crate) cells: u64,
    /// Names are in a mapping: a module, a class body, `exec`.
    pub(crate) has_namespace: bool,
    /// The body of a class.
    pub(crate) is_class_body: bool,
    /// How the start of its frames is told, but for their numbers.
    pub(crate) start: Cell<StartTail>,
    /// Where all of them begin, once that was seen.
    pub(crate) entrance: Cell<Option<Entrance>>,
    pub(crate) effects: Effects,
    /// Attributes that its `match` statements read.
    pub(crate) matched: Vec<String>,
    /// How many names there were when it was asked whether it reads one of them, and the answer.
    pub(crate) reads: Cell<(usize, bool)>,
}

/// How many code objects are found without a look into the map, a power of two.
const RECENT: usize = 64;

/// Code objects, and what is known of each.
struct Recent([(Object, Option<&'static CodeInfo>); RECENT]);

impl Default for Recent {
    fn default() -> Recent {
        Recent([(std::ptr::null_mut(), None); RECENT])
    }
}

impl Recent {
    /// Where a code object is, if it is here.
    #[inline(always)]
    fn place(&mut self, code: Object) -> &mut (Object, Option<&'static CodeInfo>) {
        // Code objects take some 200 bytes, and lie at multiples of 16.
        let address = code as usize;
        &mut self.0[(address >> 4 ^ address >> 10) % RECENT]
    }
}

/// All code objects that were judged.
#[derive(Default)]
pub(crate) struct Codes {
    by_address: HashMap<usize, Option<&'static CodeInfo>, FxBuildHasher>,
    files: HashMap<String, FileId>,
    /// Texts of sources that are in no file.
    sources: HashMap<String, String>,
    next: u32,
    /// Those that were asked for last, each where its address says.
    recent: Recent,
    owned: Lent<CodeInfo>,
}

impl Codes {
    /// What is known of a code object: not judged yet, left out, or recorded.
    #[inline(always)]
    pub(crate) fn get(&mut self, code: Object) -> Option<Option<&'static CodeInfo>> {
        let (known, info) = *self.recent.place(code);
        if known == code {
            return Some(info);
        }
        self.look_up(code)
    }

    #[inline(never)]
    fn look_up(&mut self, code: Object) -> Option<Option<&'static CodeInfo>> {
        let found = *self.by_address.get(&(code as usize))?;
        *self.recent.place(code) = (code, found);
        Some(found)
    }

    /// Remembers that a code object is left out; it is kept alive, as its address speaks for it.
    ///
    /// # Safety
    /// `code` is a code object, and the GIL is held.
    pub(crate) unsafe fn leave_out(&mut self, code: Object) {
        // SAFETY: as promised by the caller.
        unsafe { ffi::Py_INCREF(code) };
        self.by_address.insert(code as usize, None);
    }

    /// Describes a code object that is recorded, in facts to be told before its first event.
    ///
    /// # Safety
    /// As for [`leave_out`](Self::leave_out).
    pub(crate) unsafe fn add(&mut self, code: Object, facts: &mut Vec<Fact>) -> &'static CodeInfo {
        // SAFETY: as promised by the caller; public fields of `PyCodeObject`.
        unsafe {
            ffi::Py_INCREF(code);
            let text = |object| atoms::to_string(object).unwrap_or_default();
            let (path, place) = file_of(code);
            let file = self.file(&path, &place, facts);
            let (count, names, kinds) = layout::code_slots(code);
            let kinds =
                std::slice::from_raw_parts(ffi::PyBytes_AsString(kinds).cast::<u8>(), count);
            let variables: Vec<Variable> = (0..count)
                .map(|slot| Variable {
                    name: text(ffi::PyTuple_GetItem(names, slot as isize)),
                    kind: kinds[slot],
                })
                .collect();
            self.next += 1;
            let flags = number_of(code, c"co_flags");
            let extra = u32::from(flags & 4 != 0) + u32::from(flags & 8 != 0);
            let fact = Code {
                id: CodeId(self.next),
                file,
                name: text_of(code, c"co_name"),
                qualname: text_of(code, c"co_qualname"),
                first_line: number_of(code, c"co_firstlineno"),
                flags,
                arguments: number_of(code, c"co_argcount")
                    + number_of(code, c"co_kwonlyargcount")
                    + extra,
                variables,
                lines: lines_of(&ranges(code)),
            };
            // Like the code object itself, what is known of it stays until recording ends.
            let info = self.owned.lend(CodeInfo {
                id: fact.id,
                first_line: fact.first_line,
                is_constructor: matches!(&*fact.name, "__init__" | "__new__"),
                is_finalizer: fact.name == "__del__",
                is_coroutine: flags & COROUTINE != 0,
                is_async_generator: flags & ASYNC_GENERATOR != 0,
                slots: (0..count).fold(0, |slots, slot| slots | effects::bit(slot)),
                in_cell: kinds.iter().map(|kind| kind & CELL_OR_FREE != 0).collect(),
                cells: (0..count)
                    .filter(|slot| kinds[*slot] & CELL_OR_FREE != 0)
                    .fold(0, |cells, slot| cells | effects::bit(slot)),
                start: Cell::default(),
                matched: descriptors::matched(code),
                reads: Cell::default(),
                entrance: Cell::default(),
                effects: read_effects(code),
                has_namespace: flags & OPTIMIZED == 0,
                is_class_body: flags & OPTIMIZED == 0 && fact.name != "<module>",
            });
            facts.push(Fact::Code(fact));
            self.by_address.insert(code as usize, Some(info));
            info
        }
    }

    /// The code objects that are recorded.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = Object> {
        let all = self.by_address.iter();
        all.filter_map(|(address, info)| info.map(|_| *address as Object))
    }

    /// Lets the code objects go, and frees what is known of them.
    ///
    /// # Safety
    /// Nothing uses what was lent, no callback runs, and the GIL is held.
    pub(crate) unsafe fn release(self) {
        // SAFETY: as promised by the caller.
        unsafe { self.owned.free() };
        for address in self.by_address.into_keys() {
            // SAFETY: `add` and `leave_out` took these references.
            unsafe { ffi::Py_DECREF(address as Object) };
        }
    }

    /// Tells the text of a source that is in no file.
    pub(crate) fn know_source(&mut self, name: String, text: String) {
        self.sources.insert(name, text);
    }

    /// The number of a source file; its text is read now, before it can change.
    fn file(&mut self, path: &str, place: &Path, facts: &mut Vec<Fact>) -> FileId {
        if let Some(id) = self.files.get(path) {
            return *id;
        }
        let id = FileId(self.files.len() as u32 + 1);
        self.files.insert(path.to_owned(), id);
        let absolute = if path.starts_with('<') {
            path.to_owned()
        } else {
            let absolute = std::path::absolute(place);
            absolute.map_or_else(|_| path.to_owned(), |path| texts::of_path(&path))
        };
        let known = self.sources.get(path).cloned();
        let source = known
            .or_else(|| std::fs::read(place).ok().map(sources::decode))
            // SAFETY: called from a callback, with the GIL held.
            .or_else(|| unsafe { sources::cached(path) });
        facts.push(Fact::File(SourceFile {
            id,
            path: absolute,
            source,
        }));
        id
    }
}

/// The name of a code object's file, as text and as the system has it.
///
/// # Safety
/// As for [`text_of`].
unsafe fn file_of(code: Object) -> (String, PathBuf) {
    // SAFETY: as promised by the caller; the new reference is dropped.
    unsafe {
        let value = ffi::PyObject_GetAttrString(code, c"co_filename".as_ptr());
        let place = texts::to_path(value);
        ffi::Py_XDECREF(value);
        ffi::PyErr_Clear();
        (texts::of_path(&place), place)
    }
}

/// A text among the attributes of a code object.
///
/// # Safety
/// `code` is a code object (exactly: its attributes are C members), and the GIL is held.
pub(crate) unsafe fn text_of(code: Object, name: &CStr) -> String {
    // SAFETY: as promised by the caller; the new reference is dropped.
    unsafe {
        let value = ffi::PyObject_GetAttrString(code, name.as_ptr());
        let text = atoms::to_string(value);
        ffi::Py_XDECREF(value);
        ffi::PyErr_Clear();
        text.unwrap_or_default()
    }
}

/// A number among the attributes of a code object, 0 if it is none.
///
/// # Safety
/// As for [`text_of`].
pub(crate) unsafe fn number_of(code: Object, name: &CStr) -> u32 {
    // SAFETY: as for `text_of`.
    unsafe {
        let value = ffi::PyObject_GetAttrString(code, name.as_ptr());
        let is_int = !value.is_null() && ffi::PyLong_CheckExact(value) != 0;
        let number = if is_int {
            atoms::small_int(value)
        } else {
            None
        };
        ffi::Py_XDECREF(value);
        ffi::PyErr_Clear();
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    }
}

/// A stretch of bytecode and its line, as `co_lines()` has it: begin and end in bytes.
struct Range {
    begin: usize,
    end: usize,
    line: Option<u32>,
}

/// The stretches of a code object's bytecode.
unsafe fn ranges(code: Object) -> Vec<Range> {
    let mut found = Vec::new();
    // SAFETY: a code object's own method and C iterator, whose tuples are of ints and None; no
    // code of the program runs. References that calls return are dropped.
    unsafe {
        let ranges = ffi::PyObject_CallMethod(code, c"co_lines".as_ptr(), std::ptr::null());
        while !ranges.is_null() {
            let range = ffi::PyIter_Next(ranges);
            if range.is_null() {
                break;
            }
            let number = |at| {
                let item = ffi::PyTuple_GetItem(range, at);
                let is_int = ffi::PyLong_CheckExact(item) != 0;
                is_int.then(|| atoms::small_int(item)).flatten()
            };
            found.push(Range {
                begin: number(0).unwrap_or(0) as usize,
                end: number(1).unwrap_or(0) as usize,
                line: number(2).and_then(|line| u32::try_from(line).ok()),
            });
            ffi::Py_DECREF(range);
        }
        ffi::Py_XDECREF(ranges);
        ffi::PyErr_Clear();
    }
    found
}

/// Whether a code object has code on a line.
///
/// # Safety
/// As for [`text_of`].
pub(crate) unsafe fn has_line(code: Object, line: u32) -> bool {
    // SAFETY: as promised by the caller.
    let ranges = unsafe { ranges(code) };
    ranges.iter().any(|range| range.line == Some(line))
}

/// The lines that have code, ascending.
fn lines_of(ranges: &[Range]) -> Vec<u32> {
    let mut lines: Vec<u32> = ranges.iter().filter_map(|range| range.line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// A constant that can be the key of an item.
unsafe fn constant(object: Object) -> Const {
    // SAFETY: the caller passes a live object.
    unsafe {
        if ffi::PyUnicode_CheckExact(object) != 0 {
            return Const::Text(object);
        }
        let is_int = ffi::PyLong_CheckExact(object) != 0;
        let int = is_int.then(|| atoms::small_int(object)).flatten();
        int.map_or(Const::Other, Const::Int)
    }
}

/// Reads the bytecode, as it was before the interpreter adapted it.
unsafe fn read_effects(code: Object) -> Effects {
    // SAFETY: attributes of a code object: a bytes and a tuple of str; the code keeps the names
    // alive, and is itself kept.
    unsafe {
        let bytes = ffi::PyObject_GetAttrString(code, c"co_code".as_ptr());
        let names = ffi::PyObject_GetAttrString(code, c"co_names".as_ptr());
        let consts = ffi::PyObject_GetAttrString(code, c"co_consts".as_ptr());
        let mut effects = Effects::default();
        if !bytes.is_null() && !names.is_null() {
            let length = ffi::PyBytes_Size(bytes) as usize;
            let first = ffi::PyBytes_AsString(bytes).cast::<u8>();
            let text = std::slice::from_raw_parts(first, length);
            let mut lines = vec![0; length / 2];
            for range in ranges(code) {
                let end = (range.end / 2).min(lines.len());
                if let Some(part) = lines.get_mut(range.begin / 2..end) {
                    part.fill(range.line.unwrap_or(0));
                }
            }
            let keys: Vec<Object> = (0..ffi::PyTuple_Size(names))
                .map(|at| ffi::PyTuple_GetItem(names, at))
                .collect();
            let names = keys
                .iter()
                .map(|key| atoms::to_string(*key).unwrap_or_default());
            let count = if consts.is_null() {
                0
            } else {
                ffi::PyTuple_Size(consts)
            };
            let values = (0..count)
                .map(|at| constant(ffi::PyTuple_GetItem(consts, at)))
                .collect();
            effects = Effects::new(text, &lines, names.collect(), keys.clone(), values);
        }
        ffi::Py_XDECREF(consts);
        ffi::Py_XDECREF(bytes);
        ffi::Py_XDECREF(names);
        ffi::PyErr_Clear();
        effects
    }
}
