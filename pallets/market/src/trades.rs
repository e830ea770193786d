//! Purchases and sales by others: load, compute, move the tokens, store, tell.

use crate::{Config, CreditOf, Error, Event, Market, Markets, Pallet, Parameters, State};
use alun_market_math::{
    pool::{Bought, Sold},
    MarketError,
};
use alun_primitives::{
    traits::{Clock, Refused, Settle},
    Alpha, AlphaCredit, Balance, BlockNumber, NetUid, Trade, TradeError,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_system,
    prelude::{
        AccountIdConversion, BoundedVec, ConstU32, DispatchError, DispatchResult, Get,
        OnUnbalanced, SaturatedConversion, TypeInfo,
    },
    token::{fungible::Balanced, imbalance::Imbalance, Fortitude, Precision, Preservation},
};

/// Longest memo of a payment, bytes.
pub const MAX_MEMO: u32 = 64;

/// What a payer says of a payment.
pub type Memo = BoundedVec<u8, ConstU32<MAX_MEMO>>;

/// For whom a trade was made.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Trader {
    /// A staker: the staking event of the same extrinsic says who.
    Staker,
    /// Who pays for use: the event `Paid` says who.
    Payer,
    /// The chain, which burns what it bought.
    Buyback,
    /// The chain, for stakers on root.
    RootSale,
}

/// Which way a trade went.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Side {
    /// Native tokens for alpha.
    Buy,
    /// Alpha for native tokens.
    Sell,
}

impl<T> From<TradeError> for Error<T> {
    fn from(error: TradeError) -> Self {
        match error {
            TradeError::NoMarket => Self::NoMarket,
            TradeError::WindingUp => Self::WindingUp,
            TradeError::TooSmall => Self::AmountTooSmall,
            TradeError::TooLarge => Self::AmountTooLarge,
            TradeError::BelowBound => Self::BurnedTooLittle,
        }
    }
}

/// The market's word for what the arithmetic refuses.
pub(crate) fn refusal(error: MarketError) -> TradeError {
    match error {
        MarketError::ZeroAmount | MarketError::TooSmall => TradeError::TooSmall,
        MarketError::TooLarge | MarketError::Overflow => TradeError::TooLarge,
        // Not reached: a pool is seeded with both, and no trade empties a side.
        MarketError::EmptyPool => TradeError::NoMarket,
    }
}

impl<T: Config> Pallet<T> {
    /// The account that holds the native tokens of a subnet's market.
    pub fn account(netuid: NetUid) -> T::AccountId {
        T::PalletId::get().into_sub_account_truncating(netuid)
    }

    /// The block that this happens in.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The half-life of the averages, in blocks.
    pub(crate) fn half_life() -> BlockNumber {
        T::Clock::to_blocks(Parameters::<T>::get().half_life)
    }

    /// A market as of now: what follows the pool has moved. The one door to what is traded.
    pub(crate) fn touched(netuid: NetUid) -> Result<Market, TradeError> {
        let mut market = Markets::<T>::get(netuid).ok_or(TradeError::NoMarket)?;
        if market.state != State::Open {
            return Err(TradeError::WindingUp);
        }
        market.touch(Self::now(), Self::half_life(), Parameters::<T>::get().lot);
        Ok(market)
    }

    /// Takes native tokens out of a subnet's account.
    pub(crate) fn withdraw(netuid: NetUid, amount: Balance) -> Result<CreditOf<T>, DispatchError> {
        let from = Self::account(netuid);
        let (exact, keep) = (Precision::Exact, Preservation::Preserve);
        T::Currency::withdraw(&from, amount, exact, keep, Fortitude::Polite)
    }

    /// The purchase that `native` would make now.
    pub(crate) fn purchase(
        netuid: NetUid,
        native: Balance,
    ) -> Result<(Market, Bought), TradeError> {
        T::Settle::settle(netuid);
        let market = Self::touched(netuid)?;
        let bought = market.pool.buy(native, Parameters::<T>::get().fee).map_err(refusal)?;
        Ok((market, bought))
    }

    /// The sale that `alpha` would make now.
    pub(crate) fn sale(netuid: NetUid, alpha: Alpha) -> Result<(Market, Sold), TradeError> {
        T::Settle::settle(netuid);
        let market = Self::touched(netuid)?;
        let sold = market.pool.sell(alpha.0, Parameters::<T>::get().fee).map_err(refusal)?;
        Ok((market, sold))
    }

    /// Buys alpha for all of `native`.
    pub(crate) fn buy_for(
        trader: Trader,
        netuid: NetUid,
        native: CreditOf<T>,
        min_alpha: Alpha,
    ) -> Result<AlphaCredit<Self>, Refused<CreditOf<T>>> {
        let (mut market, bought) = match Self::purchase(netuid, native.peek()) {
            Ok((_, bought)) if bought.alpha_out < min_alpha.0 => {
                return Err((native, TradeError::BelowBound));
            }
            Ok(computed) => computed,
            Err(error) => return Err((native, error)),
        };
        let (fee, kept) = native.split(bought.fee);
        if let Err(unplaced) = T::Currency::resolve(&Self::account(netuid), kept) {
            // Not reached while the account holds its existential deposit.
            return Err((unplaced.merge(fee), TradeError::TooLarge));
        }
        T::Burn::on_unbalanced(fee);
        market.pool = bought.after;
        Self::tell_bought(netuid, trader, &bought);
        Markets::<T>::insert(netuid, market);
        Ok(AlphaCredit::taken(netuid, Alpha(bought.alpha_out)))
    }

    /// Sells all of `alpha`, for a staker.
    pub(crate) fn do_sell(
        alpha: AlphaCredit<Self>,
        min_native: Balance,
    ) -> Result<CreditOf<T>, Refused<AlphaCredit<Self>>> {
        let netuid = alpha.netuid();
        let (mut market, sold) = match Self::sale(netuid, alpha.peek()) {
            Ok((_, sold)) if sold.native_out < min_native => {
                return Err((alpha, TradeError::BelowBound));
            }
            Ok(computed) => computed,
            Err(error) => return Err((alpha, error)),
        };
        let Ok(taken) = Self::withdraw(netuid, sold.native_taken) else {
            // Not reached: the account holds the reserve (M2).
            return Err((alpha, TradeError::TooLarge));
        };
        let (fee, native) = taken.split(sold.fee);
        T::Burn::on_unbalanced(fee);
        // The pool holds it from here on.
        let _ = alpha.place();
        market.pool = sold.after;
        Self::tell_sold(netuid, Trader::Staker, &sold);
        Markets::<T>::insert(netuid, market);
        Ok(native)
    }

    /// Buys alpha for `amount` of the payer's tokens and burns it.
    pub(crate) fn do_pay(
        payer: T::AccountId,
        netuid: NetUid,
        amount: Balance,
        min_burned: Alpha,
        memo: Memo,
    ) -> DispatchResult {
        if !Markets::<T>::contains_key(netuid) {
            return Err(Error::<T>::NoMarket.into());
        }
        let (exact, keep) = (Precision::Exact, Preservation::Preserve);
        let native = T::Currency::withdraw(&payer, amount, exact, keep, Fortitude::Polite)
            .map_err(|_| Error::<T>::BalanceTooLow)?;
        // A call that fails is undone as a whole, the withdrawal included.
        let bought = Self::buy_for(Trader::Payer, netuid, native, min_burned)
            .map_err(|(_, error)| Error::<T>::from(error))?;
        let burned = bought.peek();
        drop(bought);
        Self::deposit_event(Event::Paid { netuid, payer, native: amount, burned, memo });
        Ok(())
    }

    /// The event of a purchase.
    pub(crate) fn tell_bought(netuid: NetUid, trader: Trader, bought: &Bought) {
        Self::deposit_event(Event::Traded {
            netuid,
            trader,
            side: Side::Buy,
            native: bought.native_in,
            alpha: Alpha(bought.alpha_out),
            fee: bought.fee,
            price: bought.price_after,
        });
    }

    /// The event of a sale.
    pub(crate) fn tell_sold(netuid: NetUid, trader: Trader, sold: &Sold) {
        Self::deposit_event(Event::Traded {
            netuid,
            trader,
            side: Side::Sell,
            native: sold.native_out,
            alpha: Alpha(sold.alpha_in),
            fee: sold.fee,
            price: sold.price_after,
        });
    }
}

/// What a purchase gives and takes.
pub(crate) fn of_purchase(bought: &Bought) -> Trade {
    Trade {
        native: bought.native_in,
        alpha: Alpha(bought.alpha_out),
        fee: bought.fee,
        price_before: bought.price_before,
        price_after: bought.price_after,
    }
}

/// What a sale gives and takes.
pub(crate) fn of_sale(sold: &Sold) -> Trade {
    Trade {
        native: sold.native_out,
        alpha: Alpha(sold.alpha_in),
        fee: sold.fee,
        price_before: sold.price_before,
        price_after: sold.price_after,
    }
}
