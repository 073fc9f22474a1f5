//! `rdbg verify`: reads all of a trace and looks for damage.

use std::collections::HashMap;
use std::io::Write;

use schema::{EventKind, FrameId, Pos, State, TraceReader, escape_control};
use serde_json::json;

use crate::arguments::Verify;
use crate::{FINE, FOUND, Failure};

/// What was found.
#[derive(Default)]
struct Report {
    problems: Vec<String>,
    chunks: usize,
    readable: u64,
    begun: u64,
    ended: u64,
    open: HashMap<FrameId, u64>,
}

pub(crate) fn run(options: &Verify) -> Result<i32, Failure> {
    let reader = TraceReader::open(&options.trace)?;
    let mut report = Report::default();
    match reader.database_check() {
        Ok(None) => {}
        Ok(Some(what)) => report.problems.push(format!("database: {what}")),
        Err(error) => report.problems.push(format!("database: {error}")),
    }
    report.check_facts(&reader);
    let mut last: Option<State> = None;
    for info in reader.chunks() {
        last = match report.check_chunk(&reader, *info, last.as_ref()) {
            Ok(state) => {
                report.chunks += 1;
                report.readable += info.events;
                Some(state)
            }
            Err(error) => {
                report.problems.push(format!("chunk {}: {error}", info.id));
                None
            }
        };
    }
    report.say(&reader, options.json)?;
    Ok(if report.problems.is_empty() {
        FINE
    } else {
        FOUND
    })
}

impl Report {
    fn check_facts(&mut self, reader: &TraceReader) {
        for (id, _) in reader.files() {
            if let Err(error) = reader.source(id) {
                self.problems.push(error.to_string());
            }
        }
        for code in reader.codes() {
            if let Err(error) = reader.file(code.file) {
                self.problems
                    .push(format!("code object {}: {error}", code.id));
            }
        }
        if let Err(error) = reader.left_out() {
            self.problems.push(error.to_string());
        }
    }

    /// Decodes and folds a chunk; the state at its end.
    fn check_chunk(
        &mut self,
        reader: &TraceReader,
        info: schema::ChunkInfo,
        before: Option<&State>,
    ) -> schema::Result<State> {
        let chunk = reader.chunk(info.id)?;
        let mut state = chunk.start()?;
        if let Some(before) = before
            && !state.same(before)
        {
            let text = format!("chunk {}: its keyframe is not the state before it", info.id);
            self.problems.push(text);
        }
        if info.events > 0 {
            chunk.advance(&mut state, Pos(info.first.0 + info.events - 1))?;
        }
        let mut lines = 0;
        for event in &chunk.events {
            reader.code(event.code)?;
            match event.kind {
                EventKind::Line => lines += 1,
                EventKind::Start => {
                    self.begun += 1;
                    *self.open.entry(event.frame).or_default() += 1;
                }
                EventKind::Return | EventKind::Unwind => {
                    self.ended += 1;
                    self.open.remove(&event.frame);
                }
                _ => {}
            }
        }
        if lines != info.lines {
            self.problems.push(format!(
                "chunk {}: {lines} lines, not {}",
                info.id, info.lines
            ));
        }
        for object in state.objects.values() {
            reader.class(object.class)?;
        }
        Ok(state)
    }

    fn say(&self, reader: &TraceReader, as_json: bool) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let is_complete = reader.ending().is_some();
        let is_sound = self.problems.is_empty();
        if as_json {
            let all = json!({
                "sound": is_sound,
                "complete": is_complete,
                "events": reader.events(),
                "readable": self.readable,
                "chunks": reader.chunks().len(),
                "frames_begun": self.begun,
                "frames_ended": self.ended,
                "frames_open": self.open.len(),
                "problems": self.problems,
            });
            return writeln!(out, "{all}");
        }
        for problem in &self.problems {
            writeln!(
                out,
                "damaged: {}",
                escape_control(problem).replace('\n', " ")
            )?;
        }
        let verdict = match (is_sound, is_complete) {
            (true, true) => "sound",
            (true, false) => "sound but incomplete: the recorder was killed or still runs",
            (false, _) => "damaged",
        };
        writeln!(
            out,
            "{verdict}: {} of {} events readable, {} of {} chunks",
            self.readable,
            reader.events(),
            self.chunks,
            reader.chunks().len()
        )?;
        let open = self.open.len();
        let never = if open == 0 {
            String::new()
        } else {
            format!(", {open} never ended")
        };
        writeln!(
            out,
            "frames: {} begun, {} ended{never}",
            self.begun, self.ended
        )
    }
}
