//! The laws of the specification, for generated inputs. [`CASES`] cases each; `PROPTEST_CASES` sets
//! another number (100,000 on demand). What fails is kept in `../proptest-regressions` and replayed
//! first from then on: commit it. `table` holds all of them against the table of docs/tests.md.

#[path = "../common/mod.rs"]
mod common;
mod divide;
mod epochs;
mod hostile;
mod inputs;
mod pieces;
mod silent;
mod table;

use proptest::test_runner::Config;

/// Cases of each law in every run.
const CASES: u32 = 1_000;

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(CASES);
    let rejects = cases.max(1_024);
    Config { cases, max_global_rejects: rejects, ..Config::default() }
}
