//! A thread that the program cannot touch, and that does not touch the program.
//!
//! It has a table of descriptors of its own: what the program closes, duplicates or opens is not in
//! it, and what the thread opens takes no number of the program's, goes into no child, and is closed
//! with the thread. It blocks every signal, so that none of the program's is taken, and those that its
//! own writing raises (`SIGXFSZ`, `SIGPIPE`) end with it.

use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Blocks every signal for the calling thread until dropped.
pub(crate) struct Blocked(libc::sigset_t);

impl Blocked {
    pub(crate) fn new() -> Blocked {
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: both sets are written before they are read; the call concerns this thread alone.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
            Blocked(before.assume_init())
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: the mask that this thread had.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, null_mut()) };
    }
}

type Outcome<T> = Mutex<Option<std::thread::Result<io::Result<T>>>>;

/// Such a thread. It is made without the standard library, which aborts the process where there is no
/// memory for a thread.
pub(crate) struct OwnThread<T> {
    handle: libc::pthread_t,
    outcome: Arc<Outcome<T>>,
    /// The system's number, once it runs.
    number: Arc<AtomicI32>,
}

// SAFETY: a handle may be joined by any thread; the rest is meant to be shared.
unsafe impl<T: Send> Send for OwnThread<T> {}

/// What a thread needs to begin.
struct Start<T> {
    work: Box<dyn FnOnce() -> T + Send>,
    keeps_stderr: bool,
    outcome: Arc<Outcome<T>>,
    number: Arc<AtomicI32>,
}

/// Bytes of such a thread's stack.
const STACK: usize = 2 << 20;

/// Starts such a thread; its standard error is the program's as of now if `keeps_stderr`.
pub(crate) fn spawn<T: Send + 'static>(
    keeps_stderr: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<OwnThread<T>> {
    let start = Start {
        work: Box::new(work),
        keeps_stderr,
        outcome: Arc::default(),
        number: Arc::default(),
    };
    let (outcome, number) = (start.outcome.clone(), start.number.clone());
    let start = Box::into_raw(Box::new(start));
    let mut handle = MaybeUninit::uninit();
    let mut how = MaybeUninit::uninit();
    // The new thread inherits the mask.
    let _blocked = Blocked::new();
    // SAFETY: the attributes are made before they are used and destroyed after; `run` takes the box if
    // there is a thread, and else it is taken back.
    let error = unsafe {
        libc::pthread_attr_init(how.as_mut_ptr());
        libc::pthread_attr_setstacksize(how.as_mut_ptr(), STACK);
        let error = libc::pthread_create(handle.as_mut_ptr(), how.as_ptr(), run::<T>, start.cast());
        libc::pthread_attr_destroy(how.as_mut_ptr());
        if error != 0 {
            drop(Box::from_raw(start));
        }
        error
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    Ok(OwnThread {
        // SAFETY: there is a thread, so its handle was written.
        handle: unsafe { handle.assume_init() },
        outcome,
        number,
    })
}

extern "C" fn run<T: Send>(start: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: the box that `spawn` made for this thread.
    let start = unsafe { Box::from_raw(start.cast::<Start<T>>()) };
    let Start {
        work,
        keeps_stderr,
        outcome,
        number,
    } = *start;
    number.store(thread_number(), Ordering::Relaxed);
    let result = catch_unwind(AssertUnwindSafe(|| {
        leave_descriptors(keeps_stderr)?;
        Ok(work())
    }));
    *lock(&outcome) = Some(result);
    null_mut()
}

fn lock<T>(outcome: &Outcome<T>) -> MutexGuard<'_, Option<std::thread::Result<io::Result<T>>>> {
    outcome.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> OwnThread<T> {
    /// Waits until the thread is gone, for the system too: it lives on for a moment after it has
    /// given its result, and `os.fork()` warns if there is another thread.
    pub(crate) fn join(self) -> std::thread::Result<io::Result<T>> {
        // SAFETY: the handle of a thread that nobody else joins.
        unsafe { libc::pthread_join(self.handle, null_mut()) };
        let number = self.number.load(Ordering::Relaxed);
        let began = Instant::now();
        while is_alive(number) && began.elapsed() < Duration::from_millis(200) {
            std::thread::sleep(Duration::from_micros(50));
        }
        let gone = || Ok(Err(io::Error::other("it was ended")));
        lock(&self.outcome).take().unwrap_or_else(gone)
    }
}

/// Set by whoever wants something of the thread. There is one such thread at a time.
static BELL: AtomicU32 = AtomicU32::new(0);

/// Wakes the thread. Safe in a signal's handler.
pub(crate) fn ring() {
    if BELL.swap(1, Ordering::Release) == 0 {
        wake();
    }
}

/// Waits for a [`ring`], so long at most.
pub(crate) fn wait(time: Duration) {
    if BELL.swap(0, Ordering::Acquire) == 0 {
        sleep(time);
        BELL.swap(0, Ordering::Acquire);
    }
}

#[cfg(target_os = "linux")]
fn wake() {
    // SAFETY: wakes who waits for a static.
    unsafe {
        let act = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
        libc::syscall(libc::SYS_futex, BELL.as_ptr(), act, 1);
    }
}

#[cfg(target_os = "linux")]
fn sleep(time: Duration) {
    let time = libc::timespec {
        tv_sec: time.as_secs() as libc::time_t,
        tv_nsec: time.subsec_nanos().into(),
    };
    // SAFETY: waits as long as a static is 0, and no longer than told.
    unsafe {
        let act = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
        libc::syscall(libc::SYS_futex, BELL.as_ptr(), act, 0, &raw const time);
    }
}

#[cfg(not(target_os = "linux"))]
fn wake() {}

#[cfg(not(target_os = "linux"))]
fn sleep(time: Duration) {
    std::thread::sleep(time.min(Duration::from_millis(5)));
}

#[cfg(target_os = "linux")]
fn thread_number() -> i32 {
    // SAFETY: asks for a number.
    unsafe { libc::gettid() }
}

/// Whether this process has a thread of that number.
#[cfg(target_os = "linux")]
fn is_alive(number: i32) -> bool {
    // SAFETY: sends nothing.
    number != 0 && unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), number, 0) } == 0
}

#[cfg(not(target_os = "linux"))]
fn thread_number() -> i32 {
    0
}

#[cfg(not(target_os = "linux"))]
fn is_alive(_number: i32) -> bool {
    false
}

/// Gives the calling thread an empty table of descriptors.
#[cfg(target_os = "linux")]
fn leave_descriptors(keeps_stderr: bool) -> io::Result<()> {
    const NULL: &std::ffi::CStr = c"/dev/null";
    let first: libc::c_uint = if keeps_stderr { 3 } else { 0 };
    // SAFETY: system calls without pointers but the name; they concern the new table, which only this
    // thread has, so nobody relies on a descriptor in it.
    unsafe {
        let flags = libc::CLOSE_RANGE_UNSHARE;
        if libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, flags) != 0 {
            // Before Linux 5.9.
            if libc::unshare(libc::CLONE_FILES) != 0 {
                return Err(io::Error::last_os_error());
            }
            let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 20);
            for number in first as i64..most {
                libc::close(number as i32);
            }
        }
        if keeps_stderr {
            libc::close(0);
            libc::close(1);
        }
        // SQLite keeps away from these numbers, and so does whoever writes to a standard stream.
        for number in 0..3 {
            if libc::fcntl(number, libc::F_GETFD) < 0 {
                libc::open(NULL.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
            }
        }
    }
    Ok(())
}

/// Elsewhere a thread shares its process's descriptors.
#[cfg(not(target_os = "linux"))]
fn leave_descriptors(_keeps_stderr: bool) -> io::Result<()> {
    Ok(())
}
