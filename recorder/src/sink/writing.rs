//! The writer's thread: takes what the callbacks published, and commits it again and again.

use std::sync::mpsc::TryRecvError;

use super::*;
use crate::keep;

/// A trace that has just begun is committed often, so that little of a short run is lost by whatever
/// ends it; later there are this many commits in the time that has passed, down to a few a second.
const SHARE: u32 = 8;
const SHORTEST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(200);

/// How long published events may stay in memory.
fn interval(age: Duration) -> Duration {
    (age / SHARE).clamp(SHORTEST, LONGEST)
}

/// A writer without a thread.
pub(super) struct Idle {
    writer: TraceWriter,
    /// How many bytes of the segment being filled were taken already.
    taken: usize,
    began: Instant,
    progress: Option<Progress>,
}

impl Idle {
    pub(super) fn new(writer: TraceWriter, progress: Option<Progress>) -> Idle {
        Idle {
            writer,
            taken: 0,
            began: Instant::now(),
            progress,
        }
    }

    pub(super) fn has_progress(&self) -> bool {
        self.progress.is_some()
    }

    /// Opens the file again, or ends the recording.
    pub(super) fn open_again(&mut self, shared: &Shared) {
        if let Err(error) = self.writer.open_again() {
            self.stop(error.to_string(), shared);
        }
    }

    /// What a reader will find.
    pub(super) fn look(&self) -> Kept {
        self.writer.look()
    }

    fn stop(&mut self, why: String, shared: &Shared) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.writer.stop(&why, seconds);
        fail(shared, why);
    }

    /// Takes the file away.
    pub(super) fn remove(self) {
        let path = self.writer.path().to_owned();
        drop(self);
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut file = path.clone().into_os_string();
            file.push(end);
            let _ = std::fs::remove_file(file);
        }
    }

    fn finish(mut self, ending: &Ending, shared: &Shared) -> Done {
        if let Some(progress) = &mut self.progress {
            progress.clear();
        }
        let ended = || lock(&shared.ended).clone();
        if let Some(why) = shared.failure().or_else(ended) {
            self.writer.stop(&why, ending.seconds);
        }
        Done {
            summary: Some(self.writer.finish(ending)),
            idle: None,
        }
    }
}

/// What a thread leaves.
#[derive(Default)]
pub(super) struct Done {
    /// What goes on when the thread starts again.
    pub(super) idle: Option<Idle>,
    /// If the trace has ended.
    pub(super) summary: Option<Summary>,
}

/// What the writer's thread does until it is stopped.
pub(super) fn write(
    begin: impl FnOnce() -> Option<Idle>,
    messages: &Receiver<Message>,
    shared: &Shared,
) -> Done {
    let Some(idle) = begin() else {
        return Done::default();
    };
    let mut work = Work {
        idle,
        shared,
        last: None,
    };
    let mut committed = Instant::now();
    loop {
        let asked = last_words::asked();
        let message = messages.try_recv();
        let is_idle = matches!(message, Err(TryRecvError::Empty));
        match message {
            Ok(message) => work.receive(message),
            Err(TryRecvError::Disconnected) => work.last = Some(Message::Stop(None)),
            Err(TryRecvError::Empty) => {}
        }
        if let Some(Message::Remove) = work.last {
            work.idle.remove();
            return Done::default();
        }
        let interval = interval(work.idle.began.elapsed());
        let is_due = work.last.is_some() || asked.is_some() || committed.elapsed() >= interval;
        if is_due || work.idle.writer.is_full() {
            if is_due {
                work.take_current(messages);
            }
            work.attempt(TraceWriter::commit);
            work.tell();
            committed = Instant::now();
        } else if is_idle {
            own_thread::wait(interval.saturating_sub(committed.elapsed()));
        }
        if let Some(asked) = asked {
            let Some(how) = asked.how() else {
                asked.answer();
                continue;
            };
            if keep::refuses(&how).is_some() {
                work.idle.remove();
                asked.answer();
                return Done::default();
            }
            let seconds = work.idle.began.elapsed().as_secs_f64();
            let done = work.idle.finish(&Ending { how, seconds }, shared);
            asked.answer();
            return done;
        }
        match work.last.take() {
            Some(Message::Finish(ending)) => return work.idle.finish(&ending, shared),
            Some(Message::Stop(ending)) => {
                if let Some(ending) = ending {
                    work.attempt(|writer| writer.end_for_now(&ending));
                }
                work.idle.writer.put_aside();
                return Done {
                    idle: Some(work.idle),
                    summary: None,
                };
            }
            _ => {}
        }
    }
}

struct Work<'a> {
    idle: Idle,
    shared: &'a Shared,
    /// What is to be done when all before it is written.
    last: Option<Message>,
}

impl Work<'_> {
    fn attempt(&mut self, act: impl FnOnce(&mut TraceWriter) -> schema::Result<()>) {
        if self.is_over() {
            return;
        }
        if let Err(error) = act(&mut self.idle.writer) {
            self.idle.stop(error.to_string(), self.shared);
        }
    }

    fn tell(&mut self) {
        let Idle {
            writer, progress, ..
        } = &mut self.idle;
        if let Some(progress) = progress {
            progress.tell(writer.summary().events, || writer.bytes());
        }
    }

    /// Whether recording has ended; the trace says so at once.
    fn is_over(&mut self) -> bool {
        let failure = self.shared.failure();
        if let Some(why) = failure.filter(|_| self.idle.writer.summary().stopped.is_none()) {
            self.idle.stop(why, self.shared);
        }
        self.idle.writer.summary().stopped.is_some()
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Full(segment) => self.take(&segment),
            message => self.last = Some(message),
        }
    }

    /// Takes the rest of a full segment.
    fn take(&mut self, segment: &Arc<Segment>) {
        let from = std::mem::take(&mut self.idle.taken);
        let to = segment.published.load(Ordering::Acquire);
        self.append(segment, from, to);
        // It may be filled again, if nobody else knows it.
        if Arc::strong_count(segment) == 1 {
            segment.published.store(0, Ordering::Relaxed);
            let mut spare = lock(&self.shared.spare);
            if spare.len() < SPARE {
                spare.push(segment.clone());
            }
        }
    }

    /// Appends what was published of a segment, and the facts that it needs before it: they lay ready
    /// when it was published.
    fn append(&mut self, segment: &Segment, from: usize, to: usize) {
        for fact in std::mem::take(&mut *lock(&self.shared.facts)) {
            self.idle.writer.define(fact);
        }
        self.attempt(|writer| writer.append(segment.read(from, to)));
    }

    /// Takes what was published of the segment being filled; if it was handed over meanwhile, it came
    /// through the queue.
    fn take_current(&mut self, messages: &Receiver<Message>) {
        let Some(segment) = lock(&self.shared.current).clone() else {
            return;
        };
        let length = segment.published.load(Ordering::Acquire);
        let mut was_handed_over = false;
        while let Ok(message) = messages.try_recv() {
            if let Message::Full(full) = &message {
                was_handed_over |= Arc::ptr_eq(full, &segment);
            }
            self.receive(message);
        }
        if !was_handed_over && length >= self.idle.taken {
            let from = std::mem::replace(&mut self.idle.taken, length);
            self.append(&segment, from, length);
        }
    }
}
