//! `scripts/bench inference`: both models beside those who do the same, taking turns in one run.

mod embeddings;
mod floors;
mod generation;
mod measure;
mod peers;

use alun_inference::{
    DeviceKind, EmbeddingModel, GenerationModel, KnownModel, EMBEDDING_MODEL, GENERATION_MODEL,
};
use anyhow::{bail, Context, Result};
use clap::Parser;
use peers::Peer;
use serde_json::json;
use std::{fs, path::PathBuf};

/// Measures embeddings beside onnxruntime and generation beside llama.cpp.
#[derive(Parser)]
struct Args {
    /// Where to write the results.
    #[arg(long, env = "ALUN_BENCH_JSON")]
    json: Option<PathBuf>,
    /// How often each case is measured; medians are shown.
    #[arg(long, env = "ALUN_BENCH_ROUNDS", default_value_t = 7)]
    rounds: usize,
    /// Threads for each of those compared; 0: one for each core.
    #[arg(long, env = "ALUN_THREADS", default_value_t = 0)]
    threads: usize,
    /// Measure nothing: compare vectors and greedy tokens with those of the peers.
    #[arg(long)]
    check: bool,
    /// Only `embeddings` or `generation`.
    #[arg(long)]
    only: Option<String>,
    /// The Python that has the peers; `scripts/bench` makes it.
    #[arg(long, env = "ALUN_PEERS_PYTHON")]
    python: PathBuf,
    /// The program that runs the peers.
    #[arg(long, env = "ALUN_PEERS")]
    peers: PathBuf,
}

fn folder(model: &KnownModel) -> Result<PathBuf> {
    let folder = model.dir()?;
    if !folder.join(model.weights.name).is_file() {
        bail!("{} is not there: run scripts/models", model.folder);
    }
    Ok(folder)
}

fn main() -> Result<()> {
    let args = Args::parse();
    alun_inference::set_threads(args.threads)?;
    if args.rounds == 0 {
        bail!("--rounds must be at least 1");
    }
    let wanted = |part: &str| args.only.as_deref().is_none_or(|only| only == part);
    if !wanted("embeddings") && !wanted("generation") {
        bail!("--only is embeddings or generation");
    }
    let threads = alun_inference::threads();
    let floors = floors::measure(threads);
    println!("{threads} threads; {floors}");
    let mut embeddings = Vec::new();
    let mut generation = Vec::new();
    let mut more = json!(null);
    if wanted("embeddings") {
        let folder = folder(&EMBEDDING_MODEL)?;
        let mut peer = Peer::start(&args.python, &args.peers, "embeddings", &folder, threads)?;
        let before = measure::resident()?;
        let model = EmbeddingModel::load(&folder, DeviceKind::Cpu, None)?;
        if args.check {
            embeddings::check(&model, &mut peer)?;
        } else {
            embeddings = embeddings::run(&model, &mut peer, args.rounds, &floors)?;
            measure::memory("embeddings", before, &mut peer)?;
        }
    }
    if wanted("generation") {
        let folder = folder(&GENERATION_MODEL)?.join(GENERATION_MODEL.weights.name);
        let mut peer = Peer::start(&args.python, &args.peers, "generation", &folder, threads)?;
        let before = measure::resident()?;
        let folder = folder.parent().context("a file has a folder")?;
        let model = GenerationModel::load(folder, DeviceKind::Cpu, None)?;
        if args.check {
            generation::check(&model, &mut peer)?;
        } else {
            generation = generation::run(&model, &mut peer, args.rounds, &floors)?;
            more = generation::verification(&model, args.rounds)?;
            measure::memory("generation", before, &mut peer)?;
        }
    }
    if let Some(path) = args.json.filter(|_| !args.check) {
        let all = json!({
            "threads": threads,
            "floors": floors.json(),
            "embeddings": embeddings,
            "generation": generation,
            "verification": more,
        });
        let text = serde_json::to_string_pretty(&all)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
