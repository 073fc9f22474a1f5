//! What ends the process at once lets the writer finish first: signals, and `os._exit` by
//! [`exits`](crate::exits). A process that is killed by `SIGKILL` has no last words; what it leaves is
//! what was committed.
//!
//! The handlers are C's, so that Python shows the program its own; what the program installs takes
//! their place. They only raise a flag, wake the writer's thread and wait, which any signal may do.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::own_thread;

#[cfg(target_os = "linux")]
use libc::__errno_location as errno_place;
#[cfg(not(target_os = "linux"))]
use libc::__error as errno_place;

/// How long a death may be put off.
const PATIENCE: Duration = Duration::from_secs(2);

/// Signals that end a process where the program has not said otherwise.
const DEADLY: [c_int; 11] = [
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGALRM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGXCPU,
    libc::SIGSYS,
    libc::SIGTRAP,
];
/// Signals of a process that cannot go on, whoever else wants to be told.
const FATAL: [c_int; 5] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
];

/// Nothing ends: only what there is is to be committed.
const COMMIT: i32 = -1;
/// Signals are told by their numbers, and statuses of `os._exit` from here on.
const EXIT: i32 = 1000;

/// The process in which a writer's thread runs, 0 if none does.
static OWNER: AtomicI32 = AtomicI32::new(0);

static ASKED: AtomicU32 = AtomicU32::new(0);
static ANSWERED: AtomicU32 = AtomicU32::new(0);
static HOW: AtomicI32 = AtomicI32::new(COMMIT);

/// What the signals did before, by their numbers, while ours are installed.
static BEFORE: Mutex<Vec<(c_int, libc::sigaction)>> = Mutex::new(Vec::new());

/// Says whether there is a thread to be asked.
pub(crate) fn set_writer(runs: bool) {
    // SAFETY: asks for a number.
    let owner = if runs { unsafe { libc::getpid() } } else { 0 };
    OWNER.store(owner, Ordering::Release);
}

/// A request that the writer's thread has to answer.
pub(crate) struct Asked {
    number: u32,
    how: i32,
}

/// Whether the writer's thread was asked for something that it has not answered.
pub(crate) fn asked() -> Option<Asked> {
    let number = ASKED.load(Ordering::Acquire);
    (number != ANSWERED.load(Ordering::Relaxed)).then(|| Asked {
        number,
        how: HOW.load(Ordering::Relaxed),
    })
}

impl Asked {
    /// How the process ends, if it does.
    pub(crate) fn how(&self) -> Option<String> {
        match self.how {
            COMMIT => None,
            how if how >= EXIT => Some(format!("exit {} by os._exit", how - EXIT)),
            signal => Some(format!("killed by {}", name(signal))),
        }
    }

    pub(crate) fn answer(self) {
        ANSWERED.store(self.number, Ordering::Release);
    }
}

/// The process is about to end with a status, and without another word of the interpreter's.
pub(crate) fn exit(status: i32) {
    ask(EXIT + (status & 0xff));
}

/// Asks the writer's thread, and waits for its answer. Safe in a signal's handler.
fn ask(how: i32) {
    // SAFETY: the calls are allowed in a signal's handler.
    unsafe {
        if OWNER.load(Ordering::Acquire) != libc::getpid() {
            return;
        }
        HOW.store(how, Ordering::Relaxed);
        let number = ASKED.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        own_thread::ring();
        let began = Instant::now();
        while ANSWERED.load(Ordering::Acquire) != number && began.elapsed() < PATIENCE {
            let moment = libc::timespec {
                tv_sec: 0,
                tv_nsec: 200_000,
            };
            libc::nanosleep(&raw const moment, null_mut());
        }
    }
}

/// Lets the signals that end the process be noticed.
pub(crate) fn install() {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    give_stack();
    for signal in DEADLY.into_iter().chain(FATAL) {
        // SAFETY: reads and sets the disposition of a signal; the handler is made for it.
        unsafe {
            let mut old = MaybeUninit::<libc::sigaction>::uninit();
            if libc::sigaction(signal, null(), old.as_mut_ptr()) != 0 {
                continue;
            }
            let old = old.assume_init();
            let is_default = old.sa_sigaction == libc::SIG_DFL;
            let is_ignored = old.sa_sigaction == libc::SIG_IGN;
            if is_ignored || !(is_default || FATAL.contains(&signal)) {
                continue;
            }
            // Known before the handler can run.
            before.push((signal, old));
            let mut new: libc::sigaction = std::mem::zeroed();
            new.sa_sigaction = on_signal as extern "C" fn(_, _, _) as usize;
            new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut new.sa_mask);
            libc::sigaction(signal, &raw const new, null_mut());
        }
    }
    PREVIOUS.store(before.as_mut_ptr(), Ordering::Release);
    COUNT.store(before.len() as u32, Ordering::Release);
}

/// Gives the signals back, but for those that the program has meanwhile.
pub(crate) fn uninstall() {
    COUNT.store(0, Ordering::Release);
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    for (signal, old) in before.drain(..) {
        // SAFETY: as for `install`.
        unsafe { restore(signal, &old) };
    }
}

/// What the handler knows of [`BEFORE`], which it must not lock.
static PREVIOUS: AtomicPtr<(c_int, libc::sigaction)> = AtomicPtr::new(null_mut());
static COUNT: AtomicU32 = AtomicU32::new(0);

/// # Safety
/// `old` is what the signal did before.
unsafe fn restore(signal: c_int, old: &libc::sigaction) {
    // SAFETY: as promised by the caller; `now` is written before it is read.
    unsafe {
        let mut now = MaybeUninit::<libc::sigaction>::uninit();
        if libc::sigaction(signal, null(), now.as_mut_ptr()) == 0
            && now.assume_init().sa_sigaction == on_signal as extern "C" fn(_, _, _) as usize
        {
            libc::sigaction(signal, old, null_mut());
        }
    }
}

extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the list is complete before the handler is installed and drained after it is gone; what
    // is called is allowed in a signal's handler; errno is given back.
    unsafe {
        let errno = *errno_place();
        let count = COUNT.load(Ordering::Acquire) as usize;
        let previous = PREVIOUS.load(Ordering::Acquire);
        let mut all = (0..count).map(|at| &*previous.add(at));
        let old = all
            .find(|(number, _)| *number == signal)
            .map(|(_, old)| *old);
        let old = old.unwrap_or_else(|| std::mem::zeroed());
        // Whoever had the signal before may know how to go on.
        let is_end = old.sa_sigaction == libc::SIG_DFL;
        ask(if is_end { signal } else { COMMIT });
        libc::sigaction(signal, &raw const old, null_mut());
        // A fault comes again by itself, and from where it came; what was sent is sent again.
        let is_fault = !info.is_null() && (*info).si_code > 0 && FATAL.contains(&signal);
        if !is_fault {
            libc::raise(signal);
        }
        *errno_place() = errno;
    }
}

/// A stack for the handler: a fault may be that this thread's own is full.
fn give_stack() {
    const SIZE: usize = 64 << 10;
    static STACK: Mutex<Option<Box<[u8]>>> = Mutex::new(None);
    let mut stack = STACK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: reads the thread's alternative stack and gives it one, which is never freed.
    unsafe {
        let mut now = MaybeUninit::<libc::stack_t>::uninit();
        if libc::sigaltstack(null(), now.as_mut_ptr()) != 0
            || now.assume_init().ss_flags & libc::SS_DISABLE == 0
        {
            return;
        }
        let memory = stack.get_or_insert_with(|| vec![0; SIZE].into_boxed_slice());
        let new = libc::stack_t {
            ss_sp: memory.as_mut_ptr().cast(),
            ss_flags: 0,
            ss_size: SIZE,
        };
        libc::sigaltstack(&raw const new, null_mut());
    }
}

fn name(signal: c_int) -> String {
    let name = match signal {
        libc::SIGTERM => "SIGTERM",
        libc::SIGHUP => "SIGHUP",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGALRM => "SIGALRM",
        libc::SIGVTALRM => "SIGVTALRM",
        libc::SIGPROF => "SIGPROF",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGABRT => "SIGABRT",
        other => return format!("signal {other}"),
    };
    name.into()
}
