use crate::{embedding_model, folder};
use alun_inference::{
    DeviceKind, EmbeddingModel, InferenceError, Limits, EMBEDDING_MODEL, GENERATION_MODEL,
};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The first components that the model's publishers show for this sentence.
const PUBLISHED: [f32; 8] = [
    0.067_656_93,
    0.063_495_96,
    0.048_713_1,
    0.079_304_97,
    0.037_448_05,
    0.002_652_83,
    0.039_374_99,
    -0.007_098_51,
];

#[test]
fn embedding_should_equal_the_published_one_when_the_sentence_is_the_same() {
    let vectors = embedding_model().embed(&texts(&["This is an example sentence"])).unwrap();
    for (found, published) in vectors[0].iter().zip(PUBLISHED) {
        assert!((found - published).abs() < 1e-5, "{found} {published}");
    }
}

#[test]
fn embeddings_should_be_closer_when_meanings_are() {
    let model = embedding_model();
    let vectors = model
        .embed(&texts(&[
            "A man is playing the guitar.",
            "Someone performs music on a string instrument.",
            "The committee approved next year's budget.",
        ]))
        .unwrap();
    assert!(vectors.iter().all(|vector| vector.len() == model.dimensions()));
    for vector in &vectors {
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
    }
    let (near, far) = (cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[2]));
    assert!(near > 0.5 && far < 0.2, "{near} {far}");
}

#[test]
fn embedding_should_not_depend_on_the_batch_when_lengths_differ() {
    let model = embedding_model();
    let batch: Vec<String> =
        (0..24).map(|at| vec!["river stone"; 1 + at * 7 % 19].join(" ")).collect();
    let together = model.embed(&batch).unwrap();
    for (text, vector) in batch.iter().zip(&together) {
        let alone = model.embed(std::slice::from_ref(text)).unwrap();
        let largest = alone[0].iter().zip(vector).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-5, "{largest} for {text}");
    }
}

#[test]
fn embedding_should_be_refused_when_a_limit_is_passed() {
    let model = embedding_model();
    let refused = |batch: &[String]| model.embed(batch).unwrap_err();
    assert!(matches!(refused(&[]), InferenceError::Empty { .. }));
    assert!(refused(&texts(&["fine", " \n"])).to_string().contains("text 1 is empty"));
    assert_eq!(
        refused(&vec!["a".to_owned(); 65]),
        InferenceError::TooManyTexts { found: 65, limit: 64 }
    );
    // 254 words and the two special tokens are the most.
    assert!(model.embed(&[vec!["a"; 254].join(" ")]).is_ok());
    let error = refused(&texts(&["b", &vec!["a"; 255].join(" ")]));
    assert_eq!(error, InferenceError::TextTooLong { index: 1, found: 257, limit: 256 });
    assert!(error.is_request_error() && error.to_string().contains("at most 256"));
}

#[test]
fn model_should_keep_to_its_positions_when_limits_are_set_higher() {
    let folder = folder(&EMBEDDING_MODEL);
    let model = EmbeddingModel::load(&folder, DeviceKind::Cpu, None).unwrap().with_limits(Limits {
        text_tokens: 4,
        texts: 1,
        ..Limits::DEFAULT
    });
    assert!(matches!(
        model.embed(&texts(&["three whole words"])),
        Err(InferenceError::TextTooLong { found: 5, limit: 4, .. })
    ));
    assert_eq!(model.count_tokens("three whole words").unwrap(), 5);
}

#[test]
fn model_should_be_refused_when_any_file_is_altered_or_missing() {
    let published = folder(&EMBEDDING_MODEL);
    let copy = tempfile::tempdir().unwrap();
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    for name in names {
        std::fs::copy(published.join(name), copy.path().join(name)).unwrap();
    }
    let load = || {
        EmbeddingModel::load(copy.path(), DeviceKind::Cpu, Some(EMBEDDING_MODEL.weights.sha256))
            .err()
            .unwrap()
    };
    for name in names {
        let file = copy.path().join(name);
        let bytes = std::fs::read(&file).unwrap();
        let mut altered = bytes.clone();
        *altered.last_mut().unwrap() ^= 1;
        std::fs::write(&file, altered).unwrap();
        let error = load();
        assert!(matches!(&error, InferenceError::Altered { path, .. } if *path == file), "{error}");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(load(), InferenceError::ModelMissing { path: file.clone() });
        std::fs::write(&file, bytes).unwrap();
    }
}

#[test]
fn info_should_say_what_the_models_are_when_loaded() {
    let embedding = embedding_model();
    let info = embedding.info();
    assert_eq!((info.name.as_str(), info.architecture.as_str()), (EMBEDDING_MODEL.folder, "bert"));
    assert_eq!(info.weights_sha256, EMBEDDING_MODEL.weights.sha256);
    assert_eq!(info.tokenizer_sha256, EMBEDDING_MODEL.others[1].sha256);
    let generation = crate::generation_model();
    let info = generation.info();
    assert_eq!(
        (info.name.as_str(), info.architecture.as_str()),
        (GENERATION_MODEL.folder, "llama")
    );
    assert_eq!(info.weights_sha256, GENERATION_MODEL.weights.sha256);
    assert_ne!(embedding.info().commitment(), info.commitment());
    // Pinned: what stands on chain for these files must not change by accident.
    assert_eq!(
        hex::encode(embedding.info().commitment()),
        "57454fe77c8cf5a86bf9534e46847458510e5ce85f592d3ccaf48b19acd8738e"
    );
    assert_eq!(
        hex::encode(info.commitment()),
        "c6a0c5b438252b60f2f3e85cbac38247cb45208e2f650f69f87fe9bb1dfd54e3"
    );
}

#[test]
fn device_should_be_explained_when_it_is_not_there() {
    assert_eq!("cpu".parse(), Ok(DeviceKind::Cpu));
    assert!("gpu".parse::<DeviceKind>().unwrap_err().to_string().contains("cpu, cuda or metal"));
    for device in [DeviceKind::Cuda, DeviceKind::Metal] {
        assert_eq!(device.to_string().parse(), Ok(device));
        if let Err(error) = device.open() {
            assert!(error.to_string().contains("use --device cpu"), "{error}");
        }
    }
}
