//! Binding hotkeys and registering neurons.

use crate::{
    calls::{BatchAll, BindHotkey, Register},
    AccountId, Balance, Chain, Digest, Landed, NetUid, Submission, SubmitError,
};
use alun_keys::Keypair;
use subxt::utils::MultiSignature;

/// Domain tag of a binding, 11 bytes.
const BIND_TAG: &[u8; 11] = b"alun/bind/1";

/// The bytes that a hotkey signs to be bound to a coldkey on the chain of that genesis. Computed
/// here and never taken from a node: a node could have something else signed.
pub fn bind_payload(genesis: &Digest, coldkey: &AccountId) -> Vec<u8> {
    [BIND_TAG.as_slice(), genesis, &coldkey.0].concat()
}

/// The call that binds a hotkey to a coldkey; the coldkey signs and sends it.
pub fn bind_hotkey(genesis: &Digest, hotkey: &Keypair, coldkey: &AccountId) -> BindHotkey {
    let signature = hotkey.sign(&bind_payload(genesis, coldkey));
    BindHotkey {
        hotkey: AccountId::from(hotkey.public()),
        proof: MultiSignature::Sr25519(signature),
    }
}

/// Registers a neuron, and binds its hotkey first, in the same transaction, if nobody has. Fails
/// as a whole: `max_price` is the most that is burned.
pub async fn register_neuron(
    chain: &Chain,
    coldkey: &Keypair,
    hotkey: &Keypair,
    netuid: NetUid,
    max_price: Balance,
    how: &Submission,
) -> Result<Landed, SubmitError> {
    let account = AccountId::from(hotkey.public());
    let register = Register { netuid, hotkey: account, max_price };
    if chain.best().await?.coldkey_of(&account).await?.is_some() {
        return chain.submit(coldkey, &register, how).await;
    }
    let owner = AccountId::from(coldkey.public());
    let bind = bind_hotkey(&chain.genesis(), hotkey, &owner);
    let calls = vec![chain.encode(&bind).await?, chain.encode(&register).await?];
    chain.submit(coldkey, &BatchAll { calls }, how).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bind_payload_should_be_tag_genesis_and_coldkey() {
        let payload = bind_payload(&[1; 32], &AccountId::from([2; 32]));
        assert_eq!(payload.len(), 75);
        assert_eq!(payload.get(..12), Some(b"alun/bind/1\x01".as_slice()));
        assert_eq!(payload.last(), Some(&2));
    }
}
