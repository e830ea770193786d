//! A hotkey takes another's place: stake, take and children go along, and no nominator notices.

use crate::{
    mock::*, pool::Stream, Error, Hotkeys, Lender, Lenders, Lending, Lendings, LentOn, PoolNames,
    Pools, Positions, Take, Takes,
};
use alun_primitives::{
    traits::{
        HotkeySwap, KeyRegistry, OnHotkeySwapped, PoolReward, RewardSink, RootStake, Rows,
        StakeView,
    },
    NetUid, UNIT,
};
use frame::{
    deps::frame_support::storage::{with_transaction, TransactionOutcome},
    testing_prelude::*,
};

/// The new hotkey: one that can sign.
fn new() -> AccountId {
    Sr25519Keyring::Ferdie.to_account_id()
}

fn carry(old: &AccountId, rows: &mut Rows) -> bool {
    let coldkey = Stake::coldkey_of(old).expect("bound");
    let swap = HotkeySwap { coldkey, old: old.clone(), new: new(), seats: Vec::new() };
    Stake::on_hotkey_swapped(&swap, rows)
}

/// Puts [`new`] in the place of a hotkey; says how many rows that took.
fn swap(old: &AccountId) -> u32 {
    let mut rows = Rows::new(1_000);
    assert!(carry(old, &mut rows));
    Successors::mutate(|all| all.insert(old.clone(), new()));
    check();
    1_000 - rows.left()
}

/// A hotkey of Dave.
fn daves() -> AccountId {
    hotkey_of(&dave(), 1)
}

/// Dave's hotkey lends 40 % to Bob's, and Bob's 30 % to one of Eve, which accepts another besides.
fn lend() -> AccountId {
    let eves = hotkey_of(&eve(), 2);
    let list = |names: &[AccountId]| names.to_vec().try_into().unwrap();
    assert_ok!(Stake::set_lenders(signed(alice()), bob(), SUBNET, list(&[daves(), charlie()])));
    assert_ok!(Stake::set_lenders(signed(eve()), eves.clone(), SUBNET, list(&[bob(), new()])));
    let children = |child: &AccountId, part| vec![(child.clone(), part)].try_into().unwrap();
    let to_bob = children(&bob(), 400_000);
    assert_ok!(Stake::set_children(signed(dave()), daves(), SUBNET, to_bob));
    let to_eve = children(&eves, 300_000);
    assert_ok!(Stake::set_children(signed(alice()), bob(), SUBNET, to_eve));
    eves
}

#[test]
fn positions_should_stay_as_they_are_when_their_hotkey_is_swapped() {
    build_and_execute(|| {
        place(&alice(), &bob(), SUBNET, 500 * UNIT);
        place(&dave(), &bob(), SUBNET, 300 * UNIT);
        place(&dave(), &bob(), NetUid::ROOT, 70 * UNIT);
        place(&eve(), &bob(), OTHER, 10 * UNIT);
        reward_pools(&bob(), 80 * UNIT, 100);
        let stored: Vec<_> = Positions::<Test>::iter().collect();
        let rows = || [NetUid::ROOT, SUBNET, OTHER].map(|on| Pools::<Test>::get(bob(), on));
        let pools = rows();
        let own_weight = Stake::stake_weight(&bob(), SUBNET);
        // The binding with its take is two rows, a pool is one; nominators are none.
        assert_eq!(swap(&bob()), 5);
        assert_eq!(Positions::<Test>::iter().collect::<Vec<_>>(), stored);
        assert_eq!(rows(), [None, None, None]);
        let renamed = [NetUid::ROOT, SUBNET, OTHER].map(|on| Pools::<Test>::get(new(), on));
        assert_eq!(renamed, pools);
        assert_eq!(PoolNames::<Test>::iter_values().filter(|name| name.0 == new()).count(), 3);
        assert_eq!(Stake::stake_weight(&new(), SUBNET), own_weight);
        assert_eq!((Hotkeys::<Test>::get(bob()), Stake::coldkey_of(&new())), (None, Some(alice())));
        assert_ne!(pools[1].as_ref().unwrap().pool.stream, Stream::default());
        // Nominators find their stake under the new name, and nothing under the old one.
        at(500);
        assert!(value(&dave(), &new(), SUBNET) > 300 * UNIT);
        assert_noop!(remove_all(&dave(), &bob(), SUBNET, 0), Error::<Test>::NoPosition);
        assert_ok!(remove_all(&dave(), &new(), SUBNET, 0));
        assert_noop!(
            Stake::add_stake(signed(dave()), bob(), SUBNET, UNIT, 0),
            Error::<Test>::UnknownHotkey
        );
    });
}

#[test]
fn take_should_go_along_with_its_notice_when_the_hotkey_is_swapped() {
    build_and_execute(|| {
        no_take(&bob());
        assert_ok!(Stake::set_take(signed(alice()), bob(), 90_000));
        let take = Takes::<Test>::get(bob());
        assert!(take.is_some_and(|take| take.pending.is_some()));
        swap(&bob());
        assert_eq!((Takes::<Test>::get(new()), Takes::<Test>::get(bob())), (take, None));
        assert_noop!(Stake::set_take(signed(alice()), bob(), 0), Error::<Test>::UnknownHotkey);
        at(20_000);
        assert_eq!(Stake::take_of(&new()), Take { current: 90_000, pending: None });
    });
}

#[test]
fn lenders_and_children_should_go_along_when_a_hotkey_between_them_is_swapped() {
    build_and_execute(|| {
        let eves = lend();
        [daves(), bob()].iter().for_each(|hotkey| place(&dave(), hotkey, SUBNET, 100 * UNIT));
        at(30_000);
        // Both change their minds, and it waits: the same children with other parts.
        let parts = |child: &AccountId| vec![(child.clone(), 100_000)].try_into().unwrap();
        assert_ok!(Stake::set_children(signed(alice()), bob(), SUBNET, parts(&eves)));
        assert_ok!(Stake::set_children(signed(dave()), daves(), SUBNET, parts(&bob())));
        let weights = |middle: &AccountId| {
            [&daves(), middle, &eves].map(|hotkey| Stake::stake_weight(hotkey, SUBNET))
        };
        let before = weights(&bob());
        assert_eq!(before, [60 * UNIT, 110 * UNIT, 30 * UNIT]);
        swap(&bob());
        assert_eq!(weights(&new()), before);
        let lending = Lendings::<Test>::get(daves(), SUBNET).unwrap();
        let Lending { current, next } = lending;
        assert_eq!(current.to_vec(), [(new(), 400_000)]);
        assert_eq!(next.unwrap().1.to_vec(), [(new(), 100_000)]);
        let accepted = |hotkey| Lender { hotkey, accepted: true };
        // Eve accepted both: they are one now.
        assert_eq!(Lenders::<Test>::get(&eves, SUBNET).to_vec(), [accepted(new())]);
        let lenders = Lenders::<Test>::get(new(), SUBNET).to_vec();
        assert_eq!(lenders, [accepted(daves()), accepted(charlie())]);
        assert_eq!(LentOn::<Test>::get(SUBNET).to_vec(), [daves(), new()]);
        assert!(!Lendings::<Test>::contains_key(bob(), SUBNET));
        assert!(!Lenders::<Test>::contains_key(bob(), SUBNET));
        at(60_000);
        assert_eq!(weights(&new()), [90 * UNIT, 100 * UNIT, 10 * UNIT]);
    });
}

#[test]
fn acceptance_should_lapse_when_it_was_not_used_before_the_swap() {
    build_and_execute(|| {
        let eves = hotkey_of(&eve(), 2);
        let names = vec![bob()].try_into().unwrap();
        assert_ok!(Stake::set_lenders(signed(eve()), eves.clone(), SUBNET, names));
        swap(&bob());
        let children = vec![(eves, 300_000)].try_into().unwrap();
        assert_noop!(
            Stake::set_children(signed(alice()), new(), SUBNET, children),
            Error::<Test>::LenderNotAccepted
        );
    });
}

#[test]
fn swap_should_stop_when_it_runs_out_of_rows() {
    build_and_execute(|| {
        lend();
        place(&alice(), &bob(), SUBNET, UNIT);
        let fits = |rows| {
            with_transaction(|| {
                let fits = carry(&bob(), &mut Rows::new(rows));
                TransactionOutcome::Rollback(Ok::<_, DispatchError>(fits))
            })
        };
        // Binding 2, pool 1; it lends: 2 and a child; it may be lent to: 1 and two lenders.
        assert_eq!((0..=9).find(|rows| fits(*rows) == Ok(true)), Some(9));
        assert_eq!(swap(&bob()), 9);
    });
}

#[test]
fn reward_should_reach_the_new_hotkey_when_the_old_one_earned_it() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        place(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        swap(&bob());
        let paid = <Stake as RewardSink<_>>::reward_position(&bob(), alpha(SUBNET, UNIT));
        assert_eq!(paid.ok(), Some(alice()));
        let value = value(&alice(), &new(), SUBNET);
        assert!((UNIT - 1..=UNIT).contains(&value), "{value}");
        let PoolReward { subnet, burned, .. } = reward_pools(&bob(), 50 * UNIT, 10);
        assert!(burned.is_zero() && !subnet.is_zero());
        let on_the_way = |netuid| Pools::<Test>::get(new(), netuid).unwrap().pool.stream.remaining;
        assert_eq!(on_the_way(SUBNET), subnet.0);
        <Stake as RootStake<_>>::reward_root(&bob(), credit(3 * UNIT));
        assert_eq!((on_the_way(NetUid::ROOT), burned_now()), (3 * UNIT, 0));
        assert!(!Pools::<Test>::contains_key(bob(), NetUid::ROOT));
    });
}

fn burned_now() -> u64 {
    crate::mock::burned()
}

#[test]
fn reward_of_a_lender_should_reach_its_new_hotkey_when_it_was_swapped() {
    build_and_execute(|| {
        let eves = lend();
        place(&alice(), &bob(), SUBNET, 100 * UNIT);
        place(&eve(), &eves, SUBNET, UNIT);
        at(30_000);
        swap(&bob());
        let before = Pools::<Test>::get(new(), SUBNET).unwrap().pool.stream.remaining;
        let reached = reward_pools(&eves, 31 * UNIT, 10);
        assert!(reached.burned.is_zero());
        let after = Pools::<Test>::get(new(), SUBNET).unwrap().pool.stream.remaining;
        // 30 of 31 less the takes of child and lender, 18 % each.
        assert_eq!(after - before, 30 * UNIT * 82 / 100 * 82 / 100);
    });
}

#[test]
fn retired_hotkey_should_not_be_bound_again_when_it_signs() {
    build_and_execute(|| {
        let ferdie = Sr25519Keyring::Ferdie;
        Successors::mutate(|all| all.insert(ferdie.to_account_id(), bob()));
        let proof = ferdie.sign(&Stake::bind_payload(&dave())).into();
        assert_noop!(
            Stake::bind_hotkey(signed(dave()), ferdie.to_account_id(), proof),
            Error::<Test>::Retired
        );
    });
}
