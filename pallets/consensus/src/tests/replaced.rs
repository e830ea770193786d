//! A new holder of a uid inherits nothing, and nothing said of the former one counts for it.

use super::*;
use crate::{Outcome, Outputs};
use alun_primitives::traits::{PermitView, PruneScore};

#[test]
fn holder_should_inherit_neither_permit_nor_bonds_nor_score() {
    build_and_execute(|| {
        scored();
        run_to(due(1));
        assert!(Consensus::prune_score(NETUID, Uid(1)) > Alpha::ZERO);
        Arranged::replace(NETUID, 1, &hotkey(50));
        assert!(!Consensus::has_permit(NETUID, FIRST, Uid(1)));
        assert!(Consensus::has_permit(NETUID, FIRST, Uid(2)));
        assert_eq!(Consensus::bonds(NETUID, FIRST, Uid(1)), vec![]);
        assert_eq!(Outputs::<Test>::get((NETUID, FIRST))[1], Outcome::default());
        assert_eq!(Consensus::prune_score(NETUID, Uid(1)), Alpha::ZERO);
        assert_eq!(Consensus::prune_score(NETUID, Uid(77)), Alpha::ZERO);
    });
}

#[test]
fn bonds_and_scores_should_not_count_for_the_holder_when_they_were_for_the_former_one() {
    build_and_execute(|| {
        scored();
        run_to(due(1) + 50);
        Arranged::replace(NETUID, 3, &hotkey(50));
        run_to(due(2));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert_eq!((outputs[3].incentive, outputs[3].emission), (0, Alpha::ZERO));
        assert_eq!(outputs[4].incentive, u16::MAX);
        let bonds = Consensus::bonds(NETUID, FIRST, Uid(1));
        assert!(bonds.iter().all(|&(uid, bond)| uid != 3 || bond == 0));
    });
}

#[test]
fn scores_should_count_from_the_block_of_the_commit_not_of_the_reveal() {
    build_and_execute(|| {
        started(5);
        run_to(due(0));
        commit(1, &[3, 4], &[1, 1]);
        commit(2, &[3, 4], &[1, 1]);
        run_to(due(0) + 10);
        Arranged::replace(NETUID, 3, &hotkey(50));
        run_to(due(1));
        reveal(1, &[3, 4], &[1, 1]);
        reveal(2, &[3, 4], &[1, 1]);
        run_to(due(2));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert_eq!((outputs[3].incentive, outputs[4].incentive), (0, u16::MAX));
    });
}

#[test]
fn nothing_should_change_when_the_uid_is_new() {
    build_and_execute(|| {
        use alun_primitives::traits::OnNeuronReplaced;
        scored();
        run_to(due(1));
        Arranged::with(NETUID, |subnet| {
            subnet.neurons.push((hotkey(50), Consensus::now(), 0));
        });
        let new = || Consensus::on_neuron_replaced(NETUID, Uid(5), None, &hotkey(50));
        assert_storage_noop!(new());
        run_to(due(2));
        assert_eq!(Outputs::<Test>::get((NETUID, FIRST)).len(), 6);
    });
}
