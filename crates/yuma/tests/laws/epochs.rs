//! Laws of the whole epoch.

use alun_yuma::{
    epoch, explain, explain_all,
    fixed::{self, ONE, SHARE_ONE},
    BondRule, Input, NeuronOutput, Output, OwnedInput, Row, Scored,
};
use proptest::prelude::*;

use crate::{
    common::{generated::generated, oracle, random::Random},
    config,
    inputs::{case, row},
};

fn run(case: &OwnedInput) -> Output {
    epoch(&case.input()).unwrap()
}

/// 0, or 1.0 up to one unit of rounding for each neuron.
fn is_zero_or_one(sum: u64, neurons: usize) -> bool {
    sum == 0 || (sum <= ONE && sum + neurons as u64 >= ONE)
}

fn near(have: u64, one: u64, want: f64, epsilon: f64) -> bool {
    (have as f64 / one as f64 - want).abs() <= epsilon
}

fn near_u16(have: u16, want: f64) -> bool {
    (f64::from(have) - want * 65_535.0).abs() < 2.0
}

/// To what dividends agree. A liquid alpha next to 0 makes bonds of a few hundred units of 2⁻³², each
/// rounded down: what that takes of a column is no longer small beside it.
fn epsilon_of_dividends(input: &Input) -> f64 {
    match input.params.liquid_alpha {
        Some(alpha) if alpha.low < 656 => 1e-4,
        _ => 1e-5,
    }
}

/// Shares of stake to 1e-12, ranks to 1e-8, incentive to 1e-6, dividends to 1e-5 (to 1e-4 where a liquid
/// alpha may be under 0.01), and what is rounded
/// to 16 bits to less than two units: one for the rounding, and what the fixed point loses. A column of
/// classic bonds is scaled up to its largest, with what it lost before: that comes on top.
fn agrees_with_oracle(input: &Input) -> Result<(), TestCaseError> {
    let have = epoch(input).unwrap();
    let want = oracle::epoch(input);
    for (uid, neuron) in have.neurons.iter().enumerate() {
        prop_assert_eq!(neuron.permit, want.permits[uid]);
        prop_assert!(near(neuron.stake, SHARE_ONE, want.stake[uid], 1e-12));
        prop_assert!(near(neuron.active_stake, SHARE_ONE, want.active_stake[uid], 1e-12));
        prop_assert!(near_u16(neuron.consensus, want.consensus[uid]));
        prop_assert!(near_u16(neuron.validator_trust, want.validator_trust[uid]));
        let before_clip = want.rank_before_clip[uid];
        prop_assert!(near(neuron.rank_before_clip, ONE, before_clip, 1e-8));
        prop_assert!(near(neuron.rank, ONE, want.rank[uid], 1e-8));
        prop_assert!(near(neuron.incentive_share, ONE, want.incentive[uid], 1e-6));
        let (dividends, want_dividends) = (neuron.dividend_share, want.dividends[uid]);
        prop_assert!(
            near(dividends, ONE, want_dividends, epsilon_of_dividends(input)),
            "dividends of {}: {} not {}",
            uid,
            dividends as f64 / ONE as f64,
            want_dividends
        );
        let mut stored = vec![0.0; want.permits.len()];
        for (column, bond) in &have.bonds[uid] {
            stored[usize::from(*column)] = f64::from(*bond);
        }
        for (column, (bond, stored)) in stored.iter().zip(&want.bonds[uid]).enumerate() {
            let most = match input.params.bond_rule {
                BondRule::Classic => 2.0 + 65_535.0 * want.lost[column],
                BondRule::StakeFree => 2.0,
            };
            let off = (bond - stored).abs();
            prop_assert!(off < most, "{} on {}: {}, {}", uid, column, bond, stored);
        }
    }
    Ok(())
}

/// The same neurons under other uids: uid `i` becomes `new_uid[i]`.
fn permuted(case: &OwnedInput, new_uid: &[u16]) -> OwnedInput {
    let place = |rows: &[Row]| {
        let mut placed = vec![Row::new(); rows.len()];
        for (uid, row) in rows.iter().enumerate() {
            placed[usize::from(new_uid[uid])] = renamed(row, new_uid);
        }
        placed
    };
    let mut permuted = case.clone();
    permuted.params.owner = case.params.owner.map(|uid| new_uid[usize::from(uid)]);
    for (uid, neuron) in case.neurons.iter().enumerate() {
        permuted.neurons[usize::from(new_uid[uid])] = *neuron;
    }
    (permuted.rows, permuted.bonds) = (place(&case.rows), place(&case.bonds));
    permuted
}

fn renamed(row: &Row, new_uid: &[u16]) -> Row {
    let mut row: Row =
        row.iter().map(|(uid, value)| (new_uid[usize::from(*uid)], *value)).collect();
    row.sort_unstable();
    row
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn outputs_should_be_bounded_and_sum_to_one_when_the_input_is_sound(case in case()) {
        let output = run(&case);
        let n = case.neurons.len();
        prop_assert_eq!((output.neurons.len(), output.bonds.len()), (n, n));
        let sum = |field: fn(&NeuronOutput) -> u64| output.neurons.iter().map(field).sum::<u64>();
        prop_assert!(is_zero_or_one(sum(|n| n.incentive_share), n));
        prop_assert!(is_zero_or_one(sum(|n| n.dividend_share), n));
        for neuron in &output.neurons {
            prop_assert!(neuron.stake <= SHARE_ONE && neuron.active_stake <= SHARE_ONE);
            prop_assert!(neuron.rank <= neuron.rank_before_clip);
            prop_assert!(neuron.rank_before_clip <= ONE);
        }
        for (row, neuron) in output.bonds.iter().zip(&output.neurons) {
            prop_assert!(row.is_empty() || neuron.permit);
            prop_assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }

    #[test]
    fn outputs_should_be_permuted_when_uids_are(case in case(), seed in any::<u64>()) {
        let mut new_uid: Vec<u16> = (0..case.neurons.len() as u16).collect();
        Random(seed).shuffle(&mut new_uid);
        let (before, after) = (run(&case), run(&permuted(&case, &new_uid)));
        for (uid, new) in new_uid.iter().map(|uid| usize::from(*uid)).enumerate() {
            prop_assert_eq!(before.neurons[uid], after.neurons[new]);
            prop_assert_eq!(renamed(&before.bonds[uid], &new_uid), after.bonds[new].clone());
        }
    }

    #[test]
    fn outputs_should_stay_when_all_stake_is_scaled(case in case(), factor in 2u64..1_000) {
        let mut case = case;
        case.params.stake_threshold = 0;
        let before = run(&case);
        case.neurons.iter_mut().for_each(|neuron| neuron.stake *= factor);
        prop_assert_eq!(before, run(&case));
    }

    #[test]
    fn outputs_should_stay_when_a_row_is_scaled(
        case in case(),
        uid in any::<prop::sample::Index>(),
        factor in 2u16..=255,
    ) {
        let mut case = case;
        let uid = uid.index(case.rows.len());
        case.rows[uid].iter_mut().for_each(|(_, weight)| *weight /= 256);
        let before = run(&case);
        case.rows[uid].iter_mut().for_each(|(_, weight)| *weight *= factor);
        prop_assert_eq!(before, run(&case));
    }

    #[test]
    fn others_should_not_notice_when_a_validator_has_no_permit_or_no_stake(
        case in case(),
        uid in any::<prop::sample::Index>(),
        has_stake in any::<bool>(),
        row in row(16),
        bonds in row(16),
    ) {
        let mut case = case;
        let n = case.neurons.len();
        let uid = uid.index(n);
        if has_stake && case.params.owner != Some(uid as u16) {
            case.neurons[uid].permit = false;
        } else {
            case.neurons[uid].stake = 0;
        }
        (case.rows[uid], case.bonds[uid]) = (Row::new(), Row::new());
        let mut before = run(&case);
        let known = |row: Row| row.into_iter().filter(|(uid, _)| usize::from(*uid) < n).collect();
        (case.rows[uid], case.bonds[uid]) = (known(row), known(bonds));
        let after = run(&case);
        // Its own row lies within the consensus or not; that is all it changes.
        before.neurons[uid].validator_trust = after.neurons[uid].validator_trust;
        prop_assert_eq!(before, after);
    }

    /// The ε: see `agrees_with_oracle`.
    #[test]
    fn the_sparse_epoch_should_equal_the_dense_oracle_when_the_input_is_sound(case in case()) {
        agrees_with_oracle(&case.input())?;
    }

    /// The same with up to 256 neurons.
    #[test]
    fn the_sparse_epoch_should_equal_the_dense_oracle_when_the_subnet_is_large(
        seed in any::<u64>(),
    ) {
        agrees_with_oracle(&generated(seed).input())?;
    }

    #[test]
    fn an_explanation_should_add_up_to_the_unit_when_the_input_is_sound(
        case in case(),
        amounts in (any::<u64>(), any::<u64>()),
    ) {
        let (output, all) = explain_all(&case.input()).unwrap();
        prop_assert_eq!(&output, &run(&case));
        let paid = output.by_side(amounts.0, amounts.1);
        for (uid, (neuron, explained)) in (0..).zip(output.neurons.iter().zip(&all)) {
            prop_assert_eq!(&explain(&case.input(), uid).unwrap(), explained);
            prop_assert_eq!(explained.rank, neuron.rank);
            prop_assert_eq!(explained.rank_before_clip, neuron.rank_before_clip);
            let rank: u64 = explained.scored.iter().map(|scored| scored.rank).sum();
            prop_assert_eq!(fixed::share_to_entry(rank), neuron.rank);
            prop_assert!(explained.scored.iter().all(|s| s.kept == s.weight.min(explained.consensus)));
            let dividends: u64 = explained.bonds.iter().map(|bond| bond.dividend).sum();
            let off = dividends.abs_diff(neuron.dividend_share);
            prop_assert!(off <= explained.bonds.len() as u64 + 1);
            // Every unit paid has a score or a bond behind it.
            let (miner, validator) = (paid.miners[usize::from(uid)], paid.validators[usize::from(uid)]);
            let parts = explained.split_incentive(miner);
            prop_assert_eq!(parts.len(), explained.scored.len());
            prop_assert_eq!(parts.into_iter().sum::<u64>(), miner);
            let parts = explained.split_dividends(validator);
            prop_assert_eq!(parts.len(), explained.bonds.len());
            prop_assert_eq!(parts.into_iter().sum::<u64>(), validator);
        }
    }

    /// Both sides of the definition of C: the supporters are enough, and those of more are not.
    #[test]
    fn supporters_should_be_the_reason_for_the_consensus_when_there_is_one(case in case()) {
        let (output, all) = explain_all(&case.input()).unwrap();
        let kappa = u128::from(case.params.kappa);
        let amount = |s: &Scored| u128::from(case.neurons[usize::from(s.by)].stake);
        let voting = |uid: &usize| output.neurons[*uid].active_stake != 0;
        let uids = 0..case.neurons.len();
        let total: u128 = uids.filter(voting).map(|uid| u128::from(case.neurons[uid].stake)).sum();
        for explained in all.iter().filter(|explained| explained.consensus != 0) {
            let enough = |support: u128| support * 65_535 >= kappa * total;
            prop_assert!(enough(explained.supporters().map(amount).sum()));
            let above = explained.supporters().filter(|s| s.weight > explained.consensus);
            let above: u128 = above.map(amount).sum();
            prop_assert!(above == 0 || !enough(above));
        }
    }
}
