//! Child hotkeys: what is lent counts elsewhere, and earns for whose it is **[A]**.

use crate::{
    mock::*, Error, Event, Lender, Lenders, Lending, Lendings, LentOn, MAX_LENDINGS, MAX_LOOKED_AT,
};
use alun_primitives::{
    traits::{PoolReward, RewardSink, StakeView},
    Alpha, NetUid, UNIT,
};
use frame::{
    deps::frame_support::storage::{with_transaction, TransactionOutcome},
    testing_prelude::*,
};
use proptest::prelude::*;

/// A day of 6 s blocks.
const DAY: u32 = 14_400;

/// A hotkey of Dave.
fn daves() -> AccountId {
    hotkey_of(&dave(), 1)
}

/// A hotkey of Eve.
fn eves() -> AccountId {
    hotkey_of(&eve(), 2)
}

fn set(who: &AccountId, hotkey: &AccountId, children: &[(AccountId, u32)]) -> DispatchResult {
    set_on(SUBNET, who, hotkey, children)
}

fn set_on(
    netuid: NetUid,
    who: &AccountId,
    hotkey: &AccountId,
    children: &[(AccountId, u32)],
) -> DispatchResult {
    let children = children.to_vec().try_into().unwrap();
    Stake::set_children(signed(who.clone()), hotkey.clone(), netuid, children)
}

fn accept(who: &AccountId, hotkey: &AccountId, lenders: &[AccountId]) -> DispatchResult {
    let lenders = lenders.to_vec().try_into().unwrap();
    Stake::set_lenders(signed(who.clone()), hotkey.clone(), SUBNET, lenders)
}

fn weight(hotkey: &AccountId) -> u64 {
    Stake::stake_weight(hotkey, SUBNET)
}

/// The first epoch that is due when a change made now holds.
fn when_it_holds() {
    let at_least = System::block_number() + DAY;
    at(1 + (at_least - 1).div_ceil(TEMPO) * TEMPO);
}

/// Lends parts of a hotkey's weight, accepted, and waits until it holds.
fn lent(lender: (&AccountId, &AccountId), child: (&AccountId, &AccountId), part: u32) {
    assert_ok!(accept(child.0, child.1, std::slice::from_ref(lender.1)));
    assert_ok!(set(lender.0, lender.1, &[(child.1.clone(), part)]));
    when_it_holds();
}

fn parts(take: u64, root: u64, subnet: u64, burned: u64) -> PoolReward {
    let [take, root, subnet, burned] = [take, root, subnet, burned].map(Alpha);
    PoolReward { take, root, subnet, burned }
}

#[test]
fn weight_should_be_lent_from_the_first_epoch_that_is_due_after_the_delay() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        place(&dave(), &bob(), OTHER, 100 * UNIT);
        at(2);
        events();
        let children = [(charlie(), 400_000)];
        assert_ok!(set(&alice(), &bob(), &children));
        let told = Event::ChildrenSet {
            hotkey: bob(),
            netuid: SUBNET,
            children: children.into(),
            at: 2 + DAY,
        };
        assert_eq!(events(), [told]);
        assert_ok!(set_on(OTHER, &alice(), &bob(), &[(charlie(), 400_000)]));
        let elsewhere = |hotkey| Stake::stake_weight(&hotkey, OTHER);
        // Block 14,401 has an epoch, a block too soon; the next one is 720 blocks later.
        for block in [2, DAY, 1 + DAY, 2 + DAY, DAY + TEMPO] {
            at(block);
            assert_eq!((weight(&bob()), weight(&charlie())), (100 * UNIT, 0), "block {block}");
        }
        at(1 + DAY + TEMPO);
        assert_eq!((weight(&bob()), weight(&charlie())), (60 * UNIT, 40 * UNIT));
        // Where there are no epochs yet, at once.
        at(1 + DAY);
        assert_eq!((elsewhere(bob()), elsewhere(charlie())), (100 * UNIT, 0));
        at(2 + DAY);
        assert_eq!((elsewhere(bob()), elsewhere(charlie())), (60 * UNIT, 40 * UNIT));
    });
}

#[test]
fn received_weight_should_not_be_lent_on() {
    build_and_execute(|| {
        let third = hotkey_of(&alice(), 3);
        place(&dave(), &bob(), NetUid::ROOT, 1_000 * UNIT);
        place(&dave(), &charlie(), SUBNET, 10 * UNIT);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1_000_000)]));
        assert_ok!(set(&alice(), &charlie(), &[(third.clone(), 500_000)]));
        when_it_holds();
        // 180 of τ·root all go to Charlie, who lends half of its own 10.
        assert_eq!(weight(&bob()), 0);
        assert_eq!(weight(&charlie()), 185 * UNIT);
        assert_eq!(weight(&third), 5 * UNIT);
        let view = Stake::children(&charlie(), SUBNET);
        assert_eq!((view.own, view.kept), (10 * UNIT, 5 * UNIT));
        assert_eq!(view.received, [(bob(), 180 * UNIT)]);
        assert_eq!(view.children, [(third, 500_000)]);
        assert_eq!((view.next, view.accepts), (None, vec![bob()]));
    });
}

#[test]
fn weight_should_come_back_after_the_delay_when_nothing_is_lent_any_more() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1_000_000)]));
        when_it_holds();
        assert_ok!(set(&alice(), &bob(), &[]));
        at(System::block_number() + DAY - 1);
        assert_eq!((weight(&bob()), weight(&charlie())), (0, 100 * UNIT));
        at(System::block_number() + 1);
        assert_eq!((weight(&bob()), weight(&charlie())), (100 * UNIT, 0));
    });
}

#[test]
fn later_change_should_take_the_place_of_one_that_waits_and_wait_itself() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        let third = hotkey_of(&alice(), 3);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1)]));
        at(DAY - 10);
        // Announcing something harmless early must not shorten the delay of something else.
        assert_ok!(set(&alice(), &bob(), &[(third.clone(), 1_000_000)]));
        at(1 + DAY);
        assert_eq!(weight(&bob()), 100 * UNIT);
        at(1 + 2 * DAY);
        assert_eq!((weight(&bob()), weight(&charlie()), weight(&third)), (0, 0, 100 * UNIT));
    });
}

#[test]
fn change_should_be_withdrawn_when_what_holds_is_set_anew() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_noop!(set(&alice(), &bob(), &[]), Error::<Test>::ChildrenUnchanged);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1)]));
        assert_ok!(set(&alice(), &bob(), &[]));
        assert_eq!(Lendings::<Test>::iter().count(), 0);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 10)]));
        when_it_holds();
        let same = [(charlie(), 10)];
        assert_noop!(set(&alice(), &bob(), &same), Error::<Test>::ChildrenUnchanged);
        assert_ok!(set(&alice(), &bob(), &[]));
        assert_ok!(set(&alice(), &bob(), &same));
        at(System::block_number() + 2 * DAY);
        assert_eq!(weight(&charlie()), UNIT / 1_000);
    });
}

#[test]
fn children_should_be_refused_when_bad() {
    build_and_execute(|| {
        let one = [(charlie(), 1)];
        assert_noop!(set(&dave(), &bob(), &one), Error::<Test>::NotOwner);
        assert_noop!(set(&dave(), &stranger(1), &one), Error::<Test>::UnknownHotkey);
        assert_noop!(set(&alice(), &bob(), &[(stranger(1), 1)]), Error::<Test>::UnknownHotkey);
        assert_noop!(set_on(NetUid::ROOT, &alice(), &bob(), &one), Error::<Test>::NoChildrenOnRoot);
        assert_noop!(set_on(NetUid(9), &alice(), &bob(), &one), Error::<Test>::UnknownSubnet);
        assert_noop!(set(&alice(), &bob(), &[(bob(), 1)]), Error::<Test>::LendsToItself);
        let twice = [(charlie(), 1), (charlie(), 2)];
        assert_noop!(set(&alice(), &bob(), &twice), Error::<Test>::NamedTwice);
        assert_noop!(set(&alice(), &bob(), &[(charlie(), 0)]), Error::<Test>::NothingLent);
        let third = hotkey_of(&alice(), 3);
        let much = [(charlie(), 500_000), (third.clone(), 500_001)];
        assert_noop!(set(&alice(), &bob(), &much), Error::<Test>::LendsTooMuch);
        let overflowing = [(charlie(), u32::MAX), (third, u32::MAX)];
        assert_noop!(set(&alice(), &bob(), &overflowing), Error::<Test>::LendsTooMuch);
    });
}

#[test]
fn child_should_be_asked_when_it_is_anothers() {
    build_and_execute(|| {
        place(&eve(), &daves(), SUBNET, 100 * UNIT);
        place(&eve(), &eves(), SUBNET, 100 * UNIT);
        let children = [(bob(), 1_000_000)];
        assert_noop!(set(&dave(), &daves(), &children), Error::<Test>::LenderNotAccepted);
        assert_noop!(accept(&dave(), &bob(), &[daves()]), Error::<Test>::NotOwner);
        events();
        assert_ok!(accept(&alice(), &bob(), &[daves()]));
        let told = Event::LendersSet { hotkey: bob(), netuid: SUBNET, lenders: vec![daves()] };
        assert_eq!(events(), [told]);
        // Another's word does not count, nor on another subnet.
        assert_noop!(set(&eve(), &eves(), &children), Error::<Test>::LenderNotAccepted);
        assert_noop!(set_on(OTHER, &dave(), &daves(), &children), Error::<Test>::LenderNotAccepted);
        assert_ok!(set(&dave(), &daves(), &children));
        when_it_holds();
        assert_eq!(weight(&bob()), 100 * UNIT);
    });
}

#[test]
fn lenders_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(accept(&alice(), &stranger(1), &[]), Error::<Test>::UnknownHotkey);
        assert_noop!(accept(&alice(), &bob(), &[bob()]), Error::<Test>::LendsToItself);
        let twice = [daves(), daves()];
        assert_noop!(accept(&alice(), &bob(), &twice), Error::<Test>::NamedTwice);
        for (netuid, error) in [
            (NetUid::ROOT, Error::<Test>::NoChildrenOnRoot),
            (NetUid(9), Error::<Test>::UnknownSubnet),
        ] {
            assert_noop!(
                Stake::set_lenders(signed(alice()), bob(), netuid, Default::default()),
                error
            );
        }
    });
}

#[test]
fn list_of_lenders_should_not_be_filled_with_dust_by_strangers() {
    build_and_execute(|| {
        // [A] If nobody were asked, five hotkeys without stake would keep every other lender out.
        let mut refused = 0;
        for n in 10..20 {
            let lender = hotkey_of(&eve(), n);
            assert_noop!(set(&eve(), &lender, &[(bob(), 1)]), Error::<Test>::LenderNotAccepted);
            refused += 1;
        }
        println!("{refused} strangers tried to lend dust, of which 5 would have filled the list");
        assert_eq!(Lenders::<Test>::iter().count(), 0);
        lent((&dave(), &daves()), (&alice(), &bob()), 1_000_000);
    });
}

#[test]
fn list_of_lenders_should_be_full_with_five() {
    build_and_execute(|| {
        let own: Vec<_> = (10..16).map(|n| hotkey_of(&alice(), n)).collect();
        for lender in &own[..5] {
            assert_ok!(set(&alice(), lender, &[(bob(), 1)]));
        }
        let sixth = [(bob(), 1)];
        assert_noop!(set(&alice(), &own[5], &sixth), Error::<Test>::TooManyLenders);
        // Two that have not lent yet are left out; those who do keep their place.
        assert_ok!(accept(&alice(), &bob(), &own[2..5]));
        assert_ok!(set(&alice(), &own[5], &sixth));
        check();
        when_it_holds();
        assert_ok!(accept(&alice(), &bob(), &[]));
        assert_eq!(Lenders::<Test>::get(bob(), SUBNET).len(), 4);
        let two = [daves(), eves()];
        assert_noop!(accept(&alice(), &bob(), &two), Error::<Test>::TooManyLenders);
        assert_ok!(accept(&alice(), &bob(), &[daves()]));
        check();
        when_it_holds();
        assert_ok!(accept(&alice(), &bob(), &two));
        assert_eq!(Lenders::<Test>::get(bob(), SUBNET).len(), 2);
        assert_ok!(accept(&alice(), &bob(), &[]));
        assert_eq!(Lenders::<Test>::iter().count(), 0);
    });
}

#[test]
fn lender_should_lend_and_earn_until_the_delay_is_over_when_it_is_struck_out() {
    build_and_execute(|| {
        // [A] A child that could strike its lender out at once would do so after an epoch read the
        // weights and before it pays.
        no_take(&bob());
        let other = hotkey_of(&dave(), 9);
        place(&eve(), &daves(), SUBNET, 100 * UNIT);
        place(&alice(), &bob(), SUBNET, 100 * UNIT);
        lent((&dave(), &daves()), (&alice(), &bob()), 1_000_000);
        assert_eq!(weight(&bob()), 200 * UNIT);
        events();
        assert_ok!(accept(&alice(), &bob(), &[]));
        let end = System::block_number() + DAY;
        let told =
            Event::ChildrenSet { hotkey: daves(), netuid: SUBNET, children: vec![], at: end };
        assert_eq!(events()[0], told);
        let kept = Lender { hotkey: daves(), accepted: false };
        assert_eq!(Lenders::<Test>::get(bob(), SUBNET), vec![kept]);
        let before = Stake::pool_value(&bob(), SUBNET);
        let reached = reward_pools(&bob(), 10 * UNIT, 1);
        at(System::block_number() + 1);
        let childs = Stake::pool_value(&bob(), SUBNET) - before;
        assert_eq!(childs, 5 * UNIT);
        println!(
            "a child that strikes its lender out before the payout gets {childs} units, and would \
             get {} if that held at once",
            reached.subnet.0 + reached.take.0
        );
        // It can't put the end off, nor take the child up again.
        assert_noop!(set(&dave(), &daves(), &[(other.clone(), 1)]), Error::<Test>::StruckOut);
        assert_noop!(set(&dave(), &daves(), &[]), Error::<Test>::StruckOut);
        at(end);
        assert_eq!(weight(&bob()), Stake::pool_value(&bob(), SUBNET));
        assert_eq!(weight(&daves()), Stake::pool_value(&daves(), SUBNET));
        assert_noop!(set(&dave(), &daves(), &[(bob(), 1)]), Error::<Test>::LenderNotAccepted);
        assert_ok!(set(&dave(), &daves(), &[(other, 1)]));
    });
}

#[test]
fn waiting_change_should_lose_the_child_when_the_lender_is_struck_out() {
    build_and_execute(|| {
        let other = hotkey_of(&dave(), 9);
        assert_ok!(accept(&alice(), &bob(), &[daves()]));
        let both = [(bob(), 300_000), (other.clone(), 200_000)];
        assert_ok!(set(&dave(), &daves(), &both));
        at(100);
        assert_ok!(accept(&alice(), &bob(), &[]));
        let next = Some((1 + DAY, vec![(other, 200_000)].try_into().unwrap()));
        let stored = Lendings::<Test>::get(daves(), SUBNET);
        assert_eq!(stored, Some(Lending { next, ..Default::default() }));
        // It lent nothing yet, so it keeps no place.
        assert_eq!(Lenders::<Test>::get(bob(), SUBNET), vec![]);
    });
}

#[test]
fn circle_should_be_refused_when_it_closes_at_once_or_later() {
    build_and_execute(|| {
        let third = hotkey_of(&alice(), 3);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1)]));
        // What waits counts as if it held.
        assert_noop!(set(&alice(), &charlie(), &[(bob(), 1)]), Error::<Test>::LendingInCircle);
        assert_ok!(set(&alice(), &charlie(), &[(third.clone(), 1)]));
        assert_noop!(set(&alice(), &third, &[(bob(), 1)]), Error::<Test>::LendingInCircle);
        when_it_holds();
        assert_noop!(set(&alice(), &third, &[(bob(), 1)]), Error::<Test>::LendingInCircle);
        // What ends counts until it has ended.
        assert_ok!(set(&alice(), &bob(), &[]));
        assert_noop!(set(&alice(), &third, &[(bob(), 1)]), Error::<Test>::LendingInCircle);
        when_it_holds();
        assert_ok!(set(&alice(), &third, &[(bob(), 1)]));
        // On another subnet the order may be another.
        assert_ok!(set_on(OTHER, &alice(), &charlie(), &[(bob(), 1)]));
    });
}

#[test]
fn lending_should_be_refused_when_it_goes_too_deep_to_be_looked_through() {
    build_and_execute(|| {
        let most = MAX_LOOKED_AT as u16;
        let key = |n: u16| hotkey_of(&alice(), 100 + n);
        // From the end: 64 lends to nobody, 63 to 64, and so on.
        for n in (1..most).rev() {
            assert_ok!(set(&alice(), &key(n), &[(key(n + 1), 1)]));
        }
        assert_ok!(set(&alice(), &key(0), &[(key(1), 1)]));
        assert_noop!(set(&alice(), &bob(), &[(key(0), 1)]), Error::<Test>::LendingTooDeep);
        assert_ok!(set(&alice(), &bob(), &[(key(1), 1)]));
    });
}

/// Fills the subnet's list with hotkeys of Eve that have no stake.
fn crowd() {
    for n in 0..MAX_LENDINGS as u16 {
        let (lender, child) = (hotkey_of(&eve(), 1_000 + n), hotkey_of(&eve(), 2_000 + n / 5));
        assert_ok!(set(&eve(), &lender, &[(child, 1_000_000)]));
    }
}

#[test]
fn list_of_a_subnet_should_not_be_filled_with_hotkeys_without_stake() {
    build_and_execute(|| {
        // [A] Bound hotkeys cost next to nothing.
        crowd();
        let (poor, full) = ([(bob(), 1)], || Error::<Test>::TooManyLendings);
        assert_noop!(set(&alice(), &charlie(), &poor), full());
        // On another subnet there is room.
        assert_ok!(set_on(OTHER, &alice(), &charlie(), &poor));
        place(&dave(), &charlie(), SUBNET, 10 * UNIT);
        events();
        assert_ok!(set(&alice(), &charlie(), &[(bob(), 400_000)]));
        assert_eq!(LentOn::<Test>::get(SUBNET).len(), MAX_LENDINGS as usize);
        let ended = |event: &Event<Test>| match event {
            Event::ChildrenSet { children, at, .. } => children.is_empty() && *at == 2,
            _ => false,
        };
        assert_eq!(events().iter().filter(|event| ended(event)).count(), 1);
        when_it_holds();
        assert_eq!((weight(&bob()), weight(&charlie())), (4 * UNIT, 6 * UNIT));
        println!(
            "{MAX_LENDINGS} hotkeys without stake fill the list; one with 10 alpha lends all the same"
        );
        // Who has more stays; who has changed its mind makes room.
        let third = hotkey_of(&alice(), 3);
        assert_noop!(set(&alice(), &third, &poor), full());
        assert_ok!(set(&alice(), &charlie(), &[]));
        assert_ok!(set(&alice(), &charlie(), &[(bob(), 300_000)]));
        check();
    });
}

#[test]
fn least_lender_should_lend_until_the_next_epoch_when_another_takes_its_place() {
    build_and_execute(|| {
        crowd();
        let (least, child) = (hotkey_of(&eve(), 1_007), hotkey_of(&eve(), 2_001));
        for n in 0..MAX_LENDINGS as u16 {
            place(&eve(), &hotkey_of(&eve(), 1_000 + n), SUBNET, 2 * UNIT);
        }
        when_it_holds();
        let all = value(&eve(), &least, SUBNET);
        assert_ok!(Stake::remove_stake(signed(eve()), least.clone(), SUBNET, all - UNIT, 0));
        place(&dave(), &charlie(), SUBNET, UNIT);
        let children = [(bob(), 1_000_000)];
        // As much is not more.
        assert_noop!(set(&alice(), &charlie(), &children), Error::<Test>::TooManyLendings);
        place(&dave(), &charlie(), SUBNET, UNIT);
        at(System::block_number() + 1);
        assert_ok!(set(&alice(), &charlie(), &children));
        // [A] Ended at once, it would earn nothing by what the last epoch read of it.
        assert_eq!((weight(&least), weight(&child)), (0, 9 * UNIT));
        at(System::block_number() + TEMPO - 1);
        assert_eq!((weight(&least), weight(&child)), (UNIT, 8 * UNIT));
        // Its place is free by now, for whoever comes.
        assert_eq!(LentOn::<Test>::get(SUBNET).len(), MAX_LENDINGS as usize + 1);
        let late = hotkey_of(&alice(), 3);
        place(&dave(), &late, SUBNET, 3 * UNIT);
        assert_ok!(set(&alice(), &late, &children));
        let listed = LentOn::<Test>::get(SUBNET);
        assert!(listed.contains(&late) && !listed.contains(&least));
        check();
    });
}

#[test]
fn dividends_should_be_split_by_lender_when_weight_is_lent() {
    build_and_execute(|| {
        // The child: 100 of its own. The lender: 180 of τ·root and 120 alpha, all lent.
        place(&alice(), &bob(), SUBNET, 100 * UNIT);
        place(&eve(), &daves(), NetUid::ROOT, 1_000 * UNIT);
        place(&eve(), &daves(), SUBNET, 120 * UNIT);
        lent((&dave(), &daves()), (&alice(), &bob()), 1_000_000);
        assert_ok!(Stake::set_take(signed(alice()), bob(), 100_000));
        assert_ok!(Stake::set_take(signed(dave()), daves(), 50_000));
        events();
        // Of 400: 100 to the child, of which 10 are its take. Of 300 to the lender 30 are the child's
        // take, of the other 270 13.5 the lender's, and of 256.5 are 60 % root's.
        let reached = reward_pools(&bob(), 400 * UNIT, 10);
        let (root, subnet) = (153_900_000_000, 102_600_000_000);
        assert_eq!(reached, parts(53_500_000_000, root, 90 * UNIT + subnet, 0));
        let [child_take, take, root, subnet] = [30 * UNIT, 13_500_000_000, root, subnet].map(Alpha);
        let told = Event::LenderRewarded {
            hotkey: bob(),
            lender: daves(),
            netuid: SUBNET,
            child_take,
            take,
            root,
            subnet,
            burned: Alpha(0),
        };
        assert!(events().contains(&told));
        // The takes are in positions at once, the rest is on its way.
        let alices = value(&alice(), &bob(), SUBNET);
        assert!(alices.abs_diff(140 * UNIT) <= 1, "{alices}");
        assert!(value(&dave(), &daves(), SUBNET).abs_diff(take.0) <= 1);
        assert_eq!(Market::market_view(SUBNET).unwrap().root_parts, root);
        at(System::block_number() + 10);
        assert_eq!(Stake::pool_value(&bob(), SUBNET), 230 * UNIT);
        assert_eq!(Stake::pool_value(&daves(), SUBNET), 120 * UNIT + take.0 + subnet.0);
    });
}

#[test]
fn child_should_take_nothing_when_it_and_the_lender_have_one_coldkey() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1_000_000)]));
        when_it_holds();
        // Only the lender's own take of 18 %.
        let reached = reward_pools(&charlie(), 100 * UNIT, 10);
        assert_eq!(reached, parts(18 * UNIT, 0, 82 * UNIT, 0));
        assert_eq!(Stake::pool_value(&charlie(), SUBNET), 0);
        assert_eq!(value(&alice(), &bob(), SUBNET), 18 * UNIT);
    });
}

#[test]
fn child_should_earn_nothing_with_lent_weight_beyond_its_take() {
    build_and_execute(|| {
        // [A] The child has alpha only, the lender root stake only. Divided by the child's own parts, all
        // that the lender's weight earned would be the child's stakers'.
        assert_ok!(Stake::set_take(signed(alice()), bob(), 0));
        assert_ok!(Stake::set_take(signed(dave()), daves(), 0));
        place(&alice(), &bob(), SUBNET, 100 * UNIT);
        place(&eve(), &daves(), NetUid::ROOT, 5_000 * UNIT);
        lent((&dave(), &daves()), (&alice(), &bob()), 1_000_000);
        assert_eq!(weight(&bob()), 1_000 * UNIT);
        // Undone then: the reward as if all of the weight were the child's own.
        let naive = with_transaction(|| {
            let reward = alpha(SUBNET, 100 * UNIT);
            let naive = Stake::reward_own_pools(&bob(), &alice(), reward, 10);
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(naive))
        });
        let naive = naive.unwrap();
        let reached = reward_pools(&bob(), 100 * UNIT, 10);
        assert_eq!(reached, parts(0, 90 * UNIT, 10 * UNIT, 0));
        println!(
            "[A] stakers of a child with a tenth of its weight: {} units of {} with the rule, {} \
             without",
            reached.subnet.0,
            100 * UNIT,
            naive.subnet.0
        );
        assert_eq!(naive, parts(0, 0, 100 * UNIT, 0));
        at(System::block_number() + 10);
        assert_eq!(Stake::pool_value(&bob(), SUBNET), 110 * UNIT);
    });
}

#[test]
fn nobody_should_earn_with_a_change_that_falls_between_an_epoch_and_its_payout() {
    build_and_execute(|| {
        // [A] The epoch of block 14,401 reads the weights, and pays some blocks later. Its operator set
        // the change so that the delay ends in between.
        no_take(&bob());
        no_take(&charlie());
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        place(&eve(), &charlie(), SUBNET, 100 * UNIT);
        at(3);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1_000_000)]));
        at(1 + DAY);
        let read = [bob(), charlie()].map(|hotkey| weight(&hotkey));
        assert_eq!(read, [100 * UNIT, 100 * UNIT]);
        at(1 + DAY + 5);
        reward_pools(&bob(), 10 * UNIT, 1);
        reward_pools(&charlie(), 10 * UNIT, 1);
        at(1 + DAY + 6);
        let earned =
            [bob(), charlie()].map(|hotkey| Stake::pool_value(&hotkey, SUBNET) - 100 * UNIT);
        println!(
            "the payouts of an epoch, in which both weighed the same, give {earned:?}; if the change \
             held by then, {:?}",
            [15 * UNIT, 5 * UNIT]
        );
        assert_eq!(earned, [10 * UNIT, 10 * UNIT]);
        at(1 + DAY + TEMPO);
        assert_eq!(weight(&charlie()), 220 * UNIT);
    });
}

#[test]
fn child_should_keep_what_comes_late_when_it_lends_all_and_is_lent_nothing() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(set(&alice(), &bob(), &[(charlie(), 1_000_000)]));
        when_it_holds();
        assert_eq!(weight(&bob()), 0);
        assert_eq!(reward_pools(&bob(), UNIT, 1), parts(0, 0, UNIT, 0));
    });
}

/// Hotkeys of the random test.
const KEYS: u16 = 7;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever lends to whomever: no weight is made or lost, rewards are divided to the unit, and S3 holds.
    #[test]
    fn weights_should_sum_to_what_is_staked_whoever_lends(
        stakes in prop::collection::vec((0u64..1_000 * UNIT, 0u64..1_000 * UNIT), KEYS as usize),
        steps in prop::collection::vec(
            (
                0..KEYS,
                prop::collection::vec((0..KEYS, 1u32..400_000), 0..5),
                any::<bool>(),
                0u32..2 * DAY,
                0u64..100 * UNIT,
            ),
            1..30,
        ),
    ) {
        build_and_execute(|| {
            let coldkey = |n: u16| if n.is_multiple_of(2) { alice() } else { dave() };
            let key = |n: u16| hotkey_of(&coldkey(n), 100 + n);
            let keys: Vec<_> = (0..KEYS).map(key).collect();
            for (hotkey, (root, alpha)) in keys.iter().zip(&stakes) {
                if *root >= 500_000 {
                    place(&eve(), hotkey, NetUid::ROOT, *root);
                }
                if *alpha > 0 {
                    place(&eve(), hotkey, SUBNET, *alpha);
                }
            }
            for (who, children, strikes, blocks, reward) in steps {
                let (owner, hotkey) = (coldkey(who), key(who));
                if strikes {
                    let named: Vec<_> = children.iter().map(|(n, _)| key(*n)).collect();
                    let _ = accept(&owner, &hotkey, &named);
                } else {
                    let children: Vec<_> = children.iter().map(|(n, part)| (key(*n), *part)).collect();
                    let _ = set(&owner, &hotkey, &children);
                }
                at(System::block_number() + blocks);
                let now = System::block_number();
                let own = keys.iter().map(|hotkey| Stake::own_weight(hotkey, SUBNET, 180_000, now));
                let weights = Stake::stake_weights(&keys, SUBNET);
                assert_eq!(weights.iter().sum::<u64>(), own.sum::<u64>());
                // One by one, and of some of them only, they are the same.
                let each = keys.iter().map(|hotkey| Stake::stake_weight(hotkey, SUBNET));
                assert_eq!(weights, each.collect::<Vec<_>>());
                assert_eq!(weights[2..5], Stake::stake_weights(&keys[2..5], SUBNET));
                let credit = alpha(SUBNET, reward);
                let got = <Stake as RewardSink<_>>::reward_pools(&hotkey, credit, 9);
                assert_eq!(got.take.0 + got.root.0 + got.subnet.0 + got.burned.0, reward);
                check();
            }
        });
    }
}
