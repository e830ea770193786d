//! What every transaction carries beside its call, in the order in which it is checked and signed.
//! All but the standard ones have no size, so that unmodified clients can sign for this chain.

use crate::Runtime;

/// What only the pool can refuse without a fee, before the fee is looked at: registrations above
/// their `max_price`, bad calls on weights, and what a coldkey that is being swapped may not do, each
/// with its own code from 100 on.
pub type MarketChecks = (
    pallet_subnets::CheckRegistration<Runtime>,
    pallet_weights::CheckWeightCalls<Runtime>,
    crate::guard::CheckColdkey,
);

/// The transaction extensions.
pub type TxExtension = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    MarketChecks,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);
