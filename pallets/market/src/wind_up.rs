//! The end of a market: frozen at the notice, its alpha redeemed alike for each while that runs, then
//! paid out, holder by holder, and gone.

use crate::{
    trades::refusal, Config, CreditOf, CurrentClaims, Dues, Event, Market, Markets, NextClaims,
    Pallet, State,
};
use alun_market_math::{
    ratio::mul_div,
    redeem::{Redemption, WindUp},
};
use alun_primitives::{
    traits::{OnSubnet, OnSubnetWoundUp, Refused, Rows, WindUpMarket},
    Alpha, AlphaCredit, Balance, BlockNumber, NetUid, Trade, TradeError,
};
use frame::{
    prelude::{defensive, DispatchError, OnUnbalanced},
    token::{
        fungible::{Balanced, Inspect},
        Fortitude, Precision, Preservation,
    },
};

impl Market {
    /// N and S, for which alpha is redeemed; `None` while it is traded.
    pub fn redeemable(&self) -> Option<(Balance, Alpha)> {
        match self.state {
            State::Open => None,
            State::Frozen => Some((self.pool.native, self.issuance)),
            State::Paying(WindUp { native, supply, .. }) => Some((native, Alpha(supply))),
        }
    }

    /// The price now, in units of 2⁻⁶⁴: that of the next small trade, or of redemption.
    pub fn price(&self) -> u128 {
        self.redeemable().map_or_else(
            || self.pool.price(),
            |(native, supply)| mul_div(native.into(), 1 << 64, supply.0.into()).unwrap_or(0),
        )
    }

    /// Redeems alpha; nothing is changed where it is refused.
    fn redeem(&mut self, alpha: Alpha) -> Result<Balance, TradeError> {
        let mut books = Redemption { native: self.pool.native, supply: self.issuance.0 };
        let native = books.redeem(alpha.0).map_err(refusal)?;
        self.pool.native = books.native;
        self.burn(alpha);
        Ok(native)
    }
}

impl<T: Config> OnSubnet for Pallet<T> {
    /// No more trades. What waited to buy alpha belongs to all who redeem; the root parts that wait to
    /// be sold are redeemed, in turns of the queue.
    fn on_notice(netuid: NetUid, _: BlockNumber) {
        let Ok(mut market) = Self::touched(netuid) else { return };
        let buyback = core::mem::take(&mut market.buyback);
        // Saturation: native tokens, which fit.
        market.pool.native = market.pool.native.saturating_add(buyback);
        market.state = State::Frozen;
        Self::await_turn(netuid, &mut market);
        let (native, supply) = (market.pool.native, market.issuance);
        Markets::<T>::insert(netuid, market);
        Self::deposit_event(Event::MarketFrozen { netuid, native, supply });
    }
}

impl<T: Config> Pallet<T> {
    /// Whether alpha of this netuid is redeemed instead of traded.
    pub(crate) fn is_frozen(netuid: NetUid) -> bool {
        Markets::<T>::get(netuid).is_some_and(|market| market.state == State::Frozen)
    }

    /// The redemption that `alpha` would be now.
    pub(crate) fn redemption(netuid: NetUid, alpha: Alpha) -> Result<(Market, Trade), TradeError> {
        let mut market = Markets::<T>::get(netuid).ok_or(TradeError::NoMarket)?;
        let price_before = market.price();
        let native = market.redeem(alpha)?;
        let price_after = market.price();
        Ok((market, Trade { native, alpha, fee: 0, price_before, price_after }))
    }

    /// Redeems all of `alpha`, for a staker.
    pub(crate) fn do_redeem(
        alpha: AlphaCredit<Self>,
        min_native: Balance,
    ) -> Result<CreditOf<T>, Refused<AlphaCredit<Self>>> {
        let netuid = alpha.netuid();
        let (market, trade) = match Self::redemption(netuid, alpha.peek()) {
            Ok((_, trade)) if trade.native < min_native => {
                return Err((alpha, TradeError::BelowBound));
            }
            Ok(computed) => computed,
            Err(error) => return Err((alpha, error)),
        };
        let Ok(native) = Self::withdraw(netuid, trade.native) else {
            // Not reached: the account holds it (M2).
            return Err((alpha, TradeError::TooLarge));
        };
        // Struck from the books with the redemption.
        let amount = alpha.place();
        Markets::<T>::insert(netuid, market);
        Self::tell_redeemed(netuid, amount, trade.native);
        Ok(native)
    }

    fn tell_redeemed(netuid: NetUid, alpha: Alpha, native: Balance) {
        Self::deposit_event(Event::Redeemed { netuid, alpha, native });
        Self::deposit_event(Event::AlphaBurned { netuid, amount: alpha });
    }

    /// A frozen market's turn in the queue: a page of what is due to root is paid, or a batch of root
    /// parts is redeemed, which is then due.
    pub(crate) fn redemption_turn(netuid: NetUid) {
        let Some(mut market) = Markets::<T>::get(netuid) else { return };
        let page = Self::next_page(netuid, &mut market);
        if page.is_none() {
            Self::redeem_batch(netuid, &mut market);
        }
        market.queued = market.has_work();
        if market.queued {
            Self::push(netuid);
        }
        Markets::<T>::insert(netuid, market);
        if let Some(page) = page {
            Self::pay_page(netuid, page);
        }
    }

    /// Redeems the batch that was being sold, or the one that collected, and makes it due.
    fn redeem_batch(netuid: NetUid, market: &mut Market) {
        if market.sale.current.is_zero() && !market.sale.next.is_zero() {
            Self::begin_batch(netuid, market);
        }
        let alpha = core::mem::take(&mut market.sale.current);
        if alpha.is_zero() {
            return;
        }
        let native = market.redeem(alpha).unwrap_or_else(|_| {
            // Worth less than a unit: the others', as every rounding.
            market.burn(alpha);
            0
        });
        // Saturation: native tokens, which fit.
        market.sale.proceeds = market.sale.proceeds.saturating_add(native);
        Self::tell_redeemed(netuid, alpha, native);
        Self::end_batch(netuid, market);
    }

    /// Takes native tokens out of the account of a market that is paid out, to the last.
    fn draw(netuid: NetUid, amount: Balance) -> Result<CreditOf<T>, DispatchError> {
        let (exact, all) = (Precision::Exact, Preservation::Expendable);
        T::Currency::withdraw(&Self::account(netuid), amount, exact, all, Fortitude::Force)
    }
}

impl<T: Config> WindUpMarket for Pallet<T> {
    type Native = CreditOf<T>;
    type Issuance = Self;

    /// N is all that the account holds: with its existential deposit, and what strangers sent.
    fn begin_payout(netuid: NetUid) -> bool {
        let Some(mut market) = Markets::<T>::get(netuid) else { return true };
        match market.state {
            State::Open => false,
            State::Paying(_) => true,
            // What is due to root is paid first.
            State::Frozen if market.queued || market.has_work() => false,
            State::Frozen => {
                let native = T::Currency::balance(&Self::account(netuid));
                let supply = market.issuance;
                market.state = State::Paying(WindUp::new(native, supply.0));
                Markets::<T>::insert(netuid, market);
                Self::deposit_event(Event::PayoutBegan { netuid, native, supply });
                true
            }
        }
    }

    fn pay_holder(alpha: AlphaCredit<Self>) -> CreditOf<T> {
        let netuid = alpha.netuid();
        let nothing = CreditOf::<T>::default();
        let Some(mut market) = Markets::<T>::get(netuid) else { return nothing };
        let State::Paying(mut wind_up) = market.state else { return nothing };
        let Ok(part) = wind_up.next(alpha.peek().0) else {
            defensive!("holders have more alpha than there is");
            return nothing;
        };
        let amount = alpha.place();
        market.state = State::Paying(wind_up);
        market.burn(amount);
        Markets::<T>::insert(netuid, market);
        Self::tell_redeemed(netuid, amount, part);
        if part == 0 {
            return nothing;
        }
        // Does not fail while M2 holds.
        Self::draw(netuid, part).unwrap_or_default()
    }
}

impl<T: Config> OnSubnetWoundUp for Pallet<T> {
    /// When all holders are paid: the pool's part is burned, and the market is gone.
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        let Some(market) = Markets::<T>::get(netuid) else { return true };
        let State::Paying(_) = market.state else { return false };
        if market.queued || !rows.take() {
            return false;
        }
        let native = T::Currency::balance(&Self::account(netuid));
        if native > 0 {
            // Does not fail: nothing but the pallet's own holds it.
            T::Burn::on_unbalanced(Self::draw(netuid, native).unwrap_or_default());
        }
        let alpha = market.issuance;
        Markets::<T>::remove(netuid);
        NextClaims::<T>::remove(netuid);
        CurrentClaims::<T>::remove(netuid);
        Dues::<T>::remove(netuid);
        Self::deposit_event(Event::AlphaBurned { netuid, amount: alpha });
        Self::deposit_event(Event::MarketClosed { netuid, native, alpha });
        true
    }
}
