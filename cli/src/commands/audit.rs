//! `alun audit`: whether a validator's row is what its evidence makes it, and the evidence true.

use crate::{
    audit::{audit, chain::Place, Asked, Audited},
    output::{Output, Show},
    shape::hex_of,
    CliError, Context,
};
use alun_client::{MechanismId, NetUid};
use alun_evidence::{Finding, Outcome};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Whether a validator's row of an epoch is what its evidence makes it, and the evidence true.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  alun audit --netuid 1 --validator 5F…hotkey --epoch 7\n  \
                        alun audit --netuid 1 --validator bob/validator --epoch 7 \
                        --evidence http://10.0.0.5:9103 --sample 64 --json\n\nExit codes: 0 nothing is wrong, 12 \
                        caught, 13 not everything could be checked.\nEpochs older than the node's state need an \
                        archive node.")]
pub struct Audit {
    /// The subnet
    #[arg(long)]
    netuid: u16,
    /// The validator's hotkey
    #[arg(long, value_name = "HOTKEY")]
    validator: String,
    /// The epoch; its row must have been revealed
    #[arg(long)]
    epoch: u64,
    /// The mechanism
    #[arg(long, default_value_t = 0)]
    mechanism: u8,
    /// Where the evidence is served; the validator's endpoint on chain without it
    #[arg(long, value_name = "http://HOST:PORT")]
    evidence: Option<String>,
    /// Answers, taken at random, to run through the model; 0 for none
    #[arg(long, default_value_t = 16, value_name = "NUMBER")]
    sample: usize,
    /// Folder with the models (scripts/models fills it)
    #[arg(long, env = "ALUN_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Clean,
    Caught,
    Incomplete,
}

#[derive(Debug, Serialize)]
struct Report {
    netuid: NetUid,
    mechanism: MechanismId,
    epoch: u64,
    validator: String,
    evidence: String,
    root: String,
    /// Block in which the row came onto the chain.
    block: Option<u32>,
    verdict: Verdict,
    checks: Vec<Finding>,
}

impl Show for Report {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&["check", "outcome", "says"]);
        for Finding { check, outcome } in &self.checks {
            let (word, says) = match outcome {
                Outcome::Passed(says) => ("passed", says),
                Outcome::Failed(says) => ("FAILED", says),
                Outcome::NotChecked(says) => ("not checked", says),
            };
            table.add_row([*check, word, says.as_str()]);
        }
        let end = match self.verdict {
            Verdict::Clean => "Nothing is wrong with",
            Verdict::Caught => "Something is not true in",
            Verdict::Incomplete => "Not everything could be checked in",
        };
        format!(
            "{table}\n{end} the row and evidence of epoch {} by {}.",
            self.epoch, self.validator
        )
    }
}

/// Checks that never stand in the way of a clean verdict: what nobody can check, and what the
/// caller asked to leave out.
fn excused(finding: &Finding, audit: &Audit) -> bool {
    finding.check == "timings" || (finding.check == "model" && audit.sample == 0)
}

fn verdict(findings: &[Finding], audit: &Audit) -> Verdict {
    let any = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().any(wanted);
    if any(&|one| matches!(one.outcome, Outcome::Failed(_))) {
        Verdict::Caught
    } else if any(&|one| matches!(one.outcome, Outcome::NotChecked(_)) && !excused(one, audit)) {
        Verdict::Incomplete
    } else {
        Verdict::Clean
    }
}

fn names(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> String {
    let names: Vec<&str> = findings.iter().filter(|one| wanted(one)).map(|one| one.check).collect();
    names.join(", ")
}

/// Runs `alun audit`.
pub async fn run(context: &Context, command: Audit) -> Result<(), CliError> {
    let place = Place {
        netuid: NetUid(command.netuid),
        mechanism: MechanismId(command.mechanism),
        validator: context.account(&command.validator)?,
        epoch: command.epoch,
    };
    let asked = Asked {
        url: command.evidence.clone(),
        sample: command.sample,
        models: command.models.clone(),
    };
    let chain = context.chain().await?;
    context.output.progress("Reading the chain and the evidence …");
    let Audited { url, root, landed, findings } = audit(&chain, &place, &asked).await?;
    let verdict = verdict(&findings, &command);
    let failed = names(&findings, |one| matches!(one.outcome, Outcome::Failed(_)));
    let open = names(&findings, |one| {
        matches!(one.outcome, Outcome::NotChecked(_)) && !excused(one, &command)
    });
    context.output.show(&Report {
        netuid: place.netuid,
        mechanism: place.mechanism,
        epoch: place.epoch,
        validator: place.validator.to_string(),
        evidence: url,
        root: hex_of(&root),
        block: landed,
        verdict,
        checks: findings,
    })?;
    match verdict {
        Verdict::Clean => Ok(()),
        Verdict::Caught => Err(CliError::Caught(failed)),
        Verdict::Incomplete => Err(CliError::NotAudited(format!("{open} could not be checked"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_evidence::check::unchecked;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        audit: Audit,
    }

    fn typed(words: &str) -> Audit {
        let words = format!("alun --netuid 1 --validator 5F --epoch 7 {words}");
        Typed::try_parse_from(words.split_whitespace()).unwrap().audit
    }

    #[test]
    fn verdict_should_be_clean_only_when_all_that_was_asked_for_was_checked() {
        let passed = Finding { check: "root", outcome: Outcome::Passed("so".into()) };
        let failed = Finding { check: "row", outcome: Outcome::Failed("no".into()) };
        let timings = unchecked("timings", "nobody can");
        let model = unchecked("model", "not here");
        let of = |findings: &[&Finding], words: &str| {
            let findings: Vec<Finding> = findings.iter().map(|one| (*one).clone()).collect();
            verdict(&findings, &typed(words))
        };
        assert_eq!(of(&[&passed, &timings], ""), Verdict::Clean);
        assert_eq!(of(&[&passed, &model, &timings], ""), Verdict::Incomplete);
        assert_eq!(of(&[&passed, &model, &timings], "--sample 0"), Verdict::Clean);
        let root = unchecked("root", "gone");
        assert_eq!(of(&[&root, &model, &timings], "--sample 0"), Verdict::Incomplete);
        assert_eq!(of(&[&root, &failed, &timings], ""), Verdict::Caught);
        let json = serde_json::to_value(&failed).unwrap();
        assert_eq!(json, serde_json::json!({"check": "row", "outcome": "failed", "says": "no"}));
    }
}
