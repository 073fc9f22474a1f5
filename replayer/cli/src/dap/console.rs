//! The debug console: what is typed there can be a command of the debugger, for clients that cannot
//! go back by themselves.

use replayer::{Budget, Expr, Reason};
use serde_json::json;

use super::client::Refusal;
use super::session::{Outcome, Reply, Session};
use crate::repl;

impl Session {
    /// Carries out a line if it is a command; a name of the program comes first.
    pub(super) fn command(&mut self, line: &str) -> Option<Outcome> {
        let line = line.trim();
        let (word, rest) = match line.split_once(char::is_whitespace) {
            Some((word, rest)) => (word, rest),
            None => (line, ""),
        };
        if line.starts_with(['@', '!']) {
            return Some(self.say(line));
        }
        if !repl::is_word_of_debugger(word, rest.trim()) {
            let is_statement = Expr::parse(line).is_err() && Expr::is_statement(line);
            return is_statement.then(|| Err(repl::statement(line).into()));
        }
        let core = self.core.as_mut()?;
        let is_name = rest.is_empty()
            && core
                .debugger
                .inspect(word, Budget::BRIEF)
                .is_ok_and(|part| part.class != "type");
        if is_name {
            return None;
        }
        Some(self.say(&format!("{word} {rest}")))
    }

    fn say(&mut self, line: &str) -> Outcome {
        let Some(core) = &mut self.core else {
            return Err("no trace is open".into());
        };
        let before = core.debugger.position();
        let text = core
            .answer_to(line)
            .map_err(|failure| Refusal::from(failure.told().1))?;
        let text = text.trim_end();
        let is_over = core.is_over;
        let has_moved = core.debugger.position() != before;
        if let Some(why) = text.strip_prefix("*** ").filter(|_| !has_moved) {
            return Err(why.into());
        }
        let body = json!({ "result": text, "variablesReference": 0 });
        if is_over {
            return Ok(Reply::then(body, Session::terminated));
        }
        if !has_moved {
            return Ok(body.into());
        }
        Ok(Reply::then(body, |session| {
            let here = session
                .core
                .as_ref()
                .map(|core| core.debugger.stop(Reason::Moved));
            if let Some(Ok(here)) = here {
                session.stopped(&here, "goto");
            }
        }))
    }
}
