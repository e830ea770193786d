//! The parts of every amount sum to it, whatever the subnet.

use alun_explain::{Paid, Settled};
use alun_primitives::{
    traits::PoolReward,
    views::{EpochView, ExplainError, NeuronExplanation},
    Alpha, MechanismId, NetUid, Uid,
};
use alun_yuma::{split_exact, BondRule, Input, LiquidAlpha, Neuron, Params, Row};
use proptest::prelude::*;

const NOW: u64 = 1_000;

/// A subnet's input, owned.
#[derive(Clone, Debug)]
struct Scene {
    params: Params,
    neurons: Vec<Neuron>,
    rows: Vec<Row>,
    bonds: Vec<Row>,
}

impl Scene {
    fn input(&self) -> Input<'_> {
        let Self { params, neurons, rows, bonds } = self;
        Input { params, neurons, rows, bonds }
    }

    fn hotkeys(&self) -> Vec<u16> {
        (0..self.neurons.len() as u16).map(|uid| uid + 100).collect()
    }

    /// Pays as the chain does; the takes and pools are of no matter here.
    fn paid(&self, total: u64) -> Paid<u16> {
        let output = alun_yuma::epoch(&self.input()).unwrap();
        if output.neurons.iter().all(|neuron| neuron.active_stake == 0) {
            return Paid {
                total: Alpha::ZERO,
                owner_cut: Alpha::ZERO,
                miners: Alpha::ZERO,
                validators: Alpha::ZERO,
                returned: Alpha::ZERO,
                owner: None,
                rewards: Vec::new(),
                recorded: Vec::new(),
            };
        }
        let owner_cut = total / 10;
        let validators = (total - owner_cut) / 2;
        let shares: Vec<u64> = output.neurons.iter().map(|neuron| neuron.dividend_share).collect();
        let shares = if shares.iter().all(|share| *share == 0) {
            output.neurons.iter().map(|neuron| neuron.active_stake).collect()
        } else {
            shares
        };
        let rewards = (0..)
            .map(Uid)
            .zip(split_exact(validators, &shares))
            .filter(|(_, amount)| *amount > 0)
            .map(|(uid, amount)| {
                let (take, burned) = (amount / 5, amount % 3);
                let root = (amount - take - burned.min(amount - take)) / 2;
                let burned = burned.min(amount - take);
                let subnet = amount - take - burned - root;
                let [take, root, subnet, burned] = [take, root, subnet, burned].map(Alpha);
                (uid, PoolReward { take, root, subnet, burned })
            })
            .collect();
        Paid {
            total: Alpha(total),
            owner_cut: Alpha(owner_cut),
            miners: Alpha(total - owner_cut - validators),
            validators: Alpha(validators),
            returned: Alpha::ZERO,
            owner: Some(100),
            rewards,
            recorded: Vec::new(),
        }
    }
}

fn epoch() -> EpochView {
    EpochView {
        netuid: NetUid(1),
        mechanism: MechanismId(0),
        epoch: 7,
        frozen_at: NOW as u32,
        paid_at: NOW as u32 + 2,
        kappa: 32_767,
    }
}

fn row(neurons: u16) -> impl Strategy<Value = Row> {
    let entry = prop_oneof![Just(0), Just(0), 1..=u16::MAX];
    prop_oneof![
        Just(Row::new()),
        proptest::collection::vec(entry, usize::from(neurons))
            .prop_map(|values| { (0..).zip(values).filter(|(_, value)| *value > 0).collect() }),
    ]
}

fn neuron() -> impl Strategy<Value = Neuron> {
    let block = prop_oneof![Just(0), 1..NOW];
    (
        prop_oneof![Just(0), 0..2_000u64, any::<u32>().prop_map(u64::from)],
        block,
        0..NOW,
        any::<bool>(),
    )
        .prop_map(|(stake, registered, last_update, permit)| Neuron {
            stake,
            registered,
            last_update,
            last_submission: last_update,
            permit,
        })
}

fn params(neurons: u16) -> impl Strategy<Value = Params> {
    let liquid = proptest::option::of(Just(LiquidAlpha::default()));
    let kappa = 32_767..50_000u16;
    let owner = proptest::option::of(0..neurons);
    (kappa, any::<u16>(), any::<bool>(), liquid, owner, 0..1_500u64).prop_map(
        |(kappa, bonds_penalty, classic, liquid_alpha, owner, stake_threshold)| Params {
            kappa,
            bonds_penalty,
            bonds_moving_average: 900_000,
            bond_rule: if classic { BondRule::Classic } else { BondRule::StakeFree },
            liquid_alpha,
            activity_cutoff: 700,
            max_validators: 16,
            stake_threshold,
            owner,
            last_epoch: 300,
            now: NOW,
        },
    )
}

fn scene() -> impl Strategy<Value = Scene> {
    (1..24u16).prop_flat_map(|count| {
        let many = usize::from(count);
        let rows = || proptest::collection::vec(row(count), many);
        let neurons = proptest::collection::vec(neuron(), many);
        (params(count), neurons, rows(), rows()).prop_map(|(params, neurons, rows, bonds)| Scene {
            params,
            neurons,
            rows,
            bonds,
        })
    })
}

fn sum(amounts: impl IntoIterator<Item = Alpha>) -> Alpha {
    Alpha(amounts.into_iter().map(|amount| amount.0).sum())
}

/// Every sum that a reader may check on one neuron's explanation.
fn check(told: &NeuronExplanation<u16>) {
    let scores: u64 = told.scores.iter().map(|line| line.paid.0).sum();
    assert_eq!(scores, told.pay.incentive.0, "scores of {}", told.uid);
    let bonds: u64 = told.bonds.iter().map(|line| line.paid.0).sum();
    let expected = if told.by_stake { 0 } else { told.pay.dividends.0 };
    assert_eq!(bonds, expected, "bonds of {}", told.uid);
    let pay = &told.pay;
    assert_eq!(sum([pay.take, pay.root, pay.subnet, pay.burned]), pay.dividends);
    assert_eq!(told.no_incentive.is_none(), !pay.incentive.is_zero());
    assert_eq!(told.no_dividends.is_none(), !pay.dividends.is_zero());
    assert!(told.scores.iter().all(|line| line.kept <= line.weight));
    let row: u64 = told.row.iter().map(|line| line.weight).sum();
    // One unit of 2⁻³² of rounding per score.
    let sum_to_one = row.abs_diff(1 << 32) <= told.row.len() as u64;
    assert!(row == 0 || sum_to_one, "row of {} sums to {row}", told.uid);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn parts_should_sum_to_what_was_paid_when_any_subnet_is_explained(
        scene in scene(),
        total in prop_oneof![0..50u64, any::<u32>().prop_map(u64::from), 0..21_000_000_000_000_000u64],
    ) {
        let (paid, hotkeys) = (scene.paid(total), scene.hotkeys());
        let settled = Settled::new(epoch(), scene.input(), &hotkeys, &paid).unwrap();
        let subnet = settled.subnet().unwrap();
        let parts = &subnet.payout;
        prop_assert_eq!(
            sum([
                parts.owner_cut,
                parts.miners,
                parts.validators,
                parts.burned,
                parts.returned,
            ]),
            parts.total
        );
        let of_all = |part: fn(&alun_primitives::views::NeuronPay) -> Alpha| -> Alpha {
            sum(subnet.neurons.iter().map(|line| part(&line.pay)))
        };
        prop_assert_eq!(of_all(|pay| pay.incentive), parts.miners);
        let reached = of_all(|pay| Alpha(pay.dividends.0 - pay.burned.0));
        prop_assert_eq!(reached, parts.validators);
        prop_assert_eq!(of_all(|pay| pay.owner_cut), parts.owner_cut);
        for line in &subnet.neurons {
            let told = settled.neuron(line.uid).unwrap();
            prop_assert_eq!(&told.pay, &line.pay);
            check(&told);
        }
    }

    #[test]
    fn preview_should_change_nothing_when_the_row_is_the_one_that_counted(
        scene in scene(),
        pick in any::<proptest::sample::Index>(),
    ) {
        // A row that is tried out counts as committed now: so must the one that counted.
        let mut scene = scene;
        let uid = pick.index(scene.neurons.len());
        for neuron in &mut scene.neurons {
            neuron.registered = neuron.registered.min(900);
        }
        (scene.neurons[uid].last_update, scene.neurons[uid].last_submission) = (NOW, NOW);
        let (paid, hotkeys) = (scene.paid(1_000_000), scene.hotkeys());
        let settled = Settled::new(epoch(), scene.input(), &hotkeys, &paid).unwrap();
        let tried = settled.preview(Uid(uid as u16), scene.rows[uid].clone()).unwrap();
        prop_assert_eq!(&tried.before, &tried.after);
        for line in &tried.lines {
            prop_assert_eq!(line.before, line.after);
        }
    }
}

#[test]
fn preview_should_refuse_what_is_no_row_of_the_epoch() {
    let neuron = Neuron {
        stake: 10,
        permit: true,
        last_update: 900,
        last_submission: 900,
        ..Neuron::default()
    };
    let params = Params {
        kappa: 32_767,
        bonds_penalty: 65_535,
        bonds_moving_average: 900_000,
        bond_rule: BondRule::StakeFree,
        liquid_alpha: None,
        activity_cutoff: 700,
        max_validators: 1,
        stake_threshold: 0,
        owner: None,
        last_epoch: 300,
        now: NOW,
    };
    let neurons = vec![neuron, Neuron::default(), Neuron::default()];
    let rows = vec![vec![(1, 1)], Row::new(), Row::new()];
    let scene = Scene { params, neurons, rows, bonds: vec![Row::new(); 3] };
    let (paid, hotkeys) = (scene.paid(1_000), scene.hotkeys());
    let settled = Settled::new(epoch(), scene.input(), &hotkeys, &paid).unwrap();
    let unknown = Err(ExplainError::UnknownUid(3));
    assert_eq!(settled.preview(Uid(3), vec![(1, 1)]), unknown);
    assert_eq!(settled.preview(Uid(0), vec![(3, 1)]), unknown);
    assert_eq!(settled.neuron(Uid(3)).map(drop), Err(ExplainError::UnknownUid(3)));
    assert_eq!(settled.preview(Uid(0), vec![(1, 1), (1, 2)]), Err(ExplainError::BadRow));
    let tried = settled.preview(Uid(0), vec![(2, 3), (1, 1)]).unwrap();
    let moved: Vec<_> =
        tried.lines.iter().map(|line| (line.on.0, line.before.0, line.after.0)).collect();
    assert_eq!(moved, [(1, 450, 113), (2, 0, 337)]);
}
