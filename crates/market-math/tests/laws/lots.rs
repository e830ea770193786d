//! The chain's own trades.

use crate::common::{amount, big, floor};
use alun_market_math::lots::{lot, DEFAULT_LOT};
use proptest::prelude::*;

#[test]
fn lot_should_be_a_small_part_of_the_reserve() {
    assert_eq!(lot(u64::MAX, 1_000_000, DEFAULT_LOT), 500);
    assert_eq!(lot(7, 1_000_000, DEFAULT_LOT), 7);
    assert_eq!(lot(7, 1_999, DEFAULT_LOT), 0);
    assert_eq!(lot(0, u64::MAX, DEFAULT_LOT), 0);
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn lot_should_be_rounded_down(
        waiting in amount(), reserve in amount(), part in 0u32..=1_000_000,
    ) {
        let exact = floor(reserve, part, 1_000_000u32).min(big(waiting));
        prop_assert_eq!(big(lot(waiting, reserve, part)), exact);
    }
}
