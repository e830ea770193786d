//! A subnet stops earning at its notice, to the fraction of a unit; when it is wound up nothing of it is left.

use crate::{mock::*, Accruals, Index, Payouts};
use alun_primitives::{
    traits::{EpochPayout, OnSubnet, OnSubnetWoundUp, Rows, Settle},
    Alpha, MechanismId,
};

/// Puts [`A`] under notice.
fn notice() {
    Emission::on_notice(A, System::block_number());
    Market::on_notice(A, System::block_number());
}

#[test]
fn subnet_should_earn_up_to_its_notice_and_no_more() {
    build_and_execute(|| {
        set_shares(&[(A, 3), (B, 4)]);
        [A, B].into_iter().for_each(start);
        run(5);
        let before = entered_now(A);
        let emitted = pending_now(A);
        notice();
        assert_eq!((entered(A), pending(A)), (before, emitted), "settled before anything stops");
        assert_eq!(Accruals::<Test>::get(A).share, 0);
        assert_eq!(Index::<Test>::get().total_shares, 4, "the others earn all of it");
        check();
        let (earned, fraction) = (entered_now(B), Accruals::<Test>::get(A).fraction);
        assert_eq!(fraction, 0, "it went back to all");
        run(5);
        Emission::settle(A);
        assert_eq!((entered(A), pending(A)), (before, emitted));
        assert!(entered_now(B) - earned >= 5 * EMISSION / 10 * 9, "all of it is B's");
        check();
    });
}

#[test]
fn fractions_should_make_a_unit_when_two_of_them_do() {
    let mut index = crate::accrual::Index { remainder: u64::MAX, ..Default::default() };
    assert_eq!(index.take_back(0), 0);
    assert_eq!((index.take_back(3), index.remainder), (1, 2));
    assert_eq!((index.take_back(5), index.remainder), (0, 7));
}

/// Whatever the fractions are, the pot holds what it owes and nothing else ([`check`]).
#[test]
fn pot_should_owe_nothing_for_a_subnet_that_ended_when_its_fraction_was_any() {
    for blocks in 1..40 {
        build_and_execute(|| {
            set_shares(&[(A, 3), (B, 4)]);
            [A, B].into_iter().for_each(start);
            run(blocks);
            notice();
            check();
            run(2);
        });
    }
}

#[test]
fn pending_should_be_burned_when_the_subnet_is_wound_up() {
    build_and_execute(|| {
        registry(|registry| registry.mechanisms = 2);
        start(A);
        stake(hot(1), A, 1_000);
        endow(A, 1_000_001);
        // An epoch in the middle of its payout: what is left of it is pending again.
        let opening = Emission::open(A, MechanismId::FIRST, 7, 10, &[share(1, 1, 1, 1)]);
        assert!(!opening.total.is_zero());
        check();
        Emission::close(A, MechanismId::FIRST);
        notice();
        let (before, waits) = (issuance(A), Emission::alpha_here(A).unwrap());
        assert!(waits > Alpha::ZERO);
        let clear = |rows| <Emission as OnSubnetWoundUp>::clear(A, &mut Rows::new(rows));
        assert!(!clear(2));
        assert!(clear(3));
        check();
        assert_eq!(issuance(A), before - waits.0);
        assert!(!Accruals::<Test>::contains_key(A));
        assert_eq!(Payouts::<Test>::iter().count(), 0);
        assert!(clear(0), "again for nothing");
    });
}
