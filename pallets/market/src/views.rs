//! What the runtime API reads.

use crate::{Config, Markets, Pallet, Parameters};
use alun_primitives::{views::MarketView, Alpha, NetUid};

impl<T: Config> Pallet<T> {
    /// A subnet's market as of now, without what is not settled yet; `None` without a market.
    pub fn market_view(netuid: NetUid) -> Option<MarketView> {
        let market = Markets::<T>::get(netuid)?;
        let averages = market.averages(Self::now(), Self::half_life());
        Some(MarketView {
            netuid,
            price: market.price(),
            price_average: averages.price,
            native_reserve: market.pool.native,
            reserve_average: averages.reserve,
            alpha_reserve: Alpha(market.pool.alpha),
            issuance: market.issuance,
            fee: Parameters::<T>::get().fee,
            buyback: market.buyback,
            root_parts: market.waiting_alpha(),
            // Saturation: native tokens, which fit.
            root_proceeds: market.sale.proceeds.saturating_add(market.sale.due),
            redemption: market.redeemable(),
        })
    }
}
