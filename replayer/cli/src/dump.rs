//! `rdbg dump`: every event as a line of JSON.

use std::io::{BufWriter, Write};

use schema::{ChunkInfo, EventKind, Extent, State, ThreadId, TraceReader};
use serde_json::{Map, Value as Json, json};

use crate::arguments::Dump;
use crate::json::Renderer;
use crate::{FINE, FOUND, Failure, USAGE, inert};

pub(crate) fn run(options: &Dump) -> Result<i32, Failure> {
    let reader = TraceReader::open_with(&options.trace, options.cost.allowance())?;
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
                let is_over = matches!(error, schema::Error::TooMuch);
                damage.get_or_insert(error.to_string());
                if is_over {
                    break;
                }
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
        let mut fold = self.reader.packed(info.id)?.fold(Extent::Whole)?;
        while fold.step()? {
            let pos = fold.state().next.0 - 1;
            if pos > self.to {
                return Ok(());
            }
            let thread = fold.state().stacks.running();
            let shown = self
                .threads
                .as_ref()
                .is_none_or(|some| some.contains(&thread));
            if pos < self.from || !shown {
                continue;
            }
            let line = self.line(fold.state(), pos)?;
            writeln!(out, "{}", inert::json(&line))?;
        }
        Ok(fold.ends()?)
    }

    fn line(&self, state: &State, pos: u64) -> schema::Result<Json> {
        let (thread, stack) = (
            state.stacks.running(),
            state.stacks.of(state.stacks.running()),
        );
        let (Some((kind, carried)), Some(frame)) = (&state.event, stack.last()) else {
            return Err(schema::Error::Malformed("no frame is running"));
        };
        let code = self.reader.code(frame.info.code)?;
        let threads = self.reader.threads();
        let mut line = Map::new();
        line.insert("pos".into(), pos.into());
        line.insert("event".into(), kind.name().into());
        line.insert("thread".into(), thread.0.into());
        // They stand in order of number.
        if let Ok(at) = threads.binary_search_by_key(&thread, |row| row.id) {
            line.insert("thread_name".into(), threads[at].name.as_str().into());
        }
        line.insert("file".into(), self.reader.file(code.file)?.into());
        line.insert("line".into(), frame.info.line.into());
        line.insert("func".into(), code.qualname.as_str().into());
        line.insert("depth".into(), (stack.len() - 1).into());
        line.insert("frame".into(), frame.info.frame.0.into());
        let mut renderer = Renderer::new(self.reader, state);
        match (*kind, carried) {
            (EventKind::Line, _) => {
                line.insert("locals".into(), renderer.locals(frame, self.depth)?);
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
        let late: Vec<Json> = state
            .all_late()
            .map(|(object, since)| json!({ "id": object.0, "since": since.0 }))
            .collect();
        if !late.is_empty() {
            line.insert("late".into(), late.into());
        }
        // To write a value out takes longer than to read it.
        self.reader.work(u64::from(renderer.shown) * WORK_A_VALUE)?;
        Ok(Json::Object(line))
    }
}

/// In the units of the reader: about ten nanoseconds.
const WORK_A_VALUE: u64 = 20;
