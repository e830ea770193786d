//! When the epochs of a subnet are due.

use crate::BlockNumber;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Epoch k is due at `anchor_block + (k − anchor_epoch)·tempo`. A change of tempo applies at the
/// next due epoch, which becomes the anchor.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub struct Schedule {
    /// Block at which epoch `anchor_epoch` is due.
    pub anchor_block: BlockNumber,
    /// Index of the epoch due at `anchor_block`; 0 at first.
    pub anchor_epoch: u64,
    /// Blocks between epochs, at least 1.
    pub tempo: BlockNumber,
    /// The tempo that takes over at `anchor_block` of the tuple: (block, epoch, tempo).
    pub next: Option<(BlockNumber, u64, BlockNumber)>,
}

impl Schedule {
    /// A schedule whose epoch 0 is due at `anchor_block`; a tempo of 0 is taken as 1.
    pub fn new(anchor_block: BlockNumber, tempo: BlockNumber) -> Self {
        Self { anchor_block, anchor_epoch: 0, tempo: tempo.max(1), next: None }
    }

    /// The schedule in force at `now`: a pending tempo whose block has come becomes the anchor.
    pub fn at(self, now: BlockNumber) -> Self {
        match self.next {
            Some((block, epoch, tempo)) if now >= block => {
                Self { anchor_block: block, anchor_epoch: epoch, tempo, next: None }
            }
            _ => self,
        }
    }

    /// Index of the newest epoch due at or before `now`; `None` before epoch 0.
    pub fn due(self, now: BlockNumber) -> Option<u64> {
        let s = self.at(now);
        let passed = now.checked_sub(s.anchor_block)?.checked_div(s.tempo)?;
        s.anchor_epoch.checked_add(u64::from(passed))
    }

    /// Block and index of the first epoch due after `now`.
    pub fn next_due(self, now: BlockNumber) -> (BlockNumber, u64) {
        let s = self.at(now);
        let Some(since) = now.checked_sub(s.anchor_block) else {
            return (s.anchor_block, s.anchor_epoch);
        };
        let passed = since.checked_div(s.tempo).unwrap_or(0);
        // Saturation: a height past 2³² blocks (800 years) is never reached.
        let steps = passed.saturating_add(1);
        (
            s.anchor_block.saturating_add(steps.saturating_mul(s.tempo)),
            s.anchor_epoch.saturating_add(u64::from(steps)),
        )
    }

    /// Block at which epoch `epoch` is due, under the schedule in force at `now`, if it is at or
    /// after that schedule's anchor.
    pub fn block_of(self, epoch: u64, now: BlockNumber) -> Option<BlockNumber> {
        let s = self.at(now);
        let steps = u32::try_from(epoch.checked_sub(s.anchor_epoch)?).ok()?;
        s.anchor_block.checked_add(steps.checked_mul(s.tempo)?)
    }

    /// With a new tempo from the next due epoch on.
    pub fn with_tempo(self, tempo: BlockNumber, now: BlockNumber) -> Self {
        let s = self.at(now);
        let (block, epoch) = s.next_due(now);
        Self { next: Some((block, epoch, tempo.max(1))), ..s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedule_should_count_epochs_from_its_anchor() {
        let s = Schedule::new(100, 10);
        assert_eq!(s.due(99), None);
        assert_eq!(s.due(100), Some(0));
        assert_eq!(s.due(109), Some(0));
        assert_eq!(s.due(110), Some(1));
        assert_eq!(s.next_due(50), (100, 0));
        assert_eq!(s.next_due(100), (110, 1));
        assert_eq!(s.block_of(3, 100), Some(130));
    }

    #[test]
    fn schedule_should_apply_a_tempo_at_the_next_due_epoch_when_changed() {
        let s = Schedule::new(100, 10).with_tempo(3, 115);
        assert_eq!(s.due(119), Some(1));
        assert_eq!(s.due(120), Some(2));
        assert_eq!(s.due(123), Some(3));
        assert_eq!(s.next_due(120), (123, 3));
    }

    #[test]
    fn schedule_should_keep_epoch_zero_when_the_tempo_changes_before_it() {
        let s = Schedule::new(100, 10).with_tempo(5, 90);
        assert_eq!(s.due(100), Some(0));
        assert_eq!(s.due(105), Some(1));
    }
}
