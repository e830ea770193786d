//! Where choices come from.

/// A source of choices: a seed, or bytes that somebody else chose.
#[derive(Clone, Debug)]
pub enum Dice {
    /// SplitMix64 with this state.
    Seeded(u64),
    /// Bytes, and how many of them are used up. After the last, all choices are the first one.
    Bytes(Vec<u8>, usize),
}

impl Dice {
    /// 64 random bits; of bytes, the next two.
    pub fn bits(&mut self) -> u64 {
        match self {
            Self::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                mixed ^ (mixed >> 31)
            }
            Self::Bytes(bytes, used) => {
                let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or(0));
                let value = byte(*used) << 8 | byte(used.saturating_add(1));
                *used = used.saturating_add(2);
                value
            }
        }
    }

    /// Whether nothing is left to choose from. A seed never ends.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes, used) if *used >= bytes.len())
    }

    /// A number below `end`, 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.bits().checked_rem(end).unwrap_or(0)
    }

    /// An index below `end`.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or(0)
    }

    /// True so often of a hundred times.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.index(from.len())).copied()
    }

    /// An amount between nothing and far beyond `whole`: mostly a part of it, at times the whole, one
    /// unit off, nothing, or everything that a number can hold.
    pub fn amount(&mut self, whole: u64) -> u64 {
        match self.below(20) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => whole,
            4 => whole.saturating_add(1),
            5 => whole.saturating_sub(1),
            6 => whole.saturating_mul(2),
            7 => self.bits(),
            _ => (u128::from(whole) * u128::from(self.below(1_000)) / 4_000) as u64,
        }
    }

    /// A bound under what was quoted: mostly loose or tight, at times one that can't be met.
    pub fn bound(&mut self, quoted: u64) -> u64 {
        match self.below(10) {
            0 => quoted.saturating_add(1),
            1 => u64::MAX,
            2 | 3 => quoted,
            4..=6 => quoted / 100 * 95,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_should_repeat_themselves_by_seed() {
        let roll = |mut dice: Dice| (0..9).map(|_| dice.below(1_000)).collect::<Vec<_>>();
        assert_eq!(roll(Dice::Seeded(7)), roll(Dice::Seeded(7)));
        assert_ne!(roll(Dice::Seeded(7)), roll(Dice::Seeded(8)));
    }

    #[test]
    fn bytes_should_end() {
        let mut dice = Dice::Bytes(vec![1, 2, 3], 0);
        assert_eq!((dice.bits(), dice.is_empty()), (0x0102, false));
        assert_eq!((dice.bits(), dice.is_empty(), dice.bits()), (0x0300, true, 0));
    }
}
