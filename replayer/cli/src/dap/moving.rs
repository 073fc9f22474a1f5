//! Requests that move, in both directions, and what is said of where that led.

use replayer::{Direction, Motion, Reason, StopView};
use schema::Pos;
use serde_json::{Value, json};

use super::client::Refusal;
use super::session::{Outcome, Reply, Session, arguments};
use super::sources::Named;

/// A step of a thread.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    thread_id: i64,
    #[serde(default)]
    granularity: Option<String>,
}

/// A way to go.
#[derive(Clone, Copy)]
enum Way {
    Run,
    Go(Motion),
}

impl Session {
    pub(super) fn on_continue(&mut self, request: &Value) -> Outcome {
        let body = json!({ "allThreadsContinued": true });
        self.travel(request, Way::Run, Direction::Forward, body)
    }

    pub(super) fn on_reverse_continue(&mut self, request: &Value) -> Outcome {
        self.travel(request, Way::Run, Direction::Backward, Value::Null)
    }

    pub(super) fn on_next(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Over, Direction::Forward)
    }

    pub(super) fn on_step_back(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Over, Direction::Backward)
    }

    pub(super) fn on_step_in(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Into, Direction::Forward)
    }

    pub(super) fn on_reverse_step_in(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Into, Direction::Backward)
    }

    pub(super) fn on_step_out(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Out, Direction::Forward)
    }

    pub(super) fn on_reverse_step_out(&mut self, request: &Value) -> Outcome {
        self.step(request, Motion::Out, Direction::Backward)
    }

    fn step(&mut self, request: &Value, motion: Motion, direction: Direction) -> Outcome {
        let step: Step = arguments(request)?;
        // There is nothing smaller than a line; what is meant is every one, in calls, too.
        let motion = match step.granularity.as_deref() {
            Some("instruction") if motion == Motion::Over => Motion::Into,
            _ => motion,
        };
        self.travel(request, Way::Go(motion), direction, Value::Null)
    }

    /// Answers, goes, and says where that led.
    fn travel(&mut self, request: &Value, way: Way, direction: Direction, body: Value) -> Outcome {
        let step: Step = arguments(request)?;
        let debugger = self.debugger()?;
        let thread = u32::try_from(step.thread_id).unwrap_or(0);
        // A motion begins in the innermost frame, whichever was looked at.
        debugger.select_thread(thread)?;
        self.inbox.begin_to_move();
        Ok(Reply::then(body, move |session| {
            let outcome = session.go(way, direction);
            let reason = match way {
                Way::Run => "continue",
                Way::Go(_) => "step",
            };
            session.arrived(outcome, reason);
        }))
    }

    fn go(&mut self, way: Way, direction: Direction) -> Result<StopView, replayer::Error> {
        let Some(core) = &mut self.core else {
            return Err(replayer::Error::Empty);
        };
        let _progress = super::overview::progress(&self.client, self.abilities, &core.debugger);
        let (stops, client) = (&mut self.stops, &self.client);
        let decide = &mut |debugger: &replayer::Debugger, number, stop: &StopView| {
            Ok(stops.is_wanted(client, debugger, number, stop))
        };
        match way {
            Way::Run => core.debugger.run_with(direction, decide),
            Way::Go(motion) => core.debugger.go_with(motion, direction, decide),
        }
    }

    /// Says where a motion led, or that it did not end.
    pub(super) fn arrived(&mut self, outcome: Result<StopView, replayer::Error>, reason: &str) {
        match outcome {
            Ok(stop) => self.stopped(&stop, reason),
            Err(error) => {
                let text = match error {
                    replayer::Error::Interrupted => "interrupted: still where it began".into(),
                    error => error.to_string(),
                };
                self.client
                    .output("important", &format!("{}\n", schema::escape_control(&text)));
                let here = self
                    .core
                    .as_ref()
                    .map(|core| core.debugger.stop(Reason::Moved));
                if let Some(Ok(here)) = here {
                    self.stopped(&here, "pause");
                }
            }
        }
    }

    /// Tells the client that the debugger rests, where, and why.
    pub(super) fn stopped(&mut self, stop: &StopView, moved: &str) {
        self.handles.clear();
        let Some(core) = &mut self.core else { return };
        core.visited();
        let debugger = &core.debugger;
        let ending = debugger
            .ending()
            .map_or("it is incomplete", |ending| ending.how.as_str());
        let (reason, description, hit) = match &stop.reason {
            Reason::Moved | Reason::Changed => (moved, None, None),
            Reason::Breakpoint(number) => (self.stops.reason_of(*number), None, Some(*number)),
            Reason::Catchpoint(number) => ("exception", None, Some(*number)),
            Reason::Watchpoint(number) => ("data breakpoint", None, Some(*number)),
            Reason::End => (
                "end",
                Some(format!("At the end of the recording ({ending})")),
                None,
            ),
            Reason::Start => (
                "entry",
                Some("At the start of the recording".to_owned()),
                None,
            ),
        };
        let watched: Vec<String> = stop
            .watched
            .iter()
            .map(|change| {
                let value =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "no value".into());
                let late = change
                    .unknown_doer()
                    .map_or(String::new(), |how| format!(" ({how})"));
                format!(
                    "{}: {} → {}{late}",
                    change.text,
                    value(&change.old),
                    value(&change.new)
                )
            })
            .collect();
        let text = match (reason, &stop.value) {
            _ if !watched.is_empty() => Some(watched.join(", ")),
            ("exception", Some(value)) => Some(value.clone()),
            _ if stop.doubt.is_some() => stop.doubt.as_deref().map(doubtful),
            _ => None,
        };
        let mut body = json!({
            "reason": reason,
            "threadId": debugger.thread(),
            "allThreadsStopped": true,
            "rdbg": place(debugger),
        });
        if let Some(description) = description
            .or(stop.doubt.as_deref().map(doubtful))
            .or(text.clone())
        {
            body["description"] = description.into();
        }
        if let Some(text) = text {
            body["text"] = text.into();
        }
        if let Some(why) = &stop.doubt {
            let place = super::stops::named(debugger, hit);
            let text = format!("@{} {place}{}\n", stop.pos, doubtful(why));
            self.client
                .output("important", &schema::escape_control(&text));
        }
        if let Some(id) = hit.and_then(|number| self.stops.id_of(number)) {
            body["hitBreakpointIds"] = json!([id]);
        }
        if std::mem::replace(&mut self.has_stopped, true) {
            // An answer to a request says this, too, but not every client takes down by it what it
            // showed of the stop before: VS Code leaves the exception's box over the source.
            let gone = json!({ "threadId": debugger.thread(), "allThreadsContinued": true });
            self.client.event("continued", gone);
        }
        self.client.event("stopped", body);
    }

    /// Goes somewhere and says so, behind the answer.
    pub(super) fn leap(
        &mut self,
        body: Value,
        reason: &'static str,
        leap: impl FnOnce(&mut replayer::Debugger) -> replayer::Result<StopView>,
    ) -> Outcome {
        let stop = leap(self.debugger()?)?;
        Ok(Reply::then(body, move |session| {
            session.stopped(&stop, reason)
        }))
    }

    pub(super) fn on_restart(&mut self, _: &Value) -> Outcome {
        self.leap(Value::Null, "entry", |debugger| {
            debugger.seek_end(Direction::Backward)
        })
    }

    pub(super) fn on_restart_frame(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            frame_id: i64,
        }
        let wanted: Wanted = arguments(request)?;
        let frame = self.handles.frame_of(wanted.frame_id)?;
        self.leap(Value::Null, "restart", |debugger| {
            debugger.select(frame.thread, frame.level)?;
            debugger.seek_frame_start()
        })
    }

    pub(super) fn on_pause(&mut self, _: &Value) -> Outcome {
        if let Some(recording) = &self.recording {
            // What was recorded until now is what there is to look at.
            recording.interrupt();
        }
        Ok(Value::Null.into())
    }

    pub(super) fn on_go_to_position(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Wanted {
            position: u64,
        }
        let wanted: Wanted = arguments(request)?;
        self.leap(Value::Null, "goto", |debugger| {
            // Events of the timeline count from 0, though a ring may have lost the first.
            let first = debugger.first_position().max(Pos(wanted.position));
            debugger.seek(first)
        })
    }

    pub(super) fn on_position(&mut self, _: &Value) -> Outcome {
        Ok(place(self.debugger()?).into())
    }

    /// The nearest visits of a line, on either side: `goto` moves in time.
    pub(super) fn on_goto_targets(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        struct Wanted {
            source: Named,
            line: i64,
        }
        let wanted: Wanted = arguments(request)?;
        let path = self.path_of(&wanted.source)?;
        let line = self.to_own_line(wanted.line);
        let place = format!("{path}:{line}");
        let mut targets = Vec::new();
        for (direction, word) in [
            (Direction::Backward, "back to"),
            (Direction::Forward, "on to"),
        ] {
            if let Some(pos) = self.debugger()?.nearest(&place, direction)? {
                let at = self.debugger()?.step_at(Pos(pos))?;
                targets.push(json!({
                    "id": pos,
                    "label": format!("{word} @{pos}, line {}", at.line),
                    "line": self.to_client_line(at.line),
                }));
            }
        }
        if targets.is_empty() {
            return Err(Refusal::shown(format!("line {line} never ran")));
        }
        Ok(json!({ "targets": targets }).into())
    }

    pub(super) fn on_goto(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wanted {
            target_id: u64,
        }
        let wanted: Wanted = arguments(request)?;
        self.leap(Value::Null, "goto", |debugger| {
            debugger.seek(Pos(wanted.target_id))
        })
    }
}

/// What is said of a condition that could not be evaluated.
pub(super) fn doubtful(why: &str) -> String {
    format!("the condition could not be evaluated: {why}")
}

/// Where the debugger rests, in numbers.
fn place(debugger: &replayer::Debugger) -> Value {
    json!({
        "position": debugger.position().0,
        "events": debugger.last_position().0 + 1,
    })
}
