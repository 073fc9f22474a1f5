//! Breakpoints as clients set them: all of a kind, or of a file, at once; also before there is a
//! trace, then they are tried once it is open.

use std::collections::HashMap;

use replayer::{Debugger, StopView, Wanted as Exceptions, line_of};
use serde_json::{Value, json};

use super::client::{Client, Refusal};
use super::handles::FrameHandle;
use super::session::{Outcome, Session, arguments};
use super::sources::Named;

mod asking;
mod hits;

use hits::HitRule;

/// What is replaced together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    File(String),
    Functions,
    Exceptions,
    Data,
}

/// Where a client wants to stop.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Line(String, u32),
    Function(String),
    Raised(Option<String>),
    Uncaught,
    /// A key of what `dataBreakpointInfo` gave out.
    Data(String),
}

/// One breakpoint of a client.
#[derive(Clone, Debug)]
struct Wanted {
    /// Its number for the client.
    id: u64,
    kind: Kind,
    place: Place,
    condition: Option<String>,
    hit: Option<HitRule>,
    log: Option<String>,
    /// Its number for the debugger, once it is set there.
    number: Option<u32>,
}

/// What a data breakpoint watches: an expression in a frame at a position.
#[derive(Clone, Debug)]
struct Watched {
    text: String,
    frame: FrameHandle,
    position: u64,
}

/// All breakpoints of the client.
#[derive(Default)]
pub(super) struct Stops {
    wanted: Vec<Wanted>,
    watched: HashMap<String, Watched>,
    next: u64,
}

impl Stops {
    /// Why there is a stop at a breakpoint, in the protocol's words.
    pub(super) fn reason_of(&self, number: u32) -> &'static str {
        let wanted = self.wanted.iter().find(|one| one.number == Some(number));
        match wanted.map(|one| &one.kind) {
            Some(Kind::Functions) => "function breakpoint",
            _ => "breakpoint",
        }
    }

    /// The client's number of a breakpoint.
    pub(super) fn id_of(&self, number: u32) -> Option<u64> {
        let wanted = self.wanted.iter().find(|one| one.number == Some(number));
        wanted.map(|one| one.id)
    }

    /// Whether a stop at a hit is wanted; a log point says its message instead.
    pub(super) fn is_wanted(
        &self,
        client: &Client,
        debugger: &Debugger,
        number: u32,
        stop: &StopView,
    ) -> bool {
        let Some(one) = self.wanted.iter().find(|one| one.number == Some(number)) else {
            return true;
        };
        let set = debugger.breakpoints().iter().find(|b| b.number == number);
        let hits = set.map_or(0, |set| set.hits);
        // What cannot be told is said, whatever is counted.
        if stop.doubt.is_none() && one.hit.is_some_and(|rule| !rule.holds(hits)) {
            return false;
        }
        let Some(message) = &one.log else {
            return true;
        };
        let text = match &stop.doubt {
            Some(why) => super::moving::doubtful(why),
            None => hits::message(message, debugger),
        };
        client.output("console", &format!("@{} {text}\n", stop.pos));
        false
    }
}

impl Session {
    /// Replaces the breakpoints of a kind; what the client is told of each.
    fn replace(&mut self, kind: &Kind, new: Vec<(Place, Details)>) -> Vec<Value> {
        let old: Vec<Wanted> = (self.stops.wanted)
            .extract_if(.., |one| one.kind == *kind)
            .collect();
        // The expression of a data breakpoint is the one that was meant where it was set first.
        let places: Vec<Place> = new.iter().map(|(place, _)| place.clone()).collect();
        let (kept, gone): (Vec<Wanted>, Vec<Wanted>) = old
            .into_iter()
            .partition(|one| *kind == Kind::Data && places.contains(&one.place));
        if let Some(core) = &mut self.core {
            for number in gone.iter().filter_map(|one| one.number) {
                // A person may have cleared it in the console.
                let _ = core.debugger.clear(number);
            }
        }
        let mut told = Vec::new();
        for (place, details) in new {
            self.stops.next += 1;
            let known = kept.iter().find(|one| one.place == place);
            let mut one = Wanted {
                id: self.stops.next,
                kind: kind.clone(),
                place,
                condition: details.condition.filter(|text| !text.trim().is_empty()),
                hit: None,
                log: details.log_message.filter(|text| !text.is_empty()),
                number: known.and_then(|one| one.number),
            };
            let rule = details.hit_condition.filter(|text| !text.trim().is_empty());
            let outcome = match rule.map(|text| HitRule::parse(&text)).transpose() {
                Ok(rule) => {
                    one.hit = rule;
                    self.place(&mut one)
                }
                Err(why) => Err(why.into()),
            };
            told.push(self.told(&one, &outcome));
            self.stops.wanted.push(one);
        }
        told
    }

    /// Sets a breakpoint, if there is a trace; the line it stops at, and what is to be said of it.
    fn place(&mut self, one: &mut Wanted) -> Result<(Option<u32>, Option<String>), Refusal> {
        let Some(core) = &mut self.core else {
            return Err("it is set once the program has been recorded".into());
        };
        let debugger = &mut core.debugger;
        let condition = one.condition.as_deref();
        if let (Some(number), Place::Data(_)) = (one.number, &one.place) {
            let set = debugger.set_condition(number, condition)?;
            return Ok((None, set.warning.clone()));
        }
        let set = match &one.place {
            Place::Line(path, line) => {
                let path = self.sources.recorded(path).unwrap_or(path);
                debugger.break_at(&format!("{path}:{line}"), condition, false)?
            }
            Place::Function(name) => debugger.break_at(name, condition, false)?,
            Place::Raised(class) => {
                let wanted = match class.as_deref() {
                    None => Exceptions::Most,
                    Some("all") => Exceptions::All,
                    Some(class) => Exceptions::Class(class.to_owned()),
                };
                debugger.catch(wanted, condition)?
            }
            Place::Uncaught => debugger.catch_uncaught(condition)?,
            Place::Data(key) => {
                let watched = self.stops.watched.get(key);
                let watched = watched.ok_or("ask for dataBreakpointInfo first")?.clone();
                watch(debugger, &watched, condition)?
            }
        };
        one.number = Some(set.number);
        let line = line_of(&set.location);
        let moved = match (&one.place, line) {
            (Place::Line(_, asked), Some(line)) if line != *asked => {
                Some(format!("line {asked} has no code; it stops at line {line}"))
            }
            _ => None,
        };
        let said: Vec<String> = moved.into_iter().chain(set.warning.clone()).collect();
        Ok((line, Some(said.join("; ")).filter(|said| !said.is_empty())))
    }

    fn told(
        &mut self,
        one: &Wanted,
        outcome: &Result<(Option<u32>, Option<String>), Refusal>,
    ) -> Value {
        let mut told = json!({ "id": one.id, "verified": outcome.is_ok() });
        let line = match (outcome, &one.place) {
            (Ok((Some(line), _)), _) | (Err(_), Place::Line(_, line)) => Some(*line),
            _ => None,
        };
        if let Some(line) = line {
            told["line"] = self.to_client_line(line).into();
        }
        if let Place::Line(path, _) = &one.place {
            told["source"] = self.source(path);
        }
        match outcome {
            Ok((_, Some(message))) => told["message"] = message.clone().into(),
            Err(why) => {
                told["message"] = why.to_string().into();
                told["reason"] = if self.core.is_some() {
                    "failed"
                } else {
                    "pending"
                }
                .into();
            }
            Ok(_) => {}
        }
        told
    }

    /// The trace is open: what was set before is tried.
    pub(super) fn place_all(&mut self) {
        let mut all = std::mem::take(&mut self.stops.wanted);
        for one in &mut all {
            let outcome = self.place(one);
            let told = self.told(one, &outcome);
            self.client.event(
                "breakpoint",
                json!({ "reason": "changed", "breakpoint": told }),
            );
        }
        self.stops.wanted = all;
    }
}

/// A breakpoint of the debugger, for a message.
pub(super) fn named(debugger: &Debugger, number: Option<u32>) -> String {
    let set = debugger
        .breakpoints()
        .iter()
        .find(|b| Some(b.number) == number);
    set.map_or(String::new(), |set| {
        let condition = set.condition.as_ref();
        let condition = condition.map_or(String::new(), |condition| {
            format!(" if {}", condition.text())
        });
        format!("{}{condition}: ", set.text)
    })
}

/// Watches what is meant in a frame at a position, from wherever the debugger is.
fn watch<'d>(
    debugger: &'d mut Debugger,
    watched: &Watched,
    condition: Option<&str>,
) -> replayer::Result<&'d replayer::Breakpoint> {
    let here = (debugger.position(), debugger.thread(), debugger.level());
    let there = schema::Pos(watched.position);
    if here.0 != there {
        debugger.seek(there)?;
    }
    let number = debugger
        .select(watched.frame.thread, watched.frame.level)
        .and_then(|()| debugger.watch(&watched.text, condition))
        .map(|set| set.number);
    if here.0 != there {
        debugger.seek(here.0)?;
    }
    // A thread that runs nothing here has no frame to look at.
    let _ = debugger.select(here.1, here.2);
    let number = number?;
    Ok(debugger.breakpoint_mut(number)?)
}

/// What can be said of each breakpoint.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    condition: Option<String>,
    hit_condition: Option<String>,
    log_message: Option<String>,
}

/// The path of a source in a request that sets breakpoints; it need not be recorded.
fn path_of(session: &Session, source: &Named) -> Result<String, Refusal> {
    session.path_of(source)
}

/// The arguments of a request that sets breakpoints.
fn asked<T: serde::de::DeserializeOwned>(request: &Value) -> Result<T, Refusal> {
    arguments(request)
}

/// An answer that lists breakpoints.
fn listed(breakpoints: Vec<Value>) -> Outcome {
    Ok(json!({ "breakpoints": breakpoints }).into())
}
