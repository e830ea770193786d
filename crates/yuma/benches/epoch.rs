//! How long an epoch takes. `cargo bench -p alun-yuma --bench epoch`; the numbers are in the
//! crate's README.

use std::hint::black_box;

use alun_yuma::{
    consensus::{weighted_median, Vote},
    epoch, split_exact, BondRule, Input, LiquidAlpha, Neuron, Params, Row,
};
use criterion::{criterion_group, criterion_main, Criterion};

/// A subnet in its steady state: the bonds are those of an epoch before.
struct Subnet {
    params: Params,
    neurons: Vec<Neuron>,
    rows: Vec<Row>,
    bonds: Vec<Row>,
}

struct Shape {
    neurons: usize,
    validators: usize,
    /// Scores per row; the targets start at another uid for each validator.
    scores: usize,
}

impl Subnet {
    fn new(shape: &Shape, bond_rule: BondRule, liquid: bool) -> Self {
        let params = Params {
            kappa: 32_767,
            bonds_penalty: 65_535,
            bonds_moving_average: 900_000,
            bond_rule,
            liquid_alpha: liquid.then(LiquidAlpha::default),
            activity_cutoff: 1_000,
            max_validators: shape.validators as u16,
            stake_threshold: 0,
            owner: None,
            last_epoch: 100,
            now: 200,
        };
        let neuron = |uid: usize| {
            let validator = uid < shape.validators;
            let stake = if validator { 1_000_000_000_000 / (1 + uid as u64) } else { 0 };
            Neuron {
                stake,
                last_update: 150,
                last_submission: 150,
                registered: 1,
                permit: validator,
            }
        };
        let neurons: Vec<Neuron> = (0..shape.neurons).map(neuron).collect();
        let rows = (0..shape.neurons)
            .map(|uid| if uid < shape.validators { row(uid, shape) } else { Row::new() })
            .collect();
        let bonds = vec![Row::new(); shape.neurons];
        let mut subnet = Self { params, neurons, rows, bonds };
        subnet.bonds = epoch(&subnet.input()).unwrap().bonds;
        subnet
    }

    fn input(&self) -> Input<'_> {
        let Self { params, neurons, rows, bonds } = self;
        Input { params, neurons, rows, bonds }
    }
}

/// Validators agree on each target's quality up to some noise.
fn row(uid: usize, shape: &Shape) -> Row {
    let mut row: Row = (0..shape.scores)
        .map(|score| {
            let target = (uid * 7 + score) % shape.neurons;
            let quality = (target as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50;
            let noise = ((uid * shape.neurons + target) as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (target as u16, (20_000 + quality + (noise >> 51)) as u16)
        })
        .collect();
    row.sort_unstable();
    row
}

fn epochs(c: &mut Criterion) {
    let shapes = [
        ("256x64_dense", Shape { neurons: 256, validators: 64, scores: 256 }),
        ("1024x64_sparse_32", Shape { neurons: 1_024, validators: 64, scores: 32 }),
        ("4096x256_dense", Shape { neurons: 4_096, validators: 256, scores: 4_096 }),
        ("4096x256_sparse_64", Shape { neurons: 4_096, validators: 256, scores: 64 }),
    ];
    let rules = [
        ("stake_free", BondRule::StakeFree, false),
        ("liquid_alpha", BondRule::StakeFree, true),
        ("classic", BondRule::Classic, false),
    ];
    for (name, shape) in shapes {
        let mut group = c.benchmark_group(name);
        group.sample_size(20);
        for (rule, bond_rule, liquid) in rules {
            let subnet = Subnet::new(&shape, bond_rule, liquid);
            group.bench_function(rule, |b| b.iter(|| epoch(black_box(&subnet.input()))));
        }
        group.finish();
    }
}

fn pieces(c: &mut Criterion) {
    let mut group = c.benchmark_group("pieces");
    let vote = |i: u64| Vote { weight: i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40, stake: 1 + i };
    let votes: Vec<Vote> = (0..64).map(vote).collect();
    let total: u64 = votes.iter().map(|vote| vote.stake).sum();
    group.bench_function("median_of_64", |b| {
        b.iter_batched_ref(
            || votes.clone(),
            |votes| weighted_median(votes, 0, total / 2),
            criterion::BatchSize::SmallInput,
        )
    });
    let weights: Vec<u64> = votes.iter().cycle().take(256).map(|vote| vote.weight).collect();
    group.bench_function("split_256", |b| b.iter(|| split_exact(black_box(1 << 40), &weights)));
    group.finish();
}

criterion_group!(benches, epochs, pieces);
criterion_main!(benches);
