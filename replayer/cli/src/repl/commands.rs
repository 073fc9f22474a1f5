//! The table of commands: their names, their help, and who carries them out.

use replayer::{Budget, Expr, nearest};

use super::Session;
use super::{asking, keeping, looking, moving, source, stops, words};

/// Aliases may stand for aliases, but not for ever.
const MOST_ALIASES: usize = 20;

/// What a command answers, or why it could not.
pub(crate) type Answer = Result<String, String>;

/// One command.
pub(crate) struct Command {
    /// Its names; the first is the one that is shown.
    pub(crate) names: &'static [&'static str],
    /// What can follow it.
    pub(crate) usage: &'static str,
    /// What it does, in a sentence, and an example.
    pub(crate) help: &'static str,
    /// Carries it out, given what follows the name.
    pub(crate) run: fn(&mut Session, &str) -> Answer,
}

/// All commands, by group.
pub(crate) const GROUPS: &[(&str, &[Command])] = &[
    ("Move", moving::COMMANDS),
    ("Look", looking::COMMANDS),
    ("Source", source::COMMANDS),
    ("Stop", stops::COMMANDS),
    ("Ask", asking::COMMANDS),
    ("Keep", keeping::COMMANDS),
    ("Other", OTHER),
];

const OTHER: &[Command] = &[
    Command {
        names: &["help", "h", "?"],
        usage: "[COMMAND]",
        help: "Say what the commands are, or what one of them does.\nExample: help until",
        run: help,
    },
    Command {
        names: &["quit", "q", "exit"],
        usage: "",
        help: "End. The trace stays as it is.\nExample: quit",
        run: |session, _| {
            session.is_over = true;
            Ok(String::new())
        },
    },
];

/// All commands.
pub(crate) fn all() -> impl Iterator<Item = &'static Command> {
    GROUPS.iter().flat_map(|(_, commands)| commands.iter())
}

fn find(name: &str) -> Option<&'static Command> {
    all().find(|command| command.names.contains(&name))
}

/// Carries out a line. What is no command is an expression, as in pdb.
pub(crate) fn dispatch(session: &mut Session, line: &str) -> Answer {
    let line = aliased(session, line)?;
    let line = line.as_str();
    if let Some(position) = line.strip_prefix('@') {
        return moving::goto(session, &format!("@{position}"));
    }
    if let Some(expression) = line.strip_prefix('!') {
        return expression_or_advice(session, expression.trim(), "");
    }
    let (name, rest) = split(line);
    if let "exit()" | "quit()" = line {
        return dispatch(session, "quit");
    }
    if is_command(name, rest)
        && let Some(command) = find(name)
    {
        return (command.run)(session, rest);
    }
    if let Some((word, letters)) = name.split_once('/')
        && ["p", "print", "output"].contains(&word)
        && !rest.is_empty()
    {
        let text = words::formatted(letters, rest)?;
        let shown = session.debugger.printed(&text, Budget::USUAL);
        return shown.map_err(|error| error.to_string());
    }
    if is_foreign(session, name, rest) {
        if let Some(why) = words::refusal(name) {
            return Err(why);
        }
        if let Some(command) = words::synonym(name) {
            return dispatch(session, format!("{command} {rest}").trim());
        }
    }
    expression_or_advice(session, line, name)
}

/// The first word of a line, and the rest.
fn split(line: &str) -> (&str, &str) {
    match line.split_once(char::is_whitespace) {
        Some((name, rest)) => (name, rest.trim()),
        None => (line, ""),
    }
}

/// A line with the aliases of its first word put in.
fn aliased(session: &Session, line: &str) -> Result<String, String> {
    let mut line = line.to_owned();
    for _ in 0..MOST_ALIASES {
        let (name, rest) = split(&line);
        let Some(alias) = session.aliases.get(name) else {
            return Ok(line);
        };
        line = words::expanded(alias, rest);
        // One that is called as the command it begins with means the command.
        if split(&line).0 == split(alias).0 && session.aliases.contains_key(split(alias).0) {
            return Ok(line);
        }
    }
    Err(format!("{line}: aliases of aliases without end"))
}

/// Whether a line is a word of another debugger: a name of the program comes first.
fn is_foreign(session: &Session, name: &str, rest: &str) -> bool {
    let is_about_name = rest.starts_with('=') || rest.starts_with('.');
    let is_known = || session.debugger.inspect(name, Budget::BRIEF).is_ok();
    words::is_known(name) && !is_about_name && !(rest.is_empty() && is_known())
}

/// Shows the value of an expression, or says what could have been meant.
fn expression_or_advice(session: &mut Session, line: &str, name: &str) -> Answer {
    let why = match looking::evaluate(session, line) {
        Err(why) => why,
        shown => return shown,
    };
    let is_expression = Expr::parse(line).is_ok();
    if !is_expression && Expr::is_statement(line) {
        return Err(words::statement(line));
    }
    if !is_expression && (name == "x" || name.starts_with("x/")) {
        return Err(words::NO_MEMORY.into());
    }
    if !is_word(name) || is_expression && line != name {
        return Err(why);
    }
    let names = all().flat_map(|command| command.names.iter().copied());
    let names = names.filter(|other| other.len() > 2);
    Err(match nearest(name, names) {
        Some(near) => format!("{why}; did you mean the command `{near}`?"),
        None if why.contains("; ") => why,
        None => format!("{why}; `help` lists the commands"),
    })
}

/// Whether a line is a command, given its first word and the rest: `c = 1` and `n .x` are about a
/// variable of that name.
pub(crate) fn is_command(name: &str, rest: &str) -> bool {
    let is_about_name = rest.starts_with('=') || rest.starts_with('.') && rest != ".";
    find(name).is_some() && !is_about_name
}

/// Whether a line that begins with this word can be a command: of this debugger, or of another.
pub(crate) fn is_word_of_debugger(name: &str, rest: &str) -> bool {
    let is_formatted = name.starts_with("p/") && !rest.is_empty();
    is_command(name, rest) || words::is_known(name) || is_formatted
}

fn is_word(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(is_part)
}

fn help(_: &mut Session, rest: &str) -> Answer {
    if !rest.is_empty() {
        let Some(command) = find(rest) else {
            if let Some(command) = words::synonym(rest) {
                return Ok(format!("{rest}\nThe same as `{command}`."));
            }
            let near = nearest(
                rest,
                all().flat_map(|command| command.names.iter().copied()),
            );
            let near = near.map_or(String::new(), |near| format!(" but `{near}`"));
            let other = || format!("there is no command {rest}{near}; `help` lists them");
            return Err(words::refusal(rest).unwrap_or_else(other));
        };
        let names = command.names.join(", ");
        return Ok(format!("{names} {}\n{}", command.usage, command.help).replace(" \n", "\n"));
    }
    let mut text = String::new();
    for (group, commands) in GROUPS {
        text.push_str(&format!("{group}:\n"));
        for command in *commands {
            let first = command.help.lines().next().unwrap_or_default();
            let end = first.find(['.', ';', ':']).unwrap_or(first.len());
            let first = first[..end].trim_end();
            let names = command.names.join(" ");
            text.push_str(&format!("  {names:<40} {first}\n"));
        }
    }
    let also = words::SYNONYMS
        .iter()
        .map(|(word, command)| format!("{word} ({command})"));
    let also = also.collect::<Vec<_>>().join(", ");
    text.push_str(&format!("Also: {also}.\n"));
    text.push_str("`a ;; b` is two commands; `!EXPR` is an expression, whatever it looks like.\n");
    text.push_str("Anything else is evaluated as an expression. `help COMMAND` says more.");
    Ok(text)
}
