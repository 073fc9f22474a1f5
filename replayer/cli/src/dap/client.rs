//! The client's side of the conversation: what is sent to it, from whichever thread.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::framing;
use crate::inert;

/// What a client said that it can do, as far as it matters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Abilities {
    /// It shows the progress of long work.
    pub(super) shows_progress: bool,
    /// Its lines and columns begin with 0.
    pub(super) counts_lines_from_0: bool,
    pub(super) counts_columns_from_0: bool,
}

/// Sends messages, numbered one after another.
#[derive(Clone)]
pub(super) struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    output: Mutex<Output>,
    is_gone: AtomicBool,
}

struct Output {
    stream: Box<dyn Write + Send>,
    next: u64,
}

impl Client {
    pub(super) fn new(stream: Box<dyn Write + Send>) -> Client {
        let output = Mutex::new(Output { stream, next: 1 });
        let is_gone = AtomicBool::new(false);
        Client {
            shared: Arc::new(Shared { output, is_gone }),
        }
    }

    /// Whether it can no longer be written to.
    pub(super) fn is_gone(&self) -> bool {
        self.shared.is_gone.load(Ordering::Relaxed)
    }

    fn send(&self, mut message: Value) {
        inert::message(&mut message);
        let mut output = self
            .shared
            .output
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        message["seq"] = output.next.into();
        output.next += 1;
        let bytes = message.to_string();
        if framing::write(&mut output.stream, bytes.as_bytes()).is_err() {
            self.shared.is_gone.store(true, Ordering::Relaxed);
        }
    }

    /// Says that something happened.
    pub(super) fn event(&self, name: &str, body: Value) {
        let message = match body {
            Value::Null => json!({ "seq": 0, "type": "event", "event": name }),
            body => json!({ "seq": 0, "type": "event", "event": name, "body": body }),
        };
        self.send(message);
    }

    /// Shows a text in the console: `stdout`, `stderr`, `console` or `important`.
    pub(super) fn output(&self, category: &str, text: &str) {
        self.event("output", json!({ "category": category, "output": text }));
    }

    /// Answers a request.
    pub(super) fn answer(&self, request: u64, command: &str, outcome: &Result<Value, Refusal>) {
        let mut message = json!({
            "seq": 0,
            "type": "response",
            "request_seq": request,
            "success": outcome.is_ok(),
            "command": command,
        });
        match outcome {
            Ok(Value::Null) => {}
            Ok(body) => message["body"] = body.clone(),
            Err(Refusal { text, is_shown }) => {
                let text = schema::escape_control(text).replace('\n', " ");
                message["message"] = text.clone().into();
                message["body"] =
                    json!({ "error": { "id": 1, "format": text, "showUser": is_shown } });
            }
        }
        self.send(message);
    }
}

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) struct Refusal {
    text: String,
    /// Whether a person is to be told at once.
    is_shown: bool,
}

impl Refusal {
    /// One that a person is to be told.
    pub(super) fn shown(text: impl Into<String>) -> Refusal {
        Refusal {
            text: text.into(),
            is_shown: true,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Refusal {
    fn from(text: String) -> Refusal {
        Refusal {
            text,
            is_shown: false,
        }
    }
}

impl From<&str> for Refusal {
    fn from(text: &str) -> Refusal {
        text.to_owned().into()
    }
}

impl From<replayer::Error> for Refusal {
    fn from(error: replayer::Error) -> Refusal {
        match error {
            // The protocol's own word for it.
            replayer::Error::Interrupted => "cancelled".into(),
            error => error.to_string().into(),
        }
    }
}
