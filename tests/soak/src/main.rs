//! `alun-soak`: the thin shell of `scripts/soak-economy` and `scripts/fuzz-economy`.

use alun_soak::{save::Saved, soak, Dice, Settings, Soak};
use anyhow::{ensure, Result};
use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

/// Random calls of every kind on the runtime, compiled natively, with every invariant checked after
/// every block.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Calls by a seed, for so many blocks
    Soak {
        /// Blocks
        #[arg(long, default_value_t = 2_000)]
        blocks: u32,
        /// Most subnets
        #[arg(long, default_value_t = 16)]
        subnets: u16,
        /// The seed, from which everything follows
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Calls in a block
        #[arg(long, default_value_t = 70)]
        calls: u32,
        /// Go on from this file if it is there; write it every 100 blocks and when stopped
        #[arg(long, value_name = "FILE")]
        resume: Option<PathBuf>,
    },
    /// Arbitrary bytes as calls, without a fuzzer: short chains from pseudo-random bytes
    Bytes {
        /// Calls to make at least
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
        /// Stop after so many seconds; 0 for no limit
        #[arg(long, default_value_t = 0)]
        seconds: u64,
        /// The first seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

/// How often a run is written to its file, blocks.
const SAVE: u32 = 100;

fn main() -> Result<ExitCode> {
    let stop = listen()?;
    match Arguments::parse().what {
        What::Soak { blocks, subnets, seed, calls, resume } => {
            let settings = Settings { calls, ..Settings::new(subnets, seed) };
            run(settings, blocks, resume.as_deref(), &stop)
        }
        What::Bytes { calls, seconds, seed } => bytes(calls, seconds, seed, &stop),
    }
}

/// Set when the process is asked to stop.
fn listen() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, ready) = (stop.clone(), tokio::runtime::Builder::new_current_thread());
    let runtime = { ready }.enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            use tokio::signal::unix::{signal, SignalKind};
            let terminated = async {
                match signal(SignalKind::terminate()) {
                    Ok(mut signal) => drop(signal.recv().await),
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                () = terminated => {}
            }
            flag.store(true, Ordering::Relaxed);
        });
    });
    Ok(stop)
}

fn run(
    settings: Settings,
    blocks: u32,
    file: Option<&Path>,
    stop: &AtomicBool,
) -> Result<ExitCode> {
    let mut soak = match file.filter(|file| file.exists()) {
        Some(file) => {
            let saved = Saved::read(file)?;
            ensure!(saved.settings == settings, "{} is of {:?}", file.display(), saved.settings);
            saved.resume()
        }
        None => Soak::new(settings),
    };
    let started = Instant::now();
    let first = soak.chain.number;
    while soak.chain.number < blocks && soak.is_sound() && !stop.load(Ordering::Relaxed) {
        soak.block();
        let number = soak.chain.number;
        if number % SAVE == 0 {
            save(&mut soak, file)?;
            eprintln!("{} after {:?}", soak.line(), started.elapsed());
        }
    }
    save(&mut soak, file)?;
    if stop.load(Ordering::Relaxed) && soak.chain.number < blocks {
        eprintln!("stopped after block {}", soak.chain.number);
        return Ok(ExitCode::from(3));
    }
    eprintln!("{} blocks in {:?}", soak.chain.number.saturating_sub(first), started.elapsed());
    finish(&soak)
}

fn save(soak: &mut Soak, file: Option<&Path>) -> Result<()> {
    file.map_or(Ok(()), |file| Saved::of(soak).write(file))
}

/// What was wrong, the table, the line.
fn finish(soak: &Soak) -> Result<ExitCode> {
    if !soak.is_sound() {
        println!("seed {}, {:?}", soak.settings.seed, soak.settings);
        soak.last.iter().for_each(|call| println!("{call}"));
        soak.wrong.iter().for_each(|what| println!("WRONG {what}"));
    }
    print!("{}", soak.tally.table());
    println!("{}", soak.line());
    Ok(ExitCode::from(u8::from(!soak.is_sound())))
}

fn bytes(calls: u64, seconds: u64, seed: u64, stop: &AtomicBool) -> Result<ExitCode> {
    let started = Instant::now();
    let limit = (seconds > 0).then(|| Duration::from_secs(seconds));
    let (mut made, mut chains, mut blocks) = (0, 0_u64, 0_u64);
    while made < calls
        && limit.is_none_or(|limit| started.elapsed() < limit)
        && !stop.load(Ordering::Relaxed)
    {
        let mut dice = Dice::Seeded(seed.wrapping_add(chains));
        let input: Vec<u8> = (0..32_768).map(|_| dice.below(256) as u8).collect();
        let soak = soak::from_bytes(input);
        made += soak.tally.sums().0;
        blocks += u64::from(soak.chain.number);
        chains += 1;
        if !soak.is_sound() {
            println!("seed {}", seed.wrapping_add(chains - 1));
            return finish(&soak);
        }
    }
    println!("chains={chains} blocks={blocks} calls={made} panics=0 units_off=0 violations=0");
    Ok(ExitCode::SUCCESS)
}
