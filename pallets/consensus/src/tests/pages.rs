//! An epoch worked off in pages over several blocks is the same epoch.

use super::*;
use crate::{
    pages::Page, Award, Changed, Outcome, Outputs, PayRecord, Permits, Queue, Stage, WeightInfo,
    Work, PATIENCE, PAY_PAGE, RESERVED_SHARE,
};
use alun_primitives::{traits::PermitView, views::EpochWork};
use frame::deps::sp_runtime::{AccountId32, StateVersion};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Neurons of the subnet: three pages of pay, the last of them not full.
const NEURONS: u16 = 2 * PAY_PAGE + 6;

/// (uid, hotkey, amounts) of one who was paid.
type PaidTo = (u16, AccountId32, (Alpha, Alpha));

/// All that an epoch leaves behind.
#[derive(Debug, PartialEq)]
struct Result {
    outcomes: Vec<Outcome>,
    permits: Vec<Uid>,
    bonds: Vec<Vec<(u16, u16)>>,
    awards: Vec<(Uid, Award<AccountId32>)>,
    payout: (Alpha, Alpha, Alpha),
    /// In order.
    paid: Vec<PaidTo>,
}

/// Who was paid by epoch 2.
fn paid() -> Vec<Paid> {
    Arranged::paid().into_iter().filter(|paid| paid.block >= due(2)).collect()
}

fn result() -> Result {
    let matrix = (NETUID, FIRST);
    let PayRecord { total, miners, validators, closed_at, .. } =
        Consensus::payout(NETUID, FIRST).unwrap();
    assert_eq!(closed_at, Some(Consensus::now()));
    let paid = paid().into_iter().map(|paid| (paid.uid, paid.hotkey, paid.amounts));
    Result {
        outcomes: Outputs::<Test>::get(matrix).into_inner(),
        permits: Permits::<Test>::get(matrix).into_inner(),
        bonds: (0..NEURONS).map(|uid| Consensus::bonds(NETUID, FIRST, Uid(uid))).collect(),
        awards: Consensus::awards(matrix).collect(),
        payout: (total, miners, validators),
        paid: paid.collect(),
    }
}

/// A subnet one block before its epoch 2, in which two validators score everybody else, each in a
/// way of its own. Epoch 1 left bonds.
fn scene() {
    started(NEURONS);
    Arranged::with(NETUID, |subnet| subnet.hyperparameters.commit_reveal = false);
    run_to(due(0));
    let uids: Vec<u16> = (3..NEURONS).collect();
    let values = |validator| uids.iter().map(|uid| 1_000 + uid * validator).collect::<Vec<_>>();
    set(NETUID, FIRST, 1, &uids, &values(1));
    set(NETUID, FIRST, 2, &uids, &values(7));
    run_to(due(2) - 1);
    assert_eq!(ran().len(), 2);
}

/// The item of epoch 2.
fn item() -> crate::QueuedEpoch {
    crate::QueuedEpoch { netuid: NETUID, mechanism: FIRST, epoch: 2, due_at: due(2) }
}

/// What it costs to begin a block, and to look what comes next.
fn fixed() -> Weight {
    <() as WeightInfo>::idle_poll() + <() as WeightInfo>::peek()
}

/// The room that takes epoch 2 up to its frozen input, in the block in which it is due.
fn room_to_freeze() -> Weight {
    let clear = Page::next::<Test>(&item());
    assert!(matches!(clear, Page::Clear { scorers: 3 }), "{clear:?}");
    let freeze = Page::Freeze { validators: 4, neurons: NEURONS.into(), lenders: 0 };
    let queue = <() as WeightInfo>::queue_subnet() + <() as WeightInfo>::peek();
    fixed() + queue + clear.cost::<Test>() + freeze.cost::<Test>()
}

/// The room that the next page needs, and no other.
fn room_for_one() -> Weight {
    fixed() + Page::next::<Test>(&item()).cost::<Test>()
}

/// Freezes the input of epoch 2 in its block, and nothing more.
fn freeze() {
    let room = room_to_freeze();
    assert!(poll(room).all_lte(room));
    assert_eq!(Work::<Test>::get().map(|work| work.stage), Some(Stage::Frozen));
    assert_eq!(Work::<Test>::get().map(|work| work.frozen_at), Some(due(2)));
}

/// Does one page in a block of its own.
fn page() {
    let room = room_for_one();
    assert!(poll(room).all_lte(room));
    assert_ok!(Consensus::check_invariants());
}

fn at_one_go() -> Result {
    new_test_ext().execute_with(|| {
        scene();
        run_to(due(2));
        assert_eq!(ran().last(), Some(&(1, 2, due(2), 0)));
        result()
    })
}

#[test]
fn epoch_should_be_the_same_when_each_page_has_a_block_of_its_own() {
    let expected = at_one_go();
    assert!(expected.paid.iter().filter(|paid| paid.2 .1 > Alpha::ZERO).count() == 2);
    assert_eq!(expected.payout, (Alpha(2 * SIDE.0), SIDE, SIDE));
    build_and_execute(|| {
        scene();
        freeze();
        // Computed, three pages paid, finished.
        (0..5).for_each(|_| page());
        assert_eq!(ran().last(), Some(&(1, 2, due(2), 5)));
        assert_eq!(LastEpoch::<Test>::get((NETUID, FIRST)).unwrap().block, due(2));
        assert_eq!(result(), expected);
        let blocks: Vec<_> = paid().iter().map(|paid| paid.block).collect();
        assert_eq!((blocks[0], *blocks.last().unwrap()), (due(2) + 2, due(2) + 4));
    });
}

#[test]
fn epoch_should_go_on_from_storage_alone_when_the_node_is_killed_between_pages() {
    let expected = at_one_go();
    let mut state = new_test_ext();
    state.execute_with(|| {
        scene();
        freeze();
    });
    for step in 0..5 {
        // A block that nobody sees: the node is killed before it is stored.
        let before = Arranged::paid();
        state.commit_all().unwrap();
        state.execute_with(page);
        Arranged::forget_paid_after(before.len());
        // Only what was committed comes back.
        let (stored, root) = state.into_raw_snapshot();
        state = TestState::from_raw_snapshot(stored, root, StateVersion::V1);
        state.execute_with(|| {
            assert_eq!(Consensus::now(), due(2) + step);
            page();
        });
    }
    state.execute_with(|| {
        assert_eq!(ran().last(), Some(&(1, 2, due(2), 5)));
        assert_eq!(result(), expected);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever room blocks have once the input is frozen.
    #[test]
    fn epoch_should_be_the_same_whatever_room_blocks_have(
        rooms in prop::collection::vec(0u64..60_000_000_000, 1..60),
    ) {
        let expected = at_one_go();
        new_test_ext().execute_with(|| {
            scene();
            freeze();
            for room in rooms {
                let room = Weight::from_parts(room, u64::MAX);
                assert!(poll(room).all_lte(room));
                assert_ok!(Consensus::check_invariants());
            }
            while ran().len() < 3 {
                next_block(MAX_BLOCK);
            }
            let closed = Consensus::payout(NETUID, FIRST).unwrap().closed_at.unwrap();
            System::set_block_number(closed.into());
            assert_eq!(result(), expected);
        });
    }
}

#[test]
fn stake_and_rows_should_not_count_when_they_change_after_the_freeze() {
    let expected = at_one_go();
    build_and_execute(|| {
        scene();
        freeze();
        Arranged::with(NETUID, |subnet| {
            subnet.neurons[1].2 = 0;
            subnet.neurons[9].2 = 1_000_000 * alun_primitives::UNIT;
            subnet.hyperparameters.kappa = 60_000;
            subnet.hyperparameters.max_validators = 1;
        });
        set(NETUID, FIRST, 2, &[3], &[1]);
        (0..5).for_each(|_| page());
        assert_eq!(result(), expected);
        // The next epoch sees all of it.
        run_to(due(3));
        let outputs = Consensus::outputs(NETUID, FIRST);
        assert_eq!((outputs[3].incentive, outputs[9].permit), (u16::MAX, true));
    });
}

/// Runs epoch 2 and has uid 1, a validator, and uid 5, a miner, replaced after `pages` pages.
fn replaced_after(pages: u32) -> (Vec<PaidTo>, Vec<Outcome>) {
    let mut left = None;
    build_and_execute(|| {
        scene();
        freeze();
        (0..pages).for_each(|_| page());
        let frozen = Consensus::frozen_input((NETUID, FIRST)).unwrap();
        for uid in [1, 5, 1] {
            Arranged::replace(NETUID, uid, &hotkey(100 + uid));
        }
        assert_eq!(Changed::<Test>::get().into_inner(), [Uid(1), Uid(5)]);
        assert!(!Consensus::has_permit(NETUID, FIRST, Uid(1)));
        assert_eq!(Consensus::bonds(NETUID, FIRST, Uid(1)), vec![]);
        (pages..5).for_each(|_| page());
        assert!(Changed::<Test>::get().is_empty());
        // What was frozen stays as it was.
        assert_eq!(Consensus::frozen_input((NETUID, FIRST)).unwrap(), frozen);
        // The new holders have nothing of it.
        assert!(!Consensus::has_permit(NETUID, FIRST, Uid(1)));
        assert!(Consensus::has_permit(NETUID, FIRST, Uid(2)));
        assert_eq!(Consensus::bonds(NETUID, FIRST, Uid(1)), vec![]);
        assert!(!Consensus::bonds(NETUID, FIRST, Uid(2)).is_empty());
        let outcomes = Outputs::<Test>::get((NETUID, FIRST)).into_inner();
        assert_eq!([outcomes[1], outcomes[5]], [Outcome::default(); 2]);
        left = Some((result().paid, outcomes));
        run_to(due(3));
        assert_eq!(ran().last(), Some(&(1, 3, due(3), 0)));
    });
    left.unwrap()
}

#[test]
fn former_holder_should_be_paid_and_the_new_one_have_nothing_when_a_uid_is_replaced_in_between() {
    let expected = at_one_go();
    for pages in 0..5 {
        let (paid, outcomes) = replaced_after(pages);
        assert_eq!(paid, expected.paid);
        assert_eq!(outcomes[2], expected.outcomes[2]);
    }
}

#[test]
fn live_bonds_should_go_when_a_uid_is_replaced_and_the_epoch_then_fails() {
    build_and_execute(|| {
        scene();
        // Together more than a u64 holds.
        let stake = Arranged::with(NETUID, |subnet| {
            subnet.neurons[3].2 = u64::MAX;
            std::mem::replace(&mut subnet.neurons[2].2, u64::MAX)
        });
        freeze();
        Arranged::replace(NETUID, 1, &hotkey(101));
        assert_eq!(live_bonds(FIRST), 2);
        page();
        let failed =
            Event::EpochFailed { netuid: NETUID, mechanism: FIRST, epoch: 2, step: Step::Stake };
        assert_eq!(events().pop(), Some(failed));
        assert_eq!(live_bonds(FIRST), 1);
        assert_eq!(Consensus::work_view(), None);
        Arranged::with(NETUID, |subnet| (subnet.neurons[2].2, subnet.neurons[3].2) = (stake, 0));
        run_to(due(3));
        assert_eq!(ran().last(), Some(&(1, 3, due(3), 0)));
    });
}

#[test]
fn migration_should_suspend_an_epoch_between_its_pages() {
    let expected = at_one_go();
    build_and_execute(|| {
        scene();
        freeze();
        page();
        page();
        Migration::run(true);
        (0..20).for_each(|_| assert_eq!(poll(MAX_BLOCK), Weight::zero()));
        Migration::run(false);
        next_block(MAX_BLOCK);
        assert_eq!(ran().last(), Some(&(1, 2, due(2), 23)));
        assert_eq!(result(), expected);
    });
}

/// What computing costs by one rule: a thin matrix, and so many entries of one.
type Costs = (fn(u32, u32) -> Weight, fn(u32) -> Weight);

#[test]
fn computing_should_be_priced_by_the_rule_that_was_frozen() {
    use alun_primitives::BondRule::{Classic, StakeFree};
    type Of = ();
    let classic: Costs = (Of::compute_classic, Of::compute_classic_entries);
    let stake_free: Costs = (Of::compute, Of::compute_entries);
    let liquid: Costs = (Of::compute_liquid_alpha, Of::compute_liquid_alpha_entries);
    for (bond_rule, liquid_alpha, (thin, entries)) in [
        (Classic, false, classic),
        // Liquid alpha is no part of the classic rule.
        (Classic, true, classic),
        (StakeFree, false, stake_free),
        (StakeFree, true, liquid),
    ] {
        build_and_execute(|| {
            scene();
            let set = |bond_rule, liquid_alpha| {
                Arranged::with(NETUID, |subnet| {
                    subnet.hyperparameters.bond_rule = bond_rule;
                    subnet.hyperparameters.liquid_alpha = liquid_alpha;
                });
            };
            set(bond_rule, liquid_alpha);
            freeze();
            // That is for the next epoch.
            set(if bond_rule == Classic { StakeFree } else { Classic }, !liquid_alpha);
            let next = Page::next::<Test>(&item());
            let Page::Compute { validators, neurons, entries: e, .. } = next else {
                panic!("{next:?}");
            };
            assert!(e > neurons);
            let declared = thin(validators, neurons) + entries(e) - entries(0);
            assert_eq!(next.cost::<Test>(), declared);
            let other = if bond_rule == Classic { stake_free } else { classic };
            assert_ne!(entries(e), other.1(e));
            (0..5).for_each(|_| page());
            assert_eq!(ran().last(), Some(&(1, 2, due(2), 5)));
        });
    }
}

#[test]
fn next_epoch_should_wait_when_one_is_in_work() {
    build_and_execute(|| {
        scene();
        let other = NetUid(NETUID.0 + TEMPO as u16);
        Arranged::add(other, 3);
        use alun_primitives::traits::OnSubnet;
        Consensus::on_started(other, due(2) - 2, TEMPO);
        let room = room_to_freeze() + <() as WeightInfo>::queue_subnet();
        poll(room);
        assert_eq!(Consensus::work_view().unwrap().queued, 2);
        (0..5).for_each(|_| page());
        assert_eq!(ran().last(), Some(&(1, 2, due(2), 5)));
        assert_eq!(ran().len(), 3);
        next_block(MAX_BLOCK);
        assert_eq!(ran().last(), Some(&(other.0, 0, due(2), 6)));
        assert_eq!(LastEpoch::<Test>::get((other, FIRST)).unwrap().block, due(2) + 6);
    });
}

#[test]
fn view_should_tell_how_far_the_epoch_in_work_has_got() {
    build_and_execute(|| {
        scene();
        assert_eq!(Consensus::work_view(), None);
        freeze();
        let frozen = EpochWork {
            netuid: NETUID,
            mechanism: FIRST,
            epoch: 2,
            due_at: due(2),
            lag: 0,
            frozen_at: Some(due(2)),
            neurons: Some(NEURONS),
            paid: None,
            queued: 1,
        };
        assert_eq!(Consensus::work_view(), Some(frozen.clone()));
        page();
        let computed = EpochWork { lag: 1, paid: Some(0), ..frozen.clone() };
        assert_eq!(Consensus::work_view(), Some(computed));
        page();
        let paid = EpochWork { lag: 2, paid: Some(PAY_PAGE), ..frozen.clone() };
        assert_eq!(Consensus::work_view(), Some(paid));
        page();
        page();
        let all = EpochWork { lag: 4, paid: Some(NEURONS), ..frozen };
        assert_eq!(Consensus::work_view(), Some(all));
        page();
        assert_eq!(Consensus::work_view(), None);
    });
}

#[test]
fn page_should_have_the_whole_block_before_the_transactions_when_it_waited_too_long() {
    build_and_execute(|| {
        scene();
        freeze();
        // A block of which the page is half: more than the queue has before the transactions.
        let room = room_for_one();
        BlockTime::set(2 * room.ref_time());
        for _ in 1..PATIENCE {
            poll(room);
            assert_eq!(Work::<Test>::get().unwrap().stage, Stage::Frozen);
        }
        // Not more than there is.
        let less = room - Weight::from_parts(1, 0);
        assert!(poll(less).all_lte(less));
        assert_eq!(Work::<Test>::get().unwrap().stage, Stage::Frozen);
        assert!(poll(room).all_lte(room));
        assert!(matches!(Work::<Test>::get().unwrap().stage, Stage::Computed { .. }));
    });
}

#[test]
fn no_hook_should_spend_more_than_it_has_whatever_is_overdue() {
    build_and_execute(|| {
        scene();
        run_to(due(2) - 1);
        for step in 0..400u64 {
            let room = Weight::from_parts((step * 7_919_333_333) % 30_000_000_000, u64::MAX);
            assert!(poll(room).all_lte(room));
            let room = Weight::from_parts((step * 104_729_777_777) % 9_000_000_000, u64::MAX);
            assert!(idle(room).all_lte(room));
        }
        assert!(ran().len() > 3);
    });
}

#[test]
fn epoch_should_fail_when_a_page_of_it_is_larger_than_a_block() {
    build_and_execute(|| {
        scene();
        let freeze =
            Page::Freeze { validators: 4, neurons: NEURONS.into(), lenders: 0 }.cost::<Test>();
        // The limit, and one under it.
        let block = freeze.ref_time() * RESERVED_SHARE / (RESERVED_SHARE - 1);
        BlockTime::set(block - 16);
        run_to(due(2) + 1);
        let failed =
            Event::EpochFailed { netuid: NETUID, mechanism: FIRST, epoch: 2, step: Step::TooLarge };
        assert_eq!(events().pop(), Some(failed));
        assert_eq!(Queue::<Test>::iter().count(), 0);
        // With longer blocks the next one runs.
        BlockTime::set(MAX_BLOCK.ref_time());
        run_to(due(3));
        assert_eq!(ran().last(), Some(&(1, 3, due(3), 0)));
    });
}

#[test]
fn new_bonds_should_go_when_the_epoch_fails_after_it_was_computed() {
    let mut expected = None;
    build_and_execute(|| {
        scene();
        Arranged::with(NETUID, |subnet| subnet.neurons[9].2 = 9_000 * alun_primitives::UNIT);
        freeze();
        page();
        let spare = |generation| {
            let bonds = Consensus::generation((NETUID, FIRST), generation);
            crate::Bonds::<Test>::iter_key_prefix(bonds).collect::<BTreeSet<_>>()
        };
        let generation = Consensus::spare_generation((NETUID, FIRST));
        let head = crate::FrozenHeads::<Test>::get((NETUID, FIRST)).unwrap();
        let scorers: BTreeSet<_> = head.scorers.into_iter().collect();
        let written = spare(generation);
        // A new permit holder has no row that counts, hence no bonds: only a scorer's are written.
        assert!(!written.is_empty() && written.is_subset(&scorers), "{written:?}");
        assert!(!scorers.contains(&Uid(9)));
        // The next page no longer fits into a block.
        let pay = Page::next::<Test>(&item()).cost::<Test>();
        BlockTime::set(pay.ref_time());
        next_block(MAX_BLOCK);
        let failed =
            Event::EpochFailed { netuid: NETUID, mechanism: FIRST, epoch: 2, step: Step::TooLarge };
        assert_eq!(events().pop(), Some(failed));
        assert_eq!(live_bonds(FIRST), 2, "those of epoch 1 hold");
        BlockTime::set(MAX_BLOCK.ref_time());
        run_to(due(3));
        assert_eq!(ran().last(), Some(&(1, 3, due(3), 0)));
        let rows: BTreeSet<_> = spare(generation);
        assert!(rows.is_subset(&scorers), "nothing of the failed one is left: {rows:?}");
        expected =
            Some((0..NEURONS).map(|uid| Consensus::bonds(NETUID, FIRST, Uid(uid))).collect());
    });
    // The same, had epoch 2 failed before its input was frozen.
    build_and_execute(|| {
        scene();
        Arranged::with(NETUID, |subnet| subnet.neurons[9].2 = 9_000 * alun_primitives::UNIT);
        let freeze =
            Page::Freeze { validators: 4, neurons: NEURONS.into(), lenders: 0 }.cost::<Test>();
        BlockTime::set(freeze.ref_time());
        run_to(due(2) + 1);
        assert!(matches!(events().pop(), Some(Event::EpochFailed { epoch: 2, .. })));
        BlockTime::set(MAX_BLOCK.ref_time());
        run_to(due(3));
        let bonds: Vec<_> =
            (0..NEURONS).map(|uid| Consensus::bonds(NETUID, FIRST, Uid(uid))).collect();
        assert_eq!(Some(bonds), expected);
    });
}
