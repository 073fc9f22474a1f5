//! Commands that show source and what was recorded in all.

use replayer::{Budget, Reason};
use schema::FileId;

use super::Session;
use super::commands::{self, Answer, Command};
use super::looking::limit_alone;
use super::paging::{self, Limit};
use super::render;

/// Commands that show source, and what was recorded.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["list", "l"],
        usage: "[LINE | FIRST,LAST | . | - | FUNCTION | FILE:LINE]",
        help: "Show the source around the line, then what follows it; `.` shows it around the line \
               again, `-` what comes before.\nExample: list 40,60",
        run: list,
    },
    Command {
        names: &["longlist", "ll"],
        usage: "[all]",
        help: "Show the source of the whole function.\nExample: ll",
        run: |session, rest| {
            let limit = limit_alone(rest, "longlist")?;
            let (first, last) = session.debugger.function_lines().map_err(text)?;
            whole(session, (first, last), limit, "longlist all")
        },
    },
    Command {
        names: &["source"],
        usage: "[FUNCTION] [all]",
        help: "Show the file as it was recorded, or the source of a function.\n\
               Example: source Bank.transfer",
        run: |session, rest| {
            let (place, limit) = paging::limited(rest, |_| true);
            if place.is_empty() || place == "all" {
                let length = session.debugger.file_length().map_err(text)?;
                return whole(session, (1, length.max(1)), limit, "source all");
            }
            let (file, first, last) = session.debugger.source_at(place).map_err(text)?;
            let lines = session
                .debugger
                .listing_of(file, first, last)
                .map_err(text)?;
            let lines = lines
                .iter()
                .map(|line| render::source(std::slice::from_ref(line)));
            let command = format!("source {place} all");
            Ok(paging::paged(session, lines.collect(), limit, &command))
        },
    },
    Command {
        names: &["info"],
        usage: "[locals | args | breakpoints | threads | frame | source | functions | …]",
        help: "Say what was recorded, and where we are; or what gdb's `info` says of these.\n\
               Example: info functions Bank",
        run: info,
    },
    Command {
        names: &["when"],
        usage: "",
        help: "Say which position this is, as in rr.\nExample: when",
        run: |session, _| {
            let stop = session.debugger.stop(Reason::Moved).map_err(text)?;
            let last = session.debugger.last_position();
            Ok(format!("@{} of @{last} ({:.1}%)", stop.pos, stop.percent))
        },
    },
];

fn text(error: replayer::Error) -> String {
    error.to_string()
}

/// How many lines `list` shows.
const LISTED: u32 = 11;

fn list(session: &mut Session, rest: &str) -> Answer {
    let here = session.debugger.line().map_err(text)?;
    let around = |line: u32| line.saturating_sub(LISTED / 2).max(1);
    let number = |text: &str| text.trim().parse::<u32>();
    let (first, last) = match (rest, session.listed) {
        ("", Some(next)) => (next, next + LISTED - 1),
        ("" | ".", _) => (around(here), around(here) + LISTED - 1),
        ("-", shown) => {
            // What was shown last ended before the next line.
            let shown = shown.map_or(around(here), |next| next.saturating_sub(LISTED));
            if shown <= 1 {
                return Err("there is no line before these".into());
            }
            let first = shown.saturating_sub(LISTED).max(1);
            (first, shown - 1)
        }
        (rest, _) => match (rest.split_once(','), number(rest)) {
            (Some((first, last)), _) => {
                let wrong = |_| format!("{rest} is no range of lines; say `list 40,60`");
                let first = number(first).map_err(wrong)?;
                let last = number(last).map_err(wrong)?;
                // As in pdb, a last line before the first is a count.
                let last = if last < first {
                    first.saturating_add(last)
                } else {
                    last
                };
                (first, last)
            }
            (None, Ok(line)) => (around(line), around(line) + LISTED - 1),
            (None, Err(_)) => return list_place(session, rest),
        },
    };
    session.listed = Some(last.saturating_add(1));
    if last - first >= LISTED {
        return whole(session, (first, last), Limit::Usual, "source all");
    }
    lines(session, first, last)
}

/// The source of a function, or around a line of any file.
fn list_place(session: &mut Session, place: &str) -> Answer {
    let (file, first, last) = session.debugger.source_at(place).map_err(|error| {
        format!("{error}; `list` takes a line, FIRST,LAST, FILE:LINE or a function")
    })?;
    let (first, last) = match last.saturating_sub(first) {
        0 => (first.saturating_sub(LISTED / 2).max(1), first + LISTED / 2),
        _ => (first, last.min(first + LISTED - 1)),
    };
    shown(session, file, first, last)
}

fn shown(session: &Session, file: FileId, first: u32, last: u32) -> Answer {
    let lines = session
        .debugger
        .listing_of(file, first, last)
        .map_err(text)?;
    Ok(render::source(&lines))
}

fn lines(session: &Session, first: u32, last: u32) -> Answer {
    let lines = session.debugger.listing(first, last).map_err(text)?;
    Ok(render::source(&lines))
}

/// Lines of the file, or so many of them as are wanted, around the present one.
fn whole(session: &Session, range: (u32, u32), limit: Limit, command: &str) -> Answer {
    let (first, last) = range;
    let most = u32::try_from(session.most(limit))
        .unwrap_or(u32::MAX)
        .max(1);
    let last = last.min(session.debugger.file_length().map_err(text)?.max(first));
    let count = last - first + 1;
    if count <= most {
        return lines(session, first, last);
    }
    let here = session.debugger.line().map_err(text)?;
    let begin = if (first..=last).contains(&here) {
        here.saturating_sub(most / 2).clamp(first, last + 1 - most)
    } else {
        first
    };
    let end = begin + most - 1;
    let mut parts = Vec::new();
    if begin > first {
        let more = paging::grouped(u64::from(begin - first));
        parts.push(format!("      … {more} lines before; `{command}`"));
    }
    parts.push(lines(session, begin, end)?);
    if end < last {
        let more = paging::grouped(u64::from(last - end));
        parts.push(format!("      … {more} more; `{command}`"));
    }
    Ok(parts.join("\n"))
}

fn info(session: &mut Session, rest: &str) -> Answer {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = match word {
        "" | "program" | "target" | "proc" | "record" => return summary(session),
        "locals" => "locals",
        "args" => "args",
        "b" | "br" | "break" | "breakpoints" | "watchpoints" => "break",
        "threads" => "threads",
        "frame" | "f" => "frame",
        "stack" | "s" => "where",
        "display" => "display",
        "line" => "list .",
        "checkpoints" | "marks" => "marks",
        "source" => return source(session),
        "sources" | "files" => return files(session, rest),
        "functions" | "func" => return functions(session, rest),
        "variables" | "globals" => return globals(session, rest),
        other => {
            return Err(format!(
                "info says nothing of {other}; say locals, args, breakpoints, threads, frame, \
                 stack, source, files, functions, globals, display or marks"
            ));
        }
    };
    commands::dispatch(session, format!("{command} {}", rest.trim()).trim())
}

fn summary(session: &mut Session) -> Answer {
    let debugger = &session.debugger;
    let header = debugger.header();
    let ending = debugger.how_it_ended();
    let stop = debugger.stop(Reason::Moved).map_err(text)?;
    Ok(format!(
        "program  {}\nargv     {}\npython   {}\nending   {ending}\nevents   {}\nhere     @{} ({:.1}%)",
        header.program,
        header.argv.join(" "),
        header.python,
        debugger.events(),
        stop.pos,
        stop.percent,
    ))
}

fn source(session: &mut Session) -> Answer {
    let file = session.debugger.file();
    let file = file.ok_or("this thread runs no recorded code here")?;
    let length = session.debugger.file_length().map_err(text)?;
    Ok(schema::escape_control(&format!(
        "{file}, {length} lines as recorded"
    )))
}

fn files(session: &mut Session, rest: &str) -> Answer {
    let limit = limit_alone(rest.trim(), "info files")?;
    let files = session.debugger.files().into_iter();
    let lines = files.map(schema::escape_control);
    let lines = lines.collect();
    Ok(paging::paged(session, lines, limit, "info files all"))
}

fn functions(session: &mut Session, rest: &str) -> Answer {
    let (part, limit) = paging::limited(rest.trim(), |_| true);
    let all = session.debugger.functions().map_err(text)?.into_iter();
    let lines: Vec<String> = all
        .filter(|(name, _)| name.contains(part))
        .map(|(name, place)| schema::escape_control(&format!("{name} {place}")))
        .collect();
    if lines.is_empty() {
        return Err(format!("no recorded function has {part} in its name"));
    }
    let command = format!("info functions {part} all").replace("  ", " ");
    Ok(paging::paged(session, lines, limit, &command))
}

fn globals(session: &mut Session, rest: &str) -> Answer {
    let limit = limit_alone(rest.trim(), "info globals")?;
    let parts = session
        .debugger
        .group(replayer::Group::Globals, Budget::SHORT);
    let parts = parts.map_err(text)?;
    let lines = parts
        .iter()
        .map(|part| format!("{} = {}", part.name, part.value));
    let lines = lines.collect();
    Ok(paging::paged(session, lines, limit, "info globals all"))
}
