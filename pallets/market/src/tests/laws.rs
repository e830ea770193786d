//! Whatever happens in whatever order, the invariants hold.

use super::*;
use proptest::prelude::*;

/// One thing that may happen on one of two subnets, by one of two accounts.
fn act(kind: u8, netuid: NetUid, who: &AccountId, amount: u64) {
    let held = alpha(who, netuid);
    let part = held.min(amount);
    match kind {
        0 | 1 => drop(buy(who, netuid, amount.min(native(who) / 2), 0)),
        2 | 3 => drop(sell(who, netuid, part, 0)),
        // A trade of a few units: where roundings matter.
        4 => drop(buy(who, netuid, amount % 5_000, 0)),
        5 => drop(sell(who, netuid, part % 5_000, 0)),
        6 => drop(pay(netuid, (amount % UNIT).min(native(&alice()) / 2), 0)),
        7 => skip((amount % 3_000) as u32),
        8 => Earns::set(amount % (2 * UNIT)),
        9 => Emits::set(amount % (2 * UNIT)),
        10 => RootTotal::set(amount),
        11 => root_part((amount % 90) as u16 + 100, netuid, who, part),
        12 => {
            let emitted = alpha(&participants(), netuid);
            for hotkey in 0..40 {
                root_part(200 + hotkey, netuid, &participants(), emitted / 100);
            }
        }
        13 => drop(take(who, netuid, part)),
        14 => drop(poll_within(Weight::from_parts(amount % 10_000_000_000, 10_000_000))),
        15 => Cap::set(Cap::get().saturating_add(amount)),
        _ => poll(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn invariants_should_hold_after_every_act_in_any_order(
        acts in prop::collection::vec(
            (0u8..20, any::<bool>(), any::<bool>(), prop_oneof![
                0u64..10_000, 0u64..10 * UNIT, 0u64..100_000 * UNIT, any::<u64>(),
            ]),
            1..120,
        ),
        cap in 2_000 * UNIT..21_000_000 * UNIT,
    ) {
        build_and_execute(|| {
            Cap::set(cap);
            open(B, 50 * UNIT);
            for (kind, first, honest, amount) in acts {
                let netuid = if first { A } else { B };
                let who = if honest { alice() } else { bot() };
                act(kind, netuid, &who, amount);
                check();
            }
        });
    }

    #[test]
    fn queue_should_be_worked_off_when_nothing_more_comes(
        parts in prop::collection::vec((0u16..50, 1u64..UNIT / 10), 1..40),
        buyback in 1u64..5 * UNIT,
    ) {
        build_and_execute(|| {
            buy(&alice(), A, 500 * UNIT, 0).unwrap();
            let none = Market::inject(A, withdraw(&alice(), buyback), Alpha(0));
            assert!(none.peek().is_zero());
            for (hotkey, part) in &parts {
                root_part(100 + hotkey, A, &alice(), *part);
            }
            for _ in 0..60 {
                poll();
            }
            let row = market(A);
            // At most what is too little to trade.
            prop_assert!(!row.queued && row.buyback <= 4 && row.waiting_alpha().0 <= 4);
            prop_assert_eq!(row.sale.due + row.sale.proceeds, 0);
            Ok(())
        })?;
    }
}
