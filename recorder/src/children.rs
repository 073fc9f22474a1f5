//! Processes that the program starts, none of which is recorded: how many, and what they are.
//!
//! Two Python functions of the standard library start all programs that `subprocess` and
//! `multiprocessing` start; events of their beginnings tell of each. Forks are told by a hook that the
//! recorder needs anyway. What `os.system` and `os.posix_spawn` start is known only by what the
//! system tells of processes that have ended. So neither an audit hook, which would cost every `id()`
//! and `open()` of the program, nor a change to any function is needed.

use pyo3::ffi;

use crate::atoms;
use crate::classes;
use crate::codes;
use crate::layout::{FramePtr, Object};

/// Module, function, and the variable that holds the command.
const STARTERS: [(&str, &str, usize); 2] = [
    ("subprocess", "_execute_child", 1),
    ("multiprocessing.util", "spawnv_passfds", 1),
];
/// So many are named.
const MOST_NAMED: usize = 5;

/// What was started since recording began.
pub(crate) struct Children {
    /// The code of starters that was seen, and which they are. Recorded or left out, code that was
    /// judged is kept alive.
    starters: Vec<(Object, usize)>,
    count: u64,
    /// What they are, each once, with how many of it.
    names: Vec<(String, u64)>,
    /// What the system told of ended children when recording began.
    faults: i64,
}

impl Children {
    pub(crate) fn new() -> Children {
        Children {
            starters: Vec::new(),
            count: 0,
            names: Vec::new(),
            faults: faults(),
        }
    }

    /// A code object is seen for the first time, of this module.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn judge(&mut self, code: Object, module: &str) {
        if !STARTERS.iter().any(|starter| starter.0 == module) {
            return;
        }
        // SAFETY: a code object.
        let name = unsafe { codes::text_of(code, c"co_name") };
        let mut all = STARTERS.iter();
        if let Some(which) = all.position(|starter| starter.0 == module && starter.1 == name) {
            self.starters.push((code, which));
        }
    }

    /// A frame of a code object begins on this thread: whether it starts a process.
    ///
    /// # Safety
    /// Called from a callback about this code.
    #[inline(always)]
    pub(crate) unsafe fn note_start(&mut self, code: Object) -> bool {
        // SAFETY: as promised by the caller.
        !self.starters.is_empty() && unsafe { self.note(code) }
    }

    #[cold]
    unsafe fn note(&mut self, code: Object) -> bool {
        let Some((_, which)) = self.starters.iter().find(|starter| starter.0 == code) else {
            return false;
        };
        let (module, _, variable) = STARTERS[*which];
        // SAFETY: the frame is the running one, its arguments are bound, and the GIL is held.
        unsafe {
            let frame = FramePtr::current(ffi::PyThreadState_Get());
            // What keeps semaphores is no child that the program asked for.
            let below = frame.caller();
            if !below.is_null() && module_of(below) == "multiprocessing.resource_tracker" {
                return true;
            }
            match module {
                "subprocess" => {
                    let command = command(frame.variable(variable, false));
                    self.add(command.as_deref().unwrap_or(module));
                }
                _ => self.add("multiprocessing"),
            }
        }
        true
    }

    /// The process is about to fork on this thread.
    ///
    /// # Safety
    /// The GIL is held.
    pub(crate) unsafe fn note_fork(&mut self) {
        // SAFETY: as promised by the caller.
        unsafe {
            let frame = FramePtr::current(ffi::PyThreadState_Get());
            if frame.is_null() {
                return self.add("os.fork");
            }
            let code = frame.code();
            // It was told of when its frame began.
            if !self.starters.iter().any(|starter| starter.0 == code) {
                let module = module_of(frame);
                self.add(match module.split('.').next() {
                    Some("multiprocessing") => "multiprocessing",
                    _ => "os.fork",
                });
            }
        }
    }

    fn add(&mut self, name: &str) {
        self.count += 1;
        match self.names.iter_mut().find(|known| known.0 == name) {
            Some(known) => known.1 += 1,
            None => self.names.push((name.to_owned(), 1)),
        }
    }

    /// What a person is to be told of them.
    pub(crate) fn told(&self) -> Option<String> {
        if self.count == 0 {
            return (faults() > self.faults).then(|| "child processes".into());
        }
        let mut names: Vec<String> = self
            .names
            .iter()
            .take(MOST_NAMED)
            .map(|(name, count)| {
                let name = schema::escape_control(name);
                match count {
                    1 => name,
                    count => format!("{count} of {name}"),
                }
            })
            .collect();
        if self.names.len() > MOST_NAMED {
            names.push("…".into());
        }
        let plural = if self.count == 1 { "" } else { "es" };
        Some(format!(
            "{} child process{plural} ({})",
            self.count,
            names.join(", ")
        ))
    }
}

/// The name of the module that a frame runs in.
unsafe fn module_of(frame: FramePtr) -> String {
    // SAFETY: the caller passes a living frame, and holds the GIL.
    unsafe {
        let name = classes::find(frame.globals(), "__name__");
        name.and_then(|name| atoms::to_string(name))
            .unwrap_or_default()
    }
}

/// The last part of the program's path, where a command is a text or begins with one.
unsafe fn command(command: Object) -> Option<String> {
    // SAFETY: the caller passes an object that is alive, or null; types are checked exactly.
    unsafe {
        if command.is_null() {
            return None;
        }
        let first = if ffi::PyList_CheckExact(command) != 0 && ffi::PyList_GET_SIZE(command) > 0 {
            ffi::PyList_GET_ITEM(command, 0)
        } else if ffi::PyTuple_CheckExact(command) != 0 && ffi::PyTuple_GET_SIZE(command) > 0 {
            ffi::PyTuple_GET_ITEM(command, 0)
        } else {
            command
        };
        let text = (ffi::PyUnicode_CheckExact(first) != 0).then(|| atoms::to_string(first))??;
        let program = text.split_whitespace().next()?;
        Some(program.rsplit('/').next().unwrap_or(program).to_owned())
    }
}

/// How often children that have ended needed memory: of none, never.
fn faults() -> i64 {
    // SAFETY: fills the structure, which is plain data.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage.ru_minflt
    }
}
