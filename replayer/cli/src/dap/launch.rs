//! Beginnings and ends: a program that is recorded first, or a trace that is there already.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use replayer::Reason;
use serde_json::{Value, json};

use super::client::{Client, Refusal};
use super::inbox::{Inbox, News};
use super::options::Options;
use super::session::{Outcome, Reply, Session, arguments};
use crate::repl::{self, Unopened};

/// How long is waited for the last output once the program has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What to launch, or which trace to open.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Launch {
    program: Option<String>,
    module: Option<String>,
    code: Option<String>,
    trace: Option<PathBuf>,
    args: Vec<String>,
    cwd: Option<PathBuf>,
    env: BTreeMap<String, Option<String>>,
    python: Option<PathBuf>,
    #[serde(flatten)]
    options: Options,
    rdbg_args: Vec<String>,
    output: Option<PathBuf>,
    at: Option<String>,
    stop_on_entry: bool,
}

/// A program that is being recorded.
pub(super) struct Recording {
    group: Pid,
    began: Instant,
    output: PathBuf,
    is_shown: bool,
    /// The client wants to hear of its end only.
    pub(super) is_unwanted: bool,
}

impl Recording {
    fn signal(&self, signal: Signal) {
        // It may have ended already.
        let _ = killpg(self.group, signal);
    }

    /// Ends the program as Ctrl-C would.
    pub(super) fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    /// Ends the program at once; what was recorded until now is kept.
    pub(super) fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Tells how far it is.
    pub(super) fn tell_size(&self, client: &Client) {
        if self.is_shown {
            let size = self.output.metadata().map_or(0, |found| found.len());
            let seconds = self.began.elapsed().as_secs();
            let message = format!("{seconds} s, {}", schema::size(size));
            client.event(
                "progressUpdate",
                json!({ "progressId": "record", "message": message }),
            );
        }
    }
}

impl Session {
    pub(super) fn on_attach(&mut self, request: &Value) -> Outcome {
        let wanted: Launch = arguments(request)?;
        match &wanted.trace {
            Some(_) => self.begin(wanted),
            None => Err(Refusal::shown(
                "attach needs the trace to open: \"trace\": \"trace.db\"",
            )),
        }
    }

    pub(super) fn on_launch(&mut self, request: &Value) -> Outcome {
        self.begin(arguments(request)?)
    }

    fn begin(&mut self, wanted: Launch) -> Outcome {
        if self.has_launched {
            return Err("this session has its program or trace already".into());
        }
        self.at = wanted.at.clone();
        if wanted.stop_on_entry && self.at.is_none() {
            self.at = Some("start".into());
        }
        match &wanted.trace {
            Some(trace) => {
                let trace = wanted.cwd.as_deref().unwrap_or(Path::new("")).join(trace);
                self.open(&trace)?;
            }
            None => self.record(&wanted)?,
        }
        self.has_launched = true;
        Ok(Reply::then(Value::Null, |session| {
            // Only now is it known what breakpoints are about.
            session.client.event("initialized", Value::Null);
        }))
    }

    fn open(&mut self, trace: &Path) -> Result<(), Refusal> {
        let core = repl::Session::silent(trace);
        let core = core.map_err(|failure| Refusal::shown(failure.told().1))?;
        self.inbox.interrupts(core.debugger.interrupt());
        self.sources = super::sources::Sources::new(core.debugger.files().into_iter());
        self.core = Some(core);
        Ok(())
    }

    fn record(&mut self, wanted: &Launch) -> Result<(), Refusal> {
        let program: &[&str] = match (&wanted.program, &wanted.module, &wanted.code) {
            (Some(program), None, None) => &["--", program],
            (None, Some(module), None) => &["-m", module],
            (None, None, Some(code)) => &["-c", code],
            (None, None, None) => {
                let text = "launch needs one of \"program\", \"module\", \"code\" and \"trace\"";
                return Err(Refusal::shown(text));
            }
            _ => {
                return Err(Refusal::shown(
                    "launch takes only one of \"program\", \"module\" and \"code\"",
                ));
            }
        };
        let cwd = match &wanted.cwd {
            Some(cwd) => cwd.clone(),
            None => std::env::current_dir().map_err(|error| error.to_string())?,
        };
        let output = cwd.join(match &wanted.output {
            Some(output) => output.clone(),
            None => {
                let name = program.last().copied().unwrap_or_default();
                // A module's name has dots of its own; a program's text is no name.
                let name = match program {
                    ["-m", module] => &format!("{module}.py"),
                    ["-c", _] => "",
                    _ => name,
                };
                crate::found::for_launch(&cwd, name).map_err(|error| {
                    let folder = cwd.display();
                    Refusal::shown(format!(
                        "cannot start: {folder}/.rdbg cannot be made ({error}); \
                         say where the trace is to go by \"output\""
                    ))
                })?
            }
        });
        let mut command = self.recorder.command();
        command
            .arg("record")
            .arg("--output")
            .arg(&output)
            .arg("--force");
        if let Some(python) = &wanted.python {
            command.arg("--python").arg(python);
        }
        command
            .args(wanted.options.words())
            .args(&wanted.rdbg_args)
            .args(program)
            .args(&wanted.args);
        command.current_dir(&cwd).process_group(0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // What is printed is shown when it is printed.
        command.env("PYTHONUNBUFFERED", "1");
        for (name, value) in &wanted.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.spawn().map_err(|error| {
            Refusal::shown(format!(
                "cannot start {}: {error}",
                command.get_program().display()
            ))
        })?;
        let (done, ended) = channel();
        for (category, stream) in [
            (
                "stdout",
                child
                    .stdout
                    .take()
                    .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            ),
            (
                "stderr",
                child
                    .stderr
                    .take()
                    .map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            ),
        ] {
            if let Some(stream) = stream {
                let (client, done) = (self.client.clone(), done.clone());
                std::thread::spawn(move || {
                    forward(stream, category, &client);
                    let _ = done.send(());
                });
            }
        }
        let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        let inbox: Inbox = self.inbox.clone();
        std::thread::spawn(move || {
            let status = child.wait().ok();
            // A process that outlives the program may keep its streams open.
            for _ in 0..2 {
                let _ = ended.recv_timeout(LAST_WORDS);
            }
            inbox.put(News::Recorded(status));
        });
        if self.abilities.shows_progress {
            let name = program.last().copied().unwrap_or_default();
            let name = name.lines().next().unwrap_or_default();
            let title = format!("rdbg: recording {}", schema::escape_control(name));
            let begin = json!({ "progressId": "record", "title": title, "cancellable": false });
            self.client.event("progressStart", begin);
        }
        self.recording = Some(Recording {
            group,
            began: Instant::now(),
            output,
            is_shown: self.abilities.shows_progress,
            is_unwanted: false,
        });
        Ok(())
    }

    /// The program has ended: its trace is opened.
    pub(super) fn recorded(&mut self, status: Option<ExitStatus>) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        if recording.is_shown {
            self.client
                .event("progressEnd", json!({ "progressId": "record" }));
        }
        if recording.is_unwanted {
            self.terminated();
            return;
        }
        let how = status.map_or_else(|| "in an unknown way".into(), |status| status.to_string());
        if let Err(refusal) = self.open(&recording.output) {
            let text =
                format!("rdbg: the program ended ({how}), and there is no trace: {refusal}\n");
            self.client.output("important", &text);
            self.terminated();
            return;
        }
        self.place_all();
        if self.is_configured {
            self.arrive();
        }
    }

    pub(super) fn on_configuration_done(&mut self, _: &Value) -> Outcome {
        self.is_configured = true;
        Ok(Reply::then(Value::Null, |session| {
            if session.core.is_some() {
                session.arrive();
            }
        }))
    }

    /// Stops for the first time: at the crash if there was one, else at the first line.
    fn arrive(&mut self) {
        let at = self.at.clone();
        let Some(core) = &mut self.core else { return };
        match core.open_at(at.as_deref()) {
            Ok(stop) => {
                for line in core.other_crashes(stop.pos) {
                    let line = anstream::adapter::strip_str(&line).to_string();
                    self.client.output("important", &format!("{line}\n"));
                }
                let is_crash = stop.event == "raise";
                self.stopped(&stop, if is_crash { "exception" } else { "entry" });
            }
            Err(Unopened::NoSuch(why)) => {
                self.warn(&why);
                self.terminated();
            }
            Err(Unopened::Damaged(why)) => {
                let stop = core.debugger.stop(Reason::Moved);
                self.warn(&why);
                match stop {
                    Ok(stop) => self.stopped(&stop, "entry"),
                    Err(_) => self.terminated(),
                }
            }
        }
    }

    fn warn(&self, why: &str) {
        let text = format!("rdbg: {}\n", schema::escape_control(why).replace('\n', " "));
        self.client.output("important", &text);
    }

    pub(super) fn on_terminate(&mut self, _: &Value) -> Outcome {
        match &mut self.recording {
            Some(recording) => {
                recording.is_unwanted = true;
                recording.signal(Signal::SIGTERM);
                Ok(Value::Null.into())
            }
            None => Ok(Reply::then(Value::Null, Session::terminated)),
        }
    }
}

/// Shows what comes out of a stream, as text.
fn forward(mut stream: Box<dyn Read + Send>, category: &str, client: &Client) {
    let mut buffer = vec![0; 8192];
    let mut held: Vec<u8> = Vec::new();
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        held.extend(buffer.iter().take(count));
        // A character may come in two parts.
        let whole = match std::str::from_utf8(&held) {
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            _ => held.len(),
        };
        if whole > 0 {
            let text = String::from_utf8_lossy(held.get(..whole).unwrap_or_default()).into_owned();
            client.output(category, &text);
            held.drain(..whole);
        }
        if count == 0 {
            return;
        }
    }
}
