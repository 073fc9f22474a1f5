//! When the trace is told the time.

use std::time::{Duration, Instant};

use schema::encode;

use crate::recorder::Recorder;

/// How often the trace is told the time, and after how many events the clock is asked.
const TICK: Duration = Duration::from_millis(1);
const EVENTS_A_LOOK: u32 = 64;

/// The time since recording began.
pub(crate) struct Clock {
    began: Instant,
    told: Duration,
    until_look: u32,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock {
            began: Instant::now(),
            told: Duration::ZERO,
            until_look: EVENTS_A_LOOK,
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// An event has come: whether it is time for a [look](Self::look).
    #[inline(always)]
    pub(crate) fn is_due(&mut self) -> bool {
        self.until_look = self.until_look.wrapping_sub(1);
        self.until_look == 0
    }

    /// The nanoseconds, if they are to be told.
    pub(crate) fn look(&mut self) -> Option<u64> {
        self.until_look = EVENTS_A_LOOK;
        let now = self.began.elapsed();
        (now >= self.told + TICK).then(|| {
            self.told = now;
            now.as_nanos() as u64
        })
    }
}

impl Recorder {
    /// From time to time: tells the time, and sees what the collector does.
    ///
    /// # Safety
    /// As for [`begin`](Self::begin).
    #[cold]
    pub(crate) unsafe fn look_around(&mut self) {
        if let Some(nanoseconds) = self.clock.look() {
            encode::time(&mut self.sink, nanoseconds);
            // SAFETY: as for `begin`.
            if let Some(why) = self.tool.lost(unsafe { pyo3::Python::assume_attached() }) {
                self.sink.end(why);
            }
        }
        self.sink.wake();
        self.look_at_sweep();
        // SAFETY: as for `begin`.
        unsafe { self.heap.look_at_collector() };
    }
}
