//! `rdbg dump`: every event as a line of JSON.

use std::io::{BufWriter, Write};

use schema::{EventInfo, EventKind, Pos, State, TraceReader};
use serde_json::{Map, Value as Json};

use crate::arguments::Dump;
use crate::json::Renderer;
use crate::{FINE, Failure, USAGE};

pub(crate) fn run(options: &Dump) -> Result<i32, Failure> {
    let reader = TraceReader::open(&options.trace)?;
    let from = options.from.unwrap_or(0);
    let to = options.to.unwrap_or(u64::MAX);
    let threads = match &options.thread {
        None => None,
        Some(wanted) => {
            let is_it = |t: &&schema::Thread| t.id.0.to_string() == *wanted || t.name == *wanted;
            let found: Vec<_> = reader
                .threads()
                .iter()
                .filter(is_it)
                .map(|t| t.id)
                .collect();
            if found.is_empty() {
                return Err(Failure::Other(
                    USAGE,
                    format!("there is no thread {wanted}"),
                ));
            }
            Some(found)
        }
    };
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    for info in reader.chunks() {
        if info.first.0 > to || info.first.0 + info.events <= from {
            continue;
        }
        let chunk = reader.chunk(info.id)?;
        let mut state = chunk.start()?;
        for (pos, event) in (info.first.0..).zip(&chunk.events) {
            if pos > to {
                break;
            }
            if pos < from
                || threads
                    .as_ref()
                    .is_some_and(|some| !some.contains(&event.thread))
            {
                continue;
            }
            chunk.advance(&mut state, Pos(pos))?;
            let line = line_of(&reader, &state, pos, event, options.depth)?;
            serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(FINE)
}

fn line_of(
    reader: &TraceReader,
    state: &State,
    pos: u64,
    event: &EventInfo,
    depth: u32,
) -> schema::Result<Json> {
    let code = reader.code(event.code)?;
    let thread = reader
        .threads()
        .iter()
        .find(|thread| thread.id == event.thread);
    let mut line = Map::new();
    line.insert("pos".into(), pos.into());
    line.insert("event".into(), event.kind.name().into());
    line.insert("thread".into(), event.thread.0.into());
    if let Some(thread) = thread {
        line.insert("thread_name".into(), thread.name.as_str().into());
    }
    line.insert("file".into(), reader.file(code.file)?.into());
    line.insert("line".into(), event.line.into());
    line.insert("func".into(), code.qualname.as_str().into());
    line.insert("depth".into(), event.depth.into());
    line.insert("frame".into(), event.frame.0.into());
    let mut renderer = Renderer::new(reader, state);
    let carried = match &state.event {
        Some((_, Some(value))) => Some(value),
        _ => None,
    };
    match (event.kind, carried) {
        (EventKind::Line, _) => {
            if let Some(frame) = state.top() {
                line.insert("locals".into(), renderer.locals(frame, depth)?);
            }
        }
        (EventKind::Return | EventKind::Yield, Some(value)) => {
            line.insert("value".into(), renderer.value(value, depth)?);
        }
        (EventKind::Raise | EventKind::Handle | EventKind::Unwind, Some(exception)) => {
            line.insert("exception".into(), renderer.value(exception, depth)?);
        }
        _ => {}
    }
    Ok(Json::Object(line))
}
