use super::mock::*;
use crate::{Call, CheckRegistration, WeightInfo};
use alun_primitives::{NetUid, Refusal};
use codec::Encode;
use frame::{
    deps::{
        frame_support::dispatch::DispatchInfo,
        sp_runtime::{
            traits::DispatchTransaction,
            transaction_validity::{
                InvalidTransaction, TransactionSource::External, TransactionValidityError,
            },
        },
    },
    testing_prelude::*,
};

fn validate(call: Call<Test>) -> Result<(), TransactionValidityError> {
    CheckRegistration::<Test>::new()
        .validate_only(by(ALICE), &call.into(), &DispatchInfo::default(), 0, External, 0)
        .map(|_| ())
}

fn registration(netuid: NetUid, max_price: u64) -> Call<Test> {
    Call::register { netuid, hotkey: 1_001, max_price }
}

#[test]
fn registration_should_be_refused_in_the_pool_when_the_price_is_above_max_price() {
    run_with_subnet(|| {
        let price = Subnets::registration_price(FIRST).unwrap();
        assert_eq!(
            validate(registration(FIRST, price - 1)),
            Err(InvalidTransaction::Custom(Refusal::PriceAboveMax.code()).into())
        );
        assert_eq!(Refusal::PriceAboveMax.code(), 120);
        assert_eq!(validate(registration(FIRST, price)), Ok(()));
    });
}

/// [A] Of many registrations at one price in one block, those that come too late cost nothing.
#[test]
fn registration_should_be_refused_unbilled_when_another_raised_the_price_first() {
    run_with_subnet(|| {
        let price = Subnets::registration_price(FIRST).unwrap();
        assert_eq!(validate(registration(FIRST, price)), Ok(()));
        neuron(FIRST, 1_002);
        assert!(validate(registration(FIRST, price)).is_err());
        at(2 + 36 * MINUTE);
        assert_eq!(validate(registration(FIRST, price)), Ok(()));
    });
}

#[test]
fn other_calls_should_pass_the_pool_whatever_they_are() {
    run_with_subnet(|| {
        assert_eq!(validate(Call::start { netuid: FIRST }), Ok(()));
        // The dispatch refuses this one with a sentence.
        assert_eq!(validate(registration(NetUid(9), 0)), Ok(()));
        let system: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
        let extension = CheckRegistration::<Test>::new();
        assert_eq!(TransactionExtension::weight(&extension, &system), Weight::zero());
        let register: RuntimeCall = registration(FIRST, 0).into();
        assert_eq!(
            TransactionExtension::weight(&extension, &register),
            <() as WeightInfo>::check_registration()
        );
    });
}

#[test]
fn extension_should_be_of_no_size_so_that_any_client_can_sign() {
    assert_eq!(CheckRegistration::<Test>::new().encode(), Vec::<u8>::new());
    let implicit = TransactionExtension::<RuntimeCall>::implicit(&CheckRegistration::<Test>::new());
    assert_eq!(implicit.map(|implicit| implicit.encode()), Ok(vec![]));
}
