//! Each mechanism of a subnet has rows, permits, bonds and outputs of its own.

use super::*;
use alun_primitives::traits::{PermitView, PruneScore};

const SECOND: MechanismId = MechanismId(1);

#[test]
fn mechanisms_should_be_decided_apart_and_judge_a_neuron_together() {
    build_and_execute(|| {
        started(5);
        Arranged::with(NETUID, |subnet| {
            subnet.mechanisms = 2;
            subnet.hyperparameters.commit_reveal = false;
        });
        run_to(due(0));
        assert_eq!(ran().len(), 2);
        assert!(Consensus::has_permit(NETUID, SECOND, Uid(1)));
        set(NETUID, FIRST, 1, &[3], &[1]);
        set(NETUID, FIRST, 2, &[3], &[1]);
        set(NETUID, SECOND, 1, &[4], &[1]);
        set(NETUID, SECOND, 2, &[4], &[1]);
        run_to(due(1));
        let first = Consensus::outputs(NETUID, FIRST);
        let second = Consensus::outputs(NETUID, SECOND);
        assert_eq!((first[3].incentive, first[4].incentive), (u16::MAX, 0));
        assert_eq!((second[3].incentive, second[4].incentive), (0, u16::MAX));
        assert_eq!(live_bonds(FIRST) + live_bonds(SECOND), 4);
        assert_eq!(Consensus::last_epoch(NETUID, SECOND), Some(1));
        // One epoch of two paid each miner a side.
        let scores = Consensus::prune_scores(NETUID, 5);
        assert_eq!([scores[3], scores[4]], [Alpha(SIDE.0 / 2); 2]);
        let both = first[1].prune_score.checked_add(second[1].prune_score);
        assert_eq!(Some(scores[1]), both);
        assert_eq!(Consensus::prune_score(NETUID, Uid(1)), scores[1]);
        Arranged::replace(NETUID, 1, &hotkey(60));
        assert!(!Consensus::has_permit(NETUID, SECOND, Uid(1)));
        assert_eq!(live_bonds(FIRST) + live_bonds(SECOND), 2);
    });
}
