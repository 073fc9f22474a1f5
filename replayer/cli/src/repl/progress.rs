//! How far a long search is, told on a terminal.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use replayer::Debugger;

/// What takes no longer than this is not worth a word.
const SHORT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Tells how far a search is until it is dropped.
pub(crate) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins, if there is a person to tell. Once something else is printed, it keeps silent.
    pub(crate) fn begin(debugger: &Debugger, has_said: Arc<AtomicBool>) -> Progress {
        if !std::io::stderr().is_terminal() || !std::io::stdin().is_terminal() {
            return Progress { running: None };
        }
        let searched = debugger.searched();
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            let mut wait = SHORT;
            let mut is_shown = false;
            while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(wait) {
                wait = TICK;
                if has_said.load(Ordering::Relaxed) {
                    break;
                }
                is_shown = true;
                tell(&searched);
            }
            if is_shown {
                erase();
            }
        });
        Progress {
            running: Some((sender, thread)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            // It only prints; that it could not is no concern of the search.
            let _ = thread.join();
        }
    }
}

fn tell(searched: &AtomicU32) {
    let share = f64::from(searched.load(Ordering::Relaxed)) / 10.0;
    let mut out = std::io::stderr().lock();
    let _ = write!(
        out,
        "\rsearching at {share:.1}% of the run, Ctrl-C stops \x1b[K"
    );
    let _ = out.flush();
}

fn erase() {
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "\r\x1b[K");
    let _ = out.flush();
}
