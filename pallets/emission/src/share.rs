//! Which subnets earn, and how much: this file, and nothing else, changes with the rule.
//!
//! The emission pallet asks for a subnet's share each time it settles the subnet, after it has done so
//! by the former share. Shares are relative to each other.

use alun_market_math::{
    price::Averages,
    share::{share, DEFAULT_FULL_RESERVE},
};
use alun_primitives::{traits::PriceOracle, NetUid};
use core::marker::PhantomData;

/// Says what a subnet's share is from now on.
pub trait SharePolicy {
    /// Share of a started subnet, at most [`MAX_SHARE`](alun_market_math::share::MAX_SHARE); more is
    /// taken as that.
    fn share(netuid: NetUid) -> u64;
}

/// By what the subnet's alpha is worth: `P · min(1, averaged reserve / R)`, with P the averaged price,
/// and R = 1,000 tokens. A young market earns next to nothing, and so does a pump within a block, since
/// both averages move with time only. A market that is not there has no price and earns nothing.
pub struct ByPrice<Market>(PhantomData<Market>);

impl<Market: PriceOracle> SharePolicy for ByPrice<Market> {
    fn share(netuid: NetUid) -> u64 {
        let (price, reserve) = Market::averages(netuid);
        share(Averages { price, reserve }, DEFAULT_FULL_RESERVE)
    }
}
