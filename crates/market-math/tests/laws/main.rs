//! The laws of the market, for generated inputs, against big integers. 1,000 cases each;
//! `PROPTEST_CASES` sets another number.

#[path = "../common/mod.rs"]
mod common;
mod curve;
mod docs;
mod injection;
mod lots;
mod pool;
mod power;
mod price;
mod quotes;
mod ratio;
mod redeem;
mod sandwich;
mod seed;
mod share;

use proptest::test_runner::Config;

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases: u32 = cases.unwrap_or(1_000);
    let rejects = cases.saturating_mul(8).max(1_024);
    Config { cases, max_global_rejects: rejects, failure_persistence: None, ..Config::default() }
}
