//! How long an epoch takes, by criterion. `cargo bench -p alun-yuma-bench`; `scripts/bench yuma` is the
//! short form that also counts memory.

use std::hint::black_box;

use alun_yuma::{epoch, explain_all, split_exact};
use alun_yuma_bench::{
    shapes::{subnet, Shape, RULES},
    wasm::Wasm,
};
use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};

fn epochs(c: &mut Criterion) {
    let wasm = Wasm::new().unwrap();
    for shape in Shape::all() {
        let Shape { neurons, validators, .. } = shape;
        let scene = shape.scene().replace(' ', "_");
        let mut group = c.benchmark_group(format!("{neurons}x{validators}_{scene}"));
        group.sample_size(20).throughput(Throughput::Elements(shape.entries() as u64));
        for rule in RULES {
            let subnet = subnet(shape, rule).unwrap();
            group.bench_function(rule, |b| {
                b.iter_batched_ref(
                    || subnet.clone(),
                    |subnet| epoch(black_box(&subnet.input())),
                    BatchSize::LargeInput,
                )
            });
            group.bench_function(format!("{rule}_explained"), |b| {
                b.iter_batched_ref(
                    || subnet.clone(),
                    |subnet| explain_all(black_box(&subnet.input())),
                    BatchSize::LargeInput,
                )
            });
            group.bench_function(format!("{rule}_wasm"), |b| {
                b.iter_custom(|runs| (0..runs).map(|_| wasm.run(&subnet).unwrap().0).sum())
            });
        }
        group.finish();
    }
}

fn pieces(c: &mut Criterion) {
    let mut group = c.benchmark_group("pieces");
    let weights: Vec<u64> =
        (0..256u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20).collect();
    group.bench_function("split_256", |b| b.iter(|| split_exact(black_box(1 << 40), &weights)));
    group.finish();
}

criterion_group!(benches, epochs, pieces);
criterion_main!(benches);
