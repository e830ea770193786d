//! Binding hotkeys and registering neurons.

use crate::{
    calls::{BatchAll, BindHotkey, Register, SwapHotkey, TransferKeepAlive},
    AccountId, Balance, Chain, Digest, Landed, NetUid, Submission, SubmitError, UNIT,
};
use alun_keys::Keypair;
use blake2::{digest::consts::U32, Blake2b, Digest as _};
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
    let (hotkey, proof) = agree(genesis, hotkey, coldkey);
    BindHotkey { hotkey, proof }
}

/// The call that puts a new hotkey in the place of an old one; the coldkey of both signs and sends it.
pub fn swap_hotkey(
    genesis: &Digest,
    old: AccountId,
    new: &Keypair,
    coldkey: &AccountId,
    most_rows: u32,
) -> SwapHotkey {
    let (new, proof) = agree(genesis, new, coldkey);
    SwapHotkey { old, new, proof, most_rows }
}

/// The hash by which a coldkey is announced that takes another's place.
pub fn coldkey_hash(new: &AccountId) -> Digest {
    Blake2b::<U32>::digest(new.0).into()
}

/// A hotkey's own word that it is the coldkey's.
fn agree(genesis: &Digest, hotkey: &Keypair, coldkey: &AccountId) -> (AccountId, MultiSignature) {
    let signature = hotkey.sign(&bind_payload(genesis, coldkey));
    (AccountId::from(hotkey.public()), MultiSignature::Sr25519(signature))
}

/// What a new neuron's hotkey gets for the fees of its calls (endpoint, weight rows): some
/// hundreds of them.
pub const HOTKEY_FEES: Balance = UNIT / 10;

/// Registers a neuron for at most `max_price`. In the same transaction, all or nothing, its hotkey
/// is bound first if nobody has bound it, and gets [`HOTKEY_FEES`] if it has less than a tenth of
/// that and the coldkey can spare it: it signs calls of its own from now on.
pub async fn register_neuron(
    chain: &Chain,
    coldkey: &Keypair,
    hotkey: &Keypair,
    netuid: NetUid,
    max_price: Balance,
    how: &Submission,
) -> Result<Landed, SubmitError> {
    let account = AccountId::from(hotkey.public());
    let owner = AccountId::from(coldkey.public());
    let best = chain.best().await?;
    let mut calls = Vec::new();
    if best.coldkey_of(&account).await?.is_none() {
        let bind = bind_hotkey(&chain.genesis(), hotkey, &owner);
        calls.push(chain.encode(&bind).await?);
    }
    let register = Register { netuid, hotkey: account, max_price };
    let poor = best.balance(&account).await?.spendable() < HOTKEY_FEES / 10;
    // Twice, so that fees and the existential deposit are no question. Saturation only makes the
    // price unaffordable, which it is.
    let needs = max_price.saturating_add(HOTKEY_FEES * 2);
    if poor && account != owner && best.balance(&owner).await?.spendable() >= needs {
        calls.push(chain.encode(&TransferKeepAlive::new(account, HOTKEY_FEES)).await?);
    }
    if calls.is_empty() {
        return chain.submit(coldkey, &register, how).await;
    }
    calls.push(chain.encode(&register).await?);
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
