//! Why a call is refused: one list, from which the module errors, the pool's codes and the answer
//! of the runtime API follow.

use crate::{Config, Error};
use alun_primitives::{views::RowValidity, BlockNumber, Refusal, RowError};

/// A reason with what a program needs to act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// No such subnet.
    UnknownSubnet,
    /// No such mechanism.
    UnknownMechanism,
    /// The hotkey has no uid on the subnet.
    NotANeuron,
    /// The subnet is not started, or its epoch 0 is not due yet.
    NotStarted,
    /// The hotkey holds no validator permit.
    NoPermit,
    /// The subnet wants commits.
    CommitRevealOn,
    /// The subnet takes rows directly.
    CommitRevealOff,
    /// The rate limit passes at this block.
    TooSoon(BlockNumber),
    /// One commit was made in this epoch already.
    AlreadyCommitted,
    /// Nothing is there to reveal.
    NoCommit,
    /// The commit's window is still to come.
    RevealTooEarly,
    /// The commit's window is over, or a newer row is in force.
    RevealTooLate,
    /// No commit has this hash.
    WrongReveal,
    /// The row is for another version; here is the subnet's.
    WrongVersion(u64),
    /// The row itself is bad.
    Row(RowError),
    /// The subnet is under notice.
    WindingUp,
}

impl Rejection {
    /// The pool's code.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::UnknownSubnet => Refusal::UnknownSubnet,
            Self::UnknownMechanism => Refusal::UnknownMechanism,
            Self::NotANeuron => Refusal::NotANeuron,
            Self::NotStarted => Refusal::NotStarted,
            Self::NoPermit => Refusal::NoPermit,
            Self::CommitRevealOn => Refusal::CommitRevealOn,
            Self::CommitRevealOff => Refusal::CommitRevealOff,
            Self::TooSoon(_) => Refusal::TooSoon,
            Self::AlreadyCommitted => Refusal::AlreadyCommitted,
            Self::NoCommit => Refusal::NoCommit,
            Self::RevealTooEarly => Refusal::RevealTooEarly,
            Self::RevealTooLate => Refusal::RevealTooLate,
            Self::WrongReveal => Refusal::WrongReveal,
            Self::WrongVersion(_) => Refusal::WrongVersion,
            Self::WindingUp => Refusal::WindingUp,
            Self::Row(error) => match error {
                RowError::LengthMismatch => Refusal::LengthMismatch,
                RowError::TooMany => Refusal::TooManyWeights,
                RowError::TooFew => Refusal::TooFewWeights,
                RowError::UnknownUid(_) => Refusal::UnknownUid,
                RowError::DuplicateUid(_) => Refusal::DuplicateUid,
                RowError::AllZero => Refusal::AllZero,
                RowError::ShareTooLarge(_) => Refusal::ShareTooLarge,
            },
        }
    }

    /// What the runtime API `check_row` answers.
    pub fn validity(self) -> RowValidity {
        match self {
            Self::NoPermit | Self::NotStarted | Self::WindingUp => RowValidity::NoPermit,
            Self::TooSoon(block) => RowValidity::TooSoon(block),
            Self::WrongVersion(version) => RowValidity::WrongVersion(version),
            Self::Row(error) => RowValidity::Row(error),
            // The rest is about commits, of which a row by itself knows nothing.
            _ => RowValidity::Unknown,
        }
    }
}

impl<T: Config> From<Rejection> for Error<T> {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::UnknownSubnet => Self::UnknownSubnet,
            Rejection::UnknownMechanism => Self::UnknownMechanism,
            Rejection::NotANeuron => Self::NotANeuron,
            Rejection::NotStarted => Self::NotStarted,
            Rejection::NoPermit => Self::NoPermit,
            Rejection::CommitRevealOn => Self::CommitRevealOn,
            Rejection::CommitRevealOff => Self::CommitRevealOff,
            Rejection::TooSoon(_) => Self::TooSoon,
            Rejection::AlreadyCommitted => Self::AlreadyCommitted,
            Rejection::NoCommit => Self::NoCommit,
            Rejection::RevealTooEarly => Self::RevealTooEarly,
            Rejection::RevealTooLate => Self::RevealTooLate,
            Rejection::WrongReveal => Self::WrongReveal,
            Rejection::WrongVersion(_) => Self::WrongVersion,
            Rejection::WindingUp => Self::WindingUp,
            Rejection::Row(error) => match error {
                RowError::LengthMismatch => Self::LengthMismatch,
                RowError::TooMany => Self::TooManyWeights,
                RowError::TooFew => Self::TooFewWeights,
                RowError::UnknownUid(_) => Self::UnknownUid,
                RowError::DuplicateUid(_) => Self::DuplicateUid,
                RowError::AllZero => Self::AllZero,
                RowError::ShareTooLarge(_) => Self::ShareTooLarge,
            },
        }
    }
}
