//! `scripts/bench yuma`: every shape and rule, natively and in WASM.

mod counted;

use std::{fs, hint::black_box, path::PathBuf, time::Instant};

use alun_yuma::{epoch, explain_all, OwnedInput};
use alun_yuma_bench::{
    shapes::{subnet, Shape, RULES},
    wasm::Wasm,
};
use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{json, Value};

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
    println!("neurons validators density rule        where   median ms  fastest ms  floor ms  bytes at peak  allocations  explained ms");
    for shape in Shape::all().filter(|shape| args.neurons.is_none_or(|n| n == shape.neurons)) {
        for rule in RULES {
            let subnet = subnet(shape, rule)?;
            cases.push(native(shape, rule, &subnet, args.seconds)?);
            cases.push(in_wasm(shape, rule, &subnet, &wasm, args.seconds)?);
        }
    }
    if let Some(path) = args.json {
        let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn native(shape: Shape, rule: &str, subnet: &OwnedInput, seconds: f64) -> Result<Value> {
    let (result, memory) = counted::count(|| epoch(&subnet.input()));
    drop(result?);
    let time = |work: &dyn Fn(&OwnedInput)| Times::of(seconds, || timed(subnet, work));
    let floor = time(&|subnet| {
        black_box(read_once(subnet));
    });
    let explained = time(&|subnet| {
        black_box(explain_all(&subnet.input())).ok();
    });
    let times = time(&|subnet| {
        black_box(epoch(&subnet.input())).ok();
    });
    line(shape, rule, "native", &times);
    println!(
        "{:9.4} {:14} {:12} {:13.3}",
        floor.median, memory.peak_bytes, memory.allocations, explained.median
    );
    let mut case = case(shape, rule, "native", &times);
    case["floor_ms"] = json!(floor.median);
    case["explained_ms"] = json!(explained.median);
    case["peak_bytes"] = json!(memory.peak_bytes);
    case["allocations"] = json!(memory.allocations);
    Ok(case)
}

fn in_wasm(
    shape: Shape,
    rule: &str,
    subnet: &OwnedInput,
    wasm: &Wasm,
    seconds: f64,
) -> Result<Value> {
    wasm.run(subnet)?;
    let times = Times::of(seconds, || {
        wasm.run(subnet).map_or(f64::INFINITY, |(took, _)| took.as_secs_f64() * 1e3)
    });
    line(shape, rule, "wasm", &times);
    println!();
    Ok(case(shape, rule, "wasm", &times))
}

/// In milliseconds, on an input of its own: a copy, so that nothing but making it has touched it.
fn timed(subnet: &OwnedInput, work: impl Fn(&OwnedInput)) -> f64 {
    let fresh = subnet.clone();
    let start = Instant::now();
    work(&fresh);
    start.elapsed().as_secs_f64() * 1e3
}

/// The least that an epoch could do: look at every entry of its input once.
fn read_once(subnet: &OwnedInput) -> u64 {
    let rows = subnet.rows.iter().chain(&subnet.bonds);
    rows.flatten().fold(0, |sum, (uid, value)| sum + u64::from(*uid ^ *value))
}

struct Times {
    median: f64,
    fastest: f64,
    runs: usize,
}

impl Times {
    /// At least five runs, and about so many seconds.
    fn of(seconds: f64, run: impl Fn() -> f64) -> Self {
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 5 || start.elapsed().as_secs_f64() < seconds {
            times.push(run());
        }
        times.sort_by(f64::total_cmp);
        Self { median: times[times.len() / 2], fastest: times[0], runs: times.len() }
    }
}

fn line(shape: Shape, rule: &str, place: &str, times: &Times) {
    let Shape { neurons, validators, .. } = shape;
    let (density, median, fastest) = (shape.density(), times.median, times.fastest);
    print!(
        "{neurons:7} {validators:10} {density:7} {rule:11} {place:7} {median:9.3} {fastest:11.3} "
    );
}

fn case(shape: Shape, rule: &str, place: &str, times: &Times) -> Value {
    json!({
        "neurons": shape.neurons,
        "validators": shape.validators,
        "density": shape.density(),
        "entries": shape.entries(),
        "rule": rule,
        "where": place,
        "median_ms": times.median,
        "fastest_ms": times.fastest,
        "runs": times.runs,
    })
}
