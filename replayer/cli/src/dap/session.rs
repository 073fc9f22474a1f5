//! A session: what was asked for so far, and which request is carried out by what.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use replayer::Debugger;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{Abilities, Client, Refusal};
use super::handles::Handles;
use super::inbox::{Inbox, News, Request};
use super::launch::Recording;
use super::sources::Sources;
use super::stops::Stops;
use crate::{Recorder, repl};

/// How often the client is told how far a recording is.
const TICK: Duration = Duration::from_secs(1);

/// What is done once a request has been answered.
pub(super) type Then = Box<dyn FnOnce(&mut Session)>;

/// The answer to a request.
pub(super) struct Reply {
    pub(super) body: Value,
    pub(super) then: Option<Then>,
}

impl Reply {
    /// An answer with something to be done behind it.
    pub(super) fn then(body: Value, then: impl FnOnce(&mut Session) + 'static) -> Reply {
        Reply {
            body,
            then: Some(Box::new(then)),
        }
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Reply {
        Reply { body, then: None }
    }
}

/// What came of a request.
pub(super) type Outcome = Result<Reply, Refusal>;

/// One conversation with one client.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) abilities: Abilities,
    pub(super) inbox: Inbox,
    pub(super) recorder: Recorder,
    /// The open trace and its debugger.
    pub(super) core: Option<repl::Session>,
    pub(super) recording: Option<Recording>,
    pub(super) handles: Handles,
    pub(super) sources: Sources,
    pub(super) stops: Stops,
    /// Where to stop first, as `goto` says it.
    pub(super) at: Option<String>,
    is_initialized: bool,
    pub(super) is_configured: bool,
    pub(super) has_launched: bool,
    /// It was told of a stop.
    pub(super) has_stopped: bool,
    is_over: bool,
}

type Handler = fn(&mut Session, &Value) -> Outcome;

/// Who carries out which request.
const HANDLERS: &[(&str, Handler)] = &[
    ("attach", Session::on_attach),
    ("breakpointLocations", Session::on_breakpoint_locations),
    ("completions", Session::on_completions),
    ("configurationDone", Session::on_configuration_done),
    ("continue", Session::on_continue),
    ("dataBreakpointInfo", Session::on_data_breakpoint_info),
    ("evaluate", Session::on_evaluate),
    ("exceptionInfo", Session::on_exception_info),
    ("goToPosition", Session::on_go_to_position),
    ("goto", Session::on_goto),
    ("gotoTargets", Session::on_goto_targets),
    ("history", Session::on_history),
    ("launch", Session::on_launch),
    ("loadedSources", Session::on_loaded_sources),
    ("modules", Session::on_modules),
    ("next", Session::on_next),
    ("pause", Session::on_pause),
    ("position", Session::on_position),
    ("restart", Session::on_restart),
    ("restartFrame", Session::on_restart_frame),
    ("reverseContinue", Session::on_reverse_continue),
    ("reverseStepIn", Session::on_reverse_step_in),
    ("reverseStepOut", Session::on_reverse_step_out),
    ("scopes", Session::on_scopes),
    ("setBreakpoints", Session::on_set_breakpoints),
    ("setDataBreakpoints", Session::on_set_data_breakpoints),
    (
        "setExceptionBreakpoints",
        Session::on_set_exception_breakpoints,
    ),
    (
        "setFunctionBreakpoints",
        Session::on_set_function_breakpoints,
    ),
    ("source", Session::on_source),
    ("stackTrace", Session::on_stack_trace),
    ("stepBack", Session::on_step_back),
    ("stepIn", Session::on_step_in),
    ("stepOut", Session::on_step_out),
    ("terminate", Session::on_terminate),
    ("threads", Session::on_threads),
    ("timeline", Session::on_timeline),
    ("variables", Session::on_variables),
];

impl Session {
    pub(super) fn new(client: Client, recorder: Recorder, inbox: Inbox) -> Session {
        Session {
            client,
            abilities: Abilities::default(),
            inbox,
            recorder,
            core: None,
            recording: None,
            handles: Handles::default(),
            sources: Sources::default(),
            stops: Stops::default(),
            at: None,
            is_initialized: false,
            is_configured: false,
            has_launched: false,
            has_stopped: false,
            is_over: false,
        }
    }

    /// Carries out requests until the client goes; the text says what was wrong, if something was.
    pub(super) fn serve(&mut self, heard: &Receiver<News>) -> Option<String> {
        while !self.is_over && !self.client.is_gone() {
            let news = match (&self.recording, heard.recv_timeout(TICK)) {
                (_, Ok(news)) => news,
                (Some(recording), Err(RecvTimeoutError::Timeout)) => {
                    recording.tell_size(&self.client);
                    continue;
                }
                (None, Err(RecvTimeoutError::Timeout)) => match heard.recv() {
                    Ok(news) => news,
                    Err(_) => return None,
                },
                (_, Err(RecvTimeoutError::Disconnected)) => return None,
            };
            match news {
                News::Request(request) => self.carry_out(&request),
                News::Nonsense(why) => {
                    let text = format!(
                        "rdbg: {}; the message is passed over\n",
                        schema::escape_control(&why)
                    );
                    self.client.output("important", &text);
                }
                News::Recorded(status) => self.recorded(status),
                News::Gone(why) => return why,
            }
        }
        None
    }

    /// The session is over: a program that still runs is ended.
    pub(super) fn end(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.kill();
        }
    }

    pub(super) fn carry_out(&mut self, request: &Request) {
        let Request {
            seq,
            command,
            arguments,
        } = request;
        if !self.inbox.begin(*seq) {
            self.client.answer(*seq, command, &Err("cancelled".into()));
            return;
        }
        if let Some(core) = &self.core {
            core.debugger.renew();
        }
        let outcome = self.dispatch(command, arguments);
        let (outcome, then) = match outcome {
            Ok(Reply { body, then }) => (Ok(body), then),
            Err(refusal) => (Err(refusal), None),
        };
        self.client.answer(*seq, command, &outcome);
        if let Some(then) = then {
            then(self);
        }
        self.inbox.finish();
    }

    fn dispatch(&mut self, command: &str, arguments: &Value) -> Outcome {
        match command {
            "initialize" if self.is_initialized => Err("the session is initialized already".into()),
            "initialize" => self.on_initialize(arguments),
            // Whatever state a session is in, it can be left.
            "disconnect" => {
                self.is_over = true;
                self.end();
                Ok(Value::Null.into())
            }
            // The reading thread has done what there is to do.
            "cancel" => Ok(Value::Null.into()),
            _ if !self.is_initialized => Err("the first request is initialize".into()),
            _ => match HANDLERS.iter().find(|(name, _)| *name == command) {
                Some((_, handler)) => handler(self, arguments),
                None if command.starts_with("set") => {
                    Err("what was recorded cannot be changed: the past is read-only".into())
                }
                None => Err(format!("rdbg does not know the request {command}").into()),
            },
        }
    }

    fn on_initialize(&mut self, request: &Value) -> Outcome {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Says {
            lines_start_at1: bool,
            columns_start_at1: bool,
            supports_progress_reporting: bool,
        }
        impl Default for Says {
            fn default() -> Says {
                Says {
                    lines_start_at1: true,
                    columns_start_at1: true,
                    supports_progress_reporting: false,
                }
            }
        }
        let says: Says = arguments(request)?;
        self.abilities = Abilities {
            shows_progress: says.supports_progress_reporting,
            counts_lines_from_0: !says.lines_start_at1,
            counts_columns_from_0: !says.columns_start_at1,
        };
        self.is_initialized = true;
        Ok(capabilities().into())
    }

    /// The debugger, once there is a trace.
    pub(super) fn debugger(&mut self) -> Result<&mut Debugger, Refusal> {
        let is_recording = self.recording.is_some();
        match &mut self.core {
            Some(core) => Ok(&mut core.debugger),
            None if is_recording => Err("the program is still being recorded".into()),
            None => Err("no trace is open; launch a program or attach to a trace first".into()),
        }
    }

    /// A line as the client counts.
    pub(super) fn to_client_line(&self, line: u32) -> u32 {
        line.saturating_sub(u32::from(self.abilities.counts_lines_from_0))
    }

    /// A line as rdbg counts.
    pub(super) fn to_own_line(&self, line: i64) -> u32 {
        let line = line.saturating_add(i64::from(self.abilities.counts_lines_from_0));
        u32::try_from(line.max(0)).unwrap_or(u32::MAX)
    }

    /// Ends the debugging, for the client to end the session.
    pub(super) fn terminated(&mut self) {
        self.client.event("terminated", Value::Null);
    }
}

/// The arguments of a request; those that are missing altogether are an empty object.
pub(super) fn arguments<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    let value = match value {
        Value::Null => json!({}),
        value => value.clone(),
    };
    serde_json::from_value(value).map_err(|error| format!("wrong arguments: {error}").into())
}

fn capabilities() -> Value {
    let filter = |name: &str, label: &str, description: &str| {
        json!({
            "filter": name,
            "label": label,
            "description": description,
            "default": false,
            "supportsCondition": true,
            "conditionDescription": "an expression, which can name the `exception`, or the name of an exception's class",
        })
    };
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsFunctionBreakpoints": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsEvaluateForHovers": true,
        "supportsClipboardContext": true,
        "supportsStepBack": true,
        "supportsSteppingGranularity": true,
        "supportsRestartFrame": true,
        "supportsRestartRequest": true,
        "supportsGotoTargetsRequest": true,
        "supportsCompletionsRequest": true,
        "completionTriggerCharacters": ["."],
        "supportsModulesRequest": true,
        "supportsLoadedSourcesRequest": true,
        "supportsExceptionOptions": false,
        "supportsExceptionFilterOptions": true,
        "supportsExceptionInfoRequest": true,
        "supportsTerminateRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "supportsDataBreakpoints": true,
        "supportsBreakpointLocationsRequest": true,
        "supportsCancelRequest": true,
        "supportsValueFormattingOptions": false,
        "exceptionBreakpointFilters": [
            filter("raised", "Raised Exceptions", "Stop where an exception is raised that does more than end a loop; the condition `all` takes those too."),
            filter("uncaught", "Uncaught Exceptions", "Stop where an exception is raised that nobody caught."),
        ],
    })
}
