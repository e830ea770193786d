//! A subnet's hyperparameters: one table says their names, types, defaults, bounds, and who may
//! set them; everything else here follows from it.

use crate::{Balance, Millis, Ppm, UNIT};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// How bonds move.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum BondRule {
    /// "Yuma2": bonds are shares of a column.
    Classic,
    /// "Yuma3": bonds do not depend on stake.
    #[default]
    StakeFree,
}

/// Who may set a hyperparameter. Root may set everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setter {
    /// Root only.
    Root,
    /// The subnet's owner.
    Owner,
    /// The subnet's owner, to a lower value only.
    OwnerLowering,
}

/// A row of the table, as text, for documents and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Name of the field.
    pub name: &'static str,
    /// What it is, with its unit.
    pub doc: &'static str,
    /// Who may set it.
    pub setter: Setter,
    /// Default, as a number (bond rule: 0 Classic, 1 StakeFree; booleans: 0, 1).
    pub default: u64,
    /// Lowest value, same encoding.
    pub min: u64,
    /// Highest value, same encoding.
    pub max: u64,
}

/// A value outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Name of the hyperparameter.
    pub name: &'static str,
    /// What was asked.
    pub value: u64,
    /// Lowest allowed.
    pub min: u64,
    /// Highest allowed.
    pub max: u64,
}

/// Two hyperparameters that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossCheck {
    /// `immunity_ms` must exceed the reveal delay, `(reveal_period + 1) · tempo`: a row committed
    /// at the start of an epoch may be revealed until the end of the window.
    ImmunityWithinRevealDelay,
    /// `weights_rate_limit_ms` must not exceed the tempo.
    RateLimitAboveTempo,
    /// `activity_cutoff_ms` must be at least the tempo.
    CutoffBelowTempo,
    /// `liquid_alpha_low` must not exceed `liquid_alpha_high`.
    LiquidAlphaLowAboveHigh,
    /// `price_min` must not exceed `price_max`.
    PriceMinAboveMax,
}

/// A value in the table as a number.
trait AsNumber: Copy {
    fn as_number(self) -> u64;
}
macro_rules! as_number {
    ($($t:ty),*) => { $(impl AsNumber for $t { fn as_number(self) -> u64 { u64::from(self) } })* };
}
as_number!(u16, u32, u64, bool);
impl AsNumber for BondRule {
    fn as_number(self) -> u64 {
        self as u64
    }
}

macro_rules! hyperparameters {
    ($( $(#[doc = $doc:literal])+ $field:ident / $variant:ident : $ty:ty = $default:expr, [$min:expr, $max:expr], $setter:ident; )*) => {
        /// The hyperparameters of a subnet. Durations are in milliseconds and become blocks by the
        /// slot duration. In JSON a missing field has its default; an unknown one is refused.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
            TypeInfo, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
        #[serde(default, deny_unknown_fields)]
        pub struct Hyperparameters { $( $(#[doc = $doc])+ pub $field: $ty, )* }

        impl Default for Hyperparameters {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        /// One hyperparameter with a value: a change, or the value before it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
        #[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
        pub enum Hyperparameter { $( $(#[doc = $doc])+ $variant($ty), )* }

        /// The table.
        pub const HYPERPARAMETERS: &[Bounds] = &[$( Bounds {
            name: stringify!($field),
            doc: concat!($($doc),+),
            setter: Setter::$setter,
            default: $default as u64,
            min: $min as u64,
            max: $max as u64,
        }, )*];

        impl Hyperparameter {
            /// Name of the field.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant(_) => stringify!($field), )* }
            }

            /// The value as a number, encoded as in [`Bounds`].
            pub fn number(&self) -> u64 {
                match *self { $( Self::$variant(value) => value.as_number(), )* }
            }

            /// Who may make this change.
            pub fn setter(&self) -> Setter {
                match self { $( Self::$variant(_) => Setter::$setter, )* }
            }

            /// Checks the value against its own bounds.
            pub fn check(&self) -> Result<(), OutOfBounds> {
                let (value, min, max): (u64, u64, u64) = match *self {
                    $( Self::$variant(value) => (value.as_number(), $min as u64, $max as u64), )*
                };
                if value < min || value > max {
                    return Err(OutOfBounds { name: self.name(), value, min, max });
                }
                Ok(())
            }
        }

        impl Hyperparameters {
            /// Sets one and returns what it was.
            pub fn set(&mut self, change: Hyperparameter) -> Hyperparameter {
                match change {
                    $( Hyperparameter::$variant(value) =>
                        Hyperparameter::$variant(core::mem::replace(&mut self.$field, value)), )*
                }
            }

            /// All of them, one by one, in the order of the table.
            pub fn list(&self) -> impl Iterator<Item = Hyperparameter> {
                [$( Hyperparameter::$variant(self.$field), )*].into_iter()
            }
        }
    };
}

hyperparameters! {
    /// Time between epochs, ms.
    tempo_ms / Tempo: Millis = 72 * MINUTE, [MINUTE, 7 * DAY], Root;
    /// A validator whose newest row is older than this, ms, is inactive.
    activity_cutoff_ms / ActivityCutoff: Millis = 8 * HOUR, [0, 7 * DAY], Owner;
    /// Time after registration in which a neuron is not evicted, ms.
    immunity_ms / Immunity: Millis = 12 * HOUR, [0, 14 * DAY], Owner;
    /// Epochs between a commit and its reveal window.
    reveal_period / RevealPeriod: u16 = 1, [1, 16], Owner;
    /// Whether rows are committed before they are revealed.
    commit_reveal / CommitReveal: bool = true, [false, true], Owner;
    /// Least time between two rows of a hotkey, ms.
    weights_rate_limit_ms / WeightsRateLimit: Millis = 10 * MINUTE, [0, 7 * DAY], Owner;
    /// Fewest non-zero values in a row.
    min_weights / MinWeights: u16 = 1, [1, 4_096], Owner;
    /// Largest share of a row for one uid, of 65,535.
    max_weight_share / MaxWeightShare: u16 = u16::MAX, [1, u16::MAX], Owner;
    /// Version that rows must name.
    weights_version / WeightsVersion: u64 = 0, [0, u64::MAX], Owner;
    /// Most neurons.
    max_neurons / MaxNeurons: u16 = 256, [64, 4_096], Root;
    /// Most validator permits.
    max_validators / MaxValidators: u16 = 64, [1, 256], Root;
    /// Stake weight under which a neuron counts as having none, smallest unit.
    stake_threshold / StakeThreshold: Balance = 1_000 * UNIT, [0, u64::MAX], Root;
    /// κ: share of active stake that must support a score, of 65,535.
    kappa / Kappa: u16 = 32_767, [32_767, 49_151], Root;
    /// β: how far bonds follow the clipped rows, of 65,535.
    bonds_penalty / BondsPenalty: u16 = u16::MAX, [0, u16::MAX], Owner;
    /// How much of the old bonds stays each epoch, parts per million.
    bonds_moving_average / BondsMovingAverage: Ppm = 900_000, [0, 1_000_000], Owner;
    /// Rule by which bonds move.
    bond_rule / BondRule: BondRule = BondRule::StakeFree, [BondRule::Classic, BondRule::StakeFree], Owner;
    /// Whether bonds move faster where a validator is ahead of consensus.
    liquid_alpha / LiquidAlpha: bool = false, [false, true], Owner;
    /// Liquid alpha's lowest rate, of 65,535.
    liquid_alpha_low / LiquidAlphaLow: u16 = 45_875, [0, u16::MAX], Owner;
    /// Liquid alpha's highest rate, of 65,535.
    liquid_alpha_high / LiquidAlphaHigh: u16 = 58_982, [0, u16::MAX], Owner;
    /// Liquid alpha's steepness, hundredths.
    liquid_alpha_steepness / LiquidAlphaSteepness: u16 = 1_000, [0, 10_000], Owner;
    /// Lowest registration price, smallest unit.
    price_min / PriceMin: Balance = UNIT / 2_000, [UNIT / 2_000, 100 * UNIT], Owner;
    /// Highest registration price, smallest unit.
    price_max / PriceMax: Balance = 100 * UNIT, [UNIT / 2_000, 100 * UNIT], Owner;
    /// The owner's part of the subnet's emission, parts per million.
    owner_cut / OwnerCut: Ppm = 180_000, [0, 180_000], OwnerLowering;
    /// Least time between two announcements of an endpoint, ms.
    endpoint_rate_limit_ms / EndpointRateLimit: Millis = 5 * MINUTE, [0, DAY], Owner;
}

impl Hyperparameters {
    /// Price of the first registration, before growth and decay.
    pub const PRICE_START: Balance = UNIT / 2;

    /// Checks the values against each other.
    pub fn cross_check(&self) -> Result<(), CrossCheck> {
        let epochs = u64::from(self.reveal_period).saturating_add(1);
        // Saturation: an absurdly long delay only makes the check stricter.
        if self.immunity_ms <= epochs.saturating_mul(self.tempo_ms) {
            return Err(CrossCheck::ImmunityWithinRevealDelay);
        }
        if self.weights_rate_limit_ms > self.tempo_ms {
            return Err(CrossCheck::RateLimitAboveTempo);
        }
        if self.activity_cutoff_ms < self.tempo_ms {
            return Err(CrossCheck::CutoffBelowTempo);
        }
        if self.liquid_alpha_low > self.liquid_alpha_high {
            return Err(CrossCheck::LiquidAlphaLowAboveHigh);
        }
        if self.price_min > self.price_max {
            return Err(CrossCheck::PriceMinAboveMax);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_should_be_within_bounds_and_agree_with_each_other() {
        let defaults = Hyperparameters::default();
        assert_eq!(defaults.cross_check(), Ok(()));
        for parameter in defaults.list() {
            assert_eq!(parameter.check(), Ok(()), "{parameter:?}");
        }
        assert_eq!(defaults.list().count(), HYPERPARAMETERS.len());
    }

    #[test]
    fn set_should_return_the_old_value() {
        let mut values = Hyperparameters::default();
        assert_eq!(values.set(Hyperparameter::Kappa(40_000)), Hyperparameter::Kappa(32_767));
        assert_eq!(values.kappa, 40_000);
    }

    #[test]
    fn check_should_name_the_limit_when_out_of_bounds() {
        assert_eq!(
            Hyperparameter::MaxValidators(257).check(),
            Err(OutOfBounds { name: "max_validators", value: 257, min: 1, max: 256 })
        );
    }

    #[test]
    fn cross_check_should_refuse_immunity_within_the_reveal_delay() {
        let values = Hyperparameters { reveal_period: 16, ..Hyperparameters::default() };
        assert_eq!(values.cross_check(), Err(CrossCheck::ImmunityWithinRevealDelay));
    }
}
