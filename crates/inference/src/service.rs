//! The models as async services: clone-able handles of one worker thread each.

use crate::{
    batcher::{Batcher, Counters, Queue, ServiceStats},
    decoding::{cache_tokens, Sequence},
    EmbeddingModel, GenerateRequest, Generated, GenerationModel, InferenceError, Result, Sampling,
    ServiceOptions, StreamToken, TokenCheck,
};
use std::sync::{atomic::Ordering, Arc};
use tokio::sync::{mpsc, oneshot};

/// An embedding model behind a queue.
#[derive(Clone)]
pub struct EmbeddingService {
    model: Arc<EmbeddingModel>,
    batcher: Batcher<EmbeddingModel>,
}

impl EmbeddingService {
    /// Starts the worker.
    pub fn start(model: Arc<EmbeddingModel>, options: ServiceOptions) -> Result<Self> {
        let budget = options.pass_tokens.saturating_mul(8);
        let batcher = Batcher::start(model.clone(), "embedding", options.queue, budget)?;
        Ok(Self { model, batcher })
    }

    /// The model behind it.
    pub fn model(&self) -> &Arc<EmbeddingModel> {
        &self.model
    }

    /// One unit vector per text, in order; see [`EmbeddingModel::embed`]. Requests that wait at the
    /// same time are computed together. A wrong request is refused before it is queued.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        self.batcher.run(self.model.tokenize(&texts)?).await
    }

    /// What it has done and is doing.
    pub fn stats(&self) -> ServiceStats {
        self.batcher.stats()
    }
}

/// A generation model behind a queue. Sequences are generated side by side; a new one joins
/// between two tokens of the others.
#[derive(Clone)]
pub struct GenerationService {
    model: Arc<GenerationModel>,
    queue: Queue<Job>,
}

enum Job {
    Generate { request: GenerateRequest, caller: Caller },
    Verify { prompt: Vec<u32>, answer: Vec<u32>, sampling: Sampling, caller: VerifyCaller },
}

type VerifyCaller = oneshot::Sender<Result<Vec<TokenCheck>>>;

/// Who waits for an answer.
enum Caller {
    Whole(oneshot::Sender<Result<Generated>>),
    Stream(mpsc::Sender<Result<StreamToken>>),
}

impl Caller {
    fn is_gone(&self) -> bool {
        match self {
            Self::Whole(sender) => sender.is_closed(),
            Self::Stream(sender) => sender.is_closed(),
        }
    }

    fn fail(self, error: InferenceError) {
        // Nothing to do for a caller that is gone.
        match self {
            Self::Whole(sender) => drop(sender.send(Err(error))),
            Self::Stream(sender) => drop(sender.try_send(Err(error))),
        }
    }
}

impl GenerationService {
    /// Starts the worker.
    pub fn start(model: Arc<GenerationModel>, options: ServiceOptions) -> Result<Self> {
        let shared = model.clone();
        let queue = Queue::start("generation", options.queue, move |receiver, counters| {
            Worker {
                model: shared,
                options,
                receiver,
                counters,
                waiting: None,
                running: Vec::new(),
            }
            .work();
        })?;
        Ok(Self { model, queue })
    }

    /// The model behind it.
    pub fn model(&self) -> &Arc<GenerationModel> {
        &self.model
    }

    /// The whole answer; see [`GenerationModel::generate`]. Dropping the future stops the work.
    pub async fn generate(&self, request: GenerateRequest) -> Result<Generated> {
        self.model.check(&request)?;
        let (sender, receiver) = oneshot::channel();
        self.queue.push(Job::Generate { request, caller: Caller::Whole(sender) })?;
        receiver.await.map_err(|_| InferenceError::Stopped)?
    }

    /// The answer token by token. A wrong request or a full queue fails here; afterwards at most
    /// one error comes through the channel, as its last item. Dropping the receiver stops the work.
    pub fn generate_stream(
        &self,
        request: GenerateRequest,
    ) -> Result<mpsc::Receiver<Result<StreamToken>>> {
        self.model.check(&request)?;
        // Room for every token and an error: the worker never waits for a slow reader.
        let (sender, receiver) = mpsc::channel(request.max_new_tokens.saturating_add(1));
        self.queue.push(Job::Generate { request, caller: Caller::Stream(sender) })?;
        Ok(receiver)
    }

    /// Checks an answer; see [`GenerationModel::verify`]. Takes its turn between the tokens of
    /// running sequences.
    pub async fn verify(
        &self,
        prompt: Vec<u32>,
        answer: Vec<u32>,
        sampling: Sampling,
    ) -> Result<Vec<TokenCheck>> {
        let (caller, receiver) = oneshot::channel();
        self.queue.push(Job::Verify { prompt, answer, sampling, caller })?;
        receiver.await.map_err(|_| InferenceError::Stopped)?
    }

    /// What it has done and is doing.
    pub fn stats(&self) -> ServiceStats {
        self.queue.counters.snapshot()
    }
}

struct Running {
    sequence: Sequence,
    caller: Caller,
}

struct Worker {
    model: Arc<GenerationModel>,
    options: ServiceOptions,
    receiver: mpsc::Receiver<Job>,
    counters: Arc<Counters>,
    /// The next job, taken off the queue and waiting for room in the cache.
    waiting: Option<Job>,
    running: Vec<Running>,
}

impl Worker {
    fn work(mut self) {
        loop {
            if self.running.is_empty() && self.waiting.is_none() {
                match self.receiver.blocking_recv() {
                    Some(job) => self.waiting = Some(job),
                    None => return,
                }
            }
            self.admit();
            self.forget_abandoned();
            self.counters.running.store(self.running.len(), Ordering::Relaxed);
            if !self.running.is_empty() {
                self.pass();
            }
            self.counters.running.store(self.running.len(), Ordering::Relaxed);
        }
    }

    /// Takes jobs off the queue, in order, while there is room for them.
    fn admit(&mut self) {
        while self.running.len() < self.options.running.max(1) {
            let Some(job) = self.waiting.take().or_else(|| self.receiver.try_recv().ok()) else {
                return;
            };
            match job {
                Job::Generate { request, caller } => {
                    if !caller.is_gone() && !self.has_room(&request) {
                        self.waiting = Some(Job::Generate { request, caller });
                        return;
                    }
                    self.counters.queued.fetch_sub(1, Ordering::Relaxed);
                    self.start(request, caller);
                }
                Job::Verify { prompt, answer, sampling, caller } => {
                    self.counters.queued.fetch_sub(1, Ordering::Relaxed);
                    self.verify(&prompt, &answer, &sampling, caller);
                }
            }
        }
    }

    /// True if the cache has room for a request; an empty one takes a request of any size.
    fn has_room(&self, request: &GenerateRequest) -> bool {
        let reserved: usize = self.running.iter().map(|running| running.sequence.reserved()).sum();
        self.running.is_empty() || reserved + cache_tokens(request) <= self.options.cache_tokens
    }

    fn start(&mut self, request: GenerateRequest, caller: Caller) {
        if caller.is_gone() {
            return Counters::add(&self.counters.abandoned, 1);
        }
        match self.model.start(request) {
            Ok(sequence) => self.running.push(Running { sequence, caller }),
            Err(error) => caller.fail(error),
        }
    }

    fn verify(&self, prompt: &[u32], answer: &[u32], sampling: &Sampling, caller: VerifyCaller) {
        if caller.is_closed() {
            return Counters::add(&self.counters.abandoned, 1);
        }
        let checks = self.model.verify(prompt, answer, sampling);
        Counters::add(&self.counters.passes, 1);
        Counters::add(&self.counters.answered, usize::from(checks.is_ok()));
        // A caller that went away meanwhile wants no answer.
        let _ = caller.send(checks);
    }

    fn forget_abandoned(&mut self) {
        let before = self.running.len();
        self.running.retain(|running| !running.caller.is_gone());
        Counters::add(&self.counters.abandoned, before - self.running.len());
    }

    /// One pass over all running sequences; hands out what it brought.
    fn pass(&mut self) {
        let mut sequences: Vec<&mut Sequence> =
            self.running.iter_mut().map(|running| &mut running.sequence).collect();
        Counters::add(&self.counters.passes, 1);
        match self.model.step(&mut sequences, self.options.pass_tokens) {
            Ok(produced) => self.hand_out(produced),
            Err(error) => {
                tracing::error!(%error, sequences = self.running.len(), "a pass failed");
                for running in self.running.drain(..) {
                    running.caller.fail(error.clone());
                }
            }
        }
    }

    fn hand_out(&mut self, produced: Vec<Option<StreamToken>>) {
        let mut still = Vec::with_capacity(self.running.len());
        for (running, token) in self.running.drain(..).zip(produced) {
            Counters::add(&self.counters.tokens, usize::from(token.is_some()));
            if let (Caller::Stream(sender), Some(token)) = (&running.caller, token) {
                // The channel has room for every token; if its reader is gone, the next round of
                // `forget_abandoned` ends this sequence.
                let _ = sender.try_send(Ok(token));
            }
            if !running.sequence.is_finished() {
                still.push(running);
                continue;
            }
            Counters::add(&self.counters.answered, 1);
            if let Caller::Whole(sender) = running.caller {
                let _ = sender.send(Ok(running.sequence.into_generated()));
            }
        }
        self.running = still;
    }
}
