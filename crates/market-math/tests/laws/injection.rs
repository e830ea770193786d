//! Emission into a pool.

use crate::common::{amount, big, ceil, floor, pool, usual};
use alun_market_math::{
    injection::{Injection, Settlement},
    pool::Reserves,
};
use proptest::prelude::*;

const POOL: Reserves = Reserves { native: 1_000, alpha: 2_000 };

fn settlement() -> impl Strategy<Value = Settlement> {
    (usual(), usual(), amount(), amount(), usual(), 0u32..=1_000_000).prop_map(
        |(native, emitted, room, issuance, root_stake, root_weight)| Settlement {
            native,
            emitted,
            room,
            issuance,
            root_stake,
            root_weight,
        },
    )
}

#[test]
fn injection_should_be_what_is_worked_out_by_hand() {
    // ρ = 0.5·1,000 / (0.5·1,000 + 1,500) = 1/4.
    let settlement = Settlement {
        native: 100,
        emitted: 200,
        room: 1_000,
        issuance: 1_500,
        root_stake: 1_000,
        root_weight: 500_000,
    };
    assert_eq!(settlement.most_alpha(), 50);
    let by_rho = Injection { alpha_in: 50, native_in: 25, excess: 75 };
    assert_eq!(settlement.inject(POOL), by_rho);
    let poor = Settlement { native: 7, ..settlement };
    assert_eq!(poor.inject(POOL), Injection { alpha_in: 14, native_in: 7, excess: 0 });
    let at_the_cap = Settlement { room: 3, ..settlement };
    assert_eq!(at_the_cap.inject(POOL), Injection { alpha_in: 3, native_in: 2, excess: 98 });
}

#[test]
fn injection_should_be_all_excess_when_there_is_no_price_or_no_root() {
    let all = Injection { alpha_in: 0, native_in: 0, excess: 9 };
    let settlement = Settlement {
        native: 9,
        emitted: 9,
        room: 9,
        issuance: 0,
        root_stake: 9,
        root_weight: 180_000,
    };
    assert_ne!(settlement.inject(POOL), all);
    for pool in [Reserves::default(), Reserves { native: 0, ..POOL }, Reserves { alpha: 0, ..POOL }]
    {
        assert_eq!(settlement.inject(pool), all);
    }
    for none in [
        Settlement { root_stake: 0, ..settlement },
        Settlement { root_weight: 0, ..settlement },
        Settlement { emitted: 0, ..settlement },
        Settlement { room: 0, ..settlement },
    ] {
        assert_eq!(none.inject(POOL), all);
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn injection_should_be_exact_with_both_roundings_for_the_pool(
        settlement in settlement(), pool in pool(),
    ) {
        let root = big(settlement.root_weight) * settlement.root_stake;
        let whole = &root + big(1_000_000u32) * settlement.issuance;
        let most = floor(settlement.emitted, root, whole).min(big(settlement.room));
        prop_assert_eq!(big(settlement.most_alpha()), most.clone());
        let alpha_in = most.min(floor(settlement.native, pool.alpha, pool.native));
        let injection = settlement.inject(pool);
        prop_assert_eq!(big(injection.alpha_in), alpha_in.clone());
        prop_assert_eq!(big(injection.native_in), ceil(alpha_in, pool.native, pool.alpha));
        prop_assert_eq!(injection.native_in + injection.excess, settlement.native);
    }

    #[test]
    fn injection_should_leave_the_price_and_raise_the_product(
        settlement in settlement(), pool in pool(),
    ) {
        let injection = settlement.inject(pool);
        let Ok(after) = pool.injected(injection) else { return Ok(()) };
        prop_assert!(after.product() >= pool.product());
        prop_assert!(after.price() >= pool.price(), "the price fell");
        // One native unit less, and it would be at or below the price before.
        let cross = |a: Reserves, b: Reserves| big(a.native) * b.alpha;
        let less = Reserves { native: after.native - 1, ..after };
        prop_assert!(cross(less, pool) <= cross(pool, less), "moved by more than a unit");
    }

    /// Settling in parts creates no more alpha than settling once could.
    #[test]
    fn injection_should_never_create_more_than_the_room(
        settlement in settlement(), pool in pool(),
    ) {
        let injection = settlement.inject(pool);
        prop_assert!(injection.alpha_in <= settlement.room.min(settlement.emitted));
        prop_assert!(injection.native_in <= settlement.native);
        prop_assert_eq!(injection.alpha_in == 0, injection.native_in == 0);
    }
}
