//! Commands that set and clear places to stop.

use replayer::Breakpoint;

use super::Session;
use super::commands::{Answer, Command};

/// Commands about breakpoints.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["break", "b"],
        usage: "[FILE:LINE | LINE | FUNCTION | FILE:FUNCTION] [if EXPR]",
        help: "Stop there, in both directions; alone, list what is set. Names may be patterns: \
               `models/*.py:*` is every function of these files.\n\
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
        usage: "[EXCEPTION | uncaught] [if EXPR]",
        help: "Stop where such exceptions are raised; alone, any; `uncaught`, those that nobody \
               caught.\nExample: catch KeyError",
        run: |session, rest| {
            let (name, condition) = parts(rest);
            let made = match name {
                "" | "raise" => session.debugger.catch(None, condition),
                "uncaught" => session.debugger.catch_uncaught(condition),
                name => {
                    let name = name.strip_prefix("raise ").unwrap_or(name);
                    session.debugger.catch(Some(name.trim()), condition)
                }
            };
            let made = made.map_err(text)?;
            Ok(format!("Catchpoint {}: {}", made.number, made.text))
        },
    },
    Command {
        names: &["watch"],
        usage: "EXPR [if EXPR]",
        help: "Stop where the value of EXPR is another than before, in both directions.\n\
               Example: watch account.balance",
        run: |session, rest| {
            let (watched, condition) = parts(rest);
            let made = session.debugger.watch(watched, condition).map_err(text)?;
            Ok(format!("Watchpoint {}: {}", made.number, made.text))
        },
    },
    Command {
        names: &["clear", "cl", "delete"],
        usage: "[NUMBER]",
        help: "Remove a breakpoint, or all.\nExample: clear 2",
        run: |session, rest| {
            if rest.is_empty() {
                session.debugger.clear_all();
                return Ok("all breakpoints are removed".into());
            }
            let number = number(rest)?;
            session.debugger.clear(number).map_err(text)?;
            Ok(format!("breakpoint {number} is removed"))
        },
    },
    Command {
        names: &["enable"],
        usage: "NUMBER",
        help: "Take a breakpoint into account again.\nExample: enable 1",
        run: |session, rest| {
            change(session, rest, |found, _| {
                found.is_enabled = true;
                Ok(())
            })
        },
    },
    Command {
        names: &["disable"],
        usage: "NUMBER",
        help: "Do not take a breakpoint into account.\nExample: disable 1",
        run: |session, rest| {
            change(session, rest, |found, _| {
                found.is_enabled = false;
                Ok(())
            })
        },
    },
    Command {
        names: &["ignore"],
        usage: "NUMBER COUNT",
        help: "Pass over the next COUNT hits of a breakpoint.\nExample: ignore 1 99",
        run: |session, rest| {
            change(session, rest, |found, rest| {
                found.ignore = rest.parse().map_err(|_| format!("{rest} is no count"))?;
                Ok(())
            })
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
        help: "Stop at a breakpoint only if EXPR is true; without EXPR, always.\n\
               Example: condition 1 len(queue) > 10",
        run: |session, rest| {
            change(session, rest, |found, rest| {
                let condition = Some(rest).filter(|rest| !rest.is_empty());
                found.set_condition(condition).map_err(text)
            })
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

/// The place, and the condition behind `if`.
fn parts(rest: &str) -> (&str, Option<&str>) {
    if let Some(condition) = rest.strip_prefix("if ") {
        return ("", Some(condition.trim()));
    }
    match rest.split_once(" if ") {
        Some((place, condition)) => (place.trim(), Some(condition.trim())),
        None => (rest.trim(), None),
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
    if place.is_empty() {
        return Err("say a place: FILE:LINE, a line of this file, or a function".into());
    }
    let made = session
        .debugger
        .break_at(place, condition, is_temporary)
        .map_err(text)?;
    Ok(format!("Breakpoint {} at {}", made.number, made.text))
}

fn describe(breakpoint: &Breakpoint) -> String {
    let mut line = format!("{} {}", breakpoint.number, breakpoint.text);
    if let Some((condition, _)) = &breakpoint.condition {
        line.push_str(&format!(" if {condition}"));
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

fn change(
    session: &mut Session,
    rest: &str,
    act: fn(&mut Breakpoint, &str) -> Result<(), String>,
) -> Answer {
    let number = number(rest)?;
    let behind = rest
        .split_once(char::is_whitespace)
        .map_or("", |(_, behind)| behind.trim());
    let found = session.debugger.breakpoint_mut(number).map_err(text)?;
    act(found, behind)?;
    Ok(describe(found))
}
