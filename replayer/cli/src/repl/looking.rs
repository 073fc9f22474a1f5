//! Commands that look and do not move.

use replayer::Budget;

use super::Session;
use super::commands::{Answer, Command};
use super::paging::{self, Limit};
use super::render;

/// How long the lines are that `pp` fills, as with `pprint`.
const WIDTH: usize = 80;

/// Commands that look.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["where", "w", "bt"],
        usage: "[COUNT | -COUNT | all]",
        help: "Show the stack, the newest frame last: all of it, or the newest COUNT frames, or the \
               oldest.\nExample: where 3",
        run: stack,
    },
    Command {
        names: &["up", "u"],
        usage: "[COUNT]",
        help: "Select the frame that called this one.\nExample: up 2",
        run: |session, rest| select(session, rest, 1),
    },
    Command {
        names: &["down", "d"],
        usage: "[COUNT]",
        help: "Select the frame that this one called.\nExample: down",
        run: |session, rest| select(session, rest, -1),
    },
    Command {
        names: &["frame", "f"],
        usage: "[N]",
        help: "Select the frame of that number: 0 is the newest, 1 the one that called it; alone, \
               show the selected one.\nExample: frame 2",
        run: frame,
    },
    Command {
        names: &["args", "a"],
        usage: "",
        help: "Show the function's arguments as they are now.\nExample: args",
        run: |session, _| {
            let arguments = session.debugger.arguments(Budget::SHORT).map_err(text)?;
            Ok(render::variables(
                &arguments,
                "the function has no arguments",
            ))
        },
    },
    Command {
        names: &["locals"],
        usage: "[all]",
        help: "Show all variables of the frame.\nExample: locals",
        run: |session, rest| {
            let limit = limit_alone(rest, "locals")?;
            let locals = session.debugger.locals(Budget::SHORT).map_err(text)?;
            if locals.is_empty() {
                return Ok("no variable is bound here".into());
            }
            let lines = locals.iter().map(render::variable).collect();
            Ok(paging::paged(session, lines, limit, "locals all"))
        },
    },
    Command {
        names: &["p", "print"],
        usage: "EXPR",
        help: "Show the value of an expression.\nExample: p order.items[0].price > 10",
        run: evaluate,
    },
    Command {
        names: &["pp"],
        usage: "EXPR [COUNT | all]",
        help: "Show the whole value of an expression, on several lines where it is long.\nExample: pp config",
        run: |session, rest| {
            needs(rest, "an expression")?;
            let (asked, limit) = paging::limited_expression(rest);
            let value = session
                .debugger
                .evaluate(asked, Budget::WHOLE)
                .map_err(text)?;
            let value = replayer::laid_out(&value, WIDTH);
            let lines = value.lines().map(str::to_owned).collect();
            Ok(paging::paged(
                session,
                lines,
                limit,
                &format!("pp {asked} all"),
            ))
        },
    },
    Command {
        names: &["whatis"],
        usage: "EXPR",
        help: "Show the type of an expression's value.\nExample: whatis order",
        run: |session, rest| {
            needs(rest, "an expression")?;
            session.debugger.type_of(rest).map_err(text)
        },
    },
    Command {
        names: &["retval", "rv"],
        usage: "",
        help: "Show what is returned, yielded or raised here.\nExample: rv",
        run: |session, _| match session.debugger.event_value(Budget::USUAL).map_err(text)? {
            Some((event, value)) => Ok(format!("{event} {value}")),
            None => Err("nothing is returned here; `return` goes to the frame's end".into()),
        },
    },
    Command {
        names: &["exceptions"],
        usage: "[all]",
        help: "Show the exception here and those it came from.\nExample: exceptions",
        run: |session, rest| {
            let limit = limit_alone(rest, "exceptions")?;
            let chain = session.debugger.exceptions().map_err(text)?;
            if chain.is_empty() {
                return Err("no exception is raised here; `catch` finds them".into());
            }
            let lines = render::exceptions(&chain);
            let lines = lines.lines().map(str::to_owned).collect();
            Ok(paging::paged(session, lines, limit, "exceptions all"))
        },
    },
    Command {
        names: &["threads"],
        usage: "[all]",
        help: "Show the threads and what each does now.\nExample: threads",
        run: |session, rest| {
            let limit = limit_alone(rest, "threads")?;
            let lines = render::threads(&session.debugger.threads().map_err(text)?);
            let lines = lines.lines().map(str::to_owned).collect();
            Ok(paging::paged(session, lines, limit, "threads all"))
        },
    },
    Command {
        names: &["thread"],
        usage: "N",
        help: "Look at another thread at the same position.\nExample: thread 2",
        run: |session, rest| {
            let number = rest
                .parse()
                .map_err(|_| "say the thread's number; see `threads`")?;
            session.debugger.select_thread(number).map_err(text)?;
            let threads = session.debugger.threads().map_err(text)?;
            let selected: Vec<_> = threads
                .into_iter()
                .filter(|thread| thread.is_selected)
                .collect();
            Ok(render::threads(&selected))
        },
    },
];

fn text(error: replayer::Error) -> String {
    error.to_string()
}

fn needs(rest: &str, what: &str) -> Result<(), String> {
    if rest.is_empty() {
        return Err(format!("say {what}; `help p` has an example"));
    }
    Ok(())
}

/// Shows the value of an expression.
pub(crate) fn evaluate(session: &mut Session, rest: &str) -> Answer {
    needs(rest, "an expression")?;
    session.debugger.evaluate(rest, Budget::USUAL).map_err(text)
}

fn select(session: &mut Session, rest: &str, sign: i64) -> Answer {
    let count: i64 = match rest {
        "" => 1,
        text => text.parse().map_err(|_| format!("{text} is no count"))?,
    };
    session.debugger.select_frame(sign * count).map_err(text)?;
    session.listed = None;
    let stack = session.debugger.stack().map_err(text)?;
    let selected: Vec<_> = stack
        .into_iter()
        .filter(|frame| frame.is_selected)
        .collect();
    Ok(render::stack(&selected))
}

fn stack(session: &mut Session, rest: &str) -> Answer {
    let frames = session.debugger.stack().map_err(text)?;
    let wanted = match rest {
        "all" => i64::MAX,
        "" => i64::try_from(session.limit).unwrap_or(i64::MAX),
        rest => rest.parse().map_err(|_| format!("{rest} is no count"))?,
    };
    let count = usize::try_from(wanted.unsigned_abs())
        .unwrap_or(usize::MAX)
        .max(1);
    let left_out = frames.len().saturating_sub(count);
    if left_out == 0 {
        return Ok(render::stack(&frames));
    }
    let plural = if left_out == 1 { "" } else { "s" };
    let more = paging::grouped(left_out as u64);
    // As in pdb, the oldest are asked for by a negative count.
    Ok(if wanted < 0 {
        let shown = render::stack(&frames[..count]);
        format!("{shown}\n  … {more} newer frame{plural}; `where all`")
    } else {
        let shown = render::stack(&frames[left_out..]);
        format!("  … {more} older frame{plural}; `where all`\n{shown}")
    })
}

fn frame(session: &mut Session, rest: &str) -> Answer {
    let depth = session.debugger.depth();
    let level = session.debugger.level();
    let newest = depth.saturating_sub(1);
    let number: usize = match rest {
        "" => newest.saturating_sub(level),
        text => text
            .parse()
            .map_err(|_| format!("{text} is no frame; 0 is the newest"))?,
    };
    if number > newest {
        return Err(format!(
            "there is no frame {number}; the oldest is {newest}"
        ));
    }
    let up = number as i64 - (newest.saturating_sub(level)) as i64;
    session.debugger.select_frame(up).map_err(text)?;
    if up != 0 {
        session.listed = None;
    }
    let frames = session.debugger.stack().map_err(text)?;
    let selected: Vec<_> = frames
        .into_iter()
        .filter(|frame| frame.is_selected)
        .collect();
    Ok(format!(
        "frame {number} of 0 to {newest}\n{}",
        render::stack(&selected)
    ))
}

/// A list of no argument but how much of it is wanted.
pub(crate) fn limit_alone(rest: &str, command: &str) -> Result<Limit, String> {
    match paging::limited(rest, str::is_empty) {
        ("", limit) => Ok(limit),
        _ => Err(format!(
            "`{command}` takes a count or `all`, and nothing else"
        )),
    }
}
