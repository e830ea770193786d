//! The generated tests, and the class-level values they expect.

use alun_yuma::{BondRule, Output, Params};
use serde_json::Value;

use super::{
    common::{
        random::Random,
        subnet::{params, Subnet},
    },
    json::{check_keys, float, floats, int, ints, list, object},
};

pub fn replay_all(generative: &Value) {
    assert!(!object(generative).is_empty());
    for (key, test) in object(generative) {
        match key.as_str() {
            "graph_512" => graph_512(test),
            "graph_512_random_weights" => graph_512_random_weights(test),
            "consensus_guarantees" => consensus_guarantees(test),
            "validator_permits" => validator_permits(test),
            "deregistered_miner_bonds" => deregistered_miner_bonds(),
            "commit_reveal_masking" => commit_reveal_masking(),
            "single_staker_no_weights" => single_staker_no_weights(),
            // Left out on purpose: the counter of blocks between epochs belongs to the schedule
            // of `pallets/consensus`; an epoch here is told its block and the last one's.
            "blocks_since_last_step" => {}
            unknown => panic!("generative: unknown test `{unknown}`"),
        }
    }
}

/// Which uids are validators: the first ones, every eighth one, or drawn by lot.
fn layout(kind: u64, n: usize, validators: usize) -> Vec<usize> {
    let mut uids: Vec<usize> = (0..n).collect();
    match kind {
        0 => {}
        1 => uids.sort_by_key(|uid| (uid % (n / validators), *uid)),
        _ => Random(7).shuffle(&mut uids),
    }
    uids.truncate(validators);
    uids
}

fn graph_512(test: &Value) {
    let known = [
        "asserted",
        "n",
        "validators",
        "stake_per_validator",
        "server_stake",
        "registration_block",
        "weights_block",
        "epochs",
        "epoch_emission",
        "params",
        "weights",
        "layouts",
        "expect",
        "model_agrees",
    ];
    check_keys("graph_512", test, &known);
    for (kind, name) in ["blockwise", "interleaved", "random"].into_iter().enumerate() {
        assert!(test["layouts"].get(name).is_some());
        for server_self in [false, true] {
            graph_512_once(test, kind as u64, server_self);
        }
    }
    assert_eq!(object(&test["layouts"]).len(), 3);
}

fn graph_512_once(test: &Value, kind: u64, server_self: bool) {
    let (n, count) = (int(&test["n"]) as usize, int(&test["validators"]) as usize);
    let p = &test["params"];
    let known = [
        "kappa",
        "bonds_penalty",
        "bonds_moving_average",
        "yuma3",
        "max_allowed_validators",
        "path",
    ];
    check_keys("graph_512", p, &known);
    assert_eq!(p["yuma3"], false);
    let validators = layout(kind, n, count);
    let servers: Vec<u16> =
        (0..n as u16).filter(|uid| !validators.contains(&usize::from(*uid))).collect();
    let mut stakes = vec![int(&test["server_stake"]); n];
    for uid in &validators {
        stakes[*uid] = int(&test["stake_per_validator"]);
    }
    let params = Params {
        kappa: int(&p["kappa"]) as u16,
        bonds_penalty: int(&p["bonds_penalty"]) as u16,
        bonds_moving_average: int(&p["bonds_moving_average"]) as u32,
        max_validators: int(&p["max_allowed_validators"]) as u16,
        ..params(BondRule::Classic)
    };
    let mut subnet = Subnet::new(params, &stakes, int(&test["registration_block"]));
    subnet.epoch(); // Grants the permits.
    subnet.block = int(&test["weights_block"]);
    for uid in &validators {
        subnet.set_weights(*uid, &servers, &vec![127; servers.len()]);
    }
    for uid in servers.iter().filter(|_| server_self) {
        subnet.set_weights(usize::from(*uid), &[*uid], &[65_535]);
    }
    let mut output = Output::default();
    for _ in 0..int(&test["epochs"]) {
        output = subnet.epoch();
        subnet.block += 1;
    }
    let emission = int(&test["epoch_emission"]);
    let paid = output.combined(emission);
    assert_eq!(paid.iter().sum::<u64>(), emission);
    check_keys("graph_512", &test["expect"], &["validator", "server"]);
    for (uid, neuron) in output.neurons.iter().enumerate() {
        let class = if validators.contains(&uid) { "validator" } else { "server" };
        let have = |key: &str| -> Vec<u64> {
            match key {
                "consensus_u16" => vec![neuron.consensus.into()],
                "incentive_u16" => vec![neuron.incentive.into()],
                "dividends_u16" => vec![neuron.dividends.into()],
                "emission" => vec![paid[uid]],
                "bond_on_first_validator" => {
                    vec![subnet.bond(uid, validators[0] as u16).into()]
                }
                "bond_on_first_server" => vec![subnet.bond(uid, servers[0]).into()],
                "bonds" => subnet.bonds[uid].iter().map(|(_, bond)| u64::from(*bond)).collect(),
                unknown => panic!("graph_512: unknown expectation `{unknown}`"),
            }
        };
        for (key, want) in object(&test["expect"][class]) {
            // The reference floors each emission; ours place what is left over.
            let limit = u64::from(key == "emission");
            for have in have(key) {
                let off = have.abs_diff(int(want));
                assert!(off <= limit, "{class} {uid}: {key} {have}, not {want}");
            }
        }
    }
}

/// The reference compares its dense and its sparse form; ours is compared with the dense oracle.
fn graph_512_random_weights(test: &Value) {
    let known = [
        "asserted",
        "n",
        "validators",
        "stake_per_validator",
        "epochs",
        "rng",
        "bonds_penalty",
        "server_self",
        "layouts",
        "advice",
    ];
    check_keys("graph_512_random_weights", test, &known);
    let (n, count) = (int(&test["n"]) as usize, int(&test["validators"]) as usize);
    assert_eq!(int(&test["epochs"]), 1);
    for penalty in ints(&test["bonds_penalty"]) {
        for server_self in list(&test["server_self"]) {
            for kind in ints(&test["layouts"]) {
                let validators = layout(kind, n, count);
                let params = Params { bonds_penalty: penalty as u16, ..params(BondRule::Classic) };
                let stakes: Vec<u64> = (0..n)
                    .map(|uid| {
                        let stake = int(&test["stake_per_validator"]);
                        if validators.contains(&uid) {
                            stake
                        } else {
                            0
                        }
                    })
                    .collect();
                let mut subnet = Subnet::new(params, &stakes, 0);
                subnet.epoch();
                subnet.block = 1;
                random_rows(&mut subnet, &validators, server_self == true, kind);
                let dense = subnet.oracle();
                let sparse = subnet.epoch();
                for uid in 0..n {
                    let neuron = &sparse.neurons[uid];
                    let near = |have: u64, want: f64| {
                        (have as f64 / alun_yuma::fixed::ONE as f64 - want).abs() < 1e-7
                    };
                    assert!(near(neuron.rank, dense.rank[uid]), "rank of {uid}");
                    assert!(near(neuron.incentive_share, dense.incentive[uid]), "I of {uid}");
                    assert!(near(neuron.dividend_share, dense.dividends[uid]), "D of {uid}");
                    for column in 0..n {
                        let bond = f64::from(subnet.bond(uid, column as u16));
                        let want = dense.bonds[uid][column];
                        assert!((bond - want).abs() < 2.0, "{uid} on {column}: {bond}, {want}");
                    }
                }
            }
        }
    }
}

fn random_rows(subnet: &mut Subnet, validators: &[usize], server_self: bool, seed: u64) {
    let mut random = Random(seed);
    let n = subnet.neurons.len();
    let servers: Vec<u16> =
        (0..n as u16).filter(|uid| !validators.contains(&usize::from(*uid))).collect();
    for uid in validators {
        let draws: Vec<u64> = servers.iter().map(|_| random.below(65_535)).collect();
        let sum: u64 = draws.iter().sum();
        let values: Vec<u64> = draws.iter().map(|draw| draw * 65_535 / sum).collect();
        subnet.set_weights(*uid, &servers, &values);
    }
    for uid in servers.into_iter().filter(|_| server_self) {
        subnet.set_weights(usize::from(uid), &[uid], &[65_535]);
    }
}

/// The cases lie on the edge of what holds, and our draws are not the reference's.
const EDGE: f64 = 0.0025;

/// Disabled in the reference. The honest majority keeps at least its share of the stake.
fn consensus_guarantees(test: &Value) {
    let known = [
        "asserted",
        "n",
        "validators",
        "interleave",
        "total_stake",
        "stake_std",
        "generator",
        "property",
        "columns",
        "cases",
    ];
    check_keys("consensus_guarantees", test, &known);
    for case in list(&test["cases"]) {
        let case = floats(case);
        for rule in [BondRule::Classic, BondRule::StakeFree] {
            let (part, want) = (major_part(test, &case, rule), case[0] - EDGE);
            assert!(part >= want, "{rule:?} {case:?}: the majority gets {part}");
        }
    }
}

/// What part of the emission the majority gets.
fn major_part(test: &Value, case: &[f64], rule: BondRule) -> f64 {
    let &[major_stake, major_weight, minor_weight, noise, penalty] = case else {
        panic!("a case has five columns: {case:?}");
    };
    let (n, count) = (int(&test["n"]) as usize, int(&test["validators"]) as usize);
    let mut random = Random(0);
    let validators: Vec<usize> = layout(int(&test["interleave"]), n, count);
    let servers: Vec<usize> = (0..n).filter(|uid| !validators.contains(uid)).collect();
    let cut = |uids: &[usize]| (uids.len() as f64 * major_stake).round() as usize;
    let (major_validators, minor_validators) = validators.split_at(cut(&validators));
    let (major_servers, minor_servers) = servers.split_at(cut(&servers));

    let mut stakes = vec![0; n];
    let total = int(&test["total_stake"]) as f64;
    let stake_noise = float(&test["stake_std"]);
    for (part, share) in [(major_validators, major_stake), (minor_validators, 1.0 - major_stake)] {
        for (uid, stake) in part.iter().zip(spread(&mut random, part.len(), stake_noise)) {
            stakes[*uid] = (total * share * stake) as u64;
        }
    }
    let params = Params { bonds_penalty: penalty as u16, ..params(rule) };
    let mut subnet = Subnet::new(params, &stakes, 0);
    subnet.epoch();
    subnet.block = 1;
    let sides = [(major_validators, major_weight), (minor_validators, 1.0 - minor_weight)];
    for (part, on_major) in sides {
        for uid in part {
            let mut row = spread(&mut random, major_servers.len(), noise);
            row.iter_mut().for_each(|weight| *weight *= on_major);
            let minor = spread(&mut random, minor_servers.len(), noise);
            row.extend(minor.into_iter().map(|weight| weight * (1.0 - on_major)));
            let values: Vec<u64> = row.iter().map(|weight| (weight * 1e12) as u64).collect();
            let uids: Vec<u16> = servers.iter().map(|uid| *uid as u16).collect();
            subnet.set_weights(*uid, &uids, &values);
        }
    }
    for uid in &servers {
        subnet.set_weights(*uid, &[*uid as u16], &[65_535]);
    }
    let paid = subnet.epoch().combined(1_000_000_000);
    let major: u64 = major_validators.iter().chain(major_servers).map(|uid| paid[*uid]).sum();
    major as f64 / 1e9
}

/// Normal draws around 1 with this deviation, not below 0, that sum to 1.
fn spread(random: &mut Random, count: usize, deviation: f64) -> Vec<f64> {
    let draws: Vec<f64> =
        (0..count).map(|_| (1.0 + deviation * random.normal()).max(0.0)).collect();
    let sum: f64 = draws.iter().sum();
    draws.into_iter().map(|draw| draw / sum).collect()
}

fn validator_permits(test: &Value) {
    check_keys("validator_permits", test, &["asserted", "cases", "procedure"]);
    for case in list(&test["cases"]) {
        check_keys("validator_permits", case, &["network_n", "validators_n"]);
        let (n, count) = (int(&case["network_n"]) as usize, int(&case["validators_n"]) as usize);
        for kind in 0..3 {
            for server_self in [false, true] {
                let validators = layout(kind, n, count);
                let mut stakes: Vec<u64> = vec![n as u64; n];
                for (rank, uid) in (0..n).filter(|uid| !validators.contains(uid)).enumerate() {
                    stakes[uid] = 1 + rank as u64;
                }
                let params = Params {
                    max_validators: count as u16,
                    stake_threshold: count as u64,
                    ..params(BondRule::StakeFree)
                };
                let mut subnet = Subnet::new(params, &stakes, 0);
                subnet.block = 1;
                for uid in (0..n).filter(|uid| server_self && !validators.contains(uid)) {
                    subnet.set_weights(uid, &[uid as u16], &[65_535]);
                }
                let permits = |output: Output| -> Vec<usize> {
                    (0..n).filter(|uid| output.neurons[*uid].permit).collect()
                };
                let mut want = validators.clone();
                want.sort_unstable();
                assert_eq!(permits(subnet.epoch()), want, "{case}, layout {kind}");
                for uid in (0..n).filter(|uid| !validators.contains(uid)) {
                    subnet.neurons[uid].stake = n as u64 + 1;
                }
                subnet.block = 2;
                let servers: Vec<usize> = (0..n).filter(|uid| !validators.contains(uid)).collect();
                assert_eq!(servers.len(), count, "as many servers as permits");
                assert_eq!(permits(subnet.epoch()), servers, "{case}, layout {kind}, overtaken");
            }
        }
    }
}

/// Two validators and two miners under the classic rule, with a tempo of 10 blocks; uid 3 is
/// replaced before (`late` = false) or after the last epoch.
fn bond_on_replaced(replace_at: Option<u64>) -> u16 {
    let mut subnet = Subnet::new(params(BondRule::Classic), &[3, 1, 0, 0], 0);
    subnet.tempo = 10;
    subnet.block = 10;
    subnet.epoch();
    subnet.block = 11;
    subnet.set_weights(0, &[2, 3], &[1, 1]);
    subnet.set_weights(1, &[2, 3], &[1, 3]);
    subnet.block = 20;
    subnet.epoch();
    // Uid 0 turns away from 3, so that its bond there goes on only by being carried.
    subnet.block = 21;
    subnet.set_weights(0, &[2], &[1]);
    if let Some(block) = replace_at {
        subnet.block = block;
        subnet.replace(3, 0);
        subnet.set_weights(1, &[2, 3], &[1, 3]);
    }
    subnet.block = 30;
    subnet.epoch();
    subnet.bond(0, 3)
}

fn deregistered_miner_bonds() {
    let carried = bond_on_replaced(None);
    assert!(carried > 0);
    assert_eq!(bond_on_replaced(Some(25)), 0, "masked: registered since the last epoch");
    assert_eq!(bond_on_replaced(Some(19)), carried, "registered before the last epoch");
}

/// `last_update` is the block of the commit where commit-reveal is on, and of the row where it is
/// off; which of the two, and whether a commit is in its window, is `pallets/weights` to say.
fn commit_reveal_masking() {
    let incentive = |last_update: u64, registered: u64| {
        let mut subnet = Subnet::new(params(BondRule::StakeFree), &[1, 0, 0], 0);
        subnet.epoch();
        subnet.block = 50;
        subnet.set_weights(0, &[1, 2], &[1, 1]);
        subnet.neurons[0].last_update = last_update;
        subnet.neurons[2].registered = registered;
        subnet.epoch().neurons[2].incentive
    };
    assert_eq!(incentive(20, 30), 0, "committed before the new holder came");
    assert_eq!(incentive(30, 30), 0, "committed in the same block");
    assert_eq!(incentive(50, 30), 32_767, "set after it came");
    assert_eq!(incentive(40, 30), 32_767, "committed after it came");
}

fn single_staker_no_weights() {
    let mut subnet = Subnet::new(params(BondRule::StakeFree), &[1_000_000_000, 0, 0], 0);
    for _ in 0..2 {
        assert_eq!(subnet.epoch().combined(1_000_000_000), [1_000_000_000, 0, 0]);
        subnet.block += 1;
    }
}
