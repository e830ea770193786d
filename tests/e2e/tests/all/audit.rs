//! `alun audit` on a real chain: a validator that works honestly is clean; one that makes scores up,
//! copies them, leaves a challenge out, edits an answer or lies about the past is caught, each by the
//! check that is there for it.

use alun_client::{MechanismId, NetUid, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, models_dir, run, short_epochs, tail, wait_until, Finished,
    Market, Participant, Priority, Process,
};
use alun_evidence::{recompute, Bundle};
use anyhow::{bail, ensure, Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

const TEMPO: u64 = 30;
const LIMIT: Duration = Duration::from_secs(90);
/// What each cheat does to its bundle, and the check that finds it.
const CHEATS: [(&str, &str); 5] = [
    ("inventor", "scores"),
    ("omitter", "coverage"),
    ("editor", "receipts"),
    ("liar", "history"),
    ("copier", "challenges"),
];

/// Answers by their SHA-256.
type Answers = BTreeMap<String, Vec<u8>>;

struct Cast<'a> {
    market: &'a Market,
    netuid: NetUid,
}

impl Cast<'_> {
    fn state(&self, name: &str) -> PathBuf {
        self.market.folder().join(name)
    }

    /// Starts a validator; where asked it dies with its row on the disk, before it commits.
    fn validator(&self, one: &Participant, name: &str, dies: bool) -> Result<(Process, u16)> {
        let served = free_port()?;
        let mut arguments = vec![
            "-c".to_owned(),
            r#"ulimit -c 0; exec "$0" "$@""#.to_owned(),
            binary("alun-validator")?.display().to_string(),
        ];
        arguments.extend(self.market.worker_arguments());
        arguments.extend(
            [
                "--netuid",
                &self.netuid.to_string(),
                "--hotkey",
                &one.hot.uri,
                "--state-dir",
                &self.state(name).display().to_string(),
                "--listen",
                &format!("127.0.0.1:{}", free_port()?),
                "--evidence-listen",
                &format!("127.0.0.1:{served}"),
            ]
            .map(String::from),
        );
        let dying = [("ALUN_VALIDATOR_CRASH_AT", "row-written".to_owned())];
        let environment = if dies { &dying[..] } else { &[] };
        let (shell, folder) = (Path::new("/bin/sh"), self.market.folder());
        let process =
            Process::start(name, shell, &arguments, environment, folder, Priority::Later)?;
        Ok((process, served))
    }

    /// The bundle and the answers that a validator has on its disk for its first epoch.
    async fn on_disk(&self, name: &str) -> Result<(Bundle, Answers)> {
        let folder = self.state(name).join(format!("{}-0", self.netuid));
        let epoch = wait_until(&format!("{name} has a row"), LIMIT, || async {
            Ok((0..4u64).find(|epoch| folder.join(format!("epoch-{epoch}.json")).exists()))
        })
        .await
        .with_context(|| tail(&self.market.folder().join(format!("{name}.log")), 15))?;
        let bytes = std::fs::read(folder.join(format!("evidence-{epoch}.jsonl")))?;
        let pack = std::fs::read(folder.join(format!("answers-{epoch}.pack")))?;
        Ok((Bundle::parse(&bytes)?, unpack(&pack)))
    }

    async fn alun(&self, arguments: &[&str]) -> Result<Finished> {
        let arguments = [arguments, &["--json", "--url", &self.market.node.url]].concat();
        run(&binary("alun")?, &arguments, &[], LIMIT).await
    }

    /// Commits the row that a bundle makes, with its root; the file for the reveal.
    async fn commit(&self, one: &Participant, name: &str, bundle: &mut Bundle) -> Result<String> {
        let (_, root) = bundle.seal()?;
        let (uids, values) = bundle.row().map_err(|none| anyhow::anyhow!("{name}: {none}"))?;
        let scores: Vec<String> =
            uids.iter().zip(values).map(|(uid, value)| format!("{uid}={value}")).collect();
        let file = self.market.folder().join(format!("{name}.json")).display().to_string();
        let (netuid, root) = (self.netuid.to_string(), hex::encode(root));
        let mut arguments = vec!["weights", "commit", &netuid];
        arguments.extend(scores.iter().map(String::as_str));
        arguments.extend(["--file", &file, "--evidence", &root, "--hotkey", &one.hot.uri]);
        self.alun(&arguments).await?.success().with_context(|| format!("{name} commits"))?;
        Ok(file)
    }

    async fn audit(
        &self,
        one: &Participant,
        epoch: u64,
        url: Option<&str>,
    ) -> Result<(Value, Finished)> {
        let (netuid, epoch) = (self.netuid.to_string(), epoch.to_string());
        let models = models_dir().display().to_string();
        let validator = one.hot.account().to_string();
        let mut arguments = vec!["audit", "--netuid", &netuid, "--validator", &validator];
        arguments.extend(["--epoch", &epoch, "--models", &models]);
        arguments.extend(url.iter().flat_map(|url| ["--evidence", url]));
        let ended = self.alun(&arguments).await?;
        let report = ended.json().unwrap_or_default();
        Ok((report, ended))
    }

    /// Waits until blocks of that epoch are final.
    async fn epoch(&self, epoch: u64) -> Result<()> {
        let limit = Duration::from_secs(TEMPO * 4);
        wait_until(&format!("epoch {epoch} is due"), limit, || async {
            let at = self.market.chain.finalized().await?;
            let schedule = at.subnet(self.netuid).await?.and_then(|subnet| subnet.schedule);
            let due = schedule.and_then(|schedule| schedule.due(at.number()));
            Ok(due.filter(|due| *due >= epoch).map(|_| ()))
        })
        .await
    }
}

fn unpack(mut pack: &[u8]) -> Answers {
    let mut answers = Answers::new();
    while let Some((head, rest)) = pack.split_at_checked(36) {
        let length = u32::from_le_bytes([head[32], head[33], head[34], head[35]]) as usize;
        let (body, rest) = rest.split_at(length);
        answers.insert(hex::encode(&head[..32]), body.to_vec());
        pack = rest;
    }
    answers
}

/// Serves files by their paths until dropped; everything else is 404.
async fn serve(files: BTreeMap<String, Vec<u8>>) -> Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let files = Arc::new(files);
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let files = files.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 8_192];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default();
                let (status, body) = match files.get(path) {
                    Some(body) => ("200 OK", body.as_slice()),
                    None => ("404 Not Found", b"nothing here".as_slice()),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                // A client that hung up has what it wanted.
                drop(stream.write_all(&[head.as_bytes(), body].concat()).await);
            });
        }
    });
    Ok((url, serving))
}

fn files(
    netuid: NetUid,
    bundle: &mut Bundle,
    answers: &Answers,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files: BTreeMap<String, Vec<u8>> =
        answers.iter().map(|(name, body)| (format!("/blob/{name}"), body.clone())).collect();
    let epoch = bundle.header.epoch;
    files.insert(format!("/evidence/{netuid}/0/{epoch}"), bundle.seal()?.0);
    Ok(files)
}

/// Averages as the leaves make them.
fn settle(bundle: &mut Bundle) {
    let rule = bundle.header.rule;
    for entry in &mut bundle.entries {
        entry.miner.after = recompute::average(entry.miner.before, &entry.challenges, &rule);
    }
}

/// What each kind of cheat does, the root and the row being made to fit.
fn cheat(name: &str, bundle: &mut Bundle, answers: &mut Answers, own: &Participant) -> Result<()> {
    let first = bundle.entries.first_mut().context("no miner")?;
    let leaf = first.challenges.first_mut().context("no challenge")?;
    match name {
        "inventor" => leaf.score = 0.123,
        "omitter" => drop(first.challenges.remove(0)),
        "editor" => {
            let old = leaf.answer.clone().context("no answer")?;
            let mut body = answers.remove(&old).context("no such answer")?;
            let at = body.iter().rposition(u8::is_ascii_digit).context("no digit")?;
            body[at] = if body[at] == b'1' { b'2' } else { b'1' };
            let new = hex::encode(Sha256::digest(&body));
            leaf.answer = Some(new.clone());
            answers.insert(new, body);
        }
        "liar" => {
            first.miner.before.value = 0.25;
            first.miner.before.epochs = 9;
        }
        "copier" => bundle.header.validator = own.hot.account().to_string(),
        other => bail!("no cheat is called {other}"),
    }
    settle(bundle);
    Ok(())
}

fn outcome<'a>(report: &'a Value, check: &str) -> Option<&'a str> {
    let checks = report["checks"].as_array()?;
    checks.iter().find(|one| one["check"] == check)?["outcome"].as_str()
}

fn ensure_clean((report, ended): &(Value, Finished), what: &str) -> Result<()> {
    ensure!(ended.code == Some(0) && report["verdict"] == "clean", "{what}: {ended:?}");
    for one in report["checks"].as_array().context("no checks")? {
        let word = if one["check"] == "timings" { "not_checked" } else { "passed" };
        ensure!(one["outcome"] == word, "{what}: {one}");
    }
    ensure!(report["checks"].as_array().is_some_and(|all| all.len() == 12), "{what}: {report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_should_pass_the_honest_and_catch_each_kind_of_cheat() -> Result<()> {
    let market = Market::start().await?;
    let owner = Participant::new("owner")?;
    let miners = Participant::several("miner", 2)?;
    let honest = Participant::new("honest")?;
    let cheats: Vec<Participant> =
        CHEATS.iter().map(|(name, _)| Participant::new(name)).collect::<Result<_>>()?;
    let validators: Vec<_> = std::iter::once(&honest).chain(&cheats).cloned().collect();
    let everybody: Vec<_> = miners.iter().chain(&validators).chain([&owner]).cloned().collect();
    market.fund_participants(&everybody, 2_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(TEMPO)).await?;
    let joining = validators.iter().map(|one| market.join(netuid, one, 1_500 * UNIT));
    futures::future::try_join_all(joining).await?;
    let cast = Cast { market: &market, netuid };
    wait_until("the subnet is final", LIMIT, || async {
        Ok(market.chain.finalized().await?.subnet(netuid).await?.map(|_| ()))
    })
    .await?;

    let mut miner = start_miner(&market, netuid, &miners)?;
    let (mut validator, served) = cast.validator(&honest, "honest", false)?;
    let mut dying = Vec::new();
    for (one, (name, _)) in cheats.iter().zip(CHEATS).filter(|(_, (name, _))| *name != "copier") {
        dying.push(cast.validator(one, name, true)?.0);
    }
    wait_until("the miners have announced themselves", LIMIT, || async {
        let at = market.chain.finalized().await?;
        let neurons = at.metagraph(netuid, MechanismId::FIRST).await?.map(|all| all.neurons);
        let neurons = neurons.unwrap_or_default();
        let serving = neurons.iter().filter(|one| one.endpoint.is_some()).count();
        Ok((serving == miners.len()).then_some(()))
    })
    .await?;
    for process in dying.iter_mut().chain([&mut validator]) {
        process.wait_for_log("validating", LIMIT)?;
    }
    market.open(netuid, &owner).await?;

    // Each commits to what it made of the evidence, in the epoch of that.
    let mut committed = Vec::new();
    for (one, (name, check)) in cheats.iter().zip(CHEATS) {
        let from = if name == "copier" { "honest" } else { name };
        let (mut bundle, mut answers) = cast.on_disk(from).await?;
        let unanswered = bundle.challenges().find(|(_, leaf)| leaf.answer.is_none());
        ensure!(unanswered.is_none(), "{name}: {unanswered:?}\n{}", tail(miner.log(), 10));
        cheat(name, &mut bundle, &mut answers, one)?;
        let file = cast.commit(one, name, &mut bundle).await?;
        committed.push((one, name, check, file, bundle, answers));
    }
    let epoch = committed.iter().map(|cheat| cheat.4.header.epoch).max().context("nobody")?;
    cast.epoch(epoch + 1).await?;
    for (one, name, _, file, ..) in &committed {
        let arguments =
            ["weights", "reveal", "--file", file, "--hotkey", &one.hot.uri, "--finalized"];
        cast.alun(&arguments).await?.success().with_context(|| format!("{name} reveals"))?;
    }
    for (one, name, check, _, mut bundle, answers) in committed {
        let (url, serving) = serve(files(netuid, &mut bundle, &answers)?).await?;
        let (report, ended) = cast.audit(one, bundle.header.epoch, Some(&url)).await?;
        ensure!(ended.code == Some(12) && report["verdict"] == "caught", "{name}: {ended:?}");
        ensure!(outcome(&report, check) == Some("failed"), "{name}, {check}: {report:#}");
        // It is no matter of the root: that was committed to.
        ensure!(outcome(&report, "root") == Some("passed"), "{name}: {report:#}");
        ensure!(outcome(&report, "row") == Some("passed"), "{name}: {report:#}");
        serving.abort();
    }

    check_honest(&cast, &honest, served, epoch).await?;
    for process in [&mut miner, &mut validator] {
        let status = process.stop()?;
        ensure!(status.success(), "{} stopped with {status}", process.name());
    }
    market.check_invariants().await
}

async fn check_honest(cast: &Cast<'_>, honest: &Participant, served: u16, last: u64) -> Result<()> {
    let url = format!("http://127.0.0.1:{served}");
    let first = cast.on_disk("honest").await?.0.header.epoch;
    let get = |path: String| async move { anyhow::Ok(reqwest::get(path).await?) };
    let path = |epoch: u64| format!("{url}/evidence/{}/0/{epoch}", cast.netuid);
    let epochs = [first, first + 1];
    for epoch in epochs {
        wait_until(&format!("evidence of epoch {epoch} is served"), LIMIT, || async {
            Ok((get(path(epoch)).await?.status() == 200).then_some(()))
        })
        .await?;
        ensure_clean(&cast.audit(honest, epoch, Some(&url)).await?, &format!("epoch {epoch}"))?;
    }
    // What is not revealed yet is not served, nor audited.
    ensure!(get(path(last + 3)).await?.status() == 404, "evidence before its row");
    let (_, ended) = cast.audit(honest, last + 9, Some(&url)).await?;
    ensure!(ended.code == Some(13), "{ended:?}");
    // Another's bundle at this address is not this one's, and withheld answers show.
    let (mut bundle, _) = cast.on_disk("honest").await?;
    let (withheld, serving) = serve(files(cast.netuid, &mut bundle, &Answers::new())?).await?;
    let (report, ended) = cast.audit(honest, first, Some(&withheld)).await?;
    ensure!(ended.code == Some(13), "{ended:?}");
    ensure!(outcome(&report, "model") == Some("not_checked"), "{report:#}");
    bundle.entries[0].challenges[0].elapsed_ms += 1;
    let (edited, again) = serve(files(cast.netuid, &mut bundle, &Answers::new())?).await?;
    let (report, ended) = cast.audit(honest, first, Some(&edited)).await?;
    ensure!(ended.code == Some(12) && outcome(&report, "root") == Some("failed"), "{ended:?}");
    serving.abort();
    again.abort();
    // Without an address, the endpoint on chain is asked.
    let (_, ended) = cast.audit(honest, first, None).await?;
    ensure!(ended.code == Some(13) && ended.stderr.contains("--evidence"), "{ended:?}");
    let (netuid, port) = (cast.netuid.to_string(), served.to_string());
    let arguments = ["neuron", "serve", &netuid, "--ip", "127.0.0.1", "--port", &port];
    let arguments = [&arguments[..], &["--hotkey", &honest.hot.uri, "--finalized"]].concat();
    cast.alun(&arguments).await?.success().context("announcing the evidence")?;
    ensure_clean(&cast.audit(honest, first, None).await?, "by the endpoint")
}

fn start_miner(market: &Market, netuid: NetUid, miners: &[Participant]) -> Result<Process> {
    let mut arguments = market.worker_arguments();
    let listen = format!("127.0.0.1:{}", free_port()?);
    let netuid = netuid.to_string();
    arguments.extend(
        ["--netuid", &netuid, "--register", "--max-price", "100", "--listen", &listen]
            .map(String::from),
    );
    for one in miners {
        arguments.extend(["--hotkey", &one.hot.uri, "--coldkey", &one.cold.uri].map(String::from));
    }
    let binary = binary("alun-miner")?;
    Process::start("miner", &binary, &arguments, &[], market.folder(), Priority::Later)
}
