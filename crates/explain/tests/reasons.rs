//! Why a neuron got nothing: one scene per reason.

use alun_explain::{Paid, Settled};
use alun_primitives::{
    traits::PoolReward,
    views::{Dropped, EpochView, NeuronExplanation, NoDividends, NoIncentive},
    Alpha, MechanismId, NetUid, Uid,
};
use alun_yuma::{BondRule, Input, Neuron, Params, Row};

const PARAMS: Params = Params {
    kappa: 32_767,
    bonds_penalty: 65_535,
    bonds_moving_average: 900_000,
    bond_rule: BondRule::StakeFree,
    liquid_alpha: None,
    activity_cutoff: 100,
    max_validators: 8,
    stake_threshold: 50,
    owner: None,
    last_epoch: 890,
    now: 1_000,
};

fn validator(stake: u64) -> Neuron {
    Neuron { stake, permit: true, last_update: 950, last_submission: 950, registered: 10 }
}

fn miner() -> Neuron {
    Neuron { registered: 20, ..Neuron::default() }
}

/// Explains every neuron of an epoch that paid a thousand to each side.
fn explain(params: Params, neurons: &[Neuron], rows: &[Row]) -> Vec<NeuronExplanation<u16>> {
    let hotkeys: Vec<u16> = (0..neurons.len() as u16).collect();
    let bonds = vec![Row::new(); neurons.len()];
    let input = Input { params: &params, neurons, rows, bonds: &bonds };
    let paid = Paid {
        total: Alpha(2_000),
        owner_cut: Alpha::ZERO,
        miners: Alpha(1_000),
        validators: Alpha(1_000),
        returned: Alpha::ZERO,
        owner: None,
        rewards: vec![(Uid(0), PoolReward { subnet: Alpha(1_000), ..PoolReward::default() })],
        recorded: Vec::new(),
    };
    let epoch = EpochView {
        netuid: NetUid(1),
        mechanism: MechanismId(0),
        epoch: 1,
        frozen_at: 1_000,
        paid_at: 1_001,
        kappa: params.kappa,
    };
    let settled = Settled::new(epoch, input, &hotkeys, &paid).unwrap();
    hotkeys.iter().map(|uid| settled.neuron(Uid(*uid)).unwrap()).collect()
}

#[test]
fn validator_without_pay_should_be_told_why() {
    let late = Neuron { last_submission: 850, last_update: 850, ..validator(500) };
    let newcomer = Neuron { permit: false, ..validator(500) };
    let neurons = [
        validator(1_000),
        newcomer,
        validator(0),
        validator(49),
        late,
        validator(60),
        Neuron { last_update: 15, ..validator(60) },
        validator(60),
        miner(),
        miner(),
    ];
    let mut rows = vec![Row::new(); neurons.len()];
    rows[0] = vec![(8, 1)];
    rows[4] = vec![(8, 1)];
    rows[6] = vec![(8, 1)];
    rows[7] = vec![(9, 1)];
    let told = explain(PARAMS, &neurons, &rows);
    let why: Vec<_> = told.iter().map(|one| one.no_dividends).collect();
    use NoDividends::{BelowThreshold, Inactive, NoBonds, NoPermit, NoRow, NoStake, RowDropped};
    assert_eq!(
        why,
        [
            None,
            Some(NoPermit),
            Some(NoStake),
            Some(BelowThreshold(50)),
            Some(Inactive(951)),
            Some(NoRow),
            Some(RowDropped),
            Some(NoBonds),
            Some(NoPermit),
            Some(NoPermit),
        ]
    );
    assert_eq!(told[6].row[0].dropped, Some(Dropped::FormerHolder(20)));
}

#[test]
fn miner_without_pay_should_be_told_why() {
    let mute = Neuron { last_submission: 800, last_update: 800, ..validator(500) };
    let neurons = [
        validator(1_000),
        validator(300),
        mute,
        miner(),
        miner(),
        Neuron { registered: 970, ..miner() },
        miner(),
        miner(),
    ];
    let mut rows = vec![Row::new(); neurons.len()];
    rows[0] = vec![(0, 9), (3, 1), (5, 1)];
    rows[1] = vec![(3, 1), (7, 2)];
    rows[2] = vec![(6, 1)];
    let told = explain(PARAMS, &neurons, &rows);
    let why: Vec<_> = told.iter().skip(3).map(|one| one.no_incentive).collect();
    use NoIncentive::{AllClipped, AllDropped, NoVote, NobodyScored};
    let expected = [None, Some(NobodyScored), Some(AllDropped), Some(NoVote), Some(AllClipped)];
    assert_eq!(why, expected);
    assert_eq!(told[0].no_incentive, Some(NobodyScored), "one's own score is none");
    let own: Vec<_> = told[0].row.iter().map(|line| (line.on.0, line.dropped)).collect();
    let expected = [(0, Some(Dropped::OwnScore)), (3, None), (5, Some(Dropped::FormerHolder(970)))];
    assert_eq!(own, expected);
    let dropped: Vec<_> = told[5].dropped.iter().map(|line| (line.by.0, line.why)).collect();
    assert_eq!(dropped, [(0, Dropped::FormerHolder(970))]);
}

#[test]
fn clipped_score_should_show_what_was_given_and_what_was_kept() {
    let neurons = [validator(600), validator(400), miner(), miner()];
    let rows = [vec![(2, 1), (3, 3)], vec![(2, 1), (3, 1)], Row::new(), Row::new()];
    let told = explain(PARAMS, &neurons, &rows);
    let quarter = 1 << 30;
    let scores: Vec<_> =
        told[2].scores.iter().map(|one| (one.by.0, one.weight, one.kept)).collect();
    assert_eq!(scores, [(0, quarter, quarter), (1, 2 * quarter, quarter)]);
    assert_eq!(told[2].consensus, quarter);
    assert!(told[2].rank < told[2].rank_before_clip);
    let paid: Vec<_> = told[2].scores.iter().map(|one| one.paid.0).collect();
    assert_eq!(Alpha(paid.iter().sum()), told[2].pay.incentive);
    assert_eq!(paid[0] * 2 / 3, paid[1], "600 of stake against 400, for the same score");
}
