//! What reaches a session: requests, and news of the program that is recorded.

use std::collections::HashSet;
use std::io::BufRead;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::framing::{self, Framed};

/// So many messages may wait.
const MOST_WAITING: usize = 1024;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) seq: u64,
    pub(super) command: String,
    pub(super) arguments: Value,
}

/// What a session hears.
pub(super) enum News {
    Request(Request),
    /// A message that is no request, and why.
    Nonsense(String),
    /// The program that was recorded has ended.
    Recorded(Option<ExitStatus>),
    /// The client is gone; the text says what was wrong, if something was.
    Gone(Option<String>),
}

/// Where news are put, and what is to be interrupted.
#[derive(Clone)]
pub(super) struct Inbox {
    sender: SyncSender<News>,
    work: Arc<Mutex<Work>>,
}

/// The request that is carried out, and those that are not wanted any more.
#[derive(Default)]
struct Work {
    running: Option<u64>,
    moves: bool,
    cancelled: HashSet<u64>,
    interrupt: Option<Arc<AtomicBool>>,
}

/// Begins to read requests, on a thread of its own.
pub(super) fn open(input: impl BufRead + Send + 'static) -> (Inbox, Receiver<News>) {
    let (sender, receiver) = sync_channel(MOST_WAITING);
    let inbox = Inbox {
        sender,
        work: Arc::default(),
    };
    let reading = inbox.clone();
    std::thread::spawn(move || reading.read(input));
    (inbox, receiver)
}

impl Inbox {
    /// Puts something in; a session that has ended hears nothing.
    pub(super) fn put(&self, news: News) {
        let _ = self.sender.send(news);
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What ends a search of the open trace.
    pub(super) fn interrupts(&self, interrupt: Arc<AtomicBool>) {
        self.work().interrupt = Some(interrupt);
    }

    /// A request is about to be carried out; `false` if it was cancelled.
    pub(super) fn begin(&self, request: u64) -> bool {
        let mut work = self.work();
        work.running = Some(request);
        work.moves = false;
        if let Some(interrupt) = &work.interrupt {
            interrupt.store(false, Ordering::Relaxed);
        }
        !work.cancelled.remove(&request)
    }

    /// The request that is carried out moves: it can be paused.
    pub(super) fn begin_to_move(&self) {
        self.work().moves = true;
    }

    /// It has been carried out.
    pub(super) fn finish(&self) {
        self.work().running = None;
    }

    fn read(&self, mut input: impl BufRead) {
        loop {
            let news = match framing::read(&mut input) {
                Ok(Framed::Message(message)) => match request(&message) {
                    Ok(request) => {
                        self.heed(&request);
                        News::Request(request)
                    }
                    Err(why) => News::Nonsense(why),
                },
                Ok(Framed::End) => News::Gone(None),
                Ok(Framed::Broken(why)) => News::Gone(Some(why)),
                Err(error) => News::Gone(Some(format!("cannot read: {error}"))),
            };
            let is_last = matches!(news, News::Gone(_));
            if is_last {
                self.interrupt_if(|_| true);
            }
            if self.sender.send(news).is_err() || is_last {
                return;
            }
        }
    }

    /// Interrupts what a request is meant to interrupt.
    fn heed(&self, request: &Request) {
        match request.command.as_str() {
            "cancel" => {
                if let Some(other) = request.arguments["requestId"].as_u64() {
                    let mut work = self.work();
                    if work.running != Some(other) {
                        work.cancelled.insert(other);
                    }
                    drop(work);
                    self.interrupt_if(|work| work.running == Some(other));
                }
            }
            "pause" => self.interrupt_if(|work| work.moves),
            "disconnect" | "terminate" => self.interrupt_if(|_| true),
            _ => {}
        }
    }

    fn interrupt_if(&self, holds: impl Fn(&Work) -> bool) {
        let work = self.work();
        if work.running.is_some()
            && holds(&work)
            && let Some(interrupt) = &work.interrupt
        {
            interrupt.store(true, Ordering::Relaxed);
        }
    }
}

/// A request, or why the message is none.
pub(super) fn request(message: &[u8]) -> Result<Request, String> {
    let message: Value = serde_json::from_slice(message)
        .map_err(|error| format!("a message is no JSON: {error}"))?;
    if message["type"] != "request" {
        return Err("a message is no request".into());
    }
    let (Some(seq), Some(command)) = (message["seq"].as_u64(), message["command"].as_str()) else {
        return Err("a request has no seq or no command".into());
    };
    Ok(Request {
        seq,
        command: command.to_owned(),
        arguments: message["arguments"].clone(),
    })
}
