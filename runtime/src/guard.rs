//! What a coldkey that is being swapped may not do, wherever a call in its name comes from.
//!
//! A transaction is walked through: each call in it is made in the name of an account, that of the signer or
//! that which a wrapper acts for. Nothing is done in the name of a locked one but to dispute, while that
//! can be done. Above all a locked one signs nothing else, not even what would fail: fees and tips of that, or
//! its nonce, would keep a thief's victim from disputing. Calls as root are not looked at.

use crate::{AccountId, Keys, Runtime, RuntimeCall, RuntimeOrigin};
use alloc::vec::Vec;
use alun_primitives::Refusal;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::weights::Weight;
use pallet_keys::WeightInfo;
use scale_info::TypeInfo;
use sp_runtime::{
    impl_tx_ext_default,
    traits::{DispatchInfoOf, Implication, StaticLookup, TransactionExtension, ValidateResult},
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
    },
};

/// Refuses a transaction that does something in the name of a coldkey that is being swapped, with
/// [`Refusal::ColdkeyLocked`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct CheckColdkey;

/// An account that a wrapper names.
fn account(
    named: &<<Runtime as frame_system::Config>::Lookup as StaticLookup>::Source,
) -> Option<AccountId> {
    <Runtime as frame_system::Config>::Lookup::lookup(named.clone()).ok()
}

/// The account of a multisig, by one of its members, the others and the threshold.
fn multisig(who: &AccountId, others: &[AccountId], threshold: u16) -> AccountId {
    let mut members = others.to_vec();
    members.push(who.clone());
    members.sort();
    pallet_multisig::Pallet::<Runtime>::multi_account_id(&members, threshold)
}

/// The calls inside a call that `who` makes, each with the account in whose name it is made. `None` where an
/// account can't be told, and the call fails.
fn inside<'a>(who: &AccountId, call: &'a RuntimeCall) -> Vec<(Option<AccountId>, &'a RuntimeCall)> {
    use pallet_multisig::Call as Multisig;
    use pallet_proxy::Call as Proxy;
    use pallet_utility::Call as Utility;
    let one = |whose, call: &'a RuntimeCall| Vec::from([(whose, call)]);
    match call {
        RuntimeCall::Utility(
            Utility::batch { calls }
            | Utility::batch_all { calls }
            | Utility::force_batch { calls },
        ) => calls.iter().map(|call| (Some(who.clone()), call)).collect(),
        RuntimeCall::Utility(Utility::if_else { main, fallback }) => {
            Vec::from([(Some(who.clone()), &**main), (Some(who.clone()), &**fallback)])
        }
        RuntimeCall::Utility(Utility::as_derivative { index, call }) => {
            one(Some(pallet_utility::derivative_account_id(who.clone(), *index)), call)
        }
        RuntimeCall::Proxy(
            Proxy::proxy { real, call, .. } | Proxy::proxy_announced { real, call, .. },
        ) => one(account(real), call),
        RuntimeCall::Multisig(Multisig::as_multi_threshold_1 { other_signatories, call }) => {
            one(Some(multisig(who, other_signatories, 1)), call)
        }
        RuntimeCall::Multisig(Multisig::as_multi {
            threshold, other_signatories, call, ..
        }) => one(Some(multisig(who, other_signatories, *threshold)), call),
        RuntimeCall::Sudo(pallet_sudo::Call::sudo_as { who, call }) => one(account(who), call),
        _ => Vec::new(),
    }
}

/// Whether a call does nothing in the name of a locked coldkey that it may not, if `whose` makes it.
fn is_free(whose: &AccountId, call: &RuntimeCall) -> bool {
    let mut open = Vec::from([(Some(whose.clone()), call)]);
    while let Some((whose, call)) = open.pop() {
        let Some(whose) = whose else { continue };
        if Keys::is_locked(&whose) {
            let disputes =
                matches!(call, RuntimeCall::Keys(pallet_keys::Call::dispute_coldkey_swap {}));
            if !disputes || !Keys::may_dispute(&whose) {
                return false;
            }
        }
        open.extend(inside(&whose, call));
    }
    true
}

/// How many calls there are in a call, with itself.
fn calls_in(call: &RuntimeCall) -> u32 {
    // In whose name does not matter for their number.
    let nobody = AccountId::new([0; 32]);
    let (mut open, mut number) = (Vec::from([call]), 0u32);
    while let Some(call) = open.pop() {
        // Saturation: a transaction has fewer bytes.
        number = number.saturating_add(1);
        open.extend(inside(&nobody, call).into_iter().map(|(_, call)| call));
    }
    number
}

impl TransactionExtension<RuntimeCall> for CheckColdkey {
    const IDENTIFIER: &'static str = "CheckColdkey";
    type Implicit = ();
    type Val = ();
    type Pre = ();

    fn weight(&self, call: &RuntimeCall) -> Weight {
        <Runtime as pallet_keys::Config>::WeightInfo::check_lock(calls_in(call))
    }

    fn validate(
        &self,
        origin: RuntimeOrigin,
        call: &RuntimeCall,
        _info: &DispatchInfoOf<RuntimeCall>,
        _len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Implication,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, RuntimeCall> {
        if Keys::any_locked() {
            let signer = frame_system::ensure_signed(origin.clone());
            if signer.is_ok_and(|who| !is_free(&who, call)) {
                let refused = InvalidTransaction::Custom(Refusal::ColdkeyLocked.code());
                return Err(TransactionValidityError::Invalid(refused));
            }
        }
        Ok((ValidTransaction::default(), (), origin))
    }

    impl_tx_ext_default!(RuntimeCall; prepare);
}
