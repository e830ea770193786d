//! A miner's pay in sentences.

use super::{alpha, decimal, dropped, no_incentive, part, percentage, say, stake_part, Sentence};
use alun_client::{views::ScoreLine, AccountId, NeuronExplanation};

/// What is to say of a neuron as a miner.
pub(super) fn sentences(told: &NeuronExplanation) -> Vec<Sentence> {
    let mut all = vec![got(told)];
    all.extend(told.no_incentive.map(no_incentive));
    if !told.scores.is_empty() {
        all.push(say(
            "consensus",
            format!(
                "The consensus on you is {}: the largest score that at least {} of the stake \
                 supports.",
                decimal(part(told.consensus)),
                percentage(f64::from(told.epoch.kappa) / f64::from(u16::MAX)),
            ),
        ));
    }
    all.extend(told.scores.iter().map(|line| score(told, line)));
    all.extend(told.dropped.iter().map(|line| {
        let why = dropped(line.why);
        say(why.code, format!("Validator {}'s score of you was dropped: {}.", line.by, why.text))
    }));
    if told.rank_before_clip > 0 {
        all.push(say(
            "rank",
            format!(
                "Your rank is {} ({} before clipping), {} of all ranks.",
                decimal(part(told.rank)),
                decimal(part(told.rank_before_clip)),
                percentage(part(told.incentive)),
            ),
        ));
    }
    all
}

fn got(told: &NeuronExplanation) -> Sentence {
    say(
        "incentive",
        format!(
            "As a miner you got {} of the {} that went to miners.",
            alpha(told.epoch.netuid, told.pay.incentive),
            alpha(told.epoch.netuid, told.payout.miners)
        ),
    )
}

/// The stake of those that gave no more than the consensus, as a part.
fn gave_no_more(told: &NeuronExplanation) -> f64 {
    let more = told.scores.iter().filter(|line| line.weight > told.consensus);
    // Shares of one whole; rounding may put the sum a little over it.
    let more: f64 = more.map(|line| stake_part(line.stake)).sum();
    (1.0 - more).clamp(0.0, 1.0)
}

fn score(told: &NeuronExplanation, line: &ScoreLine<AccountId>) -> Sentence {
    let gave = format!("Validator {} gave you {}", line.by, decimal(part(line.weight)));
    if line.stake == 0 {
        let why = "but has no vote: inactive, or without stake that counts";
        return say("score_without_vote", format!("{gave}, {why}."));
    }
    let stake = percentage(stake_part(line.stake));
    let paid = alpha(told.epoch.netuid, line.paid);
    if line.kept < line.weight {
        let text = format!(
            "{gave}, clipped to {} because validators with {} of the stake gave no more; with its \
             {stake} of the stake that brought {paid}.",
            decimal(part(line.kept)),
            percentage(gave_no_more(told)),
        );
        return say("score_clipped", text);
    }
    say(
        "score_kept",
        format!(
            "{gave}, all within the consensus; with its {stake} of the stake that brought {paid}."
        ),
    )
}
