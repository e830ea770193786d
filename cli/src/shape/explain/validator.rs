//! A validator's pay in sentences.

use super::{
    alpha, decimal, dropped,
    neuron::{counted, telling},
    no_dividends, part, percentage, say, stake_part, tokens, Sentence,
};
use alun_client::views::{BondLine, RowLine};
use alun_client::{AccountId, NeuronExplanation};

/// How many clipped or dropped scores are told one by one; the table has them all.
const TOLD: usize = 8;

/// What is to say of a neuron as a validator.
pub(super) fn sentences(told: &NeuronExplanation) -> Vec<Sentence> {
    let mut all = vec![got(told)];
    all.extend(told.no_dividends.map(|why| no_dividends(why, Some(told.standing.stake))));
    all.extend(standing(told));
    all.extend(row(told));
    all.extend(bonds(told));
    all.extend(divided(told));
    all.push(next(told));
    all
}

fn got(told: &NeuronExplanation) -> Sentence {
    say(
        "dividends",
        format!(
            "As a validator you earned {}, {} of all dividends.",
            alpha(told.epoch.netuid, told.pay.dividends),
            percentage(part(told.dividend)),
        ),
    )
}

fn standing(told: &NeuronExplanation) -> Option<Sentence> {
    let standing = &told.standing;
    let text = format!(
        "You voted with a stake weight of {}, {} of the stake that votes.",
        tokens(standing.stake),
        percentage(stake_part(standing.active_stake))
    );
    (standing.active_stake > 0).then(|| say("vote", text))
}

fn row(told: &NeuronExplanation) -> Vec<Sentence> {
    let mut all = Vec::new();
    let scores: Vec<_> = told.row.iter().filter(|line| counted(line)).collect();
    if !scores.is_empty() {
        all.push(say(
            "row",
            format!(
                "Your row of block {} scored {} neurons; {} of it lies within the consensus.",
                told.standing.last_update,
                scores.len(),
                percentage(f64::from(told.validator_trust) / f64::from(u16::MAX)),
            ),
        ));
    }
    let mut clipped: Vec<_> = scores.into_iter().filter(|line| line.kept < line.weight).collect();
    // Largest first; a score is never below what was kept of it.
    clipped.sort_by_key(|line| std::cmp::Reverse(line.weight.saturating_sub(line.kept)));
    all.extend(clipped.iter().take(TOLD).map(|line| clip(line)));
    all.extend(more(clipped.len(), "row_clipped", "scores were clipped"));
    let lost: Vec<_> = told
        .row
        .iter()
        .filter_map(|line| line.dropped.filter(|why| telling(*why)).map(|why| (line.on, why)))
        .collect();
    all.extend(lost.iter().take(TOLD).map(|(on, why)| {
        let why = dropped(*why);
        say(why.code, format!("Your score of uid {on} was dropped: {}.", why.text))
    }));
    all.extend(more(lost.len(), "row_score_dropped", "scores were dropped"));
    all
}

fn clip(line: &RowLine<AccountId>) -> Sentence {
    say(
        "row_clipped",
        format!(
            "You gave uid {} {}, clipped to {}, the consensus on it.",
            line.on,
            decimal(part(line.weight)),
            decimal(part(line.kept)),
        ),
    )
}

/// How many of the same were left out.
fn more(of: usize, code: &'static str, what: &str) -> Option<Sentence> {
    let rest = of.saturating_sub(TOLD);
    (rest > 0).then(|| say(code, format!("{rest} more {what}: see the table.")))
}

fn bonds(told: &NeuronExplanation) -> Vec<Sentence> {
    if told.by_stake {
        return vec![super::by_stake()];
    }
    let mut paying: Vec<_> = told.bonds.iter().filter(|bond| !bond.paid.is_zero()).collect();
    paying.sort_by_key(|bond| std::cmp::Reverse(bond.paid));
    let bond = |bond: &&BondLine<AccountId>| {
        let text = format!(
            "Your bond on uid {} is {} of all bonds on it; it had {} of the incentive, which \
             brought you {}.",
            bond.on,
            percentage(part(bond.part)),
            percentage(part(bond.incentive)),
            alpha(told.epoch.netuid, bond.paid),
        );
        say("bond", text)
    };
    let mut all: Vec<Sentence> = paying.iter().take(TOLD).map(bond).collect();
    all.extend(more(paying.len(), "bond", "bonds paid"));
    all
}

fn divided(told: &NeuronExplanation) -> Option<Sentence> {
    let pay = &told.pay;
    let own = |amount| alpha(told.epoch.netuid, amount);
    let burned = if pay.burned.is_zero() {
        String::new()
    } else {
        format!(", {} burned because no pool had stake", own(pay.burned))
    };
    let text = format!(
        "Of that, {} was your take, {} went to your stakers on root and {} to those on the \
         subnet{burned}. The subnet's part enters over the next tempo; root's is sold first.",
        own(pay.take),
        own(pay.root),
        own(pay.subnet),
    );
    (!pay.dividends.is_zero()).then(|| say("dividends_divided", text))
}

fn next(told: &NeuronExplanation) -> Sentence {
    match told.standing.next_permit {
        true => say("next_permit", "The epoch gave you a permit for the next one."),
        false => say("no_next_permit", "The epoch gave you no permit for the next one."),
    }
}
