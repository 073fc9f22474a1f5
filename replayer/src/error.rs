//! What can go wrong while looking at a run. Every message names the thing.

use std::fmt;

/// The result of a question to the debugger.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong while looking at a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The trace itself. Boxed, as every value of an expression is moved with room for an error.
    Trace(Box<schema::Error>),
    /// The trace holds no step to rest on.
    Empty,
    /// Something asked for is not there; the text says what.
    NoSuch(String),
    /// An expression cannot be read or evaluated; the text names the part.
    Expression(String),
    /// An exception that Python would raise there: its class, and what it says.
    Python(String),
    /// A search was interrupted; nothing moved.
    Interrupted,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Trace(error) => error.fmt(f),
            Error::Empty => write!(
                f,
                "the trace holds no line of recorded code; nothing to replay"
            ),
            Error::NoSuch(what) => f.write_str(what),
            Error::Expression(what) | Error::Python(what) => f.write_str(what),
            Error::Interrupted => write!(f, "interrupted; still where the search began"),
        }
    }
}

impl std::error::Error for Error {}

impl From<schema::Error> for Error {
    fn from(error: schema::Error) -> Self {
        Error::Trace(error.into())
    }
}
