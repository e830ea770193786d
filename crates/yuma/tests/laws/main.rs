//! The laws of the specification, for generated inputs. 1,000 cases each; `PROPTEST_CASES` sets
//! another number (100,000 on demand). What fails is kept in `../proptest-regressions` and replayed
//! first from then on: commit it.

#[path = "../common/mod.rs"]
mod common;
mod epochs;
mod hostile;
mod inputs;
mod pieces;
mod silent;

use proptest::test_runner::Config;

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(1_000);
    let rejects = cases.max(1_024);
    Config { cases, max_global_rejects: rejects, ..Config::default() }
}
