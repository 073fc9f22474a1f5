//! What the fuzzer does with a stream of an editor.

use std::path::Path;

use serde_json::json;

use super::client::Client;
use super::framing::{self, Framed};
use super::inbox::{self, Request};
use super::session::Session;
use crate::Recorder;

/// Requests that would run a program.
const LEFT_OUT: &[&str] = &["launch", "restart"];

/// Carries out what a stream asks for, behind the first requests of an ordinary session.
pub(crate) fn converse(mut stream: &[u8], trace: &Path) {
    let client = Client::new(Box::new(std::io::sink()));
    let (inbox, _) = inbox::open(std::io::empty());
    let mut session = Session::new(client, Recorder::default(), inbox);
    let first = [
        ("initialize", json!({})),
        ("attach", json!({ "trace": trace })),
        ("configurationDone", json!({})),
    ];
    for (seq, (command, arguments)) in (1..).zip(first) {
        let command = command.to_owned();
        session.carry_out(&Request {
            seq,
            command,
            arguments,
        });
    }
    while let Ok(Framed::Message(message)) = framing::read(&mut stream) {
        if let Ok(request) = inbox::request(&message)
            && !LEFT_OUT.contains(&request.command.as_str())
        {
            session.carry_out(&request);
        }
    }
    session.end();
}
