//! A key that takes another's place, as the pallets hear of it.

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
    /// The coldkey to which everything of this one is on its way, while that lasts.
    fn moves_to(coldkey: &AccountId) -> Option<AccountId>;
}

/// Where no hotkey is ever swapped.
impl<AccountId> KeySuccession<AccountId> for () {
    fn successor(_: &AccountId) -> Option<AccountId> {
        None
    }
    fn predecessor(_: &AccountId) -> Option<AccountId> {
        None
    }
    fn moves_to(_: &AccountId) -> Option<AccountId> {
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

/// A coldkey takes another's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColdkeySwap<AccountId> {
    /// Whose all was.
    pub old: AccountId,
    /// Whose it is.
    pub new: AccountId,
}

/// Told when a coldkey takes another's place: what is the old one's becomes the new one's. Nothing becomes
/// the old one's by its own doing from then on: it is locked.
pub trait OnColdkeySwapped<AccountId> {
    /// What must move at once. `false` when there are too few rows; the caller then undoes everything.
    #[must_use]
    fn begin(_swap: &ColdkeySwap<AccountId>, _rows: &mut Rows) -> bool {
        true
    }
    /// Moves what is moved in steps, as far as `rows` allow; whether nothing is left. The invariants hold
    /// after each.
    #[must_use]
    fn go_on(_swap: &ColdkeySwap<AccountId>, _rows: &mut Rows) -> bool {
        true
    }
}

/// Who may act in an account's name. Offered by the runtime.
pub trait Proxies<AccountId> {
    /// Nobody may any more.
    fn drop_all(account: &AccountId);
}

macro_rules! for_tuples {
    ($($name:ident),+) => {
        impl<AccountId, $($name: OnHotkeySwapped<AccountId>),+> OnHotkeySwapped<AccountId> for ($($name,)+) {
            fn on_hotkey_swapped(swap: &HotkeySwap<AccountId>, rows: &mut Rows) -> bool {
                $($name::on_hotkey_swapped(swap, rows))&&+
            }
        }
        impl<AccountId, $($name: OnColdkeySwapped<AccountId>),+> OnColdkeySwapped<AccountId> for ($($name,)+) {
            fn begin(swap: &ColdkeySwap<AccountId>, rows: &mut Rows) -> bool {
                $($name::begin(swap, rows))&&+
            }
            fn go_on(swap: &ColdkeySwap<AccountId>, rows: &mut Rows) -> bool {
                $($name::go_on(swap, rows))&&+
            }
        }
    };
}
for_tuples!(A);
for_tuples!(A, B);
for_tuples!(A, B, C);
