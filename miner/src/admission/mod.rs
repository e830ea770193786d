//! The admission queue: how many requests run, how many wait, and who goes first.
//!
//! Among those that wait, more stake goes first, and the earlier one among equals. When the queue
//! is full, or under load that lasts, a request with more stake than the last in line takes that one's
//! place.

mod pace;

use alun_client::Balance;
use alun_protocol::{limits, Refusal};
use pace::Pace;
use std::time::Instant;
use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::oneshot;

/// Place in the queue: most stake first, then order of arrival.
type Place = (Reverse<Balance>, u64);
type Caller = oneshot::Sender<Result<Permit, Refusal>>;

/// The queue in front of the model. Clones share it.
#[derive(Clone, Debug)]
pub struct Admission {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    running: usize,
    queued: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    arrivals: u64,
    waiting: BTreeMap<Place, (Caller, u64)>,
    pace: Pace,
}

/// The right to run; dropping it admits the next request.
#[derive(Debug)]
pub struct Permit {
    shared: Option<Arc<Shared>>,
    /// How much work it is for.
    work: u64,
    /// Since when it is under way, waiting included.
    since: Instant,
    /// Whether it came when nothing else was under way, and how many had come then.
    alone: Option<u64>,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(limits::RUNNING, limits::QUEUED)
    }
}

impl Admission {
    /// A queue for `running` requests at once and `queued` that wait.
    pub fn new(running: usize, queued: usize) -> Self {
        Self { shared: Arc::new(Shared { running, queued, state: Mutex::default() }) }
    }

    /// Waits for its turn. `work` is how much it asks for, in a unit of the caller's, the same for all.
    /// Refuses at once when the queue is full of requests with as much stake, or when load lasts and it
    /// could not be answered in time; later if one with more stake takes its place. Dropping the future
    /// leaves the queue.
    pub async fn enter(&self, stake: Balance, work: u64) -> Result<Permit, Refusal> {
        let since = Instant::now();
        let (place, receiver) = {
            let mut state = self.shared.lock();
            while !state.pace.allows(work, since) {
                state.make_room(stake, Refusal::Overloaded)?;
            }
            let runs = state.running < self.shared.running;
            if !runs && state.waiting.len() >= self.shared.queued {
                state.make_room(stake, Refusal::QueueFull)?;
            }
            let arrival = state.arrivals;
            state.arrivals = state.arrivals.wrapping_add(1);
            let alone = state.pace.enters(work, since).then_some(arrival);
            if runs {
                state.running += 1;
                return Ok(Permit { shared: Some(self.shared.clone()), work, since, alone });
            }
            let place = (Reverse(stake), arrival);
            let (sender, receiver) = oneshot::channel();
            state.waiting.insert(place, (sender, work));
            (place, receiver)
        };
        let _leaving = Leaving { shared: &self.shared, place };
        // A sender is dropped only with the queue itself.
        let mut permit = receiver.await.unwrap_or(Err(Refusal::QueueFull))?;
        (permit.since, permit.alone) = (since, None);
        Ok(permit)
    }

    /// Requests that run now.
    pub fn running(&self) -> usize {
        self.shared.lock().running
    }

    /// Requests that wait now.
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a place among the running to the first that still waits for it.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.lock();
                let Some((_, next)) = state.waiting.pop_first() else {
                    state.running = state.running.saturating_sub(1);
                    return;
                };
                next
            };
            let (caller, work) = next;
            // Sent without the lock: a permit that nobody takes is dropped, and comes back here.
            let (shared, since) = (Some(self.clone()), Instant::now());
            match caller.send(Ok(Permit { shared, work, since, alone: None })) {
                Err(Ok(mut unwanted)) => {
                    unwanted.shared = None;
                    self.lock().pace.leaves(work);
                }
                Ok(()) | Err(Err(_)) => return,
            }
        }
    }
}

impl State {
    /// Turns away the last in line, if it has less stake than the new one; refuses the new one if not.
    fn make_room(&mut self, stake: Balance, refusal: Refusal) -> Result<(), Refusal> {
        let last = self.waiting.last_key_value().map(|((Reverse(last), _), _)| *last);
        if last.is_none_or(|last| last >= stake) {
            return Err(refusal);
        }
        if let Some((_, (caller, work))) = self.waiting.pop_last() {
            self.pace.leaves(work);
            // It may be gone already.
            drop(caller.send(Err(refusal)));
        }
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            {
                let (mut state, now) = (shared.lock(), Instant::now());
                let alone = self.alone.is_some_and(|own| own.wrapping_add(1) == state.arrivals);
                let took = now.saturating_duration_since(self.since);
                state.pace.ends(self.work, took, alone, now);
            }
            shared.pass_on();
        }
    }
}

/// Leaves the queue when the request goes away.
struct Leaving<'a> {
    shared: &'a Arc<Shared>,
    place: Place,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if let Some((_, work)) = state.waiting.remove(&self.place) {
            state.pace.leaves(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::{task::JoinHandle, time::timeout};

    fn ask(queue: &Admission, stake: Balance) -> JoinHandle<Result<Permit, Refusal>> {
        let queue = queue.clone();
        tokio::spawn(async move { queue.enter(stake, 1).await })
    }

    async fn settle(queue: &Admission, waiting: usize) {
        let settled = async {
            while queue.waiting() != waiting {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), settled).await.unwrap();
    }

    #[tokio::test]
    async fn queue_should_admit_most_stake_first_and_then_in_order() {
        let queue = Admission::new(1, 8);
        let first = queue.enter(0, 1).await.unwrap();
        let small = ask(&queue, 1);
        settle(&queue, 1).await;
        let large = ask(&queue, 9);
        settle(&queue, 2).await;
        let small_later = ask(&queue, 1);
        settle(&queue, 3).await;
        drop(first);
        let permit = large.await.unwrap().unwrap();
        assert!(!small.is_finished());
        drop(permit);
        let permit = small.await.unwrap().unwrap();
        assert!(!small_later.is_finished());
        drop(permit);
        drop(small_later.await.unwrap().unwrap());
        assert_eq!((queue.running(), queue.waiting()), (0, 0));
    }

    #[tokio::test]
    async fn queue_should_refuse_when_full_but_make_room_for_more_stake() {
        let queue = Admission::new(1, 1);
        let _running = queue.enter(0, 1).await.unwrap();
        let waiting = ask(&queue, 5);
        settle(&queue, 1).await;
        assert_eq!(queue.enter(5, 1).await.unwrap_err(), Refusal::QueueFull);
        let richer = ask(&queue, 6);
        assert_eq!(waiting.await.unwrap().unwrap_err(), Refusal::QueueFull);
        settle(&queue, 1).await;
        assert!(!richer.is_finished());
    }

    #[tokio::test]
    async fn place_should_be_given_on_when_a_waiting_request_goes_away() {
        let queue = Admission::new(1, 8);
        let running = queue.enter(0, 1).await.unwrap();
        let gone = ask(&queue, 9);
        let stays = ask(&queue, 1);
        settle(&queue, 2).await;
        gone.abort();
        assert!(gone.await.is_err());
        settle(&queue, 1).await;
        drop(running);
        drop(stays.await.unwrap().unwrap());
        assert_eq!((queue.running(), queue.waiting()), (0, 0));
    }
}
