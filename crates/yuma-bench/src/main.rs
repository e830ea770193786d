//! `scripts/bench yuma`: every shape and rule, natively and in WASM.

use std::{fs, path::PathBuf};

use alun_yuma_bench::{
    case::{Case, HEADER},
    counted::Counted,
    shapes::{subnet, Shape, RULES},
    wasm::Wasm,
};
use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;

#[global_allocator]
static MEMORY: Counted = Counted;

/// Measures epochs of Yuma consensus.
#[derive(Parser)]
struct Args {
    /// Where to write the results.
    #[arg(long, env = "ALUN_BENCH_JSON")]
    json: Option<PathBuf>,
    /// Only the shapes of so many neurons.
    #[arg(long, env = "ALUN_BENCH_NEURONS")]
    neurons: Option<usize>,
    /// Seconds for each case, about.
    #[arg(long, env = "ALUN_BENCH_SECONDS", default_value_t = 2.0)]
    seconds: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let wasm = Wasm::new()?;
    let mut cases = Vec::new();
    println!("{HEADER}");
    for shape in Shape::all().filter(|shape| args.neurons.is_none_or(|n| n == shape.neurons)) {
        for rule in RULES {
            let subnet = subnet(shape, rule)?;
            let native = Case::native(shape, rule, &subnet, args.seconds)?;
            println!("{native}");
            let wasm = Case::wasm(shape, rule, &subnet, &wasm, args.seconds)?;
            println!("{wasm}");
            cases.extend([native.json(), wasm.json()]);
        }
    }
    if let Some(path) = args.json {
        let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
