//! A subnet's emission enters its market, and a validator's root part begins to wait.

use crate::{Config, CreditOf, Event, Market, Markets, NextClaims, Pallet};
use alun_market_math::injection::{Injection, Settlement};
use alun_primitives::{traits::RootStake, Alpha, AlphaCredit, Balance, NetUid};
use frame::{
    prelude::Get,
    token::{fungible::Balanced, imbalance::Imbalance, OnUnbalanced},
};

impl<T: Config> Pallet<T> {
    /// Emission enters: new alpha and native tokens into the pool, what is too much into the
    /// buyback, and `emitted` to the caller.
    pub(crate) fn do_inject(
        netuid: NetUid,
        native: CreditOf<T>,
        emitted: Alpha,
    ) -> AlphaCredit<Self> {
        let nothing = AlphaCredit::zero(netuid);
        let earned = native.peek();
        if earned == 0 && emitted.is_zero() {
            return nothing;
        }
        let Ok(mut market) = Self::touched(netuid) else {
            T::Burn::on_unbalanced(native);
            return nothing;
        };
        let settlement = Self::settlement(&market, earned, emitted);
        let injection = settlement.inject(market.pool);
        let (Ok(pool), Some(buyback)) =
            (market.pool.injected(injection), market.buyback.checked_add(injection.excess))
        else {
            // Not reached: all native tokens, and all alpha under its cap, fit.
            T::Burn::on_unbalanced(native);
            return nothing;
        };
        if let Err(unplaced) = T::Currency::resolve(&Self::account(netuid), native) {
            // Not reached while the account holds its existential deposit.
            T::Burn::on_unbalanced(unplaced);
            return nothing;
        }
        let Injection { alpha_in, native_in, excess } = injection;
        let emitted = Alpha(settlement.emitted);
        market.pool = pool;
        market.buyback = buyback;
        market.issue(emitted.saturating_add(Alpha(alpha_in)));
        // Saturation: as what was ever issued, it fits for millennia.
        market.scheduled =
            market.scheduled.saturating_add(emitted).saturating_add(Alpha(settlement.most_alpha()));
        Self::await_turn(netuid, &mut market);
        Markets::<T>::insert(netuid, market);
        let alpha = Alpha(alpha_in);
        Self::deposit_event(Event::Injected { netuid, native: native_in, alpha, excess, emitted });
        AlphaCredit::taken(netuid, emitted)
    }

    /// What is settled, within the cap of this alpha.
    fn settlement(market: &Market, native: Balance, emitted: Alpha) -> Settlement {
        let room = T::AlphaCap::get().saturating_sub(market.issuance);
        let emitted = emitted.min(room);
        Settlement {
            native,
            emitted: emitted.0,
            room: room.saturating_sub(emitted).0,
            issuance: market.issuance.0,
            root_stake: T::Root::total(),
            root_weight: T::Root::weight(),
        }
    }

    /// A validator's root part joins the batch that collects.
    pub(crate) fn do_sell_for_root(hotkey: &T::AccountId, alpha: AlphaCredit<Self>) {
        let netuid = alpha.netuid();
        // Alpha without a market is burned, as whatever is dropped.
        let Ok(mut market) = Self::touched(netuid) else { return };
        let amount = alpha.place();
        if amount.is_zero() {
            return;
        }
        // Saturation: parts of the issuance, which fits.
        market.sale.next = market.sale.next.saturating_add(amount);
        let mut claims = NextClaims::<T>::get(netuid);
        match claims.binary_search_by(|(holder, _)| holder.cmp(hotkey)) {
            Ok(found) => {
                if let Some((_, claim)) = claims.get_mut(found) {
                    *claim = claim.saturating_add(amount);
                }
            }
            // Where there is no room for one claim more, what it is worth is everybody's in the
            // batch: root stakers get it all the same.
            Err(place) => {
                if claims.try_insert(place, (hotkey.clone(), amount)).is_ok() {
                    market.sale.next_claims = market.sale.next_claims.saturating_add(1);
                }
            }
        }
        NextClaims::<T>::insert(netuid, claims);
        Self::await_turn(netuid, &mut market);
        Markets::<T>::insert(netuid, market);
        let hotkey = hotkey.clone();
        Self::deposit_event(Event::RootPartWaits { netuid, hotkey, alpha: amount });
    }
}
