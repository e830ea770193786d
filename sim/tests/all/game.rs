//! Populations.

use alun_sim::game::{play, GameError, Member, Outcome, Setup, Strategy};

fn outcome(setup: Setup) -> Outcome {
    play(&setup).unwrap()
}

fn short() -> Setup {
    Setup { epochs: 200, ..Setup::default() }
}

#[test]
fn game_should_be_the_same_when_the_seed_is_and_another_when_it_is_not() {
    let text = |seed| serde_json::to_string(&outcome(Setup { seed, ..short() })).unwrap();
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
    assert_eq!(outcome(short()).csv(), outcome(short()).csv());
}

#[test]
fn honest_validators_should_earn_the_most_for_their_stake_when_rows_are_hidden() {
    let outcome = outcome(short());
    assert_eq!(outcome.strategies.len(), 6);
    for pay in &outcome.strategies {
        let of_honest = pay.of_honest.unwrap();
        match pay.strategy {
            Strategy::Honest => assert_eq!(of_honest, 1.0),
            Strategy::Cabal => assert!(of_honest < 0.2, "{pay:?}"),
            _ => assert!(of_honest > 0.5 && of_honest < 1.0, "{pay:?}"),
        }
    }
    let parts = |part: fn(&alun_sim::game::StrategyPay) -> f64| {
        outcome.strategies.iter().map(part).sum::<f64>()
    };
    assert!((parts(|pay| pay.stake_part) - 1.0).abs() < 1e-4);
    assert!((parts(|pay| pay.dividends_part) - 1.0).abs() < 1e-4);
}

#[test]
fn miners_should_earn_what_they_deserve_when_a_cabal_has_a_fifth_of_the_stake() {
    let outcome = outcome(short());
    let cabal = outcome.miners.iter().find(|pay| pay.team == "cabal").unwrap();
    assert_eq!(cabal.miners, 8);
    assert!((cabal.incentive_part - cabal.deserved_part).abs() < 0.03, "{cabal:?}");
    let deserved: f64 = outcome.miners.iter().map(|pay| pay.deserved_part).sum();
    assert!((deserved - 1.0).abs() < 1e-4);
}

#[test]
fn cabal_should_take_over_when_it_has_most_of_the_stake() {
    let population = vec!["honest=4:40".parse().unwrap(), "cabal=4:60".parse().unwrap()];
    let outcome = outcome(Setup { population, ..short() });
    let cabal = outcome.miners.iter().find(|pay| pay.team == "cabal").unwrap();
    assert!(cabal.incentive_part > 0.9, "{cabal:?}");
}

#[test]
fn csv_should_have_a_line_for_each_epoch_and_strategy() {
    let outcome = outcome(Setup { epochs: 7, ..short() });
    let csv = outcome.csv();
    assert_eq!(csv.lines().count(), 1 + 7 * 6);
    assert!(csv.lines().all(|line| line.split(',').count() == 5));
    assert!(outcome.chart().svg().unwrap().contains("copier"));
}

#[test]
fn game_should_be_refused_with_the_limit_when_a_setting_is_out_of_range() {
    for (setup, name) in [
        (Setup { epochs: 0, ..short() }, "the number of epochs"),
        (Setup { change: 1.1, ..short() }, "change"),
        (Setup { noise: f64::NAN, ..short() }, "noise"),
        (Setup { reveal_period: 17, ..short() }, "the reveal period"),
        (Setup { population: vec!["honest=257:1".parse().unwrap()], ..short() }, "validators"),
        (Setup { miners: 4_090, ..short() }, "the number of miners"),
        (Setup { population: Vec::new(), ..short() }, "the number of validators"),
        (Setup { cabal_quality: -0.1, ..short() }, "the cabal's quality"),
    ] {
        let error = play(&setup).unwrap_err();
        assert!(matches!(error, GameError::Range { .. }));
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("it must be from"), "{text}");
    }
}

#[test]
fn stake_should_be_refused_when_it_is_too_small_to_earn_and_counted_when_it_is_not() {
    let two = |honest: f64, late: f64| {
        let group = |strategy, stake| Member { strategy, validators: 1, stake };
        let population = vec![group(Strategy::Honest, honest), group(Strategy::Late, late)];
        play(&Setup { population, epochs: 30, ..Setup::default() })
    };
    for (honest, late, group) in [
        (1e-300, 1.0, "honest"),
        (1e9, 1.0, "late"),
        (f64::NAN, 1.0, "honest"),
        (0.0, 0.0, "honest"),
    ] {
        let error = two(honest, late).unwrap_err();
        assert!(matches!(error, GameError::Stake { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("`{group}`")) && text.contains("from 0.000001 to 1"),
            "{text}"
        );
    }
    // Stakes are relative: however small, equal ones are halves.
    for stake in [1e-300, 1.0, 1e9] {
        let outcome = two(stake, stake).unwrap();
        assert!(outcome.strategies.iter().all(|pay| pay.stake_part == 0.5), "{stake:e}");
        assert!(outcome.of(Strategy::Honest).unwrap().per_stake > 0.9);
    }
    // And at the limit a part of the dividends still comes out as what it is.
    let outcome = two(1.0, 1.1e-6).unwrap();
    let per_stake = outcome.of(Strategy::Late).unwrap().per_stake;
    assert!(per_stake > 0.5 && per_stake < 1.0, "{per_stake}");
    // What is no number would be null.
    let text = serde_json::to_string(&outcome.strategies).unwrap();
    assert!(!text.contains("null"), "{text}");
}
