//! The schedule of emission: it halves each time half of what is left to the cap was issued. Pure.

use alun_primitives::{Balance, Millis, UNIT};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The slot for which E₀ is given.
pub const REFERENCE_SLOT_MS: Millis = 6_000;

/// What the schedule depends on.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Curve {
    /// E₀: emission of a block of 6 s while nothing was issued, smallest unit.
    pub initial: Balance,
    /// Issuance is never more than this, smallest unit.
    pub cap: Balance,
}

impl Default for Curve {
    fn default() -> Self {
        Self { initial: UNIT / 2, cap: 21_000_000 * UNIT }
    }
}

impl Curve {
    /// Emission of a block of `slot_ms` before any halving: E₀ scales with the slot.
    pub fn highest(&self, slot_ms: Millis) -> Balance {
        let scaled = u128::from(self.initial)
            .saturating_mul(slot_ms.into()) // Two u64 fit a u128.
            .checked_div(REFERENCE_SLOT_MS.into())
            .unwrap_or(0);
        Balance::try_from(scaled).unwrap_or(Balance::MAX)
    }

    /// ⌊log₂(1 / (1 − issuance/cap))⌋; `None` at the cap and above.
    pub fn halvings(&self, issuance: Balance) -> Option<u32> {
        let left = self.cap.checked_sub(issuance)?;
        // The floor of the quotient has the same floor of its logarithm as the quotient itself.
        self.cap.checked_div(left)?.checked_ilog2()
    }

    /// E: emission of a block of `slot_ms` at an issuance. Never leads above the cap while
    /// [`highest`](Self::highest) is at most half of it.
    pub fn block_emission(&self, issuance: Balance, slot_ms: Millis) -> Balance {
        self.halvings(issuance)
            .and_then(|halvings| self.highest(slot_ms).checked_shr(halvings))
            .unwrap_or(0)
    }
}
