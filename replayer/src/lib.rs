//! Time travel over a trace.
#![forbid(unsafe_code)]
mod error;
mod timeline;
mod trace;
pub use error::{Error, Result};
