//! Where a session begins.

use replayer::{Direction, Reason, StopView};

use super::Session;
use crate::Failure;

impl Session {
    /// Goes to where the debugger opens: the crash if there was one, else the first line.
    pub(crate) fn open_at(&mut self, place: Option<&str>) -> Result<StopView, Unopened> {
        let outcome = match place {
            Some(place) => self.place(place),
            None => match self.debugger.seek_crash() {
                Err(replayer::Error::NoSuch(_)) => self.debugger.seek_end(Direction::Backward),
                other => other,
            },
        };
        match outcome {
            Ok(stop) => Ok(moved(stop)),
            Err(replayer::Error::Trace(error)) => Err(Unopened::Damaged(error.to_string())),
            Err(other) => Err(Unopened::NoSuch(other.to_string())),
        }
    }

    /// Says what was damaged, and stays where the debugger is: at the first step that can be read.
    pub(crate) fn open_beside(&mut self, damage: &str) -> Result<StopView, Failure> {
        self.fail(damage)?;
        Ok(moved(self.debugger.stop(Reason::Moved)?))
    }
}

/// Why a place to begin at was not reached.
pub(crate) enum Unopened {
    /// The trace is damaged.
    Damaged(String),
    /// There is no such place.
    NoSuch(String),
}

/// A stop as where a session begins.
fn moved(stop: StopView) -> StopView {
    StopView {
        reason: Reason::Moved,
        changes: Vec::new(),
        ..stop
    }
}
