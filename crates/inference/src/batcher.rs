//! One worker thread that merges waiting requests into batches.
//!
//! Candle blocks, so a model runs on a thread of its own behind a bounded queue. While one batch
//! is computed requests gather, and the next batch takes as many as fit: batches grow with the
//! load and nobody waits for a timer.

use crate::{InferenceError, Result};
use std::{
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        Arc,
    },
    thread,
};
use tokio::sync::{mpsc, oneshot};

/// A model that answers a batch of prepared requests in one go.
pub trait Backend: Send + Sync + 'static {
    /// A request, checked and tokenized.
    type Request: Send + 'static;
    /// Its answer.
    type Answer: Send + 'static;

    /// How much of a batch a request takes, e.g. its tokens.
    fn cost(&self, request: &Self::Request) -> usize;

    /// Answers all requests, in their order. Blocks.
    fn run(&self, requests: Vec<Self::Request>) -> Result<Vec<Self::Answer>>;
}

/// What a service has done and is doing, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceStats {
    /// Requests that wait now.
    pub queued: usize,
    /// Requests that are worked on now.
    pub running: usize,
    /// Passes through the model so far.
    pub passes: u64,
    /// Requests answered so far.
    pub answered: u64,
    /// Requests refused so far because the queue was full.
    pub refused: u64,
    /// Requests whose caller went away before the answer.
    pub abandoned: u64,
    /// Tokens so far: of texts for embeddings, new ones for generation.
    pub tokens: u64,
}

/// The counters behind [`ServiceStats`]. They are statistics, so relaxed ordering is enough.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub queued: AtomicUsize,
    pub running: AtomicUsize,
    pub passes: AtomicU64,
    pub answered: AtomicU64,
    pub refused: AtomicU64,
    pub abandoned: AtomicU64,
    pub tokens: AtomicU64,
}

impl Counters {
    pub fn snapshot(&self) -> ServiceStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ServiceStats {
            queued: self.queued.load(Ordering::Relaxed),
            running: self.running.load(Ordering::Relaxed),
            passes: get(&self.passes),
            answered: get(&self.answered),
            refused: get(&self.refused),
            abandoned: get(&self.abandoned),
            tokens: get(&self.tokens),
        }
    }

    pub fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Ordering::Relaxed);
    }
}

/// The sending side of a bounded queue, with its counters.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    sender: mpsc::Sender<J>,
    pub counters: Arc<Counters>,
}

impl<J> Clone for Queue<J> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), counters: self.counters.clone() }
    }
}

impl<J: Send + 'static> Queue<J> {
    /// Starts `work` on a thread named `name` and returns the way to feed it. The thread ends when
    /// the last handle is gone.
    pub fn start(
        name: &str,
        capacity: usize,
        work: impl FnOnce(mpsc::Receiver<J>, Arc<Counters>) + Send + 'static,
    ) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        let counters = Arc::new(Counters::default());
        let shared = counters.clone();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(receiver, shared))
            .map_err(|error| InferenceError::Compute {
                reason: format!("no thread for {name}: {error}"),
            })?;
        Ok(Self { sender, counters })
    }

    /// Puts a job into the queue, or says at once that it is full.
    pub fn push(&self, job: J) -> Result<()> {
        self.counters.queued.fetch_add(1, Ordering::Relaxed);
        let Err(error) = self.sender.try_send(job) else { return Ok(()) };
        self.counters.queued.fetch_sub(1, Ordering::Relaxed);
        match error {
            mpsc::error::TrySendError::Full(_) => {
                Counters::add(&self.counters.refused, 1);
                Err(InferenceError::Overloaded { limit: self.sender.max_capacity() })
            }
            mpsc::error::TrySendError::Closed(_) => Err(InferenceError::Stopped),
        }
    }
}

struct Job<B: Backend> {
    request: B::Request,
    answer: oneshot::Sender<Result<B::Answer>>,
}

/// An async handle of a [`Backend`] on a worker thread. Clones share the worker.
pub struct Batcher<B: Backend> {
    queue: Queue<Job<B>>,
}

impl<B: Backend> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<B: Backend> Batcher<B> {
    /// Starts the worker. `queue` requests may wait; a batch takes requests until their cost
    /// reaches `budget` (one request always fits).
    pub fn start(backend: Arc<B>, name: &str, queue: usize, budget: usize) -> Result<Self> {
        let queue = Queue::start(name, queue, move |receiver, counters| {
            work(backend.as_ref(), receiver, &counters, budget);
        })?;
        Ok(Self { queue })
    }

    /// Answers one request. Fails at once if the queue is full; dropping the future withdraws the
    /// request.
    pub async fn run(&self, request: B::Request) -> Result<B::Answer> {
        let (answer, receiver) = oneshot::channel();
        self.queue.push(Job { request, answer })?;
        receiver.await.map_err(|_| InferenceError::Stopped)?
    }

    /// What it has done and is doing.
    pub fn stats(&self) -> ServiceStats {
        self.queue.counters.snapshot()
    }
}

fn work<B: Backend>(
    backend: &B,
    mut receiver: mpsc::Receiver<Job<B>>,
    counters: &Counters,
    budget: usize,
) {
    while let Some(first) = receiver.blocking_recv() {
        let mut jobs = Vec::new();
        let mut cost = 0;
        let mut next = Some(first);
        while let Some(job) = next {
            counters.queued.fetch_sub(1, Ordering::Relaxed);
            if job.answer.is_closed() {
                Counters::add(&counters.abandoned, 1);
            } else {
                cost += backend.cost(&job.request);
                jobs.push(job);
            }
            next = if cost < budget { receiver.try_recv().ok() } else { None };
        }
        if jobs.is_empty() {
            continue;
        }
        counters.running.store(jobs.len(), Ordering::Relaxed);
        answer(backend, jobs, counters, cost);
        counters.running.store(0, Ordering::Relaxed);
    }
}

fn answer<B: Backend>(backend: &B, jobs: Vec<Job<B>>, counters: &Counters, cost: usize) {
    let (requests, callers): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| (job.request, job.answer)).unzip();
    let expected = callers.len();
    let answers = backend.run(requests).and_then(|answers| match answers.len() {
        found if found == expected => Ok(answers),
        found => Err(InferenceError::Compute {
            reason: format!("{found} answers to {expected} requests"),
        }),
    });
    Counters::add(&counters.passes, 1);
    match answers {
        Ok(answers) => {
            Counters::add(&counters.tokens, cost);
            Counters::add(&counters.answered, expected);
            for (caller, answer) in callers.into_iter().zip(answers) {
                // A caller that went away meanwhile wants no answer.
                let _ = caller.send(Ok(answer));
            }
        }
        Err(error) => {
            tracing::error!(%error, requests = expected, "a batch failed");
            for caller in callers {
                let _ = caller.send(Err(error.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Doubles numbers, waits for a permit before each batch and notes how large batches were.
    struct Doubler {
        permits: Mutex<std::sync::mpsc::Receiver<()>>,
        batches: Mutex<Vec<usize>>,
    }

    impl Backend for Doubler {
        type Request = u32;
        type Answer = u32;

        fn cost(&self, _: &u32) -> usize {
            1
        }

        fn run(&self, requests: Vec<u32>) -> Result<Vec<u32>> {
            self.permits.lock().unwrap().recv().unwrap();
            self.batches.lock().unwrap().push(requests.len());
            if requests.contains(&13) {
                return Err(InferenceError::Compute { reason: "unlucky".into() });
            }
            Ok(requests.into_iter().map(|number| 2 * number).collect())
        }
    }

    fn doubler(queue: usize) -> (Batcher<Doubler>, Arc<Doubler>, std::sync::mpsc::Sender<()>) {
        let (permit, permits) = std::sync::mpsc::channel();
        let backend =
            Arc::new(Doubler { permits: Mutex::new(permits), batches: Mutex::new(Vec::new()) });
        (Batcher::start(backend.clone(), "doubler", queue, 3).unwrap(), backend, permit)
    }

    /// Waits until the worker holds one request and `waiting` others wait.
    async fn settle(batcher: &Batcher<Doubler>, waiting: usize) {
        while batcher.stats().running == 0 || batcher.stats().queued != waiting {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    fn ask(batcher: &Batcher<Doubler>, number: u32) -> tokio::task::JoinHandle<Result<u32>> {
        let batcher = batcher.clone();
        tokio::spawn(async move { batcher.run(number).await })
    }

    #[tokio::test]
    async fn batcher_should_merge_up_to_its_budget_when_requests_wait() {
        let (batcher, backend, permit) = doubler(8);
        let first = ask(&batcher, 1);
        settle(&batcher, 0).await;
        let rest: Vec<_> = (2..6).map(|number| ask(&batcher, number)).collect();
        settle(&batcher, 4).await;
        for _ in 0..3 {
            permit.send(()).unwrap();
        }
        assert_eq!(first.await.unwrap().unwrap(), 2);
        for (answer, number) in rest.into_iter().zip(2..6) {
            assert_eq!(answer.await.unwrap().unwrap(), 2 * number);
        }
        assert_eq!(*backend.batches.lock().unwrap(), [1, 3, 1]);
        assert_eq!(batcher.stats().answered, 5);
    }

    #[tokio::test]
    async fn batcher_should_refuse_when_its_queue_is_full() {
        let (batcher, _, permit) = doubler(2);
        let first = ask(&batcher, 1);
        settle(&batcher, 0).await;
        let (second, third) = (ask(&batcher, 2), ask(&batcher, 3));
        settle(&batcher, 2).await;
        assert_eq!(batcher.run(4).await, Err(InferenceError::Overloaded { limit: 2 }));
        assert_eq!(batcher.stats().refused, 1);
        permit.send(()).unwrap();
        permit.send(()).unwrap();
        for answer in [first, second, third] {
            assert!(answer.await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn batcher_should_skip_a_request_when_its_caller_is_gone() {
        let (batcher, backend, permit) = doubler(8);
        let first = ask(&batcher, 1);
        settle(&batcher, 0).await;
        let gone = ask(&batcher, 2);
        let stays = ask(&batcher, 3);
        settle(&batcher, 2).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        permit.send(()).unwrap();
        permit.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert_eq!(stays.await.unwrap(), Ok(6));
        assert_eq!(*backend.batches.lock().unwrap(), [1, 1]);
        assert_eq!(batcher.stats().abandoned, 1);
    }

    #[tokio::test]
    async fn batcher_should_go_on_when_a_batch_failed() {
        let (batcher, _, permit) = doubler(8);
        permit.send(()).unwrap();
        assert!(matches!(batcher.run(13).await, Err(InferenceError::Compute { .. })));
        permit.send(()).unwrap();
        assert_eq!(batcher.run(4).await, Ok(8));
    }
}
