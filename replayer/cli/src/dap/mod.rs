//! `rdbg dap`: the debugger for editors, by the Debug Adapter Protocol.
//!
//! One thread reads requests, another carries them out, one after another; what has to be heard
//! while a search runs (`cancel`, `pause`, the end of the session) the reading thread sees to.
//! Numbers of frames and variables, and JSON, stay in this folder.

mod client;
mod console;
mod framing;
mod handles;
mod inbox;
mod launch;
mod looking;
mod moving;
mod options;
mod overview;
mod session;
mod sources;
mod stops;
mod values;

use std::io::{BufReader, Read, Write};
use std::net::TcpListener;

use client::Client;
use session::Session;

use crate::arguments::Dap;
use crate::{FINE, FOUND, Failure, Recorder};

/// Runs `rdbg dap`.
pub(crate) fn run(options: &Dap, recorder: &Recorder) -> Result<i32, Failure> {
    let Some(port) = options.port else {
        return converse(std::io::stdin(), Box::new(std::io::stdout()), recorder);
    };
    let busy = |error| Failure::Other(FOUND, format!("cannot listen on port {port}: {error}"));
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(busy)?;
    let address = listener.local_addr().map_err(busy)?;
    anstream::eprintln!("rdbg: waiting for an editor on {address}");
    for stream in listener.incoming() {
        let outcome = stream
            .and_then(|stream| Ok((stream.try_clone()?, stream)))
            .map_err(Failure::Output)
            .and_then(|(input, output)| converse(input, Box::new(output), recorder));
        // What one editor did wrong does not concern the next.
        if let Err(failure) = outcome {
            failure.report();
        }
    }
    Ok(FINE)
}

/// One session, from the first message to the last.
fn converse(
    input: impl Read + Send + 'static,
    output: Box<dyn Write + Send>,
    recorder: &Recorder,
) -> Result<i32, Failure> {
    let client = Client::new(output);
    let (inbox, heard) = inbox::open(BufReader::new(input));
    let mut session = Session::new(client, recorder.clone(), inbox.clone());
    let outcome = session.serve(&heard);
    session.end();
    match outcome {
        None => Ok(FINE),
        Some(why) => Err(Failure::Other(
            FOUND,
            format!("dap: {why}; the session ends"),
        )),
    }
}
