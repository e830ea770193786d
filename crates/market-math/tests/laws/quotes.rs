//! What must go in for an exact result.

use crate::common::{amount, fee, pool};
use alun_market_math::{pool::Reserves, MarketError::*};
use proptest::prelude::*;

const POOL: Reserves = Reserves { native: 1_000_000_000_000, alpha: 2_000_000_000_000 };

#[test]
fn quote_should_be_refused_with_the_reason_when_nothing_buys_it() {
    assert_eq!(POOL.buy_exact(0, 500), Err(ZeroAmount));
    assert_eq!(POOL.sell_exact(0, 500), Err(ZeroAmount));
    assert_eq!(Reserves::default().buy_exact(5, 500), Err(EmptyPool));
    assert_eq!(Reserves::default().sell_exact(5, 500), Err(EmptyPool));
    for alpha in [POOL.alpha, POOL.alpha + 1, u64::MAX] {
        assert_eq!(POOL.buy_exact(alpha, 500), Err(TooLarge));
    }
    for native in [POOL.native - 1, POOL.native, u64::MAX] {
        assert_eq!(POOL.sell_exact(native, 500), Err(TooLarge));
    }
    // All but one unit costs more than fits an amount.
    assert_eq!(POOL.buy_exact(POOL.alpha - 1, 500), Err(TooLarge));
    for fee in [1_000_000, u32::MAX] {
        assert_eq!(POOL.buy_exact(1, fee), Err(TooLarge));
        assert_eq!(POOL.sell_exact(1, fee), Err(TooLarge));
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn buying_exactly_should_take_the_smallest_amount_that_does(
        pool in pool(), wanted in amount(), fee in fee(),
    ) {
        let wanted = wanted % pool.alpha + 1;
        match pool.buy_exact(wanted, fee) {
            Ok(bought) => {
                prop_assert!(bought.alpha_out >= wanted);
                prop_assert_eq!(pool.buy(bought.native_in, fee), Ok(bought));
                let less = pool.buy(bought.native_in - 1, fee).map_or(0, |less| less.alpha_out);
                prop_assert!(less < wanted);
            }
            Err(error) => {
                prop_assert!(matches!(error, TooLarge | Overflow));
                // Nothing that the reserve can hold buys it.
                let most = u64::MAX - pool.native;
                let got = pool.buy(most, fee).map_or(0, |bought| bought.alpha_out);
                prop_assert!(got < wanted, "{} would do", most);
            }
        }
    }

    #[test]
    fn selling_exactly_should_take_the_smallest_amount_that_does(
        pool in pool(), wanted in amount(), fee in fee(),
    ) {
        let wanted = wanted % pool.native + 1;
        match pool.sell_exact(wanted, fee) {
            Ok(sold) => {
                prop_assert!(sold.native_out >= wanted);
                prop_assert_eq!(pool.sell(sold.alpha_in, fee), Ok(sold));
                let less = pool.sell(sold.alpha_in - 1, fee).map_or(0, |less| less.native_out);
                prop_assert!(less < wanted);
            }
            Err(error) => {
                prop_assert!(matches!(error, TooLarge | Overflow));
                let most = u64::MAX - pool.alpha;
                let got = pool.sell(most, fee).map_or(0, |sold| sold.native_out);
                prop_assert!(got < wanted, "{} would do", most);
            }
        }
    }
}
