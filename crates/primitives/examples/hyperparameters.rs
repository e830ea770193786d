//! Prints `docs/hyperparameters.md`:
//! `cargo run --release -p alun-primitives --example hyperparameters > docs/hyperparameters.md`.

use alun_primitives::{
    Bounds, CrossCheck, Hyperparameter, Hyperparameters, Setter, HYPERPARAMETERS, UNIT,
};

fn main() {
    print!("{}", page());
}

/// The whole page.
pub fn page() -> String {
    let rows: String =
        HYPERPARAMETERS.iter().zip(Hyperparameters::default().list()).map(row).collect();
    let rules: String = RULES.iter().map(|check| format!("- {}\n", rule(check))).collect();
    format!("{HEAD}{rows}\n{BETWEEN}{rules}{}", foot())
}

const HEAD: &str = "\
<!-- Generated from crates/primitives/src/hyperparameters.rs; a test fails when this file differs. Write it anew with
     cargo run --release -p alun-primitives --example hyperparameters > docs/hyperparameters.md -->
# Hyperparameters of a subnet

Values are written as `alun subnet set NETUID NAME=VALUE` takes them: `72m` or `8h`, `18%`, tokens, `on` or `off`. On chain times are
milliseconds, tokens their smallest unit, and shares parts of 65,535 or of 1,000,000; a share that is no round percentage is
given as that number. `alun subnet hyperparameters NETUID` shows a subnet's own values.

| name | default | lowest | highest | set by | what |
|---|---|---|---|---|---|
";

const BETWEEN: &str = "\
**Set by.** `owner`: the coldkey that owns the subnet, all changes of a call or none, once an hour unless genesis says otherwise. `owner, lower
only`: the owner may lower it; only root may raise it. `root`: the chain's sudo key (`alun sudo set-hyperparameters`), which may set everything.
A chain's genesis may set other defaults and another lowest `tempo_ms` than a minute: the local chains do.

## Values that must go together
A change after which one of these does not hold is refused as a whole, with an error of that name.

";

const RULES: [CrossCheck; 5] = [
    CrossCheck::ImmunityWithinRevealDelay,
    CrossCheck::RateLimitAboveTempo,
    CrossCheck::CutoffBelowTempo,
    CrossCheck::LiquidAlphaLowAboveHigh,
    CrossCheck::PriceMinAboveMax,
];

fn rule(check: &CrossCheck) -> &'static str {
    match check {
        CrossCheck::ImmunityWithinRevealDelay => {
            "`ImmunityWithinRevealDelay`: `immunity_ms` exceeds the reveal delay, `(reveal_period + 1) × tempo_ms`."
        }
        CrossCheck::RateLimitAboveTempo => {
            "`RateLimitAboveTempo`: `weights_rate_limit_ms` is at most `tempo_ms`."
        }
        CrossCheck::CutoffBelowTempo => {
            "`CutoffBelowTempo`: `activity_cutoff_ms` is at least `tempo_ms`."
        }
        CrossCheck::LiquidAlphaLowAboveHigh => {
            "`LiquidAlphaLowAboveHigh`: `liquid_alpha_low` is at most `liquid_alpha_high`."
        }
        CrossCheck::PriceMinAboveMax => "`PriceMinAboveMax`: `price_min` is at most `price_max`.",
    }
}

fn foot() -> String {
    format!(
        "\nThe first registration on a new subnet starts from a price of {} tokens (genesis); `price_min` and `price_max` bound it from then on.\n",
        tokens(Hyperparameters::PRICE_START)
    )
}

fn row((bounds, default): (&Bounds, Hyperparameter)) -> String {
    let setter = match bounds.setter {
        Setter::Root => "root",
        Setter::Owner => "owner",
        Setter::OwnerLowering => "owner, lower only",
    };
    let [value, min, max] = [bounds.default, bounds.min, bounds.max].map(|n| written(&default, n));
    format!("| `{}` | {value} | {min} | {max} | {setter} | {} |\n", bounds.name, bounds.doc.trim())
}

/// A number of that hyperparameter as people write it.
fn written(parameter: &Hyperparameter, number: u64) -> String {
    use Hyperparameter as H;
    match parameter {
        // Numbers that fill their type bound nothing.
        H::WeightsVersion(_) | H::StakeThreshold(_) if number == u64::MAX => "none".into(),
        H::Tempo(_)
        | H::ActivityCutoff(_)
        | H::Immunity(_)
        | H::WeightsRateLimit(_)
        | H::EndpointRateLimit(_) => time(number),
        H::CommitReveal(_) | H::LiquidAlpha(_) => ["off", "on"][usize::from(number != 0)].into(),
        H::BondRule(_) => ["classic", "stake-free"][usize::from(number != 0)].into(),
        H::StakeThreshold(_) | H::PriceMin(_) | H::PriceMax(_) => tokens(number),
        H::BondsMovingAverage(_) | H::OwnerCut(_) => share(number, 1_000_000),
        H::MaxWeightShare(_)
        | H::Kappa(_)
        | H::BondsPenalty(_)
        | H::LiquidAlphaLow(_)
        | H::LiquidAlphaHigh(_) => share(number, u64::from(u16::MAX)),
        H::RevealPeriod(_)
        | H::MinWeights(_)
        | H::WeightsVersion(_)
        | H::MaxNeurons(_)
        | H::MaxValidators(_)
        | H::LiquidAlphaSteepness(_) => number.to_string(),
    }
}

fn time(ms: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match UNITS.iter().find(|(_, unit)| ms != 0 && ms.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", ms / unit),
        None => format!("{ms}ms"),
    }
}

fn tokens(units: u64) -> String {
    let (whole, rest) = (units / UNIT, units % UNIT);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:09}").trim_end_matches('0').to_owned()
}

/// A percentage where it is a round one, else the number on chain and about what it is.
fn share(number: u64, whole: u64) -> String {
    let percent = number as f64 * 100.0 / whole as f64;
    if (number * 100).is_multiple_of(whole) {
        return format!("{percent}%");
    }
    match percent.round() {
        0.0 => number.to_string(),
        rounded => format!("{number} (≈ {rounded}%)"),
    }
}
