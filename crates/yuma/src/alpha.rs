//! How fast a bond moves: the fixed rate, or the liquid one with its sigmoid.

use crate::{
    error::{EpochError, Step},
    fixed::{self, ONE},
    input::{LiquidAlpha, Params},
};

/// log₂ e, as an entry.
const LOG2_E: u64 = 6_196_328_019;
/// ln 2, as an entry.
const LN_2: u64 = 2_977_044_472;
/// `2^(−k/16)` for k = 0…15, as entries.
const SIXTEENTHS: [u64; 16] = [
    4_294_967_296,
    4_112_874_773,
    3_938_502_376,
    3_771_522_796,
    3_611_622_603,
    3_458_501_653,
    3_311_872_529,
    3_171_459_999,
    3_037_000_500,
    2_908_241_642,
    2_784_941_738,
    2_666_869_345,
    2_553_802_834,
    2_445_529_972,
    2_341_847_524,
    2_242_560_872,
];
/// Beyond ±20 the sigmoid does not move any more.
const STEEPEST: u64 = 20 << 32;

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
        /// The rate of an entry that agrees with the consensus: most of them do.
        at_rest: u64,
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
        let rest = Self::Liquid { low: from, span, steepness, at_rest: from };
        let at_rest = rest.at(0).ok_or(EpochError::Overflow { step: Step::Bonds })?;
        Ok(Self::Liquid { low: from, span, steepness, at_rest })
    }

    /// The rate at distance `ahead`, an entry up to 1.0.
    fn at(&self, ahead: u64) -> Option<u64> {
        match *self {
            Self::Fixed(rate) => Some(rate),
            Self::Liquid { low, span, steepness, .. } => {
                low.checked_add(fixed::mul(span, sigmoid(ahead, ONE / 2, steepness)?)?)
            }
        }
    }

    /// The rate for a bond that moves towards `weight`, all entries. Liquid: the further a rising
    /// bond's weight leads the consensus, or a falling bond leads its weight, the faster.
    #[inline]
    pub fn rate(&self, weight: u64, bond: u64, consensus: u64) -> Option<u64> {
        let at_rest = match *self {
            Self::Fixed(rate) => return Some(rate),
            Self::Liquid { at_rest, .. } => at_rest,
        };
        let ahead =
            if weight >= bond { weight.checked_sub(consensus) } else { bond.checked_sub(weight) };
        match ahead.unwrap_or(0) {
            0 => Some(at_rest),
            ahead => self.at(ahead.min(ONE)),
        }
    }
}

/// `1 − moving average` as an entry, for a moving average given per million.
pub fn fixed_rate(moving_average: u32) -> Result<u64, EpochError> {
    // What remains is rounded down, and the rate is the rest of it.
    let remains = (u64::from(moving_average) << 32) / 1_000_000;
    ONE.checked_sub(remains).ok_or(EpochError::MovingAverage { have: moving_average })
}

/// One step of the moving average: `(1 − a) old + a new`, at most 1.0. All are entries.
#[inline]
pub fn moved(alpha: u64, old: u64, new: u64) -> Option<u64> {
    // Rounded once, down, so that what stands still stays exact.
    let old = fixed::wide(ONE.checked_sub(alpha)?, old);
    let moved = u64::try_from(fixed::wide(alpha, new).checked_add(old)? >> 32).ok()?;
    Some(moved.min(ONE))
}

/// `1 / (1 + e^(−s(x − middle)))` for entries `x` and `middle` and `s` the steepness in hundredths,
/// with the exponent held within ±20; exactly ½ in the middle. `None` for an `x` further than 2¹⁶
/// from the middle.
pub fn sigmoid(x: u64, middle: u64, steepness: u16) -> Option<u64> {
    let exponent = x.abs_diff(middle).checked_mul(u64::from(steepness))? / 100;
    let power = exp_of_minus(exponent.min(STEEPEST))?;
    // From ½ to 1.0. The dividend 2⁶⁴ is one too large for a u64, hence the rounding up.
    let upper = u64::MAX.div_ceil(ONE.checked_add(power)?);
    if x >= middle {
        Some(upper)
    } else {
        ONE.checked_sub(upper)
    }
}

/// `e^(−x)` as an entry, for `x` in units of 2⁻³² up to 20.
///
/// `e^(−x) = 2^(−t)` with `t = whole + k/16 + rest`: a shift, a table, and the series of
/// `e^(−y)` for `y = rest · ln 2 < 0.0434`, whose first term left out is below 2⁻³⁶.
fn exp_of_minus(x: u64) -> Option<u64> {
    let t = fixed::mul(x, LOG2_E)?;
    let whole = u32::try_from(t >> 32).ok()?;
    let sixteenth = SIXTEENTHS.get(usize::try_from((t >> 28) & 15).ok()?)?;
    let y = fixed::mul(t & 0x0fff_ffff, LN_2)?;
    // 1 − y(1 − y/2(1 − y/3(1 − y/4(1 − y/5)))), from the inside out.
    let mut series = ONE;
    for n in [5, 4, 3, 2, 1] {
        series = ONE.checked_sub(fixed::mul(y, series)?.checked_div(n)?)?;
    }
    Some(fixed::mul(*sixteenth, series)?.checked_shr(whole).unwrap_or(0))
}
