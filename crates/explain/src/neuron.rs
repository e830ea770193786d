//! One neuron's payout.

use alloc::vec::Vec;
use alun_primitives::{
    views::{BondLine, DroppedLine, ExplainError, NeuronExplanation, RowLine, ScoreLine},
    Balance, Uid,
};
use alun_yuma::{BondPay, Scored};

use crate::{
    attribute::attribute,
    rows,
    settled::{failed, Settled},
};

impl<AccountId: Clone + PartialEq> Settled<'_, AccountId> {
    /// Why neuron `uid` was paid what it was paid. The lines in `scores` sum to its incentive, those
    /// in `bonds` to its dividends (unless these went by stake).
    ///
    /// # Errors
    ///
    /// [`ExplainError::UnknownUid`] with the number of neurons.
    pub fn neuron(&self, uid: Uid) -> Result<NeuronExplanation<AccountId>, ExplainError> {
        let output = self.output_of(uid)?;
        let terms = alun_yuma::explain(&self.input, uid.0).map_err(failed)?;
        let pay = self.pay(uid);
        Ok(NeuronExplanation {
            epoch: self.epoch.clone(),
            uid,
            hotkey: self.hotkey_of(uid)?,
            standing: self.standing(uid)?,
            recorded: self.recorded(uid),
            payout: self.payout(),
            consensus: terms.consensus,
            rank_before_clip: terms.rank_before_clip,
            rank: terms.rank,
            incentive: output.incentive_share,
            dividend: output.dividend_share,
            validator_trust: output.validator_trust,
            scores: self.scores(&terms.scored, pay.incentive)?,
            dropped: self.dropped(uid)?,
            row: self.row(uid)?,
            bonds: self.bonds(&terms.bonds, pay.dividends)?,
            by_stake: self.by_stake(),
            no_incentive: self.no_incentive(uid),
            no_dividends: self.no_dividends(uid),
            pay,
        })
    }

    fn scores(
        &self,
        scored: &[Scored],
        amount: Balance,
    ) -> Result<Vec<ScoreLine<AccountId>>, ExplainError> {
        let factors: Vec<_> = scored.iter().map(|one| (one.stake, one.kept)).collect();
        let line = |(one, paid): (&Scored, Balance)| {
            let by = Uid(one.by);
            let hotkey = self.hotkey_of(by)?;
            let Scored { stake, weight, kept, .. } = *one;
            Ok(ScoreLine { by, hotkey, stake, weight, kept, paid })
        };
        scored.iter().zip(attribute(amount, &factors)).map(line).collect()
    }

    /// The scores of `uid` that did not count.
    fn dropped(&self, uid: Uid) -> Result<Vec<DroppedLine<AccountId>>, ExplainError> {
        let mut lines = Vec::new();
        let rows = (0..=u16::MAX).zip(self.input.neurons).zip(self.input.rows);
        for ((by, neuron), row) in rows {
            let Ok(place) = row.binary_search_by_key(&uid.0, |(on, _)| *on) else { continue };
            let value = row.get(place).map_or(0, |(_, value)| *value);
            let why = rows::dropped(&self.input, (by, neuron), uid.0);
            if let Some(why) = why.filter(|_| value > 0) {
                let by = Uid(by);
                lines.push(DroppedLine { by, hotkey: self.hotkey_of(by)?, value, why });
            }
        }
        Ok(lines)
    }

    /// The row of `uid` itself.
    fn row(&self, uid: Uid) -> Result<Vec<RowLine<AccountId>>, ExplainError> {
        let entries = rows::entries(&self.input, uid.0);
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let consensus = rows::consensus_of(&self.input)?;
        let line = |entry: rows::Entry| {
            let on = Uid(entry.on);
            let consensus = consensus.get(on.index()).copied().unwrap_or(0);
            Ok(RowLine {
                on,
                hotkey: self.hotkey_of(on)?,
                value: entry.value,
                weight: entry.weight,
                consensus,
                kept: entry.weight.min(consensus),
                dropped: entry.dropped,
            })
        };
        entries.into_iter().map(line).collect()
    }

    fn bonds(
        &self,
        bonds: &[BondPay],
        dividends: Balance,
    ) -> Result<Vec<BondLine<AccountId>>, ExplainError> {
        // By stake: no bond paid anything.
        let amount = if self.by_stake() { 0 } else { dividends };
        let factors: Vec<_> = bonds.iter().map(|bond| (bond.part, bond.incentive)).collect();
        let line = |(bond, paid): (&BondPay, Balance)| {
            let on = Uid(bond.on);
            let hotkey = self.hotkey_of(on)?;
            let BondPay { part, incentive, dividend, .. } = *bond;
            Ok(BondLine { on, hotkey, part, incentive, dividend, paid })
        };
        bonds.iter().zip(attribute(amount, &factors)).map(line).collect()
    }
}
