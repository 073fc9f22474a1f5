//! Commands that ask about the whole run.

use replayer::{Budget, CallView, Doubts, FoundView, Moment, StepView};

use super::Session;
use super::commands::{Answer, Command};
use super::paging::{self, Limit, Page};
use super::{moving, render};

/// Commands that ask.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["last"],
        usage: "EXPR",
        help: "Go to the step that last wrote EXPR, be it with an equal value; again, to the one before.\n\
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
        usage: "EXPR [if EXPR] [COUNT | all]",
        help: "List every value that EXPR had, and from which position on; stores of equal values \
               are listed with it. With a condition, only the values at which it is true.\n\
               Example: history total if total > 100",
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
        usage: "LOCATION \"TEXT {EXPR} …\" [if EXPR] [COUNT | all]",
        help: "Print a text with values, or an expression, at every hit of a place in the whole \
               run.\nExample: trace app.py:12 \"{order.id}: {total:.2f}\" if total > 100",
        run: trace,
    },
    Command {
        names: &["calls"],
        usage: "FUNCTION [if EXPR] [COUNT | all]",
        help: "List every call of a function with its arguments and result. EXPR is about the \
               arguments as the call begins, or, if it names `retval` or `exception`, about its \
               end.\nExample: calls Bank.transfer if amount > 100",
        run: calls,
    },
    Command {
        names: &["find"],
        usage: "VALUE [COUNT | all]",
        help: "List every variable, attribute, item and result that ever held a value.\n\
               Example: find 'Dan'",
        run: |session, rest| {
            needs(rest, "find")?;
            let (value, limit) = paging::limited_expression(rest);
            let command = format!("find {value} all");
            each(session, "place", limit, &command, |session, say| {
                let take =
                    &mut |found: FoundView| say(&|| format!("@{} {}", found.pos, found.text));
                session.debugger.find_value(value, take)?;
                Ok(Doubts::default())
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

/// Takes one line, made only if it is shown; `false` ends the list.
type Say<'s> = dyn FnMut(&dyn Fn() -> String) -> bool + 's;

/// Prints the lines of a long list as they are found, then how many there were, and of how many it
/// could not be told whether they belong to it.
fn each(
    session: &Session,
    what: &str,
    limit: Limit,
    command: &str,
    list: impl FnOnce(&Session, &mut Say<'_>) -> replayer::Result<Doubts>,
) -> Answer {
    let mut page = Page::new(session, limit);
    let mut say = |line: &dyn Fn() -> String| {
        let is_said = !page.shows() || session.say(&line()).is_ok();
        page.goes_on() && is_said
    };
    let doubts = list(session, &mut say).map_err(text)?;
    let mut lines = vec![match (page.rest(command), page.count) {
        (Some(rest), _) => rest,
        (None, 0) => format!("no {what}"),
        (None, 1) => format!("1 {what}"),
        (None, count) => format!("{} {what}s", paging::grouped(count)),
    }];
    if doubts.failed > 0 {
        lines.push(format!(
            "could not be evaluated at {} of {} passes: {}",
            paging::grouped(doubts.failed),
            paging::grouped(doubts.passes),
            schema::escape_control(&doubts.reason),
        ));
    }
    Ok(lines.join("\n"))
}

fn history(session: &mut Session, rest: &str) -> Answer {
    needs(rest, "history")?;
    let (asked, limit) = paging::limited_expression(rest);
    let (what, condition) = paging::conditional(asked);
    let command = format!("history {asked} all");
    each(session, "value", limit, &command, |session, say| {
        let take = &mut |moment: Moment| {
            say(&|| {
                let value = moment.value.as_deref().unwrap_or("no value");
                match moment.remarks() {
                    remarks if remarks.is_empty() => format!("@{} {value}", moment.pos),
                    remarks => format!("@{} {value} ({remarks})", moment.pos),
                }
            })
        };
        let budget = Budget::SHORT;
        session.debugger.history(what, condition, budget, take)
    })
}

fn calls(session: &mut Session, rest: &str) -> Answer {
    let (asked, limit) = paging::limited(rest, |head| {
        let (function, condition) = paging::conditional(head);
        !function.is_empty()
            && condition.is_none_or(|condition| replayer::Expr::parse(condition).is_ok())
    });
    let (function, condition) = paging::conditional(asked);
    if function.is_empty() {
        return Err("say a function; `help calls` has an example".into());
    }
    let command = format!("calls {asked} all");
    each(session, "call", limit, &command, |session, say| {
        let take = &mut |call: CallView| say(&|| render::call(&call));
        session.debugger.calls(function, condition, take)
    })
}

fn trace(session: &mut Session, rest: &str) -> Answer {
    let is_whole = |head: &str| parts_of_trace(head).is_ok();
    let (asked, limit) = match parts_of_trace(rest) {
        // What reads as it is has no limit at its end.
        Ok(_) => (rest, Limit::Usual),
        Err(_) => paging::limited(rest, is_whole),
    };
    let (place, what, condition) = parts_of_trace(asked)?;
    let command = format!("trace {asked} all");
    each(session, "hit", limit, &command, |session, say| {
        let take = &mut |(step, value): (StepView, Result<String, String>)| {
            say(&|| render::traced(&step, &value))
        };
        session.debugger.trace_at(place, &what, condition, take)
    })
}

/// The place, what is evaluated there, and the condition.
fn parts_of_trace(rest: &str) -> Result<(&str, String, Option<&str>), String> {
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
        _ => {
            let (what, condition) = paging::conditional(rest);
            (what.to_owned(), condition)
        }
    };
    for text in [Some(what.as_str()), condition].into_iter().flatten() {
        replayer::Expr::parse(text).map_err(|error| error.to_string())?;
    }
    Ok((place, what, condition))
}
