//! The runtime APIs: those of the SDK, which nodes and wallets know, and those of the market.

use crate::{
    explain, genesis, invariants, market_api::PAGE, views, AccountId, Aura, Balance, Block,
    Consensus, Executive, Grandpa, InherentDataExt, Market, Nonce, Runtime, RuntimeCall,
    RuntimeGenesisConfig, SessionKeys, Stake, Subnets, System, TransactionPayment, Weights,
    VERSION,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{AlphaMarket, KeyRegistry},
    views::{
        ChildrenView, DelegateView, EpochWork, MarketView, Metagraph, NetworkView, NeuronView,
        NextEpoch, RowValidity, StakePosition, StakeQuote, SubnetView,
    },
    Alpha, Eviction, MechanismId, NetUid, Trade, TradeError, Uid,
};
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    weights::Weight,
};
use pallet_grandpa::AuthorityId as GrandpaId;
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_genesis_builder::PresetId;
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
    traits::{Block as BlockT, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, DispatchError, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

use alun_primitives::views::{
    ExplainError, NeuronExplanation, NominatorExplanation, RowPreview, SubnetExplanation,
};

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: InherentData,
        ) -> CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            transaction: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, transaction, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
        fn slot_duration() -> sp_consensus_aura::SlotDuration {
            sp_consensus_aura::SlotDuration::from_millis(Aura::slot_duration())
        }

        fn authorities() -> Vec<AuraId> {
            pallet_aura::Authorities::<Runtime>::get().into_inner()
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            pallet_grandpa::CurrentSetId::<Runtime>::get()
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            _equivocation_proof: sp_consensus_grandpa::EquivocationProof<
                <Block as BlockT>::Hash,
                NumberFor<Block>,
            >,
            _key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            None
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_grandpa::SetId,
            _authority_id: GrandpaId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            None
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(
            owner: Vec<u8>,
            seed: Option<Vec<u8>>,
        ) -> OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
        for Runtime
    {
        fn query_info(
            extrinsic: <Block as BlockT>::Extrinsic,
            length: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(extrinsic, length)
        }

        fn query_fee_details(
            extrinsic: <Block as BlockT>::Extrinsic,
            length: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(extrinsic, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
        Block,
        Balance,
        RuntimeCall,
    > for Runtime
    {
        fn query_call_info(
            call: RuntimeCall,
            length: u32,
        ) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, length)
        }

        fn query_call_fee_details(
            call: RuntimeCall,
            length: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis::get_preset)
        }

        fn preset_names() -> Vec<PresetId> {
            genesis::preset_names()
        }
    }

    impl crate::market_api::MarketApi<Block, AccountId> for Runtime {
        fn network() -> NetworkView {
            views::network()
        }

        fn subnets(from: NetUid, limit: u16) -> Vec<SubnetView<AccountId>> {
            views::subnets(from, limit.min(PAGE))
        }

        fn subnet(netuid: NetUid) -> Option<SubnetView<AccountId>> {
            views::subnet(netuid)
        }

        fn metagraph(netuid: NetUid, mechanism: MechanismId) -> Option<Metagraph<AccountId>> {
            views::metagraph(netuid, mechanism)
        }

        fn neuron(netuid: NetUid, uid: Uid) -> Option<NeuronView<AccountId>> {
            views::neuron(netuid, uid)
        }

        fn eviction(netuid: NetUid, uid: Uid) -> Option<Eviction> {
            Eviction::of(&views::metagraph(netuid, MechanismId::FIRST)?, uid)
        }

        fn stake_of(coldkey: AccountId) -> Vec<StakePosition<AccountId>> {
            Stake::stake_of(&coldkey)
        }

        fn delegates(from: u32, limit: u32) -> Vec<DelegateView<AccountId>> {
            Stake::delegates(from, limit.min(PAGE.into()))
        }

        fn delegate(hotkey: AccountId) -> Option<DelegateView<AccountId>> {
            Stake::delegate(&hotkey)
        }

        fn registration_price(netuid: NetUid) -> Option<Balance> {
            Subnets::registration_price(netuid)
        }

        fn next_epoch(netuid: NetUid) -> Option<NextEpoch> {
            Consensus::next_epoch(netuid)
        }

        fn epoch_work() -> Option<EpochWork> {
            Consensus::work_view()
        }

        fn check_row(
            netuid: NetUid,
            mechanism: MechanismId,
            hotkey: AccountId,
            uids: Vec<u16>,
            values: Vec<u16>,
            version: u64,
        ) -> RowValidity {
            Weights::check_row(netuid, mechanism, &hotkey, uids, values, version)
        }

        fn explain_neuron(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
        ) -> Result<NeuronExplanation<AccountId>, ExplainError> {
            explain::neuron(netuid, mechanism, uid)
        }

        fn explain_subnet(
            netuid: NetUid,
            mechanism: MechanismId,
        ) -> Result<SubnetExplanation<AccountId>, ExplainError> {
            explain::subnet(netuid, mechanism)
        }

        fn explain_nominator(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            coldkey: AccountId,
        ) -> Result<NominatorExplanation<AccountId>, ExplainError> {
            explain::nominator(netuid, mechanism, uid, coldkey)
        }

        fn preview_row(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            uids: Vec<u16>,
            values: Vec<u16>,
        ) -> Result<RowPreview<AccountId>, ExplainError> {
            explain::preview(netuid, mechanism, uid, uids, values)
        }

        fn market(netuid: NetUid) -> Option<MarketView> {
            Market::market_view(netuid)
        }

        fn markets(from: NetUid, limit: u16) -> Vec<MarketView> {
            views::markets(from, limit.min(PAGE))
        }

        fn quote_buy(netuid: NetUid, native: Balance) -> Result<Trade, TradeError> {
            Market::quote_buy(netuid, native)
        }

        fn quote_sell(netuid: NetUid, alpha: Alpha) -> Result<Trade, TradeError> {
            Market::quote_sell(netuid, alpha)
        }

        fn quote_add(
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
        ) -> Result<StakeQuote, DispatchError> {
            Stake::quote_add(&hotkey, netuid, amount)
        }

        fn quote_remove(
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Option<u64>,
        ) -> Result<StakeQuote, DispatchError> {
            Stake::quote_remove(&coldkey, &hotkey, netuid, amount)
        }

        fn quote_remove_all(
            coldkey: AccountId,
            positions: Vec<(AccountId, NetUid)>,
        ) -> Result<Vec<StakeQuote>, DispatchError> {
            Stake::quote_remove_all(&coldkey, &positions)
        }

        fn quote_move(
            coldkey: AccountId,
            netuid: NetUid,
            from: AccountId,
            to: AccountId,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError> {
            Stake::quote_move(&coldkey, netuid, &from, &to, amount)
        }

        fn quote_transfer(
            coldkey: AccountId,
            to: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError> {
            Stake::quote_transfer(&coldkey, &to, &hotkey, netuid, amount)
        }

        fn quote_swap(
            coldkey: AccountId,
            hotkey: AccountId,
            from: NetUid,
            to: NetUid,
            amount: u64,
        ) -> Result<StakeQuote, DispatchError> {
            Stake::quote_swap(&coldkey, &hotkey, from, to, amount)
        }

        fn children(hotkey: AccountId, netuid: NetUid) -> ChildrenView<AccountId> {
            Stake::children(&hotkey, netuid)
        }

        fn bind_payload(coldkey: AccountId) -> Vec<u8> {
            Stake::bind_payload(&coldkey)
        }

        fn coldkey_of(hotkey: AccountId) -> Option<AccountId> {
            Stake::coldkey_of(&hotkey)
        }

        fn check_invariants() -> Vec<Vec<u8>> {
            invariants::broken().into_iter().map(|line| line.as_bytes().to_vec()).collect()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (
            Vec<frame_benchmarking::BenchmarkList>,
            Vec<frame_support::traits::StorageInfo>,
        ) {
            crate::benchmarks::metadata(extra)
        }

        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            crate::benchmarks::dispatch(config)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            use frame_support::traits::Get;
            use frame_system::Config;
            // A failed check must abort: this API runs off the chain only.
            match Executive::try_runtime_upgrade(checks) {
                Ok(weight) => {
                    (weight, <Runtime as Config>::BlockWeights::get().max_block)
                },
                Err(error) => panic!("runtime upgrade failed its checks: {error:?}"),
            }
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            match Executive::try_execute_block(block, state_root_check, signature_check, select) {
                Ok(weight) => weight,
                Err(error) => panic!("block failed its checks: {error:?}"),
            }
        }
    }
}
