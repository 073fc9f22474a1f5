//! The end of a recording, and what a person is told of it.

use schema::{Ending, Kept, Summary, size};

use super::Report;
use crate::keep::Unwanted;
use crate::{judging, keep, last_words, monitoring, panics};

/// Writes the end of the trace, or takes it away if such an end is not one to keep; says what was
/// recorded, and what a person is to be told.
pub(super) fn conclude(
    active: &mut monitoring::Active,
    report: Report,
) -> (Option<Summary>, String) {
    if let Some(why) = keep::refuses(&report.how) {
        return (None, take_away(active, &report, &why));
    }
    let seconds = active.recorder.clock.seconds();
    let ending = Ending {
        how: report.how,
        seconds,
    };
    last_words::uninstall();
    let finished = panics::caught(|| active.recorder.sink.finish(&ending));
    let summary = finished.unwrap_or_else(|| Summary {
        stopped: Some(panics::told()),
        kept: Kept::Unseen,
        ..Summary::default()
    });
    let without = active.recorder.children.told();
    let without = without.map_or_else(String::new, |children| format!(", without {children}"));
    let path = report.path.display().to_string();
    let path = schema::escape_control(&path);
    let lines = match &summary.stopped {
        // It was asked for.
        Some(why) if report.quiet && why.contains(judging::STOP_AT) => String::new(),
        Some(why) => format!(
            "rdbg: recording stopped: {}; {}\n",
            schema::escape_control(why),
            held(&path, &summary.kept)
        ),
        None if report.quiet => String::new(),
        None => {
            let bytes = std::fs::metadata(&report.path).map_or(0, |file| file.len());
            format!(
                "rdbg: {} in {}, {}{without}: {path}; open it with: rdbg replay {}\n",
                count(summary.events, "event"),
                count(summary.threads, "thread"),
                size(bytes),
                quoted(&path),
            )
        }
    };
    (Some(summary), lines)
}

/// Leaves no trace, and says so.
fn take_away(active: &mut monitoring::Active, report: &Report, why: &Unwanted) -> String {
    last_words::uninstall();
    panics::caught(|| active.recorder.sink.remove());
    let path = report.path.display().to_string();
    let path = schema::escape_control(&path);
    let why = match why {
        Unwanted::Waiting => {
            let place = schema::escape_control(&report.start_at);
            format!("{place} was not reached, so nothing was recorded (--start-at)")
        }
        Unwanted::No(end) => format!("no {end}, so no trace is kept (--keep-on {end})"),
    };
    if report.path.symlink_metadata().is_ok() {
        return format!("rdbg: {why}; but {path} cannot be removed\n");
    }
    match report.quiet {
        true => String::new(),
        false => format!("rdbg: {why}\n"),
    }
}

/// What there is of a recording that ended early.
fn held(path: &str, kept: &Kept) -> String {
    match kept {
        Kept::File(events) => format!("{path} holds the first {}", count(*events, "event")),
        Kept::WithLog(events) => format!(
            "{path} and {path}-wal together hold the first {}; `rdbg info {}` makes one file of them",
            count(*events, "event"),
            quoted(path)
        ),
        Kept::Elsewhere => format!("{path} is not there any more"),
        Kept::Unreadable(why) => {
            format!("{path} cannot be read: {}", schema::escape_control(why))
        }
        Kept::Unseen => format!("`rdbg info {}` tells what it holds", quoted(path)),
    }
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

fn count(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if number == 1 { "" } else { "s" };
    format!("{grouped} {noun}{plural}")
}
