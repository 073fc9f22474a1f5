//! Commands that keep something: marks, displays, settings.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use replayer::Budget;

use super::Session;
use super::commands::{Answer, Command};
use super::looking::limit_alone;
use super::{paging, words};

/// Commands that keep something.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["mark"],
        usage: "NAME [@N]",
        help: "Give this position a name, for goto. Marks are kept beside the trace, which stays \
               as it is.\nExample: mark before-transfer",
        run: mark,
    },
    Command {
        names: &["marks"],
        usage: "[COUNT | all]",
        help: "List the marks: those that were set here, and those of the program's rdbg.mark().\n\
               Example: marks",
        run: |session, rest| {
            let limit = limit_alone(rest, "marks")?;
            let line = |(name, pos): (&String, &u64)| format!("{name} @{pos}");
            let mut lines: Vec<String> = session.marks.all.iter().map(line).collect();
            let own = session
                .debugger
                .marks()
                .map_err(|error| error.to_string())?;
            lines.extend(own.iter().map(|(name, pos)| {
                format!(
                    "{} @{} (by the program)",
                    schema::escape_control(name),
                    pos.0
                )
            }));
            if lines.is_empty() {
                return Ok("no mark is set; `mark NAME` sets one here".into());
            }
            Ok(paging::paged(session, lines, limit, "marks all"))
        },
    },
    Command {
        names: &["unmark"],
        usage: "NAME",
        help: "Remove a mark.\nExample: unmark before-transfer",
        run: |session, rest| {
            if session.marks.all.remove(rest).is_none() {
                return Err(format!("there is no mark {rest}; `marks` lists them"));
            }
            session.marks.save()?;
            Ok(format!("mark {rest} is removed"))
        },
    },
    Command {
        names: &["display"],
        usage: "[EXPR]",
        help: "Show EXPR at every stop from now on; alone, show all that is displayed.\n\
               Example: display total - paid",
        run: |session, rest| {
            if !rest.is_empty() {
                replayer::Expr::parse(rest).map_err(|error| error.to_string())?;
                let number = session.displays.last().map_or(1, |(number, _)| number + 1);
                session.displays.push((number, rest.to_owned()));
                return Ok(shown(session, number, rest));
            }
            if session.displays.is_empty() {
                return Err("nothing is displayed; say an expression".into());
            }
            Ok(displays(session).join("\n"))
        },
    },
    Command {
        names: &["undisplay"],
        usage: "[NUMBER | EXPR]",
        help: "Show it no longer; alone, none of them.\nExample: undisplay 1",
        run: |session, rest| {
            let before = session.displays.len();
            session.displays.retain(|(number, text)| {
                !rest.is_empty() && text != rest && number.to_string() != rest
            });
            if session.displays.len() == before {
                return Err(format!("{rest} is not displayed; `display` lists what is"));
            }
            Ok(String::new())
        },
    },
    Command {
        names: &["set"],
        usage: "thread all | thread one | context LINES | limit LINES",
        help: "Let step and next go through all threads in their one order, or through the \
               selected thread only (as at first); or say how many lines of source a stop shows \
               around its own, or how many lines of a list are shown, or `all`.\n\
               Example: set thread all",
        run: set,
    },
    Command {
        names: &["alias"],
        usage: "[NAME [COMMAND]]",
        help: "Give a command a name; `%1` to `%9` are words that follow the name, `%*` all of \
               them. Alone, list the aliases.\nExample: alias size p len(%1)",
        run: alias,
    },
    Command {
        names: &["unalias"],
        usage: "NAME",
        help: "Forget an alias.\nExample: unalias size",
        run: |session, rest| match session.aliases.remove(rest) {
            Some(_) => Ok(String::new()),
            None => Err(format!("{rest} is no alias; `alias` lists them")),
        },
    },
];

fn set(session: &mut Session, rest: &str) -> Answer {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let count = |text: &str| {
        text.parse::<u64>()
            .map_err(|_| format!("{text} is no count"))
    };
    let is_all = match words.as_slice() {
        ["thread", "all"] => true,
        ["thread", "one"] => false,
        ["context", lines] => {
            session.context = lines.parse().map_err(|_| format!("{lines} is no count"))?;
            return Ok(String::new());
        }
        ["limit", "all"] => {
            session.limit = u64::MAX;
            return Ok(String::new());
        }
        ["limit", lines] => {
            session.limit = count(lines)?.max(1);
            return Ok(String::new());
        }
        ["var" | "variable", ..] => return Err(words::statement("")),
        _ if rest.contains('=') => return Err(words::statement(rest)),
        _ => {
            return Err(
                "say `set thread all`, `set thread one`, `set context 3` or `set limit 200`".into(),
            );
        }
    };
    session.debugger.move_in_all_threads(is_all);
    Ok(if is_all {
        "motions go through all threads".into()
    } else {
        "motions stay in the selected thread".into()
    })
}

fn alias(session: &mut Session, rest: &str) -> Answer {
    let Some((name, command)) = rest.split_once(char::is_whitespace) else {
        let all = session.aliases.iter();
        let wanted = all.filter(|(name, _)| rest.is_empty() || *name == rest);
        let lines: Vec<String> = wanted
            .map(|(name, command)| format!("{name} = {command}"))
            .collect();
        return match (lines.is_empty(), rest) {
            (true, "") => Ok("no alias is set; `alias NAME COMMAND` sets one".into()),
            (true, name) => Err(format!("{name} is no alias; say the command it stands for")),
            _ => Ok(lines.join("\n")),
        };
    };
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if !name.chars().all(is_name) || ["alias", "unalias", "quit", "help"].contains(&name) {
        return Err(format!("`{name}` is no name for an alias"));
    }
    session
        .aliases
        .insert(name.to_owned(), command.trim().to_owned());
    Ok(String::new())
}

/// One displayed expression and its value here.
fn shown(session: &Session, number: u32, text: &str) -> String {
    let value = session.debugger.glance(text, Budget::SHORT);
    let value = value.unwrap_or_else(|error| format!("*** {error}"));
    format!("{number}: {text} = {value}")
}

/// All that is displayed, one a line.
pub(crate) fn displays(session: &Session) -> Vec<String> {
    let all = session.displays.iter();
    all.map(|(number, text)| shown(session, *number, text))
        .collect()
}

fn mark(session: &mut Session, rest: &str) -> Answer {
    let (name, place) = match rest.split_once(char::is_whitespace) {
        Some((name, place)) => (name, place.trim()),
        None => (rest, ""),
    };
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !is_name || ["start", "end", "crash", "why"].contains(&name) {
        return Err(format!(
            "`{name}` is no name for a mark; say letters, as in `mark before-transfer`"
        ));
    }
    let pos = match place {
        "" => session.debugger.position().0,
        place => {
            let number = place.strip_prefix('@').and_then(|text| text.parse().ok());
            let first = session.debugger.first_position().0;
            let last = session.debugger.last_position().0;
            number
                .filter(|pos| (first..=last).contains(pos))
                .ok_or_else(|| format!("{place} is no position; say @N, up to @{last}"))?
        }
    };
    session.marks.all.insert(name.to_owned(), pos);
    session.marks.save()?;
    Ok(format!("mark {name} is @{pos}"))
}

/// Named positions, kept in a file beside the trace.
pub(crate) struct Marks {
    path: PathBuf,
    pub(crate) all: BTreeMap<String, u64>,
}

/// No file of marks is longer.
const MOST_BYTES: u64 = 1 << 20;

/// Whether it is a file, and no link to one: what lies beside a trace may come from a stranger.
fn is_plain(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

fn read_marks(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

impl Marks {
    /// Those that were kept for a trace. A line that is no mark is left alone.
    pub(crate) fn of(trace: &Path) -> Marks {
        let mut path = trace.as_os_str().to_owned();
        path.push(".marks");
        let path = PathBuf::from(path);
        let text = if is_plain(&path) {
            read_marks(&path).unwrap_or_default()
        } else {
            String::new()
        };
        let mark = |line: &str| {
            let (name, pos) = line.rsplit_once(" @")?;
            Some((name.to_owned(), pos.parse().ok()?))
        };
        Marks {
            all: text.lines().filter_map(mark).collect(),
            path,
        }
    }

    fn save(&self) -> Result<(), String> {
        let lines = self
            .all
            .iter()
            .map(|(name, pos)| format!("{name} @{pos}\n"));
        // A link that came with the trace could lead anywhere.
        let written = match std::fs::symlink_metadata(&self.path) {
            Ok(there) if !there.is_file() => Err(std::io::Error::other("it is no plain file")),
            _ => std::fs::write(&self.path, lines.collect::<String>()),
        };
        written.map_err(|error| {
            let path = self.path.display();
            format!("the mark is kept for this session only: cannot write {path}: {error}")
        })
    }
}
