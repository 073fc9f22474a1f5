//! What a step costs in an editor: the request, and all that the editor then asks for.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::Times;

/// Steps of each kind from each of so many places.
const STEPS: usize = 5;
const PLACES: u64 = 20;
/// Steps within the program that keep away from its ends.
const REQUESTS: [&str; 6] = [
    "next",
    "stepIn",
    "stepBack",
    "reverseStepIn",
    "stepOut",
    "reverseStepOut",
];

/// A session with `rdbg dap`.
struct Adapter {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    seq: u64,
    /// Which thread stopped last.
    thread: Value,
    stops: u64,
}

impl Adapter {
    fn open(trace: &Path) -> Adapter {
        let mut child = Command::new(tests::rdbg())
            .arg("dap")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the adapter runs");
        let input = child.stdin.take().expect("it has an input");
        let output = child.stdout.take().expect("it has an output");
        let mut adapter = Adapter {
            child,
            input,
            output: BufReader::new(output),
            seq: 0,
            thread: Value::Null,
            stops: 0,
        };
        adapter.ask("initialize", json!({ "adapterID": "bench" }));
        adapter.ask("attach", json!({ "trace": trace, "at": "start" }));
        adapter.go("configurationDone", json!({}));
        adapter
    }

    fn send(&mut self, command: &str, arguments: Value) {
        self.seq += 1;
        let message = json!({
            "seq": self.seq, "type": "request", "command": command, "arguments": arguments,
        });
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        self.input.flush().expect("it listens");
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it speaks");
        let length = line.trim().strip_prefix("Content-Length: ");
        let length: usize = length.and_then(|n| n.parse().ok()).expect("a length");
        line.clear();
        self.output.read_line(&mut line).expect("an empty line");
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a message");
        let message: Value = serde_json::from_slice(&body).expect("JSON");
        if message["event"] == "stopped" {
            self.thread = message["body"]["threadId"].clone();
            self.stops += 1;
        }
        message
    }

    /// The body of the answer to a request.
    fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.send(command, arguments);
        loop {
            let message = self.hear();
            if message["type"] == "response" && message["request_seq"] == self.seq {
                assert_eq!(message["success"], true, "{message}");
                return message["body"].clone();
            }
        }
    }

    /// A request that ends with a stop, before its answer or behind it.
    fn go(&mut self, command: &str, arguments: Value) {
        let before = self.stops;
        self.ask(command, arguments);
        while self.stops == before {
            self.hear();
        }
    }

    /// A step, and the stack, scopes and variables that are shown after it.
    fn step(&mut self, command: &str) {
        self.go(command, json!({ "threadId": self.thread }));
        self.ask("threads", json!({}));
        let stack = self.ask(
            "stackTrace",
            json!({ "threadId": self.thread, "levels": 20 }),
        );
        let frame = stack["stackFrames"][0]["id"].clone();
        let scopes = self.ask("scopes", json!({ "frameId": frame }));
        let locals = scopes["scopes"][0]["variablesReference"].clone();
        self.ask("variables", json!({ "variablesReference": locals }));
    }
}

/// Median and 99th percentile of a step, in milliseconds.
pub(crate) fn step(trace: &Path) -> String {
    let mut adapter = Adapter::open(trace);
    let mut times = Vec::new();
    for place in 1..=PLACES {
        let share = format!("goto {}%", place * 100 / (PLACES + 1));
        adapter.go(
            "evaluate",
            json!({ "expression": share, "context": "repl" }),
        );
        for command in REQUESTS {
            for _ in 0..STEPS {
                let begun = Instant::now();
                adapter.step(command);
                times.push(begun.elapsed());
            }
        }
    }
    let Adapter {
        mut child, input, ..
    } = adapter;
    drop(input);
    let _ = child.wait();
    Times::of(times.into_iter()).show()
}
