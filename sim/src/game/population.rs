//! Who plays.

use serde::Serialize;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// How a validator makes its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Measures every miner in every epoch.
    Honest,
    /// Like honest, with four times the noise: fewer or worse questions.
    Noisy,
    /// Like honest, but its row is always what it measured an epoch before.
    Late,
    /// Measures once in 20 epochs and sends the same row in between.
    Lazy,
    /// Measures nothing: sends the consensus of the rows that it can see, as late as it may.
    Copier,
    /// Puts everything on its own miners, in equal parts.
    Cabal,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Honest, Self::Noisy, Self::Late, Self::Lazy, Self::Copier, Self::Cabal];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Noisy => "noisy",
            Self::Late => "late",
            Self::Lazy => "lazy",
            Self::Copier => "copier",
            Self::Cabal => "cabal",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Validators of one strategy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Member {
    /// What they do.
    pub strategy: Strategy,
    /// How many they are.
    pub validators: u16,
    /// Their stake together, relative to that of the others.
    pub stake: f64,
}

/// A text that is no [`Member`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no group of validators ({reason}); write STRATEGY=VALIDATORS:STAKE, such as \
     copier=1:5, with one of honest, noisy, late, lazy, copier, cabal"
)]
pub struct MemberError {
    text: String,
    reason: &'static str,
}

impl FromStr for Member {
    type Err = MemberError;

    fn from_str(text: &str) -> Result<Self, MemberError> {
        let error = |reason| MemberError { text: text.to_owned(), reason };
        let (name, rest) = text.split_once('=').ok_or_else(|| error("there is no `=`"))?;
        let (validators, stake) = rest.split_once(':').ok_or_else(|| error("there is no `:`"))?;
        let strategy = Strategy::ALL.into_iter().find(|strategy| strategy.name() == name.trim());
        let strategy = strategy.ok_or_else(|| error("there is no such strategy"))?;
        let validators = validators.trim().parse().ok().filter(|count| *count > 0);
        let stake = stake.trim().parse().ok().filter(|stake: &f64| stake.is_finite());
        Ok(Self {
            strategy,
            validators: validators.ok_or_else(|| error("it has no validators"))?,
            stake: stake
                .filter(|stake| *stake > 0.0 && *stake <= 1e9)
                .ok_or_else(|| error("its stake is not between 0 and 1000000000"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_should_be_read_when_it_is_well_formed() {
        let member: Member = "copier=2:7.5".parse().unwrap();
        let expected = Member { strategy: Strategy::Copier, validators: 2, stake: 7.5 };
        assert_eq!(member, expected);
    }

    #[test]
    fn member_should_be_refused_with_the_reason_when_it_is_not() {
        for (text, reason) in [
            ("copier", "no `=`"),
            ("copier=2", "no `:`"),
            ("thief=1:1", "no such strategy"),
            ("copier=0:1", "no validators"),
            ("copier=1:nan", "its stake"),
            ("copier=1:0", "its stake"),
        ] {
            let error = text.parse::<Member>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("copier=1:5"), "{text}: {error}");
        }
    }
}
