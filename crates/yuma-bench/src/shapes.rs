//! The subnets that are measured.

use alun_yuma::{epoch, BondRule, EpochError, LiquidAlpha, Neuron, OwnedInput, Params, Row};

/// Neurons, validators, and of how many columns the validators score one: all of them the same, or
/// no column would have a majority behind it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Neurons.
    pub neurons: usize,
    /// How many of them are validators.
    pub validators: usize,
    /// One column in so many is scored.
    pub every: usize,
    /// The last neuron is the owner's, with stake and a permit, and scores nobody.
    pub silent_owner: bool,
}

impl Shape {
    /// Those that the benches run: dense, dense with an owner that does not validate, and with 5 % of
    /// the columns.
    pub fn all() -> impl Iterator<Item = Self> {
        let sizes = [(64, 16), (256, 64), (1_024, 128), (4_096, 256)];
        let shape = |every, silent_owner| {
            move |(neurons, validators)| Self { neurons, validators, every, silent_owner }
        };
        let dense = sizes.into_iter().map(shape(1, false));
        dense.chain([sizes[1], sizes[3]].map(shape(1, true))).chain(sizes.map(shape(20, false)))
    }

    /// What else is particular, in a word or two.
    pub fn scene(self) -> &'static str {
        match (self.every, self.silent_owner) {
            (1, false) => "dense",
            (1, true) => "silent owner",
            _ => "sparse",
        }
    }

    /// The part of the table that is there.
    pub fn density(self) -> f64 {
        1.0 / self.every as f64
    }

    /// Entries of the weight rows.
    pub fn entries(self) -> usize {
        self.neurons.div_ceil(self.every).saturating_mul(self.validators)
    }
}

/// The rules that the benches run.
pub const RULES: [&str; 3] = ["classic", "stake_free", "liquid"];

/// A subnet of this shape in its steady state: validators agree on each neuron's quality up to some
/// noise, which is another each epoch, and their bonds are those of three epochs before.
///
/// # Errors
///
/// Those of `epoch`.
pub fn subnet(shape: Shape, rule: &str) -> Result<OwnedInput, EpochError> {
    let params = Params {
        kappa: 32_767,
        bonds_penalty: 65_535,
        bonds_moving_average: 900_000,
        bond_rule: if rule == "classic" { BondRule::Classic } else { BondRule::StakeFree },
        liquid_alpha: (rule == "liquid").then(LiquidAlpha::default),
        activity_cutoff: 1_000,
        max_validators: u16::try_from(shape.validators).unwrap_or(u16::MAX),
        stake_threshold: 0,
        owner: shape.silent_owner.then_some(u16::try_from(shape.neurons - 1).unwrap_or(u16::MAX)),
        last_epoch: 100,
        now: 200,
    };
    let staked =
        |uid: usize| uid < shape.validators || (shape.silent_owner && uid + 1 == shape.neurons);
    let neuron = |uid: usize| Neuron {
        stake: if staked(uid) { 1_000_000_000_000 / (1 + uid as u64) } else { 0 },
        last_update: 150,
        last_submission: 150,
        registered: 1,
        permit: uid < shape.validators,
    };
    let neurons = (0..shape.neurons).map(neuron).collect();
    let bonds = vec![Row::new(); shape.neurons];
    let mut subnet = OwnedInput { params, neurons, rows: rows(shape, 0), bonds };
    for age in 1..4 {
        subnet.bonds = epoch(&subnet.input())?.bonds;
        subnet.rows = rows(shape, age);
    }
    Ok(subnet)
}

fn rows(shape: Shape, epoch: u64) -> Vec<Row> {
    let score = |uid: usize, target: usize| {
        let quality = mixed(target as u64) >> 50;
        let noise = mixed(((uid * shape.neurons + target) as u64) ^ (epoch << 40)) >> 51;
        (target as u16, (20_000 + quality + noise) as u16)
    };
    let row = |uid: usize| -> Row {
        (0..shape.neurons).step_by(shape.every).map(|target| score(uid, target)).collect()
    };
    let scores = |uid: usize| if uid < shape.validators { row(uid) } else { Row::new() };
    (0..shape.neurons).map(scores).collect()
}

/// The mixer of splitmix64.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
