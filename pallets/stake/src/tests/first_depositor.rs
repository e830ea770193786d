//! The first depositor can't inflate a pool to round others' stake away **[A]**. The law itself is in
//! `points.rs`; here it is tried on the chain.

use crate::{mock::*, pool::Pool, Pools};
use alun_primitives::{NetUid, UNIT};

/// The attacker is alone with the smallest position there can be, gives its pool `gift`, and the victim
/// stakes ten tokens. Returns what each lost, in the token of the netuid.
fn attack(netuid: NetUid, gift: u64) -> (u64, u64) {
    new_test_ext().execute_with(|| {
        stake(&eve(), &bob(), netuid, 500_000);
        let first = value(&eve(), &bob(), netuid);
        if netuid.is_root() {
            Stake::root_in(credit(gift)).expect("an account with a deposit");
        } else {
            let _ = alpha(netuid, gift).place();
        }
        Pools::<Test>::mutate(bob(), netuid, |row| row.as_mut().unwrap().pool.value += gift);
        let quote = Stake::quote_add(&bob(), netuid, 10 * UNIT).unwrap();
        let paid = quote.bought.map_or(10 * UNIT, |trade| trade.alpha.0);
        stake(&dave(), &bob(), netuid, 10 * UNIT);
        check();
        let (attackers, victims) = (value(&eve(), &bob(), netuid), value(&dave(), &bob(), netuid));
        assert_eq!(victims, quote.received, "the quote tells the victim");
        ((first + gift).saturating_sub(attackers), paid - victims)
    })
}

#[test]
fn victim_should_lose_next_to_nothing_when_the_first_depositor_inflates_the_pool() {
    for netuid in [NetUid::ROOT, SUBNET] {
        for gift in [UNIT, 1_000 * UNIT, 1_000_000 * UNIT] {
            let (attacker, victim) = attack(netuid, gift);
            // Without the virtual shares the attacker's one position would be worth all that is in the
            // pool, the part of the victim's stake that rounding takes included.
            println!(
                "netuid {netuid}, a gift of {} tokens: the victim of 10 tokens loses {victim} units, \
                 the attacker {attacker}",
                gift / UNIT
            );
            assert!(victim <= 1 + gift / 100_000_000_000, "{victim}");
            assert!(attacker >= victim, "the attack earns nothing");
        }
    }
}

#[test]
fn victim_would_lose_its_stake_when_shares_were_not_virtual() {
    // The same by the textbook's formulas, minted = ⌊a·P/V⌋: the attacker has one point, the pool is
    // worth a little more than the victim's stake.
    let (first, gift, stake) = (1u128, 10u128 * u128::from(UNIT), 10u128 * u128::from(UNIT));
    let naive = stake * first / (first + gift);
    assert_eq!(naive, 0);
    let mut pool = Pool::default();
    let attacker = pool.deposit(1).unwrap();
    pool.value += gift as u64;
    let victim = pool.deposit(stake as u64).unwrap();
    let (attackers, victims) = (pool.value_of(attacker), pool.value_of(victim));
    println!(
        "[A] by the textbook the victim of {stake} units gets {naive} points and the attacker its stake; \
         here the victim keeps {victims}, and the attacker has {attackers} of {}",
        gift + 1
    );
    assert!(stake as u64 - victims <= 10_000);
    assert!(u128::from(attackers) < gift);
}
