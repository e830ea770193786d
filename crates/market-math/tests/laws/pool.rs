//! Trades with a pool.

use crate::common::{amount, big, ceil, fee, floor, pool};
use alun_market_math::{pool::Reserves, MarketError::*};
use proptest::prelude::*;

const POOL: Reserves = Reserves { native: 1_000_000_000_000, alpha: 2_000_000_000_000 };

#[test]
fn trade_should_be_what_is_worked_out_by_hand() {
    let bought = POOL.buy(1_000_000_000, 500).unwrap();
    assert_eq!((bought.fee, bought.native_kept), (500_000, 999_500_000));
    // 2·10¹² · 999,500,000 / 1,000,999,500,000 = 1,997,003,994.9…
    assert_eq!(bought.alpha_out, 1_997_003_994);
    assert_eq!(bought.price_before, 1 << 63);
    let sold = POOL.sell(2_000_000_000, 500).unwrap();
    // 10¹² · 2·10⁹ / 2.002·10¹² = 999,000,999.0…; its fee 499,500.4995 is rounded up.
    assert_eq!((sold.native_taken, sold.fee, sold.native_out), (999_000_999, 499_501, 998_501_498));
    assert!(sold.price_after < sold.price_before);
}

#[test]
fn trade_should_be_refused_with_the_reason_when_it_makes_no_sense() {
    let max = u64::MAX;
    let of = |native, alpha| Reserves { native, alpha };
    assert_eq!(POOL.buy(0, 500), Err(ZeroAmount));
    assert_eq!(POOL.sell(0, 500), Err(ZeroAmount));
    for empty in [of(0, 0), of(0, 5), of(5, 0)] {
        assert_eq!(empty.buy(5, 500), Err(EmptyPool));
        assert_eq!(empty.sell(5, 500), Err(EmptyPool));
    }
    // The smallest fee is one unit, and nothing is left.
    assert_eq!(POOL.buy(1, 500), Err(TooSmall));
    assert_eq!(POOL.sell(2, 500), Err(TooSmall));
    assert_eq!(of(1_000, 1).buy(5_000, 500), Err(TooSmall));
    for fee in [1_000_000, u32::MAX] {
        assert_eq!(POOL.buy(1_000_000, fee), Err(TooSmall));
        assert_eq!(POOL.sell(1_000_000, fee), Err(TooSmall));
    }
    assert_eq!(POOL.buy(max, 0), Err(Overflow));
    assert_eq!(POOL.sell(max, 500), Err(Overflow));
    assert!(of(1, max).buy(max - 1, 0).is_ok());
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn buy_should_be_exact_with_both_roundings_for_the_pool(
        pool in pool(), native_in in amount(), fee in fee(),
    ) {
        let kept = big(native_in) - ceil(native_in, fee, 1_000_000u32);
        let native = kept.clone() + pool.native;
        let out = floor(kept.clone(), pool.alpha, native.clone());
        match pool.buy(native_in, fee) {
            Ok(bought) => {
                prop_assert_eq!(big(bought.alpha_out), out.clone());
                prop_assert_eq!(big(bought.native_kept), kept);
                prop_assert_eq!(bought.native_kept + bought.fee, bought.native_in);
                prop_assert_eq!(big(bought.after.native), native);
                prop_assert_eq!(big(bought.after.alpha), big(pool.alpha) - out);
                prop_assert_eq!(bought.price_before, pool.price());
                prop_assert_eq!(bought.price_after, bought.after.price());
                prop_assert!(bought.price_after >= bought.price_before);
            }
            Err(TooSmall) => prop_assert_eq!(out, big(0u8)),
            Err(error) => prop_assert!(error == Overflow && native > big(u64::MAX)),
        }
    }

    #[test]
    fn sell_should_be_exact_with_both_roundings_for_the_pool(
        pool in pool(), alpha_in in amount(), fee in fee(),
    ) {
        let alpha = big(pool.alpha) + alpha_in;
        let taken = floor(pool.native, alpha_in, alpha.clone());
        let out = &taken - ceil(taken.clone(), fee, 1_000_000u32);
        match pool.sell(alpha_in, fee) {
            Ok(sold) => {
                prop_assert_eq!(big(sold.native_out), out);
                prop_assert_eq!(big(sold.native_taken), taken.clone());
                prop_assert_eq!(sold.native_out + sold.fee, sold.native_taken);
                prop_assert_eq!(big(sold.after.alpha), alpha);
                prop_assert_eq!(big(sold.after.native), big(pool.native) - taken);
                prop_assert_eq!(sold.price_before, pool.price());
                prop_assert_eq!(sold.price_after, sold.after.price());
                prop_assert!(sold.price_after <= sold.price_before);
            }
            Err(TooSmall) => prop_assert_eq!(out, big(0u8)),
            Err(error) => prop_assert!(error == Overflow && alpha > big(u64::MAX)),
        }
    }

    /// M3, and the reserves are never emptied.
    #[test]
    fn product_should_never_fall_whatever_is_traded(
        pool in pool(), trades in prop::collection::vec((any::<bool>(), amount()), 1..30),
        fee in fee(),
    ) {
        let mut now = pool;
        for (buys, amount) in trades {
            let after = match buys {
                true => now.buy(amount, fee).map(|bought| bought.after),
                false => now.sell(amount, fee).map(|sold| sold.after),
            };
            let after = after.unwrap_or(now);
            prop_assert!(after.product() >= now.product());
            prop_assert!(!after.is_empty());
            now = after;
        }
    }

    #[test]
    fn round_trip_should_lose(pool in pool(), amount in amount(), fee in fee()) {
        if let Ok(bought) = pool.buy(amount, fee) {
            let back = bought.after.sell(bought.alpha_out, fee).map_or(0, |sold| sold.native_out);
            prop_assert!(back <= amount, "{} from {}", back, amount);
            prop_assert!(fee == 0 || back < amount);
        }
        if let Ok(sold) = pool.sell(amount, fee) {
            let back = sold.after.buy(sold.native_out, fee).map_or(0, |bought| bought.alpha_out);
            prop_assert!(back <= amount, "{} from {}", back, amount);
        }
    }

    #[test]
    fn splitting_a_trade_should_gain_nothing(
        pool in pool(), first in amount(), second in amount(), fee in fee(),
    ) {
        let buy = |pool: Reserves, native| {
            pool.buy(native, fee).map_or((pool, 0), |bought| (bought.after, bought.alpha_out))
        };
        if let Some(whole) = first.checked_add(second) {
            let (between, one) = buy(pool, first);
            let (_, two) = buy(between, second);
            // Two whole parts of one purchase: rounding down twice gets no more than once, and
            // where a part is refused nothing was paid for it.
            let once = pool.buy(whole, fee);
            prop_assume!(once != Err(Overflow));
            prop_assert!(one + two <= once.map_or(0, |bought| bought.alpha_out));
        }
    }

    #[test]
    fn more_in_should_never_give_less(
        pool in pool(), amount in amount(), more in amount(), fee in fee(),
    ) {
        if let (Ok(less), Ok(all)) =
            (pool.buy(amount, fee), pool.buy(amount.saturating_add(more), fee))
        {
            prop_assert!(less.alpha_out <= all.alpha_out);
        }
        if let (Ok(less), Ok(all)) =
            (pool.sell(amount, fee), pool.sell(amount.saturating_add(more), fee))
        {
            prop_assert!(less.native_out <= all.native_out);
        }
    }
}
