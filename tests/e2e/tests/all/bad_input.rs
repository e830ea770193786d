//! Each refusal on a real node: with its own reason, as a sentence, and nothing changed. Then what
//! the binaries say, and the exit codes they end with, when their surroundings are wrong.

use alun_client::{
    calls::{
        AddStake, BatchAll, BindHotkey, Call, MoveStake, Register, RegisterSubnet, RemoveStake,
        Serve, SetHyperparameters, SetMetadata, SetRootWeight, SetSubnetLimit, SetTake, Start,
        Sudo,
    },
    AccountId, Alpha, Endpoint, Hyperparameter, IpAddress, MechanismId, NetUid, Position, Protocol,
    Refusal, SubmitError, Subnet, UNIT,
};
use alun_e2e::harness::{
    binary, embedding_task, free_port, models_dir, run, short_epochs, Finished, Key, Market,
    Participant, Row, MAX_PRICE,
};
use anyhow::{bail, ensure, Context, Result};
use std::{path::Path, time::Duration};

const TEMPO: u64 = 10;
const NOWHERE: NetUid = NetUid(99);

/// A subnet with commit-reveal, one without, their owner, a neuron without a permit, a stranger.
struct Scene {
    market: Market,
    owner: Participant,
    neuron: Participant,
    stranger: Participant,
    committed: NetUid,
    direct: NetUid,
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_should_be_refused_with_a_sentence_and_change_nothing() -> Result<()> {
    let scene = set_up().await?;
    reveal_too_early(&scene).await?;
    // One of the binaries waits half a minute for its node.
    futures::try_join!(refusals(&scene), binaries(&scene))?;
    scene.market.check_invariants().await
}

/// What begins with a call that is accepted comes alone; mere refusals go side by side.
async fn refusals(scene: &Scene) -> Result<()> {
    futures::try_join!(
        unknown(scene),
        rows(scene),
        wrong_keys(scene),
        stake(scene),
        hyperparameters(scene),
        prices(scene),
    )?;
    too_soon(scene).await?;
    subnet_limit(scene).await?;
    reveal_too_late(scene).await
}

async fn set_up() -> Result<Scene> {
    let market = Market::start().await?;
    let owner = Participant::new("owner")?;
    let (neuron, stranger) = (Participant::new("neuron")?, Participant::new("stranger")?);
    market.fund_participants(&[owner.clone(), neuron.clone(), stranger.clone()], 5_000).await?;
    let committed = market.subnet(&owner, embedding_task(), short_epochs(TEMPO)).await?;
    let mut rules = short_epochs(60);
    rules.extend([
        Hyperparameter::CommitReveal(false),
        Hyperparameter::MinWeights(2),
        Hyperparameter::MaxWeightShare(45_000),
        Hyperparameter::WeightsRateLimit(60_000),
    ]);
    let direct = market.subnet(&owner, embedding_task(), rules).await?;
    market.join(committed, &neuron, 0).await?;
    let register = Register { netuid: direct, hotkey: neuron.hot.account(), max_price: MAX_PRICE };
    market.submit(&neuron.cold, &register).await?;
    let hotkey = neuron.hot.account();
    let stake = AddStake { hotkey, netuid: committed, amount: 10 * UNIT, min_received: 0 };
    market.submit(&neuron.cold, &stake).await?;
    // Nobody with a permit has stake, so that nobody is paid: whatever changes is a refusal's doing.
    for netuid in [committed, direct] {
        market.submit(&owner.cold, &Start { netuid }).await?;
    }
    for netuid in [committed, direct] {
        market.epoch_ran(netuid, 0, Duration::from_secs(30)).await?;
    }
    Ok(Scene { market, owner, neuron, stranger, committed, direct })
}

/// What a refusal must leave as it is.
#[derive(Debug, PartialEq)]
struct Snapshot {
    subnets: Vec<Subnet>,
    neurons: Vec<(NetUid, AccountId, AccountId, Option<Endpoint>, u64, u32)>,
    positions: Vec<Vec<Position>>,
    takes: Vec<u32>,
}

impl Scene {
    async fn snapshot(&self) -> Result<Snapshot> {
        let at = self.market.chain.best().await?;
        let mut subnets = at.all_subnets().await?;
        let mut neurons = Vec::new();
        for subnet in &mut subnets {
            let metagraph = at.metagraph(subnet.netuid, MechanismId::FIRST).await?;
            neurons.extend(metagraph.context("no metagraph")?.neurons.into_iter().map(|one| {
                let (endpoint, stake) = (one.endpoint, one.stake_weight);
                (subnet.netuid, one.hotkey, one.coldkey, endpoint, stake, one.last_update)
            }));
            // These go on with time.
            (subnet.registration_price, subnet.last_epoch, subnet.schedule) = (0, None, None);
            (subnet.share, subnet.pending) = (0, Alpha::ZERO);
        }
        let mut positions = Vec::new();
        for one in [&self.owner, &self.neuron, &self.stranger] {
            let mut held = at.stake_of(&one.cold.account()).await?;
            // Prices go on with time too.
            held.iter_mut().for_each(|position| position.native = 0);
            positions.push(held);
        }
        let takes = at.all_delegates().await?.iter().map(|delegate| delegate.take).collect();
        Ok(Snapshot { subnets, neurons, positions, takes })
    }

    /// Sends a call that must be refused, and checks that nothing changed.
    async fn refused<C: Call>(&self, signer: &Key, call: &C) -> Result<SubmitError> {
        let before = self.snapshot().await?;
        let error = match self.market.submit(signer, call).await {
            Ok(landed) => bail!("{} was accepted in block {}", C::name(), landed.block),
            Err(error) => error,
        };
        let after = self.snapshot().await?;
        ensure!(before == after, "{error}: it changed something: {before:?}\n{after:?}");
        Ok(error)
    }

    /// In the pool, for this reason.
    async fn in_pool<C: Call>(&self, signer: &Key, call: &C, reason: Refusal) -> Result<()> {
        let error = self.refused(signer, call).await?;
        ensure!(error.refusal() == Some(reason), "{reason:?} was expected, not {error:?}");
        sentence(reason.sentence(), &error.to_string())
    }

    /// In a block, by this error of a pallet.
    async fn in_block<C: Call>(&self, signer: &Key, call: &C, name: &str) -> Result<()> {
        let error = self.refused(signer, call).await?;
        ensure!(error.failure() == Some(name), "{name} was expected, not {error:?}");
        let SubmitError::Failed { failure, .. } = &error else { bail!("{error:?}") };
        sentence(&failure.sentence, &error.to_string())
    }

    /// The same call, as root: by this error of a pallet.
    async fn as_root<C: Call>(&self, call: &C, name: &str) -> Result<()> {
        let call: Sudo = self.market.chain.as_root(call).await?;
        self.in_block(&self.market.root, &call, name).await
    }
}

/// A reason for people, and a message that holds it.
fn sentence(reason: &str, message: &str) -> Result<()> {
    let words = reason.split_whitespace().count();
    ensure!(words >= 4 && reason.trim().ends_with('.'), "no sentence: {reason:?}");
    ensure!(message.contains(reason.trim()), "{message:?} does not say {reason:?}");
    Ok(())
}

/// The row of the owner's that nobody reveals in time.
fn forgotten() -> Row {
    Row::new(&[(0, 1), (1, 2)], 1)
}

async fn reveal_too_early(scene: &Scene) -> Result<()> {
    let (netuid, key) = (scene.committed, &scene.owner.hot);
    let row = forgotten();
    scene.in_pool(key, &row.reveal(netuid, key), Refusal::NoCommit).await?;
    let commit = row.commit(&scene.market.chain, netuid, key);
    let begun =
        scene.market.schedule(netuid).await?.next_due(scene.market.chain.best_number().await?);
    // A commit and what follows it must fall into one epoch.
    scene.market.chain.wait_for_block(begun.0).await?;
    scene.market.submit(key, &commit).await?;
    scene.in_pool(key, &commit, Refusal::AlreadyCommitted).await?;
    scene.in_pool(key, &row.reveal(netuid, key), Refusal::RevealTooEarly).await?;
    let other = Row { salt: [9; 32], ..row };
    scene.in_pool(key, &other.reveal(netuid, key), Refusal::WrongReveal).await
}

async fn reveal_too_late(scene: &Scene) -> Result<()> {
    let (netuid, key) = (scene.committed, &scene.owner.hot);
    let schedule = scene.market.schedule(netuid).await?;
    let events = scene.market.events(1, scene.market.chain.best_number().await?).await?;
    let epoch = events.iter().find_map(|(_, event)| match event {
        alun_client::Event::WeightsCommitted(commit) => Some(commit.epoch),
        _ => None,
    });
    let best = scene.market.chain.best_number().await?;
    let closed = schedule.block_of(epoch.context("no commit")? + 2, best).context("no block")?;
    scene.market.chain.wait_for_block(closed).await?;
    scene.in_pool(key, &forgotten().reveal(netuid, key), Refusal::RevealTooLate).await
}

async fn unknown(scene: &Scene) -> Result<()> {
    let chain = &scene.market.chain;
    let (owner, neuron, stranger) = (&scene.owner, &scene.neuron, &scene.stranger);
    let row = Row::new(&[(0, 1), (1, 1)], 2);
    let commit = row.commit(chain, NOWHERE, &owner.hot);
    scene.in_pool(&owner.hot, &commit, Refusal::UnknownSubnet).await?;
    let mut set = row.set(scene.direct);
    set.mechanism = MechanismId(3);
    scene.in_pool(&owner.hot, &set, Refusal::UnknownMechanism).await?;
    let commit = row.commit(chain, scene.committed, &stranger.hot);
    scene.in_pool(&stranger.hot, &commit, Refusal::NotANeuron).await?;
    // Not bound yet, so no neuron and nobody to stake on.
    let hotkey = stranger.hot.account();
    let register = Register { netuid: scene.committed, hotkey, max_price: MAX_PRICE };
    scene.in_block(&stranger.cold, &register, "Subnets::HotkeyNotBound").await?;
    let register = Register { netuid: NOWHERE, hotkey: neuron.hot.account(), max_price: MAX_PRICE };
    scene.in_block(&neuron.cold, &register, "Subnets::UnknownSubnet").await?;
    let again = Register { netuid: scene.committed, ..register };
    scene.in_block(&neuron.cold, &again, "Subnets::AlreadyRegistered").await?;
    scene.in_block(&owner.cold, &Start { netuid: NOWHERE }, "Subnets::UnknownSubnet").await?;
    let serve = Serve { netuid: scene.committed, endpoint: endpoint(8091) };
    scene.in_block(&stranger.hot, &serve, "Subnets::NotANeuron").await?;
    let serve = Serve { netuid: scene.committed, endpoint: endpoint(0) };
    scene.in_block(&neuron.hot, &serve, "Subnets::EndpointZeroPort").await
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint {
        ip: IpAddress::V4([127, 0, 0, 1]),
        port,
        protocol: Protocol::Http,
        version: 1,
        tls_fingerprint: None,
        model: None,
        announced_at: 0,
    }
}

async fn rows(scene: &Scene) -> Result<()> {
    let (chain, key) = (&scene.market.chain, &scene.owner.hot);
    let row = |scores: &[(u16, u16)]| Row::new(scores, 3).set(scene.direct);
    let good = Row::new(&[(0, 1), (1, 1)], 3);
    let on = good.set(scene.committed);
    scene.in_pool(key, &on, Refusal::CommitRevealOn).await?;
    scene.in_pool(key, &good.commit(chain, scene.direct, key), Refusal::CommitRevealOff).await?;
    let neuron = &scene.neuron.hot;
    scene.in_pool(neuron, &good.set(scene.direct), Refusal::NoPermit).await?;
    let commit = good.commit(chain, scene.committed, neuron);
    scene.in_pool(neuron, &commit, Refusal::NoPermit).await?;
    scene.in_pool(key, &row(&[(0, 1), (7, 1)]), Refusal::UnknownUid).await?;
    scene.in_pool(key, &row(&[(0, 1), (1, 1), (1, 1)]), Refusal::TooManyWeights).await?;
    scene.in_pool(key, &row(&[(0, 1)]), Refusal::TooFewWeights).await?;
    scene.in_pool(key, &row(&[(1, 1), (1, 1)]), Refusal::DuplicateUid).await?;
    scene.in_pool(key, &row(&[(0, 0), (1, 0)]), Refusal::AllZero).await?;
    scene.in_pool(key, &row(&[(0, 9), (1, 1)]), Refusal::ShareTooLarge).await?;
    let mut uneven = row(&[(0, 1), (1, 1)]);
    uneven.values.pop();
    scene.in_pool(key, &uneven, Refusal::LengthMismatch).await?;
    let other = Row { version: 8, ..good.clone() };
    scene.in_pool(key, &other.set(scene.direct), Refusal::WrongVersion).await?;
    // What hides in a batch passes the pool and is refused at dispatch.
    let calls = vec![chain.encode(&on).await?];
    scene.in_block(key, &BatchAll { calls }, "Weights::CommitRevealOn").await
}

async fn too_soon(scene: &Scene) -> Result<()> {
    let (key, row) = (&scene.owner.hot, Row::new(&[(0, 1), (1, 1)], 4).set(scene.direct));
    scene.market.submit(key, &row).await?;
    scene.in_pool(key, &row, Refusal::TooSoon).await
}

async fn wrong_keys(scene: &Scene) -> Result<()> {
    let (owner, neuron, stranger) = (&scene.owner, &scene.neuron, &scene.stranger);
    let netuid = scene.committed;
    scene.in_block(&stranger.cold, &Start { netuid }, "Subnets::NotOwner").await?;
    let changes = vec![Hyperparameter::MinWeights(2)];
    let set = SetHyperparameters { netuid, changes };
    scene.in_block(&stranger.cold, &set, "Subnets::NotOwner").await?;
    let rename = SetMetadata { netuid, name: b"mine".to_vec(), metadata: vec![] };
    scene.in_block(&stranger.cold, &rename, "Subnets::NotOwner").await?;
    let steal = Register { netuid, hotkey: neuron.hot.account(), max_price: MAX_PRICE };
    scene.in_block(&stranger.cold, &steal, "Subnets::HotkeyOfAnother").await?;
    let take = SetTake { hotkey: owner.hot.account(), take: 0 };
    scene.in_block(&stranger.cold, &take, "Stake::NotOwner").await?;
    // A proof that was made for another coldkey.
    let bind: BindHotkey = alun_client::bind_hotkey(
        &scene.market.chain.genesis(),
        &stranger.hot.pair,
        &owner.cold.account(),
    );
    scene.in_block(&stranger.cold, &bind, "Stake::BadProof").await?;
    let bind = alun_client::bind_hotkey(
        &scene.market.chain.genesis(),
        &owner.hot.pair,
        &stranger.cold.account(),
    );
    scene.in_block(&stranger.cold, &bind, "Stake::AlreadyBound").await?;
    let error = scene.refused(&stranger.cold, &SetRootWeight { ppm: 1 }).await?;
    ensure!(error.failure() == Some("BadOrigin"), "{error:?}");
    let sudo = scene.market.chain.as_root(&SetSubnetLimit { limit: 1 }).await?;
    scene.in_block(&stranger.cold, &sudo, "Sudo::RequireSudo").await
}

async fn stake(scene: &Scene) -> Result<()> {
    let (netuid, cold) = (scene.committed, &scene.neuron.cold);
    let hotkey = scene.neuron.hot.account();
    let remove = |amount| RemoveStake { hotkey, netuid, amount, min_received: 0 };
    scene.in_block(cold, &remove(11 * UNIT), "Stake::NotEnoughStake").await?;
    scene.in_block(cold, &remove(499_999), "Stake::AmountUnderDustLimit").await?;
    let greedy = RemoveStake { min_received: 2 * UNIT, ..remove(UNIT) };
    scene.in_block(cold, &greedy, "Stake::ReceivedTooLittle").await?;
    scene.in_block(&scene.stranger.cold, &remove(UNIT), "Stake::NoPosition").await?;
    let add = |amount, hotkey, netuid| AddStake { hotkey, netuid, amount, min_received: 0 };
    scene.in_block(cold, &add(499_999, hotkey, netuid), "Stake::AmountUnderDustLimit").await?;
    scene.in_block(cold, &add(90_000 * UNIT, hotkey, netuid), "Stake::BalanceTooLow").await?;
    scene.in_block(cold, &add(UNIT, hotkey, NOWHERE), "Stake::UnknownSubnet").await?;
    let nobody = scene.stranger.hot.account();
    scene.in_block(cold, &add(UNIT, nobody, netuid), "Stake::UnknownHotkey").await?;
    let same =
        MoveStake { netuid, from_hotkey: hotkey, to_hotkey: hotkey, amount: UNIT, min_received: 0 };
    scene.in_block(cold, &same, "Stake::SameHotkey").await?;
    let take = SetTake { hotkey, take: 180_001 };
    scene.in_block(cold, &take, "Stake::TakeTooHigh").await
}

/// A subnet like the others.
fn newcomer(scene: &Scene, max_lock: u64) -> RegisterSubnet {
    RegisterSubnet {
        hotkey: scene.owner.hot.account(),
        name: b"third".to_vec(),
        task: embedding_task(),
        max_lock,
    }
}

async fn prices(scene: &Scene) -> Result<()> {
    let (chain, owner, stranger) = (&scene.market.chain, &scene.owner.cold, &scene.stranger);
    scene.in_block(owner, &newcomer(scene, UNIT), "Subnets::LockAboveMax").await?;
    scene.in_block(owner, &newcomer(scene, u64::MAX), "Subnets::BalanceBelowLock").await?;
    // A price above what one wants to pay is refused in the pool; in a batch, at dispatch.
    let bind = scene.market.bind(stranger).await?;
    let hotkey = stranger.hot.account();
    let register = Register { netuid: scene.committed, hotkey, max_price: 1 };
    let batch = BatchAll { calls: vec![bind, chain.encode(&register).await?] };
    scene.in_block(&stranger.cold, &batch, "Subnets::PriceAboveMax").await?;
    scene.in_pool(&stranger.cold, &register, Refusal::PriceAboveMax).await
}

async fn subnet_limit(scene: &Scene) -> Result<()> {
    let third = newcomer(scene, u64::MAX);
    // At the limit a subnet outside its immunity gives way; here all are within it.
    for (limit, error) in [(2, "Subnets::NoSlot"), (1, "Subnets::SubnetLimitReached")] {
        scene.market.sudo(&SetSubnetLimit { limit }).await?;
        scene.in_block(&scene.owner.cold, &third, error).await?;
    }
    Ok(())
}

async fn hyperparameters(scene: &Scene) -> Result<()> {
    let (netuid, owner) = (scene.committed, &scene.owner.cold);
    let set = |change| SetHyperparameters { netuid, changes: vec![change] };
    let reveal = Hyperparameter::RevealPeriod(17);
    scene.in_block(owner, &set(reveal), "Subnets::OutOfBounds").await?;
    scene.as_root(&set(Hyperparameter::Kappa(32_766)), "Subnets::OutOfBounds").await?;
    let tempo = Hyperparameter::Tempo(20_000);
    scene.in_block(owner, &set(tempo), "Subnets::RootOnly").await?;
    let limit = Hyperparameter::WeightsRateLimit(TEMPO * 1_000 + 1);
    scene.in_block(owner, &set(limit), "Subnets::RateLimitAboveTempo").await?;
    let immunity = Hyperparameter::Immunity(1_000);
    scene.in_block(owner, &set(immunity), "Subnets::ImmunityWithinRevealDelay").await?;
    // All or nothing: the good one before the bad one is not made either.
    let changes = vec![Hyperparameter::MinWeights(2), Hyperparameter::MaxWeightShare(0)];
    let set = SetHyperparameters { netuid, changes };
    scene.in_block(owner, &set, "Subnets::OutOfBounds").await
}

/// What each binary is told, and the exit code that it must end with.
struct Case {
    what: &'static str,
    program: &'static str,
    arguments: Vec<String>,
    code: i32,
    says: Vec<String>,
}

async fn binaries(scene: &Scene) -> Result<()> {
    let cases = cases(scene)?;
    let ran = cases.iter().map(|case| async move {
        let program = binary(case.program)?;
        run(&program, &case.arguments, &[("RUST_LOG", "error")], Duration::from_secs(90)).await
    });
    let ended = futures::future::join_all(ran).await;
    for (case, ended) in cases.iter().zip(ended) {
        check_case(case, &ended.with_context(|| case.what.to_owned())?)?;
    }
    Ok(())
}

fn check_case(case: &Case, ended: &Finished) -> Result<()> {
    let (what, program) = (case.what, case.program);
    ensure!(ended.code == Some(case.code), "{program}, {what}: {} expected, {ended:?}", case.code);
    let last = ended.stderr.trim_end().lines().last().unwrap_or_default();
    let message = last.strip_prefix("error: ");
    let message = message.with_context(|| format!("{program}, {what}: {ended:?}"))?;
    ensure!(message.split_whitespace().count() >= 5, "{program}, {what}: no sentence: {message}");
    for word in &case.says {
        ensure!(message.contains(word.as_str()), "{program}, {what}: {message:?} lacks {word:?}");
    }
    Ok(())
}

fn cases(scene: &Scene) -> Result<Vec<Case>> {
    let folder = scene.market.folder();
    let models = models_dir().display().to_string();
    let altered = altered_models(folder)?;
    let absent = folder.join("absent").display().to_string();
    let taken = scene.market.node.url.trim_start_matches("ws://").to_owned();
    let other = "11".repeat(32);
    let unreachable = format!("ws://127.0.0.1:{}", free_port()?);
    let url = scene.market.node.url.as_str();
    let (neuron, stranger) = (scene.neuron.hot.uri.as_str(), scene.stranger.hot.uri.as_str());
    let file = folder.join("file");
    std::fs::write(&file, b"")?;
    let full = file.join("state").display().to_string();

    let mut cases = Vec::new();
    for program in ["alun-miner", "alun-validator"] {
        let mut case =
            |what, url: &str, key: &str, models: &str, more: &[&str], code, says: &str| {
                let listen = format!("127.0.0.1:{}", free_port()?);
                let netuid = scene.committed.to_string();
                let mut arguments: Vec<String> =
                    ["--url", url, "--hotkey", key, "--netuid", &netuid]
                        .iter()
                        .chain(&["--models", models, "--threads", "1"])
                        .map(|text| text.to_string())
                        .collect();
                if !more.contains(&"--listen") {
                    arguments.extend(["--listen".into(), listen]);
                }
                if program == "alun-validator" && !more.contains(&"--state-dir") {
                    let state = folder.join(format!("state-{}", cases.len()));
                    arguments.extend(["--state-dir".into(), state.display().to_string()]);
                }
                arguments.extend(more.iter().map(|text| text.to_string()));
                cases.push(Case { what, program, arguments, code, says: vec![says.into()] });
                anyhow::Ok(())
            };
        case("no node", &unreachable, neuron, &models, &[], 4, &unreachable)?;
        case("other chain", url, neuron, &models, &["--genesis", &other], 5, &other)?;
        case("not registered", url, stranger, &models, &[], 6, "alun neuron register")?;
        case("no model", url, neuron, &absent, &[], 7, "scripts/models")?;
        case("altered model", url, neuron, &altered, &[], 7, "altered")?;
        case("port in use", url, neuron, &models, &["--listen", &taken], 8, &taken)?;
        let poor = ["--register", "--coldkey", "//e2e//poor", "--max-price", "100"];
        case("no balance", url, stranger, &models, &poor, 9, "send it")?;
        if program == "alun-validator" {
            case("no disk", url, neuron, &models, &["--state-dir", &full], 10, &full)?;
        }
    }
    cases.extend(cases_of_cli(scene, &unreachable, &other));
    Ok(cases)
}

fn cases_of_cli(scene: &Scene, unreachable: &str, other: &str) -> Vec<Case> {
    let url = scene.market.node.url.as_str();
    let owner = scene.owner.hot.account().to_string();
    let stranger = scene.stranger.hot.account().to_string();
    let case = |what, arguments: &[&str], code, says: &str| Case {
        what,
        program: "alun",
        arguments: arguments.iter().map(|text| text.to_string()).collect(),
        code,
        says: vec![says.into()],
    };
    let poor = ["stake", "add", &owner, "5", "--netuid", "1", "--wallet", "//e2e//poor"];
    vec![
        case("no node", &["view", "subnets", "--url", unreachable], 4, unreachable),
        case("other chain", &["view", "subnets", "--url", url, "--genesis", other], 5, other),
        case("no neuron", &["neuron", "show", "1", &stranger, "--url", url], 6, &stranger),
        case("no balance", &[&poor[..], &["--url", url]].concat(), 9, "5 are needed"),
        case("no subnet", &["view", "metagraph", "99", "--url", url], 1, "99"),
    ]
}

/// A folder of models whose weights differ by one byte.
fn altered_models(folder: &Path) -> Result<String> {
    let (name, models) = ("all-MiniLM-L6-v2", folder.join("altered"));
    std::fs::create_dir_all(models.join(name))?;
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let path = models_dir().join(name).join(file);
        let mut bytes = std::fs::read(&path)
            .with_context(|| format!("{}: run scripts/models", path.display()))?;
        if let Some(last) = bytes.last_mut().filter(|_| file == "model.safetensors") {
            *last ^= 1;
        }
        std::fs::write(models.join(name).join(file), bytes)?;
    }
    Ok(models.display().to_string())
}
