//! Commands that set and clear places to stop.

use replayer::{Breakpoint, Wanted};

use super::Session;
use super::commands::{Answer, Command};
use super::paging;

/// Commands about breakpoints.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["break", "b"],
        usage: "[FILE:LINE | LINE | FUNCTION | FILE:FUNCTION] [if EXPR]",
        help: "Stop there, in both directions; alone, list what is set. Names may be patterns: \
               `models/*.py:*` is every function of these files. With EXPR, stop only where it is \
               true, and where it cannot be evaluated, which is said.\n\
               Example: break app.py:12 if total < 0",
        run: |session, rest| set(session, rest, false),
    },
    Command {
        names: &["tbreak"],
        usage: "FILE:LINE | LINE | FUNCTION [if EXPR]",
        help: "Stop there once.\nExample: tbreak Bank.transfer",
        run: |session, rest| set(session, rest, true),
    },
    Command {
        names: &["catch"],
        usage: "[EXCEPTION | all | uncaught] [if EXPR]",
        help: "Stop where such exceptions are raised; alone, any but those that only end a loop or \
               close a generator; `all`, those too; `uncaught`, those that nobody caught. The \
               condition may name the `exception`.\n\
               Example: catch KeyError if exception.args[0] == 'id'",
        run: |session, rest| {
            let (name, condition) = parts(rest);
            let name = name.strip_prefix("raise ").unwrap_or(name).trim();
            let wanted = match name {
                "" | "raise" => Wanted::Most,
                "all" => Wanted::All,
                name => Wanted::Class(name.to_owned()),
            };
            let made = match name {
                "uncaught" => session.debugger.catch_uncaught(condition),
                _ => session.debugger.catch(wanted, condition),
            };
            let made = made.map_err(text)?;
            Ok(told(
                format!("Catchpoint {}: {}", made.number, made.text),
                made,
            ))
        },
    },
    Command {
        names: &["watch"],
        usage: "EXPR [if EXPR]",
        help: "Stop where the value of EXPR is another than before, in both directions.\n\
               Example: watch account.balance",
        run: |session, rest| {
            let (watched, condition) = paging::conditional(rest);
            if watched.is_empty() {
                return Err("say an expression; `help watch` has an example".into());
            }
            let made = session.debugger.watch(watched, condition).map_err(text)?;
            Ok(told(
                format!("Watchpoint {}: {}", made.number, made.text),
                made,
            ))
        },
    },
    Command {
        names: &["clear", "cl", "delete"],
        usage: "[NUMBER … | FILE:LINE | FUNCTION]",
        help: "Remove breakpoints, by number or by place, or all.\nExample: clear 2",
        run: clear,
    },
    Command {
        names: &["enable"],
        usage: "[NUMBER …]",
        help: "Take breakpoints into account again; alone, all.\nExample: enable 1",
        run: |session, rest| turn(session, rest, true),
    },
    Command {
        names: &["disable"],
        usage: "[NUMBER …]",
        help: "Do not take breakpoints into account; alone, none.\nExample: disable 1 2",
        run: |session, rest| turn(session, rest, false),
    },
    Command {
        names: &["ignore"],
        usage: "NUMBER COUNT",
        help: "Pass over the next COUNT hits of a breakpoint.\nExample: ignore 1 99",
        run: |session, rest| {
            let (number, rest) = numbered(rest)?;
            let found = session.debugger.breakpoint_mut(number).map_err(text)?;
            found.ignore = match rest {
                "" => 0,
                rest => rest.parse().map_err(|_| format!("{rest} is no count"))?,
            };
            Ok(describe(found))
        },
    },
    Command {
        names: &["commands"],
        usage: "NUMBER [COMMAND; …]",
        help: "Carry out commands at every stop there: those given, or the lines that follow, up \
               to `end`. None at all removes them.\nExample: commands 1 p total; continue",
        run: commands,
    },
    Command {
        names: &["condition"],
        usage: "NUMBER [EXPR]",
        help: "Stop at a breakpoint only if EXPR is true, and where that cannot be told; without \
               EXPR, always.\n\
               Example: condition 1 len(queue) > 10",
        run: |session, rest| {
            let (number, rest) = numbered(rest)?;
            let condition = Some(rest).filter(|rest| !rest.is_empty());
            let set = session
                .debugger
                .set_condition(number, condition)
                .map_err(text)?;
            Ok(told(describe(set), set))
        },
    },
];

fn text(error: replayer::Error) -> String {
    error.to_string()
}

fn number(rest: &str) -> Result<u32, String> {
    let word = rest.split_whitespace().next().unwrap_or_default();
    word.parse()
        .map_err(|_| "say the breakpoint's number; `break` lists them".to_owned())
}

/// The place, and the condition behind `if`, or behind a comma as in pdb.
fn parts(rest: &str) -> (&str, Option<&str>) {
    let begin = |at: usize, length: usize| {
        let (place, condition) = rest.split_at(at);
        (place.trim(), Some(condition[length..].trim()))
    };
    let is_word = |at: usize| {
        let before = rest[..at].chars().next_back();
        let behind = rest[at + 2..].chars().next();
        before.is_none_or(char::is_whitespace)
            && behind.is_none_or(|c| c.is_whitespace() || c == '(')
    };
    let word = rest
        .match_indices("if")
        .map(|(at, _)| at)
        .find(|at| is_word(*at));
    match (word, rest.find(',')) {
        (Some(word), comma) if comma.is_none_or(|comma| word < comma) => begin(word, 2),
        (_, Some(comma)) => begin(comma, 1),
        _ => (rest.trim(), None),
    }
}

fn set(session: &mut Session, rest: &str, is_temporary: bool) -> Answer {
    if rest.is_empty() {
        let all = session.debugger.breakpoints();
        if all.is_empty() {
            return Ok("no breakpoint is set".into());
        }
        return Ok(all.iter().map(describe).collect::<Vec<_>>().join("\n"));
    }
    let (place, condition) = parts(rest);
    // As in pdb, `break if x` is about the line we are on.
    let here = match place {
        "" => session.debugger.line().map_err(text)?.to_string(),
        place => place.to_owned(),
    };
    let made = session
        .debugger
        .break_at(&here, condition, is_temporary)
        .map_err(text)?;
    Ok(told(
        format!("Breakpoint {} at {}", made.number, made.text),
        made,
    ))
}

fn describe(breakpoint: &Breakpoint) -> String {
    let mut line = format!("{} {}", breakpoint.number, breakpoint.text);
    if let Some(condition) = &breakpoint.condition {
        line.push_str(&format!(" if {}", condition.text()));
    }
    if breakpoint.is_temporary {
        line.push_str(", once");
    }
    if !breakpoint.is_enabled {
        line.push_str(", disabled");
    }
    if breakpoint.ignore > 0 {
        line.push_str(&format!(", ignoring the next {} hits", breakpoint.ignore));
    }
    if !breakpoint.commands.is_empty() {
        line.push_str(&format!(", then {}", breakpoint.commands.join("; ")));
    }
    let plural = if breakpoint.hits == 1 { "" } else { "s" };
    line.push_str(&format!(", {} hit{plural}", breakpoint.hits));
    line
}

fn commands(session: &mut Session, rest: &str) -> Answer {
    let number = number(rest)?;
    session.debugger.breakpoint_mut(number).map_err(text)?;
    match rest.split_once(char::is_whitespace) {
        Some((_, line)) => {
            let lines = line.split(';').map(|part| part.trim().to_owned());
            let lines = lines.filter(|part| !part.is_empty()).collect();
            keep_commands(session, number, lines);
        }
        None => session.typing = Some((number, Vec::new())),
    }
    Ok(String::new())
}

/// Gives a breakpoint its commands.
pub(crate) fn keep_commands(session: &mut Session, number: u32, lines: Vec<String>) {
    // It was there when the lines began; one that has gone since needs none.
    if let Ok(found) = session.debugger.breakpoint_mut(number) {
        found.commands = lines;
    }
}

/// The number of a breakpoint, and what stands behind it.
fn numbered(rest: &str) -> Result<(u32, &str), String> {
    let behind = rest.split_once(char::is_whitespace);
    Ok((
        number(rest)?,
        behind.map_or("", |(_, behind)| behind.trim()),
    ))
}

/// The numbers of breakpoints that are all there.
fn numbers(session: &mut Session, rest: &str) -> Result<Vec<u32>, String> {
    let mut all = Vec::new();
    for word in rest.split([' ', ',']).filter(|word| !word.is_empty()) {
        let number = number(word)?;
        session.debugger.breakpoint_mut(number).map_err(text)?;
        all.push(number);
    }
    Ok(all)
}

/// Says that a breakpoint is set, and what is wrong with its condition.
fn told(text: String, set: &Breakpoint) -> String {
    match &set.warning {
        Some(warning) => {
            let warning = schema::escape_control(warning);
            format!("{text}\n  {warning}, so it stops at every pass")
        }
        None => text,
    }
}

fn clear(session: &mut Session, rest: &str) -> Answer {
    // gdb says `delete breakpoints 1`.
    let rest = rest.strip_prefix("breakpoints").unwrap_or(rest).trim();
    if rest.is_empty() {
        session.debugger.clear_all();
        return Ok("all breakpoints are removed".into());
    }
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let numbers = if is_number && !rest.contains(':') {
        numbers(session, rest)?
    } else {
        let there = session.debugger.breakpoints_at(rest).map_err(text)?;
        if there.is_empty() {
            return Err(format!("no breakpoint is at {rest}; `break` lists them"));
        }
        there
    };
    let mut lines = Vec::new();
    for number in numbers {
        session.debugger.clear(number).map_err(text)?;
        lines.push(format!("breakpoint {number} is removed"));
    }
    Ok(lines.join("\n"))
}

fn turn(session: &mut Session, rest: &str, is_enabled: bool) -> Answer {
    let numbers = match rest {
        "" => session
            .debugger
            .breakpoints()
            .iter()
            .map(|b| b.number)
            .collect(),
        rest => numbers(session, rest)?,
    };
    let mut lines = Vec::new();
    for number in numbers {
        let found = session.debugger.breakpoint_mut(number).map_err(text)?;
        found.is_enabled = is_enabled;
        lines.push(describe(found));
    }
    if lines.is_empty() {
        return Err("no breakpoint is set".into());
    }
    Ok(lines.join("\n"))
}
