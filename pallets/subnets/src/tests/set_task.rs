use super::mock::*;
use crate::{Error, Event, StoredTask};
use alun_primitives::{NetUid, TaskDescriptor, TaskKind};
use frame::testing_prelude::*;

fn other() -> StoredTask {
    StoredTask { kind: TaskKind::Generation, model: Some([7; 32]), parameters: text("{}") }
}

#[test]
fn task_should_be_set_when_the_owner_signs() {
    run_with_subnet(|| {
        assert_ok!(Subnets::set_task(by(OWNER), FIRST, other()));
        let expected = TaskDescriptor {
            kind: TaskKind::Generation,
            model: Some([7; 32]),
            parameters: b"{}".to_vec(),
        };
        assert_eq!(Subnets::task(FIRST), Some(expected));
        assert_eq!(last_event(), Event::TaskSet { netuid: FIRST, task: other() });
        assert_eq!(Subnets::task(NetUid(2)), None);
    });
}

#[test]
fn task_should_be_refused_when_not_of_the_owner_or_of_no_subnet() {
    run_with_subnet(|| {
        assert_noop!(Subnets::set_task(by(BOB), FIRST, other()), Error::<Test>::NotOwner);
        let root = Subnets::set_task(RuntimeOrigin::root(), FIRST, other());
        assert_noop!(root, DispatchError::BadOrigin);
        let unknown = Subnets::set_task(by(OWNER), NetUid(2), other());
        assert_noop!(unknown, Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn task_should_be_refused_when_its_parameters_are_no_text() {
    run_with_subnet(|| {
        let broken = StoredTask { parameters: vec![0xff].try_into().unwrap(), ..other() };
        let refused = Subnets::set_task(by(OWNER), FIRST, broken);
        assert_noop!(refused, Error::<Test>::BadTaskParameters);
        let empty = StoredTask { parameters: text(""), ..other() };
        assert_ok!(Subnets::set_task(by(OWNER), FIRST, empty));
    });
}
