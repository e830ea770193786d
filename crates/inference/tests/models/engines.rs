//! The crate's kernels against candle, on the real models.

use crate::{embedding_model, folder, generation_model};
use alun_inference::{
    DeviceKind, EmbeddingModel, Engine, GenerateRequest, GenerationModel, Rounding, Sampling,
    EMBEDDING_MODEL, GENERATION_MODEL,
};

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "Markets clear when nobody is looking.",
        "A",
        "été, 日本語, Ελληνικά, 🙂",
        "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend([15, 16, 17, 47, 120, 240].map(|words| "market ".repeat(words)));
    texts
}

#[test]
fn vectors_should_be_those_of_candle_when_the_kernels_compute_them() {
    let candle = EmbeddingModel::load_with(
        &folder(&EMBEDDING_MODEL),
        DeviceKind::Cpu,
        None,
        Rounding::None,
        Engine::Candle,
    )
    .unwrap();
    let expected = candle.embed(&texts()).unwrap();
    for (found, expected) in embedding_model().embed(&texts()).unwrap().iter().zip(expected) {
        let off = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
        assert!(off.fold(0f32, f32::max) < 1e-5);
    }
}

#[test]
fn vector_should_be_the_same_bits_when_other_texts_are_beside_it() {
    let model = embedding_model();
    let together = model.embed(&texts()).unwrap();
    for (text, expected) in texts().into_iter().zip(together) {
        assert_eq!(model.embed(&[text]).unwrap(), [expected]);
    }
}

fn requests(model: &GenerationModel) -> Vec<GenerateRequest> {
    let long = "The history of markets begins long before money. ".repeat(9);
    ["Once upon a time", "def fibonacci(n):\n", &long, "1, 2, 3,", "Water", "She said that", "In"]
        .iter()
        .zip(0u8..)
        .map(|(prompt, seed)| GenerateRequest {
            prompt: model.encode(prompt).unwrap(),
            max_new_tokens: 20 + usize::from(seed),
            sampling: match seed % 3 {
                2 => Sampling::Gumbel { temperature: 1.0, seed: [seed; 32] },
                _ => Sampling::Greedy,
            },
            ignore_eos: true,
        })
        .collect()
}

#[test]
fn answers_should_be_those_of_candle_when_the_kernels_compute_them() {
    let kernels = generation_model();
    let candle = GenerationModel::load_with(
        &folder(&GENERATION_MODEL),
        DeviceKind::Cpu,
        None,
        Rounding::None,
        Engine::Candle,
    )
    .unwrap();
    let requests = requests(&kernels);
    let answers = kernels.generate(&requests).unwrap();
    assert_eq!(candle.weight_bytes(), None);
    // A fifth of what the floats would take.
    assert!(kernels.weight_bytes().unwrap() < 110_000_000);
    for ((request, found), expected) in
        requests.iter().zip(&answers).zip(candle.generate(&requests).unwrap())
    {
        assert_eq!(found.tokens, expected.tokens);
        for (found, expected) in found.logprobs.iter().zip(&expected.logprobs) {
            assert!((found - expected).abs() < 5e-5, "{found} {expected}");
        }
        let checks = candle.verify(&request.prompt, &found.tokens, &request.sampling).unwrap();
        for (check, logprob) in checks.iter().zip(&found.logprobs) {
            assert!((check.logprob - logprob).abs() < 5e-5 && check.margin < 1e-4);
        }
    }
}

#[test]
fn answer_should_be_the_same_bits_when_batched_or_only_read() {
    let model = generation_model();
    let requests = requests(&model);
    let together = model.generate(&requests).unwrap();
    for (request, batched) in requests.iter().zip(together) {
        let alone = model.generate(std::slice::from_ref(request)).unwrap().remove(0);
        assert_eq!(alone, batched);
        let checks = model.verify(&request.prompt, &alone.tokens, &request.sampling).unwrap();
        let read: Vec<f32> = checks.iter().map(|check| check.logprob).collect();
        assert_eq!(read, alone.logprobs);
        assert!(checks.iter().all(|check| check.margin == 0.0));
    }
}
