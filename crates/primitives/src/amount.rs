//! Amounts of the native token, and proportions.

/// An amount of the native token in its smallest unit (9 decimals). The cap of 21,000,000 tokens
/// is 2.1·10¹⁶ units, so a `u64` holds it with room; products are taken in 128 or 256 bits.
pub type Balance = u64;

/// One token in the smallest unit.
pub const UNIT: Balance = 1_000_000_000;

/// A proportion in parts per million.
pub type Ppm = u32;

/// `amount · ppm / 10⁶`, rounded down; never more than `amount`.
pub fn part_of(amount: Balance, ppm: Ppm) -> Balance {
    // Saturation: u64 · u32 fits a u128; the quotient of a ppm of at most 10⁶ fits a u64.
    let part = u128::from(amount).saturating_mul(ppm.into()) / 1_000_000;
    Balance::try_from(part).unwrap_or(amount).min(amount)
}
