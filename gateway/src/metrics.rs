//! What `/metrics` tells, in Prometheus' text format.

use prometheus::{
    core::Collector, Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// Seconds; the last is the limit on a request.
const LATENCIES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0];

/// Every metric of the gateway.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    latency: HistogramVec,
    /// Time to the first event of a stream.
    pub first_event: Histogram,
    asked: IntCounterVec,
    /// Second miners asked because the first was slow.
    pub hedges: IntCounter,
    /// Other miners asked because one failed.
    pub retries: IntCounter,
    checks: IntCounterVec,
    tokens: IntCounterVec,
    /// Smallest unit of all that users were charged since the start.
    pub charged: IntCounter,
    payments: IntCounterVec,
    /// Smallest unit of all that was ever paid.
    pub settled: IntGauge,
    owed: IntGaugeVec,
    miners: IntGaugeVec,
    /// Requests that run.
    pub running: IntGauge,
    /// Requests that wait.
    pub waiting: IntGauge,
    /// Age of what is known of the chain, seconds.
    pub chain_age: IntGauge,
}

impl Metrics {
    /// All of them at zero.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| keep(&registry, IntCounter::new(name, help)?);
        let gauge = |name: &str, help: &str| keep(&registry, IntGauge::new(name, help)?);
        let counters = |name: &str, help: &str, labels: &[&str]| {
            keep(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            keep(&registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let histogram =
            |name: &str, help: &str| HistogramOpts::new(name, help).buckets(LATENCIES.to_vec());
        let latency = histogram("alun_gateway_request_seconds", "Time to answer, by endpoint");
        let first = histogram("alun_gateway_first_event_seconds", "Time to a stream's first event");
        let metrics = Self {
            requests: counters(
                "alun_gateway_requests_total",
                "Requests of users by endpoint and outcome",
                &["endpoint", "outcome"],
            )?,
            latency: keep(&registry, HistogramVec::new(latency, &["endpoint"])?)?,
            first_event: keep(&registry, Histogram::with_opts(first)?)?,
            asked: counters(
                "alun_gateway_asked_total",
                "Requests to miners by subnet and outcome: answered, busy, failed",
                &["netuid", "outcome"],
            )?,
            hedges: counter("alun_gateway_hedges_total", "Second miners asked after a slow first")?,
            retries: counter("alun_gateway_retries_total", "Miners asked after one that failed")?,
            checks: counters(
                "alun_gateway_checks_total",
                "Answers checked after delivery by outcome: passed, failed, error, skipped",
                &["outcome"],
            )?,
            tokens: counters("alun_gateway_tokens_total", "Tokens metered, by kind", &["kind"])?,
            charged: counter("alun_gateway_charged_total", "Charged since the start, 1e-9 ALUN")?,
            payments: counters(
                "alun_gateway_payments_total",
                "Payments by outcome: landed, void, waiting",
                &["outcome"],
            )?,
            settled: gauge("alun_gateway_settled", "Paid to subnets in all, 1e-9 ALUN")?,
            owed: gauges("alun_gateway_owed", "Owed and not paid yet, 1e-9 ALUN", &["netuid"])?,
            miners: gauges(
                "alun_gateway_miners",
                "Miners by subnet and state: reachable, aside",
                &["netuid", "state"],
            )?,
            running: gauge("alun_gateway_running", "Requests worked on")?,
            waiting: gauge("alun_gateway_waiting", "Requests that wait to be worked on")?,
            chain_age: gauge(
                "alun_gateway_chain_age_seconds",
                "Age of what is known of the chain",
            )?,
            registry,
        };
        // Shown at zero from the start, so that an alert on them can be written.
        for outcome in ["passed", "failed", "error", "skipped"] {
            metrics.checks.with_label_values(&[outcome]).inc_by(0);
        }
        for outcome in ["landed", "void", "waiting"] {
            metrics.payments.with_label_values(&[outcome]).inc_by(0);
        }
        Ok(metrics)
    }

    /// Counts a request of a user: `outcome` is `ok`, `gone`, or the code of the error.
    pub fn request(&self, endpoint: &str, outcome: &str, took: Duration) {
        self.requests.with_label_values(&[endpoint, outcome]).inc();
        self.latency.with_label_values(&[endpoint]).observe(took.as_secs_f64());
    }

    /// Counts a request to a miner.
    pub fn asked(&self, netuid: u16, outcome: &str) {
        self.asked.with_label_values(&[&netuid.to_string(), outcome]).inc();
    }

    /// Counts a check.
    pub fn check(&self, outcome: &str) {
        self.checks.with_label_values(&[outcome]).inc();
    }

    /// Counts what was metered.
    pub fn metered(&self, prompt: u32, completion: u32, amount: u64) {
        self.tokens.with_label_values(&["prompt"]).inc_by(prompt.into());
        self.tokens.with_label_values(&["completion"]).inc_by(completion.into());
        self.charged.inc_by(amount);
    }

    /// Counts a payment.
    pub fn payment(&self, outcome: &str) {
        self.payments.with_label_values(&[outcome]).inc();
    }

    /// Notes what a subnet is owed.
    pub fn owed(&self, netuid: u16, amount: u64) {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX);
        self.owed.with_label_values(&[&netuid.to_string()]).set(amount);
    }

    /// Notes the miners of a subnet.
    pub fn miners(&self, netuid: u16, reachable: usize, aside: usize) {
        for (state, count) in [("reachable", reachable), ("aside", aside)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.miners.with_label_values(&[&netuid.to_string(), state]).set(count);
        }
    }

    /// Everything as text.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics can't be written");
        }
        text
    }
}

/// Registers a metric and returns it.
fn keep<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> prometheus::Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
