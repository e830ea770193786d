//! Subnets of up to 256 neurons from a seed: large enough for several blocks of columns, full columns
//! and sparse ones, masks, copies of rows, and rows with one score.

use alun_yuma::{BondRule, Input, LiquidAlpha, Neuron, Params, Row};

use super::random::Random;

pub struct Generated {
    pub params: Params,
    pub neurons: Vec<Neuron>,
    pub rows: Vec<Row>,
    pub bonds: Vec<Row>,
}

impl Generated {
    /// Mostly small ones.
    pub fn new(seed: u64) -> Self {
        let random = &mut Random(seed);
        let most = 1 << (1 + random.below(8));
        let n = 1 + random.below(most);
        let validators = 1 + random.below(n.min(80));
        let params = params(random, n);
        let neurons = (0..n).map(|uid| neuron(random, uid < validators)).collect();
        let density = [0.02, 0.3, 0.9, 1.0][random.below(4) as usize];
        let (rows, bonds) = (rows(random, n, density), rows(random, n, density));
        Self { params, neurons, rows, bonds }
    }

    pub fn input(&self) -> Input<'_> {
        let Self { params, neurons, rows, bonds } = self;
        Input { params, neurons, rows, bonds }
    }
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
