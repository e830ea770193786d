//! Starts miners and validators and waits until they can work.

use super::{population::Population, population::Strategy, NetUids};
use crate::harness::{binary, free_port, models_dir, Priority, Process};
use alun_client::{Chain, MechanismId};
use anyhow::{bail, Context, Result};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// One process per subnet for the honest miners and one for the cheats, each with one model for
/// all its hotkeys; one process per validator, which serves both subnets.
pub(crate) fn start(url: &str, folder: &Path, population: &Population) -> Result<Vec<Process>> {
    let mut workers = Vec::new();
    let (miner, validator) = (binary("alun-miner")?, binary("alun-validator")?);
    for netuid in NetUids::ALL {
        for honest in [true, false] {
            let served = population.miners_of(netuid).filter(|one| {
                one.strategy != Strategy::Down && (one.strategy == Strategy::Honest) == honest
            });
            let mut arguments: Vec<String> = common(url);
            arguments.extend([
                "--netuid".into(),
                netuid.to_string(),
                "--register".into(),
                "--max-price".into(),
                "100".into(),
            ]);
            arguments.extend(["--listen".into(), format!("127.0.0.1:{}", free_port()?)]);
            arguments.extend(["--announce-ip".into(), "127.0.0.1".into()]);
            for one in served {
                arguments.extend(["--hotkey".into(), one.hotkey.uri.clone()]);
                arguments.extend(["--coldkey".into(), one.coldkey.uri.clone()]);
                arguments.extend(["--strategy".into(), one.strategy.name().into()]);
            }
            let name = format!("miners-{netuid}-{}", if honest { "honest" } else { "cheats" });
            workers.push(Process::start(&name, &miner, &arguments, &[], folder, Priority::Later)?);
        }
    }
    for one in &population.validators {
        let mut arguments = common(url);
        arguments.extend(["--hotkey".into(), one.hotkey.uri.clone()]);
        for netuid in NetUids::ALL {
            arguments.extend(["--netuid".into(), netuid.to_string()]);
        }
        arguments.extend(["--state-dir".into(), folder.join(&one.name).display().to_string()]);
        arguments.extend(["--listen".into(), format!("127.0.0.1:{}", one.port)]);
        workers.push(Process::start(
            &one.name,
            &validator,
            &arguments,
            &[],
            folder,
            Priority::Later,
        )?);
    }
    Ok(workers)
}

fn common(url: &str) -> Vec<String> {
    ["--url", url, "--models", &models_dir().display().to_string(), "--threads", "1"]
        .map(String::from)
        .to_vec()
}

/// Waits until every miner has announced its endpoint and every validator answers.
pub(crate) async fn wait_until_ready(
    chain: &Chain,
    population: &Population,
    workers: &mut [Process],
) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let deadline = Instant::now() + Duration::from_secs(180);
    loop {
        workers.iter_mut().try_for_each(Process::check)?;
        let at = chain.best().await?;
        let mut missing = Vec::new();
        for netuid in NetUids::ALL {
            let metagraph =
                at.metagraph(netuid, MechanismId::FIRST).await?.context("a subnet is missing")?;
            for miner in population.miners_of(netuid) {
                let hotkey = miner.hotkey.account();
                if !metagraph
                    .neurons
                    .iter()
                    .any(|neuron| neuron.hotkey == hotkey && neuron.endpoint.is_some())
                {
                    missing.push(format!("{} miner of subnet {netuid}", miner.strategy.name()));
                }
            }
        }
        for validator in &population.validators {
            let health =
                http.get(format!("http://127.0.0.1:{}/health", validator.port)).send().await;
            if !health.is_ok_and(|answer| answer.status().is_success()) {
                missing.push(validator.name.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("not ready within 3 minutes: {}", missing.join(", "));
        }
        sleep(Duration::from_secs(1)).await;
    }
}
