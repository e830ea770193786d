//! A miner's pay in sentences.

use super::{alun, decimal, dropped, no_incentive, part, percentage, stake_part};
use alun_client::{views::ScoreLine, AccountId, NeuronExplanation};

/// What is to say of a neuron as a miner.
pub(super) fn sentences(told: &NeuronExplanation) -> Vec<String> {
    let mut all = vec![got(told)];
    all.extend(told.no_incentive.map(|why| no_incentive(why).to_owned()));
    if !told.scores.is_empty() {
        all.push(format!(
            "The consensus on you is {}: the largest score that at least {} of the stake supports.",
            decimal(part(told.consensus)),
            percentage(f64::from(told.epoch.kappa) / f64::from(u16::MAX)),
        ));
    }
    all.extend(told.scores.iter().map(|line| score(told, line)));
    all.extend(told.dropped.iter().map(|line| {
        format!("Validator {}'s score of you was dropped: {}.", line.by, dropped(line.why))
    }));
    if told.rank_before_clip > 0 {
        all.push(format!(
            "Your rank is {} ({} before clipping), {} of all ranks.",
            decimal(part(told.rank)),
            decimal(part(told.rank_before_clip)),
            percentage(part(told.incentive)),
        ));
    }
    all
}

fn got(told: &NeuronExplanation) -> String {
    format!(
        "As a miner you got {} of the {} that went to miners.",
        alun(told.pay.incentive),
        alun(told.payout.miners)
    )
}

/// The stake of those that gave no more than the consensus, as a part.
fn gave_no_more(told: &NeuronExplanation) -> f64 {
    let more = told.scores.iter().filter(|line| line.weight > told.consensus);
    // Shares of one whole; rounding may put the sum a little over it.
    let more: f64 = more.map(|line| stake_part(line.stake)).sum();
    (1.0 - more).clamp(0.0, 1.0)
}

fn score(told: &NeuronExplanation, line: &ScoreLine<AccountId>) -> String {
    let gave = format!("Validator {} gave you {}", line.by, decimal(part(line.weight)));
    if line.stake == 0 {
        return format!("{gave}, but has no vote: inactive, or without stake that counts.");
    }
    let stake = percentage(stake_part(line.stake));
    let paid = alun(line.paid);
    if line.kept < line.weight {
        return format!(
            "{gave}, clipped to {} because validators with {} of the stake gave no more; with its \
             {stake} of the stake that brought {paid}.",
            decimal(part(line.kept)),
            percentage(gave_no_more(told)),
        );
    }
    format!("{gave}, all within the consensus; with its {stake} of the stake that brought {paid}.")
}
