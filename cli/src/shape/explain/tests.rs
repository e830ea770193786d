//! What the sentences say, and that a part that is missing is noticed.

use super::{
    NeuronExplanationShape, NominatorShape, PreviewShape, Sentence, Side, SubnetExplanationShape,
};
use crate::output::{Output, Show};
use alun_client::{
    views::{
        BondLine, Dropped, DroppedLine, EpochView, NeuronPay, NoDividends, NoIncentive,
        NominatorPool, PaidLine, PayoutView, PreviewLine, RowEffect, RowLine, ScoreLine, Standing,
    },
    AccountId, Alpha, MechanismId, NetUid, NeuronExplanation, NominatorExplanation, RowPreview,
    SubnetExplanation, Uid, UNIT,
};
use std::collections::BTreeSet;

/// A part of `hundredths`.
fn part(hundredths: u64) -> u64 {
    (hundredths << 32) / 100
}

fn stake(hundredths: u64) -> u64 {
    (1 << 63) / 100 * hundredths
}

fn account(uid: u8) -> AccountId {
    AccountId::from([uid; 32])
}

fn epoch() -> EpochView {
    EpochView {
        netuid: NetUid(1),
        mechanism: MechanismId::FIRST,
        epoch: 7,
        frozen_at: 90,
        paid_at: 92,
        kappa: 32_768,
    }
}

fn payout() -> PayoutView {
    PayoutView {
        total: Alpha(10 * UNIT),
        owner_cut: Alpha(2 * UNIT),
        miners: Alpha(4 * UNIT),
        validators: Alpha(4 * UNIT),
        burned: Alpha::ZERO,
        returned: Alpha::ZERO,
    }
}

/// A miner that three validators scored, one of them far above the others.
fn miner() -> NeuronExplanation {
    let score = |by: u8, stake, weight, kept, paid| ScoreLine {
        by: Uid(by.into()),
        hotkey: account(by),
        stake,
        weight: part(weight),
        kept: part(kept),
        paid: Alpha(paid),
    };
    NeuronExplanation {
        epoch: epoch(),
        uid: Uid(4),
        hotkey: account(4),
        standing: Standing {
            stake: 0,
            active_stake: 0,
            owner: false,
            permit: false,
            next_permit: false,
            active: false,
            registered_at: 50,
            last_update: 0,
            last_submission: 0,
        },
        pay: NeuronPay { incentive: Alpha(3 * UNIT), ..NeuronPay::default() },
        recorded: Alpha(3 * UNIT),
        payout: payout(),
        consensus: part(24),
        rank_before_clip: part(27),
        rank: part(24),
        incentive: part(75),
        dividend: 0,
        validator_trust: 0,
        scores: vec![
            score(1, stake(40), 31, 24, UNIT),
            score(2, stake(60), 24, 24, 2 * UNIT),
            score(3, 0, 50, 24, 0),
        ],
        dropped: vec![DroppedLine {
            by: Uid(5),
            hotkey: account(5),
            value: 9,
            why: Dropped::FormerHolder(50),
        }],
        row: Vec::new(),
        bonds: Vec::new(),
        by_stake: false,
        no_incentive: None,
        no_dividends: Some(NoDividends::NoPermit),
    }
}

/// A validator whose row was clipped on one of two neurons, and dropped on a third.
fn validator() -> NeuronExplanation {
    let line = |on: u8, weight, consensus: u64, dropped| RowLine {
        on: Uid(on.into()),
        hotkey: account(on),
        value: 10,
        weight: part(weight),
        consensus: part(consensus),
        kept: part(consensus.min(weight)),
        dropped,
    };
    let bond = |on: u8, paid| BondLine {
        on: Uid(on.into()),
        hotkey: account(on),
        part: part(40),
        incentive: part(50),
        dividend: part(20),
        paid: Alpha(paid),
    };
    let pay = NeuronPay {
        dividends: Alpha(2 * UNIT),
        take: Alpha(UNIT / 2),
        root: Alpha(UNIT / 2),
        subnet: Alpha(UNIT),
        ..NeuronPay::default()
    };
    NeuronExplanation {
        uid: Uid(1),
        hotkey: account(1),
        standing: Standing {
            stake: 5_000 * UNIT,
            active_stake: stake(40),
            permit: true,
            next_permit: true,
            active: true,
            last_update: 80,
            last_submission: 80,
            ..miner().standing
        },
        pay,
        recorded: Alpha(2 * UNIT),
        dividend: part(50),
        validator_trust: 60_948,
        scores: Vec::new(),
        dropped: Vec::new(),
        row: vec![
            line(4, 31, 24, None),
            line(5, 69, 80, None),
            line(6, 0, 0, Some(Dropped::FormerHolder(85))),
        ],
        bonds: vec![bond(4, UNIT / 2), bond(5, 3 * UNIT / 2)],
        no_incentive: Some(NoIncentive::NobodyScored),
        no_dividends: None,
        ..miner()
    }
}

fn joined(sentences: &[Sentence]) -> String {
    sentences.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("\n")
}

fn codes(sentences: &[Sentence]) -> Vec<&'static str> {
    sentences.iter().map(|one| one.code).collect()
}

fn sentences(told: &NeuronExplanation, side: Side) -> String {
    joined(&NeuronExplanationShape::new(told, side).sentences)
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn miner_should_read_who_scored_it_and_why_scores_were_clipped() {
    let text = sentences(&miner(), Side::Both);
    assert_says(
        &text,
        &[
            "As a miner you got 3 α1 of the 4 α1 that went to miners.",
            "Validator 1 gave you 0.31, clipped to 0.24 because validators with 60% of the stake \
             gave no more; with its 40% of the stake that brought 1 α1.",
            "Validator 2 gave you 0.24, all within the consensus; with its 60% of the stake that \
             brought 2 α1.",
            "Validator 3 gave you 0.5, but has no vote",
            "Validator 5's score of you was dropped: the row was committed no later than block 50",
            "Your rank is 0.24 (0.27 before clipping), 75% of all ranks.",
            "It adds up: the chain recorded 3 α1",
        ],
    );
    assert!(!text.contains("As a validator"), "it is none:\n{text}");
    let shape = NeuronExplanationShape::new(&miner(), Side::Both);
    assert_eq!(
        codes(&shape.sentences),
        [
            "incentive",
            "consensus",
            "score_clipped",
            "score_kept",
            "score_without_vote",
            "former_holder",
            "rank",
            "adds_up",
        ]
    );
    // Of a neuron that needs no sentence about it, programs still learn why it had no dividends.
    assert_eq!(shape.no_dividends.unwrap().code, "no_permit");
    assert_eq!(shape.dropped[0].why.code, "former_holder");
}

#[test]
fn miner_without_pay_should_read_why() {
    let mut seen = BTreeSet::new();
    for (why, word) in [
        (NoIncentive::NobodyScored, "No validator's row names you"),
        (NoIncentive::AllDropped, "was dropped"),
        (NoIncentive::NoVote, "without a vote"),
        (NoIncentive::AllClipped, "clipped to zero"),
        (NoIncentive::NothingPaid, "nothing to pay"),
        (NoIncentive::TooSmall, "smallest unit"),
    ] {
        let told = NeuronExplanation { no_incentive: Some(why), ..miner() };
        assert_says(&sentences(&told, Side::Both), &[word]);
        assert!(seen.insert(super::no_incentive(why).code), "one code for two reasons");
    }
}

#[test]
fn validator_should_read_of_its_row_its_bonds_and_the_division() {
    let text = sentences(&validator(), Side::Validator);
    assert_says(
        &text,
        &[
            "As a validator you earned 2 α1, 50% of all dividends.",
            "You voted with a stake weight of 5000, 40% of the stake that votes.",
            "Your row of block 80 scored 2 neurons; 93% of it lies within the consensus.",
            "You gave uid 4 0.31, clipped to 0.24, the consensus on it.",
            "Your score of uid 6 was dropped",
            "Your bond on uid 5 is 40% of all bonds on it; it had 50% of the incentive, which \
             brought you 1.5 α1.",
            "0.5 α1 was your take, 0.5 α1 went to your stakers on root and 1 α1 to those on",
            "The epoch gave you a permit for the next one.",
        ],
    );
    assert!(!text.contains("As a miner"), "not asked for:\n{text}");
}

#[test]
fn validator_without_pay_should_read_why() {
    let mut seen = BTreeSet::new();
    for (why, word) in [
        (NoDividends::NoPermit, "no validator permit"),
        (NoDividends::NoStake, "no stake"),
        (NoDividends::BelowThreshold(6_000 * UNIT), "below the subnet's threshold of 6000"),
        (NoDividends::Inactive(70), "inactive since block 70"),
        (NoDividends::NoRow, "no weight row"),
        (NoDividends::RowDropped, "Every score of your row was dropped"),
        (NoDividends::NoBonds, "no bond"),
        (NoDividends::NothingPaid, "nothing to pay"),
        (NoDividends::TooSmall, "smallest unit"),
    ] {
        let told = NeuronExplanation { no_dividends: Some(why), ..validator() };
        assert_says(&sentences(&told, Side::Validator), &[word]);
        let code = super::no_dividends(why, None).code;
        assert!(seen.insert(code), "one code for two reasons");
        let shape = NeuronExplanationShape::new(&told, Side::Validator);
        assert!(codes(&shape.sentences).contains(&code), "{code}");
    }
}

#[test]
fn missing_unit_should_be_noticed_wherever_it_is() {
    let adds_up = |told: &NeuronExplanation| NeuronExplanationShape::new(told, Side::Both).adds_up;
    assert!(adds_up(&miner()) && adds_up(&validator()));
    let mut told = miner();
    told.scores[0].paid.0 -= 1;
    assert!(!adds_up(&told));
    assert_says(&sentences(&told, Side::Both), &["It DOES NOT ADD UP"]);
    let mut told = validator();
    told.bonds[0].paid.0 += 1;
    assert!(!adds_up(&told));
    let mut told = validator();
    told.pay.take.0 -= 1;
    assert!(!adds_up(&told));
    let mut told = miner();
    told.recorded.0 += 1;
    assert!(!adds_up(&told));
    let mut told = miner();
    told.payout.returned = Alpha(1);
    assert!(!adds_up(&told));
}

fn subnet() -> SubnetExplanation {
    let line = |uid: u8, pay: NeuronPay| PaidLine {
        uid: Uid(uid.into()),
        hotkey: account(uid),
        recorded: Alpha(pay.incentive.0 + pay.dividends.0 - pay.burned.0),
        pay,
        no_incentive: None,
        no_dividends: None,
    };
    let earned = |amount| NeuronPay {
        dividends: Alpha(amount),
        subnet: Alpha(amount),
        ..NeuronPay::default()
    };
    let mined = |amount| NeuronPay { incentive: Alpha(amount), ..NeuronPay::default() };
    SubnetExplanation {
        epoch: epoch(),
        payout: payout(),
        miners_burned: false,
        by_stake: false,
        owner: Some(account(0)),
        neurons: vec![
            line(1, earned(3 * UNIT)),
            line(2, earned(UNIT)),
            line(3, mined(3 * UNIT)),
            line(4, mined(UNIT)),
        ],
    }
}

#[test]
fn subnet_should_add_up_and_say_where_the_amount_went() {
    let shape = SubnetExplanationShape::from(&subnet());
    assert!(shape.adds_up);
    assert_says(
        &shape.text(&Output::new(false)),
        &[
            "Epoch 7 of subnet 1 (input of block 90, paid by block 92)",
            "paid out 10 α1: 2 α1 to the owner, 4 α1 to 2 miners, 4 α1 to 2 validators",
            "The parts add up",
        ],
    );
    let mut short = subnet();
    short.neurons[3].pay.incentive.0 -= 1;
    let shape = SubnetExplanationShape::from(&short);
    assert!(!shape.adds_up);
    assert_eq!(codes(&shape.sentences), ["paid", "does_not_add_up"]);
    let mut idle = subnet();
    idle.neurons[2].no_dividends = Some(NoDividends::BelowThreshold(6_000 * UNIT));
    let line = SubnetExplanationShape::from(&idle).neurons.remove(2);
    let why = line.no_dividends.unwrap();
    assert_eq!(why.code, "below_threshold");
    assert_says(&why.text, &["Your stake weight is below the subnet's threshold of 6000."]);
}

fn nominator() -> (NominatorExplanation, PaidLine<AccountId>) {
    let pool = |netuid, reward, theirs, others| NominatorPool {
        netuid: NetUid(netuid),
        reward: Alpha(reward),
        theirs: Alpha(theirs),
        others: Alpha(others),
        rounding: Alpha(reward - theirs - others),
        points: 25,
        pool_points: 100,
        value: if netuid == 0 { 0 } else { 7 * UNIT },
        on_the_way: reward,
        until: 99,
    };
    let pay = validator().pay;
    let told = NominatorExplanation {
        epoch: epoch(),
        uid: Uid(1),
        hotkey: account(1),
        coldkey: account(9),
        pay: pay.clone(),
        owns: false,
        pools: vec![pool(0, UNIT / 2, 0, UNIT / 2), pool(1, UNIT, UNIT / 4 - 1, 3 * UNIT / 4)],
        no_dividends: None,
    };
    let paid = PaidLine {
        uid: Uid(1),
        hotkey: account(1),
        recorded: Alpha(2 * UNIT),
        pay,
        no_incentive: Some(NoIncentive::NobodyScored),
        no_dividends: None,
    };
    (told, paid)
}

#[test]
fn nominator_should_read_its_part_and_what_rounding_left() {
    let (told, paid) = nominator();
    let shape = NominatorShape::new(&told, &paid, None);
    assert!(shape.adds_up);
    assert_eq!(shape.theirs, Alpha(UNIT / 4 - 1), "the take is not theirs");
    assert_says(
        &joined(&shape.sentences),
        &[
            "Validator 1 earned 2 α1; 0.5 α1 of it was its take (to its owner).",
            "Your stake on it is worth 0 ALUN on root and 7 α1 on the subnet.",
            "0.5 α1 went to the pool on root, of which you hold 25%: 0 α1 is yours, 0.5 α1 the other \
             stakers'. It waits to be sold",
            "1 α1 went to the pool on the subnet, of which you hold 25%: 0.249999999 α1 is \
             yours, 0.75 α1 the other stakers', and rounding down leaves 0.000000001 α1",
            "until block 99",
        ],
    );
    assert_eq!(codes(&shape.sentences), ["earned", "stake", "pool", "pool"]);
    let owner = NominatorShape::new(&NominatorExplanation { owns: true, ..told }, &paid, None);
    assert_eq!(owner.theirs, Alpha(UNIT / 4 - 1 + UNIT / 2), "and the take");
}

#[test]
fn nominator_should_read_its_stake_and_why_when_the_validator_earned_nothing() {
    let (mut told, mut paid) = nominator();
    (told.pay, paid.pay, paid.recorded) = Default::default();
    for pool in &mut told.pools {
        let none = Alpha::ZERO;
        (pool.reward, pool.theirs, pool.others, pool.rounding) = (none, none, none, none);
    }
    told.no_dividends = Some(NoDividends::BelowThreshold(6_000 * UNIT));
    let shape = NominatorShape::new(&told, &paid, Some(5 * UNIT));
    assert!(shape.adds_up);
    assert_eq!(codes(&shape.sentences), ["earned", "stake", "below_threshold"]);
    assert_says(
        &joined(&shape.sentences),
        &[
            "Validator 1 earned 0 α1",
            "worth 0 ALUN on root and 7 α1 on the subnet",
            "said to it: Your stake weight of 5 is below the subnet's threshold of 6000.",
        ],
    );
    assert_eq!(shape.no_dividends.unwrap().code, "below_threshold");
}

#[test]
fn nominators_parts_should_not_add_up_when_they_are_not_what_the_chain_recorded() {
    type Alter = fn(&mut NominatorExplanation, &mut PaidLine<AccountId>);
    let alterations: [Alter; 8] = [
        |_, paid| paid.recorded.0 += 1,
        |_, paid| paid.pay.subnet.0 -= 1,
        |told, paid| {
            told.pay.take.0 += 1;
            paid.pay.take.0 += 1;
        },
        |told, _| told.pools[0].reward.0 -= 1,
        |told, _| {
            told.pools[1].reward.0 += 1;
            told.pools[1].others.0 += 1;
        },
        |told, _| told.pools[1].theirs.0 += 1,
        |told, _| told.pools[0].rounding.0 += 1,
        |told, _| {
            told.pools.remove(0);
        },
    ];
    for (index, alter) in alterations.into_iter().enumerate() {
        let (mut told, mut paid) = nominator();
        alter(&mut told, &mut paid);
        let shape = NominatorShape::new(&told, &paid, None);
        assert!(!shape.adds_up, "{index}");
        assert_eq!(shape.sentences.last().unwrap().code, "does_not_add_up");
    }
}

#[test]
fn preview_should_compare_both_rows() {
    let effect = |validator_trust, dividends| RowEffect {
        validator_trust,
        dividend: part(10),
        dividends: Alpha(dividends),
    };
    let told = RowPreview {
        epoch: epoch(),
        uid: Uid(1),
        hotkey: account(1),
        standing: validator().standing,
        before: effect(32_768, UNIT),
        after: effect(65_535, 2 * UNIT),
        lines: vec![PreviewLine {
            on: Uid(4),
            hotkey: account(4),
            weight: part(100),
            consensus: part(75),
            kept: part(75),
            dropped: None,
            before: Alpha(UNIT),
            after: Alpha(3 * UNIT),
        }],
        no_dividends: None,
    };
    let text = PreviewShape::from(&told).text(&Output::new(false));
    assert_says(
        &text,
        &["would have paid you 2 α1 instead of 1 α1", "0.25 would have been clipped", "clipped"],
    );
    let json = serde_json::to_value(PreviewShape::from(&told)).unwrap();
    let first = &json["sentences"][0];
    assert!(first["code"] == "would_be_paid" && first["text"].is_string(), "{json}");
}

#[test]
fn numbers_should_be_short_and_never_hide_what_is_there() {
    let decimals = [0.0, 0.25, 1.0, 0.000_01].map(super::decimal);
    assert_eq!(decimals, ["0", "0.25", "1", "<0.0001"]);
    let percentages = [0.5, 1.0 / 3.0, 0.000_01].map(super::percentage);
    assert_eq!(percentages, ["50%", "33.33%", "<0.01%"]);
    assert_eq!((super::part(1 << 31), super::stake_part(1 << 62)), (0.5, 0.5));
}
