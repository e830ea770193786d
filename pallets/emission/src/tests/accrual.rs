//! The index: what subnets settle sums to what was minted, to a fraction of 2⁻⁶⁴ unit, and leaves the
//! pot for their markets.

use crate::{
    accrual::{Accrual, Index, ONE},
    mock::*,
    Accruals, Minted,
};
use alun_primitives::{traits::Settle, Alpha, MechanismId};
use proptest::prelude::*;

#[test]
fn index_should_carry_what_it_can_not_divide() {
    let mut index = Index { total_shares: 3, ..Index::default() };
    index.accrue(1).unwrap();
    assert_eq!((index.value, index.remainder), (ONE / 3, 1));
    index.accrue(1).unwrap();
    index.accrue(1).unwrap();
    assert_eq!((index.value, index.remainder), (ONE, 0));
}

#[test]
fn index_should_stay_when_nobody_has_a_share() {
    let mut index = Index { remainder: 5, ..Index::default() };
    assert_eq!(index.accrue(7), None);
    assert_eq!(index, Index { remainder: 5, ..Index::default() });
}

#[test]
fn subnet_should_keep_its_fraction_for_the_next_time() {
    let mut index = Index { total_shares: 3, ..Index::default() };
    let mut accrual = Accrual { share: 2, ..Accrual::default() };
    let mut settled = Vec::new();
    for _ in 0..3 {
        index.accrue(1).unwrap();
        settled.push(accrual.settle(&index));
    }
    // 2/3, 4/3, 2.
    assert_eq!(settled, [0, 1, 1]);
    assert_eq!(accrual.fraction, 0);
}

#[test]
fn settling_should_take_out_nothing_when_the_index_did_not_move() {
    let mut index = Index { total_shares: 7, ..Index::default() };
    let mut accrual = Accrual { share: 3, ..Accrual::default() };
    index.accrue(1_000_000).unwrap();
    assert_eq!(accrual.settle(&index), 428_571);
    let once = accrual.clone();
    assert_eq!(accrual.settle(&index), 0);
    assert_eq!(accrual, once);
}

#[test]
fn largest_numbers_should_fit() {
    // All of the cap, minted while one subnet had the only share, whatever its size.
    for total_shares in [1, u64::MAX] {
        let mut index = Index { total_shares, ..Index::default() };
        let mut accrual = Accrual { share: total_shares, ..Accrual::default() };
        index.accrue(21_000_000_000_000_000).unwrap();
        let missing = 21_000_000_000_000_000 - accrual.settle(&index);
        assert!(missing <= 1);
        let fractions = u128::from(accrual.fraction) + u128::from(index.remainder);
        assert_eq!(fractions, u128::from(missing) * ONE);
    }
}

#[test]
fn mechanisms_should_share_equally_and_give_back_when_there_are_fewer() {
    let mut accrual = Accrual { undivided: Alpha(10), ..Accrual::default() };
    accrual.divide(3);
    assert_eq!(accrual.parts.to_vec(), [4, 3, 3].map(Alpha));
    assert_eq!(accrual.take(MechanismId(2)), Alpha(3));
    assert_eq!(accrual.take(MechanismId(3)), Alpha(0));
    accrual.divide(1);
    assert_eq!(accrual.parts.to_vec(), [Alpha(7)]);
    assert_eq!(accrual.pending(), Alpha(7));
}

#[test]
fn shares_should_divide_the_emission_and_changes_should_settle_first() {
    build_and_execute(|| {
        set_shares(&[(A, 1), (B, 3)]);
        start(A);
        start(B);
        run(4);
        // From here on by other shares; what was earned before stays.
        set_shares(&[(A, 3), (B, 0)]);
        assert_eq!([A, B].map(entered), [EMISSION, 3 * EMISSION]);
        // Each alpha is emitted by its own curve, whatever the subnet's share.
        assert_eq!([A, B].map(pending), [4 * EMISSION, 4 * EMISSION]);
        assert_eq!(Accruals::<Test>::get(A).settled_at, 5);
        run(2);
        // A fraction of the last unit waits in the index, since 3 does not divide 2⁶⁴.
        assert_eq!([A, B].map(entered_now), [3 * EMISSION - 1, 3 * EMISSION]);
        run(1);
        assert_eq!(entered_now(A), 4 * EMISSION);
        assert_eq!([A, B].map(pending_now), [7 * EMISSION, 7 * EMISSION]);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens to shares and whenever subnets are touched, E2 holds exactly.
    #[test]
    fn pot_should_hold_exactly_what_was_earned(
        steps in prop::collection::vec((0u8..5, 0usize..3, any::<u32>(), 1u32..4), 1..40),
    ) {
        new_test_ext().execute_with(|| {
            for (what, which, share, blocks) in steps {
                let netuid = [A, B, C][which];
                match what {
                    0 => set_shares(&[(netuid, u64::from(share))]),
                    1 => start(netuid),
                    2 => Emission::settle(netuid),
                    3 => drop(pay(netuid, &[super::payout::worker(1), super::payout::validator(2)])),
                    _ => run(blocks),
                }
                check();
            }
            let earned: u64 = [A, B, C].into_iter().map(entered_now).sum();
            assert!(earned <= Minted::<Test>::get());
            assert!(Minted::<Test>::get() - earned <= 3);
        });
    }
}
