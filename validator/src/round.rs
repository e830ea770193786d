//! One epoch's work on one subnet: challenge → collect → verify → score → row.

use crate::{
    ask::{ask, Asked, Outcome},
    crash,
    error::ValidatorError,
    metrics::Metrics,
    state::{past, EpochRecord, Fate, MinerRecord, Row, Store},
};
use alun_client::{MechanismId, NetUid, Neuron, SubnetMetagraph};
use alun_evidence::{
    check::score, recompute, recorded, sentence, Bundle, Entry, Header, Miner, Previous, Request,
    FORMAT,
};
use alun_keys::{Keypair, Vrf};
use alun_primitives::WeightCommit;
use alun_protocol::{challenge::ChallengeId, commit::commit_hash};
use alun_scoring::{Average, AverageRule, Question, Task, TaskError, Verdict};
use codec::Encode;
use rand::{rngs::OsRng, RngCore};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet};

/// A line of the evidence.
type Leaf = alun_evidence::Challenge;

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
    /// Height and hash of the final block at which the metagraph was read.
    pub at: (u32, [u8; 32]),
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
        store: &Store,
        records: &BTreeMap<u64, EpochRecord>,
    ) -> Result<EpochRecord, ValidatorError> {
        let challenges = self.challenge(metagraph).await?;
        crash::point("collected");
        let mut answers = Vec::new();
        let leaves = self.verify(challenges, &mut answers).await?;
        crash::point("scored");
        let (previous, averages) = past(records);
        let mut bundle = Bundle {
            header: self.header(metagraph, previous),
            entries: self.average(metagraph, leaves, averages),
        };
        let (evidence, root) = bundle.seal()?;
        let record = EpochRecord {
            epoch: self.epoch,
            first_block: self.first_block,
            window: None,
            miners: bundle.entries.iter().map(record).collect(),
            row: self.row(metagraph, &bundle, root),
            commit: Fate::Pending,
            reveal: Fate::Pending,
            evidence: Some(hex::encode(root)),
        };
        store.save_evidence(self.epoch, &evidence, &answers)?;
        store.save(&record)?;
        crash::point("row-written");
        Ok(record)
    }

    fn header(&self, metagraph: &SubnetMetagraph, previous: Option<Previous>) -> Header {
        let rules = &metagraph.subnet.hyperparameters;
        Header {
            format: FORMAT,
            genesis: hex::encode(self.genesis),
            netuid: self.netuid.0,
            mechanism: self.mechanism.0,
            epoch: self.epoch,
            first_block: self.first_block,
            epoch_block: hex::encode(self.epoch_block),
            roster_block: self.at.0,
            validator: self.key.ss58(),
            task: hex::encode(metagraph.subnet.task.encode()),
            model: hex::encode(self.task.model()),
            challenges: self.task.challenges_per_epoch() as u16,
            min_weights: rules.min_weights,
            max_weight_share: rules.max_weight_share,
            weights_version: rules.weights_version,
            rule: AverageRule::default(),
            previous,
            miners: 0,
            leaves: 0,
        }
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
                let question = self.question(vrf.seed).await?;
                let Some(endpoint) = neuron.endpoint else { continue };
                let whom = Asked {
                    hotkey: neuron.hotkey.0,
                    endpoint,
                    genesis: self.genesis,
                    netuid: self.netuid,
                    at: self.at.1,
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

    /// Runs the own model over every answer, off the async threads; leaves by uid, and the answers.
    async fn verify(
        &self,
        challenges: Vec<Challenge>,
        answers: &mut Vec<([u8; 32], Vec<u8>)>,
    ) -> Result<BTreeMap<u16, Vec<Leaf>>, ValidatorError> {
        let mut leaves: BTreeMap<u16, Vec<Leaf>> = BTreeMap::new();
        for challenge in challenges {
            let Challenge { neuron, k, vrf, question, outcome } = challenge;
            let mut leaf = Leaf {
                uid: neuron.uid.0,
                k,
                vrf_output: hex::encode(vrf.output),
                vrf_proof: hex::encode(vrf.proof),
                request: None,
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
                    leaf.failure = Some(sentence(&failure));
                }
                Ok(received) => {
                    leaf.request = Some(Request {
                        at: hex::encode(self.at.1),
                        nonce: received.nonce,
                        signature: hex::encode(received.signature),
                    });
                    leaf.answer = Some(hex::encode(received.sha256));
                    leaf.receipt = Some(received.receipt.to_header());
                    let verdict = match self.verdict(question, received.answer).await {
                        // The program's failure, not the miner's: the leaf is that of no answer.
                        Err(ValidatorError::Task {
                            source: TaskError::External(error), ..
                        }) => {
                            self.metrics.answer("unjudged");
                            (leaf.request, leaf.answer, leaf.receipt) = (None, None, None);
                            leaf.failure = Some(sentence(&error.to_string()));
                            leaves.entry(leaf.uid).or_default().push(leaf);
                            continue;
                        }
                        verdict => recorded(verdict?),
                    };
                    answers.push((received.sha256, received.bytes));
                    leaf.score = score(self.task.as_ref(), Some(&verdict), leaf.elapsed_ms);
                    self.metrics.answer(if verdict.passed { "verified" } else { "failed" });
                    tracing::info!(
                        netuid = %self.netuid, uid = leaf.uid, k, elapsed_ms = leaf.elapsed_ms, score = leaf.score,
                        passed = verdict.passed, finding = %verdict.finding, "answer"
                    );
                    leaf.verdict = Some(verdict);
                }
            }
            leaves.entry(leaf.uid).or_default().push(leaf);
        }
        Ok(leaves)
    }

    /// The question of a seed, off the async threads: an external program may take its time.
    async fn question(&self, seed: [u8; 32]) -> Result<Question, ValidatorError> {
        let task = self.task.clone();
        tokio::task::spawn_blocking(move || task.challenge(&seed))
            .await
            .map_err(|error| ValidatorError::Worker(error.to_string()))?
            .map_err(|source| ValidatorError::Task { netuid: self.netuid.0, source })
    }

    async fn verdict(
        &self,
        question: Question,
        answer: alun_scoring::Answer,
    ) -> Result<Verdict, ValidatorError> {
        // An external program that hangs must not hold up the other subnets' checks.
        let _turn = match self.task.uses_model() {
            false => None,
            true => Some(
                self.model
                    .acquire()
                    .await
                    .map_err(|error| ValidatorError::Worker(error.to_string()))?,
            ),
        };
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
        mut leaves: BTreeMap<u16, Vec<Leaf>>,
        mut before: BTreeMap<String, Average>,
    ) -> Vec<Entry> {
        let own = self.key.public();
        let mut neurons: Vec<&Neuron> =
            metagraph.neurons.iter().filter(|neuron| neuron.hotkey.0 != own).collect();
        neurons.sort_by_key(|neuron| neuron.uid);
        let mut entries = Vec::new();
        for neuron in neurons {
            let hotkey = neuron.hotkey.to_string();
            let known = before.remove(&hotkey);
            if neuron.endpoint.is_none() && known.is_none() {
                continue;
            }
            let challenges = leaves.remove(&neuron.uid.0).unwrap_or_default();
            let before = known.unwrap_or_default();
            let after = recompute::average(before, &challenges, &AverageRule::default());
            self.metrics.average(self.netuid, neuron.uid.0, after.value);
            let miner = Miner {
                uid: neuron.uid.0,
                hotkey,
                asked: neuron.endpoint.is_some(),
                model: neuron.endpoint.and_then(|endpoint| endpoint.model).map(hex::encode),
                before,
                after,
            };
            entries.push(Entry { miner, challenges });
        }
        entries
    }

    fn row(
        &self,
        metagraph: &SubnetMetagraph,
        bundle: &Bundle,
        evidence_root: [u8; 32],
    ) -> Result<Row, String> {
        let rules = &metagraph.subnet.hyperparameters;
        let (uids, values) = bundle.row().map_err(|none| none.to_string())?;
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

/// What the state keeps of a miner, with the finding that says most.
fn record(entry: &Entry) -> MinerRecord {
    let mut finding = String::from("no endpoint");
    for leaf in &entry.challenges {
        if let Some(verdict) = &leaf.verdict {
            finding = verdict.finding.clone();
        } else if let Some(failure) = &leaf.failure {
            finding = failure.clone();
        }
    }
    MinerRecord {
        uid: entry.miner.uid,
        hotkey: entry.miner.hotkey.clone(),
        seen: recompute::observe(&entry.challenges),
        average: entry.miner.after,
        finding,
    }
}
