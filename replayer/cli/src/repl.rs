//! `rdbg replay` (to come).
use crate::Failure;
use crate::arguments::Replay;
pub(crate) fn run(_: Replay) -> Result<i32, Failure> {
    Ok(0)
}
