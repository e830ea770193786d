//! Keeps bad weights calls out of the transaction pool, where nobody would be billed for them.

use crate::{types::Proposal, Call, Config, Pallet, Rejection, WeightInfo};
use alun_primitives::{traits::EpochClock, BlockNumber, NetUid};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use frame::{
    deps::sp_runtime::transaction_validity::{
        TransactionSource, TransactionValidityError, ValidTransactionBuilder,
    },
    prelude::*,
    traits::{Implication, OriginTrait},
};

/// Refuses a weights call that would fail, with its own reason: `InvalidTransaction::Custom` of
/// [`Refusal::code`](alun_primitives::Refusal::code).
///
/// Tags a call by what only one call can do (a commit per epoch, a reveal per commit), so that of
/// two the pool keeps one. Calls within a batch or a proxy call are not seen here; dispatch checks
/// again.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckWeightCalls<T>(PhantomData<T>);

impl<T> CheckWeightCalls<T> {
    /// The extension. It has no parameters.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for CheckWeightCalls<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for CheckWeightCalls<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T> PartialEq for CheckWeightCalls<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for CheckWeightCalls<T> {}

impl<T> fmt::Debug for CheckWeightCalls<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckWeightCalls")
    }
}

/// Distinguishes the tags of the calls.
const SET: u8 = 0;
const COMMIT: u8 = 1;
const REVEAL: u8 = 2;

impl<T: Config> Pallet<T> {
    /// What the pool needs to know of a call by `who`, or why it is refused. Other calls pass.
    pub(crate) fn check_call(
        who: &T::AccountId,
        call: &Call<T>,
    ) -> Result<ValidTransaction, Rejection> {
        let valid = ValidTransaction::with_tag_prefix("AlunWeights");
        let valid = match call {
            Call::set_weights { netuid, mechanism, uids, values, version } => {
                let proposal = Proposal { uids, values, version: *version };
                let (sender, _) = Self::check_set(who, *netuid, *mechanism, proposal)?;
                if sender.hyperparameters.weights_rate_limit_ms == 0 {
                    valid
                } else {
                    valid.and_provides((SET, sender.matrix, who))
                }
            }
            Call::commit_weights { netuid, mechanism, .. } => {
                let sender = Self::check_commit(who, *netuid, *mechanism)?;
                valid.and_provides((COMMIT, sender.matrix, who, sender.epoch))
            }
            Call::reveal_weights {
                netuid,
                mechanism,
                hotkey,
                uids,
                values,
                evidence_root,
                version,
                salt,
            } => {
                let proposal = Proposal { uids, values, version: *version };
                let reveal = Self::check_reveal(
                    hotkey,
                    *netuid,
                    *mechanism,
                    proposal,
                    *evidence_root,
                    *salt,
                )?;
                in_window::<T>(valid, *netuid).and_provides((
                    REVEAL,
                    reveal.sender.matrix,
                    hotkey,
                    reveal.commit.hash,
                ))
            }
            _ => valid,
        };
        Ok(valid.into())
    }
}

/// A reveal is good until the next epoch is due.
fn in_window<T: Config>(valid: ValidTransactionBuilder, netuid: NetUid) -> ValidTransactionBuilder {
    let now: BlockNumber = Pallet::<T>::now();
    let Some(schedule) = T::Epochs::schedule(netuid) else { return valid };
    let (closes, _) = schedule.next_due(now);
    // Saturation: `closes` is after `now`.
    valid.longevity(u64::from(closes.saturating_sub(now)))
}

/// How many entries a call carries; `None` for calls that are not checked.
fn entries<T: Config>(call: &Call<T>) -> Option<u32> {
    let longest = |uids: &[u16], values: &[u16]| {
        u32::try_from(uids.len().max(values.len())).unwrap_or(u32::MAX)
    };
    match call {
        Call::set_weights { uids, values, .. } => Some(longest(uids, values)),
        Call::commit_weights { .. } => Some(0),
        Call::reveal_weights { uids, values, .. } => Some(longest(uids, values)),
        _ => None,
    }
}

impl<T> TransactionExtension<T::RuntimeCall> for CheckWeightCalls<T>
where
    T: Config + Send + Sync,
    T::RuntimeCall: IsSubType<Call<T>>,
{
    const IDENTIFIER: &'static str = "CheckWeightCalls";
    type Implicit = ();
    type Val = ();
    type Pre = ();

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        let call: Option<&Call<T>> = call.is_sub_type();
        call.and_then(entries).map_or(Weight::zero(), T::WeightInfo::check_call)
    }

    fn validate(
        &self,
        origin: T::RuntimeOrigin,
        call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Implication,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        let (Some(who), Some(call)) = (origin.as_signer(), call.is_sub_type()) else {
            return Ok((ValidTransaction::default(), (), origin));
        };
        let valid = Pallet::<T>::check_call(who, call).map_err(|rejection| {
            TransactionValidityError::Invalid(InvalidTransaction::Custom(
                rejection.refusal().code(),
            ))
        })?;
        Ok((valid, (), origin))
    }

    impl_tx_ext_default!(T::RuntimeCall; prepare);
}
