//! What comes back to a subnet's pending emission.

use super::payout::{validator, worker};
use crate::{mock::*, Burned, GenesisIssuance};
use alun_primitives::{traits::PendingEmission, NetUid, UNIT};
use frame::{testing_prelude::*, token::fungible::Balanced};

#[test]
fn remainder_of_a_pool_should_be_paid_by_the_next_epoch() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 2_000);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [1_000, 1_000]);
        // The only staker leaves before the dividends have come in.
        let origin = RuntimeOrigin::signed(rich());
        assert_ok!(Stake::remove_all_stake(origin, hot(2), A, UNIT));
        assert_eq!(Emission::pending(A), 1_000);
        check();
        stake(hot(2), A, UNIT);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [500, 500]);
    });
}

#[test]
fn credit_should_be_burned_when_its_subnet_is_not_there() {
    build_and_execute(|| {
        GenesisIssuance::<Test>::mutate(|issuance| *issuance += 70);
        Emission::add_pending(NetUid(9), Balances::issue(70));
        assert_eq!(Burned::<Test>::get(), 70);
        assert_eq!(Emission::pending(NetUid(9)), 0);
    });
}

#[test]
fn adding_should_settle_first() {
    build_and_execute(|| {
        assert_ok!(set_shares(&[(A, 1)]));
        start(A);
        run(1);
        endow(A, 5);
        assert_eq!(Emission::pending(A), EMISSION + 5);
    });
}
