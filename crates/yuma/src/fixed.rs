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

/// The full product of two `u64`s; it always fits.
#[inline]
pub fn wide(x: u64, y: u64) -> u128 {
    u128::from(x).wrapping_mul(u128::from(y))
}

/// The upper half of the product.
#[inline]
fn high(x: u64, y: u64) -> u64 {
    u64::try_from(wide(x, y) >> 64).unwrap_or(0) // A half always fits.
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

    /// `x / total` as an entry, for `x <= total`. (For a larger `x`, which no caller has, the result
    /// is a number without meaning.)
    ///
    /// The result is the floor, or now and then one unit of 2⁻³² more; `part(total)` is exactly
    /// 1.0, and no part of an `x <= total` is more than that.
    #[inline]
    pub fn part(self, x: u64) -> u64 {
        high(x.wrapping_shl(self.shift), self.factor) >> 30
    }

    /// `rate / total`, for a rate that is an entry.
    pub fn times(self, rate: u64) -> Rate {
        // 2⁶³ at most, by at most 1.0.
        Rate { shift: self.shift, factor: scaled(self.factor, rate) }
    }
}

/// Multiplication by a rate and division by a total in one, see [`Reciprocal::times`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    shift: u32,
    factor: u64,
}

impl Rate {
    /// `rate · x / total` in halves of a share (units of 2⁻⁶²), for `x <= total`.
    #[inline]
    pub fn half(self, x: u64) -> u64 {
        // Below 2⁶⁴ by at most 2⁶³.
        high(x.wrapping_shl(self.shift), self.factor)
    }
}

/// The lower half of a `u64`.
const LOW: u64 = 0xffff_ffff;

/// `⌊share · entry / 2³²⌋`, for an entry of at most 1.0: a share again. In two halves that fit,
/// because a full product is several instructions, in WASM even a call.
#[inline]
pub fn scaled(share: u64, entry: u64) -> u64 {
    // The upper half times 2³² at most, plus less than 2³².
    let low = (share & LOW).wrapping_mul(entry) >> 32;
    (share >> 32).wrapping_mul(entry).wrapping_add(low)
}

/// An entry, below 1.0 if it is said to be `NARROW`. The compiler then knows that it has 32 bits and
/// multiplies two at a time.
#[inline]
pub fn entry<const NARROW: bool>(entry: u64) -> u64 {
    if NARROW {
        entry & LOW
    } else {
        entry
    }
}

/// The lesser of two entries. By sign instead of by comparison, which a processor without one for
/// 64 bits takes twice as long for.
#[inline]
pub fn lesser(x: u64, y: u64) -> u64 {
    // Both have 33 bits: the difference has the sign that it should have.
    let difference = x.wrapping_sub(y);
    let sign = (difference.cast_signed() >> 63).cast_unsigned();
    y.wrapping_add(difference & sign)
}

/// Whether all entries are below 1.0.
#[inline]
pub fn narrow(entries: &[u64]) -> bool {
    entries.iter().fold(0, |all, entry| all | entry) < ONE
}

/// Exact division of small numbers by one total, many times: one division when it is made, then
/// three multiplications of 32 bits for each [`Quotient::part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotient {
    /// What is divided by: below 2³², and 1 for a total of 0.
    pub total: u64,
    /// `⌊(2⁴⁸ − 1) / total⌋`, its upper bits; 0 for a total of 0.
    pub high: u64,
    /// Its lower 32 bits.
    pub low: u64,
}

impl Quotient {
    /// Divides by `total`, below 2³². By 0, 0 is 0.
    pub fn of(total: u64) -> Self {
        let factor = ((1u64 << 48) - 1).checked_div(total).unwrap_or(0);
        Self { total: total.max(1), high: factor >> 32, low: factor & LOW }
    }

    /// `⌊x · 2³² / total⌋`, exact: `x / total` as an entry, for `x <= total`.
    #[inline]
    pub fn part(self, x: u16) -> u64 {
        let x = u64::from(x);
        // The factor is at most one and one total-th too small, so this is at most one too small:
        let low = x.wrapping_mul(self.low) >> 16;
        let below = (x.wrapping_mul(self.high) << 16).wrapping_add(low) & LOW;
        // and then what it leaves over holds the total once more. (The sign, shifted down.)
        let rest = (x << 32).wrapping_sub(below.wrapping_mul(self.total & LOW));
        below.wrapping_add(self.total.wrapping_sub(1).wrapping_sub(rest) >> 63)
    }
}
