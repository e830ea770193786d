use super::mock::*;
use crate::{Neuron, Neurons};
use alun_primitives::Uid;

fn holder(hotkey: u64) -> Neuron<u64> {
    Neuron { hotkey, registered_at: 1, immune_until: 1, announced_at: None }
}

#[test]
fn neurons_should_fill_one_page_after_the_other_when_uids_follow_each_other() {
    Chain::default().build().execute_with(|| {
        for uid in 0..130 {
            assert!(Subnets::put_neuron(FIRST, Uid(uid), holder(uid.into())));
        }
        let sizes = (0..4).map(|page| Neurons::<Test>::get(FIRST, page).len());
        assert_eq!(sizes.collect::<Vec<_>>(), [64, 64, 2, 0]);
        for uid in [0, 63, 64, 127, 128, 129] {
            assert_eq!(Subnets::neuron(FIRST, Uid(uid)), Some(holder(uid.into())));
        }
        assert_eq!(Subnets::neuron(FIRST, Uid(130)), None);
        assert_eq!(Subnets::neuron(FIRST, Uid(u16::MAX)), None);
    });
}

#[test]
fn new_holder_should_replace_the_former_one_only() {
    Chain::default().build().execute_with(|| {
        for uid in 0..70 {
            assert!(Subnets::put_neuron(FIRST, Uid(uid), holder(uid.into())));
        }
        assert!(Subnets::put_neuron(FIRST, Uid(65), holder(1_000)));
        assert_eq!(Subnets::neuron(FIRST, Uid(65)), Some(holder(1_000)));
        assert_eq!(Subnets::neuron(FIRST, Uid(64)), Some(holder(64)));
        assert_eq!(Subnets::neuron(FIRST, Uid(1)), Some(holder(1)));
    });
}

#[test]
fn neuron_should_be_refused_when_it_would_leave_a_gap() {
    Chain::default().build().execute_with(|| {
        assert!(!Subnets::put_neuron(FIRST, Uid(1), holder(1)));
        assert!(!Subnets::put_neuron(FIRST, Uid(u16::MAX), holder(1)));
        assert_eq!(Neurons::<Test>::iter().count(), 0);
    });
}
