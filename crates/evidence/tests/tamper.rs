//! A bundle as an honest validator makes it passes every check; changed in any one field, the check
//! that is there for it fails.

use alun_evidence::{
    check::{self, Outcome, Seeds},
    nine, recompute, Bundle, Challenge, Entry, EvidenceError, Facts, Finding, Header, Miner,
    Previous, Request, Rostered, Wire, FORMAT,
};
use alun_keys::Keypair;
use alun_primitives::{Digest, MechanismId, NetUid, TaskKind};
use alun_protocol::{
    auth, challenge::ChallengeId, messages::Usage, query::Query, receipt::Receipt,
};
use alun_scoring::{Answer, Average, AverageRule, Question, Task, TaskError, Verdict};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, time::Duration};

const MODEL: Digest = [5; 32];
const N: u16 = 2;

/// Answers with the first bytes of the seed.
struct Echo;

impl Task for Echo {
    fn kind(&self) -> TaskKind {
        TaskKind::Embedding
    }

    fn model(&self) -> Digest {
        MODEL
    }

    fn challenge(&self, seed: &[u8; 32]) -> Result<Question, TaskError> {
        Ok(Question::Embedding { texts: vec![hex::encode(seed)] })
    }

    fn verify(&self, question: &Question, answer: &Answer) -> Result<Verdict, TaskError> {
        let (Question::Embedding { texts }, Answer::Embedding { vectors }) = (question, answer)
        else {
            panic!("another task");
        };
        let passed = vectors == &vec![vec![start(&texts[0]), 1.0]];
        let measure = f64::from(u8::from(passed));
        Ok(Verdict { passed, finding: "seen".into(), measure, units: usize::from(passed) })
    }

    fn score(&self, verdict: &Verdict, elapsed: Duration) -> f64 {
        f64::from(u8::from(verdict.passed)) / (1.0 + elapsed.as_secs_f64())
    }

    fn challenges_per_epoch(&self) -> usize {
        N.into()
    }
}

/// The first three bytes of a seed, which a float holds exactly.
fn start(text: &str) -> f32 {
    u32::from_str_radix(&text[..6], 16).unwrap() as f32
}

struct Plain;

impl Wire for Plain {
    fn request(&self, question: &Question) -> Result<(&'static str, Vec<u8>), String> {
        Ok(("/v1/embeddings", serde_json::to_vec(question).map_err(|error| error.to_string())?))
    }

    fn answer(&self, _: &Question, body: &[u8]) -> Result<Answer, String> {
        let vectors = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        Ok(Answer::Embedding { vectors })
    }
}

struct Scene {
    validator: Keypair,
    facts: Facts,
    bundle: Bundle,
    earlier: Vec<u8>,
    row: Vec<(u16, u16)>,
    root: [u8; 32],
    answers: BTreeMap<String, Vec<u8>>,
}

fn key(uri: &str) -> Keypair {
    Keypair::from_uri(uri).unwrap()
}

fn answer(question: &Question, right: bool) -> Vec<u8> {
    let Question::Embedding { texts } = question else { panic!("another task") };
    let vectors = vec![vec![start(&texts[0]), if right { 1.0 } else { 0.5 }]];
    serde_json::to_vec(&vectors).unwrap()
}

fn challenge(
    validator: &Keypair,
    facts: &Facts,
    (uid, miner): (u16, &Keypair),
    k: u16,
    answers: &mut BTreeMap<String, Vec<u8>>,
) -> Challenge {
    let id = ChallengeId {
        genesis: facts.genesis,
        netuid: NetUid(facts.netuid),
        mechanism: MechanismId(facts.mechanism),
        epoch_block: facts.epoch_block,
        epoch: facts.epoch,
        miner: miner.public(),
        k,
        n: N,
    };
    let vrf = validator.vrf_sign(&id.bytes()).unwrap();
    let mut leaf = Challenge {
        uid,
        k,
        vrf_output: hex::encode(vrf.output),
        vrf_proof: hex::encode(vrf.proof),
        request: None,
        answer: None,
        receipt: None,
        elapsed_ms: 1_250 + u64::from(uid),
        failure: None,
        verdict: None,
        score: 0.0,
    };
    // The second miner does not answer its second challenge, the third answers wrongly.
    if (uid, k) == (2, 1) {
        leaf.failure = Some("no answer within 25 s".into());
        return leaf;
    }
    let question = Echo.challenge(&vrf.seed).unwrap();
    let (path, body) = Plain.request(&question).unwrap();
    let query = Query::new(&facts.genesis, NetUid(facts.netuid), [9; 32]);
    let headers = auth::sign(
        &|bytes| validator.sign(bytes),
        &validator.ss58(),
        Some(&miner.ss58()),
        "POST",
        &query.target(path),
        &body,
        7,
    );
    let parsed = auth::Headers::parse(headers).unwrap();
    let said = answer(&question, uid != 3);
    let receipt = Receipt::new(&parsed, &query, &said, MODEL, Usage::default(), 1, miner.public());
    let signed = receipt.sign(&|bytes| miner.sign(bytes));
    let sha256 = hex::encode(Sha256::digest(&said));
    let verdict = Echo.verify(&question, &Plain.answer(&question, &said).unwrap()).unwrap();
    leaf.request = Some(Request {
        at: hex::encode([9; 32]),
        nonce: 7,
        signature: hex::encode(parsed.signature),
    });
    leaf.score = check::score(&Echo, Some(&verdict), leaf.elapsed_ms);
    leaf.answer = Some(sha256.clone());
    leaf.receipt = Some(signed.to_header());
    leaf.verdict = Some(verdict);
    answers.insert(sha256, said);
    leaf
}

fn header(facts: &Facts, validator: &Keypair, previous: Option<Previous>) -> Header {
    Header {
        format: FORMAT,
        genesis: hex::encode(facts.genesis),
        netuid: facts.netuid,
        mechanism: facts.mechanism,
        epoch: facts.epoch,
        first_block: facts.first_block,
        epoch_block: hex::encode(facts.epoch_block),
        roster_block: facts.first_block + 2,
        validator: validator.ss58(),
        task: hex::encode(&facts.task),
        model: hex::encode(MODEL),
        challenges: N,
        min_weights: facts.min_weights,
        max_weight_share: facts.max_weight_share,
        weights_version: facts.weights_version,
        rule: AverageRule::default(),
        previous,
        miners: 0,
        leaves: 0,
    }
}

fn scene() -> Scene {
    let validator = key("//validator");
    let miners = [(1, key("//one")), (2, key("//two")), (3, key("//three"))];
    let rostered = |uid, key: &Keypair, serving: bool| Rostered {
        uid,
        hotkey: key.public(),
        serving,
        model: serving.then_some(MODEL),
    };
    let mut roster = vec![rostered(0, &validator, false)];
    roster.extend(miners.iter().map(|(uid, key)| rostered(*uid, key, true)));
    roster.push(rostered(4, &key("//silent"), false));
    let facts = Facts {
        genesis: [1; 32],
        netuid: 1,
        mechanism: 0,
        epoch: 6,
        first_block: 100,
        epoch_block: [2; 32],
        last_block: 109,
        validator: validator.public(),
        task: vec![0, 1],
        model: Some(MODEL),
        min_weights: 1,
        max_weight_share: u16::MAX,
        weights_version: 0,
        roster,
    };
    let entry = |uid, miner: &Keypair, before: f64| {
        let before = Average { value: before, recovering: false, epochs: 3 };
        let miner = Miner {
            uid,
            hotkey: miner.ss58(),
            asked: true,
            model: Some(hex::encode(MODEL)),
            before,
            after: before,
        };
        Entry { miner, challenges: vec![] }
    };
    let befores = [0.4, 0.300000001, 0.2];
    let mut old = Bundle {
        header: header(&Facts { epoch: 5, ..facts.clone() }, &validator, None),
        entries: miners.iter().zip(befores).map(|((uid, key), at)| entry(*uid, key, at)).collect(),
    };
    let (earlier, old_root) = old.seal().unwrap();
    let previous = Previous { epoch: 5, root: hex::encode(old_root) };
    let mut answers = BTreeMap::new();
    let mut bundle = Bundle { header: header(&facts, &validator, Some(previous)), entries: vec![] };
    for (mut entry, (uid, miner)) in old.entries.into_iter().zip(&miners) {
        entry.challenges =
            (0..N).map(|k| challenge(&validator, &facts, (*uid, miner), k, &mut answers)).collect();
        entry.miner.after =
            recompute::average(entry.miner.before, &entry.challenges, &AverageRule::default());
        bundle.entries.push(entry);
    }
    let (_, root) = bundle.seal().unwrap();
    let (uids, values) = bundle.row().unwrap();
    let row = uids.into_iter().zip(values).collect();
    Scene { validator, facts, bundle, earlier, row, root, answers }
}

/// Names of the checks that fail; `None` for what does not read at all.
fn failing(scene: &Scene, bundle: &Bundle, resealed: bool) -> Vec<&'static str> {
    let mut bundle = bundle.clone();
    let (bytes, root) = bundle.seal().unwrap();
    let bundle = Bundle::parse(&bytes).unwrap();
    let facts = &scene.facts;
    let (vrf, seeds) = check::challenges(&bundle, facts);
    let mut findings = vec![
        check::root(&root, if resealed { &root } else { &scene.root }),
        check::header(&bundle.header, facts),
        check::coverage(&bundle, facts),
        vrf,
        check::receipts(&bundle, facts),
        check::scores(&bundle, &Echo),
        check::averages(&bundle),
        check::history(&bundle, &scene.earlier, None),
        check::row(&bundle, &scene.row),
    ];
    if let Some(seeds) = seeds {
        findings.push(check::requests(&bundle, facts, &seeds, &Echo, &Plain));
        findings.push(model(scene, &bundle, &seeds));
    }
    let failed = |one: &Finding| matches!(one.outcome, Outcome::Failed(_));
    findings.iter().filter(|one| failed(one)).map(|one| one.check).collect()
}

fn model(scene: &Scene, bundle: &Bundle, seeds: &Seeds) -> Finding {
    let wrong = bundle.challenges().zip(seeds).find_map(|((_, one), seed)| {
        let body = scene.answers.get(one.answer.as_ref()?)?;
        check::judged(one, seed, body, &Echo, &Plain).err()
    });
    let outcome = wrong.map_or(Outcome::Passed(String::new()), Outcome::Failed);
    Finding { check: "model", outcome }
}

#[test]
fn honest_bundle_should_pass_every_check() {
    let scene = scene();
    assert_eq!(failing(&scene, &scene.bundle, false), Vec::<&str>::new());
    // One miner without a right answer, one with half of them.
    let scores: Vec<f64> = scene.bundle.challenges().map(|(_, one)| one.score).collect();
    assert!(scores[0] > 0.4 && scores[2] > 0.4 && scores[3..] == [0.0; 3], "{scores:?}");
    assert_eq!(scene.row.len(), 2);
    assert_eq!(scene.answers.len(), 5);
}

/// A cheat that seals anew, so that the root is right: who notices?
type Cheat = (&'static str, fn(&mut Bundle), &'static str);

const CHEATS: &[Cheat] = &[
    ("genesis", |b| b.header.genesis = hex::encode([8; 32]), "header"),
    ("netuid", |b| b.header.netuid = 2, "header"),
    ("mechanism", |b| b.header.mechanism = 1, "header"),
    ("epoch", |b| b.header.epoch = 7, "header"),
    ("first block", |b| b.header.first_block = 101, "header"),
    ("epoch block", |b| b.header.epoch_block = hex::encode([8; 32]), "header"),
    ("roster before the epoch", |b| b.header.roster_block = 99, "header"),
    ("roster after the epoch", |b| b.header.roster_block = 110, "header"),
    ("validator", |b| b.header.validator = key("//other").ss58(), "header"),
    ("task", |b| b.header.task = "00".into(), "header"),
    ("model", |b| b.header.model = hex::encode([8; 32]), "header"),
    ("min_weights", |b| b.header.min_weights = 0, "header"),
    ("max_weight_share", |b| b.header.max_weight_share = 40_000, "header"),
    ("weights_version", |b| b.header.weights_version = 1, "header"),
    ("rule", |b| b.header.rule.rate = 0.5, "header"),
    ("challenges", |b| b.header.challenges = 1, "coverage"),
    ("previous", |b| b.header.previous = None, "history"),
    ("previous root", |b| b.header.previous.as_mut().unwrap().root = "00".into(), "history"),
    ("previous epoch", |b| b.header.previous.as_mut().unwrap().epoch = 4, "history"),
    ("miner left out", |b| drop(b.entries.remove(1)), "coverage"),
    ("challenge left out", |b| drop(b.entries[1].challenges.remove(1)), "coverage"),
    ("challenge twice", |b| b.entries[1].challenges[1].k = 0, "coverage"),
    ("miner twice", |b| b.entries.insert(1, b.entries[0].clone()), "coverage"),
    ("order of miners", |b| b.entries.swap(0, 1), "coverage"),
    ("another hotkey", |b| b.entries[0].miner.hotkey = key("//other").ss58(), "coverage"),
    (
        "not asked",
        |b| {
            b.entries[0].miner.asked = false;
            b.entries[0].challenges.clear();
        },
        "coverage",
    ),
    ("model of a miner", |b| b.entries[0].miner.model = None, "coverage"),
    (
        "VRF output",
        |b| b.entries[0].challenges[0].vrf_output = b.entries[0].challenges[1].vrf_output.clone(),
        "challenges",
    ),
    (
        "VRF proof",
        |b| b.entries[0].challenges[0].vrf_proof = b.entries[0].challenges[1].vrf_proof.clone(),
        "challenges",
    ),
    (
        "another's request",
        |b| b.entries[0].challenges[0].request = b.entries[1].challenges[0].request.clone(),
        "receipts",
    ),
    (
        "request's nonce",
        |b| b.entries[0].challenges[0].request.as_mut().unwrap().nonce = 8,
        "requests",
    ),
    (
        "request's block",
        |b| b.entries[0].challenges[0].request.as_mut().unwrap().at = hex::encode([8; 32]),
        "receipts",
    ),
    ("no request", |b| b.entries[0].challenges[0].request = None, "receipts"),
    (
        "another answer",
        |b| {
            b.entries[0].challenges[0].answer =
                b.entries[0].challenges[1].answer.clone().map(|_| "00".repeat(32))
        },
        "receipts",
    ),
    (
        "another's receipt",
        |b| b.entries[0].challenges[0].receipt = b.entries[1].challenges[0].receipt.clone(),
        "receipts",
    ),
    (
        "edited receipt",
        |b| {
            let r = b.entries[0].challenges[0].receipt.as_mut().unwrap();
            let last = if r.ends_with('0') { "1" } else { "0" };
            r.replace_range(r.len() - 1.., last);
        },
        "receipts",
    ),
    (
        "failure beside an answer",
        |b| b.entries[0].challenges[0].failure = Some("?".into()),
        "receipts",
    ),
    (
        "verdict without an answer",
        |b| b.entries[1].challenges[1].verdict = b.entries[0].challenges[0].verdict.clone(),
        "receipts",
    ),
    ("invented score", |b| b.entries[2].challenges[0].score = 0.9, "scores"),
    ("score of silence", |b| b.entries[1].challenges[1].score = 0.9, "scores"),
    ("time without its score", |b| b.entries[0].challenges[0].elapsed_ms = 1, "scores"),
    (
        "invented verdict",
        |b| {
            let one = &mut b.entries[2].challenges[0];
            one.verdict.as_mut().unwrap().passed = true;
            one.score = check::score(&Echo, one.verdict.as_ref(), one.elapsed_ms);
        },
        "model",
    ),
    (
        "denied verdict",
        |b| {
            let one = &mut b.entries[0].challenges[0];
            one.verdict.as_mut().unwrap().passed = false;
            one.score = 0.0;
        },
        "model",
    ),
    (
        "other measure",
        |b| b.entries[0].challenges[0].verdict.as_mut().unwrap().measure = 0.5,
        "model",
    ),
    ("average after", |b| b.entries[0].miner.after.value = 0.9, "averages"),
    ("recovering", |b| b.entries[2].miner.after.recovering = false, "averages"),
    (
        "average before",
        |b| {
            let e = &mut b.entries[0];
            e.miner.before.value = 0.9;
            e.miner.after =
                recompute::average(e.miner.before, &e.challenges, &AverageRule::default());
        },
        "history",
    ),
    ("epochs before", |b| b.entries[0].miner.before.epochs = 0, "history"),
];

#[test]
fn every_field_should_be_missed_by_nobody() {
    let scene = scene();
    for (what, cheat, expected) in CHEATS {
        let mut bundle = scene.bundle.clone();
        cheat(&mut bundle);
        let failed = failing(&scene, &bundle, true);
        assert!(failed.contains(expected), "{what}: {failed:?} failed");
        // And without a new root on chain, by the root alone.
        assert!(failing(&scene, &bundle, false).contains(&"root"), "{what}");
    }
}

#[test]
fn row_should_be_caught_when_it_is_not_that_of_the_averages() {
    let mut scene = scene();
    scene.row[0].1 -= 1;
    assert_eq!(failing(&scene, &scene.bundle, false), vec!["row"]);
    scene.row.clear();
    assert_eq!(failing(&scene, &scene.bundle, false), vec!["row"]);
}

#[test]
fn copied_bundle_should_be_caught_by_its_challenges() {
    let mut scene = scene();
    let copier = key("//copier");
    scene.facts.validator = copier.public();
    scene.facts.roster[0].hotkey = copier.public();
    let mut bundle = scene.bundle.clone();
    bundle.header.validator = copier.ss58();
    let failed = failing(&scene, &bundle, true);
    assert!(failed.contains(&"challenges"), "{failed:?}");
    assert_ne!(copier.public(), scene.validator.public());
}

#[test]
fn history_should_be_caught_when_the_chain_has_another_root() {
    let scene = scene();
    let finding =
        |root: Option<[u8; 32]>| check::history(&scene.bundle, &scene.earlier, root.as_ref());
    assert!(matches!(finding(Some([3; 32])).outcome, Outcome::Failed(_)));
    let right = alun_evidence::root_of(&scene.earlier);
    assert!(matches!(finding(Some(right)).outcome, Outcome::Passed(_)));
    let mut shorter = scene.bundle.clone();
    shorter.entries.pop();
    let earlier = Bundle::parse(&scene.earlier).unwrap();
    assert!(check::forgotten(&scene.bundle, &earlier, &scene.facts).is_none());
    assert!(check::forgotten(&shorter, &earlier, &scene.facts).unwrap().contains("uid 3"));
}

#[test]
fn answer_should_be_caught_when_its_bytes_are_edited() {
    let scene = scene();
    let (_, seeds) = check::challenges(&scene.bundle, &scene.facts);
    let one = &scene.bundle.entries[0].challenges[0];
    let mut body = scene.answers[one.answer.as_ref().unwrap()].clone();
    let seed = &seeds.unwrap()[0];
    assert_eq!(check::judged(one, seed, &body, &Echo, &Plain), Ok(()));
    body.push(b' ');
    assert!(check::judged(one, seed, &body, &Echo, &Plain).unwrap_err().contains("not the answer"));
}

#[test]
fn parse_should_say_what_is_wrong() {
    let scene = scene();
    let (bytes, _) = scene.bundle.clone().seal().unwrap();
    assert_eq!(Bundle::parse(&bytes), Ok(scene.bundle.clone()));
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let parse = |lines: &[&str]| Bundle::parse(lines.join("\n").as_bytes());
    assert_eq!(parse(&[]), Err(EvidenceError::NoHeader));
    assert_eq!(parse(&lines[1..]), Err(EvidenceError::NoHeader));
    assert_eq!(parse(&[r#"{"uid":1,"hotkey":"5F","k":0}"#]), Err(EvidenceError::NoHeader));
    let newer = lines[0].replacen("\"format\":2", "\"format\":3", 1);
    assert_eq!(parse(&[&newer]), Err(EvidenceError::OtherFormat(3)));
    assert!(matches!(parse(&lines[..3]), Err(EvidenceError::Count { what: "leaves", .. })));
    assert!(matches!(parse(&[lines[0], lines[2]]), Err(EvidenceError::Leaf { index: 1, .. })));
    assert!(matches!(parse(&[lines[0], lines[0]]), Err(EvidenceError::Leaf { index: 1, .. })));
    let extra = lines[1].replacen("\"uid\"", "\"colour\":1,\"uid\"", 1);
    assert!(parse(&[lines[0], &extra]).unwrap_err().to_string().contains("colour"));
    let long = format!("{}{}", lines[1], " ".repeat(17_000));
    assert!(matches!(parse(&[lines[0], &long]), Err(EvidenceError::LeafTooLarge { index: 1, .. })));
    // A stranger's sentence can't make a leaf too large: it is cut before.
    assert_eq!(alun_evidence::sentence(&"\u{1}".repeat(90_000)).len(), 400);
}

#[test]
fn numbers_should_be_read_as_they_were_written() {
    let mut value = 0.123_456_789_012_f64;
    for _ in 0..20_000 {
        value = (value * 997.123_456_7) % 1.0;
        let rounded = nine(value);
        let text = serde_json::to_string(&rounded).unwrap();
        assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), rounded.to_bits());
        assert_eq!(text.parse::<f64>().unwrap().to_bits(), rounded.to_bits());
    }
    let wild = |measure| Verdict { passed: true, finding: String::new(), measure, units: 0 };
    for measure in [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX] {
        let text = serde_json::to_string(&alun_evidence::recorded(wild(measure))).unwrap();
        let read: Verdict = serde_json::from_str(&text).unwrap();
        assert_eq!(read.measure.abs(), 1e6);
    }
}
