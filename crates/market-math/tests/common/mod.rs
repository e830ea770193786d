//! Big integers as the oracle, and what generates inputs.

use alun_market_math::pool::Reserves;
use num_bigint::BigUint;
use proptest::prelude::*;

/// A big integer.
pub fn big(value: impl Into<BigUint>) -> BigUint {
    value.into()
}

/// `⌊a·b / c⌋`.
pub fn floor(a: impl Into<BigUint>, b: impl Into<BigUint>, c: impl Into<BigUint>) -> BigUint {
    a.into() * b.into() / c.into()
}

/// `⌈a·b / c⌉`.
pub fn ceil(a: impl Into<BigUint>, b: impl Into<BigUint>, c: impl Into<BigUint>) -> BigUint {
    let c = c.into();
    (a.into() * b.into() + &c - 1u8) / c
}

/// Amounts of every size, the largest included: each number of bits is as likely.
pub fn amount() -> impl Strategy<Value = u64> {
    (0u32..64, any::<u64>()).prop_map(|(shift, value)| (value >> shift).max(1))
}

/// Amounts as they are met: up to the cap.
pub fn usual() -> impl Strategy<Value = u64> {
    amount().prop_map(|amount| amount % 21_000_000_000_000_000 + 1)
}

/// Pools of every size within the cap.
pub fn pool() -> impl Strategy<Value = Reserves> {
    (usual(), usual()).prop_map(|(native, alpha)| Reserves { native, alpha })
}

/// Fees from nothing to 10 %, often the usual one.
pub fn fee() -> impl Strategy<Value = u32> {
    prop_oneof![Just(500), Just(0), 0u32..100_000]
}
