//! Paying for use: alpha is bought and burned.

use super::*;
use crate::{Error, Event, Memo, MAX_MEMO};

#[test]
fn payment_should_burn_what_it_bought() {
    build_and_execute(|| {
        let (before, row) = (native(&alice()), market(A));
        let quoted = quote_buy(A, 10 * UNIT).unwrap();
        events();
        assert_ok!(pay(A, 10 * UNIT, quoted.alpha.0));
        assert_eq!(before - native(&alice()), 10 * UNIT);
        assert_eq!(market(A).issuance.0, row.issuance.0 - quoted.alpha.0);
        assert_eq!(market(A).minted, row.minted, "what was issued stays counted");
        assert_eq!(market(A).pool.alpha, row.pool.alpha - quoted.alpha.0);
        let told = events();
        let paid = Event::Paid {
            netuid: A,
            payer: alice(),
            native: 10 * UNIT,
            burned: quoted.alpha,
            memo: Memo::truncate_from(b"job 7".to_vec()),
        };
        assert_eq!(told.last(), Some(&paid));
        assert!(told.contains(&Event::AlphaBurned { netuid: A, amount: quoted.alpha }));
        assert_eq!(told.len(), 3, "the trade, the burn, the payment");
    });
}

#[test]
fn payment_should_raise_the_price_for_all_who_hold_alpha() {
    build_and_execute(|| {
        let held = buy(&bot(), A, 10 * UNIT, 0).unwrap();
        let before = quote_sell(A, held).unwrap().native;
        assert_ok!(pay(A, 50 * UNIT, 0));
        assert!(quote_sell(A, held).unwrap().native > before);
    });
}

#[test]
fn payment_should_change_nothing_when_it_is_refused() {
    build_and_execute(|| {
        Earns::set(UNIT);
        Emits::set(UNIT);
        skip(3);
        let quoted = quote_buy(A, UNIT).unwrap().alpha.0;
        assert_noop!(pay(A, UNIT, quoted + 1), Error::<Test>::BurnedTooLittle);
        assert_noop!(pay(B, UNIT, 0), Error::<Test>::NoMarket);
        assert_noop!(pay(NetUid::ROOT, UNIT, 0), Error::<Test>::NoMarket);
        assert_noop!(pay(A, 0, 0), Error::<Test>::AmountTooSmall);
        assert_noop!(pay(A, native(&alice()) - DEPOSIT + 1, 0), Error::<Test>::BalanceTooLow);
        assert_ok!(pay(A, UNIT, quoted));
    });
}

#[test]
fn payer_should_keep_its_existential_deposit_when_it_pays_all_it_can() {
    build_and_execute(|| {
        assert_ok!(pay(A, native(&alice()) - DEPOSIT, 0));
        assert_eq!(native(&alice()), DEPOSIT);
    });
}

#[test]
fn memo_should_be_refused_in_decoding_when_it_is_too_long() {
    let longest = vec![1u8; MAX_MEMO as usize];
    assert!(Memo::try_from(longest.clone()).is_ok());
    assert!(Memo::try_from([longest, vec![1]].concat()).is_err());
}

#[test]
fn payment_should_need_a_signature() {
    build_and_execute(|| {
        let memo = Memo::default();
        let call = Market::pay(RuntimeOrigin::root(), A, UNIT, Alpha(0), memo);
        assert_noop!(call, DispatchError::BadOrigin);
    });
}
