//! Fixed-point arithmetic on plain `u64`s.
//!
//! Two scales. An *entry* (a normalised weight, a bond, a consensus value, an alpha) is a fraction
//! in units of 2⁻³² ([`ONE`]). A *share* (of the stake, of the incentive, of the dividends) is a
//! fraction in units of 2⁻⁶³ ([`SHARE_ONE`]) while it is being computed with, because there are
//! few of them and the small ones are paid. Multiplication floors; `x / 0 = 0`.

/// 1.0 as an entry.
pub const ONE: u64 = 1 << 32;

/// 1.0 as a share.
pub const SHARE_ONE: u64 = 1 << 63;

/// `⌊x · y⌋` for entries, or `None` when the product does not fit.
#[inline]
pub fn mul(x: u64, y: u64) -> Option<u64> {
    if (x | y) < ONE {
        // Two 32-bit factors: the product fits into 64 bits.
        return Some(x.wrapping_mul(y) >> 32);
    }
    u64::try_from(wide(x, y) >> 32).ok()
}

/// The full product of two `u64`s; it always fits.
#[inline]
pub fn wide(x: u64, y: u64) -> u128 {
    u128::from(x).wrapping_mul(u128::from(y))
}

/// `v / 65535` as an entry, rounded up, so that [`to_u16`] gives back `v`.
#[inline]
pub fn from_u16(v: u16) -> u64 {
    // 2³² = 65535 · 65537 + 1, hence v · 2³² / 65535 = v · 65537 + v / 65535.
    u64::from(v).wrapping_mul(65_537).wrapping_add(u64::from(v != 0))
}

/// `⌊x · 65535⌋` of an entry; above 1.0 it is 65535.
#[inline]
pub fn to_u16(x: u64) -> u16 {
    // `min` is no silent loss: outputs are proportions, and rounding may put one a unit over 1.0.
    let floor = x.min(ONE).wrapping_mul(65_535) >> 32;
    u16::try_from(floor).unwrap_or(u16::MAX)
}

/// `⌊x / total⌋` as a share, for `x <= total`; 0 when `total` is 0, `None` when `x` is larger.
pub fn share(x: u64, total: u64) -> Option<u64> {
    if x == 0 || total == 0 {
        return Some(0);
    }
    if x > total {
        return None;
    }
    let quotient = (u128::from(x) << 63).checked_div(u128::from(total))?;
    u64::try_from(quotient).ok()
}

/// A share as an entry: its upper 32 bits.
#[inline]
pub fn share_to_entry(share: u64) -> u64 {
    share >> 31
}

/// Division by one total, many times: one 128-bit division when it is made, then one
/// multiplication for each [`Reciprocal::part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reciprocal {
    /// How far the total is shifted to have its top bit set.
    shift: u32,
    /// `⌈2¹²⁶ / (total << shift)⌉`, at most 2⁶³; 0 for a total of 0.
    factor: u64,
}

impl Reciprocal {
    /// The reciprocal of `total`. That of 0 makes every part 0.
    pub fn of(total: u64) -> Self {
        if total == 0 {
            return Self { shift: 0, factor: 0 };
        }
        let shift = total.leading_zeros();
        // The shifted total has 64 bits, so the quotient is at most 2⁶³.
        let factor = (1u128 << 126).div_ceil(u128::from(total.wrapping_shl(shift)));
        Self { shift, factor: u64::try_from(factor).unwrap_or(SHARE_ONE) }
    }

    /// `x / total` as an entry, for `x <= total`; `None` for an `x` with more bits than the total.
    ///
    /// The result is the floor, or now and then one unit of 2⁻³² more; `part(total)` is exactly
    /// 1.0, and no part of an `x <= total` is more than that.
    #[inline]
    pub fn part(self, x: u64) -> Option<u64> {
        if self.factor == 0 {
            return Some(0);
        }
        if x.leading_zeros() < self.shift {
            return None;
        }
        u64::try_from(wide(x.wrapping_shl(self.shift), self.factor) >> 94).ok()
    }
}

/// Scales `values` so that the largest becomes 65535, rounding to nearest: how a weight row is
/// stored. All-zero values stay zero.
pub fn max_upscale(values: &[u64]) -> alloc::vec::Vec<u16> {
    let max = u128::from(values.iter().copied().max().unwrap_or(0));
    values
        .iter()
        .map(|&value| {
            // (value · 65535 + max / 2) / max: below 2⁸¹, and at most 65535.
            let scaled = u128::from(value).wrapping_mul(65_535).wrapping_add(max >> 1);
            u16::try_from(scaled.checked_div(max).unwrap_or(0)).unwrap_or(u16::MAX)
        })
        .collect()
}
