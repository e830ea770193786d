//! A validator's pay in sentences.

use super::{
    alun, decimal, dropped,
    neuron::{counted, telling},
    no_dividends, part, percentage, stake_part,
};
use alun_client::views::RowLine;
use alun_client::{AccountId, NeuronExplanation};

/// How many clipped or dropped scores are told one by one; the table has them all.
const TOLD: usize = 8;

/// What is to say of a neuron as a validator.
pub(super) fn sentences(told: &NeuronExplanation) -> Vec<String> {
    let mut all = vec![got(told)];
    all.extend(told.no_dividends.map(|why| no_dividends(why, told.standing.stake)));
    all.extend(standing(told));
    all.extend(row(told));
    all.extend(bonds(told));
    all.extend(divided(told));
    all.push(next(told));
    all
}

fn got(told: &NeuronExplanation) -> String {
    format!(
        "As a validator you earned {}, {} of all dividends.",
        alun(told.pay.dividends),
        percentage(part(told.dividend)),
    )
}

fn standing(told: &NeuronExplanation) -> Option<String> {
    let standing = &told.standing;
    (standing.active_stake > 0).then(|| {
        format!(
            "You voted with a stake of {}, {} of the stake that votes.",
            alun(standing.stake),
            percentage(stake_part(standing.active_stake))
        )
    })
}

fn row(told: &NeuronExplanation) -> Vec<String> {
    let mut all = Vec::new();
    let scores: Vec<_> = told.row.iter().filter(|line| counted(line)).collect();
    if !scores.is_empty() {
        all.push(format!(
            "Your row of block {} scored {} neurons; {} of it lies within the consensus.",
            told.standing.last_update,
            scores.len(),
            percentage(f64::from(told.validator_trust) / f64::from(u16::MAX)),
        ));
    }
    let mut clipped: Vec<_> = scores.into_iter().filter(|line| line.kept < line.weight).collect();
    // Largest first; a score is never below what was kept of it.
    clipped.sort_by_key(|line| std::cmp::Reverse(line.weight.saturating_sub(line.kept)));
    all.extend(clipped.iter().take(TOLD).map(|line| clip(line)));
    all.extend(more(clipped.len(), "clipped"));
    let lost: Vec<_> = told
        .row
        .iter()
        .filter_map(|line| line.dropped.filter(|why| telling(*why)).map(|why| (line.on, why)))
        .collect();
    all.extend(
        lost.iter()
            .take(TOLD)
            .map(|(on, why)| format!("Your score of uid {on} was dropped: {}.", dropped(*why))),
    );
    all.extend(more(lost.len(), "dropped"));
    all
}

fn clip(line: &RowLine<AccountId>) -> String {
    format!(
        "You gave uid {} {}, clipped to {}, the consensus on it.",
        line.on,
        decimal(part(line.weight)),
        decimal(part(line.kept)),
    )
}

fn more(of: usize, what: &str) -> Option<String> {
    let rest = of.saturating_sub(TOLD);
    (rest > 0).then(|| format!("{rest} more scores were {what}: see the table."))
}

fn bonds(told: &NeuronExplanation) -> Vec<String> {
    if told.by_stake {
        return vec!["Nobody had dividends, so the validators' half went by stake.".into()];
    }
    let mut paying: Vec<_> = told.bonds.iter().filter(|bond| bond.paid > 0).collect();
    paying.sort_by_key(|bond| std::cmp::Reverse(bond.paid));
    let mut all: Vec<String> = paying
        .iter()
        .take(TOLD)
        .map(|bond| {
            format!(
                "Your bond on uid {} is {} of all bonds on it; it had {} of the incentive, which \
                 brought you {}.",
                bond.on,
                percentage(part(bond.part)),
                percentage(part(bond.incentive)),
                alun(bond.paid),
            )
        })
        .collect();
    let rest = paying.len().saturating_sub(TOLD);
    if rest > 0 {
        all.push(format!("{rest} more bonds paid: see the table."));
    }
    all
}

fn divided(told: &NeuronExplanation) -> Option<String> {
    let pay = &told.pay;
    let burned = match pay.burned {
        0 => String::new(),
        burned => format!(", {} burned because no pool had stake", alun(burned)),
    };
    (pay.dividends > 0).then(|| {
        format!(
            "Of that, {} was your take, {} went to your stakers on root and {} to those on the \
             subnet{burned}; what went to stakers enters over the next tempo.",
            alun(pay.take),
            alun(pay.root),
            alun(pay.subnet),
        )
    })
}

fn next(told: &NeuronExplanation) -> String {
    let word = if told.standing.next_permit { "a permit" } else { "no permit" };
    format!("The epoch gave you {word} for the next one.")
}
