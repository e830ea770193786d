//! Under notice stake can be redeemed and nothing else; after it every position is paid out.

use crate::{
    mock::*, Deposits, Error, Event, Lenders, Lendings, LentOn, PayingOut, PoolNames, Pools,
    Positions,
};
use alun_market_math::redeem::WindUp;
use alun_primitives::{
    traits::{
        AlphaMarket, ColdkeySwap, OnColdkeySwapped, OnSubnet, OnSubnetWoundUp, PriceOracle, Rows,
        WindUpMarket,
    },
    Balance, NetUid, UNIT,
};
use frame::testing_prelude::*;

/// N and S.
fn books() -> (Balance, u64) {
    let market = pallet_market::Markets::<Test>::get(SUBNET).expect("a market");
    let (native, supply) = market.redeemable().expect("a market under notice");
    (native, supply.0)
}

/// Goes on with the winding up.
fn clear(rows: u32) -> bool {
    <Stake as OnSubnetWoundUp>::clear(SUBNET, &mut Rows::new(rows))
}

/// What the chain stores of stake on a netuid.
fn rows_of(netuid: NetUid) -> usize {
    let named = PoolNames::<Test>::iter().filter(|(_, (_, of))| *of == netuid);
    let ids: Vec<_> = named.map(|(id, _)| id).collect();
    Pools::<Test>::iter().filter(|(_, of, _)| *of == netuid).count()
        + ids.len()
        + Positions::<Test>::iter().filter(|(_, id, _)| ids.contains(id)).count()
        + Deposits::<Test>::iter().filter(|(_, id, _)| ids.contains(id)).count()
        + Lendings::<Test>::iter().filter(|(_, of, _)| *of == netuid).count()
        + Lenders::<Test>::iter().filter(|(_, of, _)| *of == netuid).count()
        + usize::from(LentOn::<Test>::contains_key(netuid))
        + usize::from(PayingOut::<Test>::contains_key(netuid))
}

#[test]
fn only_redemption_should_be_possible_when_the_subnet_is_under_notice() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 100 * UNIT);
        stake(&dave(), &bob(), OTHER, 10 * UNIT);
        notice(SUBNET);
        let (who, refused) = (|| signed(dave()), || Error::<Test>::WindingUp);
        assert_noop!(Stake::add_stake(who(), bob(), SUBNET, UNIT, 0), refused());
        assert_noop!(Stake::move_stake(who(), SUBNET, bob(), charlie(), UNIT, 0), refused());
        assert_noop!(Stake::transfer_stake(who(), eve(), bob(), SUBNET, UNIT, 0), refused());
        assert_noop!(Stake::swap_stake(who(), bob(), OTHER, SUBNET, UNIT, 0), refused());
        let children = vec![(charlie(), 1)].try_into().unwrap();
        let lend = Stake::set_children(signed(alice()), bob(), SUBNET, children);
        assert_noop!(lend, refused());
        let lenders = vec![charlie()].try_into().unwrap();
        assert_noop!(Stake::set_lenders(signed(alice()), bob(), SUBNET, lenders), refused());
        let quoted = |quote: crate::quotes::Quoted| assert_eq!(quote, Err(refused().into()));
        quoted(Stake::quote_add(&bob(), SUBNET, UNIT));
        quoted(Stake::quote_move(&dave(), SUBNET, &bob(), &charlie(), UNIT));
        quoted(Stake::quote_transfer(&dave(), &eve(), &bob(), SUBNET, UNIT));
        quoted(Stake::quote_swap(&dave(), &bob(), OTHER, SUBNET, UNIT));
        // Out of it, to elsewhere, is a way out.
        assert_ok!(Stake::swap_stake(who(), bob(), SUBNET, OTHER, UNIT, 0));
    });
}

#[test]
fn redemption_should_give_its_quote_to_the_unit_when_the_subnet_is_under_notice() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 100 * UNIT);
        stake(&eve(), &bob(), SUBNET, 200 * UNIT + 11);
        notice(SUBNET);
        let (native, supply) = books();
        let part = 30 * UNIT + 7;
        let quote = Stake::quote_remove(&dave(), &bob(), SUBNET, Some(part)).unwrap();
        let exact = u128::from(native) * u128::from(part) / u128::from(supply);
        assert_eq!(u128::from(quote.received), exact);
        let sold = quote.sold.unwrap();
        assert_eq!(
            (sold.native, sold.fee, sold.price_before),
            (quote.received, 0, Market::spot(SUBNET))
        );
        let before = free(&dave());
        let remove = |min| Stake::remove_stake(signed(dave()), bob(), SUBNET, part, min);
        assert_noop!(remove(quote.received + 1), Error::<Test>::ReceivedTooLittle);
        assert_ok!(remove(quote.received));
        assert_eq!(free(&dave()) - before, quote.received);
        assert_eq!(books(), (native - quote.received, supply - part));

        let all = Stake::quote_remove(&dave(), &bob(), SUBNET, None).unwrap();
        let before = free(&dave());
        assert_ok!(remove_all(&dave(), &bob(), SUBNET, all.received));
        assert_eq!(free(&dave()) - before, all.received);
        let (native, supply) = books();
        let worth = value(&eve(), &bob(), SUBNET);
        let native_of_it = u128::from(native) * u128::from(worth) / u128::from(supply);
        let shown = position(&eve(), &bob(), SUBNET).unwrap().native;
        assert!(u128::from(shown).abs_diff(native_of_it) <= 1, "what is shown can be redeemed");
    });
}

/// \[A\] Two with the same stake: who redeems in the first block of the notice, and who never does.
#[test]
fn being_first_to_redeem_should_gain_nothing_over_being_paid_out() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 400 * UNIT);
        place(&eve(), &charlie(), SUBNET, 400 * UNIT);
        let sold =
            |alpha| Market::quote_sell(SUBNET, alun_primitives::Alpha(alpha)).unwrap().native;
        let on_the_pool = sold(400 * UNIT);
        let second_on_the_pool = sold(800 * UNIT) - on_the_pool;
        notice(SUBNET);
        let before = free(&dave());
        assert_ok!(remove_all(&dave(), &bob(), SUBNET, 0));
        let first = free(&dave()) - before;
        let before = free(&eve());
        while !clear(100) {
            check();
        }
        let last = free(&eve()) - before;
        println!(
            "[A] who redeems first over who is paid out: {} units with the rule, {} on the pool",
            i128::from(first) - i128::from(last),
            i128::from(on_the_pool) - i128::from(second_on_the_pool)
        );
        assert!(on_the_pool > second_on_the_pool);
        // The market's existential deposit is paid out at the end.
        assert!(last >= first && last - first <= DEPOSIT, "{first} {last}");
    });
}

#[test]
fn every_position_should_be_paid_its_part_when_the_notice_is_over() {
    build_and_execute(|| {
        let holders: Vec<_> = (0..40).map(stranger).collect();
        for (n, who) in holders.iter().enumerate() {
            place(who, &bob(), SUBNET, (n as u64 + 1) * UNIT + 3);
            place(who, &charlie(), OTHER, UNIT);
        }
        place(&dave(), &charlie(), SUBNET, 5 * UNIT);
        stake(&dave(), &bob(), NetUid::ROOT, UNIT);
        assert_ok!(Stake::transfer_stake(signed(dave()), eve(), charlie(), SUBNET, 2 * UNIT, 0));
        no_take(&bob());
        reward_pools(&bob(), 1_000 * UNIT, 10_000);
        let others = rows_of(OTHER);
        let held = free(&dave());
        notice(SUBNET);
        poll();
        poll();
        assert_ok!(Stake::remove_stake(signed(dave()), charlie(), SUBNET, UNIT, 0));
        events();

        assert!(!clear(3), "no room");
        let (native, supply) = books();
        let left = Stake::alpha_here(SUBNET).unwrap().0;
        let mut blocks = 0;
        while !clear(60) {
            blocks += 1;
            check();
            let refused = Error::<Test>::WindingUp;
            let out = remove_all(&stranger(39), &bob(), SUBNET, 0);
            if value(&stranger(39), &bob(), SUBNET) > 0 {
                assert_eq!(out, Err(refused.into()), "it is paid by the chain from here on");
            }
        }
        assert!(blocks > 10, "{blocks}");
        check();

        let mut rule = WindUp::new(native, supply);
        let paid: Vec<_> = events()
            .into_iter()
            .filter_map(|event| match event {
                Event::StakeRemoved { coldkey, netuid: SUBNET, amount, received, .. } => {
                    Some((coldkey, amount, received))
                }
                _ => None,
            })
            .collect();
        assert_eq!(paid.len(), 42);
        for (who, amount, received) in &paid {
            assert_eq!(*received, rule.next(*amount).unwrap(), "{who:?}");
            if holders.contains(who) {
                assert_eq!(free(who), *received);
            }
        }
        // All that was on its way entered: only what each pool rounds off is nobody's.
        let alpha: u64 = paid.iter().map(|(_, amount, _)| amount).sum();
        assert!(left - alpha <= 3, "{}", left - alpha);
        let marked = usize::from(PayingOut::<Test>::contains_key(SUBNET));
        assert_eq!((rows_of(SUBNET), marked), (1, 1), "that it is done");
        assert_eq!(rows_of(OTHER), others);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), UNIT);
        assert!(free(&dave()) > held, "with the deposit");
        assert_eq!(Deposits::<Test>::iter().count(), 0);
        assert!(clear(1), "again for nothing");
        <Stake as OnSubnet>::on_removed(SUBNET);
        assert_eq!(rows_of(SUBNET), 0);
    });
}

#[test]
fn what_is_lent_should_end_when_the_subnet_is_wound_up() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        let lend = |netuid| {
            let children = vec![(charlie(), 500_000)].try_into().unwrap();
            assert_ok!(Stake::set_children(signed(alice()), bob(), netuid, children));
            let others = vec![stranger(7)].try_into().unwrap();
            assert_ok!(Stake::set_lenders(signed(alice()), bob(), netuid, others));
        };
        lend(SUBNET);
        lend(OTHER);
        notice(SUBNET);
        while !clear(15) {
            check();
        }
        assert_eq!(rows_of(SUBNET), 1);
        let lent = Lendings::<Test>::iter().map(|(_, netuid, _)| netuid).collect::<Vec<_>>();
        assert_eq!(lent, [OTHER]);
        assert_eq!(Lenders::<Test>::iter().count(), 2);
    });
}

#[test]
fn part_below_the_existential_deposit_should_be_burned_when_the_account_is_not_there() {
    build_and_execute(|| {
        place(&stranger(1), &bob(), SUBNET, 2);
        place(&dave(), &bob(), SUBNET, 2);
        notice(SUBNET);
        let (before, dave_before) = (burned(), free(&dave()));
        while !clear(100) {}
        assert!(burned() > before);
        assert_eq!(free(&stranger(1)), 0);
        assert!(free(&dave()) > dave_before, "an account that is there gets it");
        let removed = events().into_iter().any(|event| {
            matches!(event, Event::StakeRemoved { coldkey, received: 0, .. } if coldkey == stranger(1))
        });
        assert!(removed);
    });
}

/// A coldkey swap, say, moves a position behind the place up to which the pass has come.
#[test]
fn position_should_be_paid_when_it_moved_to_where_the_pass_was_already() {
    build_and_execute(|| {
        (0..20).for_each(|n| place(&stranger(n), &bob(), SUBNET, UNIT));
        notice(SUBNET);
        assert!(!clear(100));
        let id = Pools::<Test>::get(bob(), SUBNET).unwrap().id;
        let left: Vec<_> = Positions::<Test>::iter_keys().collect();
        let (last, first) =
            (left.last().unwrap().0.clone(), &PayingOut::<Test>::get(SUBNET).unwrap());
        let before =
            |who: &AccountId| Positions::<Test>::hashed_key_for(who, id) < first.after.to_vec();
        let moved = (100..).map(stranger).find(before).unwrap();
        Positions::<Test>::insert(&moved, id, Positions::<Test>::take(&last, id).unwrap());
        while !clear(100) {
            check();
        }
        assert!(free(&moved) > 0);
        assert_eq!(rows_of(SUBNET), 1);
    });
}

#[test]
fn payout_should_wait_when_root_parts_wait() {
    build_and_execute(|| {
        stake(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        reward_pools(&bob(), 100 * UNIT, 10);
        notice(SUBNET);
        assert!(!clear(1_000), "root is paid first");
        assert!(!Market::begin_payout(SUBNET));
        let root = value(&dave(), &bob(), NetUid::ROOT);
        (0..3).for_each(|_| poll());
        check();
        assert!(clear(1_000));
        at(System::block_number() + 10_000);
        assert!(value(&dave(), &bob(), NetUid::ROOT) > root);
    });
}

/// \[A\] Who moves a position from before the payout to behind it would keep it on the netuid, and sell it
/// to the next subnet there.
#[test]
fn position_should_be_paid_out_when_its_coldkey_is_swapped_behind_the_payout() {
    build_and_execute(|| {
        let mut order = [alice(), dave(), eve()];
        order.sort_by_key(|who| frame::hashing::blake2_128(&codec::Encode::encode(who)));
        let [first, middle, last] = order;
        place(&middle, &bob(), OTHER, UNIT);
        place(&last, &bob(), SUBNET, 400 * UNIT);
        notice(SUBNET);
        // So few rows that one position is looked at.
        assert!(!clear(13));
        let progress = PayingOut::<Test>::get(SUBNET).unwrap();
        let passed = Positions::<Test>::hashed_key_for(&middle, id_of(&bob(), OTHER));
        assert_eq!(progress.after.into_inner(), passed);
        assert!(!progress.found);
        let before = free(&first);
        let swap = ColdkeySwap { old: last, new: first.clone() };
        assert!(Stake::go_on(&swap, &mut Rows::new(100)));
        let worth = position(&first, &bob(), SUBNET).unwrap().native;
        while !clear(100) {
            check();
        }
        println!("without another pass {worth} units of alpha's worth would have stayed");
        assert!(free(&first) - before >= worth && worth > 0);
        assert!(Pools::<Test>::iter().all(|(_, on, _)| on != SUBNET));
        assert_eq!(Positions::<Test>::iter_prefix(&first).count(), 0);
    });
}

fn id_of(hotkey: &AccountId, netuid: NetUid) -> crate::PoolId {
    Pools::<Test>::get(hotkey, netuid).unwrap().id
}
