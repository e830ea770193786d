//! The examples of `examples/clients`, as a user runs them, on a chain that pays: what they print is
//! held against the chain.

use alun_client::{AccountId, MechanismId, NetUid, SubnetMetagraph};
use alun_e2e::harness::{run, Finished, Key, Market};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// ALUN that each example stakes: little, so that three of them do not pass each other's bounds.
const STAKED: &str = "0.5";
/// Time for which income is followed: two epochs and some room.
const SECONDS: &str = "30";
const LIMIT: Duration = Duration::from_secs(120);

/// A client with its examples and an account of its own.
struct Client {
    name: &'static str,
    program: PathBuf,
    folder: PathBuf,
    ending: &'static str,
    staker: Key,
}

/// Runs the examples of every client side by side.
pub(crate) async fn examples(market: &Market, netuid: NetUid, hotkey: &Key) -> Result<()> {
    let node = which("node").context("node (20 or newer) is not on the PATH")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/clients");
    let javascript = |name: &'static str, installed: &str, uri: &str| -> Result<Client> {
        let (program, folder) = (node.clone(), folder.join(name));
        ensure!(
            folder.join("node_modules").join(installed).is_dir(),
            "{installed} is not installed for the examples: run tests/e2e/clients/install"
        );
        Ok(Client { name, program, folder, ending: "js", staker: Key::new(uri)? })
    };
    let mut clients = vec![
        javascript("polkadot-js", "@polkadot/api", "//Dave")?,
        javascript("papi", "polkadot-api", "//Eve")?,
    ];
    match environment("substrate-interface") {
        Some(venv) => clients.push(Client {
            name: "python",
            program: venv.join("bin/python"),
            folder: folder.join("python"),
            ending: "py",
            staker: Key::new("//Ferdie")?,
        }),
        None => println!(
            "SKIPPED: py-substrate-interface is not installed; it needs Python 3.12 and \
             tests/e2e/clients/install"
        ),
    }
    let hotkey = hotkey.account();
    let all = clients.iter().map(|client| client.check(market, netuid, hotkey));
    futures::future::try_join_all(all).await?;
    Ok(())
}

impl Client {
    async fn check(&self, market: &Market, netuid: NetUid, hotkey: AccountId) -> Result<()> {
        let told = async {
            self.stakes(market, netuid, hotkey).await?;
            self.is_refused(market, hotkey).await?;
            self.reads(market, netuid).await?;
            self.follows(market, netuid, hotkey).await
        };
        told.await.with_context(|| format!("the examples of {}", self.name))
    }

    async fn run(&self, market: &Market, script: &str, arguments: &[&str]) -> Result<Finished> {
        let script = self.folder.join(format!("{script}.{}", self.ending));
        let script = script.display().to_string();
        let all = [&[&*script, &market.node.url], arguments].concat();
        let quiet = [("PYTHONDONTWRITEBYTECODE", "1")];
        run(&self.program, &all, &quiet, LIMIT).await
    }

    /// The bound is a hundredth under the quote, and what was bought is there.
    async fn stakes(&self, market: &Market, netuid: NetUid, hotkey: AccountId) -> Result<()> {
        let (to, place) = (hotkey.to_string(), netuid.to_string());
        let arguments = [&*self.staker.uri, &to, &place, STAKED];
        let told = lines(&self.run(market, "stake", &arguments).await?.success()?)?;
        let [told] = told.as_slice() else { anyhow::bail!("not one line: {told:?}") };
        let (quoted, least) = (number(&told["quoted"])?, number(&told["least"])?);
        let (paid, bought) = (number(&told["paid"])?, number(&told["bought"])?);
        ensure!(least == quoted * 99 / 100 && paid == 500_000_000, "{told}");
        ensure!(bought >= least && least > 0, "{told}");
        let value = self.value(market, netuid, hotkey, None).await?;
        ensure!(value + 2 >= bought, "{value} is there, bought were {bought}");
        Ok(())
    }

    /// A quote for what can't be is refused, and nothing is signed.
    async fn is_refused(&self, market: &Market, hotkey: AccountId) -> Result<()> {
        let to = hotkey.to_string();
        let refused = self.run(market, "stake", &[&self.staker.uri, &to, "4095", "1"]).await?;
        ensure!(refused.code == Some(1) && refused.stdout.is_empty(), "{refused:?}");
        // A sentence, or the error's name.
        let said = ["There is no subnet", "Stake.UnknownSubnet"];
        ensure!(said.iter().any(|said| refused.stderr.contains(said)), "{refused:?}");
        Ok(())
    }

    /// Every neuron with its hotkey; validators that earn dividends, miners that earn incentive.
    async fn reads(&self, market: &Market, netuid: NetUid) -> Result<()> {
        let place = netuid.to_string();
        let told = lines(&self.run(market, "metagraph", &[&place]).await?.success()?)?;
        let best = market.chain.best().await?;
        let metagraph = best.metagraph(netuid, MechanismId::FIRST).await?;
        let SubnetMetagraph { neurons, .. } = metagraph.context("no metagraph")?;
        ensure!(told.len() == neurons.len() && told.len() > 1, "{told:?}");
        for (line, neuron) in told.iter().zip(&neurons) {
            let same = line["uid"] == neuron.uid.0 && line["hotkey"] == neuron.hotkey.to_string();
            ensure!(same && line["permit"] == neuron.permit, "{line} is not {neuron:?}");
            ensure!(number(&line["stakeWeight"])? <= neuron.stake_weight, "{line}, {neuron:?}");
        }
        for share in ["incentive", "dividends"] {
            let sum: f64 = told.iter().filter_map(|line| line[share].as_f64()).sum();
            ensure!((sum - 1.0).abs() < 0.01, "all {share} sum to {sum}");
        }
        let paid: Vec<_> = told
            .iter()
            .filter(|line| number(&line["emission"]).is_ok_and(|paid| paid > 0))
            .collect();
        ensure!(paid.len() > 1, "who was paid: {paid:?}");
        Ok(())
    }

    /// An epoch's reward is seen, the position earns, and what it is said to be worth at a block is what
    /// the chain says.
    async fn follows(&self, market: &Market, netuid: NetUid, hotkey: AccountId) -> Result<()> {
        let (coldkey, to) = (self.staker.account().to_string(), hotkey.to_string());
        let arguments = [&*coldkey, &to, &netuid.to_string(), SECONDS];
        let told = lines(&self.run(market, "income", &arguments).await?.success()?)?;
        let rewards: Vec<_> = told.iter().filter(|line| line["reward"] != Value::Null).collect();
        ensure!(!rewards.is_empty(), "no reward in {SECONDS} s: {told:?}");
        let earned: Vec<_> = told.iter().filter(|line| line["income"] != Value::Null).collect();
        let (first, last) = (earned.first(), earned.last());
        let (first, last) = (first.context("no income")?, last.context("no income")?);
        let mut sum = 0;
        for line in &earned {
            sum += number(&line["income"])?;
        }
        for line in [first, last] {
            let block = u32::try_from(number(&line["block"])?)?;
            let value = self.value(market, netuid, hotkey, Some(block)).await?;
            ensure!(number(&line["value"])? == value, "{line}: the chain says {value}");
        }
        // Nobody staked in between: what it is worth more is what it earned.
        let grown = number(&last["value"])? - number(&first["value"])?;
        ensure!(grown + number(&first["income"])? == sum, "{sum} earned, {grown} more: {told:?}");
        println!("{}: {sum} earned in {} blocks", self.name, earned.len());
        Ok(())
    }

    /// What the position is worth at a block, else now.
    async fn value(
        &self,
        market: &Market,
        netuid: NetUid,
        hotkey: AccountId,
        block: Option<u32>,
    ) -> Result<u64> {
        let at = match block {
            Some(block) => market.chain.at_number(block).await?,
            None => market.chain.best().await?,
        };
        let found = at.stake_of(&self.staker.account()).await?;
        let found = found.iter().find(|one| one.hotkey == hotkey && one.netuid == netuid);
        Ok(found.context("no position")?.value)
    }
}

/// Each line of standard output as JSON.
fn lines(ended: &Finished) -> Result<Vec<Value>> {
    let read = |line| serde_json::from_str(line).with_context(|| format!("no JSON: {line}"));
    ended.stdout.lines().map(read).collect()
}

/// An amount, which JavaScript writes as a string.
fn number(value: &Value) -> Result<u64> {
    let text = value.as_str().and_then(|text| text.parse().ok());
    text.or_else(|| value.as_u64()).with_context(|| format!("no amount: {value}"))
}

/// The environment of Python that `tests/e2e/clients/install` made, where a Python new enough is.
pub(crate) fn environment(name: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let venv = cache.join("alun/clients").join(name);
    venv.join(".installed").is_file().then_some(venv)
}

/// A program on the PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
