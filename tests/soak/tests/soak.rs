//! The soak itself, and every seed that ever failed.

use alun_soak::{
    calls,
    save::Saved,
    soak::{self, known_calls},
    Settings, Soak,
};
use std::{collections::BTreeSet, fs, path::Path};

/// Runs to a height; everything holds.
fn run_to(soak: &mut Soak, blocks: u32) {
    while soak.chain.number < blocks {
        soak.block();
        assert!(soak.is_sound(), "{:?} after {:#?}", soak.wrong, soak.last);
    }
}

#[test]
fn every_call_of_our_pallets_should_have_a_generator() {
    // Those of the SDK, of which the sensible ones have generators all the same.
    let foreign = [
        "System",
        "Timestamp",
        "Grandpa",
        "Balances",
        "Session",
        "Utility",
        "Sudo",
        "Multisig",
        "Proxy",
        "SafeMode",
        "TxPause",
    ];
    let generated: BTreeSet<&str> = calls::table().iter().map(|one| one.kind).collect();
    let known = known_calls(&foreign);
    assert!(known.len() > 25, "{known:?}");
    let missing: Vec<_> =
        known.into_iter().filter(|call| !generated.contains(call.as_str())).collect();
    assert!(missing.is_empty(), "no generator in tests/soak/src/calls for {missing:?}");
}

#[test]
fn every_kind_should_be_accepted_and_refused_when_a_short_run_ends() {
    let mut soak = Soak::new(Settings::new(4, 1));
    run_to(&mut soak, 400);
    // `balances.burn` would burn without being counted: it is filtered. Batches that go on after a
    // failure, and transfers of all there is, hardly ever fail.
    let one_sided = ["Balances.burn", "Utility.force_batch", "Balances.transfer_all"];
    for generator in calls::table() {
        let outcomes = soak.tally.kinds.get(generator.kind).cloned().unwrap_or_default();
        let both = outcomes.ok > 0 && outcomes.refusals() > 0;
        assert!(both || one_sided.contains(&generator.kind), "{}: {outcomes:?}", generator.kind);
    }
    for what in ["epochs", "evictions", "dividends", "incentives", "redemptions", "wind-ups"] {
        assert!(soak.tally.seen.contains_key(what), "no {what}");
    }
}

#[test]
fn resumed_run_should_end_in_the_same_line() {
    let folder = std::env::temp_dir().join(format!("alun-soak-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("state");
    let settings = Settings::new(3, 7);
    let mut whole = Soak::new(settings.clone());
    run_to(&mut whole, 40);
    let mut part = Soak::new(settings);
    for height in [11, 25] {
        run_to(&mut part, height);
        Saved::of(&mut part).write(&file).unwrap();
        part = Saved::read(&file).unwrap().resume();
    }
    run_to(&mut part, 40);
    assert_eq!(part.line(), whole.line());
    assert_eq!(part.tally, whole.tally);
    assert_eq!(part.chain.hash, whole.chain.hash);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn seeds_that_failed_should_pass() {
    for line in include_str!("seeds.txt").lines().filter(|line| !line.starts_with('#')) {
        let numbers: Vec<u32> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let [seed, subnets, blocks] = numbers.as_slice() else { panic!("{line}") };
        let settings = Settings::new(u16::try_from(*subnets).unwrap(), u64::from(*seed));
        run_to(&mut Soak::new(settings), *blocks);
    }
}

#[test]
fn bytes_that_failed_should_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bytes");
    for file in fs::read_dir(folder).unwrap() {
        let soak = soak::from_bytes(fs::read(file.unwrap().path()).unwrap());
        assert!(soak.is_sound(), "{:?} after {:#?}", soak.wrong, soak.last);
    }
}

#[test]
fn units_off_should_be_seen_when_root_makes_money_that_nobody_counts() {
    let mut soak = Soak::new(Settings::new(2, 3));
    run_to(&mut soak, 5);
    soak.chain.on(|| {
        let issuance = pallet_balances::TotalIssuance::<alun_runtime::Runtime>::get();
        pallet_balances::TotalIssuance::<alun_runtime::Runtime>::put(issuance + 1);
    });
    soak.block();
    // Off by one against balances, against events, and against what was minted and burned.
    assert_eq!(soak.units_off, 3);
    assert!(soak.violations > 0 && soak.line().contains("units_off=3"), "{:?}", soak.wrong);
}
