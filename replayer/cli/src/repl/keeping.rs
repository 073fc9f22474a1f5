//! Commands that keep something: marks, displays, settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use replayer::Budget;

use super::Session;
use super::commands::{Answer, Command};

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
        usage: "",
        help: "List the marks: those that were set here, and those of the program's rdbg.mark().\n\
               Example: marks",
        run: |session, _| {
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
            Ok(lines.join("\n"))
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
        usage: "thread all | thread one | context LINES",
        help: "Let step and next go through all threads in their one order, or through the \
               selected thread only (as at first); or say how many lines of source a stop shows \
               around its own.\nExample: set thread all",
        run: |session, rest| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let is_all = match words.as_slice() {
                ["thread", "all"] => true,
                ["thread", "one"] => false,
                ["context", lines] => {
                    let lines = lines.parse().map_err(|_| format!("{lines} is no count"))?;
                    session.context = lines;
                    return Ok(String::new());
                }
                _ => return Err("say `set thread all`, `set thread one` or `set context 3`".into()),
            };
            session.debugger.move_in_all_threads(is_all);
            Ok(if is_all {
                "motions go through all threads".into()
            } else {
                "motions stay in the selected thread".into()
            })
        },
    },
];

/// One displayed expression and its value here.
fn shown(session: &Session, number: u32, text: &str) -> String {
    let value = session.debugger.evaluate(text, Budget::SHORT);
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

impl Marks {
    /// Those that were kept for a trace. A line that is no mark is left alone.
    pub(crate) fn of(trace: &Path) -> Marks {
        let mut path = trace.as_os_str().to_owned();
        path.push(".marks");
        let path = PathBuf::from(path);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
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
        std::fs::write(&self.path, lines.collect::<String>()).map_err(|error| {
            let path = self.path.display();
            format!("the mark is kept for this session only: cannot write {path}: {error}")
        })
    }
}
