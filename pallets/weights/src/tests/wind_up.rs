//! A subnet under notice takes no weights; when it is wound up nothing of them is left.

use super::*;
use crate::{Commits, LastSubmission, Rows as WeightRows, SweptTo, Windows};
use alun_primitives::{
    traits::{OnSubnetWoundUp, Rows},
    Refusal,
};

#[test]
fn weights_should_be_refused_when_the_subnet_is_under_notice() {
    build_and_execute(|| {
        at_epoch(3);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(4);
        Arranged::with(|subnet| subnet.notice = true);
        let code = Err(Refusal::WindingUp.code());
        let (one, two) = (Sealed::of(1), Sealed::of(2));
        assert_eq!(refused(one.reveal()), Refused::WindingUp.into());
        assert_eq!(refused(two.commit()), Refused::WindingUp.into());
        assert_eq!(pool(&hotkey(1), one.reveal_call()), code);
        assert_eq!(pool(&hotkey(2), two.commit_call()), code);
        Arranged::tune(|h| h.commit_reveal = false);
        assert_eq!(refused(two.set()), Refused::WindingUp.into());
        assert_eq!(pool(&hotkey(2), two.set_call()), code);
    });
}

#[test]
fn nothing_should_be_left_when_the_subnet_is_wound_up_in_steps() {
    build_and_execute(|| {
        at_epoch(3);
        assert_ok!(Sealed::of(1).commit());
        assert_ok!(Sealed::of(2).commit());
        at_epoch(4);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed::of(2).reveal());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        assert_eq!(WeightRows::<Test>::iter().count(), 2);
        Arranged::with(|subnet| subnet.notice = true);
        let clear = |rows| <Weights as OnSubnetWoundUp>::clear(NETUID, &mut Rows::new(rows));
        let mut steps = 0;
        // Where there is nothing, a row is looked for all the same: four on each of two mechanisms.
        while !clear(9) {
            steps += 1;
            assert_ok!(Weights::check_invariants());
            assert!(steps < 20);
        }
        assert!(steps > 0);
        let left = WeightRows::<Test>::iter().count()
            + LastSubmission::<Test>::iter().count()
            + Commits::<Test>::iter().count()
            + Windows::<Test>::iter().count()
            + SweptTo::<Test>::iter().count();
        assert_eq!(left, 0);
    });
}
