//! Which hotkey is whose.

use crate::{Config, Error, Event, Hotkeys, Owned, Pallet};
use alloc::vec::Vec;
use alun_primitives::traits::{BindingProof, KeyRegistry, KeySuccession};
use codec::Encode;
use frame::{
    deps::frame_system,
    prelude::{ensure, BlockNumberFor, DispatchResult},
    traits::{Verify, Zero},
};

/// Domain tag of a binding proof, 11 bytes without a length prefix.
pub const BIND_TAG: [u8; 11] = *b"alun/bind/1";

impl<T: Config> Pallet<T> {
    /// The bytes that a hotkey signs to be bound to `coldkey`: tag, genesis hash, coldkey.
    pub fn bind_payload(coldkey: &T::AccountId) -> Vec<u8> {
        let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        (BIND_TAG, genesis, coldkey).encode()
    }

    pub(crate) fn do_bind(
        hotkey: &T::AccountId,
        coldkey: &T::AccountId,
        proof: &T::Signature,
    ) -> DispatchResult {
        ensure!(!Hotkeys::<T>::contains_key(hotkey), Error::<T>::AlreadyBound);
        ensure!(T::Succession::successor(hotkey).is_none(), Error::<T>::Retired);
        ensure!(Self::agrees(hotkey, coldkey, proof), Error::<T>::BadProof);
        Self::bind_unchecked(hotkey, coldkey);
        Ok(())
    }
}

impl<T: Config> BindingProof<T::AccountId> for Pallet<T> {
    type Proof = T::Signature;

    fn agrees(hotkey: &T::AccountId, coldkey: &T::AccountId, proof: &T::Signature) -> bool {
        let payload = Self::bind_payload(coldkey);
        proof.verify(payload.as_slice(), hotkey)
            || proof.verify(wrapped(&payload).as_slice(), hotkey)
    }
}

/// What a wallet signs when asked to sign bytes, so that nobody takes a transaction for bytes.
fn wrapped(payload: &[u8]) -> Vec<u8> {
    [b"<Bytes>".as_slice(), payload, b"</Bytes>".as_slice()].concat()
}

impl<T: Config> KeyRegistry<T::AccountId> for Pallet<T> {
    fn coldkey_of(hotkey: &T::AccountId) -> Option<T::AccountId> {
        Hotkeys::<T>::get(hotkey)
    }

    fn bind_unchecked(hotkey: &T::AccountId, coldkey: &T::AccountId) {
        Hotkeys::<T>::insert(hotkey, coldkey);
        Owned::<T>::insert(coldkey, hotkey, ());
        Self::deposit_event(Event::HotkeyBound {
            hotkey: hotkey.clone(),
            coldkey: coldkey.clone(),
        });
    }
}
