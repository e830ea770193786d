//! `alun-gateway doctor`: what is wrong with a set-up, and how to mend it.

use crate::{keys::KeyFolder, load_models, password, GatewayError, Settings};
use alun_client::{AccountId, Chain, Connect, MechanismId, NetUid, Tokens};
use alun_keys::Keypair;

/// Prints a line for each check; an error if one failed.
pub async fn doctor(settings: &Settings) -> Result<(), GatewayError> {
    let mut report = Report::default();
    keys(settings, &mut report);
    let hotkey = match &settings.hotkey {
        None => report.bad("hotkey", "none is named: give that of a validator with --hotkey"),
        Some(spec) => match alun_keys::load(spec.expose(), password(settings)) {
            Ok(key) => report.good("hotkey", &key.ss58(), key),
            Err(error) => report.bad("hotkey", &error.to_string()),
        },
    };
    if settings.netuid.is_empty() {
        report.bad::<()>("subnets", "none is named: give one with --netuid");
    }
    let how = Connect::new(&settings.url).expecting(settings.genesis.map(|digest| digest.0));
    match Chain::connect_with(how).await {
        Err(error) => {
            report.bad::<()>("node", &format!("{error}; start one, or check --url and --genesis"));
        }
        Ok(chain) => {
            report.good("node", &settings.url, ());
            if let Err(error) = on_chain(settings, &chain, hotkey.as_ref(), &mut report).await {
                report.bad::<()>("chain", &error.to_string());
            }
        }
    }
    match report.failed {
        0 => Ok(()),
        failed => Err(GatewayError::Sick(failed)),
    }
}

#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn good<T>(&mut self, what: &str, how: &str, value: T) -> Option<T> {
        println!("ok    {what}: {how}");
        Some(value)
    }

    fn bad<T>(&mut self, what: &str, why: &str) -> Option<T> {
        println!("WRONG {what}: {why}");
        self.failed += 1;
        None
    }
}

fn keys(settings: &Settings, report: &mut Report) {
    let folder = settings.state_dir.display();
    match KeyFolder::open(&settings.state_dir).and_then(|keys| keys.list()) {
        Err(error) => drop(report.bad::<()>("state folder", &error.to_string())),
        Ok(keys) => {
            report.good("state folder", &folder.to_string(), ());
            let live = keys.iter().filter(|key| key.revoked_ms.is_none()).count();
            if live == 0 {
                let why = "there is none: make one with `alun-gateway key create`";
                report.bad::<()>("API keys", why);
            } else {
                report.good("API keys", &format!("{live} accepted"), ());
            }
        }
    }
}

async fn on_chain(
    settings: &Settings,
    chain: &Chain,
    hotkey: Option<&Keypair>,
    report: &mut Report,
) -> Result<(), GatewayError> {
    let best = chain.best().await?;
    let mut kinds = Vec::new();
    for &netuid in &settings.netuid {
        let name = format!("subnet {netuid}");
        let Some(found) = best.metagraph(NetUid(netuid), MechanismId::FIRST).await? else {
            report.bad::<()>(&name, "there is none; `alun subnet list` shows those there are");
            continue;
        };
        kinds.push(found.subnet.task.kind);
        let own = hotkey.map(Keypair::public).unwrap_or_default();
        let others = found.neurons.iter().filter(|one| one.hotkey.0 != own);
        let reachable: Vec<_> = others.filter(|one| one.endpoint.is_some()).collect();
        let earning = reachable.iter().filter(|one| one.incentive > 0).count();
        if reachable.is_empty() {
            report.bad::<()>(&name, "no miner has an endpoint: wait for miners, or run one");
        } else {
            let how = format!("{} miners with an endpoint, {earning} earn", reachable.len());
            report.good(&name, &how, ());
        }
        let Some(hotkey) = hotkey else { continue };
        match found.neurons.iter().find(|one| one.hotkey.0 == hotkey.public()) {
            None => {
                let why = format!("the hotkey holds no uid: `alun neuron register {netuid}`");
                report.bad::<()>(&name, &why);
            }
            Some(one) if !one.permit => {
                let why =
                    "the hotkey holds no validator permit, so miners refuse it (but those with \
                           --min-stake): stake more on it and wait for the next epoch";
                report.bad::<()>(&name, why);
            }
            Some(_) => drop(report.good(&name, "the hotkey holds a permit", ())),
        }
    }
    match &settings.payer {
        None => drop(report.bad::<()>(
            "payer",
            "none is named: what is used is metered and never paid; give one with --payer",
        )),
        Some(spec) => match alun_keys::load(spec.expose(), password(settings)) {
            Err(error) => drop(report.bad::<()>("payer", &error.to_string())),
            Ok(payer) => {
                let free = best.balance(&AccountId::from(payer.public())).await?.free;
                let (address, has) = (payer.ss58(), Tokens(free));
                if free <= settings.settle_least.0 {
                    let why = format!("{address} has {has} ALUN: send it more");
                    report.bad::<()>("payer", &why);
                } else {
                    report.good("payer", &format!("{address} has {has} ALUN"), ());
                }
            }
        },
    }
    match load_models(settings, &kinds).await {
        Ok(_) => report.good("models", "whole", ()),
        Err(error) => report.bad("models", &format!("{error}; scripts/models fetches them")),
    };
    Ok(())
}
