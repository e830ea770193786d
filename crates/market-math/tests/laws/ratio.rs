//! Products and quotients.

use crate::common::{amount, big, ceil, floor};
use alun_market_math::ratio::{charge, mul_div, mul_div_up};
use proptest::prelude::*;

/// Numbers of every size.
fn wide() -> impl Strategy<Value = u128> {
    (0u32..128, any::<u128>()).prop_map(|(shift, value)| value >> shift)
}

#[test]
fn ratio_should_be_none_when_divided_by_zero() {
    for (a, b) in [(0, 0), (1, 1), (u128::MAX, u128::MAX)] {
        assert_eq!((mul_div(a, b, 0), mul_div_up(a, b, 0)), (None, None));
    }
    assert_eq!(mul_div(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
    assert_eq!(mul_div_up(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
    assert_eq!(mul_div_up(u128::MAX, u128::MAX, u128::MAX - 1), None);
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn ratio_should_be_exact_when_rounded_either_way(a in wide(), b in wide(), c in wide()) {
        let c = c.max(1);
        let fits = |exact: num_bigint::BigUint| u128::try_from(exact).ok();
        prop_assert_eq!(mul_div(a, b, c), fits(floor(a, b, c)));
        prop_assert_eq!(mul_div_up(a, b, c), fits(ceil(a, b, c)));
    }

    #[test]
    fn charge_should_round_up_and_never_pass_the_amount(
        of in amount(), ppm in 0u32..2_000_000,
    ) {
        let exact = ceil(of, ppm.min(1_000_000), 1_000_000u32);
        prop_assert_eq!(big(charge(of, ppm)), exact);
        prop_assert!(charge(of, ppm) <= of);
        prop_assert!(ppm == 0 || charge(of, ppm) > 0);
    }
}
