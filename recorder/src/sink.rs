//! From the callbacks to the file: segments of encoded operations, and the thread that writes them.
//!
//! The callbacks fill a segment and publish its length after each event; the writer's thread takes
//! full segments from a bounded queue, and between them, several times a second, whatever was
//! published of the segment being filled. It never takes the GIL. Facts lie ready for it before any
//! operation that needs them is published; it is not woken for them.
//!
//! All of the file's descriptors are that thread's own ([`own_thread`](crate::own_thread)): where no
//! thread runs, as while the process forks, the file is put aside.

use std::cell::UnsafeCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use schema::{Ending, Fact, Kept, Summary, TraceWriter};

use crate::last_words;
use crate::memory;
use crate::own_thread::{self, OwnThread};
use crate::progress::Progress;
use writing::{Done, Idle};

mod out;
mod writing;

const SEGMENT: usize = 256 << 10;
const QUEUE: usize = 32;
/// How many segments are kept to be filled again.
const SPARE: usize = 4;
/// How long after a fork the writer's thread starts without need: a second thread makes `os.fork()`
/// warn, which looks for one before it returns.
const REST: Duration = Duration::from_millis(10);

/// How long the writer is waited for before it is asked again.
const MOMENT: Duration = Duration::from_micros(100);

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
    /// The thread ends, and the file is put aside. With an ending it is whole by itself until then.
    Stop(Option<Ending>),
    /// The thread ends, and the trace with it.
    Finish(Ending),
    /// The thread ends, and takes the file away: nobody wants it.
    Remove,
}

#[derive(Default)]
struct Shared {
    current: Mutex<Option<Arc<Segment>>>,
    /// Facts that the writer has yet to take, in their order.
    facts: Mutex<Vec<Fact>>,
    /// Segments that were written, to be filled again: new memory would have to be made present first.
    spare: Mutex<Vec<Arc<Segment>>>,
    failure: Mutex<Option<String>>,
    /// Why recording ended although writing did not fail.
    ended: Mutex<Option<String>>,
}

impl Shared {
    /// Why recording ends, if it does.
    fn failure(&self) -> Option<String> {
        let known = lock(&self.failure).clone();
        known.or_else(|| memory::ran_out().then(|| "there was no memory left for it".into()))
    }
}

/// Where the callbacks' bytes go.
pub(crate) struct Sink {
    segment: Arc<Segment>,
    start: *mut u8,
    length: usize,
    /// How many events were appended: the position of the next one.
    pub(crate) events: u64,
    shared: Arc<Shared>,
    queue: Option<SyncSender<Message>>,
    thread: Option<OwnThread<Done>>,
    /// The writer while no thread runs it, and since when.
    idle: Option<Idle>,
    paused: Instant,
}

impl Sink {
    /// Starts the writer's thread, which makes the file; returns its path.
    pub(crate) fn open(
        make: impl FnOnce() -> Result<TraceWriter, String> + Send + 'static,
        progress: Option<Progress>,
    ) -> Result<(PathBuf, Sink), String> {
        memory::prepare();
        let segment = Segment::new();
        let start = segment.bytes.get();
        let shared = Arc::new(Shared::default());
        *lock(&shared.current) = Some(segment.clone());
        // SAFETY: nobody else knows the segment yet.
        let start = unsafe { (*start).as_mut_ptr() };
        let mut sink = Sink {
            segment,
            start,
            length: 0,
            events: 0,
            shared,
            queue: None,
            thread: None,
            idle: None,
            paused: Instant::now(),
        };
        let made = Arc::new(Mutex::new(None));
        let is_made = made.clone();
        sink.start(progress.is_some(), move || {
            let writer = make();
            let path = writer.as_ref().map(|writer| writer.path().to_owned());
            *lock(&made) = Some(path.map_err(Clone::clone));
            Some(Idle::new(writer.ok()?, progress))
        });
        let answer = loop {
            let is_over = Arc::strong_count(&is_made) == 1;
            let made = lock(&is_made).take();
            match made {
                Some(Ok(path)) => return Ok((path, sink)),
                Some(Err(why)) => break Some(why),
                // The thread ends before it comes to make anything.
                None if is_over => break None,
                None => std::thread::sleep(MOMENT),
            }
        };
        sink.pause(None);
        Err(answer.or_else(|| sink.failure()).unwrap_or_default())
    }

    /// Starts the writer's thread with what it writes, or notes why that cannot be.
    fn start(&mut self, keeps_stderr: bool, idle: impl FnOnce() -> Option<Idle> + Send + 'static) {
        let (queue, messages) = sync_channel(QUEUE);
        let shared = self.shared.clone();
        let work = move || writing::write(idle, &messages, &shared);
        match own_thread::spawn(keeps_stderr, work) {
            Ok(thread) => {
                last_words::set_writer(true);
                self.thread = Some(thread);
                self.queue = Some(queue);
            }
            Err(error) => fail(&self.shared, format!("no thread for the writer: {error}")),
        }
    }

    /// The queue of the writer's thread, which is started if it does not run.
    fn queue(&mut self) -> Option<&SyncSender<Message>> {
        if self.queue.is_none() {
            let mut idle = self.idle.take()?;
            let shared = self.shared.clone();
            self.start(idle.has_progress(), move || {
                idle.open_again(&shared);
                Some(idle)
            });
        }
        self.queue.as_ref()
    }

    /// Sends a message. Where the queue is full it is tried again and again: what waits in the standard
    /// library's ways may need memory of which there is none.
    fn send(&mut self, mut message: Message) {
        while let Some(queue) = self.queue() {
            let full = queue.try_send(message);
            own_thread::ring();
            match full {
                Ok(()) => return,
                Err(TrySendError::Full(again)) => message = again,
                Err(TrySendError::Disconnected(_)) => {
                    return fail(&self.shared, "the writer's thread ended".into());
                }
            }
            std::thread::sleep(MOMENT);
        }
    }

    pub(crate) fn define(&mut self, fact: Fact) {
        if !self.has_failed() && self.queue().is_some() {
            lock(&self.shared.facts).push(fact);
        }
    }

    /// Starts the writer's thread again some time after a fork. Called from time to time.
    pub(crate) fn wake(&mut self) {
        if self.queue.is_none() && !self.has_failed() && self.paused.elapsed() > REST {
            self.queue();
        }
    }

    /// Whether writing failed; recording then ends.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        memory::OVER.load(Ordering::Relaxed)
    }

    /// Why writing failed.
    fn failure(&self) -> Option<String> {
        self.shared.failure()
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
        if !self.has_failed() {
            self.send(Message::Full(full));
        }
    }

    /// Stops the writer's thread, everything published being committed; it starts again when needed.
    /// With an ending, the trace is complete if it does not.
    pub(crate) fn pause(&mut self, ending: Option<Ending>) {
        if self.queue.is_some() {
            let done = self.end_thread(Message::Stop(ending));
            self.idle = done.and_then(|done| done.idle);
            self.paused = Instant::now();
        }
    }

    /// Sends the thread its last message, and waits for its end.
    fn end_thread(&mut self, message: Message) -> Option<Done> {
        self.send(message);
        last_words::set_writer(false);
        self.queue = None;
        match self.thread.take()?.join() {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) => {
                let why =
                    format!("the writer's thread cannot have descriptors of its own: {error}");
                fail(&self.shared, why);
                None
            }
            Err(_) => {
                fail(&self.shared, "the writer's thread panicked".into());
                None
            }
        }
    }

    /// Ends recording before the program does. What was published until now is written.
    pub(crate) fn end(&mut self, why: String) {
        lock(&self.shared.ended).get_or_insert(why);
        memory::OVER.store(true, Ordering::Relaxed);
    }

    /// Forgets the file without touching it: in a forked child it belongs to the parent.
    pub(crate) fn abandon(&mut self) {
        std::mem::forget(self.idle.take());
        std::mem::forget(self.thread.take());
        std::mem::forget(self.queue.take());
    }

    /// Ends writing, and takes the file away again. What was not written yet never is, and nothing is
    /// synchronised.
    pub(crate) fn remove(&mut self) {
        if self.queue().is_some() {
            self.end_thread(Message::Remove);
        }
    }

    /// Ends the trace; the summary says what could not be done.
    pub(crate) fn finish(&mut self, ending: &Ending) -> Summary {
        if !self.has_failed() {
            self.publish();
        }
        let done = match self.queue().is_some() {
            true => self.end_thread(Message::Finish(ending.clone())),
            false => None,
        };
        if let Some(summary) = done.and_then(|done| done.summary) {
            return summary;
        }
        let kept = self.idle.take().map_or(Kept::Unseen, |idle| idle.look());
        let why = self
            .failure()
            .unwrap_or_else(|| "the writer is gone".into());
        Summary {
            stopped: Some(why),
            kept,
            ..Summary::default()
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fail(shared: &Shared, why: String) {
    lock(&shared.failure).get_or_insert(why);
    memory::OVER.store(true, Ordering::Relaxed);
}
