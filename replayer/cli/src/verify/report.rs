//! What `rdbg verify` found, and how it is told.

use std::io::Write;

use schema::{ChunkInfo, TraceReader, escape_control};
use serde_json::json;

use crate::inert;

/// Problems beyond this many are counted, not listed.
const LISTED: usize = 50;

/// What was found.
#[derive(Default)]
pub(super) struct Report {
    problems: Vec<String>,
    more_problems: u64,
    chunks: usize,
    events: u64,
    /// First and last position of each stretch that can be read.
    stretches: Vec<(u64, u64)>,
    pub(super) begun: u64,
    /// Frames that ran already where what can be read begins.
    pub(super) found: u64,
    pub(super) ended: u64,
    /// Generators that were freed while they were suspended.
    pub(super) freed: u64,
    pub(super) never_ended: u64,
}

impl Report {
    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < LISTED {
            self.problems.push(text);
        } else {
            self.more_problems += 1;
        }
    }

    pub(super) fn readable(&mut self, info: &ChunkInfo) {
        self.chunks += 1;
        self.events += info.events;
        let Some(end) = (info.first.0 + info.events).checked_sub(1) else {
            return;
        };
        match self.stretches.last_mut() {
            Some((_, last)) if *last + 1 == info.first.0 => *last = end,
            _ => self.stretches.push((info.first.0, end)),
        }
    }

    pub(super) fn say(&self, reader: &TraceReader, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let is_complete = reader.is_complete();
        let never = self.never_ended;
        if as_json {
            let all = json!({
                "sound": self.is_sound(),
                "complete": is_complete,
                "events": reader.events(),
                "readable": self.events,
                "readable_positions": self.stretches,
                "chunks": reader.chunks().len(),
                "readable_chunks": self.chunks,
                "frames_begun": self.begun,
                "frames_found": self.found,
                "frames_ended": self.ended,
                "frames_freed": self.freed,
                "frames_open": never,
                "problems": self.problems,
                "more_problems": self.more_problems,
            });
            return writeln!(out, "{}", inert::json(&all));
        }
        for problem in &self.problems {
            let line = escape_control(problem).replace('\n', " ");
            writeln!(out, "damaged: {line}")?;
        }
        if self.more_problems > 0 {
            writeln!(out, "damaged: {} more of these", self.more_problems)?;
        }
        let verdict: String = match (self.is_sound(), is_complete) {
            (true, true) => "sound".into(),
            (true, false) => format!("sound but {}", reader.how_it_ended()),
            (false, _) => "damaged".into(),
        };
        let (events, chunks) = (reader.events(), reader.chunks().len());
        let (held, whole) = (self.events, self.chunks);
        writeln!(
            out,
            "{verdict}: {held} of {events} events readable, {whole} of {chunks} chunks"
        )?;
        if !self.is_sound() {
            let stretches = self.stretches.iter().map(|(a, b)| format!("@{a} to @{b}"));
            let all: Vec<_> = stretches.collect();
            let all = if all.is_empty() {
                "nothing".into()
            } else {
                all.join(", ")
            };
            writeln!(out, "readable: {all}")?;
        }
        let counts = |parts: &[(u64, &str)]| {
            let parts = parts.iter().filter(|(count, _)| *count > 0);
            let all: Vec<String> = parts
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            all.join(" + ")
        };
        let came = counts(&[(self.begun, "begun"), (self.found, "running before")]);
        let went = counts(&[
            (self.ended, "ended"),
            (self.freed, "freed while suspended"),
            (never, "still open"),
        ]);
        let or_none = |text: String| if text.is_empty() { "0".into() } else { text };
        writeln!(out, "frames: {} = {}", or_none(came), or_none(went))
    }
}
