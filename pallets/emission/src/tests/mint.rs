//! A block's emission: minted into the pot at once, whatever subnets there are.

use crate::{mock::*, Accruals, GenesisIssuance, Index, Minted, Schedule};
use frame::testing_prelude::*;

#[test]
fn nothing_should_be_minted_while_no_share_counts() {
    build_and_execute(|| {
        run(3);
        set_shares(&[(A, 1)]);
        run(3);
        assert_eq!(Minted::<Test>::get(), 0);
        assert_eq!(Emission::block_emission(), 0);
    });
}

#[test]
fn emission_should_go_to_the_pot_each_block() {
    build_and_execute(|| {
        set_shares(&[(A, 3), (B, 4)]);
        start(A);
        start(B);
        let before = Balances::total_issuance();
        for block in 1..=5 {
            run(1);
            assert_eq!(Minted::<Test>::get(), block * EMISSION);
            assert_eq!(Balances::free_balance(Emission::pot()), DEPOSIT + block * EMISSION);
            assert_eq!(Balances::total_issuance(), before + block * EMISSION);
        }
    });
}

#[test]
fn block_should_touch_no_subnet() {
    build_and_execute(|| {
        set_shares(&[(A, 3), (B, 4)]);
        start(A);
        start(B);
        let before = [Accruals::<Test>::get(A), Accruals::<Test>::get(B)];
        run(10);
        assert_eq!([Accruals::<Test>::get(A), Accruals::<Test>::get(B)], before);
        assert_eq!((pending(A), entered(A)), (0, 0));
        assert_eq!((pending_now(A), entered_now(A)), (10 * EMISSION, 10 * EMISSION * 3 / 7));
        // Looking changes nothing.
        assert_eq!((pending(A), entered(A)), (0, 0));
    });
}

#[test]
fn emission_should_halve_when_half_of_the_cap_is_issued() {
    build_and_execute(|| {
        set_shares(&[(A, 1)]);
        start(A);
        let cap = Emission::cap();
        let half = cap / 2 - Balances::total_issuance();
        // As if it had been there from the beginning.
        assert_ok!(Balances::force_set_balance(RuntimeOrigin::root(), key(9), half - 1));
        GenesisIssuance::<Test>::mutate(|issuance| *issuance += half - 1);
        run(1);
        assert_eq!(Minted::<Test>::get(), EMISSION);
        run(1);
        assert_eq!(Minted::<Test>::get(), EMISSION + EMISSION / 2);
    });
}

#[test]
fn nothing_should_be_minted_at_the_cap() {
    build_and_execute(|| {
        set_shares(&[(A, 1)]);
        start(A);
        Schedule::<Test>::mutate(|curve| curve.cap = Balances::total_issuance());
        run(2);
        assert_eq!(Minted::<Test>::get(), 0);
        assert_eq!(Index::<Test>::get().value, 0);
    });
}
