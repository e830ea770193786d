//! A chain to test on: the state that the runtime's own WASM builds from a preset, and blocks run by
//! the same code natively.

use alun_runtime::{
    invariants, Executive, Header, Runtime, RuntimeCall, SignedPayload, Timestamp,
    UncheckedExtrinsic, WASM_BINARY,
};
use codec::Encode;
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_executor::WasmExecutor;
use sp_consensus_aura::{Slot, AURA_ENGINE_ID};
use sp_core::traits::{CallContext, CodeExecutor, Externalities, RuntimeCode, WrappedRuntimeCode};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    generic::{Digest, DigestItem, Era},
    traits::Header as _,
    MultiSignature,
};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// The runtime's WASM, compressed as it goes on the chain.
pub fn wasm() -> &'static [u8] {
    WASM_BINARY.expect("the runtime was built")
}

/// Calls the genesis builder of the WASM.
type Builder = GenesisConfigBuilderRuntimeCaller<'static, sp_io::SubstrateHostFunctions>;

static BUILDER: LazyLock<Mutex<Builder>> = LazyLock::new(|| Mutex::new(Builder::new(wasm())));

/// The genesis builder of the WASM, compiled once. A failed test does not spoil it for the others.
pub fn genesis_builder() -> MutexGuard<'static, Builder> {
    BUILDER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state that the WASM builds from a preset.
pub fn state_of(preset: &str) -> TestExternalities {
    let storage = genesis_builder().get_storage_for_named_preset(Some(&preset.into())).unwrap();
    TestExternalities::new(storage)
}

/// Compiles the WASM once for all calls.
static EXECUTOR: LazyLock<WasmExecutor> = LazyLock::new(|| WasmExecutor::builder().build());

/// Calls a function of the WASM.
pub fn call_wasm(state: &mut dyn Externalities, method: &str, arguments: &[u8]) -> Vec<u8> {
    let code = wasm();
    let fetcher = WrappedRuntimeCode(code.into());
    let hash = sp_io::hashing::blake2_256(code).to_vec();
    let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash };
    EXECUTOR.call(state, &code, method, arguments, CallContext::Offchain).0.unwrap()
}

/// The slot of block `number`, some way from zero as on a real chain.
pub fn slot_of(number: u32) -> u64 {
    1_000_000 + u64::from(number)
}

/// The header with which block `number` begins.
pub fn header(number: u32) -> Header {
    let slot = Slot::from(slot_of(number)).encode();
    let digest = Digest { logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, slot)] };
    Header::new(number, Default::default(), Default::default(), Default::default(), digest)
}

/// The inherent of block `number`, which sets the time.
pub fn inherent(number: u32, slot_ms: u64) -> UncheckedExtrinsic {
    let now = slot_of(number) * slot_ms;
    UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(pallet_timestamp::Call::set { now }))
}

/// Runs block `number`: inherents, then `inside`, then the end of the block. The invariants hold
/// after it.
pub fn run_block<R>(number: u32, inside: impl FnOnce() -> R) -> R {
    Executive::initialize_block(&header(number));
    let slot_ms = pallet_clock::SlotMs::<Runtime>::get();
    Executive::apply_extrinsic(inherent(number, slot_ms)).unwrap().unwrap();
    let result = inside();
    assert_eq!(Timestamp::get(), slot_of(number) * slot_ms);
    Executive::finalize_block();
    assert_eq!(invariants::broken(), Vec::<&str>::new(), "after block {number}");
    result
}

/// A call signed by a development key.
pub fn signed(who: Sr25519Keyring, nonce: u32, tip: u64, call: RuntimeCall) -> UncheckedExtrinsic {
    let extension = (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckMortality::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        (
            pallet_subnets::CheckRegistration::new(),
            pallet_weights::CheckWeightCalls::new(),
            alun_runtime::guard::CheckColdkey,
        ),
        pallet_transaction_payment::ChargeTransactionPayment::from(tip),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    );
    let payload = SignedPayload::new(call, extension).unwrap();
    let signature = payload.using_encoded(|bytes| who.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(
        call,
        who.to_account_id().into(),
        MultiSignature::Sr25519(signature),
        extension,
    )
}
