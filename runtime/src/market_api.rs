//! The runtime API of the market: everything that a wallet, a miner, a validator or an explorer asks
//! of the chain, in typed values whose shape the metadata tells.

use alloc::vec::Vec;
use alun_primitives::{
    views::{
        DelegateView, EpochWork, Metagraph, NetworkView, NeuronView, NextEpoch, RowValidity,
        StakePosition, StakeQuote, SubnetView,
    },
    Balance, MechanismId, NetUid, Uid,
};
use codec::Codec;

use alun_primitives::views::{
    ExplainError, NeuronExplanation, NominatorExplanation, RowPreview, SubnetExplanation,
};

/// The most entries of a list in one call.
pub const PAGE: u16 = 1_024;

sp_api::decl_runtime_apis! {
    /// Reads the market. Amounts are in the smallest unit; lists are in the order that each method
    /// names.
    pub trait MarketApi<AccountId> where AccountId: Codec {
        /// The chain as a whole.
        fn network() -> NetworkView;

        /// At most `limit` subnets, and no more than [`PAGE`], by ascending netuid, from `from` on.
        fn subnets(from: NetUid, limit: u16) -> Vec<SubnetView<AccountId>>;

        /// One subnet.
        fn subnet(netuid: NetUid) -> Option<SubnetView<AccountId>>;

        /// A subnet with all its neurons, and what the last epoch of `mechanism` said of them.
        fn metagraph(netuid: NetUid, mechanism: MechanismId) -> Option<Metagraph<AccountId>>;

        /// One neuron, as on mechanism 0.
        fn neuron(netuid: NetUid, uid: Uid) -> Option<NeuronView<AccountId>>;

        /// What a coldkey has staked, by hotkey and netuid.
        fn stake_of(coldkey: AccountId) -> Vec<StakePosition<AccountId>>;

        /// At most `limit` delegates, and no more than [`PAGE`], after the first `from`, in an order that stays while none
        /// comes or goes.
        fn delegates(from: u32, limit: u32) -> Vec<DelegateView<AccountId>>;

        /// One delegate; `None` for a hotkey that is not bound.
        fn delegate(hotkey: AccountId) -> Option<DelegateView<AccountId>>;

        /// What a registration burns now; `None` for an unknown subnet.
        fn registration_price(netuid: NetUid) -> Option<Balance>;

        /// When the next epoch of a subnet is due; `None` for one unknown or not started.
        fn next_epoch(netuid: NetUid) -> Option<NextEpoch>;

        /// The oldest epoch of the chain that is due and not finished, and how far it has got;
        /// `None` when there is none.
        fn epoch_work() -> Option<EpochWork>;

        /// Whether a weight row of `hotkey` would be accepted now.
        // The macro puts the block before the arguments, and so one above what clippy allows.
        #[allow(clippy::too_many_arguments)]
        fn check_row(
            netuid: NetUid,
            mechanism: MechanismId,
            hotkey: AccountId,
            uids: Vec<u16>,
            values: Vec<u16>,
            version: u64,
        ) -> RowValidity;

        /// Why a neuron was paid what it was paid by the last epoch of a mechanism.
        fn explain_neuron(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
        ) -> Result<NeuronExplanation<AccountId>, ExplainError>;

        /// Where the amount of the last epoch of a mechanism went.
        fn explain_subnet(
            netuid: NetUid,
            mechanism: MechanismId,
        ) -> Result<SubnetExplanation<AccountId>, ExplainError>;

        /// What the last payout to a validator means for one of its nominators.
        fn explain_nominator(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            coldkey: AccountId,
        ) -> Result<NominatorExplanation<AccountId>, ExplainError>;

        /// What the last epoch would have given with another row of the validator `uid`.
        fn preview_row(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            uids: Vec<u16>,
            values: Vec<u16>,
        ) -> Result<RowPreview<AccountId>, ExplainError>;

        /// What `add_stake` would give; `None` where it would be refused.
        fn quote_add(hotkey: AccountId, netuid: NetUid, amount: Balance) -> Option<StakeQuote>;

        /// What `remove_stake` would give; `None` where it would be refused.
        fn quote_remove(
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
        ) -> Option<StakeQuote>;

        /// The bytes that a hotkey signs so that `bind_hotkey` binds it to `coldkey`.
        fn bind_payload(coldkey: AccountId) -> Vec<u8>;

        /// The coldkey that a hotkey is bound to.
        fn coldkey_of(hotkey: AccountId) -> Option<AccountId>;

        /// The invariants that do not hold, each as a line of text; empty when all is well. Reads
        /// the whole state.
        fn check_invariants() -> Vec<Vec<u8>>;
    }
}
