//! `rdbg replay`: the debugger on a terminal, or run by a script.

mod asking;
mod commands;
mod complete;
mod keeping;
mod looking;
mod moving;
mod opening;
mod paging;
mod progress;
mod render;
mod source;
mod stops;
mod trail;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use replayer::{Debugger, StopView};
use rustyline::error::ReadlineError;
use schema::Allowance;

use keeping::Marks;
use progress::Progress;
use trail::Trail;

pub(crate) use commands::is_word_of_debugger;
pub(crate) use opening::Unopened;
pub(crate) use render::LOST;
pub(crate) use words::statement;

use crate::arguments::Replay;
use crate::{FINE, FOUND, Failure, NO_FILE, USAGE};

/// How many lines of source a stop shows on either side of its own, to a person.
const CONTEXT: u32 = 2;

/// So many threads and tasks that died are named at the beginning.
const MOST_CRASHES: usize = 5;

/// A debugger and its conversation.
pub(crate) struct Session {
    pub(crate) debugger: Debugger,
    /// The next `list` begins here.
    pub(crate) listed: Option<u32>,
    /// The last stop, to be listed around.
    pub(crate) is_over: bool,
    /// Expressions to show at every stop, by number.
    pub(crate) displays: Vec<(u32, String)>,
    /// Named positions.
    pub(crate) marks: Marks,
    /// Lines to carry out after the present one: the commands of a breakpoint.
    pub(crate) queue: VecDeque<String>,
    /// The breakpoint whose commands are being typed, and those so far.
    pub(crate) typing: Option<(u32, Vec<String>)>,
    /// How many lines of source a stop shows on either side of its own.
    pub(crate) context: u32,
    /// How many lines of a list are shown.
    pub(crate) limit: u64,
    /// Words that stand for commands.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Positions that commands led to.
    pub(crate) trail: Trail,
    /// Answers are gathered here instead of printed.
    gathered: Option<RefCell<String>>,
    /// Whether lines were printed since the present command began.
    has_said: Arc<AtomicBool>,
    /// Positions of the links that `why` showed last.
    pub(crate) links: Vec<u64>,
    failed: bool,
}

/// Runs `rdbg replay`.
pub(crate) fn run(options: Replay) -> Result<i32, Failure> {
    let (path, others) = match options.trace {
        Some(path) => (path, 0),
        None => crate::found::newest(Path::new(".")).ok_or_else(|| {
            let text = "no trace in this folder; record one with `rdbg record`, or name it";
            Failure::Other(NO_FILE, text.into())
        })?,
    };
    let script = match &options.script {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| Failure::Other(NO_FILE, format!("{}: {error}", path.display())))?,
        ),
        None => None,
    };
    let mut session = Session::open(&path, options.cost.allowance())?;
    let is_script = options.script.is_some() || !options.commands.is_empty();
    if !is_script && std::io::stdin().is_terminal() {
        session.context = CONTEXT;
    }
    let opened = match session.open_at(options.at.as_deref()) {
        Ok(opened) => opened,
        // Damage is told, and the rest can be looked at.
        Err(Unopened::Damaged(error)) => session.open_beside(&error)?,
        Err(Unopened::NoSuch(text)) => return Err(Failure::Other(USAGE, text)),
    };
    session.greet(&path, others, &opened)?;
    let mut lines: Vec<String> = script
        .iter()
        .flat_map(|text| text.lines())
        .map(into)
        .collect();
    lines.extend(options.commands.iter().map(into));
    if is_script {
        for line in lines {
            if !session.execute(&line)? {
                break;
            }
        }
    } else if std::io::stdin().is_terminal() {
        session.converse()?;
    } else {
        for line in std::io::stdin().lines() {
            if !session.execute(&line?)? {
                break;
            }
        }
    }
    Ok(if session.failed { FOUND } else { FINE })
}

fn into(text: impl AsRef<str>) -> String {
    text.as_ref().to_owned()
}

impl Session {
    fn open(path: &Path, allowance: Allowance) -> Result<Session, Failure> {
        Ok(Session {
            debugger: Debugger::open_with(path, allowance)?,
            listed: None,
            is_over: false,
            displays: Vec::new(),
            marks: Marks::of(path),
            queue: VecDeque::new(),
            typing: None,
            links: Vec::new(),
            context: 0,
            limit: paging::USUAL,
            aliases: BTreeMap::new(),
            trail: Trail::default(),
            gathered: None,
            has_said: Arc::default(),
            failed: false,
        })
    }

    /// A session whose answers are not printed but given to who asked.
    pub(crate) fn silent(path: &Path) -> Result<Session, Failure> {
        let gathered = Some(RefCell::default());
        Ok(Session {
            gathered,
            ..Session::open(path, Allowance::OfSize)?
        })
    }

    /// Carries out one line and those that follow from it; what would have been printed.
    pub(crate) fn answer_to(&mut self, line: &str) -> Result<String, Failure> {
        self.execute(line)?;
        let text = self.gathered.as_ref().map(RefCell::take);
        Ok(anstream::adapter::strip_str(&text.unwrap_or_default()).to_string())
    }

    /// Notes where a motion led that was no command.
    pub(crate) fn visited(&mut self) {
        self.trail.visit(self.debugger.position().0);
    }

    fn greet(&mut self, path: &Path, others: usize, stop: &StopView) -> Result<(), Failure> {
        let header = self.debugger.header();
        let ending = self.debugger.how_it_ended();
        let mut events = format!("{} events", self.debugger.events());
        if self.debugger.first_position().0 > 0 {
            events = format!("the last {events} (--ring)");
        }
        if !header.limits.lines {
            events += " without lines (--level calls)";
        }
        let name = path.strip_prefix(".").unwrap_or(path).display();
        let name = match others {
            0 => name.to_string(),
            others => format!("{name}, the newest of {} traces here", others + 1),
        };
        let text = format!(
            "{name}: {} ({events}, {ending}). Type help for help.",
            header.program
        );
        self.say(&schema::escape_control(&text))?;
        for line in self.other_crashes(stop.pos) {
            self.say(&line)?;
        }
        self.say(&self.stop_text(stop))
    }

    /// What else died of an exception that nobody caught than what opens at a position.
    pub(crate) fn other_crashes(&self, pos: u64) -> Vec<String> {
        let mut others = self.debugger.crashes().unwrap_or_default();
        others.retain(|crash| crash.raised.as_ref().is_none_or(|by| by.pos != pos));
        let more = others.len().saturating_sub(MOST_CRASHES);
        others.truncate(MOST_CRASHES);
        let mut lines = render::crashes(&others);
        if more > 0 {
            let next = "`catch uncaught` stops at each";
            lines.push(format!("… and {more} more; {next}"));
        }
        lines
    }

    /// Prints one answer.
    pub(crate) fn say(&self, text: &str) -> Result<(), Failure> {
        self.has_said.store(true, Ordering::Relaxed);
        if let Some(gathered) = &self.gathered {
            let mut gathered = gathered.borrow_mut();
            gathered.push_str(text);
            gathered.push('\n');
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out, "{}", crate::inert::text(text))?;
        Ok(())
    }

    /// Runs one line; `false` ends the conversation.
    fn execute(&mut self, line: &str) -> Result<bool, Failure> {
        let line = line.trim();
        if line.is_empty() || line.starts_with("# ") || line == "#" {
            return Ok(true);
        }
        if let Some((number, mut lines)) = self.typing.take() {
            if line == "end" {
                stops::keep_commands(self, number, lines);
            } else {
                lines.push(line.to_owned());
                self.typing = Some((number, lines));
            }
            return Ok(true);
        }
        let takes_lines = ["commands ", "alias "]
            .iter()
            .any(|name| line.starts_with(name));
        let parts = if takes_lines {
            vec![line]
        } else {
            words::parts(line)
        };
        let is_stopped = |session: &Session| {
            session.is_over || session.debugger.interrupt().load(Ordering::Relaxed)
        };
        for part in parts {
            self.answer(part)?;
            while let Some(line) = self.queue.pop_front().filter(|_| !is_stopped(self)) {
                self.answer(&line)?;
            }
            self.queue.clear();
            if is_stopped(self) {
                break;
            }
        }
        Ok(!self.is_over)
    }

    /// Carries out one command and prints its answer.
    fn answer(&mut self, line: &str) -> Result<(), Failure> {
        self.has_said.store(false, Ordering::Relaxed);
        self.debugger.renew();
        let progress = Progress::begin(&self.debugger, self.has_said.clone());
        self.trail.visit(self.debugger.position().0);
        let outcome = commands::dispatch(self, line);
        self.trail.visit(self.debugger.position().0);
        drop(progress);
        match outcome {
            Ok(text) if text.is_empty() => Ok(()),
            Ok(text) => self.say(text.trim_end_matches('\n')),
            Err(text) => {
                self.queue.clear();
                self.fail(&text)
            }
        }
    }

    /// Says what went wrong.
    fn fail(&mut self, text: &str) -> Result<(), Failure> {
        self.failed = true;
        let text = text.replace('\n', " ");
        self.say(&format!("*** {}", schema::escape_control(&text)))
    }

    /// Reads lines from the terminal until the person has enough.
    fn converse(&mut self) -> Result<(), Failure> {
        let config = rustyline::Config::builder()
            .max_history_size(1000)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(unreadable)?
            .completion_type(rustyline::CompletionType::List)
            .build();
        let mut editor: rustyline::Editor<complete::Helper, rustyline::history::DefaultHistory> =
            rustyline::Editor::with_config(config).map_err(unreadable)?;
        editor.set_helper(Some(complete::Helper::new()));
        let history = history_file();
        if let Some(path) = &history {
            // A first session has no history, and an unreadable one is no reason to stop.
            let _ = editor.load_history(path);
        }
        let mut last = String::new();
        let interrupt = self.debugger.interrupt();
        // A search looks at this flag; at the prompt, the line editor sees Ctrl-C first.
        let handled = interrupt.clone();
        let _ = ctrlc::set_handler(move || handled.store(true, Ordering::Relaxed));
        loop {
            // Here and not at the command: a Ctrl-C right after the line was entered is meant for it.
            interrupt.store(false, Ordering::Relaxed);
            if let Some(helper) = editor.helper_mut() {
                helper.words = self.debugger.words();
            }
            let prompt = if self.typing.is_some() {
                "> "
            } else {
                "(rdbg) "
            };
            match editor.readline(prompt) {
                Ok(line) => {
                    if line.trim().is_empty() {
                        // As in pdb and gdb, an empty line says the last command again.
                        if !self.execute(&last.clone())? {
                            break;
                        }
                        continue;
                    }
                    let _ = editor.add_history_entry(&line);
                    last.clone_from(&line);
                    if !self.execute(&line)? {
                        break;
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(unreadable(error)),
            }
        }
        if let Some(path) = &history {
            let _ = editor.save_history(path);
        }
        self.failed = false;
        Ok(())
    }
}

fn unreadable(error: ReadlineError) -> Failure {
    Failure::Other(FOUND, format!("the terminal cannot be read: {error}"))
}

/// Where the history of commands is kept, by the XDG rules.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    let folder = state
        .filter(|path| path.is_absolute())
        .or_else(home)?
        .join("rdbg");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
