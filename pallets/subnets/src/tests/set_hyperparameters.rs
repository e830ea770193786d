use super::mock::*;
use crate::{Error, Event, HyperparametersOf, Subnets as SubnetsMap, MAX_NEURONS};
use alun_primitives::{
    Hyperparameter::{self, *},
    Hyperparameters, NetUid, Setter, HYPERPARAMETERS, UNIT,
};
use frame::testing_prelude::*;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

fn values() -> Hyperparameters {
    HyperparametersOf::<Test>::get(FIRST).unwrap()
}

/// Place in the table.
fn row(name: &str) -> u8 {
    HYPERPARAMETERS.iter().position(|bounds| bounds.name == name).unwrap() as u8
}

#[test]
fn owner_should_set_several_at_once_with_an_event_each() {
    run_with_subnet(|| {
        let before = events().len();
        assert_ok!(set(Some(OWNER), FIRST, &[MinWeights(3), CommitReveal(false)]));
        assert_eq!((values().min_weights, values().commit_reveal), (3, false));
        let by = Some(OWNER);
        assert_eq!(
            events()[before..],
            [
                Event::HyperparameterSet {
                    netuid: FIRST,
                    old: MinWeights(1),
                    new: MinWeights(3),
                    by
                },
                Event::HyperparameterSet {
                    netuid: FIRST,
                    old: CommitReveal(true),
                    new: CommitReveal(false),
                    by
                },
            ]
        );
    });
}

#[test]
fn last_value_should_hold_when_one_parameter_is_named_twice() {
    run_with_subnet(|| {
        assert_ok!(set(None, FIRST, &[MinWeights(3), MinWeights(5)]));
        assert_eq!(values().min_weights, 5);
        let new = MinWeights(5);
        let expected =
            Event::HyperparameterSet { netuid: FIRST, old: MinWeights(3), new, by: None };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn changes_should_be_refused_when_signed_by_neither_owner_nor_root() {
    run_with_subnet(|| {
        assert_noop!(set(Some(BOB), FIRST, &[MinWeights(3)]), Error::<Test>::NotOwner);
        assert_noop!(set(Some(OWNER_HOTKEY), FIRST, &[MinWeights(3)]), Error::<Test>::NotOwner);
        let changes = vec![MinWeights(3)].try_into().unwrap();
        assert_noop!(
            Subnets::set_hyperparameters(RuntimeOrigin::none(), FIRST, changes),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn changes_should_be_refused_when_the_subnet_is_unknown_or_the_list_is_empty() {
    run_with_subnet(|| {
        for netuid in [NetUid::ROOT, NetUid(2)] {
            assert_noop!(set(None, netuid, &[MinWeights(3)]), Error::<Test>::UnknownSubnet);
        }
        assert_noop!(set(Some(OWNER), FIRST, &[]), Error::<Test>::NoChanges);
    });
}

#[test]
fn every_value_should_be_refused_with_its_place_in_the_table_when_out_of_bounds() {
    run_with_subnet(|| {
        let bad: [Hyperparameter; 19] = [
            Tempo(MINUTE_MS - 1),
            Tempo(7 * DAY_MS + 1),
            ActivityCutoff(7 * DAY_MS + 1),
            Immunity(14 * DAY_MS + 1),
            RevealPeriod(0),
            RevealPeriod(17),
            WeightsRateLimit(7 * DAY_MS + 1),
            MinWeights(0),
            MinWeights(4_097),
            MaxWeightShare(0),
            MaxNeurons(63),
            MaxNeurons(4_097),
            MaxValidators(0),
            MaxValidators(257),
            Kappa(49_152),
            BondsMovingAverage(1_000_001),
            PriceMin(UNIT / 2_000 - 1),
            PriceMax(100 * UNIT + 1),
            OwnerCut(180_001),
        ];
        for change in bad {
            let refused = set(None, FIRST, &[MinWeights(2), change]);
            assert_noop!(refused, Error::<Test>::OutOfBounds(row(change.name())));
        }
    });
}

#[test]
fn owner_should_be_refused_when_the_parameter_is_roots() {
    run_with_subnet(|| {
        let roots: Vec<_> =
            values().list().filter(|change| change.setter() == Setter::Root).collect();
        assert_eq!(roots.len(), 5);
        for change in roots {
            // Even when the value stays as it is.
            let refused = set(Some(OWNER), FIRST, &[MinWeights(2), change]);
            assert_noop!(refused, Error::<Test>::RootOnly(row(change.name())));
            assert_ok!(set(None, FIRST, &[change]));
        }
    });
}

#[test]
fn owner_should_set_everything_else_to_what_it_is() {
    run_with_subnet(|| {
        let own: Vec<_> =
            values().list().filter(|change| change.setter() != Setter::Root).collect();
        assert_ok!(set(Some(OWNER), FIRST, &own));
        assert_eq!(values(), Hyperparameters::default());
    });
}

/// [A] An owner cannot raise its own cut, in one step or by way of a lower one.
#[test]
fn owner_cut_should_only_be_lowered_by_the_owner_and_raised_by_root() {
    run_with_subnet(|| {
        let cut = row("owner_cut");
        assert_ok!(set(Some(OWNER), FIRST, &[OwnerCut(100_000)]));
        at(1 + HOUR);
        let refused = set(Some(OWNER), FIRST, &[OwnerCut(100_001)]);
        assert_noop!(refused, Error::<Test>::OnlyLowering(cut));
        let refused = set(Some(OWNER), FIRST, &[OwnerCut(50_000), OwnerCut(60_000)]);
        assert_noop!(refused, Error::<Test>::OnlyLowering(cut));
        assert_ok!(set(Some(OWNER), FIRST, &[OwnerCut(100_000)]));
        assert_ok!(set(None, FIRST, &[OwnerCut(180_000)]));
        assert_eq!(values().owner_cut, 180_000);
    });
}

#[test]
fn values_should_be_refused_when_they_do_not_go_together() {
    run_with_subnet(|| {
        let refused = |changes: &[Hyperparameter], error: Error<Test>| {
            assert_noop!(set(None, FIRST, changes), error);
        };
        // 12 h of immunity against (9 + 1) epochs of 72 min.
        refused(&[RevealPeriod(9)], Error::ImmunityWithinRevealDelay);
        refused(&[Immunity(144 * MINUTE_MS)], Error::ImmunityWithinRevealDelay);
        refused(&[WeightsRateLimit(73 * MINUTE_MS)], Error::RateLimitAboveTempo);
        refused(&[Tempo(5 * MINUTE_MS)], Error::RateLimitAboveTempo);
        refused(&[ActivityCutoff(71 * MINUTE_MS)], Error::CutoffBelowTempo);
        refused(&[LiquidAlphaLow(60_000)], Error::LiquidAlphaLowAboveHigh);
        refused(&[PriceMin(UNIT), PriceMax(UNIT - 1)], Error::PriceMinAboveMax);
        // Together they do: the check sees the outcome, not the steps.
        assert_ok!(set(None, FIRST, &[RevealPeriod(9), Immunity(13 * HOUR_MS)]));
        assert_ok!(set(None, FIRST, &[Tempo(5 * MINUTE_MS), WeightsRateLimit(MINUTE_MS)]));
    });
}

#[test]
fn max_neurons_should_be_refused_when_below_the_number_there_are() {
    run_with_subnet(|| {
        fill();
        assert_ok!(set(None, FIRST, &[MaxNeurons(65)]));
        neuron(FIRST, 5_000);
        let refused = set(None, FIRST, &[MaxNeurons(64)]);
        assert_noop!(refused, Error::<Test>::MaxNeuronsBelowCount);
        assert_ok!(set(None, FIRST, &[MaxNeurons(65)]));
    });
}

#[test]
fn min_weights_should_be_refused_when_above_what_the_subnet_can_hold() {
    run_with_subnet(|| {
        assert_ok!(set(None, FIRST, &[MaxNeurons(65), MinWeights(65)]));
        let refused = Error::<Test>::MinWeightsAboveMaxNeurons;
        assert_noop!(set(Some(OWNER), FIRST, &[MinWeights(66)]), refused);
        let refused = Error::<Test>::MinWeightsAboveMaxNeurons;
        assert_noop!(set(None, FIRST, &[MaxNeurons(64)]), refused);
    });
}

#[test]
fn owner_should_be_refused_when_it_set_some_an_hour_ago_or_less() {
    run_with_subnet(|| {
        assert_ok!(set(Some(OWNER), FIRST, &[MinWeights(2)]));
        at(HOUR);
        let refused = set(Some(OWNER), FIRST, &[MinWeights(3)]);
        assert_noop!(refused, Error::<Test>::OwnerChangeTooSoon);
        // Root has no limit and does not touch the owner's.
        assert_ok!(set(None, FIRST, &[MinWeights(4)]));
        at(1 + HOUR);
        assert_ok!(set(Some(OWNER), FIRST, &[MinWeights(3)]));
        assert_eq!(SubnetsMap::<Test>::get(FIRST).unwrap().owner_changed_at, Some(1 + HOUR));
        // One subnet's limit is not another's.
        let second = subnet();
        assert_ok!(set(Some(OWNER), second, &[MinWeights(3)]));
    });
}

#[test]
fn refused_change_should_not_use_up_the_owners_rate_limit() {
    run_with_subnet(|| {
        assert!(set(Some(OWNER), FIRST, &[MinWeights(0)]).is_err());
        assert_ok!(set(Some(OWNER), FIRST, &[MinWeights(2)]));
    });
}

#[test]
fn tempo_should_be_passed_on_in_blocks_when_it_changes_after_the_start() {
    run_with_subnet(|| {
        assert_ok!(set(None, FIRST, &[Tempo(60 * MINUTE_MS)]));
        assert_eq!(Life::get(), vec![], "no epochs before the start");
        at(50);
        assert_ok!(Subnets::start(by(OWNER), FIRST));
        at(60);
        assert_ok!(set(None, FIRST, &[Tempo(60 * MINUTE_MS)]));
        assert_eq!(Life::get(), vec![(FIRST, 50, 600, true)], "the same tempo is no change");
        assert_ok!(set(None, FIRST, &[Tempo(30 * MINUTE_MS + 1)]));
        assert_eq!(Life::get()[1..], [(FIRST, 60, 301, false)]);
    });
}

#[test]
fn tempo_should_have_the_lower_bound_of_genesis_when_the_chain_is_local() {
    let mut chain = Chain::default();
    chain.subnets.min_tempo_ms = 12_000;
    chain.build_and_execute(|| {
        subnet();
        assert_ok!(set(None, FIRST, &[Tempo(12_000), WeightsRateLimit(0)]));
        let refused = set(None, FIRST, &[Tempo(11_999)]);
        assert_noop!(refused, Error::<Test>::OutOfBounds(row("tempo_ms")));
        let table = Subnets::hyperparameter_table();
        assert_eq!(table.len(), HYPERPARAMETERS.len());
        assert_eq!((table[0].name, table[0].min, table[0].max), ("tempo_ms", 12_000, 7 * DAY_MS));
        assert_eq!(table[1..], HYPERPARAMETERS[1..]);
    });
}

#[test]
fn table_should_agree_with_the_pallets_own_bound_of_neurons() {
    let bounds = &HYPERPARAMETERS[usize::from(row("max_neurons"))];
    assert_eq!(bounds.max, u64::from(MAX_NEURONS));
    assert!(HYPERPARAMETERS.len() <= crate::MAX_CHANGES as usize, "all fit in one call");
}
