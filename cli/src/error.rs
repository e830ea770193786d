//! What a command can fail with, and the exit code of each.

use alun_client::{ClientError, Failure, MechanismId, NetUid, Refusal, SubmitError};
use alun_indexer::IndexError;
use alun_settings::exit;
use std::path::PathBuf;
use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// The node could not be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A call did not take effect.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A key could not be used.
    #[error(transparent)]
    Keys(#[from] alun_keys::KeyError),
    /// The chain says that a call would fail, before it is sent.
    #[error("it would fail, so that nothing was sent: {0}")]
    WouldFail(Failure),
    /// Less would come out than the bound that was named.
    #[error(
        "{comes} would come out, less than {flag} {least}, so that nothing was sent; lower the bound \
         if you agree with that"
    )]
    BelowBound {
        /// What would come out.
        comes: String,
        /// The flag of the bound.
        flag: &'static str,
        /// The bound.
        least: String,
    },
    /// An argument has the wrong form.
    #[error("{0}")]
    Usage(String),
    /// No such subnet.
    #[error("there is no subnet {0}; `alun subnet list` shows those that there are")]
    NoSubnet(NetUid),
    /// No such mechanism.
    #[error("subnet {netuid} has no mechanism {mechanism}; they are 0 to {last}")]
    NoMechanism {
        /// The subnet.
        netuid: NetUid,
        /// The mechanism.
        mechanism: MechanismId,
        /// Its last mechanism.
        last: u8,
    },
    /// Nothing to explain.
    #[error("{0}")]
    NoExplanation(String),
    /// No such neuron.
    #[error("{who} is no neuron of subnet {netuid}; `alun neuron list {netuid}` shows them")]
    NoNeuron {
        /// As it was asked for.
        who: String,
        /// The subnet.
        netuid: NetUid,
    },
    /// A chain or its node is not well.
    #[error("not well: {0}")]
    NotWell(String),
    /// An audit found something that is not true.
    #[error("caught: {0}")]
    Caught(String),
    /// An audit could not be made, or not all of it.
    #[error("not audited: {0}")]
    NotAudited(String),
    /// Asked on the terminal, the answer was no.
    #[error("not done: you did not confirm")]
    Declined,
    /// The account has less than needed.
    #[error("{account} has {has} ALUN, {needs} are needed ({what}); send it more first")]
    Balance {
        /// The account.
        account: String,
        /// What it has, tokens.
        has: String,
        /// What is needed, tokens.
        needs: String,
        /// What for.
        what: String,
    },
    /// A row would be refused.
    #[error("the weight row would be refused: {0}")]
    BadRow(String),
    /// A file could not be written.
    #[error("{} can't be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The income index could not be made or read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// No indexer answers.
    #[error("{url}: {reason}; is `alun indexer run --listen` running there?")]
    NoIndexer {
        /// Where it was asked.
        url: String,
        /// What the connection said.
        reason: String,
    },
    /// The indexer answers with an error.
    #[error("the indexer says: {0}")]
    IndexerFailed(String),
    /// The address to serve on is taken or not allowed.
    #[error("--listen {address}: {source}; name another one")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("{} can't be read: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl CliError {
    /// The code that the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) => of_client(error),
            Self::Submit(error) => of_submit(error),
            Self::WouldFail(failure) => of_failure(&failure.name),
            Self::Usage(_) => exit::USAGE,
            Self::Balance { .. } => exit::BALANCE,
            Self::Caught(_) => exit::CAUGHT,
            Self::NotAudited(_) => exit::NOT_AUDITED,
            Self::NoNeuron { .. } => exit::NOT_REGISTERED,
            Self::Write { .. } => exit::DISK,
            Self::Read { .. } => exit::CONFIG,
            Self::Keys(error) if error.is_disk() => exit::DISK,
            Self::Index(error) => of_index(error),
            Self::NoIndexer { .. } => exit::NODE_UNREACHABLE,
            Self::Listen { .. } => exit::PORT_IN_USE,
            Self::IndexerFailed(_)
            | Self::Keys(_)
            | Self::NoSubnet(_)
            | Self::NoMechanism { .. }
            | Self::NoExplanation(_)
            | Self::BelowBound { .. }
            | Self::Declined
            | Self::NotWell(_)
            | Self::BadRow(_) => exit::FAILURE,
        }
    }
}

fn of_client(error: &ClientError) -> u8 {
    match error {
        ClientError::BadUrl { .. } => exit::USAGE,
        ClientError::Unreachable { .. } => exit::NODE_UNREACHABLE,
        ClientError::OtherChain { .. } => exit::OTHER_CHAIN,
        _ => exit::FAILURE,
    }
}

fn of_index(error: &IndexError) -> u8 {
    match error {
        IndexError::Client { source, .. } => of_client(source),
        IndexError::Database(_) => exit::DISK,
        IndexError::OtherChain(_) => exit::OTHER_CHAIN,
        IndexError::BadQuestion(_) | IndexError::TooMuch { .. } => exit::USAGE,
        IndexError::NoDatabase(_) | IndexError::Format { .. } => exit::CONFIG,
        IndexError::Pruned { .. } | IndexError::TooLong | IndexError::Busy(_) => exit::FAILURE,
    }
}

fn of_submit(error: &SubmitError) -> u8 {
    match error {
        SubmitError::Client(error) => of_client(error),
        SubmitError::CannotPay { .. } => exit::BALANCE,
        SubmitError::Refused { refusal: Refusal::NotANeuron, .. } => exit::NOT_REGISTERED,
        SubmitError::Failed { failure, .. } => of_failure(&failure.name),
        SubmitError::Expired { .. }
        | SubmitError::Displaced { .. }
        | SubmitError::TimedOut { .. } => exit::NOT_LANDED,
        SubmitError::Refused { .. } | SubmitError::Invalid { .. } => exit::FAILURE,
    }
}

fn of_failure(name: &str) -> u8 {
    const POOR: [&str; 4] =
        ["InsufficientBalance", "BalanceTooLow", "DepositTooHigh", "AccountTooSmall"];
    match name {
        "Token::FundsUnavailable" | "Token::NotExpendable" | "Token::Frozen" => exit::BALANCE,
        name if POOR.iter().any(|poor| name.ends_with(poor)) => exit::BALANCE,
        name if name.ends_with("NotANeuron") => exit::NOT_REGISTERED,
        _ => exit::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_should_tell_what_to_do_next() {
        let unreachable = ClientError::Unreachable { url: "ws://x".into(), reason: "no".into() };
        assert_eq!(CliError::from(unreachable).exit_code(), exit::NODE_UNREACHABLE);
        let poor = Failure {
            name: "Token::FundsUnavailable".into(),
            sentence: "Funds are unavailable.".into(),
        };
        let failed =
            SubmitError::Failed { call: "Stake.add_stake".into(), failure: poor, block: 1 };
        assert_eq!(CliError::from(failed).exit_code(), exit::BALANCE);
        let would = Failure { name: "Stake::UnknownHotkey".into(), sentence: "No.".into() };
        assert_eq!(CliError::WouldFail(would).exit_code(), exit::FAILURE);
        assert_eq!(of_failure("Market::BalanceTooLow"), exit::BALANCE);
        let expired = SubmitError::Expired { call: "Weights.commit_weights".into(), until: 9 };
        assert_eq!(CliError::from(expired).exit_code(), exit::NOT_LANDED);
        assert_eq!(CliError::Usage("x".into()).exit_code(), exit::USAGE);
        let gone = IndexError::Pruned { block: 77, reason: "discarded".into() };
        assert!(gone.to_string().contains("block 77"), "{gone}");
        for (error, code) in [
            (gone, exit::FAILURE),
            (IndexError::Database("x".into()), exit::DISK),
            (IndexError::OtherChain(3), exit::OTHER_CHAIN),
            (IndexError::BadQuestion("x".into()), exit::USAGE),
            (IndexError::NoDatabase("x".into()), exit::CONFIG),
        ] {
            assert_eq!(CliError::from(error).exit_code(), code);
        }
    }
}
