//! What an epoch reads, decides, has paid and stores.

use super::*;
use crate::{Outputs, Permits};
use alun_primitives::traits::PermitView;

#[test]
fn first_epoch_should_grant_permits_and_pay_nobody() {
    build_and_execute(|| {
        started(5);
        run_to(due(0));
        let permits = Permits::<Test>::get((NETUID, FIRST)).into_inner();
        assert_eq!(permits, vec![Uid(0), Uid(1), Uid(2)]);
        assert!(Consensus::has_permit(NETUID, FIRST, Uid(1)));
        assert!(!Consensus::has_permit(NETUID, FIRST, Uid(3)));
        assert!(!Consensus::has_permit(NETUID, MechanismId(1), Uid(1)));
        assert_eq!(Arranged::paid(), vec![]);
        assert_eq!(
            events(),
            vec![Event::EpochRan {
                netuid: NETUID,
                mechanism: FIRST,
                epoch: 0,
                due_at: due(0),
                frozen_at: due(0),
                lag: 0,
                neurons: 5,
                validators: 0,
                paid: Alpha::ZERO
            }]
        );
        let executed = Executed { epoch: 0, block: due(0), generation: 1, bond_entries: 0 };
        assert_eq!(LastEpoch::<Test>::get((NETUID, FIRST)), Some(executed));
    });
}

#[test]
fn epoch_should_pay_by_the_revealed_rows_when_committed_and_revealed() {
    build_and_execute(|| {
        started(5);
        run_to(due(0));
        commit(1, &[3, 4], &[3, 1]);
        commit(2, &[3, 4], &[3, 1]);
        run_to(due(1));
        reveal(1, &[3, 4], &[3, 1]);
        reveal(2, &[3, 4], &[3, 1]);
        run_to(due(2));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert_eq!(outputs.len(), 5);
        let incentives: Vec<_> = outputs.iter().map(|neuron| neuron.incentive).collect();
        assert_eq!(incentives[..3], [0, 0, 0]);
        assert!(incentives[3].abs_diff(49_151) <= 1 && incentives[4].abs_diff(16_384) <= 1);
        assert_eq!(outputs[3].emission.0.abs_diff(750_000) / 100, 0);
        let paid: u64 = outputs.iter().map(|neuron| neuron.emission.0).sum();
        assert_eq!(paid, 2 * SIDE.0);
        // Nearly equal stakes and equal rows: nearly equal dividends.
        assert!(outputs[1].dividends.abs_diff(outputs[2].dividends) < 20);
        assert!(outputs[1].dividends > 32_000);
        let permits: Vec<_> = outputs.iter().map(|neuron| neuron.permit).collect();
        assert_eq!(permits, [true, true, true, false, false]);
        assert!(outputs[1].active);
        assert_eq!(outputs[1].validator_trust, u16::MAX);
        let last = events().pop().unwrap();
        let Event::EpochRan { validators: 2, paid, lag: 0, .. } = last else { panic!("{last:?}") };
        assert_eq!(paid, Alpha(2 * SIDE.0));
        let paid: Vec<_> = Arranged::paid().iter().map(|paid| paid.uid).collect();
        assert_eq!(paid, vec![1, 2, 3, 4]);
        assert_eq!(Arranged::opened().last().unwrap().tempo, TEMPO);
    });
}

#[test]
fn bonds_should_be_stored_of_permit_holders_and_carried_on() {
    build_and_execute(|| {
        scored();
        run_to(due(1));
        let first = Consensus::bonds(NETUID, FIRST, Uid(1));
        assert_eq!(first.iter().map(|bond| bond.0).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(live_bonds(FIRST), 2);
        run_to(due(2));
        let second = Consensus::bonds(NETUID, FIRST, Uid(1));
        assert!(second[0].1 > first[0].1);
        // Without stake there is no permit, and without permit no bonds.
        Arranged::with(NETUID, |subnet| subnet.neurons[1].2 = 0);
        run_to(due(3));
        assert_eq!(Consensus::bonds(NETUID, FIRST, Uid(1)), vec![]);
        assert!(!Consensus::has_permit(NETUID, FIRST, Uid(1)));
        assert_eq!(live_bonds(FIRST), 1);
    });
}

#[test]
fn row_should_not_count_when_its_validator_lost_the_permit() {
    build_and_execute(|| {
        scored();
        run_to(due(1));
        Arranged::with(NETUID, |subnet| {
            subnet.neurons[1].2 = 0;
            subnet.neurons[2].2 = 0;
        });
        run_to(due(2));
        // The rows are still there; nobody reads them.
        run_to(due(3));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert!(outputs.iter().all(|neuron| neuron.incentive == 0 && neuron.emission.is_zero()));
        assert!(Weights::row(NETUID, FIRST, Uid(1)).is_some());
    });
}

#[test]
fn validator_should_not_count_when_it_was_silent_for_longer_than_the_cutoff() {
    build_and_execute(|| {
        scored();
        let cutoff = 3 * u64::from(TEMPO) * 1_000;
        Arranged::with(NETUID, |subnet| subnet.hyperparameters.activity_cutoff_ms = cutoff);
        run_to(due(3));
        assert!(Consensus::outputs(NETUID, FIRST)[1].active);
        run_to(due(4));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert!(!outputs[1].active);
        assert_eq!(outputs[3].incentive, 0);
    });
}

#[test]
fn owner_should_score_without_stake_or_permit() {
    build_and_execute(|| {
        started(3);
        Arranged::with(NETUID, |subnet| {
            subnet.hyperparameters.commit_reveal = false;
            // Under the threshold, from which the owner is exempt.
            subnet.neurons[0].2 = 1;
            subnet.neurons[1].2 = 0;
            subnet.neurons[2].2 = 0;
        });
        run_to(due(0));
        set(NETUID, FIRST, 0, &[0, 2], &[1, 1]);
        run_to(due(1));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert_eq!(outputs[2].incentive, 32_767);
        assert_eq!(outputs[0].incentive, 32_767);
    });
}

#[test]
fn outputs_should_be_zero_where_the_last_epoch_said_nothing() {
    build_and_execute(|| {
        scored();
        run_to(due(1));
        Arranged::with(NETUID, |subnet| {
            subnet.neurons.push((hotkey(50), Consensus::now(), 0));
        });
        assert_eq!(Outputs::<Test>::get((NETUID, FIRST)).len(), 5);
        assert_eq!(Consensus::outputs(NETUID, FIRST).len(), 6);
        assert_eq!(Consensus::outputs(NETUID, FIRST)[5], Default::default());
        assert_eq!(Consensus::outputs(NetUid(7), FIRST), vec![]);
    });
}

#[test]
fn expired_commits_should_be_announced_by_the_epoch() {
    build_and_execute(|| {
        started(5);
        run_to(due(0));
        commit(1, &[3], &[1]);
        run_to(due(2) - 1);
        let expired = || {
            let is_expiry = |record: &frame_system::EventRecord<RuntimeEvent, _>| {
                let RuntimeEvent::Weights(event) = &record.event else { return false };
                matches!(event, pallet_weights::Event::CommitExpired { epoch: 0, .. })
            };
            System::events().iter().filter(|record| is_expiry(record)).count()
        };
        assert_eq!(expired(), 0);
        run_to(due(2));
        assert_eq!(expired(), 1);
    });
}
