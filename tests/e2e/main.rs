//! The end-to-end tests: one binary, one module a topic.
//!
//! What needs no program belongs into the unit tests of the crates, which are a hundred times
//! faster; what needs Python's view of a run belongs into `tests/python`.

mod again;
mod cli;
mod format;
mod hostile;
mod laws;
mod motions;
mod own;
mod searches;
mod sessions;
mod tidy;
mod transcripts;
mod writes;

/// Whether the code of an event has text in the trace, or comes from a file at least.
fn has_text(reader: &schema::TraceReader, event: &schema::EventInfo) -> bool {
    let code = reader.code(event.code).expect("the code is known");
    let file = reader.file(code.file).expect("the file is known");
    let source = || reader.source(code.file).expect("a source can be read");
    !file.starts_with('<') || source().is_some()
}
