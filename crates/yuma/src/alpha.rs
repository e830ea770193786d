//! How fast a bond moves: the fixed rate, or the liquid one with its sigmoid.

use crate::{
    error::EpochError,
    fixed::{self, ONE},
    input::{LiquidAlpha, Params},
};

/// Beyond ±20 the sigmoid does not move any more.
const STEEPEST: u64 = 20 << 32;
/// Nodes of the sigmoid's table in one unit of its exponent.
const NODES: u64 = 32;
/// The sigmoid and its derivatives at each node.
static SIGMOID: [Node; 20 * NODES as usize + 1] = nodes();

/// The rate of the moving average of bonds, per entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpha {
    /// The same for all, as an entry.
    Fixed(u64),
    /// Between two bounds.
    Liquid {
        /// The slowest rate, as an entry.
        low: u64,
        /// From the slowest to the fastest, as an entry.
        span: u64,
        /// The slope, in hundredths.
        steepness: u16,
    },
}

impl Alpha {
    /// Liquid alpha where it is on, else the fixed rate.
    pub fn new(params: &Params) -> Result<Self, EpochError> {
        match params.liquid_alpha {
            None => fixed_rate(params.bonds_moving_average).map(Self::Fixed),
            Some(liquid) => Self::liquid(liquid),
        }
    }

    /// The liquid rate.
    pub fn liquid(LiquidAlpha { low, high, steepness }: LiquidAlpha) -> Result<Self, EpochError> {
        let (from, to) = (fixed::from_u16(low), fixed::from_u16(high));
        let span = to.checked_sub(from).ok_or(EpochError::LiquidAlpha { low, high })?;
        Ok(Self::Liquid { low: from, span, steepness })
    }

    /// The rate for a bond that moves towards `weight`, all entries up to 1.0. Liquid: the further
    /// a rising bond's weight leads the consensus, or a falling bond leads its weight, the faster.
    #[inline]
    pub fn rate(&self, weight: u64, bond: u64, consensus: u64) -> u64 {
        match *self {
            Self::Fixed(rate) => rate,
            Self::Liquid { low, span, steepness } => {
                // Saturating: the distance is held within 0 and 1.0.
                let ahead = if weight >= bond {
                    weight.saturating_sub(consensus)
                } else {
                    bond.wrapping_sub(weight)
                };
                // At most `low + span`, the fastest rate.
                low.wrapping_add(fixed::scaled(span, sigmoid(ahead, ONE / 2, steepness)))
            }
        }
    }
}

/// `1 − moving average` as an entry, for a moving average given per million.
pub fn fixed_rate(moving_average: u32) -> Result<u64, EpochError> {
    // What remains is rounded down, and the rate is the rest of it.
    let remains = (u64::from(moving_average) << 32) / 1_000_000;
    ONE.checked_sub(remains).ok_or(EpochError::MovingAverage { have: moving_average })
}

/// One step of the moving average: `⌊(1 − a) old + a new⌋`. All are entries up to 1.0, and so is the
/// result. Rounded once, so that what stands still stays exact. `NARROW` says that all three are
/// below 1.0, and the rate above 0.
#[inline]
pub fn moved<const NARROW: bool>(alpha: u64, old: u64, new: u64) -> u64 {
    let alpha = fixed::entry::<NARROW>(alpha);
    let stays = fixed::entry::<NARROW>(ONE.wrapping_sub(alpha)).wrapping_mul(old);
    let sum = alpha.wrapping_mul(new).wrapping_add(stays);
    if !NARROW && sum == 0 {
        // Either all of it is 0 or it is exactly 2⁶⁴, one too many for the type: then what counts,
        // counts as 1.0. Both times the result is one of the two.
        return if alpha == 0 { old } else { new };
    }
    sum >> 32
}

/// `1 / (1 + e^(−s(x − middle)))` for entries `x` and `middle` and `s` the steepness in hundredths,
/// with the exponent held within ±20; exactly ½ in the middle, elsewhere within 2⁻³⁰.
///
/// From the nearest node of a table, at most 1/64 away, by the Taylor series up to the third power:
/// the first term left out is below 2⁻³¹.
#[inline]
pub fn sigmoid(x: u64, middle: u64, steepness: u16) -> u64 {
    // Saturating: beyond ±20 nothing moves.
    let exponent = x.abs_diff(middle).saturating_mul(u64::from(steepness)) / 100;
    let exponent = exponent.min(STEEPEST);
    let index = exponent.wrapping_mul(NODES).wrapping_add(ONE / 2) >> 32;
    let node = usize::try_from(index).ok().and_then(|index| SIGMOID.get(index));
    let node = node.copied().unwrap_or_default(); // There is one for every exponent up to 20.
    let upper = node.at(exponent.wrapping_sub(index.wrapping_mul(ONE / NODES)));
    if x >= middle {
        upper
    } else {
        ONE.wrapping_sub(upper)
    }
}

/// The Taylor series of the sigmoid at one point: its value and its derivatives over `n!`, in units
/// of 2⁻³².
#[derive(Clone, Copy, Default)]
struct Node([i64; 4]);

impl Node {
    /// The value at a small distance, in units of 2⁻³², negative ones wrapped.
    #[inline]
    fn at(self, distance: u64) -> u64 {
        // 26 bits and a sign by at most 31: the products fit.
        let distance = distance.cast_signed();
        let Self([value, first, second, third]) = self;
        let sum = second.wrapping_add(third.wrapping_mul(distance) >> 32);
        let sum = first.wrapping_add(sum.wrapping_mul(distance) >> 32);
        value.wrapping_add(sum.wrapping_mul(distance) >> 32).cast_unsigned()
    }
}

/// Fraction bits while the table is made.
const FINE: u32 = 62;

/// The table: `σ = 1 / (1 + e^(−t))`, `σ' = σ(1 − σ)`, `σ'' = σ'(1 − 2σ)`,
/// `σ''' = σ'(1 − 6σ')`, for `t` = 0, 1/32, … 20. The compiler makes it.
#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "at compile time")]
const fn nodes() -> [Node; 20 * NODES as usize + 1] {
    let one: i128 = 1 << FINE;
    let step = exp_of_minus_step();
    let mut table = [Node([0; 4]); 20 * NODES as usize + 1];
    let (mut index, mut exp) = (0, one);
    while index < table.len() {
        let value = (one << FINE) / (one + exp);
        let first = (value * (one - value)) >> FINE;
        let second = (first * (one - 2 * value)) >> FINE;
        let third = (first * (one - 6 * first)) >> FINE;
        table[index] =
            Node([rounded(value), rounded(first), rounded(second / 2), rounded(third / 6)]);
        exp = (exp * step) >> FINE;
        index += 1;
    }
    table
}

/// `e^(−1/32)`, by its series.
#[expect(clippy::arithmetic_side_effects, reason = "at compile time")]
const fn exp_of_minus_step() -> i128 {
    let (mut sum, mut term, mut n) = (0i128, 1i128 << 100, 1);
    while term != 0 {
        sum += term;
        term = -term / (NODES as i128 * n);
        n += 1;
    }
    sum >> (100 - FINE)
}

/// To 32 fraction bits, to the nearest.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "compile time"
)]
const fn rounded(fine: i128) -> i64 {
    ((fine + (1 << (FINE - 33))) >> (FINE - 32)) as i64
}
