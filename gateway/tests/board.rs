//! The Grafana board names metrics that there are.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What Prometheus makes of one histogram.
const SUFFIXES: [&str; 3] = ["_bucket", "_sum", "_count"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every name of ours or of the node's in the board's expressions.
fn named() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/grafana/alun.json")).unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    let mut names = BTreeSet::new();
    for panel in board["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let words = target["expr"].as_str().unwrap();
            let words = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let ours = words.filter(|w| w.starts_with("alun_") || w.starts_with("substrate_"));
            names.extend(ours.map(str::to_owned));
        }
    }
    names
}

/// All Rust source below a folder.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn is_in(source: &str, name: &str) -> bool {
    let cut = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
    [Some(name), cut].into_iter().flatten().any(|name| source.contains(&format!("\"{name}\"")))
}

#[test]
fn board_should_name_only_metrics_that_there_are_and_some_of_each_binary() {
    let names = named();
    for (binary, prefix) in
        [("miner", "alun_miner_"), ("validator", "alun_validator_"), ("gateway", "alun_gateway_")]
    {
        let mut source = String::new();
        sources(&root().join(binary).join("src"), &mut source);
        let of_it: Vec<&String> = names.iter().filter(|name| name.starts_with(prefix)).collect();
        assert!(of_it.len() > 4, "the board says little of the {binary}: {of_it:?}");
        for name in of_it {
            assert!(is_in(&source, name), "the {binary} has no metric {name}");
        }
    }
    assert!(!is_in("\"alun_gateway_running\"", "alun_gateway_runing"));
}

#[test]
fn board_should_name_only_metrics_of_the_sdk_for_the_node() {
    let names = named();
    let of_node: Vec<&String> =
        names.iter().filter(|name| name.starts_with("substrate_")).collect();
    assert!(of_node.len() > 2, "{of_node:?}");
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let registry = home.unwrap_or_default().join("registry/src");
    let mut source = String::new();
    for index in fs::read_dir(registry).into_iter().flatten().flatten() {
        for name in ["sc-service", "sc-network", "sc-transaction-pool"] {
            for folder in fs::read_dir(index.path()).into_iter().flatten().flatten() {
                if folder.file_name().to_string_lossy().starts_with(name) {
                    sources(&folder.path().join("src"), &mut source);
                }
            }
        }
    }
    if source.is_empty() {
        println!("SKIPPED: the SDK's source is not where cargo puts it");
        return;
    }
    for name in of_node {
        assert!(is_in(&source, name), "the SDK has no metric {name}");
    }
}
