//! What `/metrics` tells, in Prometheus' text format.

use crate::App;
use prometheus::{
    core::Collector, Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// Seconds; the last is the limit on a request.
const LATENCIES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0];

/// Every metric of the miner.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    latency: HistogramVec,
    pub texts: IntCounter,
    pub prompt_tokens: IntCounter,
    pub completion_tokens: IntCounter,
    pub connections_refused: IntCounter,
    running: IntGauge,
    waiting: IntGauge,
    model: IntCounterVec,
    model_queue: IntGauge,
    model_running: IntGauge,
    block: IntGauge,
    sync_age: IntGauge,
    registered: IntGauge,
    announced: IntGauge,
    leaves_with: IntGaugeVec,
}

impl Metrics {
    /// All of them at zero.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| keep(&registry, IntCounter::new(name, help)?);
        let gauge = |name: &str, help: &str| keep(&registry, IntGauge::new(name, help)?);
        let requests = Opts::new("alun_miner_requests_total", "Requests by endpoint and outcome");
        let latency =
            HistogramOpts::new("alun_miner_request_seconds", "Time to answer, by endpoint")
                .buckets(LATENCIES.to_vec());
        let leaves_with = Opts::new(
            "alun_miner_leaves_with_registration",
            "With which registration on the subnet a hotkey is evicted; none while it can't be",
        );
        let model = Opts::new("alun_miner_model_total", "Work of the model, by what is counted");
        Ok(Self {
            requests: keep(&registry, IntCounterVec::new(requests, &["endpoint", "outcome"])?)?,
            latency: keep(&registry, HistogramVec::new(latency, &["endpoint"])?)?,
            texts: counter("alun_miner_texts_total", "Texts embedded")?,
            prompt_tokens: counter("alun_miner_prompt_tokens_total", "Tokens read")?,
            completion_tokens: counter("alun_miner_completion_tokens_total", "Tokens generated")?,
            connections_refused: counter(
                "alun_miner_connections_refused_total",
                "Connections closed at once because there were too many",
            )?,
            running: gauge("alun_miner_running", "Requests admitted")?,
            waiting: gauge("alun_miner_waiting", "Requests that wait to be admitted")?,
            model: keep(&registry, IntCounterVec::new(model, &["what"])?)?,
            model_queue: gauge("alun_miner_model_queued", "Requests that wait for the model")?,
            model_running: gauge("alun_miner_model_running", "Requests in the model's batch")?,
            block: gauge("alun_miner_chain_block", "Newest finalized block known")?,
            sync_age: gauge("alun_miner_chain_age_seconds", "Age of what is known of the subnet")?,
            registered: gauge("alun_miner_registered", "Served hotkeys that hold a uid")?,
            leaves_with: keep(&registry, IntGaugeVec::new(leaves_with, &["hotkey"])?)?,
            announced: gauge("alun_miner_announced", "Served hotkeys whose endpoint is on chain")?,
            registry,
        })
    }

    /// Counts a request: `outcome` is `ok` or the code of the refusal.
    pub fn request(&self, endpoint: &str, outcome: &str, took: Duration) {
        self.requests.with_label_values(&[endpoint, outcome]).inc();
        self.latency.with_label_values(&[endpoint]).observe(took.as_secs_f64());
    }

    /// Everything as text.
    pub fn text(&self, app: &App) -> Vec<u8> {
        self.read(app);
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics can't be written");
        }
        text
    }

    /// Takes the numbers that are kept elsewhere.
    fn read(&self, app: &App) {
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.running.set(number(app.admission.running()));
        self.waiting.set(number(app.admission.waiting()));
        let stats = app.model.stats();
        self.model_queue.set(number(stats.queued));
        self.model_running.set(number(stats.running));
        for (what, total) in [
            ("passes", stats.passes),
            ("answered", stats.answered),
            ("refused", stats.refused),
            ("abandoned", stats.abandoned),
            ("tokens", stats.tokens),
        ] {
            let counter = self.model.with_label_values(&[what]);
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        let snapshot = app.view.snapshot();
        self.block.set(app.view.finalized().into());
        self.sync_age.set(i64::try_from(snapshot.age().as_secs()).unwrap_or(i64::MAX));
        let uids = app.served.iter().filter(|one| snapshot.of(&one.hotkey.public()).is_some());
        self.registered.set(number(uids.count()));
        self.leaves_with.reset();
        for one in &app.served {
            let standing = snapshot.of(&one.hotkey.public());
            if let Some(left) = standing.and_then(|standing| standing.leaves_with) {
                let hotkey = one.hotkey.ss58();
                self.leaves_with.with_label_values(&[hotkey.as_str()]).set(left.into());
            }
        }
        self.announced.set(number(app.announcements.done()));
    }
}

/// Registers a metric and returns it.
fn keep<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> prometheus::Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
