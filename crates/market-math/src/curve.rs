//! The schedule of issuance: it halves each time half of what is left to the cap was issued. The
//! native token and every alpha follow one, each by its own issuance.

use alun_primitives::{Balance, BlockNumber, Millis, UNIT};
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
    /// Emission of a block of `slot_ms` before any halving: E₀ scales with the slot. Rounded down.
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

    /// E: emission of a block of `slot_ms` at an issuance. Rounded down, and never more than is left
    /// to the cap (which is more than a block's emission anyway while [`highest`](Self::highest) is
    /// at most half of the cap).
    pub fn block_emission(&self, issuance: Balance, slot_ms: Millis) -> Balance {
        // At the cap and above there are no halvings.
        let left = self.cap.saturating_sub(issuance);
        self.halvings(issuance)
            .and_then(|halvings| self.highest(slot_ms).checked_shr(halvings))
            .unwrap_or(0)
            .min(left)
    }

    /// Emission of `blocks` blocks of `slot_ms` from an issuance on, where each block adds to the
    /// issuance: the sum of [`block_emission`](Self::block_emission) block by block, exactly, in one
    /// step for each halving (there are at most 64).
    pub fn emitted_over(&self, issuance: Balance, blocks: BlockNumber, slot_ms: Millis) -> Balance {
        let mut issued = issuance;
        let mut blocks = Balance::from(blocks);
        while blocks > 0 {
            let each = self.block_emission(issued, slot_ms);
            if each == 0 {
                break;
            }
            let same = self.blocks_to_halving(issued, each).min(blocks);
            // Saturation: only a last block that would pass the cap can, and the cap ends it.
            issued = issued.saturating_add(each.saturating_mul(same)).min(self.cap);
            blocks = blocks.saturating_sub(same);
        }
        // It only grew.
        issued.saturating_sub(issuance)
    }

    /// Blocks, with this one, until one that emits less than `each`; at least 1.
    fn blocks_to_halving(&self, issued: Balance, each: Balance) -> Balance {
        let next = self.halvings(issued).and_then(|halvings| halvings.checked_add(1));
        // The next halving is reached when no more than this is left.
        let then = next.and_then(|next| self.cap.checked_shr(next)).unwrap_or(0);
        let left = self.cap.saturating_sub(issued);
        let until = left.saturating_sub(then);
        let whole = until.checked_div(each).unwrap_or(0);
        let more = until.checked_rem(each).is_some_and(|rest| rest != 0);
        whole.saturating_add(more.into()).max(1)
    }
}
