//! How emission accrues without a loop over subnets: one index for the chain, one account for each
//! subnet. Pure. Fractions are in units of 2⁻⁶⁴ of the smallest unit, so nothing is ever lost.
//!
//! What accrues is native; what is pending is what came of it, the subnet's alpha.

use alloc::vec;
use alun_primitives::{Alpha, Balance, BlockNumber, MechanismId};
use alun_yuma::split_exact;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::{BoundedVec, ConstU32};
use scale_info::TypeInfo;

/// Fractions in one smallest unit.
pub const ONE: u128 = 1 << 64;

/// What one share has earned since the beginning.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Index {
    /// Earned by one share, in fractions.
    pub value: u128,
    /// What could not be divided yet, in fractions; below the sum of shares that left it.
    pub remainder: u64,
    /// Sum of the shares that count now.
    pub total_shares: u64,
}

impl Index {
    /// Divides `amount` among all shares. `None`, and nothing changed, when there are none.
    #[must_use]
    pub fn accrue(&mut self, amount: Balance) -> Option<()> {
        let total = u128::from(self.total_shares);
        let fresh = u128::from(amount).checked_mul(ONE)?.checked_add(u128::from(self.remainder))?;
        let value = self.value.checked_add(fresh.checked_div(total)?)?;
        self.remainder = u64::try_from(fresh.checked_rem(total)?).ok()?;
        self.value = value;
        Some(())
    }

    /// Takes back the fraction of a unit that a subnet leaves when it ends, for all shares. Returns the
    /// whole unit that the two remainders make together, 0 or 1.
    #[must_use]
    pub fn take_back(&mut self, fraction: u64) -> Balance {
        let (remainder, carried) = self.remainder.overflowing_add(fraction);
        self.remainder = remainder;
        carried.into()
    }
}

/// What one subnet has earned, and what of its alpha is pending.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Accrual {
    /// Whether the owner has started the subnet: only then its share counts and its alpha is emitted.
    pub started: bool,
    /// Block up to which it is settled.
    pub settled_at: BlockNumber,
    /// The share that counts since the last settlement.
    pub share: u64,
    /// The index at the last settlement.
    pub index: u128,
    /// The fraction of a unit that it has earned, in fractions: kept for the next time.
    pub fraction: u64,
    /// Pending and not yet divided among mechanisms.
    pub undivided: Alpha,
    /// Pending and divided, by mechanism.
    pub parts: BoundedVec<Alpha, ConstU32<255>>,
}

impl Accrual {
    /// What it has earned since the last settlement, with the fraction kept, in fractions.
    pub fn unsettled(&self, index: &Index) -> u128 {
        // The index never falls. Saturation: a share is at most the sum of shares by which what was
        // minted is divided, so this is at most all that was ever minted, below 2⁵⁵ · 2⁶⁴.
        u128::from(self.share)
            .saturating_mul(index.value.saturating_sub(self.index))
            .saturating_add(self.fraction.into())
    }

    /// Settles up to the index: takes out the whole units that it has earned, and keeps the fraction.
    #[must_use]
    pub fn settle(&mut self, index: &Index) -> Balance {
        let unsettled = self.unsettled(index);
        // The quotient of a value below 2¹²⁸ and the remainder by 2⁶⁴ both fit 64 bits.
        let whole = Balance::try_from(unsettled / ONE).unwrap_or(Balance::MAX);
        self.fraction = u64::try_from(unsettled % ONE).unwrap_or(u64::MAX);
        self.index = index.value;
        whole
    }

    /// Adds to what is pending.
    pub fn receive(&mut self, amount: Alpha) {
        // Saturation: never more than the issuance, which fits.
        self.undivided = self.undivided.saturating_add(amount);
    }

    /// Pending up to the last settlement.
    pub fn pending(&self) -> Alpha {
        // Saturation: never more than the issuance, which fits.
        self.parts.iter().fold(self.undivided, |sum, part| sum.saturating_add(*part))
    }

    /// Divides what is undivided among `mechanisms` equally, to the unit. What mechanisms that are
    /// no more had not been paid is divided among the others.
    pub fn divide(&mut self, mechanisms: u8) {
        let count = usize::from(mechanisms.max(1));
        while self.parts.len() > count {
            let orphaned = self.parts.pop().unwrap_or_default();
            self.receive(orphaned);
        }
        while self.parts.len() < count && self.parts.try_push(Alpha::ZERO).is_ok() {}
        let equal = split_exact(self.undivided.0, &vec![1; self.parts.len()]);
        for (part, more) in self.parts.iter_mut().zip(equal) {
            // Saturation: never more than the issuance, which fits.
            *part = part.saturating_add(Alpha(more));
        }
        self.undivided = Alpha::ZERO;
    }

    /// Takes out what a mechanism has pending.
    pub fn take(&mut self, mechanism: MechanismId) -> Alpha {
        self.parts.get_mut(usize::from(mechanism.0)).map_or(Alpha::ZERO, core::mem::take)
    }
}
