//! Whatever is called in whatever order, the invariants hold and nothing is lost but what burned.

use super::{mock::*, serve::endpoint};
use crate::{NeuronCount, Uids};
use alun_primitives::{
    traits::{KeyRegistry, NeuronRegistry},
    Hyperparameter, Uid,
};
use proptest::prelude::*;

/// Who owns the subnet.
fn owner() -> u64 {
    Subnets::owner(FIRST).unwrap()
}

/// One call by one of a hundred hotkeys; most fail, which must change nothing.
fn act(kind: u8, who: u64, amount: u64) {
    let hotkey = 1_000 + who;
    let outcome = match kind {
        0 | 1 => {
            Keys::bind_unchecked(&hotkey, &ALICE);
            register(ALICE, FIRST, hotkey, u64::MAX)
        }
        2 => Subnets::serve(by(hotkey), FIRST, endpoint("8.8.8.8")),
        3 => Subnets::unserve(by(hotkey), FIRST),
        4 => set(Some(owner()), FIRST, &[Hyperparameter::Immunity(amount * 1_000_000)]),
        8 => Subnets::offer_ownership(by(owner()), FIRST, [OWNER, ALICE][(amount % 2) as usize]),
        9 => Subnets::accept_ownership(by([OWNER, ALICE][(who % 2) as usize]), FIRST),
        10 => Subnets::set_owner_hotkey(by(owner()), FIRST, hotkey),
        5 => set(None, FIRST, &[Hyperparameter::MaxNeurons(60 + (amount % 10) as u16)]),
        6 => {
            Scores::mutate(|scores| scores.insert((FIRST, Uid((who % 64) as u16)), amount));
            Ok(())
        }
        _ => {
            at(System::block_number() + (amount % 2_000) as u32 * MINUTE / 4);
            Ok(())
        }
    };
    if outcome.is_ok() && kind < 2 {
        let uid = Uids::<Test>::get(FIRST, hotkey).unwrap();
        assert!(uid.0 < NeuronCount::<Test>::get(FIRST));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn invariants_should_hold_after_every_call_in_any_order(
        calls in prop::collection::vec((0u8..11, 0u64..100, 0u64..1_000), 1..80),
    ) {
        run_with_subnet(|| {
            fill();
            for (kind, who, amount) in calls {
                act(kind, who, amount);
                assert_eq!(Subnets::check_invariants(), Ok(()), "after call {kind} of {who}");
                let owners = Subnets::owner_hotkey(FIRST).unwrap();
                assert!(Uids::<Test>::contains_key(FIRST, owners), "the owner's hotkey stays");
            }
        });
    }
}
