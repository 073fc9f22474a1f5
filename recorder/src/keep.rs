//! Whether a trace is wanted, now that it is known how the program ended: `--keep-on`.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use serde::Deserialize;

/// After which endings a trace is kept.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub(crate) enum KeepOn {
    /// A status other than 0, a signal, and whatever a crash is.
    Failure = 1,
    /// An exception that nobody caught, in the program, a thread or a task, or a fault of the process.
    Crash,
    /// Death by a signal, Ctrl-C among them.
    Signal,
}

const ALL: [KeepOn; 3] = [KeepOn::Failure, KeepOn::Crash, KeepOn::Signal];

/// What is asked of the recording of this process, 0 for all endings.
static ASKED: AtomicU8 = AtomicU8::new(0);
/// The place at which recording is to begin has not been reached.
static IS_WAITING: AtomicBool = AtomicBool::new(false);
/// Nobody caught an exception.
static HAS_DIED: AtomicBool = AtomicBool::new(false);

/// A recording begins.
pub(crate) fn begin(asked: Option<KeepOn>) {
    ASKED.store(asked.map_or(0, |asked| asked as u8), Ordering::Relaxed);
    set_waiting(false);
    HAS_DIED.store(false, Ordering::Relaxed);
}

/// Whether the place at which recording is to begin has not been reached.
pub(crate) fn set_waiting(is_waiting: bool) {
    IS_WAITING.store(is_waiting, Ordering::Relaxed);
}

/// A thread, a task or the program itself ends by an exception.
pub(crate) fn note_death() {
    HAS_DIED.store(true, Ordering::Relaxed);
}

/// Why a trace is not kept.
pub(crate) enum Unwanted {
    /// Recording did not begin.
    Waiting,
    /// The program did not end so.
    No(&'static str),
}

/// Whether a trace of which the end is `how` is not wanted.
pub(crate) fn refuses(how: &str) -> Option<Unwanted> {
    if IS_WAITING.load(Ordering::Relaxed) {
        return Some(Unwanted::Waiting);
    }
    let asked = ASKED.load(Ordering::Relaxed);
    let asked = ALL.into_iter().find(|keep| *keep as u8 == asked)?;
    let is_wanted = wants(asked, how, HAS_DIED.load(Ordering::Relaxed));
    (!is_wanted).then_some(Unwanted::No(match asked {
        KeepOn::Failure => "failure",
        KeepOn::Crash => "crash",
        KeepOn::Signal => "signal",
    }))
}

/// Whether such an end is one to keep the trace for. `has_died` says that nobody caught an exception.
fn wants(asked: KeepOn, how: &str, has_died: bool) -> bool {
    const FAULTS: [&str; 7] = [
        "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGSYS", "SIGTRAP",
    ];
    let is_fine = how == "exit 0"
        || how == "exit 0 by os._exit"
        || how == "the block ended"
        || how == "stopped";
    let is_known = is_fine
        || how.starts_with("exit ")
        || how.starts_with("uncaught ")
        || how.ends_with(" left the block");
    let signal = match how {
        "uncaught KeyboardInterrupt" | "KeyboardInterrupt left the block" => Some("SIGINT"),
        how => how.strip_prefix("killed by "),
    };
    let is_fault = signal.is_some_and(|signal| FAULTS.contains(&signal));
    match asked {
        // What goes on as another program, or ended in a way that is not known, may have failed so.
        KeepOn::Signal => signal.is_some() || !is_known,
        KeepOn::Crash => has_died || is_fault || !(is_known || signal.is_some()),
        KeepOn::Failure => has_died || !is_fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept() {
        use KeepOn::{Crash, Failure, Signal};
        for (how, has_died, kept) in [
            ("exit 0", false, &[][..]),
            ("exit 0", true, &[Failure, Crash]),
            ("exit 0 by os._exit", false, &[]),
            ("exit 3", false, &[Failure]),
            ("exit 3 by os._exit", false, &[Failure]),
            ("uncaught ValueError", true, &[Failure, Crash]),
            ("uncaught KeyboardInterrupt", false, &[Failure, Signal]),
            ("killed by SIGTERM", false, &[Failure, Signal]),
            ("killed by SIGSEGV", false, &[Failure, Crash, Signal]),
            (
                "replaced by another program (os.exec)",
                false,
                &[Failure, Crash, Signal],
            ),
            ("the block ended", false, &[]),
            ("stopped", false, &[]),
            ("KeyError left the block", true, &[Failure, Crash]),
        ] {
            for asked in ALL {
                assert_eq!(
                    wants(asked, how, has_died),
                    kept.contains(&asked),
                    "{how} {asked:?}"
                );
            }
        }
    }
}
