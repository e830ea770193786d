//! A pool of points, as plain arithmetic: no storage, no money, no accounts. Amounts are of one
//! token, whichever it is, in its smallest unit.
//!
//! Points are shares of the pool's value. Both sides carry a virtual amount that nobody owns
//! ([`VIRTUAL_POINTS`] points that stand for [`VIRTUAL_VALUE`] unit), so that the first depositor
//! cannot inflate the price of a point and have later deposits rounded away. Every rounding
//! favours the pool, so the price of a point never falls while the pool lives.

use alun_market_math::ratio::{mul_div, mul_div_up};
use alun_primitives::BlockNumber;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::hashing::U256;
use scale_info::TypeInfo;

/// Points that nobody owns.
pub const VIRTUAL_POINTS: u128 = 1_000_000;

/// The value that they stand for, in the smallest unit.
pub const VIRTUAL_VALUE: u128 = 1;

/// Why an operation on a pool is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// The amount is zero.
    ZeroAmount,
    /// The amount is worth less than one point.
    ZeroPoints,
    /// The amount is more than the position's points are worth.
    NotEnough,
    /// The amount is under the dust limit and not the whole position.
    UnderDust,
    /// A number left its type; amounts within the cap cannot cause it.
    Overflow,
}

/// Rewards that enter the pool's value linearly.
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
pub struct Stream {
    /// What has not entered at `last`.
    pub remaining: u64,
    /// Block up to which everything that was due has entered.
    pub last: BlockNumber,
    /// Block at which the last of it has entered.
    pub end: BlockNumber,
}

impl Stream {
    /// What enters between `last` and `now`, rounded down until the end.
    pub fn due(&self, now: BlockNumber) -> u64 {
        if now >= self.end {
            return self.remaining;
        }
        let passed = now.saturating_sub(self.last);
        let whole = self.end.saturating_sub(self.last);
        mul_div(self.remaining.into(), passed.into(), whole.into())
            .and_then(|due| u64::try_from(due).ok())
            // Not reached: `passed` is below `whole`, so the part is below `remaining`.
            .unwrap_or(0)
    }

    /// Takes out what is due at `now`.
    fn advance(&mut self, now: BlockNumber) -> u64 {
        let due = self.due(now);
        // Saturation: `due` is at most `remaining`.
        self.remaining = self.remaining.saturating_sub(due);
        self.last = now;
        if self.remaining == 0 {
            *self = Self::default();
        }
        due
    }

    /// Adds `amount`, which enters together with what remains over `blocks` from `now`. What
    /// remains never enters sooner than it would have: a reward with a short way must not hurry a
    /// large one that has a long way to go.
    fn add(&mut self, amount: u64, now: BlockNumber, blocks: BlockNumber) -> Option<()> {
        self.remaining = self.remaining.checked_add(amount)?;
        self.last = now;
        // Saturation: heights stay far below 2³² blocks (136 years of 1 s slots).
        self.end = self.end.max(now.saturating_add(blocks.max(1)));
        Some(())
    }
}

/// What leaves a position: points burned, and what is paid for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Points burned.
    pub points: u128,
    /// Paid, smallest unit.
    pub amount: u64,
    /// Whether it is all of the position.
    pub whole: bool,
}

/// The pool of one hotkey on one netuid.
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
pub struct Pool {
    /// Value that the points share, without rewards on their way; up to date at `stream.last`.
    pub value: u64,
    /// Points of all positions.
    pub points: u128,
    /// Number of positions.
    pub positions: u32,
    /// Rewards on their way.
    pub stream: Stream,
}

impl Pool {
    /// The pool at `now`: with the rewards that have entered by then.
    pub fn at(mut self, now: BlockNumber) -> Self {
        let entered = self.stream.advance(now);
        // Saturation: both are parts of the issuance, which fits.
        self.value = self.value.saturating_add(entered);
        self
    }

    /// All the money that belongs to the pool: value and rewards on their way.
    pub fn holdings(&self) -> u64 {
        // Saturation: both are parts of the issuance, which fits.
        self.value.saturating_add(self.stream.remaining)
    }

    /// What `points` of this pool can be redeemed for.
    pub fn value_of(&self, points: u128) -> u64 {
        self.virtual_points()
            .and_then(|all| mul_div(points, self.virtual_value(), all))
            .and_then(|value| u64::try_from(value).ok())
            // Not reached for points of this pool: they are worth at most its value.
            .unwrap_or(0)
            .min(self.value)
    }

    /// What `points` of this pool gain when its value grows by `amount`, rounded down.
    pub fn gain_of(&self, points: u128, amount: u64) -> u64 {
        self.virtual_points()
            .and_then(|all| mul_div(points, amount.into(), all))
            .and_then(|gain| u64::try_from(gain).ok())
            // Not reached for points of this pool: they gain at most the amount.
            .unwrap_or(0)
    }

    /// Adds `amount` and mints the points for it.
    pub fn deposit(&mut self, amount: u64) -> Result<u128, PoolError> {
        if amount == 0 {
            return Err(PoolError::ZeroAmount);
        }
        let all = self.virtual_points().ok_or(PoolError::Overflow)?;
        let minted =
            mul_div(amount.into(), all, self.virtual_value()).ok_or(PoolError::Overflow)?;
        if minted == 0 {
            return Err(PoolError::ZeroPoints);
        }
        self.value = self.value.checked_add(amount).ok_or(PoolError::Overflow)?;
        self.points = self.points.checked_add(minted).ok_or(PoolError::Overflow)?;
        Ok(minted)
    }

    /// What leaves a position of `points` when `wanted` is asked for, or all of it with `None`.
    /// What would stay under `dust`, or be worth nothing, leaves as well, so that no dust is stranded.
    pub fn exit(&self, points: u128, wanted: Option<u64>, dust: u64) -> Result<Exit, PoolError> {
        let whole = Exit { points, amount: self.value_of(points), whole: true };
        let Some(amount) = wanted else { return Ok(whole) };
        if amount == 0 {
            return Err(PoolError::ZeroAmount);
        }
        if amount > whole.amount {
            return Err(PoolError::NotEnough);
        }
        if amount < dust && amount < whole.amount {
            return Err(PoolError::UnderDust);
        }
        let all = self.virtual_points().ok_or(PoolError::Overflow)?;
        let burned =
            mul_div_up(amount.into(), all, self.virtual_value()).ok_or(PoolError::Overflow)?;
        let part = Exit { points: burned, amount, whole: false };
        let Some(left) = points.checked_sub(burned) else { return Ok(whole) };
        let mut after = self.clone();
        after.withdraw(part)?;
        if left == 0 || after.value_of(left) < dust.max(1) {
            return Ok(whole);
        }
        Ok(part)
    }

    /// Takes an [`exit`](Self::exit) out.
    pub fn withdraw(&mut self, exit: Exit) -> Result<(), PoolError> {
        self.value = self.value.checked_sub(exit.amount).ok_or(PoolError::Overflow)?;
        self.points = self.points.checked_sub(exit.points).ok_or(PoolError::Overflow)?;
        Ok(())
    }

    /// Adds a reward that enters over `blocks` from `now`, together with what is on its way; returns
    /// the block at which all of it has entered. Expects a pool [`at`](Self::at) `now`.
    pub fn reward(
        &mut self,
        amount: u64,
        now: BlockNumber,
        blocks: BlockNumber,
    ) -> Result<BlockNumber, PoolError> {
        self.stream.add(amount, now, blocks).ok_or(PoolError::Overflow)?;
        Ok(self.stream.end)
    }

    fn virtual_points(&self) -> Option<u128> {
        self.points.checked_add(VIRTUAL_POINTS)
    }

    fn virtual_value(&self) -> u128 {
        // Saturation: a u64 and 1 fit a u128.
        u128::from(self.value).saturating_add(VIRTUAL_VALUE)
    }
}

/// `amount` in two parts that are to each other as `a` to `b` and sum to it exactly: the first
/// rounded to the nearest (largest remainder of two), a tie to the first. `None` where both are 0.
pub fn two_parts(amount: u64, a: u128, b: u128) -> Option<(u64, u64)> {
    let whole = a.checked_add(b).filter(|whole| *whole > 0)?;
    let product = U256::from(amount).checked_mul(U256::from(a))?;
    let floor = product.checked_div(U256::from(whole))?;
    let rest = product.checked_rem(U256::from(whole))?;
    let up = rest.checked_mul(U256::from(2))? >= U256::from(whole) && !rest.is_zero();
    let first = u128::try_from(floor).ok()?.checked_add(u128::from(up))?;
    let first = u64::try_from(first).ok()?;
    Some((first, amount.checked_sub(first)?))
}
