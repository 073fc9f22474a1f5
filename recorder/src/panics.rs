//! A panic of the recorder ends the recording. The program neither sees it nor hears of it, but for
//! the one line that says why recording ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

/// Where the last one was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from printing.
pub(crate) fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info
                .location()
                .map(|place| format!("{}:{}", place.file(), place.line()));
            let is_own = place
                .as_ref()
                .is_some_and(|place| !place.contains("replayer"));
            if !is_own {
                return usual(info);
            }
            *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place;
        }));
    });
}

/// The reason to give for the end of a recording.
pub(crate) fn told() -> String {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    format!("an internal error of the recorder{place}")
}

/// Runs what must not panic into who calls; `None` if it did.
pub(crate) fn caught<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}
