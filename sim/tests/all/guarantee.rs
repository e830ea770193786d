//! The guarantee, against what is published of it.

use alun_sim::guarantee::{Curve, Grid, Network, Rules, Sample, Table};

#[test]
fn required_utility_should_be_as_published_within_two_points() {
    // Few of the cabal's choices, for time: the worst one is found to half a point.
    let grid = Grid { stakes: vec![0.55, 0.6], cabal_steps: 10, ..Grid::default() };
    let table = Table::compute(Network::default(), false, &grid).unwrap();
    assert_eq!(table.claims.len(), 12);
    for row in &table.claims {
        let (claim, computed) = (&row.claim, row.computed);
        // Nothing is published of κ = 0.4.
        let expected =
            (claim.published.is_some() || claim.unprotected_below.is_some()).then_some(true);
        assert_eq!(row.holds, expected, "{}: {computed:?}, not {:?}", claim.name, claim.published);
    }
}

#[test]
fn noise_should_cost_the_honest_and_penalty_the_cabal() {
    let network = Network { neurons: 128, validators: 32, ..Network::default() };
    let grid = Grid { stakes: vec![0.65], cabal_steps: 5, samples: 2, seed: 7 };
    let required = |weight_deviation, bonds_penalty| {
        let network = Network { weight_deviation, ..network };
        let rules = Rules { bonds_penalty, ..Rules::default() };
        Curve::compute(network, rules, &grid).unwrap().required_at(0.65).unwrap()
    };
    assert!(required(0.4, 1.0) > required(0.2, 1.0));
    assert!(required(0.2, 1.0) > required(0.0, 1.0));
    assert!(required(0.4, 0.0) > required(0.4, 1.0));
}

#[test]
fn honest_team_should_earn_everything_when_it_has_all_utility_and_the_cabal_agrees() {
    let network = Network { weight_deviation: 0.0, ..Network::default() };
    let mut sample = Sample::draw(network, Rules::default(), 0.6, 1);
    // Nobody scores the cabal's miners; the cabal's validators share in the dividends.
    let honest = sample.play(1.0, 0.0).unwrap();
    assert!((honest - 0.8).abs() < 1e-3, "{honest}");
    // And nobody scores the honest ones.
    let honest = sample.play(0.0, 1.0).unwrap();
    assert!((honest - 0.3).abs() < 1e-3, "{honest}");
}
