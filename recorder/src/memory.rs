//! When memory runs out, it is the recording that ends, and not the program.
//!
//! An allocation of ours that fails would abort the process. So there is a reserve: what the system
//! refuses comes from there, and recording ends before the next event. The reserve has to do for one
//! event and for the end of the trace; it grows with the largest block that was asked for, since what
//! a table or a buffer may want next is twice what it has. Only addresses are reserved: no page of it
//! is used before it is needed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of the reserve at least, and how many times the largest block it holds.
const LEAST: usize = 16 << 20;
const TIMES: usize = 4;

/// Recording has ended early, whatever the reason: asked at every event.
pub(crate) static OVER: AtomicBool = AtomicBool::new(false);

/// An allocation failed.
static RAN_OUT: AtomicBool = AtomicBool::new(false);

/// The reserve's bounds, and where its unused part begins. All are 0 while there is none.
static START: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// A block that is larger makes the reserve grow.
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The allocator of the extension: the system's, with a reserve.
#[derive(Debug)]
pub struct Memory;

/// Whether an allocation has failed since recording began.
pub(crate) fn ran_out() -> bool {
    RAN_OUT.load(Ordering::Relaxed)
}

/// Makes a reserve for a recording that begins.
pub(crate) fn prepare() {
    RAN_OUT.store(false, Ordering::Relaxed);
    OVER.store(false, Ordering::Relaxed);
    if START.load(Ordering::Relaxed) == 0 {
        reserve(LEAST);
    }
}

/// Maps a reserve of so many bytes in place of the one that is there, if nothing of that is in use.
fn reserve(size: usize) -> bool {
    let start = START.load(Ordering::Relaxed);
    if NEXT.load(Ordering::Relaxed) != start {
        return false;
    }
    // SAFETY: asks for new memory; what is given back is a mapping of ours of which nothing was given out.
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let memory = libc::mmap(null_mut(), size, access, flags, -1, 0);
        if memory == libc::MAP_FAILED {
            return false;
        }
        let end = END.load(Ordering::Relaxed);
        // Nobody takes anything of a reserve that ends at 0.
        END.store(0, Ordering::Release);
        START.store(memory as usize, Ordering::Release);
        NEXT.store(memory as usize, Ordering::Release);
        LARGEST.store(size / TIMES, Ordering::Release);
        END.store(memory as usize + size, Ordering::Release);
        if start != 0 {
            libc::munmap(start as *mut libc::c_void, end - start);
        }
    }
    true
}

#[inline]
fn is_reserve(memory: *mut u8) -> bool {
    let address = memory as usize;
    address >= START.load(Ordering::Relaxed) && address < END.load(Ordering::Relaxed)
}

fn end() {
    RAN_OUT.store(true, Ordering::Relaxed);
    OVER.store(true, Ordering::Relaxed);
}

/// What the system has refused.
#[cold]
fn rescue(layout: Layout) -> *mut u8 {
    end();
    if START.load(Ordering::Relaxed) == 0 {
        reserve(LEAST);
    }
    let mut at = NEXT.load(Ordering::Acquire);
    while at != 0 {
        let start = at.next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()) else {
            break;
        };
        if end > END.load(Ordering::Acquire) {
            break;
        }
        match NEXT.compare_exchange(at, end, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return start as *mut u8,
            Err(other) => at = other,
        }
    }
    null_mut()
}

/// A block that was given is larger than all before it.
#[cold]
fn grow(size: usize) {
    // Without memory for a larger reserve there is none for what comes next either.
    if NEXT.load(Ordering::Relaxed) != 0 && !reserve(size.saturating_mul(TIMES)) {
        LARGEST.store(usize::MAX, Ordering::Relaxed);
        end();
    }
}

#[inline]
fn watch(memory: *mut u8, layout: Layout) -> *mut u8 {
    if memory.is_null() {
        return rescue(layout);
    }
    if layout.size() > LARGEST.load(Ordering::Relaxed) {
        grow(layout.size());
    }
    memory
}

// SAFETY: memory comes from the system's allocator, or from the reserve, of which no part is given out
// twice and none is taken back, so that it is as new (zero) when it is given. Nothing here unwinds.
unsafe impl GlobalAlloc for Memory {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as promised by the caller.
        watch(unsafe { System.alloc(layout) }, layout)
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as promised by the caller.
        watch(unsafe { System.alloc_zeroed(layout) }, layout)
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if !is_reserve(memory) {
            // SAFETY: as promised by the caller; it is not of the reserve, so it is the system's.
            unsafe { System.dealloc(memory, layout) };
        }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as promised by the caller.
        unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            if !is_reserve(memory) {
                let moved = System.realloc(memory, layout, size);
                if !moved.is_null() {
                    return watch(moved, new);
                }
            }
            let moved = self.alloc(new);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(memory, layout.size().min(size));
                self.dealloc(memory, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_comes_from_the_reserve() {
        prepare();
        let layout = Layout::from_size_align(1000, 64).expect("a layout");
        let (first, second) = (rescue(layout), rescue(layout));
        assert!(ran_out() && is_reserve(first) && is_reserve(second));
        assert_eq!((first as usize % 64, second as usize % 64), (0, 0));
        assert!(second as usize >= first as usize + 1000);
        // SAFETY: memory of this layout, given out above.
        unsafe {
            assert_eq!(*second, 0);
            second.write_bytes(7, 1000);
            let more = Memory.realloc(second, layout, 5000);
            assert!(!is_reserve(more));
            assert_eq!((*more, *more.add(999)), (7, 7));
            Memory.dealloc(more, Layout::from_size_align_unchecked(5000, 64));
            Memory.dealloc(first, layout);
        }
        let all = Layout::from_size_align(LEAST, 1).expect("a layout");
        assert!(rescue(all).is_null(), "more than there is");
        assert!(!reserve(LEAST), "what is in use is not given back");
    }
}
