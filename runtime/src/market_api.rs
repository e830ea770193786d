//! The runtime API of the market: everything that a wallet, a miner, a validator or an explorer asks
//! of the chain, in typed values whose shape the metadata tells.

use alloc::vec::Vec;
use alun_primitives::{
    views::{
        ChildrenView, DelegateView, EpochWork, MarketView, Metagraph, NetworkView, NeuronView,
        NextEpoch, RowValidity, StakePosition, StakeQuote, SubnetView,
    },
    Alpha, Balance, Eviction, MechanismId, NetUid, Trade, TradeError, Uid,
};
use codec::Codec;
use sp_runtime::DispatchError;

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

        /// How far a neuron is from losing its uid: its rank, and with which registration it leaves.
        fn eviction(netuid: NetUid, uid: Uid) -> Option<Eviction>;

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

        /// A subnet's market; `None` without one.
        fn market(netuid: NetUid) -> Option<MarketView>;

        /// At most `limit` markets, and no more than [`PAGE`], by ascending netuid, from `from` on.
        fn markets(from: NetUid, limit: u16) -> Vec<MarketView>;

        /// What `native` tokens would buy of a subnet's alpha now, the fee included.
        fn quote_buy(netuid: NetUid, native: Balance) -> Result<Trade, TradeError>;

        /// What `alpha` would be sold for now, the fee off.
        fn quote_sell(netuid: NetUid, alpha: Alpha) -> Result<Trade, TradeError>;

        /// What `add_stake` would give, or the error with which it would be refused. Whether the
        /// caller can pay is not looked at.
        fn quote_add(
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
        ) -> Result<StakeQuote, DispatchError>;

        /// What `remove_stake` would give; without an amount, all of the position.
        fn quote_remove(
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Option<u64>,
        ) -> Result<StakeQuote, DispatchError>;

        /// What `remove_all_stake` would give, position by position.
        fn quote_remove_all(
            coldkey: AccountId,
            positions: Vec<(AccountId, NetUid)>,
        ) -> Result<Vec<StakeQuote>, DispatchError>;

        /// What `move_stake` would give.
        fn quote_move(
            coldkey: AccountId,
            netuid: NetUid,
            from: AccountId,
            to: AccountId,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError>;

        /// What `transfer_stake` would give, and hold as a deposit.
        fn quote_transfer(
            coldkey: AccountId,
            to: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError>;

        /// What `swap_stake` would give.
        fn quote_swap(
            coldkey: AccountId,
            hotkey: AccountId,
            from: NetUid,
            to: NetUid,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError>;

        /// What a hotkey lends and is lent on a subnet.
        fn children(hotkey: AccountId, netuid: NetUid) -> ChildrenView<AccountId>;

        /// The bytes that a hotkey signs so that `bind_hotkey` binds it to `coldkey`.
        fn bind_payload(coldkey: AccountId) -> Vec<u8>;

        /// The coldkey that a hotkey is bound to.
        fn coldkey_of(hotkey: AccountId) -> Option<AccountId>;

        /// The invariants that do not hold, each as a line of text; empty when all is well. Reads
        /// the whole state.
        fn check_invariants() -> Vec<Vec<u8>>;
    }
}
