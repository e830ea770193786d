//! Amounts of the native token, and proportions.

/// An amount of the native token in its smallest unit (9 decimals). The cap of 21,000,000 tokens
/// is 2.1·10¹⁶ units, so a `u64` holds it with room; products are taken in 128 or 256 bits.
pub type Balance = u64;

/// One token in the smallest unit.
pub const UNIT: Balance = 1_000_000_000;

/// A proportion in parts per million.
pub type Ppm = u32;

/// A payout before it is divided among neurons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// The owner's.
    pub owner: Balance,
    /// The miners' half of the rest.
    pub miners: Balance,
    /// The validators' half of the rest.
    pub validators: Balance,
}

/// Cuts a payout: the owner's part first, then half of the rest for each side; an odd unit is the
/// miners'.
pub fn cut(amount: Balance, owner_cut: Ppm) -> Cut {
    let owner = part_of(amount, owner_cut);
    // Saturation: neither is more than what it is taken from.
    let rest = amount.saturating_sub(owner);
    let validators = rest / 2;
    Cut { owner, miners: rest.saturating_sub(validators), validators }
}

/// `amount · ppm / 10⁶`, rounded down; never more than `amount`.
pub fn part_of(amount: Balance, ppm: Ppm) -> Balance {
    // Saturation: u64 · u32 fits a u128; the quotient of a ppm of at most 10⁶ fits a u64.
    let part = u128::from(amount).saturating_mul(ppm.into()) / 1_000_000;
    Balance::try_from(part).unwrap_or(amount).min(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_should_sum_to_the_amount_and_give_the_odd_unit_to_miners() {
        for amount in [0, 1, 2, 3, 999, 1_000_001, 21_000_000 * UNIT, Balance::MAX] {
            for ppm in [0, 1, 180_000, 999_999, 1_000_000] {
                let Cut { owner, miners, validators } = cut(amount, ppm);
                assert_eq!(owner, part_of(amount, ppm));
                assert_eq!(
                    u128::from(owner) + u128::from(miners) + u128::from(validators),
                    amount.into()
                );
                assert!(miners - validators <= 1);
            }
        }
        assert_eq!(
            cut(1_000_001, 180_000),
            Cut { owner: 180_000, miners: 410_001, validators: 410_000 }
        );
    }
}
