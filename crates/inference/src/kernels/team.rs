//! Threads that work on one thing together.
//!
//! A pass through a network has hundreds of steps of some ten microseconds. So the threads stay awake
//! between them: each looks for the next step for a moment before it goes to sleep. The thread that
//! asks works too, never waits for one that sleeps, and while the team is at another's work it does
//! its own alone: models that run side by side have a processor each.

#![allow(unsafe_code)]

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        Mutex, OnceLock, PoisonError, TryLockError,
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

/// How long a thread looks for work before it sleeps: longer than what lies between two steps.
const AWAKE: Duration = Duration::from_micros(100);

/// Gives each item to `work`, on as many threads as the process computes with ([`crate::threads`]).
/// Returns when all are done. A panic in one of them is one here.
pub(crate) fn each<T: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let items: Vec<Mutex<Option<T>>> =
        items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    run(items.len(), &|index| {
        let item = items.get(index).and_then(|item| {
            // Nobody holds this lock when it panics.
            item.lock().unwrap_or_else(PoisonError::into_inner).take()
        });
        if let Some(item) = item {
            work(item);
        }
    });
}

fn run(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let team = (count > 1).then(team).flatten();
    let free = team.and_then(|team| match team.busy.try_lock() {
        Ok(guard) => Some((team, guard)),
        Err(TryLockError::Poisoned(guard)) => Some((team, guard.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    });
    match free {
        Some((team, _guard)) => team.run(count, work),
        None => (0..count).for_each(work),
    }
}

/// Those who help. `None` if the process computes with one thread.
fn team() -> Option<&'static Team> {
    static TEAM: OnceLock<Option<Team>> = OnceLock::new();
    static STARTED: OnceLock<()> = OnceLock::new();
    let team = TEAM
        .get_or_init(|| (crate::threads() > 1).then(|| Team::new(crate::threads() - 1)))
        .as_ref()?;
    STARTED.get_or_init(|| {
        for index in 0..team.helpers.len() {
            let name = format!("kernels-{index}");
            if let Err(error) = thread::Builder::new().name(name).spawn(move || team.help(index)) {
                tracing::warn!(%error, "a computing thread did not start: computing with fewer");
            }
        }
    });
    Some(team)
}

/// What all work on. The pointer is good while the gate is open or somebody is inside.
#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    count: usize,
}

struct Team {
    /// Held by the thread whose work it is.
    busy: Mutex<()>,
    /// Counts jobs, so that a helper sees that there is a new one.
    jobs: AtomicUsize,
    /// 1 while the job may be entered, plus 2 for each helper inside.
    gate: AtomicUsize,
    job: std::cell::UnsafeCell<Option<Job>>,
    /// The next item.
    next: AtomicUsize,
    panicked: AtomicBool,
    helpers: Vec<Helper>,
}

#[derive(Default)]
struct Helper {
    thread: OnceLock<Thread>,
    asleep: AtomicBool,
}

// SAFETY: all but `job` is Sync by itself. `job` is written by the one thread that holds `busy`, while
// the gate is closed and nobody is inside, and read by those who came in while it was open.
unsafe impl Sync for Team {}
// SAFETY: the pointer in `job` is used only as said above, from whichever thread.
unsafe impl Send for Team {}

const OPEN: usize = 1;
const INSIDE: usize = 2;

impl Team {
    fn new(helpers: usize) -> Self {
        Self {
            busy: Mutex::new(()),
            jobs: AtomicUsize::new(0),
            gate: AtomicUsize::new(0),
            job: std::cell::UnsafeCell::new(None),
            next: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            helpers: (0..helpers).map(|_| Helper::default()).collect(),
        }
    }

    /// Called by the thread that holds `busy`.
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes. `Closing` below takes the pointer back before `work`
        // ends, whether this function returns or unwinds.
        let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        self.next.store(0, SeqCst);
        // SAFETY: the gate is closed, nobody is inside, and `busy` keeps other writers out.
        unsafe { *self.job.get() = Some(Job { work, count }) };
        self.gate.fetch_add(OPEN, SeqCst);
        let closing = Closing(self);
        self.jobs.fetch_add(1, SeqCst);
        for helper in self.helpers.iter().take(count - 1) {
            if helper.asleep.load(SeqCst) {
                if let Some(thread) = helper.thread.get() {
                    thread.unpark();
                }
            }
        }
        self.work_off(Job { work, count });
        drop(closing);
        assert!(!self.panicked.swap(false, SeqCst), "a computing thread panicked");
    }

    fn work_off(&self, job: Job) {
        // SAFETY: whoever calls this is inside or has the gate open, so the pointer is good.
        let work = unsafe { &*job.work };
        loop {
            let index = self.next.fetch_add(1, SeqCst);
            if index >= job.count {
                return;
            }
            work(index);
        }
    }

    /// What a helper does for as long as the process lives.
    fn help(&self, index: usize) {
        let Some(me) = self.helpers.get(index) else { return };
        me.thread.get_or_init(thread::current);
        let mut seen = 0;
        loop {
            seen = self.wait(me, seen);
            if self.gate.fetch_add(INSIDE, SeqCst) & OPEN == OPEN {
                // SAFETY: the gate was open when this thread came in, so the job is written and
                // stays as it is until this thread has left.
                if let Some(job) = unsafe { *self.job.get() } {
                    if catch_unwind(AssertUnwindSafe(|| self.work_off(job))).is_err() {
                        self.panicked.store(true, SeqCst);
                    }
                }
            }
            self.gate.fetch_sub(INSIDE, SeqCst);
        }
    }

    /// Waits for another job than the one `seen`, and returns its number.
    fn wait(&self, me: &Helper, seen: usize) -> usize {
        let since = Instant::now();
        let mut looks = 0u32;
        loop {
            let now = self.jobs.load(SeqCst);
            if now != seen {
                return now;
            }
            looks = looks.wrapping_add(1);
            if !looks.is_multiple_of(64) {
                std::hint::spin_loop();
            } else if since.elapsed() < AWAKE {
                // Whoever needs this processor gets it.
                thread::yield_now();
            } else {
                // In this order: who brings a job counts it first and looks who is asleep then.
                me.asleep.store(true, SeqCst);
                if self.jobs.load(SeqCst) == seen {
                    thread::park();
                }
                me.asleep.store(false, SeqCst);
            }
        }
    }
}

/// Closes the gate and waits until nobody is inside.
struct Closing<'a>(&'a Team);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // Nobody shall begin another item, if this is a panic.
        self.0.next.store(usize::MAX / 2, SeqCst);
        self.0.gate.fetch_sub(OPEN, SeqCst);
        let mut looks = 0u32;
        while self.0.gate.load(SeqCst) != 0 {
            looks = looks.wrapping_add(1);
            match looks % 1_024 {
                0 => thread::yield_now(),
                _ => std::hint::spin_loop(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_should_be_worked_on_once_each_when_many_threads_ask_at_once() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..2_000usize {
                        let mut values = vec![0usize; round % 17];
                        each(values.iter_mut().enumerate(), |(at, value)| *value += at + round);
                        assert!(values.iter().enumerate().all(|(at, value)| *value == at + round));
                    }
                });
            }
        });
    }

    #[test]
    fn panic_should_reach_the_caller_when_an_item_panics() {
        let failed = catch_unwind(|| each(0..64, |item| assert_ne!(item, 40, "on purpose")));
        assert!(failed.is_err());
        // And the team goes on.
        let sum = AtomicUsize::new(0);
        each(0..64usize, |item| {
            sum.fetch_add(item, SeqCst);
        });
        assert_eq!(sum.into_inner(), 2_016);
    }
}
