//! Requests about the whole run, and the progress of what takes long.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use replayer::{Budget, Debugger};
use schema::Pos;
use serde_json::{Value, json};

use super::client::{Abilities, Client};
use super::session::{Outcome, Session, arguments};

/// What takes no longer than this is not worth a word.
const SHORT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(250);
/// More buckets than this no screen shows.
const MOST_BUCKETS: usize = 4000;
/// After so many changes, a history counts no further.
const MOST_CHANGES: u64 = 1_000_000;
/// How many values a history gives when nobody says how many.
const USUAL: usize = 1000;

impl Session {
    /// The run in stretches, for a picture of it.
    pub(super) fn on_timeline(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Wanted {
            buckets: usize,
        }
        let wanted: Wanted = arguments(request)?;
        let debugger = self.debugger()?;
        let events = debugger.last_position().0 + 1;
        let overview = debugger.overview(wanted.buckets.clamp(1, MOST_BUCKETS))?;
        let threads = debugger.threads()?;
        let threads: Vec<Value> = threads
            .iter()
            .map(|thread| json!({ "id": thread.number, "name": schema::escape_control(&thread.name) }))
            .collect();
        let buckets: Vec<Value> = overview
            .buckets
            .iter()
            .map(|bucket| {
                json!({
                    "from": bucket.from,
                    "to": bucket.to,
                    "counts": bucket.counts,
                    "depth": bucket.depth,
                })
            })
            .collect();
        let raised: Vec<Value> = overview
            .raised
            .iter()
            .map(|raised| {
                json!({
                    "position": raised.pos,
                    "threadId": raised.thread,
                    "type": raised.value.split('(').next(),
                    "text": raised.value,
                })
            })
            .collect();
        Ok(json!({
            "events": events,
            "threads": threads,
            "buckets": buckets,
            "exceptions": raised,
            "exceptionsTotal": overview.raised_total,
            "exact": overview.is_exact,
        })
        .into())
    }

    /// The values that an expression had, from the first on.
    pub(super) fn on_history(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            expression: String,
            condition: Option<String>,
            frame_id: Option<i64>,
            limit: Option<usize>,
        }
        let wanted: Wanted = arguments(request)?;
        self.select(wanted.frame_id)?;
        let limit = wanted.limit.unwrap_or(USUAL);
        let mut moments = Vec::new();
        let mut total: u64 = 0;
        let debugger = self.debugger()?;
        let condition = wanted.condition.as_deref();
        debugger.history(
            &wanted.expression,
            condition,
            Budget::BRIEF,
            &mut |moment| {
                total += 1;
                if moments.len() < limit {
                    moments.push(moment);
                }
                total < MOST_CHANGES
            },
        )?;
        let mut changes = Vec::new();
        for moment in moments {
            let at = debugger.step_at(Pos(moment.pos))?;
            changes.push((moment, at));
        }
        let changes: Vec<Value> = changes
            .into_iter()
            .map(|(moment, at)| {
                json!({
                    "position": moment.pos,
                    "again": moment.again,
                    "stores": moment.stores,
                    "late": moment.late,
                    "value": moment.value.unwrap_or_else(|| "no value".into()),
                    "line": self.to_client_line(at.line),
                    "path": at.file,
                })
            })
            .collect();
        let is_complete = total < MOST_CHANGES;
        Ok(json!({ "changes": changes, "total": total, "complete": is_complete }).into())
    }
}

/// Tells how far a search is until it is dropped.
pub(super) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Begins to tell how far a search is, if the client shows that.
pub(super) fn progress(client: &Client, abilities: Abilities, debugger: &Debugger) -> Progress {
    if !abilities.shows_progress {
        return Progress { running: None };
    }
    let (client, searched) = (client.clone(), debugger.searched());
    let (sender, receiver) = channel();
    let thread = std::thread::spawn(move || {
        let (mut wait, mut is_shown) = (SHORT, false);
        while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(wait) {
            wait = TICK;
            let share = f64::from(searched.load(Ordering::Relaxed)) / 10.0;
            let body =
                json!({ "progressId": "search", "message": format!("at {share:.1}% of the run") });
            if !std::mem::replace(&mut is_shown, true) {
                let begin = json!({ "progressId": "search", "title": "rdbg: searching", "cancellable": false });
                client.event("progressStart", begin);
            }
            client.event("progressUpdate", body);
        }
        if is_shown {
            client.event("progressEnd", json!({ "progressId": "search" }));
        }
    });
    Progress {
        running: Some((sender, thread)),
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            // It only tells; that it could not is no concern of the search.
            let _ = thread.join();
        }
    }
}
