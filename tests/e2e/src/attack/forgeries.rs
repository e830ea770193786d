//! Requests that were not signed as they are, or were accepted before.

use super::{
    http::{address, Connection, Envelope},
    scene::Scene,
    Outcome,
};
use alun_protocol::auth;
use anyhow::{Context, Result};
use futures::future::try_join_all;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Attackers at work at once.
const ATTACKERS: usize = 8;
/// Addresses of each: so many that none meets the limit per address, which would refuse first.
const ADDRESSES: usize = 40;
/// How long an envelope's block and nonce serve as the base of mutations.
const BASE_FOR: Duration = Duration::from_secs(2);

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// A letter or digit that is another one even where case does not count.
fn other(random: &mut Random, than: char) -> char {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    loop {
        let new = char::from(LETTERS[random.below(LETTERS.len())]);
        if !new.eq_ignore_ascii_case(&than) {
            return new;
        }
    }
}

/// One character of a text replaced, dropped, doubled or added.
fn edit(random: &mut Random, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len());
    let Some(old) = letters.get(at).copied() else { return "x".into() };
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, other(random, old)),
        2 => letters.truncate(at),
        _ => letters[at] = other(random, old),
    }
    letters.into_iter().collect()
}

/// The envelope with something changed that its signature covers, or with its signature changed.
fn mutate(random: &mut Random, base: &Envelope, stranger: &str) -> Envelope {
    let mut envelope = base.clone();
    let signed: Vec<usize> = (0..envelope.headers.len())
        .filter(|index| envelope.headers[*index].0.starts_with("X-Bittensor"))
        .collect();
    let header = signed[random.below(signed.len())];
    match random.below(9) {
        0 => envelope.target = format!("/{}", edit(random, &base.target[1..])),
        1 => {
            let at = random.below(envelope.body.len());
            envelope.body[at] ^= 1 << random.below(8);
        }
        2 => envelope.body.truncate(random.below(base.body.len())),
        3 => drop(envelope.headers.remove(header)),
        4 => {
            let again = envelope.headers[header].clone();
            envelope.headers.push(again);
        }
        5 => {
            let receiver = random.below(2) == 0;
            let name = if receiver { auth::HEADER_RECEIVER } else { auth::HEADER_HOTKEY };
            for (_, value) in envelope.headers.iter_mut().filter(|(header, _)| header == name) {
                stranger.clone_into(value);
            }
        }
        6 => {
            envelope.method = ["GET", "PUT", "PATCH", "DELETE"][random.below(4)].into();
        }
        _ => envelope.headers[header].1 = edit(random, &base.headers[header].1),
    }
    envelope
}

/// Connections from many addresses, opened when they are needed.
struct Swarm {
    first: usize,
    turn: usize,
    open: Vec<Option<Connection>>,
}

impl Swarm {
    fn new(attacker: usize) -> Self {
        let open = (0..ADDRESSES).map(|_| None).collect();
        Self { first: attacker * ADDRESSES, turn: 0, open }
    }

    /// Sends on the next connection; `None` where it was closed instead of answered.
    async fn ask(&mut self, scene: &Scene, bytes: &[u8]) -> Result<Option<u16>> {
        self.turn = (self.turn + 1) % ADDRESSES;
        let slot = &mut self.open[self.turn];
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => Connection::open(address(self.first + self.turn), scene.address).await?,
        };
        let reply = connection.ask(bytes).await?;
        // A refusal of what could not be read as HTTP ends its connection.
        if reply.as_ref().is_some_and(|reply| !matches!(reply.status, 400 | 413)) {
            *slot = Some(connection);
        }
        Ok(reply.map(|reply| reply.status))
    }
}

/// `count` requests that differ from a right one in one place.
pub(crate) async fn mutated(scene: &Arc<Scene>, count: u64, seed: u64) -> Result<Outcome> {
    let started = Instant::now();
    let attack = |attacker: usize| {
        let scene = scene.clone();
        async move {
            let mut random = Random(seed.wrapping_mul(1_000).wrapping_add(attacker as u64));
            let (mut swarm, mut outcome) = (Swarm::new(attacker), Outcome::default());
            let body = json!({"input": ["a request that somebody changes on its way"]});
            let stranger = scene.stranger.pair.ss58();
            let (mut base, mut since) =
                (scene.envelope(&scene.validator, &body).await?, Instant::now());
            for _ in 0..count.div_ceil(ATTACKERS as u64) {
                if since.elapsed() > BASE_FOR {
                    base = scene.envelope(&scene.validator, &body).await?;
                    since = Instant::now();
                }
                let envelope = mutate(&mut random, &base, &stranger);
                if envelope == base {
                    continue;
                }
                let status = swarm.ask(&scene, &envelope.bytes()).await?;
                outcome.fault(status == Some(200), format!("accepted: {envelope:?}"));
                outcome.count(status);
            }
            anyhow::Ok(outcome)
        }
    };
    let mut outcome = Outcome::new("mutated envelopes");
    for one in try_join_all((0..ATTACKERS).map(|one| tokio::spawn(attack(one)))).await? {
        outcome.merge(one?);
    }
    let rate = outcome.sent as f64 / started.elapsed().as_secs_f64();
    outcome.note = format!("none accepted, {rate:.0} a second");
    Ok(outcome)
}

/// Well-formed requests with a wrong signature, as fast as they go.
pub(crate) async fn bad_signatures(scene: &Arc<Scene>, time: Duration) -> Result<Outcome> {
    let started = Instant::now();
    let attack = |attacker: usize| {
        let scene = scene.clone();
        async move {
            let (mut swarm, mut outcome) = (Swarm::new(attacker), Outcome::default());
            let body = json!({"input": ["a request that nobody signed"]});
            let at = scene.market.chain.finalized().await?.hash().0;
            let body = serde_json::to_vec(&body)?;
            let (mut bytes, mut since) = (Vec::new(), None::<Instant>);
            while started.elapsed() < time {
                if since.is_none_or(|since| since.elapsed() > BASE_FOR) {
                    let mut envelope = scene.envelope_at(&scene.validator, body.clone(), at)?;
                    envelope.body = body.iter().map(|byte| byte ^ 1).collect();
                    (bytes, since) = (envelope.bytes(), Some(Instant::now()));
                }
                let status = swarm.ask(&scene, &bytes).await?;
                outcome.fault(status == Some(200), "a wrong signature was accepted");
                outcome.count(status);
            }
            anyhow::Ok(outcome)
        }
    };
    let mut outcome = Outcome::new("bad signatures");
    for one in try_join_all((0..ATTACKERS).map(|one| tokio::spawn(attack(one)))).await? {
        outcome.merge(one?);
    }
    let refused = outcome.answers.get("401").copied().unwrap_or(0);
    outcome.fault(refused == 0, "no signature was looked at");
    let rate = refused as f64 / started.elapsed().as_secs_f64();
    outcome.note = format!("{rate:.0} refusals a second, the attackers on the same processors");
    Ok(outcome)
}

/// One request, twice, and then fifty times at once.
pub(crate) async fn replays(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("replays");
    let body = json!({"input": ["once"]});
    let bytes = scene.envelope(&scene.validator, &body).await?.bytes();
    let mut swarm = Swarm::new(0);
    for expected in [200, 409, 409] {
        let status = swarm.ask(scene, &bytes).await?;
        outcome.fault(status != Some(expected), format!("{status:?} instead of {expected}"));
        outcome.count(status);
    }
    let bytes = scene.envelope(&scene.validator, &body).await?.bytes();
    let at_once = (1..=50).map(|number| {
        let bytes = bytes.clone();
        async move {
            let mut connection = Connection::open(address(number), scene.address).await?;
            anyhow::Ok(connection.ask(&bytes).await?.map(|reply| reply.status))
        }
    });
    let statuses = try_join_all(at_once).await?;
    let accepted = statuses.iter().filter(|status| **status == Some(200)).count();
    statuses.into_iter().for_each(|status| outcome.count(status));
    outcome.fault(accepted != 1, format!("{accepted} of 50 copies were accepted"));
    outcome.note = "each request is accepted once".into();
    Ok(outcome)
}

/// A request that was accepted, sent again to the process that follows a crash.
pub(crate) async fn replays_after_a_crash(scene: &mut Scene) -> Result<Outcome> {
    let mut outcome = Outcome::new("replay after a crash");
    let envelope = scene.envelope(&scene.validator, &json!({"input": ["once"]})).await?;
    let bytes = envelope.bytes();
    let mut connection = Connection::open(address(1), scene.address).await?;
    let first = connection.ask(&bytes).await?.context("no answer")?.status;
    outcome.fault(first != 200, format!("{first} for a right request"));
    outcome.count(Some(first));
    let crashed = Instant::now();
    scene.crash().await?;
    let mut connection = Connection::open(address(2), scene.address).await?;
    let again = connection.ask(&bytes).await?.map(|reply| reply.status);
    outcome.fault(again == Some(200), "a request of before the crash was accepted again");
    outcome.count(again);
    outcome.note = format!("refused {:.1} s after the crash", crashed.elapsed().as_secs_f64());
    scene.wait_until_served().await?;
    Ok(outcome)
}
