//! Counters for Prometheus.

use alun_client::NetUid;
use prometheus::{
    Encoder, GaugeVec, Histogram, HistogramOpts, IntCounterVec, Opts, Registry, TextEncoder,
};

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    answers: IntCounterVec,
    rows: IntCounterVec,
    averages: GaugeVec,
    /// Time that the own model takes for one answer.
    pub verify_seconds: Histogram,
    /// Epochs worked, by subnet.
    pub epochs: IntCounterVec,
}

impl Metrics {
    /// New counters, all at zero.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let answers = IntCounterVec::new(
            Opts::new(
                "alun_validator_answers_total",
                "Answers by what became of them: verified, failed, unanswered",
            ),
            &["outcome"],
        )?;
        let rows = IntCounterVec::new(
            Opts::new(
                "alun_validator_rows_total",
                "Rows by what became of them: committed, revealed, not_landed",
            ),
            &["outcome"],
        )?;
        let averages = GaugeVec::new(
            Opts::new("alun_validator_average", "Moving average of a miner's score"),
            &["netuid", "uid"],
        )?;
        let epochs = IntCounterVec::new(
            Opts::new("alun_validator_epochs_total", "Epochs worked"),
            &["netuid"],
        )?;
        let verify_seconds = Histogram::with_opts(
            HistogramOpts::new(
                "alun_validator_verify_seconds",
                "Time that verifying one answer took",
            )
            .buckets(vec![0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]),
        )?;
        for collector in [&answers, &rows, &epochs] {
            registry.register(Box::new(collector.clone()))?;
        }
        registry.register(Box::new(averages.clone()))?;
        registry.register(Box::new(verify_seconds.clone()))?;
        // Shown at zero from the start, so that an alert on them can be written.
        ["verified", "failed", "unanswered"]
            .iter()
            .for_each(|outcome| answers.with_label_values(&[outcome]).inc_by(0));
        ["committed", "revealed", "not_landed"]
            .iter()
            .for_each(|outcome| rows.with_label_values(&[outcome]).inc_by(0));
        Ok(Self { registry, answers, rows, averages, verify_seconds, epochs })
    }

    /// Counts an answer.
    pub fn answer(&self, outcome: &str) {
        self.answers.with_label_values(&[outcome]).inc();
    }

    /// Counts a row.
    pub fn row(&self, outcome: &str) {
        self.rows.with_label_values(&[outcome]).inc();
    }

    /// Notes a miner's average.
    pub fn average(&self, netuid: NetUid, uid: u16, value: f64) {
        self.averages.with_label_values(&[&netuid.to_string(), &uid.to_string()]).set(value);
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        let mut bytes = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
