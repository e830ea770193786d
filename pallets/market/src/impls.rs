//! What the market offers to the other pallets.

use crate::{
    trades::{of_purchase, of_sale},
    Config, CreditOf, Event, Markets, Pallet, State, Trader,
};
use alun_primitives::{
    traits::{AlphaMarket, EmissionMarket, PriceOracle, Refused},
    Alpha, AlphaCredit, AlphaIssuance, Balance, NetUid, Trade, TradeError,
};

impl<T: Config> AlphaIssuance for Pallet<T> {
    fn burned(netuid: NetUid, amount: Alpha) {
        Markets::<T>::mutate_extant(netuid, |market| market.burn(amount));
        Self::deposit_event(Event::AlphaBurned { netuid, amount });
    }
}

impl<T: Config> AlphaMarket for Pallet<T> {
    type Native = CreditOf<T>;
    type Issuance = Self;

    fn open(netuid: NetUid, lock: CreditOf<T>) -> Result<(), CreditOf<T>> {
        Self::do_open(netuid, lock)
    }

    fn tradable(netuid: NetUid) -> Result<(), TradeError> {
        match Markets::<T>::get(netuid).ok_or(TradeError::NoMarket)?.state {
            State::Open => Ok(()),
            State::Frozen | State::Paying(_) => Err(TradeError::WindingUp),
        }
    }

    fn buy(
        netuid: NetUid,
        native: CreditOf<T>,
        min_alpha: Alpha,
    ) -> Result<AlphaCredit<Self>, Refused<CreditOf<T>>> {
        Self::buy_for(Trader::Staker, netuid, native, min_alpha)
    }

    fn sell(
        alpha: AlphaCredit<Self>,
        min_native: Balance,
    ) -> Result<CreditOf<T>, Refused<AlphaCredit<Self>>> {
        if Self::is_frozen(alpha.netuid()) {
            return Self::do_redeem(alpha, min_native);
        }
        Self::do_sell(alpha, min_native)
    }

    fn quote_buy(netuid: NetUid, native: Balance) -> Result<Trade, TradeError> {
        Self::purchase(netuid, native).map(|(_, bought)| of_purchase(&bought))
    }

    fn quote_sell(netuid: NetUid, alpha: Alpha) -> Result<Trade, TradeError> {
        if Self::is_frozen(netuid) {
            return Self::redemption(netuid, alpha).map(|(_, trade)| trade);
        }
        Self::sale(netuid, alpha).map(|(_, sold)| of_sale(&sold))
    }
}

impl<T: Config> EmissionMarket<T::AccountId> for Pallet<T> {
    type Native = CreditOf<T>;
    type Issuance = Self;

    fn issuance(netuid: NetUid) -> Alpha {
        Markets::<T>::get(netuid).map_or(Alpha::ZERO, |market| market.issuance)
    }

    fn inject(netuid: NetUid, native: CreditOf<T>, emitted: Alpha) -> AlphaCredit<Self> {
        Self::do_inject(netuid, native, emitted)
    }

    fn sell_for_root(hotkey: &T::AccountId, alpha: AlphaCredit<Self>) {
        Self::do_sell_for_root(hotkey, alpha);
    }
}

impl<T: Config> PriceOracle for Pallet<T> {
    /// Under notice, what is redeemed for one alpha.
    fn spot(netuid: NetUid) -> u128 {
        Markets::<T>::get(netuid).map_or(0, |market| market.price())
    }

    fn averages(netuid: NetUid) -> (u128, Balance) {
        let market = Markets::<T>::get(netuid).filter(|market| market.state == State::Open);
        market.map_or((0, 0), |market| {
            let averages = market.averages(Self::now(), Self::half_life());
            (averages.price, averages.reserve)
        })
    }
}
