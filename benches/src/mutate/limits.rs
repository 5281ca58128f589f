//! The limits of a child, and what it has used.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes alive at a time for one recording.
pub(crate) const MEMORY: usize = 512 << 20;
/// Seconds of processor time for one recording.
pub(crate) const SECONDS: f64 = 10.0;
/// Address space of a child, so that a bomb ends the child and not the machine.
#[cfg(unix)]
const ADDRESSES: u64 = 6 << 30;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with the bytes alive counted.
pub(crate) struct Counting;

fn more(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

fn less(bytes: usize) {
    LIVE.fetch_sub(bytes, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came; the counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: the caller's promise.
        let at = unsafe { System.alloc(layout) };
        if at.is_null() {
            less(layout.size());
        }
        at
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: the caller's promise.
        let at = unsafe { System.alloc_zeroed(layout) };
        if at.is_null() {
            less(layout.size());
        }
        at
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        less(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        more(size);
        // SAFETY: the caller's promise.
        let moved = unsafe { System.realloc(at, layout, size) };
        less(if moved.is_null() { size } else { layout.size() });
        moved
    }
}

/// Begins to count anew, and returns the bytes alive now.
pub(crate) fn mark() -> usize {
    let live = LIVE.load(Ordering::Relaxed);
    PEAK.store(live, Ordering::Relaxed);
    live
}

/// The most bytes alive at a time since the mark.
pub(crate) fn peak(mark: usize) -> usize {
    PEAK.load(Ordering::Relaxed).saturating_sub(mark)
}

/// Seconds of processor time this process has used.
#[cfg(unix)]
pub(crate) fn cpu() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock is one that every Unix has, and `time` is ours to write.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Caps this process's address space, and forbids it to leave a core behind.
#[cfg(unix)]
pub(crate) fn cap_memory() {
    // SAFETY: plain calls with structs of ours.
    unsafe {
        libc::setrlimit(libc::RLIMIT_AS, &limit(ADDRESSES, ADDRESSES));
        libc::setrlimit(libc::RLIMIT_CORE, &limit(0, 0));
    }
}

/// Has the system end this process once it has used a little more than [`SECONDS`] from now.
#[cfg(unix)]
pub(crate) fn cap_time() {
    let end = (cpu() + SECONDS).ceil() as u64 + 1;
    // SAFETY: a plain call with a struct of ours.
    unsafe { libc::setrlimit(libc::RLIMIT_CPU, &limit(end, u64::MAX)) };
}

#[cfg(unix)]
fn limit(soft: u64, hard: u64) -> libc::rlimit {
    let number = |n: u64| libc::rlim_t::try_from(n).unwrap_or(libc::RLIM_INFINITY);
    libc::rlimit {
        rlim_cur: number(soft),
        rlim_max: if hard == u64::MAX {
            libc::RLIM_INFINITY
        } else {
            number(hard)
        },
    }
}

/// Elsewhere, the parent's patience is the one limit.
#[cfg(not(unix))]
pub(crate) fn cpu() -> f64 {
    0.0
}

#[cfg(not(unix))]
pub(crate) fn cap_memory() {}

#[cfg(not(unix))]
pub(crate) fn cap_time() {}
