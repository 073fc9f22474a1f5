//! The table of commands: their names, their help, and who carries them out.

use super::Session;
use super::{asking, keeping, looking, moving, stops};

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
    if let Some(position) = line.strip_prefix('@') {
        return moving::goto(session, &format!("@{position}"));
    }
    let (name, rest) = match line.split_once(char::is_whitespace) {
        Some((name, rest)) => (name, rest.trim()),
        None => (line, ""),
    };
    match find(name) {
        Some(command) if is_command(name, rest) => (command.run)(session, rest),
        _ => match looking::evaluate(session, line) {
            Err(why) if is_word(line) => Err(match nearest(name) {
                Some(near) => format!("{why}; did you mean the command `{near}`?"),
                None => format!("{why}; `help` lists the commands"),
            }),
            other => other,
        },
    }
}

/// Whether a line is a command, given its first word and the rest: `c = 1` and `n .x` are about a
/// variable of that name.
pub(crate) fn is_command(name: &str, rest: &str) -> bool {
    let is_about_name = rest.starts_with('=') || rest.starts_with('.');
    find(name).is_some() && !is_about_name
}

fn is_word(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    })
}

/// The command whose name differs by one letter or two that changed places.
fn nearest(name: &str) -> Option<&'static str> {
    let is_near = |other: &str| {
        let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
        let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        let (a, b) = (&a[same..], &b[same..]);
        let rest = |x: &[char], skip: usize| x.get(skip..).unwrap_or(&[]).to_vec();
        rest(a, 1) == rest(b, 1)
            || rest(a, 1) == b
            || *a == rest(b, 1)
            || (a.len() > 1 && b.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..])
    };
    let mut names = all().flat_map(|command| command.names.iter().copied());
    names.find(|other| other.len() > 2 && is_near(other))
}

fn help(_: &mut Session, rest: &str) -> Answer {
    if !rest.is_empty() {
        let Some(command) = find(rest) else {
            return Err(format!("there is no command {rest}; `help` lists them"));
        };
        let names = command.names.join(", ");
        return Ok(format!("{names} {}\n{}", command.usage, command.help).replace(" \n", "\n"));
    }
    let mut text = String::new();
    for (group, commands) in GROUPS {
        text.push_str(&format!("{group}:\n"));
        for command in *commands {
            let first = command.help.lines().next().unwrap_or_default();
            let names = command.names.join(" ");
            text.push_str(&format!("  {names:<32} {first}\n"));
        }
    }
    text.push_str("Anything else is evaluated as an expression. `help COMMAND` says more.");
    Ok(text)
}
