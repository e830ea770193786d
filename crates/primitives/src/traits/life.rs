//! A subnet's life, from its start to its end, as the pallets hear of it.

use crate::{BlockNumber, NetUid};

/// Told of a subnet's life.
pub trait OnSubnet {
    /// The owner started it at `now`: its epochs begin, it may earn.
    fn on_started(_netuid: NetUid, _now: BlockNumber, _tempo: BlockNumber) {}
    /// Its tempo changed to `tempo` blocks.
    fn on_tempo_changed(_netuid: NetUid, _now: BlockNumber, _tempo: BlockNumber) {}
    /// Its notice began at `now`: epochs, emission and trades stop, in that order, because what an
    /// epoch has open is pending again, and what was earned enters a market that still takes it.
    fn on_notice(_netuid: NetUid, _now: BlockNumber) {}
    /// It was wound up and nothing of it is left ([`OnSubnetWoundUp`]).
    fn on_removed(_netuid: NetUid) {}
}

/// Told that a subnet's notice is over. Whoever holds something of it pays it out or removes it.
pub trait OnSubnetWoundUp {
    /// Goes on with it, as far as `rows` allow; whether nothing of the subnet is left. Called in
    /// block after block until then, and again afterwards, when it must cost next to nothing. The
    /// invariants hold after each.
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool;
}

/// How many rows of storage may still be looked at or removed in a block: what its weight allows. Whoever
/// does more for a row takes several.
#[derive(Debug)]
pub struct Rows(u32);

impl Rows {
    /// So many.
    pub const fn new(rows: u32) -> Self {
        Self(rows)
    }

    /// How many are left.
    pub const fn left(&self) -> u32 {
        self.0
    }

    /// Takes one; `false` when none is left.
    #[must_use]
    pub fn take(&mut self) -> bool {
        self.take_many(1)
    }

    /// Takes so many, or none and `false` when there are not as many left.
    #[must_use]
    pub fn take_many(&mut self, rows: u32) -> bool {
        let left = self.0.checked_sub(rows);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    /// Runs an iterator that removes what it gives, one row for each; whether it came to its end.
    #[must_use]
    pub fn drain<Item>(&mut self, mut removed: impl Iterator<Item = Item>) -> bool {
        while self.take() {
            if removed.next().is_none() {
                return true;
            }
        }
        false
    }
}

macro_rules! for_tuples {
    ($($name:ident),+) => {
        impl<$($name: OnSubnet),+> OnSubnet for ($($name,)+) {
            fn on_started(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
                $($name::on_started(netuid, now, tempo);)+
            }
            fn on_tempo_changed(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
                $($name::on_tempo_changed(netuid, now, tempo);)+
            }
            fn on_notice(netuid: NetUid, now: BlockNumber) {
                $($name::on_notice(netuid, now);)+
            }
            fn on_removed(netuid: NetUid) {
                $($name::on_removed(netuid);)+
            }
        }
        impl<$($name: OnSubnetWoundUp),+> OnSubnetWoundUp for ($($name,)+) {
            /// One after the other, in this order: a later one begins when those before are done.
            fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
                $($name::clear(netuid, rows))&&+
            }
        }
    };
}
for_tuples!(A);
for_tuples!(A, B);
for_tuples!(A, B, C);
for_tuples!(A, B, C, D);
for_tuples!(A, B, C, D, E);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_should_stop_an_iterator_when_none_is_left() {
        let mut given = 0;
        let mut rows = Rows::new(3);
        assert!(!rows.drain((0..9).inspect(|_| given += 1)));
        assert_eq!((given, rows.left(), rows.take()), (3, 0, false));
        let mut rows = Rows::new(3);
        assert!(!rows.take_many(4) && rows.take_many(2));
        assert_eq!(rows.left(), 1);
    }

    #[test]
    fn rows_should_say_that_an_iterator_ended_when_there_are_enough() {
        let mut rows = Rows::new(3);
        // The end itself is looked for, which costs as much as a row.
        assert!(rows.drain(0..2));
        assert_eq!(rows.left(), 0);
    }
}
