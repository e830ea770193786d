//! What the machine can do at most: bytes from memory, fused multiplications.

use serde_json::{json, Value};
use std::{fmt, hint::black_box, thread, time::Instant};

/// Of all threads together.
pub struct Floors {
    /// Bytes a second read from memory in order.
    pub bandwidth: f64,
    /// Floating-point operations a second, two for a fused multiplication and addition.
    pub peak: f64,
}

/// Larger than any cache.
const BYTES: usize = 256 << 20;
const ROUNDS: usize = 5;

/// The best of a few rounds.
pub fn measure(threads: usize) -> Floors {
    let memory = vec![1u64; BYTES / 8];
    let share = memory.len().div_ceil(threads);
    let (mut bandwidth, mut peak) = (0f64, 0f64);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        thread::scope(|scope| {
            for part in memory.chunks(share) {
                scope.spawn(move || black_box(part.iter().fold(0u64, |sum, word| sum ^ word)));
            }
        });
        bandwidth = bandwidth.max(BYTES as f64 / start.elapsed().as_secs_f64());
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| black_box(multiply(black_box(1.0))));
            }
        });
        let operations = (threads * TIMES * SUMS * LANES * 2) as f64;
        peak = peak.max(operations / start.elapsed().as_secs_f64());
    }
    Floors { bandwidth, peak }
}

const TIMES: usize = 20_000_000;
/// Chains that do not wait for each other, in as many registers.
const SUMS: usize = 12;
const LANES: usize = 8;

fn multiply(factor: f32) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the line before asked for what it is compiled for.
        #[allow(unsafe_code)]
        return unsafe { multiply_avx2(factor) };
    }
    chains(factor, |sum, factor| sum * factor + factor)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(factor: f32) -> f32 {
    chains(factor, |sum, factor| sum.mul_add(factor, factor))
}

#[inline(always)]
fn chains(factor: f32, step: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [[0f32; LANES]; SUMS];
    for _ in 0..TIMES {
        for sum in &mut sums {
            for lane in sum {
                *lane = step(*lane, factor);
            }
        }
    }
    sums.iter().flatten().sum()
}

impl Floors {
    pub fn json(&self) -> Value {
        json!({ "bytes_per_second": self.bandwidth, "flops": self.peak })
    }
}

impl fmt::Display for Floors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bandwidth, peak) = (self.bandwidth / 1e9, self.peak / 1e9);
        write!(
            formatter,
            "memory gives {bandwidth:.1} GB/s, fused multiplications {peak:.0} GFLOP/s"
        )
    }
}
