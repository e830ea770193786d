//! The study of weight copying.

use alun_sim::copying::{Cell, Effort, Market, Study, REVEAL_PERIODS, USUAL};

const EFFORT: Effort = Effort { games: 2, epochs: 120, seed: 1 };

fn copier(market: Market) -> f64 {
    Cell::play(market, EFFORT).unwrap().of_honest
}

#[test]
fn copier_should_earn_more_than_the_honest_when_rows_are_in_the_open() {
    for change in [0.01, 0.2] {
        assert!(copier(Market { reveal_period: 0, change, ..USUAL }) > 1.02);
    }
}

#[test]
fn copier_should_earn_less_the_later_rows_are_revealed() {
    let earned = REVEAL_PERIODS.map(|reveal_period| copier(Market { reveal_period, ..USUAL }));
    assert!(earned.windows(2).all(|pair| pair[0] > pair[1] + 0.01), "{earned:?}");
}

#[test]
fn copier_should_earn_less_the_faster_miners_change() {
    let earned = [0.01, 0.05, 0.2].map(|change| copier(Market { change, ..USUAL }));
    assert!(earned.windows(2).all(|pair| pair[0] > pair[1] + 0.01), "{earned:?}");
}

#[test]
fn copier_should_earn_as_much_as_the_honest_when_nothing_is_hidden_and_nothing_clipped() {
    let earned = copier(Market { reveal_period: 0, bonds_penalty: 0.0, ..USUAL });
    assert!((earned - 1.0).abs() < 0.005, "{earned}");
}

#[test]
fn study_should_be_the_same_twice_and_have_every_point() {
    let effort = Effort { games: 1, epochs: 5, seed: 3 };
    let study = Study::run(effort).unwrap();
    assert_eq!(study, Study::run(effort).unwrap());
    assert_eq!(study.csv().lines().count(), 1 + study.questions.len() * 3 * 4);
    let charts = study.charts().unwrap();
    assert_eq!(charts.len(), study.questions.len() + 1);
    assert!(charts.iter().all(|(name, svg)| name.ends_with(".svg") && svg.contains("reveal")));
}
