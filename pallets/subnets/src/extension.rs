//! The pool's check of registrations.

use crate::{Call, Config, Pallet, WeightInfo};
use alun_primitives::Refusal;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame::{
    deps::sp_runtime::{
        impl_tx_ext_default,
        traits::{
            DispatchInfoOf, DispatchOriginOf, Implication, TransactionExtension, ValidateResult,
        },
        transaction_validity::{InvalidTransaction, TransactionSource, ValidTransaction},
    },
    prelude::{
        CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, IsSubType, PartialEqNoBound, Weight,
    },
};
use scale_info::TypeInfo;

/// Refuses, in the pool and when a block is built, a `register` whose subnet's price is above its
/// `max_price`, with [`Refusal::PriceAboveMax`]: of many that compete for a price only those that
/// get it pay a fee. The dispatch checks again, because a batch or a proxy hides the call from
/// here.
#[derive(
    CloneNoBound,
    DebugNoBound,
    DefaultNoBound,
    PartialEqNoBound,
    EqNoBound,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct CheckRegistration<T: Config>(PhantomData<T>);

impl<T: Config> CheckRegistration<T> {
    /// The extension; it carries nothing.
    pub fn new() -> Self {
        Self(PhantomData)
    }

    /// Whether the pool would take the call now. An unknown subnet is left to the dispatch, whose
    /// error is a sentence.
    pub(crate) fn check(call: &Call<T>) -> Result<(), InvalidTransaction> {
        let Call::register { netuid, max_price, .. } = call else {
            return Ok(());
        };
        match Pallet::<T>::registration_price(*netuid) {
            Some(price) if price > *max_price => {
                Err(InvalidTransaction::Custom(Refusal::PriceAboveMax.code()))
            }
            _ => Ok(()),
        }
    }
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckRegistration<T>
where
    T::RuntimeCall: IsSubType<Call<T>>,
{
    const IDENTIFIER: &'static str = "CheckRegistration";
    type Implicit = ();
    type Val = ();
    type Pre = ();

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        match call.is_sub_type() {
            Some(Call::register { .. }) => T::WeightInfo::check_registration(),
            _ => Weight::zero(),
        }
    }

    fn validate(
        &self,
        origin: DispatchOriginOf<T::RuntimeCall>,
        call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Implication,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        call.is_sub_type().map_or(Ok(()), Self::check)?;
        Ok((ValidTransaction::default(), (), origin))
    }

    impl_tx_ext_default!(T::RuntimeCall; prepare);
}
