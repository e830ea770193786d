//! `alun weights`: by hand what a validator does by itself.

use super::{
    explain, landed,
    row::{parse_score, split, SavedRow, Score},
};
use crate::{
    context::parse_digest,
    output::{Output, Show},
    shape::hex_of,
    CliError, Context,
};
use alun_client::{
    calls::{CommitWeights, RevealWeights, SetWeights},
    views::RowValidity,
    AccountId, At, Digest, MechanismId, NetUid, RowError, SubmitError,
};
use alun_primitives::WeightCommit;
use alun_protocol::commit::commit_hash;
use clap::{Args, Subcommand};
use rand::RngCore;
use serde::Serialize;
use std::path::PathBuf;

/// Weight rows by hand.
#[derive(Debug, Subcommand)]
pub enum Weights {
    /// Set a weight row, where commit-reveal is off
    #[command(after_help = "Example:\n  alun weights set 1 1=100 2=50 --wallet alice")]
    Set(Row),
    /// Commit to a weight row; saves it for the reveal first
    #[command(after_help = "Example:\n  alun weights commit 1 1=100 2=50 --file row.json \
                            --wallet alice")]
    Commit {
        /// The row.
        #[command(flatten)]
        row: Row,
        /// New file for the row and its salt: without it the row can't be revealed
        #[arg(long)]
        file: PathBuf,
        /// Merkle root of the evidence behind the row, 0x and 64 hex digits; none without it
        #[arg(long, value_name = "ROOT", value_parser = parse_digest)]
        evidence: Option<Digest>,
    },
    /// Reveal a committed weight row, reveal_period epochs later
    #[command(after_help = "Example:\n  alun weights reveal --file row.json --wallet alice")]
    Reveal {
        /// The file that the commit saved
        #[arg(long)]
        file: PathBuf,
    },
    /// Whether a weight row would be accepted now
    #[command(after_help = "Example:\n  alun weights check 1 1=100 2=50 --wallet alice")]
    Check(Row),
    /// What the last epoch would have given with this row instead of the hotkey's own
    #[command(after_help = "Example:\n  alun weights preview 1 1=100 2=50 --wallet alice")]
    Preview(Scores),
}

/// Scores as typed.
#[derive(Debug, Args)]
pub struct Scores {
    /// The subnet
    netuid: u16,
    /// uid=value, one per neuron scored; values are relative to each other
    #[arg(required = true, value_parser = parse_score, value_name = "UID=VALUE")]
    scores: Vec<Score>,
    /// The mechanism
    #[arg(long, default_value_t = 0)]
    mechanism: u8,
}

impl Scores {
    fn place(&self) -> (NetUid, MechanismId) {
        (NetUid(self.netuid), MechanismId(self.mechanism))
    }
}

/// A weight row as typed.
#[derive(Debug, Args)]
pub struct Row {
    /// The scores.
    #[command(flatten)]
    typed: Scores,
    /// Weights version; the subnet's without it
    #[arg(long, value_name = "NUMBER")]
    row_version: Option<u64>,
}

/// Runs `alun weights`.
pub async fn run(context: &Context, command: Weights) -> Result<(), CliError> {
    match command {
        Weights::Set(row) => set(context, row).await,
        Weights::Commit { row, file, evidence } => commit(context, row, file, evidence).await,
        Weights::Reveal { file } => reveal(context, file).await,
        Weights::Check(row) => check(context, row).await,
        Weights::Preview(typed) => {
            let (uids, values) = split(&typed.scores);
            explain::preview(context, typed.place(), uids, values).await
        }
    }
}

/// The version to name: as typed, or the subnet's.
async fn version(at: &At, row: &Row) -> Result<u64, CliError> {
    if let Some(version) = row.row_version {
        return Ok(version);
    }
    let (netuid, _) = row.typed.place();
    let subnet = at.subnet(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
    Ok(subnet.hyperparameters.weights_version)
}

async fn set(context: &Context, row: Row) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let version = version(&chain.best().await?, &row).await?;
    let (uids, values) = split(&row.typed.scores);
    let (netuid, mechanism) = row.typed.place();
    let call = SetWeights { netuid, mechanism, uids, values, version };
    let done = context.submit(&chain, &context.hotkey()?, &call).await?;
    landed(context, format!("Set the weight row on subnet {netuid}"), &done)
}

async fn commit(
    context: &Context,
    row: Row,
    file: PathBuf,
    evidence: Option<Digest>,
) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let best = chain.best().await?;
    let version = version(&best, &row).await?;
    let hotkey = context.hotkey()?;
    let (uids, values) = split(&row.typed.scores);
    let mut salt = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut salt);
    let (netuid, mechanism) = row.typed.place();
    // A row that can't be accepted is refused now rather than lost at its reveal. The rate limit
    // is the commit's own affair.
    let account = AccountId::from(hotkey.public());
    let validity =
        best.check_row(netuid, mechanism, &account, uids.clone(), values.clone(), version);
    match validity.await? {
        RowValidity::Valid | RowValidity::TooSoon(_) => {}
        refused => return Err(CliError::BadRow(sentence(&refused))),
    }
    let commit = WeightCommit {
        genesis: chain.genesis(),
        netuid,
        mechanism,
        hotkey: hotkey.public(),
        uids,
        values,
        evidence_root: evidence.unwrap_or_default(),
        version,
        salt,
    };
    SavedRow::from(&commit).write(&file)?;
    let call = CommitWeights { netuid, mechanism, hash: commit_hash(&commit) };
    let sent = context.submit(&chain, &hotkey, &call).await;
    if matches!(
        &sent,
        Err(CliError::Submit(
            SubmitError::Refused { .. }
                | SubmitError::Invalid { .. }
                | SubmitError::CannotPay { .. }
                | SubmitError::Failed { .. }
        ))
    ) {
        // No commit of it is on chain, nor ever will be: the file is of no use. That it can't be
        // removed changes nothing. After any other error the commit may be there, and the salt with it.
        drop(std::fs::remove_file(&file));
    }
    let done = sent?;
    let done_text = format!("Committed to a row on subnet {netuid}; keep {}", file.display());
    landed(context, done_text, &done)
}

async fn reveal(context: &Context, file: PathBuf) -> Result<(), CliError> {
    let row = SavedRow::read(&file)?;
    let chain = context.chain().await?;
    if row.genesis != chain.genesis() {
        return Err(CliError::Usage(format!(
            "{} was committed on the chain {}, this node follows {}; connect to the other with \
             --url",
            file.display(),
            hex_of(&row.genesis),
            hex_of(&chain.genesis())
        )));
    }
    let call = RevealWeights {
        netuid: row.netuid,
        mechanism: row.mechanism,
        hotkey: AccountId::from(row.hotkey),
        uids: row.uids,
        values: row.values,
        evidence_root: row.evidence_root,
        version: row.version,
        salt: row.salt,
    };
    let done = context.submit(&chain, &context.hotkey()?, &call).await?;
    landed(context, format!("Revealed the row on subnet {}", row.netuid), &done)
}

/// Whether a row would be accepted.
#[derive(Debug, Serialize)]
struct Verdict {
    /// Whether it would be accepted now.
    valid: bool,
    /// Why not, a sentence.
    reason: Option<String>,
}

impl Show for Verdict {
    fn text(&self, _output: &Output) -> String {
        match &self.reason {
            None => "The row would be accepted now.".into(),
            Some(reason) => format!("The row would be refused: {reason}"),
        }
    }
}

async fn check(context: &Context, row: Row) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let version = version(&best, &row).await?;
    let (uids, values) = split(&row.typed.scores);
    let hotkey = context.hotkey_account()?;
    let (netuid, mechanism) = row.typed.place();
    let validity = best.check_row(netuid, mechanism, &hotkey, uids, values, version).await?;
    let valid = validity == RowValidity::Valid;
    let reason = (!valid).then(|| sentence(&validity));
    context.output.show(&Verdict { valid, reason })
}

/// Why a row is not accepted.
fn sentence(validity: &RowValidity) -> String {
    match validity {
        RowValidity::Valid => "nothing is wrong with it.".into(),
        RowValidity::Unknown => {
            "there is no such subnet or mechanism, or the hotkey has no uid on it.".into()
        }
        RowValidity::NoPermit => {
            "the hotkey holds no validator permit; it needs more stake at the next epoch.".into()
        }
        RowValidity::WrongVersion(wanted) => {
            format!("the subnet wants weights version {wanted}; give --row-version {wanted}.")
        }
        RowValidity::TooSoon(block) => {
            format!("the weights rate limit passes at block {block}; try again then.")
        }
        RowValidity::Row(error) => fault(*error),
    }
}

/// What is wrong with a row itself.
pub(crate) fn fault(error: RowError) -> String {
    match error {
        RowError::LengthMismatch => "it has not as many values as uids.".into(),
        RowError::TooMany => "it has more entries than the subnet has neurons.".into(),
        RowError::TooFew => "it has fewer non-zero values than the subnet's min_weights.".into(),
        RowError::UnknownUid(uid) => format!("no neuron holds uid {uid}."),
        RowError::DuplicateUid(uid) => format!("uid {uid} is there twice."),
        RowError::AllZero => "no value is above zero.".into(),
        RowError::ShareTooLarge(uid) => {
            format!("uid {uid} has more than the subnet's max_weight_share of it.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(subcommand)]
        command: Weights,
    }

    #[test]
    fn version_should_be_refused_where_nothing_depends_on_it() {
        let typed = |words: &str| Typed::try_parse_from(words.split(' '));
        let Weights::Preview(scores) =
            typed("alun preview 1 3=7 4=9 --mechanism 2").unwrap().command
        else {
            panic!("another command");
        };
        assert_eq!(scores.place(), (NetUid(1), MechanismId(2)));
        assert_eq!(split(&scores.scores), (vec![3, 4], vec![7, 9]));
        let refused = typed("alun preview 1 3=7 --row-version 2").unwrap_err().to_string();
        assert!(refused.contains("--row-version"), "{refused}");
        assert!(typed("alun check 1 3=7 --row-version 2").is_ok());
    }
}
