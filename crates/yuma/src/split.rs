//! Step 10: splitting an amount so that the parts add up to it exactly.

use alloc::{vec, vec::Vec};

/// Splits `amount` in proportion to `weights`: each part is rounded down, and the units that are
/// left go one each to the largest remainders, of equal ones to the lower index. The parts sum to
/// `amount`, unless all weights are 0: then all parts are.
///
/// ```
/// assert_eq!(alun_yuma::split_exact(10, &[1, 1, 1]), [4, 3, 3]);
/// assert_eq!(alun_yuma::split_exact(10, &[0, 0]), [0, 0]);
/// ```
pub fn split_exact(amount: u64, weights: &[u64]) -> Vec<u64> {
    // Fewer than 2⁶⁴ weights of 64 bits: the sum fits.
    let total = weights.iter().fold(0u128, |sum, weight| sum.wrapping_add(u128::from(*weight)));
    if total == 0 || amount == 0 {
        return vec![0; weights.len()];
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::new();
    let mut left = amount;
    for (index, weight) in weights.iter().enumerate() {
        // 64 by 64 bits: the product fits. The quotient is at most `amount`, as is the sum of all.
        let product = u128::from(amount).wrapping_mul(u128::from(*weight));
        let part =
            product.checked_div(total).and_then(|part| u64::try_from(part).ok()).unwrap_or(0);
        let remainder = product.wrapping_sub(u128::from(part).wrapping_mul(total));
        left = left.wrapping_sub(part);
        parts.push(part);
        if remainder != 0 {
            remainders.push((core::cmp::Reverse(remainder), index));
        }
    }
    // Each remainder is below `total` and together they are `left · total`, so that there are more
    // remainders than units left.
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    if left != 0 && left < remainders.len() {
        remainders.select_nth_unstable(left);
    }
    for (_, index) in remainders.into_iter().take(left) {
        if let Some(part) = parts.get_mut(index) {
            *part = part.wrapping_add(1);
        }
    }
    parts
}
