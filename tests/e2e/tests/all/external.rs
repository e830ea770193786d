//! External tasks: a subnet whose task is a program in Python, and what a program that fails costs:
//! the scores of its own subnet, and nothing of the others that the same validator serves.

use alun_client::{calls::Register, Event, NetUid, TaskDescriptor, TaskKind, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, short_epochs, tail, wait_until, Market, Participant,
    Priority, Process, MAX_PRICE,
};
use anyhow::{ensure, Context, Result};
use sha2::{Digest, Sha256};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// Longer than a program may take for one call.
const TEMPO: u64 = 15;
const LIMIT: Duration = Duration::from_secs(240);
/// How the program fails: in turn, one way each time that it is asked to verify.
const FAILURES: usize = 3;

/// Asks like the puzzle; verifying, it hangs, dies, or says what is no answer. The turn is in a file.
const BROKEN: &str = r#"#!/usr/bin/env python3
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "challenge":
        question = {"challenge": request["seed"], "bits": 4}
        print(json.dumps({"id": request["id"], "question": question}), flush=True)
        continue
    with open(sys.argv[1], "a") as turns:
        turns.write("verify\n")
    turn = len(open(sys.argv[1]).readlines()) % 3
    if turn == 1:
        time.sleep(600)
    if turn == 2:
        sys.exit(3)
    print('{"id": 1, "passed": "as you like"', flush=True)
"#;

struct Scene {
    market: Market,
    validator: Participant,
    miners: Vec<Participant>,
    /// Embeddings, the puzzle, the program that fails.
    subnets: [NetUid; 3],
    puzzle: PathBuf,
    broken: PathBuf,
    turns: PathBuf,
}

#[tokio::test(flavor = "multi_thread")]
async fn program_should_cost_its_own_subnet_only_when_it_fails() -> Result<()> {
    let scene = open().await?;
    let before = scene.market.chain.best_number().await?;
    let _miners = scene.miners()?;
    let mut validator = scene.validator()?;
    wait_until("the program has failed in each way", LIMIT, || async {
        let turns = std::fs::read_to_string(&scene.turns).unwrap_or_default();
        Ok((turns.lines().count() >= FAILURES).then_some(()))
    })
    .await
    .with_context(|| tail(validator.log(), 40))?;
    let failed = scene.market.chain.best_number().await?;
    let [vectors, puzzle, broken] = scene.subnets;
    // The epochs after it must be paid too.
    for netuid in [vectors, puzzle] {
        let last = scene.last_epoch(netuid).await?;
        scene.market.epoch_ran(netuid, last + 2, LIMIT).await?;
    }
    validator.check()?;
    let after = scene.market.chain.best_number().await?;
    let events = scene.market.events(before, after).await?;
    let hotkey = scene.validator.hot.account();
    for netuid in [vectors, puzzle] {
        let mut epochs: Vec<u64> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::WeightsRevealed(row) if row.hotkey == hotkey && row.netuid == netuid => {
                    Some(row.epoch)
                }
                _ => None,
            })
            .collect();
        epochs.dedup();
        println!("subnet {netuid}: rows of the epochs {epochs:?}");
        ensure!(epochs.len() > 2, "subnet {netuid}: rows of {epochs:?} only");
        ensure!(
            epochs.windows(2).all(|pair| pair[0] + 1 == pair[1]),
            "subnet {netuid}: an epoch without a row: {epochs:?}; {}",
            tail(validator.log(), 40)
        );
        ensure!(earned(&events, netuid, failed) > 0, "subnet {netuid}: no miner was paid");
    }
    let paid = earned(&events, broken, 0);
    ensure!(paid == 0, "{paid} earned by answers that no program judged");
    let log = std::fs::read_to_string(validator.log())?;
    for told in ["did not answer `verify`", "ended on `verify`", "answer to `verify` is nonsense"] {
        ensure!(log.contains(told), "the log does not say `{told}`: {}", tail(validator.log(), 60));
    }
    scene.market.check_invariants().await
}

/// What miners of a subnet were paid, from a block on.
fn earned(events: &[(u32, Event)], netuid: NetUid, from: u32) -> u64 {
    let paid = events.iter().filter(|(number, _)| *number >= from).map(|(_, event)| match event {
        Event::IncentivePaid(one) if one.netuid == netuid => one.amount.0,
        _ => 0,
    });
    paid.sum()
}

async fn open() -> Result<Scene> {
    let market = Market::start().await?;
    let puzzle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/external/puzzle.py");
    let puzzle = puzzle.canonicalize().context("the example")?;
    let (broken, turns) = (market.folder().join("broken.py"), market.folder().join("turns"));
    std::fs::write(&broken, BROKEN)?;
    std::fs::set_permissions(&broken, PermissionsExt::from_mode(0o755))?;

    let owners = Participant::several("external-owner", 3)?;
    let validator = Participant::new("external-validator")?;
    let miners = Participant::several("external-miner", 3)?;
    let mut all = vec![validator.clone()];
    all.extend(owners.iter().chain(&miners).cloned());
    market.fund_participants(&all, 6_000).await?;
    let external = |path: &Path| -> Result<TaskDescriptor> {
        let parameters =
            br#"{"challenges": 1, "target_ms": 20000, "settings": {"bits": 8}}"#.to_vec();
        let model = Some(Sha256::digest(std::fs::read(path)?).into());
        Ok(TaskDescriptor { kind: TaskKind::External, model, parameters })
    };
    let tasks = [embedding_task(), external(&puzzle)?, external(&broken)?];
    let mut subnets = Vec::new();
    for (owner, task) in owners.iter().zip(tasks) {
        subnets.push(market.subnet(owner, task, short_epochs(TEMPO)).await?);
    }
    market.join(subnets[0], &validator, 3_000 * UNIT).await?;
    for netuid in &subnets[1..] {
        let (netuid, hotkey) = (*netuid, validator.hot.account());
        let register = Register { netuid, hotkey, max_price: MAX_PRICE };
        market.submit(&validator.cold, &register).await.context("registering the validator")?;
    }
    for (owner, netuid) in owners.iter().zip(&subnets) {
        market.open(*netuid, owner).await?;
    }
    let subnets = [subnets[0], subnets[1], subnets[2]];
    Ok(Scene { market, validator, miners, subnets, puzzle, broken, turns })
}

impl Scene {
    /// One on each subnet; those of the external ones answer puzzles.
    fn miners(&self) -> Result<Vec<Process>> {
        let mut running = Vec::new();
        for (index, (one, netuid)) in self.miners.iter().zip(self.subnets).enumerate() {
            let (listen, id) = (format!("127.0.0.1:{}", free_port()?), netuid.to_string());
            let mut arguments = self.market.worker_arguments();
            let more = [
                ["--netuid", &id],
                ["--max-price", "100"],
                ["--listen", &listen],
                ["--hotkey", &one.hot.uri],
                ["--coldkey", &one.cold.uri],
            ];
            arguments.extend(more.concat().into_iter().map(String::from));
            arguments.push("--register".into());
            if index > 0 {
                let program = self.puzzle.display().to_string();
                arguments.extend(["--external-program".into(), program]);
            }
            let (name, miner) = (format!("miner-{index}"), binary("alun-miner")?);
            let folder = self.market.folder();
            running.push(Process::start(&name, &miner, &arguments, &[], folder, Priority::Later)?);
        }
        Ok(running)
    }

    fn validator(&self) -> Result<Process> {
        let mut arguments = self.market.worker_arguments();
        let folder = self.market.folder();
        for netuid in self.subnets {
            arguments.extend(["--netuid".into(), netuid.to_string()]);
        }
        let [_, puzzle, broken] = self.subnets;
        let more = [
            ["--hotkey".into(), self.validator.hot.uri.clone()],
            ["--state-dir".into(), folder.join("validator-state").display().to_string()],
            ["--external".into(), format!("{puzzle}={}", self.puzzle.display())],
            ["--external".into(), format!("{broken}={}", self.broken.display())],
            ["--external-arg".into(), format!("{broken}={}", self.turns.display())],
        ];
        arguments.extend(more.concat());
        let program = binary("alun-validator")?;
        Process::start("validator", &program, &arguments, &[], folder, Priority::Later)
    }

    async fn last_epoch(&self, netuid: NetUid) -> Result<u64> {
        let subnet = self.market.chain.best().await?.subnet(netuid).await?.context("no subnet")?;
        Ok(subnet.last_epoch.unwrap_or(0))
    }
}
