//! What the sentences say, and that a part that is missing is noticed.

use super::{NeuronExplanationShape, NominatorShape, PreviewShape, Side, SubnetExplanationShape};
use crate::output::{Output, Show};
use alun_client::{
    views::{
        BondLine, Dropped, DroppedLine, EpochView, NeuronPay, NoDividends, NoIncentive,
        NominatorPool, PaidLine, PayoutView, PreviewLine, RowEffect, RowLine, ScoreLine, Standing,
    },
    AccountId, MechanismId, NetUid, NeuronExplanation, NominatorExplanation, RowPreview,
    SubnetExplanation, Uid, UNIT,
};

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
        total: 10 * UNIT,
        owner_cut: 2 * UNIT,
        miners: 4 * UNIT,
        validators: 4 * UNIT,
        burned: 0,
        returned: 0,
    }
}

fn nothing() -> NeuronPay {
    NeuronPay { incentive: 0, dividends: 0, take: 0, root: 0, subnet: 0, burned: 0, owner_cut: 0 }
}

/// A miner that three validators scored, one of them far above the others.
fn miner() -> NeuronExplanation {
    let score = |by: u8, stake, weight, kept, paid| ScoreLine {
        by: Uid(by.into()),
        hotkey: account(by),
        stake,
        weight: part(weight),
        kept: part(kept),
        paid,
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
        pay: NeuronPay { incentive: 3 * UNIT, ..nothing() },
        recorded: 3 * UNIT,
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
        paid,
    };
    let pay = NeuronPay {
        dividends: 2 * UNIT,
        take: UNIT / 2,
        root: UNIT / 2,
        subnet: UNIT,
        ..nothing()
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
        recorded: 2 * UNIT,
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

fn sentences(told: &NeuronExplanation, side: Side) -> String {
    NeuronExplanationShape::new(told, side).sentences.join("\n")
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
            "As a miner you got 3 ALUN of the 4 ALUN that went to miners.",
            "Validator 1 gave you 0.31, clipped to 0.24 because validators with 60% of the stake \
             gave no more; with its 40% of the stake that brought 1 ALUN.",
            "Validator 2 gave you 0.24, all within the consensus; with its 60% of the stake that \
             brought 2 ALUN.",
            "Validator 3 gave you 0.5, but has no vote",
            "Validator 5's score of you was dropped: the row was committed no later than block 50",
            "Your rank is 0.24 (0.27 before clipping), 75% of all ranks.",
            "It adds up: the chain recorded 3 ALUN",
        ],
    );
    assert!(!text.contains("As a validator"), "it is none:\n{text}");
}

#[test]
fn miner_without_pay_should_read_why() {
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
    }
}

#[test]
fn validator_should_read_of_its_row_its_bonds_and_the_division() {
    let text = sentences(&validator(), Side::Validator);
    assert_says(
        &text,
        &[
            "As a validator you earned 2 ALUN, 50% of all dividends.",
            "You voted with a stake of 5000 ALUN, 40% of the stake that votes.",
            "Your row of block 80 scored 2 neurons; 93% of it lies within the consensus.",
            "You gave uid 4 0.31, clipped to 0.24, the consensus on it.",
            "Your score of uid 6 was dropped",
            "Your bond on uid 5 is 40% of all bonds on it; it had 50% of the incentive, which \
             brought you 1.5 ALUN.",
            "0.5 ALUN was your take, 0.5 ALUN went to your stakers on root and 1 ALUN to those on",
            "The epoch gave you a permit for the next one.",
        ],
    );
    assert!(!text.contains("As a miner"), "not asked for:\n{text}");
}

#[test]
fn validator_without_pay_should_read_why() {
    for (why, word) in [
        (NoDividends::NoPermit, "no validator permit"),
        (NoDividends::NoStake, "no stake"),
        (NoDividends::BelowThreshold(6_000 * UNIT), "below the subnet's threshold of 6000 ALUN"),
        (NoDividends::Inactive(70), "inactive since block 70"),
        (NoDividends::NoRow, "no weight row"),
        (NoDividends::RowDropped, "Every score of your row was dropped"),
        (NoDividends::NoBonds, "no bond"),
        (NoDividends::NothingPaid, "nothing to pay"),
        (NoDividends::TooSmall, "smallest unit"),
    ] {
        let told = NeuronExplanation { no_dividends: Some(why), ..validator() };
        assert_says(&sentences(&told, Side::Validator), &[word]);
    }
}

#[test]
fn missing_unit_should_be_noticed_wherever_it_is() {
    let adds_up = |told: &NeuronExplanation| NeuronExplanationShape::new(told, Side::Both).adds_up;
    assert!(adds_up(&miner()) && adds_up(&validator()));
    let mut told = miner();
    told.scores[0].paid -= 1;
    assert!(!adds_up(&told));
    assert_says(&sentences(&told, Side::Both), &["It DOES NOT ADD UP"]);
    let mut told = validator();
    told.bonds[0].paid += 1;
    assert!(!adds_up(&told));
    let mut told = validator();
    told.pay.take -= 1;
    assert!(!adds_up(&told));
    let mut told = miner();
    told.recorded += 1;
    assert!(!adds_up(&told));
    let mut told = miner();
    told.payout.returned = 1;
    assert!(!adds_up(&told));
}

fn subnet() -> SubnetExplanation {
    let line = |uid: u8, pay: NeuronPay| PaidLine {
        uid: Uid(uid.into()),
        hotkey: account(uid),
        recorded: pay.incentive + pay.dividends - pay.burned,
        pay,
        no_incentive: None,
        no_dividends: None,
    };
    let earned = |amount| NeuronPay { dividends: amount, subnet: amount, ..nothing() };
    let mined = |amount| NeuronPay { incentive: amount, ..nothing() };
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
            "paid out 10 ALUN: 2 ALUN to the owner, 4 ALUN to 2 miners, 4 ALUN to 2 validators",
            "The parts add up",
        ],
    );
    let mut short = subnet();
    short.neurons[3].pay.incentive -= 1;
    assert!(!SubnetExplanationShape::from(&short).adds_up);
}

#[test]
fn nominator_should_read_its_part_and_what_rounding_left() {
    let pool = |netuid, reward, theirs, others| NominatorPool {
        netuid: NetUid(netuid),
        reward,
        theirs,
        others,
        rounding: reward - theirs - others,
        points: 25,
        pool_points: 100,
        value: 7 * UNIT,
        on_the_way: reward,
        until: 99,
    };
    let told = NominatorExplanation {
        epoch: epoch(),
        uid: Uid(1),
        hotkey: account(1),
        coldkey: account(9),
        pay: validator().pay,
        owns: false,
        pools: vec![pool(0, UNIT / 2, 0, UNIT / 2), pool(1, UNIT, UNIT / 4 - 1, 3 * UNIT / 4)],
        no_dividends: None,
    };
    let shape = NominatorShape::from(&told);
    assert!(shape.adds_up);
    assert_eq!(shape.theirs, UNIT / 4 - 1, "the take is not theirs");
    assert_says(
        &shape.sentences.join("\n"),
        &[
            "Validator 1 earned 2 ALUN; 0.5 ALUN of it was its take (to its owner).",
            "1 ALUN went to the pool on the subnet, of which you hold 25%: 0.249999999 ALUN is \
             yours, 0.75 ALUN the other stakers', and rounding down leaves 0.000000001 ALUN",
            "until block 99",
        ],
    );
    let owner = NominatorShape::from(&NominatorExplanation { owns: true, ..told });
    assert_eq!(owner.theirs, UNIT / 4 - 1 + UNIT / 2, "and the take");
}

#[test]
fn preview_should_compare_both_rows() {
    let effect =
        |validator_trust, dividends| RowEffect { validator_trust, dividend: part(10), dividends };
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
            before: UNIT,
            after: 3 * UNIT,
        }],
        no_dividends: None,
    };
    let text = PreviewShape::from(&told).text(&Output::new(false));
    assert_says(
        &text,
        &[
            "would have paid you 2 ALUN instead of 1 ALUN",
            "0.25 would have been clipped",
            "clipped",
        ],
    );
}

#[test]
fn numbers_should_be_short_and_never_hide_what_is_there() {
    let decimals = [0.0, 0.25, 1.0, 0.000_01].map(super::decimal);
    assert_eq!(decimals, ["0", "0.25", "1", "<0.0001"]);
    let percentages = [0.5, 1.0 / 3.0, 0.000_01].map(super::percentage);
    assert_eq!(percentages, ["50%", "33.33%", "<0.01%"]);
    assert_eq!((super::part(1 << 31), super::stake_part(1 << 62)), (0.5, 0.5));
}
