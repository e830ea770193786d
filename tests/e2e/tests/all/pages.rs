//! A node that is killed, again and again, while epochs are worked off in pages over several blocks: it
//! goes on where it was, nobody is paid twice and nothing is lost.

use alun_client::{
    bind_hotkey,
    calls::{BatchAll, EncodedCall, Register, SetMechanismCount, SetWeights},
    views::EpochWork,
    Award, BlockNumber, Chain, Event, FrozenState, Hyperparameter, MechanismId, NetUid, PayRecord,
    UNIT,
};
use alun_e2e::harness::{
    binary, embedding_task, run, short_epochs, wait_until, Market, Node, NodeOptions, Participant,
    MAX_PRICE,
};
use anyhow::{bail, ensure, Context, Result};
use futures::future::try_join_all;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Blocks, and seconds, between epochs.
const TEMPO: u64 = 30;
/// Neurons that score nobody: 32 pages of payments for each mechanism.
const MINERS: usize = 1_020;
const VALIDATORS: usize = 3;
/// Each has epochs of its own over all neurons: together more than eight blocks of work.
const MECHANISMS: u8 = 8;
/// Registrations in one call: a block has room for a few of them.
const BATCH: usize = 10;
/// The epoch in which the node is killed: the first that pays. The next one runs undisturbed.
const KILLED: u64 = 1;
/// When the node is killed: so many neurons were paid, by all mechanisms together, and so long ago.
const KILLS: [(usize, Duration); 4] = [
    (0, Duration::ZERO),
    (1_500, Duration::from_millis(350)),
    (3_000, Duration::from_millis(700)),
    (5_000, Duration::ZERO),
];
const LIMIT: Duration = Duration::from_secs(60);

fn mechanisms() -> impl Iterator<Item = MechanismId> {
    (0..MECHANISMS).map(MechanismId)
}

#[tokio::test(flavor = "multi_thread")]
async fn epoch_should_be_paid_once_when_the_node_is_killed_between_its_pages() -> Result<()> {
    let mut market = Market::start().await?;
    let owner = Participant::new("owner")?;
    let validators = Participant::several("validator", VALIDATORS)?;
    let miners = Participant::several("miner", MINERS)?;
    let netuid = open(&market, &owner, &validators, &miners).await?;
    let before = market.chain.best_number().await?;
    market.open(netuid, &owner).await?;
    worked_off(&market, netuid, 0).await?;
    score(&market, netuid, &validators).await?;

    let mut kills = Vec::new();
    for (paid, after) in KILLS {
        let work = in_work(&market, paid).await?;
        sleep(after).await;
        let seen = market.chain.best_number().await?;
        market.crash().await?;
        let back = market.chain.best().await?;
        let left = back.epoch_work().await?;
        // What the last block wrote may have died with the process: the node may be back before the
        // block in which the epoch was frozen, and runs it then.
        let not_begun = back.number() < work.due_at;
        ensure!(
            not_begun || left.as_ref().is_some_and(|left| left.epoch == KILLED),
            "killed at {work:?} in block {seen}, back in block {} at {left:?}",
            back.number()
        );
        let left = left.unwrap_or(EpochWork { paid: None, ..work.clone() });
        println!(
            "killed in block {seen}, {} paid of mechanism {}; back in block {}, {} of mechanism {}",
            work.paid.unwrap_or(0),
            work.mechanism.0,
            back.number(),
            left.paid.unwrap_or(0),
            left.mechanism.0
        );
        kills.push(done(&work));
    }
    ensure!(kills.windows(2).all(|pair| pair[0] < pair[1]), "not at different moments: {kills:?}");

    let first = worked_off(&market, netuid, KILLED).await?;
    let killed = paid(&market, netuid, KILLED, before, first).await?;
    explained(&market, netuid, first).await?;
    let second = worked_off(&market, netuid, KILLED + 1).await?;
    let undisturbed = paid(&market, netuid, KILLED + 1, first + 1, second).await?;
    same_parts(&killed, &undisturbed)?;
    positions(&market, netuid, before, second).await?;
    doctor(&market).await?;
    executed_again(&market, second).await
}

/// A subnet of many neurons, each of which costs the least that it may, not started yet.
async fn open(
    market: &Market,
    owner: &Participant,
    validators: &[Participant],
    miners: &[Participant],
) -> Result<NetUid> {
    let everybody: Vec<_> = validators.iter().chain([owner]).cloned().collect();
    market.fund_participants(&everybody, 2_000).await?;
    let mut rules = short_epochs(TEMPO);
    rules.extend([
        Hyperparameter::MaxNeurons(4_096),
        Hyperparameter::PriceMax(UNIT / 2_000),
        Hyperparameter::CommitReveal(false),
    ]);
    let netuid = market.subnet(owner, embedding_task(), rules).await?;
    market.sudo(&SetMechanismCount { netuid, count: MECHANISMS }).await?;
    try_join_all(validators.iter().map(|one| market.join(netuid, one, 1_500 * UNIT))).await?;
    let started = Instant::now();
    // All of one coldkey's, a few blocks' worth at a time.
    for some in miners.chunks(16 * BATCH) {
        try_join_all(some.chunks(BATCH).map(|few| register(market, netuid, few))).await?;
    }
    println!("{MINERS} neurons registered in {:?}", started.elapsed());
    Ok(netuid)
}

async fn register(market: &Market, netuid: NetUid, few: &[Participant]) -> Result<()> {
    let mut calls: Vec<EncodedCall> = Vec::new();
    for one in few {
        let hotkey = one.hot.account();
        let bind = bind_hotkey(&market.chain.genesis(), &one.hot.pair, &market.root.account());
        calls.push(market.chain.encode(&bind).await?);
        let register = Register { netuid, hotkey, max_price: MAX_PRICE };
        calls.push(market.chain.encode(&register).await?);
    }
    market.submit(&market.root, &BatchAll { calls }).await.context("registering neurons")?;
    Ok(())
}

/// Every validator scores every miner, on each mechanism in another way, and all of them alike: what a
/// miner earns is then the same in each epoch, whatever stake is behind whom.
async fn score(market: &Market, netuid: NetUid, validators: &[Participant]) -> Result<()> {
    let at = market.chain.best().await?;
    let neurons = at.subnet(netuid).await?.context("no subnet")?.neurons;
    let mut silent = vec![0];
    for one in validators {
        silent.extend(at.neuron_of(netuid, &one.hot.account()).await?.map(|found| found.uid.0));
    }
    let uids: Vec<u16> = (0..neurons).filter(|uid| !silent.contains(uid)).collect();
    let rows = mechanisms().flat_map(|mechanism| {
        let value = |uid: &u16| 1 + uid.wrapping_mul(u16::from(mechanism.0) + 3) % 4_099;
        let values: Vec<u16> = uids.iter().map(value).collect();
        let row = SetWeights { netuid, mechanism, uids: uids.clone(), values, version: 0 };
        validators.iter().map(move |one| (one, row.clone()))
    });
    let sent = rows.map(|(one, row)| async move { market.submit(&one.hot, &row).await });
    try_join_all(sent).await.context("setting rows")?;
    Ok(())
}

/// How many neurons the epoch in work and those before it have paid.
fn done(work: &EpochWork) -> usize {
    let all = usize::from(work.neurons.unwrap_or(0));
    usize::from(work.mechanism.0) * all + usize::from(work.paid.unwrap_or(0))
}

/// Waits until the epoch is in work and so many neurons are paid.
async fn in_work(market: &Market, paid: usize) -> Result<EpochWork> {
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        let work = market.chain.best().await?.epoch_work().await?;
        let this = |work: &EpochWork| work.epoch == KILLED && work.frozen_at.is_some();
        match work.filter(this) {
            Some(work) if done(&work) >= paid => return Ok(work),
            _ => sleep(Duration::from_millis(20)).await,
        }
    }
    bail!("{paid} neurons were not paid by epoch {KILLED} within {LIMIT:?}")
}

/// Waits until the epoch of every mechanism is over; returns the height then.
async fn worked_off(market: &Market, netuid: NetUid, epoch: u64) -> Result<BlockNumber> {
    wait_until(&format!("epoch {epoch} is worked off"), 2 * LIMIT, || async {
        let at = market.chain.best().await?;
        let next = at.next_epoch(netuid).await?.context("not started")?;
        let due = next.due.is_some_and(|due| due >= epoch);
        let over = at.epoch_work().await?.is_none_or(|work| work.epoch > epoch);
        Ok((due && over).then_some(at.number()))
    })
    .await
}

/// What each mechanism's epoch decided.
type Decided = Vec<(PayRecord, Vec<Award>)>;

/// Holds the events of the blocks `from..=to` against what the epoch decided: everybody was paid what
/// was due, once, and all that was pending went to somebody.
async fn paid(
    market: &Market,
    netuid: NetUid,
    epoch: u64,
    from: BlockNumber,
    to: BlockNumber,
) -> Result<Decided> {
    let mut paid: BTreeMap<(u8, u16, &str), u64> = BTreeMap::new();
    let mut cuts: BTreeMap<u8, u64> = BTreeMap::new();
    let mut ran: Vec<(u8, BlockNumber)> = Vec::new();
    let mut blocks = Vec::new();
    for (number, event) in market.events(from, to).await? {
        let (key, amount) = match event {
            Event::IncentivePaid(one) if one.epoch == epoch => {
                ((one.mechanism.0, one.uid.0, "miner"), one.amount.0)
            }
            Event::DividendsPaid(one) if one.epoch == epoch => {
                ((one.mechanism.0, one.uid.0, "validator"), one.amount.0)
            }
            Event::OwnerCutPaid(one) if one.epoch == epoch => {
                *cuts.entry(one.mechanism.0).or_default() += one.amount.0;
                continue;
            }
            Event::EmissionBurned(one) if one.epoch == epoch => bail!("burned: {one:?}"),
            Event::EpochFailed(failed) => bail!("failed: {failed:?}"),
            Event::EpochRan(one) if one.epoch == epoch => {
                ran.push((one.mechanism.0, one.lag));
                continue;
            }
            _ => continue,
        };
        blocks.push(number);
        ensure!(paid.insert(key, amount).is_none(), "paid twice: {key:?} of epoch {epoch}");
    }
    let each: Vec<u8> = ran.iter().map(|(mechanism, _)| *mechanism).collect();
    ensure!(each == (0..MECHANISMS).collect::<Vec<_>>(), "epochs that ran: {ran:?}");
    blocks.dedup();
    println!("epoch {epoch}: {} payments in {} blocks, lags {ran:?}", paid.len(), blocks.len());
    ensure!(blocks.len() >= KILLS.len(), "paid in the blocks {blocks:?} only");

    let at = market.chain.at_number(to).await?;
    let mut all = Decided::new();
    for mechanism in mechanisms() {
        let frozen = at.frozen_epoch(netuid, mechanism).await?.context("no epoch")?;
        let FrozenState::Paid { record, awards } = frozen.state else {
            bail!("mechanism {}: {:?}", mechanism.0, frozen.state);
        };
        ensure!(frozen.epoch == epoch && record.epoch == epoch, "{record:?}");
        ensure!(record.burned.0 == 0 && record.returned.0 == 0, "{record:?}");
        let (mut miners, mut validators) = (0, 0);
        for (uid, award) in (0u16..).zip(&awards) {
            let mut got = |side| paid.remove(&(mechanism.0, uid, side)).unwrap_or(0);
            let reached = (got("miner"), got("validator"));
            let due = (award.as_miner.0, award.as_validator.0);
            ensure!(reached == due, "uid {uid}: {reached:?} reached it, {due:?} was due");
            miners += due.0;
            validators += due.1;
        }
        ensure!((miners, validators) == (record.miners.0, record.validators.0), "{record:?}");
        let cut = cuts.get(&mechanism.0).copied().unwrap_or(0);
        ensure!(cut == record.owner_cut.0, "the owner got {cut}: {record:?}");
        ensure!(miners + validators + cut == record.total.0 && miners > 0, "{record:?}");
        all.push((record, awards));
    }
    ensure!(paid.is_empty(), "not due to anybody: {paid:?}");
    Ok(all)
}

/// Every miner has the same part of the miners' half in both epochs, to the unit.
fn same_parts(one: &Decided, other: &Decided) -> Result<()> {
    for ((one, first), (other, second)) in one.iter().zip(other) {
        ensure!(first.len() == second.len(), "neurons came or went");
        for (uid, (a, b)) in first.iter().zip(second).enumerate() {
            let parts = [(a, one), (b, other)];
            ensure!(a.incentive == b.incentive, "uid {uid}: {a:?}, {b:?}");
            let [a, b] = parts.map(|(award, of)| award.as_miner.0 as f64 / of.miners.0 as f64);
            let unit = 2.0 / one.miners.0.min(other.miners.0) as f64;
            ensure!((a - b).abs() <= unit, "uid {uid}: {a} and {b} of the miners' half");
        }
    }
    Ok(())
}

/// What was paid to miners is what they have: nobody touched their stake.
async fn positions(
    market: &Market,
    netuid: NetUid,
    from: BlockNumber,
    to: BlockNumber,
) -> Result<()> {
    let mut paid: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (_, event) in market.events(from, to).await? {
        if let Event::IncentivePaid(one) = event {
            let (sum, times) = paid.entry(one.hotkey.to_string()).or_default();
            *sum += one.amount.0;
            *times += 1;
        }
    }
    ensure!(paid.len() == MINERS, "{} miners were paid", paid.len());
    let at = market.chain.at_number(to).await?;
    for held in at.stake_of(&market.root.account()).await? {
        if held.netuid == netuid {
            let (sum, times) = paid.remove(&held.hotkey.to_string()).unwrap_or_default();
            // Each payment is rounded down to points.
            ensure!(held.value <= sum && sum - held.value <= times, "{sum} paid: {held:?}");
        }
    }
    ensure!(paid.is_empty(), "paid, and without a position: {paid:?}");
    Ok(())
}

/// The payouts of the epoch, each computed again from its frozen input, add up.
async fn explained(market: &Market, netuid: NetUid, block: BlockNumber) -> Result<()> {
    for mechanism in mechanisms() {
        let line = format!(
            "explain subnet --netuid {netuid} --mechanism {} --at {block} --json --url {}",
            mechanism.0, market.node.url
        );
        let words: Vec<_> = line.split(' ').collect();
        let told = run(&binary("alun")?, &words, &[], LIMIT).await?.success()?.json()?;
        ensure!(told["adds_up"] == true, "it does not add up: {told}");
        ensure!(told["epoch"]["epoch"] == KILLED, "another epoch: {told}");
    }
    Ok(())
}

/// Every invariant of the chain, as `alun doctor chain` tells them.
async fn doctor(market: &Market) -> Result<()> {
    let line = ["doctor", "chain", "--json", "--url", &market.node.url];
    let report: Value = run(&binary("alun")?, &line, &[], LIMIT).await?.success()?.json()?;
    ensure!(report["well"] == true, "{report}");
    let invariants = report["invariants"].as_array().context("no invariants")?;
    for number in ["X1", "X2", "E1", "E2", "M1", "M2", "M4", "S1", "C1", "C2", "C4", "C5"] {
        let named = |one: &&Value| one["name"] == number && one["verdict"] == "ok";
        ensure!(invariants.iter().any(|one| named(&one)), "{number}: {report}");
    }
    Ok(())
}

/// Another node, which nobody kills, executes all blocks from genesis, and has the same ones.
async fn executed_again(market: &Market, height: BlockNumber) -> Result<()> {
    let options = NodeOptions {
        name: "bob".into(),
        authority: None,
        bootnodes: vec![market.node.address.clone()],
        ..NodeOptions::dev()
    };
    let other = Node::start(&options, market.folder())?;
    let chain = Chain::connect_with(alun_client::Connect::new(&other.url).waiting(LIMIT)).await?;
    let hash = market.chain.hash_of(height).await?.context("no such block")?;
    wait_until("the other node has executed all blocks", 2 * LIMIT, || async {
        Ok((chain.best_number().await? >= height).then_some(()))
    })
    .await?;
    let found = chain.hash_of(height).await?;
    ensure!(found == Some(hash), "block {height} is {hash:?}, and {found:?} on the other node");
    Ok(())
}
