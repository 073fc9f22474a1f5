//! A line on the terminal that says how far a long recording is.
//!
//! The terminal belongs to the program: nothing is said before some seconds have passed, nor while
//! the program writes, nor while it waits. The text stands at the right edge and the cursor does not
//! move, so that what the program has written and goes on to write stays readable; at the end it is
//! erased, or stands beside the program's last line.

use std::fs;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How long a recording is no news.
const QUIET: Duration = Duration::from_secs(3);
/// How often the line is written anew.
const PERIOD: Duration = Duration::from_secs(1);

/// How many columns the text has.
const WIDTH: usize = 48;

/// What was said, and when.
pub(crate) struct Progress {
    began: Instant,
    told: Instant,
    events: u64,
    written: Option<u64>,
    is_shown: bool,
}

impl Progress {
    /// None if standard error is no terminal.
    pub(crate) fn new() -> Option<Progress> {
        let now = Instant::now();
        std::io::stderr().is_terminal().then_some(Progress {
            began: now,
            told: now,
            events: 0,
            written: None,
            is_shown: false,
        })
    }

    /// Says how many events and bytes there are, if it is time to. Called by the writer's thread.
    pub(crate) fn tell(&mut self, events: u64, bytes: impl FnOnce() -> u64) {
        if self.told.elapsed() < PERIOD {
            return;
        }
        self.told = Instant::now();
        let written = written_by_others();
        let is_busy = std::mem::replace(&mut self.events, events) != events;
        let is_silent = std::mem::replace(&mut self.written, written) == written;
        if self.began.elapsed() < QUIET || !is_busy || !is_silent {
            return;
        }
        let text = format!(
            "rdbg: {:.1} million events, {}, {} s",
            events as f64 / 1e6,
            schema::size(bytes()),
            self.began.elapsed().as_secs()
        );
        self.say(&format!("{text:>WIDTH$.WIDTH$}"));
        self.is_shown = true;
    }

    /// Erases the line.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.say("\x1b[K");
        }
    }

    /// Writes at the right edge of the cursor's row: save (DECSC), go there (CUF, CUB), restore (DECRC).
    fn say(&self, text: &str) {
        let back = WIDTH - 1;
        let text = format!("\x1b7\x1b[999C\x1b[{back}D\x1b[?7l{text}\x1b[?7h\x1b8");
        // A terminal that is gone is no failure of the recording.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// How many bytes the other threads of this process have written, where the system tells.
fn written_by_others() -> Option<u64> {
    let count = |path: &str| {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("wchar: "));
        line?.trim().parse::<u64>().ok()
    };
    count("/proc/self/io")?.checked_sub(count("/proc/thread-self/io")?)
}
