//! A new subnet's market.

use crate::{Config, CreditOf, Event, Market, Markets, Pallet, State};
use alloc::vec::Vec;
use alun_market_math::seed::{median, seed};
use alun_primitives::{Alpha, NetUid};
use frame::{
    prelude::Get,
    token::{
        fungible::{Balanced, Inspect},
        imbalance::Imbalance,
    },
};

impl<T: Config> Pallet<T> {
    /// Seeds the pool of a new subnet with its lock, less the existential deposit of the subnet's
    /// account. Reads every market, once in a subnet's life.
    pub(crate) fn do_open(netuid: NetUid, lock: CreditOf<T>) -> Result<(), CreditOf<T>> {
        let deposit = T::Currency::minimum_balance();
        let Some(native) = lock.peek().checked_sub(deposit) else { return Err(lock) };
        if Markets::<T>::contains_key(netuid) {
            return Err(lock);
        }
        let Ok(pool) = seed(native, Self::median_price(), T::AlphaCap::get().0) else {
            return Err(lock);
        };
        T::Currency::resolve(&Self::account(netuid), lock)?;
        Markets::<T>::insert(netuid, Market::new(pool, Self::now()));
        Self::deposit_event(Event::MarketOpened {
            netuid,
            native: pool.native,
            alpha: Alpha(pool.alpha),
            price: pool.price(),
        });
        Ok(())
    }

    /// The median of the averaged prices as of now; `None` without open markets.
    fn median_price() -> Option<u128> {
        let (now, half_life) = (Self::now(), Self::half_life());
        let mut prices: Vec<_> = Markets::<T>::iter_values()
            .filter(|market| market.state == State::Open)
            .map(|market| market.averages(now, half_life).price)
            .collect();
        median(&mut prices)
    }
}
