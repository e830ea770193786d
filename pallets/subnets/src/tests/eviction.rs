use super::mock::*;
use crate::{
    Endpoints, Error, Event, EvictionReason, HyperparametersOf, Neuron, NeuronCount, Uids,
};
use alun_primitives::{traits::KeyRegistry, Alpha, NetUid, Uid};
use frame::{
    deps::frame_support::storage::{with_transaction, TransactionOutcome},
    testing_prelude::*,
};

const NEWCOMER: u64 = 5_000;

/// The first block at which those that [`fill`] registered at block 1 may be evicted.
const MORTAL: u32 = 1 + 12 * HOUR;

fn score(uid: u16, score: u64) {
    Scores::mutate(|scores| scores.insert((FIRST, Uid(uid)), score));
}

fn change(uid: Uid, change: impl FnOnce(&mut Neuron<u64>)) {
    let mut neuron = Subnets::neuron(FIRST, uid).unwrap();
    change(&mut neuron);
    assert!(Subnets::put_neuron(FIRST, uid, neuron));
}

/// A full subnet, all out of immunity, uid u with score 100 + u.
fn run_full(test: impl FnOnce()) {
    run_with_subnet(|| {
        fill();
        (0..64).for_each(|uid| score(uid, 100 + u64::from(uid)));
        at(MORTAL);
        test();
    });
}

#[test]
fn lowest_score_should_leave_with_an_event_that_says_why_when_the_subnet_is_full() {
    run_full(|| {
        score(40, 7);
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(40));
        assert_eq!(NeuronCount::<Test>::get(FIRST), 64);
        assert_eq!(Uids::<Test>::get(FIRST, 1_040), None);
        let holder = Subnets::neuron(FIRST, Uid(40)).unwrap();
        assert_eq!((holder.hotkey, holder.registered_at), (NEWCOMER, MORTAL));
        assert_eq!(holder.immune_until, MORTAL + 12 * HOUR);
        assert_eq!(Replaced::get().last(), Some(&(FIRST, Uid(40), Some(1_040), NEWCOMER)));
        assert!(events().contains(&Event::NeuronDeregistered {
            netuid: FIRST,
            uid: Uid(40),
            hotkey: 1_040,
            by: NEWCOMER,
            score: Alpha(7),
            reason: EvictionReason::LowestScore,
        }));
    });
}

#[test]
fn oldest_registration_then_lowest_uid_should_leave_when_scores_are_equal() {
    run_full(|| {
        Scores::set(Default::default());
        change(Uid(30), |neuron| neuron.registered_at = 0);
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(30), "the oldest");
        assert_eq!(neuron(FIRST, NEWCOMER + 1), Uid(1), "the lowest uid but the owner's");
        assert_eq!(neuron(FIRST, NEWCOMER + 2), Uid(2));
    });
}

#[test]
fn owners_hotkey_should_never_leave_when_its_score_is_lowest() {
    run_full(|| {
        score(0, 0);
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(1));
        assert_eq!(Subnets::eviction_rank(FIRST, Uid(0)), None);
    });
}

#[test]
fn immune_neurons_should_not_leave_when_their_score_is_lowest() {
    run_full(|| {
        score(10, 0);
        change(Uid(10), |neuron| neuron.immune_until = MORTAL + 1);
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(1));
        at(MORTAL + 1);
        assert_eq!(neuron(FIRST, NEWCOMER + 1), Uid(10), "evictable from immune_until on");
    });
}

#[test]
fn nobody_should_leave_when_all_are_immune() {
    run_with_subnet(|| {
        fill();
        Keys::bind_unchecked(&NEWCOMER, &ALICE);
        at(MORTAL - 1);
        let refused = register(ALICE, FIRST, NEWCOMER, u64::MAX);
        assert_noop!(refused, Error::<Test>::TooFewEvictable);
        at(MORTAL);
        assert_ok!(register(ALICE, FIRST, NEWCOMER, u64::MAX));
    });
}

/// What an epoch pays to all that would leave if each could be turned out. Undone then.
fn unruly(emission: impl Fn(Uid) -> u64) -> u64 {
    let first = || {
        let ranks = Subnets::eviction_ranks(FIRST);
        let uid = ranks.iter().position(|rank| *rank == Some(0))?;
        let uid = Uid(uid as u16);
        // A newcomer, which is immune.
        change(uid, |neuron| neuron.immune_until = u32::MAX);
        Some(emission(uid))
    };
    let sum = with_transaction(|| {
        let sum = std::iter::from_fn(first).sum();
        TransactionOutcome::Rollback(Ok::<u64, DispatchError>(sum))
    });
    sum.unwrap()
}

/// [A] Who registers many neurons at once makes most of a subnet immune, and would then turn the
/// few evictable ones (the validators, say) out one by one.
#[test]
fn flood_of_registrations_should_be_refused_when_fewer_than_a_quarter_could_be_evicted() {
    run_full(|| {
        let emission = |uid: Uid| Scores::get().get(&(FIRST, uid)).copied().unwrap_or(0);
        let without = unruly(emission);
        // 63 of 64 can be evicted; each newcomer is immune. A quarter is 16.
        for index in 0..48 {
            Keys::bind_unchecked(&(NEWCOMER + index), &ALICE);
            assert_ok!(register(ALICE, FIRST, NEWCOMER + index, u64::MAX));
        }
        Keys::bind_unchecked(&9_000, &ALICE);
        let refused = register(ALICE, FIRST, 9_000, u64::MAX);
        assert_noop!(refused, Error::<Test>::TooFewEvictable);
        let taken = Replaced::get().into_iter().filter(|(_, _, former, _)| former.is_some());
        let with: u64 = taken.map(|(_, uid, ..)| emission(uid)).sum();
        println!(
            "[A] what an epoch pays to the places that a flood takes at once: {with} units with the \
             rule, {without} without"
        );
        assert!(4 * with < 3 * without, "the best places stay");
        // The best-scored fifteen, and the owner, are still there.
        for uid in 49..64u16 {
            assert_eq!(Uids::<Test>::get(FIRST, 1_000 + u64::from(uid)), Some(Uid(uid)));
        }
        assert_eq!(Uids::<Test>::get(FIRST, OWNER_HOTKEY), Some(Uid(0)));
        at(MORTAL + 12 * HOUR);
        assert_ok!(register(ALICE, FIRST, 9_000, u64::MAX));
    });
}

/// [A] A newcomer must not be reached at its predecessor's endpoint, nor bound by its rate limit.
#[test]
fn new_holder_should_inherit_nothing_when_a_uid_changes_hands() {
    run_full(|| {
        let announced = super::serve::endpoint("8.8.8.8");
        assert_ok!(Subnets::serve(by(1_001), FIRST, announced));
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(1));
        assert_eq!(Endpoints::<Test>::get(FIRST, Uid(1)), None);
        assert_noop!(Subnets::serve(by(1_001), FIRST, announced), Error::<Test>::NotANeuron);
        assert_noop!(Subnets::unserve(by(NEWCOMER), FIRST), Error::<Test>::NoEndpoint);
        assert_ok!(Subnets::serve(by(NEWCOMER), FIRST, announced));
    });
}

#[test]
fn evicted_hotkey_should_be_able_to_register_again_as_a_newcomer() {
    run_full(|| {
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(1));
        assert_eq!(neuron(FIRST, 1_001), Uid(2));
        assert_eq!(Uids::<Test>::get(FIRST, 1_002), None);
    });
}

#[test]
fn nobody_should_leave_when_the_price_cannot_be_paid() {
    run_full(|| {
        Keys::bind_unchecked(&NEWCOMER, &POOR);
        let refused = register(POOR, FIRST, NEWCOMER, u64::MAX);
        assert_noop!(refused, Error::<Test>::BalanceBelowPrice);
        assert_eq!(Uids::<Test>::get(FIRST, 1_001), Some(Uid(1)));
    });
}

#[test]
fn eviction_should_take_the_place_of_growth_only_when_the_subnet_is_full() {
    run_full(|| {
        HyperparametersOf::<Test>::mutate(FIRST, |values| {
            values.as_mut().unwrap().max_neurons = 65;
        });
        assert_eq!(neuron(FIRST, NEWCOMER), Uid(64));
        assert_eq!(neuron(FIRST, NEWCOMER + 1), Uid(1));
    });
}

#[test]
fn ranks_should_be_the_order_in_which_neurons_then_leave() {
    run_full(|| {
        score(20, 3);
        score(10, 3);
        score(63, 1);
        let ranks = Subnets::eviction_ranks(FIRST);
        assert_eq!(ranks.len(), 64);
        let uid_of_rank =
            |rank| ranks.iter().position(|have| *have == Some(rank)).map(|uid| Uid(uid as u16));
        assert_eq!(ranks[63], Some(0));
        assert_eq!(Subnets::eviction_rank(FIRST, Uid(63)), Some(0));
        for rank in 0..10u16 {
            let leaves = neuron(FIRST, NEWCOMER + u64::from(rank));
            assert_eq!(Some(leaves), uid_of_rank(rank), "rank {rank}");
            assert_eq!(Subnets::eviction_rank(FIRST, leaves), None, "immune now");
        }
    });
}

#[test]
fn ranks_should_be_empty_when_there_is_nobody_to_rank() {
    run_with_subnet(|| {
        assert_eq!(Subnets::eviction_ranks(NetUid(7)), vec![]);
        assert_eq!(Subnets::eviction_rank(NetUid(7), Uid(0)), None);
        assert_eq!(Subnets::eviction_ranks(FIRST), vec![None], "the owner's");
        assert_eq!(Subnets::eviction_rank(FIRST, Uid(1)), None);
    });
}
