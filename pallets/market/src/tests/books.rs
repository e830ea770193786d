//! The books of issuance: what is dropped on its way is burned.

use super::*;
use crate::{Event, Markets, NextClaims, Queue, QueueEnds};

#[test]
fn alpha_should_leave_the_issuance_when_it_is_dropped() {
    build_and_execute(|| {
        buy(&alice(), A, 10 * UNIT, 0).unwrap();
        let row = market(A);
        events();
        let (part, rest) = take(&alice(), A, 1_000).split(Alpha(400));
        drop(part);
        give(&alice(), rest);
        assert_eq!(market(A).issuance.0, row.issuance.0 - 400);
        assert_eq!(Market::issuance(A), market(A).issuance);
        assert_eq!(events(), [Event::AlphaBurned { netuid: A, amount: Alpha(400) }]);
    });
}

/// What a change of the state breaks.
fn broken(change: impl FnOnce()) -> String {
    in_view(|| {
        change();
        Market::check_invariants().expect_err("it is broken").into()
    })
}

fn corrupt(change: impl FnOnce(&mut crate::Market)) -> String {
    broken(|| Markets::<Test>::mutate(A, |row| change(row.as_mut().unwrap())))
}

#[test]
fn check_should_say_what_is_broken_when_the_state_is_corrupt() {
    build_and_execute(|| {
        buy(&alice(), A, 10 * UNIT, 0).unwrap();
        root_part(9, A, &alice(), UNIT);
        let m1 = corrupt(|row| row.pool.alpha += 10 * UNIT);
        assert!(m1.starts_with("M1: "), "{m1}");
        let m2 = corrupt(|row| row.buyback += 1);
        assert!(m2.starts_with("M2: "), "{m2}");
        let e1 = corrupt(|row| row.minted = row.scheduled.saturating_add(Alpha(1)));
        assert!(e1.starts_with("E1: more alpha was issued"), "{e1}");
        let e1 = corrupt(|row| row.issuance = row.minted.saturating_add(Alpha(1)));
        assert!(e1.starts_with("E1: there is more alpha"), "{e1}");
        let e1 = broken(|| Cap::set(UNIT));
        assert!(e1.starts_with("E1: the issuance of an alpha is above"), "{e1}");
        Cap::set(21_000_000 * UNIT);
        for m5 in [
            corrupt(|row| row.queued = false),
            corrupt(|row| row.sale.next_claims = 0),
            corrupt(|row| row.price_average = u128::MAX),
            broken(|| QueueEnds::<Test>::mutate(|ends| ends.tail += 1)),
            broken(|| QueueEnds::<Test>::mutate(|ends| ends.head += 1)),
            broken(|| Queue::<Test>::insert(0, B)),
            broken(|| NextClaims::<Test>::remove(A)),
            broken(|| NextClaims::<Test>::insert(B, NextClaims::<Test>::get(A))),
        ] {
            assert!(m5.starts_with("M5: "), "{m5}");
        }
    });
}

#[test]
fn product_should_not_be_let_fall() {
    build_and_execute(|| {
        let before = pool(A);
        buy(&alice(), A, UNIT, 0).unwrap();
        assert_eq!(crate::check_product(before, pool(A)), Ok(()));
        let m3 = crate::check_product(pool(A), before).expect_err("roundings raised it");
        assert!(m3.starts_with("M3: "));
    });
}
