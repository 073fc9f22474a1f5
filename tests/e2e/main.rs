//! The end-to-end tests: one binary, one module a topic.
//!
//! What needs no program belongs into the unit tests of the crates, which are a hundred times
//! faster; what needs Python's view of a run belongs into `tests/python`.

mod cli;
mod format;
mod hostile;
mod laws;
mod motions;
mod searches;
mod sessions;
mod tidy;
mod transcripts;
mod writes;
