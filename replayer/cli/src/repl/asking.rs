//! Commands that ask about the whole run.

use replayer::{Budget, Moment};

use super::Session;
use super::commands::{Answer, Command};
use super::{moving, render};

/// Commands that ask.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["last"],
        usage: "EXPR",
        help: "Go to the step that last changed EXPR; again, to the one before.\n\
               Example: last account.balance",
        run: |session, rest| {
            needs(rest, "last")?;
            let stop = session.debugger.last(rest).map_err(text)?;
            moving::shown(session, stop)
        },
    },
    Command {
        names: &["first"],
        usage: "EXPR",
        help: "Go to the step that first gave EXPR a value.\nExample: first account.balance",
        run: |session, rest| {
            needs(rest, "first")?;
            let stop = session.debugger.first(rest).map_err(text)?;
            moving::shown(session, stop)
        },
    },
    Command {
        names: &["history"],
        usage: "EXPR",
        help: "List every value that EXPR had, and from which position on.\n\
               Example: history total",
        run: history,
    },
    Command {
        names: &["why"],
        usage: "EXPR",
        help: "Show where the value of EXPR came from, link by link, back to a literal, a \
               computation, input or code that was not recorded. `goto why 2` goes to link 2.\n\
               Example: why order.total",
        run: |session, rest| {
            needs(rest, "why")?;
            let links = session.debugger.why(rest).map_err(text)?;
            session.links = links.iter().map(|link| link.step.pos).collect();
            Ok(render::why(&links))
        },
    },
    Command {
        names: &["trace"],
        usage: "LOCATION \"TEXT {EXPR} …\" [if EXPR]",
        help: "Print a text with values, or an expression, at every hit of a place in the whole \
               run.\nExample: trace app.py:12 \"{order.id}: {total:.2f}\" if total > 100",
        run: trace,
    },
    Command {
        names: &["calls"],
        usage: "FUNCTION",
        help: "List every call of a function with its arguments and result.\n\
               Example: calls Bank.transfer",
        run: |session, rest| {
            if rest.is_empty() {
                return Err("say a function; `help calls` has an example".into());
            }
            each(session, "call", |session, say| {
                session
                    .debugger
                    .calls(rest, &mut |call| say(render::call(&call)))
            })
        },
    },
    Command {
        names: &["find"],
        usage: "VALUE",
        help: "List every variable, attribute, item and result that ever held a value.\n\
               Example: find 'Dan'",
        run: |session, rest| {
            needs(rest, "find")?;
            each(session, "place", |session, say| {
                session.debugger.find_value(rest, &mut |found| {
                    say(format!("@{} {}", found.pos, found.text))
                })
            })
        },
    },
];

fn text(error: replayer::Error) -> String {
    error.to_string()
}

fn needs(rest: &str, command: &str) -> Result<(), String> {
    if rest.is_empty() {
        return Err(format!(
            "say an expression; `help {command}` has an example"
        ));
    }
    Ok(())
}

/// Takes one line; `false` if it could not be printed.
type Say<'s> = dyn FnMut(String) -> bool + 's;

/// Prints the lines of a long list as they are found, then how many there were.
fn each(
    session: &Session,
    what: &str,
    list: impl FnOnce(&Session, &mut Say<'_>) -> replayer::Result<()>,
) -> Answer {
    let mut count = 0u64;
    let mut say = |line: String| {
        count += 1;
        session.say(&line).is_ok()
    };
    list(session, &mut say).map_err(text)?;
    Ok(match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    })
}

fn history(session: &mut Session, rest: &str) -> Answer {
    needs(rest, "history")?;
    each(session, "value", |session, say| {
        let take = &mut |moment: Moment| {
            let value = moment.value.as_deref().unwrap_or("no value");
            say(format!("@{} {value}", moment.pos))
        };
        session.debugger.history(rest, Budget::SHORT, take)
    })
}

fn trace(session: &mut Session, rest: &str) -> Answer {
    let Some((place, rest)) = rest.split_once(char::is_whitespace) else {
        return Err("say a place and what to print; `help trace` has an example".into());
    };
    let rest = rest.trim();
    let (what, condition) = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            // The text ends with a quote behind which stands nothing or a condition.
            let ends = rest.match_indices(quote).skip(1);
            let mut parts = ends.map(|(at, _)| rest.split_at(at + 1));
            let is_end = |behind: &str| behind.trim().is_empty() || behind.starts_with(" if ");
            let Some((what, behind)) = parts.find(|(_, behind)| is_end(behind)) else {
                return Err("behind the text stands nothing or `if EXPR`".into());
            };
            let condition = behind.trim().strip_prefix("if ").map(str::trim);
            (format!("f{what}"), condition)
        }
        _ => match rest.split_once(" if ") {
            Some((what, condition)) => (what.trim().to_owned(), Some(condition.trim())),
            None => (rest.to_owned(), None),
        },
    };
    each(session, "hit", |session, say| {
        session
            .debugger
            .trace_at(place, &what, condition, &mut |(step, value)| {
                say(render::traced(&step, &value))
            })
    })
}
