//! How stake, emission and subnets meet the market of each subnet's alpha.

use crate::{Alpha, AlphaCredit, AlphaIssuance, Balance, NetUid, Ppm, Trade, TradeError};

/// A credit that was not taken, with the reason.
pub type Refused<Credit> = (Credit, TradeError);

/// Pools in which each subnet's alpha trades against the native token. Offered by `market`.
pub trait AlphaMarket {
    /// Native tokens on their way.
    type Native;
    /// The books of every alpha's issuance.
    type Issuance: AlphaIssuance;

    /// Opens the market of a new subnet: its lock seeds the pool. Gives the lock back where there is
    /// a market already, or the lock is too small to seed one.
    fn open(netuid: NetUid, lock: Self::Native) -> Result<(), Self::Native>;

    /// Whether alpha of this netuid trades now. Under notice it does not, but can be redeemed.
    fn tradable(netuid: NetUid) -> Result<(), TradeError>;

    /// Buys alpha for all of `native`, the fee included. The subnet is settled first. Refused, and
    /// the tokens given back, rather than give less than `min_alpha`.
    fn buy(
        netuid: NetUid,
        native: Self::Native,
        min_alpha: Alpha,
    ) -> Result<AlphaCredit<Self::Issuance>, Refused<Self::Native>>;

    /// Sells all of `alpha`. The subnet is settled first. Refused, and the alpha given back, rather
    /// than give less than `min_native`, the fee off. Under notice the alpha is redeemed instead.
    fn sell(
        alpha: AlphaCredit<Self::Issuance>,
        min_native: Balance,
    ) -> Result<Self::Native, Refused<AlphaCredit<Self::Issuance>>>;

    /// What [`buy`](Self::buy) would do now, to the unit. Settles the subnet, as it would.
    fn quote_buy(netuid: NetUid, native: Balance) -> Result<Trade, TradeError>;

    /// What [`sell`](Self::sell) would do now, to the unit. Settles the subnet, as it would.
    fn quote_sell(netuid: NetUid, alpha: Alpha) -> Result<Trade, TradeError>;
}

/// The end of a subnet's market. Offered by `market`; called by `stake`, which knows the holders.
pub trait WindUpMarket {
    /// Native tokens on their way.
    type Native;
    /// The books of every alpha's issuance.
    type Issuance: AlphaIssuance;

    /// Fixes what is paid out, and among how much alpha, once. `false` while something of the chain's
    /// own is still to be paid out of the subnet's account: ask again in a later block.
    fn begin_payout(netuid: NetUid) -> bool;

    /// The next holder's part, for its alpha, which is burned. May be nothing.
    fn pay_holder(alpha: AlphaCredit<Self::Issuance>) -> Self::Native;
}

/// Where a subnet's emission enters its market. Offered by `market`; called by `emission`.
pub trait EmissionMarket<AccountId> {
    /// Native tokens on their way.
    type Native;
    /// The books of every alpha's issuance.
    type Issuance: AlphaIssuance;

    /// Issuance of a subnet's alpha: what its curve depends on.
    fn issuance(netuid: NetUid) -> Alpha;

    /// A subnet's emission since it was last settled: `native` from the chain's pot, and `emitted` by
    /// the alpha's own curve over the same blocks. Tokens and new alpha enter the pool in the
    /// proportion that leaves the price where it is, what is too much waits to buy alpha and burn it,
    /// and `emitted`, or what its cap leaves of it, is issued and returned, for the participants.
    /// Called by [`Settle::settle`], thus before whatever else happens in the market in that block.
    fn inject(netuid: NetUid, native: Self::Native, emitted: Alpha) -> AlphaCredit<Self::Issuance>;

    /// The part of a validator's reward that belongs to its stakers on root: it waits to be sold for
    /// native tokens, which go to [`RootStake::reward_root`].
    fn sell_for_root(hotkey: &AccountId, alpha: AlphaCredit<Self::Issuance>);
}

/// What a subnet's alpha costs. Offered by `market`. Prices in native units per alpha unit with 64
/// bits after the point, rounded down.
pub trait PriceOracle {
    /// The price at which the next small trade would be made.
    fn spot(netuid: NetUid) -> u128;
    /// The averaged price, at most 1, and the averaged native reserve.
    fn averages(netuid: NetUid) -> (u128, Balance);
}

/// Brings what a subnet has earned up to date. Offered by `emission`; called before every trade, so
/// that settling later would have changed nothing. Has an effect at most once a block.
pub trait Settle {
    /// Settles a subnet.
    fn settle(netuid: NetUid);
}

/// What the market knows of root. Offered by `stake`.
pub trait RootStake<AccountId> {
    /// Native tokens on their way.
    type Native;
    /// All native tokens staked on root, T₀.
    fn total() -> Balance;
    /// Root weight τ, parts per million.
    fn weight() -> Ppm;
    /// Sends native tokens on their way into a hotkey's pool on root; burned when that is empty.
    /// Touches no market.
    fn reward_root(hotkey: &AccountId, native: Self::Native);
}
