//! Paying an epoch: owner cut, miners, validators, to the unit.

use crate::{mock::*, Accruals, Event, Payouts};
use alun_primitives::{
    cut,
    traits::{EpochDue, EpochPayout, EpochShare},
    Alpha, Cut, MechanismId, NetUid, Uid, UNIT,
};
use alun_yuma::{divide, Claim};
use frame::testing_prelude::*;
use proptest::prelude::*;

/// A miner of uid `n`.
pub(super) fn worker(n: u8) -> EpochShare<AccountId> {
    share(n, 1_000, 0, 0)
}

/// A validator of uid `n`.
pub(super) fn validator(n: u8) -> EpochShare<AccountId> {
    share(n, 0, 1_000, 5 * UNIT)
}

const EPOCH: u64 = 7;

fn with_owner() {
    let owner = hot(9);
    registry(|registry| registry.owner_hotkey = Some(owner));
}

#[test]
fn payout_should_go_to_owner_miners_and_validators() {
    build_and_execute(|| {
        with_owner();
        stake(hot(2), A, 10 * UNIT);
        endow(A, 1_000_001);
        let paid = pay(A, &[worker(0), share(1, 3_000, 0, 0), validator(2)]);
        // Owner 18 % of 1,000,001 = 180,000; of 820,001 the miners have the odd unit.
        assert_eq!(paid, [102_500, 307_501, 410_000]);
        assert_eq!(value(&cold(9), &hot(9), A), 180_000);
        assert_eq!(value(&cold(0), &hot(0), A), 102_500);
        assert_eq!(value(&cold(1), &hot(1), A), 307_501);
        assert_eq!(pending(A), 0);
        System::assert_has_event(
            Event::OwnerCutPaid {
                netuid: A,
                mechanism: MechanismId::FIRST,
                epoch: EPOCH,
                hotkey: hot(9),
                coldkey: cold(9),
                amount: Alpha(180_000),
            }
            .into(),
        );
        System::assert_has_event(
            Event::IncentivePaid {
                netuid: A,
                mechanism: MechanismId::FIRST,
                epoch: EPOCH,
                uid: Uid(1),
                hotkey: hot(1),
                coldkey: cold(1),
                amount: Alpha(307_501),
            }
            .into(),
        );
        System::assert_has_event(
            Event::DividendsPaid {
                netuid: A,
                mechanism: MechanismId::FIRST,
                epoch: EPOCH,
                uid: Uid(2),
                hotkey: hot(2),
                amount: Alpha(410_000),
                take: Alpha(0),
                root: Alpha(0),
                subnet: Alpha(410_000),
                burned: Alpha(0),
            }
            .into(),
        );
        // The validators' half is in the pool a tempo later.
        assert!(value(&cold(2), &hot(2), A) <= 10 * UNIT);
        run(10);
        assert!((10 * UNIT + 410_000).abs_diff(value(&cold(2), &hot(2), A)) <= 1);
    });
}

#[test]
fn root_stakers_should_get_their_part_of_a_validators_dividends() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, 820 * UNIT);
        stake(hot(2), NetUid::ROOT, 1_000 * UNIT);
        endow(A, 2_000_000);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [1_000_000, 1_000_000]);
        run(10);
        assert!((820 * UNIT + 820_000).abs_diff(value(&cold(2), &hot(2), A)) <= 1);
        // Root's part is sold, at a price of 1 less the fee, and enters the pool on root.
        assert_eq!(Market::market_view(A).unwrap().root_parts, Alpha(180_000));
        poll();
        poll();
        run(720);
        let gained = value(&rich(), &hot(2), NetUid::ROOT) - 1_000 * UNIT;
        assert!((179_900..180_000).contains(&gained), "{gained}");
    });
}

#[test]
fn nothing_should_be_paid_and_all_stay_pending_when_nobody_has_active_stake() {
    build_and_execute(|| {
        with_owner();
        endow(A, 1_000);
        assert!(pay(A, &[]).is_empty());
        assert_eq!(pay(A, &[share(1, 10, 0, 0), share(2, 0, 10, 0)]), [0, 0]);
        assert_eq!(pending(A), 1_000);
        assert_eq!(value(&cold(9), &hot(9), A), 0);
    });
}

#[test]
fn emission_of_the_epoch_should_be_settled_before_it_is_paid() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        set_shares(&[(A, 1)]);
        start(A);
        stake(hot(2), A, UNIT);
        run(2);
        let paid = pay(A, &[worker(1), validator(2)]);
        assert_eq!(paid.iter().sum::<u64>(), 2 * EMISSION);
        assert_eq!((pending(A), entered(A)), (0, 2 * EMISSION));
        assert_eq!(Balances::free_balance(Emission::pot()), DEPOSIT);
    });
}

#[test]
fn miners_half_should_be_burned_when_nobody_has_incentive() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 1_001);
        let before = issuance(A);
        assert_eq!(pay(A, &[share(1, 0, 0, 0), validator(2)]), [0, 500]);
        assert_eq!(before - issuance(A), 501);
        System::assert_has_event(
            Event::EmissionBurned {
                netuid: A,
                mechanism: MechanismId::FIRST,
                epoch: EPOCH,
                amount: Alpha(501),
            }
            .into(),
        );
    });
}

/// \[A\] Insiders, who hold all active stake, give no weight to anybody who works: what the miners of an
/// honest epoch would get is not theirs.
#[test]
fn insiders_should_earn_no_miners_half_when_they_let_nobody_work() {
    build_and_execute(|| {
        with_owner();
        stake(hot(2), A, 10 * UNIT);
        endow(A, 100 * UNIT);
        let (before, pending) = (issuance(A), pending(A));
        let insiders = [share(2, 0, 0, 10 * UNIT)];
        let with = pay(A, &insiders)[0];
        let burned = before - issuance(A);
        // One amount, all of which goes to who has a claim: the side that is all zero leaves it to
        // the other.
        let Cut { miners, validators, .. } = cut(pending, 180_000);
        let claims = insiders
            .iter()
            .map(|insider| Claim { active_stake: insider.active_stake, ..Claim::default() });
        let without = divide(0, miners + validators, claims).validators[0];
        println!(
            "[A] insiders of an epoch in which nobody worked: {with} units with the rule, {without} \
             without"
        );
        assert_eq!((with, burned), (41 * UNIT, 41 * UNIT));
        assert_eq!(without, 82 * UNIT);
    });
}

#[test]
fn validators_half_should_go_by_active_stake_when_nobody_has_dividends() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(1), A, 3 * UNIT);
        stake(hot(2), A, UNIT);
        endow(A, 800);
        let shares = [worker(0), share(1, 0, 0, 3 * UNIT), share(2, 0, 0, UNIT)];
        assert_eq!(pay(A, &shares), [400, 300, 100]);
    });
}

#[test]
fn part_should_stay_pending_when_a_hotkey_has_no_coldkey() {
    build_and_execute(|| {
        registry(|registry| registry.owner_hotkey = Some(key(50)));
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        let stranger = EpochShare { hotkey: key(51), ..worker(0) };
        let paid = pay(A, &[stranger, worker(1), validator(2)]);
        assert_eq!(paid, [0, 205, 410]);
        assert_eq!(pending(A), 180 + 205);
    });
}

#[test]
fn owner_cut_should_stay_pending_when_the_subnet_has_no_owners_hotkey() {
    build_and_execute(|| {
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [410, 410]);
        assert_eq!(pending(A), 180);
    });
}

#[test]
fn validators_part_should_be_burned_when_its_pools_are_empty() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        let lonely = validator(2);
        assert_ok!(Stake::set_take(RuntimeOrigin::signed(cold(2)), hot(2), 100_000));
        endow(A, 2_000);
        let before = issuance(A);
        assert_eq!(pay(A, &[worker(1), lonely]), [1_000, 100]);
        assert_eq!(before - issuance(A), 900);
        assert_eq!(value(&cold(2), &hot(2), A), 100);
    });
}

#[test]
fn nothing_should_happen_when_nothing_is_pending() {
    build_and_execute(|| {
        with_owner();
        let events = System::events().len();
        assert_eq!(pay(A, &[worker(1), validator(2)]), [0, 0]);
        let bound = 2;
        assert_eq!(System::events().len(), events + bound);
        assert_eq!(Accruals::<Test>::get(A).pending(), Alpha(0));
    });
}

#[test]
fn one_unit_should_go_to_the_miners() {
    build_and_execute(|| {
        with_owner();
        stake(hot(2), A, UNIT);
        endow(A, 1);
        assert_eq!(pay(A, &[worker(1), validator(2)]), [1, 0]);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever an epoch decides: paid, burned and pending sum to what was there.
    #[test]
    fn payout_should_create_and_lose_nothing(
        amount in 0u64..1 << 50,
        owner in any::<bool>(),
        rows in prop::collection::vec((0u64..3, 0u64..3, 0u64..3, any::<bool>()), 0..8),
    ) {
        new_test_ext().execute_with(|| {
            if owner {
                with_owner();
            }
            let shares: Vec<_> = rows
                .into_iter()
                .enumerate()
                .map(|(n, (incentive, dividends, active, staked))| {
                    let n = n as u8;
                    if staked {
                        stake(hot(n), A, UNIT);
                    }
                    share(n, incentive << 40, dividends << 50, (active + dividends) * UNIT)
                })
                .collect();
            endow(A, amount);
            let staked = || Stake::alpha_here(A).unwrap().0 + Market::market_view(A).unwrap().root_parts.0;
            let (held, issued) = (staked(), issuance(A));
            let paid: u64 = pay(A, &shares).iter().sum();
            let cut = value(&cold(9), &hot(9), A);
            let burned = issued - issuance(A);
            assert_eq!(paid + cut + pending(A) + burned, amount);
            assert_eq!(staked() - held, paid + cut);
            check();
        });
    }
}

/// What is due to uid `n`.
fn due(n: u8, incentive: u64, dividends: u64) -> EpochDue<AccountId> {
    let [incentive, dividends] = [incentive, dividends].map(Alpha);
    EpochDue { uid: Uid(n.into()), hotkey: hot(n), incentive, dividends }
}

/// Pays a page; returns what reached each.
fn page(dues: &[EpochDue<AccountId>]) -> Vec<u64> {
    let reached = Emission::pay(A, MechanismId::FIRST, dues);
    reached.iter().map(|reached| reached.amount().0).collect()
}

#[test]
fn alpha_should_stay_in_the_payout_between_pages() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        let opening = Emission::open(A, MechanismId::FIRST, EPOCH, 10, &[worker(1), validator(2)]);
        let [total, miners, validators] = [1_000, 500, 500].map(Alpha);
        assert_eq!(
            (opening.total, opening.miners, opening.validators),
            (total, miners, validators)
        );
        assert_eq!(opening.dues, [(Alpha(500), Alpha(0)), (Alpha(0), Alpha(500))]);
        assert_eq!(pending(A), 0);
        assert_eq!(Emission::alpha_here(A), Some(Alpha(1_000)));
        check();
        // What comes in meanwhile is for the next payout.
        endow(A, 70);
        assert_eq!(page(&[due(1, 500, 0)]), [500]);
        assert_eq!(Emission::alpha_here(A), Some(Alpha(570)));
        check();
        assert_eq!(page(&[due(2, 0, 500)]), [500]);
        assert_eq!(Emission::close(A, MechanismId::FIRST), Alpha(0));
        assert_eq!(pending(A), 70);
        assert_eq!(Payouts::<Test>::iter().count(), 0);
    });
}

#[test]
fn payout_should_never_pay_more_than_it_holds() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        endow(B, 1_000_000);
        Emission::open(A, MechanismId::FIRST, EPOCH, 10, &[worker(1), validator(2)]);
        let greedy = [due(1, 900, 0), due(3, u64::MAX, 0), due(2, 0, 100)];
        assert_eq!(page(&greedy), [900, 100, 0]);
        assert_eq!(page(&greedy), [0, 0, 0]);
        assert_eq!(pending(B), 1_000_000);
    });
}

#[test]
fn what_is_left_should_be_pending_again_when_a_payout_is_closed() {
    build_and_execute(|| {
        registry(|registry| registry.owner_cut = 0);
        stake(hot(2), A, UNIT);
        endow(A, 1_000);
        let shares = [worker(1), validator(2)];
        Emission::open(A, MechanismId::FIRST, EPOCH, 10, &shares);
        page(&[due(1, 500, 0)]);
        assert_eq!(Emission::close(A, MechanismId::FIRST), Alpha(500));
        assert_eq!(pending(A), 500);
        // Without an open one nothing is paid.
        assert_eq!(page(&[due(2, 0, 500)]), [0]);
        assert_eq!(Emission::close(A, MechanismId::FIRST), Alpha(0));
        // One that was not closed is closed by the next one.
        Emission::open(A, MechanismId::FIRST, EPOCH, 10, &shares);
        let again = Emission::open(A, MechanismId::FIRST, EPOCH + 1, 10, &shares);
        assert_eq!(again.total, Alpha(500));
        Emission::close(A, MechanismId::FIRST);
    });
}
