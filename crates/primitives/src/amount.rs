//! Amounts of the native token, and proportions.

/// An amount of the native token in its smallest unit (9 decimals). The cap of 21,000,000 tokens
/// is 2.1·10¹⁶ units, so a `u64` holds it with room; products are taken in 128 or 256 bits.
pub type Balance = u64;

/// One token in the smallest unit.
pub const UNIT: Balance = 1_000_000_000;

/// A proportion in parts per million.
pub type Ppm = u32;
