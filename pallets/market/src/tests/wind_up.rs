//! A market's end: nothing is traded, all alpha is redeemed alike, what is left is paid out.

use crate::{mock::*, Claims, Error, Event, Markets, State};
use alun_market_math::redeem::WindUp;
use alun_primitives::{
    traits::{
        AlphaMarket, EmissionMarket, OnSubnet, OnSubnetWoundUp, PriceOracle, Rows, WindUpMarket,
    },
    Alpha, AlphaCredit, Balance, TradeError, UNIT,
};
use frame::{
    testing_prelude::*,
    token::{fungible::Balanced, imbalance::Imbalance},
};

/// Puts [`A`] under notice.
fn notice() {
    <Market as OnSubnet>::on_notice(A, System::block_number());
}

/// N and S.
fn books() -> (Balance, u64) {
    let (native, supply) = market(A).redeemable().expect("a market under notice");
    (native, supply.0)
}

/// Pays out what a holder has; returns the native tokens.
fn pay_out(who: &AccountId) -> Balance {
    let part = Market::pay_holder(take(who, A, u64::MAX));
    let amount = part.peek();
    Balances::resolve(who, part).expect("a rich account");
    amount
}

type CreditOf = crate::CreditOf<Test>;

#[test]
fn market_should_trade_nothing_when_it_is_frozen() {
    build_and_execute(|| {
        buy(&alice(), A, 10 * UNIT, 0).unwrap();
        notice();
        assert_eq!(Market::tradable(A), Err(TradeError::WindingUp));
        assert_eq!(buy(&alice(), A, UNIT, 0), Err(TradeError::WindingUp));
        assert_eq!(quote_buy(A, UNIT), Err(TradeError::WindingUp));
        assert_noop!(pay(A, UNIT, 0), Error::<Test>::WindingUp);
        assert_eq!(Market::averages(A), (0, 0), "it earns nothing and weighs in no median");
        let native = Balances::issue(0);
        assert!(Market::inject(A, native, Alpha(5)).peek().is_zero());
    });
}

#[test]
fn redemption_should_give_its_quote_and_lower_both_sides_when_the_market_is_frozen() {
    build_and_execute(|| {
        let held = buy(&alice(), A, 100 * UNIT, 0).unwrap();
        notice();
        let (native, supply) = books();
        let price = (u128::from(native) << 64) / u128::from(supply);
        assert_eq!(Market::spot(A), price);
        let quote = quote_sell(A, held / 3).unwrap();
        let exact = u128::from(native) * u128::from(held / 3) / u128::from(supply);
        assert_eq!((u128::from(quote.native), quote.fee), (exact, 0));
        assert_eq!(quote.price_before, price);
        let too_high = quote.native + 1;
        assert_eq!(sell(&alice(), A, held / 3, too_high), Err(TradeError::BelowBound));
        let before = burned();
        assert_eq!(sell(&alice(), A, held / 3, quote.native), Ok(quote.native));
        assert_eq!(books(), (native - quote.native, supply - held / 3));
        assert_eq!(burned(), before, "no fee");
        let told = events();
        let (alpha, native) = (Alpha(held / 3), quote.native);
        assert!(told.contains(&Event::Redeemed { netuid: A, alpha, native }));
        assert!(told.contains(&Event::AlphaBurned { netuid: A, amount: alpha }));
        assert_eq!(sell(&alice(), A, 0, 0), Err(TradeError::TooSmall));
    });
}

/// \[A\] On a pool, whoever sells first gets the best price. Under notice there is nothing to run for:
/// the last gets as much as the first, and at most a unit more for each redemption before.
#[test]
fn being_first_to_redeem_should_gain_nothing() {
    let on_the_pool = build_and_execute(|| {
        buy(&alice(), A, 600 * UNIT, 0).unwrap();
        let part = alpha(&alice(), A) / 4;
        let first = sell(&alice(), A, part, 0).unwrap();
        sell(&alice(), A, part, 0).unwrap();
        sell(&alice(), A, part, 0).unwrap();
        first - sell(&alice(), A, part, 0).unwrap()
    });
    build_and_execute(|| {
        buy(&alice(), A, 600 * UNIT, 0).unwrap();
        notice();
        let part = alpha(&alice(), A) / 4;
        let got: Vec<_> = (0..4).map(|_| sell(&alice(), A, part, 0).unwrap()).collect();
        let with = i128::from(got[0]) - i128::from(got[3]);
        println!(
            "[A] who sells first of four over the last: {with} units with the rule, {on_the_pool} \
             on the pool"
        );
        assert!(on_the_pool > 100 * UNIT, "{on_the_pool}");
        assert!(got.windows(2).all(|pair| pair[1] >= pair[0] && pair[1] - pair[0] <= 1), "{got:?}");
    });
}

#[test]
fn buyback_should_belong_to_all_holders_when_the_market_is_frozen() {
    Earns::set(0);
    build_and_execute(|| {
        Earns::set(UNIT);
        skip(1);
        buy(&alice(), A, UNIT, 0).unwrap();
        Earns::set(0);
        let open = market(A);
        assert!(open.buyback > 0);
        notice();
        assert_eq!(market(A).buyback, 0);
        assert_eq!(books(), (open.pool.native + open.buyback, open.issuance.0));
        poll();
        assert!(!market(A).queued, "nothing is left to buy");
    });
}

#[test]
fn root_parts_should_be_redeemed_and_paid_when_they_wait_at_the_notice() {
    build_and_execute(|| {
        let held = buy(&alice(), A, 100 * UNIT, 0).unwrap();
        root_part(7, A, &alice(), held / 2);
        // A lot of it is sold, so that a batch is under way, while another one collects.
        poll();
        root_part(8, A, &alice(), held / 4);
        let before = market(A).sale;
        assert!(before.proceeds > 0 && !before.current.is_zero() && !before.next.is_zero());
        notice();
        let (native, supply) = books();
        let worth = |alpha: Alpha| {
            let exact = u128::from(native) * u128::from(alpha.0) / u128::from(supply);
            Balance::try_from(exact).unwrap()
        };
        assert!(!Market::begin_payout(A), "root is paid first");
        (0..6).for_each(|_| {
            poll();
            check();
        });
        assert_eq!(market(A).sale, crate::Sale::default());
        assert!(!market(A).queued);
        assert_eq!(rewarded(&key(7)), before.proceeds + worth(before.current));
        assert!(rewarded(&key(8)).abs_diff(worth(before.next)) <= 1);
        assert_eq!(crate::NextClaims::<Test>::get(A), Claims::default());
        assert!(Market::begin_payout(A));
    });
}

#[test]
fn root_part_should_be_burned_when_it_is_worth_nothing() {
    build_and_execute(|| {
        // So many alpha for each native unit that a few are worth none.
        drop(Market::inject(A, Balances::issue(0), Alpha(20_000 * UNIT)));
        Markets::<Test>::mutate(A, |row| row.as_mut().unwrap().issuance = Alpha(0));
        Markets::<Test>::mutate(A, |row| {
            let row = row.as_mut().unwrap();
            row.issuance = Alpha(row.pool.alpha);
            row.pool.native /= 1_000_000;
        });
        let spare = Balances::free_balance(Market::account(A)) - DEPOSIT - pool(A).native;
        let moved = Market::withdraw(A, spare).unwrap();
        <World as OnUnbalanced<CreditOf>>::on_unbalanced(moved);
        give(&alice(), Market::inject(A, Balances::issue(0), Alpha(900_000)));
        root_part(7, A, &alice(), 900_000);
        notice();
        poll();
        assert_eq!(rewarded(&key(7)), 0);
        assert_eq!(market(A).sale, crate::Sale::default());
        assert!(!market(A).queued);
    });
}

#[test]
fn payout_should_leave_nothing_when_all_holders_are_paid() {
    build_and_execute(|| {
        let first = buy(&alice(), A, 100 * UNIT, 0).unwrap();
        let second = buy(&bot(), A, 333 * UNIT + 7, 0).unwrap();
        let gift: Balance = 12_345;
        let account = Market::account(A);
        Balances::transfer_allow_death(RuntimeOrigin::signed(bot()), account.clone(), gift)
            .unwrap();
        notice();
        sell(&alice(), A, first / 2, 0).unwrap();
        assert!(Market::begin_payout(A));
        assert!(Market::begin_payout(A), "once");
        let (native, supply) = books();
        assert_eq!(native, Balances::free_balance(&account), "with deposit and gift");
        assert_eq!(sell(&bot(), A, UNIT, 0), Err(TradeError::WindingUp));
        assert_eq!(quote_sell(A, UNIT), Err(TradeError::WindingUp));

        let mut rule = WindUp::new(native, supply);
        let expected = [first - first / 2, second].map(|held| rule.next(held).unwrap());
        let got = [alice(), bot()].map(|who| {
            let part = pay_out(&who);
            check();
            part
        });
        assert_eq!(got, expected);
        // Each in proportion, whoever was paid first.
        let exact = u128::from(native) * u128::from(second) / u128::from(supply);
        assert!(exact.abs_diff(got[1].into()) <= 1);

        let before = burned();
        assert!(!<Market as OnSubnetWoundUp>::clear(A, &mut Rows::new(0)));
        assert!(<Market as OnSubnetWoundUp>::clear(A, &mut Rows::new(1)));
        assert_eq!(burned() - before, native - got[0] - got[1], "the pool's part");
        assert_eq!(Balances::free_balance(&account), 0);
        assert!(!Markets::<Test>::contains_key(A));
        assert!(!System::account_exists(&account));
        assert!(<Market as OnSubnetWoundUp>::clear(A, &mut Rows::new(1)), "again for nothing");
        open(A, LOCK);
        assert_eq!(market(A).state, State::Open);
        assert_eq!(market(A).price_average, 0, "nothing is inherited");
    });
}

#[test]
fn payout_should_not_begin_when_the_market_is_open() {
    build_and_execute(|| {
        assert!(!Market::begin_payout(A));
        assert!(!<Market as OnSubnetWoundUp>::clear(A, &mut Rows::new(9)));
        assert!(Market::begin_payout(B), "there is none of it");
        assert!(<Market as OnSubnetWoundUp>::clear(B, &mut Rows::new(9)));
        let none: AlphaCredit<Market> = AlphaCredit::zero(A);
        assert_eq!(Market::pay_holder(none).peek(), 0);
    });
}
