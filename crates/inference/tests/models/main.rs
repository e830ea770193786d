//! The two real models: fetch them with scripts/models.

mod embedding;
mod engines;
mod generation;
mod service;

use alun_inference::{
    DeviceKind, EmbeddingModel, GenerationModel, KnownModel, EMBEDDING_MODEL, GENERATION_MODEL,
};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

fn folder(model: &KnownModel) -> PathBuf {
    let folder = model.dir().unwrap();
    assert!(
        folder.join(model.weights.name).is_file(),
        "no {}: run scripts/models",
        folder.display()
    );
    folder
}

/// Loaded once per process: the tests of a process share it.
fn embedding_model() -> Arc<EmbeddingModel> {
    static MODEL: OnceLock<Arc<EmbeddingModel>> = OnceLock::new();
    let load = || {
        let folder = folder(&EMBEDDING_MODEL);
        let check = Some(EMBEDDING_MODEL.weights.sha256);
        Arc::new(EmbeddingModel::load(&folder, DeviceKind::Cpu, check).unwrap())
    };
    MODEL.get_or_init(load).clone()
}

/// Loaded once per process: the tests of a process share it.
fn generation_model() -> Arc<GenerationModel> {
    static MODEL: OnceLock<Arc<GenerationModel>> = OnceLock::new();
    let load = || {
        let folder = folder(&GENERATION_MODEL);
        let check = Some(GENERATION_MODEL.weights.sha256);
        Arc::new(GenerationModel::load(&folder, DeviceKind::Cpu, check).unwrap())
    };
    MODEL.get_or_init(load).clone()
}
