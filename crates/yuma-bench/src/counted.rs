//! The system's allocator, with what it hands out counted.
#![allow(unsafe_code)] // An allocator cannot be written without.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// For `#[global_allocator]`.
pub struct Counted;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        System.dealloc(memory, layout);
    }
}

/// What a piece of work needed.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Bytes in use at the peak, beyond those before.
    pub peak_bytes: usize,
    /// Calls of the allocator.
    pub allocations: usize,
}

/// Counts while `work` runs: nothing, where [`Counted`] is not the allocator. No other thread may be
/// running.
pub fn count<T>(work: impl FnOnce() -> T) -> (T, Memory) {
    let (before, calls) = (NOW.load(Relaxed), CALLS.load(Relaxed));
    PEAK.store(before, Relaxed);
    let result = work();
    let peak_bytes = PEAK.load(Relaxed).saturating_sub(before);
    let allocations = CALLS.load(Relaxed).saturating_sub(calls);
    (result, Memory { peak_bytes, allocations })
}
