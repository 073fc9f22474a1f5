//! What the recorder says to a person: lines on standard error, and only there.

use std::io;
use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

/// Device and inode of what standard error was when recording began.
static STDERR: Mutex<Option<(libc::dev_t, libc::ino_t)>> = Mutex::new(None);

/// Takes note of what standard error is. The program may give its number to a file of its own later;
/// nothing is said into that.
pub(crate) fn remember_stderr() {
    *STDERR.lock().unwrap_or_else(PoisonError::into_inner) = identity();
}

fn identity() -> Option<(libc::dev_t, libc::ino_t)> {
    let mut file = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the structure is read only if the call has filled it.
    unsafe {
        let is_known = libc::fstat(2, file.as_mut_ptr()) == 0;
        is_known.then(|| {
            let file = file.assume_init();
            (file.st_dev, file.st_ino)
        })
    }
}

/// Writes lines to standard error. If nobody reads it, that is nobody's concern: the signal of a
/// broken pipe does not reach the program.
pub(crate) fn say(lines: &str) {
    let stderr = *STDERR.lock().unwrap_or_else(PoisonError::into_inner);
    if stderr.is_none() || identity() != stderr {
        return;
    }
    let mut rest = lines.as_bytes();
    // SAFETY: the sets are filled before they are used, the mask concerns this thread alone and is
    // given back, and the bytes are valid; a signal is taken only if this raised it.
    unsafe {
        let mut pipe = MaybeUninit::uninit();
        libc::sigemptyset(pipe.as_mut_ptr());
        let mut pipe: libc::sigset_t = pipe.assume_init();
        libc::sigaddset(&raw mut pipe, libc::SIGPIPE);
        libc::sigaddset(&raw mut pipe, libc::SIGXFSZ);
        let (mut pending, mut mask) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        libc::sigpending(pending.as_mut_ptr());
        let pending: libc::sigset_t = pending.assume_init();
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, mask.as_mut_ptr());
        while !rest.is_empty() {
            let written = libc::write(2, rest.as_ptr().cast(), rest.len());
            match usize::try_from(written) {
                Ok(written) => rest = &rest[written.min(rest.len())..],
                Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
            if libc::sigismember(&raw const pending, signal) == 0 {
                take(signal);
            }
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, mask.as_ptr(), std::ptr::null_mut());
    }
}

/// Takes a pending signal away.
#[cfg(target_os = "linux")]
unsafe fn take(signal: i32) {
    // SAFETY: a set of one signal, which is blocked; the call does not wait.
    unsafe {
        let mut set = MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        let mut set: libc::sigset_t = set.assume_init();
        libc::sigaddset(&raw mut set, signal);
        let now: libc::timespec = std::mem::zeroed();
        libc::sigtimedwait(&raw const set, std::ptr::null_mut(), &raw const now);
    }
}

#[cfg(not(target_os = "linux"))]
unsafe fn take(_signal: i32) {}
