//! Speed of both models: `cargo bench -p alun-inference`. Skipped with a message where the models
//! have not been fetched.

use alun_inference::{
    DeviceKind, EmbeddingModel, GenerateRequest, GenerationModel, KnownModel, Sampling,
    EMBEDDING_MODEL, GENERATION_MODEL,
};
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use std::{hint::black_box, path::PathBuf, time::Duration};

fn folder(model: &KnownModel) -> Option<PathBuf> {
    let folder = model.dir().ok().filter(|folder| folder.join(model.weights.name).is_file());
    if folder.is_none() {
        eprintln!("{} is not there: run scripts/models; its benchmarks are skipped", model.folder);
    }
    folder
}

/// A text of exactly `tokens` tokens, its two special ones included.
fn text(tokens: usize) -> String {
    vec!["market"; tokens - 2].join(" ")
}

fn embeddings(criterion: &mut Criterion) {
    let Some(folder) = folder(&EMBEDDING_MODEL) else { return };
    let model = EmbeddingModel::load(&folder, DeviceKind::Cpu, None).expect("the model loads");
    let mut group = criterion.benchmark_group("embeddings");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (texts, tokens) in [(1, 16), (8, 32), (32, 32), (32, 128)] {
        let batch = vec![text(tokens); texts];
        assert_eq!(model.count_tokens(&batch[0]).expect("tokens"), tokens);
        group.throughput(Throughput::Elements((texts * tokens) as u64));
        group.bench_function(format!("{texts}x{tokens}"), |bencher| {
            bencher.iter(|| black_box(model.embed(&batch).expect("vectors")));
        });
    }
    group.finish();
}

fn request(model: &GenerationModel, sampling: Sampling) -> GenerateRequest {
    GenerateRequest {
        prompt: model.encode("The history of markets begins with").expect("tokens"),
        max_new_tokens: 32,
        sampling,
        ignore_eos: true,
    }
}

fn generation(criterion: &mut Criterion) {
    let Some(folder) = folder(&GENERATION_MODEL) else { return };
    let model = GenerationModel::load(&folder, DeviceKind::Cpu, None).expect("the model loads");
    let mut group = criterion.benchmark_group("generation");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let gumbel = Sampling::Gumbel { temperature: 1.0, seed: [1; 32] };
    for (name, streams, sampling) in [
        ("decode greedy x1", 1, Sampling::Greedy),
        ("decode greedy x8", 8, Sampling::Greedy),
        ("decode gumbel x8", 8, gumbel),
    ] {
        let batch = vec![request(&model, sampling); streams];
        group.throughput(Throughput::Elements(32 * streams as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(model.generate(&batch).expect("answers")));
        });
    }
    let prompt: Vec<u32> = (0..128).map(|at| 1_000 + at).collect();
    let answer: Vec<u32> = (0..128).map(|at| 2_000 + at).collect();
    for (name, claimed, sampling) in [
        ("prefill 128", &answer[..1], Sampling::Greedy),
        ("verify 128+128 greedy", &answer[..], Sampling::Greedy),
        ("verify 128+128 gumbel", &answer[..], gumbel),
    ] {
        group.throughput(Throughput::Elements((prompt.len() + claimed.len() - 1) as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(model.verify(&prompt, claimed, &sampling).expect("checks")));
        });
    }
    group.finish();
}

criterion_group!(benches, embeddings, generation);
criterion_main!(benches);
