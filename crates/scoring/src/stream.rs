//! Numbers from a seed, the same on every machine and in every version: what a challenge is made
//! of must be reproducible years later by whoever audits it.

use sha2::{Digest as _, Sha256};

/// SHA-256 in counter mode over (tag, seed, counter).
pub struct SeedStream {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

const TAG: &[u8] = b"alun/challenge-stream/1";
const WORD: usize = 8;

impl SeedStream {
    /// The stream of a seed.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self { seed: *seed, counter: 0, block: [0; 32], used: 32 }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        if self.used >= self.block.len() {
            let mut hash = Sha256::new();
            hash.update(TAG);
            hash.update(self.seed);
            hash.update(self.counter.to_le_bytes());
            self.block = hash.finalize().into();
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let word = self.block.iter().skip(self.used).take(WORD);
        self.used += WORD;
        word.rev().fold(0, |value, &byte| (value << 8) | u64::from(byte))
    }

    /// A number below `bound` (0 for a bound of 0). The bias is below `bound`/2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next_u64()) * bound as u128;
        (wide >> 64) as usize
    }

    /// One of the items, or `None` of none.
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> Option<&'a T> {
        items.get(self.below(items.len())).copied()
    }

    /// 32 bytes, a seed for something else.
    pub fn next_seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        for chunk in seed.chunks_mut(WORD) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes());
        }
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_should_be_the_same_forever_when_the_seed_is_the_same() {
        let mut stream = SeedStream::new(&[7; 32]);
        let first: Vec<u64> = (0..6).map(|_| stream.next_u64()).collect();
        let mut again = SeedStream::new(&[7; 32]);
        assert_eq!(first, (0..6).map(|_| again.next_u64()).collect::<Vec<_>>());
        let mut other = SeedStream::new(&[8; 32]);
        assert_ne!(first[0], other.next_u64());
    }

    #[test]
    fn below_should_stay_below_and_reach_every_value() {
        let mut stream = SeedStream::new(&[1; 32]);
        let mut seen = [0u32; 7];
        (0..7_000).for_each(|_| seen[stream.below(7)] += 1);
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
        assert_eq!(stream.below(0), 0);
    }
}
