//! Each call of the runtime against each type of proxy.

use alun_runtime::{configs::governance::ProxyType, RuntimeCall};
use codec::Decode;
use frame_support::traits::{GetCallMetadata, InstanceFilter};
use std::collections::{BTreeMap, BTreeSet};
use ProxyType::{Any, Governance, Registration, StakeOnly, WeightsAndServing};

/// What each narrow type may do, beside batches: every other call of the runtime is refused. The
/// table of docs/staker.md says the same.
const TABLE: [(ProxyType, &[&str]); 4] = [
    (
        StakeOnly,
        &[
            "Stake.add_stake",
            "Stake.move_stake",
            "Stake.remove_all_stake",
            "Stake.remove_stake",
            "Stake.swap_stake",
        ],
    ),
    (
        WeightsAndServing,
        &[
            "Subnets.serve",
            "Subnets.unserve",
            "Weights.commit_weights",
            "Weights.reveal_weights",
            "Weights.set_weights",
        ],
    ),
    (Registration, &["Stake.bind_hotkey", "Subnets.register", "Subnets.register_subnet"]),
    (
        Governance,
        &[
            "Authorities.add_authority",
            "Authorities.remove_authority",
            "SafeMode.enter",
            "SafeMode.extend",
            "SafeMode.force_enter",
            "SafeMode.force_exit",
            "SafeMode.force_extend",
            "SafeMode.force_release_deposit",
            "SafeMode.force_slash_deposit",
            "SafeMode.release_deposit",
            "Stake.set_root_weight",
            "Subnets.set_hyperparameters",
            "Subnets.set_mechanism_count",
            "Subnets.set_subnet_limit",
            "Sudo.remove_key",
            "Sudo.set_key",
            "Sudo.sudo",
            "Sudo.sudo_as",
            "Sudo.sudo_unchecked_weight",
            "TxPause.pause",
            "TxPause.unpause",
        ],
    ),
];

/// Every call of the runtime as `Pallet.call`, with zeros for arguments: that each type has a value of
/// zeros, and no filter looks at an argument, is what this test relies on.
fn calls() -> BTreeMap<String, RuntimeCall> {
    let indices = (0..=u8::MAX).flat_map(|pallet| (0..=u8::MAX).map(move |call| [pallet, call]));
    let call = |index: [u8; 2]| {
        let bytes = [index.as_slice(), &[0; 1_024]].concat();
        RuntimeCall::decode(&mut bytes.as_slice()).ok()
    };
    indices
        .filter_map(call)
        .map(|call| {
            let name = call.get_call_metadata();
            (format!("{}.{}", name.pallet_name, name.function_name), call)
        })
        .collect()
}

#[test]
fn proxy_should_make_the_calls_of_the_table_and_no_other() {
    let calls = calls();
    let known = RuntimeCall::get_module_names().iter().flat_map(|pallet| {
        let names = RuntimeCall::get_call_names(pallet);
        names.iter().map(move |call| format!("{pallet}.{call}"))
    });
    let missing: Vec<_> = known.filter(|name| !calls.contains_key(name)).collect();
    // A proof of zeros is none. No narrow type names anything of Grandpa.
    let proofs = ["Grandpa.report_equivocation", "Grandpa.report_equivocation_unsigned"];
    assert_eq!(missing, proofs, "not made of zeros");
    assert!(calls.len() > 80, "{}", calls.len());

    for (kind, allowed) in TABLE {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let passes = |call: &&RuntimeCall| kind.filter(call);
        let batches = |name: &&str| name.starts_with("Utility.");
        let through: BTreeSet<&str> =
            calls.iter().filter(|(_, call)| passes(call)).map(|(name, _)| name.as_str()).collect();
        let through: BTreeSet<&str> = through.into_iter().filter(|name| !batches(name)).collect();
        assert_eq!(through, allowed, "{kind:?}");
    }
    for (name, call) in &calls {
        assert!(Any.filter(call), "{name}");
        // The calls of a batch pass the filter again, see filters.rs.
        let batch = name.starts_with("Utility.");
        for kind in [StakeOnly, WeightsAndServing, Registration, Governance] {
            assert!(!batch || kind.filter(call), "{name}");
        }
    }
}

#[test]
fn narrow_proxies_should_share_no_call() {
    let mut seen = BTreeSet::new();
    for (kind, allowed) in TABLE {
        for name in allowed {
            assert!(seen.insert(*name), "{name} twice, {kind:?}");
        }
    }
}

#[test]
fn staker_page_should_say_what_proxies_may_do() {
    let page = include_str!("../../../docs/staker.md");
    for (kind, allowed) in TABLE {
        let calls: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
        let row = format!("| `{kind:?}` | {} |", calls.join(", "));
        assert!(page.contains(&row), "docs/staker.md lacks\n{row}");
    }
}
