//! Dividing a paid amount among what it was paid for.

use alloc::vec::Vec;
use alun_primitives::Balance;
use alun_yuma::split_exact;

/// What each of `factors` brought of `amount`, in proportion to the product of its two factors, by
/// largest remainder. The parts sum to `amount` unless there are no factors at all.
///
/// Where rounding made every product zero, although something was paid, the second factors decide,
/// and where those are zero too all are alike: an amount of a few units never gets lost.
pub fn attribute(amount: Balance, factors: &[(u64, u64)]) -> Vec<Balance> {
    // Two 64-bit factors: the product fits.
    let products: Vec<u128> =
        factors.iter().map(|(a, b)| u128::from(*a).wrapping_mul(u128::from(*b))).collect();
    let seconds = || factors.iter().map(|(_, b)| u128::from(*b)).collect();
    let alike = || factors.iter().map(|_| 1).collect();
    let nothing = |weights: &[u128]| weights.iter().all(|weight| *weight == 0);
    let weights = Some(products)
        .filter(|weights| !nothing(weights))
        .or_else(|| Some(seconds()).filter(|weights: &Vec<u128>| !nothing(weights)))
        .unwrap_or_else(alike);
    split_exact(amount, &scaled(&weights))
}

/// The weights in 64 bits each, all shifted alike; the largest keeps 64 significant bits.
fn scaled(weights: &[u128]) -> Vec<u64> {
    let largest = weights.iter().copied().max().unwrap_or(0);
    let excess = 64u32.saturating_sub(largest.leading_zeros());
    weights
        .iter()
        // After the shift the largest has at most 64 bits.
        .map(|weight| u64::try_from(weight.wrapping_shr(excess)).unwrap_or(u64::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn parts_should_be_in_proportion_and_sum_to_the_amount() {
        assert_eq!(attribute(10, &[(1, 1), (2, 1), (1, 3)]), [2, 3, 5]);
        assert_eq!(attribute(7, &[(u64::MAX, u64::MAX), (u64::MAX, u64::MAX)]), [4, 3]);
        assert_eq!(attribute(5, &[(u64::MAX, u64::MAX), (1, 1)]), [5, 0]);
        assert_eq!(attribute(0, &[(3, 4)]), [0]);
        assert_eq!(attribute(9, &[]), vec![0; 0]);
    }

    #[test]
    fn units_should_be_kept_when_every_product_is_zero() {
        assert_eq!(attribute(3, &[(0, 1), (0, 2)]), [1, 2]);
        assert_eq!(attribute(3, &[(0, 0), (5, 0)]), [2, 1]);
    }
}
