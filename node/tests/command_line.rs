//! The command line and the chain specs. Here and not in the library, which takes minutes to
//! compile and would be compiled again for its own tests.

use alun_node::{
    chain_spec::{load, DEV, LOCAL, TESTNET},
    cli::Cli,
};
use clap::{CommandFactory, Parser};
use sc_service::ChainSpec as _;

#[test]
fn command_line_should_be_consistent_when_checked_by_clap() {
    Cli::command().debug_assert();
}

#[test]
fn dev_should_need_no_other_flag_when_given() {
    let cli = Cli::try_parse_from(["alun-node", "--dev"]).unwrap();
    assert!(cli.subcommand.is_none());
    assert!(cli.run.shared_params.is_dev());
}

#[test]
fn load_should_take_the_preset_when_the_id_is_one() {
    for (id, expected) in [(DEV, DEV), (LOCAL, LOCAL), ("", LOCAL), (TESTNET, TESTNET)] {
        assert_eq!(load(id).unwrap().id(), expected);
    }
}

#[test]
fn spec_should_build_genesis_when_the_preset_is_in_the_runtime() {
    // One is enough here: each build compiles the runtime, whose own tests build all three.
    let storage = load(TESTNET).unwrap().as_storage_builder().build_storage().unwrap();
    assert!(!storage.top.is_empty());
}

#[test]
fn load_should_name_the_choices_when_the_id_is_unknown() {
    let error = load("mars").err().unwrap();
    assert_eq!(error, "`mars` is no chain: give dev, local, testnet or the path of a chain spec");
}

#[test]
fn load_should_say_so_when_the_file_is_no_chain_spec() {
    let error = load("Cargo.toml").err().unwrap();
    assert!(error.starts_with("`Cargo.toml` is not a chain spec: "), "{error}");
}
