//! An audit of one validator and epoch: [`chain`] says what is on chain, [`fetch`] gets the evidence,
//! `alun_evidence::check` compares.

pub mod chain;
pub mod fetch;

use crate::CliError;
use alun_client::{Chain, ClientError, TaskKind};
use alun_evidence::{
    check::{self, unchecked, Seeds},
    merkle::Hash,
    Bundle, Finding, Wire,
};
use alun_inference::{
    DeviceKind, EmbeddingModel, GenerationModel, EMBEDDING_MODEL, GENERATION_MODEL,
};
use alun_scoring::{Answer, Question, Task, Tasks};
use chain::{Landed, Place};
use fetch::Source;
use rand::seq::SliceRandom;
use std::{path::PathBuf, sync::Arc};

/// What the audit works with besides the chain.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where the evidence is; the validator's endpoint on chain without it.
    pub url: Option<String>,
    /// Answers to run through the model.
    pub sample: usize,
    /// Folder of the models.
    pub models: Option<PathBuf>,
}

/// What an audit found.
#[derive(Debug)]
pub struct Audited {
    /// Where the evidence came from.
    pub url: String,
    /// Root of the bundle.
    pub root: Hash,
    /// Block in which the row came onto the chain.
    pub landed: Option<u32>,
    /// Every check, in order.
    pub findings: Vec<Finding>,
}

struct Http;

impl Wire for Http {
    fn request(&self, question: &Question) -> Result<(&'static str, Vec<u8>), String> {
        alun_exchange::request(question).map_err(|error| error.to_string())
    }

    fn answer(&self, question: &Question, body: &[u8]) -> Result<Answer, String> {
        alun_exchange::answer(question, body)
    }
}

/// What rests on the validator's word, and no check can show.
const WORD: &str =
    "how long answers took, and that those without one did not come, is the validator's word";

/// Errors of the chain that are not the address's: what was asked for can't be had.
pub(crate) fn of_chain(error: ClientError) -> CliError {
    match error {
        ClientError::NoSuchBlock { .. } | ClientError::Node { .. } => {
            CliError::NotAudited(error.to_string())
        }
        other => other.into(),
    }
}

/// Audits one epoch.
pub async fn audit(chain: &Chain, place: &Place, asked: &Asked) -> Result<Audited, CliError> {
    let landed = chain::landed(chain, place).await?;
    let url = match &asked.url {
        Some(url) => url.clone(),
        None => chain::endpoint(chain, place).await?,
    };
    let source = Source::new(&url)?;
    let bytes = source.bundle(place, place.epoch).await?;
    let root = alun_evidence::root_of(&bytes);
    let mut findings = vec![match &landed {
        Landed::Revealed { root: on_chain, .. } => check::root(&root, on_chain),
        Landed::Set { .. } => {
            unchecked("root", "the subnet takes rows without commit-reveal, and no root with them")
        }
        Landed::Missing(why) => unchecked("root", why.clone()),
    }];
    let block = landed.block();
    match Bundle::parse(&bytes) {
        Err(error) => {
            let says = format!("what is served is no bundle of this format: {error}");
            let outcome = match &landed {
                Landed::Revealed { .. } => check::Outcome::Failed(says),
                _ => check::Outcome::NotChecked(says),
            };
            findings.push(Finding { check: "bundle", outcome });
        }
        Ok(bundle) => {
            let audit = Auditing { chain, place, asked, source: &source, bundle: &bundle };
            audit.check(&landed, &mut findings).await?;
        }
    }
    findings.push(unchecked("timings", WORD));
    Ok(Audited { url, root, landed: block, findings })
}

struct Auditing<'a> {
    chain: &'a Chain,
    place: &'a Place,
    asked: &'a Asked,
    source: &'a Source,
    bundle: &'a Bundle,
}

impl Auditing<'_> {
    async fn check(&self, landed: &Landed, findings: &mut Vec<Finding>) -> Result<(), CliError> {
        let bundle = self.bundle;
        let (facts, kind, descriptor) =
            chain::facts(self.chain, self.place, &bundle.header).await?;
        findings.push(check::header(&bundle.header, &facts));
        findings.push(check::coverage(bundle, &facts));
        let (vrf, seeds) = check::challenges(bundle, &facts);
        findings.push(vrf);
        findings.push(check::receipts(bundle, &facts));
        let task = self.load(kind).and_then(|tasks| {
            let task = tasks
                .open(alun_client::NetUid(bundle.header.netuid), &descriptor)
                .map_err(|error| error.to_string())?;
            let own = hex::encode(task.model());
            if own == bundle.header.model {
                return Ok(task);
            }
            Err(format!(
                "the model here has the commitment {own}, the validator's {}",
                bundle.header.model
            ))
        });
        match (&task, &seeds) {
            (Ok(task), Some(seeds)) => {
                findings.push(check::requests(bundle, &facts, seeds, task.as_ref(), &Http));
                findings.push(check::scores(bundle, task.as_ref()));
                findings.push(self.sample(seeds, task.as_ref()).await);
            }
            (Ok(task), None) => {
                findings.push(unchecked("requests", "the challenges are not this validator's"));
                findings.push(check::scores(bundle, task.as_ref()));
                findings.push(unchecked("model", "the challenges are not this validator's"));
            }
            (Err(why), _) => {
                for name in ["requests", "scores", "model"] {
                    findings.push(unchecked(name, why.clone()));
                }
            }
        }
        findings.push(check::averages(bundle));
        findings.push(self.history(&facts).await);
        findings.push(match landed {
            Landed::Revealed { row, .. } | Landed::Set { row, .. } => check::row(bundle, row),
            Landed::Missing(why) => unchecked("row", why.clone()),
        });
        Ok(())
    }

    /// Loads the one model that the task needs.
    fn load(&self, kind: TaskKind) -> Result<Tasks, String> {
        if kind == TaskKind::External {
            return Err("an audit starts no program of a subnet's owner".into());
        }
        let folder = match &self.asked.models {
            Some(folder) => folder.clone(),
            None => alun_inference::models_dir().map_err(|error| error.to_string())?,
        };
        let mut tasks = Tasks::default();
        if kind == TaskKind::Embedding {
            let (path, sha256) =
                (folder.join(EMBEDDING_MODEL.folder), EMBEDDING_MODEL.weights.sha256);
            let model = EmbeddingModel::load(&path, DeviceKind::Cpu, Some(sha256));
            tasks.embedding = Some(Arc::new(model.map_err(|error| error.to_string())?));
        } else if kind == TaskKind::Generation {
            let (path, sha256) =
                (folder.join(GENERATION_MODEL.folder), GENERATION_MODEL.weights.sha256);
            let model = GenerationModel::load(&path, DeviceKind::Cpu, Some(sha256));
            tasks.generation = Some(Arc::new(model.map_err(|error| error.to_string())?));
        }
        Ok(tasks)
    }

    /// Runs a random sample of the answers through the model.
    async fn sample(&self, seeds: &Seeds, task: &dyn Task) -> Finding {
        let mut answered: Vec<_> = self
            .bundle
            .challenges()
            .zip(seeds)
            .filter(|((_, one), _)| one.verdict.is_some())
            .collect();
        let all = answered.len();
        if self.asked.sample == 0 {
            return unchecked("model", "not asked for: --sample 0");
        }
        answered.shuffle(&mut rand::rngs::OsRng);
        answered.truncate(self.asked.sample);
        for ((miner, one), seed) in &answered {
            let name = one.answer.as_deref().unwrap_or_default();
            let body = match self.source.blob(name).await {
                Ok(body) => body,
                Err(error) => {
                    let says = format!(
                        "an answer can't be had: uid {}, challenge {}: {error}",
                        miner.uid, one.k
                    );
                    return unchecked("model", says);
                }
            };
            if let Err(wrong) = check::judged(one, seed, &body, task, &Http) {
                let says = format!("uid {}, challenge {}: {wrong}", miner.uid, one.k);
                return Finding { check: "model", outcome: check::Outcome::Failed(says) };
            }
        }
        let says = format!("{} of {all} answers, run through the model again", answered.len());
        Finding { check: "model", outcome: check::Outcome::Passed(says) }
    }

    /// Follows the averages one bundle back.
    async fn history(&self, facts: &check::Facts) -> Finding {
        const NAME: &str = "history";
        let Some(previous) = &self.bundle.header.previous else {
            let finding = check::history(self.bundle, &[], None);
            return match chain::rows_before(self.chain, self.place).await {
                Ok(0) => finding,
                Ok(_) if matches!(finding.outcome, check::Outcome::Failed(_)) => finding,
                Ok(_) => unchecked(NAME, "averages begin here although the validator revealed rows before: its state was lost, or it wants it forgotten"),
                Err(why) => unchecked(NAME, why),
            };
        };
        if previous.epoch >= self.place.epoch {
            let says = format!("it goes on from epoch {}, which is not before it", previous.epoch);
            return Finding { check: NAME, outcome: check::Outcome::Failed(says) };
        }
        let revealed = match chain::revealed_since(self.chain, self.place, previous.epoch).await {
            Ok(revealed) => revealed,
            Err(why) => return unchecked(NAME, why),
        };
        if let Some(between) = revealed.keys().find(|epoch| **epoch > previous.epoch) {
            let says = format!(
                "it goes on from epoch {} and passes over epoch {between}, whose row was revealed",
                previous.epoch
            );
            return Finding { check: NAME, outcome: check::Outcome::Failed(says) };
        }
        let earlier = match self.source.bundle(self.place, previous.epoch).await {
            Ok(bytes) => bytes,
            Err(error) => return unchecked(NAME, error.to_string()),
        };
        let finding = check::history(self.bundle, &earlier, revealed.get(&previous.epoch));
        let forgotten = Bundle::parse(&earlier)
            .ok()
            .and_then(|earlier| check::forgotten(self.bundle, &earlier, facts));
        match (forgotten, &finding.outcome) {
            (Some(says), check::Outcome::Passed(_)) => {
                Finding { check: NAME, outcome: check::Outcome::Failed(says) }
            }
            _ => finding,
        }
    }
}
