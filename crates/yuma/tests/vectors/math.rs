//! The groups of maths cases, each against the function of ours that does the same.

use alun_yuma::{
    alpha::{self, sigmoid, Alpha},
    consensus::{consensus, most_below},
    fixed::{Quotient, ONE},
    permits::largest,
    stake::Stake,
    weights, LiquidAlpha, Step,
};
use serde_json::Value;

use super::{
    common::{random::Random, subnet::max_upscale},
    json::{check_keys, float, floats, int, ints, list, object},
};

pub fn replay_all(math: &Value) {
    assert!(!object(math).is_empty());
    for (key, group) in object(math) {
        match key.as_str() {
            "weighted_median" => weighted_medians(group),
            "weighted_median_property" => weighted_median_property(),
            "weighted_median_col" => column_medians(group),
            "max_upscale_fixed_to_u16" => upscales(key, group, ONE as f64),
            "max_upscale_u16" => upscales(key, group, 1.0),
            // Left out on purpose: a rule for accepting a row, and the epoch takes any row. The
            // tests of `alun-primitives` replay the group against `WeightRow::accept`.
            "max_weight_limit" => {}
            "is_topk" => top_k(group),
            "sigmoid" => sigmoids(group),
            "normalize" => normalise(group),
            "interpolate" => interpolate(),
            "ema_matrix_per_entry_alpha" => moving_averages(group),
            "ema_varying_alpha" => varying_alpha(group),
            "liquid_alpha_equal_low_high" => equal_bounds(group),
            "stake_normalisation_precision" => stake_precision(group),
            unknown => panic!("maths: unknown group `{unknown}`"),
        }
    }
}

/// All cases of a group, after a look at the keys.
fn cases<'a>(name: &str, group: &'a Value, fields: &[&str]) -> &'a [Value] {
    check_keys(name, group, &["asserted", "cases", "tol"]);
    let cases = list(&group["cases"]);
    assert!(!cases.is_empty(), "{name}: no cases");
    for case in cases {
        check_keys(name, case, fields);
    }
    cases
}

/// An entry of ours.
fn fixed(value: f64) -> u64 {
    (value * ONE as f64).round() as u64
}

/// Stakes as integers: the cases have at most two decimals.
fn stakes(values: &Value) -> Vec<u64> {
    floats(values).iter().map(|stake| (stake * 100.0).round() as u64).collect()
}

/// The median of these votes, when stake of up to `limit` may vote for less.
fn median(weights: &[u64], stakes: &[u64], limit: u64) -> u64 {
    consensus(weights, stakes, stakes.iter().sum(), limit, &mut Vec::new())
}

/// The majority of these cases is 0.51: a minority of up to 0.49 of the stake may vote for less.
fn weighted_medians(group: &Value) {
    for case in cases("weighted_median", group, &["stake", "score", "expect"]) {
        let stake = stakes(&case["stake"]);
        let limit = stake.iter().sum::<u64>() * 49 / 100;
        let scores: Vec<u64> = floats(&case["score"]).into_iter().map(fixed).collect();
        assert_eq!(median(&scores, &stake, limit), fixed(float(&case["expect"])), "{case}");
    }
}

/// 100 random trials of 100 votes for each majority: the result is an admissible median, and the
/// order of the votes does not matter.
fn weighted_median_property() {
    let mut random = Random(1);
    for majority in [0.0, 1e-7, 0.25, 0.49, 0.5, 0.51, 0.999_999_9, 1.0] {
        for trial in 0..100 {
            let stake = |random: &mut Random| if trial % 2 == 0 { 1 } else { random.below(2) };
            let mut votes: Vec<(u64, u64)> =
                (0..100).map(|_| (1 + random.below(20), stake(&mut random))).collect();
            let total: u64 = votes.iter().map(|vote| vote.1).sum();
            if total == 0 {
                continue;
            }
            let limit = total - (majority * total as f64).ceil() as u64;
            let of = |votes: &[(u64, u64)]| {
                let (weights, stakes): (Vec<u64>, Vec<u64>) = votes.iter().copied().unzip();
                median(&weights, &stakes, limit)
            };
            let median = of(&votes);
            let stake_of = |test: &dyn Fn(u64) -> bool| -> u64 {
                votes.iter().filter(|vote| test(vote.0)).map(|vote| vote.1).sum()
            };
            assert!(stake_of(&|weight| weight < median) <= limit, "{majority}: too high");
            let staked = votes.iter().filter(|vote| vote.1 > 0);
            let higher = staked.map(|vote| vote.0).filter(|weight| *weight > median).min();
            if let Some(higher) = higher {
                assert!(stake_of(&|weight| weight < higher) > limit, "{majority}: too low");
            }
            random.shuffle(&mut votes);
            assert_eq!(of(&votes), median);
        }
    }
}

fn column_medians(group: &Value) {
    for case in cases("weighted_median_col", group, &["stake", "weights", "kappa", "expect"]) {
        let stake = stakes(&case["stake"]);
        let total: u64 = stake.iter().sum();
        let kappa = (float(&case["kappa"]) * 65_535.0).round() as u16;
        let rows: Vec<Vec<f64>> = list(&case["weights"]).iter().map(floats).collect();
        for (uid, expect) in floats(&case["expect"]).into_iter().enumerate() {
            let column: Vec<u64> = rows.iter().map(|row| fixed(row[uid])).collect();
            let median = median(&column, &stake, most_below(total, kappa));
            assert_eq!(median, fixed(expect), "{case}, column {uid}");
        }
    }
    assert_eq!(most_below(3, 43_690), 1, "a third below, exactly");
}

fn upscales(name: &str, group: &Value, scale: f64) {
    for case in cases(name, group, &["x", "expect"]) {
        let values: Vec<u64> =
            floats(&case["x"]).iter().map(|value| (value * scale).round() as u64).collect();
        let expect: Vec<u16> = ints(&case["expect"]).iter().map(|value| *value as u16).collect();
        assert_eq!(max_upscale(&values), expect, "{name}: {case}");
    }
}

/// Ours gives nobody without stake a place; the cases count zeros too, hence one more for each.
fn top_k(group: &Value) {
    for case in cases("is_topk", group, &["x", "k", "expect"]) {
        let values: Vec<u64> = ints(&case["x"]).iter().map(|value| value + 1).collect();
        let top = largest(&values, int(&case["k"]) as u16).unwrap();
        let expect: Vec<bool> = ints(&case["expect"]).iter().map(|value| *value == 1).collect();
        assert_eq!(top, expect, "{case}");
        let with_zeros = largest(&ints(&case["x"]), int(&case["k"]) as u16).unwrap();
        for ((value, top), expect) in ints(&case["x"]).iter().zip(with_zeros).zip(expect) {
            assert_eq!(top, expect && *value != 0, "{case}, without zeros");
        }
    }
}

fn sigmoids(group: &Value) {
    for case in cases("sigmoid", group, &["rho", "kappa", "x", "expect"]) {
        let steepness = (float(&case["rho"]) * 100.0) as u16;
        let middle = fixed(float(&case["kappa"]));
        for (x, expect) in floats(&case["x"]).into_iter().zip(floats(&case["expect"])) {
            let have = sigmoid(fixed(x), middle, steepness) as f64 / ONE as f64;
            assert!((have - expect).abs() < 1e-7, "{case}: {x} gives {have}");
        }
    }
}

/// Left out on purpose: what a negative input normalises to. Ours are unsigned, so that it cannot
/// even be written: making one is an error.
fn normalise(group: &Value) {
    let tolerance = float(&group["tol"]);
    for case in cases("normalize", group, &["x", "expect"]) {
        let values: Result<Vec<u16>, _> =
            list(&case["x"]).iter().map(|value| u16::try_from(value.as_i64().unwrap())).collect();
        let Ok(values) = values else {
            assert!(floats(&case["x"]).iter().any(|value| *value < 0.0), "{case}");
            continue;
        };
        let sum = Quotient::of(values.iter().map(|value| u64::from(*value)).sum());
        for (value, expect) in values.into_iter().zip(floats(&case["expect"])) {
            let have = sum.part(value);
            assert!((have as f64 / ONE as f64 - expect).abs() <= tolerance, "{case}: {have}");
        }
    }
}

/// No numbers in the file: `(1 − r) a + r b`, from the clipped to the unclipped weight.
fn interpolate() {
    let (low, high) = (fixed(0.25), fixed(0.75));
    for (penalty, expect) in [(0.0, 0.75), (0.5, 0.5), (1.0, 0.25)] {
        assert_eq!(weights::penalised(high, low, fixed(penalty)), fixed(expect));
    }
    assert_eq!(weights::penalised(low, high, ONE), low, "under the consensus, nothing goes");
}

/// `min(1, (1 − a) old + a new)`. Left out on purpose: entries above 1.0, which ours cannot be (a
/// weight is a part of its row, a bond a proportion). `dense` and `sparse` are the reference's two forms; all apply.
fn moving_averages(group: &Value) {
    let fields = ["alpha", "old", "new", "expect", "tol", "dense", "sparse"];
    for case in cases("ema_matrix_per_entry_alpha", group, &fields) {
        let alpha = fixed(float(&case["alpha"]));
        let entries = floats(&case["old"]).into_iter().zip(floats(&case["new"]));
        for ((old, new), mut expect) in entries.zip(floats(&case["expect"])) {
            if old > 1.0 || new > 1.0 {
                continue;
            }
            // Some values are cut to four digits and lie at the tolerance's very edge.
            let mut tolerance = float(&case["tol"]) + 1e-8;
            if case.get("quirk").is_some() && old == 1.0 {
                // Inverted on purpose: an omitted bond decays to 0.9; the reference erases it.
                (expect, tolerance) = (0.9, 1e-9);
            }
            let have = alpha::moved::<false>(alpha, fixed(old), fixed(new)) as f64 / ONE as f64;
            assert!((have - expect).abs() <= tolerance, "{case}: {old} to {new} gives {have}");
        }
    }
}

fn varying_alpha(group: &Value) {
    for case in cases("ema_varying_alpha", group, &["new", "old", "alpha", "expect"]) {
        let flat = |key: &str| list(&case[key]).iter().flat_map(floats).collect::<Vec<_>>();
        let (new, old, alpha) = (flat("new"), flat("old"), flat("alpha"));
        for (index, expect) in flat("expect").into_iter().enumerate() {
            let moved =
                alpha::moved::<false>(fixed(alpha[index]), fixed(old[index]), fixed(new[index]));
            let have = moved as f64 / ONE as f64;
            assert!((have - expect).abs() < 1e-6, "{case}: {have}, not {expect}");
        }
    }
}

/// With equal bounds, liquid alpha is the fixed rate.
fn equal_bounds(group: &Value) {
    let known = ["asserted", "weights_4x3", "bonds_4x3", "consensus_as_written_in_test"];
    check_keys("liquid_alpha_equal_low_high", group, &known);
    let bounds = LiquidAlpha { low: 6_553, high: 6_553, ..LiquidAlpha::default() };
    let liquid = Alpha::liquid(bounds).unwrap();
    let rate = alpha::fixed_rate(900_000).unwrap();
    let (weights, bonds) = (floats(&group["weights_4x3"]), floats(&group["bonds_4x3"]));
    let consensus = floats(&group["consensus_as_written_in_test"]);
    for (index, (weight, bond)) in weights.into_iter().zip(bonds).enumerate() {
        let (weight, bond) = (fixed(weight), fixed(bond));
        let liquid = liquid.rate(weight, bond, fixed(consensus[index % 3]));
        let have = alpha::moved::<false>(liquid, bond, weight);
        let expect = alpha::moved::<false>(rate, bond, weight);
        assert!(have.abs_diff(expect) <= ONE / 1_000, "entry {index}");
    }
}

/// Ours keeps 63 bits of a share; compared after cutting it to the 32 of the reference.
fn stake_precision(group: &Value) {
    let fields = ["stake", "min_representable_stake", "total", "expect_q32"];
    for case in cases("stake_normalisation_precision", group, &fields) {
        let field = if case.get("stake").is_some() { "stake" } else { "min_representable_stake" };
        let (stake, total) = (int(&case[field]), int(&case["total"]));
        let normalised = Stake::new(vec![stake, total - stake], Step::Stake).unwrap();
        assert_eq!(normalised.shares[0] >> 31, int(&case["expect_q32"]), "{case}");
        assert!(normalised.shares[0] > 0, "{case}: not lost with us");
    }
}
