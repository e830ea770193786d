//! Blocks of the runtime, natively, on a state in memory.

use alun_runtime::{
    Executive, Hash, Header, Runtime, RuntimeCall, SignedPayload, System, UncheckedExtrinsic,
};
use codec::Encode;
use frame_support::storage::with_transaction_unchecked;
use sp_consensus_aura::{Slot, AURA_ENGINE_ID};
use sp_core::Pair;
use sp_runtime::{
    generic::{Digest, DigestItem, Era},
    traits::Header as _,
    transaction_validity::{TransactionSource, TransactionValidity},
    MultiSignature, TransactionOutcome,
};
use sp_state_machine::BasicExternalities;
use sp_storage::Storage;

use crate::world::{Key, SLOT_MS};

/// Slot of block 0, some way from zero as on a real chain.
const FIRST_SLOT: u64 = 1_000_000;

/// A chain at the end of a block.
pub struct Chain {
    state: BasicExternalities,
    /// Height.
    pub number: u32,
    /// Hash of that block.
    pub hash: Hash,
}

impl Chain {
    /// At genesis.
    pub fn new(genesis: Storage) -> Self {
        Self::at(genesis, 0, Hash::default())
    }

    /// At a block.
    pub fn at(state: Storage, number: u32, hash: Hash) -> Self {
        Self { state: BasicExternalities::new(state), number, hash }
    }

    /// Runs something on the state.
    pub fn on<R>(&mut self, what: impl FnOnce() -> R) -> R {
        self.state.execute_with(what)
    }

    /// The state as it is. What was removed is forgotten with it, so that it stays small.
    pub fn storage(&mut self) -> Storage {
        let state = core::mem::replace(&mut self.state, BasicExternalities::new_empty());
        let storage = state.into_storages();
        self.state = BasicExternalities::new(storage.clone());
        storage
    }

    /// The next block with what `inside` applies.
    pub fn block<R>(&mut self, inside: impl FnOnce() -> R) -> R {
        let (number, parent) = (self.number + 1, self.hash);
        let (result, hash) = self.state.execute_with(|| {
            let slot = FIRST_SLOT + u64::from(number);
            let logs = vec![DigestItem::PreRuntime(AURA_ENGINE_ID, Slot::from(slot).encode())];
            let (none, digest) = (Hash::default(), Digest { logs });
            Executive::initialize_block(&Header::new(number, none, none, parent, digest));
            let now = pallet_timestamp::Call::set { now: slot * SLOT_MS };
            let inherent = UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(now));
            let applied = Executive::apply_extrinsic(inherent);
            assert!(matches!(applied, Ok(Ok(()))), "the time was refused: {applied:?}");
            let result = inside();
            (result, Executive::finalize_block().hash())
        });
        self.number = number;
        self.hash = hash;
        result
    }
}

/// A signed transaction with this nonce.
pub fn signed(key: &Key, nonce: u32, tip: u64, call: RuntimeCall) -> UncheckedExtrinsic {
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
        frame_system::WeightReclaim::<Runtime>::new(),
    );
    let payload = SignedPayload::new(call, extension).expect("no extension refuses to be signed");
    let signature = payload.using_encoded(|bytes| key.pair.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    let signature = MultiSignature::Ed25519(signature);
    UncheckedExtrinsic::new_signed(call, key.account.clone().into(), signature, extension)
}

/// What the pool says, without a trace of having been asked.
pub fn pool(transaction: UncheckedExtrinsic) -> TransactionValidity {
    with_transaction_unchecked(|| {
        let parent = System::parent_hash();
        let source = TransactionSource::External;
        let answer = Executive::validate_transaction(source, transaction, parent);
        TransactionOutcome::Rollback(answer)
    })
}
