//! Subnets of up to 256 neurons from a seed: large enough for several blocks of columns, full columns
//! and sparse ones, masks, copies of rows, rows with one score, and owners that do not validate.

use alun_yuma::{BondRule, LiquidAlpha, Neuron, OwnedInput, Params, Row};

use super::random::Random;

/// Mostly small ones.
pub fn generated(seed: u64) -> OwnedInput {
    let random = &mut Random(seed);
    let most = 1 << (1 + random.below(8));
    let n = 1 + random.below(most);
    let validators = 1 + random.below(n.min(80));
    let params = params(random, n);
    let neurons = (0..n).map(|uid| neuron(random, uid < validators)).collect();
    let density = [0.02, 0.3, 0.9, 1.0][random.below(4) as usize];
    let (rows, bonds) = (rows(random, n, density), rows(random, n, density));
    let mut subnet = OwnedInput { params, neurons, rows, bonds };
    if let (Some(owner), 0) = (subnet.params.owner, random.below(2)) {
        silence(&mut subnet, owner);
    }
    subnet
}

/// One in which each validator scores everybody and has a bond on everybody, but for the owner,
/// the last neuron, which has stake and does neither.
pub fn full(seed: u64) -> OwnedInput {
    let random = &mut Random(seed);
    let n = 2 + random.below(100);
    let validators = 1 + random.below(n - 1).min(40);
    let mut params = params(random, n);
    params.owner = Some(n as u16 - 1);
    let mut neurons: Vec<Neuron> = (0..n).map(|_| neuron(random, true)).collect();
    for (uid, neuron) in neurons.iter_mut().enumerate() {
        neuron.stake += 1 + params.stake_threshold;
        neuron.permit = (uid as u64) < validators;
    }
    let table = |random: &mut Random| -> Vec<Row> {
        (0..n).map(|uid| if uid < validators { row(random, n, 1.0) } else { Row::new() }).collect()
    };
    let (rows, bonds) = (table(random), table(random));
    let mut subnet = OwnedInput { params, neurons, rows, bonds };
    silence(&mut subnet, n as u16 - 1);
    subnet
}

/// Takes away the neuron's row and its bonds.
pub fn silence(subnet: &mut OwnedInput, uid: u16) {
    subnet.rows[usize::from(uid)].clear();
    subnet.bonds[usize::from(uid)].clear();
}

fn params(random: &mut Random, n: u64) -> Params {
    let liquid = random.below(2) == 0;
    let low = random.below(65_536) as u16;
    let high = low + random.below(65_536 - u64::from(low)) as u16;
    let steepness = random.below(3_000) as u16;
    Params {
        kappa: random.below(65_536) as u16,
        bonds_penalty: [0, 65_535, random.below(65_536) as u16][random.below(3) as usize],
        bonds_moving_average: random.below(1_000_001) as u32,
        bond_rule: [BondRule::Classic, BondRule::StakeFree][random.below(2) as usize],
        liquid_alpha: liquid.then_some(LiquidAlpha { low, high, steepness }),
        activity_cutoff: 50 + random.below(70),
        max_validators: random.below(n + 1) as u16,
        stake_threshold: random.below(2) * random.below(1_000_000),
        owner: (random.below(2) == 0).then_some(random.below(n) as u16),
        last_epoch: random.below(100),
        now: 120,
    }
}

fn neuron(random: &mut Random, validator: bool) -> Neuron {
    let most = 1 << (1 + random.below(40));
    let stake = random.below(most);
    Neuron {
        stake: if validator || random.below(4) == 0 { stake } else { 0 },
        last_update: 60 + random.below(60),
        last_submission: 60 + random.below(60),
        registered: [0, random.below(100)][random.below(2) as usize],
        permit: validator && random.below(8) != 0,
    }
}

fn rows(random: &mut Random, n: u64, density: f64) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..n {
        rows.push(match random.below(8) {
            0 => Row::new(),
            1 => vec![(random.below(n) as u16, 65_535)],
            2 if !rows.is_empty() => rows[random.below(rows.len() as u64) as usize].clone(),
            _ => row(random, n, density),
        });
    }
    rows
}

fn row(random: &mut Random, n: u64, density: f64) -> Row {
    let value = |random: &mut Random| random.below(65_536) as u16;
    let mut row = Row::new();
    for uid in 0..n as u16 {
        if random.unit() < density {
            row.push((uid, value(random)));
        }
    }
    row
}
