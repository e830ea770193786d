//! Powers of one half: what is left after a time of something that has a half-life.

use alun_primitives::Balance;

/// 1 in the fixed point used here: 64 bits after the point.
pub const ONE: u128 = 1 << 64;

/// A power is at most this many units of 2⁻⁶⁴ above the exact real number, and never below it.
pub const POWER_ERROR: u128 = 40;

/// `2^(−2^−k)` for k = 1..=32, 64 bits after the point, rounded up.
const ROOTS: [u64; 32] = [
    0xb504_f333_f9de_6485,
    0xd744_fcca_d69d_6af5,
    0xeac0_c6e7_dd24_392f,
    0xf525_7d15_2486_cc2d,
    0xfa83_b2db_722a_033b,
    0xfd3e_0c0c_f486_c175,
    0xfe9e_115c_7b8f_884c,
    0xff4e_cb59_511e_c8a6,
    0xffa7_5652_1c8d_aed2,
    0xffd3_a751_c0f7_e10c,
    0xffe9_d2b2_f7db_2756,
    0xfff4_e91b_ff1b_8c3e,
    0xfffa_747e_a004_0665,
    0xfffd_3a3b_7814_eb54,
    0xfffe_9d1c_c60d_dab2,
    0xffff_4e8e_2587_9bfb,
    0xffff_a747_0363_f452,
    0xffff_d3a3_7dda_0314,
    0xffff_e9d1_bdf7_03af,
    0xffff_f4e8_debe_025f,
    0xffff_fa74_6f4f_a151,
    0xffff_fd3a_37a3_f8b1,
    0xffff_fe9d_1bd1_065b,
    0xffff_ff4e_8de8_45ae,
    0xffff_ffa7_46f4_1377,
    0xffff_ffd3_a37a_05e4,
    0xffff_ffe9_d1bd_01fc,
    0xffff_fff4_e8de_80c1,
    0xffff_fffa_746f_4051,
    0xffff_fffd_3a37_a025,
    0xffff_fffe_9d1b_d012,
    0xffff_ffff_4e8d_e809,
];

/// ln 2, 64 bits after the point, rounded down.
const LN_2: u128 = 0xb172_17f7_d1cf_79ab;

/// `2^(−numerator / denominator)`, 64 bits after the point, rounded up: what decays never decays
/// faster than the rule says, nor to nothing. A denominator of 0 counts as 1.
///
/// At most [`POWER_ERROR`] units too high; exact where the quotient is whole and below 65; never
/// rises with the numerator.
pub fn two_to_minus(numerator: u64, denominator: u32) -> u128 {
    let (whole, power) = parts(numerator, denominator);
    shift_up(power, whole)
}

/// `⌈amount · 2^(−elapsed / half_life)⌉`: an amount above zero never decays to zero. A half-life of
/// 0 counts as 1.
///
/// Never rises with `elapsed`, and halves exactly (up to rounding) at each half-life.
pub fn decayed(amount: Balance, elapsed: u64, half_life: u32) -> Balance {
    let (whole, power) = parts(elapsed, half_life);
    // An amount below 2⁶⁴ times at most 2⁶⁴: no saturation.
    let exact = u128::from(amount).saturating_mul(power);
    let left = shift_up(exact, whole.saturating_add(64));
    // Not above `amount`: the factor is at most 1.
    Balance::try_from(left).unwrap_or(amount).min(amount)
}

/// The exponent's whole part, at most 64 (more changes nothing once rounded up), and
/// [`fraction`] of the rest.
fn parts(numerator: u64, denominator: u32) -> (u32, u128) {
    let denominator = u64::from(denominator.max(1));
    let whole = numerator.checked_div(denominator).unwrap_or(0);
    let rest = numerator.checked_rem(denominator).unwrap_or(0);
    match u32::try_from(whole) {
        Ok(whole) if whole < 64 => {
            // The rest as a binary fraction of 64 digits, rounded down so that the power rounds up.
            let digits = (u128::from(rest) << 64).checked_div(denominator.into()).unwrap_or(0);
            (whole, fraction(digits))
        }
        _ => (64, ONE),
    }
}

/// `2^−x` for an x below 1 with 64 digits after the point: the upper 32 digits by a table of roots,
/// the lower 32, which are so small that the curve is its tangent, by `1 − x·ln 2`.
fn fraction(digits: u128) -> u128 {
    let mut power = ONE;
    for (digit, root) in (32..64u32).rev().zip(ROOTS) {
        if digits.checked_shr(digit).unwrap_or(0) & 1 == 1 {
            // Saturation is not reached: at most 2⁶⁴ · (2⁶⁴ − 1).
            power = shift_up(power.saturating_mul(u128::from(root)), 64);
        }
    }
    let tail = digits & 0xffff_ffff;
    // 32 by 64 bits. The curve is above its tangent by less than 2⁻⁶⁵, hence the unit less.
    let lost = (tail.saturating_mul(LN_2) >> 64).saturating_sub(1);
    let kept = ONE.saturating_sub(lost);
    // 1 · 1 is 2¹²⁸, which does not fit, and needs no product.
    if kept == ONE {
        return power;
    }
    shift_up(power.saturating_mul(kept), 64)
}

/// `value / 2^bits`, rounded up; `bits` ≤ 128.
fn shift_up(value: u128, bits: u32) -> u128 {
    let floor = value.checked_shr(bits).unwrap_or(0);
    let back = floor.checked_shl(bits).unwrap_or(0);
    // Saturation is not reached: the floor of a shift by one or more is below the maximum.
    floor.saturating_add(u128::from(back != value))
}
