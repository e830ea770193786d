//! A weight row: a validator's scores of the neurons of one subnet.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Most entries that a row in a call can have; a subnet's own limit is lower.
pub const MAX_ROW: u32 = 4_096;

/// A row that was accepted: ascending uids, no zeros, the largest value scaled up to 65,535.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeightRow(pub Vec<(u16, u16)>);

/// What a subnet accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLimits {
    /// Uids in use: 0..neurons.
    pub neurons: u16,
    /// Fewest non-zero values.
    pub min_weights: u16,
    /// Largest share of the row's sum for one uid, 65,535 = all.
    pub max_share: u16,
}

/// Why a row is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum RowError {
    /// `uids` and `values` differ in length.
    LengthMismatch,
    /// More entries than the subnet has neurons.
    TooMany,
    /// Fewer non-zero values than the subnet's `min_weights`.
    TooFew,
    /// A uid that no neuron holds.
    UnknownUid(u16),
    /// A uid twice.
    DuplicateUid(u16),
    /// No value above zero.
    AllZero,
    /// One uid has more than `max_weight_share` of the sum.
    ShareTooLarge(u16),
}

impl WeightRow {
    /// Checks a row as submitted and brings it into stored form.
    pub fn accept(uids: &[u16], values: &[u16], limits: &RowLimits) -> Result<Self, RowError> {
        if uids.len() != values.len() {
            return Err(RowError::LengthMismatch);
        }
        if uids.len() > usize::from(limits.neurons) {
            return Err(RowError::TooMany);
        }
        if let Some(&unknown) = uids.iter().find(|&&uid| uid >= limits.neurons) {
            return Err(RowError::UnknownUid(unknown));
        }
        let mut row: Vec<(u16, u16)> = uids.iter().copied().zip(values.iter().copied()).collect();
        row.sort_unstable_by_key(|&(uid, _)| uid);
        if let Some(uid) = duplicate(&row) {
            return Err(RowError::DuplicateUid(uid));
        }
        row.retain(|&(_, value)| value > 0);
        if row.is_empty() {
            return Err(RowError::AllZero);
        }
        if row.len() < usize::from(limits.min_weights) {
            return Err(RowError::TooFew);
        }
        let sum: u64 = row.iter().map(|&(_, value)| u64::from(value)).sum();
        let over = |value: u16| {
            u128::from(value).saturating_mul(65_535)
                > u128::from(sum).saturating_mul(u128::from(limits.max_share))
        };
        if let Some(&(uid, _)) = row.iter().find(|&&(_, value)| over(value)) {
            return Err(RowError::ShareTooLarge(uid));
        }
        let (uids, values): (Vec<u16>, Vec<u16>) = row.into_iter().unzip();
        Ok(Self(uids.into_iter().zip(max_upscale(&values)).collect()))
    }
}

/// Scales a row's values up so that the largest becomes 65,535, rounding to the nearest: how a row is
/// stored. Nothing but a zero becomes a zero, and if all are, they stay so.
pub fn max_upscale(values: &[u16]) -> Vec<u16> {
    let largest = u32::from(values.iter().copied().max().unwrap_or(0));
    let upscale = |value: &u16| {
        // Two numbers of 16 bits and less than another fit into 32, and no value is above the largest.
        let scaled = u32::from(*value).saturating_mul(65_535).saturating_add(largest / 2);
        u16::try_from(scaled.checked_div(largest).unwrap_or(0)).unwrap_or(u16::MAX)
    };
    values.iter().map(upscale).collect()
}

fn duplicate(sorted: &[(u16, u16)]) -> Option<u16> {
    let next = sorted.iter().skip(1);
    sorted.iter().zip(next).find(|(a, b)| a.0 == b.0).map(|(a, _)| a.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: RowLimits = RowLimits { neurons: 8, min_weights: 1, max_share: 65_535 };

    fn accept(uids: &[u16], values: &[u16]) -> Result<WeightRow, RowError> {
        WeightRow::accept(uids, values, &LIMITS)
    }

    #[test]
    fn row_should_be_sorted_and_upscaled_when_accepted() {
        assert_eq!(accept(&[3, 1], &[50, 100]), Ok(WeightRow(vec![(1, 65_535), (3, 32_768)])));
    }

    #[test]
    fn row_should_be_refused_with_its_reason_when_bad() {
        assert_eq!(accept(&[1], &[]), Err(RowError::LengthMismatch));
        assert_eq!(accept(&[8], &[1]), Err(RowError::UnknownUid(8)));
        assert_eq!(accept(&[2, 1, 2], &[1, 1, 1]), Err(RowError::DuplicateUid(2)));
        assert_eq!(accept(&[1, 2], &[0, 0]), Err(RowError::AllZero));
        assert_eq!(accept(&[], &[]), Err(RowError::AllZero));
        assert_eq!(accept(&[0; 9], &[1; 9]), Err(RowError::TooMany));
        let two = RowLimits { min_weights: 2, ..LIMITS };
        assert_eq!(WeightRow::accept(&[1, 2], &[1, 0], &two), Err(RowError::TooFew));
        let half = RowLimits { max_share: 32_768, ..LIMITS };
        assert_eq!(WeightRow::accept(&[1, 2], &[2, 1], &half), Err(RowError::ShareTooLarge(1)));
        assert!(WeightRow::accept(&[1, 2], &[1, 1], &half).is_ok());
    }

    #[test]
    fn values_should_be_upscaled_to_the_nearest_when_there_is_a_largest() {
        assert_eq!(max_upscale(&[]), []);
        assert_eq!(max_upscale(&[0, 0]), [0, 0]);
        assert_eq!(max_upscale(&[1, 2, 0]), [32_768, 65_535, 0]);
        assert_eq!(max_upscale(&[1, 3, 4]), [16_384, 49_151, 65_535]);
        assert_eq!(max_upscale(&[1, 65_534, 65_535]), [1, 65_534, 65_535]);
    }

    proptest! {
        #[test]
        fn a_score_should_stay_within_half_a_unit_and_never_vanish_when_it_is_upscaled(
            values in prop::collection::vec(any::<u16>(), 1..12),
        ) {
            let largest = i64::from(*values.iter().max().unwrap());
            for (value, stored) in values.iter().zip(max_upscale(&values)) {
                let (exact, stored_times) = (i64::from(*value) * 65_535, i64::from(stored) * largest);
                prop_assert!((exact - stored_times).abs() * 2 <= largest);
                prop_assert_eq!(*value == 0, stored == 0);
            }
        }

        #[test]
        fn row_should_never_panic_and_keep_order_whatever_the_input(
            uids in prop::collection::vec(0u16..12, 0..12),
            values in prop::collection::vec(any::<u16>(), 0..12),
        ) {
            if let Ok(WeightRow(row)) = accept(&uids, &values) {
                prop_assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert_eq!(row.iter().map(|entry| entry.1).max(), Some(65_535));
                prop_assert!(row.iter().all(|entry| entry.1 > 0));
            }
        }
    }
}
