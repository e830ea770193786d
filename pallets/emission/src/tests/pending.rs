//! What comes back to a subnet's pending emission.

use super::payout::{validator, worker};
use crate::mock::*;
use alun_primitives::{traits::PendingEmission, NetUid, UNIT};
use frame::testing_prelude::*;

#[test]
fn remainder_of_a_pool_should_be_paid_by_the_next_epoch() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 2_000);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [1_000, 1_000]);
        // The only staker leaves before the dividends have come in.
        let (origin, positions) = (RuntimeOrigin::signed(cold(2)), vec![(hot(2), A)]);
        assert_ok!(Stake::remove_all_stake(origin, positions.try_into().unwrap(), 0));
        assert_eq!(pending(A), 1_000);
        check();
        stake(hot(2), A, UNIT);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [500, 500]);
    });
}

#[test]
fn credit_should_be_burned_when_its_subnet_is_not_there() {
    build_and_execute(|| {
        // It has a market, but there is no subnet.
        let nobodys = NetUid(9);
        open(nobodys);
        let before = issuance(nobodys);
        let credit = alpha(nobodys, 70);
        assert_eq!(issuance(nobodys), before + 70);
        Emission::add_pending(credit);
        assert_eq!(issuance(nobodys), before);
        assert_eq!(pending(nobodys), 0);
    });
}

#[test]
fn adding_should_settle_first() {
    build_and_execute(|| {
        set_shares(&[(A, 1)]);
        start(A);
        run(1);
        endow(A, 5);
        assert_eq!((pending(A), entered(A)), (EMISSION + 5, EMISSION));
    });
}
