//! From the callbacks to the file: segments of encoded operations, and the thread that writes them.
//!
//! The callbacks fill a segment and publish its length after each event; the writer's thread takes
//! full segments from a bounded queue, and between them, at least twice a second, whatever was
//! published of the segment being filled. It never takes the GIL. Facts lie ready for it before any
//! operation that needs them is published; it is not woken for them.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use schema::{Ending, Fact, Summary, TraceWriter};

use crate::progress::Progress;

mod out;

const SEGMENT: usize = 256 << 10;
const QUEUE: usize = 32;
/// How many segments are kept to be filled again.
const SPARE: usize = 4;
/// How long published events may stay in memory.
const COMMIT: Duration = Duration::from_millis(400);

struct Segment {
    bytes: UnsafeCell<Box<[u8]>>,
    published: AtomicUsize,
}

// SAFETY: one thread at a time (the holder of the GIL) writes, only beyond `published`; the
// writer's thread reads only below it. The release store and acquire load order the two.
unsafe impl Sync for Segment {}
// SAFETY: as above; a segment owns its bytes.
unsafe impl Send for Segment {}

impl Segment {
    fn new() -> Arc<Segment> {
        Arc::new(Segment {
            bytes: UnsafeCell::new(vec![0; SEGMENT].into_boxed_slice()),
            published: AtomicUsize::new(0),
        })
    }

    fn read(&self, from: usize, to: usize) -> &[u8] {
        // SAFETY: `to` was loaded from `published`; those bytes are not written again as long as the
        // writer has the segment.
        let bytes = unsafe { &*self.bytes.get() };
        &bytes[from..to]
    }
}

enum Message {
    Full(Arc<Segment>),
    Stop,
}

#[derive(Default)]
struct Shared {
    current: Mutex<Option<Arc<Segment>>>,
    /// Facts that the writer has yet to take, in their order.
    facts: Mutex<Vec<Fact>>,
    /// Segments that were written, to be filled again: new memory would have to be made present first.
    spare: Mutex<Vec<Arc<Segment>>>,
    failed: AtomicBool,
    failure: Mutex<Option<String>>,
}

/// A writer without a thread.
struct Idle {
    writer: TraceWriter,
    /// How many bytes of the segment being filled were taken already.
    taken: usize,
    began: Instant,
    progress: Option<Progress>,
}

/// Where the callbacks' bytes go.
pub(crate) struct Sink {
    segment: Arc<Segment>,
    start: *mut u8,
    length: usize,
    shared: Arc<Shared>,
    queue: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Idle>>,
    /// The writer while no thread runs it.
    idle: Option<Idle>,
}

impl Sink {
    pub(crate) fn new(writer: TraceWriter, progress: Option<Progress>) -> Sink {
        let segment = Segment::new();
        let start = segment.bytes.get();
        let shared = Arc::new(Shared::default());
        *lock(&shared.current) = Some(segment.clone());
        // SAFETY: nobody else knows the segment yet.
        let start = unsafe { (*start).as_mut_ptr() };
        Sink {
            segment,
            start,
            length: 0,
            shared,
            queue: None,
            thread: None,
            idle: Some(Idle {
                writer,
                taken: 0,
                began: Instant::now(),
                progress,
            }),
        }
    }

    /// Starts the writer's thread if it does not run. Not called from a constructor, because a
    /// second thread makes `os.fork()` warn.
    fn queue(&mut self) -> Option<&SyncSender<Message>> {
        if self.queue.is_none() {
            let idle = self.idle.take()?;
            let (queue, messages) = sync_channel(QUEUE);
            let shared = self.shared.clone();
            let build = std::thread::Builder::new().name("rdbg-writer".into());
            match build.spawn(move || write(idle, &messages, &shared)) {
                Ok(thread) => {
                    self.thread = Some(thread);
                    self.queue = Some(queue);
                }
                Err(error) => fail(&self.shared, format!("no thread for the writer: {error}")),
            }
        }
        self.queue.as_ref()
    }

    fn send(&mut self, message: Message) {
        if self.has_failed() {
            return;
        }
        if let Some(queue) = self.queue()
            && queue.send(message).is_err()
        {
            fail(&self.shared, "the writer's thread ended".into());
        }
    }

    pub(crate) fn define(&mut self, fact: Fact) {
        if !self.has_failed() && self.queue().is_some() {
            lock(&self.shared.facts).push(fact);
        }
    }

    /// Whether writing failed; recording then ends.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed)
    }

    /// Why writing failed.
    pub(crate) fn failure(&self) -> Option<String> {
        lock(&self.shared.failure).clone()
    }

    /// Makes the operations so far visible to the writer: called at the end of each event.
    #[inline]
    pub(crate) fn publish(&mut self) {
        self.segment.published.store(self.length, Ordering::Release);
    }

    #[cold]
    fn next_segment(&mut self) {
        self.publish();
        let spare = lock(&self.shared.spare).pop();
        let next = spare.unwrap_or_else(Segment::new);
        // SAFETY: nobody else knows the segment yet, or any more.
        self.start = unsafe { (*next.bytes.get()).as_mut_ptr() };
        self.length = 0;
        *lock(&self.shared.current) = Some(next.clone());
        let full = std::mem::replace(&mut self.segment, next);
        self.send(Message::Full(full));
    }

    /// Stops the writer's thread, everything published being committed; it starts again when needed.
    pub(crate) fn pause(&mut self) {
        if let Some(queue) = self.queue.take() {
            let _ = queue.send(Message::Stop);
            drop(queue);
            if let Some(thread) = self.thread.take() {
                match thread.join() {
                    Ok(idle) => self.idle = Some(idle),
                    Err(_) => fail(&self.shared, "the writer's thread panicked".into()),
                }
            }
        }
    }

    /// Ends recording because of an error of the recorder itself.
    pub(crate) fn fail(&mut self, why: String) {
        fail(&self.shared, why);
    }

    /// Forgets the file without touching it: in a forked child it belongs to the parent.
    pub(crate) fn abandon(&mut self) {
        std::mem::forget(self.idle.take());
        std::mem::forget(self.thread.take());
        std::mem::forget(self.queue.take());
    }

    /// Ends the trace. `Err` says why that could not be done.
    pub(crate) fn finish(&mut self, ending: &Ending) -> Result<Summary, String> {
        self.publish();
        let _ = self.queue();
        self.pause();
        let failure = self.failure();
        let Some(mut idle) = self.idle.take() else {
            return Err(failure.unwrap_or_else(|| "the writer is gone".into()));
        };
        if let Some(progress) = &mut idle.progress {
            progress.clear();
        }
        if let Some(why) = failure {
            idle.writer.stop(&why, ending.seconds);
        }
        Ok(idle.writer.finish(ending))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fail(shared: &Shared, why: String) {
    lock(&shared.failure).get_or_insert(why);
    shared.failed.store(true, Ordering::Relaxed);
}

/// What the writer's thread does until it is stopped.
fn write(idle: Idle, messages: &Receiver<Message>, shared: &Shared) -> Idle {
    let mut work = Work { idle, shared };
    let mut committed = Instant::now();
    loop {
        let message = messages.recv_timeout(COMMIT / 2);
        let is_last = match message {
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => true,
            Ok(message) => {
                work.take(message);
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
        };
        if is_last || committed.elapsed() >= COMMIT || work.idle.writer.is_full() {
            if is_last || committed.elapsed() >= COMMIT {
                work.take_current(messages);
            }
            work.attempt(TraceWriter::commit);
            work.tell();
            committed = Instant::now();
        }
        if is_last {
            return work.idle;
        }
    }
}

struct Work<'a> {
    idle: Idle,
    shared: &'a Shared,
}

impl Work<'_> {
    fn attempt(&mut self, act: impl FnOnce(&mut TraceWriter) -> schema::Result<()>) {
        if self.shared.failed.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = act(&mut self.idle.writer) {
            let why = error.to_string();
            self.idle
                .writer
                .stop(&why, self.idle.began.elapsed().as_secs_f64());
            fail(self.shared, why);
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

    fn take(&mut self, message: Message) {
        match message {
            Message::Full(segment) => {
                let from = std::mem::take(&mut self.idle.taken);
                let to = segment.published.load(Ordering::Acquire);
                self.append(&segment, from, to);
                self.spare(segment);
            }
            Message::Stop => {}
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

    /// A segment is written: it may be filled again, if nobody else knows it.
    fn spare(&self, segment: Arc<Segment>) {
        if Arc::strong_count(&segment) == 1 {
            segment.published.store(0, Ordering::Relaxed);
            let mut spare = lock(&self.shared.spare);
            if spare.len() < SPARE {
                spare.push(segment);
            }
        }
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
            self.take(message);
        }
        if !was_handed_over && length >= self.idle.taken {
            let from = std::mem::replace(&mut self.idle.taken, length);
            self.append(&segment, from, length);
        }
    }
}
