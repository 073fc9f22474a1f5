//! Breakpoints and catchpoints: which events they are about, told without looking at values, and
//! what must hold there.

use std::collections::HashSet;

use schema::{ChunkId, CodeId, EventInfo, EventKind, Pos, State, Value};

use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::follow::Subject;
use crate::scope::Scope;
use crate::timeline::{Filter, Timeline};
use crate::trace::Trace;
use crate::view::Reason;

/// Where a breakpoint stops.
#[derive(Clone)]
pub enum Location {
    /// At a line of a file, which several code objects may share.
    Line {
        /// The code objects that have code on the line.
        codes: HashSet<CodeId>,
        /// The line.
        line: u32,
    },
    /// At the first line of functions.
    Function(HashSet<CodeId>),
    /// Where an exception of this class or a subclass is raised; without a name, any.
    Raise(Option<String>),
    /// Where the value of an expression is another than before.
    Watch(Watch),
}

/// What a watchpoint watches.
#[derive(Clone)]
pub struct Watch(pub(crate) Subject);

/// A place to stop, in either direction.
#[derive(Clone)]
pub struct Breakpoint {
    /// Its number, from 1.
    pub number: u32,
    /// Where.
    pub location: Location,
    /// The location as a person would say it.
    pub text: String,
    /// Only if this is true there.
    pub condition: Option<(String, Expr)>,
    /// It goes with its first hit.
    pub is_temporary: bool,
    /// It is taken into account.
    pub is_enabled: bool,
    /// So many hits are still to be passed over.
    pub ignore: u64,
    /// How often it was hit.
    pub hits: u64,
}

impl Breakpoint {
    /// Why there is a stop when it is hit.
    pub(crate) fn reason(&self) -> Reason {
        match self.location {
            Location::Raise(_) => Reason::Catchpoint(self.number),
            Location::Watch(_) => Reason::Watchpoint(self.number),
            _ => Reason::Breakpoint(self.number),
        }
    }

    /// Whether it may stop at an event, as far as the event alone tells.
    pub(crate) fn wants(&self, timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
        match &self.location {
            Location::Line { codes, line } => {
                event.kind == EventKind::Line && event.line == *line && codes.contains(&event.code)
            }
            Location::Function(codes) => {
                event.kind == EventKind::Line
                    && codes.contains(&event.code)
                    && is_first_line(timeline, pos, event)
            }
            Location::Raise(_) => event.kind == EventKind::Raise && is_origin(timeline, pos, event),
            Location::Watch(_) => false,
        }
    }

    /// Whether it stops there, given the state.
    pub(crate) fn holds(&self, trace: &Trace, state: &State) -> Result<bool> {
        if let Location::Raise(Some(name)) = &self.location
            && !is_exception(trace, state, name)?
        {
            return Ok(false);
        }
        let Some((text, condition)) = &self.condition else {
            return Ok(true);
        };
        let Some(frame) = state.top() else {
            return Ok(false);
        };
        let scope = Scope::new(trace, state, frame);
        let datum = condition.evaluate(&scope);
        let is_true = datum.and_then(|datum| Expr::is_true(&datum, &scope));
        match is_true {
            Ok(is_true) => Ok(is_true),
            // A name that is not bound yet is no reason to stop the search, as in gdb.
            Err(Error::Expression(_)) => Ok(false),
            Err(error) => Err(Error::Expression(format!("condition `{text}`: {error}"))),
        }
    }
}

/// Whether a line is the first of its frame: its thread's event before is the frame's start.
fn is_first_line(timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
    matches!(timeline.before(pos, event.thread), Ok(Some(before))
        if before.kind == EventKind::Start && before.frame == event.frame)
}

/// Whether an exception was raised here and not in a frame that was left for this one.
fn is_origin(timeline: &Timeline, pos: Pos, event: &EventInfo) -> bool {
    !matches!(timeline.before(pos, event.thread), Ok(Some(before))
        if before.kind == EventKind::Unwind)
}

/// Whether the exception of the last event is of a class, by its short or full name.
fn is_exception(trace: &Trace, state: &State, name: &str) -> Result<bool> {
    let Some((_, Some(Value::Object(id)))) = &state.event else {
        return Ok(false);
    };
    let Some(object) = state.objects.get(id) else {
        return Ok(false);
    };
    let class = trace.class(object.class)?;
    Ok(class
        .mro
        .iter()
        .any(|base| base == name || base.rsplit('.').next() == Some(name)))
}

/// Which chunks can hold a hit of any of the breakpoints.
pub(crate) fn filter(trace: &Trace, breakpoints: &[&Breakpoint]) -> Result<Filter> {
    let mut kinds = 0;
    let mut chunks: HashSet<ChunkId> = HashSet::new();
    for breakpoint in breakpoints {
        match &breakpoint.location {
            Location::Line { codes, line } => {
                for code in codes {
                    chunks.extend(trace.reader().chunks_with_line(*code, *line)?);
                }
            }
            Location::Function(codes) => {
                for id in codes {
                    for line in &trace.code(*id)?.lines {
                        chunks.extend(trace.reader().chunks_with_line(*id, *line)?);
                    }
                }
            }
            Location::Raise(_) => kinds |= 1 << EventKind::Raise as u8,
            Location::Watch(_) => {}
        }
    }
    Ok(Filter::Only { kinds, chunks })
}

/// A location from what a person wrote: `FILE:LINE`, `LINE` in a file, or a function's name.
/// The text says what was found, and whether it is not quite what was asked for.
pub(crate) fn locate(
    trace: &Trace,
    text: &str,
    current_file: Option<&str>,
) -> Result<(Location, String)> {
    let (file, line) = match text.rsplit_once(':') {
        Some((file, line)) if line.trim().parse::<u32>().is_ok() => {
            (Some(file.trim()), line.trim())
        }
        _ => (current_file, text.trim()),
    };
    let Ok(line) = line.parse::<u32>() else {
        return function(trace, text.trim());
    };
    let Some(file) = file else {
        return Err(Error::NoSuch(format!(
            "line {line} of which file? Say FILE:{line}"
        )));
    };
    let path = find_file(trace, file)?;
    let mut nearest: Option<u32> = None;
    let mut codes = HashSet::new();
    for code in trace.reader().codes() {
        if trace.file(code.file)? != path {
            continue;
        }
        let Some(first) = code.lines.iter().copied().find(|has| *has >= line) else {
            continue;
        };
        match nearest {
            Some(near) if near < first => continue,
            Some(near) if near == first => {}
            _ => codes.clear(),
        }
        nearest = Some(first);
        codes.insert(code.id);
    }
    let Some(found) = nearest else {
        return Err(Error::NoSuch(format!(
            "{} has no recorded code at line {line} or behind it",
            short(&path)
        )));
    };
    let mut says = format!("{}:{found}", short(&path));
    if found != line {
        says.push_str(&format!(" (line {line} has no code)"));
    }
    Ok((Location::Line { codes, line: found }, says))
}

/// The recorded file that a name means: its whole path, or the end of it.
pub(crate) fn find_file(trace: &Trace, name: &str) -> Result<String> {
    let mut found: Vec<&str> = trace
        .reader()
        .files()
        .map(|(_, path)| path)
        .filter(|path| {
            *path == name || path.ends_with(&format!("/{}", name.trim_start_matches("./")))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Error::NoSuch(format!(
            "no recorded file is called {name}; `info` lists them"
        ))),
        several => Err(Error::NoSuch(format!(
            "{name} is ambiguous: {}",
            several.join(", ")
        ))),
    }
}

fn function(trace: &Trace, name: &str) -> Result<(Location, String)> {
    let mut codes = HashSet::new();
    let mut names = HashSet::new();
    for code in trace.reader().codes() {
        let plain = code.qualname.replace(".<locals>", "");
        let is_end = plain.ends_with(&format!(".{name}"));
        if code.qualname == name || plain == name || code.name == name || is_end {
            codes.insert(code.id);
            names.insert(code.qualname.clone());
        }
    }
    if codes.is_empty() {
        let mut near: Vec<&str> = trace
            .reader()
            .codes()
            .filter(|code| code.name.contains(name) || name.contains(&code.name))
            .map(|code| code.qualname.as_str())
            .collect();
        near.sort_unstable();
        near.dedup();
        near.truncate(5);
        let hint = if near.is_empty() {
            String::new()
        } else {
            format!("; there is {}", near.join(", "))
        };
        return Err(Error::NoSuch(format!(
            "no recorded function is called {name}{hint}"
        )));
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    Ok((Location::Function(codes), names.join(", ")))
}

/// The last part of a path.
pub(crate) fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
