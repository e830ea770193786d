//! The checks that FRAME generates for a runtime. They read block limits, which here are storage, so
//! they run on a chain instead of nowhere.

use crate::chain;
use alun_runtime::AllPalletsWithSystem;
use frame_support::traits::IntegrityTest;

#[test]
fn pallets_should_pass_their_integrity_tests_when_on_a_chain() {
    for preset in ["local_testnet", "testnet"] {
        chain::state_of(preset).execute_with(AllPalletsWithSystem::integrity_test);
    }
}
