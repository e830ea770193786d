//! How a subnet's emission enters its pool: in the proportion of the reserves, so that the price
//! stays where it is. What does not fit that way is the excess, which buys alpha and burns it.

use crate::{
    pool::Reserves,
    ratio::{mul_div, part_up, MILLION},
    MarketError,
};
use alun_primitives::{Balance, Ppm};

/// The root weight τ at genesis: 0.18.
pub const DEFAULT_ROOT_WEIGHT: Ppm = 180_000;

/// What is settled for one subnet over some blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// e: native units that the subnet has earned.
    pub native: Balance,
    /// A: alpha units that its curve emits over the same blocks.
    pub emitted: u64,
    /// Alpha units that may be issued besides `emitted` until the cap is reached.
    pub room: u64,
    /// Alpha units issued before.
    pub issuance: u64,
    /// T₀: native units staked on root.
    pub root_stake: Balance,
    /// τ: what a unit on root counts for.
    pub root_weight: Ppm,
}

/// What of a settlement enters the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injection {
    /// New alpha units that enter the pool.
    pub alpha_in: u64,
    /// Native units that enter it.
    pub native_in: Balance,
    /// The rest of the native units: buys alpha, which is burned.
    pub excess: Balance,
}

impl Settlement {
    /// `⌊ρA⌋`, the most new alpha that may enter the pool, with ρ = τT₀ / (τT₀ + issuance). Rounded
    /// down: less alpha is created. 0 when neither root nor alpha exists.
    pub fn most_alpha(&self) -> u64 {
        // 32 by 64 bits each: no saturation, and their sum fits.
        let root = u128::from(self.root_weight).saturating_mul(self.root_stake.into());
        let alpha = u128::from(MILLION).saturating_mul(self.issuance.into());
        mul_div(self.emitted.into(), root, root.saturating_add(alpha))
            .and_then(|most| u64::try_from(most).ok())
            // Division by 0; a part of `emitted` always fits.
            .unwrap_or(0)
            .min(self.room)
    }

    /// Divides the native units into what enters `pool` with new alpha and the excess.
    ///
    /// `alpha_in = min(⌊e/p⌋, ⌊ρA⌋, room)`: less alpha is created. `native_in = ⌈alpha_in · p⌉`: the
    /// pool gets no less than the new alpha is worth. So k and the price never fall, and the price
    /// rises by less than one native unit more in the reserve would raise it. `native_in + excess`
    /// is `native` exactly.
    ///
    /// Into an empty pool nothing enters: it has no price.
    pub fn inject(&self, pool: Reserves) -> Injection {
        let all_excess = Injection { excess: self.native, ..Injection::default() };
        if pool.is_empty() {
            return all_excess;
        }
        let affordable = mul_div(self.native.into(), pool.alpha.into(), pool.native.into());
        let alpha_in = affordable
            .and_then(|affordable| u64::try_from(affordable).ok())
            .unwrap_or(u64::MAX)
            .min(self.most_alpha());
        // At most e, because alpha_in · p is and e is whole: neither step fails.
        let Ok(native_in) = part_up(alpha_in, pool.native, pool.alpha) else { return all_excess };
        let Some(excess) = self.native.checked_sub(native_in) else { return all_excess };
        Injection { alpha_in, native_in, excess }
    }
}

impl Reserves {
    /// The pool after an injection.
    ///
    /// # Errors
    ///
    /// [`Overflow`](MarketError::Overflow) when a reserve cannot hold what enters.
    pub fn injected(self, injection: Injection) -> Result<Self, MarketError> {
        let native = self.native.checked_add(injection.native_in);
        let alpha = self.alpha.checked_add(injection.alpha_in);
        native.zip(alpha).map(|(native, alpha)| Self { native, alpha }).ok_or(MarketError::Overflow)
    }
}
