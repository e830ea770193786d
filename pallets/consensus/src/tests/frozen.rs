//! The frozen input: what an epoch was computed from, kept until the next one.

use super::*;
use crate::{FrozenRows, PackedRow};
use alun_primitives::MAX_ROW;

#[test]
fn packed_row_should_hold_what_was_packed() {
    let row: Vec<_> = (0..MAX_ROW as u16).map(|uid| (uid, !uid)).collect();
    let packed = PackedRow::pack(&row).unwrap();
    assert_eq!((packed.unpack(), packed.entries()), (row.clone(), MAX_ROW));
    assert!(packed.is_sound(MAX_ROW as u16) && !packed.is_sound(MAX_ROW as u16 - 1));
    assert_eq!(PackedRow::decode(&mut packed.encode().as_slice()), Ok(packed));
    let long: Vec<_> = (0..=MAX_ROW as u16).map(|uid| (uid, 1)).collect();
    assert_eq!(PackedRow::pack(&long), None);
    assert!(!PackedRow::pack(&[(2, 1), (1, 1)]).unwrap().is_sound(9));
}

#[test]
fn input_should_give_the_outputs_again_when_computed_from() {
    build_and_execute(|| {
        scored();
        for epoch in 1..5 {
            run_to(due(epoch));
            let frozen = Consensus::frozen_input((NETUID, FIRST)).unwrap();
            assert_eq!((frozen.head.epoch, frozen.head.frozen_at), (u64::from(epoch), due(epoch)));
            assert_eq!(frozen.hotkeys, (0..5).map(hotkey).collect::<Vec<_>>());
            let again = alun_yuma::epoch(&frozen.input()).unwrap();
            for (stored, again) in Consensus::outputs(NETUID, FIRST).iter().zip(&again.neurons) {
                assert_eq!(stored.incentive, again.incentive);
                assert_eq!(stored.dividends, again.dividends);
                assert_eq!(stored.consensus, again.consensus);
                assert_eq!(stored.permit, again.permit);
            }
            let bonds: Vec<_> =
                (0..5).map(|uid| Consensus::bonds(NETUID, FIRST, Uid(uid))).collect();
            assert_eq!(bonds, again.bonds);
        }
    });
}

#[test]
fn input_should_stay_until_the_next_epoch_whatever_happens_to_what_it_was_read_from() {
    build_and_execute(|| {
        scored();
        run_to(due(2));
        let frozen = Consensus::frozen_input((NETUID, FIRST)).unwrap();
        assert!(!frozen.bonds[1].is_empty() && !frozen.rows[1].is_empty());
        set(NETUID, FIRST, 2, &[3], &[1]);
        Arranged::with(NETUID, |subnet| subnet.neurons[2].2 = 0);
        Arranged::replace(NETUID, 1, &hotkey(50));
        run_to(due(3) - 1);
        assert_eq!(Consensus::frozen_input((NETUID, FIRST)), Some(frozen));
        run_to(due(3));
        let frozen = Consensus::frozen_input((NETUID, FIRST)).unwrap();
        assert_eq!(frozen.head.epoch, 3);
        assert!(frozen.bonds[1].is_empty() && frozen.rows[1].is_empty());
        // Nothing of the epoch before is left behind.
        assert_eq!(FrozenRows::<Test>::iter().count(), 1);
        assert_eq!(crate::Bonds::<Test>::iter().count(), 1);
    });
}

#[test]
fn there_should_be_no_input_when_there_was_no_epoch() {
    build_and_execute(|| {
        started(5);
        assert_eq!(Consensus::frozen_input((NETUID, FIRST)), None);
        assert_eq!(Consensus::payout(NETUID, FIRST), None);
        run_to(due(0));
        assert!(Consensus::frozen_input((NETUID, FIRST)).is_some());
        assert_eq!(Consensus::frozen_input((NETUID, MechanismId(1))), None);
    });
}
