//! `rdbg dap`: the debugger for editors, by the Debug Adapter Protocol.
//!
//! One thread reads requests, another carries them out, one after another; what has to be heard
//! while a search runs (`cancel`, `pause`, the end of the session) the reading thread sees to.
//! Numbers of frames and variables, and JSON, stay in this folder.

mod client;
mod console;
mod framing;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
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
use std::net::{Shutdown, TcpStream};

use client::Client;
use session::Session;

use crate::arguments::Dap;
use crate::door::{self, Door};
use crate::{FINE, FOUND, Failure, Recorder};

/// Runs `rdbg dap`.
pub(crate) fn run(options: &Dap, recorder: &Recorder) -> Result<i32, Failure> {
    let file = options.token_file.as_deref();
    if let Some(port) = options.connect {
        return bridge(door::enter(port, file)?);
    }
    let Some(port) = options.port else {
        return converse(std::io::stdin(), Box::new(std::io::stdout()), recorder);
    };
    let door = Door::open(port, file)?;
    for line in door.sign("an editor") {
        anstream::eprintln!("rdbg: {}", schema::escape_control(&line));
    }
    while let Some(stream) = door.guest() {
        let outcome = stream
            .try_clone()
            .map_err(Failure::Output)
            .and_then(|input| converse(input, Box::new(stream), recorder));
        // What one editor did wrong does not concern the next.
        if let Err(failure) = outcome {
            failure.report();
        }
    }
    Ok(FINE)
}

/// Joins an editor that speaks on standard input and output with a session behind a port.
fn bridge(mut stream: TcpStream) -> Result<i32, Failure> {
    let mut back = stream.try_clone()?;
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut stream);
        let _ = stream.shutdown(Shutdown::Write);
    });
    let mut out = std::io::stdout();
    let mut buffer = [0; 1 << 14];
    loop {
        match back.read(&mut buffer)? {
            0 => return Ok(FINE),
            count => out.write_all(buffer.get(..count).unwrap_or_default())?,
        }
        // The editor waits for each message.
        out.flush()?;
    }
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
