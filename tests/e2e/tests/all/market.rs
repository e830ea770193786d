//! The whole loop on a real node: a subnet, neurons, stake, rows that are committed and revealed,
//! epochs, pay to the unit; then a staker with unmodified polkadot.js on the same chain, and the
//! examples of three clients.

use crate::clients::{examples, which};
use alun_client::{
    events::EpochRan, Chain, Event, MechanismId, NetUid, Refusal, Submission, SubmitError,
    SubnetMetagraph, UNIT,
};
use alun_e2e::harness::{
    binary, embedding_task, run, short_epochs, Key, Ledger, Market, Participant, Row,
};
use anyhow::{bail, ensure, Context, Result};
use std::{collections::BTreeMap, path::Path, time::Duration};
use tokio::{task::JoinSet, time::sleep};

const TEMPO: u64 = 10;
/// What the miners deserve, by everybody's judgement.
const SCORES: [u16; 3] = [60_000, 30_000, 10_000];
/// On root; a hundredth of it on the subnet.
const STAKES: [u64; 3] = [5_000, 3_000, 2_000];
/// The epoch whose commit the last validator does not reveal.
const FORGOTTEN: u64 = 1;
/// The last epoch that the first part waits for: it announces the forgotten commit.
const LAST: u64 = 3;

struct Cast {
    owner: Participant,
    validators: Vec<Participant>,
    miners: Vec<Participant>,
}

#[tokio::test(flavor = "multi_thread")]
async fn market_should_pay_to_the_unit_when_rows_are_revealed() -> Result<()> {
    let market = Market::start().await?;
    let cast = Cast {
        owner: Participant::new("owner")?,
        validators: Participant::several("validator", STAKES.len())?,
        miners: Participant::several("miner", SCORES.len())?,
    };
    let netuid = set_up(&market, &cast).await?;
    let before = market.chain.best_number().await?;

    let uids = uids(&market, netuid, &cast.miners).await?;
    let mut voters = JoinSet::new();
    for (index, validator) in cast.validators.iter().enumerate() {
        let scores: Vec<(u16, u16)> = uids.iter().copied().zip(SCORES).collect();
        let forgotten = (index + 1 == cast.validators.len()).then_some(FORGOTTEN);
        voters.spawn(vote(market.chain.clone(), netuid, validator.hot.clone(), scores, forgotten));
    }
    market.open(netuid, &cast.owner).await?;

    let limit = Duration::from_secs(TEMPO * (LAST + 3));
    let after = tokio::select! {
        ran = market.epoch_ran(netuid, LAST, limit) => ran?,
        ended = voters.join_next() => bail!("a validator stopped: {ended:?}"),
    };
    let events = market.events(1, after).await?;
    check_setup(&events, netuid, &cast)?;
    check_rows(&events, &cast)?;
    check_pay(&events, &cast)?;
    check_conservation(&market, netuid, &events, before, after).await?;
    let at = market.chain.at_number(after).await?;
    let metagraph = at.metagraph(netuid, MechanismId::FIRST).await?.context("no metagraph")?;
    check_metagraph(&metagraph, &events, &cast)?;
    check_explained(&market, netuid, &events).await?;
    check_what_if(&market, netuid, &events).await?;
    market.check_invariants().await?;

    let hotkey = &cast.validators[0].hot;
    let clients = async {
        staker(&market, netuid, hotkey).await?;
        examples(&market, netuid, hotkey).await
    };
    tokio::select! {
        done = clients => done?,
        ended = voters.join_next() => bail!("a validator stopped: {ended:?}"),
    }
    market.check_invariants().await
}

async fn set_up(market: &Market, cast: &Cast) -> Result<NetUid> {
    let mut all = vec![cast.owner.clone()];
    all.extend(cast.validators.iter().chain(&cast.miners).cloned());
    market.fund_participants(&all, 6_000).await?;
    let netuid = market.subnet(&cast.owner, embedding_task(), short_epochs(TEMPO)).await?;
    let stakes = STAKES.map(|tokens| tokens * UNIT).into_iter();
    let stakes = stakes.chain(std::iter::repeat(0));
    let joined = cast.validators.iter().chain(&cast.miners).zip(stakes);
    futures::future::try_join_all(joined.map(|(one, stake)| market.join(netuid, one, stake)))
        .await?;
    Ok(netuid)
}

/// `alun explain` says of every neuron what events said.
async fn check_explained(market: &Market, netuid: NetUid, events: &[(u32, Event)]) -> Result<()> {
    let mut ledger = Ledger::default();
    events.iter().for_each(|(block, event)| ledger.add(*block, event));
    let neurons = ledger.check(&market.node.url, netuid).await?;
    ensure!(neurons == 1 + STAKES.len() + SCORES.len(), "{neurons} neurons explained");
    Ok(())
}

/// What `alun-sim whatif` says that the last epoch paid is what events said, and with something
/// changed it divides the same amount.
async fn check_what_if(market: &Market, netuid: NetUid, events: &[(u32, Event)]) -> Result<()> {
    let ran = events.iter().rev().find_map(|(block, event)| match event {
        Event::EpochRan(ran) if ran.netuid == netuid => Some((ran.epoch, *block)),
        _ => None,
    });
    let (epoch, block) = ran.context("no epoch ran")?;
    let mut paid: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
    let (mut owner_cut, mut burned) = (0, 0);
    for (_, event) in events {
        match event {
            Event::IncentivePaid(one) if (one.netuid, one.epoch) == (netuid, epoch) => {
                paid.entry(one.uid.0.into()).or_default()[0] += one.amount.0;
            }
            Event::DividendsPaid(one) if (one.netuid, one.epoch) == (netuid, epoch) => {
                paid.entry(one.uid.0.into()).or_default()[1] += one.amount.0;
            }
            Event::OwnerCutPaid(one) if (one.netuid, one.epoch) == (netuid, epoch) => {
                owner_cut += one.amount.0;
            }
            Event::EmissionBurned(one) if (one.netuid, one.epoch) == (netuid, epoch) => {
                burned += one.amount.0;
            }
            _ => {}
        }
    }
    ensure!(owner_cut > 0 && !paid.is_empty(), "epoch {epoch} paid nobody");
    let (place, at) = (netuid.to_string(), block.to_string());
    let asked = ["whatif", "--url", &market.node.url, "--netuid", &place, "--at", &at];
    let changed = [&asked[..], &["--set", "owner_cut=0"]].concat();
    let ended = run(&binary("alun-sim")?, &changed, &[], Duration::from_secs(60)).await?;
    let told = ended.success().and_then(|ended| ended.json())?;
    let (before, after) = (&told["before"], &told["after"]);
    ensure!(told["epoch"] == epoch, "epoch {epoch} expected: {told}");
    ensure!(before["owner_cut"] == owner_cut && before["burned"] == burned, "{before}");
    let neurons = told["neurons"].as_array().context("no neurons")?;
    ensure!(neurons.len() == 1 + STAKES.len() + SCORES.len(), "{told}");
    for one in neurons {
        let uid = one["uid"].as_u64().context("no uid")?;
        let [incentive, dividends] = paid.get(&uid).copied().unwrap_or_default();
        let pay = &one["before"];
        let same = pay["as_miner"] == incentive && pay["as_validator"] == dividends;
        ensure!(same, "events say that uid {uid} was paid {incentive} and {dividends}: {one}");
    }
    let sum = |pay: &str, side: &str| -> u64 {
        neurons.iter().filter_map(|one| one[pay][side].as_u64()).sum()
    };
    let total = sum("after", "as_miner") + sum("after", "as_validator");
    ensure!(before["total"] == total && after["owner_cut"] == 0, "{after}");
    ensure!(sum("after", "as_miner") > sum("before", "as_miner"), "{told}");
    // The chain's own rule for rows, and for hyperparameters together.
    let bad = [&asked[..], &["--set", "liquid_alpha_low=95%", "--set", "liquid_alpha_high=90%"]];
    let ended = run(&binary("alun-sim")?, &bad.concat(), &[], Duration::from_secs(60)).await?;
    let together = "liquid_alpha_low must not exceed liquid_alpha_high";
    ensure!(ended.stderr.contains(together), "{}", ended.stderr);
    Ok(())
}

async fn uids(market: &Market, netuid: NetUid, whom: &[Participant]) -> Result<Vec<u16>> {
    let best = market.chain.best().await?;
    let metagraph = best.metagraph(netuid, MechanismId::FIRST).await?.context("no metagraph")?;
    let uid = |one: &Participant| {
        let found = metagraph.neurons.iter().find(|neuron| neuron.hotkey == one.hot.account());
        found.map(|neuron| neuron.uid.0).context("a miner has no uid")
    };
    whom.iter().map(uid).collect()
}

/// What a validator does, without a model: each epoch it reveals the last row and commits the next.
async fn vote(
    chain: Chain,
    netuid: NetUid,
    hotkey: Key,
    scores: Vec<(u16, u16)>,
    forgotten: Option<u64>,
) -> Result<()> {
    let mut committed: BTreeMap<u64, Row> = BTreeMap::new();
    loop {
        sleep(Duration::from_millis(300)).await;
        let best = chain.best().await?;
        let schedule = best.subnet(netuid).await?.and_then(|subnet| subnet.schedule);
        let Some(epoch) = schedule.and_then(|schedule| schedule.due(best.number())) else {
            continue;
        };
        if committed.contains_key(&epoch) {
            continue;
        }
        let how = Submission::default();
        let last = epoch.checked_sub(1).filter(|last| Some(*last) != forgotten);
        if let Some(row) = last.and_then(|last| committed.remove(&last)) {
            chain.submit(&hotkey.pair, &row.reveal(netuid, &hotkey), &how).await?;
        }
        let row = Row::new(&scores, epoch);
        match chain.submit(&hotkey.pair, &row.commit(&chain, netuid, &hotkey), &how).await {
            Ok(_) => drop(committed.insert(epoch, row)),
            // The permit comes with the first epoch, which may run a block after it is due.
            Err(SubmitError::Refused { refusal: Refusal::NoPermit, .. }) if epoch == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn check_setup(events: &[(u32, Event)], netuid: NetUid, cast: &Cast) -> Result<()> {
    let registered = events.iter().find_map(|(_, event)| match event {
        Event::SubnetRegistered(registered) => Some(registered),
        _ => None,
    });
    let registered = registered.context("no SubnetRegistered")?;
    ensure!(registered.netuid == netuid && registered.owner == cast.owner.cold.account());
    for one in cast.validators.iter().chain(&cast.miners) {
        let (cold, hot) = (one.cold.account(), one.hot.account());
        ensure!(events.iter().any(|(_, event)| matches!(event,
            Event::HotkeyBound(bound) if bound.hotkey == hot && bound.coldkey == cold)));
        ensure!(events.iter().any(|(_, event)| matches!(event,
            Event::NeuronRegistered(new) if new.hotkey == hot && new.price > 0)));
    }
    for (validator, stake) in cast.validators.iter().zip(STAKES) {
        let hot = validator.hot.account();
        ensure!(events.iter().any(|(_, event)| matches!(event,
            Event::StakeAdded(added) if added.hotkey == hot && added.netuid.is_root()
                && added.amount == stake * UNIT)));
        ensure!(events.iter().any(|(_, event)| matches!(event,
            Event::StakeAdded(added) if added.hotkey == hot && added.netuid == netuid
                && added.paid == stake * UNIT / 100 && added.amount > 0)));
    }
    ensure!(events.iter().any(|(_, event)| matches!(event, Event::SubnetStarted(_))));
    Ok(())
}

/// Every commit was revealed in its window, but for the one that was forgotten: it expired.
fn check_rows(events: &[(u32, Event)], cast: &Cast) -> Result<()> {
    for (index, validator) in cast.validators.iter().enumerate() {
        let hot = validator.hot.account();
        let forgetful = index + 1 == cast.validators.len();
        for epoch in 0..LAST - 1 {
            let count = |wanted: &dyn Fn(&Event) -> bool| {
                events.iter().filter(|(_, event)| wanted(event)).count()
            };
            let commits = count(&|event| {
                matches!(event,
                Event::WeightsCommitted(row) if row.hotkey == hot && row.epoch == epoch)
            });
            let reveals = count(&|event| {
                matches!(event,
                Event::WeightsRevealed(row) if row.hotkey == hot && row.epoch == epoch && row.by == hot)
            });
            let expired = count(&|event| {
                matches!(event,
                Event::CommitExpired(row) if row.hotkey == hot && row.epoch == epoch)
            });
            let expected = if forgetful && epoch == FORGOTTEN { (1, 0, 1) } else { (1, 1, 0) };
            ensure!(
                (commits, reveals, expired) == expected,
                "validator {index}, epoch {epoch}: {commits} commits, {reveals} reveals, {expired} expired"
            );
        }
    }
    Ok(())
}

/// What an epoch paid, from its events, in alpha.
#[derive(Debug, Default)]
struct Pay {
    owner: u64,
    incentive: Vec<u64>,
    dividends: Vec<u64>,
    /// Parts of dividends that nobody is there to get.
    dividends_burned: u64,
    burned: u64,
}

impl Pay {
    fn total(&self) -> u64 {
        let parts = self.incentive.iter().chain(&self.dividends).sum::<u64>();
        self.owner + self.burned + parts
    }
}

fn pay(events: &[(u32, Event)], cast: &Cast, epoch: u64) -> Pay {
    let mut pay = Pay { incentive: vec![0; 3], dividends: vec![0; 3], ..Pay::default() };
    for (_, event) in events {
        match event {
            Event::OwnerCutPaid(paid) if paid.epoch == epoch => pay.owner += paid.amount.0,
            Event::EmissionBurned(paid) if paid.epoch == epoch => pay.burned += paid.amount.0,
            Event::IncentivePaid(paid) if paid.epoch == epoch => {
                let whose = cast.miners.iter().position(|one| one.hot.account() == paid.hotkey);
                pay.incentive[whose.expect("only miners get incentive")] += paid.amount.0;
            }
            Event::DividendsPaid(paid) if paid.epoch == epoch => {
                let whose = cast.validators.iter().position(|one| one.hot.account() == paid.hotkey);
                pay.dividends[whose.expect("only validators get dividends")] += paid.amount.0;
                pay.dividends_burned += paid.burned.0;
            }
            _ => {}
        }
    }
    pay
}

fn epoch_ran(events: &[(u32, Event)], epoch: u64) -> Result<(u32, EpochRan)> {
    let ran = events.iter().filter_map(|(block, event)| match event {
        Event::EpochRan(ran) if ran.epoch == epoch => Some((*block, ran.clone())),
        _ => None,
    });
    let ran: Vec<_> = ran.collect();
    ensure!(ran.len() == 1, "epoch {epoch} ran {} times", ran.len());
    Ok(ran.into_iter().next().expect("one"))
}

/// Epoch 0 grants permits and pays nothing; from the first revealed rows on, owner, miners and
/// validators get their parts.
fn check_pay(events: &[(u32, Event)], cast: &Cast) -> Result<()> {
    ensure!(!events.iter().any(|(_, event)| matches!(event, Event::EpochFailed(_))));
    ensure!(pay(events, cast, 0).total() == 0, "epoch 0 paid");
    for epoch in 2..=LAST {
        let (block, ran) = epoch_ran(events, epoch)?;
        ensure!(block == ran.due_at + ran.lag, "epoch {epoch}: {ran:?} in block {block}");
        ensure!(ran.neurons == 7 && ran.validators >= 3, "epoch {epoch}: {ran:?}");
        let pay = pay(events, cast, epoch);
        let total = pay.total();
        ensure!(pay.owner == total * 18 / 100, "owner's cut: {pay:?}");
        let rest = total - pay.owner;
        let miners: u64 = pay.incentive.iter().sum();
        let validators: u64 = pay.dividends.iter().sum();
        ensure!(validators == rest / 2 && rest - validators == miners, "halves: {pay:?}");
        ensure!(pay.burned == 0, "something was burned: {pay:?}");
        ensure!(pay.incentive.is_sorted_by(|a, b| a > b) && pay.incentive[2] > 0, "{pay:?}");
        ensure!(pay.dividends.is_sorted_by(|a, b| a > b) && pay.dividends[2] > 0, "{pay:?}");
        let share = pay.incentive[0] as f64 / miners as f64;
        ensure!((share - 0.6).abs() < 1e-3, "60 % of the scores earned {share}");
        let reached: u64 = miners + validators - pay.dividends_burned;
        ensure!(ran.paid.0 == reached, "EpochRan says {}, paid were {reached}", ran.paid);
    }
    Ok(())
}

/// All alpha that there is was issued by the market's events and not burned by one, and what was
/// emitted for the participants was paid, was burned or is pending.
async fn check_conservation(
    market: &Market,
    netuid: NetUid,
    events: &[(u32, Event)],
    before: u32,
    after: u32,
) -> Result<()> {
    let issued = |block: u32| async move {
        let at = market.chain.at_number(block).await?;
        anyhow::Ok(at.market(netuid).await?.context("no market")?.issuance.0)
    };
    let (issued_before, issued_after) = (issued(before).await?, issued(after).await?);
    let (mut new, mut gone) = (0, 0);
    for (_, event) in events.iter().filter(|(block, _)| (before + 1..=after).contains(block)) {
        match event {
            Event::Injected(event) if event.netuid == netuid => {
                new += event.alpha.0 + event.emitted.0;
            }
            Event::AlphaBurned(event) if event.netuid == netuid => gone += event.amount.0,
            _ => {}
        }
    }
    ensure!(new > 0, "no alpha was issued");
    ensure!(
        issued_before + new == issued_after + gone,
        "{issued_before} and {new} new are not {issued_after} and {gone} burned"
    );
    let (mut emitted, mut paid, mut burned) = (0, 0, 0);
    for (_, event) in events {
        match event {
            Event::Injected(event) if event.netuid == netuid => emitted += event.emitted.0,
            Event::OwnerCutPaid(event) => paid += event.amount.0,
            Event::IncentivePaid(event) => paid += event.amount.0,
            Event::DividendsPaid(event) => {
                paid += event.amount.0 - event.burned.0;
                burned += event.burned.0;
            }
            Event::EmissionBurned(event) => burned += event.amount.0,
            _ => {}
        }
    }
    let at = market.chain.at_number(after).await?;
    // What is not settled yet is pending too, but in no event.
    let pending = at.subnet(netuid).await?.context("no subnet")?.pending.0;
    let out = paid + burned;
    ensure!(
        paid > 0 && out <= emitted && emitted <= out + pending,
        "emitted {emitted}, paid {paid}, burned {burned}, pending {pending}"
    );
    Ok(())
}

fn check_metagraph(
    metagraph: &SubnetMetagraph,
    events: &[(u32, Event)],
    cast: &Cast,
) -> Result<()> {
    let pay = pay(events, cast, LAST);
    let neuron = |one: &Participant| {
        let found = metagraph.neurons.iter().find(|neuron| neuron.hotkey == one.hot.account());
        found.context("a neuron is missing")
    };
    ensure!(metagraph.neurons.len() == 7);
    for (index, validator) in cast.validators.iter().enumerate() {
        let neuron = neuron(validator)?;
        ensure!(neuron.permit && neuron.active && neuron.dividends > 0, "{neuron:?}");
        ensure!(neuron.incentive == 0, "{neuron:?}");
        if index + 1 == cast.validators.len() {
            // The forgotten commit took the row before it along; the bonds are still there.
            ensure!(neuron.last_update == 0 && neuron.validator_trust == 0, "{neuron:?}");
        } else {
            ensure!(neuron.last_update > 0 && neuron.validator_trust > 60_000, "{neuron:?}");
        }
        // At the root weight of 18 %.
        ensure!(neuron.stake_weight >= STAKES[index] * UNIT * 18 / 100, "{neuron:?}");
        ensure!(neuron.coldkey == validator.cold.account());
    }
    for (miner, paid) in cast.miners.iter().zip(&pay.incentive) {
        let neuron = neuron(miner)?;
        ensure!(neuron.incentive > 0 && neuron.consensus > 0, "{neuron:?}");
        ensure!(neuron.emission.0 == *paid, "{neuron:?} was paid {paid}");
    }
    Ok(())
}

/// Unmodified @polkadot/api stakes on a validator with a quote and a bound, sees dividends, is refused
/// with a sentence and unstakes with a bound.
async fn staker(market: &Market, netuid: NetUid, hotkey: &Key) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/js/staker.js");
    ensure!(
        script.with_file_name("node_modules/@polkadot/api").is_dir(),
        "@polkadot/api is not installed: run tests/e2e/clients/install"
    );
    let arguments = [
        script.display().to_string(),
        market.node.url.clone(),
        "//Charlie".into(),
        hotkey.account().to_string(),
        netuid.to_string(),
        "100".into(),
    ];
    let node = which("node").context("node (20 or newer) is not on the PATH")?;
    let ended = run(&node, &arguments, &[], Duration::from_secs(200)).await?.success()?;
    let told = ended.json()?;
    println!("polkadot.js staker: {told}");
    ensure!(told["refusal"].as_str().is_some_and(|sentence| sentence.contains(' ')));
    Ok(())
}
