//! What is published of the guarantee, and what our code gives.

use super::{
    curve::{Curve, Grid},
    game::{Network, Rules},
};
use crate::plot::{Axis, Chart, Legend, Line, PlotError};
use alun_yuma::EpochError;
use serde::Serialize;

/// The honest part of the stake that the published figures are for.
const AT: f64 = 0.6;
/// How far ours may be from them.
const TOLERANCE: f64 = 0.02;

/// The plots, and what stands above them.
const GROUPS: [(&str, &str); 4] = [
    ("noise", "Noise of the weights (κ = 0.5, β = 100 %)"),
    ("bonds-penalty", "Bonds penalty (κ = 0.5, σ = 0.4 µ)"),
    ("kappa", "κ (β = 100 %, σ = 0.4 µ)"),
    ("validators-part", "Validators' part of the emission (κ = 0.5, β = 100 %, σ = 0.4 µ)"),
];

/// A published figure, and what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// Which plot it belongs to.
    pub group: &'static str,
    /// Which curve of that plot.
    pub name: &'static str,
    /// σ.
    pub weight_deviation: f64,
    /// The rules.
    pub rules: Rules,
    /// The required utility at S_H = 0.6; absent where nothing is published but that there is no
    /// protection below S_H = κ.
    pub published: Option<f64>,
    /// The stake under which no utility is to suffice.
    pub unprotected_below: Option<f64>,
}

/// Everything published: by deviation of the weights, κ, bonds penalty, and validators' part.
pub fn claims() -> Vec<Claim> {
    let usual = Claim {
        group: "",
        name: "",
        weight_deviation: 0.4,
        rules: Rules::default(),
        published: Some(0.73),
        unprotected_below: None,
    };
    let noise = |name, weight_deviation, published| Claim {
        group: "noise",
        name,
        weight_deviation,
        published: Some(published),
        ..usual
    };
    let penalty = |name, bonds_penalty, published| Claim {
        group: "bonds-penalty",
        name,
        rules: Rules { bonds_penalty, ..usual.rules },
        published: Some(published),
        ..usual
    };
    let kappa = |name, kappa, published, unprotected_below| Claim {
        group: "kappa",
        name,
        rules: Rules { kappa, ..usual.rules },
        published,
        unprotected_below,
        ..usual
    };
    let split = |name, validators_part, published| Claim {
        group: "validators-part",
        name,
        rules: Rules { validators_part, ..usual.rules },
        published: Some(published),
        ..usual
    };
    vec![
        noise("σ = 0", 0.0, 0.60),
        noise("σ = 0.2 µ", 0.2, 0.67),
        noise("σ = 0.4 µ", 0.4, 0.73),
        penalty("β = 0", 0.0, 0.78),
        penalty("β = 50 %", 0.5, 0.76),
        penalty("β = 100 %", 1.0, 0.73),
        kappa("κ = 0.4", 0.4, None, None),
        kappa("κ = 0.5", 0.5, Some(0.73), None),
        kappa("κ = 0.6", 0.6, None, Some(0.6)),
        split("ξ = 0", 0.0, 0.82),
        split("ξ = 25 %", 0.25, 0.78),
        split("ξ = 50 %", 0.5, 0.73),
    ]
}

/// A claim with what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The claim.
    #[serde(flatten)]
    pub claim: Claim,
    /// The required utility at S_H = 0.6 of our code.
    pub computed: Option<f64>,
    /// Whether the claim holds, within two points; absent where nothing is claimed, or the curve has
    /// no point that the claim is about.
    pub holds: Option<bool>,
    /// The whole curve.
    pub curve: Curve,
}

/// All claims with what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How far ours may be from a published figure.
    pub tolerance: f64,
    /// By group.
    pub claims: Vec<Row>,
}

impl Table {
    /// Computes every claim's curve.
    ///
    /// # Errors
    ///
    /// Those of [`alun_yuma::epoch`].
    pub fn compute(network: Network, stake_free: bool, grid: &Grid) -> Result<Self, EpochError> {
        let mut known: Vec<Curve> = Vec::new();
        let mut rows = Vec::new();
        for claim in claims() {
            let network = Network { weight_deviation: claim.weight_deviation, ..network };
            let rules = Rules { stake_free, ..claim.rules };
            // Several groups have the usual rules in them.
            let found = known.iter().find(|curve| curve.network == network && curve.rules == rules);
            let curve = match found {
                Some(curve) => curve.clone(),
                None => Curve::compute(network, rules, grid)?,
            };
            known.push(curve.clone());
            rows.push(Row::new(Claim { rules, ..claim }, curve));
        }
        Ok(Self { tolerance: TOLERANCE, claims: rows })
    }
}

impl Row {
    fn new(claim: Claim, curve: Curve) -> Self {
        let computed = curve.required_at(AT);
        let near = claim.published.filter(|_| curve.has(AT)).map(|published| {
            computed.is_some_and(|computed| (published - computed).abs() <= TOLERANCE)
        });
        let unprotected = claim.unprotected_below.and_then(|limit| {
            let below = || curve.points.iter().filter(|point| point.honest_stake < limit);
            let all = below().all(|point| point.required_utility.is_none());
            below().next().map(|_| all)
        });
        let judged = [near, unprotected].into_iter().flatten();
        let holds = judged.reduce(|one, other| one && other);
        Self { claim, computed, holds, curve }
    }

    /// Whether there is a claim that no point of the curve is about.
    pub fn unjudged(&self) -> bool {
        let claims = self.claim.published.is_some() || self.claim.unprotected_below.is_some();
        claims && self.holds.is_none()
    }
}

impl Table {
    /// One line for each point of each curve.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "group,name,honest_stake,required_utility,lowest,highest,worst_cabal_self\n",
        );
        let number =
            |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.4}"));
        for row in &self.claims {
            for point in &row.curve.points {
                text.push_str(&format!(
                    "{},{},{},{},{},{},{}\n",
                    row.claim.group,
                    row.claim.name,
                    point.honest_stake,
                    number(point.required_utility),
                    number(point.lowest),
                    number(point.highest),
                    point.worst_cabal_self,
                ));
            }
        }
        text
    }

    /// A chart for each group, with the name of its file.
    ///
    /// # Errors
    ///
    /// Those of [`Chart::svg`].
    pub fn charts(&self) -> Result<Vec<(String, String)>, PlotError> {
        let svg = |(group, title): (&str, &str)| {
            let rows = self.claims.iter().filter(|row| row.claim.group == group);
            let line = |row: &Row| {
                let points = row.curve.points.iter();
                let points = points
                    .filter_map(|point| Some((point.honest_stake, point.required_utility?)))
                    .collect();
                Line { name: row.claim.name.to_owned(), points }
            };
            let chart = Chart {
                title: title.to_owned(),
                x: Axis::new("S_H: honest part of the stake", 0.5, 1.0),
                y: Axis::new("required honest utility W_H", 0.5, 1.0),
                lines: rows.map(line).collect(),
                legend: Legend::Lower,
            };
            Ok((format!("guarantee-{group}.svg"), chart.svg()?))
        };
        GROUPS.into_iter().map(svg).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::curve::Point, *};

    /// A row whose curve asks for `required` at [`AT`].
    fn row(claim: Claim, required: Option<f64>) -> Row {
        let point = Point {
            honest_stake: AT,
            required_utility: required,
            lowest: required,
            highest: required,
            worst_cabal_self: 1.0,
        };
        let curve = Curve { network: Network::default(), rules: claim.rules, points: vec![point] };
        Row::new(claim, curve)
    }

    #[test]
    fn claim_should_hold_within_two_points_and_no_further() {
        for claim in claims() {
            let Some(published) = claim.published else { continue };
            let holds = |required| row(claim, required).holds;
            assert_eq!(holds(Some(published + 0.019)), Some(true), "{}", claim.name);
            assert_eq!(holds(Some(published + 0.021)), Some(false), "{}", claim.name);
            assert_eq!(holds(Some(published - 0.021)), Some(false), "{}", claim.name);
            assert_eq!(holds(None), Some(false), "{}", claim.name);
        }
    }

    #[test]
    fn claim_should_not_be_judged_without_a_point_that_it_is_about() {
        for claim in claims() {
            let row = row(claim, Some(0.7));
            // The only point is at 0.6: no claim is about a point below.
            let about = claim.published.is_some();
            assert_eq!(row.holds.is_some(), about, "{}", claim.name);
            let curve = Curve { points: Vec::new(), ..row.curve };
            let empty = Row::new(claim, curve);
            assert_eq!(empty.holds, None, "{}", claim.name);
            assert_eq!(empty.unjudged(), about || claim.unprotected_below.is_some());
        }
    }
}
