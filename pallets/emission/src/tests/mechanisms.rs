//! Several mechanisms: equal parts of what the subnet earns, whenever each is paid.

use super::payout::{validator, worker};
use crate::mock::*;
use alun_primitives::{MechanismId, UNIT};

fn paid(mechanism: u8) -> u64 {
    pay_mechanism(A, MechanismId(mechanism), &[worker(1), validator(2)]).iter().sum()
}

#[test]
fn mechanisms_should_have_equal_parts_to_the_unit() {
    build_and_execute(|| {
        registry(|registry| (registry.mechanisms, registry.owner_cut) = (3, 0));
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        assert_eq!([0, 1, 2].map(paid), [334, 333, 333]);
        assert_eq!(pending(A), 0);
    });
}

#[test]
fn mechanism_should_keep_its_part_when_another_is_paid_later() {
    build_and_execute(|| {
        registry(|registry| (registry.mechanisms, registry.owner_cut) = (2, 0));
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        assert_eq!(paid(0), 500);
        // More comes in between: half of it is the other's.
        endow(A, 100);
        assert_eq!(paid(1), 550);
        assert_eq!(pending(A), 50);
    });
}

#[test]
fn part_of_a_mechanism_should_go_to_the_others_when_it_is_no_more() {
    build_and_execute(|| {
        registry(|registry| (registry.mechanisms, registry.owner_cut) = (2, 0));
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        assert_eq!(paid(0), 500);
        registry(|registry| registry.mechanisms = 1);
        assert_eq!(paid(1), 0);
        assert_eq!(paid(0), 500);
    });
}
