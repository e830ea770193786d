//! Memory that is handed out and never taken back: an instance lives for one epoch.

use core::{
    alloc::{GlobalAlloc, Layout},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

const PAGE: usize = 65_536;

struct Bump {
    /// The first free byte; 0 before the first call.
    next: AtomicUsize,
    /// The end of the memory that there is.
    end: AtomicUsize,
}

#[global_allocator]
static MEMORY: Bump = Bump { next: AtomicUsize::new(0), end: AtomicUsize::new(0) };

// SAFETY: every call hands out memory of its own, aligned, or null when there is no more; the module
// has one thread.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.end.load(Relaxed) == 0 {
            let end = core::arch::wasm32::memory_size(0) * PAGE;
            self.next.store(end, Relaxed);
            self.end.store(end, Relaxed);
        }
        let start = self.next.load(Relaxed).next_multiple_of(layout.align());
        let Some(next) = start.checked_add(layout.size()) else { return core::ptr::null_mut() };
        let missing = next.saturating_sub(self.end.load(Relaxed)).div_ceil(PAGE);
        if missing != 0 {
            if core::arch::wasm32::memory_grow(0, missing) == usize::MAX {
                return core::ptr::null_mut();
            }
            self.end.fetch_add(missing * PAGE, Relaxed);
        }
        self.next.store(next, Relaxed);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
