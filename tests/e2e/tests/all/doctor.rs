//! `alun doctor chain` on a live node.

use alun_e2e::harness::{binary, run, wait_until, Market};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn doctor_should_name_every_invariant_and_end_with_zero_when_all_is_well() -> Result<()> {
    let market = Market::start().await?;
    wait_until("a final block", LIMIT, || async {
        let finalized = market.chain.finalized().await?.number();
        Ok((finalized > 1).then_some(()))
    })
    .await?;
    let arguments = ["doctor", "chain", "--json", "--url", market.node.url.as_str()];
    let ended = run(&binary("alun")?, &arguments, &[], LIMIT).await?;
    let report: Value = ended.success()?.json()?;
    ensure!(report["well"] == true && report["block"].as_u64() > Some(1), "{report}");
    let invariants = report["invariants"].as_array().context("no invariants")?;
    for number in ["X1", "X2", "X3", "E1", "M1", "N1", "S1", "W1", "C1", "A1", "T1"] {
        let named = |one: &&Value| one["name"] == number && one["verdict"] == "ok";
        ensure!(invariants.iter().any(|one| named(&one)), "{number}: {report}");
    }
    ensure!(report["node"].as_array().is_some_and(|node| node.len() == 5), "{report}");
    Ok(())
}
