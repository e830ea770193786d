//! A hotkey that takes another's place, as the pallets hear of it.

use super::Rows;
use crate::NetUid;
use alloc::vec::Vec;

/// Which hotkey took another's place. Offered by `keys`.
pub trait KeySuccession<AccountId> {
    /// The hotkey that has the place of one that was swapped, however often it was swapped again since.
    /// `None` for a hotkey that nobody has replaced.
    fn successor(hotkey: &AccountId) -> Option<AccountId>;
    /// The hotkey whose place a bound one took last.
    fn predecessor(hotkey: &AccountId) -> Option<AccountId>;
}

/// Where no hotkey is ever swapped.
impl<AccountId> KeySuccession<AccountId> for () {
    fn successor(_: &AccountId) -> Option<AccountId> {
        None
    }
    fn predecessor(_: &AccountId) -> Option<AccountId> {
        None
    }
}

/// Whether a key agrees to be somebody's hotkey. Offered by `stake`.
pub trait BindingProof<AccountId> {
    /// By which it says so.
    type Proof;
    /// Whether `proof` is the key's own word that it is a hotkey of this coldkey on this chain.
    fn agrees(hotkey: &AccountId, coldkey: &AccountId, proof: &Self::Proof) -> bool;
}

/// A hotkey takes another's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotkeySwap<AccountId> {
    /// Whose they are.
    pub coldkey: AccountId,
    /// The hotkey that was bound to it and is not any more.
    pub old: AccountId,
    /// The one that is bound to it from here on.
    pub new: AccountId,
    /// The subnets on which the old one holds a uid, ascending.
    pub seats: Vec<NetUid>,
}

/// Told when a hotkey takes another's place: what is stored under the old one goes on under the new one.
pub trait OnHotkeySwapped<AccountId> {
    /// Takes a row for each that moves, of which at most three are read and three written. `false` when
    /// there are not enough; the caller then undoes everything.
    #[must_use]
    fn on_hotkey_swapped(swap: &HotkeySwap<AccountId>, rows: &mut Rows) -> bool;
}

macro_rules! for_tuples {
    ($($name:ident),+) => {
        impl<AccountId, $($name: OnHotkeySwapped<AccountId>),+> OnHotkeySwapped<AccountId> for ($($name,)+) {
            fn on_hotkey_swapped(swap: &HotkeySwap<AccountId>, rows: &mut Rows) -> bool {
                $($name::on_hotkey_swapped(swap, rows))&&+
            }
        }
    };
}
for_tuples!(A);
for_tuples!(A, B);
for_tuples!(A, B, C);
