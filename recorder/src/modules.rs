//! Namespaces of modules, which outlive the frames that use them, and of classes.

use pyo3::ffi;

use crate::atoms;
use crate::classes;
use crate::layout::Object;
use crate::objects::Heap;
use crate::recorder::Recorder;
use crate::seen::Seen;
use crate::sink::Sink;

impl Heap {
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
        if let Some(index) = seen.entry()
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
}

impl Recorder {
    /// Holds the globals of a frame. Those of a module are held for good, or each call into it
    /// would write them anew.
    ///
    /// # Safety
    /// `globals` is that of a live frame, and the GIL is held.
    #[inline(always)]
    pub(crate) unsafe fn hold_globals(&mut self, globals: Object) -> Seen {
        if let Some((last, index)) = self.last_module
            && last == globals
        {
            self.heap.hold_root(index);
            return Seen::object(index);
        }
        // SAFETY: as promised by the caller.
        unsafe { self.hold_other_globals(globals) }
    }

    #[inline(never)]
    unsafe fn hold_other_globals(&mut self, globals: Object) -> Seen {
        // SAFETY: the caller passes the globals of a live frame.
        unsafe {
            let is_module = match self.pinned.get(&(globals as usize)) {
                Some(known) => *known,
                None => {
                    let is_module = is_module_namespace(globals);
                    self.pinned.insert(globals as usize, is_module);
                    if is_module {
                        self.heap.hold_namespace(globals, true, &mut self.sink);
                    }
                    is_module
                }
            };
            let seen = self.heap.hold_namespace(globals, is_module, &mut self.sink);
            if let Some(index) = seen.entry()
                && is_module
            {
                self.last_module = Some((globals, index));
            }
            seen
        }
    }
}

/// Whether a dict is that of a module in `sys.modules`.
unsafe fn is_module_namespace(dict: Object) -> bool {
    // SAFETY: the caller passes a live dict; dicts are only walked.
    unsafe {
        let modules = ffi::PyImport_GetModuleDict();
        let name = classes::find(dict, "__name__");
        let Some(name) = name.and_then(|name| atoms::to_string(name)) else {
            return false;
        };
        classes::find(modules, &name).is_some_and(|module| {
            ffi::PyModule_Check(module) != 0 && ffi::PyModule_GetDict(module) == dict
        })
    }
}
