//! The JSON-RPC beside what the service itself adds (chain, state, author, and the v2 methods):
//! nonces and dry runs (`system_*`), fees (`payment_*`). There is no method of our own: what the
//! market offers are runtime APIs, reached with `state_call` or `chainHead_v1_call`.

use alun_runtime::{opaque::Block, AccountId, Balance, Nonce};
use jsonrpsee::RpcModule;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Error as BlockChainError, HeaderBackend, HeaderMetadata};
use std::sync::Arc;

/// What goes wrong when two methods have one name.
pub type RegistrationError = Box<dyn std::error::Error + Send + Sync>;

/// The methods of a full node.
///
/// # Errors
///
/// When two methods have one name.
pub fn methods<C, P>(client: Arc<C>, pool: Arc<P>) -> Result<RpcModule<()>, RegistrationError>
where
    C: ProvideRuntimeApi<Block>
        + HeaderBackend<Block>
        + HeaderMetadata<Block, Error = BlockChainError>
        + Send
        + Sync
        + 'static,
    C::Api: substrate_frame_rpc_system::AccountNonceApi<Block, AccountId, Nonce>
        + pallet_transaction_payment_rpc::TransactionPaymentRuntimeApi<Block, Balance>
        + BlockBuilder<Block>,
    P: TransactionPool + 'static,
{
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    Ok(module)
}
