//! A settlement: what a subnet has earned enters its market, and its alpha's emission is pending.

use crate::{mock::*, Accruals, Index, Schedule};
use alun_primitives::{traits::Settle, Alpha, NetUid, UNIT};
use frame::testing_prelude::*;

/// The events of the market, since the last time.
fn market_events() -> Vec<pallet_market::Event<Test>> {
    let own = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Market(event) => Some(event),
        _ => None,
    };
    let events = System::events().into_iter().filter_map(own).collect();
    System::reset_events();
    events
}

#[test]
fn settlement_should_leave_the_pot_for_the_market_and_emit_alpha() {
    build_and_execute(|| {
        // As much root stake, by its weight, as there is alpha: half of A enters the pool besides.
        stake(hot(1), NetUid::ROOT, 180_000 * UNIT);
        stake(hot(2), A, 31_400 * UNIT);
        assert_eq!(issuance(A), 32_400 * UNIT);
        set_shares(&[(A, 1)]);
        start(A);
        run(4);
        assert_eq!(Balances::free_balance(Emission::pot()), DEPOSIT + 4 * EMISSION);
        market_events();
        Emission::settle(A);
        assert_eq!(Balances::free_balance(Emission::pot()), DEPOSIT);
        let half = 2 * EMISSION;
        let injected = pallet_market::Event::Injected {
            netuid: A,
            native: half,
            alpha: Alpha(half),
            excess: half,
            emitted: Alpha(4 * EMISSION),
        };
        assert_eq!(market_events(), [injected]);
        assert_eq!((pending(A), entered(A)), (4 * EMISSION, 4 * EMISSION));
        assert_eq!(Emission::alpha_here(A), Some(Alpha(4 * EMISSION)));
        // The pool's price stays at 1, and alpha and native are of one schedule here.
        assert_eq!(issuance(A), 32_400 * UNIT + 6 * EMISSION);
    });
}

#[test]
fn settling_should_have_an_effect_once_a_block() {
    build_and_execute(|| {
        set_shares(&[(A, 3), (B, 4)]);
        start(A);
        start(B);
        run(2);
        Emission::settle(A);
        let (once, index) = (Accruals::<Test>::get(A), Index::<Test>::get());
        market_events();
        Emission::settle(A);
        set_shares(&[(A, 9)]);
        assert_eq!((Accruals::<Test>::get(A), Index::<Test>::get()), (once, index));
        assert_eq!(market_events(), []);
    });
}

#[test]
fn settling_should_do_nothing_when_the_subnet_is_not_started() {
    build_and_execute(|| {
        set_shares(&[(A, 1), (B, 1)]);
        start(B);
        run(3);
        let before = (issuance(A), Accruals::<Test>::get(A));
        Emission::settle(A);
        Emission::settle(NetUid(9));
        assert_eq!((issuance(A), Accruals::<Test>::get(A)), before);
        assert!(!Accruals::<Test>::contains_key(NetUid(9)));
    });
}

#[test]
fn settling_within_a_settlement_should_do_nothing() {
    build_and_execute(|| {
        Nested::set(true);
        set_shares(&[(A, 1)]);
        start(A);
        run(3);
        Emission::settle(A);
        assert_eq!((pending(A), entered(A)), (3 * EMISSION, 3 * EMISSION));
        run(1);
        endow(A, 5);
        assert_eq!((pending(A), entered(A)), (4 * EMISSION + 5, 4 * EMISSION));
    });
}

#[test]
fn alpha_should_be_emitted_by_its_own_curve_when_blocks_pass_unsettled() {
    build_and_execute(|| {
        // Half of the alpha's cap is nearly issued; native tokens are far from it.
        let half = 10_500_000 * UNIT - issuance(A) - 3 * EMISSION;
        stake(hot(1), A, half);
        set_shares(&[(A, 1)]);
        start(A);
        run(5);
        let (curve, before) = (Schedule::<Test>::get(), issuance(A));
        Emission::settle(A);
        assert_eq!(pending(A), 3 * EMISSION + 2 * (EMISSION / 2));
        assert_eq!(pending(A), curve.emitted_over(before, 5, 6_000));
        assert_eq!(entered(A), 5 * EMISSION);
    });
}

#[test]
fn trade_should_come_after_what_the_subnet_has_earned() {
    build_and_execute(|| {
        set_shares(&[(A, 1)]);
        start(A);
        run(3);
        market_events();
        let quote = Stake::quote_add(&hot(1), A, 10 * UNIT).unwrap();
        assert_eq!(pending(A), 0);
        let origin = RuntimeOrigin::signed(rich());
        assert_ok!(Stake::add_stake(origin, hot(1), A, 10 * UNIT, quote.received));
        assert_eq!(pending(A), 3 * EMISSION);
        assert!(matches!(
            market_events()[..],
            [pallet_market::Event::Injected { .. }, pallet_market::Event::Traded { .. }]
        ));
    });
}
