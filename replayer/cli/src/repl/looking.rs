//! Commands that look and do not move.

use replayer::{Budget, Reason};

use super::Session;
use super::commands::{Answer, Command};
use super::render;

/// How long the lines are that `pp` fills, as with `pprint`.
const WIDTH: usize = 80;

/// Commands that look.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["where", "w", "bt"],
        usage: "",
        help: "Show the stack, the newest frame last.\nExample: where",
        run: |session, _| Ok(render::stack(&session.debugger.stack().map_err(text)?)),
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
        names: &["list", "l"],
        usage: "[LINE]",
        help: "Show the source around the line, then what follows it.\nExample: list 40",
        run: list,
    },
    Command {
        names: &["longlist", "ll"],
        usage: "",
        help: "Show the source of the whole function.\nExample: ll",
        run: |session, _| {
            let (first, last) = session.debugger.function_lines().map_err(text)?;
            lines(session, first, last)
        },
    },
    Command {
        names: &["source"],
        usage: "",
        help: "Show the whole file as it was recorded.\nExample: source",
        run: |session, _| lines(session, 1, u32::MAX),
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
        usage: "",
        help: "Show all variables of the frame.\nExample: locals",
        run: |session, _| {
            let locals = session.debugger.locals(Budget::SHORT).map_err(text)?;
            Ok(render::variables(&locals, "no variable is bound here"))
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
        usage: "EXPR",
        help: "Show the whole value of an expression, on several lines where it is long.\nExample: pp config",
        run: |session, rest| {
            needs(rest, "an expression")?;
            let value = session
                .debugger
                .evaluate(rest, Budget::WHOLE)
                .map_err(text)?;
            Ok(replayer::laid_out(&value, WIDTH))
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
        usage: "",
        help: "Show the exception here and those it came from.\nExample: exceptions",
        run: |session, _| {
            let chain = session.debugger.exceptions().map_err(text)?;
            if chain.is_empty() {
                return Err("no exception is raised here; `catch` finds them".into());
            }
            Ok(render::exceptions(&chain))
        },
    },
    Command {
        names: &["threads"],
        usage: "",
        help: "Show the threads and what each does now.\nExample: threads",
        run: |session, _| Ok(render::threads(&session.debugger.threads().map_err(text)?)),
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
            Ok(render::threads(&session.debugger.threads().map_err(text)?))
        },
    },
    Command {
        names: &["info"],
        usage: "",
        help: "Say what was recorded, and where we are.\nExample: info",
        run: info,
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

fn list(session: &mut Session, rest: &str) -> Answer {
    let first = match (rest, session.listed) {
        ("", Some(next)) => next,
        ("", None) => session
            .debugger
            .line()
            .map_err(text)?
            .saturating_sub(5)
            .max(1),
        (line, _) => {
            let line: u32 = line.parse().map_err(|_| format!("{line} is no line"))?;
            line.saturating_sub(5).max(1)
        }
    };
    session.listed = Some(first + 11);
    lines(session, first, first + 10)
}

fn lines(session: &mut Session, first: u32, last: u32) -> Answer {
    let lines = session.debugger.listing(first, last).map_err(text)?;
    Ok(render::source(&lines))
}

fn info(session: &mut Session, _: &str) -> Answer {
    let debugger = &session.debugger;
    let header = debugger.header();
    let ending = debugger
        .ending()
        .map_or("incomplete", |ending| ending.how.as_str());
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
