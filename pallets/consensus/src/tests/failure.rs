//! An epoch that can't be computed.

use super::*;
use crate::{Outputs, Permits};

#[test]
fn epoch_should_change_nothing_when_it_fails() {
    build_and_execute(|| {
        scored();
        run_to(due(1));
        let before = (
            Outputs::<Test>::get((NETUID, FIRST)),
            Permits::<Test>::get((NETUID, FIRST)),
            Consensus::bonds(NETUID, FIRST, Uid(1)),
            LastEpoch::<Test>::get((NETUID, FIRST)),
            Arranged::paid(),
            Arranged::opened(),
        );
        let stake = Arranged::with(NETUID, |subnet| {
            subnet.neurons[3].2 = u64::MAX;
            std::mem::replace(&mut subnet.neurons[1].2, u64::MAX)
        });
        run_to(due(2));
        let failed =
            Event::EpochFailed { netuid: NETUID, mechanism: FIRST, epoch: 2, step: Step::Stake };
        assert_eq!(events().pop(), Some(failed));
        let after = (
            Outputs::<Test>::get((NETUID, FIRST)),
            Permits::<Test>::get((NETUID, FIRST)),
            Consensus::bonds(NETUID, FIRST, Uid(1)),
            LastEpoch::<Test>::get((NETUID, FIRST)),
            Arranged::paid(),
            Arranged::opened(),
        );
        assert_eq!(before, after);
        // Its input says nothing of the last epoch that was executed.
        assert_eq!(Consensus::frozen_input((NETUID, FIRST)), None);
        Arranged::with(NETUID, |subnet| {
            subnet.neurons[1].2 = stake;
            subnet.neurons[3].2 = 0;
        });
        run_to(due(3));
        assert_eq!(ran().pop().unwrap().1, 3);
    });
}

#[test]
fn epoch_should_run_when_there_are_no_neurons() {
    build_and_execute(|| {
        started(2);
        Arranged::with(NETUID, |subnet| subnet.neurons.clear());
        run_to(due(0));
        assert_eq!(ran(), vec![(1, 0, due(0), 0)]);
    });
}

#[test]
fn steps_should_keep_their_names_when_an_epoch_fails_in_them() {
    use alun_yuma::{EpochError, Step as In, Table};
    let step = |step| Step::from(EpochError::Overflow { step });
    assert_eq!(step(In::Stake), Step::Stake);
    assert_eq!(step(In::Consensus), Step::Consensus);
    assert_eq!(step(In::Dividends), Step::Dividends);
    let unknown = EpochError::UnknownUid { step: In::Bonds, uid: 9, neurons: 2 };
    assert_eq!(Step::from(unknown), Step::Bonds);
    let bonds = EpochError::RowOrder { table: Table::Bonds, row: 1, uid: 1 };
    assert_eq!(Step::from(bonds), Step::Bonds);
    assert_eq!(Step::from(EpochError::MovingAverage { have: 2_000_000 }), Step::Input);
}
