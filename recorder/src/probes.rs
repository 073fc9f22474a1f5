//! Proves [`offsets`](crate::offsets): each number is used on an object made for that, of which the
//! public interface says what is to be found, or is compared with what the interpreter tells
//! debuggers. A recording does not begin where one differs.

mod linked;
mod objects;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use crate::codes;
use crate::layout::{FramePtr, Object, read};
#[cfg(Py_3_13)]
use crate::offsets::DEBUG;
use crate::offsets::{MINOR, NAMES, Offsets, TAG};

/// Of a wrong number: what is not where it says.
type Proved = Result<(), &'static str>;

fn expect(holds: bool, what: &'static str) -> Proved {
    if holds { Ok(()) } else { Err(what) }
}

/// Whether memory can be read: a wrong offset gives a word that need not be an address.
fn is_readable(address: usize, length: usize) -> bool {
    if address < 4096 || !address.is_multiple_of(8) || address >> 47 != 0 {
        return false;
    }
    // SAFETY: asks about pages, and touches none of them; a page has room for an answer of one byte
    // each, and there are at most two.
    unsafe {
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap_or(4096);
        let begin = address - address % page;
        let mut resident = [0; 2];
        length <= page
            && libc::mincore(
                begin as *mut _,
                address + length - begin,
                resident.as_mut_ptr(),
            ) == 0
    }
}

/// The object at an address, if one of that type can be there.
unsafe fn object_of(address: usize, class: *mut ffi::PyTypeObject) -> Option<Object> {
    let object = address as Object;
    // SAFETY: the memory is readable.
    unsafe { (is_readable(address, 64) && (*object).ob_type == class).then_some(object) }
}

/// Looks at frames of each kind, and at a generator; `probe` is [`look`].
const PROGRAM: &std::ffi::CStr = c"
def function(marker):
    probe('function', marker)

def generator(marker):
    yield probe('generator', marker)

function(object())
running = generator(object())
next(running)
running.close()

def body():
    given = probe
    class Body:
        given('class', locals())
body()

waiting = generator(object())
probe('objects', waiting)
waiting.close()
";

/// Proves all that is known of this interpreter.
///
/// # Errors
/// A sentence for a person, if something is elsewhere.
pub(crate) fn prove(py: Python<'_>, offsets: &Offsets) -> PyResult<()> {
    let copy = *offsets;
    let probe = PyCFunction::new_closure(py, None, None, move |given, _| look(&copy, given))?;
    let globals = PyDict::new(py);
    globals.set_item("probe", probe)?;
    // SAFETY: the GIL is held.
    unsafe { interpreter(offsets).and_then(|()| thread(offsets)) }.map_err(refused)?;
    py.run(PROGRAM, Some(&globals), None)
}

fn refused(what: &str) -> PyErr {
    let version = Python::version_str().split(' ').next().unwrap_or_default();
    PyRuntimeError::new_err(format!(
        "CPython {version} does not keep {what} where rdbg expects it; nothing is recorded"
    ))
}

/// What `PROGRAM` calls.
fn look(offsets: &Offsets, given: &Bound<'_, PyTuple>) -> PyResult<()> {
    let (place, given): (String, Bound<'_, PyAny>) = given.extract()?;
    // SAFETY: the program calls from where it says.
    let found = unsafe {
        let at = |place| frame(offsets, place, given.as_ptr());
        match place.as_str() {
            "function" => at(Place::Function),
            "generator" => at(Place::Generator),
            "class" => at(Place::Class),
            _ => objects::prove(offsets, &given)?,
        }
    };
    found.map_err(refused)
}

/// What the interpreter itself says: its version, and the offsets that it keeps for debuggers.
///
/// # Safety
/// The GIL is held.
unsafe fn interpreter(offsets: &Offsets) -> Proved {
    // SAFETY: set before any code runs, and never again.
    let version = unsafe { ffi::Py_Version };
    expect(
        version >> 16 == 0x300 | u64::from(MINOR) as std::ffi::c_ulong,
        "the structures of the version that rdbg was built for",
    )?;
    #[cfg(Py_3_13)]
    {
        let table = &raw const crate::collector::_PyRuntime;
        // SAFETY: the runtime's state begins with the table.
        unsafe {
            let (cookie, known): ([u8; 8], [u64; 2]) = (read(table, 0), read(table, 8));
            expect(&cookie == b"xdebugpy", "its offsets for debuggers")?;
            // A preview can have other structures than the version that it comes before.
            expect(known[0] == version, "the version of its offsets")?;
            expect(known[1] == 0, "the GIL")?;
            for (at, field) in DEBUG {
                let (ours, what) = field(offsets);
                expect(read::<u64>(table, *at) == ours as u64, what)?;
            }
        }
    }
    let _ = offsets;
    Ok(())
}

/// Where a probe of frames is called from; what it is given is in the frame's first variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Function,
    /// A generator that C code resumes.
    Generator,
    /// A class body, whose namespace is what is given.
    Class,
}

/// Compares the layouts of frames with the one that calls the C function this is called from.
///
/// # Safety
/// The GIL is held, and the caller is called as its place says.
unsafe fn frame(offsets: &Offsets, place: Place, given: Object) -> Proved {
    let o = offsets;
    // SAFETY: the current frame is the caller's; what is not known to be an address is asked about
    // before it is read, and every answer is compared with the public one.
    unsafe {
        let thread = ffi::PyThreadState_Get().cast::<u8>();
        let public = ffi::PyEval_GetFrame();
        if public.is_null() {
            return Err(NAMES.thread_frame);
        }
        let mut holder: usize = read(thread, o.thread_frame);
        if cfg!(not(Py_3_13)) {
            // 3.12 has a structure between the two.
            expect(is_readable(holder, 8), NAMES.thread_frame)?;
            holder = read(holder as *const u8, 0);
        }
        expect(is_readable(holder, 128), NAMES.thread_frame)?;
        let frame = holder as *const u8;
        let word = |frame: *const u8, at: usize| read::<usize>(frame, at);
        let code_of = |frame: *const u8| (word(frame, o.frame_code) & !TAG) as Object;

        let code: Object = ffi::PyFrame_GetCode(public).cast();
        ffi::Py_DECREF(code);
        expect(code_of(frame) == code, NAMES.frame_code)?;
        expect(
            word(frame, o.frame_globals) == ffi::PyEval_GetGlobals() as usize,
            NAMES.frame_globals,
        )?;
        expect(
            word(frame, o.frame_builtins) == ffi::PyEval_GetBuiltins() as usize,
            NAMES.frame_builtins,
        )?;
        expect(
            word(frame, o.frame_object) == public as usize,
            NAMES.frame_object,
        )?;
        expect(
            word(public.cast(), o.frame_of_object) == holder,
            NAMES.frame_of_object,
        )?;
        let namespace = word(frame, o.frame_namespace);
        expect(
            namespace
                == if place == Place::Class {
                    given as usize
                } else {
                    0
                },
            NAMES.frame_namespace,
        )?;
        let first = (word(frame, o.frame_slots) & !TAG) as Object;
        expect(place == Place::Class || first == given, NAMES.frame_slots)?;
        let owner: u8 = read(frame, o.frame_owner);
        expect(
            owner == u8::from(place == Place::Generator),
            NAMES.frame_owner,
        )?;
        code_fields(o, code)?;
        stack(o, frame, code)?;

        // C code is between a class body or such a generator and what is below.
        let mut below = word(frame, o.frame_previous);
        if place != Place::Function {
            expect(is_readable(below, 128), NAMES.frame_previous)?;
            let owner: u8 = read(below as *const u8, o.frame_owner);
            expect(
                usize::from(owner) >= o.owned_by_interpreter && owner < 8,
                NAMES.owned_by_interpreter,
            )?;
            below = word(below as *const u8, o.frame_previous);
        }
        expect(is_readable(below, 128), NAMES.frame_previous)?;
        let back = ffi::PyFrame_GetBack(public);
        expect(!back.is_null(), NAMES.frame_previous)?;
        let back_code: Object = ffi::PyFrame_GetCode(back).cast();
        ffi::Py_DECREF(back_code);
        ffi::Py_DECREF(back.cast());
        expect(
            code_of(below as *const u8) == back_code,
            NAMES.frame_previous,
        )?;
        expect(
            FramePtr::current(ffi::PyThreadState_Get()).address() == holder,
            NAMES.thread_frame,
        )
    }
}

/// The fields of the code of the frame that runs.
unsafe fn code_fields(o: &Offsets, code: Object) -> Proved {
    let base = code.cast::<u8>();
    // SAFETY: the caller passes a code object, which is larger than all of these.
    unsafe {
        let number = |name| codes::number_of(code, name);
        expect(
            read::<u32>(base, o.code_flags) == number(c"co_flags"),
            NAMES.code_flags,
        )?;
        let names = object_of(read(base, o.code_slot_names), &raw mut ffi::PyTuple_Type);
        let names = names.ok_or(NAMES.code_slot_names)?;
        let count = ffi::PyTuple_Size(names);
        expect(
            read::<u32>(base, o.code_slot_count) as isize == count,
            NAMES.code_slot_count,
        )?;
        expect(
            count >= number(c"co_nlocals") as isize,
            NAMES.code_slot_names,
        )?;
        let kinds = object_of(read(base, o.code_slot_kinds), &raw mut ffi::PyBytes_Type);
        let kinds = kinds.ok_or(NAMES.code_slot_kinds)?;
        expect(ffi::PyBytes_Size(kinds) == count, NAMES.code_slot_kinds)
    }
}

/// The top of the stack of a frame that has called C code is above its variables, and no higher than
/// its code says; up to 3.13 it may not have been put aside.
unsafe fn stack(o: &Offsets, frame: *const u8, code: Object) -> Proved {
    // SAFETY: the caller passes a live frame and its code.
    unsafe {
        let count = read::<u32>(code.cast(), o.code_slot_count) as usize;
        let room = count + codes::number_of(code, c"co_stacksize") as usize;
        let height = if cfg!(Py_3_14) {
            let top: usize = read(frame, o.frame_stack);
            top.wrapping_sub(frame as usize + o.frame_slots) / 8
        } else {
            let top: i32 = read(frame, o.frame_stack);
            if top == -1 {
                return Ok(());
            }
            top as usize
        };
        expect((count..=room).contains(&height), NAMES.frame_stack)
    }
}

/// The state of the calling thread.
///
/// # Safety
/// The GIL is held.
unsafe fn thread(o: &Offsets) -> Proved {
    // SAFETY: reads stay within the state, and what is not known to be an address is asked about.
    unsafe {
        let state = ffi::PyThreadState_Get();
        let base = state.cast::<u8>();
        let interpreter = ffi::PyInterpreterState_Get();
        expect(
            read::<usize>(base, o.thread_interpreter) == interpreter as usize,
            NAMES.thread_interpreter,
        )?;
        let limit: i32 = read(base, o.thread_recursion_limit);
        let left: i32 = read(base, o.thread_recursion_left);
        expect(
            limit == ffi::Py_GetRecursionLimit(),
            NAMES.thread_recursion_limit,
        )?;
        expect(left > 0 && left <= limit, NAMES.thread_recursion_left)?;
        // A state that is made now comes before or after this one, or this one's neighbour.
        if cfg!(not(Py_3_13)) {
            let other = ffi::PyThreadState_New(interpreter);
            let found = neighbours(o, other.cast());
            ffi::PyThreadState_Clear(other);
            ffi::PyThreadState_Delete(other);
            found?;
        }
    }
    Ok(())
}

/// Whether a thread that has just been made is the first, and the one after it says so.
unsafe fn neighbours(o: &Offsets, first: *const u8) -> Proved {
    // SAFETY: the caller passes a live state; what follows it is asked about before it is read.
    unsafe {
        expect(
            read::<usize>(first, o.thread_previous) == 0,
            NAMES.thread_previous,
        )?;
        let next: usize = read(first, o.thread_next);
        expect(is_readable(next, 64), NAMES.thread_next)?;
        let back: usize = read(next as *const u8, o.thread_previous);
        expect(back == first as usize, NAMES.thread_previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offsets::OFFSETS;

    #[test]
    fn a_recording_begins_where_all_is_as_expected_and_nowhere_else() {
        Python::initialize();
        Python::attach(|py| {
            prove(py, &OFFSETS).expect("this interpreter is known");
            let names: Vec<_> = { OFFSETS }.fields().iter().map(|(name, _)| *name).collect();
            let mut missed = Vec::new();
            for (n, name) in names.into_iter().enumerate() {
                let mut wrong = OFFSETS;
                *wrong.fields()[n].1 += 8;
                match prove(py, &wrong) {
                    Ok(()) => missed.push(name),
                    Err(error) => {
                        let text = error.value(py).to_string();
                        assert!(
                            text.ends_with("where rdbg expects it; nothing is recorded"),
                            "{name}: {text}"
                        );
                    }
                }
            }
            assert!(missed.is_empty(), "wrong and not noticed: {missed:?}");
        });
    }
}
