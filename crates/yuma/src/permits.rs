//! Step 3: validator permits.

use alloc::{vec, vec::Vec};

use crate::{
    error::{at_mut, EpochError, Step},
    input::Input,
};

/// The permits that count in this epoch: the stored ones, and the owner's.
pub fn stored(input: &Input) -> Vec<bool> {
    let owner = input.params.owner;
    (0..=u16::MAX)
        .zip(input.neurons)
        .map(|(uid, neuron)| neuron.permit || owner == Some(uid))
        .collect()
}

/// The permits to store for the next epoch: the `max_validators` largest stakes, and the owner.
pub fn renewed(input: &Input, stake: &[u64]) -> Result<Vec<bool>, EpochError> {
    let mut permits = largest(stake, input.params.max_validators)?;
    if let Some(owner) = input.params.owner {
        *at_mut(&mut permits, owner, Step::Input)? = true;
    }
    Ok(permits)
}

/// Which neurons hold the `count` largest stakes. Nobody without stake does; of equal stakes the
/// higher uid goes first.
pub fn largest(stake: &[u64], count: u16) -> Result<Vec<bool>, EpochError> {
    let mut permits = vec![false; stake.len()];
    let mut holders: Vec<(u64, u16)> =
        stake.iter().copied().zip(0..=u16::MAX).filter(|(stake, _)| *stake != 0).collect();
    let others = holders.len().saturating_sub(usize::from(count)); // None if all fit.
    if others < holders.len() && others != 0 {
        holders.select_nth_unstable(others);
    }
    for (_, uid) in holders.into_iter().skip(others) {
        *at_mut(&mut permits, uid, Step::Input)? = true;
    }
    Ok(permits)
}
