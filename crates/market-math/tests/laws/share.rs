//! Shares.

use crate::common::{amount, big};
use alun_market_math::{
    price::{Averages, PRICE_ONE},
    share::{share, DEFAULT_FULL_RESERVE, MAX_SHARE},
};
use proptest::prelude::*;

#[test]
fn share_should_be_reduced_when_the_pool_is_small() {
    let of = |price, reserve| share(Averages { price, reserve }, DEFAULT_FULL_RESERVE);
    assert_eq!(of(PRICE_ONE, DEFAULT_FULL_RESERVE), MAX_SHARE);
    assert_eq!(of(PRICE_ONE, u64::MAX), MAX_SHARE);
    assert_eq!(of(u128::MAX, u64::MAX), MAX_SHARE);
    assert_eq!(of(PRICE_ONE / 2, DEFAULT_FULL_RESERVE), 1 << 47);
    assert_eq!(of(PRICE_ONE / 2, DEFAULT_FULL_RESERVE / 4), 1 << 45);
    assert_eq!(of(PRICE_ONE, 0), 0);
    assert_eq!(of(0, u64::MAX), 0);
    assert_eq!(share(Averages { price: PRICE_ONE / 2, reserve: 0 }, 0), 1 << 47);
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn share_should_be_rounded_down(
        price in 0..=PRICE_ONE, reserve in amount(), full in amount(),
    ) {
        let exact = (big(price) * reserve.min(full) / full) >> 16u8;
        let got = share(Averages { price, reserve }, full);
        prop_assert_eq!(big(got), exact.min(big(MAX_SHARE)));
    }
}
