use super::mock::*;
use crate::{Error, Event, MetadataText};
use alun_primitives::NetUid;
use frame::testing_prelude::*;

#[test]
fn name_and_metadata_should_be_set_when_the_owner_signs() {
    run_with_subnet(|| {
        assert_eq!(Subnets::metadata(FIRST), b"");
        let about = metadata("{\"url\":\"https://alun.example\"}");
        assert_ok!(Subnets::set_metadata(by(OWNER), FIRST, text("Vectors"), about.clone()));
        assert_eq!(Subnets::subnet(FIRST).unwrap().name.to_vec(), b"Vectors");
        assert_eq!(Subnets::metadata(FIRST), about.to_vec());
        let set = Event::MetadataSet { netuid: FIRST, name: text("Vectors"), metadata: about };
        assert_eq!(last_event(), set);
    });
}

#[test]
fn metadata_should_be_refused_when_not_of_the_owner_or_of_no_subnet() {
    run_with_subnet(|| {
        let set = |origin, netuid| Subnets::set_metadata(origin, netuid, name(), metadata("x"));
        assert_noop!(set(by(BOB), FIRST), Error::<Test>::NotOwner);
        assert_noop!(set(RuntimeOrigin::root(), FIRST), DispatchError::BadOrigin);
        assert_noop!(set(by(OWNER), NetUid(2)), Error::<Test>::UnknownSubnet);
        assert_noop!(set(by(OWNER), NetUid::ROOT), Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn metadata_should_be_refused_when_no_text() {
    run_with_subnet(|| {
        let broken: MetadataText = vec![0x80].try_into().unwrap();
        let refused = Subnets::set_metadata(by(OWNER), FIRST, name(), broken);
        assert_noop!(refused, Error::<Test>::BadMetadata);
        let refused = Subnets::set_metadata(by(OWNER), FIRST, text("\u{7}"), metadata(""));
        assert_noop!(refused, Error::<Test>::BadName);
    });
}
