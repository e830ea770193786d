//! What can go wrong: [`ClientError`] when reading, [`SubmitError`] when writing.

use crate::{AccountId, BlockNumber, Refusal};
use std::fmt;
use thiserror::Error;

/// The node can't be reached, is the wrong one, or has no such answer.
#[derive(Clone, Debug, Error)]
pub enum ClientError {
    /// Not an address.
    #[error(
        "`{url}` is not the address of a node ({reason}); write ws://HOST:PORT or wss://HOST:PORT"
    )]
    BadUrl {
        /// The address given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers, or not in time.
    #[error(
        "no node answers at {url} ({reason}); check that it runs and that the address is right"
    )]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The node follows another chain.
    #[error(
        "the node at {url} belongs to another chain: its genesis hash is {found}, {expected} is \
         expected; connect to another node, or correct the expected hash"
    )]
    OtherChain {
        /// Its address.
        url: String,
        /// Genesis hash of its chain, hex.
        found: String,
        /// Genesis hash expected, hex.
        expected: String,
    },
    /// The runtime has another shape than this program knows.
    #[error(
        "the node's runtime and this program disagree on {what} ({reason}); use the release of \
         this program that goes with the chain"
    )]
    Incompatible {
        /// Call, view or event.
        what: String,
        /// What differs.
        reason: String,
    },
    /// No such block, or its state is gone.
    #[error("the node does not have {what} ({reason}); ask for a newer block, or an archive node")]
    NoSuchBlock {
        /// What was asked.
        what: String,
        /// The node's words.
        reason: String,
    },
    /// The node answered with an error.
    #[error("the node refused {what}: {reason}")]
    Node {
        /// What was asked.
        what: String,
        /// The node's words.
        reason: String,
    },
}

impl ClientError {
    /// Whether the same question may be answered later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Node { .. })
    }
}

/// Why a call that was in a block had no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `Pallet::Error`, `Token::…` where funds are the trouble, or another kind of error outside
    /// pallets.
    pub name: String,
    /// What it means: the documentation of the error in the node's metadata.
    pub sentence: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sentence.trim() {
            "" => f.write_str(&self.name),
            sentence => write!(f, "{sentence} ({})", self.name),
        }
    }
}

/// A call did not take effect. Calls are named `Pallet.call`.
#[derive(Clone, Debug, Error)]
pub enum SubmitError {
    /// The node could not be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The pool refused it for one of our own reasons.
    #[error("{call} was refused: {}", refusal.sentence())]
    Refused {
        /// The call.
        call: String,
        /// The reason.
        refusal: Refusal,
    },
    /// The pool refused it.
    #[error("{call} was refused: {reason}")]
    Invalid {
        /// The call.
        call: String,
        /// The node's words.
        reason: String,
    },
    /// The signer can't pay the fee.
    #[error(
        "{account} can't pay the fee of {call}: send it some tokens first, such as `alun transfer \
         {account} 0.1`"
    )]
    CannotPay {
        /// The call.
        call: String,
        /// The signer.
        account: AccountId,
    },
    /// It was in a block and failed there; only its fee was taken.
    #[error("{call} failed in block {block}: {failure}")]
    Failed {
        /// The call.
        call: String,
        /// Why.
        failure: Failure,
        /// The block.
        block: BlockNumber,
    },
    /// It can't land any more and had no effect: it may be sent again.
    #[error("{call} was in no block until {until}, after which it is void: send it again")]
    Expired {
        /// The call.
        call: String,
        /// First block that can't hold it.
        until: BlockNumber,
    },
    /// Another transaction of the same account took its nonce.
    #[error(
        "{call} was displaced by another transaction of {account}: does another program use this \
         key? Send it again"
    )]
    Displaced {
        /// The call.
        call: String,
        /// The signer.
        account: AccountId,
    },
    /// Nothing was heard of it in time. It may still land.
    #[error("{call} has not landed within {seconds} s; it still may, until block {until}")]
    TimedOut {
        /// The call.
        call: String,
        /// How long was waited.
        seconds: u64,
        /// First block that can't hold it.
        until: BlockNumber,
    },
}

impl SubmitError {
    /// The pool's refusal, if it is one of ours.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(*refusal),
            _ => None,
        }
    }

    /// `Pallet::Error` of a call that failed in a block.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed { failure, .. } => Some(&failure.name),
            _ => None,
        }
    }

    /// Whether the same call may succeed when sent again, unchanged. After
    /// [`TimedOut`](Self::TimedOut) it may land twice: look first.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Client(error) => error.is_transient(),
            Self::Expired { .. } | Self::Displaced { .. } | Self::TimedOut { .. } => true,
            _ => false,
        }
    }
}
