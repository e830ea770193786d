//! The required utility over the honest part of the stake.

use super::game::{Network, Rules, Sample};
use crate::rounded;
use alun_yuma::EpochError;
use serde::Serialize;

/// Where and how finely a curve is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The honest parts of the stake.
    pub stakes: Vec<f64>,
    /// Steps of the cabal's choice from 0 to 1.
    pub cabal_steps: u32,
    /// Draws of the network; a curve is their mean. At least one.
    pub samples: u32,
    /// Seed of the first.
    pub seed: u64,
}

impl Default for Grid {
    /// The published stakes, 25 steps, one draw.
    fn default() -> Self {
        let stakes = vec![0.51, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99];
        Self { stakes, cabal_steps: 25, samples: 1, seed: 1 }
    }
}

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// S_H.
    pub honest_stake: f64,
    /// The least W_H that keeps S_H whatever the cabal does, as the mean of all draws; absent where
    /// in some draw none does.
    pub required_utility: Option<f64>,
    /// That of the draw that needs the least.
    pub lowest: Option<f64>,
    /// That of the draw that needs the most.
    pub highest: Option<f64>,
    /// The W_C against which that one needs it.
    pub worst_cabal_self: f64,
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// The network.
    pub network: Network,
    /// The rules.
    pub rules: Rules,
    /// By ascending stake.
    pub points: Vec<Point>,
}

/// How closely a required utility is found.
const FINE: f64 = 0.001;

impl Curve {
    /// Computes a curve.
    ///
    /// # Errors
    ///
    /// Those of [`alun_yuma::epoch`].
    pub fn compute(network: Network, rules: Rules, grid: &Grid) -> Result<Self, EpochError> {
        let point = |stake: &f64| Point::compute(network, rules, *stake, grid);
        let points = grid.stakes.iter().map(point).collect::<Result<_, _>>()?;
        Ok(Self { network, rules, points })
    }

    /// Whether that honest stake is one of the curve's points.
    pub fn has(&self, stake: f64) -> bool {
        self.at(stake).is_some()
    }

    /// The required utility at that honest stake, if it is one of the curve's points.
    pub fn required_at(&self, stake: f64) -> Option<f64> {
        self.at(stake).and_then(|point| point.required_utility)
    }

    fn at(&self, stake: f64) -> Option<&Point> {
        self.points.iter().find(|point| (point.honest_stake - stake).abs() < 1e-9)
    }
}

impl Point {
    fn compute(
        network: Network,
        rules: Rules,
        honest_stake: f64,
        grid: &Grid,
    ) -> Result<Self, EpochError> {
        let worst = (0..u64::from(grid.samples)).map(|index| {
            let seed = grid.seed.wrapping_add(index);
            worst_case(&mut Sample::draw(network, rules, honest_stake, seed), grid.cabal_steps)
        });
        let worst: Vec<Worst> = worst.collect::<Result<_, _>>()?;
        let required: Option<Vec<f64>> = worst.iter().map(|worst| worst.required).collect();
        let over = |start: f64, pick: fn(f64, f64) -> f64| {
            required.as_ref().map(|all| all.iter().copied().fold(start, pick))
        };
        let highest = over(0.0, f64::max);
        // Where no utility suffices, the draw in which none does.
        let hardest = worst.iter().find(|worst| worst.required == highest);
        Ok(Self {
            honest_stake,
            required_utility: over(0.0, |sum, one| sum + one)
                .map(|sum| rounded(sum / f64::from(grid.samples))),
            lowest: over(1.0, f64::min).map(rounded),
            highest: highest.map(rounded),
            worst_cabal_self: hardest.map_or(0.0, |worst| worst.cabal_self),
        })
    }
}

/// What one draw needs against the best that its cabal can do.
struct Worst {
    /// The utility, or none that suffices.
    required: Option<f64>,
    /// The cabal's choice.
    cabal_self: f64,
}

fn worst_case(sample: &mut Sample, cabal_steps: u32) -> Result<Worst, EpochError> {
    let mut worst = Worst { required: Some(0.0), cabal_self: 0.0 };
    // Greedy cabals first: they are the worst, mostly, and the rest is ruled out by one epoch each.
    for step in (0..=cabal_steps).rev() {
        let cabal_self = f64::from(step) / f64::from(cabal_steps.max(1));
        match least_utility(sample, cabal_self, worst.required.unwrap_or(0.0))? {
            None => return Ok(Worst { required: None, cabal_self }),
            Some(least) if Some(least) > worst.required => {
                worst = Worst { required: Some(least), cabal_self };
            }
            Some(_) => {}
        }
    }
    Ok(worst)
}

/// The least W_H that keeps the stake; `None` if not even 1 does. More utility never earns less
/// (a test compares with a full scan), so that halving finds it. A result that is not over `floor`
/// is not looked for: it is `floor` then.
fn least_utility(
    sample: &mut Sample,
    cabal_self: f64,
    floor: f64,
) -> Result<Option<f64>, EpochError> {
    if sample.keeps(floor, cabal_self)? {
        return Ok(Some(floor));
    }
    let (mut lost, mut kept) = (floor, 1.0);
    if !sample.keeps(kept, cabal_self)? {
        return Ok(None);
    }
    while kept - lost > FINE {
        let middle = (kept + lost) / 2.0;
        if sample.keeps(middle, cabal_self)? {
            kept = middle;
        } else {
            lost = middle;
        }
    }
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Network =
        Network { neurons: 60, validators: 12, stake_deviation: 0.3, weight_deviation: 0.4 };

    #[test]
    fn halving_should_find_what_a_full_scan_finds() {
        for (seed, rules) in [
            (1, Rules::default()),
            (2, Rules { bonds_penalty: 0.0, ..Rules::default() }),
            (3, Rules { stake_free: true, ..Rules::default() }),
        ] {
            let mut sample = Sample::draw(SMALL, rules, 0.7, seed);
            for cabal_self in [0.0, 0.5, 0.8, 1.0] {
                let found = least_utility(&mut sample, cabal_self, 0.0).unwrap().unwrap();
                for step in 0..=200u32 {
                    let utility = f64::from(step) / 200.0;
                    let kept = sample.keeps(utility, cabal_self).unwrap();
                    let clear = (utility - found).abs() > 2.0 * FINE;
                    assert!(!clear || kept == (utility > found), "{seed} {cabal_self} {utility}");
                }
            }
        }
    }

    #[test]
    fn worst_case_should_be_no_smaller_than_any_choice_of_the_cabal() {
        let mut sample = Sample::draw(SMALL, Rules::default(), 0.7, 4);
        let worst = worst_case(&mut sample, 10).unwrap().required.unwrap();
        for step in 0..=10u32 {
            let one = least_utility(&mut sample, f64::from(step) / 10.0, 0.0).unwrap().unwrap();
            assert!(one <= worst + FINE, "{step}: {one} {worst}");
        }
    }
}
