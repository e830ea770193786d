//! Every burn is counted by one handler (X2).

use crate::{mock::*, Burned};
use alun_primitives::UNIT;
use frame::{
    testing_prelude::*,
    token::{
        fungible::Balanced, Fortitude, OnUnbalanced, Precision::Exact, Preservation::Expendable,
    },
};

#[test]
fn burned_credit_should_leave_the_issuance_and_be_counted() {
    build_and_execute(|| {
        let before = Balances::total_issuance();
        let credit =
            Balances::withdraw(&rich(), UNIT, Exact, Expendable, Fortitude::Polite).unwrap();
        Emission::on_unbalanced(credit);
        assert_eq!(Burned::<Test>::get(), UNIT);
        assert_eq!(Balances::total_issuance(), before - UNIT);
    });
}

#[test]
fn dust_of_a_reaped_account_should_be_counted() {
    build_and_execute(|| {
        let origin = RuntimeOrigin::signed(rich());
        assert_ok!(Balances::transfer_allow_death(origin.clone(), key(5), DEPOSIT + 7));
        let poor = RuntimeOrigin::signed(key(5));
        assert_ok!(Balances::transfer_allow_death(poor, rich(), 8));
        assert_eq!(Burned::<Test>::get(), DEPOSIT - 1);
    });
}

#[test]
fn gifts_of_strangers_should_belong_to_nobody_and_break_nothing() {
    new_test_ext().execute_with(|| {
        let origin = RuntimeOrigin::signed(rich());
        assert_ok!(Balances::transfer_allow_death(origin, Emission::pot(), UNIT));
        assert_eq!(Emission::check_invariants(), Ok(()));
        let fractions = frame::hashing::U256::from(UNIT) << 64;
        assert_eq!(Emission::surplus(), Some(fractions));
    });
}
