//! A permitted neuron without a row and without bonds (an owner that does not validate) costs nothing
//! and changes nothing.

use alun_yuma::{explain_all, permits, stake, weights::Validators, OwnedInput};
use proptest::prelude::*;

use crate::{
    common::generated::{full, generated, silence},
    config,
};

/// The same subnet, but the neuron stores a zero for everybody. That means the same, and it gives the
/// neuron a slot that most columns do not name: all steps leave their short ways.
fn with_zeros(silent: &OwnedInput, uid: u16) -> OwnedInput {
    let mut zeros = silent.clone();
    zeros.rows[usize::from(uid)] = vec![(uid, 0)];
    zeros.bonds[usize::from(uid)] = vec![(uid, 0)];
    zeros
}

fn slots(subnet: &OwnedInput) -> Vec<u16> {
    let input = subnet.input();
    let (stake, permitted) = (stake::stake(&input).unwrap(), permits::stored(&input));
    let active = stake::activity(input.params, input.neurons);
    let active = stake::active_stake(&stake, &active, &permitted).unwrap();
    Validators::new(&input, &permitted, &stake, &active).uids
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn results_should_be_the_same_bits_when_a_silent_validator_stores_zeros(
        seed in any::<u64>(),
        uid in any::<prop::sample::Index>(),
    ) {
        let mut silent = generated(seed);
        let uid = uid.index(silent.neurons.len()) as u16;
        silent.neurons[usize::from(uid)].permit = true;
        silence(&mut silent, uid);
        let zeros = with_zeros(&silent, uid);
        prop_assert_eq!(explain_all(&silent.input()), explain_all(&zeros.input()));
    }

    #[test]
    fn the_short_ways_should_give_the_same_bits_when_all_but_the_owner_score_everybody(
        seed in any::<u64>(),
    ) {
        let silent = full(seed);
        let owner = silent.params.owner.unwrap();
        let zeros = with_zeros(&silent, owner);
        let validators: Vec<u16> =
            (0..owner).filter(|uid| silent.neurons[usize::from(*uid)].permit).collect();
        prop_assert_eq!(slots(&silent), validators.clone());
        prop_assert_eq!(slots(&zeros), [validators, vec![owner]].concat());
        let (output, explained) = explain_all(&silent.input()).unwrap();
        prop_assert!(output.neurons[usize::from(owner)].permit);
        prop_assert!(output.neurons[usize::from(owner)].stake > 0);
        prop_assert_eq!((output, explained), explain_all(&zeros.input()).unwrap());
    }
}
