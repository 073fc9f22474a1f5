//! Commands that ask about the whole run.

use replayer::{Budget, Moment};

use super::Session;
use super::commands::{Answer, Command};
use super::moving;

/// Commands that ask.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["last"],
        usage: "EXPR",
        help: "Go to the step that last changed EXPR; again, to the one before.\n\
               Example: last account.balance",
        run: |session, rest| {
            needs(rest)?;
            let stop = session.debugger.last(rest).map_err(text)?;
            moving::shown(session, stop)
        },
    },
    Command {
        names: &["first"],
        usage: "EXPR",
        help: "Go to the step that first gave EXPR a value.\nExample: first account.balance",
        run: |session, rest| {
            needs(rest)?;
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
];

fn text(error: replayer::Error) -> String {
    error.to_string()
}

fn needs(rest: &str) -> Result<(), String> {
    if rest.is_empty() {
        return Err("say an expression; `help last` has an example".into());
    }
    Ok(())
}

fn history(session: &mut Session, rest: &str) -> Answer {
    needs(rest)?;
    let mut count = 0u64;
    let mut problem = None;
    let mut take = |moment: Moment| {
        count += 1;
        let value = moment.value.as_deref().unwrap_or("no value");
        let said = session.say(&format!("@{} {value}", moment.pos));
        problem = said.err();
        problem.is_none()
    };
    let outcome = session.debugger.history(rest, Budget::SHORT, &mut take);
    outcome.map_err(text)?;
    Ok(match count {
        0 => "it never changed".into(),
        1 => "1 value".into(),
        count => format!("{count} values"),
    })
}
