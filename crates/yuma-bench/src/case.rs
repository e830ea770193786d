//! One line of the table: a shape, a rule, and where it ran.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use alun_yuma::{epoch, explain_all, OwnedInput};
use anyhow::Result;
use serde_json::{json, Value};

use crate::{
    counted::{count, Memory},
    shapes::Shape,
    wasm::Wasm,
    wire::read_once,
};

/// Over the lines of [`Case`].
pub const HEADER: &str = "neurons validators scene        rule       where  median ms fastest ms  \
                          floor ms  x floor explained ms bytes at peak allocations";

/// What one rule on one shape took.
#[derive(Clone, Debug)]
pub struct Case {
    shape: Shape,
    rule: &'static str,
    place: &'static str,
    times: Times,
    floor: Times,
    native: Option<Native>,
}

/// What is measured natively only.
#[derive(Clone, Debug)]
struct Native {
    explained: Times,
    memory: Memory,
}

impl Case {
    /// Measures the case natively, each of its parts for so many seconds. Memory is counted where
    /// [`Counted`](crate::counted::Counted) is the allocator.
    ///
    /// # Errors
    ///
    /// Those of the epoch.
    pub fn native(
        shape: Shape,
        rule: &'static str,
        subnet: &OwnedInput,
        seconds: f64,
    ) -> Result<Self> {
        let (result, memory) = count(|| epoch(&subnet.input()));
        drop(result?);
        let time = |work: &dyn Fn(&OwnedInput)| Times::of(seconds, || Ok(timed(subnet, work)));
        let floor = time(&|subnet| {
            black_box(read_once(subnet));
        })?;
        let explained = time(&|subnet| {
            black_box(explain_all(&subnet.input())).ok();
        })?;
        let times = time(&|subnet| {
            black_box(epoch(&subnet.input())).ok();
        })?;
        let native = Some(Native { explained, memory });
        Ok(Self { shape, rule, place: "native", times, floor, native })
    }

    /// Measures the case in WASM.
    ///
    /// # Errors
    ///
    /// When the module traps or does not take the input.
    pub fn wasm(
        shape: Shape,
        rule: &'static str,
        subnet: &OwnedInput,
        wasm: &Wasm,
        seconds: f64,
    ) -> Result<Self> {
        let floor = Times::of(seconds, || wasm.read_once(subnet))?;
        let times = Times::of(seconds, || Ok(wasm.run(subnet)?.0))?;
        Ok(Self { shape, rule, place: "wasm", times, floor, native: None })
    }

    /// How many times the floor it took: what the memory alone would cost.
    pub fn over_floor(&self) -> f64 {
        self.times.median / self.floor.median
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
        let Self { shape, rule, place, times, floor, native } = self;
        let mut case = json!({
            "neurons": shape.neurons,
            "validators": shape.validators,
            "density": shape.density(),
            "silent_owner": shape.silent_owner,
            "entries": shape.entries(),
            "rule": rule,
            "where": place,
            "median_ms": times.median,
            "fastest_ms": times.fastest,
            "runs": times.runs,
            "floor_ms": floor.median,
            "over_floor": self.over_floor(),
        });
        if let Some(Native { explained, memory }) = native {
            case["explained_ms"] = json!(explained.median);
            case["peak_bytes"] = json!(memory.peak_bytes);
            case["allocations"] = json!(memory.allocations);
        }
        case
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shape, rule, place, times, floor, native } = self;
        write!(
            f,
            "{:7} {:10} {:12} {rule:10} {place:6} {:9.3} {:10.3} {:9.4} {:8.1}",
            shape.neurons,
            shape.validators,
            shape.scene(),
            times.median,
            times.fastest,
            floor.median,
            self.over_floor(),
        )?;
        if let Some(Native { explained, memory }) = native {
            let Memory { peak_bytes, allocations } = memory;
            write!(f, " {:12.3} {peak_bytes:13} {allocations:11}", explained.median)?;
        }
        Ok(())
    }
}

/// In milliseconds.
#[derive(Clone, Debug)]
struct Times {
    median: f64,
    fastest: f64,
    runs: usize,
}

impl Times {
    /// At least five runs, and about so many seconds.
    fn of(seconds: f64, run: impl Fn() -> Result<Duration>) -> Result<Self> {
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 5 || start.elapsed().as_secs_f64() < seconds {
            times.push(run()?.as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        Ok(Self { median: times[times.len() / 2], fastest: times[0], runs: times.len() })
    }
}

/// On an input of its own: a copy, so that nothing but making it has touched it.
fn timed(subnet: &OwnedInput, work: impl Fn(&OwnedInput)) -> Duration {
    let fresh = subnet.clone();
    let start = Instant::now();
    work(&fresh);
    start.elapsed()
}
