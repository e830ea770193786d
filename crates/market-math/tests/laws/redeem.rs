//! Winding up.

use crate::common::{amount, big, floor, usual};
use alun_market_math::{
    pool::Reserves,
    redeem::{Redemption, WindUp},
    MarketError::*,
};
use proptest::prelude::*;
use std::{fs, path::Path};

fn holders() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(usual(), 1..40)
}

#[test]
fn redemption_should_be_refused_with_the_reason() {
    let mut left = Redemption { native: 10, supply: 100 };
    assert_eq!(left.redeem(0), Err(ZeroAmount));
    assert_eq!(left.redeem(101), Err(TooLarge));
    assert_eq!(left.redeem(9), Err(TooSmall));
    assert_eq!(left, Redemption { native: 10, supply: 100 });
    assert_eq!(left.redeem(19), Ok(1));
    assert_eq!(left, Redemption { native: 9, supply: 81 });
    assert_eq!(left.redeem(81), Ok(9));
    assert_eq!(left.redeem(1), Err(TooLarge));
}

#[test]
fn wind_up_should_burn_everything_when_nobody_holds_anything() {
    let mut nobody = WindUp::new(10, 0);
    assert_eq!(nobody.next(0), Ok(0));
    assert_eq!(nobody.next(1), Err(TooLarge));
    assert_eq!(nobody.rest(), 10);
    let mut holders = WindUp::new(10, 4);
    assert_eq!((holders.next(1), holders.next(1)), (Ok(2), Ok(3)));
    assert_eq!(holders.next(u64::MAX), Err(TooLarge));
    assert_eq!((holders.paid(), holders.rest()), (5, 5));
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn redemption_should_pay_all_of_it_when_all_leave(native in usual(), holders in holders()) {
        let mut left = Redemption { native, supply: holders.iter().sum() };
        let mut paid = 0;
        for alpha in &holders {
            // Who is worth nothing yet waits; its alpha is then redeemed by the last.
            paid += left.redeem(*alpha).unwrap_or(0);
        }
        if left.supply > 0 && left.native > 0 {
            paid += left.redeem(left.supply).unwrap();
        }
        prop_assert_eq!(paid, native);
        prop_assert_eq!(left.native, 0);
    }

    #[test]
    fn redemption_should_not_gain_by_being_first(
        native in usual(), holders in holders(), mine in usual(),
    ) {
        let supply = holders.iter().sum::<u64>() + mine;
        let mut left = Redemption { native, supply };
        let first = left.clone().redeem(mine).unwrap_or(0);
        let mut before = 0u64;
        for alpha in &holders {
            let ratio = left;
            before += u64::from(left.redeem(*alpha).is_ok());
            // N / S never falls.
            prop_assert!(
                big(left.native) * ratio.supply >= big(ratio.native) * left.supply
            );
        }
        let last = left.redeem(mine).unwrap_or(0);
        prop_assert!(last >= first, "{} first, {} last", first, last);
        prop_assert!(last <= first + before + 1, "{} first, {} last", first, last);
    }

    #[test]
    fn redemption_should_not_gain_by_being_split(
        native in usual(), others in usual(), a in usual(), b in usual(),
    ) {
        let whole = Redemption { native, supply: others + a + b };
        let mut parts = whole;
        let split = parts.redeem(a).unwrap_or(0) + parts.redeem(b).unwrap_or(0);
        let once = whole.clone().redeem(a + b).unwrap_or(0);
        prop_assert!(split <= once, "{} in parts, {} at once", split, once);
    }

    #[test]
    fn wind_up_should_pay_everything_exactly_and_each_its_proportion(
        native in amount(), holders in holders(), pool in usual(),
    ) {
        let supply = holders.iter().sum::<u64>() + pool;
        let mut wind_up = WindUp::new(native, supply);
        let mut sum = 0u64;
        for alpha in &holders {
            let part = wind_up.next(*alpha).unwrap();
            sum += part;
            let exact = floor(native, *alpha, supply);
            prop_assert!(big(part) >= exact && big(part) <= exact + 1u8);
        }
        prop_assert_eq!(sum, wind_up.paid());
        // The pool ranks last; its part is burned.
        prop_assert_eq!(sum + wind_up.rest(), native);
        prop_assert_eq!(wind_up.next(pool).map(|part| sum + part), Ok(native));
        prop_assert_eq!(wind_up.rest(), 0);
    }
}

/// The worked numbers of `docs/subnet-owner.md` and `docs/staker.md`.
#[test]
fn redemption_should_give_the_numbers_of_the_docs() {
    const UNIT: u64 = 1_000_000_000;
    let document = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    for (page, words) in [
        ("subnet-owner.md", "Who redeems 400 α1 gets 100 ALUN; 900 ALUN and 3,600 α1 are left"),
        ("subnet-owner.md", "the other 2,000 α1 are paid 500 ALUN"),
        ("subnet-owner.md", "their 1,600 α1 would be 400 ALUN, which are burned"),
        ("staker.md", "your 400 α1 are worth 100 ALUN"),
    ] {
        assert!(document(page).contains(words), "{page} lacks: {words}");
    }
    let mut notice = Redemption { native: 1_000 * UNIT, supply: 4_000 * UNIT };
    assert_eq!(notice.redeem(400 * UNIT), Ok(100 * UNIT));
    assert_eq!((notice.native, notice.supply), (900 * UNIT, 3_600 * UNIT));
    let mut end = WindUp::new(notice.native, notice.supply);
    assert_eq!(end.next(2_000 * UNIT), Ok(500 * UNIT));
    assert_eq!(end.rest(), 400 * UNIT);
    // What a pool would have given to the first seller.
    let pool = Reserves { native: 1_000 * UNIT, alpha: 1_500 * UNIT };
    assert_eq!(pool.sell(400 * UNIT, 500).unwrap().native_out / UNIT, 210);
}
