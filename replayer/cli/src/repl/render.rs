//! Views as text for a terminal.

use anstyle::{AnsiColor, Style};
use replayer::{
    CallView, Change, ChangeView, CrashView, ExceptionView, FrameView, Ink, Reason, SourceLine,
    StepView, StopView, ThreadView, Variable, WhyLink,
};
use schema::Ending;

const PLACE: Style = AnsiColor::Cyan.on_default();
const MARK: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const NAME: Style = AnsiColor::Yellow.on_default();

/// How many names that changed are shown at a stop.
const MOST_CHANGES: usize = 8;

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A line of source, safe to print.
fn line_text(line: &str) -> String {
    schema::escape_control(&line.replace("\t", "    "))
}

/// Where the debugger rests and why.
pub(crate) fn stop(stop: &StopView, around: &[SourceLine], ending: Option<&Ending>) -> String {
    let mut lines = Vec::new();
    match &stop.reason {
        Reason::Moved | Reason::Changed => {}
        Reason::Watchpoint(number) => lines.push(format!("Watchpoint {number}")),
        Reason::Breakpoint(number) => lines.push(format!("Breakpoint {number}")),
        Reason::Catchpoint(number) => lines.push(format!("Catchpoint {number}")),
        Reason::End => {
            let how = ending.map_or("which is incomplete", |ending| ending.how.as_str());
            lines.push(format!("At the end of the recording ({how})"));
        }
        Reason::Start => lines.push("At the start of the recording".into()),
    }
    if let Some(why) = &stop.doubt {
        let text = format!("  its condition could not be evaluated: {why}");
        lines.push(painted(BAD, &schema::escape_control(&text)));
    }
    for watched in &stop.watched {
        lines.extend(change(watched, stop.pos));
    }
    let place = format!(
        "@{} {} {}:{} in {}",
        stop.pos,
        stop.thread,
        short(&stop.file),
        stop.line,
        stop.function
    );
    let share = painted(FAINT, &format!(" ({:.1}%)", stop.percent));
    lines.push(painted(PLACE, &schema::escape_control(&place)) + &share);
    if !around.is_empty() {
        lines.push(source(around));
    }
    match (stop.event, &stop.value) {
        ("raise" | "handle" | "throw" | "unwind", Some(value)) => {
            lines.push(format!(
                "      {}",
                painted(BAD, &format!("{} {value}", stop.event))
            ));
        }
        ("return" | "yield", Some(value)) => lines.push(format!("      {} {value}", stop.event)),
        _ => {}
    }
    let shown = stop.changes.iter().take(MOST_CHANGES);
    lines.extend(shown.map(|change| format!("      {}", old_and_new(change))));
    let more = stop.changes.len().saturating_sub(MOST_CHANGES);
    if more > 0 {
        lines.push(format!("      … and {more} more changes"));
    }
    lines.join("\n")
}

/// `name: old → new`
fn old_and_new(change: &Change) -> String {
    let name = painted(NAME, &change.name);
    match (&change.old, &change.new) {
        (None, Some(new)) => format!("{name} = {new}"),
        (Some(old), Some(new)) => format!("{name}: {old} → {new}"),
        (Some(old), None) => format!("{name}: {old} → unbound"),
        (None, None) => name,
    }
}

/// What changed of something watched, and the step that did it, unless that is where we are.
fn change(view: &ChangeView, here: u64) -> Vec<String> {
    let whole = Change {
        name: view.text.clone(),
        old: view.old.clone(),
        new: view.new.clone(),
    };
    let mut lines = Vec::new();
    if view.parts.is_empty() {
        lines.push(format!("  {}", old_and_new(&whole)));
    }
    let shown = view.parts.iter().take(MOST_CHANGES);
    lines.extend(shown.map(|part| format!("  {}", old_and_new(part))));
    let by = if let Some(unknown) = view.unknown_doer() {
        format!("  {unknown}")
    } else if !view.is_known {
        format!(
            "  by a line before @{} that was not recorded (--level calls)",
            view.pos
        )
    } else if view.by.pos == here {
        "  by the line below, seen at @".to_owned() + &view.pos.to_string()
    } else {
        format!("  by {}", step(&view.by))
    };
    lines.push(by);
    lines
}

/// A step in one line: `@812 app.py:12 in Bank.transfer: balance += amount`.
pub(crate) fn step(step: &StepView) -> String {
    let place = format!(
        "@{} {}:{} in {}",
        step.pos,
        short(&step.file),
        step.line,
        step.function
    );
    let place = painted(PLACE, &schema::escape_control(&place));
    match &step.source {
        Some(source) => format!("{place}: {}", line_text(source.trim())),
        None => place,
    }
}

/// A stack, the outermost frame first as in a traceback.
pub(crate) fn stack(frames: &[FrameView]) -> String {
    let mut lines = Vec::new();
    for frame in frames {
        let mark = if frame.is_selected { "> " } else { "  " };
        let arguments: Vec<String> = frame
            .arguments
            .iter()
            .map(|argument| format!("{}={}", argument.name, argument.value))
            .collect();
        let place = format!(
            "{}:{} in {}",
            short(&frame.file),
            frame.line,
            frame.function
        );
        let place = painted(PLACE, &schema::escape_control(&place));
        lines.push(format!("{mark}{place}({})", arguments.join(", ")));
        if let Some(source) = &frame.source {
            lines.push(format!("      {}", line_text(source.trim())));
        }
    }
    if lines.is_empty() {
        return "this thread runs no recorded code here".into();
    }
    lines.join("\n")
}

/// Names and values, one a line.
pub(crate) fn variables(variables: &[Variable], none: &str) -> String {
    if variables.is_empty() {
        return none.into();
    }
    variables
        .iter()
        .map(variable)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A name and its value.
pub(crate) fn variable(variable: &Variable) -> String {
    format!("{} = {}", painted(NAME, &variable.name), variable.value)
}

/// Lines of source with their numbers, the present one marked.
pub(crate) fn source(lines: &[SourceLine]) -> String {
    let mut out = Vec::new();
    for line in lines {
        let mark = if line.is_current {
            painted(MARK, "->")
        } else {
            "  ".into()
        };
        let text = format!("{:>5} {mark} {}", line.number, inked(line));
        out.push(text.trim_end().to_owned());
    }
    out.join("\n")
}

/// A line of source in colours.
fn inked(line: &SourceLine) -> String {
    let mut out = String::new();
    let mut done = 0;
    let part = |from, to| line_text(line.text.get(from..to).unwrap_or_default());
    for (from, to, ink) in &line.inks {
        let style = match ink {
            Ink::Keyword => AnsiColor::Magenta.on_default(),
            Ink::Text => AnsiColor::Green.on_default(),
            Ink::Number => AnsiColor::Blue.on_default(),
            Ink::Comment => FAINT,
        };
        out.push_str(&part(done, *from));
        out.push_str(&painted(style, &part(*from, *to)));
        done = *to;
    }
    out.push_str(&part(done, line.text.len()));
    out
}

/// Threads, one a line.
pub(crate) fn threads(threads: &[ThreadView]) -> String {
    let mut lines = Vec::new();
    for thread in threads {
        let mark = if thread.is_selected { "> " } else { "  " };
        let place = match &thread.place {
            Some((file, line, function)) => format!("{}:{line} in {function}", short(file)),
            None => "runs no recorded code here".into(),
        };
        let text = format!("{mark}{} {}: {place}", thread.number, thread.name);
        lines.push(schema::escape_control(&text));
        if let Some(source) = &thread.source {
            lines.push(format!("      {}", line_text(source.trim())));
        }
    }
    lines.join("\n")
}

/// Where something was that the trace does not hold.
pub(crate) const LOST: &str = "in a part of the run that the trace does not hold";

/// So many of the frames that an exception passed through are shown.
const MOST_PASSED: usize = 8;

/// What nobody caught, each with where it was raised.
pub(crate) fn crashes(crashes: &[CrashView]) -> Vec<String> {
    let line = |crash: &CrashView| {
        let what = schema::escape_control(&format!("{}: {}", crash.what, crash.class));
        match &crash.raised {
            Some(by) => format!("{}, raised {}", painted(BAD, &what), step(by)),
            None => format!(
                "{}, raised in code that was not recorded",
                painted(BAD, &what)
            ),
        }
    };
    crashes.iter().map(line).collect()
}

/// Exceptions, each with where it was raised.
pub(crate) fn exceptions(chain: &[ExceptionView]) -> String {
    let mut lines = Vec::new();
    for exception in chain {
        let value = painted(BAD, &exception.value);
        lines.push(format!("{}: {value}", exception.word));
        lines.push(match &exception.raised {
            Some(by) => format!("      raised {}", step(by)),
            None if exception.is_lost => format!("      raised {LOST}"),
            None => "      raised in code that was not recorded".into(),
        });
        let shown = exception.passed.iter().take(MOST_PASSED);
        lines.extend(shown.map(|by| format!("      then   {}", step(by))));
        if exception.passed.len() > MOST_PASSED {
            let more = exception.passed.len() - MOST_PASSED;
            lines.push(format!("      … and {more} frames more"));
        }
    }
    lines.join("\n")
}

/// A call: where it begins, how it looked, and how it ended.
pub(crate) fn call(call: &CallView) -> String {
    let place = painted(PLACE, &format!("@{} {}", call.pos, call.thread));
    let end = match &call.end {
        Some((pos, true, value)) => format!("→ {value} @{pos}"),
        Some((pos, false, value)) => format!("raised {value} @{pos}"),
        None => "had not ended".into(),
    };
    format!("{place} {} {end}", call.call)
}

/// What was printed at a hit of a place.
pub(crate) fn traced(step: &StepView, value: &Result<String, String>) -> String {
    let place = format!(
        "@{} {} {}:{}",
        step.pos,
        step.thread,
        short(&step.file),
        step.line
    );
    let place = painted(PLACE, &schema::escape_control(&place));
    match value {
        Ok(value) => format!("{place} {value}"),
        Err(why) => format!("{place} *** {why}"),
    }
}

/// Where a value came from, each link with its number.
pub(crate) fn why(links: &[WhyLink]) -> String {
    let mut lines = Vec::new();
    for (number, link) in (1..).zip(links) {
        lines.push(format!("{number:>2} {}", step(&link.step)));
        let mut parts = Vec::new();
        match &link.value {
            Some(value) => parts.push(format!("{} = {value}", painted(NAME, &link.text))),
            None => parts.push(painted(NAME, &link.text)),
        }
        parts.push(link.how.clone());
        if !link.is_certain {
            parts.push("(not certain)".into());
        }
        parts.extend(link.end.clone());
        parts.retain(|part| !part.is_empty());
        lines.push(format!(
            "   {}",
            parts.join(", ").replace(", (not", " (not")
        ));
        for input in &link.inputs {
            lines.push(format!(
                "      {} = {}",
                painted(NAME, &input.name),
                input.value
            ));
        }
    }
    lines.join("\n")
}
