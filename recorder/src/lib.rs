//! Records a Python program into a trace.
//!
//! [`monitoring`] receives CPython's events and asks `filter` once for each code object whether it
//! is recorded; [`recorder`] has one method for each event; `frames` knows which frame runs where,
//! `objects` and `holding` which objects are held; `refresh` compares what a line can have changed, by
//! `scan`, with what was seen, and `contents` and `diff` write what is new; `sink` carries the encoded
//! operations to the thread that writes the file.
//!
//! **Invariants:** no callback runs code of the program, and none raises into it; no reference is
//! held to an object of the program, exact atoms excepted; the writer's thread never takes the GIL.

mod addresses;
mod adopt;
mod again;
mod assumed;
mod atoms;
mod attributes;
mod budget;
mod callees;
mod calling;
mod captures;
mod caught;
mod cells;
mod changed;
mod children;
mod class_objects;
mod classes;
mod clock;
mod codes;
mod collector;
mod compare;
mod config;
mod contents;
mod descriptors;
mod diff;
mod effects;
mod exits;
mod fields;
mod filter;
mod follow;
mod frames;
mod holding;
mod insides;
mod iterators;
mod judging;
mod keep;
mod keys;
mod known;
mod known_callees;
mod last_words;
mod layout;
mod lent;
mod lifetimes;
mod lines;
mod loaded;
mod made;
mod memory;
mod methods;
mod module_members;
mod modules;
mod monitoring;
mod objects;
mod offsets;
mod opaque;
mod own_thread;
mod panics;
mod places;
mod probes;
mod progress;
mod pure;
mod reading;
mod recorder;
mod refresh;
mod run;
mod same;
mod saying;
mod scan;
mod seen;
mod session;
mod sets;
mod sink;
mod slots;
mod sources;
mod tables;
mod texts;
mod threads;
mod told;
mod tracebacks;
mod unnoticed;
mod values;
mod visiting;
mod watch;
mod words;
mod youngest;

pub use memory::Memory;
use pyo3::prelude::*;

/// Adds the recorder's functions to the extension module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(session::check_layout, module)?)?;
    module.add_function(wrap_pyfunction!(session::program, module)?)?;
    module.add_function(wrap_pyfunction!(session::begin, module)?)?;
    module.add_function(wrap_pyfunction!(session::finish, module)?)?;
    module.add_function(wrap_pyfunction!(session::drop_trace, module)?)?;
    module.add_function(wrap_pyfunction!(session::recording, module)?)?;
    module.add_function(wrap_pyfunction!(session::mark, module)?)?;
    module.add_function(wrap_pyfunction!(run::compile, module)?)?;
    module.add_function(wrap_pyfunction!(youngest::set_count, module)?)?;
    module.add_function(wrap_pyfunction!(run::execute, module)?)?;
    module.add_function(wrap_pyfunction!(run::call, module)?)?;
    module.add_function(wrap_pyfunction!(run::uncaught, module)?)?;
    Ok(())
}

/// Lets Ctrl-C end this process at once, as a command that is not Python expects.
pub fn restore_interrupts() {
    session::restore_interrupts();
}
