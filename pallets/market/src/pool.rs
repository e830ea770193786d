//! One subnet's market as it is stored, and what it says of itself.

use alun_market_math::{pool::Reserves, price::Averages, redeem::WindUp};
use alun_primitives::{part_of, Alpha, Balance, BlockNumber, Ppm};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Whether a market is open.
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
pub enum State {
    /// It is.
    #[default]
    Open,
    /// Under notice: nothing is traded. All alpha is redeemed alike, out of what the pool held and the
    /// buyback, which is counted as the pool's native tokens from then on.
    Frozen,
    /// What is left is paid out, holder by holder.
    Paying(WindUp),
}

/// One subnet's market: its pool, the books of its alpha, and what waits to be traded.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Market {
    /// What the pool holds.
    pub pool: Reserves,
    /// All of this alpha that there is.
    pub issuance: Alpha,
    /// All of it that was ever issued.
    pub minted: Alpha,
    /// All that its schedule allowed so far: seed + A + ρA.
    pub scheduled: Alpha,
    /// P: the averaged price, in units of 2⁻⁶⁴, at most 1.
    pub price_average: u128,
    /// The averaged native reserve, smallest unit.
    pub reserve_average: Balance,
    /// Block in which the averages last moved: the last in which the pool was touched.
    pub averaged_at: BlockNumber,
    /// The alpha reserve by which lots of sales are measured: falls with the pool's at once, and rises
    /// after it by one lot in a block.
    pub calm_alpha: u64,
    /// Native tokens that wait to buy alpha, which is burned. Smallest unit.
    pub buyback: Balance,
    /// The root parts that wait to be sold.
    pub sale: Sale,
    /// Whether the last of the chain's own trades was a purchase: then a sale goes before one.
    pub bought_last: bool,
    /// Whether it stands in the queue of the chain's own trades.
    pub queued: bool,
    /// Whether it is open.
    pub state: State,
}

/// Root parts, from being due in alpha to being paid in native tokens.
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
pub struct Sale {
    /// Alpha of the batch that collects.
    pub next: Alpha,
    /// Its claims.
    pub next_claims: u32,
    /// Alpha of the batch that is being sold, as far as it is not.
    pub current: Alpha,
    /// Its claims.
    pub current_claims: u32,
    /// What was got for it so far, smallest unit.
    pub proceeds: Balance,
    /// What of a batch that is sold out is not paid yet, smallest unit.
    pub due: Balance,
    /// Hotkeys to which it is due.
    pub dues: u32,
}

impl Market {
    /// A market that opens at `now` with what a lock seeded.
    pub(crate) fn new(pool: Reserves, now: BlockNumber) -> Self {
        let seed = Alpha(pool.alpha);
        Self {
            pool,
            issuance: seed,
            minted: seed,
            scheduled: seed,
            price_average: 0,
            reserve_average: 0,
            averaged_at: now,
            calm_alpha: pool.alpha,
            buyback: 0,
            sale: Sale::default(),
            bought_last: false,
            queued: false,
            state: State::Open,
        }
    }

    /// The averages as of `now`. In the first touch of a block the pool stands as the block before
    /// closed, because nothing changes it without a touch; later ones find them moved.
    pub(crate) fn averages(&self, now: BlockNumber, half_life: BlockNumber) -> Averages {
        let stored = Averages { price: self.price_average, reserve: self.reserve_average };
        match now.checked_sub(self.averaged_at) {
            None | Some(0) => stored,
            Some(blocks) => stored.moved(self.pool, blocks, half_life),
        }
    }

    /// Moves what follows the pool to `now`: before anything else in each touch.
    pub(crate) fn touch(&mut self, now: BlockNumber, half_life: BlockNumber, lot: Ppm) {
        let Averages { price, reserve } = self.averages(now, half_life);
        self.price_average = price;
        self.reserve_average = reserve;
        let blocks = now.saturating_sub(self.averaged_at);
        // Saturation: bounded by the reserve, which fits.
        let rise = part_of(self.calm_alpha, lot).max(1).saturating_mul(blocks.into());
        self.calm_alpha = self.calm_alpha.saturating_add(rise).min(self.pool.alpha);
        self.averaged_at = now;
    }

    /// Writes new alpha to the books.
    pub(crate) fn issue(&mut self, amount: Alpha) {
        // Saturation: the issuance is below the cap, and all that is ever issued below 2⁶⁴ for
        // millennia.
        self.issuance = self.issuance.saturating_add(amount);
        self.minted = self.minted.saturating_add(amount);
    }

    /// Strikes alpha from the books.
    pub(crate) fn burn(&mut self, amount: Alpha) {
        // Saturation: what is burned was issued.
        self.issuance = self.issuance.saturating_sub(amount);
    }

    /// Alpha that the market itself holds: the pool, and root parts that wait. `None` if they leave
    /// their type.
    pub fn alpha_here(&self) -> Option<Alpha> {
        let Sale { next, current, .. } = self.sale;
        Alpha(self.pool.alpha).checked_add(next)?.checked_add(current)
    }

    /// Root parts that wait to be sold.
    pub fn waiting_alpha(&self) -> Alpha {
        // Saturation: parts of the issuance, which fits.
        self.sale.next.saturating_add(self.sale.current)
    }

    /// Native tokens that the subnet's account must hold above its existential deposit. `None` if
    /// they leave their type.
    pub fn native_here(&self) -> Option<Balance> {
        if let State::Paying(wind_up) = self.state {
            return Some(wind_up.rest());
        }
        let Sale { proceeds, due, .. } = self.sale;
        [self.buyback, proceeds, due]
            .into_iter()
            .try_fold(self.pool.native, |sum, part| sum.checked_add(part))
    }

    /// Whether the chain has something to trade or to pay here.
    pub(crate) fn has_work(&self) -> bool {
        self.buyback > 0 || self.sale.due > 0 || !self.waiting_alpha().is_zero()
    }
}
