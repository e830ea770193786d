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
    /// Whether the claim holds, within two points.
    pub holds: bool,
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
        let near = match (claim.published, computed) {
            (Some(published), Some(computed)) => (published - computed).abs() <= TOLERANCE,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let unprotected = claim.unprotected_below.is_none_or(|limit| {
            let mut below = curve.points.iter().filter(|point| point.honest_stake < limit);
            below.all(|point| point.required_utility.is_none())
        });
        Self { claim, computed, holds: near && unprotected, curve }
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
            assert!(row(claim, Some(published + 0.019)).holds, "{}", claim.name);
            assert!(!row(claim, Some(published + 0.021)).holds, "{}", claim.name);
            assert!(!row(claim, Some(published - 0.021)).holds, "{}", claim.name);
            assert!(!row(claim, None).holds, "{}", claim.name);
        }
    }
}
