//! What an auditor checks, without network and chain: it is given what the chain says, and tells for
//! each check whether it passed, failed, or could not be made and why.

use crate::{
    bundle::{Bundle, Entry},
    leaf::{nine, recorded, Challenge, Header, Miner},
    merkle::Hash,
    recompute,
};
use alun_primitives::{MechanismId, NetUid};
use alun_protocol::{
    auth, challenge::vrf_verify, challenge::ChallengeId, query::Query, receipt::SignedReceipt,
    sr25519, ss58,
};
use alun_scoring::{Answer, Average, AverageRule, Question, Task, Verdict};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, time::Duration};

/// How a check ended; with a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "says", rename_all = "snake_case")]
pub enum Outcome {
    /// What was found is right.
    Passed(String),
    /// It is not: the validator is caught.
    Failed(String),
    /// It could not be checked.
    NotChecked(String),
}

/// A check by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name (docs/audit.md).
    pub check: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A neuron as the chain had it at the roster block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rostered {
    /// Uid.
    pub uid: u16,
    /// Hotkey.
    pub hotkey: [u8; 32],
    /// Whether it had an endpoint.
    pub serving: bool,
    /// The model that it had announced.
    pub model: Option<[u8; 32]>,
}

/// What the chain says about an epoch.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Hash of the genesis block.
    pub genesis: [u8; 32],
    /// Subnet.
    pub netuid: u16,
    /// Mechanism.
    pub mechanism: u8,
    /// Epoch.
    pub epoch: u64,
    /// Height of its first block, by the subnet's schedule.
    pub first_block: u32,
    /// Hash of that block.
    pub epoch_block: [u8; 32],
    /// Height of the block before the next epoch's first.
    pub last_block: u32,
    /// The validator's hotkey.
    pub validator: [u8; 32],
    /// Task descriptor at the roster block, SCALE.
    pub task: Vec<u8>,
    /// The model that it names, if any.
    pub model: Option<[u8; 32]>,
    /// `min_weights` there.
    pub min_weights: u16,
    /// `max_weight_share` there.
    pub max_weight_share: u16,
    /// `weights_version` there.
    pub weights_version: u64,
    /// Every neuron there, by uid.
    pub roster: Vec<Rostered>,
}

/// How questions and answers look on the wire.
pub trait Wire {
    /// Path and body of the request that a question is.
    fn request(&self, question: &Question) -> Result<(&'static str, Vec<u8>), String>;
    /// The answer in a body.
    fn answer(&self, question: &Question, body: &[u8]) -> Result<Answer, String>;
}

fn finding(check: &'static str, result: Result<String, String>) -> Finding {
    let outcome = result.map_or_else(Outcome::Failed, Outcome::Passed);
    Finding { check, outcome }
}

/// A check that could not be made.
pub fn unchecked(check: &'static str, why: impl Into<String>) -> Finding {
    Finding { check, outcome: Outcome::NotChecked(why.into()) }
}

fn digits<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| format!("{text:.20?} is not {N} bytes of hex"))?;
    Ok(bytes)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, right: T) -> Result<(), String> {
    if found == right {
        return Ok(());
    }
    Err(format!("{what} is {found:.80?}, the chain has {right:.80?}"))
}

fn ensure(right: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    right.then_some(()).ok_or_else(wrong)
}

/// `root`: the bundle's root is the one on chain.
pub fn root(found: &Hash, on_chain: &Hash) -> Finding {
    let result = if found == on_chain {
        Ok(format!("the revealed row names {}", hex::encode(found)))
    } else {
        let (found, on_chain) = (hex::encode(found), hex::encode(on_chain));
        Err(format!("the bundle's root is {found}, the revealed row names {on_chain}"))
    };
    finding("root", result)
}

/// `header`: chain, epoch, blocks, validator, task and rules are what the chain had.
pub fn header(header: &Header, facts: &Facts) -> Finding {
    let check = || {
        same("genesis", header.genesis.clone(), hex::encode(facts.genesis))?;
        same("netuid", header.netuid, facts.netuid)?;
        same("mechanism", header.mechanism, facts.mechanism)?;
        same("epoch", header.epoch, facts.epoch)?;
        same("the first block", header.first_block, facts.first_block)?;
        same("the epoch block", header.epoch_block.clone(), hex::encode(facts.epoch_block))?;
        let blocks = facts.first_block..=facts.last_block;
        ensure(blocks.contains(&header.roster_block), || {
            format!("roster block {} is not of the epoch: {blocks:?}", header.roster_block)
        })?;
        same("the validator", header.validator.clone(), ss58::encode(&facts.validator))?;
        same("the task", header.task.clone(), hex::encode(&facts.task))?;
        if let Some(model) = facts.model {
            same("the model", header.model.clone(), hex::encode(model))?;
        }
        same("min_weights", header.min_weights, facts.min_weights)?;
        same("max_weight_share", header.max_weight_share, facts.max_weight_share)?;
        same("weights_version", header.weights_version, facts.weights_version)?;
        ensure(header.rule == AverageRule::default(), || {
            format!("averages move by {:?}, not by the protocol's rule", header.rule)
        })?;
        Ok(format!(
            "epoch {} of subnet {}, read at block {}",
            header.epoch, header.netuid, header.roster_block
        ))
    };
    finding("header", check())
}

/// `coverage`: every miner is there, with each of its challenges, and nobody else.
pub fn coverage(bundle: &Bundle, facts: &Facts) -> Finding {
    let check = || {
        let mut found: BTreeMap<u16, &Entry> = BTreeMap::new();
        for entry in &bundle.entries {
            let uid = entry.miner.uid;
            ensure(found.keys().next_back().is_none_or(|last| *last < uid), || {
                format!("uid {uid} is not in ascending order")
            })?;
            found.insert(uid, entry);
        }
        for neuron in facts.roster.iter().filter(|neuron| neuron.hotkey != facts.validator) {
            let Some(entry) = found.remove(&neuron.uid) else {
                ensure(!neuron.serving, || format!("uid {} is left out", neuron.uid))?;
                continue;
            };
            rostered(entry, neuron, bundle.header.challenges)?;
        }
        if let Some(uid) = found.keys().next() {
            return Err(format!("uid {uid} was not to be scored"));
        }
        let challenges = bundle.challenges().count();
        Ok(format!("{} miners, {challenges} challenges, none left out", bundle.entries.len()))
    };
    finding("coverage", check())
}

fn rostered(entry: &Entry, neuron: &Rostered, n: u16) -> Result<(), String> {
    let Entry { miner, challenges } = entry;
    let uid = miner.uid;
    same(&format!("the hotkey of uid {uid}"), &miner.hotkey, &ss58::encode(&neuron.hotkey))?;
    same(&format!("whether uid {uid} has an endpoint"), miner.asked, neuron.serving)?;
    same(&format!("the model of uid {uid}"), miner.model.clone(), neuron.model.map(hex::encode))?;
    let wanted: Vec<u16> = if neuron.serving { (0..n).collect() } else { Vec::new() };
    let found: Vec<u16> = challenges.iter().map(|one| one.k).collect();
    ensure(found == wanted, || {
        format!("uid {uid} has the challenges {found:?}, {wanted:?} are its own")
    })
}

/// The seed of each challenge, in the bundle's order.
pub type Seeds = Vec<[u8; 32]>;

/// `challenges`: each one's VRF is the validator's over this epoch and miner. Gives the seeds.
pub fn challenges(bundle: &Bundle, facts: &Facts) -> (Finding, Option<Seeds>) {
    let seed = |miner: &Miner, one: &Challenge| -> Result<[u8; 32], String> {
        let hotkey = ss58::decode(&miner.hotkey).map_err(|error| error.to_string())?;
        let id = ChallengeId {
            genesis: facts.genesis,
            netuid: NetUid(facts.netuid),
            mechanism: MechanismId(facts.mechanism),
            epoch_block: facts.epoch_block,
            epoch: facts.epoch,
            miner: hotkey,
            k: one.k,
            n: bundle.header.challenges,
        };
        let (output, proof) = (digits(&one.vrf_output)?, digits(&one.vrf_proof)?);
        vrf_verify(&facts.validator, &id.bytes(), &output, &proof).ok_or_else(|| {
            format!(
                "uid {}, challenge {}: the VRF is not this validator's for this epoch and miner",
                miner.uid, one.k
            )
        })
    };
    let seeds: Result<Seeds, String> =
        bundle.challenges().map(|(miner, one)| seed(miner, one)).collect();
    match seeds {
        Ok(seeds) => {
            let says = format!("{} VRF proofs are this validator's", seeds.len());
            (finding("challenges", Ok(says)), Some(seeds))
        }
        Err(wrong) => (finding("challenges", Err(wrong)), None),
    }
}

fn at<'a>(miner: &'a Miner, one: &'a Challenge) -> impl Fn(&str) -> String + 'a {
    move |wrong| format!("uid {}, challenge {}: {wrong}", miner.uid, one.k)
}

/// `receipts`: each answer has a receipt of its miner, for this chain and subnet, this answer and
/// the model announced; what has no answer has no verdict either.
pub fn receipts(bundle: &Bundle, facts: &Facts) -> Finding {
    let check = |miner: &Miner, one: &Challenge| -> Result<bool, String> {
        let (Some(request), Some(answer), Some(receipt), Some(_), None) =
            (&one.request, &one.answer, &one.receipt, &one.verdict, &one.failure)
        else {
            let silent = one.request.is_none()
                && one.answer.is_none()
                && one.receipt.is_none()
                && one.verdict.is_none()
                && one.failure.is_some();
            return silent
                .then_some(false)
                .ok_or_else(|| "neither an answer with all that belongs to it nor none".into());
        };
        let signed = SignedReceipt::from_header(receipt).map_err(|error| error.to_string())?;
        signed.verify_signature().map_err(|error| error.to_string())?;
        let receipt = &signed.receipt;
        let query = Query::new(&facts.genesis, NetUid(facts.netuid), digits(&request.at)?);
        let hotkey = ss58::decode(&miner.hotkey).map_err(|error| error.to_string())?;
        ensure(receipt.hotkey == hotkey, || "the receipt is another miner's".into())?;
        ensure(
            (receipt.net, receipt.netuid, receipt.at) == (query.net, query.netuid, query.at),
            || "the receipt is for another chain, subnet or block".into(),
        )?;
        let hash = auth::request_hash(&digits(&request.signature)?);
        ensure(receipt.request == hash, || "the receipt is for another request".into())?;
        ensure(receipt.answer == digits(answer)?, || "the receipt is for another answer".into())?;
        let model = miner.model.as_deref().map(digits).transpose()?;
        ensure(model.is_none_or(|model| model == receipt.model), || {
            "the receipt names another model than the one announced".into()
        })?;
        Ok(true)
    };
    let mut signed = 0usize;
    let all = bundle.challenges().try_for_each(|(miner, one)| {
        signed += usize::from(check(miner, one).map_err(|wrong| at(miner, one)(&wrong))?);
        Ok(())
    });
    finding("receipts", all.map(|()| format!("{signed} answers are signed by their miners")))
}

/// `requests`: each request was the question of its seed, signed by the validator for that miner.
pub fn requests(
    bundle: &Bundle,
    facts: &Facts,
    seeds: &Seeds,
    task: &dyn Task,
    wire: &dyn Wire,
) -> Finding {
    let check = |miner: &Miner, one: &Challenge, seed: &[u8; 32]| -> Result<bool, String> {
        let Some(request) = &one.request else { return Ok(false) };
        let (path, body) =
            wire.request(&task.challenge(seed).map_err(|error| error.to_string())?)?;
        let query = Query::new(&facts.genesis, NetUid(facts.netuid), digits(&request.at)?);
        let (sender, target) = (ss58::encode(&facts.validator), query.target(path));
        let signed =
            auth::payload("POST", &target, &body, request.nonce, &sender, Some(&miner.hotkey));
        let right = sr25519::verify(&facts.validator, &signed, &digits(&request.signature)?);
        ensure(right, || "the signed request is not the question of its seed".into())?;
        Ok(true)
    };
    let mut right = 0usize;
    let all = bundle.challenges().zip(seeds).try_for_each(|((miner, one), seed)| {
        right += usize::from(check(miner, one, seed).map_err(|wrong| at(miner, one)(&wrong))?);
        Ok(())
    });
    finding("requests", all.map(|()| format!("{right} requests are the questions of their seeds")))
}

/// `scores`: each follows from its verdict and time.
pub fn scores(bundle: &Bundle, task: &dyn Task) -> Finding {
    let mut counted = 0usize;
    let all = bundle.challenges().try_for_each(|(miner, one)| {
        let right = score(task, one.verdict.as_ref(), one.elapsed_ms);
        counted += 1;
        ensure(one.score == right, || {
            let wrong = format!("the score is {}, verdict and time give {right}", one.score);
            at(miner, one)(&wrong)
        })
    });
    finding("scores", all.map(|()| format!("{counted} follow from verdict and time")))
}

/// The score of a challenge, as leaves hold it.
pub fn score(task: &dyn Task, verdict: Option<&Verdict>, elapsed_ms: u64) -> f64 {
    let elapsed = Duration::from_millis(elapsed_ms);
    verdict.map_or(0.0, |verdict| nine(task.score(verdict, elapsed)))
}

/// Part of `model`: whether an answer's bytes give the verdict in its leaf.
pub fn judged(
    one: &Challenge,
    seed: &[u8; 32],
    body: &[u8],
    task: &dyn Task,
    wire: &dyn Wire,
) -> Result<(), String> {
    let hash = hex::encode(Sha256::digest(body));
    ensure(one.answer.as_deref() == Some(hash.as_str()), || {
        "the bytes served are not the answer of the leaf".into()
    })?;
    let question = task.challenge(seed).map_err(|error| error.to_string())?;
    let Some(claimed) = &one.verdict else { return Err("there is no verdict".into()) };
    let answer = wire.answer(&question, body)?;
    let own = task.verify(&question, &answer).map(recorded).map_err(|error| error.to_string())?;
    ensure(agree(claimed, &own), || {
        let words = |verdict: &Verdict| if verdict.passed { "passed" } else { "failed" };
        format!(
            "the leaf says {} at {} with {} units, the model {} at {} with {}",
            words(claimed),
            claimed.measure,
            claimed.units,
            words(&own),
            own.measure,
            own.units
        )
    })
}

/// Most by which the measures of two verdicts that agree may differ: other devices round otherwise.
pub const MEASURE_TOLERANCE: f64 = 0.02;
fn agree(claimed: &Verdict, own: &Verdict) -> bool {
    let apart = (claimed.measure - own.measure).abs();
    match (claimed.passed, own.passed) {
        (true, true) => apart <= MEASURE_TOLERANCE && claimed.units == own.units,
        (false, false) => true,
        // No mercy for the edge: who says `passed` of what fails could name any measure.
        _ => false,
    }
}

/// `averages`: each follows from the one before and the epoch's scores.
pub fn averages(bundle: &Bundle) -> Finding {
    let all = bundle.entries.iter().try_for_each(|entry| {
        let miner = &entry.miner;
        let right = recompute::average(miner.before, &entry.challenges, &bundle.header.rule);
        ensure(miner.after == right, || {
            let (after, right) = (miner.after.value, right.value);
            format!("uid {}: the average is {after}, the leaves give {right}", miner.uid)
        })
    });
    finding("averages", all.map(|()| format!("{} follow from the leaves", bundle.entries.len())))
}

/// `row`: it is what the averages make. `on_chain` has uids and values, without zeros.
pub fn row(bundle: &Bundle, on_chain: &[(u16, u16)]) -> Finding {
    let result = match bundle.row() {
        Err(none) => Err(format!("the bundle makes no row ({none}), the chain has one")),
        Ok((uids, values)) => {
            let own: Vec<(u16, u16)> = uids.into_iter().zip(values).collect();
            if own == on_chain {
                Ok(format!("{} entries, as on chain", own.len()))
            } else {
                Err(format!("the bundle makes {own:?}, the chain has {on_chain:?}"))
            }
        }
    };
    finding("row", result)
}

/// `history`: where averages go on from an earlier bundle, they are those of that bundle. `earlier`
/// is the file of the epoch that the header names, and `revealed` the root that the chain has for
/// it, if any.
pub fn history(bundle: &Bundle, earlier: &[u8], revealed: Option<&Hash>) -> Finding {
    let check = || {
        let Some(previous) = &bundle.header.previous else { return beginning(bundle) };
        let root = crate::bundle::root_of(earlier);
        ensure(previous.root == hex::encode(root), || {
            format!("the bundle of epoch {} is not the one that this goes on from", previous.epoch)
        })?;
        ensure(revealed.is_none_or(|revealed| *revealed == root), || {
            format!("the chain has another root for epoch {}", previous.epoch)
        })?;
        let earlier = Bundle::parse(earlier).map_err(|error| error.to_string())?;
        let right = earlier.header.validator == bundle.header.validator
            && earlier.header.epoch == previous.epoch
            && earlier.header.epoch < bundle.header.epoch;
        ensure(right, || "it goes on from another validator's or a later bundle".into())?;
        linked(bundle, &earlier)?;
        Ok(format!("averages go on from epoch {}", previous.epoch))
    };
    finding("history", check())
}

fn beginning(bundle: &Bundle) -> Result<String, String> {
    for Entry { miner, .. } in &bundle.entries {
        ensure(miner.before == Average::default(), || {
            format!("uid {} has an average before the validator's first bundle", miner.uid)
        })?;
    }
    Ok("every average begins here".into())
}

fn linked(bundle: &Bundle, earlier: &Bundle) -> Result<(), String> {
    let mut known: BTreeMap<&str, Average> =
        earlier.entries.iter().map(|one| (one.miner.hotkey.as_str(), one.miner.after)).collect();
    for Entry { miner, .. } in &bundle.entries {
        let right = known.remove(miner.hotkey.as_str()).unwrap_or_default();
        ensure(miner.before == right, || {
            let (before, right) = (miner.before.value, right.value);
            format!(
                "uid {}: the average before is {before}, the earlier bundle has {right}",
                miner.uid
            )
        })?;
    }
    Ok(())
}

/// Hotkeys with an average in the earlier bundle that this one says nothing of although they are
/// still neurons: part of `coverage`, once both are known.
pub fn forgotten(bundle: &Bundle, earlier: &Bundle, facts: &Facts) -> Option<String> {
    let here: Vec<&str> = bundle.entries.iter().map(|one| one.miner.hotkey.as_str()).collect();
    earlier.entries.iter().map(|one| one.miner.hotkey.as_str()).find_map(|hotkey| {
        let neuron = facts.roster.iter().find(|neuron| {
            ss58::encode(&neuron.hotkey) == hotkey && neuron.hotkey != facts.validator
        })?;
        let missing = !here.contains(&hotkey);
        missing.then(|| format!("uid {} has an average and is left out", neuron.uid))
    })
}
