//! Hyperparameters as people write them: `name=value`, in the unit that the name calls for.

use crate::{Hyperparameter, Hyperparameters, Tokens};
use alun_primitives::{BondRule, Bounds, Setter, HYPERPARAMETERS};
use codec::{Decode, Encode};
use thiserror::Error;

/// A text that is no change of a hyperparameter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HyperparameterError {
    /// No `=`.
    #[error("`{0}` has no value; write name=value, such as min_weights=1")]
    NoValue(String),
    /// No hyperparameter of that name.
    #[error("there is no hyperparameter `{name}`; there are {known}")]
    Unknown {
        /// The name given.
        name: String,
        /// All names.
        known: String,
    },
    /// The value can't be read.
    #[error("`{value}` is no value for {name}; write {form}")]
    BadValue {
        /// The hyperparameter.
        name: &'static str,
        /// The value given.
        value: String,
        /// How it is written.
        form: &'static str,
    },
    /// The value is outside its bounds.
    #[error("{name}={value} is out of bounds: it must be from {min} to {max}")]
    OutOfBounds {
        /// The hyperparameter.
        name: &'static str,
        /// The value given, read.
        value: String,
        /// Lowest.
        min: String,
        /// Highest.
        max: String,
    },
}

/// The unit of a hyperparameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Time,
    Tokens,
    Ppm,
    Share,
    Switch,
    Rule,
    Number,
}

impl Unit {
    fn of(template: &Hyperparameter, bounds: &Bounds) -> Self {
        use Hyperparameter as H;
        match template {
            H::BondRule(_) => Self::Rule,
            H::CommitReveal(_) | H::LiquidAlpha(_) => Self::Switch,
            H::PriceMin(_) | H::PriceMax(_) | H::StakeThreshold(_) => Self::Tokens,
            H::BondsMovingAverage(_) | H::OwnerCut(_) => Self::Ppm,
            H::MaxWeightShare(_)
            | H::Kappa(_)
            | H::BondsPenalty(_)
            | H::LiquidAlphaLow(_)
            | H::LiquidAlphaHigh(_) => Self::Share,
            _ if bounds.name.ends_with("_ms") => Self::Time,
            _ => Self::Number,
        }
    }

    fn form(self) -> &'static str {
        match self {
            Self::Time => "a time: 500ms, 90s, 72m, 8h, 7d, or a number of milliseconds",
            Self::Tokens => "tokens: 0.5",
            Self::Ppm => "a percentage: 18%, or parts per million",
            Self::Share => "a percentage: 50%, or a number of 65535",
            Self::Switch => "on or off",
            Self::Rule => "classic or stake-free",
            Self::Number => "a whole number",
        }
    }

    fn read(self, text: &str) -> Option<u64> {
        match self {
            Self::Time => time(text),
            Self::Tokens => text.parse::<Tokens>().ok().map(|tokens| tokens.0),
            Self::Ppm => percentage(text, 1_000_000),
            Self::Share => percentage(text, u64::from(u16::MAX)),
            Self::Switch => match text {
                "on" | "true" | "yes" | "1" => Some(1),
                "off" | "false" | "no" | "0" => Some(0),
                _ => None,
            },
            Self::Rule => match text {
                "classic" | "0" => Some(BondRule::Classic as u64),
                "stake-free" | "stake_free" | "1" => Some(BondRule::StakeFree as u64),
                _ => None,
            },
            Self::Number => text.replace('_', "").parse().ok(),
        }
    }

    fn show(self, number: u64) -> String {
        match self {
            Self::Time => show_time(number),
            Self::Tokens => Tokens(number).to_string(),
            Self::Ppm => show_percentage(number, 1_000_000),
            Self::Share => show_percentage(number, u64::from(u16::MAX)),
            Self::Switch => if number == 0 { "off" } else { "on" }.into(),
            Self::Rule => if number == 0 { "classic" } else { "stake-free" }.into(),
            Self::Number => number.to_string(),
        }
    }
}

/// Reads `name=value` and checks the value's own bounds, but for the shortest tempo, which each
/// chain sets.
pub fn parse_hyperparameter(text: &str) -> Result<Hyperparameter, HyperparameterError> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| HyperparameterError::NoValue(text.to_owned()))?;
    let (name, value) = (name.trim().replace('-', "_"), value.trim());
    let (template, bounds) = row(&name).ok_or_else(|| HyperparameterError::Unknown {
        name: name.clone(),
        known: HYPERPARAMETERS.iter().map(|row| row.name).collect::<Vec<_>>().join(", "),
    })?;
    let unit = Unit::of(&template, bounds);
    let number = unit.read(value).ok_or_else(|| HyperparameterError::BadValue {
        name: bounds.name,
        value: value.to_owned(),
        form: unit.form(),
    })?;
    let outside = || HyperparameterError::OutOfBounds {
        name: bounds.name,
        value: unit.show(number),
        min: unit.show(bounds.min),
        max: unit.show(bounds.max),
    };
    let changed = with_number(&template, number).ok_or_else(outside)?;
    match changed.check() {
        Err(_) if matches!(changed, Hyperparameter::Tempo(_)) && number <= bounds.max => {
            Ok(changed)
        }
        Err(_) => Err(outside()),
        Ok(()) => Ok(changed),
    }
}

/// A hyperparameter's value as [`parse_hyperparameter`] reads it.
pub fn show_hyperparameter(parameter: &Hyperparameter) -> String {
    match row(parameter.name()) {
        Some((template, bounds)) => Unit::of(&template, bounds).show(parameter.number()),
        None => parameter.number().to_string(),
    }
}

/// A row of the table for people: lowest, highest, and who may set it.
pub fn show_bounds(bounds: &Bounds) -> (String, String, &'static str) {
    let unit = row(bounds.name).map_or(Unit::Number, |(template, _)| Unit::of(&template, bounds));
    let setter = match bounds.setter {
        Setter::Root => "root",
        Setter::Owner => "owner",
        Setter::OwnerLowering => "owner, lower only",
    };
    (unit.show(bounds.min), unit.show(bounds.max), setter)
}

/// The default of that name and its row of the table.
fn row(name: &str) -> Option<(Hyperparameter, &'static Bounds)> {
    let bounds = HYPERPARAMETERS.iter().find(|row| row.name == name)?;
    let template = Hyperparameters::default().list().find(|row| row.name() == name)?;
    Some((template, bounds))
}

/// The same hyperparameter with another value; `None` if its type can't hold it. By its encoding,
/// which is its index and the value in little endian, so that the table stays the only list.
fn with_number(template: &Hyperparameter, number: u64) -> Option<Hyperparameter> {
    let mut bytes = template.encode();
    let value = bytes.get_mut(1..)?;
    let number = number.to_le_bytes();
    let (kept, cut) = number.split_at_checked(value.len())?;
    if cut.iter().any(|byte| *byte != 0) {
        return None;
    }
    value.copy_from_slice(kept);
    Hyperparameter::decode(&mut bytes.as_slice()).ok()
}

const TIMES: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

fn time(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let unit = if unit.is_empty() { "ms" } else { unit.trim() };
    let (_, factor) = TIMES.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor)
}

fn show_time(ms: u64) -> String {
    let fits = TIMES.iter().rev().find(|(_, factor)| ms != 0 && ms.is_multiple_of(*factor));
    match fits {
        Some((name, factor)) => format!("{}{name}", ms / factor),
        None => format!("{ms}ms"),
    }
}

/// `50%` of `whole`, rounded to the nearest and a half down, as the chain's own defaults are; or a plain
/// number.
fn percentage(text: &str, whole: u64) -> Option<u64> {
    let Some(percent) = text.strip_suffix('%') else {
        return text.replace('_', "").parse().ok();
    };
    // Billionths of a percent, so that nothing is lost to floating point.
    let parts = u128::from(percent.trim().parse::<Tokens>().ok()?.0);
    let hundred = 100_000_000_000_u128;
    let scaled = parts.checked_mul(u128::from(whole))?.checked_add((hundred - 1) / 2)?;
    u64::try_from(scaled / hundred).ok()
}

fn show_percentage(number: u64, whole: u64) -> String {
    let percent = number as f64 * 100.0 / whole as f64;
    let text = format!("{percent:.3}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperparameter_should_be_read_in_its_unit() {
        use Hyperparameter as H;
        for (text, expected) in [
            ("tempo_ms=72m", H::Tempo(4_320_000)),
            ("tempo-ms=10000", H::Tempo(10_000)),
            ("immunity_ms = 12h", H::Immunity(43_200_000)),
            ("commit_reveal=off", H::CommitReveal(false)),
            ("bond_rule=classic", H::BondRule(BondRule::Classic)),
            ("kappa=50%", H::Kappa(32_767)),
            ("kappa=40000", H::Kappa(40_000)),
            ("owner_cut=9%", H::OwnerCut(90_000)),
            ("price_min=0.5", H::PriceMin(500_000_000)),
            ("min_weights=3", H::MinWeights(3)),
            ("weights_version=18446744073709551615", H::WeightsVersion(u64::MAX)),
        ] {
            assert_eq!(parse_hyperparameter(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn hyperparameter_should_be_refused_with_the_right_form_when_wrong() {
        let error = |text: &str| parse_hyperparameter(text).unwrap_err().to_string();
        assert!(error("tempo").contains("name=value"));
        assert!(error("tempos=1").contains("tempo_ms, activity_cutoff_ms"));
        assert!(error("commit_reveal=maybe").contains("on or off"));
        assert!(error("tempo_ms=1y").contains("72m"));
        assert!(error("owner_cut=19%").contains("from 0% to 18%"));
        assert!(error("max_validators=257").contains("from 1 to 256"));
        assert!(error("min_weights=65537").contains("from 1 to 4096"));
        assert!(error("price_max=101").contains("from 0.0005 to 100"));
    }

    #[test]
    fn hyperparameter_should_print_what_it_is_read_from_for_every_default() {
        for parameter in Hyperparameters::default().list() {
            let text = format!("{}={}", parameter.name(), show_hyperparameter(&parameter));
            let read = parse_hyperparameter(&text).unwrap();
            // Percentages are printed with three decimals: off by one of 65,535 at most.
            assert!(read.number().abs_diff(parameter.number()) <= 1, "{text}");
        }
    }
}
