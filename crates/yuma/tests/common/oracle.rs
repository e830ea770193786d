//! The epoch once more, dense and in `f64`, as close to the specification's formulas as can be.
//! For tests only: it is what the sparse fixed-point one is compared with.

use alun_yuma::{BondRule, Input};

type Table = Vec<Vec<f64>>;

pub struct Dense {
    pub stake: Vec<f64>,
    pub active_stake: Vec<f64>,
    pub permits: Vec<bool>,
    pub consensus: Vec<f64>,
    pub validator_trust: Vec<f64>,
    pub rank_before_clip: Vec<f64>,
    pub rank: Vec<f64>,
    pub incentive: Vec<f64>,
    pub dividends: Vec<f64>,
    /// In 1/65535, by the rule's way of storing; rows of neurons without a new permit empty.
    pub bonds: Table,
    /// Per column, what fixed point may lose of its largest bond: a few units of 2⁻³² of a weight and of
    /// 2⁻⁶³ of a product of the largest `W̃ ∘ S`, and of 2⁻³² of the bond itself. Next to nothing, unless
    /// only dust scores the neuron, or only with dust, or new bonds hardly count.
    pub lost: Vec<f64>,
}

pub fn epoch(input: &Input) -> Dense {
    let (p, n) = (input.params, input.neurons.len());
    let owner = |i: usize| p.owner.map(usize::from) == Some(i);
    let stakes: Vec<u64> = (0..n)
        .map(|i| input.neurons[i].stake)
        .enumerate()
        .map(|(i, s)| if s < p.stake_threshold && !owner(i) { 0 } else { s })
        .collect();
    let permitted: Vec<bool> = (0..n).map(|i| input.neurons[i].permit || owner(i)).collect();
    let mut order: Vec<usize> = (0..n).filter(|i| stakes[*i] > 0).collect();
    order.sort_by_key(|i| std::cmp::Reverse((stakes[*i], *i)));
    order.truncate(usize::from(p.max_validators));
    let permits: Vec<bool> = (0..n).map(|i| order.contains(&i) || owner(i)).collect();
    let active = |i: usize| {
        u128::from(input.neurons[i].last_submission) + u128::from(p.activity_cutoff)
            >= u128::from(p.now)
    };
    let voting: Vec<u64> =
        (0..n).map(|i| if permitted[i] && active(i) { stakes[i] } else { 0 }).collect();
    let (stake, active_stake) = (normalised(&floats(&stakes)), normalised(&floats(&voting)));

    let weights = weights(input, &permitted);
    let consensus: Vec<f64> = (0..n).map(|j| median(&weights, &voting, j, p.kappa)).collect();
    let clipped = map(n, |i, j| weights[i][j].min(consensus[j]));
    let validator_trust = (0..n).map(|i| clipped[i].iter().sum()).collect();
    let rank_of = |w: &Table| -> Vec<f64> {
        (0..n).map(|j| (0..n).map(|i| active_stake[i] * w[i][j]).sum()).collect()
    };
    let rank = rank_of(&clipped);
    let incentive = normalised(&rank);

    let penalty = f64::from(p.bonds_penalty) / 65_535.0;
    let for_bonds = map(n, |i, j| {
        let w = weights[i][j] - penalty * (weights[i][j] - clipped[i][j]);
        if w < 1e-12 {
            0.0
        } else {
            w
        }
    });
    let counted: Vec<bool> = (0..n).map(|i| permitted[i] && stakes[i] > 0).collect();
    let bonds = bonds(input, &for_bonds, &consensus, &active_stake, &counted);
    let shares = column_normalised(&bonds);
    let dividends: Vec<f64> = (0..n)
        .map(|i| {
            let pay: f64 = (0..n).map(|j| shares[i][j] * incentive[j]).sum();
            if p.bond_rule == BondRule::StakeFree {
                pay * active_stake[i]
            } else {
                pay
            }
        })
        .collect();
    let lost = (0..n)
        .map(|j| {
            let scorers = || (0..n).filter(|i| for_bonds[*i][j] > 0.0);
            let stake = scorers().map(|i| active_stake[i]).fold(0.0, f64::max);
            let most = scorers().map(|i| active_stake[i] * for_bonds[i][j]).fold(0.0, f64::max);
            let bond = (0..n).map(|i| bonds[i][j]).fold(0.0, f64::max);
            let part = |units: f64, of: f64| if of > 0.0 { 4.0 * units / of } else { 0.0 };
            let (entry, share) = (1.0 / 2f64.powi(32), 1.0 / 2f64.powi(63));
            part(stake * entry + share, most) + part(entry, bond)
        })
        .collect();
    Dense {
        lost,
        dividends: normalised(&dividends),
        rank_before_clip: rank_of(&weights),
        bonds: stored(p.bond_rule, &bonds, &permits),
        stake,
        active_stake,
        permits,
        consensus,
        validator_trust,
        rank,
        incentive,
    }
}

fn weights(input: &Input, permitted: &[bool]) -> Table {
    let n = input.neurons.len();
    let mut table = vec![vec![0.0; n]; n];
    for i in (0..n).filter(|i| permitted[*i]) {
        for &(j, w) in &input.rows[i] {
            let j = usize::from(j);
            let own = i == j && input.params.owner.map(usize::from) != Some(i);
            if !own && input.neurons[i].last_update > input.neurons[j].registered {
                table[i][j] = f64::from(w);
            }
        }
        table[i] = normalised(&table[i]);
    }
    table
}

/// By definition: the largest weight with at least κ of the stake behind it or more. Stake and κ
/// are integers here, so that ties at κ are what they are.
fn median(weights: &Table, voting: &[u64], j: usize, kappa: u16) -> f64 {
    let total: u128 = voting.iter().map(|s| u128::from(*s)).sum();
    let voters: Vec<usize> = (0..voting.len()).filter(|i| voting[*i] > 0).collect();
    let supported = |candidate: f64| {
        let behind = voters.iter().filter(|i| weights[**i][j] >= candidate);
        let support: u128 = behind.map(|i| u128::from(voting[*i])).sum();
        support * 65_535 >= u128::from(kappa) * total
    };
    voters
        .iter()
        .map(|i| weights[*i][j])
        .filter(|candidate| supported(*candidate))
        .fold(0.0, f64::max)
}

fn bonds(
    input: &Input,
    weights: &Table,
    consensus: &[f64],
    active_stake: &[f64],
    counted: &[bool],
) -> Table {
    let (p, n) = (input.params, input.neurons.len());
    let mut old = vec![vec![0.0; n]; n];
    for i in (0..n).filter(|i| counted[*i]) {
        for &(j, b) in &input.bonds[i] {
            let j = usize::from(j);
            if input.neurons[j].registered < p.last_epoch {
                old[i][j] = f64::from(b) / 65_535.0;
            }
        }
    }
    let fixed = 1.0 - f64::from(p.bonds_moving_average) / 1e6;
    match p.bond_rule {
        BondRule::Classic => {
            let old = column_normalised(&old);
            let bought = column_normalised(&map(n, |i, j| weights[i][j] * active_stake[i]));
            // Column-normalised where it pays; stored by its largest in any case.
            map(n, |i, j| fixed * bought[i][j] + (1.0 - fixed) * old[i][j])
        }
        BondRule::StakeFree => map(n, |i, j| {
            let (w, b) = (weights[i][j], old[i][j]);
            let alpha = p.liquid_alpha.map_or(fixed, |liquid| {
                let d = if w >= b { w - consensus[j] } else { b - w }.clamp(0.0, 1.0);
                let (low, high) = (f64::from(liquid.low), f64::from(liquid.high));
                let steepness = f64::from(liquid.steepness) / 100.0;
                let sigmoid = 1.0 / (1.0 + (-steepness * (d - 0.5)).exp());
                (low + (high - low) * sigmoid) / 65_535.0
            });
            if counted[i] {
                (alpha * w + (1.0 - alpha) * b).min(1.0)
            } else {
                0.0
            }
        }),
    }
}

fn stored(rule: BondRule, bonds: &Table, permits: &[bool]) -> Table {
    let n = permits.len();
    let max = |j: usize| match rule {
        BondRule::StakeFree => 1.0,
        BondRule::Classic => bonds.iter().map(|row| row[j]).fold(0.0, f64::max),
    };
    map(n, |i, j| if permits[i] && max(j) > 0.0 { bonds[i][j] / max(j) * 65_535.0 } else { 0.0 })
}

fn map(n: usize, value: impl Fn(usize, usize) -> f64) -> Table {
    (0..n).map(|i| (0..n).map(|j| value(i, j)).collect()).collect()
}

fn floats(values: &[u64]) -> Vec<f64> {
    values.iter().map(|value| *value as f64).collect()
}

fn normalised(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| if sum > 0.0 { value / sum } else { 0.0 }).collect()
}

fn column_normalised(table: &Table) -> Table {
    let n = table.len();
    let sums: Vec<f64> = (0..n).map(|j| table.iter().map(|row| row[j]).sum()).collect();
    map(n, |i, j| if sums[j] > 0.0 { table[i][j] / sums[j] } else { 0.0 })
}
