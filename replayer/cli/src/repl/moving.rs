//! Commands that move, in both directions.

use replayer::Direction::{Backward, Forward};
use replayer::{Debugger, Direction, Motion, Reason, StopView};
use schema::Pos;

use super::Session;
use super::commands::{Answer, Command};
use super::{keeping, render};

/// Commands that move.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        names: &["step", "s"],
        usage: "[COUNT]",
        help: "Go to the next line, into calls.\nExample: step 3",
        run: |session, rest| go(session, Motion::Into, Forward, rest),
    },
    Command {
        names: &["reverse-step", "rs", "bs"],
        usage: "[COUNT]",
        help: "Go back to the line before, into calls.\nExample: rs",
        run: |session, rest| go(session, Motion::Into, Backward, rest),
    },
    Command {
        names: &["next", "n"],
        usage: "[COUNT]",
        help: "Go to the next line of this frame, over calls.\nExample: n 10",
        run: |session, rest| go(session, Motion::Over, Forward, rest),
    },
    Command {
        names: &["reverse-next", "rn", "bn"],
        usage: "[COUNT]",
        help: "Go back to the line before in this frame, over calls.\nExample: rn 2",
        run: |session, rest| go(session, Motion::Over, Backward, rest),
    },
    Command {
        names: &["return", "finish", "r"],
        usage: "[COUNT]",
        help: "Go to the end of this frame.\nExample: return",
        run: |session, rest| go(session, Motion::Out, Forward, rest),
    },
    Command {
        names: &["reverse-finish", "rf", "bf", "reverse-return"],
        usage: "[COUNT]",
        help: "Go back to the line that called this frame.\nExample: rf",
        run: |session, rest| go(session, Motion::Out, Backward, rest),
    },
    Command {
        names: &["until", "unt"],
        usage: "[LINE]",
        help: "Go on past this line of the frame, or to LINE: out of a loop.\nExample: until 40",
        run: |session, rest| until(session, Forward, rest),
    },
    Command {
        names: &["reverse-until", "runt", "bunt"],
        usage: "[LINE]",
        help: "Go back before this line of the frame, or to LINE.\nExample: reverse-until 12",
        run: |session, rest| until(session, Backward, rest),
    },
    Command {
        names: &["continue", "c", "cont"],
        usage: "[COUNT]",
        help: "Go on to the next breakpoint or catch, or to the end.\nExample: continue",
        run: |session, rest| run(session, Forward, rest),
    },
    Command {
        names: &["reverse-continue", "rc", "bc"],
        usage: "[COUNT]",
        help: "Go back to the breakpoint or catch before, or to the start.\nExample: rc",
        run: |session, rest| run(session, Backward, rest),
    },
    Command {
        names: &["back"],
        usage: "[COUNT]",
        help: "Go back to where you were before your last jump, as in a browser.\nExample: back 3",
        run: |session, rest| travel(session, rest, true),
    },
    Command {
        names: &["forward"],
        usage: "[COUNT]",
        help: "Go forward again through your own jumps.\nExample: forward",
        run: |session, rest| travel(session, rest, false),
    },
    Command {
        names: &["goto", "g"],
        usage: "@N | N% | start | end | crash | MARK | why N",
        help: "Go to a position, a share of the run, its start, its end, the raise of the \
               exception that ended it, a mark, or a link of \
               `why`.\nExample: goto @812",
        run: goto,
    },
];

fn count(rest: &str) -> Result<u64, String> {
    match rest {
        "" => Ok(1),
        text => match text.parse() {
            Err(_) if text.starts_with(['<', '>', '+', '-', '*', '/', '%', '!', '&', '|']) => Err(
                format!("{text} is no count; behind `p`, any expression is evaluated"),
            ),
            Ok(0) | Err(_) => Err(format!("{text} is no count; say a number from 1")),
            Ok(count) => Ok(count),
        },
    }
}

/// Shows where we rest, what is displayed there, and gets the breakpoint's commands ready.
pub(crate) fn shown(session: &mut Session, stop: StopView) -> Answer {
    session.listed = None;
    if let Reason::Breakpoint(number) | Reason::Catchpoint(number) | Reason::Watchpoint(number) =
        stop.reason
    {
        let all = session.debugger.breakpoints();
        let commands = all.iter().find(|b| b.number == number);
        let commands = commands.map(|b| b.commands.clone()).unwrap_or_default();
        session.queue.extend(commands);
    }
    let mut lines = vec![session.stop_text(&stop)];
    lines.extend(keeping::displays(session));
    Ok(lines.join("\n"))
}

fn go(session: &mut Session, motion: Motion, direction: Direction, rest: &str) -> Answer {
    let mut last = None;
    for _ in 0..count(rest)? {
        let stop = session
            .debugger
            .go(motion, direction)
            .map_err(|e| e.to_string())?;
        let is_end = matches!(stop.reason, Reason::End | Reason::Start);
        last = Some(stop);
        if is_end {
            break;
        }
    }
    match last {
        Some(stop) => shown(session, stop),
        None => Ok(String::new()),
    }
}

fn until(session: &mut Session, direction: Direction, rest: &str) -> Answer {
    let line = match rest {
        "" => None,
        text => {
            let line = text.rsplit_once(':').map_or(text, |(_, line)| line);
            Some(line.parse().map_err(|_| {
                format!("{text} is no line; `break {text}` and `continue` go to a place")
            })?)
        }
    };
    go(session, Motion::Until(line), direction, "")
}

fn run(session: &mut Session, direction: Direction, rest: &str) -> Answer {
    let mut last = None;
    for _ in 0..count(rest)? {
        let stop = session
            .debugger
            .run(direction)
            .map_err(|error| error.to_string())?;
        let is_hit = !matches!(stop.reason, Reason::End | Reason::Start);
        last = Some(stop);
        if !is_hit {
            break;
        }
    }
    match last {
        Some(stop) => shown(session, stop),
        None => Ok(String::new()),
    }
}

/// Goes through one's own jumps.
fn travel(session: &mut Session, rest: &str, is_back: bool) -> Answer {
    let count = count(rest)?;
    let Some(pos) = session.trail.go(count, is_back) else {
        return Err(if is_back {
            "no jump was made before this place; `reverse-next` goes back in the program".into()
        } else {
            "no jump was gone back from here; `next` goes on in the program".into()
        });
    };
    let stop = session
        .debugger
        .seek(Pos(pos))
        .map_err(|error| error.to_string())?;
    shown(session, stop)
}

/// Goes to a place by name or number.
pub(crate) fn goto(session: &mut Session, rest: &str) -> Answer {
    let stop = session.place(rest).map_err(|error| error.to_string())?;
    shown(session, stop)
}

impl Session {
    /// Where we rest, with so many lines of source around as are wanted.
    pub(crate) fn stop_text(&self, stop: &StopView) -> String {
        let (first, last) = (
            stop.line.saturating_sub(self.context).max(1),
            stop.line.saturating_add(self.context),
        );
        // Without its source, a place is still a place.
        let around = self.debugger.listing(first, last).unwrap_or_default();
        render::stop(stop, &around, self.debugger.ending())
    }

    /// Goes to a place: `@N`, `N%`, `start`, `end`, `crash`.
    pub(crate) fn place(&mut self, place: &str) -> replayer::Result<StopView> {
        let debugger = &mut self.debugger;
        let marks = &self.marks.all;
        if let Some(number) = place.trim().strip_prefix("why ") {
            let number: Option<usize> = number.trim().parse().ok();
            let link = number.and_then(|number| self.links.get(number.checked_sub(1)?));
            let missing = || no_such("`why EXPR` numbers links; say one of those");
            return debugger.seek(Pos(*link.ok_or_else(missing)?));
        }
        match place.trim() {
            "" => Err(no_such("say a place: @N, N%, start, end, crash or a mark")),
            "start" => debugger.seek_end(Backward),
            "end" => debugger.seek_end(Forward),
            "crash" => debugger.seek_crash(),
            text => {
                let first = debugger.first_position().0;
                let after_first = (debugger.last_position().0 - first) as f64;
                let number = text.strip_prefix('@').unwrap_or(text);
                let pos = match text.strip_suffix('%') {
                    Some(share) => share
                        .trim()
                        .parse::<f64>()
                        .ok()
                        .filter(|share| (0.0..=100.0).contains(share))
                        .map(|share| first + (share / 100.0 * after_first) as u64),
                    None => number.trim().parse().ok(),
                };
                let pos = pos.or_else(|| marks.get(text).copied());
                let pos = match pos {
                    None => named(debugger, text)?,
                    known => known,
                };
                match pos {
                    Some(pos) => debugger.seek(Pos(pos)),
                    None => Err(no_such(format!(
                        "{text} is no place; say @N, N%, start, end, crash or a mark"
                    ))),
                }
            }
        }
    }
}

fn no_such(text: impl Into<String>) -> replayer::Error {
    replayer::Error::NoSuch(text.into())
}

/// The first moment that the program itself gave this name.
fn named(debugger: &Debugger, name: &str) -> replayer::Result<Option<u64>> {
    let marks = debugger.marks()?;
    let found = marks.into_iter().find(|(other, _)| other == name);
    Ok(found.map(|(_, pos)| pos.0))
}
