//! `rdbg dump`: every event as a line of JSON.

use std::io::{BufWriter, Write};

use schema::{ChunkInfo, EventInfo, EventKind, Pos, State, ThreadId, TraceReader};
use serde_json::{Map, Value as Json};

use crate::arguments::Dump;
use crate::json::Renderer;
use crate::{FINE, FOUND, Failure, USAGE};

pub(crate) fn run(options: &Dump) -> Result<i32, Failure> {
    let reader = TraceReader::open(&options.trace)?;
    let dump = Dumper {
        reader: &reader,
        from: options.from.unwrap_or(0),
        to: options.to.unwrap_or(u64::MAX),
        threads: threads(&reader, options.thread.as_deref())?,
        depth: options.depth,
    };
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut damage = reader.problems().first().cloned();
    for info in reader.chunks() {
        // Whatever a damaged chunk holds, those after it can be read.
        match dump.chunk(info, &mut out) {
            Err(Failure::Trace(error)) => {
                damage.get_or_insert(error.to_string());
            }
            other => other?,
        }
    }
    out.flush()?;
    match damage {
        None => Ok(FINE),
        Some(what) => Err(Failure::Other(
            FOUND,
            format!("not all could be read: {what}"),
        )),
    }
}

/// The threads of a name or number; `None` stands for all.
fn threads(reader: &TraceReader, wanted: Option<&str>) -> Result<Option<Vec<ThreadId>>, Failure> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let is_it = |t: &&schema::Thread| t.id.0.to_string() == wanted || t.name == wanted;
    let found: Vec<_> = reader
        .threads()
        .iter()
        .filter(is_it)
        .map(|t| t.id)
        .collect();
    if found.is_empty() {
        let all: Vec<_> = reader
            .threads()
            .iter()
            .map(|t| format!("{} {}", t.id, t.name))
            .collect();
        let text = format!("there is no thread {wanted}; there are: {}", all.join(", "));
        return Err(Failure::Other(USAGE, text));
    }
    Ok(Some(found))
}

/// What is to be shown of a trace.
struct Dumper<'a> {
    reader: &'a TraceReader,
    from: u64,
    to: u64,
    threads: Option<Vec<ThreadId>>,
    depth: u32,
}

impl Dumper<'_> {
    fn chunk(&self, info: &ChunkInfo, out: &mut impl Write) -> Result<(), Failure> {
        let (first, end) = (info.first.0, info.first.0 + info.events);
        if first > self.to || end <= self.from {
            return Ok(());
        }
        let chunk = self.reader.chunk(info.id)?;
        let mut state = chunk.start()?;
        for (pos, event) in (first..).zip(&chunk.events) {
            if pos > self.to {
                break;
            }
            let shown = self
                .threads
                .as_ref()
                .is_none_or(|some| some.contains(&event.thread));
            if pos < self.from || !shown {
                continue;
            }
            chunk.advance(&mut state, Pos(pos))?;
            let line = self.line(&state, pos, event)?;
            serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn line(&self, state: &State, pos: u64, event: &EventInfo) -> schema::Result<Json> {
        let code = self.reader.code(event.code)?;
        let threads = self.reader.threads();
        let mut line = Map::new();
        line.insert("pos".into(), pos.into());
        line.insert("event".into(), event.kind.name().into());
        line.insert("thread".into(), event.thread.0.into());
        // They stand in order of number.
        if let Ok(at) = threads.binary_search_by_key(&event.thread, |thread| thread.id) {
            line.insert("thread_name".into(), threads[at].name.as_str().into());
        }
        line.insert("file".into(), self.reader.file(code.file)?.into());
        line.insert("line".into(), event.line.into());
        line.insert("func".into(), code.qualname.as_str().into());
        line.insert("depth".into(), event.depth.into());
        line.insert("frame".into(), event.frame.0.into());
        let mut renderer = Renderer::new(self.reader, state);
        let carried = match &state.event {
            Some((_, Some(value))) => Some(value),
            _ => None,
        };
        match (event.kind, carried) {
            (EventKind::Line, _) => {
                if let Some(frame) = state.top() {
                    line.insert("locals".into(), renderer.locals(frame, self.depth)?);
                }
            }
            (EventKind::Return | EventKind::Yield, Some(value)) => {
                line.insert("value".into(), renderer.value(value, self.depth)?);
            }
            (EventKind::Raise | EventKind::Handle | EventKind::Unwind, Some(exception)) => {
                line.insert("exception".into(), renderer.value(exception, self.depth)?);
            }
            (EventKind::Mark, Some(name)) => {
                line.insert("name".into(), renderer.value(name, self.depth)?);
            }
            _ => {}
        }
        Ok(Json::Object(line))
    }
}
