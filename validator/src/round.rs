//! One epoch's work on one subnet: challenge → collect → verify → score → row.

use crate::{
    ask::{ask, Asked, Outcome},
    crash,
    error::ValidatorError,
    evidence::{bundle, Leaf},
    metrics::Metrics,
    state::{averages, EpochRecord, Fate, MinerRecord, Row, Store},
};
use alun_client::{MechanismId, NetUid, Neuron, SubnetMetagraph};
use alun_keys::{Keypair, Vrf};
use alun_primitives::WeightCommit;
use alun_protocol::{challenge::ChallengeId, commit::commit_hash};
use alun_scoring::{
    weight_row, Average, AverageRule, Observation, Question, RowRules, Task, Verdict,
};
use rand::{rngs::OsRng, RngCore};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet};

/// What a round works with.
#[derive(Clone)]
pub struct Round {
    /// The validator's hotkey.
    pub key: Arc<Keypair>,
    /// For asking miners.
    pub http: reqwest::Client,
    /// What is asked and how it is checked.
    pub task: Arc<dyn Task>,
    /// One verification at a time in the process: the model uses every thread it is given.
    pub model: Arc<Semaphore>,
    /// Hash of the chain's genesis.
    pub genesis: [u8; 32],
    /// The subnet.
    pub netuid: NetUid,
    /// Its mechanism.
    pub mechanism: MechanismId,
    /// The epoch.
    pub epoch: u64,
    /// Height of its first block.
    pub first_block: u32,
    /// Hash of its first finalized block.
    pub epoch_block: [u8; 32],
    /// Time for an answer.
    pub limit: Duration,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// One challenge and what came of it.
struct Challenge {
    neuron: Neuron,
    k: u16,
    vrf: Vrf,
    question: Question,
    outcome: Outcome,
}

impl Round {
    /// Works the epoch and puts its record on the disk. The record's row is final.
    pub async fn work(
        self,
        metagraph: &SubnetMetagraph,
        at: [u8; 32],
        store: &Store,
        records: &BTreeMap<u64, EpochRecord>,
    ) -> Result<EpochRecord, ValidatorError> {
        let challenges = self.challenge(metagraph, at).await?;
        crash::point("collected");
        let leaves = self.verify(challenges).await?;
        crash::point("scored");
        let (evidence, root) =
            bundle(&leaves).map_err(|error| ValidatorError::Worker(error.to_string()))?;
        let miners = self.average(metagraph, &leaves, averages(records));
        let row = self.row(metagraph, &miners, root);
        let record = EpochRecord {
            epoch: self.epoch,
            first_block: self.first_block,
            window: None,
            miners,
            row,
            commit: Fate::Pending,
            reveal: Fate::Pending,
        };
        store.save_evidence(self.epoch, &evidence)?;
        store.save(&record)?;
        crash::point("row-written");
        Ok(record)
    }

    /// Miners to ask: everybody with an endpoint but ourselves.
    fn miners<'a>(&self, metagraph: &'a SubnetMetagraph) -> impl Iterator<Item = &'a Neuron> {
        let own = self.key.public();
        metagraph
            .neurons
            .iter()
            .filter(move |neuron| neuron.hotkey.0 != own && neuron.endpoint.is_some())
    }

    /// Asks everybody at the same time.
    async fn challenge(
        &self,
        metagraph: &SubnetMetagraph,
        at: [u8; 32],
    ) -> Result<Vec<Challenge>, ValidatorError> {
        // Bounded by the task (16) and by 16 bits.
        let n = self.task.challenges_per_epoch() as u16;
        let mut asked = JoinSet::new();
        for neuron in self.miners(metagraph) {
            for k in 0..n {
                let id = ChallengeId {
                    genesis: self.genesis,
                    netuid: self.netuid,
                    mechanism: self.mechanism,
                    epoch_block: self.epoch_block,
                    epoch: self.epoch,
                    miner: neuron.hotkey.0,
                    k,
                    n,
                };
                let vrf = self.key.vrf_sign(&id.bytes())?;
                let question = self.task.challenge(&vrf.seed);
                let Some(endpoint) = neuron.endpoint else { continue };
                let whom = Asked {
                    hotkey: neuron.hotkey.0,
                    endpoint,
                    genesis: self.genesis,
                    netuid: self.netuid,
                    at,
                };
                let (http, key, limit, neuron) =
                    (self.http.clone(), self.key.clone(), self.limit, neuron.clone());
                asked.spawn(async move {
                    let outcome = ask(&http, &key, &whom, &question, limit).await;
                    Challenge { neuron, k, vrf, question, outcome }
                });
            }
        }
        tracing::info!(netuid = %self.netuid, epoch = self.epoch, challenges = asked.len(), "challenging");
        crash::point("challenged");
        let mut done = Vec::new();
        while let Some(challenge) = asked.join_next().await {
            done.push(challenge.map_err(|error| ValidatorError::Worker(error.to_string()))?);
        }
        done.sort_by_key(|challenge| (challenge.neuron.uid, challenge.k));
        Ok(done)
    }

    /// Runs the own model over every answer, off the async threads.
    async fn verify(&self, challenges: Vec<Challenge>) -> Result<Vec<Leaf>, ValidatorError> {
        let n = self.task.challenges_per_epoch() as u16;
        let mut leaves = Vec::with_capacity(challenges.len());
        for challenge in challenges {
            let Challenge { neuron, k, vrf, question, outcome } = challenge;
            let mut leaf = Leaf {
                uid: neuron.uid.0,
                hotkey: neuron.hotkey.to_string(),
                k,
                n,
                epoch_block: hex::encode(self.epoch_block),
                vrf_output: hex::encode(vrf.output),
                vrf_proof: hex::encode(vrf.proof),
                answer: None,
                receipt: None,
                elapsed_ms: u64::try_from(outcome.elapsed.as_millis()).unwrap_or(u64::MAX),
                failure: None,
                verdict: None,
                score: 0.0,
            };
            match outcome.received {
                Err(failure) => {
                    self.metrics.answer("unanswered");
                    tracing::info!(netuid = %self.netuid, uid = leaf.uid, k, %failure, "no answer");
                    leaf.failure = Some(failure);
                }
                Ok(received) => {
                    leaf.answer = Some(hex::encode(received.sha256));
                    leaf.receipt = Some(received.receipt.to_header());
                    let verdict = self.verdict(question, received.answer).await?;
                    leaf.score = self.task.score(&verdict, outcome.elapsed);
                    self.metrics.answer(if verdict.passed { "verified" } else { "failed" });
                    tracing::info!(
                        netuid = %self.netuid, uid = leaf.uid, k, elapsed_ms = leaf.elapsed_ms, score = leaf.score,
                        passed = verdict.passed, finding = %verdict.finding, "answer"
                    );
                    leaf.verdict = Some(verdict);
                }
            }
            leaves.push(leaf);
        }
        Ok(leaves)
    }

    async fn verdict(
        &self,
        question: Question,
        answer: alun_scoring::Answer,
    ) -> Result<Verdict, ValidatorError> {
        let _turn = self
            .model
            .acquire()
            .await
            .map_err(|error| ValidatorError::Worker(error.to_string()))?;
        let (task, timer) = (self.task.clone(), self.metrics.verify_seconds.start_timer());
        let verdict = tokio::task::spawn_blocking(move || task.verify(&question, &answer))
            .await
            .map_err(|error| ValidatorError::Worker(error.to_string()))?;
        timer.observe_duration();
        verdict.map_err(|source| ValidatorError::Task { netuid: self.netuid.0, source })
    }

    /// Moves every miner's average. Neurons without an endpoint count as not answering.
    fn average(
        &self,
        metagraph: &SubnetMetagraph,
        leaves: &[Leaf],
        mut before: BTreeMap<String, Average>,
    ) -> Vec<MinerRecord> {
        let rule = AverageRule::default();
        let own = self.key.public();
        let mut records = Vec::new();
        for neuron in metagraph.neurons.iter().filter(|neuron| neuron.hotkey.0 != own) {
            let hotkey = neuron.hotkey.to_string();
            let known = before.remove(&hotkey);
            if neuron.endpoint.is_none() && known.is_none() {
                continue;
            }
            let (seen, finding) = observe(leaves.iter().filter(|leaf| leaf.uid == neuron.uid.0));
            let average = known.unwrap_or_default().after(&seen, &rule);
            self.metrics.average(self.netuid, neuron.uid.0, average.value);
            records.push(MinerRecord { uid: neuron.uid.0, hotkey, seen, average, finding });
        }
        records
    }

    fn row(
        &self,
        metagraph: &SubnetMetagraph,
        miners: &[MinerRecord],
        evidence_root: [u8; 32],
    ) -> Result<Row, String> {
        let rules = &metagraph.subnet.hyperparameters;
        let scores: Vec<(u16, f64)> =
            miners.iter().map(|miner| (miner.uid, miner.average.value)).collect();
        let limits = RowRules { min_weights: rules.min_weights, max_share: rules.max_weight_share };
        let (uids, values) = weight_row(&scores, limits).map_err(|none| none.to_string())?;
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        let commit = WeightCommit {
            genesis: self.genesis,
            netuid: self.netuid,
            mechanism: self.mechanism,
            hotkey: self.key.public(),
            uids,
            values,
            evidence_root,
            version: rules.weights_version,
            salt,
        };
        Ok(Row {
            hash: commit_hash(&commit),
            uids: commit.uids,
            values: commit.values,
            version: commit.version,
            salt,
            evidence_root,
            commit_reveal: rules.commit_reveal,
            reveal_period: rules.reveal_period,
        })
    }
}

/// What one miner's leaves show, and the finding that says most.
fn observe<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> (Observation, String) {
    let (mut asked, mut answered, mut verified, mut score) = (0.0, 0.0, 0.0, 0.0);
    let mut finding = String::from("no endpoint");
    for leaf in leaves {
        asked += 1.0;
        score += leaf.score;
        if let Some(verdict) = &leaf.verdict {
            answered += 1.0;
            verified += f64::from(u8::from(verdict.passed));
            finding = verdict.finding.clone();
        } else if let Some(failure) = &leaf.failure {
            finding = failure.clone();
        }
    }
    let part = |of: f64, all: f64| if all > 0.0 { of / all } else { 0.0 };
    (
        Observation {
            answered: part(answered, asked),
            verified: part(verified, answered),
            score: part(score, asked),
        },
        finding,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(verdict: Option<bool>, score: f64) -> Leaf {
        Leaf {
            uid: 1,
            hotkey: String::new(),
            k: 0,
            n: 2,
            epoch_block: String::new(),
            vrf_output: String::new(),
            vrf_proof: String::new(),
            answer: None,
            receipt: None,
            elapsed_ms: 0,
            failure: verdict.is_none().then(|| "no answer".into()),
            verdict: verdict.map(|passed| Verdict {
                passed,
                finding: "seen".into(),
                measure: 0.0,
                units: 1,
            }),
            score,
        }
    }

    #[test]
    fn observe_should_tell_silence_from_failure() {
        let (seen, finding) = observe([leaf(Some(true), 1.0), leaf(None, 0.0)].iter());
        assert_eq!(seen, Observation { answered: 0.5, verified: 1.0, score: 0.5 });
        assert_eq!(finding, "no answer");
        let (seen, _) = observe([leaf(Some(true), 1.0), leaf(Some(false), 0.0)].iter());
        assert_eq!(seen, Observation { answered: 1.0, verified: 0.5, score: 0.5 });
        let (seen, finding) = observe([].iter());
        assert_eq!(
            (seen, finding.as_str()),
            (Observation { answered: 0.0, verified: 0.0, score: 0.0 }, "no endpoint")
        );
    }
}
