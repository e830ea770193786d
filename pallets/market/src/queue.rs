//! The chain's own trades: in small lots, one subnet after the other, by metered weight.

use crate::{
    Config, Event, Market, Markets, Pallet, Parameters, Queue, QueueEnds, Settings, Side, Trader,
    WeightInfo,
};
use alun_market_math::lots::lot;
use alun_primitives::{traits::Settle, Alpha, NetUid, TradeError};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_support::weights::WeightMeter,
    prelude::{defensive, Get, OnUnbalanced, TypeInfo, Weight},
};

/// The queue may have one part in this many of a block.
pub const QUEUE_SHARE: u64 = 8;

/// The numbers between which the queue's entries lie: from `head` to before `tail`.
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
pub struct Ends {
    /// Number of the entry whose turn is next.
    pub head: u64,
    /// Number of the next new entry.
    pub tail: u64,
}

impl<T: Config> Pallet<T> {
    /// Puts a market that has work into the queue, unless it stands there. The caller stores it.
    pub(crate) fn await_turn(netuid: NetUid, market: &mut Market) {
        if !market.queued && market.has_work() {
            market.queued = true;
            Self::push(netuid);
        }
    }

    pub(crate) fn push(netuid: NetUid) {
        QueueEnds::<T>::mutate(|ends| {
            Queue::<T>::insert(ends.tail, netuid);
            // Saturation: a number is used per turn, and 2⁶⁴ turns are never taken.
            ends.tail = ends.tail.saturating_add(1);
        });
    }

    /// Gives each subnet in the queue one turn, as far as `meter` and the queue's share of a block
    /// allow. Who waited longest is first; who still has work afterwards waits again.
    pub(crate) fn work(meter: &mut WeightMeter) {
        let share = T::BlockWeights::get().max_block.saturating_div(QUEUE_SHARE);
        let mut budget = WeightMeter::with_limit(share.min(meter.remaining()));
        if budget.try_consume(T::WeightInfo::idle_poll()).is_ok() {
            let Ends { mut head, tail } = QueueEnds::<T>::get();
            // Entries from `tail` on had their turn in this block.
            while head < tail && Self::take_turn(head, &mut budget) {
                // Below `tail`, so it fits.
                head = head.saturating_add(1);
                QueueEnds::<T>::mutate(|ends| ends.head = head);
            }
        }
        meter.consume(budget.consumed());
    }

    /// The turn of one entry; `false` when it does not fit into the budget.
    fn take_turn(number: u64, budget: &mut WeightMeter) -> bool {
        if budget.try_consume(T::WeightInfo::peek()).is_err() {
            return false;
        }
        let Some(netuid) = Queue::<T>::get(number) else {
            defensive!("a number of the queue is missing");
            return true;
        };
        if budget.try_consume(Self::cost_of_turn(netuid)).is_err() {
            return false;
        }
        Queue::<T>::remove(number);
        Self::turn(netuid);
        true
    }

    /// At most what a turn costs, whatever settling the subnet changes.
    fn cost_of_turn(netuid: NetUid) -> Weight {
        let sale = Markets::<T>::get(netuid).map(|market| market.sale).unwrap_or_default();
        if sale.due > 0 {
            T::WeightInfo::pay_page(sale.dues)
        } else {
            T::WeightInfo::own_trade(sale.current_claims.max(sale.next_claims))
        }
    }

    /// Pays a page of what is due, or makes one trade: at most one in a block, so that no more than
    /// one lot moves the price in it.
    pub(crate) fn turn(netuid: NetUid) {
        T::Settle::settle(netuid);
        let mut market = match Self::touched(netuid) {
            Ok(market) => market,
            Err(TradeError::WindingUp) => return Self::redemption_turn(netuid),
            Err(_) => {
                defensive!("a market that is not there stands in the queue");
                return;
            }
        };
        let page = Self::next_page(netuid, &mut market);
        let acted = page.is_some() || Self::trade_lot(netuid, &mut market);
        // What is too little to trade leaves the queue until more comes.
        market.queued = acted && market.has_work();
        if market.queued {
            Self::push(netuid);
        }
        Markets::<T>::insert(netuid, market);
        if let Some(page) = page {
            Self::pay_page(netuid, page);
        }
    }

    /// Buys or sells, in turns where both wait. `false` when nothing could be traded.
    fn trade_lot(netuid: NetUid, market: &mut Market) -> bool {
        let mut trades: [fn(NetUid, &mut Market) -> bool; 2] = [Self::buy_lot, Self::sell_lot];
        if market.bought_last {
            trades.reverse();
        }
        trades.into_iter().any(|trade| trade(netuid, market))
    }

    /// Buys alpha with a lot of the buyback, and burns it.
    fn buy_lot(netuid: NetUid, market: &mut Market) -> bool {
        let Settings { fee, lot: part, .. } = Parameters::<T>::get();
        let native = lot(market.buyback, market.pool.native, part);
        let Ok(bought) = market.pool.buy(native, fee) else { return false };
        // The rest of it stays in the account and is the pool's from here on.
        let Ok(fee) = Self::withdraw(netuid, bought.fee) else {
            defensive!("the account holds less than the buyback");
            return false;
        };
        T::Burn::on_unbalanced(fee);
        market.pool = bought.after;
        // Saturation: a lot is a part of it.
        market.buyback = market.buyback.saturating_sub(native);
        market.bought_last = true;
        let amount = Alpha(bought.alpha_out);
        market.burn(amount);
        Self::tell_bought(netuid, Trader::Buyback, &bought);
        Self::deposit_event(Event::AlphaBurned { netuid, amount });
        true
    }

    /// Sells a lot of the root parts: of the batch that is being sold, or of the next one, which
    /// thereby begins.
    fn sell_lot(netuid: NetUid, market: &mut Market) -> bool {
        let Settings { fee, lot: part, .. } = Parameters::<T>::get();
        let begins = market.sale.current.is_zero();
        let batch = if begins { market.sale.next } else { market.sale.current };
        // Not by the reserve of the moment: who sells just before would make the lot larger, and buy
        // back what it depressed at a fee on next to nothing.
        let alpha = lot(batch.0, market.calm_alpha.min(market.pool.alpha), part);
        match market.pool.sell(alpha, fee) {
            Ok(sold) => {
                let Ok(fee) = Self::withdraw(netuid, sold.fee) else {
                    defensive!("the account holds less than the reserve");
                    return false;
                };
                T::Burn::on_unbalanced(fee);
                if begins {
                    Self::begin_batch(netuid, market);
                }
                market.pool = sold.after;
                // Saturation: parts of the issuance, which fits.
                market.sale.proceeds = market.sale.proceeds.saturating_add(sold.native_out);
                Self::tell_sold(netuid, Trader::RootSale, &sold);
            }
            // Fractions of a native unit: the last of a batch that has proceeds is the pool's, as
            // every rounding. A batch that would get nothing at all waits and grows.
            Err(_) if !begins && alpha == batch.0 => {
                let Some(grown) = market.pool.alpha.checked_add(alpha) else { return false };
                market.pool.alpha = grown;
                let (alpha, price) = (Alpha(alpha), market.pool.price());
                let (trader, side) = (Trader::RootSale, Side::Sell);
                Self::deposit_event(Event::Traded {
                    netuid,
                    trader,
                    side,
                    native: 0,
                    alpha,
                    fee: 0,
                    price,
                });
            }
            Err(_) => return false,
        }
        market.bought_last = false;
        // Saturation: a lot is a part of it.
        market.sale.current = market.sale.current.saturating_sub(Alpha(alpha));
        if market.sale.current.is_zero() {
            Self::end_batch(netuid, market);
        }
        true
    }
}
