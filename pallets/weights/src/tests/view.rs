//! `check_row`, for the runtime API.

use super::*;
use alun_primitives::{views::RowValidity, NetUid, RowError};

fn check(who: u16, uids: &[u16], values: &[u16], version: u64) -> RowValidity {
    Weights::check_row(NETUID, FIRST, &hotkey(who), uids.into(), values.into(), version)
}

#[test]
fn check_row_should_say_what_dispatch_would() {
    build_and_execute(|| {
        assert_eq!(check(1, &[2], &[1], 0), RowValidity::NoPermit);
        at_epoch(0);
        assert_eq!(check(1, &[2], &[1], 0), RowValidity::Valid);
        assert_eq!(check(9, &[2], &[1], 0), RowValidity::Unknown);
        assert_eq!(check(3, &[2], &[1], 0), RowValidity::NoPermit);
        assert_eq!(check(1, &[7], &[1], 0), RowValidity::Row(RowError::UnknownUid(7)));
        Arranged::tune(|h| h.weights_version = 4);
        assert_eq!(check(1, &[2], &[1], 0), RowValidity::WrongVersion(4));
        assert_ok!(Sealed::of(1).commit());
        at(TEMPO + 1);
        assert_eq!(check(1, &[2], &[1], 4), RowValidity::TooSoon(TEMPO + 10));
        let nowhere = Weights::check_row(NetUid(5), FIRST, &hotkey(1), vec![2], vec![1], 4);
        assert_eq!(nowhere, RowValidity::Unknown);
    });
}
